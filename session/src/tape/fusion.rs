//! Which operations run together.
//!
//! ```text
//! a loop    elementwise operations, tile by tile: what lies between them stays in the nearest cache. The gradient of a
//!           pool computes plane by plane and can be in one too: tiles are whole planes then
//! a leader  a product or a convolution with what alone reads its value, done by the kernel of the leader while it has
//!           its results at hand: a product with the update that it is for or the gate that it goes through, a
//!           linear layer with its activation, a convolution with its relu
//! ```

use std::collections::{HashMap, HashSet};

use super::passes::Analysis;
use super::schedule::{Place, Slot, Step};
use crate::ir::op::Sum;
use crate::ir::{DynShape, Graph, Id, Op};
use crate::kernels::fused::{Loop, MAX_INPUTS, MAX_LOCALS, MAX_OUTPUTS, MAX_PLANE, Operand};
use crate::kernels::pooling::MAX_COUNTED;
use crate::kernels::{Access, Activation};
use crate::ops::elementwise::elementwise;
use crate::ops::pool::pooled;
use crate::order::sort;
use crate::window::Window;

#[cfg(test)]
mod tests;

/// How the operations of an instruction run together: a loop over tiles of the elements that all of them have, or a
/// leader and its follower.
#[derive(Clone, Debug)]
pub struct Fusion {
    /// What is read from outside.
    pub inputs: Vec<Place>,
    /// What is written for others.
    pub outputs: Vec<Place>,
    /// The elements of a plane of a loop, whose tiles are whole planes: 1 if all steps compute element by element.
    pub plane: usize,
    /// The number of values that lie between steps at once.
    pub locals: usize,
    /// For each step where its operands are and where its value goes.
    pub wiring: Vec<(Vec<Operand>, Operand)>,
    /// What of the memory is used: of a loop its inputs, then scratch and outputs; of a leader and its follower what both
    /// read from outside, then the value and scratch.
    pub(super) access: Access,
    /// If all elements fit one tile: what each step uses, with the values between steps in the scratch. Then the steps run
    /// one after the other in a single call, which costs less than a loop.
    pub(super) steps: Vec<Access>,
}

impl Fusion {
    /// Of steps whose places are known.
    pub(super) fn new(steps: &[Step], locals: usize) -> Self {
        let length = steps[0].output.shape.elements();
        let mut fusion = Self {
            inputs: Vec::new(),
            outputs: Vec::new(),
            plane: plane_of(steps),
            locals,
            wiring: Vec::new(),
            access: Access::default(),
            steps: Vec::new(),
        };
        for step in steps {
            let operands = step.operands.iter().zip(readings_in(step));
            let operands = operands.map(|(&place, reading)| fusion.operand(place, reading, length)).collect();
            let value = match step.output.slot {
                Slot::Local(number) => Operand::Local(number),
                _ => {
                    fusion.outputs.push(step.output);
                    Operand::Output(fusion.outputs.len() - 1)
                }
            };
            fusion.wiring.push((operands, value));
        }
        fusion
    }

    /// What the loop is told, with the elements that are worth a thread.
    pub(super) fn sizes(&self, minimum: usize) -> Loop {
        Loop { minimum, plane: self.plane, locals: self.locals }
    }

    fn operand(&mut self, place: Place, reading: Reading, length: usize) -> Operand {
        debug_assert!(reading != Reading::Along || place.shape.elements() == length, "a step of other elements");
        if let Slot::Local(number) = place.slot {
            return Operand::Local(number);
        }
        // Values without elements share their place with others.
        let count = place.shape.elements();
        let same = |other: &Place| other.slot == place.slot && other.shape.elements() == count;
        if let Some(index) = self.outputs.iter().position(same) {
            return Operand::Output(index);
        }
        let known = self.inputs.iter().position(same);
        let index = known.unwrap_or_else(|| {
            self.inputs.push(place);
            self.inputs.len() - 1
        });
        match reading {
            Reading::Along => Operand::Input(index),
            Reading::Whole => Operand::Whole(index),
            Reading::Repeated(inner) => Operand::Repeated(index, inner),
            Reading::Planes(size) => Operand::Planes(index, size),
        }
    }
}

/// How the operands are read of a step of several.
pub(crate) fn readings_in(step: &Step) -> Vec<Reading> {
    match &step.op {
        op if is_leader(op) => vec![Reading::Whole; step.operands.len()],
        _ => readings(&step.op, step.operands[0].shape, step.output.shape).expect("the step is elementwise"),
    }
}

/// The elements of a plane of the loop that steps are: 1 if all of them compute element by element.
pub(crate) fn plane_of(steps: &[Step]) -> usize {
    let planes = steps.iter().filter_map(|step| gradient_of_pool(&step.op, step.operands[0].shape));
    planes.map(|window| window.inputs()).max().unwrap_or(1)
}

/// How a fused loop reads an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// With the elements of the value.
    Along,
    /// All of it for each tile: a number, and what a product multiplies.
    Whole,
    /// Each element so many times in a row, and all of them again and again.
    Repeated(usize),
    /// Planes of so many elements, with the planes of the value.
    Planes(usize),
}

impl Reading {
    /// Whether an operand of a loop over so many elements is read in this way.
    pub(crate) fn is_of(self, operand: Operand, length: usize) -> bool {
        match self {
            Self::Along => matches!(operand, Operand::Input(_) | Operand::Output(_) | Operand::Local(_)),
            Self::Whole => matches!(operand, Operand::Whole(_)) || length == 1,
            Self::Repeated(inner) => matches!(operand, Operand::Repeated(_, found) if found == inner),
            Self::Planes(size) => matches!(operand, Operand::Planes(_, found) if found == size) || length == 0,
        }
    }
}

/// How the operands are read of an operation that computes element by element, from the shapes of the first and of its
/// value.
fn readings(op: &Op, first: DynShape, value: DynShape) -> Option<Vec<Reading>> {
    use Reading::{Along, Planes, Repeated, Whole};
    macro_rules! elementwise_readings {
        (unary: $($unary:ident)*; binary: $($binary:ident)*;) => {
            match op {
                $(Op::$unary(_) => Some(vec![Along]),)*
                $(Op::$binary(_) => Some(vec![Along, Along]),)*
                Op::Axpy(_) => Some(vec![Whole, Along, Along]),
                Op::SelectGt(_) => Some(vec![Along; 4]),
                Op::Broadcast(_) => repeated(first, value).map(|inner| vec![Repeated(inner)]),
                Op::Sum(sum) => of_single_elements(sum, first, value).then(|| vec![Along]),
                _ => gradient_of_pool(op, first).map(|window| {
                    let windows = if window.outputs() == window.inputs() { Along } else { Planes(window.outputs()) };
                    if let Op::MaxPoolScatter(_) = op { vec![Along, windows] } else { vec![windows] }
                }),
            }
        };
    }
    elementwise!(elementwise_readings)
}

/// Whether each element of a sum is that of a single one.
pub(super) fn of_single_elements(sum: &Sum, x: DynShape, value: DynShape) -> bool {
    !sum.axes.is_empty() && x.elements() == value.elements()
}

/// The window of the gradient of a pool, from the shape of its first operand, if a loop can have it: each plane of the
/// value is computed from the same planes of the operands, and is not too large.
pub(super) fn gradient_of_pool(op: &Op, first: DynShape) -> Option<Window> {
    let (window, _) = match op {
        Op::MaxPoolScatter(op) => pooled(first, op.kernel, op.stride, op.padding).ok()?,
        Op::AvgPoolSpread(op) => op.images(first).ok()?,
        _ => return None,
    };
    let fits = window.inputs().max(window.outputs()) <= MAX_PLANE && window.kernels() <= MAX_COUNTED;
    fits.then_some(window)
}

/// How often in a row each element of a broadcast stands, if all of them follow each other in this way, again and
/// again: one number for all or for each row, one row for all. Pieces of a few elements are left out, as are
/// broadcasts that repeat nothing.
pub(crate) fn repeated(from: DynShape, to: DynShape) -> Option<usize> {
    let added = to.len() - from.len();
    let is_kept = |&axis: &usize| axis >= added && from[axis - added] == to[axis];
    let mut axes = (0..to.len()).filter(|&axis| to[axis] != 1).rev().peekable();
    let mut take = |kept: bool| -> usize {
        std::iter::from_fn(|| axes.next_if(|axis| is_kept(axis) == kept)).map(|axis| to[axis]).product()
    };
    let (inner, count, _) = (take(false), take(true), take(false));
    let piece = if inner == 1 { count } else { inner };
    let one = from.elements() == 1;
    (count == from.elements() && to.elements() > count && (one || piece >= SHORTEST)).then_some(inner)
}

/// Shorter pieces of a broadcast are copied once for all readers.
const SHORTEST: usize = 16;

/// The readings of a node.
fn readings_of(graph: &Graph, id: Id) -> Option<Vec<Reading>> {
    let node = graph.node(id)?;
    readings(&node.op, graph.shape(*node.operands.first()?), graph.shape(id))
}

/// What runs together.
pub(super) struct Groups {
    /// The values of the body, grouped into instructions in an order in which they can run.
    pub groups: Vec<Vec<Id>>,
    /// Broadcasts that only fused loops read. They are in each group that reads one, where a tile of it is made at a
    /// time.
    pub repeated: HashSet<Id>,
}

/// Groups the values of the body.
pub(super) fn groups(graph: &Graph, analysis: &Analysis) -> Groups {
    let mut position = HashMap::new();
    let mut consumers: HashMap<Id, Vec<Id>> = HashMap::new();
    for (index, &id) in analysis.body.iter().enumerate() {
        position.insert(id, index);
        for &operand in graph.node(id).expect("instructions are nodes").operands.iter() {
            consumers.entry(analysis.root[operand.index()]).or_default().push(id);
        }
    }
    let repeated = HashSet::new();
    let mut fusing =
        Fusing { graph, analysis, position, consumers, repeated, group: HashMap::new(), groups: Vec::new() };
    fusing.repeated = analysis.body.iter().copied().filter(|&id| fusing.is_only_repeated(id)).collect();
    for &id in analysis.body.iter().filter(|id| !fusing.repeated.contains(id)).collect::<Vec<_>>() {
        fusing.add(id);
    }
    fusing.join_followers();
    let mut groups: Vec<Vec<Id>> = std::mem::take(&mut fusing.groups);
    groups.retain(|group| !group.is_empty());
    sort(&mut groups, |group| [fusing.place(group) as u64, 0]);
    for group in &mut groups {
        *group = fusing.with_repeated(group);
    }
    Groups { groups, repeated: fusing.repeated }
}

/// Whether the first step of an instruction is a leader, whose kernel does the second one too. The value of the leader is
/// never in memory then, or only until the kernel is done.
pub(super) fn is_led(steps: &[Step]) -> bool {
    let [leader, follower] = steps else { return false };
    leads(&leader.op, &follower.op)
}

/// Whether an operation leads others: it is in no loop.
fn is_leader(op: &Op) -> bool {
    matches!(op, Op::MatMul(_) | Op::Linear(_) | Op::Conv(_))
}

/// Whether an operation leads another one: a product the addition of its multiple to what has as many elements, which is a
/// gradient and the update that it is for, or the gate of a relu before it; a linear layer its activation; a convolution
/// its relu.
fn leads(leader: &Op, follower: &Op) -> bool {
    match leader {
        Op::MatMul(_) => matches!(follower, Op::Axpy(_) | Op::Gate(_)),
        Op::Linear(_) => activation(follower).is_some(),
        Op::Conv(_) => matches!(follower, Op::Relu(_)),
        _ => false,
    }
}

/// The operation as the activation of a linear layer, if it can be one.
pub(super) fn activation(op: &Op) -> Option<Activation> {
    match op {
        Op::Relu(_) => Some(Activation::Relu),
        Op::Tanh(_) => Some(Activation::Tanh),
        Op::Sigmoid(_) => Some(Activation::Sigmoid),
        _ => None,
    }
}

struct Fusing<'a> {
    graph: &'a Graph,
    analysis: &'a Analysis,
    /// The place of each value in the order of the graph.
    position: HashMap<Id, usize>,
    /// The values that read each value.
    consumers: HashMap<Id, Vec<Id>>,
    /// As in [`Groups`].
    repeated: HashSet<Id>,
    /// The group of each value that has one.
    group: HashMap<Id, usize>,
    groups: Vec<Vec<Id>>,
}

impl Fusing<'_> {
    /// The values that a value is computed from.
    fn operands(&self, id: Id) -> impl Iterator<Item = Id> {
        let node = self.graph.node(id).expect("instructions are nodes");
        node.operands.iter().map(|operand| self.analysis.root[operand.index()])
    }

    /// Whether a value is a broadcast that only fused loops read, along their elements.
    fn is_only_repeated(&self, id: Id) -> bool {
        let along = |reader: &Id| {
            let readings = readings_of(self.graph, *reader);
            let reads = |readings: Vec<Reading>| {
                self.operands(*reader).zip(readings).all(|(operand, it)| operand != id || it == Reading::Along)
            };
            readings.is_some_and(reads)
        };
        matches!(self.graph.node(id).expect("a node").op, Op::Broadcast(_))
            && !self.analysis.requested[id.index()]
            && readings_of(self.graph, id).is_some()
            && self.consumers.get(&id).into_iter().flatten().all(along)
    }

    /// A group with the broadcasts that it reads, in the order of the graph.
    fn with_repeated(&self, members: &[Id]) -> Vec<Id> {
        let read = members.iter().flat_map(|&member| self.operands(member));
        let mut all: Vec<Id> =
            read.filter(|operand| self.repeated.contains(operand)).chain(members.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Puts a value in the groups of its operands, all become one, or in a group of its own.
    fn add(&mut self, id: Id) {
        let mut members = vec![id];
        for producer in self.producers(id) {
            let candidate = self.group[&producer];
            let group = &self.groups[candidate];
            if members.contains(&producer) || !self.can_wait(group, id) {
                continue;
            }
            let mut together = [group.as_slice(), members.as_slice()].concat();
            together.sort_unstable();
            if self.fits(&together) {
                members = together;
                self.groups[candidate].clear();
            }
        }
        if members.len() == 1
            && let Some(early) = self.early_group(id)
        {
            // It stands there now.
            self.position.insert(id, self.place(&self.groups[early]));
            self.group.insert(id, early);
            self.groups[early].push(id);
            return;
        }
        for &member in &members {
            self.group.insert(member, self.groups.len());
        }
        self.groups.push(members);
    }

    /// The group of an operand that cannot wait for a value, if that need not wait either: an update, or the sum of single
    /// elements that is the gradient of a bias, reads nothing else but inputs and numbers that are there before.
    fn early_group(&self, id: Id) -> Option<usize> {
        if !matches!(self.graph.node(id)?.op, Op::Sum(_) | Op::Axpy(_)) {
            return None;
        }
        let [producer] = self.producers(id)[..] else { return None };
        let early = self.group[&producer];
        let place = self.place(&self.groups[early]);
        let is_there = |other: Id| match self.group.get(&other) {
            Some(&group) => group == early && other == producer || self.place(&self.groups[group]) < place,
            None => !self.repeated.contains(&other),
        };
        let together = [&self.groups[early][..], &[id]].concat();
        (self.operands(id).all(is_there) && self.fits(&together)).then_some(early)
    }

    /// Makes one group of each leader and the follower that alone reads it, if all else that the follower reads is there
    /// before the leader.
    fn join_followers(&mut self) {
        for index in 0..self.groups.len() {
            let [follower] = self.groups[index][..] else { continue };
            let operands: Vec<Id> = self.operands(follower).collect();
            let op = |id: Id| self.graph.node(id).map(|node| &node.op);
            let (leader, others) = match operands[..] {
                [alpha, product, other] => (product, vec![alpha, other]),
                [gate, product] => (product, vec![gate]),
                [x] => (x, vec![]),
                _ => continue,
            };
            let leads = op(leader).zip(op(follower)).is_some_and(|(leader, follower)| leads(leader, follower));
            let Some(&place) = self.position.get(&leader).filter(|_| leads) else { continue };
            let before = |id: Id| match self.group.get(&id) {
                Some(&group) => self.place(&self.groups[group]) < place,
                // It is an input or computed once; a repeated broadcast is nowhere but in loops.
                None => !self.repeated.contains(&id),
            };
            let only_here = self.consumers[&leader] == [follower] && !self.analysis.requested[leader.index()];
            if only_here && others.into_iter().all(before) {
                self.groups[index] = vec![leader, follower];
                self.groups[self.group[&leader]].clear();
            }
        }
    }

    /// Where a group runs: a follower where its leader stood, so that what the leader reads need not wait for it; a loop
    /// where its last member stood.
    fn place(&self, group: &[Id]) -> usize {
        let places = group.iter().map(|member| self.position[member]);
        let led = is_leader(&self.graph.node(group[0]).expect("a node").op);
        if led { self.position[&group[0]] } else { places.max().expect("it is not empty") }
    }

    /// The operands that a fused loop with `id` could compute beside it.
    fn producers(&self, id: Id) -> Vec<Id> {
        let Some(own) = readings_of(self.graph, id) else { return Vec::new() };
        let count = self.graph.shape(id).elements();
        let along = self.operands(id).zip(own).filter(|(_, reading)| *reading == Reading::Along).map(|(root, _)| root);
        along
            .filter(|root| self.group.contains_key(root) && self.graph.shape(*root).elements() == count)
            .filter(|root| readings_of(self.graph, *root).is_some())
            .collect()
    }

    /// Whether a group can run where `id` stands: nobody before reads what it computes.
    fn can_wait(&self, group: &[Id], id: Id) -> bool {
        let readers = group.iter().flat_map(|member| self.consumers.get(member).into_iter().flatten());
        readers.into_iter().all(|reader| group.contains(reader) || self.position[reader] >= self.position[&id])
    }

    /// Whether a loop can have so many steps and arrays, and planes of one size.
    fn fits(&self, members: &[Id]) -> bool {
        let all = self.with_repeated(members);
        let windows = all.iter().filter_map(|&member| {
            let node = self.graph.node(member)?;
            gradient_of_pool(&node.op, self.graph.shape(*node.operands.first()?))
        });
        let mut planes: Vec<usize> = windows.map(|window| window.inputs()).collect();
        planes.dedup();
        let mut read: Vec<Id> = all.iter().flat_map(|&member| self.operands(member)).collect();
        read.retain(|operand| !all.contains(operand));
        read.sort_unstable();
        read.dedup();
        // Each member may have to be written, and each may lie between two.
        planes.len() <= 1 && members.len() <= MAX_OUTPUTS && all.len() <= MAX_LOCALS && read.len() <= MAX_INPUTS
    }
}
