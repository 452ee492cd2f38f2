//! Training steps: forward, reverse and update in one tape.

#[cfg(feature = "pjrt")]
pub(super) mod device;
#[cfg(test)]
mod tests;

use std::fmt;

use super::gradients::{ByLeaf, Gradients, Groups, sealed};
use super::inputs::{Inputs, StepInput};
use super::replay::Replay;
use super::request::{Compiled, Update};
use super::trained::{Trained, Training};
use super::{Request, Session, State, TensorRef};
use crate::Error;
use crate::ir::{DynShape, Graph, Id, NatId};
use crate::mapped::mapped;
use crate::ops::Emit;
use crate::optim::{Borrowed, Optimizer, descent};
use crate::param::Cell;
use crate::reference::Raw;
use crate::scalar::Float;
use crate::tape::{Further, Given, Own, Tape};
use crate::tensor::storage::Storage;

/// A scalar, as an input of a tape.
pub(super) fn scalar<T: Float>(value: f64) -> Storage<T> {
    Storage::from_vec(vec![T::from_f64(value)])
}

/// Training.
impl<T: Float> Session<T> {
    /// One training step: loss, gradients and update in one tape. Gives the loss.
    ///
    /// The same bits as [`backward_params`](Self::backward_params) followed by the optimiser's update.
    /// Parameters are updated from their current value; those that do not require a gradient, or that the
    /// loss does not depend on, stay.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording, [`Error::IndexOutOfRange`]; nothing has changed
    /// then.
    pub fn step(&self, loss: TensorRef<()>, optimizer: &mut (impl Optimizer<T> + ?Sized)) -> Result<T, Error> {
        self.step_by(loss.raw(), &mut Borrowed(optimizer))
    }

    /// Compiles a training step that is replayed without recording.
    ///
    /// Inputs can be set anew for each run, parameters are read anew. Numbers that operations have captured stay:
    /// those of `_nat` gathers, of masks, and the key of [`dropout`](Self::dropout), which would drop the same
    /// elements each time; give [`dropout_keyed`](Self::dropout_keyed) a natural-number input instead.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording.
    pub fn compile_step<O: Optimizer<T>>(&self, loss: TensorRef<()>, optimizer: O) -> Result<Step<T, O>, Error> {
        Ok(Step { updating: self.updating(loss.raw(), &optimizer)?, optimizer })
    }

    #[inline(never)]
    fn updating(&self, loss: Raw, optimizer: &dyn Optimizer<T>) -> Result<Updating<T>, Error> {
        let state = self.state.borrow();
        let loss = state.check(loss)?;
        Ok(Updating::new(state.replay(), loss, optimizer))
    }

    /// Plain gradient descent on every used parameter that requires a gradient: `p' = p - rate · g`, rounded
    /// once, from the parameter's current value.
    ///
    /// Takes dense or parameter gradients. A parameter used in several leaves gets one update with its
    /// gradients summed in the order of the leaves. Everything is checked before anything changes.
    ///
    /// # Errors
    /// [`Error::StaleGradients`] for gradients of another recording.
    pub fn sgd_step_all(&self, rate: f64, gradients: &impl Gradients<T>) -> Result<(), Error> {
        self.descend(rate, gradients)
    }

    #[inline(never)]
    fn descend(&self, rate: f64, gradients: &dyn sealed::Gradients<T>) -> Result<(), Error> {
        let state = &mut *self.state.borrow_mut();
        state.stamp.check_gradients(gradients.stamp())?;
        let mut parameters = gradients.by_parameter();
        let default = state.options.requires_grad_by_default;
        parameters.retain(|(cell, gradients)| !gradients.is_empty() && cell.requires_grad(default));

        let order = Cell::update_order(parameters.iter().map(|(cell, _)| cell));
        Cell::update(&order, || state.descend(rate, &parameters));
        Ok(())
    }
}

impl<T: Float> State<T> {
    /// `p' = p - rate · g` for each parameter with the sum of its gradients.
    fn descend(&mut self, rate: f64, parameters: &[ByLeaf<T>]) {
        let mut graph = Graph::default();
        let rate_leaf = graph.leaf(DynShape::SCALAR);
        let mut leaves = vec![scalar(rate)];
        let mut inputs = Vec::new();
        for (cell, gradients) in parameters {
            inputs.push((graph.leaf(cell.shape()), mapped(gradients, |_| graph.leaf(cell.shape()))));
            leaves.push(cell.value());
            leaves.extend(gradients.iter().cloned());
        }
        let mut emit = Emit::new(&mut graph);
        let update = |(parameter, gradients): &(Id, Vec<Id>)| {
            let gradient = emit.total(gradients.iter().copied().map(Some)).expect("there is a gradient");
            descent(emit.shape(*parameter)).inline(&mut emit, *parameter, gradient, &[], &[rate_leaf])[0]
        };
        let values = mapped(&inputs, update);
        let Compiled { tape, answers, .. } = self.cache.find(&self.processor, &graph, &Request::Values { values }, &[]);
        let leaves = Given::from(&leaves[..]);
        tape.run(leaves, &[]);
        for ((cell, _), output) in parameters.iter().zip(answers) {
            cell.set(tape.output(output.expect("updates are no derivatives"), leaves).clone());
        }
    }
}

/// A compiled training step: replays a recording with new inputs, without recording.
///
/// ```
/// use session::optim::Sgd;
/// use session::prelude::*;
///
/// let s = Session::<f32>::new(Options::default());
/// let w = Param::new(Tensor::<f32, shape![1, 2]>::zeros());
/// let b = Param::new(Tensor::<f32, shape![1]>::zeros());
/// let (wr, br) = (s.use_param(&w)?, s.use_param(&b)?);
/// let x = s.input(Tensor::<f32, shape![4, 2]>::zeros())?;
/// let t = s.input(Tensor::<f32, shape![4, 1]>::zeros())?;
/// let loss = s.mse_loss(s.linear(wr, br, x), t);
/// let mut step = s.compile_step(loss, Sgd::new(0.1))?;
///
/// let inputs = Tensor::from_array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
/// let targets = Tensor::from_array([[1.0], [3.0], [2.0], [4.0]]);
/// for _ in 0..500 {
///     step.run(((x, &inputs), (t, &targets)))?;
/// }
/// assert!((b.value()[[0]] - 1.0).abs() < 1e-3);
/// # Ok::<(), session::Error>(())
/// ```
pub struct Step<T: Float, O> {
    updating: Updating<T>,
    optimizer: O,
}

/// All of a step but its optimiser.
struct Updating<T: Float> {
    trained: Trained<T>,
    replayed: Replayed<T>,
}

/// A recording with the tape of its step.
struct Replayed<T: Float> {
    replay: Replay<T>,
    compiled: Compiled<T>,
}

impl<T: Float> Training<T> for Replayed<T> {
    fn run<'a>(&'a mut self, further: Further<'_, T>) -> (&'a mut Compiled<T>, Own<'a, T>) {
        let Self { replay, compiled } = self;
        replay.follow();
        let own = replay.run(compiled, further, false);
        (compiled, own)
    }

    fn compiled(&mut self) -> &mut Compiled<T> {
        &mut self.compiled
    }
}

impl<T: Float> Updating<T> {
    #[inline(never)]
    fn new(mut replay: Replay<T>, loss: Id, optimizer: &dyn Optimizer<T>) -> Self {
        let trained = Trained::new(replay.trainable(), optimizer, None);
        for (number, leaves) in trained.leaves() {
            leaves.iter().for_each(|&leaf| replay.stand_in(leaf, number));
        }
        let compiled = replay.compile(&trained.request(loss), false);
        Self { trained, replayed: Replayed { replay, compiled } }
    }

    #[inline(never)]
    #[track_caller]
    fn check_kind(&self, optimizer: &dyn Optimizer<T>) {
        let (kind, clipped, update) = (optimizer.kind(), optimizer.max_norm().is_some(), self.trained.update());
        assert_eq!((kind, clipped), (update.kind, update.clipped), "the kind of the optimiser and whether it clips");
    }

    #[inline(never)]
    fn run(&mut self, optimizer: &mut dyn Optimizer<T>) -> Result<T, Error> {
        self.replayed.replay.check()?;
        Ok(self.trained.step(optimizer, &mut self.replayed))
    }
}

impl<T: Float, O> Step<T, O> {
    /// What is replayed, and its tape.
    pub(super) fn parts(&self) -> (&Replay<T>, &Compiled<T>) {
        (&self.updating.replayed.replay, &self.updating.replayed.compiled)
    }

    /// The parameters that are trained, each with its leaves of the recording, and how they are updated.
    pub(super) fn update(&self) -> (&Groups<T>, &Update) {
        (self.updating.trained.groups(), self.updating.trained.update())
    }

    /// The optimiser, to be read.
    pub(super) fn own_optimizer(&self) -> &O {
        &self.optimizer
    }
}

impl<T: Float, O: Optimizer<T>> Step<T, O> {
    pub(super) fn new(replay: Replay<T>, loss: Id, optimizer: O) -> Self {
        Self { updating: Updating::new(replay, loss, &optimizer), optimizer }
    }

    /// The inputs, to be set.
    pub(super) fn inputs(&mut self) -> Inputs<'_, T> {
        self.updating.replayed.replay.inputs()
    }

    /// Sets inputs and runs the step: parameters are read at their current values and updated. Gives the
    /// loss.
    ///
    /// Inputs are a tuple of pairs of a ref and its new value; what is not given keeps its last value.
    /// A leaf of a parameter always has the parameter's current value.
    ///
    /// # Errors
    /// [`Error::StaleRef`], [`Error::NotALeaf`], [`Error::LengthMismatch`], [`Error::IndexOutOfRange`]; no
    /// parameter has changed then. Inputs before the one that is refused stay set, and so do numbers out of
    /// range.
    ///
    /// # Panics
    /// If the optimiser is no longer of the kind that the step was compiled with.
    #[track_caller]
    pub fn run(&mut self, inputs: impl StepInput<T>) -> Result<T, Error> {
        let Self { updating, optimizer } = self;
        updating.check_kind(optimizer);
        inputs.set(&mut updating.replayed.replay.inputs())?;
        updating.run(optimizer)
    }

    /// The whole step as a graph: forward, reverse and update. Its leaves are those of the recording, the
    /// hyper-parameters, each parameter with its state, and the seed.
    pub fn graph(&self) -> &Graph {
        self.updating.replayed.compiled.tape.graph()
    }

    /// The tape that runs it. Its outputs are the loss and each parameter that the loss depends on, with
    /// its state.
    pub fn tape(&self) -> &Tape<T> {
        &self.updating.replayed.compiled.tape
    }

    /// The optimiser, for its hyper-parameters and its state.
    pub fn optimizer(&mut self) -> &mut O {
        &mut self.optimizer
    }
}

impl<T: Float, O> fmt::Debug for Step<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Step of {} parameters\n{}",
            self.updating.trained.groups().len(),
            self.updating.replayed.compiled.tape
        )
    }
}

/// Compares every index with its bound.
pub(super) fn check_indices(
    graph: &Graph,
    indexed: &[(Id, NatId, usize)],
    naturals: &[Vec<usize>],
) -> Result<(), Error> {
    for &(node, natural, size) in indexed {
        let list = &naturals[natural.index()];
        if let Some(position) = list.iter().position(|&index| index >= size) {
            let op = graph.node(node).expect("index operations are nodes").op.name();
            return Err(Error::IndexOutOfRange { op, node, position, index: list[position], size });
        }
    }
    Ok(())
}
