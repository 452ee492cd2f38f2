//! The golden files: values, reverse and forward derivatives by PyTorch in float64, one case a line.
//!
//! A line names an operation of the builder and its arguments, so that a new line needs no code here.
//! `ops.jsonl` came first; `generate.py` beside it writes `more.jsonl`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use session::autodiff::{forward, reverse};
use session::builder::operations;
use session::ir::{Graph, Id};
use session::semantics::{Array, backprop_all, eval, jvp};
use session_tests::compare::{all_close, or_zero};
use session_tests::golden::{Golden, array, arrays, golden};

const TOLERANCE: f64 = 1e-10;

/// The value and all derivatives, each in both ways, against the file.
fn check(case: &Golden, graph: &Graph, naturals: &[Vec<usize>]) {
    let name = case.name();
    let compare = |what: &str, found: &Array<f64>, expected: &Array<f64>| {
        all_close(what, found, expected, TOLERANCE).unwrap_or_else(|error| panic!("{name}: {error}"));
    };
    let leaves = arrays(&case.0["inputs"]);
    let output = graph.ids().next_back().expect("a value");
    let ids: Vec<Id> = (0..leaves.len()).map(Id::new).collect();

    let value = array(&case.0["output"]);
    compare("value", &eval(graph, &leaves, naturals)[output.index()], &value);

    let cotangent = array(&case.0["cotangent"]);
    let mut seeds = vec![None; graph.len()];
    seeds[output.index()] = Some(cotangent.clone());
    let defined = backprop_all(graph, &leaves, naturals, seeds);
    let derivative = reverse(graph, &[output]);
    let values = eval(&derivative.graph, &[leaves.clone(), vec![cotangent]].concat(), naturals);
    for (id, expected) in ids.iter().zip(arrays(&case.0["vjp"])) {
        compare("backprop_all", &or_zero(defined[id.index()].clone(), &expected), &expected);
        let gradient = derivative.gradient[id.index()].map(|id| values[id.index()].clone());
        compare("reverse", &or_zero(gradient, &expected), &expected);
    }

    let tangents = arrays(&case.0["tangents"]);
    let expected = array(&case.0["jvp"]);
    let dual = &jvp(graph, &leaves, &tangents, naturals)[output.index()];
    let tangent = Array::new(dual.shape, dual.data.iter().map(|x| x.tangent).collect());
    compare("dual numbers", &tangent, &expected);
    let derivative = forward(graph, &ids);
    let values = eval(&derivative.graph, &[leaves, tangents].concat(), naturals);
    let tangent = derivative.gradient[output.index()].map(|id| values[id.index()].clone());
    compare("forward", &or_zero(tangent, &expected), &expected);
}

#[test]
fn every_case_agrees() {
    let cases = golden();
    assert!(cases.len() >= 112 + 216, "{} lines of the files", cases.len());
    let mut failed = Vec::new();
    for case in &cases {
        let check = || {
            let (graph, naturals) = case.graph().unwrap_or_else(|error| panic!("{}: {error}", case.0));
            check(case, &graph, &naturals);
        };
        if catch_unwind(AssertUnwindSafe(check)).is_err() {
            failed.push(format!("{} {} {}", case.name(), case.0["params"], case.0["nats"]));
        }
    }
    assert!(failed.is_empty(), "these cases fail, for the reasons above:\n{}", failed.join("\n"));
}

/// Every operation of the builder has a case, under its own name or as the `_ref` of one.
#[test]
fn every_operation_has_a_case() {
    let cases = golden();
    let named = |name: &str| cases.iter().any(|case| case.name() == name || format!("{}_ref", case.name()) == name);
    let lacking: Vec<&str> =
        operations().flat_map(|(_, rows)| rows).map(|row| row.name).filter(|name| !named(name)).collect();
    assert!(lacking.is_empty(), "no case has these operations: {}", lacking.join(", "));
}
