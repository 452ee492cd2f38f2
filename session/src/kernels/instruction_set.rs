//! Which vector instructions this machine has, and code compiled once for each of them.

use super::vector::{Body, Element, Vector};

/// A set of vector instructions that this machine has: a value exists only for such a set, so
/// that running code compiled for it is sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstructionSet(Name);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    None,
}

impl InstructionSet {
    /// None that kernels are compiled for: operations run as their definition, which gives the same bits.
    pub const NONE: Self = Self(Name::None);

    /// Every instruction set that kernels are compiled for and this machine has, the best first.
    pub fn available() -> impl Iterator<Item = Self> {
        [
            #[cfg(target_arch = "x86_64")]
            (is_avx512(), Name::Avx512),
            #[cfg(target_arch = "x86_64")]
            (is_avx2(), Name::Avx2),
            #[cfg(target_arch = "aarch64")]
            (true, Name::Neon),
        ]
        .into_iter()
        .filter_map(|(available, name): (bool, Name)| available.then_some(Self(name)))
    }

    /// The best of them, or [`NONE`](Self::NONE).
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::NONE)
    }

    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Name::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Name::Avx2 => "AVX2",
            #[cfg(target_arch = "aarch64")]
            Name::Neon => "NEON",
            Name::None => "no vectors",
        }
    }

    /// The set to use when only `lanes` lanes of a vector would do work: half as wide where that
    /// wastes less.
    #[cfg_attr(not(target_arch = "x86_64"), allow(unused_variables))]
    pub(super) fn for_lanes<T: Element>(self, lanes: usize) -> Self {
        match self.0 {
            // A machine with AVX-512 has AVX2.
            #[cfg(target_arch = "x86_64")]
            Name::Avx512 if lanes <= <T::Avx2 as Vector<T>>::LANES => Self(Name::Avx2),
            name => Self(name),
        }
    }

    /// Runs `body`, compiled for this set, or for half of it: see [`Body::WIDEST`].
    ///
    /// # Panics
    /// Without an instruction set.
    #[inline]
    pub(super) fn run<T: Element, B: Body<T>>(self, body: B) -> B::Output {
        // SAFETY: a value of this type exists only for a set that the machine has.
        unsafe {
            match self.0 {
                #[cfg(target_arch = "x86_64")]
                Name::Avx512 => {
                    // In a constant, so that only one of them is compiled. A machine with AVX-512 has AVX2.
                    if const { B::WIDEST } { T::Avx512::apply(body) } else { T::Avx2::apply(body) }
                }
                #[cfg(target_arch = "x86_64")]
                Name::Avx2 => T::Avx2::apply(body),
                #[cfg(target_arch = "aarch64")]
                Name::Neon => T::Neon::apply(body),
                Name::None => unreachable!("there is no kernel for {} bytes without vectors", size_of_val(&body)),
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn is_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_avx2()
}

#[cfg(target_arch = "x86_64")]
fn is_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}
