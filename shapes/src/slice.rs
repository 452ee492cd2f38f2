//! A range of an axis.

use crate::arithmetic::RangeTo;
use crate::{Axis, Dim, Dimension, Natural, Slice, Static};

/// `s.slice(x, range)` for `range: Self`: along axis 0.
///
/// The range is `Slice<START, END>`, or a pair of dimensions, `dims![50000, 50257]`, for numbers
/// above 4096.
///
/// ```
/// use shapes::{Dim, Slice, SliceFirst};
///
/// fn slice<X, R: SliceFirst<X, Output = Y>, Y>() {}
/// slice::<(Dim<9>, Dim<7>), Slice<1, 4>, (Dim<3>, Dim<7>)>();
/// slice::<(Dim<9>, Dim<7>), (Dim<1>, Dim<4>), (Dim<3>, Dim<7>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot take `{Self}` of axis 0 of `{X}`",
    label = "START <= END <= size of axis 0 must hold",
    note = "a range is written `Slice::<1, 4>`, or `dims![50000, 50257]` above 4096; its end is not taken"
)]
pub trait SliceFirst<X> {
    /// The shape of the result.
    type Output;
    /// The first position taken.
    const START: usize;
    /// The first position not taken.
    const END: usize;
}

#[diagnostic::do_not_recommend]
impl<X, Y, Start, End, const START: usize, const END: usize> SliceFirst<X> for Slice<START, END>
where
    Dim<START>: Static<Dimension = Start>,
    Dim<END>: Static<Dimension = End>,
    (Start, End): RangeOf<X, Axis<0>, Output = Y>,
{
    type Output = Y;
    const START: usize = START;
    const END: usize = END;
}

#[diagnostic::do_not_recommend]
impl<X, Y, Start: Dimension, End: Dimension> SliceFirst<X> for (Start, End)
where
    (Start, End): RangeOf<X, Axis<0>, Output = Y>,
{
    type Output = Y;
    const START: usize = Start::SIZE;
    const END: usize = End::SIZE;
}

/// `s.slice_axis(x, axis, range)` for `range: Self`, as in [`SliceFirst`].
///
/// ```
/// use shapes::{Axis, Dim, Slice, SliceAxis};
///
/// fn slice<X, K, R: SliceAxis<X, K, Output = Y>, Y>() {}
/// slice::<(Dim<9>, Dim<7>), Axis<1>, Slice<1, 4>, (Dim<9>, Dim<3>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot take `{Self}` of `{K}` of `{X}`",
    label = "START <= END <= size of the axis must hold",
    note = "axes are counted from 0; a range is written `Slice::<1, 4>`, or `dims![50000, 50257]` above 4096; its end is not taken"
)]
pub trait SliceAxis<X, K> {
    /// The shape of the result.
    type Output;
    /// The number of the axis.
    const AXIS: usize;
    /// The first position taken.
    const START: usize;
    /// The first position not taken.
    const END: usize;
}

#[diagnostic::do_not_recommend]
impl<X, Y, Start, End, const K: usize, const START: usize, const END: usize> SliceAxis<X, Axis<K>> for Slice<START, END>
where
    Dim<K>: Static,
    Dim<START>: Static<Dimension = Start>,
    Dim<END>: Static<Dimension = End>,
    (Start, End): RangeOf<X, Axis<K>, Output = Y>,
{
    type Output = Y;
    const AXIS: usize = K;
    const START: usize = START;
    const END: usize = END;
}

#[diagnostic::do_not_recommend]
impl<X, Y, Start: Dimension, End: Dimension, const K: usize> SliceAxis<X, Axis<K>> for (Start, End)
where
    Dim<K>: Static,
    (Start, End): RangeOf<X, Axis<K>, Output = Y>,
{
    type Output = Y;
    const AXIS: usize = K;
    const START: usize = Start::SIZE;
    const END: usize = End::SIZE;
}

/// A pair of dimensions as a range of an axis: the rule of [`SliceFirst`] and [`SliceAxis`].
pub trait RangeOf<X, K> {
    type Output;
}

macro_rules! range {
    ($number:literal ($($before:ident)*) $axis:ident ($($after:ident)*)) => {
        impl<Start, End, $($before,)* $axis: Natural, $($after,)*>
            RangeOf<($($before,)* $axis, $($after,)*), Axis<$number>> for (Start, End)
        where
            Start: RangeTo<End, $axis>,
        {
            type Output = ($($before,)* Start::Length, $($after,)*);
        }
    };
}

each_axis! { range }
