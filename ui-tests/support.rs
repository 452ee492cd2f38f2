// Signatures that the session does not have yet, so that the messages of their rules are tested already.
use std::marker::PhantomData;

use session::shapes::{
    Attention, AttentionMask, AxisOf, BatchNorm, BatchStatistics, Conv2dGrouped, ConvGrouped, ConvTranspose,
    ConvTranspose2d, GroupNorm, KeyPaddingMask, LayerNorm, LeadingAxes, Pad, RmsNorm, ScatterAdd, Squeeze, Stack,
    StaticIndex, Unsqueeze,
};

pub struct Mask<N>(PhantomData<N>);

impl<N> Mask<N> {
    pub fn causal() -> Self {
        Self(PhantomData)
    }
}

fn planned<S>() -> TensorRef<S> {
    unreachable!("cases are checked, never run")
}

#[allow(clippy::too_many_arguments)]
pub trait Planned {
    fn at<X, I: StaticIndex<X, Output = Y>, Y>(&self, _: TensorRef<X>, _: I) -> TensorRef<Y> {
        planned()
    }
    fn softmax_axis<X, K: AxisOf<X>>(&self, _: TensorRef<X>, _: K) -> TensorRef<X> {
        planned()
    }
    fn squeeze<X, K: Squeeze<X, Output = Y>, Y>(&self, _: TensorRef<X>, _: K) -> TensorRef<Y> {
        planned()
    }
    fn unsqueeze<X, K: Unsqueeze<X, Output = Y>, Y>(&self, _: TensorRef<X>, _: K) -> TensorRef<Y> {
        planned()
    }
    fn pad<X, K, P: Pad<X, K, Output = Y>, Y>(&self, _: TensorRef<X>, _: K, _: P) -> TensorRef<Y> {
        planned()
    }
    fn stack<X, const N: usize, Y>(&self, _: [TensorRef<X>; N]) -> TensorRef<Y>
    where
        session::shapes::Dim<N>: Stack<X, Output = Y>,
    {
        planned()
    }
    fn global_avg_pool<X, K: LeadingAxes<X, Output = Y>, Y>(&self, _: TensorRef<X>, _: K) -> TensorRef<Y> {
        planned()
    }
    fn layer_norm<X, G, B: LayerNorm<X, G>>(&self, _: TensorRef<X>, _: TensorRef<G>, _: TensorRef<B>) -> TensorRef<X> {
        planned()
    }
    fn rms_norm<X, G: RmsNorm<X>>(&self, _: TensorRef<X>, _: TensorRef<G>) -> TensorRef<X> {
        planned()
    }
    fn batch_norm<X, G, B: BatchNorm<X, G>>(&self, _: TensorRef<X>, _: TensorRef<G>, _: TensorRef<B>) -> TensorRef<X> {
        planned()
    }
    fn batch_norm_train<X, G, B, M, V: BatchStatistics<X, G, B, M>>(
        &self,
        _: TensorRef<X>,
        _: TensorRef<G>,
        _: TensorRef<B>,
        _: TensorRef<M>,
        _: TensorRef<V>,
        _: f64,
    ) -> TensorRef<X> {
        planned()
    }
    fn batch_norm_eval<X, G, B, M, V: BatchStatistics<X, G, B, M>>(
        &self,
        _: TensorRef<X>,
        _: TensorRef<G>,
        _: TensorRef<B>,
        _: TensorRef<M>,
        _: TensorRef<V>,
    ) -> TensorRef<X> {
        planned()
    }
    fn group_norm<X, C, G, B: GroupNorm<X, G, C>>(
        &self,
        _: TensorRef<X>,
        _: C,
        _: TensorRef<G>,
        _: TensorRef<B>,
    ) -> TensorRef<X> {
        planned()
    }
    fn conv_grouped<W, B, X, S, P, D, G: ConvGrouped<W, B, X, S, P, D, Output = Y>, Y>(
        &self,
        _: TensorRef<W>,
        _: TensorRef<B>,
        _: TensorRef<X>,
        _: S,
        _: P,
        _: D,
        _: G,
    ) -> TensorRef<Y> {
        planned()
    }
    fn conv2d_grouped<W, B, X, S, P, D, G: Conv2dGrouped<W, B, X, S, P, D, Output = Y>, Y>(
        &self,
        _: TensorRef<W>,
        _: TensorRef<B>,
        _: TensorRef<X>,
        _: S,
        _: P,
        _: D,
        _: G,
    ) -> TensorRef<Y> {
        planned()
    }
    fn scatter_add<X, V, I: ScatterAdd<X, V>>(&self, _: TensorRef<X>, _: TensorRef<V>, _: I) -> TensorRef<X> {
        planned()
    }
    fn conv_transpose2d<W, B, X, S, P: ConvTranspose2d<W, B, X, S, Output = Y>, Y>(
        &self,
        _: TensorRef<W>,
        _: TensorRef<B>,
        _: TensorRef<X>,
        _: S,
        _: P,
    ) -> TensorRef<Y> {
        planned()
    }
    fn conv_transpose<W, B, X, S, P: ConvTranspose<W, B, X, S, Output = Y>, Y>(
        &self,
        _: TensorRef<W>,
        _: TensorRef<B>,
        _: TensorRef<X>,
        _: S,
        _: P,
    ) -> TensorRef<Y> {
        planned()
    }
    fn multi_head_attention<Q, K, V, O, X, H: Attention<Q, K, V, O, X, Output = Y>, N, Y: AttentionMask<N>>(
        &self,
        _: TensorRef<Q>,
        _: TensorRef<K>,
        _: TensorRef<V>,
        _: TensorRef<O>,
        _: TensorRef<X>,
        _: H,
        _: Option<Mask<N>>,
    ) -> TensorRef<Y> {
        planned()
    }
    fn multi_head_attention_padded<
        Q,
        K,
        V,
        O,
        X,
        H: Attention<Q, K, V, O, X, Output = Y>,
        N,
        P: KeyPaddingMask<Y>,
        Y: AttentionMask<N>,
    >(
        &self,
        _: TensorRef<Q>,
        _: TensorRef<K>,
        _: TensorRef<V>,
        _: TensorRef<O>,
        _: TensorRef<X>,
        _: H,
        _: Option<Mask<N>>,
        _: NatTensorRef<P>,
    ) -> TensorRef<Y> {
        planned()
    }
}

impl Planned for Session {}
