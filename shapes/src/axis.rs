//! Operations along one axis.

use crate::{Axis, Dim};

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
    note = "axes are counted from 0 and written `Axis::<1>`"
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
    note = "axes are counted from 0 and written `Axis::<1>`"
)]
pub trait ReduceAxis<X> {
    /// The shape of the result.
    type Output;
    /// The number of the axis.
    const AXIS: usize;
}

/// `s.logsumexp(x)` for `x` of shape `Self`: the last axis is removed; a scalar stays one.
///
/// ```
/// use shapes::{Dim, Dimension, ReduceLast};
///
/// fn logsumexp<X: ReduceLast<Output = Y>, Y>() {}
/// fn rows<B: Dimension>() {
///     logsumexp::<(B, Dim<10>), (B,)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot reduce `{Self}` along its last axis",
    label = "the shape must be a tuple of at most eight dimensions",
    note = "code that is generic over the whole shape says `X: ReduceLast<Output = Y>`"
)]
pub trait ReduceLast {
    /// The shape of the result.
    type Output;
}

impl ReduceLast for () {
    type Output = ();
}

macro_rules! last {
    ((A B C D E F G H)) => {};
    (($($axis:ident)*)) => {
        impl<$($axis,)* Last> ReduceLast for ($($axis,)* Last,) {
            type Output = ($($axis,)*);
        }
    };
}

each_rank! { last }

/// `s.squeeze(x, axis)` for `axis: Self`: the axis, of size 1, is removed. The other axes may be generic.
///
/// ```
/// use shapes::{Axis, Dim, Dimension, Squeeze};
///
/// fn squeeze<X, K: Squeeze<X, Output = Y>, Y>() {}
/// fn column<B: Dimension>() {
///     squeeze::<(B, Dim<1>), Axis<1>, (B,)>();
/// }
/// ```
///
/// ```compile_fail
/// # use shapes::{Axis, Dim, Squeeze};
/// # fn squeeze<X, K: Squeeze<X, Output = Y>, Y>() {}
/// squeeze::<(Dim<2>, Dim<3>), Axis<1>, (Dim<2>,)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot squeeze `{Self}` of `{X}`",
    label = "the axis must be less than the rank and have size 1",
    note = "axes are counted from 0 and written `Axis::<1>`; `s.flatten_from(..)` and `s.reshape(..)` join axes of any size; a named axis of size 1 loses its name by `s.rename(..)`"
)]
pub trait Squeeze<X> {
    /// The shape of the result.
    type Output;
    /// The number of the axis.
    const AXIS: usize;
}

/// `s.unsqueeze(x, axis)` for `axis: Self`: an axis of size 1 before this axis, or after all if it is
/// the rank.
///
/// ```
/// use shapes::{Axis, Dim, Dimension, Unsqueeze};
///
/// fn unsqueeze<X, K: Unsqueeze<X, Output = Y>, Y>() {}
/// fn column<B: Dimension>() {
///     unsqueeze::<(B, Dim<3>), Axis<1>, (B, Dim<1>, Dim<3>)>();
///     unsqueeze::<(B, Dim<3>), Axis<2>, (B, Dim<3>, Dim<1>)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot insert an axis into `{X}` at `{Self}`",
    label = "the axis must be at most the rank, and the result have at most eight",
    note = "axes are counted from 0 and written `Axis::<1>`; the new axis comes before the one with this number"
)]
pub trait Unsqueeze<X> {
    /// The shape of the result.
    type Output;
    /// The number of the new axis.
    const AXIS: usize;
}

/// `s.global_avg_pool(x, axis)` for `axis: Self`: this axis and all after it are removed.
///
/// ```
/// use shapes::{Axis, Dim, Dimension, LeadingAxes};
///
/// fn pool<X, K: LeadingAxes<X, Output = Y>, Y>() {}
/// fn images<B: Dimension>() {
///     pool::<(B, Dim<8>, Dim<7>, Dim<7>), Axis<2>, (B, Dim<8>)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot reduce `{X}` from `{Self}` on",
    label = "the axis must be less than the rank",
    note = "axes are counted from 0 and written `Axis::<1>`; the axes before this one remain"
)]
pub trait LeadingAxes<X> {
    /// The shape of the result.
    type Output;
    /// The number of the first axis that is removed.
    const AXIS: usize;
}

/// The rule of the witness `Of` for the axis `K` of the shape `Self`; apart from the witnesses and the
/// other way round, because rustc would describe the lone shape with an `Axis<7>` beside their messages.
pub trait Along<Of, K> {
    type Output;
}

macro_rules! witnesses {
    ($($witness:ident $rule:ident;)*) => {$(
        /// The rule of the witness beside it.
        pub struct $rule;

        #[diagnostic::do_not_recommend]
        impl<X, Y, const K: usize> $witness<X> for Axis<K>
        where
            X: Along<$rule, Axis<K>, Output = Y>,
        {
            type Output = Y;
            const AXIS: usize = K;
        }
    )*};
}

witnesses! {
    ReduceAxis Removed;
    Squeeze Squeezed;
    Unsqueeze Inserted;
    LeadingAxes Cut;
}

#[diagnostic::do_not_recommend]
impl<X, const K: usize> AxisOf<X> for Axis<K>
where
    X: Along<Removed, Axis<K>>,
{
    const AXIS: usize = K;
}

macro_rules! axis {
    ($number:literal ($($before:ident)*) $axis:ident ($($after:ident)*)) => {
        impl<$($before,)* $axis, $($after,)*> Along<Removed, Axis<$number>> for ($($before,)* $axis, $($after,)*) {
            type Output = ($($before,)* $($after,)*);
        }

        impl<$($before,)* $($after,)*> Along<Squeezed, Axis<$number>> for ($($before,)* Dim<1>, $($after,)*) {
            type Output = ($($before,)* $($after,)*);
        }

        impl<$($before,)* $($after,)*> Along<Inserted, Axis<$number>> for ($($before,)* $($after,)*) {
            type Output = ($($before,)* Dim<1>, $($after,)*);
        }

        impl<$($before,)* $axis, $($after,)*> Along<Cut, Axis<$number>> for ($($before,)* $axis, $($after,)*) {
            type Output = ($($before,)*);
        }
    };
}

each_axis! { axis }
