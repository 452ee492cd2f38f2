// Stands in for `use session::prelude::*;`: the signatures of the session's methods.
#[allow(unused_imports)]
use session::{
    Axis, Depth, Digits, Dim, Dimension, Heads, Index, Kernel, Natural, Padding, Slice, Stride, dim, dims, shape,
    shapes::*,
};

pub struct TensorRef<S>(std::marker::PhantomData<S>);
pub struct NatTensorRef<S>(std::marker::PhantomData<S>);
pub struct Session;

impl<S> Clone for TensorRef<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for TensorRef<S> {}

fn leaf<S>() -> TensorRef<S> {
    TensorRef(std::marker::PhantomData)
}

type R<S> = TensorRef<S>;

#[allow(dead_code, unused_variables)]
impl Session {
    pub fn relu<X>(&self, x: R<X>) -> R<X> {
        x
    }
    pub fn matmul<A, B: MatMul<A, Output = Y>, Y>(&self, a: R<A>, b: R<B>) -> R<Y> {
        leaf()
    }
    pub fn bmm<A, B: BatchMatMul<A, Output = Y>, Y>(&self, a: R<A>, b: R<B>) -> R<Y> {
        leaf()
    }
    pub fn linear<W, B, X: Linear<W, B, Output = Y>, Y>(&self, w: R<W>, b: R<B>, x: R<X>) -> R<Y> {
        leaf()
    }
    pub fn concat<A, B: Concat<A, Output = Y>, Y>(&self, a: R<A>, b: R<B>) -> R<Y> {
        leaf()
    }
    pub fn concat_axis<A, B, K: ConcatAxis<A, B, Output = Y>, Y>(&self, a: R<A>, b: R<B>, axis: K) -> R<Y> {
        leaf()
    }
    pub fn slice<X, I: SliceFirst<X, Output = Y>, Y>(&self, x: R<X>, range: I) -> R<Y> {
        leaf()
    }
    pub fn slice_axis<X, K, I: SliceAxis<X, K, Output = Y>, Y>(&self, x: R<X>, axis: K, range: I) -> R<Y> {
        leaf()
    }
    pub fn reshape<X, Y: Reshape<X>>(&self, x: R<X>, target: Y) -> R<Y> {
        leaf()
    }
    pub fn reshape_as<X, Y: Reshape<X>>(&self, x: R<X>) -> R<Y> {
        leaf()
    }
    pub fn flatten<X: Flatten<Output = Y>, Y>(&self, x: R<X>) -> R<Y> {
        leaf()
    }
    pub fn flatten_from<X, K: FlattenFrom<X, Output = Y>, Y>(&self, x: R<X>, axis: K) -> R<Y> {
        leaf()
    }
    pub fn unflatten<X, K, D: Unflatten<X, K, Output = Y>, Y>(&self, x: R<X>, axis: K, dims: D) -> R<Y> {
        leaf()
    }
    pub fn rename<X, Y: Rename<X>>(&self, x: R<X>, target: Y) -> R<Y> {
        leaf()
    }
    pub fn broadcast<X, Y: Broadcast<X, M>, M>(&self, x: R<X>) -> R<Y> {
        leaf()
    }
    pub fn broadcast_to<X, Y: Broadcast<X, M>, M>(&self, x: R<X>, target: Y) -> R<Y> {
        leaf()
    }
    pub fn expand_leading<X, Y: ExpandLeading<X>>(&self, x: R<X>) -> R<Y> {
        leaf()
    }
    pub fn expand_trailing<X, Y: ExpandTrailing<X>>(&self, x: R<X>) -> R<Y> {
        leaf()
    }
    pub fn broadcast_add<A, B: BroadcastWith<A, Output = Y>, Y>(&self, a: R<A>, b: R<B>) -> R<Y> {
        leaf()
    }
    pub fn add<X>(&self, a: R<X>, b: R<X>) -> R<X> {
        leaf()
    }
    pub fn sum_axis<X, K: ReduceAxis<X, Output = Y>, Y>(&self, x: R<X>, axis: K) -> R<Y> {
        leaf()
    }
    pub fn softmax_axis<X, K: AxisOf<X>>(&self, x: R<X>, axis: K) -> R<X> {
        leaf()
    }
    pub fn transpose<X: Transpose<Output = Y>, Y>(&self, x: R<X>) -> R<Y> {
        leaf()
    }
    pub fn swap_last_two<X: SwapLastTwo<Output = Y>, Y>(&self, x: R<X>) -> R<Y> {
        leaf()
    }
    pub fn move_first_to_last<X: MoveFirstToLast<Output = Y>, Y>(&self, x: R<X>) -> R<Y> {
        leaf()
    }
    pub fn move_last_to_first<X: MoveLastToFirst<Output = Y>, Y>(&self, x: R<X>) -> R<Y> {
        leaf()
    }
    pub fn swap_adjacent<X, D: SwapAdjacent<X, Output = Y>, Y>(&self, x: R<X>, depth: D) -> R<Y> {
        leaf()
    }
    pub fn permute<X, P: Permute<X, Output = Y>, Y>(&self, x: R<X>, axes: P) -> R<Y> {
        leaf()
    }
    pub fn at<X, I: StaticIndex<X, Output = Y>, Y>(&self, x: R<X>, index: I) -> R<Y> {
        leaf()
    }
    pub fn gather_rows_ref<X, I: GatherRows<X, Output = Y>, Y>(&self, x: R<X>, i: NatTensorRef<I>) -> R<Y> {
        leaf()
    }
    pub fn cross_entropy<X, L: Labels<X>>(&self, logits: R<X>, labels: NatTensorRef<L>) -> R<()> {
        leaf()
    }
    pub fn max_pool2d<X, K, S: Pool2d<X, K, Output = Y>, Y>(&self, x: R<X>, kernel: K, stride: S) -> R<Y> {
        leaf()
    }
    pub fn max_pool<X, K, S, P: Pool<X, K, S, Output = Y>, Y>(
        &self,
        x: R<X>,
        kernel: K,
        stride: S,
        padding: P,
    ) -> R<Y> {
        leaf()
    }
    pub fn conv2d<W, B, X, S, P: Conv2d<W, B, X, S, Output = Y>, Y>(
        &self,
        w: R<W>,
        b: R<B>,
        x: R<X>,
        stride: S,
        padding: P,
    ) -> R<Y> {
        leaf()
    }
    pub fn conv<W, B, X, S, P: Conv<W, B, X, S, Output = Y>, Y>(
        &self,
        w: R<W>,
        b: R<B>,
        x: R<X>,
        stride: S,
        padding: P,
    ) -> R<Y> {
        leaf()
    }
    pub fn conv_transpose2d<W, B, X, S, P: ConvTranspose2d<W, B, X, S, Output = Y>, Y>(
        &self,
        w: R<W>,
        b: R<B>,
        x: R<X>,
        stride: S,
        padding: P,
    ) -> R<Y> {
        leaf()
    }
    pub fn conv_transpose<W, B, X, S, P: ConvTranspose<W, B, X, S, Output = Y>, Y>(
        &self,
        w: R<W>,
        b: R<B>,
        x: R<X>,
        stride: S,
        padding: P,
    ) -> R<Y> {
        leaf()
    }
    pub fn multi_head_attention<Q, K, V, O, X, H: Attention<Q, K, V, O, X, Output = Y>, Y>(
        &self,
        wq: R<Q>,
        wk: R<K>,
        wv: R<V>,
        wo: R<O>,
        x: R<X>,
        heads: H,
    ) -> R<Y> {
        leaf()
    }
}
