//! Operations that pick positions.

use super::super::{NatRef, NatTensorRef, Session, TensorRef};
use crate::ir::op;
use crate::scalar::Float;
use crate::shapes::{Dim, Dimension, GatherRows, ScatterAdd, StaticIndex};

/// Picking positions: by a static number, which is checked by the type; by numbers that are captured (`_nat`); by
/// natural-number inputs (`_ref`). Captured and input numbers are inputs of a run: others find the same tape. They are
/// checked before each run (see [`Options::check_indices`](crate::Options::check_indices)); unchecked, one out of
/// range reads 0 and gives no gradient. The tangent of a gather gathers the tangent; in early TorchLean it was zero.
impl<T: Float> Session<T> {
    /// One position of axis 0 of any tensor: `s.at(x, Index::<3>)` is `x[3]` (`torch.select`).
    #[track_caller]
    pub fn at<X, I, Y>(&self, x: TensorRef<X>, _index: I) -> TensorRef<Y>
    where
        I: StaticIndex<X, Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.at(x, I::INDEX))
    }

    /// One element of a vector: [`at`](Self::at) of rank 1.
    #[track_caller]
    pub fn gather_scalar<N, I>(&self, x: TensorRef<(N,)>, index: I) -> TensorRef<()>
    where
        I: StaticIndex<(N,), Output = ()>,
    {
        self.at(x, index)
    }

    /// One row of a matrix: [`at`](Self::at) of rank 2.
    #[track_caller]
    pub fn gather_row<R, C, I>(&self, x: TensorRef<(R, C)>, index: I) -> TensorRef<(C,)>
    where
        I: StaticIndex<(R, C), Output = (C,)>,
    {
        self.at(x, index)
    }

    /// One element of a vector, by a number (`torch.take`).
    #[track_caller]
    pub fn gather_scalar_nat<N>(&self, x: TensorRef<(N,)>, index: usize) -> TensorRef<()> {
        self.compose([x.raw()], |g, [x]| g.gather_scalar_nat(x, index))
    }

    /// Elements of a vector, by numbers (`torch.take`).
    #[track_caller]
    pub fn gather_vec_nat<N, const K: usize>(&self, x: TensorRef<(N,)>, indices: [usize; K]) -> TensorRef<(Dim<K>,)>
    where
        Dim<K>: Dimension,
    {
        self.compose([x.raw()], |g, [x]| g.gather_vec_nat(x, &indices))
    }

    /// Rows of a matrix, by numbers (`torch.index_select`).
    #[track_caller]
    pub fn gather_rows_nat<R, C, const K: usize>(
        &self,
        x: TensorRef<(R, C)>,
        indices: [usize; K],
    ) -> TensorRef<(Dim<K>, C)>
    where
        Dim<K>: Dimension,
    {
        self.compose([x.raw()], |g, [x]| g.gather_rows_nat(x, &indices))
    }

    /// One element of a vector, by a natural-number input (`torch.take`).
    #[track_caller]
    pub fn gather_scalar_ref<N>(&self, x: TensorRef<(N,)>, index: NatRef) -> TensorRef<()> {
        let index = self.natural(index.raw());
        self.compose([x.raw()], |g, [x]| g.gather_scalar_ref(x, index))
    }

    /// One row of a matrix, by a natural-number input (`torch.index_select`).
    #[track_caller]
    pub fn gather_row_ref<R, C>(&self, x: TensorRef<(R, C)>, index: NatRef) -> TensorRef<(C,)> {
        let index = self.natural(index.raw());
        self.push(op::GatherRows { indices: index }, &[x.raw()])
    }

    /// Elements of a vector, by natural-number inputs of at most seven axes, which are those of the result
    /// (`torch.take`).
    #[track_caller]
    pub fn gather_vec_ref<N, S>(&self, x: TensorRef<(N,)>, indices: NatTensorRef<S>) -> TensorRef<S>
    where
        S: GatherRows<(N, Dim<1>)>,
    {
        let indices = self.natural(indices.raw());
        self.compose([x.raw()], |g, [x]| g.gather_vec_ref(x, indices))
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

    /// A copy of x with v added at one position of axis 0 (`torch.index_add`).
    #[track_caller]
    pub fn scatter_add<X, V, I>(&self, x: TensorRef<X>, v: TensorRef<V>, _index: I) -> TensorRef<X>
    where
        I: ScatterAdd<X, V>,
    {
        self.push(op::ScatterAdd { index: I::INDEX }, &[x.raw(), v.raw()])
    }

    /// A copy of a vector with v added at one element: [`scatter_add`](Self::scatter_add) of rank 1.
    #[track_caller]
    pub fn scatter_add_vec<N, I>(&self, x: TensorRef<(N,)>, v: TensorRef<()>, index: I) -> TensorRef<(N,)>
    where
        I: ScatterAdd<(N,), ()>,
    {
        self.scatter_add(x, v, index)
    }

    /// A copy of a matrix with v added to one row: [`scatter_add`](Self::scatter_add) of rank 2.
    #[track_caller]
    pub fn scatter_add_row<R, C, I>(&self, x: TensorRef<(R, C)>, v: TensorRef<(C,)>, index: I) -> TensorRef<(R, C)>
    where
        I: ScatterAdd<(R, C), (C,)>,
    {
        self.scatter_add(x, v, index)
    }
}
