//! A range of an axis.

use crate::arithmetic::RangeTo;
use crate::natural::{Checked, Static};
use crate::{Axis, Dim, Dimension, Natural, Slice};

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
    message = "`{Self}` is not a range of axis 0 of `{X}`",
    label = "expected a range",
    note = "a range is written `Slice::<1, 4>`, or `dims![50000, 50257]` above 4096"
)]
pub trait SliceFirst<X> {
    /// The shape of the result.
    type Output;
    /// The first position taken.
    const START: usize;
    /// The first position not taken.
    const END: usize;
}

impl<X, const START: usize, const END: usize> SliceFirst<X> for Slice<START, END>
where
    Dim<START>: Static,
    Dim<END>: Static,
    (Checked<START>, Checked<END>): RangeOf<X, Axis<0>>,
{
    type Output = <(Checked<START>, Checked<END>) as RangeOf<X, Axis<0>>>::Output;
    const START: usize = START;
    const END: usize = END;
}

impl<X, Start: Dimension, End: Dimension> SliceFirst<X> for (Start, End)
where
    (Start, End): RangeOf<X, Axis<0>>,
{
    type Output = <(Start, End) as RangeOf<X, Axis<0>>>::Output;
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
    message = "`{Self}` is not a range of `{K}` of `{X}`",
    label = "expected a range",
    note = "a range is written `Slice::<1, 4>`, or `dims![50000, 50257]` above 4096"
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

impl<X, const K: usize, const START: usize, const END: usize> SliceAxis<X, Axis<K>> for Slice<START, END>
where
    Dim<START>: Static,
    Dim<END>: Static,
    (Checked<START>, Checked<END>): RangeOf<X, Axis<K>>,
{
    type Output = <(Checked<START>, Checked<END>) as RangeOf<X, Axis<K>>>::Output;
    const AXIS: usize = K;
    const START: usize = START;
    const END: usize = END;
}

impl<X, const K: usize, Start: Dimension, End: Dimension> SliceAxis<X, Axis<K>> for (Start, End)
where
    (Start, End): RangeOf<X, Axis<K>>,
{
    type Output = <(Start, End) as RangeOf<X, Axis<K>>>::Output;
    const AXIS: usize = K;
    const START: usize = Start::SIZE;
    const END: usize = End::SIZE;
}

/// A pair of dimensions as a range of an axis: the rule behind [`SliceFirst`] and [`SliceAxis`].
#[diagnostic::on_unimplemented(
    message = "the range `{Self}` does not fit `{K}` of `{X}`",
    label = "start <= end <= size of the axis must hold",
    note = "a range goes from its start up to, not including, its end; axes are counted from 0"
)]
pub trait RangeOf<X, K> {
    /// The shape of the result.
    type Output;
}

macro_rules! range {
    ($number:literal ($($before:ident)*) $axis:ident ($($after:ident)*)) => {
        #[diagnostic::do_not_recommend]
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
