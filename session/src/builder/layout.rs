//! Operations that move elements, in row-major order.

use std::cmp::Ordering;

use super::call::{Takes, describe};
use super::{Description, GraphBuilder, countable, refuse};
use crate::Error;
use crate::ir::{DynShape, Id, op};
use crate::mapped::mapped;
use crate::ops::no_axis;

/// A shape from sizes given by the user.
fn shaped(sizes: &[usize]) -> Result<DynShape, Error> {
    joined(&[sizes])
}

/// A shape from sizes, part after part.
fn joined(parts: &[&[usize]]) -> Result<DynShape, Error> {
    match DynShape::try_joined(parts) {
        Some(shape) => countable(shape),
        None => {
            let axes: usize = parts.iter().map(|part| part.len()).sum();
            Err(refuse(format!("a shape has at most 8 axes, not {axes}")))
        }
    }
}

/// Refuses an axis that is not there.
pub(super) fn checked_axis(shape: DynShape, axis: usize) -> Result<usize, Error> {
    if axis < shape.len() { Ok(axis) } else { Err(refuse(no_axis(axis, shape))) }
}

impl GraphBuilder {
    fn permuted(&mut self, x: Id, rank: usize, axes: &[usize]) -> Result<Id, Error> {
        if self.shape(x)?.len() != rank {
            return Err(refuse(format!("it takes {rank} axes")));
        }
        self.push(op::Permute { axes: DynShape::new(axes) }, &[x])
    }

    /// Gives both operands the shape of the one of higher rank, whose last axes are the other's.
    pub(crate) fn expand_lower(&mut self, a: Id, b: Id) -> Result<[Id; 2], Error> {
        let (shape_a, shape_b) = (self.shape(a)?, self.shape(b)?);
        let lower = shape_a.len().cmp(&shape_b.len());
        let (low, high) = if lower.is_lt() { (&shape_a, &shape_b) } else { (&shape_b, &shape_a) };
        if !high.iter().rev().zip(low.iter().rev()).all(|(high, low)| high == low) {
            return Err(refuse("the axes of the operand of lower rank must be the last axes of the other"));
        }
        let to = *high;
        Ok(match lower {
            Ordering::Less => [self.push(op::Broadcast { to }, &[a])?, b],
            Ordering::Equal => [a, b],
            Ordering::Greater => [a, self.push(op::Broadcast { to }, &[b])?],
        })
    }

    fn one_position(&mut self, x: Id, index: usize) -> Result<Id, Error> {
        let shape = self.shape(x)?;
        match shape.first() {
            Some(&size) if index >= size => {
                return Err(refuse(format!("the index {index} is out of range: axis 0 has {size} positions")));
            }
            Some(_) => {}
            None => return Err(refuse("a scalar has no axis to index")),
        }
        let emit = &mut self.emit();
        let row = emit.push(op::Slice { axis: 0, start: index, end: index + 1 }, &[x]);
        Ok(emit.reshape(row, shape.without(|axis| axis == 0)))
    }

    /// One position of axis 0 of a tensor of this rank.
    pub(super) fn position(&mut self, x: Id, rank: Option<usize>, index: usize) -> Result<Id, Error> {
        match rank {
            Some(rank) if self.shape(x)?.len() != rank => Err(refuse(format!("it takes a tensor of rank {rank}"))),
            _ => self.one_position(x, index),
        }
    }

    /// Tensors of one shape along a new axis 0.
    ///
    /// Shapes: `S, S, .. -> [N, S]`. PyTorch: `torch.stack`.
    ///
    /// # Errors
    /// As the other operations; [`Error::Rule`] for no parts or parts of different shapes.
    pub fn stack(&mut self, parts: &[Id]) -> Result<Id, Error> {
        self.operation("stack", parts, &mut |g| {
            let Some((&first, rest)) = parts.split_first() else { return Err(refuse("it needs at least one part")) };
            let shape = g.shape(first)?;
            for &part in rest {
                if g.shape(part)? != shape {
                    return Err(refuse("the parts must have one shape"));
                }
            }
            let row = joined(&[&[1], &shape])?;
            countable(row.with(0, parts.len()))?;
            let emit = &mut g.emit();
            let mut rows: Vec<Id> = mapped(parts, |&part| emit.push(op::Reshape { to: row }, &[part]));
            // Neighbours are joined pairwise, so that an element is copied about log N times.
            while rows.len() > 1 {
                rows = rows
                    .chunks(2)
                    .map(|pair| match *pair {
                        [a, b] => emit.push(op::Concat { axis: 0 }, &[a, b]),
                        _ => pair[0],
                    })
                    .collect();
            }
            Ok(rows[0])
        })
    }
}

/// The operation that takes any number of operands.
const STACK: Description = describe! {
    stack, "S, S, .. -> [N, S]", "stack", "Tensors of one shape along a new axis 0.\n", ["parts"],
    Takes { operands: None, naturals: 0, kinds: &[] },
    |builder, call| builder.stack(call.operands)
};

mod rows {
    use super::super::call::define;
    use super::{checked_axis, joined, refuse, shaped};
    use crate::ir::{DynShape, MAX_RANK, op};

    define! {
        /// The same elements under another shape.
        "S -> R" "reshape"
        reshape(x; to: sizes) g => { let to = shaped(to)?; g.push(op::Reshape { to }, &[x]) };
        /// All elements along one axis.
        "S -> [N]" "flatten"
        flatten(x) g => { let count = g.shape(x)?.elements(); g.reshape(x, &[count]) };
        /// An axis and all later ones joined into one.
        "[.., A, B, ..] -> [.., AB..]" "flatten"
        flatten_from(x; axis: size) g => {
            let shape = g.shape(x)?;
            let (leading, rest) = shape.split_at(checked_axis(shape, axis)?);
            let to = joined(&[leading, &[rest.iter().product()]])?;
            g.push(op::Reshape { to }, &[x])
        };
        /// An axis split into several.
        "[.., AB, ..] -> [.., A, B, ..]" "unflatten"
        unflatten(x; axis: size, dims: sizes) g => {
            let shape = g.shape(x)?;
            let (leading, rest) = shape.split_at(checked_axis(shape, axis)?);
            let to = joined(&[leading, dims, &rest[1..]])?;
            g.push(op::Reshape { to }, &[x])
        };
        /// An axis of size 1 removed.
        "[.., 1, ..] -> [..]" "squeeze"
        squeeze(x; axis: size) g => {
            let shape = g.shape(x)?;
            match shape[checked_axis(shape, axis)?] {
                1 => g.reshape(x, &shape.without(|other| other == axis)),
                size => Err(refuse(format!("axis {axis} has size {size}, only an axis of size 1 can be removed"))),
            }
        };
        /// An axis of size 1 inserted before an axis, or behind the last.
        "[..] -> [.., 1, ..]" "unsqueeze"
        unsqueeze(x; axis: size) g => {
            let shape = g.shape(x)?;
            if axis > shape.len() {
                return Err(refuse(format!("an axis goes before one of {} axes or behind the last", shape.len())));
            }
            let to = joined(&[&shape[..axis], &[1], &shape[axis..]])?;
            g.push(op::Reshape { to }, &[x])
        };
        /// The axes of a matrix swapped.
        "[A, B] -> [B, A]" "t"
        transpose(x) g => g.permuted(x, 2, &[1, 0]);
        /// The first axis moved to the end.
        "[A, B, C] -> [B, C, A]" "movedim"
        move_first_to_last(x) g => g.permuted(x, 3, &[1, 2, 0]);
        /// The last axis moved to the front.
        "[A, B, C] -> [C, A, B]" "movedim"
        move_last_to_first(x) g => g.permuted(x, 3, &[2, 0, 1]);
        /// The last two of three axes swapped.
        "[A, B, C] -> [A, C, B]" "transpose"
        swap_last_two(x) g => g.permuted(x, 3, &[0, 2, 1]);
        /// The axes `depth` and `depth + 1` swapped.
        "[.., A, B, ..] -> [.., B, A, ..]" "transpose"
        swap_adjacent(x; depth: size) g => {
            let rank = g.shape(x)?.len();
            if depth.checked_add(1).is_none_or(|next| next >= rank) {
                return Err(refuse(format!("axis {depth} has no next axis: there are {rank}")));
            }
            let mut axes: [usize; MAX_RANK] = std::array::from_fn(|axis| axis);
            axes.swap(depth, depth + 1);
            g.permute(x, &axes[..rank])
        };
        /// Axis i of the result is axis `axes[i]` of x.
        "S -> S permuted" "permute"
        permute(x; axes: sizes) g => { let axes = shaped(axes)?; g.push(op::Permute { axes }, &[x]) };
        /// Repeats to a shape, aligned at the last axis: each axis is equal or 1, missing leading axes are added.
        "S -> R" "broadcast_to"
        broadcast(x; to: sizes) g => { let to = shaped(to)?; g.push(op::Broadcast { to }, &[x]) };
        /// Repeats along new leading axes; none is stretched.
        "S -> [.., S]" "Tensor.expand"
        expand_leading(x; to: sizes) g => {
            let (shape, to) = (g.shape(x)?, shaped(to)?);
            if !to.ends_with(&shape) {
                return Err(refuse(format!("the last axes of {to} must be those of the operand")));
            }
            g.push(op::Broadcast { to }, &[x])
        };
        /// Repeats along new trailing axes; none is stretched. (≠) This is the left alignment that TorchLean's
        /// broadcast witness also allows.
        "S -> [S, ..]" "Tensor.expand"
        expand_trailing(x; to: sizes) g => {
            let (shape, to) = (g.shape(x)?, shaped(to)?);
            if !to.starts_with(&shape) {
                return Err(refuse(format!("the first axes of {to} must be those of the operand")));
            }
            let added: DynShape = (shape.len()..to.len()).collect();
            Ok(g.emit().expand(x, &added, to))
        };
        /// Two tensors joined along axis 0.
        "[A, S], [B, S] -> [A + B, S]" "cat"
        concat(a, b) g => g.push(op::Concat { axis: 0 }, &[a, b]);
        /// Two tensors joined along an axis.
        "[.., A, ..], [.., B, ..] -> [.., A + B, ..]" "cat"
        concat_axis(a, b; axis: size) g => g.push(op::Concat { axis }, &[a, b]);
        /// The positions `start..end` of axis 0.
        "[N, S] -> [END - START, S]" "narrow"
        slice(x; start: size, end: size) g => g.push(op::Slice { axis: 0, start, end }, &[x]);
        /// The positions `start..end` of an axis.
        "[.., N, ..] -> [.., END - START, ..]" "narrow"
        slice_axis(x; axis: size, start: size, end: size) g => g.push(op::Slice { axis, start, end }, &[x]);
        /// Zeros before and after, along an axis.
        "[.., N, ..] -> [.., BEFORE + N + AFTER, ..]" "nn.functional.pad"
        pad(x; axis: size, before: size, after: size) g => g.push(op::Pad { axis, before, after }, &[x]);
    }
}

pub(super) const OPERATIONS: &[Description] = rows::OPERATIONS;
pub(super) const VARIADIC: &[Description] = &[STACK];
