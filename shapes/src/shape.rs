//! Tuples of dimensions.

use core::fmt::Debug;
use core::ops::Mul;

use typenum::{Prod, U1, Unsigned};

use crate::natural::Number;
use crate::{Dimension, Natural};

/// A tuple of up to eight dimensions, first axis first; `()` is the shape of a scalar.
///
/// ```
/// use shapes::{Dim, Shape};
///
/// type Images = (Dim<64>, Dim<28>, Dim<28>);
/// assert_eq!(Images::RANK, 3);
/// assert_eq!(Images::DIMS, [64, 28, 28]);
/// assert_eq!(Images::SIZE, 64 * 28 * 28);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shape",
    label = "not a tuple of at most eight dimensions",
    note = "write shapes as `shape![64, 784]`"
)]
pub trait Shape: Copy + Default + Debug + Send + Sync + 'static {
    /// The number of axes.
    const RANK: usize;
    /// The sizes of the axes, first axis first.
    const DIMS: &'static [usize];
    /// The number of elements.
    const SIZE: usize;
    /// The names of the axes, where they have one.
    const AXIS_NAMES: AxisNames;
}

/// The name of each axis that has one, first axis first.
pub type AxisNames = &'static [Option<&'static str>];

/// The number of elements of a shape, as a type.
pub trait Elements {
    type Number: Unsigned;
}

/// Two numbers that are equal, by unification.
pub trait Same<Other> {}

impl<U> Same<U> for U {}

/// The axes of `Self`, then those of `After`.
pub trait Join<After> {
    type Output;
}

macro_rules! join {
    (($($before:ident)*) ($($after:ident)*)) => {
        impl<$($before,)* $($after,)*> Join<($($after,)*)> for ($($before,)*) {
            type Output = ($($before,)* $($after,)*);
        }
    };
}

each_cut! { join }

macro_rules! shape {
    (($($axis:ident)*)) => {
        impl<$($axis: Dimension),*> Shape for ($($axis,)*) {
            const RANK: usize = <[usize]>::len(Self::DIMS);
            const DIMS: &'static [usize] = &[$($axis::SIZE),*];
            const SIZE: usize = 1 $(* $axis::SIZE)*;
            const AXIS_NAMES: AxisNames = &[$($axis::AXIS_NAME),*];
        }
    };
}

each_rank! { shape }

impl Elements for () {
    type Number = U1;
}

impl<A: Natural> Elements for (A,) {
    type Number = Number<A>;
}

/// The first axis times the elements of the others.
macro_rules! elements {
    () => {};
    ($first:ident) => {};
    ($first:ident $($rest:ident)*) => {
        impl<$first: Natural, $($rest),*> Elements for ($first, $($rest),*)
        where
            ($($rest,)*): Elements,
            Number<$first>: Mul<<($($rest,)*) as Elements>::Number>,
            Prod<Number<$first>, <($($rest,)*) as Elements>::Number>: Unsigned,
        {
            type Number = Prod<Number<$first>, <($($rest,)*) as Elements>::Number>;
        }
        elements! { $($rest)* }
    };
}

elements! { A B C D E F G H }
