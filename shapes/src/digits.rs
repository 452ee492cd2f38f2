//! Sizes above 4096, in decimal digits so that they can be read.

use core::ops::Add;

use typenum::{B0, B1, Sum, UInt, UTerm, Unsigned};

use crate::{Dimension, Natural};

/// The dimension of a size above 4096, most significant digit first: `Digits<5, 0, 2, 5, 7>`.
///
/// `shape!`, `dims!`, `dim!` and the arithmetic of shapes write these, and always the same
/// one for a size. Others can be written by hand, with a leading zero say; they equal no dimension of the same size.
///
/// ```
/// use shapes::{Digits, Dimension};
///
/// assert_eq!(Digits::<5, 0, 2, 5, 7>::SIZE, 50257);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Digits<
    const A: i8,
    const B: i8 = -1,
    const C: i8 = -1,
    const D: i8 = -1,
    const E: i8 = -1,
    const F: i8 = -1,
    const G: i8 = -1,
    const H: i8 = -1,
    const I: i8 = -1,
    const J: i8 = -1,
>;

/// One decimal digit; -1 in the unused places of [`Digits`].
pub struct Digit<const D: i8>;

/// The decimal digits of a number as a list.
macro_rules! list {
    () => { () };
    ($digit:ident $($rest:ident)*) => { (Digit<$digit>, list!($($rest)*)) };
}

/// The number written by the digits `Self` after the digits of `Before`.
pub trait After<Before> {
    type Number: Unsigned;
}

impl<Before: Unsigned> After<Before> for () {
    type Number = Before;
}

impl<Before, Rest, const D: i8> After<Before> for (Digit<D>, Rest)
where
    Digit<D>: Push<Before>,
    Rest: After<<Digit<D> as Push<Before>>::Number>,
{
    type Number = <Rest as After<<Digit<D> as Push<Before>>::Number>>::Number;
}

/// The number after one more digit.
pub trait Push<Before> {
    type Number: Unsigned;
}

impl<Before: Unsigned> Push<Before> for Digit<-1> {
    type Number = Before;
}

/// Five times a number. A digit `d` after it makes `2 (5 n + d / 2) + d % 2`: two additions and a
/// shift instead of a multiplication.
type FiveTimes<U, B> = Sum<UInt<UInt<UInt<U, B>, B0>, B0>, UInt<U, B>>;

/// A decimal digit list, least significant digit first, doubled, plus the carry.
pub trait Double<Carry> {
    type Digits;
}

impl Double<B0> for () {
    type Digits = ();
}

impl Double<B1> for () {
    type Digits = (Digit<1>, ());
}

macro_rules! digits {
    ($($digit:literal $number:ident: $half:ident $bit:ident, $carry:ident $even:literal $odd:literal;)*) => {$(
        impl Push<UTerm> for Digit<$digit> {
            type Number = typenum::$number;
        }

        impl<U, B> Push<UInt<U, B>> for Digit<$digit>
        where
            UInt<UInt<UInt<U, B>, B0>, B0>: Add<UInt<U, B>>,
            FiveTimes<U, B>: Add<typenum::$half>,
            Sum<FiveTimes<U, B>, typenum::$half>: Unsigned,
        {
            type Number = UInt<Sum<FiveTimes<U, B>, typenum::$half>, $bit>;
        }

        impl<Rest: Double<$carry>> Double<B0> for (Digit<$digit>, Rest) {
            type Digits = (Digit<$even>, Rest::Digits);
        }

        impl<Rest: Double<$carry>> Double<B1> for (Digit<$digit>, Rest) {
            type Digits = (Digit<$odd>, Rest::Digits);
        }
    )*};
}

digits! {
    0 U0: U0 B0, B0 0 1;
    1 U1: U0 B1, B0 2 3;
    2 U2: U1 B0, B0 4 5;
    3 U3: U1 B1, B0 6 7;
    4 U4: U2 B0, B0 8 9;
    5 U5: U2 B1, B1 0 1;
    6 U6: U3 B0, B1 2 3;
    7 U7: U3 B1, B1 4 5;
    8 U8: U4 B0, B1 6 7;
    9 U9: U4 B1, B1 8 9;
}

/// A number as a decimal digit list, least significant digit first: bit by bit from the top, each
/// bit doubling the digits before it, which is many times cheaper than dividing by ten.
pub trait DecimalDigits {
    type Digits;
}

impl DecimalDigits for UTerm {
    type Digits = ();
}

impl<U: DecimalDigits, B> DecimalDigits for UInt<U, B>
where
    U::Digits: Double<B>,
{
    type Digits = <U::Digits as Double<B>>::Digits;
}

/// A digit list, least significant digit first, as a dimension.
pub trait Write {
    type Dimension;
}

/// A number above 4096 as a dimension.
pub trait Decimal {
    type Dimension;
}

impl<U: DecimalDigits> Decimal for U
where
    U::Digits: Write,
{
    type Dimension = <U::Digits as Write>::Dimension;
}

macro_rules! write {
    ($(($($reversed:ident)*) ($($digit:ident)*);)*) => {$(
        impl<$(const $digit: i8),*> Write for list!($($reversed)*) {
            type Dimension = Digits<$($digit),*>;
        }
    )*};
}

write! {
    (D C B A) (A B C D);
    (E D C B A) (A B C D E);
    (F E D C B A) (A B C D E F);
    (G F E D C B A) (A B C D E F G);
    (H G F E D C B A) (A B C D E F G H);
    (I H G F E D C B A) (A B C D E F G H I);
    (J I H G F E D C B A) (A B C D E F G H I J);
}

macro_rules! dimension {
    ($($digit:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$(const $digit: i8),*> Dimension for Digits<$($digit),*>
        where
            list!($($digit)*): After<UTerm>,
        {
            const SIZE: usize = <Self as Natural>::Number::USIZE;
        }

        #[diagnostic::do_not_recommend]
        impl<$(const $digit: i8),*> Natural for Digits<$($digit),*>
        where
            list!($($digit)*): After<UTerm>,
        {
            type Number = <list!($($digit)*) as After<UTerm>>::Number;
        }
    };
}

dimension! { A B C D E F G H I J }
