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
