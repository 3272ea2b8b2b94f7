//! Vectors and symmetric matrices of a dimension fixed at compile time. Pure Rust, no WASM in here.
//!
//! A symmetric matrix comes in and goes out as its packed upper
//! triangle by rows (a00 a01 .. a0(d-1) a11 ..); inside it is a full square, which is faster.

use nalgebra::SMatrix;
use wide::f64x2;

/// The matrix is not positive definite in float64, or a result would not be finite.
#[derive(Debug, PartialEq, Eq)]
pub struct NotPositiveDefinite;

pub const fn packed_length(d: usize) -> usize {
    d * (d + 1) / 2
}

pub(crate) fn unpack<const D: usize>(packed: &[f64]) -> [[f64; D]; D] {
    let mut full = [[0.0; D]; D];
    let mut rest = &packed[..packed_length(D)];
    for i in 0..D {
        let (row, below) = rest.split_at(D - i);
        for (j, entry) in (i..D).zip(row) {
            full[i][j] = *entry;
            full[j][i] = *entry;
        }
        rest = below;
    }
    full
}

pub(crate) fn pack<const D: usize>(full: &SMatrix<f64, D, D>, packed: &mut [f64]) {
    let mut rest = &mut packed[..packed_length(D)];
    for (i, column) in full.data.0.iter().enumerate() {
        let (row, below) = rest.split_at_mut(D - i);
        row.copy_from_slice(&column[i..]);
        rest = below;
    }
}

/// A packed A^-1 in place of a packed A, which stays where it is not positive definite.
pub fn invert_packed<const D: usize>(packed: &mut [f64]) -> Result<(), NotPositiveDefinite> {
    pack(&invert::<D>(packed)?, packed);
    Ok(())
}

/// A^-1 of a packed A by the square-root-free Cholesky A = L diag(v) LT, with M = L^-1:
/// A^-1 = MT diag(1/v) M.
///
/// Flat loops, because nalgebra's Cholesky takes 2.4 to 2.7 times as long at d = 7 and 12.
pub(crate) fn invert<const D: usize>(
    packed: &[f64],
) -> Result<SMatrix<f64, D, D>, NotPositiveDefinite> {
    let full = unpack::<D>(packed);
    // Row i holds what is known of M's row left of column k, and what is left of A from there on.
    let mut work = full;
    // Only the lower half of the sum is meant; what lies above is not used.
    let mut sum = [[0.0; D]; D];
    for k in 0..D {
        let pivot = work[k][k];
        // A pivot this small beside its own diagonal entry is nothing but rounding.
        let rounding = full[k][k] * f64::EPSILON * D as f64;
        if !(pivot > 0.0 && pivot > rounding && pivot.is_finite()) {
            return Err(NotPositiveDefinite);
        }
        work[k][k] = 1.0;
        let row = work[k];
        let scale = 1.0 / pivot;
        for below in &mut work[k + 1..] {
            let factor = below[k] * scale;
            below[k] = 0.0;
            add(below, -factor, &row);
        }
        for (to, entry) in sum[..=k].iter_mut().zip(row) {
            add(to, entry * scale, &row);
        }
    }
    for i in 0..D {
        for j in 0..i {
            sum[j][i] = sum[i][j];
        }
    }
    let inverse: SMatrix<f64, D, D> = sum.into();
    if all_finite(inverse.as_slice()) {
        Ok(inverse)
    } else {
        Err(NotPositiveDefinite)
    }
}

/// Whole rows: one fixed length is worth more than the entries that half of it would skip.
#[inline(always)]
pub(crate) fn add<const D: usize>(to: &mut [f64; D], factor: f64, row: &[f64; D]) {
    let (pairs, odd) = to.as_chunks_mut::<2>();
    let (row_pairs, row_odd) = row.as_chunks::<2>();
    for (to, row) in pairs.iter_mut().zip(row_pairs) {
        *to = (f64x2::from(*to) + f64x2::splat(factor) * f64x2::from(*row)).to_array();
    }
    for (to, row) in odd.iter_mut().zip(row_odd) {
        *to += factor * row;
    }
}

/// The first D numbers.
#[inline(always)]
pub(crate) fn vector<const D: usize>(values: &[f64]) -> &[f64; D] {
    values
        .first_chunk()
        .expect("the scratch holds every dimension")
}

#[inline(always)]
pub(crate) fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    let (a_pairs, a_odd) = a.as_chunks::<2>();
    let (b_pairs, b_odd) = b.as_chunks::<2>();
    let mut sum = f64x2::ZERO;
    for (a, b) in a_pairs.iter().zip(b_pairs) {
        sum += f64x2::from(*a) * f64x2::from(*b);
    }
    let odd: f64 = a_odd.iter().zip(b_odd).map(|(a, b)| a * b).sum();
    sum.reduce_add() + odd
}

/// Without a branch for each value: all of them are nearly always finite.
#[inline(always)]
pub(crate) fn all_finite(values: &[f64]) -> bool {
    values
        .iter()
        .fold(true, |finite, value| finite & value.is_finite())
}
