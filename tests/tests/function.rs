//! Recordings as functions.

use session::ir::DynShape;
use session::optim::{Adam, Clipped, Sgd};
use session::prelude::*;
use session::random::Rng;

type X = TensorRef<shape![4, 3]>;
type Labels = NatVecRef<Dim<4>>;

/// Two linear layers.
struct Weights<T: Float> {
    w: Param<shape![6, 3], T>,
    b: Param<shape![6], T>,
    out: Param<shape![5, 6], T>,
}

/// Their leaves.
#[derive(Clone, Copy)]
struct Refs {
    w: TensorRef<shape![6, 3]>,
    b: TensorRef<shape![6]>,
    out: TensorRef<shape![5, 6]>,
}

impl<T: Float> Weights<T> {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        Self {
            w: Param::new(Tensor::randn(&mut rng)),
            b: Param::new(Tensor::randn(&mut rng)).named("b"),
            out: Param::new(Tensor::randn(&mut rng)),
        }
    }

    fn copy(&self) -> Self {
        Self { w: self.w.deep_clone(), b: self.b.deep_clone(), out: self.out.deep_clone() }
    }

    fn bind(&self, s: &Session<T>) -> Result<Refs, Error> {
        Ok(Refs { w: self.w.bind(s)?, b: self.b.bind(s)?, out: self.out.bind(s)? })
    }

    fn numbers(&self) -> [Vec<T>; 3] {
        [self.w.value().to_vec(), self.b.value().to_vec(), self.out.value().to_vec()]
    }
}

fn hidden<T: Float>(s: &Session<T>, m: Refs, x: X) -> TensorRef<shape![4, 6]> {
    s.tanh(s.linear(m.w, m.b, x))
}

fn logits<T: Float>(s: &Session<T>, m: Refs, x: X) -> TensorRef<shape![4, 5]> {
    s.matmul(hidden(s, m, x), s.transpose(m.out))
}

fn loss<T: Float>(s: &Session<T>, m: Refs, (x, labels): (X, Labels)) -> TensorRef<()> {
    s.cross_entropy(logits(s, m, x), labels)
}

fn options() -> Options {
    Options::default().threads(1)
}

/// What a session says of the same body.
fn by_session<T: Float, O>(
    weights: &Weights<T>,
    x: &Tensor<T, shape![4, 3]>,
    labels: &[usize; 4],
    read: impl FnOnce(&Session<T>, Refs, X, Labels) -> O,
) -> O {
    let s = Session::new(options());
    let m = weights.bind(&s).unwrap();
    let (x, labels) = (s.input(x.clone()).unwrap(), s.input_nat_vec(labels).unwrap());
    read(&s, m, x, labels)
}

fn a_function_gives_the_values_of_a_session<T: Float>() {
    let weights = Weights::<T>::new(1);
    let mut function = Function::record(
        options(),
        &["x", "labels"],
        &["hidden", "logits", "loss"],
        |s| weights.bind(s),
        |s, m, (x, labels): (X, Labels)| {
            let h = hidden(s, m, x);
            let logits = s.matmul(h, s.transpose(m.out));
            (h, logits, s.cross_entropy(logits, labels))
        },
    )
    .unwrap();
    let mut rng = Rng::new(7);
    for run in 0..5 {
        let x = Tensor::<T, shape![4, 3]>::randn(&mut rng);
        let labels = [run, 4 - run, run, 0];
        let found = function.run((&x, &labels)).unwrap();
        let expected = by_session(&weights, &x, &labels, |s, m, x, labels| {
            let (h, y, loss) = (hidden(s, m, x), logits(s, m, x), loss(s, m, (x, labels)));
            (s.value(h).unwrap(), s.value(y).unwrap(), s.value(loss).unwrap())
        });
        assert_eq!(found, expected);
        // Parameters are read anew.
        weights.b.set_value(Tensor::randn(&mut rng));
    }
}

#[test]
fn functions_give_the_values_of_sessions() {
    a_function_gives_the_values_of_a_session::<f32>();
    a_function_gives_the_values_of_a_session::<f64>();
}

#[test]
fn results_stay_when_the_function_runs_again() {
    let weights = Weights::<f32>::new(1);
    let record = |s: &Session, m: Refs, (x,): (X,)| logits(s, m, x);
    let mut function = Function::record(options(), &["x"], &["y"], |s| weights.bind(s), record).unwrap();
    let ones = function.run((&Tensor::ones(),)).unwrap();
    let kept = ones.to_vec();
    for scale in 0..5 {
        assert_eq!(function.run((&Tensor::full(scale as f32),)).unwrap() == ones, scale == 1);
    }
    assert_eq!(ones.to_vec(), kept);
}

#[test]
fn a_function_describes_itself() {
    let weights = Weights::<f32>::new(1);
    let function = Function::record(options(), &["x", "labels"], &["loss"], |s| weights.bind(s), loss::<f32>).unwrap();
    let inputs: Vec<_> = function.inputs().collect();
    assert_eq!(inputs, [("x", DynShape::new(&[4, 3])), ("labels", DynShape::new(&[4]))]);
    assert_eq!(function.outputs().collect::<Vec<_>>(), [("loss", DynShape::SCALAR)]);
    let graph = function.graph();
    // Parameters first, by their own names, then the arguments.
    let leaves: Vec<_> = graph.ids().take(4).map(|id| graph.name(id)).collect();
    assert_eq!(leaves, [None, Some("b"), None, Some("x")]);
    assert_eq!((graph.leaves().len(), graph.naturals().len()), (4, 1));
    assert_eq!(function.tape().graph(), graph);
    let plain = session::function::graph(&["x", "labels"], |s| weights.bind(s), loss::<f32>).unwrap();
    assert_eq!((plain.to_string(), &plain), (graph.to_string(), graph));
    let said = format!("{function:?}");
    assert!(said.starts_with(r#"Function of [("x", [4, 3]), ("labels", [4])] to [("loss", [])]"#), "{said}");
}

/// Weights that a function keeps in another order follow the parameter, whatever values it had in between.
fn weights_may_change_between_runs<T: Float, B: Dimension>() {
    let weights = Weights::<T>::new(1);
    let record = |s: &Session<T>, m: Refs, (x,): (TensorRef<(B, Dim<3>)>,)| s.linear(m.w, m.b, x);
    let mut function = Function::record(options(), &["x"], &["y"], |s| weights.bind(s), record).unwrap();
    let x = Tensor::randn(&mut Rng::new(2));
    let mut value = || {
        let fresh = Session::new(options());
        let m = weights.bind(&fresh).unwrap();
        let y = record(&fresh, m, (fresh.input(x.clone()).unwrap(),));
        let (found, expected) = (function.run((&x,)).unwrap(), fresh.value(y).unwrap());
        assert_eq!(found, expected);
        found
    };
    let first = weights.w.value();
    let (mut other, before) = (first.clone(), value());
    other[[5, 2]] = T::from_f64(7.0);
    for (w, same) in [(&first, true), (&other, false), (&first, true), (&other, false), (&other, false)] {
        weights.w.set_value(w.clone());
        // Until the function no longer asks whether it has them.
        for _ in 0..3 {
            assert_eq!(value() == before, same);
        }
    }
}

#[test]
fn weights_may_change_between_runs_of_a_function() {
    weights_may_change_between_runs::<f32, Dim<1>>();
    weights_may_change_between_runs::<f64, Dim<3>>();
    weights_may_change_between_runs::<f32, Dim<8>>();
    weights_may_change_between_runs::<f32, Dim<20>>();
}

/// What only looks at a function leaves nothing of its random numbers in it.
#[test]
fn profiles_and_checks_change_no_result() {
    let weights = Weights::<f32>::new(1);
    let record = |s: &Session, m: Refs, (x,): (TensorRef<shape![1, 3]>,)| s.linear(m.w, m.b, x);
    let mut function = Function::record(options(), &["x"], &["y"], |s| weights.bind(s), record).unwrap();
    let x = Tensor::ones();
    let value = function.run((&x,)).unwrap();
    function.tape().profile(&[], 2).unwrap();
    assert_eq!(function.run((&x,)).unwrap(), value);
    function.verify_kernels().unwrap();
    assert_eq!(function.run((&x,)).unwrap(), value);
}

/// A function that is recorded in one thread runs in another.
#[test]
fn functions_go_to_other_threads() {
    let weights = Weights::<f32>::new(1);
    let mut function =
        Function::record(options(), &["x", "labels"], &["loss"], |s| weights.bind(s), loss::<f32>).unwrap();
    let here = function.run((&Tensor::ones(), &[0, 1, 2, 3])).unwrap();
    let there = std::thread::spawn(move || function.run((&Tensor::ones(), &[0, 1, 2, 3])).unwrap());
    assert_eq!(there.join().unwrap(), here);
}

#[test]
fn functions_of_nothing_and_of_much() {
    let mut constant = Function::<f32, (), _>::record(
        options(),
        &[],
        &["y"],
        |_| Ok(()),
        |s, (), ()| s.constant(Tensor::<f32, shape![2]>::from_array([1.0, 2.0])),
    )
    .unwrap();
    assert_eq!(constant.run(()).unwrap().to_vec(), [1.0, 2.0]);

    type S = TensorRef<()>;
    type Twelve = (S, S, S, S, S, S, S, S, S, S, S, NatRef);
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "row"];
    let results = ["a", "b", "sum", "row", "e", "f", "g", "h"];
    let mut much = Function::<f64, Twelve, (S, S, S, S, S, S, S, S)>::record(
        options(),
        &names,
        &results,
        |_| Ok(()),
        |s, (), (a, b, c, d, e, f, g, h, i, j, k, row)| {
            let table = s.constant(Tensor::<f64, shape![3]>::from_array([5.0, 6.0, 7.0]));
            let sum = [b, c, d, e, f, g, h, i, j, k].into_iter().fold(a, |sum, x| s.add(sum, x));
            (a, b, sum, s.gather_scalar_ref(table, row), e, f, g, h)
        },
    )
    .unwrap();
    let x: [Tensor<f64, ()>; 11] = std::array::from_fn(|index| Tensor::full(index as f64));
    let [a, b, c, d, e, f, g, h, i, j, k] = &x;
    let (a, b, sum, row, e, f, g, h) = much.run((a, b, c, d, e, f, g, h, i, j, k, &[2])).unwrap();
    assert_eq!([a, b, sum, row, e, f, g, h].map(|y| y.value()), [0.0, 1.0, 55.0, 7.0, 4.0, 5.0, 6.0, 7.0]);
}

#[test]
fn what_is_refused() {
    let weights = Weights::<f32>::new(1);
    let record = |inputs: &[&str], outputs: &[&str]| {
        Function::record(options(), inputs, outputs, |s| weights.bind(s), loss::<f32>)
    };
    let said = |inputs: &[&str], outputs: &[&str]| record(inputs, outputs).unwrap_err().to_string();
    assert_eq!(said(&["x"], &["loss"]), "the list of names of arguments has 1 elements, expected 2");
    assert_eq!(said(&["x", "labels"], &[]), "the list of names of results has 0 elements, expected 1");

    let mut function = record(&["x", "labels"], &["loss"]).unwrap();
    let x = Tensor::ones();
    let error = function.run((&x, &[0, 1, 2])).unwrap_err();
    assert_eq!(error.to_string(), "the input `labels` has 3 elements, expected 4");
    let error = function.run((&x, &[0, 1, 5, 2])).unwrap_err();
    assert!(matches!(error, Error::IndexOutOfRange { position: 2, index: 5, size: 5, .. }), "{error}");
    let before = weights.numbers();
    let mut step = function.into_step(Sgd::new(0.1)).unwrap();
    assert!(matches!(step.run((&x, &[9, 0, 0, 0])), Err(Error::IndexOutOfRange { position: 0, .. })));
    assert!(matches!(step.run((&x, &[])), Err(Error::LengthMismatch { .. })));
    assert_eq!(weights.numbers(), before);
    step.run((&x, &[0, 0, 0, 0])).unwrap();
    assert_ne!(weights.numbers(), before);
}

#[test]
fn recordings_that_are_no_functions() {
    let weights = Weights::<f32>::new(1);
    type One = (TensorRef<shape![6]>,);
    // Operations before the inputs.
    let early = Function::<f32, One, TensorRef<shape![6]>>::record(
        options(),
        &["x"],
        &["y"],
        |s| Ok(s.tanh(weights.b.bind(s)?)),
        |s, b, (x,)| s.add(b, x),
    );
    assert!(matches!(early.unwrap_err(), Error::LeafAfterNode { .. }));
    // A recording that the body has begun anew, and a result of another session.
    let anew = Function::<f32, One, TensorRef<shape![6]>>::record(
        options(),
        &["x"],
        &["y"],
        |_| Ok(()),
        |s, (), _| {
            s.reset_tape();
            weights.b.bind(s).unwrap()
        },
    );
    assert!(matches!(anew.unwrap_err(), Error::StaleRef { .. }));
    let other = Session::new(options());
    let b = weights.b.bind(&other).unwrap();
    let foreign = session::function::graph::<f32, One, _, ()>(&["x"], |_| Ok(()), |_, (), _| b);
    assert!(matches!(foreign.unwrap_err(), Error::StaleRef { .. }));
}

/// Loss and parameters of each step are those of a session that records each step.
fn steps_are_those_of_a_session<T: Float, P: Optimizer<T>>(optimizer: impl Fn() -> P) {
    let (weights, mut recorded) = (Weights::<T>::new(3), optimizer());
    weights.b.set_requires_grad(false);
    let copy = weights.copy();
    let function = Function::record(options(), &["x", "labels"], &["loss"], |s| copy.bind(s), loss::<T>).unwrap();
    let mut step = function.into_step(optimizer()).unwrap();
    let s = Session::new(options());
    let mut rng = Rng::new(11);
    for run in 0..6 {
        let (x, labels) = (Tensor::<T, shape![4, 3]>::randn(&mut rng), [run % 5, 1, 2, 3]);
        s.reset_tape();
        let m = weights.bind(&s).unwrap();
        let arguments = (s.input(x.clone()).unwrap(), s.input_nat_vec(&labels).unwrap());
        let expected = s.step(loss(&s, m, arguments), &mut recorded).unwrap();
        assert_eq!(step.run((&x, &labels)).unwrap(), expected);
        assert_eq!(copy.numbers(), weights.numbers());
        if run == 3 {
            // Parameters are read anew.
            let out = Tensor::randn(&mut rng);
            weights.out.set_value(out.clone());
            copy.out.set_value(out);
        }
    }
    assert_eq!(step.optimizer().state().steps(), 6);
    assert_eq!(step.inputs().map(|(name, _)| name).collect::<Vec<_>>(), ["x", "labels"]);
    assert_eq!(step.tape().graph(), step.graph());
}

#[test]
fn training_functions_give_the_bits_of_steps() {
    steps_are_those_of_a_session::<f32, _>(|| Sgd::new(0.1).momentum(0.9));
    steps_are_those_of_a_session::<f64, _>(|| Clipped::new(Adam::new(0.05), 0.5));
}

/// A parameter that is used twice is read and locked once.
#[test]
fn a_parameter_used_twice() {
    let w = Param::new(Tensor::<f32, shape![2]>::from_array([1.0, 2.0]));
    let bind = |s: &Session| Ok((s.use_param(&w)?, s.use_param(&w)?));
    let mut function = Function::record(options(), &[], &["y"], bind, |s, (a, b), ()| s.sum(s.mul(a, b))).unwrap();
    assert_eq!(function.run(()).unwrap().value(), 5.0);
    let mut step = function.into_step(Sgd::new(0.25)).unwrap();
    assert_eq!(step.run(()).unwrap(), 5.0);
    assert_eq!(w.value().to_vec(), [0.5, 1.0]);
}
