//! One axis as a type.

use core::fmt::Debug;

/// The size of one axis, as a type.
pub trait Dimension: Copy + Default + Debug + Send + Sync + 'static {
    /// The number of elements along the axis.
    const SIZE: usize;
}

/// The dimension of size `N`, for every `N` from 0 to 4096.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dim<const N: usize>;

impl<const N: usize> Dimension for Dim<N> {
    const SIZE: usize = N;
}
