//! The checks, in layers, and what each says of the crate as it is: here, or with a fault planted in it.
//!
//! ```text
//! mod.rs       the layers, asked one after the other
//! subjects.rs  graphs that they are asked about
//! runs.rs      tapes that run several times, against the definition
//! steps.rs     training steps, against the same by hand
//! slopes.rs    the table of scalar derivatives, against slopes
//! ```
//!
//! The test compiles these files; the program that has the faults planted compiles them again.

mod runs;
mod slopes;
mod steps;
mod subjects;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use session::verify::check_rules;
use session::{Error, Options, Session};

pub use subjects::Subject;

/// What can catch a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// `Session::verify`, `Step::verify`, `Tape::verify`: expressions.
    Verify,
    /// `Session::verify_all`: the expressions of all values, with a seed at each.
    VerifyAll,
    /// `check_rules`: the rules of derivatives, in a prime field.
    Rules,
    /// `verify_kernels`: bits.
    Kernels,
    /// Tapes and steps that run several times, against the definition and optimisers by hand.
    Runs,
    /// The table of scalar derivatives, against slopes.
    Slopes,
    /// A panic: the arena or the passes refuse.
    Refused,
}

impl Layer {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Verify, Self::VerifyAll, Self::Rules, Self::Kernels, Self::Runs, Self::Slopes, Self::Refused];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::VerifyAll => "verify_all",
            Self::Rules => "check_rules",
            Self::Kernels => "verify_kernels",
            Self::Runs => "runs",
            Self::Slopes => "slopes",
            Self::Refused => "refused",
        }
    }
}

/// That a layer found something wrong: where, and what it said.
pub struct Catch {
    /// The layer.
    pub layer: Layer,
    /// What it was asked about.
    pub subject: &'static str,
    /// What it said.
    pub message: String,
}

impl fmt::Display for Catch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}: {}", self.layer.name(), self.subject, self.message)
    }
}

/// What the layers have found.
#[derive(Default)]
pub struct Catches(Vec<Catch>);

impl Catches {
    /// Asks a layer about a subject. Of several catches by one layer the first is kept.
    pub fn ask(&mut self, layer: Layer, subject: &'static str, question: impl FnOnce() -> Result<(), String>) {
        let (layer, message) = match catch_unwind(AssertUnwindSafe(question)) {
            Ok(Ok(())) => return,
            Ok(Err(message)) => (layer, message),
            Err(panic) => (Layer::Refused, said(&*panic)),
        };
        if self.0.iter().all(|catch| catch.layer != layer) {
            self.0.push(Catch { layer, subject, message });
        }
    }
}

/// The text of a panic.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// A session with two threads, for indices that may be out of range.
fn session() -> Session<f32> {
    Session::new(Options::default().threads(2).check_indices(false))
}

/// Whether a certificate of expressions was refused. The rules, which come last there, are a layer of their own.
fn expressions<C>(certificate: Result<C, Error>) -> Result<(), String> {
    match certificate {
        Err(Error::Mismatch(mismatch)) if mismatch.claim.contains("rules") => Ok(()),
        other => outcome(other),
    }
}

fn outcome<R, E: fmt::Display>(result: Result<R, E>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
}

/// Asks all layers. Nothing is wrong if it is empty.
pub fn catches() -> Vec<Catch> {
    let mut catches = Catches::default();
    for subject in subjects::small() {
        let Subject { name, graph, naturals, out } = &subject;
        catches.ask(Layer::Verify, name, || {
            let s = session();
            let out = subject.record(&s)?;
            expressions(s.verify(out))
        });
        catches.ask(Layer::VerifyAll, name, || {
            let s = session();
            subject.record(&s)?;
            outcome(s.verify_all())
        });
        catches.ask(Layer::Rules, name, || outcome(check_rules(graph, *out, naturals)));
        catches.ask(Layer::Runs, name, || runs::thrice(&subject));
    }
    for subject in subjects::small().into_iter().chain(subjects::large()) {
        catches.ask(Layer::Kernels, subject.name, || {
            let s = session();
            let out = subject.record(&s)?;
            outcome(s.verify_kernels(out))
        });
    }
    catches.ask(Layer::Verify, "a value that is kept", runs::kept);
    catches.ask(Layer::Verify, "the gradients of parameters", runs::verified_parameters);
    catches.ask(Layer::Verify, "constants that change", || runs::constants(true));
    catches.ask(Layer::Runs, "constants that change", || runs::constants(false));
    catches.ask(Layer::Runs, "recordings that begin alike", runs::recordings);
    catches.ask(Layer::Runs, "numbers that change", runs::naturals);
    catches.ask(Layer::Runs, "a parameter that changes", || runs::parameters(false));
    catches.ask(Layer::Verify, "a parameter that changes", || runs::parameters(true));
    steps::ask(&mut catches);
    catches.ask(Layer::Slopes, "scalar functions", slopes::check);
    catches.0
}
