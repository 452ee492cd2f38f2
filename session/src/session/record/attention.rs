//! Attention and its mask.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use shapes::Dimension;

use super::super::{NatTensorRef, Session, State, TensorRef};
use crate::ir::{DynShape, NatId};
use crate::reference::Raw;
use crate::scalar::Float;
use crate::shapes::{Attention, AttentionMask, KeyPaddingMask};

/// Which of N keys each of N queries may attend to; the same for all samples and heads.
///
/// ```
/// use session::prelude::*;
///
/// let causal = Mask::<Dim<4>>::causal();
/// assert!(causal.allows(2, 2) && !causal.allows(2, 3));
/// let near = Mask::<Dim<4>>::from_fn(|query, key| query.abs_diff(key) < 2);
/// assert!(near.allows(2, 3) && !near.and(causal).allows(2, 3));
/// ```
pub struct Mask<N> {
    causal: bool,
    /// Queries by keys; all are allowed without it.
    allowed: Option<Arc<[usize]>>,
    positions: PhantomData<fn() -> N>,
}

impl<N> Mask<N> {
    /// No query attends to a later key. Symbolic: it costs no memory, and belongs to the graph.
    pub fn causal() -> Self
    where
        N: Dimension,
    {
        Self { causal: true, allowed: None, positions: PhantomData }
    }

    /// A query attends to a key where this is true (a boolean `attn_mask` of
    /// `torch.nn.functional.scaled_dot_product_attention`). The numbers are an input of a run: another mask finds the
    /// same tape.
    pub fn from_fn(mut allows: impl FnMut(usize, usize) -> bool) -> Self
    where
        N: Dimension,
    {
        let allowed = (0..N::SIZE * N::SIZE).map(|index| usize::from(allows(index / N::SIZE, index % N::SIZE)));
        Self { causal: false, allowed: Some(allowed.collect()), positions: PhantomData }
    }

    /// What both masks allow.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let allowed = match (self.allowed, other.allowed) {
            (Some(a), Some(b)) => Some(a.iter().zip(&*b).map(|(a, b)| a & b).collect()),
            (a, b) => a.or(b),
        };
        Self { causal: self.causal || other.causal, allowed, positions: PhantomData }
    }

    /// Whether a query may attend to a key.
    ///
    /// # Panics
    /// If there is no such query or key.
    #[track_caller]
    pub fn allows(&self, query: usize, key: usize) -> bool
    where
        N: Dimension,
    {
        assert!(query < N::SIZE && key < N::SIZE, "query {query} and key {key} of {} positions", N::SIZE);
        !(self.causal && key > query) && self.allowed.as_ref().is_none_or(|allowed| allowed[query * N::SIZE + key] != 0)
    }
}

impl<N> Clone for Mask<N> {
    fn clone(&self) -> Self {
        Self { causal: self.causal, allowed: self.allowed.clone(), positions: PhantomData }
    }
}

impl<N> fmt::Debug for Mask<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mask").field("causal", &self.causal).field("allowed", &self.allowed).finish()
    }
}

impl<T: Float> Session<T> {
    /// Attention of positions to positions in several heads, without biases and dropout
    /// (`torch.nn.functional.scaled_dot_product_attention` between projections).
    ///
    /// Shapes: `wq`, `wk`, `wv` `[D, W]`, `wo` `[W, D]`, `x` `[N, D]` or `[B, N, D]`; the heads divide W, which need not
    /// be D. Head h owns the columns `h · d .. (h + 1) · d` with d = W / heads (in early TorchLean the layout was another);
    /// scores are scaled by `1 / √d`. A query to which the mask allows nothing gives zeros and no gradient, where PyTorch
    /// gives NaN.
    ///
    /// ```
    /// use session::prelude::*;
    ///
    /// let s = Session::<f32>::new(Options::default());
    /// let w = s.input(Tensor::<f32, shape![6, 8]>::randn(s.rng()))?;
    /// let wo = s.input(Tensor::<f32, shape![8, 6]>::randn(s.rng()))?;
    /// let x = s.input(Tensor::<f32, shape![2, 5, 6]>::randn(s.rng()))?;
    /// let y: TensorRef<shape![2, 5, 6]> = s.multi_head_attention(w, w, w, wo, x, Heads::<4>, Some(Mask::causal()));
    /// # Ok::<(), session::Error>(())
    /// ```
    #[allow(clippy::too_many_arguments)]
    #[track_caller]
    pub fn multi_head_attention<Q, K, V, O, X, H, N, Y>(
        &self,
        wq: TensorRef<Q>,
        wk: TensorRef<K>,
        wv: TensorRef<V>,
        wo: TensorRef<O>,
        x: TensorRef<X>,
        _heads: H,
        mask: Option<Mask<N>>,
    ) -> TensorRef<Y>
    where
        H: Attention<Q, K, V, O, X, Output = Y>,
        Y: AttentionMask<N>,
    {
        self.attention([wq.raw(), wk.raw(), wv.raw(), wo.raw(), x.raw()], H::HEADS, mask, None)
    }

    /// [`multi_head_attention`](Self::multi_head_attention) of samples that are shorter than N: `present` is `[B, N]`, 0 where
    /// a sample has no such position, which nothing attends to then, and else another number. The mask counts beside it.
    #[allow(clippy::too_many_arguments)]
    #[track_caller]
    pub fn multi_head_attention_padded<Q, K, V, O, X, H, N, P, Y>(
        &self,
        wq: TensorRef<Q>,
        wk: TensorRef<K>,
        wv: TensorRef<V>,
        wo: TensorRef<O>,
        x: TensorRef<X>,
        _heads: H,
        mask: Option<Mask<N>>,
        present: NatTensorRef<P>,
    ) -> TensorRef<Y>
    where
        H: Attention<Q, K, V, O, X, Output = Y>,
        P: KeyPaddingMask<Y>,
        Y: AttentionMask<N>,
    {
        let present = self.natural(present.raw());
        self.attention([wq.raw(), wk.raw(), wv.raw(), wo.raw(), x.raw()], H::HEADS, mask, Some(present))
    }

    #[track_caller]
    fn attention<N, Y>(
        &self,
        operands: [Raw; 5],
        heads: usize,
        mask: Option<Mask<N>>,
        present: Option<NatId>,
    ) -> TensorRef<Y> {
        let (causal, allowed) = mask.map_or((false, None), |mask| (mask.causal, mask.allowed));
        for &operand in &operands {
            self.shape(operand);
        }
        let mask = allowed.map(|allowed| self.state.borrow_mut().mask(allowed));
        self.compose(operands, |g, [wq, wk, wv, wo, x]| {
            g.multi_head_attention(wq, wk, wv, wo, x, heads, causal, mask, present)
        })
    }
}

impl<T: Float> State<T> {
    /// The natural-number input of a mask, made when it is used first.
    fn mask(&mut self, allowed: Arc<[usize]>) -> NatId {
        if let Some((_, natural)) = self.masks.iter().find(|(known, _)| Arc::ptr_eq(known, &allowed)) {
            return *natural;
        }
        let positions = allowed.len().isqrt();
        let natural = self.add_natural(DynShape::new(&[positions; 2]), &allowed);
        self.masks.push((allowed, natural));
        natural
    }
}
