//! Parameters: mutable named cells outside the graph.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shapes::{AxisNames, Shape};

use crate::Error;
use crate::ir::DynShape;
use crate::order::sort;
use crate::scalar::Float;
use crate::tensor::storage::Storage;
use crate::tensor::{DynTensor, Tensor};

/// The cell behind a parameter, its shape no longer a type.
pub(crate) struct Cell<T: Float> {
    shape: DynShape,
    axis_names: AxisNames,
    /// Held from reading the value to replacing it, so that no update of another thread is lost.
    updating: Mutex<()>,
    state: Mutex<State<T>>,
    /// How often the value was replaced.
    version: AtomicU64,
    /// 0 or 1, or [`UNSET`]: outside the lock, since every step asks.
    requires_grad: AtomicU8,
}

/// Whether it requires a gradient is the session's default.
const UNSET: u8 = 2;

struct State<T: Float> {
    value: Storage<T>,
    name: Option<Arc<str>>,
}

impl<T: Float> Cell<T> {
    #[inline(never)]
    fn new(shape: DynShape, axis_names: AxisNames, value: Storage<T>, name: Option<Arc<str>>) -> Arc<Self> {
        Self::of(shape, axis_names, State { value, name }, UNSET)
    }

    fn of(shape: DynShape, axis_names: AxisNames, state: State<T>, requires_grad: u8) -> Arc<Self> {
        Arc::new(Self {
            shape,
            axis_names,
            updating: Mutex::new(()),
            state: Mutex::new(state),
            version: AtomicU64::new(0),
            requires_grad: AtomicU8::new(requires_grad),
        })
    }

    // A thread that panicked cannot have left the cell half changed: values are replaced whole.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These cells in the order in which every thread locks them.
    pub(crate) fn update_order<'a>(cells: impl IntoIterator<Item = &'a Arc<Self>>) -> Vec<Arc<Self>> {
        Self::ordered(cells.into_iter().map(Arc::clone).collect())
    }

    #[inline(never)]
    fn ordered(mut cells: Vec<Arc<Self>>) -> Vec<Arc<Self>> {
        sort(&mut cells, |cell| [Arc::as_ptr(cell).addr() as u64, 0]);
        cells
    }

    /// Runs `update` while no other thread changes the values of these cells, each there once, in
    /// [`update_order`](Self::update_order).
    pub(crate) fn update<R>(cells: &[Arc<Self>], update: impl FnOnce() -> R) -> R {
        // One level of recursion a cell keeps all guards without allocating.
        match cells.split_first() {
            Some((first, rest)) => {
                let _guard = first.updating.lock().unwrap_or_else(PoisonError::into_inner);
                Self::update(rest, update)
            }
            None => update(),
        }
    }

    /// Replaces the value, when no update is on its way.
    #[inline(never)]
    fn replace(self: &Arc<Self>, value: Storage<T>) {
        Self::update(std::slice::from_ref(self), || self.set(value));
    }

    #[inline(never)]
    pub(crate) fn set_name(&self, name: Arc<str>) {
        self.lock().name = Some(name);
    }

    fn set_requires_grad(&self, requires_grad: bool) {
        self.requires_grad.store(requires_grad.into(), Relaxed);
    }

    fn own_requires_grad(&self) -> Option<bool> {
        match self.requires_grad.load(Relaxed) {
            UNSET => None,
            chosen => Some(chosen != 0),
        }
    }

    pub(crate) fn shape(&self) -> DynShape {
        self.shape
    }

    pub(crate) fn axis_names(&self) -> AxisNames {
        self.axis_names
    }

    #[inline(never)]
    pub(crate) fn value(&self) -> Storage<T> {
        self.lock().value.clone()
    }

    #[inline(never)]
    pub(crate) fn value_and_name(&self) -> (Storage<T>, Option<Arc<str>>) {
        let State { value, name } = &*self.lock();
        (value.clone(), name.clone())
    }

    pub(crate) fn set(&self, value: Storage<T>) {
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.value, value);
        // Under the lock: nobody else counts, and who sees the new number finds the new value.
        self.version.store(self.version.load(Relaxed) + 1, Release);
        drop(state);
        // A buffer is given back when nobody waits.
        drop(before);
    }

    /// A number that is another one once the value is replaced.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Acquire)
    }

    #[inline(never)]
    pub(crate) fn name(&self) -> Option<Arc<str>> {
        self.lock().name.clone()
    }

    pub(crate) fn requires_grad(&self, default: bool) -> bool {
        self.own_requires_grad().unwrap_or(default)
    }

    /// Another cell with the same value, name and exclusion from gradients.
    pub(crate) fn copy(&self) -> Arc<Self> {
        let (value, name) = self.value_and_name();
        Self::of(self.shape, self.axis_names, State { value, name }, self.requires_grad.load(Relaxed))
    }
}

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
