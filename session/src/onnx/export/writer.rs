//! Nodes and initializers of a model, as they are written.

use std::collections::HashMap;

use super::size::{Size, fixed};
use crate::export::Numbers;
use crate::ir::PerSpatialAxis;
use crate::onnx::message::{Attribute, Node, Tensor, element, kind};

/// A value of the model.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) name: String,
    pub(super) shape: Vec<Size>,
}

impl Value {
    /// Whether it surely has no elements.
    pub(super) fn is_empty(&self) -> bool {
        self.shape.contains(&Size::Fixed(0))
    }
}

pub(super) fn int(name: &str, value: usize) -> Attribute {
    Attribute { name: name.to_owned(), i: Some(value as i64), kind: kind::INT, ..Attribute::default() }
}

pub(super) fn ints(name: &str, values: impl IntoIterator<Item = usize>) -> Attribute {
    let ints = values.into_iter().map(|value| value as i64).collect();
    Attribute { name: name.to_owned(), ints, kind: kind::INTS, ..Attribute::default() }
}

pub(super) fn float(name: &str, value: f64) -> Attribute {
    Attribute { name: name.to_owned(), f: Some(value as f32), kind: kind::FLOAT, ..Attribute::default() }
}

pub(super) fn string(name: &str, value: &str) -> Attribute {
    Attribute { name: name.to_owned(), s: Some(value.as_bytes().to_vec()), kind: kind::STRING, ..Attribute::default() }
}

/// Writes the nodes of a model.
pub(super) struct Writer {
    pub(super) numbers: Numbers,
    nodes: Vec<Node>,
    initializers: Vec<Tensor>,
    /// The name of what has been written already, by its type, shape and bytes.
    known: HashMap<(i32, Vec<i64>, Vec<u8>), String>,
    /// The argument and its axis that has the size of the batch.
    batch_axis: Option<(String, usize)>,
    /// The tensor `[N]`.
    batch: Option<String>,
    values: usize,
    /// The operation that is being written, and how many nodes it has.
    site: (String, usize),
}

impl Writer {
    pub(super) fn new(numbers: Numbers, batch_axis: Option<(String, usize)>) -> Self {
        Self {
            numbers,
            nodes: Vec::new(),
            initializers: Vec::new(),
            known: HashMap::new(),
            batch_axis,
            batch: None,
            values: 0,
            site: Default::default(),
        }
    }

    pub(super) fn into_parts(self) -> (Vec<Node>, Vec<Tensor>) {
        (self.nodes, self.initializers)
    }

    /// Whether it is the value of a node.
    pub(super) fn computes(&self, name: &str) -> bool {
        self.nodes.iter().any(|node| node.output.iter().any(|output| output == name))
    }

    /// What follows is the operation of this name.
    pub(super) fn begin(&mut self, name: String) {
        self.site = (name, 0);
    }

    /// A name that no argument has: those do not begin with a digit.
    fn fresh(&mut self) -> String {
        self.values += 1;
        (self.values - 1).to_string()
    }

    /// The type of the numbers.
    pub(super) fn element(&self) -> i32 {
        match self.numbers {
            Numbers::F32 => element::FLOAT,
            Numbers::F64 => element::DOUBLE,
        }
    }

    pub(super) fn node(&mut self, op: &str, operands: &[&str], attributes: Vec<Attribute>, shape: Vec<Size>) -> Value {
        let name = self.fresh();
        let (site, count) = &mut self.site;
        let node_name = if *count == 0 { site.clone() } else { format!("{site}_{count}") };
        *count += 1;
        self.nodes.push(Node {
            input: operands.iter().map(|&operand| operand.to_owned()).collect(),
            output: vec![name.clone()],
            name: node_name,
            op_type: op.to_owned(),
            attribute: attributes,
            domain: String::new(),
        });
        Value { name, shape }
    }

    /// A value that nodes were not written for: a further name of it.
    pub(super) fn identity(&mut self, x: &Value) -> Value {
        self.node("Identity", &[&x.name], Vec::new(), x.shape.clone())
    }

    /// The bytes of numbers of the type.
    pub(super) fn bytes(&self, numbers: impl IntoIterator<Item = f64>) -> Vec<u8> {
        let numbers = numbers.into_iter();
        match self.numbers {
            Numbers::F32 => numbers.flat_map(|number| (number as f32).to_le_bytes()).collect(),
            Numbers::F64 => numbers.flat_map(f64::to_le_bytes).collect(),
        }
    }

    fn tensor(name: String, dims: Vec<i64>, data_type: i32, raw_data: Vec<u8>) -> Tensor {
        Tensor { name, dims, data_type, raw_data: Some(raw_data), ..Tensor::default() }
    }

    /// An initializer of this name.
    pub(super) fn named(&mut self, name: &str, shape: &[usize], bytes: Vec<u8>) -> Value {
        let dims = shape.iter().map(|&size| size as i64).collect();
        self.initializers.push(Self::tensor(name.to_owned(), dims, self.element(), bytes));
        Value { name: name.to_owned(), shape: fixed(shape) }
    }

    fn constant(&mut self, data_type: i32, shape: &[usize], bytes: Vec<u8>) -> Value {
        let dims: Vec<i64> = shape.iter().map(|&size| size as i64).collect();
        let key = (data_type, dims.clone(), bytes);
        if let Some(name) = self.known.get(&key) {
            return Value { name: name.clone(), shape: fixed(shape) };
        }
        let name = self.fresh();
        self.initializers.push(Self::tensor(name.clone(), dims, data_type, key.2.clone()));
        self.known.insert(key, name.clone());
        Value { name, shape: fixed(shape) }
    }

    /// A tensor of numbers.
    pub(super) fn numbers(&mut self, numbers: impl IntoIterator<Item = f64>, shape: &[usize]) -> Value {
        let bytes = self.bytes(numbers);
        self.constant(self.element(), shape, bytes)
    }

    /// A scalar.
    pub(super) fn number(&mut self, number: f64) -> Value {
        self.numbers([number], &[])
    }

    /// A tensor of whole numbers.
    pub(super) fn whole(&mut self, numbers: impl IntoIterator<Item = i64>, shape: &[usize]) -> Value {
        self.constant(element::INT64, shape, numbers.into_iter().flat_map(i64::to_le_bytes).collect())
    }

    /// A list of whole numbers.
    pub(super) fn list(&mut self, numbers: impl IntoIterator<Item = usize>) -> Value {
        let numbers: Vec<i64> = numbers.into_iter().map(|number| number as i64).collect();
        let shape = [numbers.len()];
        self.whole(numbers, &shape)
    }

    /// A tensor of truth values.
    pub(super) fn truths(&mut self, truths: impl IntoIterator<Item = bool>, shape: &[usize]) -> Value {
        self.constant(element::BOOL, shape, truths.into_iter().map(u8::from).collect())
    }

    /// The list of these sizes: a constant, or computed from the batch.
    pub(super) fn sizes(&mut self, shape: &[Size]) -> Value {
        if let Ok(sizes) = shape.iter().map(|size| size.fixed()).collect::<Result<Vec<usize>, _>>() {
            return self.list(sizes);
        }
        let batch = self.batch();
        let parts: Vec<Value> = shape
            .chunk_by(|a, b| matches!((a, b), (Size::Fixed(_), Size::Fixed(_))))
            .map(|run| match *run {
                [Size::Batch(1)] => batch.clone(),
                [Size::Batch(times)] => {
                    let times = self.list([times]);
                    self.node("Mul", &[&batch.name, &times.name], Vec::new(), fixed(&[1]))
                }
                _ => self.list(run.iter().filter_map(|size| size.fixed().ok())),
            })
            .collect();
        match &parts[..] {
            [only] => only.clone(),
            _ => {
                let names: Vec<&str> = parts.iter().map(|part| &*part.name).collect();
                self.node("Concat", &names, vec![int("axis", 0)], fixed(&[shape.len()]))
            }
        }
    }

    fn batch(&mut self) -> Value {
        let (argument, axis) = self.batch_axis.clone().expect("a batch is an axis of an argument");
        let name = match &self.batch {
            Some(name) => name.clone(),
            None => {
                let attributes = vec![int("start", axis), int("end", axis + 1)];
                self.node("Shape", &[&argument], attributes, fixed(&[1])).name
            }
        };
        self.batch = Some(name.clone());
        Value { name, shape: fixed(&[1]) }
    }

    /// A tensor of one repeated number.
    pub(super) fn full(&mut self, number: f64, shape: &[Size]) -> Value {
        if shape.is_empty() {
            return self.number(number);
        }
        let sizes = self.sizes(shape);
        let value = Self::tensor(String::new(), vec![1], self.element(), self.bytes([number]));
        let value = Attribute {
            name: "value".to_owned(),
            t: Some(Box::new(value)),
            kind: kind::TENSOR,
            ..Attribute::default()
        };
        self.node("ConstantOfShape", &[&sizes.name], vec![value], shape.to_vec())
    }

    pub(super) fn unary(&mut self, op: &str, x: &Value) -> Value {
        self.node(op, &[&x.name], Vec::new(), x.shape.clone())
    }

    /// Of two of one shape, or of one and a scalar.
    pub(super) fn binary(&mut self, op: &str, a: &Value, b: &Value) -> Value {
        let shape = if a.shape.is_empty() { &b.shape } else { &a.shape };
        self.node(op, &[&a.name, &b.name], Vec::new(), shape.clone())
    }

    /// Of a tensor and a plain number.
    pub(super) fn with_number(&mut self, op: &str, x: &Value, number: f64) -> Value {
        let number = self.number(number);
        self.binary(op, x, &number)
    }

    /// `a` where the condition holds, else `b`; the shape is that of the larger.
    pub(super) fn select(&mut self, condition: &Value, a: &Value, b: &Value) -> Value {
        let shape = if a.shape.is_empty() { &b.shape } else { &a.shape };
        self.node("Where", &[&condition.name, &a.name, &b.name], Vec::new(), shape.clone())
    }

    /// `x` where the condition holds, else 0.
    pub(super) fn keep(&mut self, condition: &Value, x: &Value) -> Value {
        let zero = self.number(0.0);
        self.select(condition, x, &zero)
    }

    /// A reduction along axes, which are removed.
    pub(super) fn reduce(&mut self, op: &str, x: &Value, axes: &[usize]) -> Value {
        if axes.is_empty() {
            return x.clone();
        }
        let shape = x.shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, &size)| size);
        let list = self.list(axes.iter().copied());
        self.node(op, &[&x.name, &list.name], vec![int("keepdims", 0)], shape.collect())
    }

    /// The same elements under another shape, of which the engine counts at most one axis.
    pub(super) fn reshape(&mut self, x: &Value, shape: &[Size]) -> Result<Value, String> {
        if x.shape == shape {
            return Ok(x.clone());
        }
        let count = shape.iter().filter(|size| matches!(size, Size::Batch(_))).count();
        if count > 1 {
            return Err("it has several axes that depend on the batch".to_owned());
        }
        let sizes = shape.iter().map(|size| size.fixed().map_or(-1, |size| size as i64));
        let sizes = self.whole(sizes, &[shape.len()]);
        Ok(self.node("Reshape", &[&x.name, &sizes.name], Vec::new(), shape.to_vec()))
    }

    pub(super) fn transpose(&mut self, x: &Value, axes: &[usize]) -> Value {
        let shape = axes.iter().map(|&axis| x.shape[axis]).collect();
        self.node("Transpose", &[&x.name], vec![ints("perm", axes.iter().copied())], shape)
    }

    /// With a new last axis of size 1.
    pub(super) fn with_last(&mut self, x: &Value) -> Value {
        let axes = self.list([x.shape.len()]);
        let shape = x.shape.iter().copied().chain([Size::Fixed(1)]).collect();
        self.node("Unsqueeze", &[&x.name, &axes.name], Vec::new(), shape)
    }

    /// One axis with so many cells before and after it.
    pub(super) fn pad(&mut self, x: &Value, cells: &[[usize; 2]], fill: f64) -> Result<Value, String> {
        let mut shape = x.shape.clone();
        for (size, [before, after]) in shape.iter_mut().zip(cells).filter(|(_, cells)| **cells != [0, 0]) {
            *size = Size::Fixed(size.fixed()? + before + after);
        }
        let [before, after] = [0, 1].map(|side| cells.iter().map(move |cells| cells[side]));
        let pads = self.list(before.chain(after));
        let fill = self.number(fill);
        Ok(self.node("Pad", &[&x.name, &pads.name, &fill.name], Vec::new(), shape))
    }

    /// The positions `start, start + stride, ..` below `end` of an axis.
    pub(super) fn slice(&mut self, x: &Value, axis: usize, [start, end, stride]: [usize; 3]) -> Result<Value, String> {
        x.shape[axis].fixed()?;
        let mut shape = x.shape.clone();
        shape[axis] = Size::Fixed((end - start).div_ceil(stride));
        let numbers = &[start, end, axis, stride][..if stride == 1 { 3 } else { 4 }];
        let lists: Vec<String> = numbers.iter().map(|&number| self.list([number]).name).collect();
        let operands: Vec<&str> = std::iter::once(&x.name).chain(&lists).map(String::as_str).collect();
        Ok(self.node("Slice", &operands, Vec::new(), shape))
    }

    pub(super) fn concat(&mut self, parts: &[Value], axis: usize) -> Result<Value, String> {
        let mut shape = parts[0].shape.clone();
        let size = parts.iter().map(|part| part.shape[axis].fixed()).sum::<Result<usize, String>>()?;
        shape[axis] = Size::Fixed(size);
        let names: Vec<&str> = parts.iter().map(|part| &*part.name).collect();
        Ok(self.node("Concat", &names, vec![int("axis", axis)], shape))
    }
}

/// Padding as ONNX has it: before each axis, then after each.
pub(super) fn pads(padding: PerSpatialAxis) -> Attribute {
    ints("pads", padding.iter().chain(padding.iter()).copied())
}
