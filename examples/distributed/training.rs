//! The models: their steps and their data.

use std::collections::BTreeSet;
use std::error::Error;

use session::data::Mnist;
use session::prelude::*;
use session::random::Rng;
use session_examples::data;

use crate::Flags;
use crate::folder::{Input, Training};
use crate::lenet::LeNet;
use crate::writer::{Length, Writer};

/// LeNet on digits.
pub fn mnist<Batch: Dimension>(flags: &Flags) -> Result<(), Box<dyn Error>> {
    type Images<Batch> = shape![Batch, 1, 28, 28];
    let net = LeNet::new(flags.seed);
    net.name_parameters();
    let loss = Function::record(
        Options::default(),
        &["images", "labels"],
        &["loss"],
        |s| net.bind(s),
        |s, net, (images, labels): (TensorRef<Images<Batch>>, NatVecRef<Batch>)| net.loss(s, images, labels).0,
    )?;

    let digits = Mnist::load(data("mnist"))?.train;
    let (mut images, mut labels) = (Vec::new(), Vec::new());
    // One epoch after the other, each in another order.
    let epochs = (flags.seed..).flat_map(|seed| digits.batches::<1>(seed));
    for (image, [label]) in epochs.take(flags.batches() * Batch::SIZE) {
        images.extend_from_slice(image.as_slice());
        labels.push(label);
    }
    Training {
        step: loss.into_step(flags.optimizer())?,
        parameters: net.parameters(),
        inputs: vec![
            Input::new::<Images<Batch>>("images", images.clone()),
            Input::indices::<shape![Batch]>("labels", &labels),
        ],
    }
    .export(flags, |step, batch| {
        let [pixels, count] = [Images::<Batch>::SIZE, Batch::SIZE];
        let images = Tensor::from_slice(&images[batch * pixels..][..pixels])?;
        step.run((&images, &labels[batch * count..][..count]))
    })
}

/// The transformer of the course on windows of a play.
pub fn transformer<Batch: Dimension>(flags: &Flags) -> Result<(), Box<dyn Error>> {
    type Text<Batch> = shape![Batch, Length];
    let net = Writer::new(flags.seed);
    net.name_parameters();
    let loss = net.compile_loss::<Batch>(Options::default())?;

    let play = std::fs::read_to_string(data("as-you-like-it/as-you-like-it.txt"))?;
    let letters: Vec<char> = play.chars().collect::<BTreeSet<_>>().into_iter().collect();
    let number = |letter| letters.binary_search(&letter).expect("a letter of the play");
    let play: Vec<usize> = play.chars().map(number).collect();
    let mut rng = Rng::with_stream(flags.seed, 1);
    let (mut text, mut next) = (Vec::new(), Vec::new());
    for _ in 0..flags.batches() * Batch::SIZE {
        let start = rng.below(play.len() - Length::SIZE);
        text.extend_from_slice(&play[start..][..Length::SIZE]);
        next.extend_from_slice(&play[start + 1..][..Length::SIZE]);
    }
    Training {
        step: loss.into_step(flags.optimizer())?,
        parameters: net.parameters(),
        inputs: vec![Input::indices::<Text<Batch>>("text", &text), Input::indices::<Text<Batch>>("next", &next)],
    }
    .export(flags, |step, batch| {
        let count = Text::<Batch>::SIZE;
        let [text, next] = [&text, &next].map(|list| &list[batch * count..][..count]);
        step.run((text, next))
    })
}
