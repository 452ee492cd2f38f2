//! The programs of the course, the long ones briefly: they run, and what they print is what their comments promise.

use std::fs;
use std::path::Path;

use crate::support::run;

/// What a program says when it succeeds. It says nothing on the error stream.
fn output(name: &str, arguments: &[&str]) -> String {
    let run = run(name, arguments);
    assert!(run.status.success() && run.errors.is_empty(), "{name}: {}", run.errors);
    run.output
}

fn says(output: &str, parts: &[&str]) {
    for part in parts {
        assert!(output.contains(part), "`{part}` is missing from: {output}");
    }
}

/// The numbers that follow this word.
fn numbers(output: &str, word: &str) -> Vec<f64> {
    let after = output.split(word).skip(1).map(|rest| rest.split_whitespace().next().unwrap_or_default());
    after.filter_map(|number| number.parse().ok()).collect()
}

/// The loss that a program prints, below a bound at last.
fn learns(output: &str, word: &str, first: f64, last: f64) {
    let losses = numbers(output, word);
    assert!(losses.len() > 1 && losses[0] > first && losses[losses.len() - 1] < last, "{losses:?} in: {output}");
}

#[test]
fn tensors() {
    let output = output("01-tensors", &[]);
    says(
        &output,
        &["Lisbon         53.2     60.3     72.7     65.5", "Oslo is warmest in summer", "[[1. 2. 3.]\n [4. 5. 6.]]"],
    );
    says(&output, &["as [2, 2]: the data for a tensor of shape [2, 2] has 6 elements, expected 4"]);
}

#[test]
fn shapes_are_types() {
    let output = output("02-shapes-are-types", &[]);
    says(&output, &["conv2d with 8 kernels 5 x 5                 [64, 8, 24, 24]", "[2, 1152]", "[20, 32]"]);
    says(&output, &["taken as [2, 6]", "the tensor has shape [2, 6], expected [12]"]);
}

#[test]
fn session() {
    let output = output("03-session", &[]);
    says(&output, &["graph 1\nleaf %0: [3] # x\n", "bits from the eager backend: true", "refs end with `reset_tape`"]);
    says(&output, &["recorded 41 times, compiled 1 time", "  40    0.0099    1.986  -1.011   2.981"]);
}

#[test]
fn gradients() {
    let output = output("04-gradients", &[]);
    for line in output.lines().filter(|line| line.starts_with("reverse") || line.starts_with("forward")) {
        let (_, numbers) = line.split_at(36);
        let numbers: Vec<&str> = numbers.split_whitespace().collect();
        let (library, by_hand) = numbers.split_at(numbers.len() / 2);
        assert_eq!(library, by_hand, "{line}");
    }
    let last = output.lines().last().unwrap();
    assert!(last.starts_with("    6   1.00000   1.00000 "), "{last}");
}

#[test]
fn graph_macro() {
    let output = output("05-graph-macro", &[]);
    says(&output, &["%8 = tanh(%7): [4, 2]", "the same graph by hand: true", " 0  1         1       0.987\n"]);
    says(&output, &["inputs: x [4, 2], y [4, 1], w1 [2, 2], b1 [2], w2 [2, 1], b2 [1]"]);
}

#[test]
fn regression() {
    let output = output("06-regression", &[]);
    learns(&output, "loss ", 0.043, 0.043);
    says(&output, &["against the truth without noise: 0.00", " ┤", "█"]);
}

#[test]
fn classify_digits() {
    let output = output("07-classify-digits", &["1"]);
    assert!(numbers(&output, "    1  ")[0] < 1.0, "{output}");
    says(&output, &["digit 0 of the test is a 7, read as a 7:", "▄███████▄", "■"]);
}

#[test]
fn conv_net() {
    let output = output("08-conv-net", &["24"]);
    learns(&output, "loss ", 2.0, 1.5);
    let accuracies: Vec<&str> = output.lines().filter_map(|line| line.strip_suffix(" %")?.rsplit(' ').next()).collect();
    assert!(accuracies[0].parse::<f64>().unwrap() > 50.0 && accuracies[0] == accuracies[1], "{output}");
    says(&output, &["blocks.1.w2  [8, 8, 3, 3]    576", "total                      6,474", "▓▓"]);
}

#[test]
fn transformer() {
    let output = output("09-transformer", &["6"]);
    learns(&output, "loss ", 4.0, 3.8);
    let written = output.split_once("\n\nROSALIND:\n").expect("it writes").1;
    // The line end is that of the program.
    assert_eq!(written.chars().count(), 501, "{output}");
}

#[test]
fn physics() {
    let output = output("10-physics", &["3000"]);
    learns(&output, "residual ", 0.005, 0.001);
    assert!(numbers(&output, "exact solution: ")[0] < 0.03, "{output}");
    says(&output, &["· exact    o learnt"]);
}

#[test]
fn verify() {
    let output = output("11-verify", &[]);
    says(
        &output,
        &[
            "holds: the value of %15 and the update of 6 parameters",
            " instructions gave the bits of the definition in ",
            "found:    %31 = div_scalar(%21) {number=-7}: []\n  expected: %31 = div_scalar(%21) {number=-8}: []",
            "%38 = mul(%33, %37) of the graph differs at [0, 0], in 80 of 80 elements of [8, 10]",
            "expected: %67 = axpy(%8, %18, %41): [10, 400]",
        ],
    );
}

#[test]
fn a_program_has_fewer_than_a_hundred_lines_and_says_what_it_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("course");
    let mut programs: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    programs.sort();
    assert_eq!(programs.len(), 11);
    for (index, path) in programs.iter().enumerate() {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.lines().count() < 100, "{} has {} lines", path.display(), text.lines().count());
        assert!(text.starts_with(&format!("//! {}: ", index + 1)), "{}", path.display());
    }
}
