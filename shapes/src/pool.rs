//! Windows that summarise what they cover.

use crate::window::PoolWindow;
use crate::{Dim, Dimension, Kernel, Static, Stride};

/// `s.max_pool(x, kernel, stride, padding)` and its like, for `padding: Self`: tuples of one to three
/// numbers, one for each spatial axis; `x` is `(C, spatial..)` or `(B, C, spatial..)`.
///
/// ```
/// use shapes::{Dim, Pool};
///
/// fn pool<X, K, S, P: Pool<X, K, S, Output = Y>, Y>() {}
/// pool::<(Dim<3>, Dim<28>, Dim<28>), (Dim<3>, Dim<2>), (Dim<2>, Dim<2>), (Dim<1>, Dim<0>), (Dim<3>, Dim<14>, Dim<14>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot pool `{X}` with kernel `{K}`, stride `{S}` and padding `{Self}`",
    label = "no spatial axis may be empty, the kernel must fit the padded input, and the padding be at most half the kernel",
    note = "`s.max_pool(x, dims![2, 2], dims![2, 2], dims![0, 0])`, with kernel, stride and padding for each spatial axis, takes (C, spatial..) or (B, C, spatial..); along each: 1 <= input, 1 <= kernel <= input + 2 * padding, 1 <= stride, 2 * padding <= kernel"
)]
pub trait Pool<X, K, S> {
    /// The shape of the result.
    type Output;
    /// The size of the window along each spatial axis.
    const KERNEL: &'static [usize];
    /// The distance between windows along each spatial axis.
    const STRIDE: &'static [usize];
    /// The cells added on each side along each spatial axis.
    const PADDING: &'static [usize];
}

macro_rules! pool {
    (($($batch:ident)?) $([$axis:ident $kernel:ident $stride:ident $padding:ident $_:ident $output:ident])*) => {
        #[diagnostic::do_not_recommend]
        impl<$($batch,)? Channels, $($axis, $kernel, $stride, $padding, $output),*>
            Pool<($($batch,)? Channels, $($axis,)*), ($($kernel,)*), ($($stride,)*)> for ($($padding,)*)
        where
            $($axis: PoolWindow<$kernel, $stride, $padding, Output = $output>,
            $kernel: Dimension,
            $stride: Dimension,
            $padding: Dimension,)*
        {
            type Output = ($($batch,)? Channels, $($output,)*);
            const KERNEL: &'static [usize] = &[$($kernel::SIZE),*];
            const STRIDE: &'static [usize] = &[$($stride::SIZE),*];
            const PADDING: &'static [usize] = &[$($padding::SIZE),*];
        }
    };
}

each_image! { pool }

/// `s.max_pool2d(x, kernel, stride)` and its like, for `stride: Self`: `x` is `(C, H, W)` or
/// `(B, C, H, W)`, without padding. Batch and channels may be generic.
///
/// ```
/// use shapes::{Dim, Dimension, Kernel, Pool2d, Stride};
///
/// fn pool<X, K, S: Pool2d<X, K, Output = Y>, Y>() {}
/// fn halve<B: Dimension>() {
///     pool::<(B, Dim<8>, Dim<28>, Dim<28>), Kernel<2, 2>, Stride<2>, (B, Dim<8>, Dim<14>, Dim<14>)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot pool `{X}` with `{K}` and `{Self}`",
    label = "kernel and stride must be at least 1, and the kernel fit the input",
    note = "`s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>)` takes (C, H, W) or (B, C, H, W); the form without `2d` takes padding",
    note = "in a generic function, a bound says it: `where H: PoolWindow<Dim<2>, Dim<2>, Dim<0>, Output = Y>`"
)]
pub trait Pool2d<X, K> {
    /// The shape of the result.
    type Output;
    /// The height and width of the window.
    const KERNEL: [usize; 2];
    /// The distance between windows along both axes.
    const STRIDE: usize;
}

#[diagnostic::do_not_recommend]
impl<X, Y, K, const S: usize> Pool2d<X, K> for Stride<S>
where
    K: Square<X, Stride<S>, Output = Y>,
{
    type Output = Y;
    const KERNEL: [usize; 2] = K::KERNEL;
    const STRIDE: usize = S;
}

/// The rule of [`Pool2d`] for a kernel; apart from it, because rustc would describe the lone `Kernel<H, W>` beside our
/// message.
pub trait Square<X, S> {
    type Output;
    const KERNEL: [usize; 2];
}

impl<X, Y, Height, Width, Step, const H: usize, const W: usize, const S: usize> Square<X, Stride<S>> for Kernel<H, W>
where
    Dim<H>: Static<Dimension = Height>,
    Dim<W>: Static<Dimension = Width>,
    Dim<S>: Static<Dimension = Step>,
    (Dim<0>, Dim<0>): Pool<X, (Height, Width), (Step, Step), Output = Y>,
{
    type Output = Y;
    const KERNEL: [usize; 2] = [H, W];
}
