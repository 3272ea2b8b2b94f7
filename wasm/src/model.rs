//! One linear model: A^-1 and theta of A = I + sum x xT, how it learns and how it scores.

use crate::linalg::{add, all_finite, dot, invert, pack, unpack, vector, NotPositiveDefinite};
use nalgebra::{SMatrix, SVector};
use wide::f64x2;

/// Starts on a cache line: SIMD loads that straddle two of them are slow.
#[derive(Clone)]
#[repr(align(64))]
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
        let x = vector::<D>(x);
        let u = self.times(x);
        let denominator = 1.0 + dot(x, &u);
        if !(denominator > 0.0 && denominator.is_finite()) {
            return Err(NotPositiveDefinite);
        }
        // Not nalgebra's `ger`, which loses exact symmetry: v_i v_j is the same number as v_j v_i.
        let mut v = [0.0; D];
        add(&mut v, 1.0 / denominator.sqrt(), &u);
        for (i, column) in self.inverse.data.0.iter_mut().enumerate() {
            add(column, -v[i], &v);
        }
        Ok(())
    }

    /// A^-1 x, in two sums: in one, each addition would wait for the last. Not nalgebra's product,
    /// which LLVM makes SIMD of in some callers only.
    #[inline(always)]
    fn times(&self, x: &[f64; D]) -> [f64; D] {
        let (columns, last) = self.inverse.data.0.as_chunks::<2>();
        let (xs, last_x) = x.as_chunks::<2>();
        let mut product = [0.0; D];
        let mut other = [0.0; D];
        for ([left, right], [x, y]) in columns.iter().zip(xs) {
            add(&mut product, *x, left);
            add(&mut other, *y, right);
        }
        for (column, x) in last.iter().zip(last_x) {
            add(&mut product, *x, column);
        }
        add(&mut product, 1.0, &other);
        product
    }

    /// A^-1 of A + x xT, and theta from the b that belongs to it. Fails as rank_one_update does.
    pub fn update(&mut self, x: &[f64], b: &[f64]) -> Result<(), NotPositiveDefinite> {
        if !all_finite(&b[..D]) {
            return Err(NotPositiveDefinite);
        }
        self.rank_one_update(x)?;
        self.set_b(b);
        Ok(())
    }

    /// theta = A^-1 b.
    pub fn set_b(&mut self, b: &[f64]) {
        self.theta = self.times(vector(b)).into();
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
