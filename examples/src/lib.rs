//! The examples of the session crate.
//!
//! A course of short programs to be read in order, each `cargo run --release --example NAME`:
//!
//! * `01-tensors`: numbers with a shape in their type
//! * `02-shapes-are-types`: what the compiler knows about shapes
//! * `03-session`: a session records, computes and trains
//! * `04-gradients`: reverse mode, forward mode, Hessian times vector
//! * `05-graph-macro`: the same graph by formula
//! * `06-regression`: a model, and a training step without recording
//! * `07-classify-digits`: batches of a data set
//! * `08-conv-net`: convolutions, models in models, files
//! * `09-transformer`: a model of characters that writes a play
//! * `10-physics`: a loss with second derivatives of the network
//!
//! And whole programs:
//!
//! * `cargo run --release --example mnist`: a convolutional network learns handwritten digits
//! * `cargo run --release --example distributed`: training steps for many devices
//!
//! And a tool: `cargo run --release --example inspect -- FILE` shows a saved graph.
//!
//! Here is what several of them need and what is not about tensors.
#![forbid(unsafe_code)]

mod chart;
mod events;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

pub use chart::Chart;
pub use events::Events;

/// How a program ends: what went wrong goes to standard error, with exit status 2.
///
/// ```
/// assert_eq!(session_examples::exit(Ok(())), std::process::ExitCode::SUCCESS);
/// ```
pub fn exit(result: Result<(), Box<dyn Error>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may listen.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The first argument, a number, or this one: `cargo run --release --example 06-regression -- 50`.
///
/// # Panics
/// If the argument is not a number.
pub fn argument(default: usize) -> usize {
    std::env::args().nth(1).map_or(default, |text| text.parse().expect("the argument is a number"))
}

/// Where a data set of the examples is.
pub fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// Points drawn with characters, later ones over earlier ones.
///
/// ```
/// let line: Vec<(f64, f64)> = (0..4).map(|x| (f64::from(x), f64::from(x))).collect();
/// let text = session_examples::plot(4, 4, &[('o', &line)]);
/// assert_eq!(text.lines().next(), Some("     3.00 ┤   o"));
/// ```
pub fn plot(columns: usize, rows: usize, series: &[(char, &[(f64, f64)])]) -> String {
    let points = || series.iter().flat_map(|(_, points)| *points).copied();
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (left, right) = range(&mut points().map(|(x, _)| x));
    let (bottom, top) = range(&mut points().map(|(_, y)| y));
    let cell = |part: f64, count: usize| (part * (count - 1) as f64).round() as usize;
    let mut cells = vec![vec![' '; columns]; rows];
    for &(mark, points) in series {
        for (x, y) in points {
            let column = cell((x - left) / (right - left), columns);
            cells[cell((top - y) / (top - bottom), rows)][column] = mark;
        }
    }
    let mut text = String::new();
    for (row, line) in cells.iter().enumerate() {
        let y = top + (bottom - top) * row as f64 / (rows - 1) as f64;
        let line: String = line.iter().collect();
        text += &format!("{y:9.2} ┤{}\n", line.trim_end());
    }
    let width = columns.saturating_sub(8);
    text + &format!("          └{}\n{left:>14.2}{right:>width$.2}\n", "─".repeat(columns))
}

/// A square of so many pixels, bright or dark: two rows of them in each line.
///
/// ```
/// assert_eq!(session_examples::picture(2, |row, column| row == column), ["▀▄"]);
/// ```
pub fn picture(size: usize, bright: impl Fn(usize, usize) -> bool) -> Vec<String> {
    let character = |row, column| match [bright(row, column), row + 1 < size && bright(row + 1, column)] {
        [true, true] => '█',
        [true, false] => '▀',
        [false, true] => '▄',
        [false, false] => ' ',
    };
    (0..size).step_by(2).map(|row| (0..size).map(|column| character(row, column)).collect()).collect()
}
