use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 10]>)
where
    session::Slice<1, 4>: SliceFirst<(B, Dim<10>)>,
{
    s.slice(x, Slice::<1, 4>);
}
