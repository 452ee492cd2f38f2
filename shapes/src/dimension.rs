//! One axis as a type.

use core::fmt::Debug;

use crate::Natural;

/// The size of one axis, as a type.
///
/// ```
/// use shapes::{Dim, Dimension};
///
/// fn describe<B: Dimension>(_: B) -> usize {
///     B::SIZE
/// }
/// assert_eq!(describe(Dim::<64>), 64);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a dimension",
    label = "not the size of an axis",
    note = "a dimension is a number in `shape![..]`, a name declared by `dim!`, or a type parameter bounded by `Dimension`"
)]
pub trait Dimension: Copy + Default + Debug + Send + Sync + 'static {
    /// The number of elements along the axis.
    const SIZE: usize;

    /// The name of the axis, if it has one.
    const AXIS_NAME: Option<&'static str> = None;
}

/// The dimension of size `N`, for every `N` from 0 to 4096.
///
/// Larger sizes are [`Digits`](crate::Digits), which `shape!` and `dims!` write. A larger `Dim`, as a
/// const parameter can make it, is a dimension without arithmetic.
///
/// ```
/// use shapes::{Dim, Dimension};
///
/// assert_eq!(Dim::<784>::SIZE, 784);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dim<const N: usize>;

#[diagnostic::do_not_recommend]
impl<const N: usize> Dimension for Dim<N> {
    const SIZE: usize = N;
}

/// A dimension with a name of its own, equal to no other dimension of the same size.
///
/// The macro `dim!` declares these.
///
/// ```
/// use shapes::{Digits, Dimension, Named};
///
/// #[derive(Clone, Copy, Debug, Default)]
/// struct Vocab;
///
/// impl Named for Vocab {
///     type Size = Digits<5, 0, 2, 5, 7>;
///     const NAME: &'static str = "Vocab";
/// }
/// assert_eq!((Vocab::SIZE, Vocab::AXIS_NAME), (50257, Some("Vocab")));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a named dimension",
    label = "no name of its own",
    note = "`dim!(pub Vocab = 50257);` declares one"
)]
pub trait Named: Copy + Default + Debug + Send + Sync + 'static {
    /// The dimension without a name of the same size.
    type Size: Natural;

    /// The name.
    const NAME: &'static str;
}

#[diagnostic::do_not_recommend]
impl<D: Named> Dimension for D {
    const SIZE: usize = <D::Size as Dimension>::SIZE;
    const AXIS_NAME: Option<&'static str> = Some(D::NAME);
}
