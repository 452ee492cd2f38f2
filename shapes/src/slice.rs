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
    note = "a range is written `Slice::<1, 4>`, or `dims![50000, 50257]` above 4096; its end is not taken",
    note = "in a generic function, a bound says it: `where Slice<1, 4>: SliceFirst<(B, Dim<10>)>`"
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
impl<X, Y, R: Range> SliceFirst<X> for R
where
    (R::Start, R::End): RangeOf<X, Axis<0>, Output = Y>,
{
    type Output = Y;
    const START: usize = R::Start::SIZE;
    const END: usize = R::End::SIZE;
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
    note = "axes are counted from 0 and written `Axis::<1>`; a range is written `Slice::<1, 4>`, or `dims![50000, 50257]` above 4096; its end is not taken",
    note = "in a generic function, a bound says it: `where Slice<1, 4>: SliceAxis<(B, N), Axis<1>>`"
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
impl<X, Y, R: Range, const K: usize> SliceAxis<X, Axis<K>> for R
where
    (R::Start, R::End): RangeOf<X, Axis<K>, Output = Y>,
{
    type Output = Y;
    const AXIS: usize = K;
    const START: usize = R::Start::SIZE;
    const END: usize = R::End::SIZE;
}

/// A range, however written.
pub trait Range {
    type Start: Dimension;
    type End: Dimension;
}

impl<const START: usize, const END: usize> Range for Slice<START, END>
where
    Dim<START>: Static,
    Dim<END>: Static,
{
    type Start = <Dim<START> as Static>::Dimension;
    type End = <Dim<END> as Static>::Dimension;
}

impl<Start: Dimension, End: Dimension> Range for (Start, End) {
    type Start = Start;
    type End = End;
}

/// Two dimensions as the range of an axis: the rule of [`SliceFirst`] and [`SliceAxis`].
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
