//! Operations on each element.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::erf::erf;
use super::{Lower, Value, Writer};
use crate::ir::op::*;

/// Operations of StableHLO that have one operand and mean the same.
macro_rules! unary {
    ($($op:ident $name:literal)*) => {$(
        impl Lower for $op {
            fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
                to.unary($name, operands[0])
            }
        }
    )*};
}

unary! {
    Neg "negate" Abs "abs" Sqrt "sqrt" Tanh "tanh" Sigmoid "logistic" Exp "exponential" Log "log" Sin "sine" Cos "cosine"
}

/// Operations of StableHLO that have two operands and mean the same.
macro_rules! binary {
    ($($op:ident $name:literal)*) => {$(
        impl Lower for $op {
            fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
                to.binary($name, operands[0], operands[1])
            }
        }
    )*};
}

binary! { Add "add" Sub "subtract" Mul "multiply" Div "divide" Maximum "maximum" Minimum "minimum" }

/// Such operations of which one operand is a plain number.
macro_rules! with_number {
    ($($op:ident $name:literal $attribute:ident)*) => {$(
        impl Lower for $op {
            fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
                to.with_number($name, operands[0], self.$attribute.value())
            }
        }
    )*};
}

with_number! {
    Scale "multiply" factor
    DivScalar "divide" number
    AddScalar "add" number
    Pow "power" exponent
}

impl Lower for ScalarSub {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let number = to.full(self.number.value(), operands[0].shape);
        to.binary("subtract", number, operands[0])
    }
}

impl Lower for ScalarDiv {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let number = to.full(self.number.value(), operands[0].shape);
        to.binary("divide", number, operands[0])
    }
}

impl Lower for Axpy {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let alpha = to.broadcast(operands[0], &[], operands[1].shape);
        let product = to.binary("multiply", alpha, operands[1]);
        to.binary("add", product, operands[2])
    }
}

impl Lower for Detach {
    fn lower(&self, _: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        operands[0]
    }
}

impl Lower for SelectGt {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let greater = to.compare("GT", operands[0], operands[1]);
        to.select(greater, operands[2], operands[3])
    }
}

impl Lower for Gate {
    /// Not `x > 0`, with which NaN would give 0.
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let zero = to.full(0.0, operands[0].shape);
        let closed = to.compare("LE", operands[0], zero);
        to.select(closed, zero, operands[1])
    }
}

impl Lower for Relu {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        to.with_number("maximum", operands[0], 0.0)
    }
}

impl Lower for LeakyRelu {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let x = operands[0];
        let zero = to.full(0.0, x.shape);
        let positive = to.compare("GT", x, zero);
        let below = to.with_number("multiply", x, self.slope.value());
        to.select(positive, x, below)
    }
}

impl Lower for Elu {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let x = operands[0];
        let zero = to.full(0.0, x.shape);
        let positive = to.compare("GT", x, zero);
        let negative = to.select(positive, zero, x);
        let rest = to.unary("exponential_minus_one", negative);
        let below = to.with_number("multiply", rest, self.alpha.value());
        to.select(positive, x, below)
    }
}

impl Lower for Erf {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        erf(to, operands[0])
    }
}

/// `x / 2 (1 + y)`
fn half_of_one_and(to: &mut Writer, x: Value, y: Value) -> Value {
    let half = to.with_number("multiply", x, 0.5);
    let sum = to.with_number("add", y, 1.0);
    to.binary("multiply", half, sum)
}

impl Lower for Gelu {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let argument = to.with_number("multiply", operands[0], FRAC_1_SQRT_2);
        let erf = erf(to, argument);
        half_of_one_and(to, operands[0], erf)
    }
}

impl Lower for GeluTanh {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let x = operands[0];
        let square = to.binary("multiply", x, x);
        let cube = to.binary("multiply", square, x);
        let cube = to.with_number("multiply", cube, 0.044715);
        let sum = to.binary("add", x, cube);
        let argument = to.with_number("multiply", sum, FRAC_2_SQRT_PI * FRAC_1_SQRT_2);
        let tanh = to.unary("tanh", argument);
        half_of_one_and(to, x, tanh)
    }
}

impl Lower for Silu {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let sigmoid = to.unary("logistic", operands[0]);
        to.binary("multiply", operands[0], sigmoid)
    }
}

impl Lower for Softplus {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let x = operands[0];
        let positive = to.with_number("maximum", x, 0.0);
        let magnitude = to.unary("abs", x);
        let negative = to.unary("negate", magnitude);
        let power = to.unary("exponential", negative);
        let rest = to.unary("log_plus_one", power);
        to.binary("add", positive, rest)
    }
}

impl Lower for SafeLog {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let larger = to.with_number("maximum", operands[0], self.epsilon.value());
        to.unary("log", larger)
    }
}

impl Lower for Clamp {
    /// In this order, which gives `hi` where `lo > hi`.
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let larger = to.with_number("maximum", operands[0], self.lo.value());
        to.with_number("minimum", larger, self.hi.value())
    }
}

impl Lower for ClampGate {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let (x, v) = (operands[0], operands[1]);
        let [lo, hi] = [self.lo, self.hi].map(|bound| to.full(bound.value(), x.shape));
        let above = to.compare("GT", x, lo);
        let below = to.compare("LT", x, hi);
        let between = to.binary("and", above, below);
        to.keep(between, v)
    }
}
