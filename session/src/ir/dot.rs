//! The graph as a picture.

use std::fmt::Write;

use super::Graph;

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
        let mut dot = String::from("digraph {\n");
        let mut line = |text: std::fmt::Arguments<'_>| writeln!(dot, "  {text}").expect("a string takes any text");
        for (leaf, shape) in self.ids().zip(self.leaves()) {
            let name = self.name(leaf).map_or_else(|| leaf.to_string(), |name| name.escape_default().to_string());
            line(format_args!("v{} [shape=box, label=\"{name}\\n{shape}\"];", leaf.index()));
        }
        for (id, node) in self.node_ids().zip(self.nodes()) {
            line(format_args!("v{} [label=\"{}\\n{}\"];", id.index(), node.op.name(), node.shape));
            for operand in node.operands.iter() {
                line(format_args!("v{} -> v{};", operand.index(), id.index()));
            }
        }
        dot.push_str("}\n");
        dot
    }
}
