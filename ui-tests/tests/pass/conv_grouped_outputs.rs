use session::prelude::*;

type O = Dim<8>;

pub fn case(s: &Session, w: TensorRef<shape![O, 2, 3]>, b: TensorRef<shape![O]>, x: TensorRef<shape![64, 4, 28]>) {
    s.conv_grouped(w, b, x, dims![1], dims![0], dims![1], Groups::<2>);
}
