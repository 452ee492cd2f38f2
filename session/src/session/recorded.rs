//! Training steps that are recorded anew: each is seldom made of anything else than the last one.

use std::sync::Arc;

use super::gradients::Groups;
use super::replay::Leaves;
use super::request::{Request, Update};
use super::step::{shapes, step_leaves, step_request, store};
use super::{Session, State};
use crate::Error;
use crate::ir::Id;
use crate::optim::Optimizer;
use crate::param::Cell;
use crate::reference::Raw;
use crate::scalar::Float;

/// What a step is made of beside the recording.
pub(super) struct Recorded<T: Float> {
    loss: Id,
    /// The leaves of the parameters that are trained.
    trained: Vec<(Id, Arc<Cell<T>>)>,
    groups: Groups<T>,
    order: Vec<Arc<Cell<T>>>,
    update: Arc<Update>,
    /// Whose update it is, by [`OptimizerState::identity`](crate::optim::OptimizerState::identity).
    optimizer: u64,
    request: Request,
    further: Leaves<T>,
}

impl<T: Float> Recorded<T> {
    fn new(state: &State<T>, loss: Id, optimizer: &dyn Optimizer<T>, last: Option<Box<Self>>) -> Self {
        let groups = state.trainable();
        let known = last.map(|last| last.update).filter(|update| update.is_of(optimizer, shapes(&groups)));
        let update = known.unwrap_or_else(|| Arc::new(Update::new(optimizer, shapes(&groups))));
        Self {
            loss,
            trained: state.trained().cloned().collect(),
            order: Cell::update_order(groups.iter().map(|(cell, _)| cell)),
            optimizer: optimizer.state().identity(),
            request: step_request(&groups, loss, &update),
            further: Leaves::default(),
            groups,
            update,
        }
    }

    /// Whether a step of this recording and optimiser is made of the same.
    fn is_of(&self, state: &State<T>, loss: Id, optimizer: &dyn Optimizer<T>) -> bool {
        let mut trained = state.trained();
        let mut is_next =
            |leaf: Id, cell| trained.next().is_some_and(|(found, other)| leaf == *found && Arc::ptr_eq(cell, other));
        self.loss == loss
            && self.optimizer == optimizer.state().identity()
            && self.update.is_of_kind(optimizer)
            && self.trained.iter().all(|(leaf, cell)| is_next(*leaf, cell))
            && trained.next().is_none()
    }

    fn run(&mut self, state: &mut State<T>, optimizer: &mut dyn Optimizer<T>) -> T {
        let Self { groups, order, update, request, further, .. } = self;
        Cell::update(order, || {
            step_leaves(groups, update, optimizer, further, 0);
            let mut loss = None;
            let compiled = state.answer(request, further.values_mut(), &mut |answers| {
                loss = Some(store(groups, update, optimizer, answers));
            });
            further.advance(compiled, update.shared(), groups, update, false);
            loss.expect("a run has answers")
        })
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
        let mut recorded = match state.recorded.take() {
            Some(last) if last.is_of(state, loss, optimizer) => last,
            last => Box::new(Recorded::new(state, loss, optimizer, last)),
        };
        let loss = recorded.run(state, optimizer);
        state.recorded = Some(recorded);
        Ok(loss)
    }
}
