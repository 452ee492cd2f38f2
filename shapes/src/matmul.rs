//! Products of matrices.

/// `a.matmul(b)` for `b: Self`: `(.., M, K)` by `(K, N)` gives `(.., M, N)`, with any number of
/// leading axes; `(K,)` by `(K, N)` gives `(N,)`; `(M, K)` by `(K,)` gives `(M,)`; `(B, M, K)` by
/// `(B, K, N)` gives `(B, M, N)`.
///
/// ```
/// use shapes::{Dim, MatMul};
///
/// fn product<A, B: MatMul<A, Output = C>, C>() {}
/// product::<(Dim<2>, Dim<3>), (Dim<3>, Dim<4>), (Dim<2>, Dim<4>)>();
/// ```
///
/// ```compile_fail
/// # use shapes::{Dim, MatMul};
/// # fn product<A, B: MatMul<A, Output = C>, C>() {}
/// product::<(Dim<2>, Dim<3>), (Dim<4>, Dim<4>), (Dim<2>, Dim<4>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot multiply `{A}` by `{Self}`",
    label = "the inner dimensions must be equal: (.., M, K) by (K, N)",
    note = "matmul also takes (M, K) by a vector (K,), and a batch (B, M, K) by (B, K, N); `s.transpose(..)` swaps the axes of a matrix"
)]
pub trait MatMul<A> {
    /// The shape of the product.
    type Output;
}

macro_rules! matmul {
    ((A B C D E F G H)) => {};
    (($($lead:ident)*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($lead,)* K, N> MatMul<($($lead,)* K,)> for (K, N) {
            type Output = ($($lead,)* N,);
        }
    };
}

each_rank! { matmul }

#[diagnostic::do_not_recommend]
impl<M, K> MatMul<(M, K)> for (K,) {
    type Output = (M,);
}

#[diagnostic::do_not_recommend]
impl<B, M, K, N> MatMul<(B, M, K)> for (B, K, N) {
    type Output = (B, M, N);
}

/// `a.bmm(b)` for `b: Self`: `(B, M, K)` by `(B, K, N)` gives `(B, M, N)`.
///
/// ```
/// use shapes::{BatchMatMul, Dim};
///
/// fn product<A, B: BatchMatMul<A, Output = C>, C>() {}
/// product::<(Dim<8>, Dim<2>, Dim<3>), (Dim<8>, Dim<3>, Dim<4>), (Dim<8>, Dim<2>, Dim<4>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot multiply the batch of matrices `{A}` by the batch `{Self}`",
    label = "expected (B, M, K) by (B, K, N)",
    note = "both have the same number of matrices, and the columns of the left are the rows of the right; `s.matmul(..)` multiplies a batch by one matrix"
)]
pub trait BatchMatMul<A> {
    /// The shape of the product.
    type Output;
}

#[diagnostic::do_not_recommend]
impl<A, B, C> BatchMatMul<A> for B
where
    B: BatchProduct<A, Output = C>,
{
    type Output = C;
}

/// The rule of [`BatchMatMul`]; apart from it, because rustc would describe a lone implementation
/// beside our message.
pub trait BatchProduct<A> {
    type Output;
}

impl<B, M, K, N> BatchProduct<(B, M, K)> for (B, K, N) {
    type Output = (B, M, N);
}

/// `s.linear(w, b, x)` for `x: Self`: `w` `(O, I)`, `b` `(O,)`, `x` `(.., I)` give `(.., O)`.
///
/// ```
/// use shapes::{Dim, Linear};
///
/// fn linear<W, B, X: Linear<W, B, Output = Y>, Y>() {}
/// linear::<(Dim<10>, Dim<784>), (Dim<10>,), (Dim<64>, Dim<784>), (Dim<64>, Dim<10>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "linear: a weight `{W}` and a bias `{Bias}` do not fit the input `{Self}`",
    label = "the last axis of the input must be the second of the weight, and the bias its first",
    note = "`s.linear(w, b, x)` takes a weight (O, I), a bias (O,) and an input (.., I), and gives (.., O)"
)]
pub trait Linear<W, Bias> {
    /// The shape of the result.
    type Output;
}

macro_rules! linear {
    ((A B C D E F G H)) => {};
    (($($lead:ident)*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($lead,)* I, O> Linear<(O, I), (O,)> for ($($lead,)* I,) {
            type Output = ($($lead,)* O,);
        }
    };
}

each_rank! { linear }
