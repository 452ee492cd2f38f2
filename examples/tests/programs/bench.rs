//! The workloads of the comparison compute what the other programs compute: not how fast, which is no test.

use std::process::Stdio;

use crate::support::{program, run};

const BRIEFLY: [&str; 4] = ["--milliseconds", "1", "--batches", "1"];

/// The loss after ten steps, or the sum of what comes out, that PyTorch and JAX give.
const CHECKS: [(&str, &str, f64); 7] = [
    ("W1", "step, replayed", 0.180436),
    ("W1", "step, recorded", 0.180436),
    ("W2", "step, replayed", 2.284398),
    ("W3", "step, replayed", 2.292007),
    ("W4b1", "step, replayed", 1.324975),
    ("W7", "forward 4-32-32-1", 0.063059),
    ("W7", "forward 64-64-64-10", -0.047848),
];

/// What follows a key in a line of JSON, up to the next comma or brace.
fn field<'a>(line: &'a str, key: &str) -> &'a str {
    let (_, rest) = line.split_once(&format!("\"{key}\":")).unwrap_or_else(|| panic!("no `{key}` in {line}"));
    rest.split(['}', ',']).next().unwrap_or(rest)
}

#[test]
fn the_checks_are_those_of_the_others() {
    let workloads = ["W1", "W2", "W3", "W4b1", "W7"];
    let run = run("bench", &[&workloads[..], &BRIEFLY, &["--json"]].concat());
    assert!(run.status.success(), "{}", run.errors);
    let lines: Vec<&str> = run.output.lines().collect();
    assert_eq!(lines.len(), CHECKS.len(), "{}", run.output);
    for (line, (workload, variant, check)) in lines.into_iter().zip(CHECKS) {
        assert!(line.contains(&format!("\"workload\":\"{workload}\",\"variant\":\"{variant}\"")), "{line}");
        let found: f64 = field(line, "check").parse().unwrap();
        assert!((found - check).abs() < 5e-6, "{line}");
        assert!(field(line, "value").parse::<f64>().unwrap() > 0.0, "{line}");
    }
}

#[test]
fn people_get_a_table_with_the_peak_of_the_machine_and_the_tape() {
    let run = run("bench", &[&["W1", "--threads", "1", "--tape"][..], &BRIEFLY].concat());
    assert!(run.status.success(), "{}", run.errors);
    for part in ["GFLOP/s (multiply-add in registers)", "GB/s (triad), 1 thread", "0.180436", "= linear(leaf 0 [32, 4]"]
    {
        assert!(run.output.contains(part), "`{part}` is missing from: {}", run.output);
    }
}

#[test]
fn it_stops_when_nobody_reads_on() {
    let mut bench = program("bench");
    bench.args(["W7", "--threads", "1"]).args(BRIEFLY).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = bench.spawn().expect("it starts");
    drop(child.stdout.take());
    let run = child.wait_with_output().expect("it ends");
    assert!(run.status.success() && run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn unknown_workloads_are_refused() {
    let run = run("bench", &["W9"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(run.errors.contains("possible values: W1, W2, W3, W4b1, W4b8, W5, W6, W7"), "{}", run.errors);
}
