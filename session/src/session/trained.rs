//! The parameters that a step trains, from one step to the next.
//!
//! A step reads and replaces them under their locks. Once nobody else has changed them between two steps they are
//! [leased](Leased), so that further steps replace all of them at once.

use std::sync::Arc;

use super::Request;
use super::gradients::Groups;
use super::replay::Leaves;
use super::request::{Compiled, Update};
use crate::ir::Id;
use crate::mapped::mapped;
use crate::optim::Optimizer;
use crate::param::{Cell, Leased, Values};
use crate::scalar::Float;
use crate::tape::{Further, Own};
use crate::tensor::storage::Storage;

/// What a step runs.
pub(super) trait Training<T: Float> {
    /// Runs it. Gives the tape and the leaves of the recording.
    fn run<'a>(&'a mut self, further: Further<'_, T>) -> (&'a mut Compiled<T>, Own<'a, T>);

    /// The tape that has run last.
    fn compiled(&mut self) -> &mut Compiled<T>;
}

/// Trained parameters.
pub(super) struct Trained<T: Float> {
    updated: Updated<T>,
    /// The parameters in the order of their locks.
    order: Vec<Arc<Cell<T>>>,
    lease: Option<Leased<T>>,
    /// Steps on the lease, or without one since somebody else has changed a parameter.
    steps: usize,
    /// How many steps without a lease must come before one.
    patience: usize,
}

/// Where a parameter and its state are in [`Request::Step`].
#[derive(Clone, Copy)]
struct Place {
    /// The number of the parameter among the further leaves, and that of its new value among the answers. Those of the
    /// state follow.
    leaf: usize,
    answer: usize,
    states: usize,
}

impl Place {
    /// One for each parameter.
    fn all(update: &Update) -> Vec<Self> {
        // The first answer is the loss.
        let (mut leaf, mut answer) = (update.shared(), 1);
        mapped(&update.fragments, |fragment| {
            let place = Self { leaf, answer, states: fragment.states };
            leaf += 1 + fragment.states + fragment.step_parameters;
            answer += 1 + fragment.states;
            place
        })
    }
}

/// A lease that ends after fewer steps was not worth the effort.
const WORTHWHILE: usize = 8;

impl<T: Float> Trained<T> {
    /// Parameters that an optimiser updates. `known` may be the update.
    pub(super) fn new(groups: Groups<T>, optimizer: &dyn Optimizer<T>, known: Option<Arc<Update>>) -> Self {
        let shapes = || groups.iter().map(|(cell, _)| cell.shape());
        let known = known.filter(|update| update.is_of(optimizer, shapes()));
        let update = known.unwrap_or_else(|| Arc::new(Update::new(optimizer, shapes())));
        Self {
            order: Cell::update_order(groups.iter().map(|(cell, _)| cell)),
            updated: Updated { places: Place::all(&update), groups, update, further: Leaves::default() },
            lease: None,
            steps: 0,
            patience: 1,
        }
    }

    /// The parameters, each with its leaves of the recording.
    pub(super) fn groups(&self) -> &Groups<T> {
        &self.updated.groups
    }

    pub(super) fn update(&self) -> &Arc<Update> {
        &self.updated.update
    }

    /// The parameters in the order of their locks.
    #[cfg(feature = "pjrt")]
    pub(super) fn order(&self) -> &[Arc<Cell<T>>] {
        &self.order
    }

    /// Each parameter's number among the further leaves, and its leaves of the recording.
    pub(super) fn leaves(&self) -> impl Iterator<Item = (usize, &Vec<Id>)> {
        self.updated.places.iter().zip(&self.updated.groups).map(|(place, (_, leaves))| (place.leaf, leaves))
    }

    /// The present value of the parameter at a position, if it is this one and nobody else has changed it.
    pub(super) fn present(&self, position: usize, cell: &Arc<Cell<T>>) -> Option<&Storage<T>> {
        let Updated { groups, places, further, .. } = &self.updated;
        match &self.lease {
            Some(leased) => leased.present(position, cell),
            None => {
                let ((known, _), place) = (groups.get(position)?, places.get(position)?);
                let is_it = Arc::ptr_eq(known, cell) && further.is_present(place.leaf, cell);
                is_it.then(|| &further.values()[place.leaf])
            }
        }
    }

    /// The request of a step.
    pub(super) fn request(&self, loss: Id) -> Request {
        let groups = mapped(&self.updated.groups, |(_, leaves)| leaves.clone());
        Request::Step { loss, groups, update: Arc::clone(&self.updated.update) }
    }

    /// One step. Gives the loss.
    pub(super) fn step(&mut self, optimizer: &mut dyn Optimizer<T>, training: &mut dyn Training<T>) -> T {
        let Self { updated, order, lease, steps, patience } = self;
        // Taken, so that one that a panic interrupts is not continued.
        if let Some(mut leased) = lease.take() {
            let loss = leased.step(|now, next| updated.step(optimizer, training, Some((now, next))));
            if let Some(loss) = loss {
                updated.give_back(leased.before(), training.compiled());
                *lease = Some(leased);
                *steps += 1;
                return loss;
            }
            *patience = if *steps < WORTHWHILE { patience.saturating_mul(2) } else { 1 };
            *steps = 0;
        }
        Cell::update(order, || {
            *steps = if updated.is_present() { *steps + 1 } else { 0 };
            let loss = updated.step(optimizer, training, None);
            if *steps >= *patience && updated.is_present() {
                *lease = Some(updated.lease());
                *steps = 0;
            }
            loss
        })
    }
}

/// Parameters and their update.
struct Updated<T: Float> {
    groups: Groups<T>,
    update: Arc<Update>,
    /// The further leaves of [`Request::Step`].
    further: Leaves<T>,
    places: Vec<Place>,
}

impl<T: Float> Updated<T> {
    /// The parameters, each with its number among the further leaves.
    fn numbered(&self) -> impl Iterator<Item = (usize, &Arc<Cell<T>>)> {
        self.places.iter().zip(&self.groups).map(|(place, (cell, _))| (place.leaf, cell))
    }

    /// Whether all leaves of parameters have their present values.
    fn is_present(&self) -> bool {
        self.numbered().all(|(place, cell)| self.further.is_present(place, cell))
    }

    /// Leases the parameters, whose leaves have their present values.
    fn lease(&mut self) -> Leased<T> {
        let Self { groups, further, places, .. } = self;
        let mut values: Values<T> = mapped(further.values(), |_| None);
        places.iter().for_each(|place| values[place.leaf] = Some(further.take(place.leaf)));
        Leased::new(values, places.iter().map(|place| place.leaf).zip(groups.iter().map(|(cell, _)| Arc::clone(cell))))
    }

    /// Runs, and stores what comes out: new values of leased parameters as the next ones.
    fn step(
        &mut self,
        optimizer: &mut dyn Optimizer<T>,
        training: &mut dyn Training<T>,
        leased: Option<(&Values<T>, &mut Values<T>)>,
    ) -> T {
        let (now, mut next) = leased.map_or((&[][..], None), |(now, next)| (&now[..], Some(next)));
        self.set_leaves(optimizer, now);
        let Self { groups, update, further, places } = self;
        let given = Further { values: further.values(), leased: now };
        let (Compiled { tape, answers, .. }, own) = training.run(given);
        let leaves = given.after(own);
        let output = |output: usize| tape.output(output, leaves);
        let loss = output(answers[0].expect("the loss is no derivative")).as_slice()[0];

        // First all that may be a leaf of this run.
        let all = optimizer.state_mut();
        all.count_step();
        for ((cell, _), &Place { leaf, answer, states }) in groups.iter().zip(&*places) {
            let state = all.of(cell, &update.slots);
            state.updates += usize::from(answers[answer].is_some());
            match (answers[answer], &mut next) {
                (Some(index), None) => cell.set(output(index).clone()),
                (Some(index), Some(next)) if !tape.can_lend(index) => next[leaf] = Some(output(index).clone()),
                (None, Some(next)) => next[leaf].clone_from(&now[leaf]),
                _ => {}
            }
            for (tensor, answer) in state.tensors.iter_mut().zip(&answers[answer + 1..=answer + states]) {
                if let Some(index) = *answer {
                    *tensor = output(index).clone();
                }
            }
        }
        for ((cell, _), &Place { leaf, answer, states }) in groups.iter().zip(&*places) {
            match (answers[answer], &mut next) {
                (Some(index), Some(next)) if tape.can_lend(index) => next[leaf] = Some(tape.take(index)),
                (Some(index), None) => {
                    further.is_now_present(leaf, cell);
                    further.hand_over(leaf, tape, index);
                }
                _ => {}
            }
            for state in 1..=states {
                if let Some(index) = answers[answer + state] {
                    further.hand_over(leaf + state, tape, index);
                }
            }
        }
        loss
    }

    /// Sets the further leaves, but for leased parameters.
    fn set_leaves(&mut self, optimizer: &mut dyn Optimizer<T>, leased: &[Option<Storage<T>>]) {
        let Self { groups, update, further, .. } = self;
        let mut next = 0;
        let scalar = |leaves: &mut Leaves<T>, next: &mut usize, value: f64| {
            leaves.set_scalar(*next, T::from_f64(value));
            *next += 1;
        };
        const AS_MANY: &str = "as many hyper-parameters as the fragment has leaves";
        if !groups.is_empty() {
            optimizer.hyper_parameters(&mut |value| scalar(further, &mut next, value));
            if let Some(max_norm) = optimizer.max_norm() {
                scalar(further, &mut next, max_norm);
            }
            assert_eq!(next, update.shared(), "{AS_MANY}");
        }
        for ((cell, _), fragment) in groups.iter().zip(&update.fragments) {
            if !matches!(leased.get(next), Some(Some(_))) {
                further.follow(next, cell);
            }
            next += 1;
            if fragment.states + fragment.step_parameters == 0 {
                continue;
            }
            let state = optimizer.state_mut().of(cell, &update.slots);
            for tensor in &state.tensors {
                further.set(next, tensor);
                next += 1;
            }
            let (updates, before) = (state.updates, next);
            optimizer.step_parameters(updates + 1, &mut |value| scalar(further, &mut next, value));
            assert_eq!(next - before, fragment.step_parameters, "{AS_MANY}");
        }
        // The seed.
        scalar(further, &mut next, 1.0);
    }

    /// Gives the memory of former values back to the outputs that have become the present ones.
    fn give_back(&self, before: &mut Values<T>, Compiled { tape, answers, .. }: &mut Compiled<T>) {
        for &Place { leaf, answer, .. } in &self.places {
            if let (Some(index), Some(memory)) = (answers[answer], before[leaf].take())
                && tape.can_lend(index)
            {
                tape.give(index, memory);
            }
        }
    }
}
