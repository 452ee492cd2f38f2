//! The texts of a handful of modules, as they stand in `tests/data/stablehlo`.
//!
//! `UPDATE_TEXTS=1 cargo test -p session-tests --test stablehlo` writes them anew.

use std::path::Path;
use std::{env, fs};

use session::autodiff::{forward, reverse};
use session::export::{Module, Naturals, Numbers};
use session::ir::{Graph, Id};

use crate::training;

/// Compares a text with its file.
fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/stablehlo").join(format!("{name}.mlir"));
    if env::var_os("UPDATE_TEXTS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
    }
    let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(text == expected, "{} is not this text; write it with UPDATE_TEXTS=1:\n{text}", path.display());
}

/// The module of the last value of a graph.
fn value(name: &str, graph: &str) {
    let graph: Graph = graph.parse().unwrap();
    let output = graph.ids().next_back().expect("a value");
    check(name, &graph.to_stablehlo(name, &[("y", output)]).unwrap());
}

#[test]
fn a_layer() {
    value(
        "layer",
        "graph 1\nleaf %0: [3, 5] # weight\nleaf %1: [3] # bias\nleaf %2: [4, 5] # x\n\
         %3 = linear(%0, %1, %2): [4, 3]\n%4 = relu(%3): [4, 3]",
    );
}

#[test]
fn constants() {
    value(
        "constants",
        "graph 1\n%0 = constant() {shape=[2, 3], data=[0.1, -0, nan, inf, 1e-30, 3]}: [2, 3]\n\
         %1 = full() {shape=[2, 3], value=0.5}: [2, 3]\n%2 = add(%0, %1): [2, 3]",
    );
}

#[test]
fn masked_attention_scores() {
    value(
        "masked_softmax",
        "graph 1\nleaf %0: [2, 3, 3] # scores\nnat n0: [2, 3]\n\
         %1 = masked_softmax(%0) {causal=true, shared=none, present=n0}: [2, 3, 3]",
    );
}

#[test]
fn dropout() {
    value("dropout", "graph 1\nleaf %0: [6] # x\nnat n0: []\n%1 = dropout(%0) {rate=0.25, key=n0}: [6]");
}

#[test]
fn a_convolution_with_its_gradient() {
    let graph: Graph = "graph 1\nleaf %0: [4, 1, 3, 3] # weight\nleaf %1: [2, 6, 6] # x\n\
         %2 = conv(%0, %1) {stride=[2, 1], padding=[1, 0], dilation=[1, 2], groups=2}: [4, 3, 2]"
        .parse()
        .unwrap();
    let derivative = reverse(&graph, &[Id::new(2)]);
    let module = Module::new("convolution", &derivative.graph).numbers(Numbers::F64);
    let names = ["weight_gradient", "x_gradient"].into_iter().zip(&derivative.gradient);
    let module = names.fold(module, |module, (name, id)| module.result(name, id.unwrap()));
    check("convolution", &module.result("y", derivative.value[2]).to_stablehlo().unwrap());
}

#[test]
fn a_pool_with_its_gradient() {
    let graph: Graph = "graph 1\nleaf %0: [1, 5] # x\n\
         %1 = max_pool(%0) {kernel=[3], stride=[2], padding=[1]}: [1, 3]"
        .parse()
        .unwrap();
    let derivative = reverse(&graph, &[Id::new(1)]);
    let results = [("y", derivative.value[1]), ("x_gradient", derivative.gradient[0].unwrap())];
    check("max_pool", &derivative.graph.to_stablehlo("max_pool", &results).unwrap());
}

#[test]
fn an_embedding_with_its_gradient_and_its_tangent() {
    let graph: Graph =
        "graph 1\nleaf %0: [5, 2] # table\nnat n0: [3]\n%1 = gather_rows(%0) {indices=n0}: [3, 2]".parse().unwrap();
    let gradient = reverse(&graph, &[Id::new(1)]);
    let module = Module::new("embedding_gradient", &gradient.graph)
        .naturals(Naturals::I64)
        .natural_name(session::ir::NatId::new(0), "words")
        .result("table_gradient", gradient.gradient[0].unwrap());
    check("embedding_gradient", &module.to_stablehlo().unwrap());
    let tangent = forward(&graph, &[Id::new(0)]);
    let results = [("rows", tangent.value[1]), ("rows_tangent", tangent.gradient[1].unwrap())];
    check("embedding_tangent", &tangent.graph.to_stablehlo("embedding_tangent", &results).unwrap());
}

#[test]
fn a_training_step() {
    check("mlp_step", &training::text());
}

#[test]
fn what_cannot_be_printed_is_refused() {
    let mut graph = Graph::default();
    let x = graph.leaf(session::ir::DynShape::new(&[1 << 31]));
    let refused = |name: &str, id: Id| graph.to_stablehlo(name, &[("y", id)]).unwrap_err().to_string();
    assert_eq!(
        refused("not a name", x),
        "module `not a name`: the name must be letters, digits and `_`, with no digit first"
    );
    assert_eq!(refused("m", Id::new(7)), "there is no value %7: the recording has 1 values");
    assert_eq!(refused("m", x), "module `m`: %0 has the shape [2147483648], which I32 cannot count");
    assert!(Module::new("m", &graph).naturals(Naturals::I64).result("y", x).to_stablehlo().is_ok());
}
