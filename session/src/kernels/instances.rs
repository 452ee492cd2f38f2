//! What the crates above would compile anew, compiled here once for `f32`, and with the feature `f64` for that number too:
//! `session::instances` says how.
#![doc(hidden)]

use crate::convolution::After;
use crate::fused::{Loop, Operand, for_each_tile};
use crate::matmul::Then;
use crate::reduce::{maximum, sum};
use crate::softmax::{log_softmax, log_sum_exp, softmax};
use crate::transpose::transposed;
use crate::window::Axis;
use crate::{Convolution, Element, Pooling, Processor, Product};

/// Makes the instances. Nobody calls it, and no program contains it.
pub fn instances(processor: &Processor) {
    kernels::<f32>(processor, &[], &mut [], &mut []);
    #[cfg(feature = "f64")]
    kernels::<f64>(processor, &[], &mut [], &mut []);
}

fn kernels<T: Element>(processor: &Processor, x: &[T], out: &mut [T], scratch: &mut [T]) {
    let product = Product { batch: 0, m: 0, n: 0, k: 0, transpose_a: false, transpose_b: false };
    product.plan::<T>(processor).run(processor, x, x, Then::Nothing, out, scratch);

    transposed(processor, 0, 0, x, out);

    let axes = [Axis::ABSENT; 3];
    let convolution = Convolution { batch: 0, input_channels: 0, output_channels: 0, groups: 1, axes };
    convolution.forward(processor, x, After::NOTHING, x, out, scratch);
    convolution.input_gradient(processor, x, x, out, scratch);
    convolution.weight_gradient(processor, x, x, out, scratch);

    let pooling = Pooling { planes: 0, axes };
    pooling.select(processor, x, x, out);
    pooling.scatter(processor, x, x, false, out);
    pooling.average(processor, x, out);
    pooling.spread(processor, x, out);
    pooling.unfold(processor, x, T::number(0.0), out);
    pooling.fold(processor, x, out);

    let sizes = Loop { minimum: 0, plane: 1, locals: 0 };
    for_each_tile(processor, sizes, &[x], &mut [out], scratch, &|tile| tile.repeat(0, 1, Operand::Output(0)));

    sum(processor, 0, 0, 0, x, out);
    maximum(processor, 0, 0, 0, x, out);
    softmax(processor, 0, 0, 0, x, out);
    log_softmax(processor, 0, 0, 0, x, out);
    log_sum_exp(processor, 0, 0, 0, x, out, scratch);
}
