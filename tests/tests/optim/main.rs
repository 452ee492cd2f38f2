//! Optimisers: what they compute, that every way to step gives the same bits, and that training resumes exactly.

mod cases;
mod checkpoint;
mod clipping;
mod formulas;
mod pytorch;
mod refused;
mod steps;

use session::random::Rng;

use cases::{Case, Model, STEPS, cases, number};

#[track_caller]
fn close(name: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{name}: {found}, expected {expected}");
    }
}

#[test]
fn every_optimizer_gives_the_numbers_of_pytorch() {
    assert_eq!(cases::<f64>().len(), pytorch::NUMBERS.len());
    for (case, expected) in cases::<f64>().iter().zip(pytorch::NUMBERS) {
        let model = Model::new(number);
        model.train(case, &mut (case.optimizer)(), 0..STEPS);
        close(case.name, &model.values(), &expected);
    }
}

/// The same training in plain loops over the numbers of both parameters.
fn by_formula(case: &Case<f64>, model: &Model<f64>, steps: usize) -> Vec<f64> {
    let mut values = model.values();
    let mut states = [[0.0; 3]; 9];
    let (w_strengths, b_strengths) = Model::<f64>::strengths();
    for step in 0..steps {
        let (w_targets, b_targets) = model.targets(step);
        let strengths = w_strengths.as_slice().iter().chain(b_strengths.as_slice());
        let targets = w_targets.as_slice().iter().chain(b_targets.as_slice());
        let pulls = strengths.zip(targets).zip(&values);
        let mut gradients: Vec<f64> =
            pulls.map(|((strength, target), value)| 2.0 * strength * (value - target)).collect();
        if let Some(max_norm) = case.max_norm {
            let norm = gradients.iter().map(|g| g * g).sum::<f64>().sqrt();
            let factor = (max_norm / (norm + 1e-6)).min(1.0);
            gradients.iter_mut().for_each(|g| *g *= factor);
        }
        let rate = case.schedule.rate(step);
        for ((value, gradient), state) in values.iter_mut().zip(gradients).zip(&mut states) {
            *value = (case.update)(rate, step as i32 + 1, *value, gradient, state);
        }
    }
    values
}

#[test]
fn every_optimizer_follows_its_formula() {
    fn random(index: usize) -> f64 {
        Rng::with_stream(3, index as u64).normal()
    }
    for case in cases::<f64>() {
        for number in [number, random] {
            let model = Model::new(number);
            let expected = by_formula(&case, &model, 40);
            model.train(&case, &mut (case.optimizer)(), 0..40);
            close(case.name, &model.values(), &expected);
        }
    }
}
