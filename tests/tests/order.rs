//! The order of every sum, bit for bit, against a second implementation that shares nothing with the
//! first: it follows the words of the documentation.

use session::ir::{DynShape, Graph, NatId, Op, op};
use session::scalar::Float;
use session::semantics::{Array, eval};
use session_tests::compare::bits;

const SIZES: &[usize] = &[0, 1, 2, 15, 16, 17, 31, 1023, 1024, 1025, 2049, 16 * 1024 + 5, (1 << 20) + 3];

/// Numbers of mixed size and sign, so that another order gives other bits.
fn numbers<T: Float>(count: usize) -> Vec<T> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let unit = (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
        T::from_f64(unit * 10f64.powi((state % 7) as i32))
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// "Blocks of 1024 consecutive elements; in a block element i goes to lane i mod 16, each lane a chain
/// of additions from +0.0; lanes are added l+(l+8), l+(l+4), l+(l+2), l+(l+1); the block sums are a run
/// again; n = 0 gives +0.0."
fn run<T: Float>(x: &[T]) -> T {
    let zero = T::from_f64(0.0);
    let block = |block: &[T]| {
        let lane = |lane: usize| block.iter().skip(lane).step_by(16).fold(zero, |sum, &x| sum + x);
        let eighth = |l: usize| lane(l) + lane(l + 8);
        let fourth = |l: usize| eighth(l) + eighth(l + 4);
        let half = |l: usize| fourth(l) + fourth(l + 2);
        half(0) + half(1)
    };
    match x.len() {
        0 => zero,
        1..=1024 => block(x),
        _ => run(&x.chunks(1024).map(block).collect::<Vec<_>>()),
    }
}

/// "A chain from +0.0 in blocks of 1024, the block sums a chain again."
fn chain<T: Float>(x: &[T]) -> T {
    let mut sums = x.to_vec();
    while sums.len() > 1024 {
        sums = sums.chunks(1024).map(chain).collect();
    }
    sums.into_iter().fold(T::from_f64(0.0), |sum, x| sum + x)
}

/// The value of one operation on one tensor.
fn value<T: Float>(op: impl Into<Op>, sizes: &[usize], data: &[T]) -> Array<T> {
    let mut graph = Graph::default();
    let shape = DynShape::new(sizes);
    let x = graph.leaf(shape);
    graph.push(op, &[x]).expect("the rule holds");
    eval(&graph, &[Array::new(shape, data.to_vec())], &[]).pop().expect("a value")
}

fn axes(list: &[usize]) -> DynShape {
    DynShape::new(list)
}

fn runs<T: Float>() {
    for &size in SIZES {
        let x = numbers::<T>(size);
        let sum = value(op::Sum { axes: axes(&[0]) }, &[size], &x);
        assert_eq!(sum.data[0].bits(), run(&x).bits(), "a run of {size}");
        let mean = value(op::Mean { axes: axes(&[0]) }, &[size], &x);
        let expected = run(&x) / T::from_f64(size as f64);
        assert_eq!(mean.data[0].bits(), expected.bits(), "a mean of {size}");
    }
}

#[test]
fn a_sum_over_the_last_axis_or_everything_is_a_run() {
    runs::<f32>();
    runs::<f64>();
}

/// The numbers can tell: a plain chain gives other bits.
#[test]
fn another_order_gives_other_bits() {
    for &size in SIZES.iter().filter(|&&size| size > 16) {
        let x = numbers::<f32>(size);
        let plain = x.iter().fold(0.0, |sum, x| sum + x);
        assert_ne!(run(&x).to_bits(), plain.to_bits(), "of {size}");
        // One element beyond a block is added last either way.
        if size > 1025 {
            assert_ne!(chain(&x).to_bits(), plain.to_bits(), "of {size}");
        }
    }
}

fn chains<T: Float>() {
    for &size in SIZES.iter().filter(|&&size| size < 100_000) {
        let x = numbers::<T>(size * 3);
        let column = |column: usize| x.iter().skip(column).step_by(3).copied().collect::<Vec<T>>();
        let sum = value(op::Sum { axes: axes(&[0]) }, &[size, 3], &x);
        let expected: Vec<u64> = (0..3).map(|index| chain(&column(index)).bits()).collect();
        assert_eq!(bits(&sum), expected, "three chains of {size}");
    }
}

#[test]
fn a_sum_over_another_axis_is_a_chain() {
    chains::<f32>();
    chains::<f64>();
}

/// Trailing reduced axes as one flattened run, then the others, last first.
#[test]
fn several_axes_are_summed_in_passes() {
    let sizes = [3, 2, 5, 30, 40];
    let x = numbers::<f32>(sizes.iter().product());
    let everything = value(op::Sum { axes: axes(&[0, 1, 2, 3, 4]) }, &sizes, &x);
    assert_eq!(everything.data[0].to_bits(), run(&x).to_bits());

    let found = value(op::Sum { axes: axes(&[0, 2, 3, 4]) }, &sizes, &x);
    let trailing: Vec<f32> = x.chunks(5 * 30 * 40).map(run).collect();
    let expected = [0, 1].map(|kept| chain(&[trailing[kept], trailing[2 + kept], trailing[4 + kept]]));
    assert_eq!(found.data, expected);

    // Elements are contiguous also where only axes of size 1 follow.
    let found = value(op::Sum { axes: axes(&[0, 2]) }, &[3, 2, 5, 1], &x[..30]);
    let expected = [0, 1].map(|kept| chain(&[0, 1, 2].map(|first| run(&x[(first * 2 + kept) * 5..][..5]))));
    assert_eq!(found.data, expected);

    let found = value(op::Sum { axes: axes(&[0, 2]) }, &[3, 2, 5, 2], &x[..60]);
    let expected = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(kept, last)| {
        let column = |first: usize| [0, 1, 2, 3, 4].map(|index| x[((first * 2 + kept) * 5 + index) * 2 + last]);
        chain(&[0, 1, 2].map(|first| chain(&column(first))))
    });
    assert_eq!(found.data, expected);
}

#[test]
fn sums_start_from_positive_zero() {
    for sizes in [[1, 1], [3, 1], [1, 3], [3, 3]] {
        let x = vec![-0.0f32; sizes[0] * sizes[1]];
        for reduced in [&[0][..], &[1], &[0, 1]] {
            let sum = value(op::Sum { axes: axes(reduced) }, &sizes, &x);
            assert!(sum.data.iter().all(|x| x.to_bits() == 0), "the sum of {sizes:?} over {reduced:?}");
        }
    }
    assert_eq!(value::<f32>(op::Sum { axes: axes(&[0]) }, &[0, 2], &[]).data, [0.0, 0.0]);
    assert!(value::<f32>(op::Mean { axes: axes(&[0]) }, &[0], &[]).data[0].is_nan(), "0 / 0");
}

/// The denominator of a softmax and the sums of losses are runs too.
#[test]
fn softmax_and_losses_use_the_same_sums() {
    let rows = 3;
    for size in [1, 17, 1025] {
        let x: Vec<f32> = numbers::<f32>(rows * size).iter().map(|x| x * 1e-6).collect();
        let softmax = value(op::Softmax { axis: 1 }, &[rows, size], &x);
        let along_first = value(op::Softmax { axis: 0 }, &[size, rows], &x);
        for row in 0..rows {
            let line = &x[row * size..][..size];
            let exponentials = exponentials(line);
            let expected = exponentials.iter().map(|e| e / run(&exponentials));
            assert!(softmax.data[row * size..][..size].iter().copied().eq(expected), "a row of {size}");

            let column: Vec<f32> = x.iter().skip(row).step_by(rows).copied().collect();
            let exponentials = self::exponentials(&column);
            let expected = exponentials.iter().map(|e| e / chain(&exponentials));
            assert!(along_first.data.iter().skip(row).step_by(rows).copied().eq(expected), "a column of {size}");
        }
    }
}

/// e to the power x - max(x), by the library's own exponential.
fn exponentials(x: &[f32]) -> Vec<f32> {
    let largest = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let shifted: Vec<f32> = x.iter().map(|x| x - largest).collect();
    value(op::Exp {}, &[x.len()], &shifted).data
}

#[test]
fn losses_divide_one_run_once() {
    for size in [1, 17, 1025, 3000] {
        let (prediction, target) = (numbers::<f32>(size), numbers::<f32>(2 * size).split_off(size));
        let mut graph = Graph::default();
        let shape = DynShape::new(&[size]);
        let operands = [graph.leaf(shape), graph.leaf(shape)];
        graph.push(op::MseLoss {}, &operands).expect("the rule holds");
        let leaves = [Array::new(shape, prediction.clone()), Array::new(shape, target.clone())];
        let loss = eval(&graph, &leaves, &[]).pop().expect("a value").data[0];
        let squares: Vec<f32> = prediction.iter().zip(&target).map(|(a, b)| (a - b) * (a - b)).collect();
        assert_eq!(loss.to_bits(), (run(&squares) / size as f32).to_bits(), "mse_loss of {size}");

        let mut graph = Graph::default();
        let shape = DynShape::new(&[size, 2]);
        let logits = graph.leaf(shape);
        let labels = graph.natural(DynShape::new(&[size]));
        assert_eq!(labels, NatId::new(0));
        let log_softmax = graph.push(op::LogSoftmax { axis: 1 }, &[logits]).expect("the rule holds");
        graph.push(op::CrossEntropy { labels }, &[logits]).expect("the rule holds");
        let leaf = Array::new(shape, numbers::<f32>(2 * size));
        let values = eval(&graph, &[leaf], &[vec![1; size]]);
        let losses: Vec<f32> = values[log_softmax.index()].data.chunks(2).map(|row| -row[1]).collect();
        let loss = values[2].data[0];
        assert_eq!(loss.to_bits(), (run(&losses) / size as f32).to_bits(), "cross_entropy of {size}");
    }
}
