// Signatures that the session does not have yet, so that the messages of their rules are tested already.
use session::shapes::{Attention, AxisOf, ConvTranspose, ConvTranspose2d, StaticIndex};

#[allow(clippy::too_many_arguments)]
pub trait Planned {
    fn at<X, I: StaticIndex<X, Output = Y>, Y>(&self, _: TensorRef<X>, _: I) -> TensorRef<Y> {
        unreachable!("cases are checked, never run")
    }
    fn softmax_axis<X, K: AxisOf<X>>(&self, _: TensorRef<X>, _: K) -> TensorRef<X> {
        unreachable!("cases are checked, never run")
    }
    fn conv_transpose2d<W, B, X, S, P: ConvTranspose2d<W, B, X, S, Output = Y>, Y>(
        &self,
        _: TensorRef<W>,
        _: TensorRef<B>,
        _: TensorRef<X>,
        _: S,
        _: P,
    ) -> TensorRef<Y> {
        unreachable!("cases are checked, never run")
    }
    fn conv_transpose<W, B, X, S, P: ConvTranspose<W, B, X, S, Output = Y>, Y>(
        &self,
        _: TensorRef<W>,
        _: TensorRef<B>,
        _: TensorRef<X>,
        _: S,
        _: P,
    ) -> TensorRef<Y> {
        unreachable!("cases are checked, never run")
    }
    fn multi_head_attention<Q, K, V, O, X, H: Attention<Q, K, V, O, X, Output = Y>, Y>(
        &self,
        _: TensorRef<Q>,
        _: TensorRef<K>,
        _: TensorRef<V>,
        _: TensorRef<O>,
        _: TensorRef<X>,
        _: H,
    ) -> TensorRef<Y> {
        unreachable!("cases are checked, never run")
    }
}

impl Planned for Session {}
