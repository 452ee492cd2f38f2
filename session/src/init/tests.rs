//! Initial values against `torch.nn.init`.

use shapes::Dim;

use super::*;
use crate::random::Rng;

type Kernel = (Dim<16>, Dim<8>, Dim<5>, Dim<5>);

fn largest<S: Shape>(tensor: &Tensor<f64, S>) -> f64 {
    tensor.as_slice().iter().fold(0.0, |largest, x| f64::max(largest, x.abs()))
}

#[test]
fn the_fans_are_those_of_pytorch() {
    assert_eq!((fan_in::<Kernel>(), fan_out::<Kernel>()), (200, 400));
    assert_eq!((fan_in::<(Dim<10>, Dim<784>)>(), fan_out::<(Dim<10>, Dim<784>)>()), (784, 10));
}

#[test]
fn uniform_values_fill_their_bounds() {
    let mut rng = Rng::new(1);
    let cases = [
        (kaiming_uniform::<f64, Kernel>(0.0, &mut rng), (6.0_f64 / 200.0).sqrt()),
        (kaiming_uniform(5.0_f64.sqrt(), &mut rng), 1.0 / 200.0_f64.sqrt()),
        (xavier_uniform(2.0, &mut rng), 2.0 * (6.0_f64 / 600.0).sqrt()),
        (bias_uniform(200, &mut rng), 1.0 / 200.0_f64.sqrt()),
        (uniform(-0.5, 0.5, &mut rng), 0.5),
    ];
    for (tensor, bound) in cases {
        let largest = largest(&tensor);
        assert!(largest <= bound * (1.0 + 1e-12) && largest > 0.99 * bound, "{largest} for {bound}");
    }
}

/// Mean and variance over all elements.
fn moments<S: Shape>(tensor: &Tensor<f64, S>) -> (f64, f64) {
    let count = S::SIZE as f64;
    let mean = tensor.as_slice().iter().sum::<f64>() / count;
    (mean, tensor.as_slice().iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count)
}

#[test]
fn the_moments_are_those_of_the_distributions() {
    type Weight = (Dim<64>, Dim<16>, Dim<5>, Dim<5>);
    let (inputs, outputs) = (400.0, 1600.0);
    let mut rng = Rng::new(2);
    let cases: [(&str, Tensor<f64, Weight>, f64, f64); 8] = [
        ("uniform", uniform(-1.0, 3.0, &mut rng), 1.0, 16.0 / 12.0),
        ("normal", normal(3.0, 0.5, &mut rng), 3.0, 0.25),
        ("xavier_uniform", xavier_uniform(2.0, &mut rng), 0.0, 4.0 * 2.0 / (inputs + outputs)),
        ("xavier_normal", xavier_normal(2.0, &mut rng), 0.0, 4.0 * 2.0 / (inputs + outputs)),
        ("kaiming_uniform", kaiming_uniform(0.5, &mut rng), 0.0, 2.0 / (1.25 * inputs)),
        ("kaiming_normal", kaiming_normal(0.5, &mut rng), 0.0, 2.0 / (1.25 * inputs)),
        ("bias_uniform", bias_uniform(400, &mut rng), 0.0, 1.0 / (3.0 * inputs)),
        // An entry of an orthonormal row of 400 numbers.
        ("orthogonal", orthogonal(3.0, &mut rng), 0.0, 9.0 / inputs),
    ];
    for (name, tensor, mean, variance) in cases {
        let (found_mean, found_variance) = moments(&tensor);
        // Five standard errors of 25,600 numbers.
        assert!((found_mean - mean).abs() < 5.0 * (variance / 25_600.0).sqrt(), "{name}: mean {found_mean}");
        assert!(
            (found_variance / variance - 1.0).abs() < 5.0 * (2.0_f64 / 25_600.0).sqrt(),
            "{name}: {found_variance}"
        );
    }
    assert_eq!(constant::<f64, (Dim<2>,)>(0.3).to_vec(), [0.3; 2]);
    assert_eq!((zeros::<f32, (Dim<2>,)>().to_vec(), ones::<f32, (Dim<2>,)>().to_vec()), (vec![0.0; 2], vec![1.0; 2]));
}

/// The largest difference of the products of a weight's shorter sides from `gain²` times the identity.
fn from_orthogonal<T: Float, S: Shape>(gain: f64, tensor: &Tensor<T, S>) -> f64 {
    let (rows, columns) = (S::DIMS[0], S::DIMS[1..].iter().product::<usize>());
    let at = |row: usize, column: usize| tensor.as_slice()[row * columns + column].to_f64();
    let (count, length) = (rows.min(columns), rows.max(columns));
    let entry = |vector, index| if rows <= columns { at(vector, index) } else { at(index, vector) };
    let mut worst = 0.0;
    for (i, j) in (0..count).flat_map(|i| (0..count).map(move |j| (i, j))) {
        let product: f64 = (0..length).map(|index| entry(i, index) * entry(j, index)).sum();
        worst = f64::max(worst, (product - if i == j { gain * gain } else { 0.0 }).abs());
    }
    worst
}

#[test]
fn orthogonal_weights_are_orthogonal() {
    fn check<S: Shape>() {
        for seed in 0..3 {
            let double: Tensor<f64, S> = orthogonal(1.0, &mut Rng::new(seed));
            let single: Tensor<f32, S> = orthogonal(1.0, &mut Rng::new(seed));
            assert!(from_orthogonal(1.0, &double) < 1e-12, "{:?}: {}", S::DIMS, from_orthogonal(1.0, &double));
            assert!(from_orthogonal(1.0, &single) < 1e-6, "{:?}: {}", S::DIMS, from_orthogonal(1.0, &single));
            assert!(from_orthogonal(1.5, &orthogonal::<f64, S>(1.5, &mut Rng::new(seed))) < 1e-12);
            assert_eq!(double, orthogonal(1.0, &mut Rng::new(seed)), "one seed, one weight");
            assert_eq!(single, double.map(|x| x as f32), "single precision is double precision rounded");
        }
    }
    check::<(Dim<1>, Dim<1>)>();
    check::<(Dim<100>, Dim<100>)>();
    check::<(Dim<3>, Dim<200>)>();
    check::<(Dim<200>, Dim<3>)>();
    check::<Kernel>();
    check::<(Dim<60>, Dim<2>, Dim<3>)>();
    assert!(orthogonal::<f64, (Dim<0>, Dim<3>)>(1.0, &mut Rng::new(0)).as_slice().is_empty());
    assert!(orthogonal::<f64, (Dim<3>, Dim<0>)>(1.0, &mut Rng::new(0)).as_slice().is_empty());
}

/// Every orientation is equally likely: in the plane every angle, rotations and reflections alike.
#[test]
fn orthogonal_weights_are_uniform() {
    let mut rng = Rng::new(4);
    let (mut quadrants, mut reflections) = ([0; 8], 0);
    for _ in 0..8000 {
        let w: Tensor<f64, (Dim<2>, Dim<2>)> = orthogonal(1.0, &mut rng);
        let angle = w[[0, 1]].atan2(w[[0, 0]]) / std::f64::consts::FRAC_PI_4;
        quadrants[(angle + 4.0).floor().min(7.0) as usize] += 1;
        reflections += usize::from(w[[0, 0]] * w[[1, 1]] < w[[0, 1]] * w[[1, 0]]);
    }
    // Five standard deviations.
    assert!(quadrants.iter().all(|count: &i32| (count - 1000).abs() < 150), "{quadrants:?}");
    assert!(reflections.abs_diff(4000) < 225, "{reflections}");
}

/// The first numbers of a seed, so that a change of the stream is noticed: other weights for every user.
#[test]
fn the_first_numbers_of_a_seed() {
    fn first<S: Shape>(tensor: Tensor<f64, S>) -> [f64; 3] {
        tensor.as_slice()[..3].try_into().unwrap()
    }
    type Weight = (Dim<2>, Dim<3>);
    let rng = || Rng::new(7);
    let numbers = [1.4300277086839794, 0.8537140167271429, 1.7190003661702242];
    assert_eq!(
        first(uniform::<f64, Weight>(-1.0, 1.0, &mut rng())),
        [0.5003044442062252, -0.828684269397437, 0.5905680746803805]
    );
    assert_eq!(first(normal::<f64, Weight>(0.0, 1.0, &mut rng())), numbers);
    assert_eq!(first(xavier_normal::<f64, Weight>(1.0, &mut rng())), numbers.map(|x| x * 0.4_f64.sqrt()));
    assert_eq!(first(kaiming_normal::<f64, Weight>(0.0, &mut rng())), numbers.map(|x| x * (2.0_f64 / 3.0).sqrt()));
    let wide = [1.1949336410979727, 0.7133649175252298, 1.4363996963994956];
    assert_eq!(first(orthogonal::<f64, Weight>(2.0, &mut rng())), wide);
    let tall = [1.5883986900227214, 0.5150248544517237, 0.9899482735653367];
    assert_eq!(first(orthogonal::<f64, (Dim<4>, Dim<3>)>(2.0, &mut rng())), tall);
}

/// The steps of `torch.nn.init.orthogonal_(w, gain=2)`, in float64 from the numbers of our generator in the place of
/// its `normal_`: `q, r = torch.linalg.qr(flat); 2 * q * torch.diag(r).sign()`, flat transposed where it is wide.
#[test]
fn orthogonal_weights_are_those_of_pytorch() {
    type Tall = (Dim<4>, Dim<3>);
    let wide: Tensor<f64, (Dim<2>, Dim<3>)> = orthogonal(2.0, &mut Rng::new(7));
    let tall: Tensor<f64, Tall> = orthogonal(2.0, &mut Rng::new(7));
    let expected = [
        1.1949336410979727,
        0.7133649175252299,
        1.4363996963994956,
        -1.5179586123266116,
        1.0811940907540696,
        0.7258243516044003,
        1.588398690022721,
        0.5150248544517236,
        0.9899482735653365,
        -0.5177812124877884,
        1.1353694633571563,
        0.8711471449256012,
        0.5411773355840058,
        1.2460130381420385,
        -1.463835856430543,
        -0.9570889765215013,
        0.9450593048867938,
        0.34393262854989604,
    ];
    for (found, expected) in wide.as_slice().iter().chain(tall.as_slice()).zip(expected) {
        assert!((found - expected).abs() < 1e-14, "{found} {expected}");
    }
}

#[test]
fn one_seed_gives_one_model_in_both_precisions() {
    let single = kaiming_uniform::<f32, Kernel>(0.0, &mut Rng::new(3));
    let double = kaiming_uniform::<f64, Kernel>(0.0, &mut Rng::new(3));
    assert!(single.zip(&double, |x, y| (f64::from(x) - y).abs()).as_slice().iter().all(|d| *d < 1e-7));
}

#[test]
fn a_weight_without_inputs_is_empty_and_its_bias_zero() {
    assert!(kaiming_uniform::<f32, (Dim<4>, Dim<0>)>(0.0, &mut Rng::new(3)).as_slice().is_empty());
    assert_eq!(bias_uniform::<f32, (Dim<2>,)>(0, &mut Rng::new(3)).as_slice(), [0.0, 0.0]);
}

#[test]
#[should_panic(expected = "at least two axes, not [10]")]
fn a_vector_has_no_fan() {
    kaiming_uniform::<f32, (Dim<10>,)>(0.0, &mut Rng::new(0));
}

#[test]
#[should_panic(expected = "at least two axes, not [10]")]
fn a_vector_is_not_orthogonal() {
    orthogonal::<f32, (Dim<10>,)>(1.0, &mut Rng::new(0));
}
