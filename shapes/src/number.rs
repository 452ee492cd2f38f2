//! The way from type-level numbers back to dimensions, and the macros that [`table`](crate::table)
//! fills.
//!
//! A number of up to twelve bits is looked up by its low six bits, each combination a type of its
//! own, and then by its high bits: 64 traits' worth of 64 rows, because rustc compares all
//! implementations for one type with each other. Longer numbers are written in decimal.

use crate::Dim;

/// A number in the table.
pub trait Entry {
    /// The number in bits.
    type Number: typenum::Unsigned;
}

/// The one dimension of a type-level number.
pub trait ToDimension {
    /// `Dim` up to 4096, `Digits` above.
    type Dimension;
}

/// The dimension of a type-level number.
pub type DimensionOf<U> = <U as ToDimension>::Dimension;

/// The numbers with the low six bits `Self`.
pub trait Row<High> {
    /// The dimension of the number with these high bits.
    type Dimension;
}

/// The choice between `Dim<4096>` and decimal digits.
pub trait Beyond<Number> {
    /// The dimension of the number.
    type Dimension;
}

impl<Number> Beyond<Number> for typenum::True {
    type Dimension = Dim<4096>;
}

impl<Number: crate::digits::Decimal> Beyond<Number> for typenum::False {
    type Dimension = Number::Dimension;
}

impl Entry for Dim<4096> {
    type Number = typenum::U4096;
}

/// Both directions of the table give the number itself.
#[cfg(test)]
pub const fn check<U: typenum::Unsigned + ToDimension<Dimension: crate::Dimension>>(size: usize) {
    assert!(U::USIZE == size && <U::Dimension as crate::Dimension>::SIZE == size);
}

/// The number with these high and low bits.
macro_rules! bits {
    ($high:ty;) => { $high };
    ($high:ty; $bit:ident $($bits:ident)*) => { bits!(typenum::UInt<$high, typenum::$bit>; $($bits)*) };
}

/// The numbers below 64: no high bits.
macro_rules! small {
    ($($size:literal $number:ty;)*) => {$(
        impl $crate::number::Entry for $crate::Dim<$size> {
            type Number = $number;
        }
        impl $crate::number::ToDimension for $number {
            type Dimension = $crate::Dim<$size>;
        }
        #[cfg(test)]
        const _: () = $crate::number::check::<$number>($size);
    )*};
}

/// The low six bits as types, and the numbers that have them.
macro_rules! lows {
    ($($low:ident $($bit:ident)*;)*) => {$(
        pub struct $low;

        impl<U, B> $crate::number::ToDimension for bits!(typenum::UInt<U, B>; $($bit)*)
        where
            $low: $crate::number::Row<typenum::UInt<U, B>>,
        {
            type Dimension = <$low as $crate::number::Row<typenum::UInt<U, B>>>::Dimension;
        }

        beyond! { $low $($bit)* }
    )*};
}

/// The numbers of more than twelve bits: above 4096, which only has zeros in the low bits, itself
/// excepted.
macro_rules! beyond {
    ($low:ident B0 B0 B0 B0 B0 B0) => {
        impl<High, C0, C1, C2, C3, C4, C5, C6> $crate::number::Row<beyond!(@high)> for $low
        where
            beyond!(@high): typenum::IsEqual<typenum::U64>,
            typenum::Eq<beyond!(@high), typenum::U64>:
                $crate::number::Beyond<bits!(beyond!(@high); B0 B0 B0 B0 B0 B0)>,
        {
            type Dimension = <typenum::Eq<beyond!(@high), typenum::U64> as $crate::number::Beyond<
                bits!(beyond!(@high); B0 B0 B0 B0 B0 B0),
            >>::Dimension;
        }
    };
    ($low:ident $($bit:ident)*) => {
        impl<High, C0, C1, C2, C3, C4, C5, C6> $crate::number::Row<beyond!(@high)> for $low
        where
            bits!(beyond!(@high); $($bit)*): $crate::digits::Decimal,
        {
            type Dimension = <bits!(beyond!(@high); $($bit)*) as $crate::digits::Decimal>::Dimension;
        }
    };
    (@high) => {
        typenum::UInt<typenum::UInt<typenum::UInt<typenum::UInt<typenum::UInt<typenum::UInt<
            typenum::UInt<High, C0>, C1>, C2>, C3>, C4>, C5>, C6>
    };
}

/// One number of 7 to 12 bits.
macro_rules! entry {
    ($size:literal $low:ident $high:ty: $($bit:ident)*) => {
        impl $crate::number::Entry for $crate::Dim<$size> {
            type Number = bits!($high; $($bit)*);
        }
        impl $crate::number::Row<$high> for $low {
            type Dimension = $crate::Dim<$size>;
        }
        #[cfg(test)]
        const _: () = $crate::number::check::<bits!($high; $($bit)*)>($size);
    };
}
pub(crate) use {beyond, bits, entry, lows, small};
