//! `docs/generic.md` shows programs that compile: those of `tests/pass/generic_*.rs`, whole.

use std::collections::BTreeSet;
use std::fs;

use crate::case::{Case, cases};

/// The blocks of a document in a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let start = format!("```{language}\n");
    text.split(&start).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

#[test]
fn its_programs_are_the_cases() {
    let chapter = include_str!("../../../docs/generic.md");
    let wrong: BTreeSet<_> = Case::wrong().map(|case| case.name).collect();
    let mut programs = BTreeSet::new();
    for path in cases("pass") {
        let name = path.file_stem().unwrap().display().to_string();
        if name.starts_with("generic_") && !wrong.contains(&name) {
            programs.insert(fs::read_to_string(path).unwrap());
        }
    }
    let shown: BTreeSet<_> = blocks(chapter, "rust").into_iter().map(str::to_owned).collect();
    assert!(shown.len() > 5);
    assert_eq!(shown, programs, "the programs of docs/generic.md and tests/pass/generic_*.rs differ");
    assert_eq!(chapter.matches("```rust").count(), shown.len(), "a program is shown twice, or not as plain `rust`");
}

/// What it shows of rustc is what rustc says.
#[test]
fn its_messages_are_the_cases() {
    let said: Vec<_> = Case::wrong().map(|case| case.output).collect();
    let shown = blocks(include_str!("../../../docs/generic.md"), "text");
    assert!(!shown.is_empty());
    for message in shown {
        for line in message.lines() {
            assert!(said.iter().any(|said| said.lines().any(|there| there == line)), "rustc never says\n{line}");
        }
    }
}
