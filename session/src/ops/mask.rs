//! Which keys a query may attend to.
//!
//! The operand is `[.., Q, K]`, queries by keys. Three conditions can be asked for, and all that are must
//! hold: `causal`, the key is not later than the query; `shared`, a natural-number input `[Q, K]`; `present`,
//! a natural-number input `[first axis, K]` with one line a sample. A number that is not 0 allows.

use super::index::natural;
use super::reduce;
use super::softmax::Exponentials;
use super::{Emit, Flops, Operation, Site, View, one};
use crate::ir::op::{KeepAllowed, MaskedSoftmax};
use crate::ir::{DynShape, Id, NatId};
use crate::scalar::Scalar;

/// The conditions, by numbers: the attributes of an operation read with the natural-number inputs.
#[derive(Clone, Copy)]
pub(crate) struct Allowed<'a> {
    causal: bool,
    shared: Option<&'a [usize]>,
    present: Option<&'a [usize]>,
    queries: usize,
    keys: usize,
    /// The lines of queries in one sample.
    lines: usize,
}

/// The conditions for one query.
#[derive(Clone, Copy)]
pub(crate) struct Keys<'a> {
    /// The keys before this one may be attended to.
    end: usize,
    shared: Option<&'a [usize]>,
    present: Option<&'a [usize]>,
}

impl<'a> Allowed<'a> {
    /// The conditions for the query of a line, counted over all leading axes.
    pub(crate) fn line(&self, line: usize) -> Keys<'a> {
        let (query, row) = (line % self.queries, |mask: &'a [usize], row: usize| &mask[row * self.keys..][..self.keys]);
        Keys {
            end: if self.causal { query + 1 } else { self.keys },
            shared: self.shared.map(|mask| row(mask, query)),
            present: self.present.map(|mask| row(mask, line / self.lines)),
        }
    }

    /// Calls `visit` with each line of `x`, its conditions, and its place in `out`.
    pub(crate) fn for_each<T, U>(&self, x: &[T], out: &mut [U], mut visit: impl FnMut(Keys<'a>, &[T], &mut [U])) {
        let lines = x.chunks_exact(self.keys.max(1)).zip(out.chunks_exact_mut(self.keys.max(1)));
        for (line, (x, out)) in lines.enumerate() {
            visit(self.line(line), x, out);
        }
    }
}

impl Keys<'_> {
    /// Whether the query may attend to a key.
    #[inline]
    pub(crate) fn allow(&self, key: usize) -> bool {
        key < self.end
            && self.shared.is_none_or(|mask| mask[key] != 0)
            && self.present.is_none_or(|mask| mask[key] != 0)
    }
}

macro_rules! masked {
    ($op:ident) => {
        impl $op {
            fn rule(&self, x: DynShape, naturals: &[DynShape]) -> Result<DynShape, String> {
                check(x, self.shared, self.present, naturals)
            }

            /// The conditions for an operand of this shape.
            pub(crate) fn allowed<'a>(&self, x: DynShape, naturals: &'a [Vec<usize>]) -> Allowed<'a> {
                let given = |natural: Option<NatId>| natural.map(|natural| naturals[natural.index()].as_slice());
                let [queries, keys] = [x[x.len() - 2], x[x.len() - 1]];
                let lines = x[1..x.len() - 1].iter().product::<usize>();
                let (shared, present) = (given(self.shared), given(self.present));
                Allowed { causal: self.causal, shared, present, queries, keys, lines }
            }
        }
    };
}

masked! { MaskedSoftmax }
masked! { KeepAllowed }

fn check(
    x: DynShape,
    shared: Option<NatId>,
    present: Option<NatId>,
    naturals: &[DynShape],
) -> Result<DynShape, String> {
    let rank = x.len();
    if rank < 2 {
        return Err("it takes queries by keys, [.., Q, K]".to_owned());
    }
    let expect = |what: &str, mask: Option<NatId>, expected: [usize; 2]| match mask {
        Some(mask) => match natural(naturals, mask)? {
            found if *found == expected => Ok(()),
            found => Err(format!("the {what} mask has shape {found}, which must be {}", DynShape::new(&expected))),
        },
        None => Ok(()),
    };
    expect("shared", shared, [x[rank - 2], x[rank - 1]])?;
    if present.is_some() && rank < 3 {
        return Err("a mask per sample needs a first axis of samples".to_owned());
    }
    expect("per-sample", present, [x[0], x[rank - 1]])?;
    Ok(x)
}

impl Operation for MaskedSoftmax {
    const FLOPS: Flops = Flops::SOFTMAX;

    fn shape(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String> {
        self.rule(one(operands), naturals)
    }

    /// The softmax of a line's allowed elements, the others counting as terms that are +0; a line with
    /// nothing allowed is zeros.
    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let lines = reduce::Line::along(x.shape, x.shape.len() - 1);
        self.allowed(x.shape, naturals).for_each(x.data, out, |keys, line, out| {
            let chosen: Vec<S> = (0..line.len()).filter(|&key| keys.allow(key)).map(|key| line[key]).collect();
            let mut chosen = Exponentials::of(lines, &chosen).exponentials.into_iter();
            for (key, out) in out.iter_mut().enumerate() {
                let exponential = if keys.allow(key) { chosen.next() } else { None };
                *out = exponential.unwrap_or(S::literal(0.0));
            }
            let sum = lines.sum(out);
            for (key, out) in out.iter_mut().enumerate() {
                if keys.allow(key) {
                    *out = *out / sum;
                }
            }
        });
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(self.derivative(emit, site.output, cotangent))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        one(tangents).map(|tangent| self.derivative(emit, site.output, tangent))
    }
}

impl MaskedSoftmax {
    /// y (d - Σ d y) over the allowed elements.
    fn derivative(&self, emit: &mut Emit<'_>, y: Id, d: Id) -> Id {
        let keep = KeepAllowed { causal: self.causal, shared: self.shared, present: self.present };
        let shape = emit.shape(y);
        let axes = DynShape::new(&[shape.len() - 1]);
        let d = emit.push(keep.clone(), &[d]);
        let product = emit.mul(d, y);
        let sum = emit.sum(product, axes);
        let sum = emit.expand(sum, &axes, shape);
        let difference = emit.sub(d, sum);
        let product = emit.mul(y, difference);
        emit.push(keep, &[product])
    }
}

impl Operation for KeepAllowed {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String> {
        self.rule(one(operands), naturals)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        self.allowed(x.shape, naturals).for_each(x.data, out, |keys, x, out| {
            for (key, (out, &x)) in out.iter_mut().zip(x).enumerate() {
                *out = if keys.allow(key) { x } else { S::literal(0.0) };
            }
        });
    }

    fn vjp(&self, emit: &mut Emit<'_>, _: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(emit.push(self.clone(), &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}
