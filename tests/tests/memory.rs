//! How much memory tapes take, against what is alive at once.

use std::collections::BTreeMap;

use session::Tape;
use session::ir::Op;
use session::optim::Sgd;
use session::prelude::*;
use session::tape::{Instruction, Place, Slot, Step};

/// The most elements that are alive at once while the instructions of a tape run: values, and with the scratch of
/// kernels.
fn alive(tape: &Tape<f32>) -> [usize; 2] {
    // Backwards: a value is alive between the instruction that writes it and the last one that reads it.
    let (mut alive, mut most) = (BTreeMap::new(), [0, 0]);
    for Instruction { steps, .. } in tape.schedule().body().iter().rev() {
        let outputs = || steps.iter().map(|step| step.output);
        let is_made_here = |place: &Place| outputs().any(|output| output.slot == place.slot);
        let operands = steps.iter().flat_map(|step| step.operands.clone());
        let read: Vec<Place> = operands.filter(|place| !is_made_here(place)).collect();
        for place in outputs().chain(read.iter().copied()) {
            if let Slot::Arena(start) = place.slot {
                alive.insert(start, place.shape.elements());
            }
        }
        // A gradient that goes into its update at once is alive too, though it is nowhere in memory.
        let gradient = |step: &&Step| matches!((&step.op, step.output.slot), (Op::MatMul(_), Slot::Local(_)));
        let gradients = steps.iter().filter(gradient).map(|step| step.output.shape.elements());
        let values: usize = alive.values().copied().chain(gradients).sum();
        let scratch: usize = steps.iter().map(|step| step.scratch.len()).sum();
        most = [most[0].max(values), most[1].max(values + scratch)];
        for place in outputs() {
            if let Slot::Arena(start) = place.slot {
                alive.remove(&start);
            }
        }
    }
    most
}

/// Asks that the arena of a step of gradient descent is at most 1.15 times what is alive at once: in its graph, and in
/// its instructions, whose fused loops hold less, with and without the scratch of kernels.
fn is_tight(name: &str, record: impl FnOnce(&Session<f32>) -> Result<TensorRef<()>, Error>) {
    let s = Session::new(Options::default().threads(1));
    let step = s.compile_step(record(&s).unwrap(), Sgd::new(0.1)).unwrap();
    let (tape, stats) = (step.tape(), step.tape().graph().stats());
    let [values, with_scratch] = alive(tape);
    let peak = tape.schedule().arena();
    let ratio = |bound: usize| peak as f64 / bound as f64;
    let report = format!(
        "{name}: {peak} elements, {:.3} of what is alive in the graph, {:.3} in the instructions, {:.3} with scratch",
        ratio(stats.alive),
        ratio(values),
        ratio(with_scratch)
    );
    println!("{report}");
    assert_eq!(tape.peak_bytes(), 4 * peak);
    assert!(tape.peak_bytes() as f64 <= 1.15 * stats.alive_bytes::<f32>() as f64, "{report}\n{stats}\n{tape}");
    assert!(ratio(values) <= 1.15, "{report}\n{tape}");
}

fn zeros<S: Shape>() -> Tensor<f32, S> {
    Tensor::zeros()
}

/// The weight and the bias of a layer.
fn layer<W: Shape, B: Shape>(s: &Session<f32>) -> (TensorRef<W>, TensorRef<B>) {
    (s.use_param(&Param::new(zeros())).unwrap(), s.use_param(&Param::new(zeros())).unwrap())
}

#[test]
fn perceptron() {
    is_tight("perceptron", |s| {
        let (w1, b1) = layer::<shape![512, 784], shape![512]>(s);
        let (w2, b2) = layer::<shape![512, 512], shape![512]>(s);
        let (w3, b3) = layer::<shape![10, 512], shape![10]>(s);
        let (x, y) = (s.input(zeros::<shape![64, 784]>())?, s.input_nats::<shape![64]>(&[0; 64])?);
        let h = s.relu(s.linear(w1, b1, x));
        let h = s.relu(s.linear(w2, b2, h));
        Ok(s.cross_entropy(s.linear(w3, b3, h), y))
    });
}

#[test]
fn deep() {
    is_tight("deep perceptron", |s| {
        let layers = [(); 12].map(|()| layer::<shape![64, 64], shape![64]>(s));
        let x = s.input(zeros::<shape![256, 64]>())?;
        Ok(s.mean(layers.into_iter().fold(x, |x, (w, b)| s.tanh(s.linear(w, b, x)))))
    });
}

#[test]
fn lenet() {
    is_tight("LeNet", |s| {
        let (w1, b1) = layer::<shape![8, 1, 5, 5], shape![8]>(s);
        let (w2, b2) = layer::<shape![16, 8, 5, 5], shape![16]>(s);
        let (w3, b3) = layer::<shape![10, 400], shape![10]>(s);
        let (x, y) = (s.input(zeros::<shape![32, 1, 28, 28]>())?, s.input_nats::<shape![32]>(&[0; 32])?);
        let h = s.relu(s.conv2d(w1, b1, x, Stride::<1>, Padding::<2>));
        let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
        let h = s.relu(s.conv2d(w2, b2, h, Stride::<1>, Padding::<0>));
        let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
        Ok(s.cross_entropy(s.linear(w3, b3, s.flatten_from(h, Axis::<1>)), y))
    });
}

/// Convolutions with normalisation, whose input is added to what comes out, at two sizes of image.
#[test]
fn residual() {
    type Large = TensorRef<shape![8, 16, 16, 16]>;
    type Small = TensorRef<shape![8, 32, 8, 8]>;
    is_tight("residual network", |s| {
        let (w, b) = layer::<shape![16, 3, 3, 3], shape![16]>(s);
        let large =
            [(); 6].map(|()| (layer::<shape![16, 16, 3, 3], shape![16]>(s), layer::<shape![16], shape![16]>(s)));
        let (down, down_bias) = layer::<shape![32, 16, 3, 3], shape![32]>(s);
        let small =
            [(); 6].map(|()| (layer::<shape![32, 32, 3, 3], shape![32]>(s), layer::<shape![32], shape![32]>(s)));
        let (out, out_bias) = layer::<shape![10, 32], shape![10]>(s);
        let (x, y) = (s.input(zeros::<shape![8, 3, 16, 16]>())?, s.input_nats::<shape![8]>(&[0; 8])?);
        let mut x: Large = s.relu(s.conv2d(w, b, x, Stride::<1>, Padding::<1>));
        for pair in large.chunks(2) {
            let [first, second] = [0, 1].map(|index| {
                let ((w, b), (gamma, beta)) = pair[index];
                move |x| -> Large { s.batch_norm(s.conv2d(w, b, x, Stride::<1>, Padding::<1>), gamma, beta) }
            });
            x = s.relu(s.add(x, second(s.relu(first(x)))));
        }
        let mut x: Small = s.relu(s.conv2d(down, down_bias, x, Stride::<2>, Padding::<1>));
        for pair in small.chunks(2) {
            let [first, second] = [0, 1].map(|index| {
                let ((w, b), (gamma, beta)) = pair[index];
                move |x| -> Small { s.batch_norm(s.conv2d(w, b, x, Stride::<1>, Padding::<1>), gamma, beta) }
            });
            x = s.relu(s.add(x, second(s.relu(first(x)))));
        }
        Ok(s.cross_entropy(s.linear(out, out_bias, s.global_avg_pool(x, Axis::<2>)), y))
    });
}

/// The blocks of a transformer.
fn transformer(blocks: usize) {
    is_tight(&format!("transformer, {blocks} deep"), |s| {
        let layers: Vec<_> = (0..blocks)
            .map(|_| {
                let attention = [(); 4].map(|()| layer::<shape![64, 64], shape![64]>(s));
                let feed = (layer::<shape![256, 64], shape![256]>(s), layer::<shape![64, 256], shape![64]>(s));
                (attention, feed, [(); 2].map(|()| layer::<shape![64], shape![64]>(s)))
            })
            .collect();
        let mut x = s.input(zeros::<shape![2, 64, 64]>())?;
        let y = s.input(zeros::<shape![2, 64, 64]>())?;
        for ([q, k, v, o], ((w1, b1), (w2, b2)), [(g1, h1), (g2, h2)]) in layers {
            let heads = |(w, b)| {
                let split = s.reshape(s.linear(w, b, x), dims![2, 64, 4, 16]);
                s.reshape(s.permute(split, dims![0, 2, 1, 3]), dims![8, 64, 16])
            };
            let scores = s.bmm(heads(q), s.swap_last_two(heads(k)));
            let weights = s.softmax(s.scale(scores, 0.25));
            let split = s.reshape(s.bmm(weights, heads(v)), dims![2, 4, 64, 16]);
            let joined = s.reshape(s.permute(split, dims![0, 2, 1, 3]), dims![2, 64, 64]);
            let h = s.layer_norm_eps(s.add(x, s.linear(o.0, o.1, joined)), g1, h1, 1e-5);
            let z = s.linear(w2, b2, s.relu(s.linear(w1, b1, h)));
            x = s.layer_norm_eps(s.add(h, z), g2, h2, 1e-5);
        }
        Ok(s.mse_loss(x, y))
    });
}

#[test]
fn transformers() {
    for blocks in [1, 2, 6] {
        transformer(blocks);
    }
}
