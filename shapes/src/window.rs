//! The number of positions of a window that slides over a padded axis.

use core::ops::{Add, Div, Mul, Sub};

use typenum::{Add1, B0, B1, Diff, NonZero, Prod, Quot, Sub1, Sum, UInt, UTerm};

use crate::Natural;
use crate::natural::Number;
use crate::number::{DimensionOf, ToDimension};

type Padded<Input, Padding> = Sum<Number<Input>, Sum<Number<Padding>, Number<Padding>>>;

/// The last position of the window along the axis `Self`: what the kernel leaves of the padded axis.
type Room<Input, Kernel, Padding> = Diff<Padded<Input, Padding>, Number<Kernel>>;

/// From the first to the last of `Count` positions that are `Distance` apart.
type Spread<Count, Distance> = Prod<Sub1<Number<Count>>, Number<Distance>>;

type Steps<Input, Kernel, Stride, Padding> = <Number<Stride> as Step<Room<Input, Kernel, Padding>>>::Steps;

/// The size of a convolution along the axis `Self`: `(input + 2 padding - kernel) / stride + 1`,
/// where the kernel is at least 1 and at most the padded input, and the stride at least 1.
///
/// A function generic over the spatial axes needs it once for each, for any number of convolutions with this kernel,
/// stride and padding, whatever their channels.
///
/// ```
/// use shapes::{Conv2d, Dim, Dimension, Padding, Stride, Window};
///
/// fn conv<W, B, X, S, P: Conv2d<W, B, X, S, Output = Y>, Y>() {}
/// fn two<B: Dimension, C: Dimension, D: Dimension, H: Dimension, W: Dimension>()
/// where
///     H: Window<Dim<3>, Dim<1>, Dim<1>, Output = H>,
///     W: Window<Dim<3>, Dim<1>, Dim<1>, Output = W>,
/// {
///     conv::<(D, C, Dim<3>, Dim<3>), (D,), (B, C, H, W), Stride<1>, Padding<1>, (B, D, H, W)>();
///     conv::<(C, D, Dim<3>, Dim<3>), (C,), (B, D, H, W), Stride<1>, Padding<1>, (B, C, H, W)>();
/// }
/// two::<Dim<64>, Dim<3>, Dim<8>, Dim<28>, Dim<28>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "a kernel `{Kernel}` with stride `{Stride}` and padding `{Padding}` does not fit an axis of size `{Self}`",
    label = "the kernel must fit the padded axis, and the stride be at least 1",
    note = "1 <= kernel <= input + 2 * padding, 1 <= stride; a generic function says `{Self}: Window<{Kernel}, {Stride}, {Padding}, Output = Y>`"
)]
pub trait Window<Kernel, Stride, Padding> {
    /// The number of positions of the kernel.
    type Output;
}

#[diagnostic::do_not_recommend]
impl<Input: Natural, Kernel: Natural, Stride: Natural, Padding: Natural> Window<Kernel, Stride, Padding> for Input
where
    Number<Kernel>: NonZero,
    Number<Padding>: Add<Number<Padding>>,
    Number<Input>: Add<Sum<Number<Padding>, Number<Padding>>>,
    Padded<Input, Padding>: Sub<Number<Kernel>>,
    Number<Stride>: Step<Room<Input, Kernel, Padding>>,
    Steps<Input, Kernel, Stride, Padding>: Add<B1>,
    Add1<Steps<Input, Kernel, Stride, Padding>>: ToDimension,
{
    type Output = DimensionOf<Add1<Steps<Input, Kernel, Stride, Padding>>>;
}

/// The size of a pool along the axis `Self`: a [`Window`] whose padding is at most half the kernel, over
/// an axis of at least 1, so that no window lies in the padding alone.
///
/// A function generic over the spatial axes needs it once for each, for any number of such pools.
///
/// ```
/// use shapes::{Dim, Dimension, Kernel, Pool2d, PoolWindow, Stride};
///
/// fn pool<X, K, S: Pool2d<X, K, Output = Y>, Y>() {}
/// fn halve<B: Dimension, C: Dimension, H: Dimension, W: Dimension, Y: Dimension, X: Dimension>()
/// where
///     H: PoolWindow<Dim<2>, Dim<2>, Dim<0>, Output = Y>,
///     W: PoolWindow<Dim<2>, Dim<2>, Dim<0>, Output = X>,
/// {
///     pool::<(B, C, H, W), Kernel<2, 2>, Stride<2>, (B, C, Y, X)>();
/// }
/// halve::<Dim<64>, Dim<8>, Dim<28>, Dim<20>, Dim<14>, Dim<10>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "a pool with kernel `{Kernel}`, stride `{Stride}` and padding `{Padding}` does not fit an axis of size `{Self}`",
    label = "the axis must not be empty, the kernel fit the padded axis, and the padding be at most half the kernel",
    note = "1 <= input, 1 <= kernel <= input + 2 * padding, 1 <= stride, 2 * padding <= kernel; a generic function says `{Self}: PoolWindow<{Kernel}, {Stride}, {Padding}, Output = Y>`"
)]
pub trait PoolWindow<Kernel, Stride, Padding> {
    /// The number of positions of the kernel.
    type Output;
}

#[diagnostic::do_not_recommend]
impl<Input: Natural, Kernel: Natural, Stride, Padding: Natural, Size> PoolWindow<Kernel, Stride, Padding> for Input
where
    Input: Window<Kernel, Stride, Padding, Output = Size>,
    Number<Input>: NonZero,
    Number<Padding>: Add<Number<Padding>>,
    Number<Kernel>: Sub<Sum<Number<Padding>, Number<Padding>>>,
{
    type Output = Size;
}

/// A [`Window`] whose cells are `Dilation` apart, which is at least 1: it covers
/// `(kernel - 1) dilation + 1` cells.
pub trait DilatedWindow<Kernel, Stride, Padding, Dilation> {
    type Output;
}

impl<Input, Kernel: Natural, Stride, Padding, Dilation: Natural, Span, Size>
    DilatedWindow<Kernel, Stride, Padding, Dilation> for Input
where
    Number<Dilation>: NonZero,
    Number<Kernel>: Sub<B1>,
    Sub1<Number<Kernel>>: Mul<Number<Dilation>>,
    Spread<Kernel, Dilation>: Add<B1>,
    Add1<Spread<Kernel, Dilation>>: ToDimension<Dimension = Span>,
    Input: Window<Span, Stride, Padding, Output = Size>,
{
    type Output = Size;
}

/// The size of a transposed convolution along the axis `Self`: `(input - 1) stride + kernel - 2
/// padding`, at least 1, where input, kernel and stride are at least 1.
pub trait TransposedWindow<Kernel, Stride, Padding> {
    type Output;
}

type Covered<Input, Kernel, Stride> = Sum<Spread<Input, Stride>, Number<Kernel>>;
type Transposed<Input, Kernel, Stride, Padding> =
    Diff<Covered<Input, Kernel, Stride>, Sum<Number<Padding>, Number<Padding>>>;

impl<Input: Natural, Kernel: Natural, Stride: Natural, Padding: Natural> TransposedWindow<Kernel, Stride, Padding>
    for Input
where
    Number<Kernel>: NonZero,
    Number<Stride>: NonZero,
    Number<Padding>: Add<Number<Padding>>,
    Number<Input>: Sub<B1>,
    Sub1<Number<Input>>: Mul<Number<Stride>>,
    Spread<Input, Stride>: Add<Number<Kernel>>,
    Covered<Input, Kernel, Stride>: Sub<Sum<Number<Padding>, Number<Padding>>>,
    Transposed<Input, Kernel, Stride, Padding>: NonZero + ToDimension,
{
    type Output = DimensionOf<Transposed<Input, Kernel, Stride, Padding>>;
}

/// A stride: how often it fits into a distance. Powers of two are shifts, and only the odd part of a
/// stride costs a long division; 0 is none.
pub trait Step<Distance> {
    type Steps;
}

impl<Distance> Step<Distance> for UInt<UTerm, B1> {
    type Steps = Distance;
}

impl<Distance: Halve, U, B> Step<Distance> for UInt<UInt<U, B>, B0>
where
    UInt<U, B>: Step<Distance::Half>,
{
    type Steps = <UInt<U, B> as Step<Distance::Half>>::Steps;
}

impl<Distance, U, B> Step<Distance> for UInt<UInt<U, B>, B1>
where
    Distance: Div<UInt<UInt<U, B>, B1>>,
{
    type Steps = Quot<Distance, UInt<UInt<U, B>, B1>>;
}

/// A number without its lowest bit.
pub trait Halve {
    type Half;
}

impl Halve for UTerm {
    type Half = UTerm;
}

impl<U, B> Halve for UInt<U, B> {
    type Half = U;
}
