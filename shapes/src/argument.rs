//! Static arguments: numbers as zero-sized values, so that every other type is inferred.

use core::ops::Range;

use crate::{Dim, Static};

macro_rules! arguments {
    ($($(#[$doc:meta])* $name:ident<$($number:ident),*> = $value:expr, $type:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name<$(const $number: usize),*>;

        impl<$(const $number: usize),*> $name<$($number),*> {
            /// The value at run time.
            pub const VALUE: $type = $value;
        }
    )*};
}

arguments! {
    /// An axis by its number, the first being 0: `s.sum_axis(x, Axis::<1>)`.
    ///
    /// ```
    /// assert_eq!(shapes::Axis::<1>::VALUE, 1);
    /// ```
    Axis<K> = K, usize;

    /// The distance between neighbouring windows, along every spatial axis.
    ///
    /// ```
    /// assert_eq!(shapes::Stride::<2>::VALUE, 2);
    /// ```
    Stride<N> = N, usize;

    /// The number of cells added on each side of every spatial axis.
    ///
    /// ```
    /// assert_eq!(shapes::Padding::<1>::VALUE, 1);
    /// ```
    Padding<N> = N, usize;

    /// The height and width of a window.
    ///
    /// ```
    /// assert_eq!(shapes::Kernel::<2, 3>::VALUE, [2, 3]);
    /// ```
    Kernel<H, W> = [H, W], [usize; 2];

    /// The number of attention heads.
    ///
    /// ```
    /// assert_eq!(shapes::Heads::<8>::VALUE, 8);
    /// ```
    Heads<H> = H, usize;

    /// The first of two neighbouring axes.
    ///
    /// ```
    /// assert_eq!(shapes::Depth::<0>::VALUE, 0);
    /// ```
    Depth<D> = D, usize;

    /// The distance between neighbouring cells of a window.
    ///
    /// ```
    /// assert_eq!(shapes::Dilation::<2>::VALUE, 2);
    /// ```
    Dilation<D> = D, usize;

    /// The number of groups of channels that are convolved separately.
    ///
    /// ```
    /// assert_eq!(shapes::Groups::<4>::VALUE, 4);
    /// ```
    Groups<G> = G, usize;
}

/// The range `START..END` of an axis, for numbers up to 4096: `s.slice(x, Slice::<1, 4>)`.
///
/// ```
/// assert_eq!(shapes::Slice::<1, 4>::VALUE, 1..4);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Slice<const START: usize, const END: usize>
where
    Dim<START>: Static,
    Dim<END>: Static;

impl<const START: usize, const END: usize> Slice<START, END>
where
    Dim<START>: Static,
    Dim<END>: Static,
{
    /// The value at run time.
    pub const VALUE: Range<usize> = START..END;
}

/// A position along an axis, up to 4096: `s.at(x, Index::<3>)`.
///
/// ```
/// assert_eq!(shapes::Index::<3>::VALUE, 3);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Index<const I: usize>
where
    Dim<I>: Static;

impl<const I: usize> Index<I>
where
    Dim<I>: Static,
{
    /// The value at run time.
    pub const VALUE: usize = I;
}
