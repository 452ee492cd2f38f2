use session::prelude::*;

/// A small LeNet, for any batch.
pub fn classify<B: Dimension>(
    s: &Session,
    kernel: TensorRef<shape![8, 1, 5, 5]>,
    kernel_bias: TensorRef<shape![8]>,
    weight: TensorRef<shape![10, 1568]>,
    bias: TensorRef<shape![10]>,
    images: TensorRef<shape![B, 1, 28, 28]>,
) -> TensorRef<shape![B, 10]> {
    let h = s.relu(s.conv2d(kernel, kernel_bias, images, Stride::<1>, Padding::<2>));
    let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
    s.linear(weight, bias, s.flatten_from(h, Axis::<1>))
}
