//! The run loop: one, for every scalar and every set of kernels.

use super::fusion::Fusion;
use super::schedule::{Instruction, Place, Schedule, Slot, Source, Step};
use crate::ir::{MAX_OPERANDS, Op};
use crate::kernels::fused::{MAX_INPUTS, MAX_OUTPUTS};
use crate::kernels::{Arena, Memory};
use crate::ops::View;
use crate::scalar::Scalar;
use crate::semantics::Array;

/// How the operations of a tape are computed with scalars `S`.
pub trait Kernels<S: Scalar> {
    /// Computes one operation: writes every element of `out`. Scratch has the length that the schedule
    /// reserved; its contents are arbitrary.
    fn apply(&self, op: &Op, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S], scratch: &mut [S]);

    /// Computes one step of an instruction, in its places.
    fn step<B: Elements<S>>(&self, step: &Step, space: &mut Space<'_, S, B>) {
        space.with(step, |operands, naturals, out, scratch| {
            self.apply(&step.op, operands, naturals, out, scratch);
        });
    }

    /// Computes an instruction. As given it is the definition, step by step; kernels for fused
    /// instructions take over the lists they know.
    fn execute<B: Elements<S>>(&self, instruction: &Instruction, space: &mut Space<'_, S, B>) {
        instruction.steps.iter().for_each(|step| self.step(step, space));
    }
}

/// Every operation by its definition, for every scalar.
#[derive(Clone, Copy, Debug)]
pub struct Definition;

impl<S: Scalar> Kernels<S> for Definition {
    fn apply(&self, op: &Op, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S], _: &mut [S]) {
        op.eval(operands, naturals, out);
    }
}

/// Memory that holds the elements of one value.
pub trait Elements<S>: AsRef<[S]> + AsMut<[S]> {}

impl<S, B: AsRef<[S]> + AsMut<[S]>> Elements<S> for B {}

/// Everything a run reads and writes.
#[derive(Debug)]
pub struct Space<'a, S, B> {
    /// The leaves, in order.
    pub leaves: &'a [B],
    /// The constants, in order.
    pub constants: &'a [B],
    /// The natural-number inputs, in order.
    pub naturals: &'a [Vec<usize>],
    /// The output buffers, in order; none is missing between two steps.
    pub buffers: &'a mut [Option<B>],
    /// What lies between the steps of an instruction, for kernels that run them one by one; else there need be none.
    pub locals: &'a mut [Option<B>],
    /// The arena.
    pub arena: Memory<'a, S>,
}

impl<S: Scalar, B: Elements<S>> Space<'_, S, B> {
    /// Gives a step's operands, naturals, output and scratch to `compute`.
    pub fn with(&mut self, step: &Step, compute: impl FnOnce(&[View<'_, S>], &[Vec<usize>], &mut [S], &mut [S])) {
        // An output buffer steps aside while it is written, so that the others can be read.
        let mut aside = match step.output.slot {
            Slot::Buffer(index) => self.buffers[index].take(),
            Slot::Local(index) => self.locals[index].take(),
            _ => None,
        };
        let count = step.operands.len();
        let (mut reads, mut writes): ([&[S]; MAX_OPERANDS], [&mut [S]; 2]) = Default::default();
        self.arena.parts(&step.access, &mut reads, &mut writes);
        let [out, scratch] = writes;
        let view = |index: usize| {
            let place = &step.operands[index];
            let data = match place.slot {
                Slot::Leaf(index) => self.leaves[index].as_ref(),
                Slot::Constant(index) => self.constants[index].as_ref(),
                Slot::Buffer(index) => {
                    self.buffers[index].as_ref().expect("an output is no operand of itself").as_ref()
                }
                Slot::Local(index) => {
                    let local = self.locals[index].as_ref().expect("a local is no operand of itself");
                    &local.as_ref()[..place.shape.elements()]
                }
                Slot::Arena(_) => reads[index],
            };
            View { shape: place.shape, data }
        };
        let length = step.output.shape.elements();
        let out = aside.as_mut().map_or(out, |buffer| &mut buffer.as_mut()[..length]);
        // Arrays of the right length: a view is large, and most steps have one or two.
        match count {
            0 => compute(&[], self.naturals, out, scratch),
            1 => compute(&[view(0)], self.naturals, out, scratch),
            2 => compute(&[view(0), view(1)], self.naturals, out, scratch),
            3 => compute(&[view(0), view(1), view(2)], self.naturals, out, scratch),
            _ => {
                let views: [View<'_, S>; MAX_OPERANDS] = std::array::from_fn(|index| view(index.min(count - 1)));
                compute(&views[..count], self.naturals, out, scratch);
            }
        }
        match step.output.slot {
            Slot::Buffer(index) => self.buffers[index] = aside,
            Slot::Local(index) => self.locals[index] = aside,
            _ => {}
        }
    }

    /// Gives all that a fused instruction reads and writes, and its scratch, to `compute`.
    pub(super) fn with_all(&mut self, fusion: &Fusion, compute: impl FnOnce(&[&[S]], &mut [&mut [S]], &mut [S])) {
        let Fusion { inputs, outputs, .. } = fusion;
        let mut aside: [Option<B>; MAX_OUTPUTS] = Default::default();
        for (aside, output) in aside.iter_mut().zip(outputs) {
            if let Slot::Buffer(index) = output.slot {
                *aside = self.buffers[index].take();
            }
        }
        let mut slices: [&[S]; MAX_INPUTS] = Default::default();
        let mut written: [&mut [S]; MAX_OUTPUTS + 1] = Default::default();
        self.arena.parts(&fusion.access, &mut slices, &mut written);
        for (slice, input) in slices.iter_mut().zip(inputs) {
            match input.slot {
                Slot::Leaf(index) => *slice = self.leaves[index].as_ref(),
                Slot::Constant(index) => *slice = self.constants[index].as_ref(),
                Slot::Buffer(index) => {
                    let buffer = self.buffers[index].as_ref();
                    *slice = buffer.expect("an output is no input of its instruction").as_ref();
                }
                Slot::Arena(_) | Slot::Local(_) => {}
            }
        }
        let (scratch, written) = written.split_first_mut().expect("the scratch comes first");
        for (slice, aside) in written.iter_mut().zip(&mut aside) {
            if let Some(buffer) = aside {
                *slice = buffer.as_mut();
            }
        }
        compute(&slices[..inputs.len()], &mut written[..outputs.len()], scratch);
        for (aside, output) in aside.into_iter().zip(outputs) {
            if let Slot::Buffer(index) = output.slot {
                self.buffers[index] = aside;
            }
        }
    }
}

/// Runs the instructions of a schedule in order; the prologue only if asked to.
pub(super) fn execute<S: Scalar, B: Elements<S>>(
    schedule: &Schedule,
    kernels: &impl Kernels<S>,
    space: &mut Space<'_, S, B>,
    prologue: bool,
) {
    let once = if prologue { schedule.prologue() } else { &[] };
    for instruction in once.iter().chain(schedule.body()) {
        kernels.execute(instruction, space);
    }
}

/// The memory of a run with any scalar: for checks. A [`Tape`](super::Tape) keeps its own.
pub(crate) struct Trial<'a, S> {
    schedule: &'a Schedule,
    leaves: &'a [Array<S>],
    naturals: &'a [Vec<usize>],
    constants: Vec<Array<S>>,
    buffers: Vec<Option<Array<S>>>,
    locals: Vec<Option<Array<S>>>,
    arena: Arena<S>,
}

impl<'a, S: Scalar> Trial<'a, S> {
    /// Memory for a run on these inputs; `constants` stand for the first of the schedule's own. All of it holds
    /// `unwritten`, which no run should read.
    #[track_caller]
    pub(crate) fn new(
        schedule: &'a Schedule,
        leaves: &'a [Array<S>],
        naturals: &'a [Vec<usize>],
        mut constants: Vec<Array<S>>,
        unwritten: S,
    ) -> Self {
        let shapes: Vec<_> = leaves.iter().map(|leaf| leaf.shape).collect();
        assert_eq!(shapes, schedule.leaves(), "the shapes of the leaves");
        assert_eq!(naturals.len(), schedule.naturals().len(), "the number of natural-number inputs");
        for (constant, own) in constants.iter().zip(schedule.constants()) {
            assert_eq!(constant.shape, own.shape, "the shape of a constant");
        }
        for constant in schedule.constants().iter().skip(constants.len()) {
            constants.push(Array::new(constant.shape, constant.data.values().map(S::literal).collect()));
        }
        let empty = |&length: &usize| Some(Array::new([length].into_iter().collect(), vec![unwritten; length]));
        let buffers = schedule.buffers().iter().map(empty).collect();
        let [count, longest] = schedule.locals();
        let locals = std::iter::repeat_n(longest, count).map(|length| empty(&length)).collect();
        let arena = Arena::new(schedule.arena(), unwritten);
        Self { schedule, leaves, naturals, constants, buffers, locals, arena }
    }

    fn space(&mut self) -> Space<'_, S, Array<S>> {
        Space {
            leaves: self.leaves,
            constants: &self.constants,
            naturals: self.naturals,
            buffers: &mut self.buffers,
            locals: &mut self.locals,
            arena: self.arena.memory(),
        }
    }

    /// Runs all instructions.
    pub(crate) fn run(&mut self, kernels: &impl Kernels<S>) {
        execute(self.schedule, kernels, &mut self.space(), true);
    }

    /// Runs one step of an instruction.
    pub(crate) fn step(&mut self, kernels: &impl Kernels<S>, step: &Step) {
        kernels.step(step, &mut self.space());
    }

    /// Runs one instruction.
    pub(crate) fn execute(&mut self, kernels: &impl Kernels<S>, instruction: &Instruction) {
        kernels.execute(instruction, &mut self.space());
    }

    /// The elements at a place.
    pub(crate) fn read(&self, place: Place) -> &[S] {
        match place.slot {
            Slot::Leaf(index) => self.leaves[index].as_ref(),
            Slot::Constant(index) => self.constants[index].as_ref(),
            Slot::Buffer(index) => self.buffers[index].as_ref().expect("a run puts every buffer back").as_ref(),
            Slot::Local(index) => {
                &self.locals[index].as_ref().expect("an instruction puts every local back").data
                    [..place.shape.elements()]
            }
            Slot::Arena(_) => &self.arena[place.in_arena()],
        }
    }

    /// A requested output.
    pub(crate) fn output(&self, index: usize) -> Array<S> {
        let (source, shape) = self.schedule.outputs()[index];
        let slot = match source {
            Source::Leaf(index) => Slot::Leaf(index),
            Source::Constant(index) => Slot::Constant(index),
            Source::Buffer(index) => Slot::Buffer(index),
        };
        Array::new(shape, self.read(Place { slot, shape }).to_vec())
    }
}

/// Runs a schedule once with any scalar and gives its outputs: for checks. A [`Tape`](super::Tape) keeps its memory.
///
/// ```
/// use session::ir::{DynShape, Graph, op};
/// use session::scalar::{Symbol, Term};
/// use session::semantics::Array;
/// use session::tape::{Definition, Schedule, run};
///
/// let mut graph = Graph::default();
/// let x = graph.leaf(DynShape::SCALAR);
/// let y = graph.push(op::Mul {}, &[x, x])?;
/// let schedule = Schedule::new(&graph, &[y]);
/// let leaves = [Array::new(DynShape::SCALAR, vec![Term::variable(0)])];
/// assert_eq!(run(&schedule, &Definition, &leaves, &[])[0].data[0].to_string(), "(* x0 x0)");
/// # Ok::<(), session::Error>(())
/// ```
///
/// # Panics
/// If the leaves or naturals are not those of the graph in number and size.
#[track_caller]
pub fn run<S: Scalar>(
    schedule: &Schedule,
    kernels: &impl Kernels<S>,
    leaves: &[Array<S>],
    naturals: &[Vec<usize>],
) -> Vec<Array<S>> {
    let mut trial = Trial::new(schedule, leaves, naturals, Vec::new(), S::literal(f64::NAN));
    trial.run(kernels);
    (0..schedule.outputs().len()).map(|index| trial.output(index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{DynShape, Graph, op};
    use crate::semantics::eval;

    /// What a check reads after an instruction is what the instruction has computed.
    #[test]
    fn one_instruction_after_the_other() {
        let shape = DynShape::new(&[2, 2]);
        let mut graph = Graph::default();
        let x = graph.leaf(shape);
        let one = graph.push(op::Full { shape, value: 1.0.into() }, &[]).unwrap();
        let sum = graph.push(op::Add {}, &[x, one]).unwrap();
        let square = graph.push(op::Mul {}, &[sum, sum]).unwrap();
        let y = graph.push(op::MatMul { transpose_a: false, transpose_b: true }, &[square, x]).unwrap();
        let leaves = [Array::new(shape, vec![1.0, -2.0, 3.0, 0.5])];
        let expected = eval(&graph, &leaves, &[]);
        let schedule = Schedule::new(&graph, &[y]);
        let mut trial = Trial::new(&schedule, &leaves, &[], Vec::new(), 0.0);
        for instruction in schedule.prologue().iter().chain(schedule.body()) {
            trial.execute(&Definition, instruction);
            for step in &instruction.steps {
                assert_eq!(trial.read(step.output), expected[step.value.index()].data, "{instruction}");
            }
        }
    }
}
