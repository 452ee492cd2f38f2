//! The short programs of the course: they run, and say what their comments promise.

use crate::support::run;

fn says(name: &str, parts: &[&str]) {
    let run = run(name, &[]);
    assert!(run.status.success() && run.errors.is_empty(), "{name}: {}", run.errors);
    for part in parts {
        assert!(run.output.contains(part), "`{part}` is missing from: {}", run.output);
    }
}

#[test]
fn shapes() {
    says("01-shapes", &["the scores of four points:\n[[", "the tensor has shape [2, 2], expected [4]"]);
}

#[test]
fn gradients() {
    says("02-gradients", &["graph 1\n", "refs end with `reset_tape`"]);
    let output = run("02-gradients", &[]).output;
    let values: Vec<&str> = output.lines().filter_map(|line| Some(line.split_once('[')?.1)).rev().take(2).collect();
    assert_eq!(values[0], values[1], "{output}");
}

#[test]
fn training() {
    says("03-training", &["step 50: loss 0.00", "z = 2.000 x + -1.000 y + 3.000"]);
}

#[test]
fn attention() {
    says("04-attention", &["step 200: loss 0.00", "512 of 512 digits right"]);
}
