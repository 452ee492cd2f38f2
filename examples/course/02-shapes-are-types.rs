//! 2: shapes are types. Each operation has a rule that gives the shape of its result; rustc applies it, so that a
//! wrong program does not compile, and an editor shows every shape.
//!
//! A session records what it is told to compute; a `TensorRef<S>` stands for a value of shape `S`. Nothing here is
//! computed: the shapes of the table are known before the program runs.

use session::prelude::*;

// An axis with a name is equal to itself only: scores of words do not mix with scores of anything else.
dim!(Words = 1000, Features = 64);

/// The shape is that of the type; the ref itself is not looked at.
fn show<S: Shape>(what: &str, _: TensorRef<S>) {
    println!("  {what:<44}{:?}", S::DIMS);
}

/// For a batch of any size: `B` needs no bound but `Dimension`, and the sizes inside are checked once, here.
fn digit_scores<B: Dimension>(
    s: &Session,
    kernel: TensorRef<shape![8, 1, 5, 5]>,
    bias: TensorRef<shape![8]>,
    weight: TensorRef<shape![10, 1152]>,
    zero: TensorRef<shape![10]>,
    images: TensorRef<shape![B, 1, 28, 28]>,
) -> TensorRef<shape![B, 10]> {
    let h = s.conv2d(kernel, bias, images, Stride::<1>, Padding::<0>);
    show("conv2d with 8 kernels 5 x 5", h);
    let h = s.max_pool2d(s.relu(h), Kernel::<2, 2>, Stride::<2>);
    show("max_pool2d of 2 x 2, step 2", h);
    let h = s.flatten_from(h, Axis::<1>);
    show("flatten_from axis 1: 8 · 12 · 12", h);
    s.linear(weight, zero, h)
}

fn main() -> Result<(), Error> {
    let s = Session::<f32>::new(Options::default());
    let kernel = s.input(Tensor::zeros())?;
    let (bias, weight, zero) = (s.input(Tensor::zeros())?, s.input(Tensor::zeros())?, s.input(Tensor::zeros())?);
    let images = s.input(Tensor::<f32, shape![64, 1, 28, 28]>::zeros())?;
    let few = s.input(Tensor::<f32, shape![2, 1, 28, 28]>::zeros())?;
    let words = s.input(Tensor::<f32, shape![64, Words]>::zeros())?;
    let table = s.input(Tensor::<f32, shape![Words, Features]>::zeros())?;

    println!("a network, for a batch of 64:");
    show("images", images);
    // The four zeros above have no shape written: it follows from their use here.
    let scores = digit_scores(&s, kernel, bias, weight, zero, images);
    show("linear to 10 scores", scores);
    println!("and for a batch of 2:");
    show("linear to 10 scores", digit_scores(&s, kernel, bias, weight, zero, few));

    println!("arithmetic of sizes, and names:");
    show("concat of 64 and 2 images", s.concat(images, few));
    show("slice 10..20 of the images", s.slice(images, Slice::<10, 20>));
    show("reshape of [64, 10] to [20, 32]", s.reshape(scores, dims![20, 32]));
    let features = s.matmul(words, table);
    show("[64, Words] times [Words, Features]", features);
    // s.matmul(features, table) does not compile, and rustc says:
    //     cannot multiply `(Dim<64>, Features)` by `(Words, Features)`
    //     the inner dimensions must be equal: (.., M, K) by (K, N)
    // Nor does s.add(scores, s.transpose(scores)), nor s.reshape(scores, dims![20, 33]).

    // Where a shape is known at run time only, it is checked once, and from there on it is a type.
    let loaded = DynTensor::from(Tensor::<f32, shape![2, 6]>::ones());
    println!("from a file, with the shape {}:", loaded.shape());
    for result in [
        loaded.clone().into_shape::<shape![2, 6]>().map(|_| "taken as [2, 6]".to_owned()),
        loaded.into_shape::<shape![12]>().map(|_| "taken as [12]".to_owned()),
    ] {
        println!("  {}", result.unwrap_or_else(|error| error.to_string()));
    }
    Ok(())
}
