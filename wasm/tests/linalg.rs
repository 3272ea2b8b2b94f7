//! The kernel's mathematics, held to definitions: A A^-1 = I, symmetry, refusals, drift.

use kernel::linalg::{invert_packed, packed_length, NotPositiveDefinite};
use kernel::model::Model;

/// Numbers in -1..1, the same in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
        bits as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn vector<const D: usize>(&mut self) -> [f64; D] {
        std::array::from_fn(|_| self.next())
    }
}

fn full<const D: usize>(packed: &[f64]) -> [[f64; D]; D] {
    let mut at = 0;
    let mut full = [[0.0; D]; D];
    for i in 0..D {
        for j in i..D {
            full[i][j] = packed[at];
            full[j][i] = packed[at];
            at += 1;
        }
    }
    full
}

/// Adds x xT to a packed matrix; starts at the identity where it is empty.
fn accumulate<const D: usize>(packed: &mut Vec<f64>, x: &[f64; D]) {
    if packed.is_empty() {
        *packed = identity::<D>();
    }
    let upper = (0..D).flat_map(|i| (i..D).map(move |j| (i, j)));
    for (entry, (i, j)) in packed.iter_mut().zip(upper) {
        *entry += x[i] * x[j];
    }
}

fn identity<const D: usize>() -> Vec<f64> {
    let upper = (0..D).flat_map(|i| (i..D).map(move |j| (i, j)));
    upper.map(|(i, j)| if i == j { 1.0 } else { 0.0 }).collect()
}

fn largest_gap(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

fn inverse_of<const D: usize>(model: &Model<D>) -> Vec<f64> {
    let mut packed = vec![0.0; packed_length(D)];
    model.write_inverse(&mut packed);
    packed
}

fn theta_of<const D: usize>(model: &Model<D>) -> [f64; D] {
    let mut theta = [0.0; D];
    model.write_theta(&mut theta);
    theta
}

/// Runs a generic test in every dimension.
macro_rules! in_every_dimension {
    ($test:ident) => {
        #[test]
        fn $test() {
            fn run<const D: usize>() {
                super::$test::<D>();
            }
            run::<1>();
            run::<2>();
            run::<3>();
            run::<4>();
            run::<5>();
            run::<6>();
            run::<7>();
            run::<8>();
            run::<9>();
            run::<10>();
            run::<11>();
            run::<12>();
        }
    };
}

mod every_dimension {
    in_every_dimension!(inverse_reconstructs_the_identity);
    in_every_dimension!(updates_agree_with_inversion);
    in_every_dimension!(scores_agree_with_their_definition);
    in_every_dimension!(refuses_what_is_not_positive_definite);
}

fn inverse_reconstructs_the_identity<const D: usize>() {
    let mut random = Random(1 + D as u64);
    let mut a = Vec::new();
    for _ in 0..3 * D {
        accumulate::<D>(&mut a, &random.vector());
    }
    let mut inverse = a.clone();
    invert_packed::<D>(&mut inverse).unwrap();
    let (a, inverse) = (full::<D>(&a), full::<D>(&inverse));
    for i in 0..D {
        for j in 0..D {
            let product: f64 = (0..D).map(|k| a[i][k] * inverse[k][j]).sum();
            let expected = if i == j { 1.0 } else { 0.0 };
            assert!((product - expected).abs() < 1e-13, "{i}, {j}: {product}");
        }
    }
}

fn updates_agree_with_inversion<const D: usize>() {
    let mut random = Random(100 + D as u64);
    let mut model = Model::<D>::default();
    let mut a = Vec::new();
    for _ in 0..60 {
        let x = random.vector::<D>();
        accumulate(&mut a, &x);
        model.rank_one_update(&x).unwrap();
    }
    let b = random.vector::<D>();
    model.set_b(&b);
    let mut rebuilt = Model::<D>::default();
    rebuilt.rebuild(&a, &b).unwrap();
    assert!(largest_gap(&inverse_of(&model), &inverse_of(&rebuilt)) < 1e-13);
    assert!(largest_gap(&theta_of(&model), &theta_of(&rebuilt)) < 1e-13);
}

fn scores_agree_with_their_definition<const D: usize>() {
    let mut random = Random(200 + D as u64);
    let mut model = Model::<D>::default();
    for _ in 0..10 {
        model.rank_one_update(&random.vector::<D>()).unwrap();
    }
    model.set_b(&random.vector::<D>());
    let (theta, inverse) = (theta_of(&model), full::<D>(&inverse_of(&model)));
    // One more row than a pair holds, and the first two rows again at the end.
    let mut rows: Vec<f64> = (0..5 * D).map(|_| random.next()).collect();
    rows.extend_from_within(..2 * D);
    let mut scores = [0.0; 7];
    let best = model.rank_ucb(&rows, 0.7, &mut scores).unwrap();
    for (row, score) in rows.chunks(D).zip(scores) {
        let mean: f64 = (0..D).map(|i| theta[i] * row[i]).sum();
        let pairs = (0..D).flat_map(|i| (0..D).map(move |j| (i, j)));
        let square: f64 = pairs.map(|(i, j)| row[i] * inverse[i][j] * row[j]).sum();
        assert!((score - mean - 0.7 * square.sqrt()).abs() < 1e-13);
    }
    assert_eq!(scores[0].to_bits(), scores[5].to_bits());
    assert_eq!(scores[1].to_bits(), scores[6].to_bits());
    assert_eq!(
        best,
        scores.iter().position(|s| *s == scores[best]).unwrap()
    );
    assert!(scores.iter().all(|score| *score <= scores[best]));
}

fn refuses_what_is_not_positive_definite<const D: usize>() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let mut a = identity::<D>();
        *a.last_mut().unwrap() = bad;
        let mut kept = a.clone();
        assert_eq!(invert_packed::<D>(&mut kept), Err(NotPositiveDefinite));
        assert_eq!(kept.map_bits(), a.map_bits());

        let mut model = Model::<D>::default();
        model.rank_one_update(&[0.5; D]).unwrap();
        let before = inverse_of(&model);
        assert_eq!(model.rebuild(&a, &[1.0; D]), Err(NotPositiveDefinite));
        assert_eq!(inverse_of(&model), before);
        assert_eq!(theta_of(&model), [0.0; D]);
    }
}

trait MapBits {
    fn map_bits(&self) -> Vec<u64>;
}

impl MapBits for Vec<f64> {
    fn map_bits(&self) -> Vec<u64> {
        self.iter().map(|value| value.to_bits()).collect()
    }
}

#[test]
fn refuses_a_matrix_that_is_singular_to_rounding() {
    // Rank one, and indefinite with a positive diagonal.
    for mut a in [[1.0, 1.0 / 3.0, 1.0 / 9.0], [1.0, 2.0, 1.0]] {
        assert_eq!(invert_packed::<2>(&mut a), Err(NotPositiveDefinite));
    }
}

#[test]
fn refuses_an_update_that_overflows_and_keeps_the_model() {
    let mut model = Model::<7>::default();
    for bad in [1e200, f64::NAN, f64::INFINITY] {
        let mut x = [0.0; 7];
        x[3] = bad;
        assert_eq!(model.rank_one_update(&x), Err(NotPositiveDefinite));
        assert_eq!(inverse_of(&model), identity::<7>());
    }
}

#[test]
fn reports_a_score_that_is_not_finite() {
    let mut model = Model::<2>::default();
    model.set_b(&[1.0, 1.0]);
    let mut scores = [0.0; 3];
    assert_eq!(
        model.rank_linear(&[1.0, 2.0, 0.0, 0.0, 3.0, 4.0], &mut scores),
        Some(2)
    );
    assert_eq!(
        model.rank_linear(&[1.0, 2.0, f64::NAN, 0.0, 3.0, 4.0], &mut scores),
        None
    );
    assert_eq!(
        model.rank_ucb(&[1.0, 2.0, 1.0, 0.0], f64::INFINITY, &mut scores),
        None
    );
}

#[test]
fn drifts_by_less_than_1e_12_in_100_000_updates() {
    let mut random = Random(7);
    let mut model = Model::<12>::default();
    let mut a = Vec::new();
    for _ in 0..100_000 {
        let x = random.vector::<12>();
        accumulate(&mut a, &x);
        model.rank_one_update(&x).unwrap();
    }
    invert_packed::<12>(&mut a).unwrap();
    let gap = largest_gap(&inverse_of(&model), &a);
    let scale = a
        .iter()
        .fold(0.0f64, |largest, entry| largest.max(entry.abs()));
    assert!(gap / scale < 1e-12, "{}", gap / scale);
}
