//! Zeros before and after an axis.

use crate::arithmetic::Plus;
use crate::{Axis, Natural};

/// `s.pad(x, axis, amounts)` for `amounts: Self`, a pair of dimensions: the axis gets so many zeros
/// before and after it. The other axes take no part, so they may be generic.
///
/// ```
/// use shapes::{Axis, Dim, Dimension, Pad};
///
/// fn pad<X, K, P: Pad<X, K, Output = Y>, Y>() {}
/// fn rows<B: Dimension>() {
///     pad::<(B, Dim<7>), Axis<1>, (Dim<1>, Dim<2>), (B, Dim<10>)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot pad `{K}` of `{X}` by `{Self}`",
    label = "the axis must be less than the rank, and its size and both amounts known",
    note = "`s.pad(x, Axis::<0>, dims![1, 2])` puts 1 before and 2 after the first axis: axes are counted from 0; sizes above 4096 are written `shape![..]`, not `Dim<N>`",
    note = "in a generic function, a bound says it: `where (Dim<1>, Dim<2>): Pad<(B, Dim<10>), Axis<0>>`"
)]
pub trait Pad<X, K> {
    /// The shape of the result.
    type Output;
    /// The number of the axis.
    const AXIS: usize;
    /// The number of zeros before the axis.
    const BEFORE: usize;
    /// The number of zeros after the axis.
    const AFTER: usize;
}

macro_rules! pad {
    ($number:literal ($($lead:ident)*) $axis:ident ($($rest:ident)*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($lead,)* $axis, $($rest,)* Before: Natural, After: Natural, Longer, Both>
            Pad<($($lead,)* $axis, $($rest,)*), Axis<$number>> for (Before, After)
        where
            Before: Plus<$axis, Output = Longer>,
            After: Plus<Longer, Output = Both>,
        {
            type Output = ($($lead,)* Both, $($rest,)*);
            const AXIS: usize = $number;
            const BEFORE: usize = Before::SIZE;
            const AFTER: usize = After::SIZE;
        }
    };
}

each_axis! { pad }
