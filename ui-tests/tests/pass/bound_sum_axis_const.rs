use session::prelude::*;

pub fn case<const K: usize>(s: &Session, x: TensorRef<shape![64, 784]>)
where
    session::Axis<K>: ReduceAxis<(Dim<64>, Dim<784>)>,
{
    s.sum_axis(x, Axis::<K>);
}
