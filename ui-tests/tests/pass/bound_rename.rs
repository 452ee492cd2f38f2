use session::prelude::*;

pub fn case<H: Dimension>(s: &Session, x: TensorRef<shape![64, 512]>)
where
    (Dim<64>, H): Rename<(Dim<64>, Dim<512>)>,
{
    s.rename(x, dims![64, H]);
}
