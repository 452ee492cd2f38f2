//! Normalisation against plain numbers.

use super::*;

const EPS: f64 = 1e-6;

fn mean(line: &[f64]) -> f64 {
    line.iter().sum::<f64>() / line.len() as f64
}

/// The mean of the squared distances from the mean.
fn variance(line: &[f64]) -> f64 {
    let centre = mean(line);
    line.iter().map(|x| (x - centre) * (x - centre)).sum::<f64>() / line.len() as f64
}

fn standardised(line: &[f64], eps: f64) -> Vec<f64> {
    let (centre, deviation) = (mean(line), (variance(line) + eps).sqrt());
    line.iter().map(|x| (x - centre) / deviation).collect()
}

#[test]
fn layer_norm_and_rms_norm_at_ranks_1_to_4() {
    macro_rules! check {
        ($($shape:tt)*) => {$({
            let s = session();
            let (x, gamma, beta) = (randn::<shape! $shape>(1), randn::<shape![4]>(2), randn::<shape![4]>(3));
            let leaf = s.input(x.clone()).unwrap();
            let (g, b) = (s.input(gamma.clone()).unwrap(), s.input(beta.clone()).unwrap());
            let affine = |lines: Vec<Vec<f64>>, shift: f64| -> Vec<f64> {
                let scaled = |(i, x): (usize, &f64)| x * gamma[[i]] + shift * beta[[i]];
                lines.iter().flat_map(|line| line.iter().enumerate().map(scaled)).collect()
            };
            let lines = |f: &dyn Fn(&[f64]) -> Vec<f64>| -> Vec<Vec<f64>> { x.as_slice().chunks(4).map(f).collect() };
            let rms = |eps: f64| move |line: &[f64]| -> Vec<f64> {
                let size = (dot(line, line) / 4.0 + eps).sqrt();
                line.iter().map(|x| x / size).collect()
            };
            let found = s.value(s.layer_norm(leaf, g, b)).unwrap();
            all_close("layer_norm", found.as_slice(), &affine(lines(&|line| standardised(line, EPS)), 1.0), 1e-13);
            let found = s.value(s.layer_norm_eps(leaf, g, b, 0.1)).unwrap();
            all_close("layer_norm_eps", found.as_slice(), &affine(lines(&|line| standardised(line, 0.1)), 1.0), 1e-13);
            let found = s.value(s.rms_norm(leaf, g)).unwrap();
            all_close("rms_norm", found.as_slice(), &affine(lines(&rms(EPS)), 0.0), 1e-13);
            let found = s.value(s.rms_norm_eps(leaf, g, 0.1)).unwrap();
            all_close("rms_norm_eps", found.as_slice(), &affine(lines(&rms(0.1)), 0.0), 1e-13);
        })*};
    }
    check! { [4] [3, 4] [2, 3, 4] [2, 1, 3, 4] }
}

type Images = shape![2, 3, 2, 2];
type Channels = shape![3];

/// The elements of one channel of all images.
fn channel(x: &[f64], index: usize) -> Vec<f64> {
    x.chunks(4).skip(index).step_by(3).flatten().copied().collect()
}

/// The value at every element of its channel's function.
fn by_channel(x: &[f64], mut element: impl FnMut(usize, f64) -> f64) -> Vec<f64> {
    x.iter().enumerate().map(|(index, &x)| element(index / 4 % 3, x)).collect()
}

/// Running statistics go from recording to recording, as in PyTorch; then evaluation takes them.
#[test]
fn running_statistics_over_three_recordings() {
    let s = session();
    let (gamma, beta) = (randn::<Channels>(2), randn::<Channels>(3));
    let mut running = (Tensor::<f64, Channels>::zeros(), Tensor::<f64, Channels>::ones());
    let mut expected = ([0.0; 3], [1.0; 3]);
    let momentum = 0.3;
    for round in 0..3 {
        s.reset_tape();
        let images = randn::<Images>(40 + round);
        let x = s.input(images.clone()).unwrap();
        let (g, b) = (s.input(gamma.clone()).unwrap(), s.input(beta.clone()).unwrap());
        let (m, v) = (s.input(running.0).unwrap(), s.input(running.1).unwrap());
        let (y, next_mean, next_var) = s.batch_norm_train(x, g, b, m, v, momentum);

        let channels: Vec<Vec<f64>> = (0..3).map(|index| channel(images.as_slice(), index)).collect();
        let value = by_channel(images.as_slice(), |index, x| {
            let line = &channels[index];
            (x - mean(line)) / (variance(line) + EPS).sqrt() * gamma[[index]] + beta[[index]]
        });
        all_close("the value", s.value(y).unwrap().as_slice(), &value, 1e-13);
        assert_eq!(s.value(s.batch_norm(x, g, b)).unwrap(), s.value(y).unwrap());
        for (line, (mean_so_far, var_so_far)) in channels.iter().zip(expected.0.iter_mut().zip(&mut expected.1)) {
            *mean_so_far = (1.0 - momentum) * *mean_so_far + momentum * mean(line);
            *var_so_far = (1.0 - momentum) * *var_so_far + momentum * variance(line) * 8.0 / 7.0;
        }
        running = (s.value(next_mean).unwrap(), s.value(next_var).unwrap());
        all_close("the running mean", running.0.as_slice(), &expected.0, 1e-14);
        all_close("the running variance", running.1.as_slice(), &expected.1, 1e-14);
        // Out of the statistics no gradient flows.
        let grads = s.backward_dense_all(next_var, Tensor::ones()).unwrap();
        assert_eq!((grads.get(x).unwrap(), grads.get(v).unwrap()), (Tensor::zeros(), Tensor::zeros()));
    }
    s.reset_tape();
    let images = randn::<Images>(50);
    let x = s.input(images.clone()).unwrap();
    let (g, b) = (s.input(gamma.clone()).unwrap(), s.input(beta.clone()).unwrap());
    let (m, v) = (s.input(running.0).unwrap(), s.input(running.1).unwrap());
    let by_running = |eps: f64| {
        by_channel(images.as_slice(), |index, x| {
            (x - expected.0[index]) / (expected.1[index] + eps).sqrt() * gamma[[index]] + beta[[index]]
        })
    };
    let found = s.value(s.batch_norm_eval(x, g, b, m, v)).unwrap();
    all_close("evaluation", found.as_slice(), &by_running(EPS), 1e-13);
    let found = s.value(s.batch_norm_eval_eps(x, g, b, m, v, 0.1)).unwrap();
    all_close("evaluation with another eps", found.as_slice(), &by_running(0.1), 1e-13);
}

/// One image is a batch of one.
#[test]
fn batch_norm_of_one_image() {
    let s = session();
    let image = randn::<shape![3, 2, 2]>(5);
    let (gamma, beta) = (randn::<Channels>(2), randn::<Channels>(3));
    let x = s.input(image.clone()).unwrap();
    let (g, b) = (s.input(gamma.clone()).unwrap(), s.input(beta.clone()).unwrap());
    let expected: Vec<f64> = (0..3)
        .flat_map(|index| {
            let line = standardised(&image.as_slice()[4 * index..][..4], 0.2);
            line.into_iter().map(|x| x * gamma[[index]] + beta[[index]]).collect::<Vec<f64>>()
        })
        .collect();
    all_close("one image", s.value(s.batch_norm_eps(x, g, b, 0.2)).unwrap().as_slice(), &expected, 1e-13);
}

/// One group normalises a sample as a whole; as many groups as channels, each channel of each sample.
#[test]
fn group_norm_of_one_group_and_of_single_channels() {
    let s = session();
    let images = randn::<Images>(6);
    let (gamma, beta) = (randn::<Channels>(2), randn::<Channels>(3));
    let x = s.input(images.clone()).unwrap();
    let (g, b) = (s.input(gamma.clone()).unwrap(), s.input(beta.clone()).unwrap());
    let by_hand = |size: usize, eps: f64| {
        let normal: Vec<f64> = images.as_slice().chunks(size).flat_map(|line| standardised(line, eps)).collect();
        by_channel(&normal, |index, x| x * gamma[[index]] + beta[[index]])
    };
    let found = s.value(s.group_norm(x, Groups::<1>, g, b)).unwrap();
    all_close("one group", found.as_slice(), &by_hand(12, EPS), 1e-13);
    let found = s.value(s.group_norm(x, Groups::<3>, g, b)).unwrap();
    all_close("instances", found.as_slice(), &by_hand(4, EPS), 1e-13);
    let found = s.value(s.group_norm_eps(x, Groups::<3>, g, b, 0.5)).unwrap();
    all_close("instances with another eps", found.as_slice(), &by_hand(4, 0.5), 1e-13);
}

#[test]
fn derivatives() {
    let weighted = |s: &Session<f64>, y: TensorRef<Images>| s.sum(s.mul(s.square(y), s.constant(randn::<Images>(7))));
    let parameters =
        |s: &Session<f64>| (s.input(randn::<Channels>(2)).unwrap(), s.input(randn::<Channels>(3)).unwrap());
    let x = randn::<Images>(6);
    check_derivatives("batch_norm", &x, |s, x| {
        let (g, b) = parameters(s);
        weighted(s, s.batch_norm(x, g, b))
    });
    check_derivatives("batch_norm_train", &x, |s, x| {
        let (g, b) = parameters(s);
        weighted(s, s.batch_norm_train(x, g, b, b, g, 0.1).0)
    });
    check_derivatives("batch_norm_eval", &x, |s, x| {
        let (g, b) = parameters(s);
        let var = s.input(Tensor::<f64, Channels>::full(2.0)).unwrap();
        weighted(s, s.batch_norm_eval(x, g, b, b, var))
    });
    check_derivatives("group_norm", &x, |s, x| {
        let (g, b) = parameters(s);
        weighted(s, s.group_norm(x, Groups::<3>, g, b))
    });
    check_derivatives("layer_norm and rms_norm", &x, |s, x| {
        let (g, b) = (s.input(randn::<shape![2]>(2)).unwrap(), s.input(randn::<shape![2]>(3)).unwrap());
        weighted(s, s.rms_norm_eps(s.layer_norm_eps(x, g, b, 0.3), g, 0.3))
    });
    check_derivatives("gamma", &randn::<Channels>(2), |s, g| {
        let (x, b) = (s.input(randn::<Images>(6)).unwrap(), s.input(randn::<Channels>(3)).unwrap());
        weighted(s, s.group_norm(x, Groups::<1>, g, b))
    });
}
