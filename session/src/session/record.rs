//! The operations as methods: types are checked here, the rest is done by [`Session::push`].
//!
//! Each method takes refs by value and gives a ref. All panic at the caller's line if a ref belongs to
//! another recording.

use shapes::Shape;

use super::{NatTensorRef, Session, TensorRef};
use crate::ir::op;
use crate::ir::{DynShape, PerAxis};
use crate::scalar::Float;
use crate::shapes::{
    BatchMatMul, Broadcast, BroadcastWith, Concat, ConcatAxis, Conv, Conv2d, ExpandLeading, ExpandTrailing, Flatten,
    FlattenFrom, GatherRows, Labels, Linear, MatMul, MoveFirstToLast, MoveLastToFirst, Permute, Pool, Pool2d,
    ReduceAxis, Rename, Reshape, SliceAxis, SliceFirst, SwapAdjacent, SwapLastTwo, Transpose, Unflatten,
};

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name<S>(&self, x: TensorRef<S>) -> TensorRef<S> {
            self.push(op::$op {}, &[x.raw()])
        }
    )*};
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name<S>(&self, a: TensorRef<S>, b: TensorRef<S>) -> TensorRef<S> {
            self.push(op::$op {}, &[a.raw(), b.raw()])
        }
    )*};
}

macro_rules! broadcasting {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// One operand may have a lower rank if its axes equal the other's last axes; axes of size 1 are
        /// not stretched.
        #[track_caller]
        pub fn $name<A, B, C>(&self, a: TensorRef<A>, b: TensorRef<B>) -> TensorRef<C>
        where
            B: BroadcastWith<A, Output = C>,
        {
            let (a, b) = self.expand_lower(a.raw(), b.raw());
            self.push(op::$op {}, &[a, b])
        }
    )*};
}

/// Elementwise operations. Operands have equal shapes.
impl<T: Float> Session<T> {
    binary! {
        /// `a + b` (`torch.add`).
        add Add;
        /// `a - b` (`torch.sub`).
        sub Sub;
        /// `a * b`, elementwise (`torch.mul`).
        mul Mul;
        /// `a / b` (`torch.div`).
        div Div;
    }

    broadcasting! {
        /// `a + b`, the one of lower rank repeated along leading axes.
        broadcast_add Add;
        /// `a - b`, the one of lower rank repeated along leading axes.
        broadcast_sub Sub;
        /// `a * b`, the one of lower rank repeated along leading axes.
        broadcast_mul Mul;
        /// `a / b`, the one of lower rank repeated along leading axes.
        broadcast_div Div;
    }

    unary! {
        /// `-x` (`torch.neg`).
        neg Neg;
        /// `x` where it is positive, else 0; the gradient at 0 is 0 (`torch.relu`).
        relu Relu;
        /// The hyperbolic tangent (`torch.tanh`).
        tanh Tanh;
        /// e to the power x (`torch.exp`).
        exp Exp;
        /// The natural logarithm (`torch.log`).
        log Log;
    }

    /// `x * factor`, with a plain number (`torch.mul` by a number).
    #[track_caller]
    pub fn scale<S>(&self, x: TensorRef<S>, factor: f64) -> TensorRef<S> {
        self.push(op::Scale { factor: factor.into() }, &[x.raw()])
    }

    /// `number - x`, with a plain number (`torch.rsub`).
    #[track_caller]
    pub fn scalar_sub<S>(&self, number: f64, x: TensorRef<S>) -> TensorRef<S> {
        self.push(op::ScalarSub { number: number.into() }, &[x.raw()])
    }

    /// A scalar of this value: a node.
    #[track_caller]
    pub fn literal(&self, value: f64) -> TensorRef<()> {
        self.full(value)
    }

    /// A tensor of one repeated number: a node (`torch.full`).
    #[track_caller]
    pub fn full<S: Shape>(&self, value: f64) -> TensorRef<S> {
        self.push(op::Full { shape: DynShape::of::<S>(), value: value.into() }, &[])
    }
}

/// The softmax family, along the last axis. A scalar counts as one line of one element.
impl<T: Float> Session<T> {
    /// `e / Σe` with `e = exp(x - max x)` (`torch.softmax` with `dim=-1`).
    #[track_caller]
    pub fn softmax<S>(&self, x: TensorRef<S>) -> TensorRef<S> {
        self.push(op::Softmax { axis: self.last_axis(x.raw()) }, &[x.raw()])
    }

    /// `(x - max x) - ln Σ exp(x - max x)` (`torch.log_softmax` with `dim=-1`).
    ///
    /// One node; its derivatives use e / Σe of the forward pass and never exp of the result, so they stay
    /// right where a probability rounds to 0. Early TorchLean differs here.
    #[track_caller]
    pub fn log_softmax<S>(&self, x: TensorRef<S>) -> TensorRef<S> {
        self.push(op::LogSoftmax { axis: self.last_axis(x.raw()) }, &[x.raw()])
    }

    /// The mean of `-log_softmax(logits)` at the labels (`torch.nn.functional.cross_entropy`).
    ///
    /// `logits` is `[.., C]`, `labels` of the leading shape with numbers below C, which are checked before
    /// each run (see [`Options::check_indices`](crate::Options::check_indices)).
    #[track_caller]
    pub fn cross_entropy<X, L>(&self, logits: TensorRef<X>, labels: NatTensorRef<L>) -> TensorRef<()>
    where
        L: Labels<X>,
    {
        let labels = self.natural(labels.raw());
        self.push(op::CrossEntropy { labels }, &[logits.raw()])
    }

    /// `Σ (prediction - target)² / N`; the target receives a gradient too (`torch.nn.functional.mse_loss`).
    #[track_caller]
    pub fn mse_loss<S>(&self, prediction: TensorRef<S>, target: TensorRef<S>) -> TensorRef<()> {
        self.push(op::MseLoss {}, &[prediction.raw(), target.raw()])
    }
}

/// Sums and means.
impl<T: Float> Session<T> {
    /// The sum of all elements (`torch.sum`).
    #[track_caller]
    pub fn sum<S>(&self, x: TensorRef<S>) -> TensorRef<()> {
        let axes = (0..self.shape(x.raw()).len()).collect();
        self.push(op::Sum { axes }, &[x.raw()])
    }

    /// The sum over one axis, which is removed (`torch.sum` with `dim`).
    #[track_caller]
    pub fn sum_axis<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: ReduceAxis<X, Output = Y>,
    {
        self.push(op::Sum { axes: PerAxis::new(&[K::AXIS]) }, &[x.raw()])
    }

    /// The mean over one axis, which is removed: the sum divided once (`torch.mean` with `dim`).
    #[track_caller]
    pub fn mean_axis<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: ReduceAxis<X, Output = Y>,
    {
        self.push(op::Mean { axes: PerAxis::new(&[K::AXIS]) }, &[x.raw()])
    }
}

/// Products.
impl<T: Float> Session<T> {
    /// The matrix product: `[M, K]·[K, N]`, `[.., K]·[K, N]`, `[M, K]·[K]` or `[B, M, K]·[B, K, N]`
    /// (`torch.matmul`).
    #[track_caller]
    pub fn matmul<A, B, C>(&self, a: TensorRef<A>, b: TensorRef<B>) -> TensorRef<C>
    where
        B: MatMul<A, Output = C>,
    {
        self.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a.raw(), b.raw()])
    }

    /// The products of two stacks of matrices: `[B, M, K]·[B, K, N]` (`torch.bmm`).
    #[track_caller]
    pub fn bmm<A, B, C>(&self, a: TensorRef<A>, b: TensorRef<B>) -> TensorRef<C>
    where
        B: BatchMatMul<A, Output = C>,
    {
        self.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a.raw(), b.raw()])
    }

    /// `x wᵀ + b` with `w: [O, I]`, `b: [O]`, `x: [.., I]` (`torch.nn.functional.linear`).
    #[track_caller]
    pub fn linear<W, B, X, Y>(&self, w: TensorRef<W>, b: TensorRef<B>, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: Linear<W, B, Output = Y>,
    {
        self.push(op::Linear {}, &[w.raw(), b.raw(), x.raw()])
    }

    /// Cross-correlation of images `[IN, H, W]` or `[N, IN, H, W]` with filters `[OUT, IN, KH, KW]`, plus a
    /// bias `[OUT]` (`torch.nn.functional.conv2d`).
    #[track_caller]
    pub fn conv2d<W, B, X, S, P, Y>(
        &self,
        w: TensorRef<W>,
        b: TensorRef<B>,
        x: TensorRef<X>,
        _stride: S,
        _padding: P,
    ) -> TensorRef<Y>
    where
        P: Conv2d<W, B, X, S, Output = Y>,
    {
        let conv = convolution(&[P::STRIDE; 2], &[P::PADDING; 2]);
        self.push(conv, &[w.raw(), b.raw(), x.raw()])
    }

    /// Cross-correlation over one to three spatial axes, with a stride and a padding for each
    /// (`torch.nn.functional.conv1d`, `conv2d`, `conv3d`).
    #[track_caller]
    pub fn conv<W, B, X, S, P, Y>(
        &self,
        w: TensorRef<W>,
        b: TensorRef<B>,
        x: TensorRef<X>,
        _stride: S,
        _padding: P,
    ) -> TensorRef<Y>
    where
        P: Conv<W, B, X, S, Output = Y>,
    {
        self.push(convolution(P::STRIDE, P::PADDING), &[w.raw(), b.raw(), x.raw()])
    }

    /// The largest cell of each window of `[C, H, W]` or `[N, C, H, W]`; no padding
    /// (`torch.nn.functional.max_pool2d`).
    ///
    /// The gradient goes to the first of equal cells, row-major; NaN wins.
    #[track_caller]
    pub fn max_pool2d<X, K, S, Y>(&self, x: TensorRef<X>, _kernel: K, _stride: S) -> TensorRef<Y>
    where
        S: Pool2d<X, K, Output = Y>,
    {
        let (kernel, stride) = (PerAxis::new(&S::KERNEL), PerAxis::new(&[S::STRIDE; 2]));
        self.push(op::MaxPool { kernel, stride, padding: PerAxis::new(&[0, 0]) }, &[x.raw()])
    }

    /// The largest cell of each window over one to three spatial axes; padding never wins
    /// (`torch.nn.functional.max_pool1d`, `max_pool2d`, `max_pool3d`).
    #[track_caller]
    pub fn max_pool<X, K, S, P, Y>(&self, x: TensorRef<X>, _kernel: K, _stride: S, _padding: P) -> TensorRef<Y>
    where
        P: Pool<X, K, S, Output = Y>,
    {
        let [kernel, stride, padding] = [P::KERNEL, P::STRIDE, P::PADDING].map(PerAxis::new);
        self.push(op::MaxPool { kernel, stride, padding }, &[x.raw()])
    }
}

fn convolution(stride: &[usize], padding: &[usize]) -> op::Conv {
    let [stride, padding] = [stride, padding].map(PerAxis::new);
    op::Conv { stride, padding, dilation: stride.iter().map(|_| 1).collect(), groups: 1 }
}

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

    /// Rows of a matrix by index: `x: [R, C]`, indices of shape S, result `S ++ [C]`
    /// (`torch.nn.functional.embedding`).
    ///
    /// Indices must be below R, which is checked before each run (see
    /// [`Options::check_indices`](crate::Options::check_indices)); unchecked, a row out of range is zeros
    /// and gives no gradient.
    #[track_caller]
    pub fn gather_rows_ref<X, I, Y>(&self, x: TensorRef<X>, indices: NatTensorRef<I>) -> TensorRef<Y>
    where
        I: GatherRows<X, Output = Y>,
    {
        let indices = self.natural(indices.raw());
        self.push(op::GatherRows { indices }, &[x.raw()])
    }

    /// [`gather_rows_ref`](Self::gather_rows_ref) by the name users look for.
    #[track_caller]
    pub fn embedding<X, I, Y>(&self, table: TensorRef<X>, indices: NatTensorRef<I>) -> TensorRef<Y>
    where
        I: GatherRows<X, Output = Y>,
    {
        self.gather_rows_ref(table, indices)
    }
}
