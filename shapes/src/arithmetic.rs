//! Arithmetic on dimensions: what the rules need, each as a trait that fails where the result would
//! not be a size.

use core::ops::{Add, Mul, Rem, Sub};

use typenum::{Diff, Mod, NonZero, Prod, Sum, UTerm};

use crate::natural::Number;
use crate::number::{DimensionOf, ToDimension};
use crate::shape::Same;
use crate::{Dim, Groups, Heads, Natural, Static};

/// The sum of two dimensions, `Self` the later one: the one bound of a generic function that concatenates along them,
/// however often.
///
/// ```
/// use shapes::{Concat, Dim, Dimension, Plus};
///
/// fn concat<A, B: Concat<A, Output = C>, C>() {}
/// fn twice<A: Dimension, B: Plus<A, Output = C>, C: Dimension>() {
///     concat::<(A,), (B,), (C,)>();
///     concat::<(A, Dim<10>), (B, Dim<10>), (C, Dim<10>)>();
/// }
/// twice::<Dim<2>, Dim<3>, Dim<5>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "the sum of the sizes `{A}` and `{Self}` is not known",
    label = "no arithmetic with these sizes",
    note = "a generic function says `{Self}: Plus<{A}, Output = C>`, and `C` is the sum"
)]
pub trait Plus<A> {
    /// The sum.
    type Output;
}

#[diagnostic::do_not_recommend]
impl<A: Natural, B: Natural> Plus<A> for B
where
    Number<A>: Add<Number<B>>,
    Sum<Number<A>, Number<B>>: ToDimension,
{
    type Output = DimensionOf<Sum<Number<A>, Number<B>>>;
}

/// `Self..End` is a range of an axis of size `Size`: `Self <= End <= Size`, since neither difference
/// is negative.
pub trait RangeTo<End, Size> {
    type Length;
}

impl<Start: Natural, End: Natural, Size: Natural> RangeTo<End, Size> for Start
where
    Number<Size>: Sub<Number<End>>,
    Number<End>: Sub<Number<Start>>,
    Diff<Number<End>, Number<Start>>: ToDimension,
{
    type Length = DimensionOf<Diff<Number<End>, Number<Start>>>;
}

/// `Self < Size`.
pub trait Below<Size> {}

impl<I: Natural, Size: Natural> Below<Size> for I
where
    Number<Size>: Sub<Number<I>>,
    Diff<Number<Size>, Number<I>>: NonZero,
{
}

/// `Self` divides `Size`.
pub trait Divides<Size> {}

impl<D: Natural, Size: Natural> Divides<Size> for D
where
    Number<Size>: Rem<Number<D>>,
    Mod<Number<Size>, Number<D>>: Zero,
{
}

/// The number 0.
pub trait Zero {}

impl Zero for UTerm {}

/// A number of equal parts of an axis of size `Size`: `Heads<H>` of attention and `Groups<G>` of a normalisation, of
/// which there are 1 to 4096.
///
/// It is the one bound of a function generic over the axis.
///
/// ```
/// use shapes::{Attention, Dim, Dimension, Heads, Splits};
///
/// fn attention<W, X, H: Attention<W, W, W, W, X, Output = X>>() {}
/// fn block<B: Dimension, N: Dimension, D: Dimension>()
/// where
///     Heads<8>: Splits<D>,
/// {
///     attention::<(D, D), (B, N, D), Heads<8>>();
///     attention::<(D, D), (N, D), Heads<8>>();
/// }
/// block::<Dim<64>, Dim<10>, Dim<256>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` do not split an axis of size `{Size}` into equal parts",
    label = "the number must divide the size",
    note = "a generic function says `{Self}: Splits<{Size}>`; the number is 1 to 4096"
)]
pub trait Splits<Size> {}

macro_rules! splits {
    ($($parts:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<Size, Count, const N: usize> Splits<Size> for $parts<N>
        where
            Dim<N>: Static<Dimension = Count>,
            Count: Divides<Size>,
        {
        }
    )*};
}

splits! { Heads Groups }

/// `Self * Part` is `Whole`, whatever their names.
pub trait Times<Part, Whole> {}

impl<A: Natural, Part: Natural, Whole: Natural> Times<Part, Whole> for A
where
    Number<A>: Mul<Number<Part>>,
    Prod<Number<A>, Number<Part>>: Same<Number<Whole>>,
{
}

/// `Self` is at least 1.
pub trait Positive {}

impl<A: Natural> Positive for A where Number<A>: NonZero {}
