//! Whole numbers that are known: what shapes are computed with.

use std::rc::Rc;

use super::layout::Part;
use super::node::Call;
use super::reader::{Reader, axes, axis, broadcast, sized};
use super::tensor::type_name;
use super::value::Value;
use crate::ir::DynShape;
use crate::onnx::message::element;
use crate::scalar::Float;

/// Of two lists as long as each other, or one of them of one number.
pub(super) fn binary(name: &str, a: (DynShape, &[i64]), b: (DynShape, &[i64])) -> Result<Value, String> {
    let shape = broadcast(a.0, b.0)?;
    if ![a.0, b.0].iter().all(|of| *of == shape || of.elements() == 1) {
        return Err("it repeats whole numbers along some axes".to_owned());
    }
    let at = |list: &[i64], index: usize| if list.len() == 1 { list[0] } else { list[index] };
    let results = (0..shape.elements()).map(|index| {
        let (a, b) = (at(a.1, index), at(b.1, index));
        let result = match name {
            "Add" => a.checked_add(b),
            "Sub" => a.checked_sub(b),
            "Mul" => a.checked_mul(b),
            "Div" => a.checked_div(b),
            "Max" => Some(a.max(b)),
            _ => Some(a.min(b)),
        };
        result.ok_or_else(|| format!("{a} and {b} have no result"))
    });
    Ok(Value::Whole(shape, results.collect::<Result<Rc<[i64]>, String>>()?))
}

impl<T: Float> Reader<T> {
    /// An operation whose first operand is known whole numbers; `None` if it is no such operation.
    pub(super) fn of_whole(
        &mut self,
        call: &Call<'_>,
        shape: DynShape,
        data: &Rc<[i64]>,
    ) -> Result<Option<Value>, String> {
        let value = |shape: DynShape, data: Rc<[i64]>| Ok(Some(Value::Whole(shape, data)));
        match &*call.node.op_type {
            "Cast" => {
                let to = call.int("to")?.and_then(|to| i32::try_from(to).ok()).unwrap_or(0);
                match (to, data.iter().find(|&&number| i32::try_from(number).is_err())) {
                    (element::INT64, _) | (element::INT32, None) => value(shape, data.clone()),
                    (element::INT32, Some(number)) => Err(format!("{number} is no i32")),
                    _ => Err(format!("it takes whole numbers as {}", type_name(to))),
                }
            }
            "Unsqueeze" => {
                let list = self.list(call, 1)?.ok_or("it has no axes")?;
                let rank = shape.len() + list.len();
                let new = axes(&list, rank)?;
                let mut old = shape.iter().copied();
                value(
                    sized((0..rank).map(|axis| if new.contains(&axis) { 1 } else { old.next().unwrap_or(1) }))?,
                    data.clone(),
                )
            }
            "Squeeze" => value(self.squeezed(call, shape)?, data.clone()),
            "Reshape" => {
                let list = self.list(call, 1)?.ok_or("it has no shape")?;
                let to = self.reshaped(shape, &list, call.flag("allowzero", false)?)?;
                if to.elements() != data.len() {
                    return Err(format!("{} whole numbers do not have the shape {to}", data.len()));
                }
                value(to, data.clone())
            }
            "Gather" if shape.len() == 1 => {
                axis(call.int("axis")?.unwrap_or(0), 1)?;
                let Value::Whole(to, indices) = self.operand(call, 1)? else { return Ok(None) };
                self.made(indices.len())?;
                let found = indices.iter().map(|&index| axis(index, data.len()).map(|index| data[index]));
                value(to, found.collect::<Result<_, _>>()?)
            }
            "Concat" if shape.len() == 1 => {
                axis(call.int("axis")?.ok_or("it has no axis")?, 1)?;
                let mut all = Vec::new();
                for index in 0..call.node.input.len() {
                    let list = self.list(call, index)?.ok_or("it lacks an operand")?;
                    self.made(list.len())?;
                    all.extend(list.iter());
                }
                value(DynShape::new(&[all.len()]), all.into())
            }
            "Slice" if shape.len() == 1 => {
                let Part { start, end, step: 1 } = self.parts(call, &shape)?[0] else {
                    return Err("it has a step other than 1".to_owned());
                };
                self.made(end - start)?;
                value(DynShape::new(&[end - start]), data[start..end].into())
            }
            _ => Ok(None),
        }
    }
}
