//! The run-time twin of a shape type.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use crate::window::MAX_SPATIAL;

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
    rank: usize,
    dims: [usize; MAX_RANK],
}

/// A list of up to eight numbers, one per axis: it has the same form as a shape.
pub type PerAxis = DynShape;

/// A list of up to three numbers, one per spatial axis; dereferences to a slice.
///
/// ```
/// use session::ir::PerSpatialAxis;
///
/// let stride = PerSpatialAxis::new(&[2, 1]);
/// assert_eq!(stride.len(), 2);
/// assert_eq!(stride.to_string(), "[2, 1]");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct PerSpatialAxis {
    count: usize,
    numbers: [usize; MAX_SPATIAL],
}

impl PerSpatialAxis {
    /// The number of elements, if these are sizes.
    pub fn elements(&self) -> usize {
        self.iter().product()
    }
}

impl DynShape {
    /// The shape of a scalar.
    pub const SCALAR: Self = Self { rank: 0, dims: [0; MAX_RANK] };

    /// The shape with these sizes, part after part, or `None` with more than eight axes.
    pub(crate) fn try_joined(parts: &[&[usize]]) -> Option<Self> {
        let mut shape = Self::SCALAR;
        for part in parts {
            let rank = shape.rank;
            shape.dims.get_mut(rank..rank + part.len())?.copy_from_slice(part);
            shape.rank += part.len();
        }
        Some(shape)
    }

    /// The shape of the type `S`.
    pub fn of<S: shapes::Shape>() -> Self {
        const {
            let mut shape = Self::SCALAR;
            while shape.rank < S::DIMS.len() {
                shape.dims[shape.rank] = S::DIMS[shape.rank];
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

macro_rules! list {
    ($name:ident $count:ident $items:ident $most:ident $whose:literal) => {
        impl $name {
            /// These numbers, first axis first.
            ///
            /// # Panics
            /// With more than there is room for.
            #[track_caller]
            pub fn new(items: &[usize]) -> Self {
                match Self::try_new(items) {
                    Some(list) => list,
                    None => panic!("{} has at most {} axes, not {}", $whose, $most, items.len()),
                }
            }

            /// These numbers, or `None` with more than there is room for.
            pub fn try_new(items: &[usize]) -> Option<Self> {
                // One by one: to copy a slice of a few numbers takes a call.
                let $items = std::array::from_fn(|index| items.get(index).copied().unwrap_or_default());
                (items.len() <= $most).then_some(Self { $count: items.len(), $items })
            }
        }

        /// # Panics
        /// With more than there is room for.
        impl FromIterator<usize> for $name {
            fn from_iter<I: IntoIterator<Item = usize>>(items: I) -> Self {
                let mut list = Self::default();
                for item in items {
                    list.$items[list.$count] = item;
                    list.$count += 1;
                }
                list
            }
        }

        impl Hash for $name {
            /// Of the numbers that there are, four in a word, with their count in the first: recording hashes many lists,
            /// most of few small numbers.
            fn hash<H: Hasher>(&self, state: &mut H) {
                let word =
                    |numbers: &[usize]| numbers.iter().fold(0u64, |word, &number| word.rotate_left(16) ^ number as u64);
                let (first, rest) = self.split_at(self.len().min(4));
                state.write_u64(word(first) ^ (self.len() as u64) << 60);
                if !rest.is_empty() {
                    state.write_u64(word(rest));
                }
            }
        }

        impl Deref for $name {
            type Target = [usize];

            fn deref(&self) -> &[usize] {
                &self.$items[..self.$count]
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.iter()).finish()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

list! { DynShape rank dims MAX_RANK "a shape" }
list! { PerSpatialAxis count numbers MAX_SPATIAL "a window" }
