//! Reductions and the softmax family.

use super::node::Call;
use super::reader::{Chosen, Reader, axes, axis};
use crate::ir::{DynShape, Id, Op, op};
use crate::scalar::Float;

impl<T: Float> Reader<T> {
    /// `None` if there is no such operation.
    pub(super) fn reduction(&mut self, call: &Call<'_>) -> Result<Option<Id>, String> {
        let name = &*call.node.op_type;
        if matches!(name, "Softmax" | "LogSoftmax") {
            return self.softmax(call, name == "Softmax").map(Some);
        }
        if !matches!(
            name,
            "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceLogSumExp" | "GlobalAveragePool"
        ) {
            return Ok(None);
        }
        let x = self.tensor(call, 0)?;
        let shape = self.shape(x);
        if name == "GlobalAveragePool" {
            if shape.len() < 3 {
                return Err(format!("an image is [N, C, ..], not {shape}"));
            }
            let mean = self.push(op::Mean { axes: (2..shape.len()).collect() }, &[x])?;
            let to = (0..shape.len()).map(|axis| if axis < 2 { shape[axis] } else { 1 }).collect();
            return self.reshape(mean, to).map(Some);
        }
        let list = match call.ints("axes")? {
            Some(list) => Some(list.into()),
            None => self.list(call, 1)?,
        };
        let keeps = call.flag("noop_with_empty_axes", false)?;
        let over = match list {
            Some(list) if !list.is_empty() => axes(&list, shape.len())?,
            _ if keeps => Vec::new(),
            _ => (0..shape.len()).collect(),
        };
        let mut reduced = x;
        match name {
            _ if over.is_empty() => {}
            "ReduceSum" => reduced = self.sum(x, &over)?,
            "ReduceMean" => reduced = self.push(op::Mean { axes: DynShape::new(&over) }, &[x])?,
            "ReduceLogSumExp" => {
                let [axis] = *over else { return Err("it is along several axes".to_owned()) };
                reduced = self.push(op::LogSumExp { axis }, &[x])?;
            }
            _ => {
                let least = name == "ReduceMin";
                if least {
                    reduced = self.push(op::Neg {}, &[reduced])?;
                }
                for &axis in over.iter().rev() {
                    reduced = self.push(op::Max { axis }, &[reduced])?;
                }
                if least {
                    reduced = self.push(op::Neg {}, &[reduced])?;
                }
            }
        }
        if call.flag("keepdims", true)? {
            let to = (0..shape.len()).map(|axis| if over.contains(&axis) { 1 } else { shape[axis] }).collect();
            reduced = self.reshape(reduced, to)?;
        }
        Ok(Some(reduced))
    }

    /// A sum of one element of each line and of zeros is that element.
    fn sum(&mut self, x: Id, over: &[usize]) -> Result<Id, String> {
        if let Some(Op::ScatterLast(scatter)) = self.op(x)
            && over == [self.shape(x).len() - 1]
            && let Some(gathered) = self.under(x)
            && matches!(self.op(gathered), Some(Op::GatherLast(gather)) if gather.indices == scatter.indices)
        {
            return Ok(gathered);
        }
        self.push(op::Sum { axes: DynShape::new(over) }, &[x])
    }

    fn softmax(&mut self, call: &Call<'_>, plain: bool) -> Result<Id, String> {
        let x = self.tensor(call, 0)?;
        let rank = self.shape(x).len();
        let axis = axis(call.int("axis")?.unwrap_or(-1), rank)?;
        if !plain {
            return self.push(op::LogSoftmax { axis }, &[x]);
        }
        let softmax = self.push(op::Softmax { axis }, &[x])?;
        if axis + 1 == rank
            && let Some(Chosen { mask, x }) = self.lowered.get(&x).cloned()
        {
            self.softmaxed.insert(softmax, Chosen { mask, x });
        }
        Ok(softmax)
    }
}
