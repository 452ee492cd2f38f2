//! Parameters: mutable named cells outside the graph.
//!
//! ```text
//! param.rs        parameters, and lists of them
//! param/cell.rs   what they share: the value, its locks and its version
//! param/lease.rs  values of several parameters that a training step replaces at once
//! ```

mod cell;
mod lease;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use shapes::Shape;

pub(crate) use cell::Cell;
pub(crate) use lease::{Leased, Values};

use crate::Error;
use crate::ir::DynShape;
use crate::scalar::Float;
use crate::tensor::{DynTensor, Tensor};

/// A trainable tensor: a mutable cell outside the graph. Clones share the cell.
///
/// `torch.nn.Parameter` in PyTorch. A parameter can be shared by threads: an update holds its lock from reading
/// the value to replacing it, so that none is lost.
///
/// ```
/// use session::prelude::*;
///
/// let weight = Param::new(Tensor::<f32, shape![2, 3]>::ones()).named("weight");
/// let same = weight.clone();
/// same.set_value(Tensor::zeros());
/// assert_eq!(weight.value(), Tensor::zeros());
/// assert_eq!(weight.name().as_deref(), Some("weight"));
/// ```
pub struct Param<S, T: Float = f32> {
    cell: Arc<Cell<T>>,
    shape: PhantomData<fn() -> S>,
}

impl<S, T: Float> Param<S, T> {
    /// A parameter with this value. Whether it requires a gradient is the session's default.
    pub fn new(value: Tensor<T, S>) -> Self
    where
        S: Shape,
    {
        Self { cell: Cell::new(DynShape::of::<S>(), S::AXIS_NAMES, value.into_storage(), None), shape: PhantomData }
    }

    /// The same parameter with a name, which leaves it is used in carry too.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        self.cell.set_name(name.into());
        self
    }

    /// The same parameter, excluded from gradients and updates.
    #[must_use]
    pub fn frozen(self) -> Self {
        self.set_requires_grad(false);
        self
    }

    /// The value.
    pub fn value(&self) -> Tensor<T, S>
    where
        S: Shape,
    {
        Tensor::from_storage(self.cell.value())
    }

    /// Replaces the value. Leaves that are already recorded keep the old one.
    pub fn set_value(&self, value: Tensor<T, S>) {
        self.cell.replace(value.into_storage());
    }

    /// The name, if it has one.
    pub fn name(&self) -> Option<Arc<str>> {
        self.cell.name()
    }

    /// Whether gradients and updates include it, or `None` for the session's default.
    pub fn requires_grad(&self) -> Option<bool> {
        self.cell.own_requires_grad()
    }

    /// Includes it in gradients and updates, or excludes it.
    pub fn set_requires_grad(&self, requires_grad: bool) {
        self.cell.set_requires_grad(requires_grad);
    }

    /// The same parameter with its shape as a value, for lists of parameters. It shares the cell.
    pub fn to_dyn(&self) -> DynParam<T> {
        DynParam { cell: Arc::clone(&self.cell) }
    }

    pub(crate) fn from_cell(cell: Arc<Cell<T>>) -> Self {
        Self { cell, shape: PhantomData }
    }

    pub(crate) fn cell(&self) -> &Arc<Cell<T>> {
        &self.cell
    }
}

/// A parameter with its shape as a value: what lists of parameters are made of. Clones share the cell.
///
/// ```
/// use session::prelude::*;
///
/// let w = Param::new(Tensor::<f32, shape![2, 3]>::ones()).named("w");
/// let b = Param::new(Tensor::<f32, shape![3]>::zeros()).named("b");
/// let names = [w.to_dyn(), b.to_dyn()].map(|param| format!("{} {}", param.name().unwrap(), param.shape()));
/// assert_eq!(names, ["w [2, 3]", "b [3]"]);
/// ```
#[derive(Clone)]
pub struct DynParam<T: Float = f32> {
    cell: Arc<Cell<T>>,
}

impl<T: Float> DynParam<T> {
    /// A parameter of a shape known only at run time. Its [`requires_grad`](Param::requires_grad) follows the
    /// options of the session that uses it.
    pub fn new(name: impl Into<Arc<str>>, value: DynTensor<T>) -> Self {
        let (shape, storage) = value.into_storage();
        Self { cell: Cell::new(shape, &[], storage, Some(name.into())) }
    }

    /// The name, if it has one.
    pub fn name(&self) -> Option<Arc<str>> {
        self.cell.name()
    }

    /// The shape.
    pub fn shape(&self) -> DynShape {
        self.cell.shape()
    }

    /// The value.
    pub fn value(&self) -> DynTensor<T> {
        DynTensor::from_storage(self.shape(), self.cell.value())
    }

    /// Whether gradients and updates include it, or `None` for the session's default.
    pub fn requires_grad(&self) -> Option<bool> {
        self.cell.own_requires_grad()
    }

    /// Includes it in gradients and updates, or excludes it: to freeze a whole model, do it for each of its
    /// [`parameters`](crate::Model::parameters) (`requires_grad_`).
    pub fn set_requires_grad(&self, requires_grad: bool) {
        self.cell.set_requires_grad(requires_grad);
    }

    /// Replaces the value.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] for a value of another shape; the parameter keeps its value then.
    pub fn set_value(&self, value: &DynTensor<T>) -> Result<(), Error> {
        if value.shape() != self.shape() {
            let name = self.name();
            let what = format!("the new value of parameter `{}`", name.as_deref().unwrap_or("unnamed"));
            return Err(Error::shape(what, &self.shape(), &value.shape()));
        }
        self.cell.replace(value.storage().clone());
        Ok(())
    }

    pub(crate) fn from_cell(cell: Arc<Cell<T>>) -> Self {
        Self { cell }
    }

    pub(crate) fn cell(&self) -> &Arc<Cell<T>> {
        &self.cell
    }
}

impl<T: Float> fmt::Debug for DynParam<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynParam({}, {})", self.name().as_deref().unwrap_or("unnamed"), self.shape())
    }
}

impl<S, T: Float> Clone for Param<S, T> {
    fn clone(&self) -> Self {
        Self { cell: Arc::clone(&self.cell), shape: PhantomData }
    }
}

impl<S: Shape, T: Float> fmt::Debug for Param<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        write!(f, "Param({}, {:?})", name.as_deref().unwrap_or("unnamed"), self.value())
    }
}
