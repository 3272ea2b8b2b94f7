//! The border to JavaScript: scalars only. Models stay in slots, numbers pass through one scratch.

mod arena;
pub mod linalg;
pub mod model;

use arena::Arena;
use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;

pub const MAX_DIMENSION: usize = 12;
pub const MAX_BATCH: usize = 1000;

/// What every call reads from and writes to; its parts never move.
struct Scratch {
    matrix: [f64; linalg::packed_length(MAX_DIMENSION)],
    b: [f64; MAX_DIMENSION],
    x: [f64; MAX_DIMENSION],
    rows: [f64; MAX_BATCH * MAX_DIMENSION],
    scores: [f64; MAX_BATCH],
}

macro_rules! kernel {
    ($($d:literal $arena:ident),*) => {
        struct Kernel {
            scratch: Scratch,
            $($arena: Arena<$d>,)*
        }

        thread_local! {
            static KERNEL: RefCell<Kernel> = const {
                RefCell::new(Kernel {
                    scratch: Scratch {
                        matrix: [0.0; linalg::packed_length(MAX_DIMENSION)],
                        b: [0.0; MAX_DIMENSION],
                        x: [0.0; MAX_DIMENSION],
                        rows: [0.0; MAX_BATCH * MAX_DIMENSION],
                        scores: [0.0; MAX_BATCH],
                    },
                    $($arena: Arena::new(),)*
                })
            };
        }

        /// Runs the body with the arena and the scratch of dimension d, known at compile time in there.
        macro_rules! with {
            ($dimension:expr, |$found:ident, $scratch:ident| $body:expr) => {
                KERNEL.with_borrow_mut(|kernel| {
                    let $scratch = &mut kernel.scratch;
                    match $dimension {
                        $($d => { let $found = &mut kernel.$arena; $body })*
                        _ => unreachable!("the facade checks d"),
                    }
                })
            };
        }
    };
}

kernel!(1 d1, 2 d2, 3 d3, 4 d4, 5 d5, 6 d6, 7 d7, 8 d8, 9 d9, 10 d10, 11 d11, 12 d12);

/// A new slot of dimension d, or -1 where there is no memory for one. The only call that may grow memory.
#[wasm_bindgen]
pub fn allocate(d: u32) -> i32 {
    with!(d, |arena, _scratch| arena
        .allocate()
        .map_or(-1, |slot| slot as i32))
}

#[wasm_bindgen]
pub fn release(d: u32, slot: u32) {
    with!(d, |arena, _scratch| arena.release(slot))
}

#[wasm_bindgen]
pub fn slots_in_use(d: u32) -> u32 {
    with!(d, |arena, _scratch| arena.in_use())
}

/// matrix = matrix^-1. False, changing nothing, where it is not positive definite; so below.
#[wasm_bindgen]
pub fn invert(d: u32) -> bool {
    with!(d, |arena, scratch| arena
        .invert(&mut scratch.matrix)
        .is_ok())
}

/// The model of A = matrix and b.
#[wasm_bindgen]
pub fn rebuild(d: u32, slot: u32) -> bool {
    with!(d, |arena, scratch| arena
        .model(slot)
        .rebuild(&scratch.matrix, &scratch.b)
        .is_ok())
}

/// The model whose A^-1 is matrix, with theta = 0.
#[wasm_bindgen]
pub fn load_inverse(d: u32, slot: u32) -> bool {
    with!(d, |arena, scratch| arena
        .model(slot)
        .load_inverse(&scratch.matrix)
        .is_ok())
}

/// A^-1 of A + x xT.
#[wasm_bindgen]
pub fn rank_one_update(d: u32, slot: u32) -> bool {
    with!(d, |arena, scratch| arena
        .model(slot)
        .rank_one_update(&scratch.x)
        .is_ok())
}

/// A^-1 of A + x xT and theta from the b that belongs to it.
#[wasm_bindgen]
pub fn update(d: u32, slot: u32) -> bool {
    with!(d, |arena, scratch| arena
        .model(slot)
        .update(&scratch.x, &scratch.b)
        .is_ok())
}

/// x = theta.
#[wasm_bindgen]
pub fn read_theta(d: u32, slot: u32) {
    with!(d, |arena, scratch| arena
        .model(slot)
        .write_theta(&mut scratch.x))
}

/// matrix = A^-1.
#[wasm_bindgen]
pub fn read_inverse(d: u32, slot: u32) {
    with!(d, |arena, scratch| arena
        .model(slot)
        .write_inverse(&mut scratch.matrix))
}

/// Scores the first n rows by theta.x; the first maximum, or -1 where a score is not finite.
#[wasm_bindgen]
pub fn rank_linear(d: u32, slot: u32, n: u32) -> i32 {
    with!(d, |arena, scratch| index(arena.model(slot).rank_linear(
        &scratch.rows[..(n * d) as usize],
        &mut scratch.scores
    )))
}

/// Scores the first n rows by theta.x + alpha sqrt(xT A^-1 x); answers as rank_linear does.
#[wasm_bindgen]
pub fn rank_ucb(d: u32, slot: u32, n: u32, alpha: f64) -> i32 {
    with!(d, |arena, scratch| index(arena.model(slot).rank_ucb(
        &scratch.rows[..(n * d) as usize],
        alpha,
        &mut scratch.scores
    )))
}

fn index(best: Option<usize>) -> i32 {
    best.map_or(-1, |best| best as i32)
}

macro_rules! addresses {
    ($($export:ident $part:ident),*) => {
        $(
            /// Where this part of the scratch lies in linear memory, in bytes.
            #[wasm_bindgen]
            pub fn $export() -> usize {
                KERNEL.with_borrow(|kernel| kernel.scratch.$part.as_ptr() as usize)
            }
        )*
    };
}

addresses!(matrix_at matrix, b_at b, x_at x, rows_at rows, scores_at scores);
