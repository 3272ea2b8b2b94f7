import { z } from "zod";

/** One profile feature: what the wire calls it, and how it becomes an entry of x. */
export interface ProfileFeature {
  /** The key in `profile_features`. */
  readonly name: string;
  /** The entry of x and of `feature_labels`. */
  readonly label: string;
  readonly dtype: "float";
  /** Raw values outside are clipped (a cyclic one wraps). */
  readonly range: readonly [number, number];
  /** The raw value a missing one stands for; null where none does, and x then holds 0.5. */
  readonly default: number | null;
  readonly description: string;
  /** The entry of x, in [0, 1], of a finite raw value shown at `hour`. */
  readonly encode: (value: number, hour: number) => number;
}

const clip = (value: number) => Math.min(Math.max(value, 0), 1);

/** The profile features of egreedy-v2, in the order of x. */
export const PROFILE_FEATURES = [
  {
    name: "completion_rate_30d",
    label: "completion_rate",
    dtype: "float",
    range: [0, 1],
    default: 0.5,
    description: "Share of the tasks of the last 30 days that were completed.",
    encode: (value) => clip(value),
  },
  {
    name: "dismiss_rate_30d",
    label: "dismiss_rate",
    dtype: "float",
    range: [0, 1],
    default: 0,
    description: "Share of the tips of the last 30 days that were dismissed.",
    encode: (value) => clip(value),
  },
  {
    name: "preferred_hour",
    label: "preferred_hour_proximity",
    dtype: "float",
    range: [0, 24],
    default: null,
    description: "Hour of the day at which the user reacts best; x holds its nearness to now.",
    // Reduced before it is scaled: a huge hour would overflow into cos(Infinity).
    encode: (value, hour) => clip((1 + Math.cos(2 * Math.PI * ((hour - value) % 24) / 24)) / 2),
  },
  {
    name: "tip_volume_30d",
    label: "tip_volume",
    dtype: "float",
    range: [0, 100],
    default: 0,
    description: "Number of tips shown in the last 30 days.",
    encode: (value) => clip(value / 100),
  },
  {
    name: "mean_reward_30d",
    label: "mean_reaction",
    dtype: "float",
    range: [-1, 1],
    default: 0,
    description: "Mean reward of the last 30 days.",
    encode: (value) => clip((value + 1) / 2),
  },
] as const satisfies readonly ProfileFeature[];

/** The wire name of a profile feature. */
export type ProfileFeatureName = typeof PROFILE_FEATURES[number]["name"];

const shape = Object.fromEntries(
  PROFILE_FEATURES.map((feature) => [
    feature.name,
    z.number().nullish().describe(feature.description),
  ]),
) as Record<ProfileFeatureName, z.ZodOptional<z.ZodNullable<z.ZodNumber>>>;

/** The raw profile of a user; names it does not know are kept, so that they can be reported. */
export const ProfileFeatures = z.looseObject(shape).meta({ id: "ProfileFeatures" });
/** The raw profile of a user. */
export type ProfileFeatures = z.infer<typeof ProfileFeatures>;

/** The registry as GET /profile/schema shows it. */
export const ProfileSchemaResponse = z.object({
  features: z.array(z.object({
    name: z.string(),
    label: z.string(),
    dtype: z.literal("float"),
    range: z.array(z.number()).length(2),
    default: z.number().nullable(),
    description: z.string(),
  })),
  sha256: z.string().describe("sha256, in hex, of the sorted wire names joined by newlines"),
}).meta({ id: "ProfileSchemaResponse" });
/** The registry as GET /profile/schema shows it. */
export type ProfileSchemaResponse = z.infer<typeof ProfileSchemaResponse>;
