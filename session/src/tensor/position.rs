//! Positions in a tensor: one index per axis.

use std::fmt::Debug;
use std::ops::{Index, IndexMut};

use shapes::{Dimension, Shape};

use super::Tensor;
use crate::scalar::Float;

/// A shape whose positions have a type: `[usize; RANK]`.
#[diagnostic::on_unimplemented(
    message = "the positions in `{Self}` are not known",
    label = "not a tuple of at most eight dimensions",
    note = "code that is generic over the whole shape says `X: Ranked`"
)]
pub trait Ranked: Shape {
    /// One index per axis, first axis first.
    type Position: Copy + Debug + AsRef<[usize]> + AsMut<[usize]>;
    /// The position of the first element.
    const ORIGIN: Self::Position;
}

macro_rules! ranked {
    ($(($($axis:ident)*) $rank:literal;)*) => {$(
        impl<$($axis: Dimension),*> Ranked for ($($axis,)*) {
            type Position = [usize; $rank];
            const ORIGIN: [usize; $rank] = [0; $rank];
        }
    )*};
}

ranked! {
    () 0;
    (A) 1;
    (A B) 2;
    (A B C) 3;
    (A B C D) 4;
    (A B C D E) 5;
    (A B C D E F) 6;
    (A B C D E F G) 7;
    (A B C D E F G H) 8;
}

/// Moves to the next position in row-major order.
pub(super) fn advance(position: &mut [usize], dims: &[usize]) {
    for (index, &size) in position.iter_mut().zip(dims).rev() {
        *index += 1;
        if *index < size {
            return;
        }
        *index = 0;
    }
}

#[track_caller]
fn offset(position: &[usize], dims: &[usize]) -> usize {
    // A loop, since a panic in a closure would not name the caller's line.
    let mut offset = 0;
    for (&index, &size) in position.iter().zip(dims) {
        assert!(index < size, "position {position:?} is outside shape {dims:?}");
        offset = offset * size + index;
    }
    offset
}

/// `tensor[[row, column]]`: the element at a position.
///
/// # Panics
/// If an index is not below the size of its axis.
impl<T: Float, S: Ranked> Index<S::Position> for Tensor<T, S> {
    type Output = T;

    #[track_caller]
    fn index(&self, position: S::Position) -> &T {
        &self.as_slice()[offset(position.as_ref(), S::DIMS)]
    }
}

/// `tensor[[row, column]] = value`: changes one element; a shared buffer is copied first.
///
/// # Panics
/// If an index is not below the size of its axis.
impl<T: Float, S: Ranked> IndexMut<S::Position> for Tensor<T, S> {
    #[track_caller]
    fn index_mut(&mut self, position: S::Position) -> &mut T {
        &mut self.as_mut_slice()[offset(position.as_ref(), S::DIMS)]
    }
}
