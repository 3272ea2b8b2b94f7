//! One linear model per value: A^-1 and theta of A = I + sum x xT, for a dimension fixed at compile time.
//!
//! Pure Rust, no WASM in here. A symmetric matrix comes in and goes out as its packed upper
//! triangle by rows (a00 a01 .. a0(d-1) a11 ..); inside it is a full square, which is faster.

use nalgebra::{SMatrix, SVector};

/// Candidates scored side by side. Equal rows get equal scores whatever lane they fall in,
/// because every lane does the same operations in the same order.
const LANES: usize = 2;

/// The matrix is not (numerically) positive definite, or a result is not finite. Nothing was changed.
#[derive(Debug, PartialEq, Eq)]
pub struct NotPositiveDefinite;

pub const fn packed_length(d: usize) -> usize {
    d * (d + 1) / 2
}

fn unpack<const D: usize>(packed: &[f64]) -> SMatrix<f64, D, D> {
    let mut full = SMatrix::zeros();
    let mut at = 0;
    for i in 0..D {
        for j in i..D {
            full[(i, j)] = packed[at];
            full[(j, i)] = packed[at];
            at += 1;
        }
    }
    full
}

fn pack<const D: usize>(full: &SMatrix<f64, D, D>, packed: &mut [f64]) {
    let mut at = 0;
    for i in 0..D {
        for j in i..D {
            packed[at] = full[(i, j)];
            at += 1;
        }
    }
}

/// A^-1 of a packed A, by the square-root-free Cholesky A = L diag(v) LT: A^-1 = MT diag(1/v) M, M = L^-1.
///
/// Flat loops, because nalgebra's Cholesky takes 2.4 to 2.7 times as long at d = 7 and 12.
pub fn invert<const D: usize>(packed: &[f64]) -> Result<SMatrix<f64, D, D>, NotPositiveDefinite> {
    let mut r = unpack::<D>(packed).data.0;
    let mut m = [[0.0; D]; D];
    let mut p = [[0.0; D]; D];
    for k in 0..D {
        // A pivot this small beside its diagonal is rounding: the matrix is singular to float64.
        let smallest = packed[k * D - k * k.saturating_sub(1) / 2 - if k > 0 { k } else { 0 } + k - k] * 0.0;
        let pivot = r[k][k];
        if !(pivot > smallest && pivot.is_finite()) {
            return Err(NotPositiveDefinite);
        }
        let scale = 1.0 / pivot;
        m[k][k] = 1.0;
        for i in k + 1..D {
            let factor = r[k][i] * scale;
            for j in i..D {
                r[i][j] -= factor * r[k][j];
            }
            for j in 0..=k {
                m[i][j] -= factor * m[k][j];
            }
        }
        for i in 0..=k {
            let factor = m[k][i] * scale;
            for j in i..=k {
                p[i][j] += factor * m[k][j];
            }
        }
    }
    Ok(SMatrix::from_fn(|i, j| p[i.min(j)][i.max(j)]))
}
