//! What is compiled for a step, and how often.

use crate::ir::{DynShape, Id};
use crate::ops::Emit;
use crate::optim::schedule::Cosine;
use crate::optim::{Adam, Clipped, Fragment, Optimizer, OptimizerState, Setting, Sgd};
use crate::session::{Options, Session};
use crate::tensor::storage::Storage;
use crate::{Dim, Param, Tensor};

/// Learning rate, bias corrections and the largest norm are inputs of one tape.
#[test]
fn steps_that_differ_in_hyper_parameters_share_a_tape() {
    let s = Session::<f64>::new(Options::default());
    let w = Param::new(Tensor::<f64, (Dim<3>,)>::from_array([1.0, 2.0, -3.0]));
    let b = Param::new(Tensor::<f64, (Dim<3>,)>::ones());
    let mut adam = Clipped::new(Adam::new(0.1).weight_decay(0.01), 1.0);
    let step = |optimizer: &mut dyn Optimizer<f64>| {
        s.reset_tape();
        let (x, y) = (s.use_param(&w).unwrap(), s.use_param(&b).unwrap());
        let loss = s.sum(s.mul(x, s.mul(x, y)));
        s.step(loss, optimizer).unwrap()
    };
    for round in 1..6 {
        adam.set_max_norm(f64::from(round));
        adam.follow(&Cosine { rate: 0.1, floor: 0.0, steps: 5 });
        step(&mut adam);
        assert_eq!(s.state.borrow().cache.len(), 1);
    }
    assert_eq!((adam.state().steps(), adam.state().updates(&w)), (5, 5));
    step(&mut Sgd::new(0.1));
    assert_eq!(s.state.borrow().cache.len(), 2, "another optimiser is another tape");
}

/// A step without anything to update gives the loss.
#[test]
fn nothing_to_update() {
    let s = Session::<f32>::new(Options::default());
    let frozen = Param::new(Tensor::<f32, (Dim<2>,)>::ones()).frozen();
    let x = s.use_param(&frozen).unwrap();
    let loss = s.sum(x);
    let mut adam = Clipped::new(Adam::new(0.1), 1.0);
    assert_eq!(s.step(loss, &mut adam).unwrap(), 2.0);
    assert_eq!(s.compile_step(loss, adam).unwrap().run(()).unwrap(), 2.0);
    assert_eq!(frozen.value(), Tensor::ones());
}

/// What [`Fragment::new`] is given.
type UpdateOf = fn(&mut Emit<'_>, Id, Id, &[Id], &[Id]) -> Vec<Id>;

/// An optimiser of these tests, with one hyper-parameter.
struct Custom {
    kind: &'static str,
    slots: &'static [&'static str],
    hyper_parameter: f64,
    update: UpdateOf,
    state: OptimizerState<f64>,
}

impl Optimizer<f64> for Custom {
    fn kind(&self) -> &'static str {
        self.kind
    }
    fn fragment(&self, shape: DynShape) -> Fragment {
        Fragment::new(shape, self.slots.len(), 1, self.update)
    }
    fn slots(&self) -> Vec<&'static str> {
        self.slots.to_vec()
    }
    fn hyper_parameters(&self, next: &mut dyn FnMut(f64)) {
        next(self.hyper_parameter);
    }
    fn settings(&self, _: &mut dyn FnMut(&Setting)) {}
    fn settings_mut(&mut self, _: &mut dyn FnMut(&mut Setting)) {}
    fn state(&self) -> &OptimizerState<f64> {
        &self.state
    }
    fn state_mut(&mut self) -> &mut OptimizerState<f64> {
        &mut self.state
    }
}

/// An update whose answers are leaves of its step, and one answer for several parameters: they change places with what
/// they were updated to the step before, and remember the gradient.
fn alternating() -> Custom {
    Custom {
        kind: "alternating",
        slots: &["other", "gradient"],
        hyper_parameter: -0.5,
        update: |emit, parameter, gradient, state, hyper| {
            vec![state[0], emit.axpy(hyper[0], gradient, parameter), gradient]
        },
        state: OptimizerState::default(),
    }
}

/// What a compiled step keeps from run to run is what a step that is recorded anew reads: after parameters, trained or
/// frozen, were given other values, and the optimiser another state.
#[test]
fn replayed_as_recorded() {
    type Three = (Dim<3>,);
    fn trace<O: Optimizer<f64>>(mut optimizer: O, replay: bool) -> Vec<Vec<f64>> {
        let s = Session::<f64>::new(Options::default());
        let (w, b) = (Param::new(Tensor::<f64, Three>::from_array([1.0, 2.0, -3.0])), Param::new(Tensor::ones()));
        let frozen = Param::new(Tensor::<f64, Three>::from_array([0.5, -1.0, 0.25])).frozen();
        let record = || {
            s.reset_tape();
            let (x, again, y) = (s.use_param(&w).unwrap(), s.use_param(&w).unwrap(), s.use_param(&b).unwrap());
            let still = s.use_param(&frozen).unwrap();
            let sum = s.add(s.add(x, again), s.add(y, still));
            (y, s.sum(sum))
        };
        let mut trace = Vec::new();
        let mut after = |loss: f64, optimizer: &mut dyn Optimizer<f64>| {
            let run = trace.len();
            let tensors = |param: &Param<Three, f64>| optimizer.state().get(param.cell()).unwrap().tensors.clone();
            let state = [tensors(&w), tensors(&b)].concat().into_iter().flat_map(|tensor| tensor.into_vec());
            trace.push([vec![loss], w.value().to_vec(), b.value().to_vec(), state.collect()].concat());
            match run {
                2 => w.set_value(Tensor::from_array([7.0, 8.0, 9.0])),
                3 => frozen.set_value(Tensor::zeros()),
                5 => {
                    let slots = optimizer.slots();
                    optimizer.state_mut().of(b.cell(), &slots).tensors[0] = Storage::full(3, 5.0);
                }
                _ => {}
            }
        };
        if replay {
            let (leaf, loss) = record();
            let mut step = s.compile_step(loss, optimizer).unwrap();
            for _ in 0..9 {
                // The leaf of a parameter has the parameter's value, whatever is set.
                let loss = step.run(((leaf, Tensor::<f64, Three>::full(100.0)),)).unwrap();
                after(loss, step.optimizer());
            }
        } else {
            for _ in 0..9 {
                let loss = s.step(record().1, &mut optimizer).unwrap();
                after(loss, &mut optimizer);
            }
        }
        trace
    }
    assert_eq!(trace(alternating(), true), trace(alternating(), false));
    let adam = || Adam::new(0.1);
    assert_eq!(trace(adam(), true), trace(adam(), false));
}

/// Descent with this update, under one name.
fn alike(update: UpdateOf) -> Custom {
    Custom { kind: "alike", slots: &[], hyper_parameter: -0.125, update, state: OptimizerState::default() }
}

/// What a session keeps of the last step goes unnoticed, whatever the next one is: of another loss, of other or fewer
/// parameters, in another order, by another optimiser, or stopped by an index that is out of range.
#[test]
fn steps_as_in_sessions_of_their_own() {
    type Three = (Dim<3>,);
    fn trace(own: bool) -> Vec<Vec<f64>> {
        let mut s = Session::<f64>::new(Options::default());
        let params = [[1.0, 2.0, -3.0], [0.5, -1.0, 4.0]].map(|numbers| Param::new(Tensor::from_array(numbers)));
        let mut once = alike(|emit, parameter, gradient, _, hyper| vec![emit.axpy(hyper[0], gradient, parameter)]);
        let mut twice = alike(|emit, parameter, gradient, _, hyper| {
            let gradient = emit.add(gradient, gradient);
            vec![emit.axpy(hyper[0], gradient, parameter)]
        });
        let mut adam = Clipped::new(Adam::new(0.1), 2.0);
        let mut trace = Vec::new();
        for run in 0..24 {
            match own {
                true => s = Session::new(Options::default()),
                false => s.reset_tape(),
            }
            let order = if run % 7 == 4 { [1, 0] } else { [0, 1] };
            params[0].set_requires_grad(run % 5 != 3);
            if run == 9 {
                params[1].set_value(Tensor::<f64, Three>::from_array([7.0, 8.0, 9.0]));
            }
            let mut leaves = order.map(|index| s.use_param(&params[index]).unwrap());
            leaves.sort_by_key(|leaf| order[leaf.id().index()]);
            let [x, y] = leaves;
            let indices = s.input_nat_vec::<Dim<2>>(&[run % 3, if run % 6 == 5 { 3 } else { 2 }]).unwrap();
            let sum = s.sum(s.mul(x, s.add(x, y)));
            let loss = if run % 8 == 6 { sum } else { s.add(sum, s.sum(s.gather_vec_ref(y, indices))) };
            let optimizer: &mut dyn Optimizer<f64> = match run % 4 {
                0 | 1 => &mut once,
                2 => &mut twice,
                _ => &mut adam,
            };
            let loss = s.step(loss, optimizer);
            assert_eq!(loss.is_err(), run % 6 == 5 && run % 8 != 6);
            let values = params.each_ref().map(|param| param.value().to_vec());
            trace.push([vec![loss.unwrap_or(f64::MAX)], values.concat()].concat());
        }
        trace
    }
    assert_eq!(trace(false), trace(true));
}

/// Each step takes exactly one from each of its parameters, and none is lost between threads with compiled and recorded
/// steps, which train the same parameters or one of them. Who reads both finds them between two steps.
#[test]
fn no_update_is_lost() {
    type Params = [Param<(Dim<3>,)>; 2];
    const STEPS: usize = 20_000;
    fn train(params: &Params, which: &[usize], compiled: bool) {
        let s = Session::<f32>::new(Options::default().threads(1));
        let record = || {
            s.reset_tape();
            let leaves: Vec<_> = which.iter().map(|&index| s.use_param(&params[index]).unwrap()).collect();
            leaves.into_iter().map(|leaf| s.sum(leaf)).reduce(|a, b| s.add(a, b)).unwrap()
        };
        let mut sgd = Sgd::new(1.0);
        let mut step = s.compile_step(record(), sgd.clone()).unwrap();
        for _ in 0..STEPS {
            match compiled {
                true => step.run(()).unwrap(),
                false => s.step(record(), &mut sgd).unwrap(),
            };
        }
    }
    for alone in [true, false] {
        let params: Params = std::array::from_fn(|_| Param::new(Tensor::zeros()));
        std::thread::scope(|scope| {
            scope.spawn(|| train(&params, &[0, 1], true));
            if !alone {
                scope.spawn(|| train(&params, &[0, 1], false));
                scope.spawn(|| train(&params, &[1], true));
            }
            // Functions read both at once.
            let bind = |s: &Session| Ok((s.use_param(&params[0])?, s.use_param(&params[1])?));
            let difference = |s: &Session, (x, y), ()| s.sum(s.sub(x, y));
            let mut difference = crate::Function::record(Options::default(), &[], &["d"], bind, difference).unwrap();
            for _ in 0..STEPS {
                let difference = difference.run(()).unwrap().value();
                assert!(!alone || difference == 0.0, "a step is half done: {difference}");
            }
        });
        let expected = if alone { [STEPS, STEPS] } else { [2 * STEPS, 3 * STEPS] };
        let found = params.each_ref().map(|param| -param.value().to_vec()[0] as usize);
        assert_eq!(found, expected);
    }
}
