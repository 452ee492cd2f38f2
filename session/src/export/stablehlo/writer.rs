//! The body of a function, written line by line.
//!
//! Every method writes one operation of StableHLO and gives its value, whose shape it works out from those of its
//! operands. Operations that would change nothing write nothing.

use std::collections::HashMap;
use std::fmt::{self, Write};

use super::literal::{bits, decimal, nested};
use crate::ir::DynShape;

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    F32,
    F64,
    I32,
    I64,
    U32,
    U64,
    Bool,
}

impl Element {
    fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::U32 => "ui32",
            Self::U64 => "ui64",
            Self::Bool => "i1",
        }
    }

    /// How two of them are compared.
    fn comparison(self) -> &'static str {
        match self {
            Self::F32 | Self::F64 => "FLOAT",
            Self::I32 | Self::I64 => "SIGNED",
            Self::U32 | Self::U64 | Self::Bool => "UNSIGNED",
        }
    }
}

/// A value of the function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    name: usize,
    pub(super) shape: DynShape,
    pub(super) element: Element,
}

impl Value {
    /// Its type, as it is written.
    pub(super) fn kind(self) -> Type {
        Type(self.shape, self.element)
    }
}

/// The type of a value, as it is written.
pub(super) struct Type(pub(super) DynShape, pub(super) Element);

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tensor<")?;
        self.0.iter().try_for_each(|size| write!(f, "{size}x"))?;
        write!(f, "{}>", self.1.name())
    }
}

/// Numbers between commas.
pub(super) struct List<T>(pub(super) T);

impl<T: IntoIterator<Item = U> + Clone, U: fmt::Display> fmt::Display for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.clone().into_iter().enumerate().try_for_each(|(index, item)| {
            f.write_str(if index == 0 { "" } else { ", " })?;
            write!(f, "{item}")
        })
    }
}

/// Numbers between brackets, as attributes are written.
pub(super) fn list<U: fmt::Display>(items: impl IntoIterator<Item = U> + Clone) -> String {
    format!("[{}]", List(items))
}

/// The cells before, after and between those of an axis; before and after may be negative.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Margin {
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) interior: usize,
}

impl Margin {
    /// The size of an axis with the margin.
    pub(super) fn around(self, size: usize) -> usize {
        let spread = size + size.saturating_sub(1) * self.interior;
        usize::try_from(spread as i64 + self.low + self.high).expect("margins leave cells")
    }
}

/// What has been written of a function.
pub(super) struct Writer {
    text: String,
    names: Vec<String>,
    results: usize,
    constants: HashMap<String, Value>,
    /// The type of the numbers.
    pub(super) number: Element,
    /// The type of the natural numbers.
    pub(super) index: Element,
}

impl Writer {
    pub(super) fn new(number: Element, index: Element) -> Self {
        Self { text: String::new(), names: Vec::new(), results: 0, constants: HashMap::new(), number, index }
    }

    /// An argument of the function.
    pub(super) fn argument(&mut self, name: &str, shape: DynShape, element: Element) -> Value {
        self.names.push(format!("%{name}"));
        Value { name: self.names.len() - 1, shape, element }
    }

    /// The name of a value.
    pub(super) fn name(&self, value: Value) -> &str {
        &self.names[value.name]
    }

    /// The lines written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A line that gives a value.
    pub(super) fn define(&mut self, right: &str, shape: DynShape, element: Element) -> Value {
        let name = format!("%{}", self.results);
        self.results += 1;
        writeln!(self.text, "    {name} = {right}").expect("a string takes any text");
        self.names.push(name);
        Value { name: self.names.len() - 1, shape, element }
    }

    /// A constant, written once.
    fn constant(&mut self, dense: &str, shape: DynShape, element: Element) -> Value {
        let right = format!("stablehlo.constant dense<{dense}> : {}", Type(shape, element));
        if let Some(&known) = self.constants.get(&right) {
            return known;
        }
        let value = self.define(&right, shape, element);
        self.constants.insert(right, value);
        value
    }

    /// A repeated number.
    pub(super) fn full(&mut self, number: f64, shape: DynShape) -> Value {
        self.numbers(&[number], shape)
    }

    /// Numbers in row-major order, or one that is repeated.
    pub(super) fn numbers(&mut self, numbers: &[f64], shape: DynShape) -> Value {
        let dense = match numbers {
            _ if shape.elements() == 0 => String::new(),
            &[number] => decimal(number, self.number),
            // What is long is written as its bits.
            _ if numbers.len() > 16 => bits(numbers, self.number),
            _ => nested(&shape, &mut numbers.iter().map(|&number| decimal(number, self.number))),
        };
        self.constant(&dense, shape, self.number)
    }

    /// A repeated natural number.
    pub(super) fn natural(&mut self, number: u64, shape: DynShape, element: Element) -> Value {
        let dense = if shape.elements() == 0 { String::new() } else { number.to_string() };
        self.constant(&dense, shape, element)
    }

    /// True everywhere.
    pub(super) fn truth(&mut self, shape: DynShape) -> Value {
        self.constant(if shape.elements() == 0 { "" } else { "true" }, shape, Element::Bool)
    }

    /// False, as a scalar.
    pub(super) fn falsehood(&mut self) -> Value {
        self.constant("false", DynShape::SCALAR, Element::Bool)
    }

    /// An operation on each element, which gives one of the same type.
    pub(super) fn unary(&mut self, op: &str, x: Value) -> Value {
        let right = format!("stablehlo.{op} {} : {}", self.name(x), x.kind());
        self.define(&right, x.shape, x.element)
    }

    /// An operation on each pair of elements, which gives one of the same type.
    pub(super) fn binary(&mut self, op: &str, a: Value, b: Value) -> Value {
        debug_assert_eq!((a.shape, a.element), (b.shape, b.element), "the operands of {op}");
        let right = format!("stablehlo.{op} {}, {} : {}", self.name(a), self.name(b), a.kind());
        self.define(&right, a.shape, a.element)
    }

    /// An operation on each element and a plain number.
    pub(super) fn with_number(&mut self, op: &str, x: Value, number: f64) -> Value {
        let number = self.full(number, x.shape);
        self.binary(op, x, number)
    }

    pub(super) fn compare(&mut self, direction: &str, a: Value, b: Value) -> Value {
        debug_assert_eq!((a.shape, a.element), (b.shape, b.element), "the operands of compare");
        let (kind, comparison) = (a.kind(), a.element.comparison());
        let result = Type(a.shape, Element::Bool);
        let operands = format!("{}, {}", self.name(a), self.name(b));
        let right = format!("stablehlo.compare {direction}, {operands}, {comparison} : ({kind}, {kind}) -> {result}");
        self.define(&right, a.shape, Element::Bool)
    }

    pub(super) fn is_finite(&mut self, x: Value) -> Value {
        let result = Type(x.shape, Element::Bool);
        let right = format!("stablehlo.is_finite {} : ({}) -> {result}", self.name(x), x.kind());
        self.define(&right, x.shape, Element::Bool)
    }

    /// `a` where the condition holds, else `b`.
    pub(super) fn select(&mut self, condition: Value, a: Value, b: Value) -> Value {
        debug_assert_eq!((a.shape, a.element), (b.shape, b.element), "the operands of select");
        let operands = format!("{}, {}, {}", self.name(condition), self.name(a), self.name(b));
        let right = format!("stablehlo.select {operands} : {}, {}", condition.kind(), a.kind());
        self.define(&right, a.shape, a.element)
    }

    /// `x` where the condition holds, else +0.
    pub(super) fn keep(&mut self, condition: Value, x: Value) -> Value {
        let zero = self.full(0.0, x.shape);
        self.select(condition, x, zero)
    }

    /// An operation that has one operand and another type of result.
    fn moved(&mut self, op: &str, x: Value, rest: &str, shape: DynShape, element: Element) -> Value {
        let right = format!("stablehlo.{op} {}{rest} : ({}) -> {}", self.name(x), x.kind(), Type(shape, element));
        self.define(&right, shape, element)
    }

    pub(super) fn convert(&mut self, x: Value, element: Element) -> Value {
        if x.element == element { x } else { self.moved("convert", x, "", x.shape, element) }
    }

    /// The same bits as another type.
    pub(super) fn bitcast(&mut self, x: Value, element: Element) -> Value {
        self.moved("bitcast_convert", x, "", x.shape, element)
    }

    pub(super) fn reshape(&mut self, x: Value, shape: DynShape) -> Value {
        if x.shape == shape { x } else { self.moved("reshape", x, "", shape, x.element) }
    }

    /// Axis i of `x` becomes axis `axes[i]` of the result, repeated along all others, and along its own if it is 1.
    pub(super) fn broadcast(&mut self, x: Value, axes: &[usize], shape: DynShape) -> Value {
        if x.shape == shape {
            return x;
        }
        self.moved("broadcast_in_dim", x, &format!(", dims = {}", list(axes)), shape, x.element)
    }

    /// Repeated along these new axes of the result.
    pub(super) fn expand(&mut self, x: Value, new: &[usize], shape: DynShape) -> Value {
        let old: Vec<usize> = (0..shape.len()).filter(|axis| !new.contains(axis)).collect();
        self.broadcast(x, &old, shape)
    }

    /// Axis i of the result is axis `axes[i]` of `x`.
    pub(super) fn transpose(&mut self, x: Value, axes: &[usize]) -> Value {
        if axes.is_sorted() {
            return x;
        }
        let shape = axes.iter().map(|&axis| x.shape[axis]).collect();
        self.moved("transpose", x, &format!(", dims = {}", list(axes)), shape, x.element)
    }

    pub(super) fn reverse(&mut self, x: Value, axes: &[usize]) -> Value {
        let right = format!("stablehlo.reverse {}, dims = {} : {}", self.name(x), list(axes), x.kind());
        self.define(&right, x.shape, x.element)
    }

    /// The positions from `start` before `end` of an axis, each `stride`-th.
    pub(super) fn slice(&mut self, x: Value, axis: usize, [start, end, stride]: [usize; 3]) -> Value {
        if [start, end, stride] == [0, x.shape[axis], 1] {
            return x;
        }
        let ranges = x.shape.iter().enumerate().map(|(other, &size)| match (other == axis, stride) {
            (false, _) => format!("0:{size}"),
            (true, 1) => format!("{start}:{end}"),
            (true, _) => format!("{start}:{end}:{stride}"),
        });
        let ranges = list(ranges.collect::<Vec<_>>());
        let shape = x.shape.with(axis, (end - start).div_ceil(stride));
        self.moved("slice", x, &format!(" {ranges}"), shape, x.element)
    }

    pub(super) fn concatenate(&mut self, parts: &[Value], axis: usize) -> Value {
        if let &[only] = parts {
            return only;
        }
        let names = List(parts.iter().map(|&part| self.name(part))).to_string();
        let kinds = List(parts.iter().map(|part| part.kind().to_string())).to_string();
        let size = parts.iter().map(|part| part.shape[axis]).sum();
        let (shape, element) = (parts[0].shape.with(axis, size), parts[0].element);
        let result = Type(shape, element);
        let right = format!("stablehlo.concatenate {names}, dim = {axis} : ({kinds}) -> {result}");
        self.define(&right, shape, element)
    }

    /// `x` with a margin around each axis that is filled with a scalar.
    pub(super) fn pad(&mut self, x: Value, fill: Value, margins: &[Margin]) -> Value {
        if margins.iter().all(|margin| (margin.low, margin.high, margin.interior) == (0, 0, 0)) {
            return x;
        }
        let shape = x.shape.iter().zip(margins).map(|(&size, margin)| margin.around(size)).collect();
        let low = list(margins.iter().map(|margin| margin.low));
        let high = list(margins.iter().map(|margin| margin.high));
        let interior = list(margins.iter().map(|margin| margin.interior));
        let operands =
            format!("{}, {}, low = {low}, high = {high}, interior = {interior}", self.name(x), self.name(fill));
        let result = Type(shape, x.element);
        let right = format!("stablehlo.pad {operands} : ({}, {}) -> {result}", x.kind(), fill.kind());
        self.define(&right, shape, x.element)
    }

    /// Each element's position along an axis.
    pub(super) fn iota(&mut self, axis: usize, shape: DynShape, element: Element) -> Value {
        let right = format!("stablehlo.iota dim = {axis} : {}", Type(shape, element));
        self.define(&right, shape, element)
    }
}
