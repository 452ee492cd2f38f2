//! Where shapes are known only at run time: the builder of the recording, and values in and out.

use super::{FULL, Session, Snapshot, State, refuse};
use crate::Error;
use crate::builder::GraphBuilder;
use crate::ir::{DynShape, Id, NatId};
use crate::param::DynParam;
use crate::reference::{MAX_VALUES, Raw, TensorRef};
use crate::scalar::Float;
use crate::tape::check_count;
use crate::tensor::DynTensor;

/// Recording without types.
impl<T: Float> Session<T> {
    /// Lends the builder of this recording: untyped operations beside the typed ones.
    /// [`TensorRef::id`](crate::TensorRef::id) and [`GraphBuilder::typed`] connect the two.
    ///
    /// # Errors
    /// What `build` returns; what it has added stays.
    ///
    /// # Panics
    /// If the closure uses the session itself, whose recording it has, or moves the builder out.
    #[track_caller]
    pub fn build<R>(&self, build: impl FnOnce(&mut GraphBuilder) -> Result<R, Error>) -> Result<R, Error> {
        match self.state.try_borrow_mut() {
            Ok(mut state) => state.build(build),
            Err(_) => panic!("a session is used inside a closure that has its builder"),
        }
    }

    /// [`input`](Self::input) of a shape known only at run time.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn input_dyn(&self, value: DynTensor<T>) -> Result<Id, Error> {
        let (shape, storage) = value.into_storage();
        self.leaf(shape, &[], storage, None).map(|leaf| Id::new(leaf.index()))
    }

    /// [`use_param`](Self::use_param) of a parameter whose shape is known only at run time.
    ///
    /// ```
    /// use session::ir::DynShape;
    /// use session::optim::Sgd;
    /// use session::param::DynParam;
    /// use session::prelude::*;
    ///
    /// let width = std::env::args().count() + 2;
    /// let w = DynParam::new("w", DynTensor::new(DynShape::new(&[width]), vec![1.0_f64; width])?);
    /// let s = Session::<f64>::new(Options::default());
    /// let leaf = s.use_param_dyn(&w)?;
    /// let loss = s.build(|b| {
    ///     let square = b.square(leaf)?;
    ///     let loss = b.sum(square)?;
    ///     b.typed::<shape![]>(loss)
    /// })?;
    /// s.step(loss, &mut Sgd::new(0.25))?;
    /// assert!(w.value().as_slice().iter().all(|&w| w == 0.5));
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn use_param_dyn(&self, param: &DynParam<T>) -> Result<Id, Error> {
        self.use_cell(param.cell()).map(|leaf| Id::new(leaf.index()))
    }

    /// [`input_nats`](Self::input_nats) of a shape known only at run time.
    ///
    /// # Errors
    /// As [`input_nats`](Self::input_nats).
    #[inline(never)]
    pub fn input_nats_dyn(&self, shape: DynShape, numbers: &[usize]) -> Result<NatId, Error> {
        let state = &mut *self.state.borrow_mut();
        state.check_before_nodes()?;
        let count = shape.countable().map_err(|reason| Error::Call { name: "input_nats_dyn".to_owned(), reason })?;
        check_count("the list of natural numbers", count, numbers.len())?;
        Ok(state.add_natural_input(shape, numbers))
    }

    /// [`value`](Self::value) by id.
    ///
    /// # Errors
    /// [`Error::NoSuchValue`]; as [`value`](Self::value).
    #[inline(never)]
    pub fn value_dyn(&self, id: Id) -> Result<DynTensor<T>, Error> {
        let state = &mut *self.state.borrow_mut();
        if id.index() >= state.builder.graph.len() {
            return Err(Error::NoSuchValue { id, count: state.builder.graph.len() });
        }
        let shape = state.builder.graph.shape(id);
        state.value_of(id).map(|value| DynTensor::from_storage(shape, value))
    }

    /// Begins a new recording that is the one of a snapshot: of another session, or a graph that a
    /// [`GraphBuilder`] has built, with values for its leaves and natural-number inputs.
    ///
    /// ```
    /// use session::ir::DynShape;
    /// use session::prelude::*;
    /// use session::session::Snapshot;
    /// use session::GraphBuilder;
    ///
    /// let mut b = GraphBuilder::new();
    /// let x = b.input(DynShape::new(&[2]))?;
    /// let loss = b.sum(x)?;
    /// let leaf = Tensor::<f32, shape![2]>::from_array([1.0, 2.0]);
    ///
    /// let s = Session::<f32>::new(Options::default());
    /// s.restore(Snapshot { graph: b.into_graph(), leaves: vec![leaf.into()], naturals: vec![] })?;
    /// let loss = s.typed::<shape![]>(loss)?;
    /// assert_eq!(s.value(loss)?.value(), 3.0);
    /// let grads = s.backward_scalar_dense_all(loss)?;
    /// assert_eq!(grads.get(s.typed::<shape![2]>(x)?)?.to_vec(), [1.0, 1.0]);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] or [`Error::ShapeMismatch`] if leaves or natural numbers do not fit the graph, and as
    /// [`Graph::validate`](crate::ir::Graph::validate); the present recording is kept then.
    ///
    /// # Panics
    /// If the graph has more than 2^24 values.
    #[inline(never)]
    #[track_caller]
    pub fn restore(&self, snapshot: Snapshot<T>) -> Result<(), Error> {
        let Snapshot { graph, leaves, naturals } = snapshot;
        graph.validate()?;
        check_count("the list of leaves", graph.leaves().len(), leaves.len())?;
        check_count("the list of natural-number inputs", graph.naturals().len(), naturals.len())?;
        for (index, (leaf, &expected)) in leaves.iter().zip(graph.leaves()).enumerate() {
            if leaf.shape() != expected {
                return Err(Error::shape(format!("leaf {index}"), &expected, &leaf.shape()));
            }
        }
        for (index, (numbers, shape)) in naturals.iter().zip(graph.naturals()).enumerate() {
            check_count(&format!("natural-number input {index}"), shape.elements(), numbers.len())?;
        }
        assert!(graph.len() <= MAX_VALUES, "{FULL}");
        self.reset_tape();
        let state = &mut *self.state.borrow_mut();
        state.adopt(graph, leaves.into_iter().map(|leaf| leaf.into_storage().1).collect(), naturals);
        Ok(())
    }

    /// Records an operation of several nodes whose types are checked.
    #[track_caller]
    pub(super) fn compose<S, const N: usize>(
        &self,
        operands: [Raw; N],
        build: impl FnOnce(&mut GraphBuilder, [Id; N]) -> Result<Id, Error>,
    ) -> TensorRef<S> {
        let [value] = self.compose_all(operands, |builder, operands| build(builder, operands).map(|value| [value]));
        TensorRef::new(value)
    }

    /// [`compose`](Self::compose) with several results.
    #[track_caller]
    pub(super) fn compose_all<const N: usize, const M: usize>(
        &self,
        operands: [Raw; N],
        build: impl FnOnce(&mut GraphBuilder, [Id; N]) -> Result<[Id; M], Error>,
    ) -> [Raw; M] {
        let state = &mut *self.state.borrow_mut();
        let mut ids = [Id::default(); N];
        state.expect_all(&operands, &mut ids);
        match state.build(|builder| build(builder, ids)) {
            Ok(values) => values.map(|value| Raw::new(value.index(), state.stamp)),
            Err(error) => refuse(&error),
        }
    }
}

/// The builder is lent to a closure. This is dropped only if that panics: the session takes note then of what is new,
/// since the closure may have given refs away.
struct Lent<'s, T: Float> {
    state: &'s mut State<T>,
    /// How many values the session has taken note of.
    known: usize,
}

impl<T: Float> Drop for Lent<'_, T> {
    #[inline(never)]
    fn drop(&mut self) {
        self.state.take_back(self.known);
    }
}

impl<T: Float> State<T> {
    #[track_caller]
    fn build<R>(&mut self, build: impl FnOnce(&mut GraphBuilder) -> Result<R, Error>) -> Result<R, Error> {
        let known = self.builder.graph.len();
        let lent = Lent { state: self, known };
        let result = build(&mut lent.state.builder);
        std::mem::forget(lent);
        self.note_lent(known);
        result
    }

    #[inline(never)]
    #[track_caller]
    fn note_lent(&mut self, known: usize) {
        let own = self.take_back(known);
        assert!(own, "`Session::build` lends the builder: it must not be replaced or moved out; the recording is lost");
    }

    /// The end of a closure: whether it has left the recording in the builder.
    #[track_caller]
    fn take_back(&mut self, known: usize) -> bool {
        let own = self.builder.is_lent_by(self.stamp);
        if own {
            for index in known..self.builder.graph.len() {
                self.note(Id::new(index), None);
            }
        } else {
            // Somebody has moved the recording out of the builder: it is gone, and its refs with it.
            self.reset();
        }
        own
    }
}
