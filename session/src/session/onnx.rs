//! Functions as models of ONNX.

use super::function::{Arguments, Function, Results};
use super::{Backend, Options, Session};
use crate::Error;
use crate::ir::{Id, NatId};
use crate::onnx::{Argument, Export, Import};
use crate::param::DynParam;
use crate::scalar::Float;
use crate::tensor::DynTensor;
use crate::tensor::storage::Storage;

impl<T: Float, I: Arguments<T>, O: Results<T>> Function<T, I, O> {
    /// The bytes of a model of ONNX that computes the function, with the present values of its parameters inside.
    ///
    /// Arguments and results have the names of the function's. Natural numbers are of the type `int64`; those that
    /// operations have captured are part of the model.
    ///
    /// ```
    /// use session::prelude::*;
    ///
    /// let w = Param::new(Tensor::<f32, shape![3, 2]>::ones()).named("w");
    /// let b = Param::new(Tensor::<f32, shape![3]>::zeros()).named("b");
    /// let function = Function::record(
    ///     Options::default(),
    ///     &["x"],
    ///     &["y"],
    ///     |s| Ok((w.bind(s)?, b.bind(s)?)),
    ///     |s, (w, b), (x,): (TensorRef<shape![4, 2]>,)| s.linear(w, b, x),
    /// )?;
    /// let bytes = function.to_onnx("layer")?;
    /// let model = session::onnx::Import::<f32>::read("layer.onnx", &bytes)?;
    /// assert_eq!(model.inputs().collect::<Vec<_>>(), ["x"]);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Export::to_onnx`].
    pub fn to_onnx(&self, name: &str) -> Result<Vec<u8>, Error> {
        self.export(name).to_onnx()
    }

    /// As [`to_onnx`](Self::to_onnx), for any size of the batch, which the model calls `symbol`.
    ///
    /// `other` is the same function recorded with a batch of another size: what has another size there is a multiple of
    /// the batch, and a function that differs in anything else is refused. So nothing has to be guessed: an axis that
    /// happens to have the size of the batch stays as it is.
    ///
    /// ```
    /// use session::prelude::*;
    ///
    /// fn sums<B: Dimension>() -> Result<Function<f32, (TensorRef<(B, Dim<5>)>,), TensorRef<(B,)>>, session::Error> {
    ///     Function::record(Options::default(), &["x"], &["y"], |_| Ok(()), |s, (), (x,)| s.sum_axis(x, Axis::<1>))
    /// }
    ///
    /// let bytes = sums::<Dim<2>>()?.to_onnx_of_any_batch("sums", "N", &sums::<Dim<3>>()?)?;
    /// let model = session::onnx::Import::<f32>::read("sums.onnx", &bytes)?;
    /// let mut sums = model.into_typed::<(TensorRef<shape![1, 5]>,), TensorRef<shape![1]>>(Options::default())?;
    /// assert_eq!(sums.run((&Tensor::ones(),))?.to_vec(), [5.0]);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Export::to_onnx`].
    pub fn to_onnx_of_any_batch<J: Arguments<T>, P: Results<T>>(
        &self,
        name: &str,
        symbol: &str,
        other: &Function<T, J, P>,
    ) -> Result<Vec<u8>, Error> {
        self.export(name).batch(symbol, other.export(name)).to_onnx()
    }

    fn export(&self, name: &str) -> Export<'_, T> {
        let (replay, _) = self.parts();
        let mut export = Export::new(name, self.graph());
        let arguments: Vec<Id> = self.leaves().collect();
        for (leaf, &shape) in
            self.graph().ids().zip(self.graph().leaves()).filter(|(leaf, _)| !arguments.contains(leaf))
        {
            let parameter = replay.used().iter().find(|(used, _)| *used == leaf);
            let value = parameter.map_or_else(|| replay.leaf(leaf).clone(), |(_, cell)| cell.value());
            export = export.value(leaf, DynTensor::from_storage(shape, value));
        }
        let inputs: Vec<NatId> = self.naturals().map(|(_, input)| input).collect();
        for (index, numbers) in replay.naturals().iter().enumerate() {
            let input = NatId::new(index);
            if !inputs.contains(&input) {
                export = export.natural_value(input, numbers.clone());
            }
        }
        let export = self.naturals().fold(export, |export, (name, input)| export.natural_name(input, name));
        self.results().fold(export, |export, (name, id, _)| export.result(name, id))
    }
}

impl<T: Float> Import<T> {
    /// The model as a function of typed arguments, in the order of the model's.
    ///
    /// Symbols get their sizes from the types. The numbers of the model are parameters of the function with their names.
    ///
    /// # Errors
    /// [`Error::Onnx`] if the arguments or results are not as many as the model has, or one has another shape or kind of
    /// numbers, with both; as [`instance`](Self::instance).
    pub fn into_typed<I: Arguments<T>, O: Results<T>>(self, options: Options) -> Result<Function<T, I, O>, Error> {
        let instance = self.for_arguments(&Function::<T, I, O>::argument_shapes()?)?;
        let (shapes, results) = (O::shapes(), &instance.results);
        if shapes.len() != results.len() {
            let names: Vec<&str> = self.outputs().collect();
            return Err(self.error(format!("it has the results {names:?}, the type has {}", shapes.len())));
        }
        for ((name, id), shape) in results.iter().zip(&shapes) {
            let found = instance.graph.shape(*id);
            if found != *shape {
                return Err(self.error(format!("the result `{name}` has the shape {found}, the type has {shape}")));
            }
        }
        let session = Session::new(options.backend(Backend::Compiled));
        let graph = &instance.graph;
        for (leaf, value) in graph.ids().zip(instance.leaves) {
            let (name, shape) = (graph.name(leaf).unwrap_or_default(), graph.shape(leaf));
            match value {
                Some(value) => drop(session.use_param_dyn(&DynParam::new(name, value))?),
                None => drop(session.leaf(shape, &[], Storage::zeros(shape.elements()), Some(name.into()))?),
            }
        }
        for (&shape, numbers) in graph.naturals().iter().zip(instance.naturals) {
            session.input_nats_dyn(shape, &numbers.unwrap_or_else(|| vec![0; shape.elements()]))?;
        }
        session.build(|builder| {
            graph.nodes().iter().try_for_each(|node| builder.push(node.op.clone(), &node.operands).map(drop))
        })?;
        let arguments: Vec<(&str, usize, bool)> = instance
            .arguments
            .iter()
            .map(|(name, argument)| match argument {
                Argument::Leaf(id) => (&**name, id.index(), false),
                Argument::Natural(id) => (&**name, id.index(), true),
            })
            .collect();
        let results: Vec<(&str, Id)> = results.iter().map(|(name, id)| (&**name, *id)).collect();
        Ok(Function::of_recording(&session, &arguments, &results))
    }
}
