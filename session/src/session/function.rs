//! A recording as a function that runs again without recording.
//!
//! ```text
//! session/function.rs            functions, and how they are recorded
//! session/function/arguments.rs  the types of what goes in
//! session/function/results.rs    the types of what comes out
//! session/function/training.rs   training steps made of functions
//! session/function/device.rs     both on the devices of a plugin
//! ```

mod arguments;
#[cfg(feature = "pjrt")]
mod device;
mod results;
mod training;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use shapes::AxisNames;

pub use arguments::{Argument, Arguments};
use arguments::{Arriving, Input, Recorder};
#[cfg(feature = "pjrt")]
pub use device::{DeviceFunction, DeviceTrainingFunction};
pub use results::Results;
use results::{Answers, Chosen, Value};
pub use training::TrainingFunction;

use super::replay::Replay;
use super::request::Compiled;
use super::{Backend, Options, Request, Session};
use crate::Error;
use crate::ir::{DynShape, Graph, Id, NatId};
use crate::param::Cell;
use crate::scalar::Float;
use crate::tape::{Further, Tape, check_count};

/// A recording as a function of typed arguments (`torch.compile`, `jax.jit`): recorded once, run any number of times.
///
/// `I` is a tuple of the refs that the body takes, `O` the ref that it gives, or a tuple of them.
///
/// ```
/// use session::prelude::*;
///
/// let table = Param::new(Tensor::<f32, shape![3, 2]>::from_array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]));
/// let mut lookup = Function::record(
///     Options::default(),
///     &["words", "scale"],
///     &["rows", "sum"],
///     |s| table.bind(s),
///     |s, table, (words, scale): (NatVecRef<Dim<1>>, TensorRef<shape![1, 2]>)| {
///         let rows = s.mul(s.embedding(table, words), scale);
///         (rows, s.sum(rows))
///     },
/// )?;
/// let scale = Tensor::from_array([[10.0, 1.0]]);
/// let (rows, sum) = lookup.run((&[2], &scale))?;
/// assert_eq!((rows.to_vec(), sum.value()), (vec![40.0, 5.0], 45.0));
///
/// table.set_value(Tensor::ones());
/// assert_eq!(lookup.run((&[0], &scale))?.1.value(), 11.0);
/// # Ok::<(), session::Error>(())
/// ```
pub struct Function<T: Float, I, O> {
    body: Body<T>,
    types: PhantomData<fn(I) -> O>,
}

/// A function without the types of its arguments and results.
struct Body<T: Float> {
    replay: Replay<T>,
    compiled: Compiled<T>,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    /// The parameters in the order of their locks.
    order: Vec<Arc<Cell<T>>>,
}

/// A value that a function gives.
struct Output {
    name: String,
    id: Id,
    axis_names: AxisNames,
}

impl<T: Float, I: Arguments<T>, O: Results<T>> Function<T, I, O> {
    /// Records `body` and compiles it.
    ///
    /// `bind` comes first, for parameters: the [`bind`](crate::Model::bind) of a model, or `|_| Ok(())`. Then each
    /// argument becomes an input of its name, and `body` records what is computed from both.
    ///
    /// Numbers that operations have captured stay: masks, and the key of [`dropout`](Session::dropout), which would
    /// drop the same elements each time; give [`dropout_keyed`](Session::dropout_keyed) a natural-number input instead.
    /// [`Options::backend`] is without effect.
    ///
    /// # Errors
    /// What `bind` returns; [`Error::LengthMismatch`] if there is not one name for each argument and each result,
    /// [`Error::LeafAfterNode`] if `bind` records operations, [`Error::StaleRef`] if a result is of another recording.
    ///
    /// # Panics
    /// If `body` does.
    pub fn record<M>(
        options: Options,
        inputs: &[&str],
        outputs: &[&str],
        bind: impl FnOnce(&Session<T>) -> Result<M, Error>,
        body: impl FnOnce(&Session<T>, M, I) -> O,
    ) -> Result<Self, Error> {
        let session = Session::new(options.backend(Backend::Compiled));
        check_count("the list of names of results", O::COUNT, outputs.len())?;
        let (inputs, results) = trace(&session, inputs, bind, body)?;
        Ok(Self { body: Body::new(&session, inputs, outputs, results), types: PhantomData })
    }

    /// Runs the function: parameters are read at their current values, between which no update of another thread falls.
    ///
    /// Values are a tuple of `&Tensor<T, S>` and `&[usize]`, one for each argument.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] for a wrong number of natural numbers, which names the input;
    /// [`Error::IndexOutOfRange`].
    pub fn run(&mut self, inputs: I::Values<'_>) -> Result<O::Values, Error> {
        I::set(inputs, &mut Arriving::new(&self.body.inputs, self.body.replay.inputs()))?;
        let mut results = None;
        self.body.run(&mut |answers| results = Some(O::values(answers)))?;
        Ok(results.expect("a run has results"))
    }
}

#[cfg(feature = "onnx")]
impl<T: Float, I: Arguments<T>, O: Results<T>> Function<T, I, O> {
    /// The shapes of the arguments, and whether they are natural numbers.
    pub(super) fn argument_shapes() -> Result<Vec<(DynShape, bool)>, Error> {
        let session = Session::new(Options::default().threads(1));
        let names = vec![""; I::COUNT];
        let mut recorder = Recorder::new(&session, &names);
        I::record(&mut recorder)?;
        let described = |input: Input| (input.describe().1, input.natural().is_some());
        Ok(recorder.finish().into_iter().map(described).collect())
    }

    /// The function of a recording: its arguments are leaves and natural-number inputs, `(name, position, natural)`.
    pub(super) fn of_recording(
        session: &Session<T>,
        arguments: &[(&str, usize, bool)],
        results: &[(&str, Id)],
    ) -> Self {
        let input = |&(name, position, natural): &(&str, usize, bool)| {
            let graph = session.graph();
            let shapes = if natural { graph.naturals() } else { graph.leaves() };
            Input::new(name, shapes[position], position, natural)
        };
        let inputs = arguments.iter().map(input).collect();
        let (names, values): (Vec<&str>, Vec<Value>) = results.iter().map(|&(name, id)| (name, (id, &[][..]))).unzip();
        Self { body: Body::new(session, inputs, &names, values), types: PhantomData }
    }
}

impl<T: Float> Body<T> {
    #[inline(never)]
    fn new(session: &Session<T>, inputs: Vec<Input>, outputs: &[&str], results: Vec<Value>) -> Self {
        let replay = session.state.borrow().replay();
        let output = |(&name, &(id, axis_names)): (&&str, &_)| Output { name: name.to_owned(), id, axis_names };
        let outputs = outputs.iter().zip(&results).map(output).collect();
        let values = results.into_iter().map(|(id, _)| id).collect();
        let compiled = replay.compile(&Request::Values { values }, true);
        let mut order = Cell::update_order(replay.used().iter().map(|(_, cell)| cell));
        order.dedup_by(|a, b| Arc::ptr_eq(a, b));
        Self { replay, compiled, inputs, outputs, order }
    }

    #[inline(never)]
    fn run(&mut self, take: &mut dyn FnMut(&mut Answers<'_, T>)) -> Result<(), Error> {
        let Self { replay, compiled, order, .. } = self;
        replay.check()?;
        let is_outdated = replay.is_outdated();
        if is_outdated {
            Cell::update(order, || replay.follow());
        }
        let leaves = Further::NONE.after(replay.run(compiled, Further::NONE, !is_outdated));
        take(&mut Answers::new(&mut compiled.answers(leaves)));
        Ok(())
    }

    fn inputs(&self) -> impl ExactSizeIterator<Item = (&str, DynShape)> {
        self.inputs.iter().map(Input::describe)
    }

    fn outputs(&self) -> impl ExactSizeIterator<Item = (&str, DynShape)> {
        let graph = self.replay.graph();
        self.outputs.iter().map(|output| (&*output.name, graph.shape(output.id)))
    }

    #[inline(never)]
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (inputs, outputs): (Vec<_>, Vec<_>) = (self.inputs().collect(), self.outputs().collect());
        write!(f, "Function of {inputs:?} to {outputs:?}\n{}", self.compiled.tape)
    }
}

impl<T: Float, I, O> Function<T, I, O> {
    /// What is replayed, and its tape.
    pub(super) fn parts(&self) -> (&Replay<T>, &Compiled<T>) {
        (&self.body.replay, &self.body.compiled)
    }

    /// The natural-number inputs among the arguments.
    pub(super) fn naturals(&self) -> impl Iterator<Item = (&str, NatId)> {
        self.body.inputs.iter().filter_map(Input::natural)
    }

    /// The leaves among the arguments.
    #[cfg(feature = "onnx")]
    pub(super) fn leaves(&self) -> impl Iterator<Item = Id> {
        self.body.inputs.iter().filter_map(Input::leaf)
    }

    /// The names and values of the results, with the names of their axes.
    pub(super) fn results(&self) -> impl Iterator<Item = (&str, Id, AxisNames)> {
        self.body.outputs.iter().map(|output| (&*output.name, output.id, output.axis_names))
    }

    /// What is computed, without values.
    pub fn graph(&self) -> &Graph {
        self.body.replay.graph()
    }

    /// The names and shapes of the arguments.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = (&str, DynShape)> {
        self.body.inputs()
    }

    /// The names and shapes of the results.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = (&str, DynShape)> {
        self.body.outputs()
    }

    /// The tape that runs it. Its outputs are the results.
    pub fn tape(&self) -> &Tape<T> {
        &self.body.compiled.tape
    }
}

impl<T: Float, I, O> fmt::Debug for Function<T, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body.describe(f)
    }
}

/// The graph that a [`Function`] would have, without compiling one.
///
/// ```
/// use session::prelude::*;
///
/// type X = TensorRef<shape![2, 3]>;
/// let graph = session::function::graph::<f32, (X,), _, _>(&["x"], |_| Ok(()), |s, (), (x,)| s.sum(x))?;
/// assert_eq!((graph.name(graph.ids().next().unwrap()), graph.nodes().len()), (Some("x"), 1));
/// # Ok::<(), session::Error>(())
/// ```
///
/// # Errors
/// As [`Function::record`].
///
/// # Panics
/// If `body` does.
pub fn graph<T: Float, I: Arguments<T>, O: Results<T>, M>(
    inputs: &[&str],
    bind: impl FnOnce(&Session<T>) -> Result<M, Error>,
    body: impl FnOnce(&Session<T>, M, I) -> O,
) -> Result<Graph, Error> {
    // Nothing runs, so further threads would only be started and stopped.
    let session = Session::new(Options::default().threads(1));
    trace(&session, inputs, bind, body)?;
    Ok(into_graph(session))
}

#[inline(never)]
fn into_graph<T: Float>(session: Session<T>) -> Graph {
    session.state.into_inner().builder.into_graph()
}

/// Records a function; gives its inputs and the values that it gives.
fn trace<T: Float, I: Arguments<T>, O: Results<T>, M>(
    session: &Session<T>,
    inputs: &[&str],
    bind: impl FnOnce(&Session<T>) -> Result<M, Error>,
    body: impl FnOnce(&Session<T>, M, I) -> O,
) -> Result<(Vec<Input>, Vec<Value>), Error> {
    check_count("the list of names of arguments", I::COUNT, inputs.len())?;
    let model = bind(session)?;
    let mut recorder = Recorder::new(session, inputs);
    let arguments = I::record(&mut recorder)?;
    let inputs = recorder.finish();
    let stamp = session.stamp();
    let mut chosen = Chosen::default();
    body(session, model, arguments).choose(&mut chosen);
    // If the body has begun another recording, the inputs are not those of its results.
    session.stamp().check(stamp)?;
    Ok((inputs, chosen.of(stamp)?))
}
