//! Printing, laid out as NumPy does: aligned, nested brackets, shortened beyond 1000 elements.

use std::fmt;

use shapes::Shape;

use super::{DynTensor, Tensor};
use crate::scalar::Float;

/// From this many elements on, the middle of each long axis is left out.
const SHORTEN_ABOVE: usize = 1000;
/// How many elements stay at each end of a shortened axis.
const EDGE: usize = 3;
const LINE_WIDTH: usize = 75;
/// The most digits after the point, unless the format string asks for another number.
const PRECISION: usize = 8;

impl<T: Float, S: Shape> fmt::Display for Tensor<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_tensor(f, S::DIMS, self.as_slice())
    }
}

impl<T: Float> fmt::Display for DynTensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_tensor(f, &self.shape(), self.as_slice())
    }
}

impl<T: Float, S: Shape> fmt::Debug for Tensor<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_debug(f, S::DIMS, self.as_slice())
    }
}

impl<T: Float> fmt::Debug for DynTensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_debug(f, &self.shape(), self.as_slice())
    }
}

#[inline(never)]
fn write_debug<T: Float>(f: &mut fmt::Formatter<'_>, dims: &[usize], data: &[T]) -> fmt::Result {
    writeln!(f, "Tensor<{}> {dims:?}", T::NAME.to_lowercase())?;
    write_tensor(f, dims, data)
}

#[inline(never)]
fn write_tensor<T: Float>(f: &mut fmt::Formatter<'_>, dims: &[usize], data: &[T]) -> fmt::Result {
    let precision = f.precision();
    match (dims.is_empty(), data.len(), precision) {
        (true, _, Some(precision)) => return write!(f, "{:.precision$}", data[0]),
        (true, _, None) => return write!(f, "{:?}", data[0]),
        (false, 0, _) => return f.write_str("[]"),
        _ => {}
    }
    let shorten = data.len() > SHORTEN_ABOVE;
    let mut shown = Vec::new();
    collect(dims, data, shorten, &mut shown);
    let layout = Layout { numbers: Numbers::of(&shown, precision.unwrap_or(PRECISION)), shorten };
    f.write_str(&layout.nested(dims, data, 1, LINE_WIDTH))
}

/// The places along an axis that are shown; `None` stands for those left out.
fn places(size: usize, shorten: bool) -> impl Iterator<Item = Option<usize>> {
    let (head, tail) = if shorten && size > 2 * EDGE { (EDGE, size - EDGE) } else { (size, size) };
    let gap = (head < tail).then_some(None);
    (0..head).map(Some).chain(gap).chain((tail..size).map(Some))
}

/// The numbers that are shown, in order.
fn collect<T: Float>(dims: &[usize], data: &[T], shorten: bool, shown: &mut Vec<T>) {
    let Some((&size, inner)) = dims.split_first() else {
        return shown.push(data[0]);
    };
    let stride = data.len() / size;
    places(size, shorten).flatten().for_each(|i| collect(inner, &data[i * stride..][..stride], shorten, shown));
}

struct Layout {
    numbers: Numbers,
    shorten: bool,
}

impl Layout {
    /// The text of a tensor that starts `indent` columns in and leaves room for the closing brackets.
    fn nested<T: Float>(&self, dims: &[usize], data: &[T], indent: usize, width: usize) -> String {
        let (size, inner) = (dims[0], &dims[1..]);
        let stride = data.len() / size;
        let part = |place: Option<usize>| match place {
            None => "...".to_owned(),
            Some(i) if inner.is_empty() => self.numbers.text(data[i]),
            Some(i) => self.nested(inner, &data[i * stride..][..stride], indent + 1, width - 1),
        };
        let parts = places(size, self.shorten).map(part);
        let text = if inner.is_empty() {
            wrapped(parts, indent, width - 1)
        } else {
            // One empty line more between parts for each further axis.
            let separator = format!("{}{}", "\n".repeat(inner.len()), " ".repeat(indent));
            parts.collect::<Vec<_>>().join(&separator)
        };
        format!("[{text}]")
    }
}

/// Words with spaces between, broken into indented lines where they would pass `width`.
fn wrapped(words: impl Iterator<Item = String>, indent: usize, width: usize) -> String {
    let mut text = String::new();
    let mut column = indent;
    for word in words {
        if column > indent && column + 1 + word.len() > width {
            text.truncate(text.trim_end().len());
            text += "\n";
            text += &" ".repeat(indent);
            column = indent;
        } else if column > indent {
            text += " ";
            column += 1;
        }
        text += &word;
        column += word.len();
    }
    text
}

/// How to write every number of a tensor so that the points stand in one column.
struct Numbers {
    scientific: bool,
    precision: usize,
    before_point: usize,
    after_point: usize,
    exponent: usize,
}

impl Numbers {
    fn of<T: Float>(shown: &[T], precision: usize) -> Self {
        let finite = || shown.iter().copied().filter(|x| x.to_f64().is_finite());
        let sizes = || finite().map(|x| x.to_f64().abs()).filter(|&x| x > 0.0);
        let (largest, smallest) = (sizes().fold(0.0, f64::max), sizes().fold(f64::INFINITY, f64::min));
        // Where not every digit of a large number means something, fewer are shown.
        let large = if T::NAME == "F32" { 1e6 } else { 1e8 };
        let scientific = largest >= large || smallest < 1e-4 || largest / smallest > 1000.0;
        let mut numbers = Self { scientific, precision, before_point: 0, after_point: 0, exponent: 0 };
        for x in finite() {
            let (before, after, exponent) = numbers.parts(x);
            numbers.before_point = numbers.before_point.max(before.len());
            numbers.after_point = numbers.after_point.max(after.len());
            numbers.exponent = numbers.exponent.max(exponent.len());
        }
        // Words such as `nan` end where the numbers end.
        let longest = shown.iter().filter_map(|&x| word(x)).map(str::len).max();
        let room = numbers.width() - numbers.before_point;
        numbers.before_point = numbers.before_point.max(longest.unwrap_or(0).saturating_sub(room));
        numbers
    }

    fn width(&self) -> usize {
        self.before_point + 1 + self.after_point + self.exponent
    }

    /// The digits before the point, those after it without trailing zeros, and the exponent.
    fn parts<T: Float>(&self, x: T) -> (String, String, String) {
        let precision = self.precision;
        let (shortest, rounded) = match self.scientific {
            true => (format!("{x:e}"), format!("{x:.precision$e}")),
            false => (format!("{x}"), format!("{x:.precision$}")),
        };
        let (digits, exponent) = split(&if shortest.len() < rounded.len() { shortest } else { rounded }, 'e');
        let (before, after) = split(&digits, '.');
        let exponent = match exponent.strip_prefix('-') {
            _ if exponent.is_empty() => exponent,
            Some(size) => format!("e-{size:0>2}"),
            None => format!("e+{exponent:0>2}"),
        };
        (before, after.trim_end_matches('0').to_owned(), exponent)
    }

    fn text<T: Float>(&self, x: T) -> String {
        if let Some(word) = word(x) {
            return format!("{word:>0$}", self.width());
        }
        let (before, mut after, exponent) = self.parts(x);
        if self.scientific {
            after = format!("{after:0<0$}", self.after_point);
        }
        let (left, right) = (self.before_point, self.after_point + self.exponent);
        format!("{before:>left$}.{:<right$}", after + &exponent)
    }
}

fn split(text: &str, at: char) -> (String, String) {
    let (before, after) = text.split_once(at).unwrap_or((text, ""));
    (before.to_owned(), after.to_owned())
}

/// What is written for something that has no digits.
fn word<T: Float>(x: T) -> Option<&'static str> {
    match x.to_f64() {
        x if x.is_nan() => Some("nan"),
        f64::INFINITY => Some("inf"),
        f64::NEG_INFINITY => Some("-inf"),
        _ => None,
    }
}
