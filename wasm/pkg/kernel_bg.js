/**
 * A new slot of dimension d, or -1 where there is no memory for one. The only call that may grow memory.
 * @param {number} d
 * @returns {number}
 */
export function allocate(d) {
    const ret = wasm.allocate(d);
    return ret;
}

/**
 * Where this part of the scratch lies in linear memory, in bytes.
 * @returns {number}
 */
export function b_at() {
    const ret = wasm.b_at();
    return ret >>> 0;
}

/**
 * matrix = matrix^-1. False, changing nothing, where it is not positive definite; so below.
 * @param {number} d
 * @returns {boolean}
 */
export function invert(d) {
    const ret = wasm.invert(d);
    return ret !== 0;
}

/**
 * The model whose A^-1 is matrix, with theta = 0.
 * @param {number} d
 * @param {number} slot
 * @returns {boolean}
 */
export function load_inverse(d, slot) {
    const ret = wasm.load_inverse(d, slot);
    return ret !== 0;
}

/**
 * Where this part of the scratch lies in linear memory, in bytes.
 * @returns {number}
 */
export function matrix_at() {
    const ret = wasm.matrix_at();
    return ret >>> 0;
}

/**
 * Scores the first n rows by theta.x; the first maximum, or -1 where a score is not finite.
 * @param {number} d
 * @param {number} slot
 * @param {number} n
 * @returns {number}
 */
export function rank_linear(d, slot, n) {
    const ret = wasm.rank_linear(d, slot, n);
    return ret;
}

/**
 * A^-1 of A + x xT.
 * @param {number} d
 * @param {number} slot
 * @returns {boolean}
 */
export function rank_one_update(d, slot) {
    const ret = wasm.rank_one_update(d, slot);
    return ret !== 0;
}

/**
 * Scores the first n rows by theta.x + alpha sqrt(xT A^-1 x); answers as rank_linear does.
 * @param {number} d
 * @param {number} slot
 * @param {number} n
 * @param {number} alpha
 * @returns {number}
 */
export function rank_ucb(d, slot, n, alpha) {
    const ret = wasm.rank_ucb(d, slot, n, alpha);
    return ret;
}

/**
 * matrix = A^-1.
 * @param {number} d
 * @param {number} slot
 */
export function read_inverse(d, slot) {
    wasm.read_inverse(d, slot);
}

/**
 * x = theta.
 * @param {number} d
 * @param {number} slot
 */
export function read_theta(d, slot) {
    wasm.read_theta(d, slot);
}

/**
 * The model of A = matrix and b.
 * @param {number} d
 * @param {number} slot
 * @returns {boolean}
 */
export function rebuild(d, slot) {
    const ret = wasm.rebuild(d, slot);
    return ret !== 0;
}

/**
 * @param {number} d
 * @param {number} slot
 */
export function release(d, slot) {
    wasm.release(d, slot);
}

/**
 * Where this part of the scratch lies in linear memory, in bytes.
 * @returns {number}
 */
export function rows_at() {
    const ret = wasm.rows_at();
    return ret >>> 0;
}

/**
 * Where this part of the scratch lies in linear memory, in bytes.
 * @returns {number}
 */
export function scores_at() {
    const ret = wasm.scores_at();
    return ret >>> 0;
}

/**
 * @param {number} d
 * @returns {number}
 */
export function slots_in_use(d) {
    const ret = wasm.slots_in_use(d);
    return ret >>> 0;
}

/**
 * A^-1 of A + x xT and theta from the b that belongs to it.
 * @param {number} d
 * @param {number} slot
 * @returns {boolean}
 */
export function update(d, slot) {
    const ret = wasm.update(d, slot);
    return ret !== 0;
}

/**
 * Where this part of the scratch lies in linear memory, in bytes.
 * @returns {number}
 */
export function x_at() {
    const ret = wasm.x_at();
    return ret >>> 0;
}
export function __wbindgen_init_externref_table() {
    const table = wasm.__wbindgen_externrefs;
    table.set(0, undefined);
    table.set(1024, undefined);
    table.set(1025, null);
    table.set(1026, true);
    table.set(1027, false);
}

let wasm;
export function __wbg_set_wasm(val) {
    wasm = val;
}
