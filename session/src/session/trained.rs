//! The parameters that a step trains, from one step to the next.
//!
//! A step reads and replaces them under their locks. Once nobody else has changed them between two steps they are
//! [leased](Leased), so that further steps replace all of them at once.

use std::mem::swap;
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
    step_parameters: usize,
}

impl Place {
    /// One for each parameter.
    fn all(update: &Update) -> Vec<Self> {
        // The first answer is the loss.
        let (mut leaf, mut answer) = (update.shared(), 1);
        mapped(&update.fragments, |fragment| {
            let place = Self { leaf, answer, states: fragment.states, step_parameters: fragment.step_parameters };
            leaf += 1 + place.own();
            answer += 1 + place.states;
            place
        })
    }

    /// The number of further leaves beside the parameter.
    fn own(self) -> usize {
        self.states + self.step_parameters
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
            updated: Updated::new(groups, update),
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
                exchange(&updated.places, training.compiled(), leased.before());
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
    /// Whether no parameter has further leaves beside itself.
    is_plain: bool,
}

impl<T: Float> Updated<T> {
    fn new(groups: Groups<T>, update: Arc<Update>) -> Self {
        let places = Place::all(&update);
        let is_plain = places.iter().all(|place| place.own() == 0);
        Self { groups, update, further: Leaves::default(), places, is_plain }
    }

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
        let Self { groups, update, further, places, is_plain } = self;
        let given = Further { values: further.values(), leased: now };
        let (compiled, own) = training.run(given);
        let leaves = given.after(own);
        let Compiled { tape, answers, .. } = &*compiled;
        let loss = tape.output(answers[0].expect("the loss is no derivative"), leaves).as_slice()[0];

        let all = optimizer.state_mut();
        all.count_step();
        if let Some(next) = &mut next {
            let are_lent = exchange(places, compiled, next);
            if are_lent && *is_plain {
                all.count_updates(groups.iter().map(|(cell, _)| cell), &update.slots);
                return loss;
            }
        }
        let Compiled { tape, answers, .. } = compiled;
        // First all that may be a leaf of this run.
        for ((cell, _), &Place { leaf, answer, states, .. }) in groups.iter().zip(&*places) {
            let state = all.of(cell, &update.slots);
            state.updates += usize::from(answers[answer].is_some());
            match (answers[answer], &mut next) {
                (Some(index), None) => cell.set(tape.output(index, leaves).clone()),
                (Some(index), Some(next)) if next[leaf].is_none() => {
                    next[leaf] = Some(tape.output(index, leaves).clone());
                }
                (None, Some(next)) => next[leaf].clone_from(&now[leaf]),
                _ => {}
            }
            for (tensor, answer) in state.tensors.iter_mut().zip(&answers[answer + 1..=answer + states]) {
                if let Some(index) = *answer {
                    *tensor = tape.output(index, leaves).clone();
                }
            }
        }
        for ((cell, _), &Place { leaf, answer, states, .. }) in groups.iter().zip(&*places) {
            if let (Some(index), None) = (answers[answer], &next) {
                further.is_now_present(leaf, cell);
                further.hand_over(leaf, tape, index);
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
        let Self { groups, update, further, places, is_plain } = self;
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
        if *is_plain && !leased.is_empty() {
            next += groups.len();
        } else {
            for ((cell, _), place) in groups.iter().zip(&*places) {
                if leased.is_empty() {
                    further.follow(next, cell);
                }
                next += 1;
                if place.own() == 0 {
                    continue;
                }
                let state = optimizer.state_mut().of(cell, &update.slots);
                for tensor in &state.tensors {
                    further.set(next, tensor);
                    next += 1;
                }
                let (updates, before) = (state.updates, next);
                optimizer.step_parameters(updates + 1, &mut |value| scalar(further, &mut next, value));
                assert_eq!(next - before, place.step_parameters, "{AS_MANY}");
            }
        }
        // The seed.
        scalar(further, &mut next, 1.0);
    }
}

/// Swaps the outputs that are new values of parameters, and are lent, with what a list has in their places: first with
/// nothing, then with the former values, whose memory the next run writes. The list has nothing in the places of others then.
/// Whether all are lent.
#[inline]
fn exchange<T: Float>(places: &[Place], compiled: &mut Compiled<T>, list: &mut Values<T>) -> bool {
    let mut all = true;
    for &Place { leaf, answer, .. } in places {
        match compiled.lent(answer) {
            Some(memory) => swap(&mut list[leaf], memory),
            None => (list[leaf], all) = (None, false),
        }
    }
    all
}
