//! Operations that move elements.

use super::node::Call;
use super::reader::{Reader, axes, axis, sized};
use super::tensor::{self, Initial};
use super::value::Value;
use crate::ir::{DynShape, Id, op};
use crate::scalar::Float;

/// Positions of an axis.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) step: usize,
}

impl<T: Float> Reader<T> {
    /// `None` if there is no such operation.
    pub(super) fn layout(&mut self, call: &Call<'_>) -> Result<Option<Id>, String> {
        let found = match &*call.node.op_type {
            "Reshape" => {
                let x = self.tensor(call, 0)?;
                let list = self.list(call, 1)?.ok_or("it has no shape")?;
                let to = self.reshaped(self.shape(x), &list, call.flag("allowzero", false)?)?;
                self.reshape(x, to)?
            }
            "Flatten" => {
                let x = self.tensor(call, 0)?;
                let shape = self.shape(x);
                let number = call.int("axis")?.unwrap_or(1);
                let at = if number == shape.len() as i64 { shape.len() } else { axis(number, shape.len())? };
                self.reshape(x, DynShape::new(&[shape[..at].iter().product(), shape[at..].iter().product()]))?
            }
            "Transpose" => {
                let x = self.tensor(call, 0)?;
                let rank = self.shape(x).len();
                let order = match call.ints("perm")? {
                    None => (0..rank).rev().collect(),
                    Some(list) => list.iter().map(|&number| axis(number, rank)).collect::<Result<Vec<usize>, _>>()?,
                };
                if order.len() != rank {
                    return Err(format!("the attribute `perm` has {} axes of {rank}", order.len()));
                }
                self.permute(x, sized(order)?)?
            }
            "Squeeze" => {
                let x = self.tensor(call, 0)?;
                self.reshape(x, self.squeezed(call, self.shape(x))?)?
            }
            "Unsqueeze" => {
                let x = self.tensor(call, 0)?;
                let shape = self.shape(x);
                let list = self.list(call, 1)?.ok_or("it has no axes")?;
                let rank = shape.len() + list.len();
                let new = axes(&list, rank)?;
                let mut old = shape.iter().copied();
                let to = sized((0..rank).map(|axis| if new.contains(&axis) { 1 } else { old.next().unwrap_or(1) }))?;
                self.reshape(x, to)?
            }
            "Expand" => {
                let x = self.tensor(call, 0)?;
                let list = self.list(call, 1)?.ok_or("it has no shape")?;
                let to = super::reader::broadcast(self.shape(x), tensor::shape(&list)?)?;
                Self::allowed(to)?;
                self.repeat(x, to)?
            }
            "ConstantOfShape" => {
                let list = self.list(call, 0)?.ok_or("it has no shape")?;
                let shape = tensor::shape(&list)?;
                let number = match call.tensor("value")?.map(Initial::<T>::read).transpose()? {
                    None => 0.0,
                    Some(Initial::Numbers(value)) if value.as_slice().len() == 1 => value.as_slice()[0].to_f64(),
                    Some(_) => return Err("its value is not one number".to_owned()),
                };
                self.full(shape, number)?
            }
            "Concat" => {
                let mut joined = self.tensor(call, 0)?;
                let axis = axis(call.int("axis")?.ok_or("it has no axis")?, self.shape(joined).len())?;
                for index in 1..call.node.input.len() {
                    let next = self.tensor(call, index)?;
                    joined = self.push(op::Concat { axis }, &[joined, next])?;
                }
                joined
            }
            "Slice" => {
                let mut x = self.tensor(call, 0)?;
                let shape = self.shape(x);
                for (axis, part) in self.parts(call, &shape)?.into_iter().enumerate() {
                    x = self.cut(x, axis, part)?;
                }
                x
            }
            "Pad" => self.padded(call)?,
            "Identity" | "Dropout" => self.tensor(call, 0)?,
            _ => return Ok(None),
        };
        Ok(Some(found))
    }

    /// The shape that `Squeeze` leaves.
    pub(super) fn squeezed(&self, call: &Call<'_>, shape: DynShape) -> Result<DynShape, String> {
        let gone = match self.list(call, 1)? {
            None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
            Some(list) => axes(&list, shape.len())?,
        };
        match gone.iter().find(|&&axis| shape[axis] != 1) {
            Some(axis) => Err(format!("axis {axis} of {shape} is not of size 1")),
            None => Ok(shape.without(|axis| gone.contains(&axis))),
        }
    }

    /// The shape that `Reshape` asks for: 0 is the size that there is, -1 is counted.
    pub(super) fn reshaped(&self, shape: DynShape, list: &[i64], zeros: bool) -> Result<DynShape, String> {
        let mut sizes = Vec::new();
        for (axis, &size) in list.iter().enumerate() {
            sizes.push(match size {
                0 if !zeros => *shape.get(axis).ok_or_else(|| format!("{shape} has no axis {axis}"))? as i64,
                size => size,
            });
        }
        if let Some(open) = sizes.iter().position(|&size| size == -1) {
            sizes[open] = 1;
            let rest = tensor::shape(&sizes)?.elements();
            let count = shape.elements().checked_div(rest).ok_or("the size of an axis cannot be counted")?;
            sizes[open] = i64::try_from(count).unwrap_or(i64::MAX);
        }
        tensor::shape(&sizes)
    }

    /// The positions of each axis that `Slice` asks for.
    pub(super) fn parts(&self, call: &Call<'_>, shape: &[usize]) -> Result<Vec<Part>, String> {
        let starts = self.list(call, 1)?.ok_or("it has no starts")?;
        let ends = self.list(call, 2)?.ok_or("it has no ends")?;
        let axes = self.list(call, 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = self.list(call, 4)?.unwrap_or_else(|| vec![1; starts.len()].into());
        if [&ends, &axes, &steps].iter().any(|list| list.len() != starts.len()) {
            return Err("it has not one start, end, axis and step for each".to_owned());
        }
        let mut parts: Vec<Part> = shape.iter().map(|&end| Part { start: 0, end, step: 1 }).collect();
        for (index, (&start, &number)) in starts.iter().zip(&*axes).enumerate() {
            let step = usize::try_from(steps[index]).ok().filter(|&step| step > 0);
            let step = step.ok_or_else(|| format!("it has the step {}", steps[index]))?;
            let axis = axis(number, shape.len())?;
            let size = i64::try_from(shape[axis]).unwrap_or(i64::MAX);
            let place = |at: i64| if at < 0 { at.saturating_add(size).max(0) } else { at.min(size) } as usize;
            parts[axis] = Part { start: place(start), end: place(ends[index]).max(place(start)), step };
        }
        Ok(parts)
    }

    /// One part of an axis. Every so many positions are the first ones of lines of so many.
    fn cut(&mut self, x: Id, axis: usize, Part { start, end, step }: Part) -> Result<Id, String> {
        let shape = self.shape(x);
        let lines = (end - start).div_ceil(step);
        let stop =
            lines.checked_mul(step).and_then(|covered| covered.checked_add(start)).ok_or("the step is too large")?;
        let within = stop.min(shape[axis]);
        let mut part = x;
        if [start, if step == 1 { end } else { within }] != [0, shape[axis]] {
            part = self.push(op::Slice { axis, start, end: if step == 1 { end } else { within } }, &[part])?;
        }
        if step == 1 || lines == 0 {
            return Ok(part);
        }
        let part = self.pad_axis(part, axis, [0, stop - within], 0.0)?;
        let split = |last: &[usize]| sized(shape[..axis].iter().chain(last).chain(&shape[axis + 1..]).copied());
        let part = self.reshape(part, split(&[lines, step])?)?;
        let part = self.push(op::Slice { axis: axis + 1, start: 0, end: 1 }, &[part])?;
        self.reshape(part, split(&[lines])?)
    }

    fn padded(&mut self, call: &Call<'_>) -> Result<Id, String> {
        let mut x = self.tensor(call, 0)?;
        let rank = self.shape(x).len();
        if !matches!(call.text("mode")?, None | Some("constant")) {
            return Err("only the mode `constant` is read".to_owned());
        }
        let fill = self.known(call, 2)?.unwrap_or(0.0);
        let pads = self.list(call, 1)?.ok_or("it has no pads")?;
        let places = match self.list(call, 3)? {
            None => (0..rank).collect(),
            Some(list) => list.iter().map(|&number| axis(number, rank)).collect::<Result<Vec<usize>, _>>()?,
        };
        if places.iter().enumerate().any(|(index, axis)| places[..index].contains(axis)) {
            return Err(format!("the axes {places:?} are not different ones"));
        }
        let cells: Result<Vec<usize>, _> = pads.iter().map(|&cells| usize::try_from(cells)).collect();
        let cells = cells.map_err(|_| "it has a negative pad".to_owned())?;
        if cells.len() != 2 * places.len() {
            return Err(format!("it has {} pads for {} axes", cells.len(), places.len()));
        }
        for (index, &axis) in places.iter().enumerate() {
            x = self.pad_axis(x, axis, [cells[index], cells[places.len() + index]], fill)?;
        }
        Ok(x)
    }

    pub(super) fn pad_axis(&mut self, x: Id, axis: usize, cells: [usize; 2], fill: f64) -> Result<Id, String> {
        let [before, after] = cells;
        if [before, after] == [0, 0] {
            return Ok(x);
        }
        let shape = self.shape(x);
        let size = shape[axis].checked_add(before).and_then(|size| size.checked_add(after));
        Self::allowed(shape.with(axis, size.ok_or("the pads cannot be counted")?))?;
        if fill == 0.0 {
            return self.push(op::Pad { axis, before, after }, &[x]);
        }
        let mut padded = x;
        for (cells, first) in [(before, true), (after, false)].into_iter().filter(|&(cells, _)| cells > 0) {
            let margin = self.full(shape.with(axis, cells), fill)?;
            padded = self.push(op::Concat { axis }, &if first { [margin, padded] } else { [padded, margin] })?;
        }
        Ok(padded)
    }

    /// The shape of a value as whole numbers.
    pub(super) fn shape_of(&mut self, call: &Call<'_>) -> Result<Value, String> {
        let shape = match self.operand(call, 0)? {
            Value::Tensor(id) => self.shape(id),
            Value::Natural(id) => self.natural_shape(id),
            Value::Whole(shape, _) => shape,
            _ => return Err("it is of a value whose shape is not known".to_owned()),
        };
        let rank = shape.len() as i64;
        let place = |at: i64| if at < 0 { at.saturating_add(rank).max(0) } else { at.min(rank) } as usize;
        let start = place(call.int("start")?.unwrap_or(0));
        let end = place(call.int("end")?.unwrap_or(rank)).max(start);
        let sizes = shape[start..end].iter().map(|&size| size as i64).collect();
        Ok(Value::Whole(DynShape::new(&[end - start]), sizes))
    }
}
