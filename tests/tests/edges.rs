//! The edge cases that semantics.md names, in `f32` and `f64`.

use session::ir::{Data, DynShape, Graph, Id, NatId, Op, PerSpatialAxis, op};
use session::scalar::Float;
use session::semantics::{Array, backprop_all, eval, jvp};
use session_tests::compare::bits;

/// One operation on one vector, with a cotangent for its value.
struct Run<T> {
    value: Vec<T>,
    gradient: Vec<T>,
}

fn run<T: Float>(op: impl Into<Op>, sizes: &[usize], x: &[f64], cotangent: &[f64], naturals: &[Vec<usize>]) -> Run<T> {
    let mut graph = Graph::default();
    let shape = DynShape::new(sizes);
    let leaf = graph.leaf(shape);
    for list in naturals {
        graph.natural(DynShape::new(&[list.len()]));
    }
    let y = graph.push(op, &[leaf]).expect("the rule holds");
    let numbers = |x: &[f64]| x.iter().map(|&x| T::from_f64(x)).collect::<Vec<T>>();
    let leaves = [Array::new(shape, numbers(x))];
    let seed = Array::new(graph.shape(y), numbers(cotangent));
    let gradients = backprop_all(&graph, &leaves, naturals, vec![None, Some(seed)]);
    Run {
        value: eval(&graph, &leaves, naturals)[y.index()].data.clone(),
        gradient: gradients[0].as_ref().expect("a gradient").data.clone(),
    }
}

/// Equality of bits, all NaNs counting as one.
#[track_caller]
fn same<T: Float>(found: &[T], expected: &[f64]) {
    let expected: Vec<T> = expected.iter().map(|&x| T::from_f64(x)).collect();
    let all_bits = |x: &[T]| x.iter().map(|x| x.bits()).collect::<Vec<_>>();
    assert_eq!(all_bits(found), all_bits(&expected), "found {found:?}, expected {expected:?}");
}

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Runs a test in both machine types.
macro_rules! in_both {
    ($($(#[$doc:meta])* fn $name:ident<$type:ident>() $body:block)*) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            fn check<$type: Float>() $body
            check::<f32>();
            check::<f64>();
        }
    )*};
}

in_both! {
    /// The cotangent is chosen or dropped, never multiplied: an infinite one makes no NaN.
    fn relu<T>() {
        let x = [-0.0, 0.0, -1.0, 2.0, NAN, INF, -INF];
        let relu = run::<T>(op::Relu {}, &[7], &x, &[INF, INF, INF, INF, 3.0, 5.0, NAN], &[]);
        same(&relu.value, &[0.0, 0.0, 0.0, 2.0, NAN, INF, 0.0]);
        same(&relu.gradient, &[0.0, 0.0, 0.0, INF, 3.0, 5.0, 0.0]);
    }

    fn logarithm_outside_its_domain<T>() {
        let log = run::<T>(op::Log {}, &[4], &[0.0, -0.0, -2.0, INF], &[1.0; 4], &[]);
        same(&log.value, &[-INF, -INF, NAN, INF]);
        same(&log.gradient, &[INF, -INF, -0.5, 0.0]);
    }

    fn max_pool_takes_the_first_of_equals<T>() {
        let pool = |kernel: usize, stride: usize, padding: usize| {
            let [kernel, stride, padding] = [kernel, stride, padding].map(|n| PerSpatialAxis::new(&[n]));
            op::MaxPool { kernel, stride, padding }
        };
        let ties = run::<T>(pool(3, 3, 0), &[1, 6], &[1.0, 2.0, 2.0, -3.0, -3.0, -3.0], &[5.0, 7.0], &[]);
        same(&ties.value, &[2.0, -3.0]);
        same(&ties.gradient, &[0.0, 5.0, 0.0, 7.0, 0.0, 0.0]);

        let infinite = run::<T>(pool(2, 2, 0), &[1, 4], &[-INF, -INF, 1.0, INF], &[INF, 2.0], &[]);
        same(&infinite.value, &[-INF, INF]);
        same(&infinite.gradient, &[INF, 0.0, 0.0, 2.0]);

        // Padding never wins, even over negative infinity.
        let padded = run::<T>(pool(2, 2, 1), &[1, 3], &[-INF, -5.0, -4.0], &[1.0, 2.0], &[]);
        same(&padded.value, &[-INF, -4.0]);
        same(&padded.gradient, &[1.0, 0.0, 2.0]);
    }

    /// The first NaN wins the value and the whole gradient.
    fn max_pool_takes_the_first_nan<T>() {
        let [kernel, stride, padding] = [[3], [3], [0]].map(|n| PerSpatialAxis::new(&n));
        let pool = op::MaxPool { kernel, stride, padding };
        let x = [1.0, NAN, NAN, NAN, INF, 2.0, INF, 2.0, NAN];
        let nan = run::<T>(pool, &[1, 9], &x, &[3.0, 5.0, 7.0], &[]);
        same(&nan.value, &[NAN, NAN, NAN]);
        same(&nan.gradient, &[0.0, 3.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 7.0]);
    }

    /// Windows contribute in ascending order, the first is stored: told apart by rounding.
    fn overlapping_windows_add_in_ascending_order<T>() {
        let [kernel, stride, padding] = [[3], [1], [0]].map(|n| PerSpatialAxis::new(&n));
        let pool = op::MaxPool { kernel, stride, padding };
        let overlap = run::<T>(pool, &[1, 5], &[0.0, 0.0, 9.0, 0.0, 0.0], &[1.0, 1e30, -1e30], &[]);
        same(&overlap.gradient, &[0.0; 5]);
        let [kernel, stride, padding] = [[3], [1], [0]].map(|n| PerSpatialAxis::new(&n));
        let pool = op::MaxPool { kernel, stride, padding };
        let overlap = run::<T>(pool, &[1, 5], &[0.0, 0.0, 9.0, 0.0, 0.0], &[1e30, -1e30, 1.0], &[]);
        same(&overlap.gradient, &[0.0, 0.0, 1.0, 0.0, 0.0]);
    }

    fn softmax_of_a_scalar_is_one<T>() {
        let softmax = run::<T>(op::Softmax { axis: 0 }, &[], &[-7.5], &[3.0], &[]);
        same(&softmax.value, &[1.0]);
        same(&softmax.gradient, &[0.0]);
        let log_softmax = run::<T>(op::LogSoftmax { axis: 0 }, &[], &[-7.5], &[3.0], &[]);
        same(&log_softmax.value, &[0.0]);
        same(&log_softmax.gradient, &[0.0]);
    }

    /// Large logits neither overflow nor lose the gradient: p is e / sum(e), never exp of the value.
    fn softmax_is_stable<T>() {
        let softmax = run::<T>(op::Softmax { axis: 0 }, &[3], &[1e4, 0.0, -1e4], &[1.0, 2.0, 3.0], &[]);
        same(&softmax.value, &[1.0, 0.0, 0.0]);
        same(&softmax.gradient, &[0.0, 0.0, 0.0]);
        let log_softmax = run::<T>(op::LogSoftmax { axis: 0 }, &[2], &[1e4, 0.0], &[0.0, 1.0], &[]);
        same(&log_softmax.value, &[0.0, -1e4]);
        same(&log_softmax.gradient, &[-1.0, 1.0]);
        let masked = run::<T>(op::Softmax { axis: 0 }, &[3], &[-INF, 0.0, 0.0], &[1.0, 1.0, 1.0], &[]);
        same(&masked.value, &[0.0, 0.5, 0.5]);
        same(&masked.gradient, &[0.0, 0.0, 0.0]);
    }

    /// A label out of range contributes nothing, but counts in the divisor.
    fn cross_entropy_totalises_labels<T>() {
        let loss = op::CrossEntropy { labels: NatId::new(0) };
        let all_out = run::<T>(loss.clone(), &[2, 2], &[1.0, 2.0, 3.0, 4.0], &[1.0], &[vec![2, usize::MAX]]);
        same(&all_out.value, &[0.0]);
        same(&all_out.gradient, &[0.0; 4]);
        let half = run::<T>(loss, &[2, 2], &[1e4, 0.0, 3.0, 4.0], &[1.0], &[vec![1, 2]]);
        same(&half.value, &[0.5e4]);
        same(&half.gradient, &[0.5, -0.5, 0.0, 0.0]);
    }

    /// Not even where the softmax of the row is not a number.
    fn labels_out_of_range_give_no_gradient_even_from_nan<T>() {
        let x = [f64::NAN, 1.0, f64::INFINITY, 0.0, 0.0, 0.0];
        let found = run::<T>(op::CrossEntropy { labels: NatId::new(0) }, &[2, 3], &x, &[1.0], &[vec![3, 0]]);
        same(&found.gradient[..3], &[0.0, 0.0, 0.0]);
        assert!(found.gradient[3] < T::from_f64(0.0));
    }

    fn gathers_totalise_indices<T>() {
        let rows = op::GatherRows { indices: NatId::new(0) };
        let table = [1.0, 2.0, NAN, INF];
        let gathered = run::<T>(rows, &[2, 2], &table, &[1.0, 2.0, INF, NAN], &[vec![0, 2]]);
        same(&gathered.value, &[1.0, 2.0, 0.0, 0.0]);
        same(&gathered.gradient, &[1.0, 2.0, 0.0, 0.0]);
        let last = op::GatherLast { indices: NatId::new(0) };
        let gathered = run::<T>(last, &[2, 2], &table, &[5.0, INF], &[vec![1, usize::MAX]]);
        same(&gathered.value, &[2.0, 0.0]);
        same(&gathered.gradient, &[0.0, 5.0, 0.0, 0.0]);
    }

    /// Repeated indices add in ascending position; the first is stored, so a negative zero survives.
    fn repeated_indices_add_in_ascending_position<T>() {
        let rows = op::GatherRows { indices: NatId::new(0) };
        let x = [1.0, 2.0, 3.0];
        let gathered = run::<T>(rows.clone(), &[3, 1], &x, &[1e30, -0.0, -1e30, 1.0], &[vec![0, 1, 0, 0]]);
        same(&gathered.gradient, &[1.0, -0.0, 0.0]);
        let gathered = run::<T>(rows, &[3, 1], &x, &[1.0, 1e30, 4.0, -1e30], &[vec![0, 0, 2, 0]]);
        same(&gathered.gradient, &[0.0, 0.0, 4.0]);
    }

    /// Chains start from +0, and an empty one is +0.
    fn empty_products<T>() {
        let mut graph = Graph::default();
        let (a, b) = (graph.leaf(DynShape::new(&[2, 0])), graph.leaf(DynShape::new(&[0, 2])));
        let bias = graph.leaf(DynShape::new(&[2]));
        let (minus, one) = (graph.leaf(DynShape::new(&[1, 1])), graph.leaf(DynShape::new(&[1, 1])));
        let product = graph.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a, b]).expect("fits");
        let linear = graph.push(op::Linear {}, &[a, bias, a]).expect("fits");
        let signed = graph.push(op::MatMul { transpose_a: false, transpose_b: false }, &[minus, one]).expect("fits");
        let numbers = |id: Id, x: &[f64]| Array::new(graph.shape(id), x.iter().map(|&x| T::from_f64(x)).collect());
        let leaves = [
            numbers(a, &[]), numbers(b, &[]), numbers(bias, &[-1.0, 2.0]), numbers(minus, &[-0.0]), numbers(one, &[1.0]),
        ];
        let values = eval(&graph, &leaves, &[]);
        same(&values[product.index()].data, &[0.0; 4]);
        same(&values[linear.index()].data, &[-1.0, 2.0, -1.0, 2.0]);
        same(&values[signed.index()].data, &[0.0]);
    }

    /// A cell in the padding is skipped, never multiplied: an infinite weight over it makes no NaN.
    fn convolution_skips_the_padding<T>() {
        let [stride, padding, dilation] = [[1], [1], [1]].map(|n| PerSpatialAxis::new(&n));
        let conv = op::Conv { stride, padding, dilation, groups: 1 };
        let mut graph = Graph::default();
        let (w, x) = (graph.leaf(DynShape::new(&[1, 1, 3])), graph.leaf(DynShape::new(&[1, 1])));
        let y = graph.push(conv, &[w, x]).expect("fits");
        let leaves = [
            Array::new(graph.shape(w), [INF, 2.0, NAN].map(T::from_f64).to_vec()),
            Array::new(graph.shape(x), vec![T::from_f64(3.0)]),
        ];
        same(&eval(&graph, &leaves, &[])[y.index()].data, &[6.0]);
        let seed = Array::new(graph.shape(y), vec![T::from_f64(INF)]);
        let gradients = backprop_all(&graph, &leaves, &[], vec![None, None, Some(seed)]);
        same(&gradients[w.index()].as_ref().expect("a gradient").data, &[0.0, INF, 0.0]);
        same(&gradients[x.index()].as_ref().expect("a gradient").data, &[INF]);
    }

    /// A constant is rounded once to the type, and nothing flows out of it.
    fn constants_are_rounded_once<T>() {
        let mut graph = Graph::default();
        let values = [0.1, -0.0, INF, NAN, 1e-310];
        let shape = DynShape::new(&[5]);
        let c = graph.push(op::Constant { shape, data: Data::new(values) }, &[]).expect("fits");
        let found = &eval::<T>(&graph, &[], &[])[c.index()];
        assert_eq!(bits(found), values.map(|x| T::from_f64(x).bits()));
    }
}

/// The oracle of semantics.md.
#[test]
fn log_softmax_oracle() {
    let mut graph = Graph::default();
    let shape = DynShape::new(&[3]);
    let x = graph.leaf(shape);
    let y = graph.push(op::LogSoftmax { axis: 0 }, &[x]).expect("fits");
    let (point, tangent): (Vec<f64>, Vec<f64>) = (vec![0.3, -1.0, 0.7], vec![1.0, 0.5, -2.0]);
    let values = jvp(&graph, &[Array::new(shape, point)], &[Array::new(shape, tangent)], &[]);
    for (found, expected) in values[y.index()].data.iter().zip([1.668_287_00, 1.168_287_00, -1.331_713_00]) {
        assert!((found.tangent - expected).abs() < 5e-9, "{} for {expected}", found.tangent);
    }
}

/// As in PyTorch: the sum of squares divided by one less than the number, but not by less than 0.
#[test]
fn the_variance_of_one_element_or_none_is_nan() {
    for (sizes, nan) in [(&[][..], true), (&[0], true), (&[1], true), (&[2, 0], true), (&[2], false)] {
        let mut builder = session::GraphBuilder::new();
        let shape = DynShape::new(sizes);
        let x = builder.input(shape).expect("a small shape");
        let variance = builder.var(x).expect("any shape");
        let found = eval(builder.graph(), &[Array::<f64>::full(shape, 3.0)], &[]).swap_remove(variance.index());
        assert_eq!(found.data[0].is_nan(), nan, "{shape} gives {found:?}");
    }
}
