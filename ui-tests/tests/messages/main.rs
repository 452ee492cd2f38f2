//! What each message says, whatever rustc puts around it.
//!
//! The first line of a wrong case is the sentence a user must read, with dimensions as numbers.

mod bounds;
mod case;
mod chapter;
mod errors;
mod graph;

use case::{Case, cases, numbers};

/// Words that must not reach a user.
const INTERNALS: [&str; 6] = ["UInt<", "typenum", "other types implement", "is implemented for", "`_`", "E0282"];

#[test]
fn dimensions_are_read_as_numbers() {
    assert_eq!(numbers("`(Dim<2>, Digits<5, 0, 2, 5, 7>)` Axis<1>"), "`(2, 50257)` Axis<1>");
}

#[test]
fn one_error_in_our_words() {
    for case in Case::wrong() {
        let Case { name, output, .. } = &case;
        let (sentence, said) = (case.sentence(), numbers(output));
        assert!(said.contains(sentence), "{name}: expected the sentence\n{sentence}\nin\n{said}");

        let errors = output.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "{name}: {output}");
        // `From` is not ours, and its implementations would be listed if ours were not, which states the rule.
        let ours = output.replace("help: the trait `MatrixShape<R, C>` is implemented for", "");
        for word in INTERNALS {
            assert!(!ours.contains(word), "{name}: {word} in\n{output}");
        }
    }
}

/// The shapes that rustc shows where types differ: plain tuples, as an editor shows the type of a result.
#[test]
fn both_types_are_written_out() {
    let computed = [
        ("conv2d_result", "(Dim<8>, Dim<28>, Dim<28>)"),
        ("conv_transpose2d_result", "(Dim<8>, Dim<28>, Dim<28>)"),
        ("max_pool2d_result", "(Dim<8>, Dim<14>, Dim<14>)"),
        ("flatten_from_result", "(Dim<64>, Dim<1568>)"),
        ("slice_result", "(Dim<3>, Dim<7>)"),
    ];
    for (name, shape) in computed {
        let result = Case::wrong().find(|case| case.name == name).unwrap();
        assert_eq!(result.noted("found "), Some(format!("session::TensorRef<{shape}>").as_str()));
    }

    let mut seen = 0;
    for case in Case::wrong().filter(|case| case.output.starts_with("error[E0308]")) {
        let types: Vec<_> = ["expected ", "found "].iter().filter_map(|word| case.noted(word)).collect();
        let [expected, found] = types[..] else { panic!("{}: {types:?} in\n{}", case.name, case.output) };
        assert_ne!(expected, found, "{}", case.name);
        for shown in [expected, found] {
            assert!(
                ["::Output", " as ", "::shapes::"].iter().all(|word| !shown.contains(word)),
                "{}: {shown}",
                case.name
            );
            let numbers = numbers(shown);
            assert!(!numbers.contains("_") && !numbers.contains("Dim"), "{}: {shown}", case.name);
        }
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}

/// Each shape in a sentence is a tuple of numbers and names, and the program says one of them.
#[test]
fn sentences_name_the_shapes() {
    let mut pairs = 0;
    for case in Case::wrong().filter(|case| case.output.starts_with("error[E0277]")) {
        let sentence = numbers(case.output.lines().next().unwrap());
        let quoted: Vec<_> = sentence.split('`').skip(1).step_by(2).collect();
        assert!(!quoted.is_empty(), "{}: {sentence}", case.name);
        for word in &quoted {
            let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "()<>[]{}, ;".contains(c));
            assert!(plain && !word.contains("Dim"), "{}: {sentence}", case.name);
        }
        let sizes = |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ',').collect::<String>();
        let program = sizes(&case.wrong);
        let said = |word: &&&str| program.contains(sizes(word).trim_end_matches(','));
        assert!(quoted.iter().any(|word| said(&word)), "{}: none of {quoted:?} is in the program", case.name);
        pairs += usize::from(quoted.len() > 1 || sentence.contains("tensor of shape"));

        // Only rules of one shape name one.
        let lone = [
            ["Flatten", "ReduceLast", "Transpose", "SwapLastTwo", "MoveFirstToLast", "MoveLastToFirst"].as_slice(),
            &["Dimension", "Float", "Generator", "Named", "Natural", "Shape", "Static"],
        ]
        .concat();
        let alone = quoted.len() == 1 && !sentence.contains("tensor of shape");
        assert!(!alone || lone.contains(&case.rule().unwrap()), "{}: {sentence}", case.name);
    }
    assert!(pairs > 80, "{pairs}");
}

/// The caret is at an argument, at the method, or at the expression whose type is wrong; in the body of the case.
#[test]
fn the_caret_is_at_the_mistake() {
    for case in Case::wrong() {
        let (line, start, end) = case.caret();
        let text = case.wrong.lines().nth(line - 1).unwrap();
        let (before, token, after) = (&text[..start], &text[start..end], &text[end..]);
        let name = &case.name;
        let opens = before.trim_end().is_empty() || before.ends_with(['(', '[', '.', ' ', ':', '!', '<', '-']);
        let closes = after.is_empty() || after.starts_with(['(', ')', ']', ',', ';', '?', ':', '.', '>', ' ']);
        assert!(opens && (closes || token == "-") && !token.trim().is_empty(), "{name}: {before}|{token}|{after}");
        let balance = |open, close| token.matches(open).count() == token.matches(close).count();
        assert!(balance('(', ')') && balance('[', ']') && balance('<', '>'), "{name}: {token}");
        let body = case.wrong.lines().position(|line| line.ends_with('{')).map_or(0, |signature| signature + 1);
        assert!(line > body || case.rule().is_none(), "{name}: line {line} is before the body, line {body}");
    }
}

/// A wrong case and the right one of the same name differ in one number or name, or in one axis more; those of
/// [`bounds`] in a bound.
#[test]
fn each_wrong_case_has_a_right_neighbour() {
    let checked = include_str!("../pass/main.rs");
    assert_eq!(cases("pass").len(), checked.matches("mod ").count());
    for case in Case::wrong() {
        let Case { name, wrong, right, .. } = &case;
        let module = format!("mod {name};");
        assert!(checked.lines().any(|line| line == module), "{module} is not in tests/pass/main.rs");
        if case.lacks_a_bound() {
            continue;
        }
        let (_, wrong) = wrong.split_once('\n').unwrap();
        let wrong = wrong.strip_suffix("\nfn main() {}\n").unwrap_or(wrong);

        let same = wrong.bytes().zip(right.bytes()).take_while(|(a, b)| a == b).count();
        let (wrong, right) = (&wrong[same..], &right[same..]);
        let same = wrong.bytes().rev().zip(right.bytes().rev()).take_while(|(a, b)| a == b).count();
        let differences = [&wrong[..wrong.len() - same], &right[..right.len() - same]];
        assert_ne!(differences[0], differences[1], "{name}");
        for difference in differences {
            let plain = difference.chars().all(|c| c.is_ascii_alphanumeric() || "{} ,=+-.!".contains(c));
            assert!(plain && difference.len() <= 8, "{name}: {differences:?}");
        }
    }
}

/// The README shows a program of these cases, and the beginning of what rustc says about it, but for where.
#[test]
fn the_readme_says_what_rustc_says() {
    let readme = include_str!("../../../README.md");
    let (_, program) = include_str!("../fail/readme.rs").split_once('\n').unwrap();
    let (_, rest) = readme.split_once(&format!("```rust,compile_fail,E0277\n{program}```\n")).unwrap();
    let (_, rest) = rest.split_once("```text\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();

    let lines = |text: &'static str| {
        let lines = text.lines().map(|line| line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()));
        lines.filter(|line| !line.starts_with("-->")).collect::<Vec<_>>()
    };
    let (shown, said) = (lines(shown), lines(include_str!("../fail/readme.stderr")));
    assert!(!shown.is_empty() && said.starts_with(&shown), "the README shows\n{shown:#?}\nrustc says\n{said:#?}");
}
