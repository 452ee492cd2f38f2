//! The golden files: values, reverse and forward derivatives by PyTorch in float64, one case a line.
//!
//! A line names an operation of the builder and its arguments, so that a new line needs no code here.
//! `ops.jsonl` came first; `generate.py` beside it writes `more.jsonl`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use session::autodiff::{forward, reverse};
use session::builder::{Argument, operations};
use session::ir::{DynShape, Graph, Id, NatId};
use session::semantics::{Array, backprop_all, eval, jvp};
use session::{Error, GraphBuilder};
use session_tests::compare::{all_close, or_zero};

const TOLERANCE: f64 = 1e-10;

/// One line of a file.
struct Case(Value);

fn all() -> Vec<Case> {
    let files = [include_str!("../data/ops.jsonl"), include_str!("../data/more.jsonl")];
    let lines = files.iter().flat_map(|file| file.lines());
    lines.map(|line| Case(serde_json::from_str(line).expect("a line of JSON"))).collect()
}

fn sizes(list: &Value) -> Vec<usize> {
    list.as_array().expect("a list").iter().map(|size| size.as_u64().expect("a natural number") as usize).collect()
}

fn array(tensor: &Value) -> Array<f64> {
    let data = tensor["data"].as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number"));
    Array::new(DynShape::new(&sizes(&tensor["shape"])), data.collect())
}

fn arrays(list: &Value) -> Vec<Array<f64>> {
    list.as_array().expect("a list").iter().map(array).collect()
}

impl Case {
    fn name(&self) -> &str {
        self.0["op"].as_str().expect("a name")
    }

    /// The graph of the case and the values of its natural-number inputs.
    fn graph(&self) -> Result<(Graph, Vec<Vec<usize>>), Error> {
        let mut builder = GraphBuilder::new();
        let inputs = arrays(&self.0["inputs"]);
        let operands = inputs.iter().map(|input| builder.input(input.shape)).collect::<Result<Vec<Id>, Error>>()?;
        let mut lists = Vec::new();
        let mut natural = |builder: &mut GraphBuilder, sizes: &[usize], list: Vec<usize>| -> Result<NatId, Error> {
            lists.push(list);
            builder.input_nats(DynShape::new(sizes))
        };
        let indices = sizes(&self.0["nats"]);
        let mut naturals = Vec::new();
        if !indices.is_empty() {
            let shape = self.0.get("nats_shape").map_or_else(|| vec![indices.len()], sizes);
            naturals.push(natural(&mut builder, &shape, indices)?);
        }
        let mut arguments = Vec::new();
        for (key, value) in self.0["params"].as_object().expect("arguments") {
            let argument = match value {
                Value::Null => continue,
                Value::Number(number) => Argument::Number(number.as_f64().expect("a number")),
                &Value::Bool(flag) => Argument::Flag(flag),
                Value::Array(rows) if rows.first().is_some_and(Value::is_array) => {
                    let rows: Vec<Vec<usize>> = rows.iter().map(sizes).collect();
                    Argument::Natural(natural(&mut builder, &[rows.len(), rows[0].len()], rows.concat())?)
                }
                list => Argument::Numbers(sizes(list)),
            };
            arguments.push((key.as_str(), argument));
        }
        // The file tells the length of a slice, the operation takes its end.
        if let Some(Argument::Number(start)) =
            arguments.iter().find(|(key, _)| *key == "start").map(|(_, start)| start.clone())
            && let Some((key, Argument::Number(length))) = arguments.iter_mut().find(|(key, _)| *key == "len")
        {
            (*key, *length) = ("end", start + *length);
        }
        // Of the two kinds of gathers the one whose indices are inputs.
        let by_input = format!("{}_ref", self.name());
        let known = |name: &str| operations().flat_map(|(_, rows)| rows).any(|row| row.name == name);
        let name = if !naturals.is_empty() && known(&by_input) { &by_input } else { self.name() };
        builder.call(name, &operands, &naturals, &arguments)?;
        // The numbers that the operation has captured come after those of the inputs.
        lists.extend(builder.captured().map(|(_, list)| list.to_vec()));
        Ok((builder.into_graph(), lists))
    }

    /// The value and all derivatives, each in both ways, against the file.
    fn check(&self, graph: &Graph, naturals: &[Vec<usize>]) {
        let name = self.name();
        let compare = |what: &str, found: &Array<f64>, expected: &Array<f64>| {
            all_close(what, found, expected, TOLERANCE).unwrap_or_else(|error| panic!("{name}: {error}"));
        };
        let leaves = arrays(&self.0["inputs"]);
        let output = graph.ids().next_back().expect("a value");
        let ids: Vec<Id> = (0..leaves.len()).map(Id::new).collect();

        let value = array(&self.0["output"]);
        compare("value", &eval(graph, &leaves, naturals)[output.index()], &value);

        let cotangent = array(&self.0["cotangent"]);
        let mut seeds = vec![None; graph.len()];
        seeds[output.index()] = Some(cotangent.clone());
        let defined = backprop_all(graph, &leaves, naturals, seeds);
        let derivative = reverse(graph, &[output]);
        let values = eval(&derivative.graph, &[leaves.clone(), vec![cotangent]].concat(), naturals);
        for (id, expected) in ids.iter().zip(arrays(&self.0["vjp"])) {
            compare("backprop_all", &or_zero(defined[id.index()].clone(), &expected), &expected);
            let gradient = derivative.gradient[id.index()].map(|id| values[id.index()].clone());
            compare("reverse", &or_zero(gradient, &expected), &expected);
        }

        let tangents = arrays(&self.0["tangents"]);
        let expected = array(&self.0["jvp"]);
        let dual = &jvp(graph, &leaves, &tangents, naturals)[output.index()];
        let tangent = Array::new(dual.shape, dual.data.iter().map(|x| x.tangent).collect());
        compare("dual numbers", &tangent, &expected);
        let derivative = forward(graph, &ids);
        let values = eval(&derivative.graph, &[leaves, tangents].concat(), naturals);
        let tangent = derivative.gradient[output.index()].map(|id| values[id.index()].clone());
        compare("forward", &or_zero(tangent, &expected), &expected);
    }
}

#[test]
fn every_case_agrees() {
    let cases = all();
    assert!(cases.len() >= 112 + 216, "{} lines of the files", cases.len());
    let mut failed = Vec::new();
    for case in &cases {
        let check = || {
            let (graph, naturals) = case.graph().unwrap_or_else(|error| panic!("{}: {error}", case.0));
            case.check(&graph, &naturals);
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
    let cases = all();
    let named = |name: &str| cases.iter().any(|case| case.name() == name || format!("{}_ref", case.name()) == name);
    let lacking: Vec<&str> =
        operations().flat_map(|(_, rows)| rows).map(|row| row.name).filter(|name| !named(name)).collect();
    assert!(lacking.is_empty(), "no case has these operations: {}", lacking.join(", "));
}
