//! The run loop: one, for every scalar and every set of kernels.

use std::ops::Range;
use std::slice;

use super::bind::Inputs;
use super::schedule::{Instruction, Place, Schedule, Slot, Source, Step};
use crate::ir::{DynShape, MAX_OPERANDS, Op};
use crate::kernels::{Access, Accesses, Arena, Following, Memory, Parts, Regions, Table};
use crate::mapped::mapped;
use crate::ops::View;
use crate::scalar::Scalar;
use crate::semantics::Array;

/// How the operations of a tape are computed with scalars `S`.
pub trait Kernels<S: Scalar> {
    /// Computes one operation: writes every element of `out`. Scratch has the length that the schedule
    /// reserved; its contents are arbitrary.
    fn apply(&self, op: &Op, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S], scratch: &mut [S]);

    /// Computes one step of an instruction, in these places.
    fn step(&self, step: &Step, access: &Access, space: &mut Space<'_, S>) {
        let (parts, inputs) = space.parts(access);
        let (operands, [out, scratch]) = parts.take_all::<MAX_OPERANDS, 2>();
        let mut views = [View { shape: DynShape::SCALAR, data: &[] as &[S] }; MAX_OPERANDS];
        for ((view, place), data) in views.iter_mut().zip(&step.operands).zip(operands) {
            *view = View { shape: place.shape, data };
        }
        self.apply(&step.op, &views[..step.operands.len()], inputs.naturals, out, scratch);
    }

    /// Computes instructions that follow each other. As given it is the definition, step by step; kernels take over the
    /// lists they know.
    fn execute(&self, instructions: &[Instruction], space: &mut Space<'_, S>) {
        for instruction in instructions {
            let single_tile = instruction.fusion.as_ref().map_or(&[][..], |fusion| &fusion.steps);
            for (index, step) in instruction.steps.iter().enumerate() {
                self.step(step, single_tile.get(index).unwrap_or(&step.access), space);
            }
        }
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

/// Everything a run reads and writes.
#[derive(Debug)]
pub struct Space<'a, S> {
    memory: Memory<'a, S>,
    inputs: Inputs<'a>,
}

impl<'a, S> Space<'a, S> {
    /// The memory of a schedule: leaves, then constants, are only read; the output buffers, the arena and the locals are
    /// written, of which locals may be missing for kernels that run no instruction step by step.
    #[inline]
    pub(super) fn new(regions: Regions<'a, S>, inputs: Inputs<'a>) -> Self {
        Self { memory: regions.finish(), inputs }
    }

    /// What an access is to, and the other inputs.
    #[inline(always)]
    pub(super) fn parts<'m>(&'m mut self, access: &'m Access) -> (Parts<'m, S>, Inputs<'m>) {
        (self.memory.parts(access), self.inputs)
    }

    /// The accesses of a range, one after the other, and the other inputs.
    #[inline(always)]
    pub(super) fn follow<'m, L>(
        &'m mut self,
        accesses: &'m Accesses<L>,
        range: Range<usize>,
    ) -> (Following<'m, S, L>, Inputs<'m>) {
        (self.memory.follow(accesses, range), self.inputs)
    }
}

/// Runs the instructions of a schedule in order; the prologue only if asked to.
#[inline]
pub(super) fn execute<S: Scalar>(
    schedule: &Schedule,
    kernels: &impl Kernels<S>,
    space: &mut Space<'_, S>,
    prologue: bool,
) {
    if prologue {
        kernels.execute(schedule.prologue(), space);
    }
    kernels.execute(schedule.body(), space);
}

/// The memory of a run with any scalar: for checks. A [`Tape`](super::Tape) keeps its own.
pub(crate) struct Trial<'a, S> {
    schedule: &'a Schedule,
    leaves: &'a [Array<S>],
    naturals: &'a [Vec<usize>],
    constants: Vec<Array<S>>,
    buffers: Vec<Vec<S>>,
    arena: Arena<S>,
    locals: Vec<Vec<S>>,
    table: Table<S>,
    /// For each leaf whether kernels have seen it before.
    unchanged: Vec<bool>,
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
        let shapes: Vec<_> = mapped(leaves, |leaf| leaf.shape);
        assert_eq!(shapes, schedule.leaves(), "the shapes of the leaves");
        assert_eq!(naturals.len(), schedule.naturals().len(), "the number of natural-number inputs");
        for (constant, own) in constants.iter().zip(schedule.constants()) {
            assert_eq!(constant.shape, own.shape, "the shape of a constant");
        }
        for constant in schedule.constants().iter().skip(constants.len()) {
            constants.push(Array::new(constant.shape, constant.data.values().map(S::literal).collect()));
        }
        let empty = |length: usize| vec![unwritten; length];
        let buffers = schedule.buffers().iter().copied().map(empty).collect();
        let [count, longest] = schedule.locals();
        let locals = std::iter::repeat_n(longest, count).map(empty).collect();
        let arena = Arena::new(schedule.arena(), unwritten);
        Self {
            schedule,
            leaves,
            naturals,
            constants,
            buffers,
            arena,
            locals,
            table: Table::default(),
            unchanged: vec![false; leaves.len()],
        }
    }

    /// The memory, for any instructions.
    pub(super) fn space(&mut self) -> Space<'_, S> {
        let Self { schedule, leaves, naturals, constants, buffers, arena, locals, table, unchanged } = self;
        let mut regions = Regions::new(schedule.layout(), table);
        leaves.iter().chain(constants.iter()).for_each(|region| regions.read(region.as_ref()));
        buffers.iter_mut().for_each(|buffer| regions.write(buffer));
        regions.write(arena);
        locals.iter_mut().for_each(|local| regions.write(local));
        Space::new(regions, Inputs { naturals, unchanged })
    }

    /// From here on the kernels that ran before may use what they have kept of the leaves.
    pub(crate) fn again(&mut self) {
        self.unchanged.fill(true);
    }

    /// Runs all instructions.
    pub(crate) fn run(&mut self, kernels: &impl Kernels<S>) {
        execute(self.schedule, kernels, &mut self.space(), true);
    }

    /// Runs one step of an instruction.
    pub(crate) fn step(&mut self, kernels: &impl Kernels<S>, step: &Step) {
        kernels.step(step, &step.access, &mut self.space());
    }

    /// Runs one instruction.
    pub(crate) fn execute(&mut self, kernels: &impl Kernels<S>, instruction: &Instruction) {
        kernels.execute(slice::from_ref(instruction), &mut self.space());
    }

    /// The elements at a place.
    pub(crate) fn read(&self, place: Place) -> &[S] {
        match place.slot {
            Slot::Leaf(index) => self.leaves[index].as_ref(),
            Slot::Constant(index) => self.constants[index].as_ref(),
            Slot::Buffer(index) => &self.buffers[index],
            Slot::Local(index) => &self.locals[index][..place.shape.elements()],
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
