//! Repeating elements along new or stretched axes.

use typenum::{UInt, UTerm};

use crate::natural::Number;
use crate::{Dim, Dimension, Natural, Shape};

/// `s.broadcast(x)` to the shape `Self`: aligned at the last axis, each axis of `X` equals the
/// target's or is 1, missing leading axes are added.
///
/// `Marker` says for each axis of `X` whether it is kept or stretched, and is inferred; so axes keep
/// their names, and a generic axis needs no bound.
///
/// ```
/// use shapes::{Broadcast, Dim, Dimension};
///
/// fn broadcast<X, Y: Broadcast<X, Marker>, Marker>() {}
/// fn bias<B: Dimension>() {
///     broadcast::<(Dim<10>,), (B, Dim<10>), _>();
///     broadcast::<(B, Dim<1>), (B, Dim<10>), _>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot broadcast `{X}` to `{Self}`",
    label = "each axis must equal the target's or be 1, aligned at the last axis",
    note = "a target is written `dims![64, 10]`; `s.unflatten(..)` or `s.reshape(..)` adds an axis of size 1 where another alignment is meant"
)]
pub trait Broadcast<X, Marker>: Shape {}

/// An axis that becomes the axis `Target`.
pub trait AxisTo<Target, Marker> {}

/// In the marker of [`Broadcast`]: the axis stays as it is.
pub struct Keep;

/// In the marker of [`Broadcast`]: the axis has size 1 and becomes another.
///
/// A generic function needs it to stretch an axis to a generic size:
///
/// ```
/// use shapes::{Broadcast, Dim, Dimension, Keep, Stretch};
///
/// fn broadcast<X, Y: Broadcast<X, Marker>, Marker>() {}
/// fn rows<B: Dimension>()
/// where
///     (B, Dim<10>): Broadcast<(Dim<1>, Dim<10>), (Stretch, Keep)>,
/// {
///     broadcast::<(Dim<1>, Dim<10>), (B, Dim<10>), _>();
/// }
/// rows::<Dim<64>>();
/// ```
pub struct Stretch;

impl<A> AxisTo<A, Keep> for A {}

impl<B: Natural> AxisTo<B, Stretch> for Dim<1> where Number<B>: NotOne {}

/// A number other than 1, for which [`Keep`] and [`Stretch`] cannot both be meant.
pub trait NotOne {}

impl NotOne for UTerm {}

impl<U, A, B> NotOne for UInt<UInt<U, A>, B> {}

macro_rules! broadcast {
    (($([$lead:ident $_0:ident $_1:ident])*) ($([$axis:ident $target:ident $marker:ident])*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($lead: Dimension,)* $($axis, $target: Dimension, $marker),*> Broadcast<($($axis,)*), ($($marker,)*)>
            for ($($lead,)* $($target,)*)
        where
            $($axis: AxisTo<$target, $marker>,)*
        {
        }
    };
}

each_cut! { broadcast triples }

/// `s.expand_leading(x)` to the shape `Self`: adds leading axes.
///
/// ```
/// use shapes::{Dim, Dimension, ExpandLeading};
///
/// fn expand<X, Y: ExpandLeading<X>>() {}
/// fn bias<B: Dimension, H: Dimension>() {
///     expand::<(H,), (B, H)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot expand `{X}` to `{Self}` by leading axes",
    label = "the target must end with the axes of the source",
    note = "`s.broadcast(..)` also stretches axes of size 1; `s.expand_trailing(..)` adds axes at the end"
)]
pub trait ExpandLeading<X> {}

/// `s.expand_trailing(x)` to the shape `Self`: adds trailing axes.
///
/// ```
/// use shapes::{Dim, Dimension, ExpandTrailing};
///
/// fn expand<X, Y: ExpandTrailing<X>>() {}
/// fn scores<B: Dimension, H: Dimension>() {
///     expand::<(B,), (B, H)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot expand `{X}` to `{Self}` by trailing axes",
    label = "the target must begin with the axes of the source",
    note = "`s.expand_leading(..)` adds axes at the front"
)]
pub trait ExpandTrailing<X> {}

/// `s.broadcast_add(a, b)` and its like, for `b: Self`: the axes of the operand of lower rank are the
/// last axes of the other. No axis is stretched.
///
/// ```
/// use shapes::{BroadcastWith, Dim, Dimension};
///
/// fn add<A, B: BroadcastWith<A, Output = C>, C>() {}
/// fn bias<B: Dimension>() {
///     add::<(B, Dim<10>), (Dim<10>,), (B, Dim<10>)>();
///     add::<(Dim<10>,), (B, Dim<10>), (B, Dim<10>)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{A}` and `{Self}` do not broadcast together",
    label = "the axes of the lower rank must be the last axes of the other",
    note = "an axis of size 1 is stretched by `s.broadcast(..)` only"
)]
pub trait BroadcastWith<A> {
    /// The shape of the operand of higher rank.
    type Output;
}

macro_rules! expand {
    (() ($($axis:ident)*)) => {
        expand! { @ () ($($axis)*) }

        #[diagnostic::do_not_recommend]
        impl<$($axis),*> BroadcastWith<($($axis,)*)> for ($($axis,)*) {
            type Output = ($($axis,)*);
        }
    };
    (($($lead:ident)*) ($($axis:ident)*)) => {
        expand! { @ ($($lead)*) ($($axis)*) }

        #[diagnostic::do_not_recommend]
        impl<$($lead,)* $($axis),*> BroadcastWith<($($axis,)*)> for ($($lead,)* $($axis,)*) {
            type Output = ($($lead,)* $($axis,)*);
        }

        #[diagnostic::do_not_recommend]
        impl<$($lead,)* $($axis),*> BroadcastWith<($($lead,)* $($axis,)*)> for ($($axis,)*) {
            type Output = ($($lead,)* $($axis,)*);
        }
    };
    (@ ($($lead:ident)*) ($($axis:ident)*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($lead,)* $($axis),*> ExpandLeading<($($axis,)*)> for ($($lead,)* $($axis,)*) {}

        #[diagnostic::do_not_recommend]
        impl<$($lead,)* $($axis),*> ExpandTrailing<($($lead,)*)> for ($($lead,)* $($axis,)*) {}
    };
}

each_cut! { expand }
