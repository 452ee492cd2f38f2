//! Nested arrays whose type says their shape.

use shapes::{Dim, Shape};

use crate::scalar::Float;

/// A nested array that holds the elements of a tensor of shape `S`: `[[T; C]; R]` for `(Dim<R>, Dim<C>)`.
///
/// Implemented for every rank from 0 (a plain number) to 8.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fill a tensor of numbers `{T}` and shape `{S}`",
    label = "not nested arrays of these sizes with these numbers",
    note = "the outermost array is the first axis: `[[f32; 3]; 2]` fills `shape![2, 3]`; numbers are written `1.0`",
    note = "`Tensor::from_vec(..)` and `Tensor::from_slice(..)` fill any shape, named and generic ones too, and check at run time"
)]
pub trait NestedArray<T, S: Shape> {
    /// The elements, last axis fastest.
    fn elements(&self) -> &[T];
}

#[diagnostic::do_not_recommend]
impl<T: Float> NestedArray<T, ()> for T {
    fn elements(&self) -> &[T] {
        std::slice::from_ref(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Float, const A: usize> NestedArray<T, (Dim<A>,)> for [T; A] {
    fn elements(&self) -> &[T] {
        self
    }
}

macro_rules! nested {
    // The array type is built from the inside out, so its axes come last axis first.
    (@array $element:ty;) => { $element };
    (@array $element:ty; $axis:ident $($outer:ident)*) => { nested!(@array [$element; $axis]; $($outer)*) };
    (@flatten $array:expr;) => { $array };
    (@flatten $array:expr; $axis:ident $($inner:ident)*) => { nested!(@flatten $array.as_flattened(); $($inner)*) };
    ($(($first:ident $($axis:ident)*) ($($reversed:ident)*);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Float, const $first: usize, $(const $axis: usize),*> NestedArray<T, (Dim<$first>, $(Dim<$axis>),*)>
            for nested!(@array T; $($reversed)*)
        {
            fn elements(&self) -> &[T] {
                nested!(@flatten self; $($axis)*)
            }
        }
    )*};
}

nested! {
    (A B) (B A);
    (A B C) (C B A);
    (A B C D) (D C B A);
    (A B C D E) (E D C B A);
    (A B C D E F) (F E D C B A);
    (A B C D E F G) (G F E D C B A);
    (A B C D E F G H) (H G F E D C B A);
}
