//! The graph that a model becomes, node by node.

use std::collections::HashMap;
use std::rc::Rc;

use super::node::Call;
use super::tensor::Initial;
use super::value::{Truth, Value};
use crate::builder::GraphBuilder;
use crate::ir::{DynShape, Id, NatId, Op, op};
use crate::scalar::Float;
use crate::tensor::DynTensor;

/// The most elements of a value: 1 GiB in `f32`.
const MAX_ELEMENTS: usize = 1 << 28;

/// The most elements that the values of a graph have together.
const MAX_TOGETHER: usize = 1 << 40;

/// The most operations of a graph.
const MAX_NODES: usize = 1 << 20;

/// The whole numbers that any model may have computed: one more for each byte of the file.
const WHOLE_NUMBERS: usize = 1 << 16;

/// Numbers that are chosen by a mask, else one repeated number.
#[derive(Clone)]
pub(super) struct Chosen {
    pub(super) mask: Truth,
    pub(super) x: Id,
}

pub(super) struct Reader<T: Float> {
    pub(super) builder: GraphBuilder,
    /// The leaves that are part of the model.
    pub(super) leaves: Vec<Option<DynTensor<T>>>,
    values: HashMap<String, Value>,
    /// The values that have one known number everywhere.
    numbers: HashMap<Id, f64>,
    /// How many values and natural-number inputs have been counted, and the elements of both.
    counted: (usize, usize),
    elements: usize,
    /// How many whole numbers may yet be made: computed, or captured for an operation.
    left: usize,
    /// Values with `-inf` where a mask does not hold, and their softmax along the last axis.
    pub(super) lowered: HashMap<Id, Chosen>,
    pub(super) softmaxed: HashMap<Id, Chosen>,
}

impl<T: Float> Reader<T> {
    /// For a file of this length.
    pub(super) fn new(length: usize) -> Self {
        Self {
            builder: GraphBuilder::new(),
            leaves: Vec::new(),
            values: HashMap::new(),
            numbers: HashMap::new(),
            counted: (0, 0),
            elements: 0,
            left: length.saturating_add(WHOLE_NUMBERS),
            lowered: HashMap::new(),
            softmaxed: HashMap::new(),
        }
    }

    /// A leaf, with its numbers if they are part of the model.
    pub(super) fn leaf(&mut self, name: &str, shape: DynShape, value: Option<DynTensor<T>>) -> Result<Id, String> {
        Self::allowed(shape)?;
        let id = self.builder.input_named(name, shape).map_err(|error| error.to_string())?;
        // One element on an axis may be a parameter that was learnt: it stays one.
        if let Some([number]) = value.as_ref().map(DynTensor::as_slice)
            && shape.is_empty()
        {
            self.numbers.insert(id, number.to_f64());
        }
        self.leaves.push(value);
        Ok(id)
    }

    /// What an initializer stands for.
    pub(super) fn initial(&mut self, name: &str, initial: Initial<T>) -> Result<Value, String> {
        Ok(match initial {
            Initial::Numbers(value) => Value::Tensor(self.leaf(name, value.shape(), Some(value))?),
            Initial::Whole(shape, data) => Value::Whole(shape, data.into()),
            Initial::Truths(shape, data) => Value::Truth(Truth::Known(shape, data.into())),
        })
    }

    pub(super) fn define(&mut self, name: &str, value: Value) -> Result<(), String> {
        if name.is_empty() {
            return Err("a value has no name".to_owned());
        }
        match self.values.insert(name.to_owned(), value) {
            Some(_) => Err(format!("two values are named `{name}`")),
            None => Ok(()),
        }
    }

    pub(super) fn value(&self, name: &str) -> Result<&Value, String> {
        self.values.get(name).ok_or_else(|| format!("there is no earlier value `{name}`"))
    }

    /// An operand, if the node has it.
    pub(super) fn optional(&self, call: &Call<'_>, index: usize) -> Result<Option<Value>, String> {
        call.operand(index).map(|name| self.value(name).cloned()).transpose()
    }

    pub(super) fn operand(&self, call: &Call<'_>, index: usize) -> Result<Value, String> {
        self.optional(call, index)?.ok_or_else(|| format!("it has no operand {index}"))
    }

    /// An operand of numbers.
    pub(super) fn tensor(&mut self, call: &Call<'_>, index: usize) -> Result<Id, String> {
        match self.operand(call, index)? {
            Value::Tensor(id) => Ok(id),
            _ => Err(format!("operand {index} is no tensor of {}", T::NAME.to_lowercase())),
        }
    }

    pub(super) fn optional_tensor(&mut self, call: &Call<'_>, index: usize) -> Result<Option<Id>, String> {
        if self.optional(call, index)?.is_some() { self.tensor(call, index).map(Some) } else { Ok(None) }
    }

    /// An operand that is a list of whole numbers and known.
    pub(super) fn list(&self, call: &Call<'_>, index: usize) -> Result<Option<Rc<[i64]>>, String> {
        match self.optional(call, index)? {
            None => Ok(None),
            Some(Value::Whole(shape, list)) if shape.len() <= 1 => Ok(Some(list)),
            Some(_) => Err(format!("operand {index} is no list of whole numbers that are known")),
        }
    }

    /// The number that a value is known to have everywhere.
    pub(super) fn number(&self, id: Id) -> Option<f64> {
        self.numbers.get(&id).copied()
    }

    /// An operand that is one known number.
    pub(super) fn known(&mut self, call: &Call<'_>, index: usize) -> Result<Option<f64>, String> {
        let Some(id) = self.optional_tensor(call, index)? else { return Ok(None) };
        let alone = |value: &DynTensor<T>| match value.as_slice() {
            [number] => Some(number.to_f64()),
            _ => None,
        };
        let found = self.number(id).or_else(|| alone(self.leaves.get(id.index())?.as_ref()?));
        found.map(Some).ok_or_else(|| format!("operand {index} is no number that is known"))
    }

    pub(super) fn op(&self, id: Id) -> Option<&Op> {
        self.builder.graph().node(id).map(|node| &node.op)
    }

    /// The only operand of a node.
    pub(super) fn under(&self, id: Id) -> Option<Id> {
        self.builder.graph().node(id)?.operands.first().copied()
    }

    pub(super) fn shape(&self, id: Id) -> DynShape {
        self.builder.graph().shape(id)
    }

    pub(super) fn natural_shape(&self, id: NatId) -> DynShape {
        self.builder.graph().naturals()[id.index()]
    }

    /// Whether a value may be as large as this.
    pub(super) fn allowed(shape: DynShape) -> Result<DynShape, String> {
        match shape.countable()? {
            count if count <= MAX_ELEMENTS => Ok(shape),
            _ => Err(format!("a value of the shape {shape} has more than {MAX_ELEMENTS} elements")),
        }
    }

    pub(super) fn push(&mut self, op: impl Into<Op>, operands: &[Id]) -> Result<Id, String> {
        if self.builder.graph().nodes().len() >= MAX_NODES {
            return Err(format!("the graph has more than {MAX_NODES} operations"));
        }
        let op = op.into();
        let number = match &op {
            Op::Full(full) => Some(full.value.value()),
            Op::Reshape(_) | Op::Broadcast(_) => self.number(operands[0]),
            _ => None,
        };
        let id = self.builder.push(op, operands).map_err(|error| error.to_string())?;
        number.map(|number| self.numbers.insert(id, number));
        Self::allowed(self.shape(id)).map(|_| id)
    }

    /// Counts the values that are new.
    pub(super) fn count(&mut self) -> Result<(), String> {
        for index in self.counted.0..self.builder.graph().len() {
            self.elements = self.elements.saturating_add(Self::allowed(self.shape(Id::new(index)))?.elements());
        }
        let naturals = self.builder.graph().naturals();
        for shape in &naturals[self.counted.1..] {
            self.elements = self.elements.saturating_add(shape.countable()?);
        }
        self.counted = (self.builder.graph().len(), naturals.len());
        if self.elements > MAX_TOGETHER {
            return Err(format!(
                "the values up to here have {} elements, at most {MAX_TOGETHER} are read",
                self.elements
            ));
        }
        Ok(())
    }

    pub(super) fn full(&mut self, shape: DynShape, value: f64) -> Result<Id, String> {
        Self::allowed(shape)?;
        self.push(op::Full { shape, value: value.into() }, &[])
    }

    pub(super) fn reshape(&mut self, x: Id, to: DynShape) -> Result<Id, String> {
        if self.shape(x) == to { Ok(x) } else { self.push(op::Reshape { to }, &[x]) }
    }

    pub(super) fn permute(&mut self, x: Id, axes: DynShape) -> Result<Id, String> {
        if axes.iter().copied().eq(0..axes.len()) { Ok(x) } else { self.push(op::Permute { axes }, &[x]) }
    }

    /// The value repeated to a larger shape.
    pub(super) fn repeat(&mut self, x: Id, to: DynShape) -> Result<Id, String> {
        if self.shape(x) == to {
            return Ok(x);
        }
        match self.number(x) {
            Some(number) => self.full(to, number),
            None => self.push(op::Broadcast { to }, &[x]),
        }
    }

    /// Whether a value is repeated to the shape of another, which stays as it is.
    pub(super) fn fits(&self, small: Id, large: Id) -> bool {
        broadcast(self.shape(small), self.shape(large)) == Ok(self.shape(large))
    }

    /// All of one shape, as ONNX repeats them.
    pub(super) fn alike<const N: usize>(&mut self, values: [Id; N]) -> Result<[Id; N], String> {
        let mut shape = DynShape::SCALAR;
        for value in values {
            shape = broadcast(shape, self.shape(value))?;
        }
        let mut alike = values;
        for value in &mut alike {
            *value = self.repeat(*value, shape)?;
        }
        Ok(alike)
    }

    /// A natural-number input with known numbers.
    pub(super) fn capture(&mut self, shape: DynShape, numbers: Vec<usize>) -> Result<NatId, String> {
        self.made(numbers.len())?;
        Ok(self.builder.capture(shape, &numbers))
    }

    /// So many whole numbers are made, which take memory that the file may not have: a node can ask for them in a few
    /// bytes.
    pub(super) fn made(&mut self, count: usize) -> Result<(), String> {
        self.left =
            self.left.checked_sub(count).ok_or("the whole numbers up to here are too many for a file of its length")?;
        Ok(())
    }
}

/// The shape that two become when both are repeated.
pub(super) fn broadcast(a: DynShape, b: DynShape) -> Result<DynShape, String> {
    let rank = a.len().max(b.len());
    let size = |shape: &DynShape, axis: usize| match (axis + shape.len()).checked_sub(rank) {
        Some(axis) => shape[axis],
        None => 1,
    };
    let sizes = (0..rank).map(|axis| match (size(&a, axis), size(&b, axis)) {
        (a, b) if a == b => Ok(a),
        (1, size) | (size, 1) => Ok(size),
        _ => Err(format!("the shapes {a} and {b} do not go together")),
    });
    sizes.collect::<Result<Vec<usize>, String>>().map(|sizes| DynShape::new(&sizes))
}

/// The axis that a number names, counted from the end if it is negative.
pub(super) fn axis(number: i64, rank: usize) -> Result<usize, String> {
    let found = if number < 0 { number.checked_add(rank as i64) } else { Some(number) };
    let found = found.and_then(|axis| usize::try_from(axis).ok()).filter(|&axis| axis < rank);
    found.ok_or_else(|| format!("there is no axis {number} of {rank}"))
}

/// The axes that numbers name, ascending.
pub(super) fn axes(numbers: &[i64], rank: usize) -> Result<Vec<usize>, String> {
    let mut axes = numbers.iter().map(|&number| axis(number, rank)).collect::<Result<Vec<usize>, _>>()?;
    axes.sort_unstable();
    if axes.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(format!("the axes {numbers:?} are not different ones"));
    }
    Ok(axes)
}

/// The shape of these sizes.
pub(super) fn sized(sizes: impl IntoIterator<Item = usize>) -> Result<DynShape, String> {
    let sizes: Vec<i64> = sizes.into_iter().map(|size| i64::try_from(size).unwrap_or(i64::MAX)).collect();
    super::tensor::shape(&sizes)
}
