//! The graphs that are written.

use session::ir::Op;
use session_tests::golden::arrays;
use session_tests::{Points, Program, Source};

use crate::case::Case;

/// Operations that are no part of inference, and are refused.
pub const REFUSED: [&str; 8] = [
    "conv_weight",
    "max_pool_select",
    "max_pool_scatter",
    "avg_pool_spread",
    "fold",
    "scatter_rows",
    "scatter_last",
    "dropout",
];

/// Operations of which ONNX does not say what they are at NaN or infinities, or whose engines have something else there:
/// docs/onnx.md says what was found.
pub const ENGINES_DIFFER: [&str; 2] = ["max", "max_pool"];

/// Every line of the golden files but those of dropout, with weights as part of the model.
pub fn golden() -> Vec<Case> {
    let case = |golden: &session_tests::golden::Golden| {
        let (graph, naturals) = golden.graph().unwrap_or_else(|error| panic!("{}: {error}", golden.name()));
        let leaves = arrays(&golden.0["inputs"]);
        let name = format!("{} {} {}", golden.name(), golden.0["params"], golden.0["nats"]);
        Case { name, graph, leaves, naturals, inside: true }
    };
    let golden = session_tests::golden::golden();
    golden.iter().filter(|golden| !golden.name().starts_with("dropout")).map(case).collect()
}

/// Random uses of an operation of the table, at smooth points and at ties.
pub fn of(number: usize, name: &str) -> impl Iterator<Item = Case> + '_ {
    [(Points::Smooth, "smooth"), (Points::Tied, "tied")].into_iter().flat_map(move |(points, word)| {
        (0..3).map(move |round| {
            let source = &mut Source::seeded((number * 100 + round * 2) as u64 + u64::from(word == "tied"));
            let (Program { graph, leaves, naturals }, _) = Program::of(name, points, source);
            Case { name: format!("{name} {word} {round}"), graph, leaves, naturals, inside: false }
        })
    })
}

/// Uses of every operation of the table that is part of inference.
pub fn table() -> Vec<Case> {
    let names = Op::NAMES.iter().enumerate().filter(|(_, name)| !REFUSED.contains(name));
    names.flat_map(|(number, name)| of(number, name)).collect()
}

/// The value of operations at NaN, infinities, zeros of both signs and huge numbers, and at an index that is -1 as an
/// `i64`.
pub fn special() -> Vec<Case> {
    const NUMBERS: [f64; 11] =
        [f64::NAN, 1.0, f64::INFINITY, -2.5, 0.0, f64::NEG_INFINITY, 1e30, -0.0, -1e30, 0.75, 1.0];
    let names = Op::NAMES.iter().enumerate();
    let mut cases = Vec::new();
    for (number, name) in names.filter(|(_, name)| !REFUSED.contains(name) && !ENGINES_DIFFER.contains(name)) {
        for round in 0..3 {
            let source = &mut Source::seeded((number * 3 + round) as u64);
            let (mut program, _) = Program::of(name, Points::Tied, source);
            for leaf in &mut program.leaves {
                leaf.data.iter_mut().for_each(|x| *x = source.pick(&NUMBERS));
            }
            let masks = name.contains("allowed") || name.contains("masked");
            program
                .naturals
                .iter_mut()
                .filter(|_| !masks)
                .filter_map(|list| list.first_mut())
                .for_each(|n| *n = usize::MAX);
            let Program { graph, leaves, naturals } = program;
            cases.push(Case { name: format!("{name} special {round}"), graph, leaves, naturals, inside: false });
        }
    }
    cases
}
