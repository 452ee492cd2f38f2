//! What was compared.

use std::fmt;
use std::time::Duration;

use crate::ir::{Digest, Graph};
use crate::mapped::mapped;
use crate::table::counted;

/// That tapes compute what their graph says, and how that was found out.
///
/// Of one graph, of these shapes and these natural-number inputs, for all values of the leaves: every instruction
/// read as its definition, each answer of each tape is the same expression as the definition's, operation by
/// operation, so it has the same bits in every type of numbers. Up to collisions of a hash of 128 bits, and assuming
/// that the kernels give the bits of the definition, which [`Session::verify_kernels`](crate::Session::verify_kernels)
/// samples. `docs/verification.md` says what is proved, what is tested and what is trusted.
///
/// ```
/// use session::prelude::*;
///
/// let s = Session::<f32>::new(Options::default());
/// let x = s.input(Tensor::<f32, shape![2, 3]>::ones())?;
/// let certificate = s.verify(s.sum(s.mul(x, s.tanh(x))))?;
/// assert_eq!(certificate.leaves, [[2, 3]]);
/// assert!(certificate.to_string().contains("the cotangents of 4 values for a seed at %3"));
/// # Ok::<(), session::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Certificate {
    /// Stands for the text form of the graph.
    pub graph: Digest,
    /// The shapes of its leaves.
    pub leaves: Vec<Vec<usize>>,
    /// The number of its nodes.
    pub nodes: usize,
    /// The natural-number inputs: labels and indices, which the certificate holds for.
    pub naturals: Vec<Vec<usize>>,
    /// What was compared.
    pub checks: Vec<Check>,
    /// How long it took.
    pub elapsed: Duration,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Check {
    /// What was compared with the definition.
    pub claim: String,
    /// Stands for the text form of the tape's schedule; `None` if no tape is concerned.
    pub tape: Option<Digest>,
    /// The number of instructions of the tape.
    pub instructions: usize,
    /// The number of values compared.
    pub values: usize,
    /// The number of their elements.
    pub elements: usize,
}

impl Certificate {
    pub(crate) fn new(graph: &Graph, naturals: &[Vec<usize>], checks: Vec<Check>, elapsed: Duration) -> Self {
        Self {
            graph: Digest::of(&graph.to_string()),
            leaves: mapped(graph.leaves(), |shape| shape.to_vec()),
            nodes: graph.nodes().len(),
            naturals: naturals.to_vec(),
            checks,
            elapsed,
        }
    }
}

/// The most indices of an input that are printed.
const INDICES: usize = 8;

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "graph {}: {}", self.graph, counted(self.nodes, "node"))?;
        let shapes: Vec<String> = mapped(&self.leaves, |shape| format!("{shape:?}"));
        writeln!(f, "leaves {}", shapes.join(" "))?;
        for (index, list) in self.naturals.iter().enumerate() {
            let rest = if list.len() > INDICES { format!(" and {} more", list.len() - INDICES) } else { String::new() };
            writeln!(f, "indices n{index} = {:?}{rest}", &list[..list.len().min(INDICES)])?;
        }
        for check in &self.checks {
            writeln!(f, "holds: {}", check.claim)?;
            f.write_str("       ")?;
            if let Some(tape) = check.tape {
                write!(f, "tape {tape}, {}; ", counted(check.instructions, "instruction"))?;
            }
            let [values, elements] =
                [(check.values, "value"), (check.elements, "element")].map(|(n, it)| counted(n, it));
            writeln!(f, "compared: {values}, {elements}")?;
        }
        write!(f, "in {:.3} s", self.elapsed.as_secs_f64())
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::Certificate;
    use crate::prelude::*;

    #[test]
    fn certificates_are_data() {
        let s = Session::<f32>::new(Options::default().threads(1));
        let table = s.input(Tensor::<f32, (Dim<3>, Dim<2>)>::ones()).unwrap();
        let indices = s.input_nats::<(Dim<2>,)>(&[2, 0]).unwrap();
        let certificate = s.verify(s.sum(s.embedding(table, indices))).unwrap();
        let text = serde_json::to_string(&certificate).unwrap();
        assert!(text.contains("\"naturals\":[[2,0]]"), "{text}");
        assert_eq!(serde_json::from_str::<Certificate>(&text).unwrap(), certificate);
    }
}
