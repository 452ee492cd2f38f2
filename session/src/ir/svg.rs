//! The graph as a picture that browsers show: SVG, which needs no other program.
//!
//! From top to bottom, in the places that [`Layout`] finds. A box is a value: its name or operation, its id, its shape;
//! pointed at, it shows its line of the text form. Colours follow the reader's choice of a light or a dark screen.

#[cfg(test)]
mod tests;

use std::fmt::{Display, Write};

use super::layout::{Cell, Item, Kind, Layout, SPACE};
use super::{DynShape, Graph, Id, NatId, Op};
use crate::mapped::mapped;
use crate::order::{key_of, sort};

/// The height of a box and of a tag, and the distance from rank to rank.
const BOX: f64 = 38.0;
const TAG: f64 = 20.0;
const RANK: f64 = 74.0;
/// The width of a character, which is the same for all of the font.
const CHARACTER: f64 = 7.25;
/// The space between a box and its text.
const INSET: f64 = 9.0;
/// Longer names and lines are cut.
const NAME: usize = 28;
const HINT: usize = 200;

const STYLE: &str = "\
text { fill: #1c2430 }
.name { font-weight: bold }
.id { fill: #66707f }
.paper { fill: #ffffff }
.node rect { fill: #ffffff; stroke: #8a94a3 }
.leaf rect { fill: #dceafc; stroke: #3c74bb }
.natural rect { fill: #e0f3df; stroke: #44903f }
.constant rect { fill: #eeeeee; stroke: #9a9a9a }
.result rect { fill: #fff0d2; stroke: #c07a00; stroke-width: 2 }
.tag rect { fill: none; stroke: #8a94a3; stroke-dasharray: 3 3 }
.line { fill: none; stroke: #8a94a3; stroke-width: 1.2 }
.tip { fill: #8a94a3 }
@media (prefers-color-scheme: dark) {
text { fill: #e4e8ee }
.id { fill: #97a3b3 }
.paper { fill: #12161c }
.node rect { fill: #1d232c; stroke: #6d7989 }
.leaf rect { fill: #17314f; stroke: #5b96df }
.natural rect { fill: #1a3a1b; stroke: #62b35c }
.constant rect { fill: #2b2b2b; stroke: #7c7c7c }
.result rect { fill: #46330d; stroke: #e0a030 }
.tag rect { fill: none; stroke: #6d7989 }
.line { stroke: #6d7989 }
.tip { fill: #6d7989 }
}
";

impl Graph {
    /// The graph as a picture in SVG, complete in itself: browsers and editors show it.
    ///
    /// Leaves are blue, natural-number inputs green, constants grey, results orange; what is read far below is named
    /// there by a tag. The same graph gives the same text.
    ///
    /// ```
    /// use session::ir::{DynShape, Graph, op};
    ///
    /// let mut graph = Graph::default();
    /// let x = graph.leaf(DynShape::new(&[3]));
    /// graph.push(op::Exp {}, &[x])?;
    /// assert!(graph.to_svg().starts_with("<svg "));
    /// # Ok::<(), session::Error>(())
    /// ```
    pub fn to_svg(&self) -> String {
        let boxes = self.boxes();
        let items: Vec<Item> = mapped(&boxes, Box::item);
        let layout = Layout::new(&items);
        let (width, height) = (layout.width, layout.ranks as f64 * RANK - (RANK - BOX) + 2.0 * SPACE);
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"monospace\" font-size=\"12\">\n<style>\n{STYLE}</style>\n\
             <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n"
        );
        draw_lines(&mut text, &layout);
        for cell in &layout.cells {
            match cell.kind {
                Kind::Box => boxes[cell.item].draw(&mut text, cell),
                Kind::Tag => boxes[cell.item].draw_tag(&mut text, cell),
                Kind::Bend => {}
            }
        }
        text + "</svg>\n"
    }

    /// Leaves, natural-number inputs and nodes, in this order.
    fn boxes(&self) -> Vec<Box> {
        let (leaves, naturals) = (self.leaves().len(), self.naturals().len());
        let index = |id: &Id| if id.index() < leaves { id.index() } else { id.index() + naturals };
        let mut boxes = Vec::with_capacity(self.len() + naturals);
        for (id, shape) in self.ids().zip(self.leaves()) {
            boxes.push(Box::new("leaf", self.name(id).unwrap_or("leaf"), id, *shape));
        }
        for (index, shape) in self.naturals().iter().enumerate() {
            boxes.push(Box::new("natural", "nat", NatId::new(index), *shape));
        }
        let mut is_read = vec![false; self.len()];
        self.nodes().iter().for_each(|node| node.operands.iter().for_each(|id| is_read[id.index()] = true));
        for (id, node) in self.node_ids().zip(self.nodes()) {
            let class = match node.op {
                _ if !is_read[id.index()] => "result",
                Op::Constant(_) | Op::Full(_) => "constant",
                _ => "node",
            };
            let naturals = node.op.naturals().into_iter().map(|natural| leaves + natural.index());
            boxes.push(Box {
                hint: node.line(id).to_string(),
                operands: node.operands.iter().map(index).chain(naturals).collect(),
                ..Box::new(class, node.op.name(), id, node.shape)
            });
        }
        boxes
    }
}

/// The lines, each into the top of its reader, beside one another in the order of where they come from.
fn draw_lines(text: &mut String, layout: &Layout) {
    let mut lines: Vec<(&Cell, f64, &[usize])> = Vec::with_capacity(layout.lines.len());
    for line in &layout.lines {
        let [path @ .., reader] = &line[..] else { continue };
        let reader = &layout.cells[*reader];
        let from = path.last().map_or(reader.x, |&last| layout.cells[last].x);
        lines.push((reader, from, path));
    }
    // Those of one reader follow each other.
    for group in lines.chunk_by_mut(|a, b| std::ptr::eq(a.0, b.0)) {
        sort(group, |&(_, from, _)| [key_of(from), 0]);
        let count = group.len() as f64;
        for (place, (reader, _, path)) in group.iter().enumerate() {
            let part = (place as f64 + 1.0) / (count + 1.0) - 0.5;
            let end = (reader.x + part * reader.width.min(60.0 * count), top(reader.rank));
            let mut path = path.iter().map(|&cell| &layout.cells[cell]);
            let Some(first) = path.next() else { continue };
            let mut from = (first.x, top(first.rank) + if first.kind == Kind::Tag { TAG_TOP + TAG } else { BOX });
            let _ = write!(text, "<path class=\"line\" d=\"M{}", point(from));
            for bend in path {
                let (upper, lower) = ((bend.x, top(bend.rank)), (bend.x, top(bend.rank) + BOX));
                curve(text, from, upper);
                let _ = write!(text, "V{:.1}", lower.1);
                from = lower;
            }
            curve(text, from, (end.0, end.1 - 5.0));
            let tip = (end.0 - 3.5, end.1 - 6.0);
            let _ = writeln!(text, "\"/><path class=\"tip\" d=\"M{}h7l-3.5 6z\"/>", point(tip));
        }
    }
}

/// Down from one point to another, upright at both ends.
fn curve(text: &mut String, from: (f64, f64), to: (f64, f64)) {
    let middle = (from.1 + to.1) / 2.0;
    let _ = write!(text, "C{} {} {}", point((from.0, middle)), point((to.0, middle)), point(to));
}

fn point((x, y): (f64, f64)) -> String {
    format!("{x:.1},{y:.1}")
}

/// The upper edge of the boxes of a rank.
fn top(rank: usize) -> f64 {
    SPACE + rank as f64 * RANK
}

/// Tags stand at the lower edge of their rank, near their readers.
const TAG_TOP: f64 = BOX - TAG;

/// What is drawn of a value or of a natural-number input.
struct Box {
    class: &'static str,
    name: String,
    id: String,
    shape: String,
    hint: String,
    operands: Vec<usize>,
}

impl Box {
    fn new(class: &'static str, name: &str, id: impl Display, shape: DynShape) -> Self {
        let (id, shape) = (id.to_string(), shape.to_string());
        let hint = format!("{class} {id}: {shape} # {name}");
        Self { class, name: cut(name, NAME), hint, id, shape, operands: Vec::new() }
    }

    fn item(&self) -> Item {
        let first = columns(&self.name) + 2 + self.id.len();
        let width = |characters: usize| characters as f64 * CHARACTER + 2.0 * INSET;
        Item { width: [width(first.max(self.shape.len())), width(first)], operands: self.operands.clone() }
    }

    fn draw(&self, text: &mut String, cell: &Cell) {
        let top = top(cell.rank);
        let corner = if ["leaf", "natural"].contains(&self.class) { 10 } else { 3 };
        self.open(text, cell, self.class, (top, BOX, corner), "name");
        let _ =
            writeln!(text, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>", left(cell) + INSET, top + 31.0, self.shape);
    }

    fn draw_tag(&self, text: &mut String, cell: &Cell) {
        self.open(text, cell, "tag", (top(cell.rank) + TAG_TOP, TAG, 10), "id");
        text.push_str("</g>\n");
    }

    /// What boxes and tags have: the hint, the frame, and a line with the name at the left and the id at the right.
    fn open(&self, text: &mut String, cell: &Cell, class: &str, frame: (f64, f64, u32), name: &str) {
        let (top, height, corner) = frame;
        let (left, right) = (left(cell), left(cell) + cell.width);
        let _ = write!(
            text,
            "<g class=\"{class}\"><title>{}</title>\
             <rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height}\" rx=\"{corner}\"/>\
             <text class=\"{name}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\
             <text class=\"id\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            escaped(&cut(&self.hint, HINT)),
            cell.width,
            left + INSET,
            top + 15.0,
            escaped(&self.name),
            right - INSET,
            top + 15.0,
            self.id,
        );
    }
}

fn left(cell: &Cell) -> f64 {
    cell.x - cell.width / 2.0
}

/// How many characters of the font a text takes; letters of other scripts may be wider.
fn columns(text: &str) -> usize {
    text.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum()
}

/// The first characters, and a sign that there are more.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text between tags. Characters that XML does not allow are shown as a question mark of their own.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => result.push('\u{fffd}'),
            _ if character.is_control() => result.push('\u{fffd}'),
            _ => result.push(character),
        }
    }
    result
}
