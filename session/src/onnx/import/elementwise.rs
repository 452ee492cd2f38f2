//! Operations on each element.

use super::node::Call;
use super::reader::Reader;
use super::value::Value;
use crate::ir::{Id, Op, op};
use crate::scalar::Float;

impl<T: Float> Reader<T> {
    /// Of one operand; `None` if there is no such operation.
    pub(super) fn unary(&mut self, call: &Call<'_>) -> Result<Option<Id>, String> {
        let op: Op = match &*call.node.op_type {
            "Neg" => op::Neg {}.into(),
            "Relu" => op::Relu {}.into(),
            "Abs" => op::Abs {}.into(),
            "Sqrt" => op::Sqrt {}.into(),
            "Tanh" => op::Tanh {}.into(),
            "Sigmoid" => op::Sigmoid {}.into(),
            "Softplus" => op::Softplus {}.into(),
            "Exp" => op::Exp {}.into(),
            "Log" => return self.log(call).map(Some),
            "Sin" => op::Sin {}.into(),
            "Cos" => op::Cos {}.into(),
            "Erf" => op::Erf {}.into(),
            "Reciprocal" => op::ScalarDiv { number: 1.0.into() }.into(),
            "LeakyRelu" => op::LeakyRelu { slope: call.float("alpha", f64::from(0.01_f32))?.into() }.into(),
            "Elu" => op::Elu { alpha: call.float("alpha", 1.0)?.into() }.into(),
            "Gelu" => match call.text("approximate")? {
                None | Some("none") => op::Gelu {}.into(),
                Some("tanh") => op::GeluTanh {}.into(),
                Some(other) => return Err(format!("the attribute `approximate` is `{other}`")),
            },
            "Clip" => {
                let lo = self.known(call, 1)?.unwrap_or(f64::NEG_INFINITY);
                let hi = self.known(call, 2)?.unwrap_or(f64::INFINITY);
                op::Clamp { lo: lo.into(), hi: hi.into() }.into()
            }
            "Pow" => {
                let exponent = self.known(call, 1)?.ok_or("it has no exponent")?;
                let [x, of] = [self.tensor(call, 0)?, self.tensor(call, 1)?];
                if !self.fits(of, x) {
                    return Err(format!("its exponent has more axes than {}", self.shape(x)));
                }
                op::Pow { exponent: exponent.into() }.into()
            }
            _ => return Ok(None),
        };
        let x = self.tensor(call, 0)?;
        self.push(op, &[x]).map(Some)
    }

    /// A logarithm of the larger of `x` and a number is one operation.
    fn log(&mut self, call: &Call<'_>) -> Result<Id, String> {
        let x = self.tensor(call, 0)?;
        if let Some(node) = self.builder.graph().node(x)
            && matches!(node.op, Op::Maximum(_))
        {
            let (inner, bound) = (node.operands[0], node.operands[1]);
            if let Some(epsilon) = self.number(bound) {
                return self.push(op::SafeLog { epsilon: epsilon.into() }, &[inner]);
            }
        }
        self.push(op::Log {}, &[x])
    }

    /// Of two operands, also with a plain number in the place of one.
    pub(super) fn binary(&mut self, call: &Call<'_>) -> Result<Option<Value>, String> {
        let name = &*call.node.op_type;
        if !matches!(name, "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min") {
            return Ok(None);
        }
        if call.node.input.len() != 2 {
            return Err(format!("it has {} operands; two are read", call.node.input.len()));
        }
        if let (Value::Whole(a_shape, a), Value::Whole(b_shape, b)) = (self.operand(call, 0)?, self.operand(call, 1)?) {
            self.made(a.len().max(b.len()))?;
            return super::whole::binary(name, (a_shape, &a), (b_shape, &b)).map(Some);
        }
        let (a, b) = (self.tensor(call, 0)?, self.tensor(call, 1)?);
        if let Some(id) = self.with_number(name, a, b)? {
            return Ok(Some(Value::Tensor(id)));
        }
        if name == "Add"
            && let Some(id) = self.linear(a, b)?
        {
            return Ok(Some(Value::Tensor(id)));
        }
        if name == "Mul"
            && [(a, b), (b, a)]
                .iter()
                .any(|&(x, y)| matches!(self.op(y), Some(Op::Sigmoid(_))) && self.under(y) == Some(x))
        {
            let x = if matches!(self.op(b), Some(Op::Sigmoid(_))) && self.under(b) == Some(a) { a } else { b };
            return self.push(op::Silu {}, &[x]).map(Value::Tensor).map(Some);
        }
        let pair = self.alike([a, b])?;
        let op: Op = match name {
            "Add" => op::Add {}.into(),
            "Sub" => op::Sub {}.into(),
            "Mul" => op::Mul {}.into(),
            "Div" => op::Div {}.into(),
            "Max" => op::Maximum {}.into(),
            _ => op::Minimum {}.into(),
        };
        self.push(op, &pair).map(Value::Tensor).map(Some)
    }

    /// With a number that is known, and does not make the shape larger.
    fn with_number(&mut self, name: &str, a: Id, b: Id) -> Result<Option<Id>, String> {
        let number = |x: Id| self.number(x).filter(|_| self.shape(x).elements() == 1);
        let right = number(b).filter(|_| self.fits(b, a));
        let left = number(a).filter(|_| self.fits(a, b));
        let (op, x): (Op, Id) = match (name, right, left) {
            ("Add", Some(number), _) => (op::AddScalar { number: number.into() }.into(), a),
            ("Add", _, Some(number)) => (op::AddScalar { number: number.into() }.into(), b),
            ("Sub", Some(number), _) => (op::AddScalar { number: (-number).into() }.into(), a),
            ("Sub", _, Some(number)) => (op::ScalarSub { number: number.into() }.into(), b),
            ("Mul", Some(factor), _) => (op::Scale { factor: factor.into() }.into(), a),
            ("Mul", _, Some(factor)) => (op::Scale { factor: factor.into() }.into(), b),
            ("Div", Some(number), _) => (op::DivScalar { number: number.into() }.into(), a),
            ("Div", _, Some(number)) => (op::ScalarDiv { number: number.into() }.into(), b),
            _ => return Ok(None),
        };
        self.push(op, &[x]).map(Some)
    }

    /// A product with a transposed matrix and a bias for each column is one operation.
    fn linear(&mut self, product: Id, b: Id) -> Result<Option<Id>, String> {
        let Some(node) = self.builder.graph().node(product) else { return Ok(None) };
        let Op::MatMul(op::MatMul { transpose_a: false, transpose_b: true }) = node.op else { return Ok(None) };
        let (x, w) = (node.operands[0], node.operands[1]);
        if self.shape(w).len() != 2 || *self.shape(b) != [self.shape(w)[0]] {
            return Ok(None);
        }
        self.push(op::Linear {}, &[w, b, x]).map(Some)
    }
}
