//! Which keys a query may attend to.

use super::{Value, Writer};
use crate::ir::{DynShape, NatId};

/// What is asked for: all that is must hold.
pub(super) struct Conditions {
    pub(super) causal: bool,
    pub(super) shared: Option<NatId>,
    pub(super) present: Option<NatId>,
}

/// Where a query of `[.., Q, K]` may attend to a key.
pub(super) fn allowed(to: &mut Writer, asked: Conditions, shape: DynShape, naturals: &[Value]) -> Value {
    let (queries, keys) = (shape.len() - 2, shape.len() - 1);
    let mut conditions = Vec::new();
    if asked.causal {
        let plane = DynShape::new(&[shape[queries], shape[keys]]);
        let [query, key] = [0, 1].map(|axis| to.iota(axis, plane, to.index));
        let earlier = to.compare("GE", query, key);
        conditions.push(to.broadcast(earlier, &[queries, keys], shape));
    }
    let given = [(asked.shared, [queries, keys]), (asked.present, [0, keys])];
    for (natural, axes) in given {
        let Some(natural) = natural else { continue };
        let numbers = naturals[natural.index()];
        let zero = to.natural(0, numbers.shape, numbers.element);
        let nonzero = to.compare("NE", numbers, zero);
        conditions.push(to.broadcast(nonzero, &axes, shape));
    }
    let all = conditions.into_iter().reduce(|a, b| to.binary("and", a, b));
    all.unwrap_or_else(|| to.truth(shape))
}
