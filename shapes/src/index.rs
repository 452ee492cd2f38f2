//! Elements picked by their position.

use crate::arithmetic::Below;
use crate::{Dim, Dimension, Index, Natural, Static};

/// `s.at(x, index)` for `index: Self`: `x[I]` along axis 0, where `I` is less than its size.
///
/// The index is `Index<I>`, or one dimension, `dims![50000]`, above 4096.
///
/// ```
/// use shapes::{Dim, Index, StaticIndex};
///
/// fn at<X, I: StaticIndex<X, Output = Y>, Y>() {}
/// at::<(Dim<9>, Dim<7>), Index<8>, (Dim<7>,)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot take the element `{Self}` of `{X}`",
    label = "the index must be less than the size of axis 0",
    note = "indices are counted from 0; they are written `Index::<3>`, or `dims![50000]` above 4096",
    note = "in a generic function, a bound says it: `where Index<3>: StaticIndex<(B, Dim<10>)>`"
)]
pub trait StaticIndex<X> {
    /// The shape of the result.
    type Output;
    /// The position.
    const INDEX: usize;
}

#[diagnostic::do_not_recommend]
impl<X, Y, I: Number> StaticIndex<X> for I
where
    I::Dimension: Position<X, Output = Y>,
{
    type Output = Y;
    const INDEX: usize = I::Dimension::SIZE;
}

/// `s.scatter_add(x, v, index)` for `index: Self`: `x` with `v` added to `x[I]`, where `v` has the
/// shape of `x[I]`.
///
/// ```
/// use shapes::{Dim, Index, ScatterAdd};
///
/// fn scatter<X, V, I: ScatterAdd<X, V>>() {}
/// scatter::<(Dim<9>, Dim<7>), (Dim<7>,), Index<8>>();
/// scatter::<(Dim<9>,), (), Index<8>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot add `{V}` to the element `{Self}` of `{X}`",
    label = "the index must be less than the size of axis 0, and the addend have the other axes",
    note = "an operand (N, rest..) takes an addend (rest..); indices are counted from 0 and written `Index::<3>`, or `dims![50000]` above 4096"
)]
pub trait ScatterAdd<X, V> {
    /// The position.
    const INDEX: usize;
}

#[diagnostic::do_not_recommend]
impl<X, V, I: Number> ScatterAdd<X, V> for I
where
    I::Dimension: Position<X, Output = V>,
{
    const INDEX: usize = I::Dimension::SIZE;
}

/// An index, however written.
pub trait Number {
    type Dimension: Dimension;
}

impl<const I: usize> Number for Index<I>
where
    Dim<I>: Static,
{
    type Dimension = <Dim<I> as Static>::Dimension;
}

impl<I: Dimension> Number for (I,) {
    type Dimension = I;
}

/// A dimension as a position along axis 0: the rule of [`StaticIndex`] and
/// [`ScatterAdd`].
pub trait Position<X> {
    type Output;
}

/// `s.gather_rows(x, indices)` for indices of shape `Self`: rows of `(R, C)`; the shape of the
/// indices, then `C`.
///
/// ```
/// use shapes::{Dim, Dimension, GatherRows};
///
/// fn gather<X, I: GatherRows<X, Output = Y>, Y>() {}
/// fn embed<B: Dimension>() {
///     gather::<(Dim<1000>, Dim<64>), (B, Dim<16>), (B, Dim<16>, Dim<64>)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot gather rows of `{X}` by indices of shape `{Self}`",
    label = "the table must be a matrix (R, C), and the indices have at most seven axes",
    note = "the result has the axes of the indices, then C"
)]
pub trait GatherRows<X> {
    /// The shape of the result.
    type Output;
}

/// Labels of shape `Self` for logits of shape `X`: the shape of the labels, then the classes.
///
/// ```
/// use shapes::{Dim, Dimension, Labels};
///
/// fn cross_entropy<X, L: Labels<X>>() {}
/// fn loss<B: Dimension>() {
///     cross_entropy::<(B, Dim<10>), (B,)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "labels of shape `{Self}` do not fit logits of shape `{X}`",
    label = "the axes of the labels must be those of the logits without the last",
    note = "the last axis of the logits is the classes: logits (B, C) take labels (B,)"
)]
pub trait Labels<X> {}

macro_rules! index {
    ((A B C D E F G H)) => {};
    (($($axis:ident)*)) => {
        impl<I, Size: Natural, $($axis),*> Position<(Size, $($axis,)*)> for I
        where
            I: Below<Size>,
        {
            type Output = ($($axis,)*);
        }

        #[diagnostic::do_not_recommend]
        impl<Rows, Columns, $($axis),*> GatherRows<(Rows, Columns)> for ($($axis,)*) {
            type Output = ($($axis,)* Columns,);
        }

        #[diagnostic::do_not_recommend]
        impl<Classes, $($axis),*> Labels<($($axis,)* Classes,)> for ($($axis,)*) {}
    };
}

each_rank! { index }
