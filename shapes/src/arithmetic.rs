//! Arithmetic on dimensions: what the rules need, each as a trait that fails where the result would
//! not be a size.

use core::ops::{Add, Mul, Rem, Sub};

use typenum::{Diff, Mod, NonZero, Prod, Sum, UTerm};

use crate::Natural;
use crate::natural::Number;
use crate::number::{DimensionOf, ToDimension};
use crate::shape::Same;

/// The sum of two dimensions.
pub trait Plus<B> {
    type Output;
}

impl<A: Natural, B: Natural> Plus<B> for A
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
