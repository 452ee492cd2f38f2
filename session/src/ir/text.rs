//! The text form.
//!
//! ```text
//! graph 1
//! leaf %0: [2, 3] # x
//! nat n0: [2]
//! %1 = softmax(%0) {axis=1}: [2, 3]
//! ```
//!
//! One line a leaf, a natural-number input or a node, in order; `#` starts a comment; all attributes
//! are printed, in the order of the table; numbers by their shortest form that reads back.

use std::fmt;

use super::attribute::Attribute;
use super::{DynShape, Graph, Id, MAX_RANK, NatId, Node, Op, Operands};
use crate::Error;
use crate::mapped::mapped;

const HEADER: &str = "graph 1";

/// The most elements that the values of a graph have together, 2 to the power of 48: more than any memory holds, and so
/// few that what follows from the graph, as the place of each value in memory, can be counted.
const MOST_ELEMENTS: usize = 1 << 48;

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        for (leaf, shape) in self.ids().zip(self.leaves()) {
            write!(f, "leaf {leaf}: {shape}")?;
            // A name is free text: only its first line can stand in a comment.
            match self.name(leaf).and_then(|name| name.lines().next()) {
                Some(name) => writeln!(f, " # {name}")?,
                None => writeln!(f)?,
            }
        }
        for (index, shape) in self.naturals().iter().enumerate() {
            writeln!(f, "nat {}: {shape}", NatId::new(index))?;
        }
        for (id, node) in self.node_ids().zip(self.nodes()) {
            writeln!(f, "{}", node.line(id))?;
        }
        Ok(())
    }
}

impl Node {
    /// Its line of the text form.
    pub(super) fn line(&self, id: Id) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            let operands: Vec<String> = mapped(&self.operands, Id::to_string);
            write!(f, "{id} = {}({})", self.op.name(), operands.join(", "))?;
            let attributes: Vec<String> =
                self.op.attributes().into_iter().map(|(key, text)| format!("{key}={text}")).collect();
            if !attributes.is_empty() {
                write!(f, " {{{}}}", attributes.join(", "))?;
            }
            write!(f, ": {}", self.shape)
        })
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads the text form: the graph, not yet checked against the rules of its operations, and the line of each node.
pub(crate) fn parse(text: &str) -> Result<(Graph, Vec<usize>), Error> {
    let (mut graph, mut lines, mut elements) = (Graph::default(), Vec::new(), 0);
    let mut header = false;
    for (index, line) in text.lines().enumerate() {
        let fail = |reason: String| Error::GraphText { line: index + 1, reason };
        let (code, comment) = match line.split_once('#') {
            Some((code, comment)) => (code.trim(), Some(comment.trim())),
            None => (line.trim(), None),
        };
        if code.is_empty() {
            continue;
        }
        if !header {
            if code != HEADER {
                return Err(fail(format!("the first line is `{code}`, expected `{HEADER}`")));
            }
            header = true;
            continue;
        }
        let shape = parse_line(&mut graph, code, comment).map_err(fail)?;
        elements += shape.elements();
        if elements > MOST_ELEMENTS {
            return Err(fail(format!(
                "the values up to here have {elements} elements, at most {MOST_ELEMENTS} are read"
            )));
        }
        lines.resize(graph.nodes().len(), index + 1);
    }
    if !header {
        return Err(Error::GraphText { line: 1, reason: format!("the text is empty, expected `{HEADER}`") });
    }
    Ok((graph, lines))
}

/// Adds what a line says, and gives its shape.
fn parse_line(graph: &mut Graph, code: &str, comment: Option<&str>) -> Result<DynShape, String> {
    let (head, shape) = code.rsplit_once(':').ok_or("expected `: ` and a shape at the end")?;
    let shape = DynShape::parse(shape.trim())
        .ok_or_else(|| format!("`{}` is not a shape: up to {MAX_RANK} sizes in brackets", shape.trim()))?;
    shape.countable()?;
    if let Some(name) = head.strip_prefix("nat ") {
        expect_next("natural-number input", name, NatId::new(graph.naturals().len()))?;
        graph.natural(shape);
        return Ok(shape);
    }
    let next = Id::new(graph.len());
    if let Some(name) = head.strip_prefix("leaf ") {
        expect_next("value", name, next)?;
        if !graph.nodes().is_empty() {
            return Err(format!("leaf {next} stands after a node; leaves precede nodes"));
        }
        let leaf = graph.leaf(shape);
        if let Some(name) = comment {
            graph.set_name(leaf, name);
        }
        return Ok(shape);
    }
    let (name, call) = head.split_once('=').ok_or("expected `leaf`, `nat` or `%id = operation(..)`")?;
    expect_next("value", name, next)?;
    let (op, rest) = call.split_once('(').ok_or("expected `(` after the operation")?;
    let (operands, rest) = rest.split_once(')').ok_or("expected `)` after the operands")?;
    let operands: Vec<Id> = split(operands).map(parse_id).collect::<Result<_, _>>()?;
    let operands = Operands::new(&operands).ok_or_else(|| format!("{} operands are too many", operands.len()))?;
    let rest = rest.trim();
    let attributes = match rest {
        "" => "",
        _ => rest
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .ok_or_else(|| format!("expected attributes in braces, found `{rest}`"))?,
    };
    let attributes: Vec<(&str, &str)> = split(attributes)
        .map(|attribute| attribute.split_once('=').ok_or_else(|| format!("expected `key=value`, found `{attribute}`")))
        .collect::<Result<_, _>>()?;
    let op = Op::parse(op.trim(), &attributes)?;
    graph.push_unchecked(&op, &operands, &shape);
    Ok(shape)
}

fn expect_next(what: &str, found: &str, next: impl fmt::Display) -> Result<(), String> {
    let (found, next) = (found.trim(), next.to_string());
    if found == next { Ok(()) } else { Err(format!("the next {what} is `{next}`, found `{found}`")) }
}

fn parse_id(text: &str) -> Result<Id, String> {
    let index: Option<u32> = text.strip_prefix('%').and_then(|index| index.parse().ok());
    index.map(|index| Id::new(index as usize)).ok_or_else(|| format!("`{text}` is not a value such as `%0`"))
}

/// The comma-separated items of a list, brackets taken as one item.
fn split(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    list.split(move |character| {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        character == ',' && depth == 0
    })
    .map(str::trim)
    .filter(move |_| !list.trim().is_empty())
}
