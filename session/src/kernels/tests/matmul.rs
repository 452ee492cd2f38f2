use proptest::prelude::*;

use super::super::Activation;
use super::super::matmul::{Product, Then};
use super::*;

fn reference<T: Float>(geometry: &Product, a: &[T], b: &[T], bias: Option<&[T]>) -> Vec<T> {
    let Product { batch, m, n, k, transpose_a, transpose_b } = *geometry;
    let mut out = Vec::new();
    for item in 0..batch {
        for i in 0..m {
            for j in 0..n {
                let mut sum = T::from_f64(0.0);
                for p in 0..k {
                    let x = a[item * m * k + if transpose_a { p * m + i } else { i * k + p }];
                    let y = b[item * k * n + if transpose_b { j * k + p } else { p * n + j }];
                    sum = x.mul_add(y, sum);
                }
                out.push(if let Some(bias) = bias { sum + bias[j] } else { sum });
            }
        }
    }
    out
}

fn check<T: Float>(geometry: &Product, (seed, special): (u64, u64)) {
    let Product { batch, m, n, k, .. } = *geometry;
    let mut numbers = Numbers::new(seed, special);
    let a = numbers.take::<T>(batch * m * k);
    let b = numbers.take::<T>(batch * k * n);
    let bias = numbers.take::<T>(n);
    let other = numbers.take::<T>(batch * m * n);
    let alpha = numbers.take::<T>(1)[0];
    let (product, biased) = (reference(geometry, &a, &b, None), reference(geometry, &a, &b, Some(&bias)));
    let activated = [
        (Activation::Relu, (|x| if x > T::from_f64(0.0) || x.is_nan() { x } else { T::from_f64(0.0) }) as fn(T) -> T),
        (Activation::Tanh, T::hyperbolic_tangent),
        (Activation::Sigmoid, T::logistic),
    ]
    .map(|(activation, function)| (activation, biased.iter().map(|&x| function(x)).collect::<Vec<T>>()));
    let updated: Vec<T> = product.iter().zip(&other).map(|(&x, &y)| alpha.mul_add(x, y)).collect();
    let is_open = |x: T| x > T::from_f64(0.0) || x.is_nan();
    let gated: Vec<T> =
        product.iter().zip(&other).map(|(&x, &y)| if is_open(y) { x } else { T::from_f64(0.0) }).collect();
    on_every_processor(|processor| {
        let garbage = T::from_f64(f64::NAN);
        let plan = geometry.plan::<T>(processor);
        let mut scratch = vec![garbage; plan.scratch()];
        let mut out = vec![garbage; batch * m * n];
        plan.run(processor, &a, &b, Then::Nothing, &mut out, &mut scratch);
        assert_bits(processor, &format!("{geometry:?}"), &out, &product);
        plan.run(processor, &a, &b, Then::Bias(&bias, None), &mut out, &mut scratch);
        assert_bits(processor, &format!("linear {geometry:?}"), &out, &biased);
        for (activation, activated) in &activated {
            plan.run(processor, &a, &b, Then::Bias(&bias, Some(*activation)), &mut out, &mut scratch);
            assert_bits(processor, &format!("{activation:?} of {geometry:?}"), &out, activated);
        }
        plan.run(processor, &a, &b, Then::Update { alpha, other: &other }, &mut out, &mut scratch);
        assert_bits(processor, &format!("update by {geometry:?}"), &out, &updated);
        plan.run(processor, &a, &b, Then::Gate(&other), &mut out, &mut scratch);
        assert_bits(processor, &format!("gate of {geometry:?}"), &out, &gated);
        let what = |what: &str| format!("{what} of vectors {geometry:?}");
        if let Some(of_vectors) = plan.of_vectors(processor, false) {
            of_vectors.run(&a, &b, Then::Nothing, &mut out);
            assert_bits(processor, &what("product"), &out, &product);
            of_vectors.run(&a, &b, Then::Update { alpha, other: &other }, &mut out);
            assert_bits(processor, &what("update"), &out, &updated);
        }
        if let Some(of_vectors) = plan.of_vectors(processor, true) {
            of_vectors.run(&a, &b, Then::Bias(&bias, None), &mut out);
            assert_bits(processor, &what("linear"), &out, &biased);
            for (activation, activated) in &activated {
                of_vectors.run(&a, &b, Then::Bias(&bias, Some(*activation)), &mut out);
                assert_bits(processor, &what(&format!("{activation:?}")), &out, activated);
            }
        }
    });
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![0..5usize, 5..40usize, 40..140usize]
}

#[test]
#[should_panic(expected = "a bias for a product without one")]
fn bias_where_there_is_none() {
    let product = Product { batch: 1, m: 1, n: 4, k: 2, transpose_a: false, transpose_b: false };
    let processor = Processor::new(1);
    let of_vectors = product.plan::<f32>(&processor).of_vectors(&processor, false).expect("a product with a vector");
    of_vectors.run(&[0.0; 2], &[0.0; 8], Then::Bias(&[0.0; 4], None), &mut [0.0; 4]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn products(
        batch in 0..4usize, m in size(), n in size(), k in size(),
        transpose_a: bool, transpose_b: bool, numbers in numbers(),
    ) {
        both!(check(&Product { batch, m, n, k, transpose_a, transpose_b }, numbers));
    }
}

#[test]
fn long_wide_and_tall() {
    for (m, n, k) in [
        (3, 5, 2100),
        (1, 700, 90),
        (700, 1, 90),
        (90, 1, 1100),
        (40, 1024, 33),
        (66, 1024, 100),
        (512, 512, 20),
        (40, 600, 300),
        (34, 520, 870),
        (64, 256, 40),
        (130, 17, 1030),
        (1, 1, 1025),
        (20, 500, 100),
        (100, 33, 200),
        (32, 4, 1),
        (33, 3, 1),
        (31, 2, 1),
        (9, 4, 1),
        (5, 7, 1),
        (2, 1, 1),
        (40, 20, 1),
        (10, 1, 7),
        (9, 1, 3),
        (36, 1, 34),
        (3, 1, 70),
        (7, 1, 33),
        (1, 13, 6),
    ] {
        for (transpose_a, transpose_b) in [(false, false), (true, false), (false, true), (true, true)] {
            both!(check(&Product { batch: 1, m, n, k, transpose_a, transpose_b }, (m as u64, 3)));
        }
    }
}

/// Of which the first tiles copy the last columns too, which fill no vector.
#[test]
fn large_right_matrix() {
    check::<f32>(&Product { batch: 1, m: 35, n: 1100, k: 2000, transpose_a: false, transpose_b: false }, (5, 3));
}
