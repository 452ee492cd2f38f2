use session::prelude::*;

pub fn case<X: Shape>(s: &Session, x: TensorRef<X>, w: TensorRef<shape![784, 10]>)
where
    (Dim<784>, Dim<10>): session::shapes::MatMul<X>,
{
    s.matmul(x, w);
}
