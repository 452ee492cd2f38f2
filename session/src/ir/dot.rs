//! The graph as a picture, in the languages of two programs that draw it.

use std::fmt::{Arguments, Write};

use super::{DynShape, Graph, Id};

impl Graph {
    /// The graph in the language of Graphviz: `dot -Tsvg` draws it.
    ///
    /// ```
    /// use session::ir::{DynShape, Graph, op};
    ///
    /// let mut graph = Graph::default();
    /// let x = graph.leaf(DynShape::new(&[3]));
    /// graph.push(op::Exp {}, &[x])?;
    /// assert!(graph.to_dot().contains("v0 -> v1"));
    /// # Ok::<(), session::Error>(())
    /// ```
    pub fn to_dot(&self) -> String {
        let mut picture = Lines(String::from("digraph {\n"));
        for Value { id, name, shape, operands } in self.values() {
            let (name, form) = (name.escape_default(), if operands.is_none() { "shape=box, " } else { "" });
            picture.line(format_args!("v{} [{form}label=\"{name}\\n{shape}\"];", id.index()));
            for operand in operands.into_iter().flatten() {
                picture.line(format_args!("v{} -> v{};", operand.index(), id.index()));
            }
        }
        picture.0 + "}\n"
    }

    /// The graph in the language of Mermaid, which many sites draw where it stands in a Markdown text.
    ///
    /// ```
    /// use session::ir::{DynShape, Graph, op};
    ///
    /// let mut graph = Graph::default();
    /// let x = graph.leaf(DynShape::new(&[3]));
    /// graph.push(op::Exp {}, &[x])?;
    /// assert!(graph.to_mermaid().contains("v0 --> v1"));
    /// # Ok::<(), session::Error>(())
    /// ```
    pub fn to_mermaid(&self) -> String {
        let mut picture = Lines(String::from("flowchart TD\n"));
        for Value { id, name, shape, operands } in self.values() {
            let name = escaped(&name);
            let [open, close] = if operands.is_none() { ["[", "]"] } else { ["(", ")"] };
            picture.line(format_args!("v{}{open}\"{name}<br/>{shape}\"{close}", id.index()));
            for operand in operands.into_iter().flatten() {
                picture.line(format_args!("v{} --> v{}", operand.index(), id.index()));
            }
        }
        picture.0
    }

    fn values(&self) -> impl Iterator<Item = Value<'_>> {
        let leaf = |(id, &shape): (Id, &DynShape)| {
            let name = self.name(id).map_or_else(|| id.to_string(), str::to_owned);
            Value { id, name, shape, operands: None }
        };
        let leaves = self.ids().zip(self.leaves()).map(leaf);
        leaves.chain(self.node_ids().zip(self.nodes()).map(|(id, node)| Value {
            id,
            name: node.op.name().to_owned(),
            shape: node.shape,
            operands: Some(&node.operands),
        }))
    }
}

/// A value of a picture.
struct Value<'a> {
    id: Id,
    /// That of the leaf or of the operation.
    name: String,
    shape: DynShape,
    /// None of a leaf.
    operands: Option<&'a [Id]>,
}

struct Lines(String);

impl Lines {
    fn line(&mut self, text: Arguments<'_>) {
        writeln!(self.0, "  {text}").expect("a string takes any text");
    }
}

/// A name in a label of Mermaid: what has a meaning there, or ends the line, is written by its number.
fn escaped(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " _-./:".contains(c);
    name.chars().map(|c| if plain(c) { c.to_string() } else { format!("#{};", u32::from(c)) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::op;

    #[test]
    fn names_end_no_label() {
        let mut graph = Graph::default();
        let x = graph.leaf(DynShape::new(&[2, 3]));
        graph.set_name(x, "a \"b\"\n]");
        let y = graph.leaf(DynShape::SCALAR);
        let z = graph.push(op::Exp {}, &[x]).unwrap();
        graph.push(op::Mul {}, &[z, z]).unwrap();
        let dot = "digraph {\n  v0 [shape=box, label=\"a \\\"b\\\"\\n]\\n[2, 3]\"];\n  v1 [shape=box, label=\"%1\\n[]\"];\n  \
                   v2 [label=\"exp\\n[2, 3]\"];\n  v0 -> v2;\n  v3 [label=\"mul\\n[2, 3]\"];\n  v2 -> v3;\n  v2 -> v3;\n}\n";
        assert_eq!((graph.to_dot(), y.index()), (dot.to_owned(), 1));
        let mermaid = "flowchart TD\n  v0[\"a #34;b#34;#10;#93;<br/>[2, 3]\"]\n  v1[\"#37;1<br/>[]\"]\n  \
                       v2(\"exp<br/>[2, 3]\")\n  v0 --> v2\n  v3(\"mul<br/>[2, 3]\")\n  v2 --> v3\n  v2 --> v3\n";
        assert_eq!(graph.to_mermaid(), mermaid);
    }
}
