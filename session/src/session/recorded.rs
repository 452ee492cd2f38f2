//! Training steps that are recorded anew: each is seldom made of anything else than the last one, or the one before that
//! where two losses take turns.

use std::sync::Arc;

use super::request::{Compiled, Request};
use super::trained::{Trained, Training};
use super::{Session, State};
use crate::Error;
use crate::ir::Id;
use crate::optim::Optimizer;
use crate::param::Cell;
use crate::reference::Raw;
use crate::scalar::Float;
use crate::tape::{Further, Own};
use crate::tensor::storage::Storage;

/// What a step is made of beside the recording.
pub(super) struct Recorded<T: Float> {
    loss: Id,
    /// The leaves of the parameters that are trained.
    used: Vec<(Id, Arc<Cell<T>>)>,
    trained: Trained<T>,
    /// Whose update it is, by [`OptimizerState::identity`](crate::optim::OptimizerState::identity).
    optimizer: u64,
    request: Request,
}

/// How many are kept.
const KEPT: usize = 2;

impl<T: Float> Recorded<T> {
    fn new(state: &State<T>, loss: Id, optimizer: &dyn Optimizer<T>, last: Option<&Self>) -> Self {
        let known = last.map(|last| Arc::clone(last.trained.update()));
        let trained = Trained::new(state.trainable(), optimizer, known);
        Self {
            loss,
            used: state.trained().cloned().collect(),
            optimizer: optimizer.state().identity(),
            request: trained.request(loss),
            trained,
        }
    }

    /// Whether a step of this recording and optimiser is made of the same.
    fn is_of(&self, state: &State<T>, loss: Id, optimizer: &dyn Optimizer<T>) -> bool {
        let mut trained = state.trained();
        let mut is_next =
            |leaf: Id, cell| trained.next().is_some_and(|(found, other)| leaf == *found && Arc::ptr_eq(cell, other));
        self.loss == loss
            && self.optimizer == optimizer.state().identity()
            && self.trained.update().is_of_kind(optimizer)
            && self.used.iter().all(|(leaf, cell)| is_next(*leaf, cell))
            && trained.next().is_none()
    }

    /// [`Trained::present`].
    pub(super) fn present(&self, position: usize, cell: &Arc<Cell<T>>) -> Option<&Storage<T>> {
        self.trained.present(position, cell)
    }
}

/// A step of the present recording.
struct Recording<'a, T: Float> {
    state: &'a mut State<T>,
    request: &'a Request,
}

impl<T: Float> Training<T> for Recording<'_, T> {
    fn run<'a>(&'a mut self, further: Further<'_, T>) -> (&'a mut Compiled<T>, Own<'a, T>) {
        self.state.answer(self.request, further)
    }

    fn compiled(&mut self) -> &mut Compiled<T> {
        self.state.cache.last()
    }
}

impl<T: Float> State<T> {
    /// The leaves of the used parameters that require a gradient.
    fn trained(&self) -> impl Iterator<Item = &(Id, Arc<Cell<T>>)> {
        self.used.iter().filter(|(_, cell)| cell.requires_grad(self.options.requires_grad_by_default))
    }
}

impl<T: Float> Session<T> {
    #[inline(never)]
    pub(super) fn step_by(&self, loss: Raw, optimizer: &mut dyn Optimizer<T>) -> Result<T, Error> {
        let state = &mut *self.state.borrow_mut();
        let loss = state.check(loss)?;
        // Before the optimiser gives new parameters a state.
        state.check_run()?;
        let mut recorded = std::mem::take(&mut state.recorded);
        match recorded.iter().rposition(|recorded| recorded.is_of(state, loss, optimizer)) {
            Some(index) => recorded[index..].rotate_left(1),
            None => {
                let new = Recorded::new(state, loss, optimizer, recorded.last());
                if recorded.len() == KEPT {
                    recorded.remove(0);
                }
                recorded.push(new);
            }
        }
        let Recorded { trained, request, .. } = recorded.last_mut().expect("it is found or made");
        let loss = trained.step(optimizer, &mut Recording { state, request });
        state.recorded = recorded;
        Ok(loss)
    }
}
