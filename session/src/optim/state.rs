//! What an optimiser remembers from step to step.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::mapped::mapped;
use crate::param::{Cell, Param};
use crate::scalar::Float;
use crate::tensor::storage::Storage;

/// What an optimiser remembers: the number of steps, and for each parameter its own number of updates and its
/// tensors, zeros where a parameter is new.
#[derive(Clone)]
pub struct OptimizerState<T: Float> {
    steps: usize,
    parameters: Vec<ParameterState<T>>,
    /// The parameter that is probably asked for next: they come in the same order in each step.
    next: usize,
    identity: u64,
}

/// What an optimiser remembers of one parameter.
#[derive(Clone)]
pub(crate) struct ParameterState<T: Float> {
    pub(crate) cell: Arc<Cell<T>>,
    /// The updates it has had.
    pub(crate) updates: usize,
    pub(crate) tensors: Vec<Storage<T>>,
    /// The names of the tensors, as [`Optimizer::slots`](super::Optimizer::slots) gives them.
    pub(crate) slots: Vec<&'static str>,
}

impl<T: Float> Default for OptimizerState<T> {
    fn default() -> Self {
        Self::restored(0, Vec::new())
    }
}

impl<T: Float> OptimizerState<T> {
    pub(crate) fn restored(steps: usize, parameters: Vec<ParameterState<T>>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { steps, parameters, next: 0, identity: NEXT.fetch_add(1, Relaxed) }
    }

    /// A number that the states of no two optimisers have, but for copies.
    pub(crate) fn identity(&self) -> u64 {
        self.identity
    }

    /// How many steps the optimiser has taken.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// How many updates a parameter has had: the steps in which the loss depended on it.
    pub fn updates<S: shapes::Shape>(&self, param: &Param<S, T>) -> usize {
        self.get(param.cell()).map_or(0, |parameter| parameter.updates)
    }

    pub(crate) fn count_step(&mut self) {
        self.steps += 1;
    }

    pub(crate) fn parameters(&self) -> &[ParameterState<T>] {
        &self.parameters
    }

    pub(crate) fn get(&self, cell: &Arc<Cell<T>>) -> Option<&ParameterState<T>> {
        self.parameters.iter().find(|parameter| Arc::ptr_eq(&parameter.cell, cell))
    }

    /// What is remembered of a parameter, with a tensor of its shape for each slot. After a setting has changed that
    /// asks for other slots, those that it has keep their tensors, new ones are zeros, and the others are dropped.
    #[inline]
    pub(crate) fn of(&mut self, cell: &Arc<Cell<T>>, slots: &[&'static str]) -> &mut ParameterState<T> {
        let index = match self.parameters.get(self.next) {
            Some(next) if Arc::ptr_eq(&next.cell, cell) => self.next,
            _ => self.find(cell),
        };
        // Optimisers go through their parameters again and again.
        self.next = if index + 1 < self.parameters.len() { index + 1 } else { 0 };
        let parameter = &mut self.parameters[index];
        if parameter.slots != slots {
            parameter.set_slots(slots);
        }
        parameter
    }

    /// Each of these parameters has had one more update.
    pub(crate) fn count_updates<'a>(&mut self, cells: impl Iterator<Item = &'a Arc<Cell<T>>>, slots: &[&'static str]) {
        for (index, cell) in cells.enumerate() {
            match self.parameters.get_mut(index) {
                Some(known) if Arc::ptr_eq(&known.cell, cell) && known.slots == slots => known.updates += 1,
                _ => self.of(cell, slots).updates += 1,
            }
        }
    }

    #[inline(never)]
    fn find(&mut self, cell: &Arc<Cell<T>>) -> usize {
        let known = self.parameters.iter().position(|parameter| Arc::ptr_eq(&parameter.cell, cell));
        known.unwrap_or_else(|| {
            let (tensors, slots) = (Vec::new(), Vec::new());
            self.parameters.push(ParameterState { cell: Arc::clone(cell), updates: 0, tensors, slots });
            self.parameters.len() - 1
        })
    }
}

impl<T: Float> ParameterState<T> {
    #[inline(never)]
    fn set_slots(&mut self, slots: &[&'static str]) {
        let tensor = |slot| match self.slots.iter().position(|known| known == slot) {
            Some(index) => self.tensors[index].clone(),
            None => Storage::zeros(self.cell.shape().elements()),
        };
        self.tensors = mapped(slots, tensor);
        self.slots = slots.to_vec();
    }
}

impl<T: Float> fmt::Debug for OptimizerState<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OptimizerState of {} parameters after {} steps", self.parameters.len(), self.steps)
    }
}
