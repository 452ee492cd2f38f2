//! Dimensions that take part in arithmetic.

use typenum::Unsigned;

use crate::number::{Entry, ToDimension};
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
    note = "`Dim<N>` ends at 4096: write larger sizes as `shape![..]` or `dims![..]`",
    note = "in a generic function, a bound says it: `where B: Natural`"
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

/// A number that a static argument can have: 0 to 4096.
///
/// `Slice` and `Index`, which may well need more, ask for it themselves, so that a larger number is
/// reported where it is written, as what it is.
///
/// ```compile_fail
/// let range = shapes::Slice::<1, 4097>;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one of the static numbers, which end at 4096",
    label = "too large for a static number, or not known",
    note = "write larger numbers as `dims![..]`: `dims![50000, 50257]` for a slice, `dims![50000]` for an index",
    note = "in a generic function, bounds say it: `where Dim<N>: Static, Index<N>: StaticIndex<(B, Dim<10>)>`"
)]
pub trait Static: Dimension {
    /// The same dimension, found through the table: rules are stated of it, so that they stay
    /// undecided, and hence unreported, where it is missing.
    #[doc(hidden)]
    type Dimension: Natural;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, U, D: Natural> Static for Dim<N>
where
    Dim<N>: Entry<Number = U>,
    U: ToDimension<Dimension = D>,
{
    type Dimension = D;
}
