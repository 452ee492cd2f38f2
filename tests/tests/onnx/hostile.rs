//! Models that end early or are deep, and exports that make no sense. Broken models are in tests/tests/broken.

use session::DynTensor;
use session::ir::{DynShape, Graph, Id, op};
use session::onnx::{Export, Import};

/// What reading these bytes as far as a graph says.
fn read(bytes: &[u8]) -> Result<(), String> {
    let model = Import::<f32>::read("file", bytes).map_err(|error| error.to_string())?;
    model.instance(&[("N", 3)]).map(drop).map_err(|error| error.to_string())
}

/// The number that the sum adds is known, since nothing between changes it.
#[test]
fn a_number_may_be_far_away() {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::new(&[2]));
    let mut one = graph.leaf(DynShape::SCALAR);
    for round in 0..100_000 {
        let to = DynShape::new(&[1][round % 2..]);
        one = graph.push(op::Reshape { to }, &[one]).expect("a node");
    }
    let one = graph.push(op::Broadcast { to: DynShape::new(&[2]) }, &[one]).expect("a node");
    let y = graph.push(op::Add {}, &[x, one]).expect("a node");
    let value = DynTensor::new(DynShape::SCALAR, vec![1.0]).expect("one number");
    let bytes = Export::<f32>::new("deep", &graph).value(Id::new(1), value).result("y", y).to_onnx().expect("a model");
    let instance = Import::<f32>::read("file", &bytes).and_then(|model| model.instance(&[])).expect("a graph");
    assert_eq!(instance.graph.nodes().len(), 2, "the number and the sum");
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
