//! Where two sides differ.

use std::fmt;

use crate::ir::{DynShape, Graph, Id};
use crate::scalar::{Fingerprint, Symbolic};
use crate::semantics::Array;

/// The first value that is not what the definition says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What was to be shown.
    pub claim: String,
    /// What differs: the value of an instruction, an answer, or the rule of an operation.
    pub what: String,
    /// The value of the graph that it is about.
    pub id: Id,
    /// Its operation, if it is a node.
    pub op: Option<&'static str>,
    /// Its shape.
    pub shape: DynShape,
    /// The position of the first element that differs.
    pub position: Vec<usize>,
    /// How many elements differ.
    pub differing: usize,
    /// What was found there and what the definition gives: numbers, or terms if these are small enough.
    pub sides: Option<Sides>,
}

/// The two sides of a [`Mismatch`], printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides {
    /// What was found.
    pub found: String,
    /// What the definition gives.
    pub expected: String,
}

impl Mismatch {
    /// What is known of a value of a graph before its elements are compared.
    pub(super) fn at(claim: String, what: String, graph: &Graph, id: Id) -> Self {
        let op = graph.node(id).map(|node| node.op.name());
        let shape = graph.shape(id);
        Self { claim, what, id, op, shape, position: Vec::new(), differing: 0, sides: None }
    }

    /// With the elements that differ, if any do, and the two sides of the first.
    pub(super) fn of<S: Copy>(
        mut self,
        found: &[S],
        expected: &[S],
        same: impl Fn(S, S) -> bool,
    ) -> Option<(Self, [S; 2])> {
        let mut first = None;
        for (place, (&a, &b)) in found.iter().zip(expected).enumerate() {
            if !same(a, b) {
                self.differing += 1;
                first.get_or_insert((place, [a, b]));
            }
        }
        let (place, sides) = first?;
        self.position = position(self.shape, place);
        Some((self, sides))
    }

    /// The same for answers, of which one may be a structural zero where the other is not.
    pub(super) fn of_answers(
        mut self,
        found: Option<&Array<Symbolic>>,
        expected: Option<&Array<Symbolic>>,
    ) -> Option<(Self, Option<[Fingerprint; 2]>)> {
        let side = |there: bool| if there { "a value" } else { "a structural zero" }.to_owned();
        match (found, expected) {
            (Some(found), Some(expected)) => {
                let (mismatch, pair) = self.of(&found.data, &expected.data, |a, b| a == b)?;
                Some((mismatch, Some(pair.map(Symbolic::fingerprint))))
            }
            (None, None) => None,
            (found, expected) => {
                self.differing = self.shape.elements();
                self.position = position(self.shape, 0);
                self.sides = Some(Sides { found: side(found.is_some()), expected: side(expected.is_some()) });
                Some((self, None))
            }
        }
    }

    /// With its two sides printed.
    pub(super) fn with_sides(mut self, found: impl fmt::Display, expected: impl fmt::Display) -> Box<Self> {
        self.sides = Some(Sides { found: found.to_string(), expected: expected.to_string() });
        Box::new(self)
    }
}

/// The position of an element by its place in row-major order.
fn position(shape: DynShape, element: usize) -> Vec<usize> {
    let mut rest = element;
    let mut position = shape.to_vec();
    for index in position.iter_mut().rev() {
        let size = (*index).max(1);
        *index = rest % size;
        rest /= size;
    }
    position
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { claim, what, position, differing, shape, .. } = self;
        write!(f, "not verified: {claim}: {what} differs")?;
        if !shape.is_empty() {
            write!(f, " at {position:?}, in {differing} of {} elements of {shape}", shape.elements())?;
        }
        if let Some(Sides { found, expected }) = &self.sides {
            write!(f, "\n  found:    {found}\n  expected: {expected}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mismatch {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_row_major() {
        assert_eq!(position(DynShape::new(&[2, 3, 4]), 23), [1, 2, 3]);
        assert_eq!(position(DynShape::new(&[2, 3, 4]), 5), [0, 1, 1]);
        assert!(position(DynShape::SCALAR, 0).is_empty());
    }
}
