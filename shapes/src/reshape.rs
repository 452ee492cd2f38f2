//! The same elements in another shape.

use crate::natural::Number;
use crate::number::ToDimension;
use crate::shape::{Elements, Join, Same};
use crate::{Axis, Natural, Shape};

/// `s.reshape(x, target)` for `target: Self`: any shape with as many elements.
///
/// ```
/// use shapes::{Dim, Reshape};
///
/// fn reshape<X, Y: Reshape<X>>() {}
/// reshape::<(Dim<28>, Dim<28>), (Dim<49>, Dim<16>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot reshape `{X}` to `{Self}`",
    label = "the numbers of elements must be known and equal",
    note = "the product of the sizes must be the same before and after; a target is written `dims![49, 16]`, not `Dim<N>` above 4096",
    note = "in a generic function, a bound says it: `where (B, Dim<28>, Dim<28>): Reshape<(B, Dim<784>)>`"
)]
pub trait Reshape<X>: Shape {}

#[diagnostic::do_not_recommend]
impl<X: Elements, Y: Shape + Elements> Reshape<X> for Y where X::Number: Same<Y::Number> {}

/// `s.flatten(x)` for `x: Self`: one axis with all elements.
///
/// ```
/// use shapes::{Dim, Flatten};
///
/// fn flatten<X: Flatten<Output = Y>, Y>() {}
/// flatten::<(Dim<64>, Dim<64>), (Dim<4096>,)>();
/// ```
///
/// Of the axes from one on, it is also the one bound of a generic [`FlattenFrom`], whatever comes before them:
///
/// ```
/// use shapes::{Axis, Dim, Dimension, Flatten, FlattenFrom};
///
/// fn flatten_from<X, K: FlattenFrom<X, Output = Y>, Y>() {}
/// fn images<B: Dimension, H: Dimension, W: Dimension, F: Dimension>()
/// where
///     (H, W): Flatten<Output = (F,)>,
/// {
///     flatten_from::<(H, W), Axis<0>, (F,)>();
///     flatten_from::<(B, H, W), Axis<1>, (B, F)>();
/// }
/// images::<Dim<64>, Dim<28>, Dim<28>, Dim<784>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot flatten `{Self}`",
    label = "the number of its elements is not known here",
    note = "flatten multiplies all sizes, to one of at most ten digits; `s.flatten_from(x, Axis::<1>)` leaves a generic first axis alone",
    note = "in a generic function, a bound says it: `where (B, Dim<28>): Flatten<Output = (N,)>`"
)]
pub trait Flatten {
    /// The shape of the result.
    type Output;
}

#[diagnostic::do_not_recommend]
impl<X, U, Y> Flatten for X
where
    X: Elements<Number = U>,
    U: ToDimension<Dimension = Y>,
{
    type Output = (Y,);
}

/// `s.flatten_from(x, axis)` for `axis: Self`: this axis and all after it become one. The axes before
/// it take no part, so they may be generic.
///
/// ```
/// use shapes::{Axis, Dim, Dimension, FlattenFrom};
///
/// fn flatten<X, K: FlattenFrom<X, Output = Y>, Y>() {}
/// fn images<B: Dimension>() {
///     flatten::<(B, Dim<28>, Dim<28>), Axis<1>, (B, Dim<784>)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot flatten `{X}` from `{Self}` on",
    label = "the axis must be less than the rank, and the sizes from there on known",
    note = "axes are counted from 0 and written `Axis::<1>`",
    note = "in a generic function, a bound says it: `where (H, W): Flatten<Output = (N,)>`"
)]
pub trait FlattenFrom<X> {
    /// The shape of the result.
    type Output;
    /// The number of the axis.
    const AXIS: usize;
}

/// `s.unflatten(x, axis, dims)` for `dims: Self`: the axis becomes several, whose sizes multiply to
/// its size.
///
/// ```
/// use shapes::{Axis, Dim, Unflatten};
///
/// fn unflatten<X, K, D: Unflatten<X, K, Output = Y>, Y>() {}
/// unflatten::<(Dim<64>, Dim<784>), Axis<1>, (Dim<28>, Dim<28>), (Dim<64>, Dim<28>, Dim<28>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot unflatten `{K}` of `{X}` to `{Self}`",
    label = "these sizes must multiply to the size of the axis",
    note = "`s.unflatten(x, Axis::<1>, dims![28, 28])` splits the second axis: axes are counted from 0; the result has at most eight",
    note = "in a generic function, a bound says it: `where (H, W): Unflatten<(B, N), Axis<1>>`"
)]
pub trait Unflatten<X, K>: Shape {
    /// The shape of the result.
    type Output;
    /// The number of the axis.
    const AXIS: usize;
}

#[diagnostic::do_not_recommend]
impl<X, Y, const K: usize> FlattenFrom<X> for Axis<K>
where
    X: Flattened<Axis<K>, Output = Y>,
{
    type Output = Y;
    const AXIS: usize = K;
}

/// The rule of [`FlattenFrom`]; apart from it, because rustc would describe the lone shape with an
/// `Axis<7>` beside our message.
pub trait Flattened<K> {
    type Output;
}

macro_rules! flatten {
    ($number:literal ($($before:ident)*) $axis:ident ($($after:ident)*)) => {
        impl<Flat, $($before,)* $axis, $($after,)*> Flattened<Axis<$number>> for ($($before,)* $axis, $($after,)*)
        where
            ($axis, $($after,)*): Flatten<Output = (Flat,)>,
        {
            type Output = ($($before,)* Flat,);
        }

        #[diagnostic::do_not_recommend]
        impl<Target: Shape + Elements, Rest, Y, $($before,)* $axis: Natural, $($after,)*>
            Unflatten<($($before,)* $axis, $($after,)*), Axis<$number>> for Target
        where
            Target::Number: Same<Number<$axis>>,
            Target: Join<($($after,)*), Output = Rest>,
            ($($before,)*): Join<Rest, Output = Y>,
        {
            type Output = Y;
            const AXIS: usize = $number;
        }
    };
}

each_axis! { flatten }

/// `s.rename(x, target)` for `target: Self`: the same sizes under other names.
///
/// ```
/// # use shapes::{Digits, Dim, Named};
/// use shapes::Rename;
/// # #[derive(Clone, Copy, Debug, Default)]
/// # struct Vocab;
/// # impl Named for Vocab {
/// #     type Size = Digits<5, 0, 2, 5, 7>;
/// #     const NAME: &'static str = "Vocab";
/// # }
///
/// fn rename<X, Y: Rename<X>>() {}
/// rename::<(Dim<64>, Digits<5, 0, 2, 5, 7>), (Dim<64>, Vocab)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot rename `{X}` to `{Self}`",
    label = "the sizes must be equal axis by axis",
    note = "rename changes names only, `s.reshape(..)` changes sizes; a generic axis takes part with `B: Natural`"
)]
pub trait Rename<X> {}

macro_rules! rename {
    (($([$axis:ident $renamed:ident $_:ident])*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($axis: Natural, $renamed: Natural),*> Rename<($($axis,)*)> for ($($renamed,)*)
        where
            $(Number<$axis>: Same<Number<$renamed>>,)*
        {
        }
    };
}

each_rank! { rename triples }
