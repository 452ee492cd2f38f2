//! What an operation carries besides its operands, and how it is written.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{DynShape, NatId, PerSpatialAxis};

/// A plain number in a graph. Equality and hash go by bits; all NaNs count as one.
///
/// ```
/// use session::ir::Literal;
///
/// assert_eq!(Literal::new(f64::NAN), Literal::new(-f64::NAN));
/// assert_ne!(Literal::new(0.0), Literal::new(-0.0));
/// assert_eq!(Literal::new(-0.0).to_string(), "-0");
/// ```
#[derive(Clone, Copy)]
pub struct Literal(f64);

impl Literal {
    /// The number, with every NaN replaced by the one that counts.
    pub const fn new(value: f64) -> Self {
        Self(if value.is_nan() { f64::NAN } else { value })
    }

    /// The number.
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl From<f64> for Literal {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Literal {}

impl Hash for Literal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_nan() {
            return f.write_str("nan");
        }
        let text = format!("{:?}", self.0);
        f.write_str(text.strip_suffix(".0").unwrap_or(&text))
    }
}

impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The numbers of a constant tensor, shared. Equality and hash go by bits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Data(Arc<[Literal]>);

impl Data {
    /// From the numbers in row-major order.
    pub fn new(values: impl IntoIterator<Item = f64>) -> Self {
        Self(values.into_iter().map(Literal::new).collect())
    }

    /// The number of numbers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers in row-major order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.0.iter().map(|literal| literal.value())
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.print())
    }
}

/// Constants of more elements are printed as base64 of their bits.
const READABLE: usize = 16;

/// An attribute's text form.
pub(crate) trait Attribute {
    /// Any value, to be replaced by one that is read.
    fn blank() -> Self
    where
        Self: Sized;
    fn print(&self) -> String;
    fn parse(text: &str) -> Option<Self>
    where
        Self: Sized;
    /// The natural-number input that it names.
    #[inline]
    fn natural(&self) -> Option<NatId> {
        None
    }
}

/// An attribute of any type, in an operation that is read.
pub(super) trait Blank: Attribute {
    /// Replaces it by the one that is written; says whether one is.
    fn fill(&mut self, text: &str) -> bool;
}

impl<A: Attribute> Blank for A {
    fn fill(&mut self, text: &str) -> bool {
        A::parse(text).map(|read| *self = read).is_some()
    }
}

impl Attribute for usize {
    fn blank() -> Self {
        0
    }
    fn print(&self) -> String {
        self.to_string()
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Attribute for bool {
    fn blank() -> Self {
        false
    }
    fn print(&self) -> String {
        self.to_string()
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Attribute for Literal {
    fn blank() -> Self {
        Self::new(0.0)
    }
    fn print(&self) -> String {
        self.to_string()
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self::new)
    }
}

impl Attribute for NatId {
    fn blank() -> Self {
        Self::new(0)
    }
    fn print(&self) -> String {
        self.to_string()
    }
    fn parse(text: &str) -> Option<Self> {
        let index: u32 = text.strip_prefix('n')?.parse().ok()?;
        Some(Self::new(index as usize))
    }
    #[inline]
    fn natural(&self) -> Option<NatId> {
        Some(*self)
    }
}

impl Attribute for Option<NatId> {
    fn blank() -> Self {
        None
    }
    fn print(&self) -> String {
        self.map_or_else(|| "none".to_owned(), |natural| natural.print())
    }
    fn parse(text: &str) -> Option<Self> {
        if text == "none" { Some(None) } else { NatId::parse(text).map(Some) }
    }
    #[inline]
    fn natural(&self) -> Option<NatId> {
        *self
    }
}

/// The comma-separated numbers between brackets.
fn numbers<N: FromStr>(text: &str) -> Option<Vec<N>> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut numbers = Vec::new();
    if !inner.is_empty() {
        for item in inner.split(',') {
            numbers.push(item.trim().parse().ok()?);
        }
    }
    Some(numbers)
}

impl Attribute for DynShape {
    fn blank() -> Self {
        Self::SCALAR
    }
    fn print(&self) -> String {
        self.to_string()
    }
    fn parse(text: &str) -> Option<Self> {
        Self::try_new(&numbers::<usize>(text)?)
    }
}

impl Attribute for PerSpatialAxis {
    fn blank() -> Self {
        Self::default()
    }
    fn print(&self) -> String {
        self.to_string()
    }
    fn parse(text: &str) -> Option<Self> {
        Self::try_new(&numbers::<usize>(text)?)
    }
}

impl Attribute for Data {
    fn blank() -> Self {
        Self::new([])
    }
    fn print(&self) -> String {
        if self.len() <= READABLE {
            return format!("{:?}", self.0);
        }
        let mut bytes = Vec::with_capacity(8 * self.len());
        for value in self.values() {
            bytes.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        format!("base64:{}", STANDARD.encode(bytes))
    }
    fn parse(text: &str) -> Option<Self> {
        let Some(encoded) = text.strip_prefix("base64:") else {
            return Some(Self::new(numbers::<f64>(text)?));
        };
        let bytes = STANDARD.decode(encoded).ok()?;
        let (words, rest) = bytes.as_chunks::<8>();
        rest.is_empty().then(|| Self::new(words.iter().map(|word| f64::from_bits(u64::from_le_bytes(*word)))))
    }
}
