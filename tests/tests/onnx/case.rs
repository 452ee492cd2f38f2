//! A model with numbers to run it on, and what it should give.

use std::path::PathBuf;
use std::{env, fs};

use serde_json::{Value, json};
use session::ir::{DynShape, Graph, Id, NatId, Op};
use session::onnx::Export;
use session::semantics::{Array, eval};
use session::{DynTensor, Error, Float};

/// A graph with the values of its leaves and its natural-number inputs, of which the last value counts.
pub struct Case {
    pub name: String,
    pub graph: Graph,
    pub leaves: Vec<Array<f64>>,
    pub naturals: Vec<Vec<usize>>,
    /// Whether all leaves but the first, and the second natural-number input and later ones, are part of the model.
    pub inside: bool,
}

/// A number of `f64` in this type.
pub fn in_type<T: Float>(array: &Array<f64>) -> Array<T> {
    Array::new(array.shape, array.data.iter().map(|&x| T::from_f64(x)).collect())
}

/// The folder that the runner reads.
pub fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("onnx");
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Writes lines for the runner.
pub fn write(file: &str, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(folder().join(file), text).expect("a file");
}

fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
    bytes.into_iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A tensor with its numbers as bits, since JSON has neither NaN nor infinities.
pub fn tensor<T: Float>(name: &str, shape: DynShape, data: &[T]) -> Value {
    let width = if T::NAME == "F32" { 4 } else { 8 };
    let bits = hex(data.iter().flat_map(|x| x.bits().to_le_bytes().into_iter().take(width)));
    json!({ "name": name, "type": T::NAME.to_lowercase(), "shape": shape.to_vec(), "bits": bits })
}

/// Natural numbers as bits.
pub fn counts(name: &str, shape: DynShape, list: &[usize]) -> Value {
    let bits = hex(list.iter().flat_map(|number| (*number as u64).to_le_bytes()));
    json!({ "name": name, "type": "i64", "shape": shape.to_vec(), "bits": bits })
}

/// A line of JSON for the runner.
pub fn line(name: &str, model: &[u8], inputs: Vec<Value>, expected: Vec<Value>) -> Value {
    json!({ "name": name, "model": hex(model.iter().copied()), "inputs": inputs, "expected": expected })
}

impl Case {
    pub fn output(&self) -> Id {
        self.graph.ids().next_back().expect("a graph has values")
    }

    fn is_inside(&self, index: usize) -> bool {
        self.inside && index > 0
    }

    pub fn model<T: Float>(&self) -> Result<Vec<u8>, Error> {
        let mut export = Export::<T>::new("case", &self.graph);
        for (index, leaf) in self.leaves.iter().enumerate().filter(|(index, _)| self.is_inside(*index)) {
            let leaf: Array<T> = in_type(leaf);
            export = export.value(Id::new(index), DynTensor::new(leaf.shape, leaf.data)?);
        }
        for (index, list) in self.naturals.iter().enumerate().filter(|(index, _)| self.is_inside(*index)) {
            export = export.natural_value(NatId::new(index), list.clone());
        }
        export.result("value", self.output()).to_onnx()
    }

    /// Whether it is a transposed convolution in groups, of which onnxruntime has none in `f64`, and for which the
    /// reference evaluator of ONNX fails.
    pub fn is_grouped_transpose(&self) -> bool {
        self.graph.nodes().iter().any(|node| matches!(&node.op, Op::ConvInput(conv) if conv.groups > 1))
    }

    /// The leaves and natural-number inputs that are arguments.
    pub fn arguments(&self) -> (Vec<usize>, Vec<usize>) {
        let outside = |count: usize| (0..count).filter(|&index| !self.is_inside(index)).collect();
        (outside(self.leaves.len()), outside(self.naturals.len()))
    }

    /// What the definition gives.
    pub fn expected<T: Float>(&self) -> Array<T> {
        let leaves: Vec<Array<T>> = self.leaves.iter().map(in_type).collect();
        eval(&self.graph, &leaves, &self.naturals).swap_remove(self.output().index())
    }

    /// The model, what goes in, and what the definition says comes out.
    pub fn line<T: Float>(&self) -> Result<Value, Error> {
        let model = self.model::<T>()?;
        let (leaves, naturals) = self.arguments();
        let leaf = |index: usize| {
            let array: Array<T> = in_type(&self.leaves[index]);
            tensor(&format!("x{index}"), array.shape, &array.data)
        };
        let natural = |index: usize| counts(&format!("n{index}"), self.graph.naturals()[index], &self.naturals[index]);
        let inputs = leaves.into_iter().map(leaf).chain(naturals.into_iter().map(natural)).collect();
        let value: Array<T> = self.expected();
        Ok(line(&self.name, &model, inputs, vec![tensor("value", value.shape, &value.data)]))
    }
}
