//! Optimisers: updates as graph fragments, and learning-rate schedules.

pub mod schedule;
mod sgd;

use std::sync::Arc;

pub use sgd::Sgd;

use crate::ir::{DynShape, Graph, Id};
use crate::ops::Emit;
use crate::param::Cell;
use crate::scalar::Float;
use crate::tensor::storage::Storage;

/// One parameter's update as a graph: leaves are the parameter, its gradient, its state and the
/// hyper-parameters (scalars); outputs are the new parameter and its new state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fragment {
    /// The graph.
    pub graph: Graph,
    /// The number of state tensors, each of the parameter's shape.
    pub states: usize,
    /// The number of hyper-parameters.
    pub hyper_parameters: usize,
    /// The new parameter and its new state.
    pub outputs: Vec<Id>,
}

impl Fragment {
    /// A fragment for a parameter of this shape: `update` is given the parameter, its gradient, its state
    /// and the hyper-parameters, and returns the new parameter and its new state.
    ///
    /// # Panics
    /// If it does not return one value of the parameter's shape for the parameter and for each state.
    #[track_caller]
    pub fn new(
        shape: DynShape,
        states: usize,
        hyper_parameters: usize,
        update: impl FnOnce(&mut Emit<'_>, Id, Id, &[Id], &[Id]) -> Vec<Id>,
    ) -> Self {
        let mut graph = Graph::default();
        let [parameter, gradient] = [graph.leaf(shape), graph.leaf(shape)];
        let state: Vec<Id> = (0..states).map(|_| graph.leaf(shape)).collect();
        let hyper: Vec<Id> = (0..hyper_parameters).map(|_| graph.leaf(DynShape::SCALAR)).collect();
        let outputs = update(&mut Emit::new(&mut graph), parameter, gradient, &state, &hyper);
        assert_eq!(outputs.len(), 1 + states, "an update gives the new parameter and its state");
        for &output in &outputs {
            assert_eq!(graph.shape(output), shape, "an update keeps the shape of the parameter");
        }
        Self { graph, states, hyper_parameters, outputs }
    }

    /// Writes the update into another graph and gives the new parameter and its new state.
    pub fn inline(&self, emit: &mut Emit<'_>, parameter: Id, gradient: Id, state: &[Id], hyper: &[Id]) -> Vec<Id> {
        let mut values = vec![parameter, gradient];
        values.extend_from_slice(state);
        values.extend_from_slice(hyper);
        for node in self.graph.nodes() {
            let operands = node.operands.map(|id| values[id.index()]);
            values.push(emit.push(node.op.clone(), &operands));
        }
        self.outputs.iter().map(|id| values[id.index()]).collect()
    }
}

/// An optimiser: the fragment of its update, its hyper-parameters, and the state of each parameter.
///
/// [`Session::step`](crate::Session::step) runs forward, reverse and update in one tape;
/// [`Session::compile_step`](crate::Session::compile_step) replays it.
pub trait Optimizer<T: Float> {
    /// The update of a parameter of this shape.
    fn fragment(&self, shape: DynShape) -> Fragment;

    /// The hyper-parameters of the next step, in the order of the fragment's leaves: each is handed to
    /// `next`.
    fn hyper_parameters(&self, next: &mut dyn FnMut(f64));

    /// The state of all parameters.
    fn state(&mut self) -> &mut OptimizerState<T>;
}

/// A parameter and its state.
type Entry<T> = (Arc<Cell<T>>, Vec<Storage<T>>);

/// The state tensors of an optimiser, zeros where a parameter is new.
#[derive(Clone)]
pub struct OptimizerState<T: Float> {
    entries: Vec<Entry<T>>,
}

impl<T: Float> Default for OptimizerState<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T: Float> OptimizerState<T> {
    /// The state of a parameter: `count` tensors of its shape.
    pub(crate) fn of(&mut self, cell: &Arc<Cell<T>>, count: usize) -> &mut Vec<Storage<T>> {
        let index = self.entries.iter().position(|(known, _)| Arc::ptr_eq(known, cell)).unwrap_or_else(|| {
            self.entries.push((Arc::clone(cell), Vec::new()));
            self.entries.len() - 1
        });
        let state = &mut self.entries[index].1;
        state.resize_with(count, || Storage::zeros(cell.shape().elements()));
        state
    }
}

impl<T: Float> std::fmt::Debug for OptimizerState<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OptimizerState of {} parameters", self.entries.len())
    }
}
