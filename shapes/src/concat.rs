//! Joining two tensors along an axis.

use crate::Axis;
use crate::arithmetic::Plus;

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
    note = "sizes above 4096 are written `shape![..]`, not `Dim<N>`; `s.concat_axis(a, b, Axis::<K>)` joins along another axis"
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
    note = "axes are counted from 0 and less than the rank; sizes above 4096 are written `shape![..]`, not `Dim<N>`"
)]
pub trait ConcatAxis<A, B> {
    /// The shape of the result.
    type Output;
    /// The number of the axis.
    const AXIS: usize;
}

macro_rules! concat {
    ($number:literal ($($before:ident)*) $axis:ident ($($after:ident)*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($before,)* $axis, Other, Both, $($after,)*>
            ConcatAxis<($($before,)* $axis, $($after,)*), ($($before,)* Other, $($after,)*)> for Axis<$number>
        where
            $axis: Plus<Other, Output = Both>,
        {
            type Output = ($($before,)* Both, $($after,)*);
            const AXIS: usize = $number;
        }
    };
}

each_axis! { concat }
