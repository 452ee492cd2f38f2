//! Tapes that are verified without a session.

use std::time::Instant;

use super::{Certificate, KernelReport, Meaning, Role, Subject, check_kernels};
use crate::Error;
use crate::autodiff::{Derivative, forward, reverse};
use crate::ir::{Graph, Id};
use crate::mapped::mapped;
use crate::scalar::{Float, Symbolic};
use crate::semantics::{Array, backprop_all, eval, tangents_all};
use crate::table::counted;
use crate::tape::{Tape, check_naturals};

/// What the tapes of a graph compute for the values that were asked of it.
enum Claim<'a> {
    Values(&'a Graph, &'a [Id]),
    /// The cotangents of all values, for seeds at some.
    Cotangents(&'a Graph, &'a [Id]),
    /// The tangents of all values, for tangents at all leaves.
    Tangents(&'a Graph),
}

impl Meaning for Claim<'_> {
    fn claim(&self) -> String {
        match self {
            Self::Values(_, outputs) => format!("the value of {}", counted(outputs.len(), "output")),
            Self::Cotangents(graph, seeds) => {
                format!(
                    "the cotangent of {} for seeds at {}",
                    counted(graph.len(), "value"),
                    counted(seeds.len(), "value")
                )
            }
            Self::Tangents(graph) => {
                format!("the tangent of {} for tangents at all leaves", counted(graph.len(), "value"))
            }
        }
    }

    fn roles(&self) -> Vec<Role> {
        let all = |graph: &Graph, what| graph.ids().map(|id| Role { what, id }).collect();
        match self {
            Self::Values(_, outputs) => mapped(outputs, |&id| Role { what: "value", id }),
            Self::Cotangents(graph, _) => all(graph, "cotangent"),
            Self::Tangents(graph) => all(graph, "tangent"),
        }
    }

    fn is_backwards(&self) -> bool {
        matches!(self, Self::Cotangents(..))
    }

    fn define(&self, leaves: &[Array<Symbolic>], naturals: &[Vec<usize>]) -> Vec<Option<Array<Symbolic>>> {
        match *self {
            Self::Values(graph, outputs) => {
                let values = eval(graph, leaves, naturals);
                mapped(outputs, |id| Some(values[id.index()].clone()))
            }
            Self::Cotangents(graph, ids) => {
                let (leaves, given) = leaves.split_at(graph.leaves().len());
                let mut seeds = vec![None; graph.len()];
                ids.iter().zip(given).for_each(|(id, seed)| seeds[id.index()] = Some(seed.clone()));
                backprop_all(graph, leaves, naturals, seeds)
            }
            Self::Tangents(graph) => {
                let (leaves, given) = leaves.split_at(graph.leaves().len());
                tangents_all(graph, leaves, naturals, given.iter().cloned().map(Some).collect())
            }
        }
    }
}

/// A tape of a derivative with, for each value of the old graph, the output that holds its derivative.
fn derived<T: Float>(tape: &Tape<T>, derivative: &Derivative) -> (Tape<T>, Vec<Option<usize>>) {
    let outputs: Vec<Id> = derivative.gradient.iter().copied().flatten().collect();
    let mut next = 0..;
    let answers = mapped(&derivative.gradient, |id| id.and_then(|_| next.next()));
    (tape.compile_beside(&derivative.graph, &outputs), answers)
}

impl<T: Float> Tape<T> {
    /// The outputs without repetition, in order.
    fn seeds(&self) -> Vec<Id> {
        let mut seeds = self.outputs().to_vec();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    }

    /// Shows that this tape and the tapes of its derivatives compute what the graph says, for all values of the
    /// leaves: the outputs, the cotangents of all values for seeds at the outputs
    /// ([`backward_dense_from`](Self::backward_dense_from)), and the tangents of all values.
    ///
    /// `naturals` are the natural-number inputs that it is shown for; indices out of range read 0.
    ///
    /// ```
    /// use session::Tape;
    /// use session::ir::{DynShape, Graph, op};
    ///
    /// let mut graph = Graph::default();
    /// let x = graph.leaf(DynShape::new(&[3]));
    /// let y = graph.push(op::Softmax { axis: 0 }, &[x])?;
    /// let certificate = Tape::<f32>::compile(&graph, &[y]).verify(&[])?;
    /// assert_eq!(certificate.checks[0].claim, "the value of 1 output");
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Mismatch`] if it does not; [`Error::LengthMismatch`] if the natural-number inputs are not those of the
    /// graph.
    #[inline(never)]
    pub fn verify(&self, naturals: &[Vec<usize>]) -> Result<Certificate, Error> {
        check_naturals(self.graph(), naturals)?;
        let begin = Instant::now();
        let (recording, seeds) = (self.graph(), self.seeds());
        let outputs: Vec<Option<usize>> = (0..self.outputs().len()).map(Some).collect();
        let check = |tape: &Self, answers: &[Option<usize>], claim| {
            let (graph, schedule) = (tape.graph(), tape.schedule());
            Subject { recording, graph, model: None, schedule, answers, naturals }.check(&claim)
        };
        let mut checks = vec![check(self, &outputs, Claim::Values(recording, self.outputs()))?];
        let (tape, answers) = derived(self, &reverse(recording, &seeds));
        checks.push(check(&tape, &answers, Claim::Cotangents(recording, &seeds))?);
        let leaves: Vec<Id> = (0..recording.leaves().len()).map(Id::new).collect();
        let (tape, answers) = derived(self, &forward(recording, &leaves));
        checks.push(check(&tape, &answers, Claim::Tangents(recording))?);
        Ok(Certificate::new(recording, naturals, checks, begin.elapsed()))
    }

    /// Compares the kernels of this tape and of the tape of its cotangents with the definition, bit for bit, on random
    /// numbers.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    #[inline(never)]
    pub fn verify_kernels(&self, naturals: &[Vec<usize>]) -> Result<KernelReport, Error> {
        check_naturals(self.graph(), naturals)?;
        let mut report = KernelReport::new(self.processor());
        check_kernels(&mut report, self, naturals)?;
        let (tape, _) = derived(self, &reverse(self.graph(), &self.seeds()));
        check_kernels(&mut report, &tape, naturals)?;
        Ok(report)
    }
}
