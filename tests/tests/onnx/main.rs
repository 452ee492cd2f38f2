//! Models of ONNX: what engines compute from those that are written, and what is read from those and from others.
//!
//! The tests here write models with inputs and with what the definition says comes out into the folder for temporary
//! files of `target`. `check.py` beside this file then has each model checked and run: `.ci/run` has the commands.

mod case;
mod cases;
mod functions;
mod hostile;
mod nets;
mod others;
mod round_trip;

use serde_json::Value;
use session::Error;
use session::ir::Op;

use case::Case;

/// In both precisions. Models over nothing may be refused, and nothing else.
fn write_both(file: &str, cases: &[Case]) -> usize {
    let mut lines: Vec<Value> = Vec::new();
    for case in cases {
        let double = (!case.is_grouped_transpose()).then(|| case.line::<f64>());
        for line in [Some(case.line::<f32>()), double].into_iter().flatten() {
            match line {
                Ok(line) => lines.push(line),
                Err(Error::Export { reason, .. }) if reason.ends_with("an operand has an axis of size 0") => {}
                Err(error) => panic!("{}: {error}", case.name),
            }
        }
    }
    case::write(file, &lines);
    lines.len()
}

#[test]
fn every_golden_case_is_written() {
    let count = write_both("golden.jsonl", &cases::golden());
    assert!(count >= 600, "{count} models");
}

#[test]
fn every_operation_of_inference_is_written() {
    let count = write_both("table.jsonl", &cases::table());
    assert!(count >= 700, "{count} models");
}

#[test]
fn numbers_that_are_special_are_written() {
    let lines = cases::special().iter().filter_map(|case| case.line::<f32>().ok()).collect::<Vec<Value>>();
    assert!(lines.len() >= 150, "{} models", lines.len());
    case::write("special.jsonl", &lines);
}

#[test]
fn operations_of_training_are_refused() {
    for (number, name) in Op::NAMES.iter().enumerate().filter(|(_, name)| cases::REFUSED.contains(name)) {
        let case = cases::of(number, name).find(|case| case.expected::<f32>().shape.elements() > 0);
        let error = case.expect("one with elements").model::<f32>().unwrap_err().to_string();
        assert!(error.contains(&format!("{name} at %")), "{error}");
    }
}
