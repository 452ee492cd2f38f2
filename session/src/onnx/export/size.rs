//! Sizes of a graph that is generic in its batch.

use std::fmt;

use crate::ir::DynShape;

/// A size that is the same in every batch, or a multiple of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Fixed(usize),
    Batch(usize),
}

impl Size {
    /// The number, where it is to be written into the model.
    pub(super) fn fixed(self) -> Result<usize, String> {
        match self {
            Self::Fixed(size) => Ok(size),
            Self::Batch(_) => Err("it needs the size of an axis that depends on the batch".to_owned()),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(size) => size.fmt(f),
            Self::Batch(1) => f.write_str("N"),
            Self::Batch(times) => write!(f, "{times} N"),
        }
    }
}

/// The sizes of a batch in two recordings, which differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Batches {
    pub(super) one: usize,
    pub(super) other: usize,
}

impl Batches {
    /// The size that is these two in the two recordings.
    fn size(self, one: usize, other: usize) -> Result<Size, String> {
        if one == other {
            return Ok(Size::Fixed(one));
        }
        let times = one.checked_div(self.one).unwrap_or(0);
        if times > 0 && times.checked_mul(self.one) == Some(one) && times.checked_mul(self.other) == Some(other) {
            return Ok(Size::Batch(times));
        }
        let Self { one: batch, other: other_batch } = self;
        Err(format!(
            "the size {one} with a batch of {batch} and {other} with one of {other_batch}, which is no multiple of it"
        ))
    }
}

/// The sizes that these shapes of two recordings stand for. Without batches both are the same shape.
pub(super) fn sizes(batches: Option<Batches>, one: DynShape, other: DynShape) -> Result<Vec<Size>, String> {
    let Some(batches) = batches else { return Ok(fixed(&one)) };
    if one.len() != other.len() {
        return Err(format!("the shape {one} in one recording and {other} in the other"));
    }
    one.iter().zip(other.iter()).map(|(&one, &other)| batches.size(one, other)).collect()
}

/// The sizes of a shape that is the same in every batch.
pub(super) fn fixed(shape: &[usize]) -> Vec<Size> {
    shape.iter().copied().map(Size::Fixed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_fixed_or_multiples() {
        let batches = Batches { one: 2, other: 3 };
        assert_eq!(batches.size(7, 7), Ok(Size::Fixed(7)));
        assert_eq!(batches.size(0, 0), Ok(Size::Fixed(0)));
        assert_eq!(batches.size(2, 2), Ok(Size::Fixed(2)));
        assert_eq!(batches.size(2, 3), Ok(Size::Batch(1)));
        assert_eq!(batches.size(20, 30), Ok(Size::Batch(10)));
        for (one, other) in [(3, 2), (3, 4), (4, 9), (5, 6), (0, 3), (2, 0)] {
            assert!(batches.size(one, other).is_err(), "{one} and {other}");
        }
    }
}
