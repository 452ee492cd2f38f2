//! New inputs of a compiled training step.

use std::fmt;

use shapes::Shape;

use super::replay::NO_VERSION;
use super::{NatTensorRef, TensorRef};
use crate::Error;
use crate::reference::Stamp;
use crate::scalar::Float;
use crate::tape::check_count;
use crate::tensor::Tensor;
use crate::tensor::storage::Storage;
use crate::tuples::for_tuples;

/// The inputs of a [`Step`](super::Step), being set.
pub struct Inputs<'a, T: Float> {
    pub(super) stamp: Stamp,
    pub(super) leaves: &'a mut [Storage<T>],
    /// Those of [`Leaves`](super::replay::Leaves).
    pub(super) versions: &'a mut [u64],
    pub(super) naturals: &'a mut [Vec<usize>],
}

impl<T: Float> fmt::Debug for Inputs<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inputs({} leaves, {} lists of natural numbers)", self.leaves.len(), self.naturals.len())
    }
}

/// A ref and its new value.
pub trait Binding<T: Float> {
    /// Sets the input.
    ///
    /// # Errors
    /// If the ref is not an input of the step, or the value does not fit it.
    fn set(self, inputs: &mut Inputs<'_, T>) -> Result<(), Error>;
}

impl<T: Float, S: Shape> Binding<T> for (TensorRef<S>, &Tensor<T, S>) {
    fn set(self, inputs: &mut Inputs<'_, T>) -> Result<(), Error> {
        let (x, value) = self;
        inputs.stamp.check(x.raw().stamp())?;
        let leaf = inputs.leaves.get_mut(x.raw().index()).ok_or(Error::NotALeaf { id: x.id() })?;
        leaf.share(value.storage());
        // If it is a parameter's, that has the last word.
        inputs.versions[x.raw().index()] = NO_VERSION;
        Ok(())
    }
}

impl<T: Float, S: Shape> Binding<T> for (TensorRef<S>, Tensor<T, S>) {
    fn set(self, inputs: &mut Inputs<'_, T>) -> Result<(), Error> {
        (self.0, &self.1).set(inputs)
    }
}

impl<T: Float, S> Binding<T> for (NatTensorRef<S>, &[usize]) {
    fn set(self, inputs: &mut Inputs<'_, T>) -> Result<(), Error> {
        let (naturals, numbers) = self;
        inputs.stamp.check(naturals.raw().stamp())?;
        let list = &mut inputs.naturals[naturals.raw().index()];
        check_count("the list of natural numbers", list.len(), numbers.len())?;
        list.copy_from_slice(numbers);
        Ok(())
    }
}

impl<T: Float, S, const N: usize> Binding<T> for (NatTensorRef<S>, &[usize; N]) {
    fn set(self, inputs: &mut Inputs<'_, T>) -> Result<(), Error> {
        (self.0, self.1.as_slice()).set(inputs)
    }
}

impl<T: Float, S> Binding<T> for (NatTensorRef<S>, &Vec<usize>) {
    fn set(self, inputs: &mut Inputs<'_, T>) -> Result<(), Error> {
        (self.0, self.1.as_slice()).set(inputs)
    }
}

/// New inputs of a [`Step`](super::Step): a tuple of pairs of a ref and its value, first to last; `()` sets nothing.
pub trait StepInput<T: Float> {
    /// Sets them.
    ///
    /// # Errors
    /// As [`Binding::set`].
    fn set(self, inputs: &mut Inputs<'_, T>) -> Result<(), Error>;
}

impl<T: Float> StepInput<T> for () {
    fn set(self, _: &mut Inputs<'_, T>) -> Result<(), Error> {
        Ok(())
    }
}

macro_rules! tuple {
    ($($input:ident $field:tt)*) => {
        impl<T: Float, $($input: Binding<T>),*> StepInput<T> for ($($input,)*) {
            fn set(self, inputs: &mut Inputs<'_, T>) -> Result<(), Error> {
                $(self.$field.set(inputs)?;)*
                Ok(())
            }
        }
    };
}

for_tuples! {
    tuple [A 0] B 1 C 2 D 3 E 4 F 5
}
