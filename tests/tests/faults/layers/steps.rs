//! Training steps, against backpropagation by the definition and optimisers by hand.

use session::Step;
use session::ir::Id;
use session::optim::{Adam, AdamW, Clipped, Optimizer, RmsProp, Sgd};
use session::prelude::*;
use session::random::Rng;
use session::semantics::{Array, backprop_all};

use super::{Catches, Layer, outcome};

/// A parameter that is two leaves, one that is one, and one that the loss does not reach.
struct Model {
    w: Param<shape![3, 4], f64>,
    b: Param<shape![3], f64>,
    unused: Param<shape![2], f64>,
}

impl Model {
    fn new() -> Self {
        let mut rng = Rng::new(3);
        let w = Param::new(Tensor::randn(&mut rng));
        Self { w, b: Param::new(Tensor::randn(&mut rng)), unused: Param::new(Tensor::ones()) }
    }

    /// The loss, and the leaves of `w`, `w` again and `b`.
    fn loss(&self, s: &Session<f64>) -> Result<(TensorRef<()>, [Id; 3]), Error> {
        let x = s.input(Tensor::<f64, shape![5, 4]>::from_fn(|[i, j]| (i as f64 - 2.0) * 0.3 + j as f64 * 0.2))?;
        let (first, _, b, second) =
            (s.use_param(&self.w)?, s.use_param(&self.unused)?, s.use_param(&self.b)?, s.use_param(&self.w)?);
        let y = s.tanh(s.linear(first, b, x));
        let decay = s.sum(s.mul(second, s.exp(second)));
        Ok((s.add(s.sum(s.mul(y, y)), decay), [first.id(), second.id(), b.id()]))
    }

    /// The gradients of `w` and `b`, by the definition.
    fn gradients(&self) -> Result<[Vec<f64>; 2], Error> {
        let s = Session::<f64>::new(Options::default().threads(1));
        let (loss, leaves) = self.loss(&s)?;
        let [first, second, b] = gradients(&s, loss, &leaves).try_into().expect("one for each leaf");
        let sum = first.iter().zip(second).map(|(a, b)| a + b).collect();
        Ok([sum, b])
    }
}

/// The gradients of leaves, by the definition.
fn gradients(s: &Session<f64>, loss: TensorRef<()>, leaves: &[Id]) -> Vec<Vec<f64>> {
    let snapshot = s.snapshot();
    let values: Vec<Array<f64>> =
        snapshot.leaves.iter().map(|leaf| Array::new(leaf.shape(), leaf.as_slice().to_vec())).collect();
    let mut seeds = vec![None; snapshot.graph.len()];
    seeds[loss.id().index()] = Some(Array::full(snapshot.graph.shape(loss.id()), 1.0));
    let all = backprop_all(&snapshot.graph, &values, &[], seeds);
    let of = |id: &Id| all[id.index()].as_ref().map(|array| array.data.clone()).unwrap_or_default();
    leaves.iter().map(of).collect()
}

/// An update by hand: the number of the update, the parameter, its gradient, two states.
type Update = fn(i32, &mut f64, f64, &mut [f64; 2]);

fn momentum(_: i32, p: &mut f64, g: f64, state: &mut [f64; 2]) {
    state[0] = 0.9 * state[0] + g;
    *p -= 0.1 * state[0];
}

fn adam(count: i32, p: &mut f64, g: f64, state: &mut [f64; 2]) {
    state[0] = 0.8 * state[0] + 0.2 * g;
    state[1] = 0.9 * state[1] + 0.1 * g * g;
    let mean = state[0] / (1.0 - 0.8_f64.powi(count));
    let square = state[1] / (1.0 - 0.9_f64.powi(count));
    *p -= 0.1 * mean / (square.sqrt() + 1e-3);
}

fn rms(_: i32, p: &mut f64, g: f64, state: &mut [f64; 2]) {
    state[1] = 0.9 * state[1] + 0.1 * g * g;
    *p -= 0.1 * g / (state[1].sqrt() + 1e-3);
}

fn close(what: &str, found: &[f64], expected: &[f64]) -> Result<(), String> {
    // NaN is near nothing.
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-11 * (1.0 + b.abs());
    match found.iter().zip(expected).find(|&(&a, &b)| !near(a, b)) {
        Some((a, b)) => Err(format!("{what}: {a}, by hand {b}")),
        None => Ok(()),
    }
}

/// Steps against updates by hand, of gradients of at most this norm; in between a parameter is given another value.
fn by_hand<O: Optimizer<f64>>(optimizer: O, update: Update, most: f64) -> Result<(), Error> {
    let model = Model::new();
    let s = Session::<f64>::new(Options::default().threads(1));
    let (loss, _) = model.loss(&s)?;
    let mut step = s.compile_step(loss, optimizer)?;
    let mut states = [vec![[0.0; 2]; 12], vec![[0.0; 2]; 3]];
    for count in 1..=8 {
        if count == 4 {
            model.b.set_value(Tensor::full(0.25));
        }
        let mut gradients = model.gradients()?;
        let norm = gradients.iter().flatten().map(|g| g * g).sum::<f64>().sqrt();
        let factor = (most / (norm + 1e-6)).min(1.0);
        gradients.iter_mut().flatten().for_each(|g| *g *= factor);
        let mut expected = [model.w.value().to_vec(), model.b.value().to_vec()];
        for ((parameter, gradient), states) in expected.iter_mut().zip(&gradients).zip(&mut states) {
            for ((p, &g), state) in parameter.iter_mut().zip(gradient).zip(states) {
                update(count, p, g, state);
            }
        }
        step.run(())?;
        let found = [model.w.value().to_vec(), model.b.value().to_vec()];
        for (found, expected) in found.iter().zip(&expected) {
            close(&format!("a parameter after update {count}"), found, expected).map_err(refused)?;
        }
        close("what the loss does not reach", &model.unused.value().to_vec(), &[1.0, 1.0]).map_err(refused)?;
    }
    Ok(())
}

/// The text of a difference as an error.
fn refused(reason: String) -> Error {
    Error::Call { name: "a step by hand".to_owned(), reason }
}

/// One plain step from gradients that were asked for before.
fn plain_descent() -> Result<(), Error> {
    let model = Model::new();
    let s = Session::<f64>::new(Options::default().threads(1));
    let (loss, _) = model.loss(&s)?;
    let [expected, _] = model.gradients()?;
    let expected: Vec<f64> = model.w.value().to_vec().iter().zip(expected).map(|(p, g)| p - 0.1 * g).collect();
    let gradients = s.backward_scalar_dense_all(loss)?;
    s.sgd_step_all(0.1, &gradients)?;
    close("a parameter", &model.w.value().to_vec(), &expected).map_err(refused)
}

fn compiled<O: Optimizer<f64>>(optimizer: O) -> Result<Step<f64, O>, String> {
    let s = Session::<f64>::new(Options::default().threads(2));
    let model = Model::new();
    let (loss, _) = model.loss(&s).map_err(|error| error.to_string())?;
    s.compile_step(loss, optimizer).map_err(|error| error.to_string())
}

/// A layer whose weight has one gradient, which goes into its update at once.
struct OneLayer {
    w: Param<shape![19, 40], f64>,
}

impl OneLayer {
    fn new() -> Self {
        Self { w: Param::new(Tensor::randn(&mut Rng::new(4))) }
    }

    fn loss<B: Dimension>(&self, s: &Session<f64>) -> Result<(TensorRef<()>, Id), Error> {
        let x = s.input(Tensor::<f64, shape![B, 40]>::from_fn(|[i, j]| (i as f64 - 2.5) * 0.3 + j as f64 * 0.02))?;
        let w = s.use_param(&self.w)?;
        let b = s.input(Tensor::<f64, shape![19]>::ones())?;
        let y = s.tanh(s.linear(w, b, x));
        Ok((s.sum(s.mul(y, y)), w.id()))
    }

    fn step<B: Dimension>(&self) -> Result<Step<f64, Sgd<f64>>, Error> {
        let s = Session::<f64>::new(Options::default().threads(2));
        let (loss, _) = self.loss::<B>(&s)?;
        s.compile_step(loss, Sgd::new(0.1))
    }

    /// Three plain steps, each against its gradient by the definition.
    fn by_hand<B: Dimension>() -> Result<(), Error> {
        let model = Self::new();
        let mut step = model.step::<B>()?;
        for count in 1..=3 {
            let s = Session::<f64>::new(Options::default().threads(1));
            let (loss, w) = model.loss::<B>(&s)?;
            let gradient = gradients(&s, loss, &[w]).remove(0);
            let expected: Vec<f64> = model.w.value().to_vec().iter().zip(gradient).map(|(p, g)| p - 0.1 * g).collect();
            step.run(())?;
            close(&format!("the weight after step {count}"), &model.w.value().to_vec(), &expected).map_err(refused)?;
        }
        Ok(())
    }
}

/// A step whose images are trained through a relu and a pool, more of them than a tile has: nobody else reads the gradient
/// of the pool.
fn pooled() -> Result<Step<f64, Sgd<f64>>, Error> {
    let images = Param::new(Tensor::<f64, shape![16, 3, 9, 10]>::randn(&mut Rng::new(5)));
    let s = Session::<f64>::new(Options::default().threads(2));
    let x = s.use_param(&images)?;
    let y = s.exp(s.max_pool2d(s.relu(x), Kernel::<2, 2>, Stride::<2>));
    let loss = s.sum(s.mul(y, y));
    s.compile_step(loss, Sgd::new(0.1))
}

/// A step through layers with activations, of several rows and of one, and through a relu between two layers: nobody else
/// reads the gradient before its gate.
fn activated() -> Result<Step<f64, Sgd<f64>>, Error> {
    let mut rng = Rng::new(6);
    let first = Param::new(Tensor::<f64, shape![21, 5]>::randn(&mut rng));
    let second = Param::new(Tensor::<f64, shape![4, 21]>::randn(&mut rng));
    let s = Session::<f64>::new(Options::default().threads(2));
    let (first, second) = (s.use_param(&first)?, s.use_param(&second)?);
    let x = s.input(Tensor::<f64, shape![7, 5]>::randn(&mut rng))?;
    let (b, c) = (s.input(Tensor::<f64, shape![21]>::ones())?, s.input(Tensor::<f64, shape![4]>::ones())?);
    let (other, row) =
        (s.input(Tensor::<f64, shape![3, 5]>::randn(&mut rng))?, s.input(Tensor::<f64, shape![1, 5]>::ones())?);
    let several = s.linear(second, c, s.relu(s.linear(first, b, x)));
    let curved = s.linear(second, c, s.tanh(s.linear(first, b, other)));
    let single = s.linear(second, c, s.relu(s.linear(first, b, row)));
    let [several, curved, single] =
        [s.sum(s.mul(several, several)), s.sum(s.mul(curved, curved)), s.sum(s.mul(single, single))];
    s.compile_step(s.add(several, s.add(curved, single)), Sgd::new(0.1))
}

/// Asks about steps with so many rows.
fn one_layer<B: Dimension>(catches: &mut Catches, name: &'static str) {
    let plain = || OneLayer::new().step::<B>().map_err(|error| error.to_string());
    catches.ask(Layer::Verify, name, || outcome(plain()?.verify()));
    catches.ask(Layer::Kernels, name, || outcome(plain()?.verify_kernels()));
    catches.ask(Layer::Runs, name, || outcome(OneLayer::by_hand::<B>()));
}

/// Asks about steps of all optimisers.
pub fn ask(catches: &mut Catches) {
    fn of<O: Optimizer<f64> + Clone>(
        catches: &mut Catches,
        name: &'static str,
        optimizer: O,
        hand: Option<(Update, f64)>,
    ) {
        catches.ask(Layer::Verify, name, || outcome(compiled(optimizer.clone())?.verify()));
        catches.ask(Layer::Kernels, name, || outcome(compiled(optimizer.clone())?.verify_kernels()));
        if let Some((update, most)) = hand {
            catches.ask(Layer::Runs, name, || outcome(by_hand(optimizer, update, most)));
        }
    }
    let free = f64::INFINITY;
    let betas = || Adam::new(0.1).betas(0.8, 0.9).eps(1e-3);
    of(catches, "a step of sgd", Sgd::new(0.1).momentum(0.9).nesterov(true).weight_decay(0.01), None);
    of(catches, "a step with momentum", Sgd::new(0.1).momentum(0.9), Some((momentum, free)));
    of(catches, "a step of adam", betas(), Some((adam, free)));
    of(catches, "a step of adam_w", AdamW::new(0.1), None);
    of(catches, "a step of rms_prop", RmsProp::new(0.1).alpha(0.9).eps(1e-3), Some((rms, free)));
    of(catches, "a clipped step", Clipped::new(Sgd::new(0.1).momentum(0.9), 2.0), Some((momentum, 2.0)));
    of(catches, "a clipped step of adam", Clipped::new(betas(), 1.5), Some((adam, 1.5)));
    catches.ask(Layer::Runs, "plain descent", || outcome(plain_descent()));
    one_layer::<Dim<7>>(catches, "plain steps");
    one_layer::<Dim<1>>(catches, "plain steps of one row");
    catches.ask(Layer::Kernels, "a plain step of long chains", || {
        outcome(OneLayer::new().step::<Dim<1030>>().map_err(|error| error.to_string())?.verify_kernels())
    });
    catches.ask(Layer::Kernels, "a step through activations", || {
        outcome(activated().map_err(|error| error.to_string())?.verify_kernels())
    });
    catches.ask(Layer::Kernels, "a step through a pool", || {
        outcome(pooled().map_err(|error| error.to_string())?.verify_kernels())
    });
}
