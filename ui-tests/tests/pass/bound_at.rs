use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 10]>)
where
    session::Index<3>: StaticIndex<(B, Dim<10>)>,
{
    s.at(x, Index::<3>);
}
