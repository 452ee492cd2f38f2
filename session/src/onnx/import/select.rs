//! Indices, masks and other conditions.

use super::node::Call;
use super::reader::{Chosen, Reader, axes, axis, broadcast, sized};
use super::value::{Truth, Value};
use crate::ir::{DynShape, Id, op};
use crate::onnx::message::element;
use crate::scalar::Float;

/// The parts of a mask of attention.
#[derive(Default)]
struct Mask {
    causal: bool,
    shared: Option<crate::ir::NatId>,
    present: Option<crate::ir::NatId>,
}

impl<T: Float> Reader<T> {
    /// A condition, or an operation on one or on indices; `None` if there is no such operation.
    pub(super) fn condition(&mut self, call: &Call<'_>) -> Result<Option<Value>, String> {
        let name = &*call.node.op_type;
        Ok(Some(match name {
            "Where" => return self.select(call).map(Some),
            "Gather" => return self.gather(call).map(Some),
            "And" => match (self.operand(call, 0)?, self.operand(call, 1)?) {
                (Value::Truth(a), Value::Truth(b)) => Value::Truth(a.and(b)?),
                _ => return Err("its operands are no conditions".to_owned()),
            },
            "Greater" | "Less" | "GreaterOrEqual" | "LessOrEqual" | "Equal" => {
                match (self.operand(call, 0)?, self.operand(call, 1)?) {
                    (Value::Tensor(a), Value::Tensor(b)) => Value::Truth(match name {
                        "Greater" => Truth::Greater(a, b),
                        "Less" => Truth::Greater(b, a),
                        "LessOrEqual" => Truth::AtMost(a, b),
                        "GreaterOrEqual" => Truth::AtMost(b, a),
                        _ => return Err("numbers are compared for equality".to_owned()),
                    }),
                    (Value::Natural(indices), Value::Whole(shape, list))
                        if list.len() == 1 && shape.len() <= self.natural_shape(indices).len() =>
                    {
                        match (name, list[0]) {
                            ("GreaterOrEqual", 0) => Value::Truth(Truth::Natural(indices)),
                            ("Less", size) if size >= 0 => {
                                Value::Truth(Truth::Below { indices, size: size as usize, column: false })
                            }
                            (_, bound) => return Err(format!("indices are compared with {bound}")),
                        }
                    }
                    (Value::Column(indices), Value::Whole(shape, list))
                        if name == "Equal" && shape.len() == 1 && list.iter().copied().eq(0..list.len() as i64) =>
                    {
                        Value::Truth(Truth::AtIndex(indices, list.len()))
                    }
                    _ => return Err("this comparison is not read".to_owned()),
                }
            }
            "Cast" => match self.operand(call, 0)? {
                Value::Natural(mask) if call.int("to")? == Some(i64::from(element::BOOL)) => {
                    let rank = self.natural_shape(mask).len();
                    Value::Truth(Truth::Nonzero { mask, rank, spread: false })
                }
                Value::Natural(indices)
                    if [element::INT32, element::INT64].map(i64::from).contains(&call.int("to")?.unwrap_or(0)) =>
                {
                    Value::Natural(indices)
                }
                Value::Tensor(x) if call.int("to")? == Some(i64::from(super::tensor::element_of::<T>())) => {
                    Value::Tensor(x)
                }
                _ => return Err("this change of type is not read".to_owned()),
            },
            "Unsqueeze" => return self.unsqueezed(call),
            "Identity" => self.operand(call, 0)?,
            _ => return Ok(None),
        }))
    }

    /// Of what is no tensor.
    fn unsqueezed(&mut self, call: &Call<'_>) -> Result<Option<Value>, String> {
        let list = self.list(call, 1)?.ok_or("it has no axes")?;
        let refuse = || Err("these axes of a condition or of indices are not read".to_owned());
        let at = |rank: usize| axes(&list, rank + list.len());
        Ok(Some(match self.operand(call, 0)? {
            Value::Natural(indices) => match at(self.natural_shape(indices).len())? {
                new if new == [self.natural_shape(indices).len()] => Value::Column(indices),
                _ => return refuse(),
            },
            Value::Truth(Truth::Below { indices, size, column: false }) => {
                match at(self.natural_shape(indices).len())? {
                    new if new == [self.natural_shape(indices).len()] => {
                        Value::Truth(Truth::Below { indices, size, column: true })
                    }
                    _ => return refuse(),
                }
            }
            Value::Truth(Truth::Nonzero { mask, rank: 2, spread: false }) if self.natural_shape(mask).len() == 2 => {
                let (new, rank) = (at(2)?, 2 + list.len());
                let between: Vec<usize> = (1..=list.len()).collect();
                let before: Vec<usize> = (0..list.len()).collect();
                match new {
                    new if new == before => Value::Truth(Truth::Nonzero { mask, rank, spread: false }),
                    new if new == between => Value::Truth(Truth::Nonzero { mask, rank, spread: true }),
                    _ => return refuse(),
                }
            }
            Value::Truth(Truth::Known(shape, data)) => {
                let rank = shape.len() + list.len();
                let new = at(shape.len())?;
                let mut old = shape.iter().copied();
                let to = sized((0..rank).map(|axis| if new.contains(&axis) { 1 } else { old.next().unwrap_or(1) }))?;
                Value::Truth(Truth::Known(to, data))
            }
            _ => return refuse(),
        }))
    }

    fn gather(&mut self, call: &Call<'_>) -> Result<Value, String> {
        let table = self.tensor(call, 0)?;
        let shape = self.shape(table);
        let axis = axis(call.int("axis")?.unwrap_or(0), shape.len())?;
        let rows = shape.len() == 2 && axis == 0;
        match self.operand(call, 1)? {
            Value::Natural(indices) if rows => self.push(op::GatherRows { indices }, &[table]).map(Value::Tensor),
            Value::Guarded(indices, size) if rows && size <= shape[0] => {
                let rows = self.push(op::GatherRows { indices }, &[table])?;
                Ok(Value::Rows { rows, indices, size })
            }
            Value::Whole(to, list) => {
                let places: Vec<usize> = list
                    .iter()
                    .map(|&index| super::reader::axis(index, shape[axis]))
                    .collect::<Result<_, _>>()
                    .map_err(|_| format!("an index is out of range of {shape}"))?;
                if rows {
                    let indices = self.capture(to, places)?;
                    return self.push(op::GatherRows { indices }, &[table]).map(Value::Tensor);
                }
                let [place] = *places else { return Err(format!("several indices of axis {axis} of {shape}")) };
                let cut = self.push(op::Slice { axis, start: place, end: place + 1 }, &[table])?;
                let sizes = shape[..axis].iter().chain(to.iter()).chain(&shape[axis + 1..]).copied();
                self.reshape(cut, sized(sizes)?).map(Value::Tensor)
            }
            _ => Err(format!("indices of axis {axis} of {shape} that are not known")),
        }
    }

    fn select(&mut self, call: &Call<'_>) -> Result<Value, String> {
        let Value::Truth(truth) = self.operand(call, 0)? else {
            return Err("its operand 0 is no condition".to_owned());
        };
        if let (Value::Natural(x), Value::Whole(shape, list), &Truth::Below { indices, size, column: false }) =
            (self.operand(call, 1)?, self.operand(call, 2)?, &truth)
        {
            return match *list {
                [0] if x == indices && shape.len() <= self.natural_shape(x).len() => Ok(Value::Guarded(indices, size)),
                _ => Err("indices are chosen by a condition on others".to_owned()),
            };
        }
        if let Value::Rows { rows, indices, size } = self.operand(call, 1)? {
            let y = self.tensor(call, 2)?;
            let zero = self.number(y) == Some(0.0) && self.fits(y, rows);
            if !zero || truth != (Truth::Below { indices, size, column: true }) {
                return Err("rows are chosen by a condition on other indices".to_owned());
            }
            let table = self.under(rows).expect("rows of a table");
            // Those out of the range of the table are zeros already.
            return match self.shape(table)[0] == size {
                true => Ok(Value::Tensor(rows)),
                false => self.push(op::KeepValid { indices, size }, &[rows]).map(Value::Tensor),
            };
        }
        let (x, y) = (self.tensor(call, 1)?, self.tensor(call, 2)?);
        let y_is = |reader: &Self, number: f64| reader.number(y) == Some(number) && reader.shape(y).elements() == 1;
        let zero = y_is(self, 0.0);
        match &truth {
            &Truth::Below { indices, size, column: true } if zero && self.fits(y, x) => {
                return self.push(op::KeepValid { indices, size }, &[x]).map(Value::Tensor);
            }
            // The condition is as large as `x` if its last axis is: the lines are compared by the operation.
            &Truth::AtIndex(indices, size) if zero && self.fits(y, x) && self.shape(x).last() == Some(&size) => {
                let gathered = self.push(op::GatherLast { indices }, &[x])?;
                return self.push(op::ScatterLast { indices, size }, &[gathered]).map(Value::Tensor);
            }
            &Truth::Greater(a, b) => {
                let [a, b, x, y] = self.alike([a, b, x, y])?;
                return self.push(op::SelectGt {}, &[a, b, x, y]).map(Value::Tensor);
            }
            &Truth::AtMost(a, b) if self.number(b) == Some(0.0) && self.number(x) == Some(0.0) => {
                let [a, y, ..] = self.alike([a, y, b, x])?;
                return self.push(op::Gate {}, &[a, y]).map(Value::Tensor);
            }
            Truth::All(parts) => {
                if let [Truth::Greater(a, lo), Truth::Greater(hi, b)] = parts[..]
                    && a == b
                    && zero
                    && let (Some(least), Some(most)) = (self.number(lo), self.number(hi))
                {
                    let [a, x, ..] = self.alike([a, x, lo, hi, y])?;
                    return self.push(op::ClampGate { lo: least.into(), hi: most.into() }, &[a, x]).map(Value::Tensor);
                }
            }
            _ => {}
        }
        self.masked(truth, x, y, zero, y_is(self, f64::NEG_INFINITY)).map(Value::Tensor)
    }

    fn masked(&mut self, truth: Truth, x: Id, y: Id, zero: bool, lowest: bool) -> Result<Id, String> {
        let shape = broadcast(self.shape(x), self.shape(y))?;
        if zero
            && self.shape(x) == shape
            && let Some(chosen) = self.softmaxed.get(&x).cloned()
            && chosen.mask == truth
        {
            let Mask { causal, shared, present } = self.mask(&truth, shape)?;
            return self.push(op::MaskedSoftmax { causal, shared, present }, &[chosen.x]);
        }
        let Mask { causal, shared, present } = self.mask(&truth, shape)?;
        let keep = op::KeepAllowed { causal, shared, present };
        let [wide, y] = self.alike([x, y])?;
        if zero {
            return self.push(keep, &[wide]);
        }
        let (one, half) = (self.full(shape, 1.0)?, self.full(shape, 0.5)?);
        let allowed = self.push(keep, &[one])?;
        let chosen = self.push(op::SelectGt {}, &[allowed, half, wide, y])?;
        if lowest {
            self.lowered.insert(chosen, Chosen { mask: truth, x: wide });
        }
        Ok(chosen)
    }

    /// The condition as a mask of queries by keys.
    fn mask(&mut self, truth: &Truth, shape: DynShape) -> Result<Mask, String> {
        let parts = match truth {
            Truth::All(parts) => &parts[..],
            one => std::slice::from_ref(one),
        };
        let mut mask = Mask::default();
        for part in parts {
            let (natural, spread) = match part {
                // Axes are counted from the last one: only one of this rank has its first axis at the first one.
                &Truth::Nonzero { rank, spread, .. } if rank > shape.len() || spread && rank < shape.len() => {
                    return Err(format!("a mask of {rank} axes for {shape}"));
                }
                &Truth::Nonzero { mask, spread, .. } => (mask, spread),
                Truth::Known(of, data) => {
                    let rank = of.len();
                    if rank < 2 || broadcast(*of, shape) != Ok(shape) {
                        return Err(format!("a mask of the shape {of} for {shape}"));
                    }
                    let (rows, keys) = (of[rank - 2], of[rank - 1]);
                    let lower = data.iter().enumerate().all(|(at, &truth)| truth == (at % keys <= at / keys));
                    let numbers = || data.iter().map(|&truth| usize::from(truth)).collect::<Vec<usize>>();
                    if of.elements() == rows * keys {
                        if lower && [rows, keys] == shape[shape.len() - 2..] {
                            mask.causal = true;
                            continue;
                        }
                        (self.capture(DynShape::new(&[rows, keys]), numbers())?, false)
                    } else if rank == shape.len() && of.elements() == of[0] * keys {
                        (self.capture(DynShape::new(&[of[0], keys]), numbers())?, true)
                    } else {
                        return Err(format!("a mask of the shape {of} for {shape}"));
                    }
                }
                _ => return Err("this condition is not read".to_owned()),
            };
            let place = if spread { &mut mask.present } else { &mut mask.shared };
            if place.replace(natural).is_some() {
                return Err("two masks of one kind".to_owned());
            }
        }
        Ok(mask)
    }
}
