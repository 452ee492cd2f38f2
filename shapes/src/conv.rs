//! Convolution and transposed convolution.

use crate::window::{TransposedWindow, Window};
use crate::{Dim, Dimension, Padding, Static, Stride};

/// `s.conv(w, b, x, stride, padding)` for `padding: Self`: `w` is `(O, I, kernel..)`, `b` is `(O,)`, `x`
/// is `(I, spatial..)` or `(N, I, spatial..)`, stride and padding are tuples of a number for each of
/// the one to three spatial axes.
///
/// ```
/// use shapes::{Conv, Dim};
///
/// fn conv<W, B, X, S, P: Conv<W, B, X, S, Output = Y>, Y>() {}
/// conv::<(Dim<8>, Dim<3>, Dim<5>), (Dim<8>,), (Dim<3>, Dim<28>), (Dim<2>,), (Dim<1>,), (Dim<8>, Dim<13>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot convolve the input `{X}` with the weight `{W}`, bias `{B}`, stride `{S}` and padding `{Self}`",
    label = "weight, bias and input must agree on the channels, the kernel fit the padded input, and the stride be at least 1",
    note = "`s.conv(w, b, x, dims![1, 1], dims![0, 0])`, with a stride and a padding for each spatial axis, takes a weight (O, I, kernel..), a bias (O,) and an input (I, spatial..) or (N, I, spatial..); along each: 1 <= kernel <= input + 2 * padding, 1 <= stride"
)]
pub trait Conv<W, B, X, S> {
    /// The shape of the result.
    type Output;
    /// The distance between windows along each spatial axis.
    const STRIDE: &'static [usize];
    /// The cells added on each side along each spatial axis.
    const PADDING: &'static [usize];
}

/// `s.conv_transpose(w, b, x, stride, padding)` for `padding: Self`: as [`Conv`], with `w`
/// `(I, O, kernel..)`; the size is `(input - 1) * stride + kernel - 2 * padding`, at least 1.
///
/// ```
/// use shapes::{ConvTranspose, Dim};
///
/// fn conv<W, B, X, S, P: ConvTranspose<W, B, X, S, Output = Y>, Y>() {}
/// conv::<(Dim<3>, Dim<8>, Dim<4>), (Dim<8>,), (Dim<3>, Dim<14>), (Dim<2>,), (Dim<1>,), (Dim<8>, Dim<28>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot apply the transposed convolution with weight `{W}`, bias `{B}`, stride `{S}` and padding `{Self}` to the input `{X}`",
    label = "weight, bias and input must agree on the channels, and the output have at least size 1",
    note = "a weight (I, O, kernel..) takes a bias (O,) and an input (I, spatial..) or (N, I, spatial..); for each spatial axis: 1 <= (input - 1) * stride + kernel - 2 * padding"
)]
pub trait ConvTranspose<W, B, X, S> {
    /// The shape of the result.
    type Output;
    /// The distance between windows along each spatial axis of the result.
    const STRIDE: &'static [usize];
    /// The cells removed on each side along each spatial axis of the result.
    const PADDING: &'static [usize];
}

macro_rules! conv {
    (($($batch:ident)?) $([$axis:ident $kernel:ident $stride:ident $padding:ident $_:ident $output:ident])*) => {
        #[diagnostic::do_not_recommend]
        impl<$($batch,)? Outputs, Inputs, $($axis, $kernel, $stride, $padding, $output),*> Conv<
            (Outputs, Inputs, $($kernel,)*),
            (Outputs,),
            ($($batch,)? Inputs, $($axis,)*),
            ($($stride,)*),
        > for ($($padding,)*)
        where
            $($axis: Window<$kernel, $stride, $padding, Output = $output>,
            $stride: Dimension,
            $padding: Dimension,)*
        {
            type Output = ($($batch,)? Outputs, $($output,)*);
            const STRIDE: &'static [usize] = &[$($stride::SIZE),*];
            const PADDING: &'static [usize] = &[$($padding::SIZE),*];
        }

        #[diagnostic::do_not_recommend]
        impl<$($batch,)? Outputs, Inputs, $($axis, $kernel, $stride, $padding, $output),*> ConvTranspose<
            (Inputs, Outputs, $($kernel,)*),
            (Outputs,),
            ($($batch,)? Inputs, $($axis,)*),
            ($($stride,)*),
        > for ($($padding,)*)
        where
            $($axis: TransposedWindow<$kernel, $stride, $padding, Output = $output>,
            $stride: Dimension,
            $padding: Dimension,)*
        {
            type Output = ($($batch,)? Outputs, $($output,)*);
            const STRIDE: &'static [usize] = &[$($stride::SIZE),*];
            const PADDING: &'static [usize] = &[$($padding::SIZE),*];
        }
    };
}

each_image! { conv }

/// `s.conv2d(w, b, x, stride, padding)` for `padding: Self`: [`Conv`] over two axes with one stride
/// and one padding. Batch and channels may be generic.
///
/// ```
/// use shapes::{Conv2d, Dim, Dimension, Padding, Static, Stride};
///
/// fn conv<W, B, X, S, P: Conv2d<W, B, X, S, Output = Y>, Y>() {}
/// type Weight = (Dim<8>, Dim<1>, Dim<5>, Dim<5>);
/// fn same<B: Dimension>() {
///     conv::<Weight, (Dim<8>,), (B, Dim<1>, Dim<28>, Dim<28>), Stride<1>, Padding<2>, (B, Dim<8>, Dim<28>, Dim<28>)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot convolve the input `{X}` with the weight `{W}`, bias `{B}`, `{S}` and `{Self}`",
    label = "weight, bias and input must agree on the channels, the kernel fit the padded input, and the stride be at least 1",
    note = "`s.conv2d(w, b, x, Stride::<1>, Padding::<0>)` takes a weight (O, I, KH, KW), a bias (O,) and an input (I, H, W) or (N, I, H, W); 1 <= kernel <= input + 2 * padding, 1 <= stride; `Stride` and `Padding` end at 4096",
    note = "in a generic function, a bound says it: `where H: Window<Dim<5>, Dim<1>, Dim<2>, Output = H>`"
)]
pub trait Conv2d<W, B, X, S> {
    /// The shape of the result.
    type Output;
    /// The distance between windows along both axes.
    const STRIDE: usize;
    /// The cells added on each side along both axes.
    const PADDING: usize;
}

/// `s.conv_transpose2d(w, b, x, stride, padding)` for `padding: Self`: [`ConvTranspose`] over two axes
/// with one stride and one padding.
///
/// ```
/// use shapes::{ConvTranspose2d, Dim, Padding, Static, Stride};
///
/// fn conv<W, B, X, S, P: ConvTranspose2d<W, B, X, S, Output = Y>, Y>() {}
/// type Weight = (Dim<3>, Dim<8>, Dim<4>, Dim<4>);
/// conv::<Weight, (Dim<8>,), (Dim<3>, Dim<14>, Dim<14>), Stride<2>, Padding<1>, (Dim<8>, Dim<28>, Dim<28>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot apply the transposed convolution with weight `{W}`, bias `{B}`, `{S}` and `{Self}` to the input `{X}`",
    label = "weight, bias and input must agree on the channels, and the output have at least size 1",
    note = "`s.conv_transpose2d(w, b, x, Stride::<2>, Padding::<1>)` takes a weight (I, O, KH, KW), a bias (O,) and an input (I, H, W) or (N, I, H, W); 1 <= (input - 1) * stride + kernel - 2 * padding"
)]
pub trait ConvTranspose2d<W, B, X, S> {
    /// The shape of the result.
    type Output;
    /// The distance between windows along both axes of the result.
    const STRIDE: usize;
    /// The cells removed on each side along both axes of the result.
    const PADDING: usize;
}

macro_rules! conv2d {
    ($($square:ident $general:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<W, B, X, Y, Step, Pad, const S: usize, const P: usize> $square<W, B, X, Stride<S>> for Padding<P>
        where
            Dim<S>: Static<Dimension = Step>,
            Dim<P>: Static<Dimension = Pad>,
            (Pad, Pad): $general<W, B, X, (Step, Step), Output = Y>,
        {
            type Output = Y;
            const STRIDE: usize = S;
            const PADDING: usize = P;
        }
    )*};
}

conv2d! {
    Conv2d Conv;
    ConvTranspose2d ConvTranspose;
}
