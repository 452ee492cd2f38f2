//! Broken files, each with the message that refuses it.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::{fs, str};

use crate::KINDS;

/// The messages, one a line behind the name of the file; the path is FILE.
const MESSAGES: &str = include_str!("../../data/broken/messages.txt");

/// The lines of the kinds that are judged here, or of the others: those of models need a feature.
fn lines(judged: bool) -> impl Iterator<Item = &'static str> {
    let is_judged = |line: &str| KINDS.iter().any(|(kind, ..)| line.split_once('/').is_some_and(|(of, _)| of == *kind));
    MESSAGES.lines().filter(move |line| is_judged(line) == judged)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/broken")
}

/// What is said of every file: `graph/empty.graph: line 1 ..`.
fn said() -> Vec<String> {
    let mut lines = Vec::new();
    for &(kind, judge, _) in KINDS {
        let entries = fs::read_dir(folder().join(kind)).unwrap_or_else(|error| panic!("{kind}: {error}"));
        for path in entries.map(|entry| entry.expect("the folder can be read").path()) {
            let name = path.file_name().and_then(|name| name.to_str()).expect("names are plain");
            let bytes = fs::read(&path).expect("the file can be read");
            let said = match catch_unwind(|| judge(&bytes)) {
                Ok(Ok(())) => "accepted".to_owned(),
                Ok(Err(said)) => said,
                Err(_) => "the reader panics".to_owned(),
            };
            lines.push(format!("{kind}/{name}: {}", said.escape_debug()));
        }
    }
    lines.sort();
    lines
}

/// `UPDATE_TEXTS=1` writes them anew.
#[test]
fn every_broken_file_is_refused_with_its_message() {
    let mut said = said();
    if std::env::var_os("UPDATE_TEXTS").is_some() {
        said.extend(lines(false).map(str::to_owned));
        said.sort();
        fs::write(folder().join("messages.txt"), said.join("\n") + "\n").expect("the table can be written");
        return;
    }
    let expected: Vec<&str> = lines(true).collect();
    for (expected, said) in expected.iter().zip(&said) {
        assert_eq!(expected, said);
    }
    assert_eq!(expected.len(), said.len(), "each file has a line, and each line a file");
}

#[test]
fn only_files_that_say_so_are_accepted() {
    for line in MESSAGES.lines() {
        let (name, said) = line.split_once(": ").expect("a name and a message");
        assert_eq!(said == "accepted", name.contains("/accepted"), "{line}");
    }
}
