//! Kernels bound to the instructions of a schedule: whatever shapes decide is decided once, so that a run only calls.

use std::sync::Arc;

use super::elementwise::{bound, by_element, cost};
use super::fast::{Fast, patterns};
use super::fusion::{Fusion, activation, gradient_of_pool, is_led, of_single_elements};
use super::run::{Kernels, Space};
use super::schedule::{Instruction, Schedule, Slot, Step};
use super::together::{Call, Kept, Kernel, Layer, Link, is_cheap};
use crate::ir::op::{Conv, Linear, MatMul, Mul, Sub};
use crate::ir::{DynShape, Id, MAX_OPERANDS, Op};
use crate::kernels::convolution::After;
use crate::kernels::elementwise::{Bound as Function, worthwhile};
use crate::kernels::fused::{self, MAX_ARGUMENTS, MAX_INPUTS, MAX_OUTPUTS, Operand, TILE};
use crate::kernels::matmul::Then;
use crate::kernels::{Access, Accesses, Activation, InstructionSet, Pooling, Processor, Product};
use crate::mapped::mapped;
use crate::ops::View;
use crate::ops::elementwise::elementwise;
use crate::ops::reduce::{LANES, Passes};
use crate::scalar::Float;
use crate::window::Window;

/// The inputs of a run that are no numbers of a tape.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The natural-number inputs.
    pub naturals: &'a [Vec<usize>],
    /// For each leaf whether it is that of the last run; nothing is known of those that are missing.
    pub unchanged: &'a [bool],
}

impl Inputs<'_> {
    /// Whether a leaf is that of the last run.
    #[inline(always)]
    pub(super) fn is_unchanged(self, leaf: usize) -> bool {
        self.unchanged.get(leaf) == Some(&true)
    }
}

/// The most rows of a product with weights that are kept transposed: with more, the transpose is little of the work.
const FEW_ROWS: usize = 8;
/// The most weights that are kept transposed.
const KEPT: usize = 1 << 18;

/// What 16 elements of the gradient of a pool cost, as [`cost`] counts: 20 000 are worth a thread, as they are without a
/// loop.
const GRADIENT_OF_POOL: usize = 16;

/// The kernels of all instructions of a schedule, on a processor.
pub(crate) struct Bound<T> {
    processor: Arc<Processor>,
    /// In the order in which they run.
    calls: Accesses<Call<T>>,
    /// The first call of each instruction, and the number of calls.
    first: Vec<usize>,
}

impl<T: Float> Bound<T> {
    pub(crate) fn new(processor: Arc<Processor>, schedule: &Schedule) -> Self {
        let (mut calls, mut first) = (Vec::new(), vec![0]);
        for instruction in schedule.prologue().iter().chain(schedule.body()) {
            calls.extend(T::bind(&processor, instruction));
            first.push(calls.len());
        }
        Self { processor, calls: Accesses::new(calls), first }
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
    fn execute(&self, instructions: &[Instruction], space: &mut Space<'_, T>) {
        if let [first, ..] = instructions {
            let calls = self.first[first.number]..self.first[first.number + instructions.len()];
            T::execute(&self.processor, &self.calls, calls, space);
        }
    }
}

impl<T: Float> Fast<'_, T> {
    /// The calls that an instruction is.
    pub(super) fn bind(self, Instruction { steps, fusion, .. }: &Instruction) -> Vec<(Call<T>, Access)> {
        let call = |step, access: &Access| (Call(self.step(step)), access.clone());
        match fusion {
            None => vec![call(&steps[0], &steps[0].access)],
            Some(fusion) if fusion.steps.is_empty() => {
                let link = if is_led(steps) { self.led(steps) } else { Link::Kernel(self.fused(steps, fusion)) };
                vec![(Call(link), fusion.access.clone())]
            }
            Some(fusion) => steps.iter().zip(&fusion.steps).map(|(step, access)| call(step, access)).collect(),
        }
    }

    /// What computes a step.
    fn step(self, step: &Step) -> Link<T> {
        let (op, shapes) = (step.op.clone(), step.operands.iter().map(|place| place.shape));
        let shapes: Box<[DynShape]> = shapes.collect();
        match &op {
            _ if self.processor.instruction_set == InstructionSet::NONE => by_views(op, shapes),
            elementwise!(patterns) => self.elementwise(&op, step.output.shape.elements()),
            Op::Broadcast(_) if shapes[0].elements() == 1 => Link::Kernel(Box::new(|_, parts, _| {
                let ([x], [out]) = parts.take();
                out.fill(x[0]);
            })),
            Op::MatMul(op) => {
                let plan = op.geometry(&shapes[0], &shapes[1]).plan::<T>(self.processor);
                if let Some(product) = plan.of_vectors(self.processor, false) {
                    return Link::Product(Box::new(product));
                }
                Link::Kernel(Box::new(move |processor, parts, _| {
                    let ([a, b], [out, scratch]) = parts.take();
                    plan.run(processor, a, b, Then::Nothing, out, scratch);
                }))
            }
            Op::Linear(_) => self.linear(step, None),
            Op::Sum(sum) if of_single_elements(sum, shapes[0], step.output.shape) => {
                self.elementwise(&by_element(&op), shapes[0].elements())
            }
            Op::Sum(op) => {
                let passes = Passes::new(shapes[0], op.axes);
                Link::Kernel(Box::new(move |processor, parts, _| {
                    let ([x], [out, scratch]) = parts.take();
                    Fast::new(processor).sum(&passes, x, out, scratch);
                }))
            }
            // So few cost less by the definition than a call of kernels.
            Op::MseLoss(_) if shapes[0].elements() <= LANES => Link::MeanSquare,
            Op::MseLoss(_) => {
                let functions = [bound(&Sub {}.into()), bound(&Mul {}.into())];
                Link::Kernel(Box::new(move |processor, parts, _| {
                    let (x, [out, scratch]) = parts.take::<2, 2>();
                    Fast::new(processor).mse_loss(&functions, x, out, scratch);
                }))
            }
            _ => by_views(op, shapes),
        }
    }

    fn elementwise(self, op: &Op, length: usize) -> Link<T> {
        let function = bound(op);
        if !function.is_split(self.processor, length) {
            return if is_cheap(op) && length <= TILE {
                Link::Cheap(Box::new(op.clone()))
            } else {
                Link::Function(function)
            };
        }
        Link::Kernel(Box::new(move |processor, parts, _| {
            let count = parts.reads();
            let (x, [out, _]) = parts.take_all::<MAX_ARGUMENTS, 2>();
            function.map(processor, &x[..count], out);
        }))
    }

    /// Whether a step multiplies with weights whose transpose is kept from run to run: those of a leaf that is seldom
    /// another.
    pub(super) fn is_on_kept_weights(self, step: &Step, lasting: &[Id]) -> bool {
        let (Op::Linear(_), [w, _, x]) = (&step.op, &step.operands[..]) else { return false };
        matches!(w.slot, Slot::Leaf(leaf) if lasting.contains(&Id::new(leaf)))
            && self.processor.instruction_set != InstructionSet::NONE
            && Linear::product(w.shape, x.shape).m <= FEW_ROWS
            && w.shape.elements() <= KEPT
    }

    fn linear(self, step: &Step, activation: Option<Activation>) -> Link<T> {
        let product = Linear::product(step.operands[0].shape, step.operands[2].shape);
        let plan = Product { transpose_b: !step.keeps, ..product }.plan::<T>(self.processor);
        let of_vectors = plan.of_vectors(self.processor, true);
        let layer = of_vectors.map(|product| Box::new(Layer { product, activation }));
        let kept = step.kept().map(|leaf| Kept { leaf: leaf.index(), rows: product.n, columns: product.k });
        match (kept, layer) {
            (Some(kept), Some(layer)) => Link::LinearOfKept(kept, layer),
            (None, Some(layer)) => Link::Linear(layer),
            (Some(kept), None) => Link::Kernel(Box::new(move |processor, parts, inputs| {
                let ([w, bias, x], [out, transpose]) = parts.take();
                kept.renew(processor, inputs, w, transpose);
                plan.run(processor, x, transpose, Then::Bias(bias, activation), out, &mut []);
            })),
            (None, None) => Link::Kernel(Box::new(move |processor, parts, _| {
                let ([w, bias, x], [out, scratch]) = parts.take();
                plan.run(processor, x, w, Then::Bias(bias, activation), out, scratch);
            })),
        }
    }

    /// What computes a leader together with its follower.
    fn led(self, steps: &[Step]) -> Link<T> {
        if self.processor.instruction_set == InstructionSet::NONE {
            return led_by_definition(steps);
        }
        match &steps[0].op {
            Op::MatMul(op) => self.met(op, steps),
            Op::Linear(_) => self.linear(&steps[0], activation(&steps[1].op)),
            Op::Conv(op) => Link::Kernel(self.rectified(op, steps)),
            op => unreachable!("{} leads nothing", op.name()),
        }
    }

    /// The kernel of a convolution together with its relu.
    fn rectified(self, op: &Conv, steps: &[Step]) -> Kernel<T> {
        let shapes: Box<[DynShape]> = steps[0].operands.iter().map(|place| place.shape).collect();
        let last = shapes.len() - 1;
        let (convolution, _) = op.convolution(shapes[0], shapes[last]).expect("the shapes fit");
        Box::new(move |processor, parts, _| {
            let (x, [out, scratch]) = parts.take_all::<MAX_OPERANDS, 2>();
            let bias = (last == 2).then(|| x[1]);
            convolution.forward(processor, x[0], After { bias, relu: true }, x[last], out, scratch);
        })
    }

    /// What computes a product together with the update that it is for, or the gate that it goes through.
    fn met(self, op: &MatMul, steps: &[Step]) -> Link<T> {
        let [product, follower] = steps else { unreachable!("a product and its follower are two steps") };
        debug_assert_eq!(follower.operands[1].slot, product.output.slot, "both have the product as the second operand");
        let shapes = [product.operands[0].shape, product.operands[1].shape];
        let plan = op.geometry(&shapes[0], &shapes[1]).plan::<T>(self.processor);
        if let Op::Gate(_) = follower.op {
            return Link::Kernel(Box::new(move |processor, parts, _| {
                let ([a, b, gate], [out, scratch]) = parts.take();
                plan.run(processor, a, b, Then::Gate(gate), out, scratch);
            }));
        }
        if let Some(product) = plan.of_vectors(self.processor, false) {
            return Link::Update(Box::new(product));
        }
        Link::Kernel(Box::new(move |processor, parts, _| {
            let ([a, b, alpha, other], [out, scratch]) = parts.take();
            let then = Then::Update { alpha: alpha[0], other };
            plan.run(processor, a, b, then, out, scratch);
        }))
    }

    /// The kernel of elementwise operations together, tile by tile.
    fn fused(self, steps: &[Step], fusion: &Fusion) -> Kernel<T> {
        let costs = steps.iter().map(|step| match gradient_of_pool(&step.op, step.operands[0].shape) {
            Some(_) => GRADIENT_OF_POOL,
            None => cost(&step.op),
        });
        let minimum = worthwhile(costs.sum());
        let (inputs, outputs, sizes) = (fusion.inputs.len(), fusion.outputs.len(), fusion.sizes(minimum));
        let set = self.processor.instruction_set;
        let mut works: Vec<(Work<T>, Vec<Operand>, Operand)> = Vec::new();
        for (index, (step, (operands, value))) in steps.iter().zip(&fusion.wiring).enumerate() {
            match works.last_mut() {
                Some((Work::Planes(pool), _, out)) if set != InstructionSet::NONE && gates(steps, fusion, index) => {
                    (pool.gated, *out) = (true, *value);
                }
                _ => works.push((Work::new(step, set), operands.clone(), *value)),
            }
        }
        Box::new(move |processor, parts, _| {
            let (x, mut writes) = parts.take_all::<MAX_INPUTS, { MAX_OUTPUTS + 1 }>();
            let (scratch, written) = writes.split_first_mut().expect("the scratch comes first");
            let written = &mut written[..outputs];
            fused::for_each_tile(processor, sizes, &x[..inputs], written, scratch, &|tile| {
                for (work, operands, value) in &works {
                    match (work, &operands[..]) {
                        (Work::Elements(function), operands) => tile.step(operands, *value, |operands, out| {
                            function.run(processor.instruction_set, operands, out);
                        }),
                        (Work::Planes(planes), operands) => tile.step(operands, *value, |operands, out| {
                            planes.compute(processor, operands, out);
                        }),
                        (Work::Repeat, &[Operand::Repeated(input, inner)]) => tile.repeat(input, inner, *value),
                        (Work::Repeat, _) => unreachable!("a broadcast repeats its operand"),
                    }
                }
            });
        })
    }
}

/// Whether a step is a gate by the operand of the maximum pool whose gradient is the step before, which only this gate
/// reads: the winners of that pool can do it.
fn gates(steps: &[Step], fusion: &Fusion, gate: usize) -> bool {
    let [(of_pool, gradient), (of_gate, _)] = &fusion.wiring[gate - 1..=gate] else { unreachable!("two steps") };
    let mut after = fusion.wiring[gate + 1..].iter();
    let next = after.find(|(operands, value)| operands.contains(gradient) || value == gradient);
    matches!((&steps[gate - 1].op, &steps[gate].op), (Op::MaxPoolScatter(_), Op::Gate(_)))
        && matches!(gradient, Operand::Local(_))
        && of_gate[..] == [of_pool[0], *gradient]
        && !next.is_some_and(|(operands, _)| operands.contains(gradient))
}

/// The kernel of an operation that finds out in each run what shapes decide.
fn by_views<T: Float>(op: Op, shapes: Box<[DynShape]>) -> Link<T> {
    Link::Kernel(Box::new(move |processor, parts, inputs| {
        let (operands, [out, scratch]) = parts.take_all::<MAX_OPERANDS, 2>();
        let mut views = [View { shape: DynShape::SCALAR, data: &[] as &[T] }; MAX_OPERANDS];
        for ((view, &shape), data) in views.iter_mut().zip(&shapes).zip(operands) {
            *view = View { shape, data };
        }
        Fast::new(processor).apply(&op, &views[..shapes.len()], inputs.naturals, out, scratch);
    }))
}

/// The kernel of a leader and its follower, one after the other.
fn led_by_definition<T: Float>(steps: &[Step]) -> Link<T> {
    let [leader, follower] =
        [0, 1].map(|index| (steps[index].op.clone(), mapped(&steps[index].operands, |place| place.shape)));
    let of_leader = mapped(&steps[1].operands, |place| place.slot == steps[0].output.slot);
    Link::Kernel(Box::new(move |_, parts, inputs| {
        let (x, [out, _]) = parts.take_all::<MAX_OPERANDS, 2>();
        let (own, mut others) = (leader.1.len(), x.iter());
        let views = leader.1.iter().zip(others.by_ref().take(own)).map(|(&shape, &data)| View { shape, data });
        leader.0.eval(&views.collect::<Vec<_>>(), inputs.naturals, out);
        let value = out.to_vec();
        let operand = |&is_leader: &bool| if is_leader { &value } else { *others.next().expect("an operand") };
        let operands: Vec<&[T]> = of_leader.iter().map(operand).collect();
        by_definition(&follower.0, &operands, out);
    }))
}

/// What a step of a loop does with a tile.
enum Work<T> {
    /// The loop repeats what it reads by itself.
    Repeat,
    Elements(Function<T>),
    Planes(Box<Planes>),
}

impl<T: Float> Work<T> {
    fn new(step: &Step, instruction_set: InstructionSet) -> Self {
        let op = by_element(&step.op);
        match (&op, Planes::new(step)) {
            (Op::Broadcast(_), _) => Self::Repeat,
            (_, Some(planes)) => Self::Planes(Box::new(planes)),
            _ if instruction_set == InstructionSet::NONE => {
                Self::Elements(Function::new(cost(&op), move |_, x, out| by_definition(&op, x, out)))
            }
            _ => Self::Elements(bound(&op)),
        }
    }
}

/// The gradient of a pool in a loop.
struct Planes {
    op: Op,
    window: Window,
    /// One plane of each operand.
    shapes: Box<[DynShape]>,
    /// Whether a gate by the first operand follows: see [`Pooling::scatter`].
    gated: bool,
}

impl Planes {
    fn new(step: &Step) -> Option<Self> {
        let window = gradient_of_pool(&step.op, step.operands[0].shape)?;
        let spatial = match &step.op {
            Op::MaxPoolScatter(op) => op.kernel.len(),
            Op::AvgPoolSpread(op) => op.kernel.len(),
            op => unreachable!("{} does not compute plane by plane", op.name()),
        };
        let plane = |shape: DynShape| shape[shape.len() - spatial..].iter().copied().collect();
        Some(Self {
            op: step.op.clone(),
            window,
            shapes: step.operands.iter().map(|place| plane(place.shape)).collect(),
            gated: false,
        })
    }

    /// The operation on some planes.
    fn compute<T: Float>(&self, processor: &Processor, operands: &[&[T]], out: &mut [T]) {
        let op = &self.op;
        let count = out.len() / self.window.inputs();
        let pooling = Pooling { planes: count, axes: self.window.axes };
        match (op, operands) {
            _ if processor.instruction_set == InstructionSet::NONE => {
                let mut views = [View { shape: DynShape::SCALAR, data: &[] as &[T] }; MAX_ARGUMENTS];
                for ((view, plane), &data) in views.iter_mut().zip(&self.shapes).zip(operands) {
                    // An image of so many channels.
                    *view = View { shape: std::iter::once(count).chain(plane.iter().copied()).collect(), data };
                }
                op.eval(&views[..operands.len()], &[], out);
            }
            (Op::MaxPoolScatter(_), [x, delta]) => pooling.scatter(processor, x, delta, self.gated, out),
            (Op::AvgPoolSpread(_), [delta]) => pooling.spread(processor, delta, out),
            _ => unreachable!("{} does not compute plane by plane", op.name()),
        }
    }
}

/// An elementwise operation on a part of its elements.
fn by_definition<T: Float>(op: &Op, operands: &[&[T]], out: &mut [T]) {
    let mut views = [View { shape: DynShape::SCALAR, data: &[] as &[T] }; MAX_ARGUMENTS];
    for (view, &data) in views.iter_mut().zip(operands) {
        *view = View { shape: DynShape::new(&[data.len()]), data };
    }
    op.eval(&views[..operands.len()], &[], out);
}
