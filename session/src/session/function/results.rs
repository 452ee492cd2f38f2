//! The types of what comes out of a function.

use shapes::{AxisNames, Shape};

use crate::Error;
use crate::ir::Id;
use crate::reference::{Raw, Stamp, TensorRef};
use crate::scalar::Float;
use crate::tensor::Tensor;
use crate::tensor::storage::Storage;
use crate::tuples::for_tuples;

/// A value that a body has chosen, and the names of its axes.
pub(super) type Value = (Id, AxisNames);

/// The values that a body has chosen, in order.
#[derive(Default)]
pub(crate) struct Chosen(Vec<(Raw, AxisNames)>);

impl Chosen {
    /// Their ids, if they are of this recording, and the names of their axes.
    pub(super) fn of(self, recording: Stamp) -> Result<Vec<Value>, Error> {
        let id =
            |(value, names): (Raw, AxisNames)| recording.check(value.stamp()).map(|()| (Id::new(value.index()), names));
        self.0.into_iter().map(id).collect()
    }
}

/// The values that a run has given, in order.
pub(crate) struct Answers<'a, T: Float> {
    values: &'a mut dyn Iterator<Item = Option<Storage<T>>>,
}

impl<'a, T: Float> Answers<'a, T> {
    pub(super) fn new(values: &'a mut dyn Iterator<Item = Option<Storage<T>>>) -> Self {
        Self { values }
    }

    fn next(&mut self) -> Storage<T> {
        self.values.next().flatten().expect("a run gives every result")
    }
}

/// What a [`Function`](super::Function) gives: a `TensorRef<S>`, or a tuple of up to twelve of them. Sealed.
pub trait Results<T: Float>: sealed::Results {
    /// What a run gives: `Tensor<T, S>`, or a tuple of them.
    type Values;

    /// How many they are.
    const COUNT: usize;

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn choose(&self, chosen: &mut Chosen);

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn values(answers: &mut Answers<'_, T>) -> Self::Values;
}

impl<T: Float, S: Shape> Results<T> for TensorRef<S> {
    type Values = Tensor<T, S>;

    const COUNT: usize = 1;

    #[allow(private_interfaces)]
    fn choose(&self, chosen: &mut Chosen) {
        chosen.0.push((self.raw(), S::AXIS_NAMES));
    }

    #[allow(private_interfaces)]
    fn values(answers: &mut Answers<'_, T>) -> Tensor<T, S> {
        Tensor::from_storage(answers.next())
    }
}

macro_rules! tuple {
    ($($result:ident $field:tt)*) => {
        impl<$($result),*> sealed::Results for ($(TensorRef<$result>,)*) {}

        impl<T: Float, $($result: Shape),*> Results<T> for ($(TensorRef<$result>,)*) {
            type Values = ($(Tensor<T, $result>,)*);

            const COUNT: usize = <[&str]>::len(&[$(stringify!($field)),*]);

            #[allow(private_interfaces)]
            fn choose(&self, chosen: &mut Chosen) {
                $(chosen.0.push((self.$field.raw(), $result::AXIS_NAMES));)*
            }

            #[allow(private_interfaces)]
            fn values(answers: &mut Answers<'_, T>) -> Self::Values {
                ($(Tensor::<T, $result>::from_storage(answers.next()),)*)
            }
        }
    };
}

for_tuples! {
    tuple [A 0] B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11
}

mod sealed {
    use crate::reference::TensorRef;

    pub trait Results {}

    impl<S> Results for TensorRef<S> {}
}
