//! Training saved and resumed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use session::Float;
use session::io::{checkpoint, safetensors};
use session::ir::DynShape;
use session::optim::{Adam, AdamW, Clipped, Fragment, OptimizerState, RmsProp, Setting, Sgd};
use session::prelude::*;

use crate::cases::{Model, STEPS, cases, number};

/// A file that is deleted at the end of a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("session-checkpoint-{}-{number}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn resumes<T: Float>() {
    for case in cases::<T>() {
        for stop in [0, 1, 5] {
            let file = Scratch::new();
            let (whole, mut optimizer) = (Model::<T>::new(number), (case.optimizer)());
            let parameters = [whole.w.to_dyn(), whole.b.to_dyn()];
            whole.train(&case, &mut optimizer, 0..stop);
            checkpoint::save(&file.0, &parameters, &optimizer).unwrap();
            whole.train(&case, &mut optimizer, stop..STEPS);

            // Another program: other values, another optimiser of the kind.
            let (resumed, mut optimizer) = (Model::<T>::new(|index| index as f64), (case.optimizer)());
            resumed.train(&case, &mut optimizer, 0..3);
            checkpoint::load(&file.0, &[resumed.b.to_dyn(), resumed.w.to_dyn()], &mut optimizer).unwrap();
            assert_eq!((optimizer.state().steps(), optimizer.state().updates(&resumed.w)), (stop, stop));
            let resumed = Model { number, ..resumed };
            resumed.train(&case, &mut optimizer, stop..STEPS);
            assert_eq!(whole.values(), resumed.values(), "{} resumed at step {stop}", case.name);
        }
    }
}

#[test]
fn resumed_training_has_the_bits_of_uninterrupted_training() {
    resumes::<f32>();
    resumes::<f64>();
}

/// A compiled step resumes too.
#[test]
fn compiled_steps_resume() {
    let file = Scratch::new();
    let s = Session::<f32>::new(Options::default());
    let w = Param::new(Tensor::<f32, shape![2]>::from_array([1.0, -3.0])).named("w");
    let x = s.use_param(&w).unwrap();
    let loss = s.sum(s.mul(x, x));
    let mut step = s.compile_step(loss, Clipped::new(AdamW::new(0.1), 0.5)).unwrap();
    step.run(()).unwrap();
    checkpoint::save(&file.0, &[w.to_dyn()], step.optimizer()).unwrap();
    let mut after = || (0..4).map(|_| step.run(()).unwrap()).collect::<Vec<f32>>();
    let uninterrupted = after();
    let mut step = s.compile_step(loss, Clipped::new(AdamW::new(0.7), 9.0)).unwrap();
    step.run(()).unwrap();
    checkpoint::load(&file.0, &[w.to_dyn()], step.optimizer()).unwrap();
    let resumed: Vec<f32> = (0..4).map(|_| step.run(()).unwrap()).collect();
    assert_eq!(uninterrupted, resumed);
}

/// The weights are plain safetensors under their own names; hyper-parameters come back exactly.
#[test]
fn what_the_file_holds() {
    let file = Scratch::new();
    let model = Model::<f64>::new(number);
    let (rate, decay) = (0.1 + 0.2, 1.0 / 3.0);
    let adam = Adam::<f64>::new(rate).weight_decay(decay).eps(5e-324);
    // The same parameter twice is one parameter.
    checkpoint::save(&file.0, &[model.w.to_dyn(), model.b.to_dyn(), model.w.to_dyn()], &adam).unwrap();
    let names: Vec<String> = safetensors::load_all::<f64>(&file.0).unwrap().into_iter().map(|(name, _)| name).collect();
    let expected =
        ["w", "b", "optimizer.w.exp_avg", "optimizer.w.exp_avg_sq", "optimizer.b.exp_avg", "optimizer.b.exp_avg_sq"];
    assert_eq!(names, expected);
    let weights = safetensors::load::<f64>(&file.0, &[("w", model.w.to_dyn().shape())]).unwrap();
    assert_eq!(weights[0], model.w.value().into_dyn());
    let mut restored = Adam::<f64>::new(1.0).weight_decay(1.0);
    checkpoint::load(&file.0, &[model.w.to_dyn(), model.b.to_dyn()], &mut restored).unwrap();
    let mut values = Vec::new();
    restored.settings(&mut |setting| values.push(setting.value()));
    assert_eq!(values, [rate, 0.9, 0.999, 5e-324, decay]);
}

#[test]
fn parameters_that_cannot_be_told_apart_are_refused() {
    let file = Scratch::new();
    let named = Param::new(Tensor::<f32, shape![2]>::ones()).named("w");
    let unnamed = Param::new(Tensor::<f32, shape![3]>::ones());
    let same = Param::new(Tensor::<f32, shape![4]>::ones()).named("w");
    let mut sgd = Sgd::new(0.1);
    let lists = [
        ([named.to_dyn(), unnamed.to_dyn()], "parameter 1 of shape [3] has no name: give it one with `Param::named`"),
        ([named.to_dyn(), same.to_dyn()], "two tensors are named `w`, or the format keeps this name for itself"),
    ];
    for (list, message) in lists {
        for error in [checkpoint::save(&file.0, &list, &sgd), checkpoint::load(&file.0, &list, &mut sgd)] {
            assert!(error.unwrap_err().to_string().ends_with(message));
        }
        assert!(!file.0.exists());
    }
    // A name that the optimiser's state takes.
    let taken = Param::new(Tensor::<f32, shape![2]>::ones()).named("optimizer.w.momentum_buffer");
    let error = checkpoint::save(&file.0, &[named.to_dyn(), taken.to_dyn()], &Sgd::new(0.1).momentum(0.9)).unwrap_err();
    assert!(matches!(error, Error::TensorName { .. }), "{error}");
    // A parameter that the optimiser has updated and the list lacks.
    let s = Session::<f32>::new(Options::default());
    let (x, y) = (s.use_param(&named).unwrap(), s.use_param(&same).unwrap());
    s.step(s.add(s.sum(x), s.sum(y)), &mut sgd).unwrap();
    let error = checkpoint::save(&file.0, &[named.to_dyn()], &sgd).unwrap_err();
    let message = "the optimiser has state of parameter `w` of shape [4], which is not among those to be saved";
    assert_eq!(error.to_string(), message);
}

/// Loading is all or nothing, and says what is wrong.
#[test]
fn a_file_that_does_not_fit_changes_nothing() {
    let file = Scratch::new();
    let model = Model::<f32>::new(number);
    let saved = Clipped::new(Adam::new(0.1), 2.0);
    checkpoint::save(&file.0, &[model.w.to_dyn(), model.b.to_dyn()], &saved).unwrap();

    let other = Model::<f32>::new(|index| index as f32 as f64);
    let before = other.values();
    let wide = Param::new(Tensor::<f32, shape![4]>::ones()).named("b");
    let third = Param::new(Tensor::<f32, shape![1]>::ones()).named("third");
    let (w, b) = (other.w.to_dyn(), other.b.to_dyn());
    let mut optimizer = Clipped::new(Adam::new(0.5), 3.0);
    for (list, message) in [
        (vec![w.clone(), wide.to_dyn()], "tensor `b` has shape [3], expected [4]"),
        (vec![w.clone(), b.clone(), third.to_dyn()], "no tensor `third`"),
        (vec![w.clone()], "holds the tensor `b` of shape [3], which belongs to none of [\"w\"]"),
    ] {
        let error = checkpoint::load(&file.0, &list, &mut optimizer).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
    let list = [w, b];
    for (kind, mut optimizer) in [
        ("sgd", Box::new(Sgd::new(0.5)) as Box<dyn Optimizer<f32>>),
        ("adam", Box::new(Adam::new(0.5))),
        ("adam weight_decay clipped", Box::new(Clipped::new(Adam::new(0.5).weight_decay(0.1), 2.0))),
        ("adam_w weight_decay clipped", Box::new(Clipped::new(AdamW::new(0.5), 2.0))),
    ] {
        let error = checkpoint::load(&file.0, &list, &mut optimizer).unwrap_err();
        let message = format!("is a checkpoint of the optimiser `adam clipped`, expected `{kind}`");
        assert!(error.to_string().ends_with(&message), "{error}");
    }
    let double = Model::<f64>::new(number);
    let mut optimizer64 = Clipped::new(Adam::<f64>::new(0.5), 3.0);
    let error = checkpoint::load(&file.0, &[double.w.to_dyn(), double.b.to_dyn()], &mut optimizer64).unwrap_err();
    assert!(error.to_string().ends_with("tensor `w` has dtype F32, expected F64"), "{error}");

    // Texts in the header that are not right, in place and of the same length.
    let bytes = std::fs::read(&file.0).unwrap();
    for (text, wrong, message) in [
        ("rate=0.1", "rate=-.1", "in which `rate` is not right"),
        ("rate=0.1", "rate=NaN", "in which `rate` is not right"),
        ("beta2=0.", "gamma=0.", "in which `beta2` is not right"),
        ("max_norm=2.0", "max_norm 2.0", "in which `max_norm` is not right"),
        ("weight_decay=0.0", "weight_decay=0.1", "are those of another kind of optimiser than it says"),
        ("\"steps\":\"0\"", "\"steps\":\"x\"", "its `steps` is `x`, expected a number"),
        ("\"steps\"", "\"stops\"", "its header has no text `steps`"),
        ("\\\"b\\\":0", "\\\"c\\\":0", "its `updates` do not say how many parameter `b` has had"),
        ("\"checkpoint\":\"1\"", "\"checkpoint\":\"2\"", "its version is 2, expected 1"),
    ] {
        let start = bytes.windows(text.len()).position(|window| window == text.as_bytes()).expect(text);
        let mut changed = bytes.clone();
        changed[start..start + text.len()].copy_from_slice(wrong.as_bytes());
        std::fs::write(&file.0, changed).unwrap();
        let error = checkpoint::load(&file.0, &list, &mut optimizer).unwrap_err();
        assert!(matches!(error, Error::NotCheckpoint { .. }) && error.to_string().contains(message), "{error}");
    }
    std::fs::write(&file.0, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(checkpoint::load(&file.0, &list, &mut optimizer).unwrap_err(), Error::Truncated { .. }));

    assert_eq!(other.values(), before);
    assert_eq!((optimizer.optimizer().rate(), optimizer.max_norm()), (0.5, Some(3.0)));
    assert_eq!(optimizer.state().steps(), 0);
    // And the file as it was is fine.
    std::fs::write(&file.0, bytes).unwrap();
    checkpoint::load(&file.0, &list, &mut optimizer).unwrap();
    assert_eq!((other.values(), optimizer.optimizer().rate()), (model.values(), 0.1));
}

/// An optimiser with nothing to set.
#[derive(Default)]
struct Halving {
    state: OptimizerState<f64>,
}

impl Optimizer<f64> for Halving {
    fn kind(&self) -> &'static str {
        "halving"
    }
    fn fragment(&self, shape: DynShape) -> Fragment {
        Fragment::new(shape, 0, 0, |emit, parameter, _, _, _| vec![emit.scale(parameter, 0.5)])
    }
    fn slots(&self) -> Vec<&'static str> {
        Vec::new()
    }
    fn hyper_parameters(&self, _: &mut dyn FnMut(f64)) {}
    fn settings(&self, _: &mut dyn FnMut(&Setting)) {}
    fn settings_mut(&mut self, _: &mut dyn FnMut(&mut Setting)) {}
    fn state(&self) -> &OptimizerState<f64> {
        &self.state
    }
    fn state_mut(&mut self) -> &mut OptimizerState<f64> {
        &mut self.state
    }
}

#[test]
fn an_optimizer_without_settings_is_saved_and_loaded() {
    let s = Session::<f64>::new(Options::default());
    let w = Param::new(Tensor::<f64, shape![2]>::from_array([4.0, -8.0])).named("w");
    let mut halving = Halving::default();
    let loss = s.sum(s.use_param(&w).unwrap());
    s.step(loss, &mut halving).unwrap();
    let file = Scratch::new();
    checkpoint::save(&file.0, &[w.to_dyn()], &halving).unwrap();
    w.set_value(Tensor::zeros());
    let mut loaded = Halving::default();
    checkpoint::load(&file.0, &[w.to_dyn()], &mut loaded).unwrap();
    assert_eq!((w.value().to_vec(), loaded.state.steps()), (vec![2.0, -4.0], 1));
}

/// Slots are known by name: one that comes between two others does not take the tensor of the second.
#[test]
fn a_setting_that_asks_for_another_slot_keeps_the_others() {
    let s = Session::<f64>::new(Options::default());
    let w = Param::new(Tensor::<f64, shape![]>::zeros());
    let (rate, alpha, momentum, eps) = (0.5, 0.75, 0.5, 1e-8);
    let mut rms = RmsProp::new(rate).alpha(alpha).momentum(momentum);
    let step = |rms: &mut RmsProp<f64>| {
        s.reset_tape();
        let x = s.use_param(&w).unwrap();
        s.step(s.sum(x), rms).unwrap();
    };
    step(&mut rms);
    let (square, buffer) = (1.0 - alpha, 1.0 / ((1.0_f64 - alpha).sqrt() + eps));
    assert!((w.value().value() + rate * buffer).abs() < 1e-12);
    let before = w.value().value();
    rms = rms.centered(true);
    step(&mut rms);
    let (square, mean) = (alpha * square + 1.0 - alpha, 1.0 - alpha);
    let buffer = momentum * buffer + 1.0 / ((square - mean * mean).sqrt() + eps);
    let expected = before - rate * buffer;
    assert!((w.value().value() - expected).abs() < 1e-12, "{} for {expected}", w.value().value());
}
