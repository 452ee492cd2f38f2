//! A module with numbers to run it on, and what they should give.

use serde_json::{Map, Value, json};
use session::Float;
use session::autodiff::{forward, reverse};
use session::export::{Module, Naturals, Numbers};
use session::ir::{DynShape, Graph, Id};
use session::semantics::{Array, eval};

/// Named values of a graph.
pub type Results = Vec<(String, Id)>;

/// A graph with the values of its leaves and its natural-number inputs.
pub struct Case {
    pub name: String,
    pub graph: Graph,
    pub results: Results,
    pub leaves: Vec<Array<f64>>,
    pub naturals: Vec<Vec<usize>>,
}

impl Case {
    /// The last value of a graph for the leaves, and its derivatives: the gradient, the tangent, and the tangent of the
    /// gradient.
    pub fn derivatives(
        name: String,
        graph: &Graph,
        leaves: &[Array<f64>],
        tangents: &[Array<f64>],
        cotangent: &Array<f64>,
        naturals: &[Vec<usize>],
    ) -> Self {
        let output = graph.ids().next_back().expect("a graph has values");
        let ids: Vec<Id> = (0..leaves.len()).map(Id::new).collect();
        let gradient = reverse(graph, &[output]);
        let tangent = forward(&gradient.graph, &ids);
        let value = gradient.value[output.index()];
        let mut results = vec![("value".to_owned(), tangent.value[value.index()])];
        let pushed = |id: Id| tangent.gradient[id.index()];
        results.extend(pushed(value).map(|id| ("tangent".to_owned(), id)));
        for leaf in &ids {
            let Some(id) = gradient.gradient[leaf.index()] else { continue };
            results.push((format!("gradient.{}", leaf.index()), tangent.value[id.index()]));
            results.extend(pushed(id).map(|id| (format!("gradient_tangent.{}", leaf.index()), id)));
        }
        let leaves = [leaves, std::slice::from_ref(cotangent), tangents].concat();
        Self { name, graph: tangent.graph, results, leaves, naturals: naturals.to_vec() }
    }

    /// The names of the operations that the results need.
    pub fn operations(&self) -> Vec<&'static str> {
        let mut needed = vec![false; self.graph.len()];
        self.results.iter().for_each(|(_, id)| needed[id.index()] = true);
        let mut names = Vec::new();
        for (id, node) in self.graph.node_ids().zip(self.graph.nodes()).rev() {
            if needed[id.index()] {
                node.operands.iter().for_each(|operand| needed[operand.index()] = true);
                names.push(node.op.name());
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The module, what goes in, and what the definition says comes out, as a line of JSON.
    pub fn line<T: Float>(&self, numbers: Numbers, naturals: Naturals) -> Value {
        let module = Module::new("case", &self.graph).numbers(numbers).naturals(naturals);
        let module = self.results.iter().fold(module, |module, (name, id)| module.result(name, *id));
        let text = module.to_stablehlo().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let leaves: Vec<Array<T>> = self
            .leaves
            .iter()
            .map(|leaf| Array::new(leaf.shape, leaf.data.iter().map(|&x| T::from_f64(x)).collect()))
            .collect();
        let values = eval(&self.graph, &leaves, &self.naturals);
        let inputs = leaves.iter().map(|leaf| tensor(leaf.shape, &leaf.data));
        let indices = self.graph.naturals().iter().zip(&self.naturals);
        let inputs = inputs.chain(indices.map(|(&shape, list)| counts(shape, list, naturals)));
        let expected = self.results.iter().map(|(name, id)| {
            let value = &values[id.index()];
            json!({ "name": name, "tensor": tensor(value.shape, &value.data) })
        });
        line(&self.name, &self.operations(), &text, inputs.collect(), expected.collect())
    }
}

/// A line of JSON for the runner.
pub fn line(name: &str, operations: &[&str], module: &str, inputs: Vec<Value>, expected: Vec<Value>) -> Value {
    let fields = [
        ("name", json!(name)),
        ("operations", json!(operations)),
        ("module", json!(module)),
        ("inputs", Value::Array(inputs)),
        ("expected", Value::Array(expected)),
    ];
    Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

/// A tensor with its numbers as bits, since JSON has neither NaN nor infinities.
pub fn tensor<T: Float>(shape: DynShape, data: &[T]) -> Value {
    let width = if T::NAME == "F32" { 8 } else { 16 };
    let bits: String = data.iter().map(|x| format!("{:0width$x}", x.bits())).collect();
    json!({ "type": T::NAME.to_lowercase(), "shape": shape.to_vec(), "bits": bits })
}

/// Natural numbers as bits.
pub fn counts(shape: DynShape, list: &[usize], naturals: Naturals) -> Value {
    let (kind, width) = match naturals {
        Naturals::I32 => ("i32", 8),
        Naturals::I64 => ("i64", 16),
    };
    let bits: String = list.iter().map(|number| format!("{number:0width$x}")).collect();
    json!({ "type": kind, "shape": shape.to_vec(), "bits": bits })
}
