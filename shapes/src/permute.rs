//! Axes in another order.

use crate::{Depth, Dim};

/// `s.transpose(x)` for `x: Self`: `(A, B)` to `(B, A)`.
///
/// ```
/// use shapes::{Dim, Transpose};
///
/// fn transpose<X: Transpose<Output = Y>, Y>() {}
/// transpose::<(Dim<2>, Dim<3>), (Dim<3>, Dim<2>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot transpose `{Self}`",
    label = "transpose takes a matrix (A, B)",
    note = "`s.swap_adjacent(x, Depth::<D>)` swaps two neighbouring axes of any rank, `s.permute(x, dims![..])` orders all"
)]
pub trait Transpose {
    /// The shape of the result.
    type Output;
}

#[diagnostic::do_not_recommend]
impl<A, B> Transpose for (A, B) {
    type Output = (B, A);
}

macro_rules! order {
    ($($(#[$doc:meta])* $name:ident $order:literal: $($to:ident)*;)*) => {$(
        $(#[$doc])*
        #[diagnostic::on_unimplemented(
            message = "cannot reorder the axes of `{Self}`",
            label = $order,
            note = "`s.permute(x, dims![..])` orders the axes of any rank"
        )]
        pub trait $name {
            /// The shape of the result.
            type Output;
        }

        #[diagnostic::do_not_recommend]
        impl<A, B, C> $name for (A, B, C) {
            type Output = ($($to),*);
        }
    )*};
}

order! {
    /// `s.swap_last_two(x)` for `x: Self`: `(A, B, C)` to `(A, C, B)`.
    ///
    /// ```
    /// use shapes::{Dim, SwapLastTwo};
    ///
    /// fn swap<X: SwapLastTwo<Output = Y>, Y>() {}
    /// swap::<(Dim<2>, Dim<3>, Dim<5>), (Dim<2>, Dim<5>, Dim<3>)>();
    /// ```
    SwapLastTwo "swap_last_two takes three axes (A, B, C) to (A, C, B)": A C B;

    /// `s.move_first_to_last(x)` for `x: Self`: `(A, B, C)` to `(B, C, A)`.
    ///
    /// ```
    /// use shapes::{Dim, MoveFirstToLast};
    ///
    /// fn move_axis<X: MoveFirstToLast<Output = Y>, Y>() {}
    /// move_axis::<(Dim<2>, Dim<3>, Dim<5>), (Dim<3>, Dim<5>, Dim<2>)>();
    /// ```
    MoveFirstToLast "move_first_to_last takes three axes (A, B, C) to (B, C, A)": B C A;

    /// `s.move_last_to_first(x)` for `x: Self`: `(A, B, C)` to `(C, A, B)`.
    ///
    /// ```
    /// use shapes::{Dim, MoveLastToFirst};
    ///
    /// fn move_axis<X: MoveLastToFirst<Output = Y>, Y>() {}
    /// move_axis::<(Dim<2>, Dim<3>, Dim<5>), (Dim<5>, Dim<2>, Dim<3>)>();
    /// ```
    MoveLastToFirst "move_last_to_first takes three axes (A, B, C) to (C, A, B)": C A B;
}

/// `s.swap_adjacent(x, depth)` for `depth: Self`: axes `D` and `D + 1` change places.
///
/// ```
/// use shapes::{Depth, Dim, SwapAdjacent};
///
/// fn swap<X, D: SwapAdjacent<X, Output = Y>, Y>() {}
/// swap::<(Dim<2>, Dim<3>, Dim<5>), Depth<1>, (Dim<2>, Dim<5>, Dim<3>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "cannot swap the axes at `{Self}` of `{X}`",
    label = "axes D and D + 1 must both be less than the rank",
    note = "axes are counted from 0: `Depth::<0>` swaps the first two"
)]
pub trait SwapAdjacent<X> {
    /// The shape of the result.
    type Output;
    /// The number of the first of the two axes.
    const DEPTH: usize;
}

#[diagnostic::do_not_recommend]
impl<X, Y, const D: usize> SwapAdjacent<X> for Depth<D>
where
    X: Swapped<Depth<D>, Output = Y>,
{
    type Output = Y;
    const DEPTH: usize = D;
}

/// The rule of [`SwapAdjacent`]; apart from it, because rustc would describe the lone shape with a
/// `Depth<6>` beside our message.
pub trait Swapped<D> {
    type Output;
}

macro_rules! swap_adjacent {
    ($number:literal ($($before:ident)*) $axis:ident ()) => {};
    ($number:literal ($($before:ident)*) $axis:ident ($next:ident $($after:ident)*)) => {
        impl<$($before,)* $axis, $next, $($after,)*> Swapped<Depth<$number>>
            for ($($before,)* $axis, $next, $($after,)*)
        {
            type Output = ($($before,)* $next, $axis, $($after,)*);
        }
    };
}

each_axis! { swap_adjacent }

/// `s.permute(x, axes)` for `axes: Self`, a tuple of axis numbers: axis `i` of the result is axis
/// `axes[i]` of `x`.
///
/// ```
/// use shapes::{Dim, Permute};
///
/// fn permute<X, P: Permute<X, Output = Y>, Y>() {}
/// permute::<(Dim<2>, Dim<3>, Dim<5>), (Dim<0>, Dim<2>, Dim<1>), (Dim<2>, Dim<5>, Dim<3>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an order of the axes of `{X}`",
    label = "each axis must be named once",
    note = "axes are counted from 0: `dims![0, 2, 1]` swaps the last two of three"
)]
pub trait Permute<X> {
    /// The shape of the result.
    type Output;
    /// For each axis of the result, the number of the axis it was.
    const AXES: &'static [usize];
}

#[diagnostic::do_not_recommend]
impl<X, Y, P> Permute<X> for P
where
    P: Order<X, Output = Y>,
{
    type Output = Y;
    const AXES: &'static [usize] = P::AXES;
}

/// The rule of [`Permute`].
pub trait Order<X> {
    type Output;
    const AXES: &'static [usize];
}

/// An axis that has not been named yet.
pub struct Free;

/// An axis that has been named.
pub struct Taken;

/// The number of an axis that is still free.
pub trait Take<X, Axes> {
    type Axis;
    /// The axes that are free afterwards.
    type Axes;
    const NUMBER: usize;
}

macro_rules! take {
    ($number:literal ($($before:ident)*) $axis:ident ($($after:ident)*)) => {
        impl<X: Nth<$number>, $($before,)* $($after,)*> Take<X, ($($before,)* Free, $($after,)*)> for Dim<$number> {
            type Axis = X::Axis;
            type Axes = ($($before,)* Taken, $($after,)*);
            const NUMBER: usize = $number;
        }

        impl<$($before,)* $axis, $($after,)*> Nth<$number> for ($($before,)* $axis, $($after,)*) {
            type Axis = $axis;
        }
    };
}

/// The axis `K` of a shape.
pub trait Nth<const K: usize> {
    type Axis;
}

each_axis! { take }

/// Each number takes its axis and leaves the others to the numbers after it.
macro_rules! permute {
    (()) => {
        impl Order<()> for () {
            type Output = ();
            const AXES: &'static [usize] = &[];
        }
    };
    (($([$axis:ident $number:ident $left:ident])*)) => {
        permute! { @ ($($axis,)*) ($(permute!(@free $axis),)*) [] $([$axis $number $left])* }
    };
    (@free $axis:ident) => { Free };
    (@ $shape:tt $free:tt [$($bound:tt)*] [$axis:ident $number:ident $left:ident] $($rest:tt)*) => {
        permute! { @ $shape $left [$($bound)* [$axis $number $left $free]] $($rest)* }
    };
    (@ $shape:tt $free:tt [$([$axis:ident $number:ident $left:ident $before:tt])*]) => {
        impl<$($axis, $number, $left),*> Order<$shape> for ($($number,)*)
        where
            $($number: Take<$shape, $before, Axes = $left>,)*
        {
            type Output = ($(<$number as Take<$shape, $before>>::Axis,)*);
            const AXES: &'static [usize] = &[$(<$number as Take<$shape, $before>>::NUMBER),*];
        }
    };
}

each_rank! { permute triples }
