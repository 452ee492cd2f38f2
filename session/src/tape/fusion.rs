//! Which elementwise operations run together, tile by tile.

use std::collections::HashMap;

use super::passes::Analysis;
use super::schedule::{Place, Slot, Step};
use crate::ir::{Graph, Id, Op};
use crate::kernels::Access;
use crate::kernels::fused::{MAX_INPUTS, MAX_OUTPUTS, Operand};
use crate::ops::elementwise::elementwise;

/// How the operations of an instruction run together: a loop over tiles of the elements that all of them have.
#[derive(Clone, Debug)]
pub struct Fusion {
    /// What is read from outside.
    pub inputs: Vec<Place>,
    /// What is written for others.
    pub outputs: Vec<Place>,
    /// The number of values that lie between steps at once.
    pub locals: usize,
    /// For each step where its operands are and where its value goes.
    pub wiring: Vec<(Vec<Operand>, Operand)>,
    /// What of the memory is used: inputs, then scratch and outputs.
    pub(super) access: Access,
}

impl Fusion {
    /// Of steps that compute element by element, whose places are known.
    pub(super) fn new(steps: &[Step], locals: usize) -> Self {
        let length = steps[0].output.shape.elements();
        let access = Access::default();
        let mut fusion = Self { inputs: Vec::new(), outputs: Vec::new(), locals, wiring: Vec::new(), access };
        for step in steps {
            let readings = readings_of(&step.op, step.operands[0].shape.elements()).expect("the step is elementwise");
            let operands = step.operands.iter().zip(readings);
            let operands = operands.map(|(&place, &reading)| fusion.operand(place, reading, length)).collect();
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

    fn operand(&mut self, place: Place, reading: Reading, length: usize) -> Operand {
        debug_assert!(reading == Reading::Scalar || place.shape.elements() == length, "a step of other elements");
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
        if reading == Reading::Scalar { Operand::Whole(index) } else { Operand::Input(index) }
    }
}

/// How a fused loop reads an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// With the elements of the value.
    Along,
    /// As one number.
    Scalar,
}

/// How the operands are read of an operation that computes element by element; its first operand has `first` elements.
fn readings_of(op: &Op, first: usize) -> Option<&'static [Reading]> {
    use Reading::{Along, Scalar};
    macro_rules! elementwise_readings {
        (unary: $($unary:ident)*; binary: $($binary:ident)*;) => {
            match op {
                $(Op::$unary(_) => Some(&[Along]),)*
                $(Op::$binary(_) => Some(&[Along, Along]),)*
                Op::Axpy(_) => Some(&[Scalar, Along, Along]),
                Op::SelectGt(_) => Some(&[Along, Along, Along, Along]),
                Op::Broadcast(_) if first == 1 => Some(&[Scalar]),
                _ => None,
            }
        };
    }
    elementwise!(elementwise_readings)
}

/// The same of a node.
fn readings(graph: &Graph, id: Id) -> Option<&'static [Reading]> {
    let node = graph.node(id)?;
    readings_of(&node.op, graph.shape(*node.operands.first()?).elements())
}

/// The values of the body, grouped into instructions in an order in which they can run.
pub(super) fn groups(graph: &Graph, analysis: &Analysis) -> Vec<Vec<Id>> {
    let mut position = HashMap::new();
    let mut consumers: HashMap<Id, Vec<Id>> = HashMap::new();
    for (index, &id) in analysis.body.iter().enumerate() {
        position.insert(id, index);
        for &operand in graph.node(id).expect("instructions are nodes").operands.iter() {
            consumers.entry(analysis.root[operand.index()]).or_default().push(id);
        }
    }
    let mut fusing = Fusing { graph, analysis, position, consumers, group: HashMap::new(), groups: Vec::new() };
    for &id in &analysis.body {
        fusing.add(id);
    }
    // A group runs where its last member stood.
    let mut groups: Vec<Vec<Id>> = fusing.groups.into_iter().filter(|group| !group.is_empty()).collect();
    groups.sort_by_key(|group| fusing.position[group.last().expect("it is not empty")]);
    groups
}

struct Fusing<'a> {
    graph: &'a Graph,
    analysis: &'a Analysis,
    /// The place of each value in the order of the graph.
    position: HashMap<Id, usize>,
    /// The values that read each value.
    consumers: HashMap<Id, Vec<Id>>,
    /// The group of each value that has one.
    group: HashMap<Id, usize>,
    groups: Vec<Vec<Id>>,
}

impl Fusing<'_> {
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
        for &member in &members {
            self.group.insert(member, self.groups.len());
        }
        self.groups.push(members);
    }

    /// The operands that a fused loop with `id` could compute beside it.
    fn producers(&self, id: Id) -> Vec<Id> {
        let Some(own) = readings(self.graph, id) else { return Vec::new() };
        let count = self.graph.shape(id).elements();
        let operands = self.graph.node(id).expect("instructions are nodes").operands;
        let along = operands.iter().zip(own).filter(|(_, reading)| **reading == Reading::Along);
        along
            .map(|(&operand, _)| self.analysis.root[operand.index()])
            .filter(|root| self.group.contains_key(root) && self.graph.shape(*root).elements() == count)
            .filter(|root| readings(self.graph, *root).is_some())
            .collect()
    }

    /// Whether a group can run where `id` stands: nobody before reads what it computes.
    fn can_wait(&self, group: &[Id], id: Id) -> bool {
        let readers = group.iter().flat_map(|member| self.consumers.get(member).into_iter().flatten());
        readers.into_iter().all(|reader| group.contains(reader) || self.position[reader] >= self.position[&id])
    }

    /// Whether a loop can have so many steps and arrays.
    fn fits(&self, members: &[Id]) -> bool {
        let mut read: Vec<Id> = members
            .iter()
            .flat_map(|&member| self.graph.node(member).expect("a node").operands.to_vec())
            .map(|operand| self.analysis.root[operand.index()])
            .filter(|operand| !members.contains(operand))
            .collect();
        read.sort_unstable();
        read.dedup();
        // Each member may have to be written, and each may lie between two.
        members.len() <= MAX_OUTPUTS && read.len() <= MAX_INPUTS
    }
}
