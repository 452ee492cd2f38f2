use session::prelude::*;

/// `N` is a number as well as a size.
pub fn mean_image<const N: usize>(s: &Session, images: TensorRef<shape![{ N }, 784]>) -> TensorRef<shape![784]> {
    s.scale(s.sum_axis(images, Axis::<0>), 1.0 / N as f64)
}

pub fn use_it(s: &Session, images: TensorRef<shape![64, 784]>) -> TensorRef<shape![784]> {
    mean_image(s, images)
}
