use proptest::prelude::*;

use super::super::reduce::{maximum, sum};
use super::super::softmax::{log_softmax, softmax};
use super::*;

fn run<T: Float>(x: &[T]) -> T {
    let blocks: Vec<T> = x.chunks(1024).map(block).collect();
    if blocks.len() == 1 { blocks[0] } else { if blocks.is_empty() { T::from_f64(0.0) } else { run(&blocks) } }
}

fn block<T: Float>(x: &[T]) -> T {
    let mut lanes = [T::from_f64(0.0); 16];
    for (i, x) in x.iter().enumerate() {
        lanes[i % 16] = lanes[i % 16] + *x;
    }
    for distance in [8, 4, 2, 1] {
        for lane in 0..distance {
            lanes[lane] = lanes[lane] + lanes[lane + distance];
        }
    }
    lanes[0]
}

fn chain<T: Float>(x: &[T]) -> T {
    let sum = |x: &[T]| x.iter().fold(T::from_f64(0.0), |sum, x| sum + *x);
    if x.len() <= 1024 { sum(x) } else { chain(&x.chunks(1024).map(sum).collect::<Vec<_>>()) }
}

/// The elements of one sum.
fn column<T: Float>(x: &[T], count: usize, inner: usize, output: usize) -> Vec<T> {
    let (outer, column) = (output / inner, output % inner);
    (0..count).map(|i| x[(outer * count + i) * inner + column]).collect()
}

fn total<T: Float>(x: &[T], inner: usize) -> T {
    if inner == 1 { run(x) } else { chain(x) }
}

fn check<T: Float>(outer: usize, count: usize, inner: usize, (seed, special): (u64, u64)) {
    let x = Numbers::new(seed, special).take::<T>(outer * count * inner);
    let columns: Vec<_> = (0..outer * inner).map(|i| column(&x, count, inner, i)).collect();
    let sums: Vec<T> = columns.iter().map(|x| total(x, inner)).collect();
    let lowest = T::from_f64(f64::NEG_INFINITY);
    let maxima: Vec<T> = columns.iter().map(|x| x.iter().fold(lowest, |m, x| m.greatest(*x))).collect();
    let exponentials: Vec<Vec<T>> =
        columns.iter().zip(&maxima).map(|(x, m)| x.iter().map(|x| (*x - *m).exponential()).collect()).collect();
    let denominators: Vec<T> = exponentials.iter().map(|e| total(e, inner)).collect();
    let (mut probabilities, mut logarithms) = (x.clone(), x.clone());
    for outer in 0..outer {
        #[allow(clippy::needless_range_loop)]
        for i in 0..count {
            for column in 0..inner {
                let (place, output) = ((outer * count + i) * inner + column, outer * inner + column);
                let exponential: T = exponentials[output][i];
                probabilities[place] = exponential / denominators[output];
                logarithms[place] = (x[place] - maxima[output]) - denominators[output].logarithm();
            }
        }
    }
    on_every_processor(|processor| {
        let what = format!("[{outer}, {count}, {inner}]");
        let mut out = vec![T::from_f64(f64::NAN); outer * inner];
        sum(processor, outer, count, inner, &x, &mut out);
        assert_bits(processor, &format!("sum {what}"), &out, &sums);
        maximum(processor, outer, count, inner, &x, &mut out);
        assert_bits(processor, &format!("maximum {what}"), &out, &maxima);
        let mut out = x.clone();
        softmax(processor, outer, count, inner, &x, &mut out);
        assert_bits(processor, &format!("softmax {what}"), &out, &probabilities);
        log_softmax(processor, outer, count, inner, &x, &mut out);
        assert_bits(processor, &format!("log_softmax {what}"), &out, &logarithms);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn sums_and_softmax(
        outer in 0..4usize,
        count in prop_oneof![0..4usize, 4..70usize, 1000..2100usize],
        inner in prop_oneof![Just(1), 0..4usize, 4..80usize],
        numbers in numbers(),
    ) {
        both!(check(outer, count, inner, numbers));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn narrow_rows(outer in 1..140usize, count in 1..19usize, numbers in numbers()) {
        both!(check(outer, count, 1, numbers));
    }
}

#[test]
fn long_sums() {
    both!(check(1, (1 << 20) + 5, 1, (1, 0)));
    both!(check(1, 300_000, 1, (2, 0)));
    both!(check(30, 10_000, 1, (2, 0)));
    both!(check(1, 9000, 70, (3, 0)));
    both!(check(3, 10, 30_000, (3, 0)));
    both!(check(1, 1024, 1, (4, 40)));
    both!(check(1, 8 * 1024, 1, (4, 40)));
}
