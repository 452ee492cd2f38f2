//! Kernels bound to the instructions of a schedule: whatever shapes decide is decided once, so that a run only calls.

use std::sync::Arc;

use super::elementwise::cost;
use super::fast::Fast;
use super::fusion::Fusion;
use super::run::{Kernels, Space};
use super::schedule::{Instruction, Schedule, Step};
use crate::ir::op::Linear;
use crate::ir::{DynShape, MAX_OPERANDS, Op};
use crate::kernels::fused::{self, MAX_ARGUMENTS, MAX_INPUTS, MAX_OUTPUTS};
use crate::kernels::{InstructionSet, Processor};
use crate::ops::View;
use crate::ops::elementwise::elementwise;
use crate::ops::reduce::Passes;
use crate::scalar::Float;

/// What an instruction does with what it reads, the natural-number inputs, and what it writes: for a single step its
/// value, then scratch; for steps that run together scratch, then their values.
pub type Kernel<T> = Box<dyn Fn(&Processor, &[&[T]], &[Vec<usize>], &mut [&mut [T]]) + Send + Sync>;

/// The kernels of all instructions of a schedule, on a processor.
pub(crate) struct Bound<T> {
    processor: Arc<Processor>,
    kernels: Vec<Kernel<T>>,
}

impl<T: Float> Bound<T> {
    pub(crate) fn new(processor: Arc<Processor>, schedule: &Schedule) -> Self {
        let instructions = schedule.prologue().iter().chain(schedule.body());
        let kernels = instructions.map(|instruction| T::bind(&processor, instruction)).collect();
        Self { processor, kernels }
    }

    pub(crate) fn processor(&self) -> &Arc<Processor> {
        &self.processor
    }
}

impl<T: Float> Kernels<T> for Bound<T> {
    fn apply(&self, op: &Op, operands: &[View<'_, T>], naturals: &[Vec<usize>], out: &mut [T], scratch: &mut [T]) {
        Fast::new(&self.processor).apply(op, operands, naturals, out, scratch);
    }

    #[inline]
    fn execute(&self, instruction: &Instruction, space: &mut Space<'_, T>) {
        let kernel = &self.kernels[instruction.number];
        match &instruction.fusion {
            None => {
                let mut parts = space.parts::<MAX_OPERANDS, 2>(&instruction.steps[0].access);
                kernel(&self.processor, &parts.reads, parts.naturals, &mut parts.writes);
            }
            Some(fusion) => {
                let mut parts = space.parts::<MAX_INPUTS, { MAX_OUTPUTS + 1 }>(&fusion.access);
                kernel(&self.processor, &parts.reads, parts.naturals, &mut parts.writes);
            }
        }
    }
}

/// Of what a single step writes.
fn value_and_scratch<'w, T>(writes: &'w mut [&mut [T]]) -> (&'w mut [T], &'w mut [T]) {
    match writes {
        [value, scratch, ..] => (value, scratch),
        _ => unreachable!("a step writes its value and scratch"),
    }
}

impl<T: Float> Fast<'_, T> {
    /// The kernel of an instruction.
    pub(super) fn bind(self, instruction: &Instruction) -> Kernel<T> {
        match &instruction.fusion {
            None => self.bind_step(&instruction.steps[0]),
            Some(fusion) => self.bind_together(&instruction.steps, fusion),
        }
    }

    fn bind_step(self, step: &Step) -> Kernel<T> {
        let (op, shapes) = (step.op.clone(), step.operands.iter().map(|place| place.shape));
        let shapes: Box<[DynShape]> = shapes.collect();
        macro_rules! patterns {
            (unary: $($unary:ident)*; binary: $($binary:ident)*;) => {
                $(Op::$unary(_) |)* $(Op::$binary(_) |)* Op::Axpy(_) | Op::SelectGt(_)
            };
        }
        match &op {
            _ if self.processor.instruction_set == InstructionSet::NONE => by_views(op, shapes),
            elementwise!(patterns) => Box::new(move |processor, x, _, writes| {
                Fast::new(processor).elementwise(&op, x, writes[0]);
            }),
            Op::Broadcast(_) if shapes[0].elements() == 1 => Box::new(|_, x, _, writes| writes[0].fill(x[0][0])),
            Op::MatMul(op) => {
                let plan = op.geometry(&shapes[0], &shapes[1]).plan::<T>(self.processor);
                Box::new(move |processor, x, _, writes| {
                    let (out, scratch) = value_and_scratch(writes);
                    plan.run(processor, x[0], x[1], None, out, scratch);
                })
            }
            Op::Linear(_) => {
                let plan = Linear::product(shapes[0], shapes[2]).plan::<T>(self.processor);
                Box::new(move |processor, x, _, writes| {
                    let (out, scratch) = value_and_scratch(writes);
                    plan.run(processor, x[2], x[0], Some(x[1]), out, scratch);
                })
            }
            Op::Sum(op) => {
                let passes = Passes::new(shapes[0], op.axes);
                Box::new(move |processor, x, _, writes| {
                    let (out, scratch) = value_and_scratch(writes);
                    Fast::new(processor).sum(&passes, x[0], out, scratch);
                })
            }
            _ => by_views(op, shapes),
        }
    }

    /// Elementwise operations together, tile by tile.
    fn bind_together(self, steps: &[Step], fusion: &Fusion) -> Kernel<T> {
        let minimum = 20_000 * 16 / steps.iter().map(|step| cost(&step.op)).sum::<usize>();
        let (inputs, outputs, locals) = (fusion.inputs.len(), fusion.outputs.len(), fusion.locals);
        let steps: Box<[_]> =
            steps.iter().zip(&fusion.wiring).map(|(step, wiring)| (step.op.clone(), wiring.clone())).collect();
        Box::new(move |processor, x, _, writes| {
            let (scratch, written) = writes.split_first_mut().expect("the scratch comes first");
            let written = &mut written[..outputs];
            fused::for_each_tile(processor, minimum, &x[..inputs], written, locals, scratch, &|tile| {
                for (op, (operands, value)) in &steps {
                    tile.step(operands, *value, |operands, out| match processor.instruction_set {
                        InstructionSet::NONE => by_definition(op, operands, out),
                        _ => Fast::new(processor).elementwise(op, operands, out),
                    });
                }
            });
        })
    }
}

/// The kernel of an operation that finds out in each run what shapes decide.
fn by_views<T: Float>(op: Op, shapes: Box<[DynShape]>) -> Kernel<T> {
    Box::new(move |processor, operands, naturals, writes| {
        let mut views = [View { shape: DynShape::SCALAR, data: &[] as &[T] }; MAX_OPERANDS];
        for ((view, &shape), &data) in views.iter_mut().zip(&shapes).zip(operands) {
            *view = View { shape, data };
        }
        let (out, scratch) = value_and_scratch(writes);
        Fast::new(processor).apply(&op, &views[..shapes.len()], naturals, out, scratch);
    })
}

/// An elementwise operation on a part of its elements.
fn by_definition<T: Float>(op: &Op, operands: &[&[T]], out: &mut [T]) {
    if let Op::Broadcast(_) = op {
        return out.fill(operands[0][0]);
    }
    let mut views = [View { shape: DynShape::SCALAR, data: &[] as &[T] }; MAX_ARGUMENTS];
    for (view, &data) in views.iter_mut().zip(operands) {
        *view = View { shape: DynShape::new(&[data.len()]), data };
    }
    op.eval(&views[..operands.len()], &[], out);
}
