//! Operations along one axis.

use crate::Axis;

/// An axis of the shape `X`: `K < rank`.
///
/// ```
/// use shapes::{Axis, AxisOf, Dim};
///
/// fn softmax<X, K: AxisOf<X>>() -> usize {
///     K::AXIS
/// }
/// assert_eq!(softmax::<(Dim<2>, Dim<3>), Axis<1>>(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{X}` has no `{Self}`",
    label = "the axis must be less than the rank",
    note = "axes are counted from 0"
)]
pub trait AxisOf<X> {
    /// The number of the axis.
    const AXIS: usize;
}

/// `s.sum_axis(x, axis)` and other reductions, for `axis: Self`: the axis is removed.
///
/// ```
/// use shapes::{Axis, Dim, ReduceAxis};
///
/// fn sum<X, K: ReduceAxis<X, Output = Y>, Y>() {}
/// sum::<(Dim<2>, Dim<3>), Axis<0>, (Dim<3>,)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot reduce `{X}` along `{Self}`",
    label = "the axis must be less than the rank",
    note = "axes are counted from 0"
)]
pub trait ReduceAxis<X> {
    /// The shape of the result.
    type Output;
    /// The number of the axis.
    const AXIS: usize;
}

macro_rules! axis {
    ($number:literal ($($before:ident)*) $axis:ident ($($after:ident)*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($before,)* $axis, $($after,)*> AxisOf<($($before,)* $axis, $($after,)*)> for Axis<$number> {
            const AXIS: usize = $number;
        }

        #[diagnostic::do_not_recommend]
        impl<$($before,)* $axis, $($after,)*> ReduceAxis<($($before,)* $axis, $($after,)*)> for Axis<$number> {
            type Output = ($($before,)* $($after,)*);
            const AXIS: usize = $number;
        }
    };
}

each_axis! { axis }
