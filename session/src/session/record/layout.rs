//! Operations that move elements.

use shapes::Shape;

use super::super::{Session, TensorRef};
use crate::ir::{DynShape, PerAxis, op};
use crate::scalar::Float;
use crate::shapes::{
    Broadcast, Concat, ConcatAxis, Dim, ExpandLeading, ExpandTrailing, Flatten, FlattenFrom, MoveFirstToLast,
    MoveLastToFirst, Pad, Permute, Rename, Reshape, SliceAxis, SliceFirst, Squeeze, Stack, SwapAdjacent, SwapLastTwo,
    Transpose, Unflatten, Unsqueeze,
};

/// Operations that move elements, in row-major order.
impl<T: Float> Session<T> {
    /// The same elements under another shape (`torch.reshape`).
    #[track_caller]
    pub fn reshape<X, Y>(&self, x: TensorRef<X>, _to: Y) -> TensorRef<Y>
    where
        Y: Reshape<X>,
    {
        self.push(op::Reshape { to: DynShape::of::<Y>() }, &[x.raw()])
    }

    /// [`reshape`](Self::reshape) to the shape that the context asks for.
    #[track_caller]
    pub fn reshape_as<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        Y: Reshape<X>,
    {
        self.push(op::Reshape { to: DynShape::of::<Y>() }, &[x.raw()])
    }

    /// All elements along one axis (`torch.flatten`).
    #[track_caller]
    pub fn flatten<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: Flatten<Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.flatten(x))
    }

    /// Joins an axis and all later ones into one (`torch.flatten` with `start_dim`).
    #[track_caller]
    pub fn flatten_from<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: FlattenFrom<X, Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.flatten_from(x, K::AXIS))
    }

    /// Splits an axis into several (`torch.unflatten`).
    #[track_caller]
    pub fn unflatten<X, K, D, Y>(&self, x: TensorRef<X>, _axis: K, _dims: D) -> TensorRef<Y>
    where
        D: Unflatten<X, K, Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.unflatten(x, D::AXIS, D::DIMS))
    }

    /// The same value with other names for its dimensions. Records nothing.
    #[track_caller]
    pub fn rename<X, Y>(&self, x: TensorRef<X>, _to: Y) -> TensorRef<Y>
    where
        Y: Rename<X>,
    {
        self.shape(x.raw());
        TensorRef::new(x.raw())
    }

    /// Repeats to the shape that the context asks for: aligned at the last axis, each axis is equal or 1,
    /// missing leading axes are added (`torch.broadcast_to`).
    #[track_caller]
    pub fn broadcast<X, Y, M>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        Y: Shape + Broadcast<X, M>,
    {
        self.push(op::Broadcast { to: DynShape::of::<Y>() }, &[x.raw()])
    }

    /// [`broadcast`](Self::broadcast) to a shape that is said here.
    #[track_caller]
    pub fn broadcast_to<X, Y, M>(&self, x: TensorRef<X>, _to: Y) -> TensorRef<Y>
    where
        Y: Shape + Broadcast<X, M>,
    {
        self.push(op::Broadcast { to: DynShape::of::<Y>() }, &[x.raw()])
    }

    /// Repeats along new leading axes (`torch.expand`).
    #[track_caller]
    pub fn expand_leading<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        Y: Shape + ExpandLeading<X>,
    {
        self.push(op::Broadcast { to: DynShape::of::<Y>() }, &[x.raw()])
    }

    /// Repeats along new trailing axes: a reshape that appends axes of size 1, and a broadcast.
    #[track_caller]
    pub fn expand_trailing<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        Y: Shape + ExpandTrailing<X>,
    {
        self.compose([x.raw()], |g, [x]| g.expand_trailing(x, Y::DIMS))
    }

    /// Swaps the axes of a matrix (`torch.t`).
    #[track_caller]
    pub fn transpose<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: Transpose<Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.transpose(x))
    }

    /// `[A, B, C]` to `[A, C, B]` (`torch.transpose(-2, -1)`).
    #[track_caller]
    pub fn swap_last_two<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: SwapLastTwo<Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.swap_last_two(x))
    }

    /// `[A, B, C]` to `[B, C, A]` (`torch.movedim(0, -1)`).
    #[track_caller]
    pub fn move_first_to_last<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: MoveFirstToLast<Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.move_first_to_last(x))
    }

    /// `[A, B, C]` to `[C, A, B]` (`torch.movedim(-1, 0)`).
    #[track_caller]
    pub fn move_last_to_first<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: MoveLastToFirst<Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.move_last_to_first(x))
    }

    /// Swaps the axes D and D + 1 (`torch.transpose`).
    #[track_caller]
    pub fn swap_adjacent<X, D, Y>(&self, x: TensorRef<X>, _depth: D) -> TensorRef<Y>
    where
        D: SwapAdjacent<X, Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.swap_adjacent(x, D::DEPTH))
    }

    /// Axis i of the result is axis `axes[i]` of `x` (`torch.permute`).
    #[track_caller]
    pub fn permute<X, P, Y>(&self, x: TensorRef<X>, _axes: P) -> TensorRef<Y>
    where
        P: Permute<X, Output = Y>,
    {
        self.push(op::Permute { axes: PerAxis::new(P::AXES) }, &[x.raw()])
    }

    /// Joins two tensors along axis 0 (`torch.cat`).
    #[track_caller]
    pub fn concat<A, B, C>(&self, a: TensorRef<A>, b: TensorRef<B>) -> TensorRef<C>
    where
        B: Concat<A, Output = C>,
    {
        self.push(op::Concat { axis: 0 }, &[a.raw(), b.raw()])
    }

    /// Joins two tensors along an axis (`torch.cat` with `dim`).
    #[track_caller]
    pub fn concat_axis<A, B, K, C>(&self, a: TensorRef<A>, b: TensorRef<B>, _axis: K) -> TensorRef<C>
    where
        K: ConcatAxis<A, B, Output = C>,
    {
        self.push(op::Concat { axis: K::AXIS }, &[a.raw(), b.raw()])
    }

    /// Positions of axis 0: `s.slice(x, Slice::<1, 4>)` is `x[1:4]`.
    #[track_caller]
    pub fn slice<X, R, Y>(&self, x: TensorRef<X>, _range: R) -> TensorRef<Y>
    where
        R: SliceFirst<X, Output = Y>,
    {
        self.push(op::Slice { axis: 0, start: R::START, end: R::END }, &[x.raw()])
    }

    /// Positions of an axis (`torch.narrow`).
    #[track_caller]
    pub fn slice_axis<X, K, R, Y>(&self, x: TensorRef<X>, _axis: K, _range: R) -> TensorRef<Y>
    where
        R: SliceAxis<X, K, Output = Y>,
    {
        self.push(op::Slice { axis: R::AXIS, start: R::START, end: R::END }, &[x.raw()])
    }

    /// An axis of size 1 removed (`torch.squeeze`).
    #[track_caller]
    pub fn squeeze<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: Squeeze<X, Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.squeeze(x, K::AXIS))
    }

    /// An axis of size 1 inserted before an axis, or behind the last (`torch.unsqueeze`).
    #[track_caller]
    pub fn unsqueeze<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: Unsqueeze<X, Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.unsqueeze(x, K::AXIS))
    }

    /// Zeros before and after, along an axis: `s.pad(x, Axis::<1>, dims![2, 3])` puts 2 before and 3 after
    /// (`torch.nn.functional.pad`).
    #[track_caller]
    pub fn pad<X, K, P, Y>(&self, x: TensorRef<X>, _axis: K, _before_after: P) -> TensorRef<Y>
    where
        P: Pad<X, K, Output = Y>,
    {
        self.push(op::Pad { axis: P::AXIS, before: P::BEFORE, after: P::AFTER }, &[x.raw()])
    }

    /// Tensors of one shape along a new axis 0: `s.stack([a, b, c])` (`torch.stack`).
    #[track_caller]
    pub fn stack<X, const N: usize, Y>(&self, parts: [TensorRef<X>; N]) -> TensorRef<Y>
    where
        Dim<N>: Stack<X, Output = Y>,
    {
        self.compose(parts.map(TensorRef::raw), |g, parts| g.stack(&parts))
    }
}
