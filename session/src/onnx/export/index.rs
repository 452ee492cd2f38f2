//! Operations that index with natural numbers, and masks. An index out of range reads 0: that is written out, and not
//! left to what ONNX does with such an index. A negative index is out of range too.

use super::size::Size;
use super::writer::int;
use super::{Lower, Natural, Site, Value, Writer};
use crate::ir::NatId;
use crate::ir::op::{GatherLast, GatherRows, KeepValid};
use crate::onnx::message::{Attribute, element, kind};

/// A condition on an operand of ONNX's own broadcasting: its shape is looked at by nobody.
fn condition(to: &mut Writer, op: &str, a: &Value, b: &Value) -> Value {
    to.node(op, &[&a.name, &b.name], Vec::new(), a.shape.clone())
}

/// Where the position along a last axis of this size is the index of its line.
pub(super) fn at_index(to: &mut Writer, indices: &Natural<'_>, size: usize) -> Value {
    let indices = indices.value(to);
    let indices = to.with_last(&indices);
    let positions = to.whole((0..size).map(|position| position as i64), &[size]);
    condition(to, "Equal", &indices, &positions)
}

/// Where the indices are below a size.
fn valid(to: &mut Writer, indices: &Value, size: usize) -> Value {
    let [zero, size] = [0, size as i64].map(|bound| to.whole([bound], &[]));
    let least = condition(to, "GreaterOrEqual", indices, &zero);
    let below = condition(to, "Less", indices, &size);
    condition(to, "And", &least, &below)
}

impl Lower for GatherRows {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let table = site.operands[0];
        let rows = table.shape[0].fixed()?;
        if rows == 0 {
            return Ok(to.full(0.0, site.shape));
        }
        let natural = site.natural(self.indices);
        let indices = natural.value(to);
        let gather = |to: &mut Writer, indices: &Value| {
            to.node("Gather", &[&table.name, &indices.name], vec![int("axis", 0)], site.shape.to_vec())
        };
        if natural.all_below(rows) {
            return Ok(gather(to, &indices));
        }
        let valid = valid(to, &indices, rows);
        let zero = to.whole([0], &[]);
        let positions = to.select(&valid, &indices, &zero);
        let found = gather(to, &positions);
        let valid = to.with_last(&valid);
        Ok(to.keep(&valid, &found))
    }
}

impl Lower for GatherLast {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        let last = x.shape.len() - 1;
        let chosen = at_index(to, site.natural(self.indices), x.shape[last].fixed()?);
        let terms = to.keep(&chosen, x);
        Ok(to.reduce("ReduceSum", &terms, &[last]))
    }
}

impl Lower for KeepValid {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let indices = site.natural(self.indices).value(to);
        let valid = valid(to, &indices, self.size);
        let valid = to.with_last(&valid);
        Ok(to.keep(&valid, site.operands[0]))
    }
}

/// What a query may attend to: all that is asked for must hold.
pub(super) struct Conditions {
    pub(super) causal: bool,
    pub(super) shared: Option<NatId>,
    pub(super) present: Option<NatId>,
}

/// The mask of numbers that are not 0.
fn nonzero(to: &mut Writer, numbers: &Natural<'_>) -> Value {
    match numbers {
        Natural::Captured { shape, list } => to.truths(list.iter().map(|&number| number != 0), shape),
        Natural::Input(input) => {
            let kind = Attribute {
                name: "to".to_owned(),
                i: Some(i64::from(element::BOOL)),
                kind: kind::INT,
                ..Attribute::default()
            };
            to.node("Cast", &[&input.name], vec![kind], input.shape.clone())
        }
    }
}

/// Where a query of `[.., Q, K]` may attend to a key; everywhere if nothing is asked for.
pub(super) fn allowed(to: &mut Writer, asked: Conditions, site: &Site<'_>) -> Result<Option<Value>, String> {
    let shape = site.shape;
    let (queries, keys) = (shape.len() - 2, shape.len() - 1);
    let mut conditions = Vec::new();
    if asked.causal {
        let (rows, columns) = (shape[queries].fixed()?, shape[keys].fixed()?);
        let earlier = (0..rows).flat_map(|query| (0..columns).map(move |key| key <= query));
        conditions.push(to.truths(earlier, &[rows, columns]));
    }
    if let Some(shared) = asked.shared {
        conditions.push(nonzero(to, site.natural(shared)));
    }
    if let Some(present) = asked.present {
        // `[B, K]` stands at the first axis and the last.
        let mask = nonzero(to, site.natural(present));
        let axes = to.list(1..keys);
        let ones = std::iter::repeat_n(Size::Fixed(1), keys - 1);
        let spread = mask.shape[..1].iter().copied().chain(ones).chain([mask.shape[1]]).collect();
        conditions.push(to.node("Unsqueeze", &[&mask.name, &axes.name], Vec::new(), spread));
    }
    Ok(conditions.into_iter().reduce(|a, b| condition(to, "And", &a, &b)))
}
