/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const allocate: (a: number) => number;
export const b_at: () => number;
export const invert: (a: number) => number;
export const load_inverse: (a: number, b: number) => number;
export const matrix_at: () => number;
export const rank_linear: (a: number, b: number, c: number) => number;
export const rank_one_update: (a: number, b: number) => number;
export const rank_ucb: (a: number, b: number, c: number, d: number) => number;
export const read_inverse: (a: number, b: number) => void;
export const read_theta: (a: number, b: number) => void;
export const rebuild: (a: number, b: number) => number;
export const release: (a: number, b: number) => void;
export const rows_at: () => number;
export const scores_at: () => number;
export const slots_in_use: (a: number) => number;
export const update: (a: number, b: number) => number;
export const x_at: () => number;
export const __wbindgen_externrefs: WebAssembly.Table;
export const __wbindgen_start: () => void;
