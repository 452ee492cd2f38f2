//! Operations on each element.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::writer::{float, string};
use super::{Lower, Site, Value, Writer};
use crate::export::Numbers;
use crate::ir::Literal;
use crate::ir::op::*;

/// Operations of ONNX that have one operand and mean the same.
macro_rules! unary {
    ($($op:ident $name:literal)*) => {$(
        impl Lower for $op {
            fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
                Ok(to.unary($name, site.operands[0]))
            }
        }
    )*};
}

unary! {
    Neg "Neg" Relu "Relu" Abs "Abs" Sqrt "Sqrt" Tanh "Tanh" Sigmoid "Sigmoid" Softplus "Softplus" Exp "Exp" Log "Log"
    Sin "Sin" Cos "Cos" Erf "Erf" Detach "Identity"
}

/// Operations of ONNX that have two operands and mean the same.
macro_rules! binary {
    ($($op:ident $name:literal)*) => {$(
        impl Lower for $op {
            fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
                Ok(to.binary($name, site.operands[0], site.operands[1]))
            }
        }
    )*};
}

binary! { Add "Add" Sub "Sub" Mul "Mul" Div "Div" Maximum "Max" Minimum "Min" }

/// Such operations of which the second operand is a plain number.
macro_rules! with_number {
    ($($op:ident $name:literal $attribute:ident)*) => {$(
        impl Lower for $op {
            fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
                Ok(to.with_number($name, site.operands[0], self.$attribute.value()))
            }
        }
    )*};
}

with_number! { Scale "Mul" factor DivScalar "Div" number AddScalar "Add" number Pow "Pow" exponent }

impl Lower for ScalarSub {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let number = to.number(self.number.value());
        Ok(to.binary("Sub", &number, site.operands[0]))
    }
}

impl Lower for ScalarDiv {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let number = to.number(self.number.value());
        Ok(to.binary("Div", &number, site.operands[0]))
    }
}

impl Lower for Axpy {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let product = to.binary("Mul", site.operands[0], site.operands[1]);
        Ok(to.binary("Add", &product, site.operands[2]))
    }
}

impl Lower for SelectGt {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let greater = to.binary("Greater", site.operands[0], site.operands[1]);
        Ok(to.select(&greater, site.operands[2], site.operands[3]))
    }
}

impl Lower for Gate {
    /// Not `x > 0`, with which NaN would give 0.
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let zero = to.number(0.0);
        let closed = to.binary("LessOrEqual", site.operands[0], &zero);
        Ok(to.select(&closed, &zero, site.operands[1]))
    }
}

/// `x` where it is positive, else `below`.
fn positive_or(to: &mut Writer, x: &Value, below: &Value) -> Value {
    let positive = to.with_number("Greater", x, 0.0);
    to.select(&positive, x, below)
}

/// The attribute of this number, which has single precision: none if that is not enough.
fn attribute(to: &Writer, name: &str, number: Literal) -> Option<crate::onnx::message::Attribute> {
    let number = number.value();
    (to.numbers == Numbers::F32 || f64::from(number as f32) == number).then(|| float(name, number))
}

impl Lower for LeakyRelu {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        if let Some(alpha) = attribute(to, "alpha", self.slope) {
            return Ok(to.node("LeakyRelu", &[&x.name], vec![alpha], x.shape.clone()));
        }
        let below = to.with_number("Mul", x, self.slope.value());
        Ok(positive_or(to, x, &below))
    }
}

impl Lower for Elu {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        if let Some(alpha) = attribute(to, "alpha", self.alpha) {
            return Ok(to.node("Elu", &[&x.name], vec![alpha], x.shape.clone()));
        }
        let one = to.node("Elu", &[&x.name], vec![float("alpha", 1.0)], x.shape.clone());
        let below = to.with_number("Mul", &one, self.alpha.value());
        Ok(positive_or(to, x, &below))
    }
}

/// `x / 2 (1 + y)`
fn half_of_one_and(to: &mut Writer, x: &Value, y: &Value) -> Value {
    let half = to.with_number("Mul", x, 0.5);
    let sum = to.with_number("Add", y, 1.0);
    to.binary("Mul", &half, &sum)
}

impl Lower for Gelu {
    /// In double precision written out: the constants in ONNX's own definition have single precision.
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        if to.numbers == Numbers::F32 {
            return Ok(to.unary("Gelu", x));
        }
        let argument = to.with_number("Mul", x, FRAC_1_SQRT_2);
        let erf = to.unary("Erf", &argument);
        Ok(half_of_one_and(to, x, &erf))
    }
}

impl Lower for GeluTanh {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        if to.numbers == Numbers::F32 {
            return Ok(to.node("Gelu", &[&x.name], vec![string("approximate", "tanh")], x.shape.clone()));
        }
        let square = to.binary("Mul", x, x);
        let cube = to.binary("Mul", &square, x);
        let cube = to.with_number("Mul", &cube, 0.044715);
        let sum = to.binary("Add", x, &cube);
        let argument = to.with_number("Mul", &sum, FRAC_2_SQRT_PI * FRAC_1_SQRT_2);
        let tanh = to.unary("Tanh", &argument);
        Ok(half_of_one_and(to, x, &tanh))
    }
}

impl Lower for Silu {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let sigmoid = to.unary("Sigmoid", site.operands[0]);
        Ok(to.binary("Mul", site.operands[0], &sigmoid))
    }
}

impl Lower for SafeLog {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let larger = to.with_number("Max", site.operands[0], self.epsilon.value());
        Ok(to.unary("Log", &larger))
    }
}

impl Lower for Clamp {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        let [lo, hi] = [self.lo, self.hi].map(|bound| to.number(bound.value()));
        Ok(to.node("Clip", &[&x.name, &lo.name, &hi.name], Vec::new(), x.shape.clone()))
    }
}

impl Lower for ClampGate {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let (x, v) = (site.operands[0], site.operands[1]);
        let above = to.with_number("Greater", x, self.lo.value());
        let below = to.with_number("Less", x, self.hi.value());
        let between = to.binary("And", &above, &below);
        Ok(to.keep(&between, v))
    }
}
