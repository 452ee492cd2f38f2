//! Dimensions that take part in arithmetic.

use typenum::Unsigned;

use crate::number::Entry;
use crate::{Dim, Dimension, Named};

/// A dimension whose size takes part in arithmetic: `Dim<N>` up to 4096, `Digits<..>`, and named
/// dimensions.
///
/// ```
/// use shapes::{Digits, Dim, Natural};
///
/// fn arithmetic<D: Natural>() {}
/// arithmetic::<Dim<4096>>();
/// arithmetic::<Digits<4, 0, 9, 7>>();
/// ```
///
/// ```compile_fail
/// # use shapes::{Dim, Natural};
/// # fn arithmetic<D: Natural>() {}
/// arithmetic::<Dim<4097>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` takes no part in the arithmetic of shapes",
    label = "no arithmetic with this dimension",
    note = "`Dim<N>` ends at 4096: write larger sizes as `shape![..]` or `dims![..]`"
)]
pub trait Natural: Dimension {
    /// The size as a type-level number.
    #[doc(hidden)]
    type Number: Unsigned;
}

#[diagnostic::do_not_recommend]
impl<const N: usize> Natural for Dim<N>
where
    Dim<N>: Entry,
{
    type Number = <Dim<N> as Entry>::Number;
}

#[diagnostic::do_not_recommend]
impl<D: Named> Natural for D {
    type Number = Number<D::Size>;
}

/// The type-level number of a dimension.
pub type Number<D> = <D as Natural>::Number;

/// A static argument that is in the table; as a trait of its own so that a number out of the table
/// is reported as that, and not as the rule that could not be computed.
#[diagnostic::on_unimplemented(
    message = "static numbers end at 4096: `{Self}` is larger",
    label = "too large for a static number",
    note = "write larger numbers as `dims![..]`, for example `dims![50000, 50257]` instead of `Slice::<50000, 50257>`"
)]
pub trait Static {
    /// The same dimension. Rules are stated of this type, so that they stay undecided, and hence
    /// unreported, when there is none.
    type Dimension: Natural;
}

#[diagnostic::do_not_recommend]
impl<const N: usize> Static for Dim<N>
where
    Dim<N>: Entry,
{
    type Dimension = Dim<N>;
}

/// The dimension of a static number.
pub type Checked<const N: usize> = <Dim<N> as Static>::Dimension;
