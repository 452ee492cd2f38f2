//! Eager sessions against compiled ones, for every method.

use session::ir::Id;
use session_tests::{session_methods, words};

use super::*;

type Images = shape![2, 4, 6, 6];
type Square = shape![4, 4];

/// One of every method that records an operation. Gives a number that some of them read.
fn record_everything<T: Float>(s: &Session<T>) -> NatRef {
    let mut rng = Rng::new(3);
    let images = s.input(Tensor::<T, Images>::randn(&mut rng)).unwrap();
    let square = s.input(Tensor::<T, Square>::randn(&mut rng)).unwrap();
    let other = s.input(Tensor::<T, Square>::randn(&mut rng)).unwrap();
    let stacked = s.input(Tensor::<T, shape![3, 4, 4]>::randn(&mut rng)).unwrap();
    let vector = s.input(Tensor::<T, shape![4]>::randn(&mut rng)).unwrap();
    let scalar = s.input(Tensor::<T, shape![]>::randn(&mut rng)).unwrap();
    let filters = s.input(Tensor::<T, shape![4, 4, 3, 3]>::randn(&mut rng)).unwrap();
    let thin = s.input(Tensor::<T, shape![4, 2, 3, 3]>::randn(&mut rng)).unwrap();
    let number = s.input_nat(2).unwrap();
    let list = s.input_nat_vec::<Dim<4>>(&[3, 1, 1, 0]).unwrap();
    let present = s.input_nats::<shape![3, 4]>(&[1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0]).unwrap();
    let positive = s.add_scalar(s.square(square), 0.25);

    macro_rules! each {
        ($($method:ident)*: $operands:tt) => {$( s.$method $operands; )*};
    }
    each! { neg relu tanh exp abs sigmoid softplus sin cos erf gelu gelu_tanh silu detach square: (square) }
    each! { softmax log_softmax logsumexp sum mean var flatten transpose: (square) }
    each! { log sqrt reciprocal: (positive) }
    each! { add sub mul div maximum minimum mse_loss l1_loss bce_with_logits matmul concat: (square, other) }
    each! { broadcast_add broadcast_sub broadcast_mul broadcast_div: (square, vector) }
    each! { scale add_scalar div_scalar leaky_relu elu: (square, 0.3) }
    each! { scalar_div scalar_sub: (0.3, square) }
    each! { sum_axis mean_axis max_axis min_axis logsumexp_axis softmax_axis log_softmax_axis: (stacked, Axis::<1>) }
    each! { cross_entropy nll_loss: (square, list) }
    each! { max_pool2d avg_pool2d: (images, Kernel::<2, 3>, Stride::<2>) }
    each! { max_pool avg_pool: (images, dims![3, 2], dims![1, 2], dims![1, 0]) }
    each! { at gather_row: (square, Index::<1>) }
    each! { scatter_add scatter_add_row: (square, vector, Index::<2>) }
    each! { batch_norm: (images, vector, vector) }
    each! { batch_norm_eps: (images, vector, vector, 0.1) }
    each! { layer_norm: (square, vector, vector) }
    each! { layer_norm_eps: (square, vector, vector, 0.1) }
    each! { swap_last_two move_first_to_last move_last_to_first: (stacked) }

    s.pow(square, 3.0);
    s.clamp(square, -0.5, 0.5);
    s.safe_log(square, 1e-3);
    s.select_gt(square, other, other, square);
    s.dropout(square, 0.5, true);
    s.dropout_keyed(square, 0.5, number);
    s.literal(2.0);
    s.full::<Square>(0.1);
    s.huber_loss(square, other, 0.5);

    s.reshape(images, dims![8, 36]);
    let _: TensorRef<shape![288]> = s.reshape_as(images);
    s.flatten_from(images, Axis::<1>);
    s.unflatten(square, Axis::<1>, dims![2, 2]);
    s.rename(square, dims![4, 4]);
    let _: TensorRef<shape![3, 4]> = s.broadcast(vector);
    s.broadcast_to(vector, dims![2, 4]);
    let _: TensorRef<shape![2, 4]> = s.expand_leading(vector);
    let _: TensorRef<shape![4, 2]> = s.expand_trailing(vector);
    s.swap_adjacent(images, Depth::<1>);
    s.permute(images, dims![3, 1, 0, 2]);
    s.concat_axis(square, other, Axis::<1>);
    s.slice(square, Slice::<1, 3>);
    s.slice_axis(square, Axis::<1>, Slice::<0, 2>);
    let column = s.unsqueeze(square, Axis::<1>);
    s.squeeze(column, Axis::<1>);
    s.pad(square, Axis::<1>, dims![2, 1]);
    s.stack([square, other, square]);

    s.bmm(stacked, stacked);
    s.linear(square, vector, other);
    s.conv2d(filters, vector, images, Stride::<2>, Padding::<1>);
    s.conv(filters, vector, images, dims![1, 2], dims![0, 2]);
    s.conv_grouped(thin, vector, images, dims![1, 2], dims![1, 2], dims![2, 1], Groups::<2>);
    s.conv2d_grouped(thin, vector, images, Stride::<1>, Padding::<1>, Dilation::<1>, Groups::<2>);
    s.conv_transpose(filters, vector, images, dims![2, 1], dims![1, 0]);
    s.conv_transpose2d(filters, vector, images, Stride::<2>, Padding::<1>);
    s.smooth_max_pool2d(images, Kernel::<2, 2>, Stride::<2>, 3.0);
    s.smooth_max_pool(images, dims![3, 3], dims![2, 2], dims![1, 1], -2.0);
    s.global_avg_pool(images, Axis::<2>);

    s.gather_scalar(vector, Index::<3>);
    s.gather_scalar_nat(vector, 1);
    s.gather_vec_nat(vector, [3, 3, 0]);
    s.gather_rows_nat(square, [2, 2]);
    s.gather_scalar_ref(vector, number);
    s.gather_row_ref(square, number);
    s.gather_vec_ref(vector, list);
    s.gather_rows_ref(square, list);
    s.embedding(square, present);
    s.scatter_add_vec(vector, scalar, Index::<1>);

    s.rms_norm(square, vector);
    s.rms_norm_eps(square, vector, 0.1);
    s.batch_norm_train(images, vector, vector, vector, vector, 0.1);
    s.batch_norm_train_eps(images, vector, vector, vector, vector, 0.1, 0.1);
    let variance = s.softplus(vector);
    s.batch_norm_eval(images, vector, vector, vector, variance);
    s.batch_norm_eval_eps(images, vector, vector, vector, variance, 0.1);
    s.group_norm(images, Groups::<2>, vector, vector);
    s.group_norm_eps(images, Groups::<4>, vector, vector, 0.1);
    let mask = Mask::causal().and(Mask::from_fn(|query, key| query != 1 && key != 2));
    s.multi_head_attention(square, other, square, other, stacked, Heads::<2>, Some(mask.clone()));
    s.multi_head_attention_padded(square, other, square, other, stacked, Heads::<4>, Some(mask), present);
    number
}

#[test]
fn every_method_is_recorded() {
    let recorded = words(include_str!("eager.rs"));
    for method in session_methods() {
        assert!(recorded.contains(&method.as_str()), "`{method}` is missing");
    }
}

/// The bits of every value, computed as they are recorded and by one tape.
fn eager_and_compiled_agree<T: Float>() {
    let compiled = Session::<T>::new(Options::default().threads(2));
    let eager = Session::<T>::new(Options::default().backend(Backend::Eager));
    let numbers = (record_everything(&compiled), record_everything(&eager));
    assert_eq!(compiled.graph(), eager.graph());
    let bits = |value: &DynTensor<T>| value.as_slice().iter().map(|x| x.bits()).collect::<Vec<_>>();
    let compare = |number: usize| {
        compiled.set_nat(numbers.0, number).unwrap();
        eager.set_nat(numbers.1, number).unwrap();
        let snapshot = compiled.snapshot();
        let values = compiled.compile().forward(&snapshot.leaves, &snapshot.naturals).unwrap();
        for (index, value) in values.iter().enumerate() {
            let id = Id::new(index);
            let op = snapshot.graph.node(id).map_or("leaf", |node| node.op.name());
            assert!(value.as_slice().iter().all(|x| !x.to_f64().is_nan()), "{op} at {id}: NaN says nothing");
            assert_eq!(bits(&eager.value_dyn(id).unwrap()), bits(value), "{op} at {id} with {number}");
        }
    };
    compare(2);
    // Eager values follow the numbers.
    compare(0);
}

#[test]
fn eager_and_compiled_agree_in_f32() {
    eager_and_compiled_agree::<f32>();
}

#[test]
fn eager_and_compiled_agree_in_f64() {
    eager_and_compiled_agree::<f64>();
}

/// Inside an operation of several nodes the node is named at which it happened, not the result.
#[test]
fn the_first_value_that_is_not_finite_is_named() {
    let s = Session::<f64>::new(Options::default().backend(Backend::Eager).stop_at_non_finite(true));
    let zeros = s.input(Tensor::<f64, Square>::zeros()).unwrap();
    let huge = s.input(Tensor::<f64, Square>::full(1e200)).unwrap();
    let ones = s.input(Tensor::<f64, shape![4]>::ones()).unwrap();
    s.layer_norm(zeros, ones, ones);
    assert!(s.value(zeros).is_ok());
    let check = |expected: &str, result: Id| {
        let error = s.value_dyn(result).unwrap_err();
        let Error::NonFinite { op, node } = error else { panic!("{error}") };
        assert_eq!((op, s.graph().node(node).unwrap().op.name()), (expected, expected));
        assert!(node.index() < result.index(), "{node} is inside");
        assert_eq!(error.to_string(), format!("{expected} at {node} gave a value that is not finite"));
        node
    };
    let result = s.rms_norm_eps(zeros, ones, 0.0);
    let first = check("div", result.id());
    // A later one changes nothing.
    let result = s.var(huge);
    assert_eq!(check("div", result.id()), first);

    s.reset_tape();
    let huge = s.input(Tensor::<f64, Square>::from_fn(|[row, _]| if row == 0 { 1e200 } else { -1e200 })).unwrap();
    let result = s.var(huge);
    check("mul", result.id());
}
