//! Graphs that obey the rules: checked pushes, validation, and reading the text form.

use std::str::FromStr;

use crate::Error;
use crate::ir::{DynShape, Graph, Id, Node, Op, parse};

impl Graph {
    /// Adds a node, with its shape by the operation's rule.
    ///
    /// # Errors
    /// [`Error::Rule`] if the operands break the rule; nothing is added.
    ///
    /// # Panics
    /// If an operand is not a value of this graph.
    #[track_caller]
    pub fn push(&mut self, op: impl Into<Op>, operands: &[Id]) -> Result<Id, Error> {
        self.push_op(&op.into(), operands)
    }

    #[inline(never)]
    #[track_caller]
    pub(crate) fn push_op(&mut self, op: &Op, operands: &[Id]) -> Result<Id, Error> {
        if let Some(id) = self.retrace(op, operands) {
            return Ok(id);
        }
        if let Some(id) = operands.iter().find(|id| id.index() >= self.len()) {
            panic!("operand {id} of {} is not one of the graph's {} values", op.name(), self.len());
        }
        match &self.rule(op, operands) {
            Ok(shape) => Ok(self.push_unchecked(op, operands, shape)),
            Err(rule) => Err(self.broken(rule.clone(), op, operands, Id::new(self.len()))),
        }
    }

    /// The shape that `op` gives for these operands, or the rule that they break.
    #[inline(always)]
    fn rule(&self, op: &Op, operands: &[Id]) -> Result<DynShape, String> {
        let arity = op.arity();
        if !arity.contains(&operands.len()) {
            return Err(format!("it takes {} to {} operands, not {}", arity.start(), arity.end(), operands.len()));
        }
        let shape = self.with_shapes(operands, |shapes| op.rule(shapes, self.naturals()));
        // Seen where it is: it is large, and `?` would copy it.
        if let Ok(shape) = &shape {
            shape.countable()?;
        }
        shape
    }

    #[cold]
    fn broken(&self, rule: String, op: &Op, operands: &[Id], node: Id) -> Error {
        let operands = self.with_shapes(operands, <[DynShape]>::to_vec);
        Error::Rule { op: op.name(), node, operands, rule }
    }

    /// Checks that every node has earlier values as operands and the shape that its rule gives.
    ///
    /// # Errors
    /// The first node that breaks a rule.
    pub fn validate(&self) -> Result<(), Error> {
        self.node_ids().zip(self.nodes()).try_for_each(|(id, node)| self.validate_node(id, node))
    }

    fn validate_node(&self, id: Id, node: &Node) -> Result<(), Error> {
        if let Some(&operand) = node.operands.iter().find(|&&operand| operand >= id) {
            return Err(Error::Operand { op: node.op.name(), node: id, operand });
        }
        let rule = self.rule(&node.op, &node.operands);
        let expected = rule.map_err(|rule| self.broken(rule, &node.op, &node.operands, id))?;
        if expected == node.shape {
            return Ok(());
        }
        Err(Error::shape(format!("{id} = {}", node.op.name()), &expected, &node.shape))
    }
}

impl FromStr for Graph {
    type Err = Error;

    /// Reads the text form and validates the graph: an error is [`Error::GraphText`] and names the line.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (graph, lines) = parse(text)?;
        for ((id, node), line) in graph.node_ids().zip(graph.nodes()).zip(lines) {
            let named = |error: Error| Error::GraphText { line, reason: error.to_string() };
            graph.validate_node(id, node).map_err(named)?;
        }
        Ok(graph)
    }
}
