/* tslint:disable */
/* eslint-disable */

/**
 * A new slot of dimension d, or -1 where there is no memory for one. The only call that may grow memory.
 */
export function allocate(d: number): number;

/**
 * Where this part of the scratch lies in linear memory, in bytes.
 */
export function b_at(): number;

/**
 * matrix = matrix^-1. False, changing nothing, where it is not positive definite; so below.
 */
export function invert(d: number): boolean;

/**
 * The model whose A^-1 is matrix, with theta = 0.
 */
export function load_inverse(d: number, slot: number): boolean;

/**
 * Where this part of the scratch lies in linear memory, in bytes.
 */
export function matrix_at(): number;

/**
 * Scores the first n rows by theta.x; the first maximum, or -1 where a score is not finite.
 */
export function rank_linear(d: number, slot: number, n: number): number;

/**
 * A^-1 of A + x xT.
 */
export function rank_one_update(d: number, slot: number): boolean;

/**
 * Scores the first n rows by theta.x + alpha sqrt(xT A^-1 x); answers as rank_linear does.
 */
export function rank_ucb(d: number, slot: number, n: number, alpha: number): number;

/**
 * matrix = A^-1.
 */
export function read_inverse(d: number, slot: number): void;

/**
 * x = theta.
 */
export function read_theta(d: number, slot: number): void;

/**
 * The model of A = matrix and b.
 */
export function rebuild(d: number, slot: number): boolean;

export function release(d: number, slot: number): void;

/**
 * Where this part of the scratch lies in linear memory, in bytes.
 */
export function rows_at(): number;

/**
 * Where this part of the scratch lies in linear memory, in bytes.
 */
export function scores_at(): number;

export function slots_in_use(d: number): number;

/**
 * A^-1 of A + x xT and theta from the b that belongs to it.
 */
export function update(d: number, slot: number): boolean;

/**
 * Where this part of the scratch lies in linear memory, in bytes.
 */
export function x_at(): number;
