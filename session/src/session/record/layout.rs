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
        Y: Shape + Reshape<X>,
    {
        self.push(op::Reshape { to: DynShape::of::<Y>() }, &[x.raw()])
    }

    /// [`reshape`](Self::reshape) to the shape that the context asks for.
    #[track_caller]
    pub fn reshape_as<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        Y: Shape + Reshape<X>,
    {
        self.push(op::Reshape { to: DynShape::of::<Y>() }, &[x.raw()])
    }

    /// All elements along one axis (`torch.flatten`).
    #[track_caller]
    pub fn flatten<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: Flatten<Output = Y>,
    {
        let to = DynShape::new(&[self.shape(x.raw()).elements()]);
        self.push(op::Reshape { to }, &[x.raw()])
    }

    /// Joins an axis and all later ones into one (`torch.flatten` with `start_dim`).
    #[track_caller]
    pub fn flatten_from<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: FlattenFrom<X, Output = Y>,
    {
        let shape = self.shape(x.raw());
        let (leading, rest) = shape.split_at(K::AXIS);
        let to = leading.iter().copied().chain([rest.iter().product()]).collect();
        self.push(op::Reshape { to }, &[x.raw()])
    }

    /// Splits an axis into several (`torch.unflatten`).
    #[track_caller]
    pub fn unflatten<X, K, D, Y>(&self, x: TensorRef<X>, _axis: K, _dims: D) -> TensorRef<Y>
    where
        D: Shape + Unflatten<X, K, Output = Y>,
    {
        let shape = self.shape(x.raw());
        let (leading, rest) = shape.split_at(D::AXIS);
        let to = leading.iter().chain(D::DIMS).chain(&rest[1..]).copied().collect();
        self.push(op::Reshape { to }, &[x.raw()])
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
        let to = DynShape::of::<Y>();
        let rank = self.shape(x.raw()).len();
        let column = to.iter().enumerate().map(|(axis, &size)| if axis < rank { size } else { 1 }).collect();
        let column: TensorRef<Y> = self.push(op::Reshape { to: column }, &[x.raw()]);
        self.push(op::Broadcast { to }, &[column.raw()])
    }

    /// Swaps the axes of a matrix (`torch.t`).
    #[track_caller]
    pub fn transpose<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: Transpose<Output = Y>,
    {
        self.permuted(x, &[1, 0])
    }

    /// `[A, B, C]` to `[A, C, B]` (`torch.transpose(-2, -1)`).
    #[track_caller]
    pub fn swap_last_two<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: SwapLastTwo<Output = Y>,
    {
        self.permuted(x, &[0, 2, 1])
    }

    /// `[A, B, C]` to `[B, C, A]` (`torch.movedim(0, -1)`).
    #[track_caller]
    pub fn move_first_to_last<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: MoveFirstToLast<Output = Y>,
    {
        self.permuted(x, &[1, 2, 0])
    }

    /// `[A, B, C]` to `[C, A, B]` (`torch.movedim(-1, 0)`).
    #[track_caller]
    pub fn move_last_to_first<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: MoveLastToFirst<Output = Y>,
    {
        self.permuted(x, &[2, 0, 1])
    }

    /// Swaps the axes D and D + 1 (`torch.transpose`).
    #[track_caller]
    pub fn swap_adjacent<X, D, Y>(&self, x: TensorRef<X>, _depth: D) -> TensorRef<Y>
    where
        D: SwapAdjacent<X, Output = Y>,
    {
        let mut axes: Vec<usize> = (0..self.shape(x.raw()).len()).collect();
        axes.swap(D::DEPTH, D::DEPTH + 1);
        self.permuted(x, &axes)
    }

    /// Axis i of the result is axis `axes[i]` of `x` (`torch.permute`).
    #[track_caller]
    pub fn permute<X, P, Y>(&self, x: TensorRef<X>, _axes: P) -> TensorRef<Y>
    where
        P: Permute<X, Output = Y>,
    {
        self.permuted(x, P::AXES)
    }

    #[track_caller]
    fn permuted<X, Y>(&self, x: TensorRef<X>, axes: &[usize]) -> TensorRef<Y> {
        self.push(op::Permute { axes: PerAxis::new(axes) }, &[x.raw()])
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
        let to = self.shape(x.raw()).without(|axis| axis == K::AXIS);
        self.push(op::Reshape { to }, &[x.raw()])
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
