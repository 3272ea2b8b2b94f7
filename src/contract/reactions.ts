/**
 * The reward of each reaction a user can have to a tip. Callers send the number; any other
 * number from -1 to 1 is a valid reward too.
 */
export const REACTIONS = {
  done: 1,
  helpful: 0.5,
  snooze: 0,
  not_helpful: -0.5,
  dismiss: -1,
} as const;

/** The name of a reaction, a key of {@linkcode REACTIONS}. */
export type Reaction = keyof typeof REACTIONS;
