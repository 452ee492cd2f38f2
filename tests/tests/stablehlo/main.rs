//! Modules of StableHLO: their text, and what two engines compute from them.
//!
//! The tests here compare texts, and write modules with inputs and with what the definition says comes out into the
//! folder for temporary files of `target`. `check.py` beside this file then runs each module with the reference
//! interpreter of StableHLO and with XLA: `.ci/run` has the commands.

mod case;
mod cases;
mod signature;
mod texts;
mod training;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::{env, fs};

use serde_json::Value;
use session::export::{Naturals, Numbers};
use session::ir::Op;

use case::Case;

/// Writes lines for the runner.
fn write(file: &str, lines: &[Value]) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("stablehlo");
    fs::create_dir_all(&folder).expect("a folder");
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(folder.join(file), text).expect("a file");
}

/// In both precisions, with both kinds of indices.
fn write_both(file: &str, cases: &[Case]) {
    let single = cases.iter().map(|case| case.line::<f32>(Numbers::F32, Naturals::I32));
    let double = cases.iter().map(|case| case.line::<f64>(Numbers::F64, Naturals::I64));
    write(file, &single.chain(double).collect::<Vec<_>>());
}

#[test]
fn every_golden_case_is_written() {
    let cases = cases::golden();
    assert!(cases.len() >= 112 + 216, "{} cases", cases.len());
    write_both("golden.jsonl", &cases);
}

#[test]
fn every_operation_of_the_table_is_written() {
    let cases = cases::table();
    let written: BTreeSet<&str> = cases.iter().flat_map(Case::operations).collect();
    let lacking: Vec<&&str> = Op::NAMES.iter().filter(|name| !written.contains(*name)).collect();
    assert!(lacking.is_empty(), "no case has these operations: {lacking:?}");
    write_both("table.jsonl", &cases);
}

#[test]
fn numbers_that_are_special_are_written() {
    write_both("special.jsonl", &cases::special());
}

/// A key of dropout of which both halves count.
#[test]
fn a_large_key_is_written() {
    let case = cases::large_key();
    let lines = [case.line::<f32>(Numbers::F32, Naturals::I64), case.line::<f64>(Numbers::F64, Naturals::I64)];
    write("key.jsonl", &lines);
}

#[test]
fn training_steps_are_written() {
    write("training.jsonl", &training::lines());
}
