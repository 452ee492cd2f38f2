//! The graphs that are run.

use session::ir::{DynShape, Graph, Id, Op};
use session::semantics::Array;
use session_tests::golden::{array, arrays};
use session_tests::{Points, Program, Source};

use crate::case::Case;

/// Every line of the golden files, with its derivatives.
pub fn golden() -> Vec<Case> {
    let case = |golden: &session_tests::golden::Golden| {
        let (graph, naturals) = golden.graph().unwrap_or_else(|error| panic!("{}: {error}", golden.name()));
        let [inputs, tangents] = ["inputs", "tangents"].map(|key| arrays(&golden.0[key]));
        let cotangent = array(&golden.0["cotangent"]);
        let name = format!("{} {} {}", golden.name(), golden.0["params"], golden.0["nats"]);
        Case::derivatives(name, &graph, &inputs, &tangents, &cotangent, &naturals)
    };
    session_tests::golden::golden().iter().map(case).collect()
}

/// Random uses of every operation of the table, at smooth points and at ties, with their derivatives.
pub fn table() -> Vec<Case> {
    let mut cases = Vec::new();
    for (number, name) in Op::NAMES.iter().enumerate() {
        for (points, word) in [(Points::Smooth, "smooth"), (Points::Tied, "tied")] {
            for round in 0..2 {
                let source = &mut Source::seeded((number * 100 + round * 2) as u64 + u64::from(word == "tied"));
                let (program, _) = Program::of(name, points, source);
                let tangents: Vec<Array<f64>> =
                    (0..program.leaves.len()).map(|leaf| program.like(Id::new(leaf), source)).collect();
                let cotangent = program.like(program.output(), source);
                let Program { graph, leaves, naturals } = &program;
                let name = format!("{name} {word} {round}");
                cases.push(Case::derivatives(name, graph, leaves, &tangents, &cotangent, naturals));
            }
        }
    }
    cases
}

/// Operations that multiply by the zeros of their padding, where the definition skips it: an infinity there is NaN.
const PADDED: [&str; 3] = ["conv", "conv_input", "conv_weight"];

/// The value of every operation of the table but those, at NaN, infinities, zeros of both signs and huge numbers.
pub fn special() -> Vec<Case> {
    const NUMBERS: [f64; 11] =
        [f64::NAN, 1.0, f64::INFINITY, -2.5, 0.0, f64::NEG_INFINITY, 1e30, -0.0, -1e30, 0.75, 1.0];
    let mut cases = Vec::new();
    for (number, name) in Op::NAMES.iter().enumerate().filter(|(_, name)| !PADDED.contains(name)) {
        for round in 0..2 {
            let source = &mut Source::seeded((number * 3 + round) as u64);
            let (mut program, _) = Program::of(name, Points::Tied, source);
            for leaf in &mut program.leaves {
                leaf.data.iter_mut().for_each(|x| *x = source.pick(&NUMBERS));
            }
            let results = vec![("value".to_owned(), program.output())];
            let Program { graph, leaves, naturals } = program;
            cases.push(Case { name: format!("{name} special {round}"), graph, results, leaves, naturals });
        }
    }
    cases
}

/// Dropout of more than one block of random words, with a key of 63 bits.
pub fn large_key() -> Case {
    let graph: Graph =
        "graph 1\nleaf %0: [37]\nnat n0: []\n%1 = dropout(%0) {rate=0.4, key=n0}: [37]".parse().expect("a graph");
    let x = Array::new(DynShape::new(&[37]), (1..=37).map(f64::from).collect());
    let results = vec![("value".to_owned(), Id::new(1))];
    Case {
        name: "dropout key".to_owned(),
        graph,
        results,
        leaves: vec![x],
        naturals: vec![vec![0x299f_31d0_a409_3822]],
    }
}
