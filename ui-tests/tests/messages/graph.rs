//! What rustc says of a mistake in `graph!` is what it says of the call by hand, at the tokens in the macro.

use std::collections::BTreeMap;
use std::fs;

use crate::INTERNALS;
use crate::case::{Case, numbers};

/// What a message says, wherever it is said: its first line, the line at the caret, the notes.
fn said(case: &Case) -> (String, String, Vec<String>) {
    let first = numbers(case.output.lines().next().unwrap());
    let notes = case.notes().filter(|note| !note.contains("this error originates")).map(numbers);
    // A type is shown as far as it differs, which depends on what is around the call.
    let notes = notes.filter(|note| !note.starts_with("expected "));
    (first, numbers(case.label()), notes.collect())
}

#[test]
fn one_error_in_our_words_at_the_tokens_in_the_macro() {
    let mut seen = 0;
    for case in Case::all("fail/graph") {
        let Case { name, output, .. } = &case;
        let (sentence, text) = (case.sentence(), numbers(output));
        assert!(text.contains(sentence), "{name}: expected the sentence\n{sentence}\nin\n{text}");
        assert_eq!(output.lines().filter(|line| line.starts_with("error")).count(), 1, "{name}: {output}");
        // Where types differ, rustc leaves out what they share.
        let ours = output.replace("Dim<_>", "").replace("(_, ", "(").replace("::Tensor<_, ", "");
        for word in INTERNALS.iter().chain(&["in the macro `graph`", "in this macro invocation\n"]) {
            let users = ["matmul_macro"].contains(&&**name) || output.contains("in the macro `broadcasting`");
            assert!(!ours.contains(word) || users, "{name}: {word} in\n{output}");
        }
        let (line, start, end) = case.caret();
        let line = case.wrong.lines().nth(line - 1).unwrap();
        assert!(start < end && end <= line.len() && !line.contains("graph! {"), "{name}: {output}");
        seen += 1;
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn the_message_of_the_call_by_hand() {
    let by_hand: BTreeMap<String, Case> = Case::wrong().map(|case| (case.name.clone(), case)).collect();
    let mut compared = 0;
    for case in Case::all("fail/graph") {
        let Some(name) = case.wrong.lines().nth(1).unwrap().strip_prefix("// as ") else { continue };
        assert_eq!(said(&case), said(&by_hand[name]), "{} and {name}", case.name);
        compared += 1;
    }
    assert!(compared > 25, "{compared}");
}

/// The `where` that rustc proposes compiles in the macro: `tests/pass/graph_NAME.rs` has it.
#[test]
fn the_proposed_bound_is_what_lacks() {
    let mut pasted = 0;
    for case in Case::all("fail/graph").filter(Case::lacks_a_bound) {
        let right = format!("{}/tests/pass/graph_{}.rs", env!("CARGO_MANIFEST_DIR"), case.name);
        let right = fs::read_to_string(right).unwrap_or_default();
        assert_eq!(
            crate::bounds::tokens(&crate::bounds::pasted(&case)),
            crate::bounds::tokens(&right),
            "{}",
            case.name
        );
        pasted += 1;
    }
    assert!(pasted > 4, "{pasted}");
}

/// A mistake that the macro finds is said once, in its words.
#[test]
fn mistakes_of_the_grammar() {
    // Names that the macro cannot know, and a session that is none: rustc's.
    let of_rustc = ["misspelt", "misspelt_method", "unknown_initial", "inline_not_a_session"];
    let several =
        [("several", 2), ("several_functions", 4), ("signature_remains", 2), ("fields", 4), ("field_type", 2)];
    for case in Case::all("fail/graph_syntax") {
        let Case { name, output, .. } = &case;
        let errors: Vec<_> = output.lines().filter(|line| line.starts_with("error")).collect();
        let count = several.iter().find(|(several, _)| several == name).map_or(1, |(_, count)| *count);
        assert_eq!(errors.len(), count, "{name}: {output}");
        for error in errors {
            assert_eq!(error.starts_with("error: "), !of_rustc.contains(&&**name), "{name}: {output}");
        }
        // There is no token to point at in an empty macro.
        assert!(!output.contains("in the macro `graph`") || name == "empty", "{name}: {output}");
        assert!(!output.contains("warning"), "{name}: {output}");
    }
}

#[test]
fn mistakes_of_a_derived_model() {
    for case in Case::all("fail/derive") {
        let Case { name, output, .. } = &case;
        assert_eq!(output.lines().filter(|line| line.starts_with("error")).count(), 1, "{name}: {output}");
        assert!(!output.contains("this error originates"), "{name}: {output}");
    }
}
