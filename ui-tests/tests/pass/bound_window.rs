use session::prelude::*;

fn same<H: Window<Dim<3>, Dim<1>, Dim<1>>>(
    s: &Session,
    w: TensorRef<shape![8, 8, 3]>,
    b: TensorRef<shape![8]>,
    x: TensorRef<shape![8, H]>,
) {
    s.conv(w, b, x, dims![1], dims![1]);
}

pub fn case<H: Dimension + session::shapes::Window<session::Dim<3>, session::Dim<1>, session::Dim<1>>>(
    s: &Session,
    w: TensorRef<shape![8, 8, 3]>,
    b: TensorRef<shape![8]>,
    x: TensorRef<shape![8, H]>,
) {
    same(s, w, b, x);
}
