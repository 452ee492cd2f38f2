//! The fast kernels for `f32` and `f64`: plain slices and small geometries, no graph.
//!
//! Each kernel gives, bit for bit (all NaNs counting as one), what the definition of its operation
//! gives, on every instruction set and any number of threads: only the order in which different
//! outputs are computed is free, never the order of the arithmetic inside one output. The tests in
//! this module compare every kernel with a few lines of plain loops.
//!
//! Memory comes from outside: kernels take scratch where they need it and allocate nothing. All unsafe code of
//! the library lives here, but that which calls plugins of PJRT (`session-pjrt`). This is a crate of its own so that it
//! is compiled beside the dependencies of `session`, which calls it `session::kernels`.

pub mod activation;
pub mod arena;
pub mod buffer;
pub mod convolution;
pub mod elementwise;
pub mod fused;
pub mod instances;
pub mod instruction_set;
pub mod math;
pub mod matmul;
pub mod peak;
pub mod pooling;
pub mod product;
pub mod reduce;
pub mod softmax;
pub mod threads;
mod tile;
pub mod transpose;
pub mod vector;
pub mod window;

#[cfg(test)]
mod tests;

pub use activation::Activation;
pub use arena::{Access, Accesses, Arena, Following, Layout, Memory, Part, Parts, Regions, Table};
pub use buffer::Buffer;
pub use convolution::Convolution;
pub use instruction_set::InstructionSet;
pub use matmul::{Plan, Product};
pub use pooling::Pooling;
pub use threads::Threads;
pub use vector::Element;

/// What a kernel runs on: an instruction set and a number of threads. Neither changes a result.
#[derive(Debug)]
pub struct Processor {
    /// The instruction set whose vectors are used.
    pub instruction_set: InstructionSet,
    /// The threads that large work is split over.
    pub threads: Threads,
}

impl Processor {
    /// The best instruction set of this machine on `threads` threads.
    pub fn new(threads: usize) -> Self {
        Self { instruction_set: InstructionSet::best(), threads: Threads::new(threads) }
    }
}

/// The product of sizes. Kernels check lengths against it, so it must not wrap.
///
/// # Panics
/// If it overflows.
fn size<const N: usize>(factors: [usize; N]) -> usize {
    let product = factors.into_iter().try_fold(1usize, usize::checked_mul);
    product.expect("sizes fit the address space")
}
