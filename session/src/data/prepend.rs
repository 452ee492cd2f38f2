//! Shapes with one axis more in front.

use shapes::{Dimension, Shape};

/// A shape of up to seven axes and the same shape behind a further axis `D`: from an item to a batch.
pub trait Prepend<D: Dimension>: Shape {
    /// `(D, ..)`.
    type Output: Shape;
}

macro_rules! prepend {
    ($(($($axis:ident)*))*) => {$(
        impl<Front: Dimension, $($axis: Dimension),*> Prepend<Front> for ($($axis,)*) {
            type Output = (Front, $($axis),*);
        }
    )*};
}

prepend! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) }
