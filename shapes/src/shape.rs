//! Tuples of dimensions.

use core::fmt::Debug;

use crate::Dimension;

/// A tuple of up to eight dimensions, first axis first; `()` is the shape of a scalar.
pub trait Shape: Copy + Default + Debug + Send + Sync + 'static {
    /// The number of axes.
    const RANK: usize;
    /// The sizes of the axes, first axis first.
    const DIMS: &'static [usize];
    /// The number of elements.
    const SIZE: usize;
}

macro_rules! tuples {
    ($(($($axis:ident)*) $rank:literal;)*) => {$(
        impl<$($axis: Dimension),*> Shape for ($($axis,)*) {
            const RANK: usize = $rank;
            const DIMS: &'static [usize] = &[$($axis::SIZE),*];
            const SIZE: usize = 1 $(* $axis::SIZE)*;
        }
    )*};
}

tuples! {
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
