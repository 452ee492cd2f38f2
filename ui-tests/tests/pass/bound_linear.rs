use session::prelude::*;

pub fn case<X: Shape + session::shapes::Linear<(session::Dim<10>, session::Dim<784>), (session::Dim<10>,)>>(
    s: &Session,
    w: TensorRef<shape![10, 784]>,
    b: TensorRef<shape![10]>,
    x: TensorRef<X>,
) {
    s.linear(w, b, x);
}
