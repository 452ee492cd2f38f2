//! `docs/errors.md` explains each message of the cases.
//!
//! `UPDATE_TABLE=1 cargo test -p session-ui-tests --test messages` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::case::{Case, numbers};

/// Sections that no trait carries: title, and what a message of it means.
const TYPES: (&str, &str) = (
    "Two shapes that must be one",
    "`add`, `mul`, `mse_loss` and the like take operands of one shape, a mask has the positions of its input, a\n\
     gradient the shape of its reference, and an annotation `let y: TensorRef<shape![..]>` that of the value. rustc\n\
     reports the difference as it does for any two types, E0308, and E0277 for `+ - * /` of tensors:\n\n\
     * the line at the caret says what differs: ``expected `3`, found `4` `` where one size does, both types where a\n  \
     name does, the number of elements of a tuple where the rank does. Sizes above 4096 are compared digit by digit;\n\
     * the note below shows both shapes whole: *expected* is what the first operand or the annotation fixed, *found* is\n  \
     what stands at the caret.\n\n\
     The cure is at whichever of the two is wrong. Operands of different shapes need `s.broadcast(..)`,\n\
     `s.broadcast_add(..)`, `s.reshape(..)` or, for names, `s.rename(..)`.",
);
const MACROS: (&str, &str) = (
    "The macros",
    "`shape!`, `dims!` and `dim!` read an axis as a number, a type, or a constant in braces, and say at the token what\n\
     they expected instead. The cure is the form that the message shows.",
);

/// More than the message itself says, by trait.
const MORE: &[(&str, &str)] = &[
    ("Static", "The number is written in a type, where numbers end at 4096."),
    (
        "Broadcast",
        "Where the target is generic and an axis of size 1 becomes one of its axes, the bound is\n\
         `where shape![B, 10]: Broadcast<shape![1, 10], M>` with a type parameter `M`, which the caller's sizes decide.",
    ),
    ("MatMul", "The axis that both share disappears: the last of the left, the first of the right."),
];

/// The lines in which two programs differ, and those around them, as a diff of whole lines.
fn difference(wrong: &str, right: &str) -> String {
    let (wrong, right): (Vec<_>, Vec<_>) = (wrong.lines().collect(), right.lines().collect());
    let before = wrong.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let rest = wrong.len().min(right.len()) - before;
    let after = wrong.iter().rev().zip(right.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let mut text = String::new();
    for (sign, lines) in [
        (' ', &wrong[..before]),
        ('-', &wrong[before..wrong.len() - after]),
        ('+', &right[before..right.len() - after]),
        (' ', &wrong[wrong.len() - after..]),
    ] {
        for line in lines {
            writeln!(text, "{sign}{line}").unwrap();
        }
    }
    text
}

/// The program without what all have.
fn body(program: &str) -> &str {
    let (_, body) = program.split_once("use session::prelude::*;\n\n").unwrap_or(("", program));
    body.strip_suffix("\nfn main() {}\n").unwrap_or(body)
}

/// The section of a message: whether it is that of a rule, and its title.
fn section(case: &Case) -> (bool, String) {
    match case.rule() {
        Some(rule) => (true, rule.to_owned()),
        None if case.output.starts_with("error[E0308]") || case.output.contains("the trait `std::ops::") => {
            (false, TYPES.0.to_owned())
        }
        None if case.name.starts_with("macro_") => (false, MACROS.0.to_owned()),
        None => panic!("{}: the message belongs to no section", case.name),
    }
}

fn document() -> String {
    let mut text = String::from(
        "# What the compiler says\n\n\
         Written by `UPDATE_TABLE=1 cargo test -p session-ui-tests --test messages` from the programs\n\
         in [ui-tests](../ui-tests/tests/fail).\n\n\
         A wrong shape is an error of `cargo check`, mostly E0277: a rule, which is a trait, does not hold for these\n\
         shapes. The first line says what does not fit, the line at the caret the rule, a note what to write. rustc's\n\
         `help` line names the trait, which is the title of the section here. `Dim<64>` is the size 64,\n\
         `Digits<5, 0, 2, 5, 7>` the size 50257.\n\n\
         Functions generic over sizes: [generic.md](generic.md).\n",
    );
    let mut sections: BTreeMap<(bool, String), Vec<Case>> = BTreeMap::new();
    for case in Case::wrong() {
        sections.entry(section(&case)).or_default().push(case);
    }
    for ((rule, title), cases) in &sections {
        let quote = if *rule { "`" } else { "" };
        write!(text, "\n## {quote}{title}{quote}\n\n").unwrap();
        let words = [TYPES, MACROS].into_iter().find(|(name, _)| name == title).map(|(_, words)| words.to_owned());
        let words = words.unwrap_or_else(|| {
            let mut labels: Vec<_> = cases.iter().map(Case::label).filter(|label| !label.is_empty()).collect();
            labels.sort_unstable();
            labels.dedup();
            assert!(!labels.is_empty(), "{title} has no label");
            let mut words = format!("The rule: {}.\n", labels.join("; "));
            let mut notes: Vec<&str> = Vec::new();
            for note in cases.iter().flat_map(Case::notes) {
                // What differs from case to case is no explanation of all of them.
                let general = cases.iter().filter(|case| case.output.contains(note)).count() == cases.len();
                if general && !notes.contains(&note) {
                    notes.push(note);
                }
            }
            for note in notes {
                write!(words, "\n* {note}").unwrap();
            }
            words.trim_end().to_owned()
        });
        writeln!(text, "{words}").unwrap();
        if let Some((_, more)) = MORE.iter().find(|(name, _)| *rule && name == title) {
            writeln!(text, "\n{more}").unwrap();
        }
        for case in cases {
            let said = if case.rule().is_some() { case.output.lines().next().unwrap() } else { case.sentence() };
            let said = said.split_once("]: ").map_or(said, |(_, said)| said);
            let (_, wrong) = case.wrong.split_once('\n').unwrap();
            let lines = difference(body(wrong), body(&case.right));
            write!(text, "\n> {}\n\n```diff\n{lines}```\n", numbers(said)).unwrap();
        }
    }
    for (name, _) in MORE {
        assert!(sections.contains_key(&(true, (*name).to_owned())), "no message of {name}");
    }
    text
}

/// Rules that are never reported: a mask over other positions is of another type, which is E0308.
const UNSEEN: [&str; 1] = ["AttentionMask"];

#[test]
fn every_rule_has_a_section() {
    let rules: BTreeSet<_> = Case::wrong().filter_map(|case| case.rule().map(str::to_owned)).collect();
    let mut traits = 0;
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../shapes/src")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for (_, rest) in text.match_indices("#[diagnostic::on_unimplemented(").map(|(at, _)| text.split_at(at)) {
            let (_, name) = rest.split_once("pub trait ").unwrap();
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            // A macro declares the traits named by `$name`.
            let known = name.is_empty() || rules.contains(name) || UNSEEN.contains(&name);
            assert!(known, "no program shows the message of `{name}`");
            traits += 1;
        }
    }
    assert!(traits > 40, "{traits}");
    assert!(UNSEEN.iter().all(|name| !rules.contains(*name)));
}

#[test]
fn the_messages_are_explained() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let expected = document();
    if std::env::var_os("UPDATE_TABLE").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/errors.md differs from the cases: write it with UPDATE_TABLE=1");
}
