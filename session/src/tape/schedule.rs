//! Instructions in order, and a place in memory for every value.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::fusion::{Fusion, Groups, groups, is_led};
use super::memory::{Lives, Regions};
use super::passes::Analysis;
use crate::ir::{Data, DynShape, Graph, Id, Op};
use crate::kernels::{Access, Layout};
use crate::mapped::mapped;

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
    /// A value between the steps of one instruction, by number: kernels keep a tile of it at a time.
    Local(usize),
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
    /// Whether nobody else uses those, so that the kernel finds in each run what it left there in the last one.
    pub keeps: bool,
    /// What of the memory it uses: operands, then value and scratch. Of an instruction of several steps, what all of
    /// them use stands in its fusion.
    pub(super) access: Access,
}

impl Step {
    /// The leaf of which the kernel keeps something.
    pub(super) fn kept(&self) -> Option<Id> {
        match self.operands.first()?.slot {
            Slot::Leaf(leaf) if self.keeps => Some(Id::new(leaf)),
            _ => None,
        }
    }
}

/// What runs at once: a list of operations, whose interpretation in order is its definition.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// Its position among the instructions of the prologue and the body.
    pub number: usize,
    /// The operations.
    pub steps: Vec<Step>,
    /// How the operations run together, if there are several.
    pub fusion: Option<Fusion>,
}

impl Instruction {
    /// Puts what lives in the arena, where it had a number, at its place.
    fn set_places(&mut self, places: &[usize]) {
        let set = |place: &mut Place| {
            if let Slot::Arena(number) = place.slot {
                place.slot = Slot::Arena(places[number]);
            }
        };
        for step in &mut self.steps {
            step.operands.iter_mut().chain([&mut step.output]).for_each(set);
        }
        let scratch = &mut self.steps[0].scratch;
        let (start, length) = (places[scratch.start], scratch.len());
        *scratch = start..start + length;
        if let Some(fusion) = &mut self.fusion {
            fusion.inputs.iter_mut().chain(&mut fusion.outputs).for_each(set);
        }
    }

    /// Its floating-point operations, by the convention of [`Stats`](crate::ops::Stats).
    pub fn flops(&self) -> u64 {
        let step = |step: &Step| {
            let shapes: Vec<DynShape> = mapped(&step.operands, |operand| operand.shape);
            step.op.flops(&shapes, step.output.shape)
        };
        self.steps.iter().map(step).fold(0, u64::saturating_add)
    }
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
///
/// It prints what runs, where each value lies and in which shape it is read or written there: a leaf, a constant, the
/// buffer of an output, elements `@from..to` of the arena, or a local of a fused loop; and the scratch of kernels, or
/// where they keep something from run to run, as the transpose of a small weight.
///
/// ```
/// use session::ir::{DynShape, Graph, op};
/// use session::tape::Schedule;
///
/// let mut graph = Graph::default();
/// let x = graph.leaf(DynShape::new(&[2, 3]));
/// let y = graph.push(op::Permute { axes: DynShape::new(&[1, 0]) }, &[x])?;
/// let flat = graph.push(op::Reshape { to: DynShape::new(&[6]) }, &[y])?;
/// let bent = graph.push(op::Tanh {}, &[flat])?;
/// let product = graph.push(op::Mul {}, &[bent, flat])?;
/// assert_eq!(
///     Schedule::new(&graph, &[product, x]).to_string(),
///     "1 leaves, 0 constants, 1 output buffers, arena of 16 elements\n\
///      %1 @0..6 [3, 2] = permute(leaf 0 [2, 3]) axes=[1, 0]\n\
///      fused: %3 local 0 [6] = tanh(@0..6 [6]); %4 buffer 0 [6] = mul(local 0 [6], @0..6 [6])\n\
///      outputs: buffer 0 [6], leaf 0 [2, 3]\n\
///      other names: %2 of %1\n"
/// );
/// # Ok::<(), session::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The values that are other names of others, with these.
    names: Vec<(Id, Id)>,
    leaves: Vec<DynShape>,
    naturals: Vec<DynShape>,
    constants: Vec<Constant>,
    buffers: Vec<usize>,
    outputs: Vec<(Source, DynShape)>,
    arena: usize,
    /// The most locals of an instruction, and the most elements of one.
    locals: [usize; 2],
    layout: Arc<Layout>,
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
        Self::with_scratch(graph, outputs, &|_| Scratch { length: 0, keeps: false })
    }

    /// The same with as many elements of scratch as `scratch` says.
    #[track_caller]
    pub(super) fn with_scratch(graph: &Graph, outputs: &[Id], scratch: &dyn Fn(Asks<'_>) -> Scratch) -> Self {
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
                Slot::Arena(_) | Slot::Local(_) => unreachable!("outputs are placed before anything else is"),
            };
            (source, graph.shape(output))
        });
        let outputs = outputs.collect();
        let names = graph.ids().map(|id| (id, root(id))).filter(|(id, root)| id != root).collect();

        let Groups { groups, repeated } = groups(graph, &analysis);
        let mut uses: Vec<Option<[usize; 2]>> = vec![None; graph.len()];
        for (time, group) in groups.iter().enumerate() {
            for &id in group {
                for &operand in graph.node(id).expect("instructions are nodes").operands.iter() {
                    let [first, _] = uses[root(operand).index()].unwrap_or([time, time]);
                    uses[root(operand).index()] = Some([first, time]);
                }
            }
        }
        let arena = Lives::default();
        let mut placing = Placing { graph, analysis: &analysis, repeated, slots, arena, uses, scratch };
        let mut prologue: Vec<Instruction> = mapped(&analysis.prologue, |&id| placing.instruction(&[id], None));
        let mut body: Vec<Instruction> =
            groups.iter().enumerate().map(|(time, group)| placing.instruction(group, Some(time))).collect();
        let (places, arena) = placing.arena.places();
        let mut locals = [0, 0];
        for Instruction { steps, fusion, .. } in &body {
            if let Some(fusion) = fusion {
                locals = [locals[0].max(fusion.locals), locals[1].max(steps[0].output.shape.elements())];
            }
        }
        let regions = Regions::new(graph.leaves(), &constants, &buffers, arena, locals);
        for (number, instruction) in prologue.iter_mut().chain(&mut body).enumerate() {
            instruction.number = number;
            instruction.set_places(&places);
            regions.set_access(instruction);
        }
        Self {
            names,
            leaves: graph.leaves().to_vec(),
            naturals: graph.naturals().to_vec(),
            constants,
            buffers,
            outputs,
            arena,
            locals,
            layout: regions.layout,
            prologue,
            body,
        }
    }

    /// The regions of memory of a run: leaves, constants; output buffers, the arena, and locals, which may be missing
    /// where no instruction runs step by step.
    pub(super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
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

    /// The most locals that an instruction has, and the most elements of one: where an instruction runs step by step.
    pub fn locals(&self) -> [usize; 2] {
        self.locals
    }

    /// What runs once, before the first run.
    pub fn prologue(&self) -> &[Instruction] {
        &self.prologue
    }

    /// What runs each time.
    pub fn body(&self) -> &[Instruction] {
        &self.body
    }

    /// The floating-point operations of a run: of what is computed, which may be less than
    /// [`Graph::stats`](crate::ir::Graph::stats) counts.
    pub fn flops(&self) -> u64 {
        self.body.iter().map(Instruction::flops).fold(0, u64::saturating_add)
    }
}

/// Gives every value its place.
struct Placing<'a> {
    graph: &'a Graph,
    analysis: &'a Analysis,
    /// Values that are computed anew in each instruction that reads them.
    repeated: HashSet<Id>,
    slots: Vec<Option<Slot>>,
    arena: Lives,
    /// The first and the last instruction that reads each value.
    uses: Vec<Option<[usize; 2]>>,
    /// The scratch of a step and of a fused loop.
    scratch: &'a dyn Fn(Asks<'_>) -> Scratch,
}

/// What scratch is asked for.
pub(super) enum Asks<'a> {
    /// A step, or a leader.
    Step(&'a Step),
    /// A fused loop of so many elements.
    Loop(usize, &'a Fusion),
}

/// What is answered.
pub(super) struct Scratch {
    /// The number of elements.
    pub length: usize,
    /// See [`Step::keeps`].
    pub keeps: bool,
}

impl Placing<'_> {
    fn place(&self, id: Id) -> Place {
        let slot = self.slots[self.analysis.root[id.index()].index()].expect("values are placed before they are used");
        Place { slot, shape: self.graph.shape(id) }
    }

    /// An instruction for values that are computed together, of the prologue if no time is given.
    fn instruction(&mut self, group: &[Id], time: Option<usize>) -> Instruction {
        let locals = self.place_outputs(group, time);
        let mut steps: Vec<Step> = mapped(group, |&id| self.step(id));
        let fusion = (group.len() > 1).then(|| Fusion::new(&steps, locals));
        let Scratch { length, keeps } = (self.scratch)(match &fusion {
            Some(fusion) if !is_led(&steps) => Asks::Loop(steps[0].output.shape.elements(), fusion),
            _ => Asks::Step(&steps[0]),
        });
        let scratch = if keeps {
            self.arena.begin_always(length)
        } else {
            let scratch = self.arena.begin(length);
            self.arena.end(scratch);
            scratch
        };
        (steps[0].scratch, steps[0].keeps) = (scratch..scratch + length, keeps);
        if let Some(time) = time {
            self.end_dead(group, time);
        }
        self.arena.next_instruction();
        Instruction { number: 0, steps, fusion }
    }

    fn step(&self, id: Id) -> Step {
        let node = self.graph.node(id).expect("instructions are nodes");
        let operands = mapped(&node.operands, |&operand| self.place(operand));
        Step {
            value: id,
            op: node.op.clone(),
            operands,
            output: self.place(id),
            scratch: 0..0,
            keeps: false,
            access: Access::default(),
        }
    }

    /// Gives the values of an instruction their places: those that nobody else reads are locals. Gives the number of
    /// locals.
    fn place_outputs(&mut self, group: &[Id], time: Option<usize>) -> usize {
        let (mut free, mut used, mut count) = (Vec::new(), Vec::new(), 0);
        for (index, &id) in group.iter().enumerate() {
            let repeated = self.repeated.contains(&id);
            if repeated || self.slots[id.index()].is_none() {
                let only_here = group.len() > 1 && self.uses[id.index()] == time.map(|time| [time, time]);
                self.slots[id.index()] = Some(if repeated || only_here {
                    let number = free.pop().unwrap_or(count);
                    count = count.max(number + 1);
                    used.push((id, number));
                    Slot::Local(number)
                } else {
                    Slot::Arena(self.arena.begin(self.graph.shape(id).elements()))
                });
            }
            // What no later step reads is free for these.
            used.retain(|&(value, number)| {
                let read = group[index + 1..].iter().any(|&later| self.reads(later, value));
                if !read {
                    free.push(number);
                }
                read
            });
        }
        count
    }

    /// Whether a node reads a value, under any of its names.
    fn reads(&self, node: Id, value: Id) -> bool {
        let node = self.graph.node(node).expect("instructions are nodes");
        node.operands.iter().any(|operand| self.analysis.root[operand.index()] == value)
    }

    /// Ends the lives of what nobody reads after an instruction.
    fn end_dead(&mut self, group: &[Id], time: usize) {
        let operands = group.iter().flat_map(|&id| self.graph.node(id).expect("a node").operands.to_vec());
        let mut dead: Vec<Id> = operands.map(|operand| self.analysis.root[operand.index()]).collect();
        dead.sort_unstable();
        dead.dedup();
        for id in dead {
            // What the prologue computed lives as long as the tape.
            if self.uses[id.index()].is_some_and(|[_, last]| last == time)
                && let Some(Slot::Arena(number)) = self.slots[id.index()]
                && self.analysis.prologue.binary_search(&id).is_err()
            {
                self.arena.end(number);
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.slot {
            Slot::Leaf(index) => Source::Leaf(index).fmt(f)?,
            Slot::Constant(index) => Source::Constant(index).fmt(f)?,
            Slot::Buffer(index) => Source::Buffer(index).fmt(f)?,
            Slot::Arena(start) => write!(f, "@{start}..{}", start + self.shape.elements())?,
            Slot::Local(number) => write!(f, "local {number}")?,
        }
        write!(f, " {}", self.shape)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(index) => write!(f, "leaf {index}"),
            Self::Constant(index) => write!(f, "constant {index}"),
            Self::Buffer(index) => write!(f, "buffer {index}"),
        }
    }
}

impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.fusion.is_some() { "fused: " } else { "" })?;
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{} {} = {}(", step.value, step.output, step.op.name())?;
            for (index, operand) in step.operands.iter().enumerate() {
                write!(f, "{}{operand}", if index > 0 { ", " } else { "" })?;
            }
            f.write_str(")")?;
            for (key, value) in step.op.attributes() {
                write!(f, " {key}={value}")?;
            }
            if !step.scratch.is_empty() {
                let use_of_it = if step.keeps { "keeps" } else { "scratch" };
                write!(f, " {use_of_it} @{}..{}", step.scratch.start, step.scratch.end)?;
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
        let outputs: Vec<String> = mapped(&self.outputs, |(source, shape)| format!("{source} {shape}"));
        writeln!(f, "outputs: {}", outputs.join(", "))?;
        if !self.names.is_empty() {
            let names: Vec<String> = mapped(&self.names, |(name, value)| format!("{name} of {value}"));
            writeln!(f, "other names: {}", names.join(", "))?;
        }
        Ok(())
    }
}
