use session::prelude::*;

// rustc, and with it an editor, takes the result for a plain tuple of sizes: the note of the message shows it.
pub fn case(s: &Session, w: TensorRef<shape![8, 1, 5, 5]>, b: TensorRef<shape![8]>, x: TensorRef<shape![1, 28, 28]>) {
    let _: TensorRef<shape![8, 28, 28]> = s.conv2d(w, b, x, Stride::<1>, Padding::<2>);
}
