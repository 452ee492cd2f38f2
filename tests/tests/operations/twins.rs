//! A typed method records what the builder's operation of the same name does.

use session::builder::Argument;
use session::ir::{Graph, Id, NatId};
use session::prelude::*;

use super::session;

fn number(number: usize) -> Argument {
    Argument::Number(number as f64)
}

fn list(numbers: &[usize]) -> Argument {
    Argument::Numbers(numbers.to_vec())
}

/// `name [A] [B], typed arguments => "key" argument, ..;` records the method on leaves of the shapes A and B in
/// one session and calls the operation by name in another.
macro_rules! twins {
    ($($method:ident $([$($operand:tt)*])* $(, $argument:expr)* $(=> $($key:literal $value:expr),+)?;)*) => {$({
        let (typed, untyped) = (session(), session());
        let _ = typed.$method($(leaf::<shape![$($operand)*]>(&typed),)* $($argument),*);
        let operands: Vec<Id> = vec![$(leaf::<shape![$($operand)*]>(&untyped).id()),*];
        let arguments: Vec<(&str, Argument)> = vec![$($(($key, $value)),+)?];
        untyped.build(|b| b.call(stringify!($method), &operands, &[], &arguments)).unwrap();
        same(stringify!($method), &typed.graph(), &untyped.graph());
    })*};
}

fn leaf<S: Shape>(s: &Session<f64>) -> TensorRef<S> {
    s.input(Tensor::zeros()).unwrap()
}

#[track_caller]
fn same(method: &str, typed: &Graph, untyped: &Graph) {
    assert!(!typed.nodes().is_empty(), "{method} records something");
    assert_eq!(typed, untyped, "{method}:\n{typed}{untyped}");
}

#[test]
fn elementwise() {
    twins! {
        add [2, 3] [2, 3]; sub [2, 3] [2, 3]; mul [2, 3] [2, 3]; div [2, 3] [2, 3];
        maximum [2, 3] [2, 3]; minimum [2, 3] [2, 3]; select_gt [3] [3] [3] [3];
        broadcast_add [2, 3] [3]; broadcast_sub [3] [2, 3]; broadcast_mul [2, 3] []; broadcast_div [2, 3] [2, 3];
        neg [3]; relu [3]; tanh [3]; exp [3]; log [3]; abs [3]; sqrt [3]; sigmoid [3]; softplus [3]; sin [3]; cos [3];
        erf [3]; gelu [3]; gelu_tanh [3]; silu [3]; detach [3]; square [3]; reciprocal [3];
        pow [3], 1.5 => "exponent" Argument::Number(1.5);
        clamp [3], -1.0, 2.0 => "lo" Argument::Number(-1.0), "hi" Argument::Number(2.0);
        leaky_relu [3], 0.1 => "slope" Argument::Number(0.1);
        elu [3], 0.1 => "alpha" Argument::Number(0.1);
        safe_log [3], 0.1 => "eps" Argument::Number(0.1);
        scale [3], 0.1 => "c" Argument::Number(0.1);
        add_scalar [3], 0.1 => "c" Argument::Number(0.1);
        div_scalar [3], 0.1 => "c" Argument::Number(0.1);
    }
    let (typed, untyped) = (session(), session());
    let x = leaf::<shape![3]>(&typed);
    typed.scalar_div(2.0, typed.scalar_sub(1.0, x));
    let x = leaf::<shape![3]>(&untyped).id();
    untyped
        .build(|b| {
            let difference = b.scalar_sub(x, 1.0)?;
            b.scalar_div(difference, 2.0)
        })
        .unwrap();
    same("scalar_sub and scalar_div", &typed.graph(), &untyped.graph());
}

#[test]
fn along_axes() {
    twins! {
        softmax [2, 3]; log_softmax [2, 3]; logsumexp [2, 3]; softmax []; logsumexp [];
        softmax_axis [2, 3, 4], Axis::<1> => "axis" number(1);
        log_softmax_axis [2, 3, 4], Axis::<1> => "axis" number(1);
        logsumexp_axis [2, 3, 4], Axis::<1> => "axis" number(1);
        sum [2, 3]; mean [2, 3]; sum []; mean []; var [2, 3];
        sum_axis [2, 3, 4], Axis::<1> => "axis" number(1);
        mean_axis [2, 3, 4], Axis::<1> => "axis" number(1);
        max_axis [2, 3, 4], Axis::<1> => "axis" number(1);
        min_axis [2, 3, 4], Axis::<1> => "axis" number(1);
        mse_loss [2, 3] [2, 3]; l1_loss [3] [3]; bce_with_logits [3] [3];
        huber_loss [3] [3], 0.5 => "delta" Argument::Number(0.5);
        matmul [2, 3] [3, 4]; matmul [2, 3] [3]; bmm [5, 2, 3] [5, 3, 4]; linear [4, 3] [4] [2, 3];
    }
}

#[test]
fn windows() {
    let pair = |numbers: [usize; 2]| list(&numbers);
    twins! {
        conv2d [3, 2, 3, 3] [3] [2, 7, 7], Stride::<2>, Padding::<1> => "stride" number(2), "padding" number(1);
        conv [3, 2, 3, 2] [3] [2, 7, 7], dims![2, 1], dims![0, 1] => "stride" pair([2, 1]), "padding" pair([0, 1]);
        conv_grouped [4, 1, 3] [4] [2, 9], dims![1], dims![1], dims![2], Groups::<2> =>
            "stride" list(&[1]), "padding" list(&[1]), "dilation" list(&[2]), "groups" number(2);
        conv_transpose2d [2, 3, 3, 3] [3] [2, 4, 4], Stride::<2>, Padding::<1> => "stride" number(2), "padding" number(1);
        conv_transpose [2, 3, 4] [3] [2, 5], dims![2], dims![1] => "stride" list(&[2]), "padding" list(&[1]);
        max_pool2d [2, 6, 6], Kernel::<2, 3>, Stride::<2> => "kernel" pair([2, 3]), "stride" number(2);
        avg_pool2d [2, 6, 6], Kernel::<2, 3>, Stride::<2> => "kernel" pair([2, 3]), "stride" number(2);
        smooth_max_pool2d [2, 6, 6], Kernel::<2, 3>, Stride::<2>, 1.5 =>
            "kernel" pair([2, 3]), "stride" number(2), "beta" Argument::Number(1.5);
        max_pool [2, 6, 6], dims![3, 2], dims![2, 1], dims![1, 0] =>
            "kernel" pair([3, 2]), "stride" pair([2, 1]), "padding" pair([1, 0]);
        avg_pool [2, 6, 6], dims![3, 2], dims![2, 1], dims![1, 0] =>
            "kernel" pair([3, 2]), "stride" pair([2, 1]), "padding" pair([1, 0]);
        smooth_max_pool [2, 6, 6], dims![3, 2], dims![2, 1], dims![1, 0], 0.5 =>
            "kernel" pair([3, 2]), "stride" pair([2, 1]), "padding" pair([1, 0]), "beta" Argument::Number(0.5);
        global_avg_pool [2, 3, 4, 5], Axis::<2> => "axis" number(2);
    }
    let (typed, untyped) = (session(), session());
    let (w, b, x) = (leaf::<shape![4, 1, 3, 3]>(&typed), leaf::<shape![4]>(&typed), leaf::<shape![2, 7, 7]>(&typed));
    typed.conv2d_grouped(w, b, x, Stride::<2>, Padding::<1>, Dilation::<2>, Groups::<2>);
    let leaves = [leaf::<shape![4, 1, 3, 3]>(&untyped).id(), leaf::<shape![4]>(&untyped).id()];
    let x = leaf::<shape![2, 7, 7]>(&untyped).id();
    untyped.build(|g| g.conv_grouped(leaves[0], leaves[1], x, &[2, 2], &[1, 1], &[2, 2], 2)).unwrap();
    same("conv2d_grouped", &typed.graph(), &untyped.graph());
}

#[test]
fn layout() {
    twins! {
        reshape [2, 3], dims![3, 2] => "to" list(&[3, 2]);
        flatten [2, 3]; transpose [2, 3]; swap_last_two [2, 3, 4]; move_first_to_last [2, 3, 4];
        move_last_to_first [2, 3, 4]; concat [2, 3] [4, 3];
        flatten_from [2, 3, 4], Axis::<1> => "axis" number(1);
        unflatten [2, 6], Axis::<1>, dims![2, 3] => "axis" number(1), "dims" list(&[2, 3]);
        squeeze [2, 1, 3], Axis::<1> => "axis" number(1);
        unsqueeze [2, 3], Axis::<1> => "axis" number(1);
        swap_adjacent [2, 3, 4], Depth::<1> => "depth" number(1);
        permute [2, 3, 4], dims![2, 0, 1] => "axes" list(&[2, 0, 1]);
        concat_axis [2, 3] [2, 4], Axis::<1> => "axis" number(1);
        slice [5, 3], Slice::<1, 4> => "start" number(1), "end" number(4);
        slice_axis [3, 5], Axis::<1>, Slice::<1, 4> => "axis" number(1), "start" number(1), "end" number(4);
        pad [2, 3], Axis::<1>, dims![1, 2] => "axis" number(1), "before" number(1), "after" number(2);
        at [5, 3], Index::<2> => "index" number(2);
        gather_scalar [5], Index::<2> => "index" number(2);
        gather_row [5, 3], Index::<2> => "index" number(2);
        scatter_add [5, 3] [3], Index::<2> => "index" number(2);
        scatter_add_vec [5] [], Index::<2> => "index" number(2);
        scatter_add_row [5, 3] [3], Index::<2> => "index" number(2);
        gather_scalar_nat [5], 2 => "index" number(2);
        gather_vec_nat [5], [2, 0] => "indices" list(&[2, 0]);
        gather_rows_nat [5, 3], [2, 0] => "indices" list(&[2, 0]);
    }
    let (typed, untyped) = (session(), session());
    let x = leaf::<shape![3]>(&typed);
    let _: TensorRef<shape![2, 3]> = typed.broadcast(x);
    let _: TensorRef<shape![4, 3]> = typed.expand_leading(x);
    let _: TensorRef<shape![3, 2, 2]> = typed.expand_trailing(x);
    typed.stack([x, x, x]);
    let x = leaf::<shape![3]>(&untyped).id();
    untyped
        .build(|b| {
            b.broadcast(x, &[2, 3])?;
            b.expand_leading(x, &[4, 3])?;
            b.expand_trailing(x, &[3, 2, 2])?;
            b.stack(&[x, x, x])
        })
        .unwrap();
    same("broadcasts and stack", &typed.graph(), &untyped.graph());
}

#[test]
fn by_input_numbers() {
    let (typed, untyped) = (session(), session());
    let inputs = |s: &Session<f64>| {
        let list = s.input_nat_vec::<Dim<4>>(&[0; 4]).unwrap();
        (leaf::<shape![5]>(s), leaf::<shape![4, 5]>(s), s.input_nat(1).unwrap(), list)
    };
    let (vector, matrix, one, list) = inputs(&typed);
    typed.gather_scalar_ref(vector, one);
    typed.gather_vec_ref(vector, list);
    typed.gather_row_ref(matrix, one);
    typed.gather_rows_ref(matrix, list);
    typed.embedding(matrix, list);
    typed.cross_entropy(matrix, list);
    typed.nll_loss(matrix, list);
    typed.dropout_keyed(matrix, 0.5, one);
    let (vector, matrix, one, list) = inputs(&untyped);
    let (vector, matrix): (Id, Id) = (vector.id(), matrix.id());
    let (one, list): (NatId, NatId) = (one.id(), list.id());
    untyped
        .build(|b| {
            b.gather_scalar_ref(vector, one)?;
            b.gather_vec_ref(vector, list)?;
            b.gather_row_ref(matrix, one)?;
            b.gather_rows_ref(matrix, list)?;
            b.embedding(matrix, list)?;
            b.cross_entropy(matrix, list)?;
            b.nll_loss(matrix, list)?;
            b.dropout(matrix, one, 0.5)
        })
        .unwrap();
    same("by natural-number inputs", &typed.graph(), &untyped.graph());
}
