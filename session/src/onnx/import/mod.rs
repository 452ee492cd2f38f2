//! Models as graphs.
//!
//! ```text
//! import/mod.rs          the file, its arguments and results, and which rule a node has
//! import/tensor.rs       tensors of the file
//! import/node.rs         a node and its attributes
//! import/reader.rs       the graph as it grows
//! import/value.rs        what a name stands for
//! import/elementwise.rs  the rules, one file a family
//! import/layout.rs
//! import/reduce.rs
//! import/product.rs
//! import/select.rs       indices, masks and other conditions
//! import/whole.rs        shapes that are computed
//! import/pruned.rs       the graph without what no result needs
//! ```

mod elementwise;
mod layout;
mod node;
mod product;
mod pruned;
mod reader;
mod reduce;
mod select;
mod tensor;
#[cfg(test)]
mod tests;
mod value;
mod whole;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::Path;

use prost::Message;

use super::message::{self, element};
use crate::Error;
use crate::ir::{DynShape, Graph, Id, NatId};
use crate::scalar::Float;
use crate::tensor::DynTensor;
use node::Call;
use reader::Reader;
use tensor::Initial;
use value::Value;

/// A size of an argument or a result.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Size {
    Fixed(usize),
    Symbol(String),
    Unknown,
}

/// An argument or a result.
struct Info {
    name: String,
    element: i32,
    sizes: Option<Vec<Size>>,
}

/// A model of ONNX that has been read.
///
/// What is read is docs/onnx.md's list of operations, of the versions 13 to 21, with numbers of the type `T`; everything
/// else is an error that names the node. Sizes may be symbols: [`into_typed`](Self::into_typed) takes them from the types
/// of the arguments, [`instance`](Self::instance) as numbers.
///
/// ```
/// use session::onnx::Import;
/// use session::prelude::*;
///
/// let w = Param::new(Tensor::<f32, shape![2, 2]>::from_array([[1.0, 2.0], [3.0, 4.0]])).named("w");
/// let function = Function::record(
///     Options::default(),
///     &["x"],
///     &["y"],
///     |s| w.bind(s),
///     |s, w, (x,): (TensorRef<shape![1, 2]>,)| s.matmul(x, w),
/// )?;
/// let bytes = function.to_onnx("product")?;
///
/// let model = Import::<f32>::read("product.onnx", &bytes)?;
/// let mut typed = model.into_typed::<(TensorRef<shape![1, 2]>,), TensorRef<shape![1, 2]>>(Options::default())?;
/// assert_eq!(typed.run((&Tensor::from_array([[1.0, 10.0]]),))?.to_vec(), [31.0, 42.0]);
///
/// let model = Import::<f32>::read("product.onnx", &bytes)?;
/// let error = model.into_typed::<(TensorRef<shape![1, 3]>,), TensorRef<shape![1, 2]>>(Options::default()).unwrap_err();
/// assert!(error.to_string().contains("argument `x` has the shape [1, 2], the type has [1, 3]"));
/// # Ok::<(), session::Error>(())
/// ```
pub struct Import<T: Float> {
    name: String,
    /// The number of bytes of the file.
    length: usize,
    initial: Vec<(String, Initial<T>)>,
    inputs: Vec<Info>,
    outputs: Vec<Info>,
    nodes: Vec<message::Node>,
}

/// An argument of an [`Instance`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Argument {
    /// Numbers.
    Leaf(Id),
    /// Indices, labels or a mask.
    Natural(NatId),
}

/// The graph of an [`Import`] for certain sizes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Instance<T: Float> {
    /// What is computed.
    pub graph: Graph,
    /// The values of the leaves that are part of the model; the others are arguments.
    pub leaves: Vec<Option<DynTensor<T>>>,
    /// The numbers of the natural-number inputs that are part of the model; the others are arguments.
    pub naturals: Vec<Option<Vec<usize>>>,
    /// The arguments by name, in the order of the model.
    pub arguments: Vec<(String, Argument)>,
    /// The results by name, in the order of the model.
    pub results: Vec<(String, Id)>,
}

impl<T: Float> Import<T> {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`]; as [`read`](Self::read).
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(Error::io(path))?;
        Self::read(&path.display().to_string(), &bytes)
    }

    /// Reads the bytes of a model; errors call it by this name.
    ///
    /// Its nodes are looked at when a graph is asked for, since what they mean depends on sizes.
    ///
    /// # Errors
    /// [`Error::Onnx`] for bytes that are no model, for versions that are not read, and for tensors whose numbers are not
    /// those that their shape and type ask for.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        parse(name, bytes).map_err(|reason| Error::Onnx { model: name.to_owned(), reason })
    }

    /// The names of the arguments.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = &str> {
        self.inputs.iter().map(|input| &*input.name)
    }

    /// The names of the results.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = &str> {
        self.outputs.iter().map(|output| &*output.name)
    }

    /// The names of the sizes that the arguments leave open, each once.
    pub fn symbols(&self) -> Vec<&str> {
        let (mut symbols, mut seen) = (Vec::new(), HashSet::new());
        for size in self.inputs.iter().filter_map(|input| input.sizes.as_deref()).flatten() {
            if let Size::Symbol(symbol) = size
                && seen.insert(&**symbol)
            {
                symbols.push(&**symbol);
            }
        }
        symbols
    }

    /// The graph where these symbols have these sizes.
    ///
    /// ```
    /// use session::ir::{DynShape, Graph, op};
    /// use session::onnx::{Export, Import};
    ///
    /// let mut graph = Graph::default();
    /// let x = graph.leaf(DynShape::new(&[2]));
    /// let y = graph.push(op::Exp {}, &[x])?;
    /// let bytes = Export::<f32>::new("exp", &graph).result("y", y).to_onnx()?;
    /// let instance = Import::<f32>::read("exp.onnx", &bytes)?.instance(&[])?;
    /// assert_eq!(instance.graph, graph);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Onnx`] if an argument has a size that is neither a number nor one of the symbols, and for a node that is
    /// not read or does not fit its operands.
    pub fn instance(&self, symbols: &[(&str, usize)]) -> Result<Instance<T>, Error> {
        let known: HashMap<&str, usize> = symbols.iter().rev().copied().collect();
        let shapes = self.inputs.iter().map(|input| {
            let sizes = input.sizes.iter().flatten().enumerate().map(|(axis, size)| match size {
                Size::Fixed(size) => Ok(*size),
                Size::Symbol(symbol) => known.get(&**symbol).copied().ok_or_else(|| {
                    format!("the argument `{}` has the size `{symbol}`, which was not given", input.name)
                }),
                Size::Unknown => Err(format!("the size of axis {axis} of the argument `{}` is not known", input.name)),
            });
            let sizes = sizes.collect::<Result<Vec<usize>, String>>()?;
            if input.sizes.is_none() {
                return Err(format!("the shape of the argument `{}` is not known", input.name));
            }
            reader::sized(sizes).map_err(|reason| format!("the argument `{}`: {reason}", input.name))
        });
        let shapes = shapes.collect::<Result<Vec<DynShape>, String>>().map_err(|reason| self.error(reason))?;
        self.build(&shapes)
    }

    /// The graph for arguments of these shapes and kinds: those of natural numbers are true.
    pub(crate) fn for_arguments(&self, arguments: &[(DynShape, bool)]) -> Result<Instance<T>, Error> {
        if arguments.len() != self.inputs.len() {
            let names: Vec<&str> = self.inputs().collect();
            let reason = format!("it has the arguments {names:?}, the type has {}", arguments.len());
            return Err(self.error(reason));
        }
        let mut symbols: HashMap<&str, usize> = HashMap::new();
        for (input, &(shape, natural)) in self.inputs.iter().zip(arguments) {
            let name = &input.name;
            let whole = [element::INT32, element::INT64].contains(&input.element);
            if whole != natural {
                let [found, asked] = [whole, natural].map(|natural| if natural { "natural numbers" } else { T::NAME });
                return Err(self.error(format!("the argument `{name}` is of {found}, the type is of {asked}")));
            }
            let Some(sizes) = &input.sizes else { continue };
            let fits = sizes.len() == shape.len()
                && sizes.iter().zip(shape.iter()).all(|(size, &given)| match size {
                    Size::Fixed(size) => *size == given,
                    Size::Symbol(symbol) => *symbols.entry(symbol).or_insert(given) == given,
                    Size::Unknown => true,
                });
            if !fits {
                let known = |symbol: &str| symbols.get(symbol).map_or(String::new(), |size| format!(" = {size}"));
                let sizes: Vec<String> = sizes
                    .iter()
                    .map(|size| match size {
                        Size::Fixed(size) => size.to_string(),
                        Size::Symbol(symbol) => format!("{symbol}{}", known(symbol)),
                        Size::Unknown => "?".to_owned(),
                    })
                    .collect();
                let reason =
                    format!("the argument `{name}` has the shape [{}], the type has {shape}", sizes.join(", "));
                return Err(self.error(reason));
            }
        }
        self.build(&arguments.iter().map(|&(shape, _)| shape).collect::<Vec<_>>())
    }

    pub(crate) fn error(&self, reason: impl Into<String>) -> Error {
        Error::Onnx { model: self.name.clone(), reason: reason.into() }
    }

    /// The graph for arguments of these shapes.
    fn build(&self, shapes: &[DynShape]) -> Result<Instance<T>, Error> {
        self.built(shapes).map_err(|reason| self.error(reason))
    }

    fn built(&self, shapes: &[DynShape]) -> Result<Instance<T>, String> {
        let mut reader = Reader::new(self.length);
        let mut arguments = Vec::new();
        for (input, &shape) in self.inputs.iter().zip(shapes) {
            let of_input = |reason: String| format!("the argument `{}`: {reason}", input.name);
            Reader::<T>::allowed(shape).map_err(of_input)?;
            let (argument, value) = if [element::INT32, element::INT64].contains(&input.element) {
                let id = reader.builder.input_nats(shape).map_err(|error| of_input(error.to_string()))?;
                (Argument::Natural(id), Value::Natural(id))
            } else {
                let id = reader.leaf(&input.name, shape, None).map_err(of_input)?;
                (Argument::Leaf(id), Value::Tensor(id))
            };
            reader.define(&input.name, value).map_err(of_input)?;
            arguments.push((input.name.clone(), argument));
        }
        for (name, initial) in &self.initial {
            let of_tensor = |reason: String| format!("the tensor `{name}`: {reason}");
            let value = reader.initial(name, initial.clone()).map_err(of_tensor)?;
            reader.define(name, value).map_err(of_tensor)?;
        }
        for (index, node) in self.nodes.iter().enumerate() {
            let of_node = |reason: String| {
                let name = if node.name.is_empty() { String::new() } else { format!(" `{}`", node.name) };
                format!("node {index}{name}, {}: {reason}", node.op_type)
            };
            self.node(&mut reader, node).and_then(|()| reader.count()).map_err(of_node)?;
        }
        let mut results = Vec::new();
        for output in &self.outputs {
            let of_output = |reason: String| format!("the result `{}`: {reason}", output.name);
            let Value::Tensor(id) = *reader.value(&output.name).map_err(of_output)? else {
                return Err(of_output(format!("it is no tensor of {}", T::NAME.to_lowercase())));
            };
            let shape = reader.shape(id);
            let fits = |sizes: &Vec<Size>| {
                let pairs = || sizes.iter().zip(shape.iter());
                sizes.len() == shape.len()
                    && pairs().all(|(size, found)| !matches!(size, Size::Fixed(size) if size != found))
            };
            if output.sizes.as_ref().is_some_and(|sizes| !fits(sizes)) {
                return Err(of_output(format!("it has the shape {shape}, which is not the one that is declared")));
            }
            results.push((output.name.clone(), id));
        }
        pruned::pruned(reader, arguments, results)
    }

    fn node(&self, reader: &mut Reader<T>, node: &message::Node) -> Result<(), String> {
        if !["", "ai.onnx"].contains(&&*node.domain) {
            return Err(format!("it is of the domain `{}`", node.domain));
        }
        if node.op_type == "Constant" {
            // It is among the initializers.
            return Ok(());
        }
        let name = match &*node.output {
            [name] => name,
            // The mask of a dropout and the statistics of a normalisation are not computed.
            [name, rest @ ..] if rest.iter().all(String::is_empty) => name,
            other => return Err(format!("it has {} results; one is read", other.len())),
        };
        let call = &Call::new(node);
        let value = self.value(reader, call)?;
        call.finish()?;
        reader.define(name, value)
    }

    fn value(&self, reader: &mut Reader<T>, call: &Call<'_>) -> Result<Value, String> {
        let op = &*call.node.op_type;
        if op == "Shape" {
            return reader.shape_of(call);
        }
        if op == "Dropout" {
            call.float("ratio", 0.5)?;
            call.int("seed")?;
            call.operand(1);
            if call.operand(2).is_some() {
                return Err("it may be in training".to_owned());
            }
        }
        let first = if call.node.input.is_empty() { None } else { reader.optional(call, 0)? };
        let numbers = match &first {
            Some(Value::Whole(shape, data)) => {
                if let Some(value) = reader.of_whole(call, *shape, data)? {
                    return Ok(value);
                }
                true
            }
            Some(Value::Tensor(_)) | None => true,
            Some(_) => false,
        };
        let plain =
            !matches!(op, "Where" | "Gather" | "And" | "Cast") && !op.contains("Less") && !op.contains("Greater");
        if numbers && plain {
            if let Some(value) = reader.binary(call)? {
                return Ok(value);
            }
            for rule in [Reader::unary, Reader::layout, Reader::reduction, Reader::product] {
                if let Some(id) = rule(reader, call)? {
                    return Ok(Value::Tensor(id));
                }
            }
        }
        match reader.condition(call)? {
            Some(value) => Ok(value),
            None => Err("this operation is not read".to_owned()),
        }
    }
}

impl<T: Float> fmt::Debug for Import<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (inputs, outputs): (Vec<&str>, Vec<&str>) = (self.inputs().collect(), self.outputs().collect());
        write!(f, "Import of {} with {} operations, from {inputs:?} to {outputs:?}", self.name, self.nodes.len())
    }
}

/// The model in these bytes.
fn parse<T: Float>(name: &str, bytes: &[u8]) -> Result<Import<T>, String> {
    let mut rest = bytes;
    let model = message::Model::decode(&mut rest)
        .map_err(|error| format!("it is no model of ONNX: at byte {}: {error}", bytes.len() - rest.len()))?;
    let own = model.opset_import.iter().filter(|set| ["", "ai.onnx"].contains(&&*set.domain));
    match own.map(|set| set.version).collect::<Vec<i64>>()[..] {
        [13..=super::OPSET] => {}
        [version] => {
            return Err(format!("its operators are of version {version}; 13 to {} are read", super::OPSET));
        }
        [] => return Err("it does not say of which version its operators are".to_owned()),
        [first, second, ..] => return Err(format!("its operators are of version {first} and of version {second}")),
    }
    if let Some(function) = model.functions.first() {
        return Err(format!("it has a function of its own, `{}`", function.name));
    }
    let graph = model.graph.ok_or("it has no graph")?;
    if !graph.sparse_initializer.is_empty() {
        return Err("it has sparse tensors".to_owned());
    }
    let mut initial = Vec::new();
    let mut names: HashSet<&str> = HashSet::new();
    for tensor in &graph.initializer {
        let read = Initial::read(tensor).map_err(|reason| format!("the tensor `{}`: {reason}", tensor.name))?;
        if !names.insert(&tensor.name) {
            return Err(format!("two values are named `{}`", tensor.name));
        }
        initial.push((tensor.name.clone(), read));
    }
    for (index, node) in graph.node.iter().enumerate().filter(|(_, node)| node.op_type == "Constant") {
        let of_node = |reason: String| format!("node {index}, Constant: {reason}");
        let [name] = &*node.output else { return Err(of_node("it has not one result".to_owned())) };
        initial.push((name.clone(), constant(node).map_err(of_node)?));
    }
    // Up to version 3 of the format initializers were among the inputs, and some still write them there.
    let given = graph.input.iter().filter(|input| !names.contains(&*input.name));
    let inputs = given.map(|input| info::<T>(input, true)).collect::<Result<Vec<Info>, String>>()?;
    let outputs = graph.output.iter().map(|output| info::<T>(output, false)).collect::<Result<Vec<Info>, String>>()?;
    if outputs.is_empty() {
        return Err("it has no results".to_owned());
    }
    Ok(Import { name: name.to_owned(), length: bytes.len(), initial, inputs, outputs, nodes: graph.node })
}

/// The tensor of a node that is a constant.
fn constant<T: Float>(node: &message::Node) -> Result<Initial<T>, String> {
    let call = Call::new(node);
    let found = if let Some(tensor) = call.tensor("value")? {
        Initial::read(tensor)
    } else if let Some(number) = call.int("value_int")? {
        Ok(Initial::Whole(DynShape::SCALAR, vec![number]))
    } else if let Some(list) = call.ints("value_ints")? {
        Ok(Initial::Whole(DynShape::new(&[list.len()]), list.to_vec()))
    } else if node.attribute.iter().any(|attribute| attribute.name == "value_float") {
        let number = T::from_f64(call.float("value_float", 0.0)?);
        let tensor = DynTensor::new(DynShape::SCALAR, vec![number]).map_err(|error| error.to_string())?;
        Ok(Initial::Numbers(tensor))
    } else {
        Err("it has no value that is read".to_owned())
    };
    call.finish()?;
    found
}

fn info<T: Float>(value: &message::ValueInfo, input: bool) -> Result<Info, String> {
    let what = if input { "argument" } else { "result" };
    let refuse = |reason: String| format!("the {what} `{}`: {reason}", value.name);
    let of = value.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let of = of.ok_or_else(|| refuse("it is no tensor".to_owned()))?;
    let own = tensor::element_of::<T>();
    if of.elem_type != own && !(input && [element::INT32, element::INT64].contains(&of.elem_type)) {
        let [found, own] = [of.elem_type, own].map(tensor::type_name);
        return Err(refuse(format!("it is of the type {found}, and read as {own}")));
    }
    let size = |dimension: &message::Dimension| match (dimension.dim_value, &dimension.dim_param) {
        (Some(size), _) => {
            usize::try_from(size).map(Size::Fixed).map_err(|_| refuse(format!("it has the size {size}")))
        }
        (None, Some(symbol)) if !symbol.is_empty() => Ok(Size::Symbol(symbol.clone())),
        _ => Ok(Size::Unknown),
    };
    let sizes = of.shape.as_ref().map(|shape| shape.dim.iter().map(size).collect::<Result<Vec<Size>, String>>());
    Ok(Info { name: value.name.clone(), element: of.elem_type, sizes: sizes.transpose()? })
}
