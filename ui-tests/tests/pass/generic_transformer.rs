use session::prelude::*;

/// A transformer's attention block, for any batch, length and width that the heads divide.
pub fn attend<B: Dimension, N: Dimension, D: Dimension, const H: usize>(
    s: &Session,
    heads: Heads<H>,
    [query, key, value, out]: [TensorRef<shape![D, D]>; 4],
    [gamma, beta]: [TensorRef<shape![D]>; 2],
    x: TensorRef<shape![B, N, D]>,
) -> TensorRef<shape![B, N, D]>
where
    Heads<H>: Splits<D>,
{
    let h = s.layer_norm(x, gamma, beta);
    s.add(x, s.multi_head_attention(query, key, value, out, h, heads, Some(Mask::causal())))
}

pub fn use_it<B: Dimension>(
    s: &Session,
    projections: [TensorRef<shape![256, 256]>; 4],
    norm: [TensorRef<shape![256]>; 2],
    x: TensorRef<shape![B, 128, 256]>,
) -> TensorRef<shape![B, 128, 256]> {
    attend(s, Heads::<8>, projections, norm, x)
}
