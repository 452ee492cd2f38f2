//! Every operation, written by `graph!` and called by hand.

use std::collections::BTreeSet;

use session::prelude::*;

/// A case a method: its leaves with their shapes, natural numbers, then the same operation by `graph!` and by hand.
macro_rules! cases {
    ($s:ident; $($method:ident($($leaf:ident $shape:tt)* $(; $natural:ident $naturals:tt)*) { $($written:tt)* } { $hand:expr })*) => {
        /// The methods that have a case.
        const METHODS: &[&str] = &[$(stringify!($method)),*];

        $(
            #[test]
            fn $method() {
                let record = |by_hand: bool| {
                    let $s = Session::<f32>::new(Options::default().threads(1).seed(7));
                    $(let $leaf: TensorRef<shape! $shape> = $s.input(Tensor::ones()).unwrap();)*
                    $(let $natural: NatTensorRef<shape! $naturals> = {
                        let count = <shape! $naturals as Shape>::SIZE;
                        $s.input_nats(&vec![1; count]).unwrap()
                    };)*
                    let leaves = $s.graph();
                    if by_hand {
                        let _ = $hand;
                    } else {
                        let _ = graph!($s => $($written)*);
                    }
                    assert_ne!($s.graph(), leaves, "nothing is recorded");
                    $s.graph()
                };
                let (written, by_hand) = (record(false), record(true));
                assert_eq!(written, by_hand);
                assert_eq!(written.to_string(), by_hand.to_string());
                assert_eq!(hash(&written), hash(&by_hand));
            }
        )*
    };
}

/// The hash of a graph.
fn hash(graph: &session::ir::Graph) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    graph.hash(&mut hasher);
    hasher.finish()
}

const HALF: f64 = 0.5;

cases! { s;
    add(a [2, 3] b [2, 3]) { add(a, b) } { s.add(a, b) }
    sub(a [2, 3] b [2, 3]) { sub(a, b) } { s.sub(a, b) }
    mul(a [2, 3] b [2, 3]) { a.mul(b) } { s.mul(a, b) }
    div(a [2, 3] b [2, 3]) { div(a, b) } { s.div(a, b) }
    broadcast_add(a [2, 3] b [3]) { a + b } { s.broadcast_add(a, b) }
    broadcast_sub(a [3] b [2, 3]) { a - b } { s.broadcast_sub(a, b) }
    broadcast_mul(a [2, 3] b []) { a * b } { s.broadcast_mul(a, b) }
    broadcast_div(a [2, 3] b [2, 3]) { a / b } { s.broadcast_div(a, b) }
    maximum(a [2, 3] b [2, 3]) { maximum(a, b) } { s.maximum(a, b) }
    minimum(a [2, 3] b [2, 3]) { minimum(a, b) } { s.minimum(a, b) }
    neg(x [2, 3]) { -x } { s.neg(x) }
    scale(x [2, 3]) { 3 * x } { s.scale(x, 3.0) }
    div_scalar(x [2, 3]) { x / 3 } { s.div_scalar(x, 3.0) }
    add_scalar(x [2, 3]) { x + 3 } { s.add_scalar(x, 3.0) }
    scalar_sub(x [2, 3]) { 3 - x } { s.scalar_sub(3.0, x) }
    scalar_div(x [2, 3]) { 3 / x } { s.scalar_div(3.0, x) }
    square(x [2, 3]) { square(x) } { s.square(x) }
    reciprocal(x [2, 3]) { reciprocal(x) } { s.reciprocal(x) }
    abs(x [2, 3]) { abs(x) } { s.abs(x) }
    sqrt(x [2, 3]) { sqrt(x) } { s.sqrt(x) }
    pow(x [2, 3]) { pow(x, 3) } { s.pow(x, 3.0) }
    clamp(x [2, 3]) { clamp(x, -1, hi = 1) } { s.clamp(x, -1.0, 1.0) }
    relu(x [2, 3]) { relu(x) } { s.relu(x) }
    leaky_relu(x [2, 3]) { leaky_relu(x, 0.1) } { s.leaky_relu(x, 0.1) }
    elu(x [2, 3]) { x.elu(alpha = 1) } { s.elu(x, 1.0) }
    gelu(x [2, 3]) { gelu(x) } { s.gelu(x) }
    gelu_tanh(x [2, 3]) { gelu_tanh(x) } { s.gelu_tanh(x) }
    silu(x [2, 3]) { silu(x) } { s.silu(x) }
    sigmoid(x [2, 3]) { sigmoid(x) } { s.sigmoid(x) }
    tanh(x [2, 3]) { tanh(x) } { s.tanh(x) }
    softplus(x [2, 3]) { softplus(x) } { s.softplus(x) }
    exp(x [2, 3]) { exp(x) } { s.exp(x) }
    log(x [2, 3]) { log(x) } { s.log(x) }
    safe_log(x [2, 3]) { safe_log(x, 1e-6) } { s.safe_log(x, 1e-6) }
    sin(x [2, 3]) { sin(x) } { s.sin(x) }
    cos(x [2, 3]) { cos(x) } { s.cos(x) }
    erf(x [2, 3]) { erf(x) } { s.erf(x) }
    detach(x [2, 3]) { detach(x) } { s.detach(x) }
    select_gt(a [2] b [2] x [2] y [2]) { select_gt(a, b, x, y) } { s.select_gt(a, b, x, y) }
    dropout(x [2, 3]) { dropout(x, HALF, true) } { s.dropout(x, 0.5, true) }
    dropout_keyed(x [2, 3]; key []) { dropout_keyed(x, p = 0.5, key) } { s.dropout_keyed(x, 0.5, key) }
    literal() { literal(2) } { s.literal(2.0) }
    full() { let y: [2, 3] = full(0.5); y } { s.full::<shape![2, 3]>(0.5) }
    constant(x []) { x * constant(Tensor::<f32, shape![]>::ones()) * x } {
        { let one = s.constant(Tensor::<f32, shape![]>::ones()); s.mul(s.mul(x, one), x) }
    }

    softmax(x [2, 3]) { softmax(x) } { s.softmax(x) }
    softmax_axis(x [2, 3]) { softmax(x, axis = 0) } { s.softmax_axis(x, Axis::<0>) }
    log_softmax(x [2, 3]) { log_softmax(x) } { s.log_softmax(x) }
    log_softmax_axis(x [2, 3]) { log_softmax(x, axis = 0) } { s.log_softmax_axis(x, Axis::<0>) }
    logsumexp(x [2, 3]) { logsumexp(x) } { s.logsumexp(x) }
    logsumexp_axis(x [2, 3]) { logsumexp(x, axis = 0) } { s.logsumexp_axis(x, Axis::<0>) }
    sum(x [2, 3]) { sum(x) } { s.sum(x) }
    sum_axis(x [2, 3]) { x.sum(axis = 1) } { s.sum_axis(x, Axis::<1>) }
    mean(x [2, 3]) { mean(x) } { s.mean(x) }
    mean_axis(x [2, 3]) { mean(x, axis = 1) } { s.mean_axis(x, Axis::<1>) }
    var(x [2, 3]) { var(x) } { s.var(x) }
    max_axis(x [2, 3]) { max(x, axis = 1) } { s.max_axis(x, Axis::<1>) }
    min_axis(x [2, 3]) { min(x, axis = 1) } { s.min_axis(x, Axis::<1>) }
    mse_loss(a [2, 3] b [2, 3]) { mse_loss(a, b) } { s.mse_loss(a, b) }
    l1_loss(a [2, 3] b [2, 3]) { l1_loss(a, b) } { s.l1_loss(a, b) }
    huber_loss(a [2, 3] b [2, 3]) { huber_loss(a, b, delta = 1) } { s.huber_loss(a, b, 1.0) }
    bce_with_logits(a [2, 3] b [2, 3]) { bce_with_logits(a, b) } { s.bce_with_logits(a, b) }
    cross_entropy(x [2, 3]; y [2]) { cross_entropy(x, y) } { s.cross_entropy(x, y) }
    nll_loss(x [2, 3]; y [2]) { x.nll_loss(labels = y) } { s.nll_loss(x, y) }

    matmul(a [2, 3] b [3, 4]) { a @ b } { s.matmul(a, b) }
    bmm(a [5, 2, 3] b [5, 3, 4]) { bmm(a, b) } { s.bmm(a, b) }
    linear(w [4, 3] b [4] x [2, 3]) { linear(w, b, x) } { s.linear(w, b, x) }
    conv(w [4, 2, 3] b [4] x [2, 9]) { conv(w, b, x, stride = [2], padding = [1]) } {
        s.conv(w, b, x, dims![2], dims![1])
    }
    conv2d(w [4, 2, 3, 3] b [4] x [5, 2, 9, 8]) { conv2d(w, b, x, padding = 1, stride = 2) } {
        s.conv2d(w, b, x, Stride::<2>, Padding::<1>)
    }
    conv_grouped(w [4, 1, 3] b [4] x [2, 9]) {
        conv(w, b, x, stride = [1], padding = [2], dilation = [2], groups = 2)
    } {
        s.conv_grouped(w, b, x, dims![1], dims![2], dims![2], Groups::<2>)
    }
    conv2d_grouped(w [4, 1, 3, 3] b [4] x [2, 9, 9]) { conv2d(w, b, x, groups = 2) } {
        s.conv2d_grouped(w, b, x, Stride::<1>, Padding::<0>, Dilation::<1>, Groups::<2>)
    }
    conv_transpose(w [2, 4, 3] b [4] x [2, 9]) { conv_transpose(w, b, x, [2], [1]) } {
        s.conv_transpose(w, b, x, dims![2], dims![1])
    }
    conv_transpose2d(w [2, 4, 3, 3] b [4] x [2, 9, 9]) { conv_transpose2d(w, b, x, stride = 2) } {
        s.conv_transpose2d(w, b, x, Stride::<2>, Padding::<0>)
    }

    reshape(x [2, 6]) { reshape(x, [3, 4]) } { s.reshape(x, dims![3, 4]) }
    reshape_as(x [2, 6]) { let y: [3, 4] = reshape(x); y } {
        { let y: TensorRef<shape![3, 4]> = s.reshape_as(x); y }
    }
    flatten(x [2, 6]) { flatten(x) } { s.flatten(x) }
    flatten_from(x [2, 3, 2]) { flatten(x, start = 1) } { s.flatten_from(x, Axis::<1>) }
    unflatten(x [2, 6]) { unflatten(x, axis = 1, [3, 2]) } { s.unflatten(x, Axis::<1>, dims![3, 2]) }
    rename(x [2]) { rename(x, [2]) * 1 } { s.scale(s.rename(x, dims![2]), 1.0) }
    squeeze(x [2, 1]) { squeeze(x, axis = 1) } { s.squeeze(x, Axis::<1>) }
    unsqueeze(x [2]) { unsqueeze(x, axis = 0) } { s.unsqueeze(x, Axis::<0>) }
    transpose(x [2, 3]) { transpose(x) } { s.transpose(x) }
    move_first_to_last(x [2, 3, 4]) { move_first_to_last(x) } { s.move_first_to_last(x) }
    move_last_to_first(x [2, 3, 4]) { move_last_to_first(x) } { s.move_last_to_first(x) }
    swap_last_two(x [2, 3, 4]) { swap_last_two(x) } { s.swap_last_two(x) }
    swap_adjacent(x [2, 3, 4]) { swap_adjacent(x, depth = 0) } { s.swap_adjacent(x, Depth::<0>) }
    permute(x [2, 3, 4]) { permute(x, axes = [2, 0, 1]) } { s.permute(x, dims![2, 0, 1]) }
    broadcast(x [3] y [2, 3]) { add(y, broadcast(x)) } { s.add(y, s.broadcast(x)) }
    broadcast_to(x [1, 3]) { broadcast(x, shape = [4, 3]) } { s.broadcast_to(x, dims![4, 3]) }
    expand_leading(x [3] y [2, 3]) { add(y, expand_leading(x)) } { s.add(y, s.expand_leading(x)) }
    expand_trailing(x [2] y [2, 3]) { add(y, expand_trailing(x)) } { s.add(y, s.expand_trailing(x)) }
    concat(a [2, 3] b [4, 3]) { concat(a, b) } { s.concat(a, b) }
    concat_axis(a [2, 3] b [2, 4]) { concat(a, b, axis = 1) } { s.concat_axis(a, b, Axis::<1>) }
    slice(x [5, 3]) { x[1..3] } { s.slice(x, Slice::<1, 3>) }
    slice_axis(x [5, 3]) { slice(x, axis = 1, range = 1..3) } { s.slice_axis(x, Axis::<1>, Slice::<1, 3>) }
    pad(x [5, 3]) { pad(x, axis = 1, [1, 2]) } { s.pad(x, Axis::<1>, dims![1, 2]) }
    stack(a [3] b [3]) { stack([a, b, a + b]) } { s.stack([a, b, s.broadcast_add(a, b)]) }

    at(x [5, 3]) { x[4] } { s.at(x, Index::<4>) }
    gather_scalar(x [5]) { gather_scalar(x, index = 4) } { s.gather_scalar(x, Index::<4>) }
    gather_row(x [5, 3]) { gather_row(x, index = 4) } { s.gather_row(x, Index::<4>) }
    gather_scalar_nat(x [5]) { gather_scalar_nat(x, 4) } { s.gather_scalar_nat(x, 4) }
    gather_vec_nat(x [5]) { gather_vec_nat(x, [4, 0]) } { s.gather_vec_nat(x, [4, 0]) }
    gather_rows_nat(x [5, 3]) { gather_rows_nat(x, [4, 0]) } { s.gather_rows_nat(x, [4, 0]) }
    gather_scalar_ref(x [5]; i []) { gather_scalar_ref(x, i) } { s.gather_scalar_ref(x, i) }
    gather_row_ref(x [5, 3]; i []) { gather_row_ref(x, i) } { s.gather_row_ref(x, i) }
    gather_vec_ref(x [5]; i [4]) { gather_vec_ref(x, i) } { s.gather_vec_ref(x, i) }
    gather_rows_ref(x [5, 3]; i [4]) { gather_rows_ref(x, i) } { s.gather_rows_ref(x, i) }
    embedding(x [5, 3]; i [4]) { embedding(x, i) } { s.embedding(x, i) }
    scatter_add(x [5, 3] v [3]) { scatter_add(x, v, index = 2) } { s.scatter_add(x, v, Index::<2>) }
    scatter_add_vec(x [5] v []) { scatter_add_vec(x, v, index = 2) } { s.scatter_add_vec(x, v, Index::<2>) }
    scatter_add_row(x [5, 3] v [3]) { scatter_add_row(x, v, index = 2) } { s.scatter_add_row(x, v, Index::<2>) }

    max_pool2d(x [2, 6, 6]) { max_pool2d(x, kernel = 2, stride = 2) } {
        s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>)
    }
    max_pool(x [2, 6]) { max_pool(x, kernel = [3], stride = [2], padding = [1]) } {
        s.max_pool(x, dims![3], dims![2], dims![1])
    }
    avg_pool2d(x [2, 6, 6]) { avg_pool2d(x, kernel = [2, 3], stride = 1) } {
        s.avg_pool2d(x, Kernel::<2, 3>, Stride::<1>)
    }
    avg_pool(x [2, 6]) { avg_pool(x, kernel = [3], stride = [2], padding = [1]) } {
        s.avg_pool(x, dims![3], dims![2], dims![1])
    }
    smooth_max_pool2d(x [2, 6, 6]) { smooth_max_pool2d(x, kernel = [2, 2], stride = 2, beta = 10) } {
        s.smooth_max_pool2d(x, Kernel::<2, 2>, Stride::<2>, 10.0)
    }
    smooth_max_pool(x [2, 6]) { smooth_max_pool(x, [3], [2], [1], 10) } {
        s.smooth_max_pool(x, dims![3], dims![2], dims![1], 10.0)
    }
    global_avg_pool(x [2, 3, 4, 4]) { global_avg_pool(x, axis = 2) } { s.global_avg_pool(x, Axis::<2>) }

    layer_norm(x [2, 3] g [3] b [3]) { layer_norm(x, g, b) } { s.layer_norm(x, g, b) }
    layer_norm_eps(x [2, 3] g [3] b [3]) { layer_norm(x, g, b, eps = 1e-3) } { s.layer_norm_eps(x, g, b, 1e-3) }
    rms_norm(x [2, 3] g [3]) { rms_norm(x, g) } { s.rms_norm(x, g) }
    rms_norm_eps(x [2, 3] g [3]) { rms_norm(x, g, 1e-3) } { s.rms_norm_eps(x, g, 1e-3) }
    batch_norm(x [2, 3, 4, 4] g [3] b [3]) { batch_norm(x, g, b) } { s.batch_norm(x, g, b) }
    batch_norm_eps(x [2, 3, 4, 4] g [3] b [3]) { batch_norm(x, g, b, eps = 1e-3) } {
        s.batch_norm_eps(x, g, b, 1e-3)
    }
    batch_norm_train(x [2, 3, 4, 4] g [3] b [3] m [3] v [3]) { batch_norm_train(x, g, b, m, v, momentum = 0.1) } {
        s.batch_norm_train(x, g, b, m, v, 0.1)
    }
    batch_norm_train_eps(x [2, 3, 4, 4] g [3] b [3] m [3] v [3]) {
        let (y, _, _) = batch_norm_train(x, g, b, m, v, 0.1, eps = 1e-3); y
    } {
        s.batch_norm_train_eps(x, g, b, m, v, 0.1, 1e-3)
    }
    batch_norm_eval(x [2, 3, 4, 4] g [3] b [3] m [3] v [3]) { batch_norm_eval(x, g, b, m, v) } {
        s.batch_norm_eval(x, g, b, m, v)
    }
    batch_norm_eval_eps(x [2, 3, 4, 4] g [3] b [3] m [3] v [3]) { batch_norm_eval(x, g, b, m, v, eps = 1e-3) } {
        s.batch_norm_eval_eps(x, g, b, m, v, 1e-3)
    }
    group_norm(x [2, 4, 3, 3] g [4] b [4]) { group_norm(x, g, b, groups = 2) } {
        s.group_norm(x, Groups::<2>, g, b)
    }
    group_norm_eps(x [2, 4, 3, 3] g [4] b [4]) { group_norm(x, groups = 2, g, b, eps = 1e-3) } {
        s.group_norm_eps(x, Groups::<2>, g, b, 1e-3)
    }
    multi_head_attention(q [6, 4] k [6, 4] v [6, 4] o [4, 6] x [5, 6]) {
        multi_head_attention(q, k, v, o, x, heads = 2, mask = Mask::causal())
    } {
        s.multi_head_attention(q, k, v, o, x, Heads::<2>, Some(Mask::causal()))
    }
    multi_head_attention_padded(q [6, 4] k [6, 4] v [6, 4] o [4, 6] x [3, 5, 6]; present [3, 5]) {
        multi_head_attention(q, k, v, o, x, heads = 2, present = present)
    } {
        s.multi_head_attention_padded(q, k, v, o, x, Heads::<2>, None, present)
    }
}

#[test]
fn every_operation_of_a_session_has_a_case() {
    let cases: BTreeSet<&str> = METHODS.iter().copied().collect();
    let methods = session_tests::session_methods();
    let methods: BTreeSet<&str> = methods.iter().map(String::as_str).chain(["constant"]).collect();
    assert_eq!(cases, methods);
}
