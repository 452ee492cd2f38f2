//! References to values of a recording.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;
use crate::ir::{Id, NatId};

/// Names one recording of one session: no two have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(u64);

impl Stamp {
    /// A stamp that no recording has had.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed) & STAMPS)
    }

    pub(crate) fn check(self, found: Self) -> Result<(), Error> {
        if found == self { Ok(()) } else { Err(Error::StaleRef { recording: self.0, found: found.0 }) }
    }

    pub(crate) fn check_gradients(self, found: Self) -> Result<(), Error> {
        if found == self { Ok(()) } else { Err(Error::StaleGradients { recording: self.0, found: found.0 }) }
    }
}

const INDEX_BITS: u32 = 24;
const STAMPS: u64 = u64::MAX >> INDEX_BITS;

/// The most values of a recording: what the index in a reference can tell apart.
pub(crate) const MAX_VALUES: usize = 1 << INDEX_BITS;

/// A position and the stamp of its recording in 8 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raw(u64);

impl Raw {
    pub(crate) fn new(index: usize, stamp: Stamp) -> Self {
        debug_assert!(index < MAX_VALUES);
        Self(stamp.0 << INDEX_BITS | index as u64)
    }

    pub(crate) fn index(self) -> usize {
        (self.0 & (MAX_VALUES as u64 - 1)) as usize
    }

    pub(crate) fn stamp(self) -> Stamp {
        Stamp(self.0 >> INDEX_BITS)
    }
}

macro_rules! reference {
    ($(#[$doc:meta])* $name:ident $id:ident) => {
        $(#[$doc])*
        pub struct $name<S> {
            raw: Raw,
            shape: PhantomData<fn() -> S>,
        }

        impl<S> $name<S> {
            pub(crate) fn new(raw: Raw) -> Self {
                Self { raw, shape: PhantomData }
            }

            pub(crate) fn raw(self) -> Raw {
                self.raw
            }

            /// The position in the graph of the recording.
            pub fn id(self) -> $id {
                $id::new(self.raw.index())
            }
        }

        impl<S> Clone for $name<S> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<S> Copy for $name<S> {}

        impl<S> PartialEq for $name<S> {
            fn eq(&self, other: &Self) -> bool {
                self.raw == other.raw
            }
        }

        impl<S> Eq for $name<S> {}

        impl<S> fmt::Debug for $name<S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} of recording {}", self.id(), self.raw.stamp().0)
            }
        }
    };
}

reference! {
    /// A value of a recording, whose shape is the type `S`. 8 bytes, `Copy`.
    ///
    /// It belongs to the recording it was made in: another session, or the same one after
    /// [`reset_tape`](crate::Session::reset_tape), refuses it.
    TensorRef Id
}

reference! {
    /// Natural numbers of shape `S` in a recording: indices or labels, outside differentiation.
    NatTensorRef NatId
}

/// A vector of `K` natural numbers.
pub type NatVecRef<K> = NatTensorRef<(K,)>;

/// One natural number.
pub type NatRef = NatTensorRef<()>;
