//! The operations of a session as `graph!` calls them: a row each, compared with the session's methods by a test.

/// An operation: the name in `graph!`, the method, and its parameters in the method's order.
///
/// Several rows of one name are told apart by their keywords: `sum(x)` and `sum(x, axis = 1)`.
pub struct Operation {
    pub name: &'static str,
    pub method: &'static str,
    pub parameters: &'static [Parameter],
}

/// A parameter and how it is written.
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    /// What a missing keyword stands for.
    pub default: Option<u32>,
}

/// What an argument is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value or natural numbers.
    Value,
    /// Values in brackets.
    Values,
    /// A plain number, an `f64`.
    Number,
    /// Plain Rust, as it is.
    Plain,
    /// A mask of attention, or none.
    Mask,
    /// A static number of this type.
    Static(&'static str),
    /// A static window: `[2, 2]`, or one number for both axes.
    Kernel,
    /// A static range: `1..4`.
    Range,
    /// A shape, or static numbers, in brackets.
    Dims,
}

impl Kind {
    /// Whether the argument has a keyword always.
    pub fn is_static(self) -> bool {
        matches!(self, Self::Static(_) | Self::Kernel | Self::Range | Self::Mask)
    }
}

/// All operations of this name.
pub fn operations(name: &str) -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().filter(move |operation| operation.name == name)
}

macro_rules! kind {
    (value) => {
        Kind::Value
    };
    (values) => {
        Kind::Values
    };
    (number) => {
        Kind::Number
    };
    (plain) => {
        Kind::Plain
    };
    (mask) => {
        Kind::Mask
    };
    (kernel) => {
        Kind::Kernel
    };
    (range) => {
        Kind::Range
    };
    (dims) => {
        Kind::Dims
    };
    ($static:ident) => {
        Kind::Static(stringify!($static))
    };
}

macro_rules! default {
    () => {
        None
    };
    ($default:literal) => {
        Some($default)
    };
}

macro_rules! operations {
    ($($name:ident $(as $method:ident)? ($($parameter:ident: $kind:ident $(= $default:literal)?),*);)*) => {
        const OPERATIONS: &[Operation] = &[$(
            Operation {
                name: stringify!($name),
                method: operations!(@ $name $($method)?),
                parameters: &[$(
                    Parameter { name: stringify!($parameter), kind: kind!($kind), default: default!($($default)?) },
                )*],
            },
        )*];
    };
    (@ $name:ident) => { stringify!($name) };
    (@ $name:ident $method:ident) => { stringify!($method) };
}

operations! {
    add(a: value, b: value);
    sub(a: value, b: value);
    mul(a: value, b: value);
    div(a: value, b: value);
    broadcast_add(a: value, b: value);
    broadcast_sub(a: value, b: value);
    broadcast_mul(a: value, b: value);
    broadcast_div(a: value, b: value);
    neg(x: value);
    scale(x: value, factor: number);
    div_scalar(x: value, number: number);
    add_scalar(x: value, number: number);
    scalar_sub(number: number, x: value);
    scalar_div(number: number, x: value);
    square(x: value);
    reciprocal(x: value);
    abs(x: value);
    sqrt(x: value);
    pow(x: value, exponent: number);
    clamp(x: value, lo: number, hi: number);
    maximum(a: value, b: value);
    minimum(a: value, b: value);
    relu(x: value);
    leaky_relu(x: value, slope: number);
    elu(x: value, alpha: number);
    gelu(x: value);
    gelu_tanh(x: value);
    silu(x: value);
    sigmoid(x: value);
    tanh(x: value);
    softplus(x: value);
    exp(x: value);
    log(x: value);
    safe_log(x: value, eps: number);
    sin(x: value);
    cos(x: value);
    erf(x: value);
    detach(x: value);
    select_gt(a: value, b: value, x: value, y: value);
    dropout(x: value, p: number, training: plain);
    dropout_keyed(x: value, p: number, key: value);
    literal(value: number);
    full(value: number);
    constant(value: plain);

    softmax(x: value);
    softmax as softmax_axis(x: value, axis: Axis);
    softmax_axis(x: value, axis: Axis);
    log_softmax(x: value);
    log_softmax as log_softmax_axis(x: value, axis: Axis);
    log_softmax_axis(x: value, axis: Axis);
    logsumexp(x: value);
    logsumexp as logsumexp_axis(x: value, axis: Axis);
    logsumexp_axis(x: value, axis: Axis);
    sum(x: value);
    sum as sum_axis(x: value, axis: Axis);
    sum_axis(x: value, axis: Axis);
    mean(x: value);
    mean as mean_axis(x: value, axis: Axis);
    mean_axis(x: value, axis: Axis);
    var(x: value);
    max as max_axis(x: value, axis: Axis);
    max_axis(x: value, axis: Axis);
    min as min_axis(x: value, axis: Axis);
    min_axis(x: value, axis: Axis);
    mse_loss(prediction: value, target: value);
    l1_loss(prediction: value, target: value);
    huber_loss(prediction: value, target: value, delta: number);
    bce_with_logits(logits: value, target: value);
    cross_entropy(logits: value, labels: value);
    nll_loss(x: value, labels: value);

    matmul(a: value, b: value);
    bmm(a: value, b: value);
    linear(w: value, b: value, x: value);
    conv(w: value, b: value, x: value, stride: dims, padding: dims);
    conv as conv_grouped(w: value, b: value, x: value, stride: dims, padding: dims, dilation: dims, groups: Groups);
    conv_grouped(w: value, b: value, x: value, stride: dims, padding: dims, dilation: dims, groups: Groups);
    conv2d(w: value, b: value, x: value, stride: Stride = 1, padding: Padding = 0);
    conv2d as conv2d_grouped(
        w: value, b: value, x: value,
        stride: Stride = 1, padding: Padding = 0, dilation: Dilation = 1, groups: Groups = 1
    );
    conv2d_grouped(
        w: value, b: value, x: value,
        stride: Stride = 1, padding: Padding = 0, dilation: Dilation = 1, groups: Groups = 1
    );
    conv_transpose(w: value, b: value, x: value, stride: dims, padding: dims);
    conv_transpose2d(w: value, b: value, x: value, stride: Stride = 1, padding: Padding = 0);

    reshape(x: value, shape: dims);
    reshape as reshape_as(x: value);
    reshape_as(x: value);
    flatten(x: value);
    flatten as flatten_from(x: value, start: Axis);
    flatten_from(x: value, start: Axis);
    unflatten(x: value, axis: Axis, shape: dims);
    rename(x: value, names: dims);
    squeeze(x: value, axis: Axis);
    unsqueeze(x: value, axis: Axis);
    transpose(x: value);
    move_first_to_last(x: value);
    move_last_to_first(x: value);
    swap_last_two(x: value);
    swap_adjacent(x: value, depth: Depth);
    permute(x: value, axes: dims);
    broadcast(x: value);
    broadcast as broadcast_to(x: value, shape: dims);
    broadcast_to(x: value, shape: dims);
    expand_leading(x: value);
    expand_trailing(x: value);
    concat(a: value, b: value);
    concat as concat_axis(a: value, b: value, axis: Axis);
    concat_axis(a: value, b: value, axis: Axis);
    slice(x: value, range: range);
    slice as slice_axis(x: value, axis: Axis, range: range);
    slice_axis(x: value, axis: Axis, range: range);
    pad(x: value, axis: Axis, padding: dims);
    stack(parts: values);

    at(x: value, index: Index);
    gather_scalar(x: value, index: Index);
    gather_row(x: value, index: Index);
    gather_scalar_nat(x: value, index: plain);
    gather_vec_nat(x: value, indices: plain);
    gather_rows_nat(x: value, indices: plain);
    gather_scalar_ref(x: value, index: value);
    gather_row_ref(x: value, index: value);
    gather_vec_ref(x: value, indices: value);
    gather_rows_ref(x: value, indices: value);
    embedding(table: value, indices: value);
    scatter_add(x: value, v: value, index: Index);
    scatter_add_vec(x: value, v: value, index: Index);
    scatter_add_row(x: value, v: value, index: Index);

    max_pool2d(x: value, kernel: kernel, stride: Stride);
    max_pool(x: value, kernel: dims, stride: dims, padding: dims);
    avg_pool2d(x: value, kernel: kernel, stride: Stride);
    avg_pool(x: value, kernel: dims, stride: dims, padding: dims);
    smooth_max_pool2d(x: value, kernel: kernel, stride: Stride, beta: number);
    smooth_max_pool(x: value, kernel: dims, stride: dims, padding: dims, beta: number);
    global_avg_pool(x: value, axis: Axis);

    layer_norm(x: value, gamma: value, beta: value);
    layer_norm as layer_norm_eps(x: value, gamma: value, beta: value, eps: number);
    layer_norm_eps(x: value, gamma: value, beta: value, eps: number);
    rms_norm(x: value, gamma: value);
    rms_norm as rms_norm_eps(x: value, gamma: value, eps: number);
    rms_norm_eps(x: value, gamma: value, eps: number);
    batch_norm(x: value, gamma: value, beta: value);
    batch_norm as batch_norm_eps(x: value, gamma: value, beta: value, eps: number);
    batch_norm_eps(x: value, gamma: value, beta: value, eps: number);
    batch_norm_train(
        x: value, gamma: value, beta: value, running_mean: value, running_var: value, momentum: number
    );
    batch_norm_train as batch_norm_train_eps(
        x: value, gamma: value, beta: value, running_mean: value, running_var: value, momentum: number, eps: number
    );
    batch_norm_train_eps(
        x: value, gamma: value, beta: value, running_mean: value, running_var: value, momentum: number, eps: number
    );
    batch_norm_eval(x: value, gamma: value, beta: value, mean: value, var: value);
    batch_norm_eval as batch_norm_eval_eps(
        x: value, gamma: value, beta: value, mean: value, var: value, eps: number
    );
    batch_norm_eval_eps(x: value, gamma: value, beta: value, mean: value, var: value, eps: number);
    group_norm(x: value, groups: Groups, gamma: value, beta: value);
    group_norm as group_norm_eps(x: value, groups: Groups, gamma: value, beta: value, eps: number);
    group_norm_eps(x: value, groups: Groups, gamma: value, beta: value, eps: number);

    multi_head_attention(
        wq: value, wk: value, wv: value, wo: value, x: value, heads: Heads, mask: mask = 0
    );
    multi_head_attention as multi_head_attention_padded(
        wq: value, wk: value, wv: value, wo: value, x: value, heads: Heads, mask: mask = 0, present: value
    );
    multi_head_attention_padded(
        wq: value, wk: value, wv: value, wo: value, x: value, heads: Heads, mask: mask = 0, present: value
    );
}
