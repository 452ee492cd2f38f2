//! Joining tensors along an axis, old or new.

use crate::arithmetic::{Plus, Positive};
use crate::{Axis, Dim, Static};

/// `s.concat(a, b)` for `b: Self`: along axis 0, with equal other axes.
///
/// ```
/// use shapes::{Concat, Dim};
///
/// fn concat<A, B: Concat<A, Output = C>, C>() {}
/// concat::<(Dim<2>, Dim<3>), (Dim<4>, Dim<3>), (Dim<6>, Dim<3>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot concatenate `{A}` with `{Self}` along axis 0",
    label = "all axes except axis 0 must be equal, and the sizes along it known",
    note = "sizes above 4096 are written `shape![..]`, not `Dim<N>`; `s.concat_axis(a, b, Axis::<K>)` joins along another axis",
    note = "in a generic function, a bound says it: `where H: Plus<B, Output = C>`"
)]
pub trait Concat<A> {
    /// The shape of the result.
    type Output;
}

#[diagnostic::do_not_recommend]
impl<A, B, C> Concat<A> for B
where
    Axis<0>: ConcatAxis<A, B, Output = C>,
{
    type Output = C;
}

/// `s.concat_axis(a, b, axis)` for `axis: Self`: the sizes along the axis are added, all others are
/// equal.
///
/// ```
/// use shapes::{Axis, ConcatAxis, Dim};
///
/// fn concat<A, B, K: ConcatAxis<A, B, Output = C>, C>() {}
/// concat::<(Dim<2>, Dim<3>), (Dim<2>, Dim<5>), Axis<1>, (Dim<2>, Dim<8>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot concatenate `{A}` with `{B}` along `{Self}`",
    label = "all other axes must be equal, and the sizes along this one known",
    note = "axes are counted from 0, less than the rank, and written `Axis::<1>`; sizes above 4096 are written `shape![..]`, not `Dim<N>`",
    note = "in a generic function, a bound says it: `where H: Plus<B, Output = C>`"
)]
pub trait ConcatAxis<A, B> {
    /// The shape of the result.
    type Output;
    /// The number of the axis.
    const AXIS: usize;
}

#[diagnostic::do_not_recommend]
impl<A, B, C, const K: usize> ConcatAxis<A, B> for Axis<K>
where
    B: Joined<A, Axis<K>, Output = C>,
{
    type Output = C;
    const AXIS: usize = K;
}

/// The rule of [`ConcatAxis`]; apart from it, because rustc would describe the lone shape with an
/// `Axis<7>` beside our message.
pub trait Joined<A, K> {
    type Output;
}

macro_rules! concat {
    ($number:literal ($($before:ident)*) $axis:ident ($($after:ident)*)) => {
        impl<$($before,)* $axis, Other, Both, $($after,)*> Joined<($($before,)* $axis, $($after,)*), Axis<$number>>
            for ($($before,)* Other, $($after,)*)
        where
            Other: Plus<$axis, Output = Both>,
        {
            type Output = ($($before,)* Both, $($after,)*);
        }
    };
}

each_axis! { concat }

/// `s.stack(parts)` for `N` tensors, `Dim<N>: Self`, of one shape: a new axis 0 of size `N`.
///
/// ```
/// use shapes::{Dim, Stack};
///
/// fn stack<X, N: Stack<X, Output = Y>, Y>() {}
/// stack::<(Dim<3>, Dim<4>), Dim<2>, (Dim<2>, Dim<3>, Dim<4>)>();
/// ```
///
/// ```compile_fail
/// # use shapes::{Dim, Stack};
/// # fn stack<X, N: Stack<X, Output = Y>, Y>() {}
/// stack::<(Dim<3>, Dim<4>), Dim<0>, (Dim<0>, Dim<3>, Dim<4>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot stack `{Self}` tensors of shape `{X}`",
    label = "there must be at least one tensor and at most 4096, of at most seven axes",
    note = "stacking adds an axis, `s.concat(..)` joins along one that is there",
    note = "code that is generic over the whole shape says `Dim<2>: Stack<X, Output = Y>`"
)]
pub trait Stack<X> {
    /// The shape of the result.
    type Output;
}

#[diagnostic::do_not_recommend]
impl<X, Y, Count, const N: usize> Stack<X> for Dim<N>
where
    Dim<N>: Static<Dimension = Count>,
    Count: Stacked<X, Output = Y>,
{
    type Output = Y;
}

/// The rule of [`Stack`]; apart from it and of a number from the table, so that rustc waits for the number of tensors
/// even where no shape would do.
pub trait Stacked<X> {
    type Output;
}

macro_rules! stack {
    ((A B C D E F G H)) => {};
    (($($axis:ident)*)) => {
        impl<$($axis,)* Count: Positive> Stacked<($($axis,)*)> for Count {
            type Output = (Count, $($axis,)*);
        }
    };
}

each_rank! { stack }
