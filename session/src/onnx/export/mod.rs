//! Graphs as models.
//!
//! ```text
//! export/mod.rs          what is exported, and which rule an operation has
//! export/size.rs         sizes that depend on the batch
//! export/batch.rs        two recordings, compared
//! export/writer.rs       nodes and initializers
//! export/elementwise.rs  the rules, one file a family
//! export/layout.rs
//! export/reduce.rs
//! export/product.rs
//! export/window.rs
//! export/index.rs
//! ```

mod batch;
mod elementwise;
mod index;
mod layout;
mod product;
mod reduce;
mod size;
mod window;
mod writer;

use prost::Message;

use super::message::{self, element};
use crate::Error;
use crate::export::{Names, Numbers, needed};
use crate::ir::op::ops;
use crate::ir::{Graph, Id, NatId, Op, op};
use crate::scalar::Float;
use crate::tensor::DynTensor;
use size::{Size, sizes};
use writer::{Value, Writer};

/// A natural-number input of the graph.
enum Natural<'a> {
    /// An argument of the model.
    Input(Value),
    /// Numbers that are part of it.
    Captured { shape: Vec<usize>, list: &'a [usize] },
}

impl Natural<'_> {
    fn value(&self, to: &mut Writer) -> Value {
        match self {
            Self::Input(value) => value.clone(),
            Self::Captured { shape, list } => to.whole(list.iter().map(|&number| number as i64), shape),
        }
    }

    /// Whether it is known that all are below a number.
    fn all_below(&self, size: usize) -> bool {
        matches!(self, Self::Captured { list, .. } if list.iter().all(|&number| number < size))
    }
}

/// The node whose rule is asked for.
struct Site<'a> {
    operands: &'a [&'a Value],
    naturals: &'a [Natural<'a>],
    shape: &'a [Size],
}

impl Site<'_> {
    fn natural(&self, id: NatId) -> &Natural<'_> {
        &self.naturals[id.index()]
    }
}

/// The rule of an operation: what it is in ONNX, or why it is nothing.
trait Lower {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String>;
}

/// Operations that are no part of inference.
macro_rules! refused {
    ($($op:ident)*) => {$(
        impl Lower for op::$op {
            fn lower(&self, _: &mut Writer, _: &Site<'_>) -> Result<Value, String> {
                Err("it is an operation of training, for which there is no rule".to_owned())
            }
        }
    )*};
}

refused! {
    ConvWeight MaxPoolSelect MaxPoolScatter AvgPoolSpread Fold ScatterRows ScatterLast Dropout
}

macro_rules! dispatch {
    ($($(#[$doc:meta])* $op:ident $name:literal $arity:tt..=$most:tt { $($attributes:tt)* })*) => {
        impl Lower for Op {
            fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
                match self {
                    $(Self::$op(op) => op.lower(to, site),)*
                }
            }
        }
    };
}

ops!(dispatch);

/// A graph to be written as a model of ONNX.
///
/// Its arguments are the leaves in order, then the natural-number inputs, which are of the type `int64`; those that have
/// a [`value`](Self::value) are initializers. [`Function::to_onnx`](crate::Function::to_onnx) does this for functions.
///
/// ```
/// use session::ir::{DynShape, Graph, op};
/// use session::onnx::Export;
/// use session::prelude::*;
///
/// let mut graph = Graph::default();
/// let w = graph.leaf(DynShape::new(&[2]));
/// let x = graph.leaf(DynShape::new(&[2]));
/// graph.set_name(w, "w");
/// graph.set_name(x, "x");
/// let y = graph.push(op::Mul {}, &[w, x])?;
/// let weight = Tensor::<f32, shape![2]>::from_array([3.0, 4.0]);
/// let bytes = Export::<f32>::new("scale", &graph).value(w, weight.into()).result("y", y).to_onnx()?;
///
/// let model = session::onnx::Import::<f32>::read("scale.onnx", &bytes)?;
/// let mut scale = model.into_typed::<(TensorRef<shape![2]>,), TensorRef<shape![2]>>(Options::default())?;
/// assert_eq!(scale.run((&Tensor::from_array([1.0, 10.0]),))?.to_vec(), [3.0, 40.0]);
/// # Ok::<(), session::Error>(())
/// ```
pub struct Export<'a, T: Float> {
    name: String,
    graph: &'a Graph,
    values: Vec<Option<DynTensor<T>>>,
    lists: Vec<Option<Vec<usize>>>,
    natural_names: Vec<String>,
    results: Vec<(String, Id)>,
    batch: Option<(String, Box<Export<'a, T>>)>,
}

impl<'a, T: Float> Export<'a, T> {
    /// The model of a graph, without results.
    ///
    /// Arguments have the names of their leaves, or `x` and the number of the leaf; natural-number inputs are `n` and
    /// their number. Characters that are neither letters of ASCII nor digits nor one of `_.$-` become `_`, and of equal
    /// names the later ones get a number.
    pub fn new(name: &str, graph: &'a Graph) -> Self {
        Self {
            name: name.to_owned(),
            graph,
            values: vec![None; graph.leaves().len()],
            lists: vec![None; graph.naturals().len()],
            natural_names: (0..graph.naturals().len()).map(|index| format!("n{index}")).collect(),
            results: Vec::new(),
            batch: None,
        }
    }

    /// With the value of a leaf as a part of the model.
    ///
    /// # Panics
    /// If it is no leaf, or the value has another shape.
    #[must_use]
    #[track_caller]
    pub fn value(mut self, leaf: Id, value: DynTensor<T>) -> Self {
        let (expected, found) = (self.graph.leaves()[leaf.index()], value.shape());
        assert_eq!(expected, found, "the value of the leaf {leaf}");
        self.values[leaf.index()] = Some(value);
        self
    }

    /// With the numbers of a natural-number input as a part of the model.
    ///
    /// # Panics
    /// If the graph has no such input, or there are too many or too few numbers.
    #[must_use]
    #[track_caller]
    pub fn natural_value(mut self, input: NatId, numbers: Vec<usize>) -> Self {
        assert_eq!(self.graph.naturals()[input.index()].elements(), numbers.len(), "the numbers of {input}");
        self.lists[input.index()] = Some(numbers);
        self
    }

    /// With a name for a natural-number input.
    ///
    /// # Panics
    /// If the graph has no such input.
    #[must_use]
    #[track_caller]
    pub fn natural_name(mut self, input: NatId, name: &str) -> Self {
        name.clone_into(&mut self.natural_names[input.index()]);
        self
    }

    /// With a further result.
    #[must_use]
    pub fn result(mut self, name: &str, value: Id) -> Self {
        self.results.push((name.to_owned(), value));
        self
    }

    /// For any size of the batch, which the model calls `symbol`: `other` is the same recorded with a batch of another
    /// size.
    ///
    /// What has another size there must be a multiple of the batch, and nothing else may differ.
    #[must_use]
    pub fn batch(mut self, symbol: &str, other: Self) -> Self {
        self.batch = Some((symbol.to_owned(), Box::new(other)));
        self
    }

    fn error(&self, reason: impl Into<String>) -> Error {
        Error::Export { module: self.name.clone(), reason: reason.into() }
    }

    /// The bytes of the model.
    ///
    /// # Errors
    /// [`Error::NoSuchValue`] for a result that is none. [`Error::Export`] for an operation without a rule, for results
    /// of which there are none, and if the two recordings of [`batch`](Self::batch) are not the same but for the batch;
    /// it names the operation and its node.
    pub fn to_onnx(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        let batches = self.batches()?;
        let other = self.batch.as_ref().map_or(self.graph, |(_, other)| other.graph);
        let symbol = self.batch.as_ref().map(|(symbol, _)| symbol.as_str());
        let shape = |id: Id| sizes(batches, self.graph.shape(id), other.shape(id));

        // One list of names: that of a result may not be that of an argument.
        let mut names = Names::default();
        let leaves: Vec<String> = (0..self.values.len())
            .map(|leaf| names.unique(self.graph.name(Id::new(leaf)).unwrap_or(&format!("x{leaf}"))))
            .collect();
        let naturals: Vec<String> = self.natural_names.iter().map(|name| names.unique(name)).collect();
        let results: Vec<String> = self.results.iter().map(|(name, _)| names.unique(name)).collect();

        let mut inputs: Vec<(Value, i32)> = Vec::new();
        let number = Writer::new(Numbers::of::<T>(), None).element();
        for (leaf, name) in leaves.iter().enumerate().filter(|(leaf, _)| self.values[*leaf].is_none()) {
            let shape = shape(Id::new(leaf)).map_err(|reason| self.error(format!("argument `{name}`: {reason}")))?;
            inputs.push((Value { name: name.clone(), shape }, number));
        }
        for (index, name) in naturals.iter().enumerate().filter(|(index, _)| self.lists[*index].is_none()) {
            let shape = sizes(batches, self.graph.naturals()[index], other.naturals()[index])
                .map_err(|reason| self.error(format!("argument `{name}`: {reason}")))?;
            inputs.push((Value { name: name.clone(), shape }, element::INT64));
        }
        let axis = |(input, _): &(Value, i32)| {
            let axis = input.shape.iter().position(|&size| size == Size::Batch(1))?;
            Some((input.name.clone(), axis))
        };
        let to = &mut Writer::new(Numbers::of::<T>(), inputs.iter().find_map(axis));

        let needed = needed(self.graph, self.results.iter().map(|&(_, id)| id));
        let mut values: Vec<Option<Value>> = vec![None; self.graph.len()];
        for (leaf, name) in leaves.iter().enumerate() {
            values[leaf] = match &self.values[leaf] {
                None => inputs.iter().find(|(input, _)| input.name == *name).map(|(input, _)| input.clone()),
                Some(value) if needed[leaf] => {
                    let bytes = to.bytes(value.as_slice().iter().map(|number| number.to_f64()));
                    Some(to.named(name, &value.shape(), bytes))
                }
                Some(_) => None,
            };
        }
        let given: Vec<Natural<'_>> = (0..naturals.len())
            .map(|index| match &self.lists[index] {
                Some(list) => Natural::Captured { shape: self.graph.naturals()[index].to_vec(), list },
                None => {
                    let input = inputs.iter().find(|(input, _)| input.name == naturals[index]);
                    Natural::Input(input.expect("it is an input").0.clone())
                }
            })
            .collect();

        for (id, node) in self.graph.node_ids().zip(self.graph.nodes()).filter(|(id, _)| needed[id.index()]) {
            let name = node.op.name();
            let refuse = |reason: String| self.error(format!("{name} at {id}: {reason}"));
            to.begin(format!("{name}_{}", id.index()));
            let shape = shape(id).map_err(refuse)?;
            let operands: Vec<&Value> = node
                .operands
                .iter()
                .map(|operand| values[operand.index()].as_ref().expect("operands come first"))
                .collect();
            let site = Site { operands: &operands, naturals: &given, shape: &shape };
            let value = lower(&node.op, to, &site).map_err(refuse)?;
            debug_assert_eq!(value.shape, shape, "the shape of {id}, {name}");
            values[id.index()] = Some(Value { name: value.name, shape });
        }

        let mut outputs = Vec::new();
        let mut renamed = std::collections::HashMap::new();
        for ((_, id), name) in self.results.iter().zip(&results) {
            let mut value = values[id.index()].clone().expect("results are needed");
            // What is no value of a node, or is a result already, gets one of its own.
            if renamed.contains_key(&value.name) || !to.computes(&value.name) {
                to.begin(format!("result_{name}"));
                value = to.identity(&value);
            }
            renamed.insert(value.name.clone(), name.clone());
            outputs.push((Value { name: name.clone(), shape: value.shape }, number));
        }
        let (mut nodes, initializer) = std::mem::replace(to, Writer::new(Numbers::of::<T>(), None)).into_parts();
        for name in nodes.iter_mut().flat_map(|node| node.input.iter_mut().chain(&mut node.output)) {
            if let Some(result) = renamed.get(name) {
                name.clone_from(result);
            }
        }

        let info = |values: Vec<(Value, i32)>| {
            values.into_iter().map(|(value, kind)| value_info(value, kind, symbol)).collect::<Vec<_>>()
        };
        let graph = message::Graph {
            node: nodes,
            name: self.name.clone(),
            initializer,
            input: info(inputs),
            output: info(outputs),
            sparse_initializer: Vec::new(),
        };
        let model = message::Model {
            ir_version: super::IR_VERSION,
            producer_name: "session".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(graph),
            opset_import: vec![message::OperatorSet { domain: String::new(), version: super::OPSET }],
            functions: Vec::new(),
        };
        Ok(model.encode_to_vec())
    }

    fn check(&self) -> Result<(), Error> {
        let count = self.graph.len();
        if let Some(&(_, id)) = self.results.iter().find(|(_, id)| id.index() >= count) {
            return Err(Error::NoSuchValue { id, count });
        }
        if self.results.is_empty() {
            return Err(self.error("a model has at least one result"));
        }
        if self.name.is_empty() {
            return Err(self.error("a model has a name"));
        }
        self.check_batch()
    }
}

/// What is empty need not be computed, and nothing is asked of engines where operands are empty but the value is not.
fn lower(op: &Op, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
    if site.shape.contains(&Size::Fixed(0)) {
        return match site.shape.iter().map(|size| size.fixed()).collect::<Result<Vec<usize>, _>>() {
            Ok(shape) => Ok(to.numbers([], &shape)),
            Err(_) => Ok(to.full(0.0, site.shape)),
        };
    }
    let over_nothing = matches!(op, Op::Sum(_) | Op::Mean(_) | Op::GatherRows(_) | Op::Concat(_) | Op::Pad(_));
    if !over_nothing && site.operands.iter().any(|operand| operand.is_empty()) {
        return Err("an operand has an axis of size 0".to_owned());
    }
    op.lower(to, site)
}

fn value_info(value: Value, elem_type: i32, symbol: Option<&str>) -> message::ValueInfo {
    let dimension = |size: &Size| match *size {
        Size::Fixed(size) => message::Dimension { dim_value: Some(size as i64), dim_param: None },
        Size::Batch(1) => message::Dimension { dim_value: None, dim_param: symbol.map(str::to_owned) },
        // A multiple has no form of its own: the engine finds it.
        Size::Batch(_) => message::Dimension::default(),
    };
    let shape = message::Shape { dim: value.shape.iter().map(dimension).collect() };
    let tensor_type = Some(message::TensorType { elem_type, shape: Some(shape) });
    message::ValueInfo { name: value.name, r#type: Some(message::Type { tensor_type }) }
}
