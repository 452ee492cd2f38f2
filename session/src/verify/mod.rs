//! Whether what runs is what was meant: tapes against graphs, derivatives against each other, kernels against the
//! definition.
//!
//! ```text
//! mod.rs          a schedule run on fingerprints, compared with the definition of what it should give
//! certificate.rs  what was compared, if all of it agrees
//! mismatch.rs     where it does not
//! locate.rs       from two outputs that differ to the instruction, the element and the terms
//! rules.rs        the rules of derivatives, exactly, at a random point of a prime field
//! kernels.rs      the kernels of a tape, bit for bit, on random numbers
//! tape.rs         the same asked of a tape
//! ```
//!
//! A session asks by [`Session::verify`](crate::Session::verify), a compiled step by
//! [`Step::verify`](crate::Step::verify), a tape by [`Tape::verify`](crate::Tape::verify). What a certificate says,
//! and what it does not, is in `docs/verification.md`.

mod certificate;
mod kernels;
mod locate;
mod mismatch;
mod rules;
mod tape;

use crate::ir::{Digest, DynShape, Graph, Id, Op};
use crate::mapped::mapped;
use crate::ops::View;
use crate::scalar::{Kind, Scalar, Symbol, Symbolic};
use crate::semantics::Array;
use crate::tape::{Kernels, Schedule, Trial};

pub use certificate::{Certificate, Check};
pub use kernels::KernelReport;
pub(crate) use kernels::check_kernels;
pub use mismatch::{Mismatch, Sides};
pub use rules::check_rules;

/// What an answer is to a value of a recording: "the cotangent of %3".
#[derive(Clone, Copy, Debug)]
pub(crate) struct Role {
    pub(crate) what: &'static str,
    pub(crate) id: Id,
}

/// What a tape is said to compute, by the definition alone.
pub(crate) trait Meaning: Sync {
    /// All of it in words.
    fn claim(&self) -> String;

    /// What each answer is.
    fn roles(&self) -> Vec<Role>;

    /// Whether answers are computed from the last to the first, as cotangents are.
    fn is_backwards(&self) -> bool;

    /// Each answer; `None` is a structural zero. Leaves are those of the tape.
    fn define(&self, leaves: &[Array<Symbolic>], naturals: &[Vec<usize>]) -> Vec<Option<Array<Symbolic>>>;
}

/// What is compared with its meaning.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// What was recorded.
    pub(crate) recording: &'a Graph,
    /// The recording with everything that the tape computes beside it.
    pub(crate) graph: &'a Graph,
    /// Another graph that gives the answers at the same values, if one is known: to say where the two part.
    pub(crate) model: Option<&'a Graph>,
    /// What runs.
    pub(crate) schedule: &'a Schedule,
    /// For each answer the output of the schedule; `None` is a structural zero.
    pub(crate) answers: &'a [Option<usize>],
    /// The natural-number inputs.
    pub(crate) naturals: &'a [Vec<usize>],
}

/// What stands where nothing was written: no value of any graph.
fn unwritten() -> Symbolic {
    Symbolic::variable(usize::MAX)
}

/// The definition, which needs no scratch and leaves there what nobody expects, as a kernel may.
struct Scribbling;

impl Kernels<Symbolic> for Scribbling {
    fn apply(
        &self,
        op: &Op,
        operands: &[View<'_, Symbolic>],
        naturals: &[Vec<usize>],
        out: &mut [Symbolic],
        scratch: &mut [Symbolic],
    ) {
        op.eval(operands, naturals, out);
        scratch.fill(unwritten());
    }
}

/// Everything that a schedule is, as text: what it prints, and what it leaves out.
fn text(schedule: &Schedule) -> String {
    let scratch: Vec<_> = schedule.prologue().iter().chain(schedule.body()).map(|it| &it.steps[0].scratch).collect();
    format!("{schedule}leaves {:?}\noutputs {:?}\nscratch {scratch:?}", schedule.leaves(), schedule.outputs())
}

impl<'a> Subject<'a> {
    /// The answers by the schedule. A tape of the session is found again whatever the numbers of its constants are, and
    /// runs with those of the recording; a graph that comes from elsewhere has its own.
    fn run(&self, leaves: &'a [Array<Symbolic>]) -> Vec<Option<Array<Symbolic>>> {
        let constants = if self.model.is_none() { constants(self.recording) } else { Vec::new() };
        let mut trial = Trial::new(self.schedule, leaves, self.naturals, constants, unwritten());
        trial.run(&Scribbling);
        mapped(self.answers, |answer| answer.map(|index| trial.output(index)))
    }

    /// Compares the tape with its meaning, for all inputs at once, in its first run and so in every other: a run reads
    /// nothing of the last one but what the prologue computed, and that depends on no input and is never overwritten.
    pub(crate) fn check(&self, meaning: &dyn Meaning) -> Result<Check, Box<Mismatch>> {
        let misplaced = locate::not_lasting(self, meaning.claim()).or_else(|| locate::miswired(self, meaning.claim()));
        if let Some(mismatch) = misplaced {
            return Err(Box::new(mismatch));
        }
        let leaves = Kind::Fingerprint.compute(|| variables(self.schedule.leaves(), 0));
        // A schedule whose places overlap panics where it is run.
        let (found, expected) =
            Kind::Fingerprint.compute_both(|| self.run(&leaves), || meaning.define(&leaves, self.naturals));
        assert_eq!(found.len(), expected.len(), "the definition gives every answer");
        let (mut values, mut elements) = (0, 0);
        for (found, expected) in found.iter().zip(&expected) {
            if found != expected {
                return Err(Box::new(locate::locate(self, meaning)));
            }
            values += 1;
            elements += found.as_ref().map_or(0, |found| found.data.len());
        }
        Ok(Check {
            claim: meaning.claim(),
            tape: Some(Digest::of(&text(self.schedule))),
            instructions: self.schedule.prologue().len() + self.schedule.body().len(),
            values,
            elements,
        })
    }
}

/// Tensors of these shapes whose elements are different variables, numbered from `first` on.
fn variables(shapes: &[DynShape], first: usize) -> Vec<Array<Symbolic>> {
    let mut next = first;
    let tensor = |&shape: &DynShape| {
        let begin = next;
        next += shape.elements();
        Array::new(shape, (begin..next).map(Symbolic::variable).collect())
    };
    mapped(shapes, tensor)
}

/// The constants of a graph, in order.
fn constants(graph: &Graph) -> Vec<Array<Symbolic>> {
    let constant = |op: &Op| match op {
        Op::Constant(constant) => Some(constant.data.values().map(Symbolic::literal).collect()),
        _ => None,
    };
    graph.nodes().iter().filter_map(|node| Some(Array::new(node.shape, constant(&node.op)?))).collect()
}
