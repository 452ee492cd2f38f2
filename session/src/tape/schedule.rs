//! Instructions in order, and a place in memory for every value.

use std::fmt;
use std::ops::Range;

use super::passes::Analysis;
use crate::ir::{Data, DynShape, Graph, Id, Op};

/// Where the elements of a value are during a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A leaf, by position.
    Leaf(usize),
    /// A constant, by its position in [`Schedule::constants`].
    Constant(usize),
    /// A buffer of an output, by its position in [`Schedule::buffers`].
    Buffer(usize),
    /// The arena, from this element on.
    Arena(usize),
}

/// A value in memory: where, and in which shape it is read or written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub slot: Slot,
    /// The shape.
    pub shape: DynShape,
}

impl Place {
    /// The elements of the arena that it covers: none if it is elsewhere.
    #[inline]
    pub(crate) fn in_arena(self) -> Range<usize> {
        match self.slot {
            Slot::Arena(start) => start..start + self.shape.elements(),
            _ => 0..0,
        }
    }
}

/// One operation with the places of its operands and of its value.
#[derive(Clone, Debug)]
pub struct Step {
    /// The value of the graph that it computes.
    pub value: Id,
    /// The operation.
    pub op: Op,
    /// The operands.
    pub operands: Vec<Place>,
    /// The value.
    pub output: Place,
    /// Elements of the arena for the kernel's own use.
    pub scratch: Range<usize>,
}

/// What runs at once: a list of operations, whose interpretation in order is its definition.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// The operations.
    pub steps: Vec<Step>,
}

/// A constant of a graph, whose numbers are an input of a run.
#[derive(Clone, Debug)]
pub struct Constant {
    /// The value in the graph.
    pub id: Id,
    /// Its shape.
    pub shape: DynShape,
    /// The numbers it was compiled with.
    pub data: Data,
}

/// Where a requested output is found after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is a leaf.
    Leaf(usize),
    /// It is a constant.
    Constant(usize),
    /// It is in a buffer.
    Buffer(usize),
}

/// A graph made ready to run, for any scalar.
#[derive(Clone, Debug)]
pub struct Schedule {
    leaves: Vec<DynShape>,
    naturals: Vec<DynShape>,
    constants: Vec<Constant>,
    buffers: Vec<usize>,
    outputs: Vec<(Source, DynShape)>,
    arena: usize,
    prologue: Vec<Instruction>,
    body: Vec<Instruction>,
}

impl Schedule {
    /// The schedule that computes the values `outputs` of a graph by the definition.
    ///
    /// # Panics
    /// If an output is not a value of the graph.
    #[track_caller]
    pub fn new(graph: &Graph, outputs: &[Id]) -> Self {
        Self::with_scratch(graph, outputs, |_, _, _| 0)
    }

    /// The same with as many elements of scratch as `scratch` says for an operation on operands and an
    /// output of these shapes.
    #[track_caller]
    pub(super) fn with_scratch(
        graph: &Graph,
        outputs: &[Id],
        scratch: impl Fn(&Op, &[DynShape], DynShape) -> usize,
    ) -> Self {
        let analysis = Analysis::new(graph, outputs);
        let root = |id: Id| analysis.root[id.index()];
        let leaves = (0..graph.leaves().len()).map(|index| Some(Slot::Leaf(index)));
        let mut slots: Vec<Option<Slot>> = leaves.chain(graph.nodes().iter().map(|_| None)).collect();
        let mut constants = Vec::new();
        for (id, node) in graph.node_ids().zip(graph.nodes()) {
            if let Op::Constant(constant) = &node.op {
                slots[id.index()] = Some(Slot::Constant(constants.len()));
                constants.push(Constant { id, shape: node.shape, data: constant.data.clone() });
            }
        }
        let mut buffers = Vec::new();
        let outputs = outputs.iter().map(|&output| {
            let slot = slots[root(output).index()].get_or_insert_with(|| {
                buffers.push(graph.shape(output).elements());
                Slot::Buffer(buffers.len() - 1)
            });
            let source = match *slot {
                Slot::Leaf(leaf) => Source::Leaf(leaf),
                Slot::Constant(constant) => Source::Constant(constant),
                Slot::Buffer(buffer) => Source::Buffer(buffer),
                Slot::Arena(_) => unreachable!("outputs are placed before anything is in the arena"),
            };
            (source, graph.shape(output))
        });
        let outputs = outputs.collect();

        let mut arena = Allocator::default();
        let mut last_use = vec![None; graph.len()];
        for (time, &id) in analysis.body.iter().enumerate() {
            let node = graph.node(id).expect("instructions are nodes");
            node.operands.iter().for_each(|&operand| last_use[root(operand).index()] = Some(time));
        }
        let mut place = |id: Id, time: Option<usize>, slots: &mut Vec<Option<Slot>>| {
            let node = graph.node(id).expect("instructions are nodes");
            let slot_of = |slots: &[Option<Slot>], id: Id| {
                let slot = slots[root(id).index()].expect("operands are placed before they are used");
                Place { slot, shape: graph.shape(id) }
            };
            let operands: Vec<Place> = node.operands.iter().map(|&operand| slot_of(slots, operand)).collect();
            slots[id.index()].get_or_insert_with(|| Slot::Arena(arena.allocate(node.shape.elements())));
            let output = slot_of(slots, id);
            let shapes: Vec<DynShape> = operands.iter().map(|place| place.shape).collect();
            let length = scratch(&node.op, &shapes, node.shape);
            let start = arena.allocate(length);
            arena.free(start, length);
            if let Some(time) = time {
                let mut dead: Vec<Id> = node.operands.iter().map(|&operand| root(operand)).collect();
                dead.sort_unstable();
                dead.dedup();
                dead.retain(|id| last_use[id.index()] == Some(time));
                for id in dead {
                    // What the prologue computed lives as long as the tape.
                    if let Some(Slot::Arena(start)) = slots[id.index()]
                        && analysis.prologue.binary_search(&id).is_err()
                    {
                        arena.free(start, graph.shape(id).elements());
                    }
                }
            }
            let step = Step { value: id, op: node.op.clone(), operands, output, scratch: start..start + length };
            Instruction { steps: vec![step] }
        };
        let prologue = analysis.prologue.iter().map(|&id| place(id, None, &mut slots)).collect();
        let body = analysis.body.iter().enumerate().map(|(time, &id)| place(id, Some(time), &mut slots)).collect();
        Self {
            leaves: graph.leaves().to_vec(),
            naturals: graph.naturals().to_vec(),
            constants,
            buffers,
            outputs,
            arena: arena.end,
            prologue,
            body,
        }
    }

    /// The shapes of the leaves.
    pub fn leaves(&self) -> &[DynShape] {
        &self.leaves
    }

    /// The shapes of the natural-number inputs.
    pub fn naturals(&self) -> &[DynShape] {
        &self.naturals
    }

    /// The constants of the graph, in order.
    pub fn constants(&self) -> &[Constant] {
        &self.constants
    }

    /// The numbers of elements of the output buffers.
    pub fn buffers(&self) -> &[usize] {
        &self.buffers
    }

    /// Where each requested output is found, and its shape.
    pub fn outputs(&self) -> &[(Source, DynShape)] {
        &self.outputs
    }

    /// The number of elements of the arena.
    pub fn arena(&self) -> usize {
        self.arena
    }

    /// What runs once, before the first run.
    pub fn prologue(&self) -> &[Instruction] {
        &self.prologue
    }

    /// What runs each time.
    pub fn body(&self) -> &[Instruction] {
        &self.body
    }
}

/// Elements between the starts of two values: 64 bytes of f32, so that vectors are aligned.
const ALIGNMENT: usize = 16;

/// Gives out parts of the arena; a part that is free again goes to the first value that fits.
#[derive(Default)]
struct Allocator {
    /// The free parts below `end`, in order, never adjacent.
    free: Vec<Range<usize>>,
    end: usize,
}

impl Allocator {
    fn allocate(&mut self, length: usize) -> usize {
        let length = length.next_multiple_of(ALIGNMENT);
        if length == 0 {
            return 0;
        }
        // The smallest part that fits leaves the large ones whole.
        let fitting = self.free.iter().enumerate().filter(|(_, part)| part.len() >= length);
        if let Some((index, _)) = fitting.min_by_key(|(_, part)| part.len()) {
            let start = self.free[index].start;
            self.free[index].start += length;
            if self.free[index].is_empty() {
                self.free.remove(index);
            }
            return start;
        }
        // The part at the end can grow.
        let start = match self.free.last() {
            Some(part) if part.end == self.end => self.free.pop().expect("it is there").start,
            _ => self.end,
        };
        self.end = start + length;
        start
    }

    fn free(&mut self, start: usize, length: usize) {
        let end = start + length.next_multiple_of(ALIGNMENT);
        if start == end {
            return;
        }
        let index = self.free.partition_point(|part| part.start < start);
        self.free.insert(index, start..end);
        if index + 1 < self.free.len() && self.free[index + 1].start == end {
            self.free[index].end = self.free.remove(index + 1).end;
        }
        if index > 0 && self.free[index - 1].end == start {
            self.free[index - 1].end = self.free.remove(index).end;
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.slot {
            Slot::Leaf(index) => write!(f, "leaf {index}")?,
            Slot::Constant(index) => write!(f, "constant {index}")?,
            Slot::Buffer(index) => write!(f, "buffer {index}")?,
            Slot::Arena(offset) => write!(f, "@{offset}")?,
        }
        write!(f, " {}", self.shape)
    }
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{} = {}(", step.output, step.op.name())?;
            for (index, operand) in step.operands.iter().enumerate() {
                write!(f, "{}{operand}", if index > 0 { ", " } else { "" })?;
            }
            f.write_str(")")?;
            for (key, value) in step.op.attributes() {
                write!(f, " {key}={value}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} leaves, {} constants, {} output buffers, arena of {} elements",
            self.leaves.len(),
            self.constants.len(),
            self.buffers.len(),
            self.arena
        )?;
        for instruction in &self.prologue {
            writeln!(f, "once: {instruction}")?;
        }
        for instruction in &self.body {
            writeln!(f, "{instruction}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Parts in use never overlap, and everything freed is one free part again.
        #[test]
        fn parts_are_disjoint(requests in proptest::collection::vec((0usize..100, any::<prop::sample::Index>()), 0..60)) {
            let mut allocator = Allocator::default();
            let mut used: Vec<(usize, usize)> = Vec::new();
            for (length, victim) in requests {
                if length % 3 == 0 && !used.is_empty() {
                    let (start, length) = used.swap_remove(victim.index(used.len()));
                    allocator.free(start, length);
                } else {
                    let start = allocator.allocate(length);
                    prop_assert_eq!(start % ALIGNMENT, 0);
                    prop_assert!(start + length <= allocator.end);
                    for &(other, size) in &used {
                        prop_assert!(length == 0 || size == 0 || start + length <= other || other + size <= start);
                    }
                    used.push((start, length));
                }
            }
            for (start, length) in used {
                allocator.free(start, length);
            }
            prop_assert!(allocator.free.len() <= 1);
            prop_assert_eq!(allocator.free.iter().map(ExactSizeIterator::len).sum::<usize>(), allocator.end);
        }
    }
}
