//! `+ - * /` between tensors of one shape and with numbers, element by element.

use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use super::Tensor;
use crate::scalar::Float;

impl<T: Float, S> Tensor<T, S> {
    fn update(mut self, mut function: impl FnMut(T) -> T) -> Self {
        self.as_mut_slice().iter_mut().for_each(|x| *x = function(*x));
        self
    }

    fn update_zip(&mut self, other: &Self, mut function: impl FnMut(T, T) -> T) {
        self.as_mut_slice().iter_mut().zip(other.as_slice()).for_each(|(x, &y)| *x = function(*x, y));
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $assign_trait:ident $assign_method:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Float, S> $trait<&Tensor<T, S>> for &Tensor<T, S> {
            type Output = Tensor<T, S>;
            fn $method(self, other: &Tensor<T, S>) -> Tensor<T, S> {
                self.zip(other, T::$method)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Float, S> $trait<Tensor<T, S>> for &Tensor<T, S> {
            type Output = Tensor<T, S>;
            fn $method(self, mut other: Tensor<T, S>) -> Tensor<T, S> {
                other.update_zip(self, |y, x| x.$method(y));
                other
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Float, S> $trait<&Tensor<T, S>> for Tensor<T, S> {
            type Output = Tensor<T, S>;
            fn $method(mut self, other: &Tensor<T, S>) -> Tensor<T, S> {
                self.update_zip(other, T::$method);
                self
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Float, S> $trait for Tensor<T, S> {
            type Output = Tensor<T, S>;
            fn $method(self, other: Tensor<T, S>) -> Tensor<T, S> {
                self.$method(&other)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Float, S> $trait<T> for &Tensor<T, S> {
            type Output = Tensor<T, S>;
            fn $method(self, number: T) -> Tensor<T, S> {
                self.map(|x| x.$method(number))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Float, S> $trait<T> for Tensor<T, S> {
            type Output = Tensor<T, S>;
            fn $method(self, number: T) -> Tensor<T, S> {
                self.update(|x| x.$method(number))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: Float, S> $assign_trait<&Tensor<T, S>> for Tensor<T, S> {
            fn $assign_method(&mut self, other: &Tensor<T, S>) {
                self.update_zip(other, T::$method);
            }
        }

        operators!(@number $trait $method f32 f64);
    )*};
    // The orphan rule asks for one impl per number type where the number is on the left.
    (@number $trait:ident $method:ident $($number:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S> $trait<&Tensor<$number, S>> for $number {
            type Output = Tensor<$number, S>;
            fn $method(self, tensor: &Tensor<$number, S>) -> Tensor<$number, S> {
                tensor.map(|x| self.$method(x))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<S> $trait<Tensor<$number, S>> for $number {
            type Output = Tensor<$number, S>;
            fn $method(self, tensor: Tensor<$number, S>) -> Tensor<$number, S> {
                tensor.update(|x| self.$method(x))
            }
        }
    )*};
}

operators! {
    Add add AddAssign add_assign;
    Sub sub SubAssign sub_assign;
    Mul mul MulAssign mul_assign;
    Div div DivAssign div_assign;
}

impl<T: Float, S> Neg for &Tensor<T, S> {
    type Output = Tensor<T, S>;
    fn neg(self) -> Tensor<T, S> {
        self.map(T::neg)
    }
}

impl<T: Float, S> Neg for Tensor<T, S> {
    type Output = Tensor<T, S>;
    fn neg(self) -> Tensor<T, S> {
        self.update(T::neg)
    }
}
