//! The run-time twin of a shape type.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// The largest number of axes.
pub const MAX_RANK: usize = 8;

/// The sizes of up to eight axes, known at run time; dereferences to a slice.
///
/// ```
/// use session::ir::DynShape;
///
/// let shape = DynShape::new(&[64, 784]);
/// assert_eq!(shape.len(), 2);
/// assert_eq!(shape.elements(), 64 * 784);
/// assert_eq!(shape.to_string(), "[64, 784]");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct DynShape {
    rank: u8,
    dims: [usize; MAX_RANK],
}

impl Hash for DynShape {
    /// Of the axes that there are, two at a time: recording hashes many shapes.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let pair = |sizes: &[usize]| sizes.iter().fold(0, |word, &size| word << 32 ^ size as u64);
        let mut pairs = self.chunks(2).map(pair);
        state.write_u64(pairs.next().unwrap_or(0) ^ u64::from(self.rank) << 60);
        pairs.for_each(|pair| state.write_u64(pair));
    }
}

/// A list of up to eight numbers, one per axis: it has the same form as a shape.
pub type PerAxis = DynShape;

impl DynShape {
    /// The shape of a scalar.
    pub const SCALAR: Self = Self { rank: 0, dims: [0; MAX_RANK] };

    /// The shape with these sizes, first axis first.
    ///
    /// # Panics
    /// With more than eight axes.
    #[track_caller]
    pub fn new(dims: &[usize]) -> Self {
        match Self::try_new(dims) {
            Some(shape) => shape,
            None => panic!("a shape has at most {MAX_RANK} axes, not {}", dims.len()),
        }
    }

    /// The shape with these sizes, or `None` with more than eight axes.
    pub fn try_new(dims: &[usize]) -> Option<Self> {
        Self::try_joined(&[dims])
    }

    /// The shape with these sizes, part after part, or `None` with more than eight axes.
    pub(crate) fn try_joined(parts: &[&[usize]]) -> Option<Self> {
        let mut shape = Self::SCALAR;
        for part in parts {
            let rank = usize::from(shape.rank);
            shape.dims.get_mut(rank..rank + part.len())?.copy_from_slice(part);
            shape.rank += part.len() as u8;
        }
        Some(shape)
    }

    /// The shape of the type `S`.
    pub fn of<S: shapes::Shape>() -> Self {
        const {
            let mut shape = Self::SCALAR;
            while (shape.rank as usize) < S::DIMS.len() {
                shape.dims[shape.rank as usize] = S::DIMS[shape.rank as usize];
                shape.rank += 1;
            }
            shape
        }
    }

    /// The number of elements.
    pub fn elements(&self) -> usize {
        self.iter().product()
    }

    /// The number of elements, or what is wrong.
    pub(crate) fn countable(&self) -> Result<usize, String> {
        checked_elements(self).ok_or_else(|| format!("the shape {self} has too many elements"))
    }

    /// This shape without the axes that `drop` names.
    pub fn without(&self, drop: impl Fn(usize) -> bool) -> Self {
        self.iter().enumerate().filter(|&(axis, _)| !drop(axis)).map(|(_, &size)| size).collect()
    }

    /// This shape with the size of one axis replaced.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn with(mut self, axis: usize, size: usize) -> Self {
        assert!(axis < self.len(), "axis {axis} of a shape with {} axes", self.len());
        self.dims[axis] = size;
        self
    }

    /// The sizes before `axis` multiplied, its own size, and the sizes after it multiplied.
    ///
    /// # Panics
    /// If there is no such axis.
    #[track_caller]
    pub fn split_at_axis(&self, axis: usize) -> (usize, usize, usize) {
        (self[..axis].iter().product(), self[axis], self[axis + 1..].iter().product())
    }
}

/// The number of elements of a shape that may come from outside: `None` if a product of some of its sizes
/// overflows, even where another size is 0.
pub(crate) fn checked_elements(sizes: &[usize]) -> Option<usize> {
    let most = sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size.max(1)))?;
    (most <= isize::MAX as usize).then(|| sizes.iter().product())
}

/// # Panics
/// With more than eight axes.
impl FromIterator<usize> for DynShape {
    fn from_iter<I: IntoIterator<Item = usize>>(sizes: I) -> Self {
        let mut shape = Self::SCALAR;
        for size in sizes {
            shape.dims[shape.rank as usize] = size;
            shape.rank += 1;
        }
        shape
    }
}

impl Deref for DynShape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.dims[..self.rank as usize]
    }
}

impl fmt::Display for DynShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for DynShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
