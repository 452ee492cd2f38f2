use session::prelude::*;

/// A recurrent cell: the state `H` and the input `I` side by side make `J`.
pub fn cell<B: Dimension, H: Dimension, I, J>(
    s: &Session,
    weight: TensorRef<shape![H, J]>,
    bias: TensorRef<shape![H]>,
    state: TensorRef<shape![B, H]>,
    input: TensorRef<shape![B, I]>,
) -> TensorRef<shape![B, H]>
where
    I: Plus<H, Output = J>,
{
    s.tanh(s.linear(weight, bias, s.concat_axis(state, input, Axis::<1>)))
}

pub fn use_it(
    s: &Session,
    weight: TensorRef<shape![64, 80]>,
    bias: TensorRef<shape![64]>,
    state: TensorRef<shape![32, 64]>,
    input: TensorRef<shape![32, 16]>,
) -> TensorRef<shape![32, 64]> {
    cell(s, weight, bias, state, input)
}
