//! The kernels of a tape, bit for bit, on random numbers.

use std::fmt;
use std::time::{Duration, Instant};

use super::Mismatch;
use super::locate::named;
use crate::ir::DynShape;
use crate::kernels::Processor;
use crate::mapped::mapped;
use crate::random::Rng;
use crate::scalar::Float;
use crate::semantics::Array;
use crate::table::counted;
use crate::tape::{Bound, Definition, Slot, Tape, Trial};

/// That the kernels of a tape gave the bits of the definition on random numbers, on this machine.
///
/// A test, no proof: of the shapes of one graph, with the vector instructions and threads that the session uses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KernelReport {
    /// The instruction set of the kernels.
    pub instruction_set: &'static str,
    /// The number of threads.
    pub threads: usize,
    /// The number of instructions compared, each on several inputs.
    pub instructions: usize,
    /// The operations among them, in order of appearance.
    pub operations: Vec<&'static str>,
    /// The number of elements compared.
    pub elements: usize,
    /// How long it took.
    pub elapsed: Duration,
}

impl KernelReport {
    /// A report on nothing yet.
    pub(crate) fn new(processor: &Processor) -> Self {
        Self {
            instruction_set: processor.instruction_set.name(),
            threads: processor.threads.count(),
            instructions: 0,
            operations: Vec::new(),
            elements: 0,
            elapsed: Duration::ZERO,
        }
    }
}

impl fmt::Display for KernelReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [instructions, elements, threads] =
            [(self.instructions, "instruction"), (self.elements, "element"), (self.threads, "thread")]
                .map(|(count, noun)| counted(count, noun));
        write!(f, "{instructions} gave the bits of the definition in {elements}, ")?;
        write!(f, "with {} on {threads}, in {:.3} s: ", self.instruction_set, self.elapsed.as_secs_f64())?;
        f.write_str(&self.operations.join(", "))
    }
}

/// Numbers at which kernels could go wrong.
const SPECIAL: [f64; 8] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 1e-310, 1e-42, -1e30];

/// Ordinary numbers; in other rounds one of `rarity` is special.
fn numbers<T: Float>(shape: DynShape, rarity: Option<usize>, rng: &mut Rng) -> Array<T> {
    let number = |_| match rarity {
        Some(rarity) if rng.below(rarity) == 0 => T::from_f64(SPECIAL[rng.below(SPECIAL.len())]),
        _ => rng.normal(),
    };
    Array::new(shape, (0..shape.elements()).map(number).collect())
}

/// Runs a tape's schedule with its kernels and with the definition side by side, and compares each value when it is written.
pub(crate) fn check_kernels<T: Float>(
    report: &mut KernelReport,
    tape: &Tape<T>,
    naturals: &[Vec<usize>],
) -> Result<(), Box<Mismatch>> {
    let begin = Instant::now();
    let schedule = tape.schedule();
    let (kernels, mut rng) = (tape.kernels(), Rng::new(0));
    // In a graph, one NaN soon makes everything NaN: the second round has few of them.
    for (round, rarity) in [None, Some(1000), Some(10)].into_iter().enumerate() {
        let leaves: Vec<_> = mapped(schedule.leaves(), |&shape| numbers::<T>(shape, rarity, &mut rng));
        let trial = || Trial::new(schedule, &leaves, naturals, Vec::new(), T::from_f64(f64::NAN));
        let (mut with_kernels, mut by_definition) = (trial(), trial());
        compare(report, tape, kernels, &mut with_kernels, &mut by_definition)?;
        report.instructions += if round == 0 { schedule.prologue().len() + schedule.body().len() } else { 0 };
        if tape.keeps() {
            with_kernels.again();
            compare(report, tape, kernels, &mut with_kernels, &mut by_definition)?;
        }
    }
    report.elapsed += begin.elapsed();
    Ok(())
}

/// Runs all instructions in both trials, and compares each value when it is written.
fn compare<T: Float>(
    report: &mut KernelReport,
    tape: &Tape<T>,
    kernels: &Bound<T>,
    with_kernels: &mut Trial<'_, T>,
    by_definition: &mut Trial<'_, T>,
) -> Result<(), Box<Mismatch>> {
    for instruction in tape.schedule().prologue().iter().chain(tape.schedule().body()) {
        with_kernels.execute(kernels, instruction);
        by_definition.execute(&Definition, instruction);
        for step in &instruction.steps {
            if !report.operations.contains(&step.op.name()) {
                report.operations.push(step.op.name());
            }
            // Of what lies between steps, kernels keep a tile.
            if let Slot::Local(_) = step.output.slot {
                continue;
            }
            let (found, expected) = (with_kernels.read(step.output), by_definition.read(step.output));
            let claim = "the kernels give the bits of the definition".to_owned();
            let what = format!("{}, computed by `{instruction}` with {},", named(tape.graph(), step.value), T::NAME);
            let mismatch = Mismatch::at(claim, what, tape.graph(), step.value);
            if let Some((mismatch, [a, b])) = mismatch.of(found, expected, |a, b| a.bits() == b.bits()) {
                return Err(mismatch.with_sides(a, b));
            }
            report.elements += found.len();
        }
    }
    Ok(())
}
