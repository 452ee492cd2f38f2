//! One parameter's update as a graph.

use crate::ir::{DynShape, Graph, Id};
use crate::mapped::mapped;
use crate::ops::Emit;

/// One parameter's update as a graph: leaves are the parameter, its gradient, its state and the
/// hyper-parameters (scalars); outputs are the new parameter and its new state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fragment {
    /// The graph.
    pub graph: Graph,
    /// The number of state tensors, each of the parameter's shape.
    pub states: usize,
    /// The number of hyper-parameters that all parameters share.
    pub hyper_parameters: usize,
    /// The number of hyper-parameters that depend on how many updates the parameter has had; they come last.
    pub step_parameters: usize,
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
        Self::with_step_parameters(shape, states, hyper_parameters, 0, update)
    }

    /// As [`new`](Self::new), with hyper-parameters of each parameter's own after those that all share: what
    /// depends on how many updates the parameter has had, such as a bias correction.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[track_caller]
    pub fn with_step_parameters(
        shape: DynShape,
        states: usize,
        hyper_parameters: usize,
        step_parameters: usize,
        update: impl FnOnce(&mut Emit<'_>, Id, Id, &[Id], &[Id]) -> Vec<Id>,
    ) -> Self {
        let graph = Graph::default();
        let mut fragment = Self { graph, states, hyper_parameters, step_parameters, outputs: Vec::new() };
        let leaves = fragment.leaves(shape);
        let (state, hyper) = leaves[2..].split_at(states);
        let outputs = update(&mut Emit::new(&mut fragment.graph), leaves[0], leaves[1], state, hyper);
        fragment.finish(shape, outputs)
    }

    #[inline(never)]
    fn leaves(&mut self, shape: DynShape) -> Vec<Id> {
        let tensors = std::iter::repeat_n(shape, 2 + self.states);
        let scalars = std::iter::repeat_n(DynShape::SCALAR, self.hyper_parameters + self.step_parameters);
        tensors.chain(scalars).map(|shape| self.graph.leaf(shape)).collect()
    }

    #[track_caller]
    #[inline(never)]
    fn finish(mut self, shape: DynShape, outputs: Vec<Id>) -> Self {
        assert_eq!(outputs.len(), 1 + self.states, "an update gives the new parameter and its state");
        for &output in &outputs {
            assert_eq!(self.graph.shape(output), shape, "an update keeps the shape of the parameter");
        }
        self.outputs = outputs;
        self
    }

    /// Writes the update into another graph and gives the new parameter and its new state. `hyper` are the shared
    /// hyper-parameters, then the parameter's own.
    pub fn inline(&self, emit: &mut Emit<'_>, parameter: Id, gradient: Id, state: &[Id], hyper: &[Id]) -> Vec<Id> {
        let mut values = vec![parameter, gradient];
        values.extend_from_slice(state);
        values.extend_from_slice(hyper);
        for node in self.graph.nodes() {
            let operands = node.operands.map(|id| values[id.index()]);
            values.push(emit.push(node.op.clone(), &operands));
        }
        mapped(&self.outputs, |id| values[id.index()])
    }
}
