//! Every kernel against a few plain lines, bit for bit, on every instruction set of this machine.

mod convolution;
mod fused;
mod matmul;
mod pooling;
mod reduce;
mod tools;
mod vector;

use super::{Element, InstructionSet, Processor, Threads};
use tools::*;

/// What the plain lines need of a number besides.
trait Float: Element {
    fn from_f64(value: f64) -> Self;
    fn to_f64(self) -> f64;
    fn bits(self) -> u64;
    fn mul_add(self, factor: Self, addend: Self) -> Self;
}

macro_rules! float {
    ($($type:ident)*) => {$(
        impl Float for $type {
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            fn to_f64(self) -> f64 {
                self.into()
            }
            fn bits(self) -> u64 {
                if self.is_nan() { $type::NAN.to_bits().into() } else { self.to_bits().into() }
            }
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                $type::mul_add(self, factor, addend)
            }
        }
    )*};
}

float! { f32 f64 }
