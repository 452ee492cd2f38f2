use session::prelude::*;

pub fn case<const B: usize>(s: &Session, x: TensorRef<shape![{ B }, 10]>, y: TensorRef<shape![2, 10]>)
where
    (Dim<2>, Dim<10>): session::shapes::Concat<(Dim<B>, Dim<10>)>,
{
    s.concat(x, y);
}
