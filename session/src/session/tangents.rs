//! Forward mode: tangents along directions at the leaves, and Hessian times vector.

use shapes::Shape;

use super::step::scalar;
use super::{Request, Session, State, TensorRef};
use crate::Error;
use crate::ir::Id;
use crate::mapped::mapped;
use crate::reference::Raw;
use crate::scalar::Float;
use crate::tape::check_count;
use crate::tensor::storage::Storage;
use crate::tensor::{DynTensor, Tensor};

impl<T: Float> State<T> {
    /// The tangent of a value of `count` elements.
    fn tangent(&mut self, request: Request, leaves: Vec<Storage<T>>, count: usize) -> Result<Storage<T>, Error> {
        let answer = self.run(&request, &leaves)?.swap_remove(0);
        Ok(answer.unwrap_or_else(|| Storage::zeros(count)))
    }

    fn check_leaf(&self, id: Id) -> Result<Id, Error> {
        if self.builder.graph.node(id).is_none() { Ok(id) } else { Err(Error::NotALeaf { id }) }
    }
}

impl<T: Float> Session<T> {
    /// The tangent of `out`, given one for each leaf in order of creation (`torch.func.jvp`).
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if there is not one tangent for each leaf, [`Error::ShapeMismatch`] for a
    /// tangent of another shape, with its position.
    pub fn jvp_dense_all<S: Shape>(&self, out: TensorRef<S>, tangents: &[DynTensor<T>]) -> Result<Tensor<T, S>, Error> {
        self.jvp_all(out.raw(), tangents).map(Tensor::from_storage)
    }

    #[inline(never)]
    fn jvp_all(&self, out: Raw, tangents: &[DynTensor<T>]) -> Result<Storage<T>, Error> {
        let state = &mut *self.state.borrow_mut();
        let wanted = state.check(out)?;
        check_count("the list of tangents", state.builder.graph.leaves().len(), tangents.len())?;
        for (position, (expected, tangent)) in state.builder.graph.leaves().iter().zip(tangents).enumerate() {
            if tangent.shape() != *expected {
                return Err(Error::shape(format!("the tangent at position {position}"), expected, &tangent.shape()));
            }
        }
        let leaves = (0..tangents.len()).map(Id::new).collect();
        let values = mapped(tangents, |tangent| tangent.storage().clone());
        let count = state.builder.graph.shape(wanted).elements();
        state.tangent(Request::Forward { leaves, wanted }, values, count)
    }

    /// The tangent of `out` for the tangent `dx` at leaf `x` and zero at all others.
    ///
    /// # Errors
    /// [`Error::NotALeaf`] if `x` is a node, [`Error::StaleRef`] for a ref of another recording.
    pub fn jvp_leaf<S: Shape, X: Shape>(
        &self,
        out: TensorRef<S>,
        x: TensorRef<X>,
        dx: Tensor<T, X>,
    ) -> Result<Tensor<T, S>, Error> {
        self.jvp(out.raw(), x.raw(), dx.into_storage()).map(Tensor::from_storage)
    }

    #[inline(never)]
    fn jvp(&self, out: Raw, x: Raw, dx: Storage<T>) -> Result<Storage<T>, Error> {
        let state = &mut *self.state.borrow_mut();
        let wanted = state.check(out)?;
        let leaf = state.check(x)?;
        let leaves = vec![state.check_leaf(leaf)?];
        let count = state.builder.graph.shape(wanted).elements();
        state.tangent(Request::Forward { leaves, wanted }, vec![dx], count)
    }

    /// [`jvp_leaf`](Self::jvp_leaf) of a scalar.
    ///
    /// # Errors
    /// As [`jvp_leaf`](Self::jvp_leaf).
    pub fn jvp_scalar_leaf<X: Shape>(
        &self,
        loss: TensorRef<()>,
        x: TensorRef<X>,
        dx: Tensor<T, X>,
    ) -> Result<T, Error> {
        self.jvp_leaf(loss, x, dx).map(|tangent| tangent.value())
    }

    /// The Hessian of `loss` in leaf `x` times `v`: forward mode over reverse mode (`torch.func.jvp` of
    /// `torch.func.grad`).
    ///
    /// # Errors
    /// As [`jvp_leaf`](Self::jvp_leaf).
    pub fn hvp_leaf<X: Shape>(
        &self,
        loss: TensorRef<()>,
        x: TensorRef<X>,
        v: Tensor<T, X>,
    ) -> Result<Tensor<T, X>, Error> {
        self.hvp(loss.raw(), x.raw(), v.into_storage()).map(Tensor::from_storage)
    }

    #[inline(never)]
    fn hvp(&self, loss: Raw, x: Raw, v: Storage<T>) -> Result<Storage<T>, Error> {
        let state = &mut *self.state.borrow_mut();
        let loss = state.check(loss)?;
        let leaf = state.check(x)?;
        let leaf = state.check_leaf(leaf)?;
        let (seed, count) = (scalar(1.0), v.as_slice().len());
        state.tangent(Request::HessianVector { loss, leaf }, vec![seed, v], count)
    }
}
