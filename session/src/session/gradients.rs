//! Reverse mode: gradients of every value, or of the parameters.

use std::fmt;
use std::sync::Arc;

use shapes::Shape;

use super::step::scalar;
use super::{Request, Session, State, TensorRef};
use crate::Error;
use crate::ir::{DynShape, Id};
use crate::mapped::mapped;
use crate::param::{Cell, Param};
use crate::reference::{Raw, Stamp};
use crate::scalar::Float;
use crate::tape::check_seeds;
use crate::tensor::storage::Storage;
use crate::tensor::{DynTensor, Tensor};

/// The gradient at every value of a recording, leaves and nodes, in id order.
pub struct DenseGrads<T: Float> {
    stamp: Stamp,
    shapes: Vec<DynShape>,
    entries: Vec<Option<Storage<T>>>,
    used: Vec<(Id, Arc<Cell<T>>)>,
}

impl<T: Float> DenseGrads<T> {
    /// The gradient at `x`: zeros where nothing flows.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording.
    pub fn get<S: Shape>(&self, x: TensorRef<S>) -> Result<Tensor<T, S>, Error> {
        self.at(x.raw()).map(Tensor::from_storage)
    }

    /// The gradient at a value, by its id: zeros where nothing flows.
    ///
    /// # Errors
    /// [`Error::NoSuchValue`].
    #[inline(never)]
    pub fn get_dyn(&self, id: Id) -> Result<DynTensor<T>, Error> {
        match self.shapes.get(id.index()) {
            Some(&shape) => Ok(DynTensor::from_storage(shape, self.storage(id.index()))),
            None => Err(Error::NoSuchValue { id, count: self.entries.len() }),
        }
    }

    /// The number of entries: one for each leaf and node.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The gradients in id order, zeros where nothing flows.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = DynTensor<T>> + '_ {
        (0..self.len()).map(|index| DynTensor::from_storage(self.shapes[index], self.storage(index)))
    }

    #[inline(never)]
    fn at(&self, x: Raw) -> Result<Storage<T>, Error> {
        self.stamp.check(x.stamp())?;
        if x.index() >= self.entries.len() {
            return Err(Error::NoSuchValue { id: Id::new(x.index()), count: self.entries.len() });
        }
        Ok(self.storage(x.index()))
    }

    #[inline(never)]
    fn storage(&self, index: usize) -> Storage<T> {
        self.entries[index].clone().unwrap_or_else(|| Storage::zeros(self.shapes[index].elements()))
    }
}

impl<T: Float> fmt::Debug for DenseGrads<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A parameter and its gradient, `None` where nothing flows.
type Entry<T> = (Arc<Cell<T>>, Option<Storage<T>>);

/// The gradients of the used parameters that require one, with the value of the loss.
pub struct ParamGrads<T: Float> {
    stamp: Stamp,
    value: T,
    entries: Vec<Entry<T>>,
}

impl<T: Float> ParamGrads<T> {
    /// The value of the loss.
    pub fn value(&self) -> T {
        self.value
    }

    /// The gradient of a parameter, summed over its leaves: zeros where nothing flows, `None` if the
    /// parameter was not used or does not require a gradient.
    pub fn get<S: Shape>(&self, param: &Param<S, T>) -> Option<Tensor<T, S>> {
        self.of(param.cell()).map(Tensor::from_storage)
    }

    #[inline(never)]
    fn of(&self, cell: &Arc<Cell<T>>) -> Option<Storage<T>> {
        let (_, gradient) = self.entries.iter().find(|(known, _)| Arc::ptr_eq(known, cell))?;
        Some(gradient.clone().unwrap_or_else(|| Storage::zeros(cell.shape().elements())))
    }

    /// The number of parameters.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<T: Float> fmt::Debug for ParamGrads<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParamGrads of {} parameters, loss {}", self.len(), self.value)
    }
}

/// A parameter and its gradients in the order of its leaves.
pub(super) type ByLeaf<T> = (Arc<Cell<T>>, Vec<Storage<T>>);

/// Parameters with their leaves, in the order of the first leaf of each.
pub(super) type Groups<T> = Vec<(Arc<Cell<T>>, Vec<Id>)>;

/// Gradients from which [`Session::sgd_step_all`] updates: dense ones, or those of the parameters.
pub trait Gradients<T: Float>: sealed::Gradients<T> {}

impl<T: Float, G: sealed::Gradients<T>> Gradients<T> for G {}

pub(super) mod sealed {
    use super::{Arc, ByLeaf, DenseGrads, Float, ParamGrads, Stamp, group};

    pub trait Gradients<T: Float> {
        #[allow(private_interfaces)]
        fn stamp(&self) -> Stamp;

        /// The used parameters, each with its gradients in the order of its leaves.
        #[allow(private_interfaces)]
        fn by_parameter(&self) -> Vec<ByLeaf<T>>;
    }

    impl<T: Float> Gradients<T> for DenseGrads<T> {
        #[allow(private_interfaces)]
        fn stamp(&self) -> Stamp {
            self.stamp
        }

        #[allow(private_interfaces)]
        fn by_parameter(&self) -> Vec<ByLeaf<T>> {
            let gradients = |leaves: Vec<crate::ir::Id>| {
                leaves.iter().filter_map(|leaf| self.entries[leaf.index()].clone()).collect()
            };
            group(&self.used).into_iter().map(|(cell, leaves)| (cell, gradients(leaves))).collect()
        }
    }

    impl<T: Float> Gradients<T> for ParamGrads<T> {
        #[allow(private_interfaces)]
        fn stamp(&self) -> Stamp {
            self.stamp
        }

        #[allow(private_interfaces)]
        fn by_parameter(&self) -> Vec<ByLeaf<T>> {
            self.entries.iter().map(|(cell, gradient)| (Arc::clone(cell), gradient.iter().cloned().collect())).collect()
        }
    }
}

fn group<T: Float>(used: &[(Id, Arc<Cell<T>>)]) -> Groups<T> {
    let mut groups: Groups<T> = Vec::new();
    for (leaf, cell) in used {
        match groups.iter_mut().find(|(known, _)| Arc::ptr_eq(known, cell)) {
            Some((_, leaves)) => leaves.push(*leaf),
            None => groups.push((Arc::clone(cell), vec![*leaf])),
        }
    }
    groups
}

/// Of used parameters those that require a gradient.
pub(super) fn trainable<T: Float>(used: &[(Id, Arc<Cell<T>>)], default: bool) -> Groups<T> {
    let mut groups = group(used);
    groups.retain(|(cell, _)| cell.requires_grad(default));
    groups
}

impl<T: Float> State<T> {
    /// The used parameters that require a gradient.
    pub(super) fn trainable(&self) -> Groups<T> {
        trainable(&self.used, self.options.requires_grad_by_default)
    }

    /// The cotangents of all values for seeds at some.
    pub(super) fn dense_request(&self, seeds: Vec<Id>) -> Request {
        Request::Reverse { seeds, wanted: self.builder.graph.ids().map(|id| vec![id]).collect() }
    }

    fn dense(&mut self, seeds: Vec<Id>, values: Vec<Storage<T>>) -> Result<DenseGrads<T>, Error> {
        let entries = self.run(&self.dense_request(seeds), &values)?;
        let shapes = self.builder.graph.ids().map(|id| self.builder.graph.shape(id)).collect();
        Ok(DenseGrads { stamp: self.stamp, shapes, entries, used: self.used.clone() })
    }
}

impl<T: Float> Session<T> {
    /// The gradient at every value, leaves and nodes, for the cotangent `seed` at `out`.
    ///
    /// The entry of `out` is the seed. Only nodes that the seed reaches run their rules, so an unrelated
    /// infinity does no harm; early TorchLean differs here.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording, [`Error::IndexOutOfRange`].
    pub fn backward_dense_all<S: Shape>(&self, out: TensorRef<S>, seed: Tensor<T, S>) -> Result<DenseGrads<T>, Error> {
        self.dense(out.raw(), seed.into_storage())
    }

    #[inline(never)]
    fn dense(&self, out: Raw, seed: Storage<T>) -> Result<DenseGrads<T>, Error> {
        let state = &mut *self.state.borrow_mut();
        let id = state.check(out)?;
        state.dense(vec![id], vec![seed])
    }

    /// [`backward_dense_all`](Self::backward_dense_all) of a scalar, with the seed 1.
    ///
    /// # Errors
    /// As [`backward_dense_all`](Self::backward_dense_all).
    pub fn backward_scalar_dense_all(&self, loss: TensorRef<()>) -> Result<DenseGrads<T>, Error> {
        self.backward_dense_all(loss, Tensor::ones())
    }

    /// The gradient at every value, given an optional seed for each, in id order: an entry is its seed,
    /// then what flows in.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if there is not one optional seed for each value,
    /// [`Error::ShapeMismatch`] for a seed of another shape, with its position.
    #[inline(never)]
    pub fn backward_dense_from(&self, seeds: &[Option<DynTensor<T>>]) -> Result<DenseGrads<T>, Error> {
        let state = &mut *self.state.borrow_mut();
        let ids = check_seeds(&state.builder.graph, seeds)?;
        let values = seeds.iter().flatten().map(|seed| seed.storage().clone()).collect();
        state.dense(ids, values)
    }

    /// The gradients of the used parameters that require one, each summed over its leaves in order, and
    /// the loss; nothing else is computed (`loss.backward()`).
    ///
    /// # Errors
    /// As [`backward_dense_all`](Self::backward_dense_all).
    #[inline(never)]
    pub fn backward_params(&self, loss: TensorRef<()>) -> Result<ParamGrads<T>, Error> {
        let state = &mut *self.state.borrow_mut();
        let loss = state.check(loss.raw())?;
        let groups = state.trainable();
        let wanted = mapped(&groups, |(_, leaves)| leaves.clone());
        let mut answers = state.run(&Request::Loss { loss, wanted }, &[scalar(1.0)])?.into_iter();
        let value = answers.next().flatten().expect("the loss is the first answer").as_slice()[0];
        let entries = groups.into_iter().map(|(cell, _)| cell).zip(answers).collect();
        Ok(ParamGrads { stamp: state.stamp, value, entries })
    }
}
