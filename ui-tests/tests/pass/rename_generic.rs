use session::prelude::*;

dim!(pub Hidden = 512);

pub fn case<B: Natural>(s: &Session, x: TensorRef<shape![B, 512]>) {
    s.rename(x, dims![B, Hidden]);
}
