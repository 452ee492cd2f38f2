use session::prelude::*;

dim!(pub Batch = 64, pub Hidden = 512);

pub fn case(s: &Session, x: TensorRef<shape![64, 512]>) {
    s.rename(x, dims![Batch, Hidden]);
}
