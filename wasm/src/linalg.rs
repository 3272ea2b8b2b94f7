//! One linear model: A^-1 and theta of A = I + sum x xT, for a dimension fixed at compile time.
//!
//! Pure Rust, no WASM in here. A symmetric matrix comes in and goes out as its packed upper
//! triangle by rows (a00 a01 .. a0(d-1) a11 ..); inside it is a full square, which is faster.

use nalgebra::{SMatrix, SVector};
use wide::f64x2;

/// The matrix is not positive definite in float64, or a result would not be finite.
#[derive(Debug, PartialEq, Eq)]
pub struct NotPositiveDefinite;

pub const fn packed_length(d: usize) -> usize {
    d * (d + 1) / 2
}

fn unpack<const D: usize>(packed: &[f64]) -> [[f64; D]; D] {
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

fn pack<const D: usize>(full: &SMatrix<f64, D, D>, packed: &mut [f64]) {
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
fn invert<const D: usize>(packed: &[f64]) -> Result<SMatrix<f64, D, D>, NotPositiveDefinite> {
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
fn add<const D: usize>(to: &mut [f64; D], factor: f64, row: &[f64; D]) {
    let (pairs, odd) = to.as_chunks_mut::<2>();
    let (row_pairs, row_odd) = row.as_chunks::<2>();
    for (to, row) in pairs.iter_mut().zip(row_pairs) {
        *to = (f64x2::from(*to) + f64x2::splat(factor) * f64x2::from(*row)).to_array();
    }
    for (to, row) in odd.iter_mut().zip(row_odd) {
        *to += factor * row;
    }
}

fn all_finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

#[derive(Clone)]
pub struct Model<const D: usize> {
    inverse: SMatrix<f64, D, D>,
    theta: SVector<f64, D>,
}

impl<const D: usize> Default for Model<D> {
    /// A = I, b = 0.
    fn default() -> Self {
        Self {
            inverse: SMatrix::identity(),
            theta: SVector::zeros(),
        }
    }
}

impl<const D: usize> Model<D> {
    /// The model of A (packed) and b. Fails, changing nothing, where A is not positive definite.
    pub fn rebuild(&mut self, a: &[f64], b: &[f64]) -> Result<(), NotPositiveDefinite> {
        let inverse = invert::<D>(a)?;
        let theta = inverse * SVector::<f64, D>::from_column_slice(&b[..D]);
        if !all_finite(theta.as_slice()) {
            return Err(NotPositiveDefinite);
        }
        *self = Self { inverse, theta };
        Ok(())
    }

    /// Takes a packed A^-1 as it is, with theta = 0. Fails where it is not positive definite.
    pub fn load_inverse(&mut self, inverse: &[f64]) -> Result<(), NotPositiveDefinite> {
        invert::<D>(inverse)?;
        *self = Self {
            inverse: unpack(inverse).into(),
            theta: SVector::zeros(),
        };
        Ok(())
    }

    /// A^-1 of A + x xT (Sherman and Morrison 1950); theta stays. Fails, changing nothing,
    /// where 1 + xT A^-1 x is not a positive finite number.
    pub fn rank_one_update(&mut self, x: &[f64]) -> Result<(), NotPositiveDefinite> {
        let x = SVector::<f64, D>::from_column_slice(&x[..D]);
        let u = self.inverse * x;
        let denominator = 1.0 + x.dot(&u);
        if !(denominator > 0.0 && denominator.is_finite()) {
            return Err(NotPositiveDefinite);
        }
        // Not nalgebra's `ger`, which loses exact symmetry: v_i v_j is the same number as v_j v_i.
        let v = u * (1.0 / denominator.sqrt());
        for (i, column) in self.inverse.data.0.iter_mut().enumerate() {
            add(column, -v[i], &v.data.0[0]);
        }
        Ok(())
    }

    /// theta = A^-1 b.
    pub fn set_b(&mut self, b: &[f64]) {
        self.theta = self.inverse * SVector::<f64, D>::from_column_slice(&b[..D]);
    }

    pub fn write_theta(&self, theta: &mut [f64]) {
        theta[..D].copy_from_slice(self.theta.as_slice());
    }

    pub fn write_inverse(&self, packed: &mut [f64]) {
        pack(&self.inverse, packed);
    }

    /// Scores rows of D by theta.x. The index of the first maximum; None where a score is not finite.
    pub fn rank_linear(&self, rows: &[f64], scores: &mut [f64]) -> Option<usize> {
        rank::<D>(rows, scores, |x| self.mean(x))
    }

    /// Scores rows of D by theta.x + alpha sqrt(max(0, xT A^-1 x)); the answer is rank_linear's.
    pub fn rank_ucb(&self, rows: &[f64], alpha: f64, scores: &mut [f64]) -> Option<usize> {
        rank::<D>(rows, scores, |x| {
            self.mean(x) + f64x2::splat(alpha) * self.width(x)
        })
    }

    #[inline(always)]
    fn mean(&self, x: &[f64x2; D]) -> f64x2 {
        let mut sum = f64x2::ZERO;
        for i in 0..D {
            sum += f64x2::splat(self.theta[i]) * x[i];
        }
        sum
    }

    /// sqrt(xT A^-1 x) from one half of A^-1: symmetry saves nearly half of the products.
    #[inline(always)]
    fn width(&self, x: &[f64x2; D]) -> f64x2 {
        let mut sum = f64x2::ZERO;
        for (i, column) in self.inverse.data.0.iter().enumerate() {
            let mut half = f64x2::ZERO;
            for j in i + 1..D {
                half += f64x2::splat(column[j]) * x[j];
            }
            sum += x[i] * (f64x2::splat(column[i]) * x[i] + (half + half));
        }
        sum.max(f64x2::ZERO).sqrt()
    }
}

/// Scores two candidates at a time, one to a SIMD lane. Both lanes do the same operations in the
/// same order, so equal rows get equal scores wherever they stand, and a tie stays a tie.
#[inline(always)]
fn rank<const D: usize>(
    rows: &[f64],
    scores: &mut [f64],
    score: impl Fn(&[f64x2; D]) -> f64x2,
) -> Option<usize> {
    let mut best = 0;
    let mut highest = f64::NEG_INFINITY;
    // 0 times a score is 0, or NaN where it is not finite.
    let mut zero = 0.0;
    let (rows, _) = rows.as_chunks::<D>();
    for (pair, (rows, scores)) in rows.chunks(2).zip(scores.chunks_mut(2)).enumerate() {
        // A row left alone fills both lanes.
        let (even, odd) = (&rows[0], &rows[rows.len() - 1]);
        let x = std::array::from_fn(|i| f64x2::new([even[i], odd[i]]));
        let found = score(&x).to_array();
        for (lane, (slot, found)) in scores.iter_mut().zip(found).enumerate() {
            *slot = found;
            zero += 0.0 * found;
            if found > highest {
                highest = found;
                best = 2 * pair + lane;
            }
        }
    }
    (zero == 0.0).then_some(best)
}
