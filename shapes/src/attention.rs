//! Heads of attention, and masks over positions.

use crate::{Heads, Splits};

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
    note = "wq, wk and wv have one shape (D, W), wo is (W, D), the input (N, D) or (B, N, D), and the heads, written `Heads::<8>`, divide W",
    note = "in a generic function, a bound says it: `where Heads<8>: Splits<D>`"
)]
pub trait Attention<WQ, WK, WV, WO, X> {
    /// The axis of positions.
    type Positions;
    /// The shape of the result, that of the input. What a mask must fit is known of it also where this trait is the
    /// bound of a generic function.
    type Output: AttentionMask<Self::Positions>;
    /// The number of heads.
    const HEADS: usize;
}

macro_rules! attention {
    ($($batch:ident)?) => {
        #[diagnostic::do_not_recommend]
        impl<$($batch,)? N, D, W, const H: usize> Attention<(D, W), (D, W), (D, W), (W, D), ($($batch,)? N, D)>
            for Heads<H>
        where
            Heads<H>: Splits<W>,
        {
            type Positions = N;
            type Output = ($($batch,)? N, D);
            const HEADS: usize = H;
        }
    };
}

attention! {}
attention! { B }

/// A mask over `N` positions for `s.multi_head_attention(.., mask)` on an input `Self`: `N` is its axis
/// before the last.
///
/// Implemented for the input, not for the last argument: `N` is unknown where there is no mask, and then
/// follows from the input. A method states it of [`Attention::Output`], so that nothing is said about a
/// mask where the input itself does not fit.
///
/// ```
/// use shapes::{AttentionMask, Dim, Dimension};
///
/// fn mask<X: AttentionMask<N>, N>() {}
/// fn tokens<B: Dimension>() {
///     mask::<(B, Dim<10>, Dim<256>), Dim<10>>();
///     mask::<(B, Dim<10>, Dim<256>), _>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "attention: a mask over `{N}` positions does not fit the input `{Self}`",
    label = "the mask must have the positions of the input",
    note = "an input (N, D) or (B, N, D) takes a mask over N positions"
)]
pub trait AttentionMask<N> {}

#[diagnostic::do_not_recommend]
impl<N, D> AttentionMask<N> for (N, D) {}

#[diagnostic::do_not_recommend]
impl<B, N, D> AttentionMask<N> for (B, N, D) {}

/// `s.multi_head_attention_padded(.., mask, present)` for `present: Self`: which positions of each sample
/// are there, `(B, N)` for an input `(B, N, D)`.
///
/// ```
/// use shapes::{Dim, Dimension, KeyPaddingMask};
///
/// fn mask<X, P: KeyPaddingMask<X>>() {}
/// fn tokens<B: Dimension>() {
///     mask::<(B, Dim<10>, Dim<256>), (B, Dim<10>)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "attention: a padding mask `{Self}` does not fit the input `{X}`",
    label = "the mask must have the samples and the positions of the input",
    note = "an input (B, N, D) takes a padding mask (B, N); an input (N, D) has no samples to pad"
)]
pub trait KeyPaddingMask<X> {}

#[diagnostic::do_not_recommend]
impl<X, P: Positions<X>> KeyPaddingMask<X> for P {}

/// The rule of [`KeyPaddingMask`]; apart from it, because rustc would describe a lone implementation
/// beside our message.
pub trait Positions<X> {}

impl<B, N, D> Positions<(B, N, D)> for (B, N) {}
