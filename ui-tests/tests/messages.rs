//! What each message says, whatever rustc puts around it.
//!
//! The first line of a wrong case is the sentence a user must read, with dimensions as numbers.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that must not reach a user.
const INTERNALS: [&str; 6] = ["UInt<", "typenum", "other types implement", "is implemented for", "`_`", "E0282"];

fn cases(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(kind);
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("main.rs"))
        .collect();
    cases.sort();
    cases
}

/// The text with `Dim<N>` and `Digits<N, ..>` as plain numbers.
fn numbers(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(start) = ["Dim<", "Digits<"].iter().filter_map(|name| rest.find(name)).min() {
        let (before, after) = rest.split_at(start);
        let (_, arguments) = after.split_once('<').unwrap();
        let (arguments, after) = arguments.split_once('>').unwrap();
        out += before;
        out.extend(arguments.split(", "));
        rest = after;
    }
    out + rest
}

#[test]
fn dimensions_are_read_as_numbers() {
    assert_eq!(numbers("`(Dim<2>, Digits<5, 0, 2, 5, 7>)` Axis<1>"), "`(2, 50257)` Axis<1>");
}

#[test]
fn one_error_in_our_words() {
    for case in cases("fail") {
        let source = fs::read_to_string(&case).unwrap();
        let output = fs::read_to_string(case.with_extension("stderr")).unwrap();
        let name = case.file_name().unwrap().display();

        let sentence = source.lines().next().unwrap().strip_prefix("// ");
        let sentence = sentence.unwrap_or_else(|| panic!("{name}: the first line is the message as a comment"));
        let said = numbers(&output.replace("session::", ""));
        assert!(said.contains(sentence), "{name}: expected the sentence\n{sentence}\nin\n{said}");

        let errors = output.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "{name}: {output}");
        for word in INTERNALS {
            assert!(!output.contains(word), "{name}: {word} in\n{output}");
        }
    }
}

/// A wrong case and the right one of the same name differ in one number or name, or in one axis more.
#[test]
fn each_wrong_case_has_a_right_neighbour() {
    let checked = include_str!("pass/main.rs");
    assert_eq!(cases("pass").len(), checked.matches("mod ").count());
    for wrong in cases("fail") {
        let name = wrong.file_name().unwrap();
        let right = wrong.parent().unwrap().with_file_name("pass").join(name);
        let module = format!("mod {};", wrong.file_stem().unwrap().display());
        assert!(checked.lines().any(|line| line == module), "{module} is not in tests/pass/main.rs");
        let wrong = fs::read_to_string(&wrong).unwrap();
        let right = fs::read_to_string(right).unwrap();
        let (_, wrong) = wrong.split_once('\n').unwrap();
        let wrong = wrong.strip_suffix("\nfn main() {}\n").unwrap_or(wrong);

        let same = wrong.bytes().zip(right.bytes()).take_while(|(a, b)| a == b).count();
        let (wrong, right) = (&wrong[same..], &right[same..]);
        let same = wrong.bytes().rev().zip(right.bytes().rev()).take_while(|(a, b)| a == b).count();
        let differences = [&wrong[..wrong.len() - same], &right[..right.len() - same]];
        assert_ne!(differences[0], differences[1], "{}", name.display());
        for difference in differences {
            let plain = difference.chars().all(|c| c.is_ascii_alphanumeric() || "{} ,=+-.".contains(c));
            assert!(plain && difference.len() <= 8, "{}: {differences:?}", name.display());
        }
    }
}

/// The README shows a program of these cases, and the beginning of what rustc says about it, but for where.
#[test]
fn the_readme_says_what_rustc_says() {
    let readme = include_str!("../../README.md");
    let (_, program) = include_str!("fail/readme.rs").split_once('\n').unwrap();
    let (_, rest) = readme.split_once(&format!("```rust,compile_fail,E0277\n{program}```\n")).unwrap();
    let (_, rest) = rest.split_once("```text\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();

    let lines = |text: &'static str| {
        let lines = text.lines().map(|line| line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()));
        lines.filter(|line| !line.starts_with("-->")).collect::<Vec<_>>()
    };
    let (shown, said) = (lines(shown), lines(include_str!("fail/readme.stderr")));
    assert!(!shown.is_empty() && said.starts_with(&shown), "the README shows\n{shown:#?}\nrustc says\n{said:#?}");
}
