//! Heads of attention.

use crate::arithmetic::Divides;
use crate::{Dim, Heads, Static};

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
    message = "attention: `{Self}` with projections `{WQ}`, `{WK}`, `{WV}` and `{WO}` do not fit the input `{X}`",
    label = "the number of heads must divide the width of the projections, and these fit the input",
    note = "wq, wk and wv have one shape (D, W), wo is (W, D), the input (N, D) or (B, N, D), and the heads divide W"
)]
pub trait Attention<WQ, WK, WV, WO, X> {
    /// The shape of the result, that of the input.
    type Output;
    /// The number of heads.
    const HEADS: usize;
}

macro_rules! attention {
    ($($batch:ident)?) => {
        #[diagnostic::do_not_recommend]
        impl<$($batch,)? N, D, W, Count, const H: usize> Attention<(D, W), (D, W), (D, W), (W, D), ($($batch,)? N, D)>
            for Heads<H>
        where
            Dim<H>: Static<Dimension = Count>,
            Count: Divides<W>,
        {
            type Output = ($($batch,)? N, D);
            const HEADS: usize = H;
        }
    };
}

attention! {}
attention! { B }
