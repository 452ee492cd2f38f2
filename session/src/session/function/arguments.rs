//! The types of what goes into a function.

use shapes::{AxisNames, Shape};

use crate::Error;
#[cfg(feature = "onnx")]
use crate::ir::Id;
use crate::ir::{DynShape, NatId};
use crate::reference::{NatTensorRef, Raw, TensorRef};
use crate::scalar::Float;
use crate::session::Session;
use crate::session::inputs::Inputs;
use crate::tape::check_count;
use crate::tensor::Tensor;
use crate::tensor::storage::Storage;
use crate::tuples::for_tuples;

/// An argument of a function.
pub(crate) struct Input {
    name: String,
    shape: DynShape,
    /// The position among the leaves of the recording, or among its natural-number inputs.
    position: usize,
    natural: bool,
}

impl Input {
    /// The natural-number input that it is, if it is one.
    pub(super) fn natural(&self) -> Option<(&str, NatId)> {
        self.natural.then(|| (&*self.name, NatId::new(self.position)))
    }

    /// The argument of this name at a leaf or a natural-number input.
    #[cfg(feature = "onnx")]
    pub(super) fn new(name: &str, shape: DynShape, position: usize, natural: bool) -> Self {
        Self { name: name.to_owned(), shape, position, natural }
    }

    /// The leaf that it is, if it is one.
    #[cfg(feature = "onnx")]
    pub(super) fn leaf(&self) -> Option<Id> {
        (!self.natural).then(|| Id::new(self.position))
    }

    pub(super) fn describe(&self) -> (&str, DynShape) {
        (&self.name, self.shape)
    }
}

/// Makes arguments inputs of a recording, in order.
pub(crate) struct Recorder<'a, T: Float> {
    session: &'a Session<T>,
    names: &'a [&'a str],
    inputs: Vec<Input>,
}

impl<'a, T: Float> Recorder<'a, T> {
    pub(super) fn new(session: &'a Session<T>, names: &'a [&'a str]) -> Self {
        Self { session, names, inputs: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<Input> {
        self.inputs
    }

    #[inline(never)]
    fn tensor(&mut self, shape: DynShape, axis_names: AxisNames) -> Result<Raw, Error> {
        let name = self.names[self.inputs.len()];
        let leaf = self.session.leaf(shape, axis_names, Storage::zeros(shape.elements()), Some(name.into()))?;
        self.inputs.push(Input { name: name.to_owned(), shape, position: leaf.index(), natural: false });
        Ok(leaf)
    }

    #[inline(never)]
    fn naturals(&mut self, shape: DynShape, axis_names: AxisNames) -> Result<Raw, Error> {
        let name = self.names[self.inputs.len()].to_owned();
        let numbers = vec![0; shape.elements()];
        let naturals = self.session.add_naturals(shape, axis_names, numbers.len(), &numbers)?;
        self.inputs.push(Input { name, shape, position: naturals.index(), natural: true });
        Ok(naturals)
    }
}

/// Values of arguments on their way to the inputs, in order.
pub(crate) struct Arriving<'a, T: Float> {
    expected: std::slice::Iter<'a, Input>,
    inputs: Inputs<'a, T>,
}

impl<'a, T: Float> Arriving<'a, T> {
    pub(super) fn new(expected: &'a [Input], inputs: Inputs<'a, T>) -> Self {
        Self { expected: expected.iter(), inputs }
    }

    fn next(&mut self) -> &'a Input {
        self.expected.next().expect("a function has one input for each argument")
    }

    #[inline(never)]
    fn tensor(&mut self, value: &Storage<T>) {
        let leaf = self.next().position;
        self.inputs.leaves[leaf].share(value);
    }

    #[inline(never)]
    fn naturals(&mut self, numbers: &[usize]) -> Result<(), Error> {
        let Input { name, position, .. } = self.next();
        let list = &mut self.inputs.naturals[*position];
        if list.len() != numbers.len() {
            return check_count(&format!("the input `{name}`"), list.len(), numbers.len());
        }
        list.copy_from_slice(numbers);
        Ok(())
    }
}

/// An argument of a [`Function`](super::Function): `TensorRef<S>` or `NatTensorRef<S>`. Sealed.
pub trait Argument<T: Float>: Sized + sealed::Argument {
    /// What is given for it in a run: `&Tensor<T, S>` or `&[usize]`.
    type Value<'a>;

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn record(recorder: &mut Recorder<'_, T>) -> Result<Self, Error>;

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn set(value: Self::Value<'_>, arriving: &mut Arriving<'_, T>) -> Result<(), Error>;
}

impl<T: Float, S: Shape> Argument<T> for TensorRef<S> {
    type Value<'a> = &'a Tensor<T, S>;

    #[allow(private_interfaces)]
    fn record(recorder: &mut Recorder<'_, T>) -> Result<Self, Error> {
        recorder.tensor(DynShape::of::<S>(), S::AXIS_NAMES).map(Self::new)
    }

    #[allow(private_interfaces)]
    fn set(value: &Tensor<T, S>, arriving: &mut Arriving<'_, T>) -> Result<(), Error> {
        arriving.tensor(value.storage());
        Ok(())
    }
}

impl<T: Float, S: Shape> Argument<T> for NatTensorRef<S> {
    type Value<'a> = &'a [usize];

    #[allow(private_interfaces)]
    fn record(recorder: &mut Recorder<'_, T>) -> Result<Self, Error> {
        recorder.naturals(DynShape::of::<S>(), S::AXIS_NAMES).map(Self::new)
    }

    #[allow(private_interfaces)]
    fn set(value: &[usize], arriving: &mut Arriving<'_, T>) -> Result<(), Error> {
        arriving.naturals(value)
    }
}

/// The arguments of a [`Function`](super::Function): a tuple of up to 32 [`Argument`]s. Sealed.
pub trait Arguments<T: Float>: Sized + sealed::Arguments {
    /// What is given for them in a run: a tuple of [`Argument::Value`]s.
    type Values<'a>;

    /// How many they are.
    const COUNT: usize;

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn record(recorder: &mut Recorder<'_, T>) -> Result<Self, Error>;

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn set(values: Self::Values<'_>, arriving: &mut Arriving<'_, T>) -> Result<(), Error>;
}

macro_rules! tuple {
    ($($argument:ident $field:tt)*) => {
        impl<$($argument),*> sealed::Arguments for ($($argument,)*) {}

        impl<T: Float, $($argument: Argument<T>),*> Arguments<T> for ($($argument,)*) {
            type Values<'a> = ($($argument::Value<'a>,)*);

            const COUNT: usize = <[&str]>::len(&[$(stringify!($field)),*]);

            #[allow(private_interfaces)]
            fn record(_recorder: &mut Recorder<'_, T>) -> Result<Self, Error> {
                Ok(($($argument::record(_recorder)?,)*))
            }

            #[allow(private_interfaces)]
            fn set(_values: Self::Values<'_>, _arriving: &mut Arriving<'_, T>) -> Result<(), Error> {
                $($argument::set(_values.$field, _arriving)?;)*
                Ok(())
            }
        }
    };
}

for_tuples! {
    tuple [] A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15 Q 16 R 17 S 18 U 19 V 20
    W 21 X 22 Y 23 Z 24 A2 25 B2 26 C2 27 D2 28 E2 29 F2 30 G2 31
}

mod sealed {
    use crate::reference::{NatTensorRef, TensorRef};

    pub trait Argument {}

    impl<S> Argument for TensorRef<S> {}

    impl<S> Argument for NatTensorRef<S> {}

    pub trait Arguments {}
}
