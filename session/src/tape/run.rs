//! The run loop: one, for every scalar and every set of kernels.

use std::ops::Range;

use super::schedule::{Instruction, Place, Schedule, Slot, Source, Step};
use crate::ir::{MAX_OPERANDS, Op};
use crate::kernels::{Arena, Memory};
use crate::ops::View;
use crate::scalar::Scalar;
use crate::semantics::Array;

/// How the operations of a tape are computed with scalars `S`.
pub trait Kernels<S: Scalar> {
    /// Computes one operation: writes every element of `out`. Scratch has the length that the schedule
    /// reserved; its contents are arbitrary.
    fn apply(&self, op: &Op, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S], scratch: &mut [S]);

    /// Computes an instruction. As given it is the definition, step by step; kernels for fused
    /// instructions take over the lists they know.
    fn execute<B: Elements<S>>(&self, instruction: &Instruction, space: &mut Space<'_, S, B>) {
        for step in &instruction.steps {
            space.with(step, |operands, naturals, out, scratch| {
                self.apply(&step.op, operands, naturals, out, scratch);
            });
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
    /// The arena.
    pub arena: Memory<'a, S>,
}

impl<S: Scalar, B: Elements<S>> Space<'_, S, B> {
    /// Gives a step's operands, naturals, output and scratch to `compute`.
    ///
    /// # Panics
    /// If the output overlaps an operand or the scratch: no schedule places values so.
    pub fn with(&mut self, step: &Step, compute: impl FnOnce(&[View<'_, S>], &[Vec<usize>], &mut [S], &mut [S])) {
        // An output buffer steps aside while it is written, so that the others can be read.
        let mut aside = match step.output.slot {
            Slot::Buffer(index) => self.buffers[index].take(),
            _ => None,
        };
        let written = match step.output.slot {
            Slot::Arena(_) => range(step.output),
            _ => 0..0,
        };
        let mut ranges = [const { 0..0 }; MAX_OPERANDS];
        for (range_of, &place) in ranges.iter_mut().zip(&step.operands) {
            if let Slot::Arena(_) = place.slot {
                *range_of = range(place);
            }
        }
        let count = step.operands.len();
        let (reads, [out, scratch]) = self.arena.split(&ranges[..count], [written, step.scratch.clone()]);
        let mut views = [View { shape: Default::default(), data: &[] as &[S] }; MAX_OPERANDS];
        for ((view, place), &read) in views.iter_mut().zip(&step.operands).zip(reads.iter()) {
            view.shape = place.shape;
            view.data = match place.slot {
                Slot::Leaf(index) => self.leaves[index].as_ref(),
                Slot::Constant(index) => self.constants[index].as_ref(),
                Slot::Buffer(index) => {
                    self.buffers[index].as_ref().expect("an output is no operand of itself").as_ref()
                }
                Slot::Arena(_) => read,
            };
        }
        compute(&views[..count], self.naturals, aside.as_mut().map_or(out, |buffer| buffer.as_mut()), scratch);
        if let Slot::Buffer(index) = step.output.slot {
            self.buffers[index] = aside;
        }
    }
}

fn range(place: Place) -> Range<usize> {
    match place.slot {
        Slot::Arena(start) => start..start + place.shape.elements(),
        _ => 0..0,
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

/// Runs a schedule once with any scalar and gives its outputs: for checks. A [`Tape`](super::Tape)
/// keeps its memory.
///
/// ```
/// use session::ir::{DynShape, Graph, op};
/// use session::scalar::Term;
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
    let shapes: Vec<_> = leaves.iter().map(|leaf| leaf.shape).collect();
    assert_eq!(shapes, schedule.leaves(), "the shapes of the leaves");
    assert_eq!(naturals.len(), schedule.naturals().len(), "the number of natural-number inputs");
    let constants: Vec<Array<S>> = schedule
        .constants()
        .iter()
        .map(|constant| Array::new(constant.shape, constant.data.values().map(S::literal).collect()))
        .collect();
    let mut buffers: Vec<Option<Array<S>>> =
        schedule.buffers().iter().map(|&length| Some(Array::full([length].into_iter().collect(), 0.0))).collect();
    let mut arena = Arena::new(schedule.arena(), S::literal(0.0));
    let mut space = Space { leaves, constants: &constants, naturals, buffers: &mut buffers, arena: arena.memory() };
    execute(schedule, kernels, &mut space, true);
    let of = |source| match source {
        Source::Leaf(index) => &leaves[index],
        Source::Constant(index) => &constants[index],
        Source::Buffer(index) => buffers[index].as_ref().expect("a run puts every buffer back"),
    };
    schedule.outputs().iter().map(|&(source, shape)| Array::new(shape, of(source).data.clone())).collect()
}
