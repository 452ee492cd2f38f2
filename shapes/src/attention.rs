//! Heads of attention.

use crate::arithmetic::Divides;
use crate::{Dim, Heads};

/// `s.multi_head_attention(wq, wk, wv, wo, x, heads, mask)` for `heads: Self`: `wq`, `wk` and `wv` are
/// `(D, W)`, `wo` is `(W, D)`, `x` is `(N, D)` or `(B, N, D)`, and the heads divide the width `W`.
///
/// ```
/// use shapes::{Attention, Dim, Heads};
///
/// fn attention<W, O, X, H: Attention<W, W, W, O, X, Output = X>>() {}
/// attention::<(Dim<256>, Dim<512>), (Dim<512>, Dim<256>), (Dim<10>, Dim<256>), Heads<8>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "attention: `{Self}` on `{X}` with projections `{WQ}`, `{WK}`, `{WV}` and `{WO}`",
    label = "the number of heads must divide the width of the projections",
    note = "wq, wk and wv have one shape (D, W), wo is (W, D), the input (N, D) or (B, N, D), and the heads divide W"
)]
pub trait Attention<WQ, WK, WV, WO, X> {
    /// The shape of the result, that of the input.
    type Output;
    /// The number of heads.
    const HEADS: usize;
}

#[diagnostic::do_not_recommend]
impl<N, D, Width, const H: usize> Attention<(D, Width), (D, Width), (D, Width), (Width, D), (N, D)> for Heads<H>
where
    Dim<H>: Divides<Width>,
{
    type Output = (N, D);
    const HEADS: usize = H;
}

#[diagnostic::do_not_recommend]
impl<B, N, D, Width, const H: usize> Attention<(D, Width), (D, Width), (D, Width), (Width, D), (B, N, D)> for Heads<H>
where
    Dim<H>: Divides<Width>,
{
    type Output = (B, N, D);
    const HEADS: usize = H;
}
