//! Where the time of a tape goes.

use std::fmt;
use std::slice;
use std::time::{Duration, Instant};

use super::{Instruction, Kernels, Tape, Trial, check_naturals};
use crate::Error;
use crate::ir::DynShape;
use crate::mapped::mapped;
use crate::random::Rng;
use crate::scalar::Float;
use crate::semantics::Array;
use crate::table;

/// The time that each instruction of a tape takes: [`Tape::profile`].
#[derive(Clone, Debug)]
pub struct Profile {
    /// The instructions of the body, in order.
    pub instructions: Vec<InstructionTime>,
}

/// What one instruction takes.
#[derive(Clone, Debug)]
pub struct InstructionTime {
    /// The instruction, as the tape prints it.
    pub instruction: String,
    /// The least time of a run.
    pub time: Duration,
    /// Its floating-point operations, by the convention of [`Stats`](crate::ops::Stats).
    pub flops: u64,
}

impl<T: Float> Tape<T> {
    /// Runs the tape `runs` times on random numbers, in memory of its own, and times each instruction.
    ///
    /// Reading the clock takes some twenty nanoseconds, which count for the instruction: the sum of short ones is more
    /// than a run takes.
    ///
    /// ```
    /// use session::Tape;
    /// use session::ir::{DynShape, Graph, op};
    ///
    /// let mut graph = Graph::default();
    /// let x = graph.leaf(DynShape::new(&[64, 64]));
    /// let y = graph.push(op::MatMul { transpose_a: false, transpose_b: false }, &[x, x])?;
    /// let profile = Tape::<f32>::compile(&graph, &[y]).profile(&[], 10)?;
    /// assert_eq!(profile.instructions[0].flops, 2 * 64 * 64 * 64);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if the natural-number inputs are not those of the graph.
    #[inline(never)]
    pub fn profile(&self, naturals: &[Vec<usize>], runs: usize) -> Result<Profile, Error> {
        check_naturals(self.graph(), naturals)?;
        let mut rng = Rng::new(0);
        let mut leaf = |&shape: &DynShape| Array::new(shape, (0..shape.elements()).map(|_| rng.normal()).collect());
        let leaves: Vec<Array<T>> = mapped(self.schedule.leaves(), &mut leaf);
        let mut trial = Trial::new(&self.schedule, &leaves, naturals, Vec::new(), T::default());
        trial.run(&self.kernels);
        trial.again();
        let mut space = trial.space();
        let body = self.schedule.body();
        let mut times = vec![Duration::MAX; body.len()];
        for _ in 0..runs.max(1) {
            for (time, instruction) in times.iter_mut().zip(body) {
                let begin = Instant::now();
                self.kernels.execute(slice::from_ref(instruction), &mut space);
                *time = begin.elapsed().min(*time);
            }
        }
        let entry = |(time, instruction): (Duration, &Instruction)| InstructionTime {
            instruction: instruction.to_string(),
            time,
            flops: instruction.flops(),
        };
        Ok(Profile { instructions: times.into_iter().zip(body).map(entry).collect() })
    }
}

impl Profile {
    /// The sum of the times.
    pub fn total(&self) -> Duration {
        self.instructions.iter().map(|entry| entry.time).sum()
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total().as_nanos().max(1) as f64;
        let mut rows = vec![["microseconds", "share", "GFLOP/s", "instruction"].map(str::to_owned)];
        for InstructionTime { instruction, time, flops } in &self.instructions {
            let nanoseconds = time.as_nanos() as f64;
            rows.push([
                format!("{:.3}", nanoseconds * 1e-3),
                format!("{:.1} %", 100.0 * nanoseconds / total),
                format!("{:.1}", *flops as f64 / nanoseconds.max(1.0)),
                instruction.clone(),
            ]);
        }
        rows.push([format!("{:.3}", total * 1e-3), String::new(), String::new(), "in all".to_owned()]);
        f.write_str(&table::lines([true, true, true, false], &rows).join("\n"))
    }
}
