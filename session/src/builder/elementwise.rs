//! Elementwise operations.

use super::call::define;
use super::{finite, refuse};
use crate::ir::{DynShape, op};

define! {
    /// `a + b`.
    "S, S -> S" "add"
    add(a, b) g => g.push(op::Add {}, &[a, b]);
    /// `a - b`.
    "S, S -> S" "sub"
    sub(a, b) g => g.push(op::Sub {}, &[a, b]);
    /// `a * b`.
    "S, S -> S" "mul"
    mul(a, b) g => g.push(op::Mul {}, &[a, b]);
    /// `a / b`.
    "S, S -> S" "div"
    div(a, b) g => g.push(op::Div {}, &[a, b]);
    /// `a + b`, the one of lower rank repeated along leading axes. Axes of size 1 are not stretched.
    "[.., S], S -> [.., S]" "add"
    broadcast_add(a, b) g => { let [a, b] = g.expand_lower(a, b)?; g.push(op::Add {}, &[a, b]) };
    /// `a - b`, the one of lower rank repeated along leading axes. Axes of size 1 are not stretched.
    "[.., S], S -> [.., S]" "sub"
    broadcast_sub(a, b) g => { let [a, b] = g.expand_lower(a, b)?; g.push(op::Sub {}, &[a, b]) };
    /// `a * b`, the one of lower rank repeated along leading axes. Axes of size 1 are not stretched.
    "[.., S], S -> [.., S]" "mul"
    broadcast_mul(a, b) g => { let [a, b] = g.expand_lower(a, b)?; g.push(op::Mul {}, &[a, b]) };
    /// `a / b`, the one of lower rank repeated along leading axes. Axes of size 1 are not stretched.
    "[.., S], S -> [.., S]" "div"
    broadcast_div(a, b) g => { let [a, b] = g.expand_lower(a, b)?; g.push(op::Div {}, &[a, b]) };
    /// `-x`.
    "S -> S" "neg"
    neg(x) g => g.push(op::Neg {}, &[x]);
    /// `x * c` with a plain number.
    "S -> S" "mul"
    scale(x; c: number) g => g.push(op::Scale { factor: c.into() }, &[x]);
    /// `x / c` with a plain number.
    "S -> S" "div"
    div_scalar(x; c: number) g => g.push(op::DivScalar { number: c.into() }, &[x]);
    /// `x + c` with a plain number.
    "S -> S" "add"
    add_scalar(x; c: number) g => g.push(op::AddScalar { number: c.into() }, &[x]);
    /// `c - x` with a plain number.
    "S -> S" "rsub"
    scalar_sub(x; c: number) g => g.push(op::ScalarSub { number: c.into() }, &[x]);
    /// `c / x` with a plain number.
    "S -> S" "div"
    scalar_div(x; c: number) g => g.push(op::ScalarDiv { number: c.into() }, &[x]);
    /// `x * x`.
    "S -> S" "square"
    square(x) g => g.push(op::Mul {}, &[x, x]);
    /// `1 / x`.
    "S -> S" "reciprocal"
    reciprocal(x) g => g.push(op::ScalarDiv { number: 1.0.into() }, &[x]);
    /// The absolute value. The gradient at 0 is 0.
    "S -> S" "abs"
    abs(x) g => g.push(op::Abs {}, &[x]);
    /// The square root. The gradient is infinite at 0 and NaN below.
    "S -> S" "sqrt"
    sqrt(x) g => g.push(op::Sqrt {}, &[x]);
    /// `x` to the power of a plain number. Nothing flows through the power 0.
    "S -> S" "pow"
    pow(x; exponent: number) g => g.push(op::Pow { exponent: exponent.into() }, &[x]);
    /// `x` put between `lo` and `hi`; `hi` if `lo > hi`. A gradient flows where `lo < x < hi`; at the bounds
    /// it is 0, as in PyTorch since 2.15 (before it was 1).
    "S -> S" "clamp"
    clamp(x; lo: number, hi: number) g => g.push(op::Clamp { lo: lo.into(), hi: hi.into() }, &[x]);
    /// The larger of two; NaN wins. Equal entries have half of the gradient each.
    "S, S -> S" "maximum"
    maximum(a, b) g => g.push(op::Maximum {}, &[a, b]);
    /// The smaller of two; NaN wins. Equal entries have half of the gradient each.
    "S, S -> S" "minimum"
    minimum(a, b) g => g.push(op::Minimum {}, &[a, b]);
    /// `max(x, 0)`. The gradient at 0 is 0.
    "S -> S" "relu"
    relu(x) g => g.push(op::Relu {}, &[x]);
    /// `x` where it is positive, else `slope * x`, also for the gradient at 0.
    "S -> S" "nn.functional.leaky_relu"
    leaky_relu(x; slope: number) g => g.push(op::LeakyRelu { slope: slope.into() }, &[x]);
    /// `x` where it is positive, else `alpha * (exp(x) - 1)`.
    "S -> S" "nn.functional.elu"
    elu(x; alpha: number) g => g.push(op::Elu { alpha: alpha.into() }, &[x]);
    /// `x Φ(x)` with the distribution function Φ of the normal distribution, by erf.
    "S -> S" "nn.functional.gelu"
    gelu(x) g => g.push(op::Gelu {}, &[x]);
    /// The approximation of gelu by a hyperbolic tangent (`approximate='tanh'`).
    "S -> S" "nn.functional.gelu"
    gelu_tanh(x) g => g.push(op::GeluTanh {}, &[x]);
    /// `x * sigmoid(x)`.
    "S -> S" "nn.functional.silu"
    silu(x) g => g.push(op::Silu {}, &[x]);
    /// `1 / (1 + exp(-x))`.
    "S -> S" "sigmoid"
    sigmoid(x) g => g.push(op::Sigmoid {}, &[x]);
    /// The hyperbolic tangent.
    "S -> S" "tanh"
    tanh(x) g => g.push(op::Tanh {}, &[x]);
    /// `max(x, 0) + ln(1 + exp(-|x|))`, which overflows for no x. (≠) Early TorchLean took `ln(1 + exp(x))`.
    "S -> S" "nn.functional.softplus"
    softplus(x) g => g.push(op::Softplus {}, &[x]);
    /// e to the power x.
    "S -> S" "exp"
    exp(x) g => g.push(op::Exp {}, &[x]);
    /// The natural logarithm: -inf at 0, NaN below.
    "S -> S" "log"
    log(x) g => g.push(op::Log {}, &[x]);
    /// The natural logarithm of the larger of x and `eps`. A gradient flows where `x > eps` only. (≠) As
    /// TorchLean documents it, not as its early code had it.
    "S -> S" ""
    safe_log(x; eps: number) g => g.push(op::SafeLog { epsilon: eps.into() }, &[x]);
    /// The sine of an angle in radians.
    "S -> S" "sin"
    sin(x) g => g.push(op::Sin {}, &[x]);
    /// The cosine of an angle in radians.
    "S -> S" "cos"
    cos(x) g => g.push(op::Cos {}, &[x]);
    /// The error function.
    "S -> S" "erf"
    erf(x) g => g.push(op::Erf {}, &[x]);
    /// `x` itself, out of which no gradient and no tangent flows.
    "S -> S" "Tensor.detach"
    detach(x) g => g.push(op::Detach {}, &[x]);
    /// `x` where `a > b`, else `y`; comparisons with NaN are false. The gradient flows to x and y only.
    "S, S, S, S -> S" "where"
    select_gt(a, b, x, y) g => g.push(op::SelectGt {}, &[a, b, x, y]);
    /// Zeros with probability `p`; the other elements divided by `1 - p`. Which ones follows from the key,
    /// one natural number: the same key, the same elements.
    "S -> S" "nn.functional.dropout"
    dropout(x | key; p: number) g => {
        finite("the probability", p)?;
        g.push(op::Dropout { rate: p.into(), key }, &[x])
    };
    /// `dropout` with a key that is not part of the graph: another key, the same tape.
    "S -> S" "nn.functional.dropout"
    dropout_nat(x; key: size, p: number) g => {
        let key = g.capture(DynShape::SCALAR, &[key]);
        g.dropout(x, key, p)
    };
    /// A scalar of this value: a node.
    "-> []" "tensor"
    literal(; c: number) g => g.push(op::Full { shape: DynShape::SCALAR, value: c.into() }, &[]);
    /// A tensor of one repeated number: a node.
    "-> S" "full"
    full(; shape: sizes, c: number) g => {
        let shape = DynShape::try_new(shape).ok_or_else(|| refuse("a shape has at most 8 axes"))?;
        g.push(op::Full { shape, value: c.into() }, &[])
    };
}
