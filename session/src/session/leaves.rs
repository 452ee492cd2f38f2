//! What a recording begins with: leaves, parameters and natural numbers; and constants.

use std::sync::Arc;

use shapes::{AxisNames, Dimension, Shape};

use super::{NatRef, NatTensorRef, NatVecRef, Session, TensorRef};
use crate::Error;
use crate::ir::DynShape;
use crate::param::{Cell, Param};
use crate::reference::Raw;
use crate::scalar::Float;
use crate::tape::check_count;
use crate::tensor::Tensor;
use crate::tensor::storage::Storage;

/// Recording leaves and numbers.
impl<T: Float> Session<T> {
    /// Adds a differentiable leaf.
    ///
    /// # Errors
    /// [`Error::LeafAfterNode`] once a node exists; nothing is recorded.
    pub fn input<S: Shape>(&self, value: Tensor<T, S>) -> Result<TensorRef<S>, Error> {
        self.leaf(DynShape::of::<S>(), S::AXIS_NAMES, value.into_storage(), None).map(TensorRef::new)
    }

    /// Adds a differentiable leaf with a name for exports; names enter neither equality nor hash.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn input_named<S: Shape>(&self, name: &str, value: Tensor<T, S>) -> Result<TensorRef<S>, Error> {
        self.leaf(DynShape::of::<S>(), S::AXIS_NAMES, value.into_storage(), Some(name.into())).map(TensorRef::new)
    }

    /// Creates a parameter outside the graph: [`Param::new`].
    pub fn param<S: Shape>(&self, init: Tensor<T, S>) -> Param<S, T> {
        Param::new(init)
    }

    /// Copies the current value of a parameter into a new leaf and remembers which parameter it is.
    /// Later changes of the parameter do not reach the leaf.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn use_param<S: Shape>(&self, param: &Param<S, T>) -> Result<TensorRef<S>, Error> {
        self.use_cell(param.cell()).map(TensorRef::new)
    }

    #[inline(never)]
    pub(super) fn use_cell(&self, cell: &Arc<Cell<T>>) -> Result<Raw, Error> {
        self.state.borrow_mut().add_parameter(cell)
    }

    /// The leaf that a parameter is, or is made now.
    #[inline(never)]
    pub(crate) fn bind_cell(&self, cell: &Arc<Cell<T>>) -> Result<Raw, Error> {
        let known = self.state.borrow_mut().bound_leaf(cell);
        known.map_or_else(|| self.use_cell(cell), Ok)
    }

    #[inline(never)]
    pub(super) fn leaf(
        &self,
        shape: DynShape,
        axis_names: AxisNames,
        value: Storage<T>,
        name: Option<Arc<str>>,
    ) -> Result<Raw, Error> {
        self.state.borrow_mut().add_leaf(shape, axis_names, value, name)
    }

    /// Adds one natural number, outside differentiation.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn input_nat(&self, number: usize) -> Result<NatRef, Error> {
        self.input_nats::<()>(&[number])
    }

    /// Adds a vector of natural numbers.
    ///
    /// # Errors
    /// As [`input_nats`](Self::input_nats).
    pub fn input_nat_vec<K: Dimension>(&self, numbers: &[usize]) -> Result<NatVecRef<K>, Error> {
        self.input_nats::<(K,)>(numbers)
    }

    /// Adds natural numbers of a shape, row-major.
    ///
    /// # Errors
    /// [`Error::LeafAfterNode`] once a node exists, [`Error::LengthMismatch`] if there is not one number
    /// for each position; nothing is recorded.
    pub fn input_nats<S: Shape>(&self, numbers: &[usize]) -> Result<NatTensorRef<S>, Error> {
        self.add_naturals(DynShape::of::<S>(), S::AXIS_NAMES, S::SIZE, numbers).map(NatTensorRef::new)
    }

    #[inline(never)]
    pub(super) fn add_naturals(
        &self,
        shape: DynShape,
        axis_names: AxisNames,
        count: usize,
        numbers: &[usize],
    ) -> Result<Raw, Error> {
        let state = &mut *self.state.borrow_mut();
        state.check_before_nodes()?;
        check_count("the list of natural numbers", count, numbers.len())?;
        let natural = state.add_natural_input(shape, numbers);
        if !axis_names.is_empty() {
            state.builder.graph.name_axes_of_natural(natural, axis_names);
        }
        Ok(Raw::new(natural.index(), state.stamp))
    }

    /// The present value of one natural number.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording.
    pub fn nat(&self, natural: NatRef) -> Result<usize, Error> {
        self.nats(natural).map(|numbers| numbers[0])
    }

    /// The present values of a vector of natural numbers.
    ///
    /// # Errors
    /// As [`nat`](Self::nat).
    pub fn nat_vec<K>(&self, naturals: NatVecRef<K>) -> Result<Vec<usize>, Error> {
        self.nats(naturals)
    }

    /// The present values of natural numbers, row-major.
    ///
    /// # Errors
    /// As [`nat`](Self::nat).
    pub fn nats<S>(&self, naturals: NatTensorRef<S>) -> Result<Vec<usize>, Error> {
        self.numbers(naturals.raw())
    }

    #[inline(never)]
    fn numbers(&self, naturals: Raw) -> Result<Vec<usize>, Error> {
        let state = self.state.borrow();
        state.stamp.check(naturals.stamp())?;
        Ok(state.builder.naturals[naturals.index()].clone())
    }

    /// Replaces one natural number, also after nodes exist: recorded gathers read the new one.
    ///
    /// # Errors
    /// As [`nat`](Self::nat).
    pub fn set_nat(&self, natural: NatRef, number: usize) -> Result<(), Error> {
        self.set_nats(natural, &[number])
    }

    /// Replaces a vector of natural numbers.
    ///
    /// # Errors
    /// As [`set_nats`](Self::set_nats).
    pub fn set_nat_vec<K>(&self, naturals: NatVecRef<K>, numbers: &[usize]) -> Result<(), Error> {
        self.set_nats(naturals, numbers)
    }

    /// Replaces natural numbers, also after nodes exist.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording, [`Error::LengthMismatch`] for another count.
    pub fn set_nats<S>(&self, naturals: NatTensorRef<S>, numbers: &[usize]) -> Result<(), Error> {
        self.set_numbers(naturals.raw(), numbers)
    }

    #[inline(never)]
    fn set_numbers(&self, naturals: Raw, numbers: &[usize]) -> Result<(), Error> {
        let state = &mut *self.state.borrow_mut();
        state.stamp.check(naturals.stamp())?;
        let list = &mut state.builder.naturals[naturals.index()];
        check_count("the list of natural numbers", list.len(), numbers.len())?;
        list.copy_from_slice(numbers);
        state.values.clear();
        state.non_finite = None;
        state.stale = true;
        Ok(())
    }

    /// A constant: a leaf while no node exists, else a node, out of which no gradient flows. As a leaf it
    /// counts as one everywhere.
    pub fn constant<S: Shape>(&self, value: Tensor<T, S>) -> TensorRef<S> {
        TensorRef::new(self.constant_of(DynShape::of::<S>(), value.into_storage()))
    }

    #[inline(never)]
    fn constant_of(&self, shape: DynShape, value: Storage<T>) -> Raw {
        let state = &mut *self.state.borrow_mut();
        state.add_leaf(shape, &[], value.clone(), None).unwrap_or_else(|_| state.push_constant(shape, value))
    }
}
