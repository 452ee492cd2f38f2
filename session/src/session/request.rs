//! What can be asked of a recording: each request compiles to a tape, found again by its key.

mod definition;

use std::sync::Arc;

use super::State;
use crate::Error;
use crate::autodiff::{forward, reverse};
use crate::ir::{DynShape, Graph, Id};
use crate::kernels::Processor;
use crate::mapped::mapped;
use crate::ops::Emit;
use crate::optim::{Fragment, Optimizer, clip};
use crate::scalar::Float;
use crate::tape::{Further, Given, Own, Tape};
use crate::tensor::storage::Storage;

pub(super) use definition::Asked;

/// A question about a recording. Further leaves that it needs are given when it runs, in the order
/// that is written here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Values.
    Values { values: Vec<Id> },
    /// The cotangents of groups of values, summed in each group. Leaves: the seeds.
    Reverse { seeds: Vec<Id>, wanted: Vec<Vec<Id>> },
    /// The value of a loss, then as above with the seed at the loss. Leaves: the seed.
    Loss { loss: Id, wanted: Vec<Vec<Id>> },
    /// The tangent of a value. Leaves: the tangents.
    Forward { leaves: Vec<Id>, wanted: Id },
    /// The Hessian of a loss times a vector. Leaves: the seed, the vector.
    HessianVector { loss: Id, leaf: Id },
    /// A loss, and for each group of leaves the updated parameter and its state. Leaves: the hyper-parameters that
    /// all share, with the largest norm as the last if gradients are clipped; for each group the parameter, its
    /// state, and its own hyper-parameters; the seed.
    Step { loss: Id, groups: Vec<Vec<Id>>, update: Arc<Update> },
}

/// An optimiser's update of each parameter.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Update {
    /// The kind of the optimiser, which decides about the fragments.
    pub(crate) kind: &'static str,
    pub(crate) fragments: Vec<Fragment>,
    /// The names of the state tensors.
    pub(crate) slots: Vec<&'static str>,
    /// Whether the gradients are clipped before.
    pub(crate) clipped: bool,
}

impl Update {
    /// Of parameters of these shapes.
    pub(super) fn new<T: Float>(optimizer: &dyn Optimizer<T>, shapes: impl Iterator<Item = DynShape>) -> Self {
        Self {
            kind: optimizer.kind(),
            fragments: shapes.map(|shape| optimizer.fragment(shape)).collect(),
            slots: optimizer.slots(),
            clipped: optimizer.max_norm().is_some(),
        }
    }

    /// Whether it is that of an optimiser and of parameters of these shapes.
    pub(super) fn is_of<T: Float>(&self, optimizer: &dyn Optimizer<T>, shapes: impl Iterator<Item = DynShape>) -> bool {
        // One fragment tells apart optimisers that call themselves alike.
        self.is_of_kind(optimizer)
            && self.fragments.iter().map(|fragment| fragment.graph.leaves()[0]).eq(shapes)
            && self.fragments.first().is_none_or(|own| *own == optimizer.fragment(own.graph.leaves()[0]))
    }

    /// Whether the optimiser is of its kind and clips as it does.
    pub(super) fn is_of_kind<T: Float>(&self, optimizer: &dyn Optimizer<T>) -> bool {
        self.kind == optimizer.kind() && self.clipped == optimizer.max_norm().is_some()
    }

    /// The number of leaves that all parameters share.
    pub(crate) fn shared(&self) -> usize {
        self.fragments.first().map_or(0, |fragment| fragment.hyper_parameters + usize::from(self.clipped))
    }
}

/// A request made ready to run.
pub(crate) struct Compiled<T: Float> {
    pub(crate) request: Request,
    pub(crate) tape: Tape<T>,
    /// For each answer the output of the tape; `None` is a structural zero.
    pub(crate) answers: Vec<Option<usize>>,
    /// For each answer the buffer of the tape that is lent, if one is: see [`Tape::lent`].
    lent: Vec<Option<usize>>,
    /// The outputs from here on are the kept values.
    pub(super) kept: usize,
}

impl Request {
    /// The graph that answers the request and, for each answer, its value there.
    fn graph(&self, graph: &Graph) -> (Graph, Vec<Option<Id>>) {
        match self {
            Self::Values { values } => (graph.clone(), values.iter().copied().map(Some).collect()),
            Self::Reverse { seeds, wanted } => {
                let mut derivative = reverse(graph, seeds);
                let answers = mapped(wanted, |group| derivative.total(group));
                (derivative.graph, answers)
            }
            Self::Loss { loss, wanted } => {
                let mut derivative = reverse(graph, &[*loss]);
                let value = Some(derivative.value[loss.index()]);
                let answers = std::iter::once(value).chain(wanted.iter().map(|group| derivative.total(group)));
                let answers = answers.collect();
                (derivative.graph, answers)
            }
            Self::Forward { leaves, wanted } => {
                let derivative = forward(graph, leaves);
                (derivative.graph, vec![derivative.gradient[wanted.index()]])
            }
            Self::HessianVector { loss, leaf } => {
                let gradient = reverse(graph, &[*loss]);
                let Some(entry) = gradient.gradient[leaf.index()] else { return (gradient.graph, vec![None]) };
                let derivative = forward(&gradient.graph, &[*leaf]);
                (derivative.graph, vec![derivative.gradient[entry.index()]])
            }
            Self::Step { loss, groups, update } => step(graph, *loss, groups, update),
        }
    }

    /// `lasting` are the leaves of the recording that are seldom others from run to run.
    pub(crate) fn compile<T: Float>(
        &self,
        processor: &Arc<Processor>,
        graph: &Graph,
        kept: &[Id],
        lasting: &[Id],
    ) -> Compiled<T> {
        let (answer, answers) = self.graph(graph);
        let extra = answer.leaves().len() - graph.leaves().len();
        let mut outputs: Vec<Id> = answers.iter().copied().flatten().collect();
        let first_kept = outputs.len();
        let mut next = 0..first_kept;
        let answers = mapped(&answers, |id| id.and_then(|_| next.next()));
        outputs.extend(kept.iter().map(|&id| graph.shifted(id, extra)));
        let tape = Tape::compile_on(Arc::clone(processor), &answer, &outputs, lasting);
        let lent = mapped(&answers, |answer| answer.and_then(|output| tape.own_buffer(output)));
        Compiled { request: self.clone(), tape, answers, lent, kept: first_kept }
    }
}

fn step(graph: &Graph, loss: Id, groups: &[Vec<Id>], update: &Update) -> (Graph, Vec<Option<Id>>) {
    let mut shapes = vec![DynShape::SCALAR; update.shared()];
    for (group, fragment) in groups.iter().zip(&update.fragments) {
        shapes.extend(std::iter::repeat_n(graph.shape(group[0]), 1 + fragment.states));
        shapes.extend(std::iter::repeat_n(DynShape::SCALAR, fragment.step_parameters));
    }
    let first = graph.leaves().len();
    let extended = graph.with_leaves(&shapes);
    let loss = graph.shifted(loss, shapes.len());
    let mut derivative = reverse(&extended, &[loss]);
    let mut answers = vec![Some(derivative.value[loss.index()])];
    let mut leaf = first;
    let mut next = |count: usize| {
        leaf += count;
        (leaf - count..leaf).map(Id::new).collect::<Vec<Id>>()
    };
    let mut shared = next(update.shared());
    let mut gradients: Vec<Option<Id>> = mapped(groups, |group| derivative.total(group));
    let mut emit = Emit::new(&mut derivative.graph);
    if update.clipped
        && let Some(max_norm) = shared.pop()
    {
        clip(&mut emit, &mut gradients, max_norm);
    }
    for (gradient, fragment) in gradients.into_iter().zip(&update.fragments) {
        let cells = next(1 + fragment.states);
        let hyper = [shared.as_slice(), &next(fragment.step_parameters)].concat();
        match gradient {
            Some(gradient) => {
                let updated = fragment.inline(&mut emit, cells[0], gradient, &cells[1..], &hyper);
                answers.extend(updated.into_iter().map(Some));
            }
            None => answers.extend(std::iter::repeat_n(None, 1 + fragment.states)),
        }
    }
    (derivative.graph, answers)
}

/// What a tape is found by: the program, whatever the values of its constants, and the request.
struct Key {
    /// [`Graph::key`].
    digest: u128,
    graph: Graph,
    kept: Vec<Id>,
}

/// The compiled requests of a session: at most 64, the least recently used goes first.
pub(crate) struct Cache<T: Float> {
    entries: Vec<(Key, Compiled<T>)>,
    /// How many requests were compiled so far.
    pub(super) compiled: usize,
}

impl<T: Float> Default for Cache<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), compiled: 0 }
    }
}

const CAPACITY: usize = 64;

impl<T: Float> Cache<T> {
    /// The number of tapes.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The compiled request, from the cache or made now.
    pub(crate) fn find(
        &mut self,
        processor: &Arc<Processor>,
        graph: &Graph,
        request: &Request,
        kept: &[Id],
    ) -> &mut Compiled<T> {
        let digest = graph.key().digest();
        let found = self.entries.iter().position(|(key, compiled)| {
            key.digest == digest && compiled.request == *request && key.kept == kept && key.graph.same_program(graph)
        });
        // The most recently used is last.
        match found {
            Some(index) => self.entries[index..].rotate_left(1),
            None => {
                if self.entries.len() == CAPACITY {
                    self.entries.remove(0);
                }
                let compiled = request.compile(processor, graph, kept, &[]);
                self.compiled += 1;
                self.entries.push((Key { digest, graph: graph.clone(), kept: kept.to_vec() }, compiled));
            }
        }
        self.last()
    }

    /// What was asked for last.
    pub(super) fn last(&mut self) -> &mut Compiled<T> {
        &mut self.entries.last_mut().expect("something was asked for").1
    }
}

impl<T: Float> Compiled<T> {
    /// The memory of an answer that shares it with no other one, to be taken and given: none before the first run.
    #[inline]
    pub(super) fn lent(&mut self, answer: usize) -> Option<&mut Option<Storage<T>>> {
        self.lent[answer].map(|buffer| self.tape.lent(buffer))
    }

    /// The answers of the last run, in order; `None` is a structural zero.
    pub(super) fn answers(&self, leaves: Given<'_, T>) -> impl Iterator<Item = Option<Storage<T>>> {
        self.answers.iter().map(move |answer| answer.map(|output| self.tape.output(output, leaves).clone()))
    }
}

impl<T: Float> State<T> {
    /// Answers a request; `further` are the leaves that it needs beside those of the recording. `None` is
    /// a structural zero.
    pub(super) fn run(&mut self, request: &Request, further: &[Storage<T>]) -> Result<Vec<Option<Storage<T>>>, Error> {
        self.check_run()?;
        let further = Further { values: further, leased: &[] };
        let (compiled, own) = self.answer(request, further);
        let answers: Vec<_> = compiled.answers(further.after(own)).collect();
        if let Request::Values { values } = request {
            for (&id, value) in values.iter().zip(&answers) {
                self.values.insert(id, value.clone().expect("values are no derivatives"));
            }
        }
        Ok(answers)
    }

    /// Runs what answers a request, after [`check_run`](Self::check_run). Gives it, and the leaves of the recording.
    pub(super) fn answer(&mut self, request: &Request, further: Further<'_, T>) -> (&mut Compiled<T>, Own<'_, T>) {
        let compiled = self.cache.find(&self.processor, &self.builder.graph, request, &self.kept);
        for (index, constant) in self.constants.iter().enumerate() {
            compiled.tape.set_constant(index, constant.clone());
        }
        let own = Own { values: &self.leaves, same: &[], are_settled: false };
        let leaves = further.after(own);
        compiled.tape.run(leaves, &self.builder.naturals);
        for (index, &id) in self.kept.iter().enumerate() {
            self.values.insert(id, compiled.tape.output(compiled.kept + index, leaves).clone());
        }
        (compiled, own)
    }
}
