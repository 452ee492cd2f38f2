//! The geometry of matrix products: shared by the definition and the kernels.

/// A stack of row-major products `[m, k] · [k, n]`, each operand stored transposed where it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    /// The number of products.
    pub batch: usize,
    /// The rows of a result.
    pub m: usize,
    /// The columns of a result.
    pub n: usize,
    /// The length of the chains.
    pub k: usize,
    /// Whether the first operands are stored as `[k, m]`.
    pub transpose_a: bool,
    /// Whether the second operands are stored as `[n, k]`.
    pub transpose_b: bool,
}
