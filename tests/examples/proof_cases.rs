//! Random graphs with what the tape computes for them, as text: `session/proof/check.sh` compares them with what the
//! definitions of `session/proof/*.v` compute.
//!
//! `cargo run -p session-tests --example proof_cases -- 400` prints 400 graphs, always the same. Scalars are symbolic
//! terms, so equal means: the same operations on the same things in the same order.
//!
//! A line is a word and what belongs to it, separated by spaces:
//!
//! ```text
//! graph <number>             begins a graph
//! term <head> <term>..       an expression: its outermost operation and what it is applied to, by number; the terms
//!                            of a graph are numbered from 0 in the order of their lines, each expression once
//! leaf <term>..              the elements of a leaf
//! node <operation> <elements> <id>..   an operation with the number of elements of its value, and its operands
//! value <term>..             its value
//! pull <tensor>              what flows into an operand, one line for each
//! emit <operation> <id>..    a node that the reverse rule emits
//! flow <id>                  the value that flows into an operand, one line for each, or none
//! push <tensor>              its tangent; no line if no operand has a tangent
//! seed <tensor>              one line for each value of the graph, and so for the lines below
//! direction <tensor>         a tangent, one line for each leaf
//! is <term>..                the value
//! cotangent <tensor>
//! tangent <tensor>
//! joined <operation> <id>..  a node of the graph of reverse mode
//! gradient <id>              the value that is the cotangent, or none
//! end
//! ```
//!
//! A tensor is `some <term>..` or `none`. The terms of `value`, `pull` and `push` are rules: there, the variables
//! `x0`, `x1`, .. stand for the elements of the operands, in order; in `pull` and `push` followed by those of the
//! value; these by those of the cotangent (`pull`) or of the tangents that are there (`push`). Likewise the ids of `emit`
//! and `flow` count the operands, the value, the cotangent, then what is emitted. The rules come from the operations one
//! by one; `is`, `cotangent` and `tangent` from schedules of the whole graph; `joined` and `gradient` from
//! `autodiff::reverse`.

use std::collections::HashMap;
use std::fmt::Write;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use session::autodiff::{Derivative, forward, reverse};
use session::ir::{DynShape, Graph, Id, Node, Op};
use session::ops::{Emit, Site};
use session::scalar::{Symbol, Term};
use session::semantics::{Array, eval};
use session::tape::{Definition, Schedule, run};
use session_tests::{Program, Source, choices};

fn main() {
    let count = std::env::args().nth(1).map_or(400, |count| count.parse().expect("a number of graphs"));
    let mut runner = TestRunner::deterministic();
    for number in 0..count {
        let mut source = choices(1024).new_tree(&mut runner).expect("choices are always there").current();
        // Terms live as long as their thread.
        let text = std::thread::spawn(move || Case::random(&mut source).text(number)).join();
        print!("{}", text.unwrap_or_else(|_| panic!("graph {number} has no text")));
    }
}

type Tensor = Array<Term>;

/// New variables, one for each element.
fn variables(shape: DynShape, next: &mut impl Iterator<Item = usize>) -> Tensor {
    Array::new(shape, next.take(shape.elements()).map(Term::variable).collect())
}

/// What the schedule for these values of a graph gives: `None` where none is asked for.
fn scheduled(graph: &Graph, outputs: &[Option<Id>], leaves: &[Tensor], naturals: &[Vec<usize>]) -> Vec<Option<Tensor>> {
    let asked: Vec<Id> = outputs.iter().copied().flatten().collect();
    let mut values = run(&Schedule::new(graph, &asked), &Definition, leaves, naturals).into_iter();
    outputs.iter().map(|output| output.and_then(|_| values.next())).collect()
}

/// A graph with seeds at some of its values, inner ones too, and tangents at some of its leaves.
struct Case {
    program: Program,
    leaves: Vec<Tensor>,
    seeds: Vec<Option<Tensor>>,
    directions: Vec<Option<Tensor>>,
}

impl Case {
    fn random(source: &mut Source) -> Self {
        let program = Program::random(12, source);
        let mut next = 0..;
        let graph = &program.graph;
        let leaves = graph.leaves().iter().map(|&shape| variables(shape, &mut next)).collect();
        let seeds = graph.ids().map(|id| (source.below(4) == 3).then(|| variables(graph.shape(id), &mut next)));
        let seeds = seeds.collect();
        let directions = graph.leaves().iter().map(|&shape| (source.below(3) > 0).then(|| variables(shape, &mut next)));
        let directions = directions.collect();
        Self { program, leaves, seeds, directions }
    }

    /// The ids whose entry is there, and these entries.
    fn present(entries: &[Option<Tensor>]) -> (Vec<Id>, Vec<Tensor>) {
        let entries = entries.iter().enumerate();
        entries.filter_map(|(index, entry)| Some((Id::new(index), entry.clone()?))).unzip()
    }

    /// The graph that [`backward_dense_from`](session::tape::Tape::backward_dense_from) schedules, and what it gives.
    fn cotangents(&self) -> (Derivative, Vec<Option<Tensor>>) {
        let (ids, seeds) = Self::present(&self.seeds);
        let derivative = reverse(&self.program.graph, &ids);
        let leaves = [self.leaves.clone(), seeds].concat();
        let cotangents = scheduled(&derivative.graph, &derivative.gradient, &leaves, &self.program.naturals);
        (derivative, cotangents)
    }

    /// Which values have a tangent, and the tangents.
    fn tangents(&self) -> Vec<Option<Tensor>> {
        let (ids, tangents) = Self::present(&self.directions);
        let derivative = forward(&self.program.graph, &ids);
        let leaves = [self.leaves.clone(), tangents].concat();
        scheduled(&derivative.graph, &derivative.gradient, &leaves, &self.program.naturals)
    }

    fn text(&self, number: usize) -> String {
        let Program { graph, naturals, .. } = &self.program;
        let mut text = Text::default();
        text.line(&format!("graph {number}"), &[]);
        self.leaves.iter().for_each(|leaf| text.line("leaf", &leaf.data));
        let tangents = self.tangents();
        for node in graph.nodes() {
            let words = format!("node {} {}", operation(&node.op), node.shape.elements());
            text.write(&words, node.operands.iter().map(|id| id.index()));
            let rules = Rules { graph, node, naturals };
            text.line("value", &rules.value().data);
            rules.pull(&mut text);
            let given: Vec<bool> = node.operands.iter().map(|id| tangents[id.index()].is_some()).collect();
            if given.contains(&true) {
                text.optional("push", &rules.push(&given));
            }
        }
        self.seeds.iter().for_each(|seed| text.optional("seed", seed));
        self.directions.iter().for_each(|direction| text.optional("direction", direction));
        let all: Vec<Option<Id>> = graph.ids().map(Some).collect();
        let values = scheduled(graph, &all, &self.leaves, naturals);
        values.iter().flatten().for_each(|value| text.line("is", &value.data));
        let (derivative, cotangents) = self.cotangents();
        cotangents.iter().for_each(|cotangent| text.optional("cotangent", cotangent));
        tangents.iter().for_each(|tangent| text.optional("tangent", tangent));
        derivative.graph.nodes().iter().for_each(|node| text.node("joined", node));
        derivative.gradient.iter().for_each(|&id| text.id("gradient", id));
        text.line("end", &[]);
        text.lines
    }
}

/// The rules of one node, with variables for what they read.
struct Rules<'a> {
    graph: &'a Graph,
    node: &'a Node,
    naturals: &'a [Vec<usize>],
}

impl Rules<'_> {
    fn shapes(&self) -> Vec<DynShape> {
        self.node.operands.iter().map(|&operand| self.graph.shape(operand)).collect()
    }

    /// The value of a graph that has this node only.
    fn value(&self) -> Tensor {
        let (mut alone, operands, leaves) = self.fragment(self.shapes());
        let output = alone.push(self.node.op.clone(), &operands).expect("it is a node of a graph");
        eval(&alone, &leaves, self.naturals).swap_remove(output.index())
    }

    /// Writes the reverse rule: its value and its nodes.
    fn pull(&self, text: &mut Text) {
        let shapes = [self.shapes(), vec![self.node.shape; 2]].concat();
        let (mut fragment, ids, leaves) = self.fragment(shapes);
        let [operands @ .., output, cotangent] = &*ids else { unreachable!("there are two further leaves") };
        let site = Site { operands, output: *output };
        let contributions = self.node.op.vjp(&mut Emit::new(&mut fragment), site, *cotangent);
        let values = eval(&fragment, &leaves, self.naturals);
        let tensors = contributions.iter().map(|id| id.map(|id| values[id.index()].clone()));
        tensors.for_each(|tensor| text.optional("pull", &tensor));
        fragment.nodes().iter().for_each(|node| text.node("emit", node));
        contributions.iter().for_each(|&id| text.id("flow", id));
    }

    /// The tangent, given which operands have one.
    fn push(&self, given: &[bool]) -> Option<Tensor> {
        let operands = self.shapes();
        let tangents = operands.iter().zip(given).filter(|&(_, &given)| given).map(|(&shape, _)| shape);
        let shapes = operands.iter().copied().chain([self.node.shape]).chain(tangents).collect();
        let (mut fragment, ids, leaves) = self.fragment(shapes);
        let (operands, rest) = ids.split_at(operands.len());
        let (&output, tangents) = rest.split_first().expect("the value is a leaf too");
        let mut tangents = tangents.iter().copied();
        let tangents: Vec<Option<Id>> = given.iter().map(|&given| if given { tangents.next() } else { None }).collect();
        let site = Site { operands, output };
        let tangent = self.node.op.jvp(&mut Emit::new(&mut fragment), site, &tangents)?;
        Some(eval(&fragment, &leaves, self.naturals).swap_remove(tangent.index()))
    }

    /// A graph with leaves of these shapes, all variables, to which a rule can add nodes.
    fn fragment(&self, shapes: Vec<DynShape>) -> (Graph, Vec<Id>, Vec<Tensor>) {
        let mut fragment = Graph::default();
        for &shape in self.graph.naturals() {
            fragment.natural(shape);
        }
        let mut next = 0..;
        let leaves = shapes.iter().map(|&shape| (fragment.leaf(shape), variables(shape, &mut next)));
        let (ids, leaves) = leaves.unzip();
        (fragment, ids, leaves)
    }
}

/// An operation with its attributes, as one word.
fn operation(op: &Op) -> String {
    let attributes = op.attributes().into_iter().map(|(key, value)| format!(",{key}={value}"));
    format!("{}{}", op.name(), attributes.collect::<String>()).replace(' ', "")
}

/// Lines with the terms they mention.
#[derive(Default)]
struct Text {
    lines: String,
    numbers: HashMap<Term, usize>,
}

impl Text {
    fn optional(&mut self, word: &str, tensor: &Option<Tensor>) {
        match tensor {
            Some(tensor) => self.line(&format!("{word} some"), &tensor.data),
            None => self.line(&format!("{word} none"), &[]),
        }
    }

    fn line(&mut self, words: &str, terms: &[Term]) {
        let numbers: Vec<usize> = terms.iter().map(|&term| self.number(term)).collect();
        self.write(words, numbers);
    }

    fn node(&mut self, word: &str, node: &Node) {
        self.write(&format!("{word} {}", operation(&node.op)), node.operands.iter().map(|id| id.index()));
    }

    fn id(&mut self, word: &str, id: Option<Id>) {
        match id {
            Some(id) => self.write(word, [id.index()]),
            None => self.write(&format!("{word} none"), []),
        }
    }

    fn write(&mut self, words: &str, numbers: impl IntoIterator<Item = usize>) {
        self.lines.push_str(words);
        for number in numbers {
            write!(self.lines, " {number}").expect("strings grow");
        }
        self.lines.push('\n');
    }

    /// The number of a term, which has a line from now on.
    fn number(&mut self, term: Term) -> usize {
        if let Some(&number) = self.numbers.get(&term) {
            return number;
        }
        let (head, operands) = term.parts();
        let operands: Vec<usize> = operands.into_iter().map(|operand| self.number(operand)).collect();
        self.write(&format!("term {head}"), operands);
        let number = self.numbers.len();
        self.numbers.insert(term, number);
        number
    }
}
