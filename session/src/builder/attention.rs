//! Attention.

use super::GraphBuilder;
use super::call::define;
use super::{countable, refuse};
use crate::Error;
use crate::ir::{DynShape, Id, NatId, op};
use crate::ops::Emit;

/// The sizes of an attention.
struct Sizes {
    batch: Option<usize>,
    positions: usize,
    heads: usize,
    /// The width of a head.
    depth: usize,
}

impl Sizes {
    /// `[B?, N, heads · depth]` to a stack `[B · heads, N, depth]`.
    fn split(&self, emit: &mut Emit<'_>, x: Id) -> Id {
        let leading = self.batch.into_iter();
        let split = leading.chain([self.positions, self.heads, self.depth]).collect();
        let split = emit.reshape(x, split);
        let swapped = self.swap(emit, split);
        emit.reshape(swapped, DynShape::new(&[self.stack(), self.positions, self.depth]))
    }

    /// The way back.
    fn join(&self, emit: &mut Emit<'_>, x: Id) -> Id {
        let stack = self.batch.into_iter().chain([self.heads, self.positions, self.depth]).collect();
        let stack = emit.reshape(x, stack);
        let swapped = self.swap(emit, stack);
        let joined = self.batch.into_iter().chain([self.positions, self.heads * self.depth]).collect();
        emit.reshape(swapped, joined)
    }

    /// Positions and heads swapped.
    fn swap(&self, emit: &mut Emit<'_>, x: Id) -> Id {
        let axes: &[usize] = if self.batch.is_some() { &[0, 2, 1, 3] } else { &[1, 0, 2] };
        emit.push(op::Permute { axes: DynShape::new(axes) }, &[x])
    }

    fn stack(&self) -> usize {
        self.batch.unwrap_or(1) * self.heads
    }
}

impl GraphBuilder {
    fn attention_sizes(&self, [wq, wk, wv, wo, x]: [Id; 5], heads: usize) -> Result<Sizes, Error> {
        let [wq, wk, wv, wo, x] = [self.shape(wq)?, self.shape(wk)?, self.shape(wv)?, self.shape(wo)?, self.shape(x)?];
        if !(2..=3).contains(&x.len()) || wq.len() != 2 {
            return Err(refuse("it takes projections [D, W] and an input [N, D] or [B, N, D]"));
        }
        let (positions, features, width) = (x[x.len() - 2], x[x.len() - 1], wq[1]);
        let expected = DynShape::new(&[features, width]);
        if [wq, wk, wv] != [expected; 3] || wo != DynShape::new(&[width, features]) {
            return Err(refuse(format!("wq, wk and wv must be {expected} and wo [{width}, {features}]")));
        }
        if heads == 0 || width % heads != 0 {
            return Err(refuse(format!("{heads} heads must divide the width {width}")));
        }
        let batch = (x.len() == 3).then(|| x[0]);
        // The largest shapes on the way: the scores and the projections.
        countable(DynShape::new(&[batch.unwrap_or(1), heads, positions, positions]))?;
        countable(DynShape::new(&[batch.unwrap_or(1), positions, width]))?;
        Ok(Sizes { batch, positions, heads, depth: width / heads })
    }

    fn attend(
        &mut self,
        [wq, wk, wv, wo, x]: [Id; 5],
        heads: usize,
        causal: bool,
        mask: Option<NatId>,
        present: Option<NatId>,
    ) -> Result<Id, Error> {
        let sizes = self.attention_sizes([wq, wk, wv, wo, x], heads)?;
        if present.is_some() && sizes.batch.is_none() {
            return Err(refuse("a mask per sample needs an input [B, N, D]"));
        }
        let emit = &mut self.emit();
        let [q, k, v] = [wq, wk, wv].map(|w| {
            let projected = emit.matmul(x, false, w, false);
            sizes.split(emit, projected)
        });
        let scores = emit.matmul(q, false, k, true);
        let scores = emit.scale(scores, 1.0 / (sizes.depth as f64).sqrt());
        let shape = emit.shape(scores);
        let weights = if causal || mask.is_some() || present.is_some() {
            let positions = sizes.positions;
            let by_sample = [sizes.batch.unwrap_or(1), sizes.heads, positions, positions];
            let by_sample = emit.reshape(scores, DynShape::new(&by_sample));
            let weights = self.push(op::MaskedSoftmax { causal, shared: mask, present }, &[by_sample])?;
            self.emit().reshape(weights, shape)
        } else {
            emit.push(op::Softmax { axis: shape.len() - 1 }, &[scores])
        };
        let emit = &mut self.emit();
        let values = emit.matmul(weights, false, v, false);
        let joined = sizes.join(emit, values);
        Ok(emit.matmul(joined, false, wo, false))
    }
}

define! {
    /// Attention of positions to positions in several heads, without biases: head h owns the columns
    /// `h · d .. (h + 1) · d` of the projections (≠ early TorchLean), scores are scaled by `1 / √d`.
    ///
    /// A mask tells which keys a query may attend to: `causal`, none later than itself; `mask`, natural numbers
    /// `[N, N]`; `present`, natural numbers `[B, N]` for each sample; not 0 allows, and all that are given must
    /// allow. (≠) A query with nothing allowed gives zeros and no gradient.
    "wq, wk, wv [D, W], wo [W, D], x [B?, N, D] -> [B?, N, D]" "nn.functional.scaled_dot_product_attention"
    multi_head_attention(wq, wk, wv, wo, x; heads: size, causal: flag, mask: natural, present: natural) g => {
        g.attend([wq, wk, wv, wo, x], heads, causal, mask, present)
    };
}
