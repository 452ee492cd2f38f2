//! From a graph to something that runs.
//!
//! ```text
//! Graph + requested outputs
//!   passes    what moves no element becomes another name of its operand, equal subexpressions become
//!             one value, dead code goes, what depends on nothing becomes a prologue
//!   fusion    elementwise operations that run together, tile by tile, with the broadcasts that they read; products and
//!             convolutions with what follows them
//!   schedule  instructions in order
//!   memory    a place for every value: an input, an output, a part of the arena, reused when its
//!             value is dead, or nothing but a tile
//!   bind      calls of kernels for every instruction, with all that shapes decide, for f32 and f64
//!   run       one loop, generic over Kernels<S>: Bound for f32 and f64, Definition for every scalar
//! ```
//!
//! Passes never rewrite arithmetic: only sharing, order and placement. An instruction is a list of
//! operations, so that a fused instruction's definition is the interpretation of its list.
//!
//! Leaves, natural numbers and the values of constants are inputs of a run. Requested outputs have
//! buffers of their own; a buffer is used again once nobody holds the result of the run that filled it,
//! so that from the third run on nothing is allocated, except where an operation is too large for its kernel
//! (average pools of windows of more than 1024 cells, gradients of max pools of more than 2^24) and runs as its
//! definition.

mod bind;
mod elementwise;
mod fast;
mod fusion;
mod given;
mod lasting;
mod memory;
mod passes;
mod profile;
mod run;
mod schedule;
mod together;

use std::fmt;
use std::sync::Arc;

pub(crate) use bind::Bound;
pub use bind::Inputs;
pub use fast::{Accelerated, Fast};
pub use fusion::Fusion;
pub(crate) use fusion::{plane_of, readings_in, repeated};
pub(crate) use given::{Further, Given, Own};
pub use profile::{InstructionTime, Profile};
pub(crate) use run::Trial;
pub use run::{Definition, Kernels, Space, run};
pub use schedule::{Constant, Instruction, Place, Schedule, Slot, Source, Step};

use lasting::Lasting;

use crate::Error;
use crate::autodiff;
use crate::ir::{Graph, Id};
use crate::kernels::{Arena, Processor, Regions, Table};
use crate::mapped::mapped;
use crate::scalar::Float;
use crate::tensor::DynTensor;
use crate::tensor::storage::Storage;

/// The most buffers of an output that a tape keeps, for results that somebody holds while it runs again.
const POOLED: usize = 8;

/// A compiled graph for numbers `T`: schedule, memory and the constants it was compiled with.
///
/// ```
/// use session::ir::{DynShape, Graph, op};
/// use session::tape::Tape;
/// use session::tensor::DynTensor;
///
/// let shape = DynShape::new(&[3]);
/// let mut graph = Graph::default();
/// let x = graph.leaf(shape);
/// let y = graph.push(op::Mul {}, &[x, x])?;
/// let mut tape = Tape::<f32>::compile(&graph, &[y]);
/// let values = tape.forward(&[DynTensor::new(shape, vec![1.0, 2.0, 3.0])?], &[])?;
/// assert_eq!(values[0].as_slice(), [1.0, 4.0, 9.0]);
/// # Ok::<(), session::Error>(())
/// ```
pub struct Tape<T: Float> {
    graph: Graph,
    outputs: Vec<Id>,
    schedule: Schedule,
    kernels: Bound<T>,
    constants: Vec<Storage<T>>,
    /// Empty before the first run: a graph from a file may ask for more than there is.
    arena: Arena<T>,
    table: Table<T>,
    prologue_done: bool,
    /// The output buffers of the last run.
    current: Vec<Option<Storage<T>>>,
    /// Those of runs before, for each output buffer of the schedule: used again once nobody else holds them.
    made: Vec<Vec<Storage<T>>>,
    /// For each output its buffer, if that is no other one's.
    own: Vec<Option<usize>>,
    lasting: Lasting,
    /// The tape of the last seeds.
    reverse: Option<Box<Reverse<T>>>,
}

/// The cotangents of all values for seeds at some.
struct Reverse<T: Float> {
    seeds: Vec<Id>,
    reached: Vec<bool>,
    tape: Tape<T>,
}

impl<T: Float> Tape<T> {
    /// Compiles a graph, to compute the values `outputs`, on threads of its own, one for each core of the
    /// machine. Tapes of a session share the session's threads.
    ///
    /// # Panics
    /// If an output is not a value of the graph, or the system gives no thread.
    #[track_caller]
    pub fn compile(graph: &Graph, outputs: &[Id]) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self::compile_on(Arc::new(Processor::new(threads)), graph, outputs, &[])
    }

    /// Compiles a graph for a processor. What is made of `lasting` leaves alone, which are seldom others from run to run, may
    /// be kept.
    #[track_caller]
    pub(crate) fn compile_on(processor: Arc<Processor>, graph: &Graph, outputs: &[Id], lasting: &[Id]) -> Self {
        let fast = Fast::<T>::new(&processor);
        let schedule = Schedule::with_scratch(graph, outputs, &|asks| fast.scratch(asks, lasting));
        let constants = mapped(schedule.constants(), |constant| {
            Storage::from_vec(constant.data.values().map(T::from_f64).collect())
        });
        let buffers = schedule.buffers().len();
        let outputs_in = |buffer| schedule.outputs().iter().filter(|(source, _)| *source == buffer).count();
        let own = mapped(schedule.outputs(), |&(source, _)| match source {
            Source::Buffer(buffer) if outputs_in(source) == 1 => Some(buffer),
            _ => None,
        });
        let kept: Vec<Id> =
            schedule.body().iter().flat_map(|instruction| &instruction.steps).filter_map(Step::kept).collect();
        let made = std::iter::repeat_with(Vec::new).take(buffers).collect();
        let current = std::iter::repeat_with(|| None).take(buffers).collect();
        Self {
            graph: graph.clone(),
            outputs: outputs.to_vec(),
            kernels: Bound::new(processor, &schedule),
            lasting: Lasting::new(&kept, graph.leaves().len()),
            schedule,
            constants,
            arena: Arena::new(0, T::default()),
            table: Table::default(),
            prologue_done: false,
            made,
            current,
            own,
            reverse: None,
        }
    }

    /// A tape of a graph derived from this one's, with the same constants.
    pub(crate) fn compile_beside(&self, graph: &Graph, outputs: &[Id]) -> Self {
        let mut tape = Self::compile_on(Arc::clone(self.kernels.processor()), graph, outputs, &[]);
        for (index, constant) in self.constants.iter().enumerate() {
            tape.set_constant(index, constant.clone());
        }
        tape
    }

    /// The graph it was compiled from.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The values that it computes, in the order in which they were asked for.
    pub fn outputs(&self) -> &[Id] {
        &self.outputs
    }

    /// What computes its instructions.
    pub(crate) fn kernels(&self) -> &Bound<T> {
        &self.kernels
    }

    /// Whether something that is made of leaves is kept from run to run.
    pub(crate) fn keeps(&self) -> bool {
        !self.lasting.is_empty()
    }

    /// What it runs on.
    pub(crate) fn processor(&self) -> &Processor {
        self.kernels.processor()
    }

    /// What runs, and where the values are.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The bytes of intermediate values at once: the arena; inputs and outputs are not counted.
    pub fn peak_bytes(&self) -> usize {
        self.schedule.arena() * size_of::<T>()
    }

    /// Computes the outputs, in the order in which they were asked for.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] and [`Error::ShapeMismatch`] if the leaves or the natural-number inputs
    /// are not those of the graph; nothing is run. Indices are not compared with their bounds, which a session
    /// does before it runs: one out of range reads 0 and gives no gradient.
    pub fn forward(&mut self, leaves: &[DynTensor<T>], naturals: &[Vec<usize>]) -> Result<Vec<DynTensor<T>>, Error> {
        let leaves = self.inputs(leaves, naturals)?;
        let leaves = Given::from(&leaves[..]);
        self.run(leaves, naturals);
        let outputs = self.schedule.outputs().iter().enumerate();
        Ok(outputs
            .map(|(index, &(_, shape))| DynTensor::from_storage(shape, self.output(index, leaves).clone()))
            .collect())
    }

    /// The cotangent of every value of the graph, given an optional seed for each, in id order: an entry is
    /// its seed, then what flows in; `None` where no path leads to a seed.
    ///
    /// # Errors
    /// As [`forward`](Self::forward), and if there is not one optional seed of the right shape for each
    /// value.
    pub fn backward_dense_from(
        &mut self,
        leaves: &[DynTensor<T>],
        naturals: &[Vec<usize>],
        seeds: &[Option<DynTensor<T>>],
    ) -> Result<Vec<Option<DynTensor<T>>>, Error> {
        let mut leaves = self.inputs(leaves, naturals)?;
        let ids = check_seeds(&self.graph, seeds)?;
        leaves.extend(seeds.iter().flatten().map(|seed| seed.storage().clone()));
        let reverse = match self.reverse.take() {
            Some(reverse) if reverse.seeds == ids => reverse,
            _ => {
                let derivative = autodiff::reverse(&self.graph, &ids);
                let reached: Vec<Id> = derivative.gradient.iter().copied().flatten().collect();
                let tape = self.compile_beside(&derivative.graph, &reached);
                let reached = mapped(&derivative.gradient, Option::is_some);
                Box::new(Reverse { seeds: ids, reached, tape })
            }
        };
        let Reverse { tape, reached, .. } = &mut **self.reverse.insert(reverse);
        let leaves = Given::from(&leaves[..]);
        tape.run(leaves, naturals);
        let mut next = 0..;
        let cotangents = self.graph.ids().zip(reached).map(|(id, &mut reached)| {
            let index = if reached { next.next() } else { None }?;
            Some(DynTensor::from_storage(self.graph.shape(id), tape.output(index, leaves).clone()))
        });
        Ok(cotangents.collect())
    }

    /// The leaves to run with, checked against the graph.
    fn inputs(&self, leaves: &[DynTensor<T>], naturals: &[Vec<usize>]) -> Result<Vec<Storage<T>>, Error> {
        let shapes = self.schedule.leaves();
        check_count("the list of leaves", shapes.len(), leaves.len())?;
        for (index, (expected, leaf)) in shapes.iter().zip(leaves).enumerate() {
            if leaf.shape() != *expected {
                return Err(Error::shape(format!("leaf {index}"), expected, &leaf.shape()));
            }
        }
        check_naturals(&self.graph, naturals)?;
        Ok(mapped(leaves, |leaf| leaf.storage().clone()))
    }

    /// Replaces the values of a constant of the graph, by its position in [`Schedule::constants`].
    pub(crate) fn set_constant(&mut self, index: usize, value: Storage<T>) {
        self.constants[index] = value;
    }

    /// Runs the instructions. The leaves must have the lengths of the schedule's.
    pub(crate) fn run(&mut self, leaves: Given<'_, T>, naturals: &[Vec<usize>]) {
        if self.arena.len() < self.schedule.arena() {
            self.arena = Arena::new(self.schedule.arena(), T::default());
        }
        let mut regions = Regions::new(self.schedule.layout(), &mut self.table);
        leaves.add_to(&mut regions);
        for constant in &self.constants {
            regions.read(constant.as_slice());
        }
        for ((current, made), &length) in self.current.iter_mut().zip(&mut self.made).zip(self.schedule.buffers()) {
            if !current.as_ref().is_some_and(Storage::is_unique) {
                renew(current, made, length);
            }
            regions.write(current.as_mut().expect("there is one now").make_mut());
        }
        regions.write(&mut self.arena);
        let inputs = Inputs { naturals, unchanged: self.lasting.begin(leaves) };
        let mut space = Space::new(regions, inputs);
        run::execute(&self.schedule, &self.kernels, &mut space, !self.prologue_done);
        self.lasting.end();
        self.prologue_done = true;
    }

    /// An output of the last run; one that has been handed over is the leaf's old value.
    ///
    /// # Panics
    /// Before the first run.
    #[inline]
    pub(crate) fn output<'a>(&'a self, index: usize, leaves: Given<'a, T>) -> &'a Storage<T> {
        match self.schedule.outputs()[index].0 {
            Source::Leaf(leaf) => leaves.get(leaf),
            Source::Constant(constant) => &self.constants[constant],
            Source::Buffer(buffer) => self.current[buffer].as_ref().expect("the tape has run"),
        }
    }

    /// Makes an output of the last run a leaf of the next one, which may write where that was, if nobody else holds it.
    /// Whether it has done so: an output that is an input stays there.
    pub(crate) fn hand_over(&mut self, index: usize, leaf: &mut Storage<T>) -> bool {
        match (self.schedule.outputs()[index].0, self.own[index]) {
            (Source::Buffer(buffer), own) => {
                let output = self.current[buffer].as_mut().expect("the tape has run");
                if own.is_some() {
                    std::mem::swap(output, leaf)
                } else {
                    *leaf = output.clone()
                }
                true
            }
            _ => false,
        }
    }
}

/// Another buffer for an output in the place of one that somebody holds, or is not there.
#[cold]
#[inline(never)]
fn renew<T: Float>(current: &mut Option<Storage<T>>, made: &mut Vec<Storage<T>>, length: usize) {
    let free = made.iter().position(Storage::is_unique).map(|index| made.swap_remove(index));
    let held = current.replace(free.unwrap_or_else(|| Storage::zeros(length)));
    if made.len() < POOLED {
        made.extend(held);
    }
}

/// Outputs of the last run that are lent.
impl<T: Float> Tape<T> {
    /// The buffer of an output that no other one has.
    pub(crate) fn own_buffer(&self, index: usize) -> Option<usize> {
        self.own[index]
    }

    /// The memory of a buffer, to be taken and given: none before the first run.
    #[inline]
    pub(crate) fn lent(&mut self, buffer: usize) -> &mut Option<Storage<T>> {
        &mut self.current[buffer]
    }
}

/// The values that have a seed, if there is one optional seed of the right shape for each value.
pub(crate) fn check_seeds<T: Float>(graph: &Graph, seeds: &[Option<DynTensor<T>>]) -> Result<Vec<Id>, Error> {
    check_count("the list of seeds", graph.len(), seeds.len())?;
    let mut ids = Vec::new();
    for (id, seed) in graph.ids().zip(seeds) {
        let Some(seed) = seed else { continue };
        let (expected, found) = (graph.shape(id), seed.shape());
        if expected != found {
            return Err(Error::shape(format!("the seed at position {}", id.index()), &expected, &found));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Refuses natural-number inputs that are not those of a graph.
pub(crate) fn check_naturals(graph: &Graph, naturals: &[Vec<usize>]) -> Result<(), Error> {
    check_count("the list of natural-number inputs", graph.naturals().len(), naturals.len())?;
    for (index, (shape, list)) in graph.naturals().iter().zip(naturals).enumerate() {
        check_count(&format!("natural-number input {index}"), shape.elements(), list.len())?;
    }
    Ok(())
}

pub(crate) fn check_count(what: &str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::LengthMismatch { what: what.to_owned(), expected, found }) }
}

impl<T: Float> fmt::Display for Tape<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.schedule, f)
    }
}

impl<T: Float> fmt::Debug for Tape<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::DynShape;
    use crate::ir::op;
    use crate::kernels::{InstructionSet, Threads};
    use crate::semantics::{Array, eval};

    /// Steps that run together too, however they read their operands.
    #[test]
    fn a_machine_without_vectors_runs_the_definition() {
        let shape = DynShape::new(&[2, 3]);
        let mut graph = Graph::default();
        let (alpha, x) = (graph.leaf(DynShape::SCALAR), graph.leaf(shape));
        let product = graph.push(op::MatMul { transpose_a: true, transpose_b: false }, &[x, x]).unwrap();
        let rows = graph.push(op::Slice { axis: 0, start: 1, end: 3 }, &[product]).unwrap();
        let repeated = graph.push(op::Broadcast { to: shape }, &[alpha]).unwrap();
        let scaled = graph.push(op::Axpy {}, &[alpha, x, repeated]).unwrap();
        let chosen = graph.push(op::SelectGt {}, &[scaled, rows, x, repeated]).unwrap();
        let y = graph.push(op::Sub {}, &[chosen, scaled]).unwrap();
        let numbers = [vec![0.7_f32], vec![1.0, -2.5, 3.0, 0.1, 5.0, -0.3]];
        let leaves: Vec<_> = graph.leaves().iter().zip(numbers).map(|(&shape, list)| Array::new(shape, list)).collect();
        let expected = eval(&graph, &leaves, &[]);
        let plain = Processor { instruction_set: InstructionSet::NONE, threads: Threads::new(1) };
        let mut tape = Tape::compile_on(Arc::new(plain), &graph, &[product, y], &[]);
        assert!(tape.schedule().body().iter().any(|instruction| instruction.steps.len() == 4), "{tape}");
        let leaves: Vec<_> = leaves.into_iter().map(|leaf| DynTensor::new(leaf.shape, leaf.data).unwrap()).collect();
        let values = tape.forward(&leaves, &[]).unwrap();
        for (id, value) in [product, y].into_iter().zip(values) {
            assert_eq!(value.as_slice(), expected[id.index()].data, "{id}");
        }
    }
}
