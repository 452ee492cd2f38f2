//! How a recording grows, and how its values are computed.

use std::sync::Arc;

use shapes::AxisNames;

use super::{Backend, FULL, Request, State, refuse, step};
use crate::Error;
use crate::ir::{Data, DynShape, Graph, Id, NatId, Op, op};
use crate::mapped::mapped;
use crate::ops::View;
use crate::reference::{MAX_VALUES, Raw, Stamp};
use crate::scalar::Float;
use crate::tape::{Fast, Kernels};
use crate::tensor::storage::Storage;

impl<T: Float> State<T> {
    pub(super) fn reset(&mut self) {
        self.stamp = Stamp::next();
        self.builder.begin(self.stamp);
        self.reset_parameters();
        self.natural_inputs = 0;
        self.constants.clear();
        self.indexed.clear();
        self.bound.clear();
        self.kept.clear();
        self.values.clear();
        self.non_finite = None;
        self.stale = false;
        self.masks.clear();
    }

    #[inline(never)]
    pub(super) fn add_leaf(
        &mut self,
        shape: DynShape,
        axis_names: AxisNames,
        value: Storage<T>,
        name: Option<Arc<str>>,
    ) -> Result<Raw, Error> {
        self.check_before_nodes()?;
        assert!(self.builder.graph.len() < MAX_VALUES, "{FULL}");
        let leaf = self.builder.graph.leaf(shape);
        if let Some(name) = name {
            self.builder.graph.set_name(leaf, name);
        }
        if !axis_names.is_empty() {
            self.builder.graph.name_axes(leaf, axis_names);
        }
        self.leaves.push(value);
        Ok(Raw::new(leaf.index(), self.stamp))
    }

    pub(super) fn add_natural(&mut self, shape: DynShape, numbers: &[usize]) -> NatId {
        self.builder.capture(shape, numbers)
    }

    /// Adds natural numbers that are given in each run.
    pub(super) fn add_natural_input(&mut self, shape: DynShape, numbers: &[usize]) -> NatId {
        let natural = self.add_natural(shape, numbers);
        self.natural_inputs = self.builder.naturals.len();
        natural
    }

    /// Takes a graph and its values into an empty recording.
    #[track_caller]
    pub(super) fn adopt(&mut self, graph: Graph, leaves: Vec<Storage<T>>, naturals: Vec<Vec<usize>>) {
        // Nothing says which of them operations have captured.
        self.natural_inputs = naturals.len();
        (self.builder.graph, self.leaves, self.builder.naturals) = (graph, leaves, naturals);
        for id in self.builder.graph.node_ids() {
            self.note(id, None);
        }
    }

    /// The value of a leaf, of a node that a run has given, or by a run.
    pub(super) fn value_of(&mut self, id: Id) -> Result<Storage<T>, Error> {
        self.refresh();
        if let Some(leaf) = self.leaves.get(id.index()) {
            return Ok(leaf.clone());
        }
        self.check_run()?;
        if !self.values.contains_key(&id) {
            self.run(&Request::Values { values: vec![id] }, &[])?;
        }
        Ok(self.values[&id].clone())
    }

    pub(super) fn check_before_nodes(&self) -> Result<(), Error> {
        if self.builder.graph.nodes().is_empty() {
            Ok(())
        } else {
            Err(Error::LeafAfterNode { nodes: self.builder.graph.nodes().len() })
        }
    }

    pub(super) fn check(&self, x: Raw) -> Result<Id, Error> {
        self.stamp.check(x.stamp())?;
        Ok(Id::new(x.index()))
    }

    #[track_caller]
    pub(super) fn expect(&self, x: Raw) -> Id {
        // Not by a closure, in which the caller's line would be lost.
        match self.check(x) {
            Ok(id) => id,
            Err(error) => refuse(&error),
        }
    }

    #[inline(never)]
    #[track_caller]
    pub(super) fn expect_all(&self, operands: &[Raw], ids: &mut [Id]) {
        for (id, &operand) in ids.iter_mut().zip(operands) {
            *id = self.expect(operand);
        }
    }

    #[track_caller]
    pub(super) fn push(&mut self, op: &Op, operands: &[Id]) -> Raw {
        let id = self.add(op, operands);
        if self.is_noted(op) {
            self.note(id, None);
        }
        Raw::new(id.index(), self.stamp)
    }

    /// Records a constant node.
    #[track_caller]
    pub(super) fn push_constant(&mut self, shape: DynShape, value: Storage<T>) -> Raw {
        let data = Data::new(value.as_slice().iter().map(|value| value.to_f64()));
        let id = self.add(&op::Constant { shape, data }.into(), &[]);
        self.note(id, Some(value));
        Raw::new(id.index(), self.stamp)
    }

    #[inline]
    #[track_caller]
    fn add(&mut self, op: &Op, operands: &[Id]) -> Id {
        assert!(self.builder.graph.len() < MAX_VALUES, "{FULL}");
        match self.builder.graph.push_op(op, operands) {
            Ok(id) => id,
            Err(error) => refuse(&error),
        }
    }

    /// Whether there is anything to take note of in a node.
    fn is_noted(&self, op: &Op) -> bool {
        op.reads_naturals() || matches!(op, Op::Constant(_)) || self.options.backend == Backend::Eager
    }

    /// Takes note of a node that is new in the graph; its value may be at hand if it is a constant.
    #[track_caller]
    pub(super) fn note(&mut self, id: Id, value: Option<Storage<T>>) {
        assert!(id.index() < MAX_VALUES, "{FULL}");
        let node = self.builder.graph.node(id).expect("only nodes are noted");
        if node.op.reads_naturals() {
            let indexed = self.builder.graph.with_shapes(&node.operands, |shapes| node.op.indices(shapes));
            self.indexed.extend(indexed.map(|(natural, bound)| (id, natural, bound)));
        }
        if let Op::Constant(constant) = &node.op {
            let value = value.unwrap_or_else(|| Storage::from_vec(constant.data.values().map(T::from_f64).collect()));
            self.constants.push(value);
        }
        if self.options.backend == Backend::Eager && !self.stale {
            self.compute(id);
        }
    }

    /// Computes the values of an eager session anew after natural numbers have changed.
    pub(super) fn refresh(&mut self) {
        if std::mem::take(&mut self.stale) && self.options.backend == Backend::Eager {
            self.builder.graph.node_ids().for_each(|id| self.compute(id));
        }
    }

    /// Computes the value of a node whose operands have values.
    pub(super) fn compute(&mut self, id: Id) {
        let node = self.builder.graph.node(id).expect("values are computed of nodes");
        let mut operands = Vec::new();
        for operand in node.operands.iter() {
            let value = self.leaves.get(operand.index()).or_else(|| self.values.get(operand));
            let value = value.expect("nodes are computed in order");
            operands.push(View { shape: self.builder.graph.shape(*operand), data: value.as_slice() });
        }
        let shapes: Vec<DynShape> = mapped(&operands, |operand| operand.shape);
        let fast = Fast::new(&self.processor);
        let mut scratch = vec![T::default(); fast.scratch_of(&node.op, &shapes, node.shape)];
        let mut value = Storage::zeros(node.shape.elements());
        fast.apply(&node.op, &operands, &self.builder.naturals, value.make_mut(), &mut scratch);
        let finite = |value: &T| value.to_f64().is_finite();
        if self.options.stop_at_non_finite && !value.as_slice().iter().all(finite) {
            self.non_finite.get_or_insert(id);
        }
        self.values.insert(id, value);
    }

    /// What must hold before values are given: indices in range, and nothing found that is not finite.
    pub(super) fn check_run(&mut self) -> Result<(), Error> {
        self.known.forget();
        self.refresh();
        if self.options.check_indices {
            step::check_indices(&self.builder.graph, &self.indexed, &self.builder.naturals)?;
        }
        match self.non_finite {
            Some(node) => {
                let op = self.builder.graph.node(node).expect("leaves are not checked").op.name();
                Err(Error::NonFinite { op, node })
            }
            None => Ok(()),
        }
    }
}
