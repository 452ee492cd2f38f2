//! Convolution in groups of channels, by dilated kernels.

use crate::arithmetic::{Divides, Times};
use crate::window::DilatedWindow;
use crate::{Dilation, Dim, Dimension, Groups, Padding, Static, Stride};

/// `s.conv_grouped(w, b, x, stride, padding, dilation, groups)` for `groups: Self`: as
/// [`Conv`](crate::Conv), with the channels in groups that are convolved separately, so that `w` is
/// `(O, I / groups, kernel..)`, and the cells of the kernel `dilation` apart.
///
/// ```
/// use shapes::{ConvGrouped, Dim, Groups};
///
/// fn conv<W, B, X, S, P, D, G: ConvGrouped<W, B, X, S, P, D, Output = Y>, Y>() {}
/// type Weight = (Dim<8>, Dim<1>, Dim<3>);
/// conv::<Weight, (Dim<8>,), (Dim<4>, Dim<28>), (Dim<1>,), (Dim<2>,), (Dim<2>,), Groups<4>, (Dim<8>, Dim<28>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot convolve the input `{X}` in `{Self}` with the weight `{W}`, bias `{B}`, stride `{S}`, padding `{P}` and dilation `{D}`",
    label = "the groups must divide the channels, these agree, the dilated kernel fit the padded input, and stride and dilation be at least 1",
    note = "`s.conv_grouped(w, b, x, dims![1], dims![0], dims![1], Groups::<4>)`, with stride, padding and dilation for each spatial axis, takes a weight (O, I / groups, kernel..), a bias (O,) and an input (I, spatial..) or (N, I, spatial..), and the groups divide O and I; along each axis: 1 <= kernel, dilation * (kernel - 1) + 1 <= input + 2 * padding; `Groups` is 1 to 4096"
)]
pub trait ConvGrouped<W, B, X, S, P, D> {
    /// The shape of the result.
    type Output;
    /// The distance between windows along each spatial axis.
    const STRIDE: &'static [usize];
    /// The cells added on each side along each spatial axis.
    const PADDING: &'static [usize];
    /// The distance between the cells of a window along each spatial axis.
    const DILATION: &'static [usize];
    /// The number of groups.
    const GROUPS: usize;
}

macro_rules! conv_grouped {
    (
        ($($batch:ident)?)
        $([$axis:ident $kernel:ident $stride:ident $padding:ident $dilation:ident $output:ident])*
    ) => {
        #[diagnostic::do_not_recommend]
        impl<
            $($batch,)? Outputs, Inputs, Part, Count,
            $($axis, $kernel, $stride, $padding, $dilation, $output,)*
            const G: usize,
        > ConvGrouped<
            (Outputs, Part, $($kernel,)*),
            (Outputs,),
            ($($batch,)? Inputs, $($axis,)*),
            ($($stride,)*),
            ($($padding,)*),
            ($($dilation,)*),
        > for Groups<G>
        where
            Dim<G>: Static<Dimension = Count>,
            Count: Divides<Outputs> + Times<Part, Inputs>,
            $($axis: DilatedWindow<$kernel, $stride, $padding, $dilation, Output = $output>,
            $stride: Dimension,
            $padding: Dimension,
            $dilation: Dimension,)*
        {
            type Output = ($($batch,)? Outputs, $($output,)*);
            const STRIDE: &'static [usize] = &[$($stride::SIZE),*];
            const PADDING: &'static [usize] = &[$($padding::SIZE),*];
            const DILATION: &'static [usize] = &[$($dilation::SIZE),*];
            const GROUPS: usize = G;
        }
    };
}

each_image! { conv_grouped }

/// `s.conv2d_grouped(w, b, x, stride, padding, dilation, groups)` for `groups: Self`: [`ConvGrouped`] over
/// two axes with one stride, one padding and one dilation.
///
/// ```
/// use shapes::{Conv2dGrouped, Dilation, Dim, Dimension, Groups, Padding, Stride};
///
/// fn conv<W, B, X, S, P, D, G: Conv2dGrouped<W, B, X, S, P, D, Output = Y>, Y>() {}
/// type Weight = (Dim<8>, Dim<1>, Dim<3>, Dim<3>);
/// type Images<B> = (B, Dim<8>, Dim<28>, Dim<28>);
/// fn depthwise<B: Dimension>() {
///     conv::<Weight, (Dim<8>,), Images<B>, Stride<1>, Padding<1>, Dilation<1>, Groups<8>, Images<B>>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot convolve the input `{X}` in `{Self}` with the weight `{W}`, bias `{B}`, `{S}`, `{P}` and `{D}`",
    label = "the groups must divide the channels, these agree, the dilated kernel fit the padded input, and stride and dilation be at least 1",
    note = "`s.conv2d_grouped(w, b, x, Stride::<1>, Padding::<1>, Dilation::<1>, Groups::<8>)` takes a weight (O, I / groups, KH, KW), a bias (O,) and an input (I, H, W) or (N, I, H, W), and the groups divide O and I; 1 <= kernel, dilation * (kernel - 1) + 1 <= input + 2 * padding; static numbers end at 4096"
)]
pub trait Conv2dGrouped<W, B, X, S, P, D> {
    /// The shape of the result.
    type Output;
    /// The distance between windows along both axes.
    const STRIDE: usize;
    /// The cells added on each side along both axes.
    const PADDING: usize;
    /// The distance between the cells of a window along both axes.
    const DILATION: usize;
    /// The number of groups.
    const GROUPS: usize;
}

#[diagnostic::do_not_recommend]
impl<W, B, X, S, P, D, Y, const G: usize> Conv2dGrouped<W, B, X, S, P, D> for Groups<G>
where
    D: Square<W, B, X, S, P, Groups<G>, Output = Y>,
{
    type Output = Y;
    const STRIDE: usize = D::STRIDE;
    const PADDING: usize = D::PADDING;
    const DILATION: usize = D::DILATION;
    const GROUPS: usize = G;
}

/// The rule of [`Conv2dGrouped`] for a dilation; apart from it, because rustc would describe the lone `Stride<S>`,
/// `Padding<P>` and `Dilation<D>` beside our message.
pub trait Square<W, B, X, S, P, G> {
    type Output;
    const STRIDE: usize;
    const PADDING: usize;
    const DILATION: usize;
}

impl<W, B, X, Y, Step, Pad, Gap, G, const S: usize, const P: usize, const D: usize>
    Square<W, B, X, Stride<S>, Padding<P>, G> for Dilation<D>
where
    Dim<S>: Static<Dimension = Step>,
    Dim<P>: Static<Dimension = Pad>,
    Dim<D>: Static<Dimension = Gap>,
    G: ConvGrouped<W, B, X, (Step, Step), (Pad, Pad), (Gap, Gap), Output = Y>,
{
    type Output = Y;
    const STRIDE: usize = S;
    const PADDING: usize = P;
    const DILATION: usize = D;
}
