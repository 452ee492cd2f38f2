//! Broken and hostile models: each is an error that says where, and none takes memory that the file does not hold.

use session::ir::{DynShape, Graph, Id, op};
use session::onnx::{Export, Import};
use session::random::Rng;
use session::semantics::{Array, eval};

use crate::cases;

/// What reading these bytes as far as a graph says.
fn read(bytes: &[u8]) -> Result<(), String> {
    let model = Import::<f32>::read("file", bytes).map_err(|error| error.to_string())?;
    model.instance(&[("N", 3)]).map(drop).map_err(|error| error.to_string())
}

fn refused(bytes: &[u8], expected: &str) {
    let error = read(bytes).unwrap_err();
    assert!(error.starts_with("file: ") && error.contains(expected), "{error}");
}

// The messages below are written out as bytes: a field is its number and kind, then its length and what is in it.

fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 128 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn int(field: u64, value: i64) -> Vec<u8> {
    [number(field << 3), number(value as u64)].concat()
}

fn part(field: u64, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [&*number(field << 3 | 2), &*number(bytes.len() as u64), bytes].concat()
}

fn info(name: &str, dims: &[i64]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|&size| part(1, int(1, size))).collect();
    let of = [int(1, 1), part(2, dims)].concat();
    [part(1, name), part(2, part(1, of))].concat()
}

fn tensor(name: &str, dims: &[i64], data_type: i64, raw: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|&size| int(1, size)).collect();
    [dims, int(2, data_type), part(8, name), part(9, raw)].concat()
}

fn node(op: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| part(1, input)).collect();
    [inputs, part(2, output), part(4, op)].concat()
}

/// A model of `x: [2]` to `y: [2]`.
fn model(nodes: &[Vec<u8>], tensors: &[Vec<u8>]) -> Vec<u8> {
    let nodes: Vec<u8> = nodes.iter().flat_map(|node| part(1, node)).collect();
    let tensors: Vec<u8> = tensors.iter().flat_map(|tensor| part(5, tensor)).collect();
    let graph = [nodes, part(2, "g"), tensors, part(11, info("x", &[2])), part(12, info("y", &[2]))].concat();
    [int(1, 10), part(7, graph), part(8, int(2, 21))].concat()
}

#[test]
fn broken_models_are_refused() {
    let exp = || node("Exp", &["x"], "y");
    assert_eq!(read(&model(&[exp()], &[])), Ok(()));
    refused(&[], "it does not say of which version its operators are");
    refused(b"no model at all", "it is no model of ONNX");
    refused(&part(8, int(2, 12)), "its operators are of version 12; 13 to 21 are read");
    refused(&part(8, int(2, 21)), "it has no graph");
    refused(&model(&[], &[]), "the result `y`: there is no earlier value `y`");
    refused(&model(&[node("Exp", &["y"], "y")], &[]), "node 0, Exp: there is no earlier value `y`");
    refused(&model(&[node("Exp", &["z"], "y"), node("Exp", &["y"], "z")], &[]), "there is no earlier value `z`");
    refused(&model(&[exp(), exp()], &[]), "node 1, Exp: two values are named `y`");
    refused(&model(&[node("Exp", &["x"], "x")], &[]), "two values are named `x`");
    refused(&model(&[node("Exp", &["x"], "")], &[]), "a value has no name");
    refused(&model(&[node("Exp", &[], "y")], &[]), "node 0, Exp: it has no operand 0");
    refused(&model(&[node("Loop", &["x"], "y")], &[]), "node 0, Loop: this operation is not read");
    refused(&model(&[[exp(), part(7, "com.example")].concat()], &[]), "it is of the domain `com.example`");
    refused(&model(&[[exp(), part(5, part(1, "odd"))].concat()], &[]), "the attribute `odd` is not read");
    refused(&model(&[node("ReduceMax", &["x"], "y")], &[]), "the result `y`: it has the shape [1]");
    let with = |dims: &[i64], raw: &[u8]| model(&[exp()], &[tensor("w", dims, 1, raw)]);
    assert_eq!(read(&with(&[2], &[0; 8])), Ok(()));
    refused(&with(&[2], &[0; 7]), "the tensor `w`: it has 7 bytes, its shape [2] asks for 8");
    refused(&with(&[-1], &[]), "the shape [-1] has a negative size");
    refused(&with(&[i64::MAX, i64::MAX], &[]), "has too many elements");
    refused(&with(&[i64::MAX / 8], &[]), "bytes, its shape [1152921504606846975] asks for");
    refused(&with(&[1; 9], &[0; 4]), "has more than 8 axes");
    refused(
        &model(&[exp()], &[tensor("w", &[1], 10, &[0; 2])]),
        "it is of the type f16; read are f32, i64, i32 and bool",
    );
    refused(
        &model(&[exp()], &[tensor("x", &[2], 1, &[0; 8]), tensor("x", &[2], 1, &[0; 8])]),
        "two values are named `x`",
    );
    let outside = [tensor("w", &[1], 1, &[]), int(14, 1)].concat();
    refused(&model(&[exp()], &[outside]), "its numbers are in another file");
}

#[test]
fn sizes_are_checked_before_memory_is_taken() {
    let huge = |dims: &[i64]| {
        let raw: Vec<u8> = dims.iter().flat_map(|size| size.to_le_bytes()).collect();
        tensor("s", &[dims.len() as i64], 7, &raw)
    };
    let sized = |op: &str, operands: &[&str], dims: &[i64]| model(&[node(op, operands, "y")], &[huge(dims)]);
    refused(&sized("Expand", &["x", "s"], &[1 << 40, 2]), "has more than 268435456 elements");
    refused(&sized("Expand", &["x", "s"], &[i64::MAX, 2]), "has too many elements");
    refused(&sized("ConstantOfShape", &["s"], &[1 << 30, 1 << 30]), "has more than 268435456 elements");
    refused(&sized("Pad", &["x", "s"], &[i64::MAX, i64::MAX]), "node 0, Pad: ");
    refused(&sized("Reshape", &["x", "s"], &[i64::MIN]), "negative size");
    refused(&sized("Slice", &["x", "s", "s", "s", "s"], &[i64::MIN]), "node 0, Slice: ");
    refused(&sized("Tile", &["x", "s"], &[1 << 40]), "this operation is not read");
    // A shape that doubles with each node.
    let mut nodes = vec![node("Concat", &["x", "x"], "0")];
    let axis = part(5, [part(1, "axis"), int(3, 0), int(20, 2)].concat());
    nodes[0].extend(&axis);
    for at in 0..60 {
        let before = at.to_string();
        nodes.push([node("Concat", &[&before, &before], &(at + 1).to_string()), axis.clone()].concat());
    }
    refused(&model(&nodes, &[]), "has more than 268435456 elements");
}

#[test]
fn deep_nesting_is_refused() {
    // A graph within an attribute of a node of a graph, and so on.
    let mut inner = Vec::new();
    for _ in 0..10_000 {
        inner = part(6, part(1, part(5, &inner)));
    }
    let bytes = model(&[[node("If", &["x"], "y"), part(5, inner)].concat()], &[]);
    assert!(read(&bytes).is_err());
}

/// A model of most kinds of operations.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = ["torch_lenet", "torch_attention", "torch_decoder", "by_hand"]
        .map(|name| std::fs::read(format!("{}/data/onnx/{name}.onnx", env!("CARGO_MANIFEST_DIR"))).expect("a file"))
        .into();
    seeds.extend(cases::golden().iter().step_by(3).filter_map(|case| case.model::<f32>().ok()));
    seeds
}

/// Reads these bytes and, if what they compute is small, computes it.
fn run(bytes: &[u8]) -> Result<(), session::Error> {
    let instance = Import::<f32>::read("file", bytes)?.instance(&[("N", 3)])?;
    let graph = &instance.graph;
    let shapes = graph.ids().map(|id| graph.shape(id)).chain(graph.naturals().iter().copied());
    if shapes.map(|shape| shape.elements()).sum::<usize>() < 20_000 {
        let leaves = instance.leaves.iter().zip(graph.leaves()).map(|(value, &shape)| match value {
            Some(value) => Array::new(shape, value.as_slice().to_vec()),
            None => Array::new(shape, vec![0.5_f32; shape.elements()]),
        });
        let lists = instance.naturals.iter().zip(graph.naturals());
        let naturals = lists.map(|(list, shape)| list.clone().unwrap_or_else(|| vec![1; shape.elements()]));
        eval(graph, &leaves.collect::<Vec<_>>(), &naturals.collect::<Vec<_>>());
    }
    Ok(())
}

#[test]
fn models_with_changed_bytes_do_not_panic() {
    let seeds = seeds();
    let mut rng = Rng::new(0);
    let (mut refused, count) = (0, 6000);
    for round in 0..count {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..1 + rng.below(4) {
            let at = rng.below(bytes.len());
            match rng.below(5) {
                0 => bytes[at] = rng.below(256) as u8,
                1 => bytes[at] ^= 1 << rng.below(8),
                2 => bytes.truncate(at.max(1)),
                3 => bytes.insert(at, rng.below(256) as u8),
                _ => drop(bytes.remove(at)),
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        refused += usize::from(run(&bytes).is_err());
    }
    assert!(refused > count / 4, "{refused} of {count} were refused");
}

#[test]
fn models_that_end_early_are_refused() {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::new(&[2, 3]));
    let y = graph.push(op::Softmax { axis: 1 }, &[x]).expect("a node");
    let bytes = Export::<f32>::new("softmax", &graph).result("y", y).to_onnx().expect("a model");
    assert_eq!(read(&bytes), Ok(()));
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "{end} bytes");
    }
    assert_eq!(Id::new(1), y);
}

#[test]
fn exports_that_make_no_sense_are_refused() {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::new(&[2, 0]));
    let y = graph.push(op::Max { axis: 0 }, &[x]).expect("a node");
    let export = || Export::<f32>::new("m", &graph);
    let refused = |export: Export<'_, f32>, expected: &str| {
        let error = export.to_onnx().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    assert!(export().result("y", y).to_onnx().is_ok());
    refused(export(), "a model has at least one result");
    refused(export().result("y", Id::new(9)), "there is no value %9");
    refused(Export::<f32>::new("", &graph).result("y", y), "a model has a name");
}
