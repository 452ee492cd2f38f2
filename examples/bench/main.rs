//! Times the workloads by which this library is compared with others: `docs/performance.md` has the table.
//!
//! ```text
//! cargo run --release --example bench
//! cargo run --release --example bench -- W1 W3 --threads 1
//! ```
#![forbid(unsafe_code)]

mod harness;
mod workloads;

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, ErrorKind::BrokenPipe, Write};

use clap::Parser;
use session::kernels::peak;

use harness::{Timing, peak_memory};
use workloads::{Row, Setup, WORKLOADS, Work};

/// Times training steps, products, elementwise chains and small networks.
#[derive(Parser)]
struct Flags {
    /// Which workloads: W1, W2, W3, W4b1, W4b8, W5, W6, W7 [default: all]
    #[arg(value_name = "WORKLOAD", value_parser = WORKLOADS.map(|(name, _)| name))]
    workloads: Vec<String>,
    /// How many threads compute [default: all cores]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// One line of JSON for each result
    #[arg(long)]
    json: bool,
    /// Also the tape: its instructions, and where the values are
    #[arg(long)]
    tape: bool,
    /// Also the time of each instruction
    #[arg(long)]
    profile: bool,
    /// How long each timed batch takes, in milliseconds
    #[arg(long, value_name = "NUMBER", default_value_t = 40)]
    milliseconds: u32,
    /// How many batches are timed
    #[arg(long, value_name = "NUMBER", default_value_t = 11, value_parser = clap::value_parser!(u16).range(1..))]
    batches: u16,
}

fn main() -> Result<(), Box<dyn Error>> {
    match measure(&Flags::parse(), &mut io::stdout()) {
        // Who reads the lines has had enough of them.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == BrokenPipe) => Ok(()),
        result => result,
    }
}

fn measure(flags: &Flags, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let threads =
        flags.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let timing = Timing { seconds: f64::from(flags.milliseconds) * 1e-3, batches: flags.batches.into() };
    let setup = Setup { threads, timing, profile: flags.profile };
    let machine = Machine { gflops: peak::multiply_add(threads), gigabytes: peak::triad(threads) };
    if !flags.json {
        writeln!(out, "{machine}, {threads} threads", machine = machine.describe())?;
        writeln!(
            out,
            "workload                     median        least      largest  rate            of peak  peak MiB  check"
        )?;
    }
    for (name, run) in WORKLOADS {
        if !flags.workloads.is_empty() && !flags.workloads.iter().any(|chosen| chosen == name) {
            continue;
        }
        for row in run(setup)? {
            writeln!(out, "{}", if flags.json { json(&row, threads) } else { machine.line(&row) })?;
            if flags.tape {
                writeln!(out, "{}", row.tape)?;
            }
            if let Some(profile) = row.profile {
                writeln!(out, "{profile}\n")?;
            }
        }
    }
    Ok(())
}

/// What the machine does at most, in the same program.
struct Machine {
    gflops: f64,
    gigabytes: f64,
}

impl Machine {
    fn describe(&self) -> String {
        format!("peak {:.0} GFLOP/s (multiply-add in registers), {:.1} GB/s (triad)", self.gflops, self.gigabytes)
    }

    fn line(&self, row: &Row) -> String {
        let time = row.time;
        let (rate, unit, peak) = match row.work {
            Work::Flops(flops) => (flops / time.median, "GFLOP/s", self.gflops),
            Work::Bytes(bytes) => (bytes / time.median, "GB/s", self.gigabytes),
        };
        let mut line = format!("{:4}  {:18}", row.workload, row.variant);
        for nanoseconds in [time.median, time.least, time.largest] {
            let _ = write!(line, " {:>12}", in_words(nanoseconds));
        }
        let _ = write!(line, "  {rate:8.2} {unit:7} {:5.1} %  {:8.1}", 100.0 * rate / peak, peak_memory());
        if let Some(check) = row.check {
            let _ = write!(line, "  {check:.6}");
        }
        line
    }
}

fn in_words(nanoseconds: f64) -> String {
    match nanoseconds {
        _ if nanoseconds < 1e3 => format!("{nanoseconds:.1} ns"),
        _ if nanoseconds < 1e6 => format!("{:.3} us", nanoseconds * 1e-3),
        _ => format!("{:.3} ms", nanoseconds * 1e-6),
    }
}

/// The line that the programs of the other libraries print.
fn json(row: &Row, threads: usize) -> String {
    let time = row.time;
    let [value, least, largest] = [time.median, time.least, time.largest];
    let (unit, [value, least, largest]) = match (row.workload, row.work) {
        ("W5", Work::Flops(flops)) => ("GFLOP/s", [flops / value, flops / largest, flops / least]),
        (_, Work::Flops(_)) => ("ns", [value, least, largest]),
        (_, Work::Bytes(bytes)) => ("GB/s", [bytes / value, bytes / largest, bytes / least]),
    };
    let check = row.check.map_or(String::new(), |check| format!(",\"check\":{check:.6}"));
    let (workload, variant, memory) = (row.workload, &row.variant, peak_memory());
    format!(
        "{{\"peer\":\"session\",\"workload\":\"{workload}\",\"variant\":\"{variant}\",\"threads\":{threads},\
         \"unit\":\"{unit}\",\"value\":{value:.4},\"min\":{least:.4},\"max\":{largest:.4}{check},\
         \"rss_mib\":{memory:.1}}}"
    )
}
