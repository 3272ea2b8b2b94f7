/* @ts-self-types="./kernel.d.ts" */
import * as wasm from "./kernel_bg.wasm";
import { __wbg_set_wasm } from "./kernel_bg.js";

__wbg_set_wasm(wasm);
wasm.__wbindgen_start();
export {
    allocate, b_at, invert, load_inverse, matrix_at, rank_linear, rank_one_update, rank_ucb, read_inverse, read_theta, rebuild, release, rows_at, scores_at, slots_in_use, update, x_at
} from "./kernel_bg.js";
