use proptest::prelude::*;

use super::super::convolution::{After, Convolution};
use super::*;
use crate::window::{Axis, MAX_SPATIAL};

/// The row-major number of a place.
fn flat(sizes: [usize; MAX_SPATIAL], place: [usize; MAX_SPATIAL]) -> usize {
    sizes.iter().zip(place).fold(0, |flat, (size, place)| flat * size + place)
}

fn places(sizes: [usize; MAX_SPATIAL]) -> impl Iterator<Item = [usize; MAX_SPATIAL]> {
    let [a, b, c] = sizes;
    (0..a * b * c).map(move |i| [i / c / b, i / c % b, i % c])
}

struct Reference<'a, T> {
    geometry: &'a Convolution,
    input: [usize; MAX_SPATIAL],
    output: [usize; MAX_SPATIAL],
    kernel: [usize; MAX_SPATIAL],
    w: &'a [T],
    x: &'a [T],
    delta: &'a [T],
}

impl<T: Float> Reference<'_, T> {
    /// The input cell under `offset` of the window at `position`.
    fn cell(&self, position: [usize; MAX_SPATIAL], offset: [usize; MAX_SPATIAL]) -> Option<usize> {
        let mut cell = [0; MAX_SPATIAL];
        for (i, axis) in self.geometry.axes.iter().enumerate() {
            cell[i] = axis.cell(position[i], offset[i])?;
        }
        Some(flat(self.input, cell))
    }

    /// The window whose `offset` lies on input cell `cell`.
    fn position(&self, cell: [usize; MAX_SPATIAL], offset: [usize; MAX_SPATIAL]) -> Option<usize> {
        let mut position = [0; MAX_SPATIAL];
        for (i, axis) in self.geometry.axes.iter().enumerate() {
            position[i] = axis.position(cell[i], offset[i])?;
        }
        Some(flat(self.output, position))
    }

    fn weight(&self, output_channel: usize, input_channel: usize, offset: usize) -> usize {
        let g = self.geometry;
        (output_channel * (g.input_channels / g.groups) + input_channel) * self.kernel.iter().product::<usize>()
            + offset
    }

    fn value(&self, image: usize, channel: usize, cell: usize) -> T {
        self.x[(image * self.geometry.input_channels + channel) * self.input.iter().product::<usize>() + cell]
    }

    fn gradient(&self, image: usize, channel: usize, position: usize) -> T {
        self.delta[(image * self.geometry.output_channels + channel) * self.output.iter().product::<usize>() + position]
    }

    fn forward(&self, bias: Option<&[T]>) -> Vec<T> {
        let g = self.geometry;
        let (inputs, outputs) = (g.input_channels / g.groups, g.output_channels / g.groups);
        let mut out = Vec::new();
        for image in 0..g.batch {
            for channel in 0..g.output_channels {
                for position in places(self.output) {
                    let mut sum = T::from_f64(0.0);
                    for i in 0..inputs {
                        for (offset, place) in places(self.kernel).enumerate() {
                            if let Some(cell) = self.cell(position, place) {
                                let x = self.value(image, channel / outputs * inputs + i, cell);
                                sum = self.w[self.weight(channel, i, offset)].mul_add(x, sum);
                            }
                        }
                    }
                    out.push(bias.map_or(sum, |bias| sum + bias[channel]));
                }
            }
        }
        out
    }

    fn input_gradient(&self) -> Vec<T> {
        let g = self.geometry;
        let (inputs, outputs) = (g.input_channels / g.groups, g.output_channels / g.groups);
        let mut out = Vec::new();
        for image in 0..g.batch {
            for channel in 0..g.input_channels {
                for cell in places(self.input) {
                    let mut sum = T::from_f64(0.0);
                    for o in channel / inputs * outputs..(channel / inputs + 1) * outputs {
                        for (offset, place) in places(self.kernel).enumerate() {
                            if let Some(position) = self.position(cell, place) {
                                let w = self.w[self.weight(o, channel % inputs, offset)];
                                sum = w.mul_add(self.gradient(image, o, position), sum);
                            }
                        }
                    }
                    out.push(sum);
                }
            }
        }
        out
    }

    fn weight_gradient(&self) -> Vec<T> {
        let g = self.geometry;
        let (inputs, outputs) = (g.input_channels / g.groups, g.output_channels / g.groups);
        let mut out = Vec::new();
        for o in 0..g.output_channels {
            for i in 0..inputs {
                for offset in places(self.kernel) {
                    let mut sum = T::from_f64(0.0);
                    for image in 0..g.batch {
                        for (number, position) in places(self.output).enumerate() {
                            if let Some(cell) = self.cell(position, offset) {
                                let x = self.value(image, o / outputs * inputs + i, cell);
                                sum = self.gradient(image, o, number).mul_add(x, sum);
                            }
                        }
                    }
                    out.push(sum);
                }
            }
        }
        out
    }
}

fn check<T: Float>(geometry: &Convolution, (seed, special): (u64, u64)) {
    let mut numbers = Numbers::new(seed, special);
    let w = numbers.take::<T>(geometry.weight_size());
    let x = numbers.take::<T>(geometry.input_size());
    let delta = numbers.take::<T>(geometry.output_size());
    let bias = numbers.take::<T>(geometry.output_channels);
    let [input, output, kernel] =
        [|axis: Axis| axis.input, |axis: Axis| axis.output, |axis: Axis| axis.kernel].map(|f| geometry.axes.map(f));
    let reference = Reference { geometry, input, output, kernel, w: &w, x: &x, delta: &delta };
    let forward = [None, Some(&bias[..])].map(|bias| {
        let values = reference.forward(bias);
        let rectified = |&x: &T| if x > T::from_f64(0.0) || x.is_nan() { x } else { T::from_f64(0.0) };
        let relu = values.iter().map(rectified).collect::<Vec<T>>();
        (values, relu)
    });
    let (of_input, of_weights) = (reference.input_gradient(), reference.weight_gradient());
    on_every_processor(|processor| {
        let garbage = T::from_f64(f64::NAN);
        let mut scratch = vec![garbage; geometry.forward_scratch(processor)];
        let mut out = vec![garbage; geometry.output_size()];
        for (bias, (plain, rectified)) in [None, Some(&bias[..])].into_iter().zip(&forward) {
            for (relu, expected) in [(false, plain), (true, rectified)] {
                geometry.forward(processor, &w, After { bias, relu }, &x, &mut out, &mut scratch);
                let what = format!("forward, bias: {}, relu: {relu}, {geometry:?}", bias.is_some());
                assert_bits(processor, &what, &out, expected);
            }
        }
        let mut scratch = vec![garbage; geometry.input_gradient_scratch(processor)];
        let mut out = vec![garbage; geometry.input_size()];
        geometry.input_gradient(processor, &w, &delta, &mut out, &mut scratch);
        assert_bits(processor, &format!("input gradient {geometry:?}"), &out, &of_input);
        let mut scratch = vec![garbage; geometry.weight_gradient_scratch(processor)];
        let mut out = vec![garbage; geometry.weight_size()];
        geometry.weight_gradient(processor, &x, &delta, &mut out, &mut scratch);
        assert_bits(processor, &format!("weight gradient {geometry:?}"), &out, &of_weights);
    });
}

fn axis(largest: usize) -> impl Strategy<Value = Axis> {
    (0..=largest, 1..6usize, 1..4usize, 0..4usize, 1..3usize).prop_filter_map("no window", |(i, k, s, p, d)| {
        // Mostly the common case.
        let d = if k % 2 == 0 { 1 } else { d };
        Axis::new(i, k, s, p, d)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn two_axes(
        batch in 0..4usize, input_channels in 0..5usize, output_channels in 0..20usize,
        rows in axis(14), columns in axis(20), numbers in numbers(),
    ) {
        let axes = [Axis::ABSENT, rows, columns];
        both!(check(&Convolution { batch, input_channels, output_channels, groups: 1, axes }, numbers));
    }

    /// Enough images for the lanes of vectors, and few channels.
    #[test]
    fn many_images(
        batch in prop_oneof![8..20usize, 30..36usize, Just(65)], inputs in 0..10usize, outputs in 1..10usize,
        groups in 1..3usize, first in axis(3), middle in axis(4), last in axis(6), numbers in numbers(),
    ) {
        let (input_channels, output_channels) = (inputs * groups, outputs * groups);
        let axes = [first, middle, last];
        both!(check(&Convolution { batch, input_channels, output_channels, groups, axes }, numbers));
    }

    /// Rows that fill vectors, with few terms or few images.
    #[test]
    fn wide_rows(
        batch in 1..4usize, inputs in 1..4usize, outputs in 1..11usize, groups in 1..4usize,
        first in axis(2), middle in axis(9),
        (cells, kernel, padding, dilation) in (12..40usize, 1..6usize, 0..6usize, 1..4usize),
        numbers in numbers(),
    ) {
        let Some(last) = Axis::new(cells, kernel, 1, padding, dilation) else { return Ok(()) };
        let (input_channels, output_channels) = (inputs * groups, outputs * groups);
        let axes = [first, middle, last];
        both!(check(&Convolution { batch, input_channels, output_channels, groups, axes }, numbers));
    }

    /// A group for each channel.
    #[test]
    fn depthwise(
        batch in 0..4usize, channels in 2..40usize, first in axis(3), middle in axis(8), last in axis(11),
        numbers in numbers(),
    ) {
        let axes = [first, middle, last];
        let (input_channels, output_channels, groups) = (channels, channels, channels);
        both!(check(&Convolution { batch, input_channels, output_channels, groups, axes }, numbers));
    }

    #[test]
    fn any_axes_and_groups(
        inputs in 0..3usize, outputs in 1..4usize, groups in 1..4usize,
        first in axis(5), middle in axis(6), last in axis(7), numbers in numbers(),
    ) {
        let (input_channels, output_channels) = (inputs * groups, outputs * groups);
        let axes = [first, middle, last];
        both!(check(&Convolution { batch: 2, input_channels, output_channels, groups, axes }, numbers));
    }
}

#[test]
fn as_in_networks() {
    let square = |input, kernel, stride, padding| {
        let axis = Axis::new(input, kernel, stride, padding, 1).unwrap();
        [Axis::ABSENT, axis, axis]
    };
    for (input_channels, output_channels, axes) in [
        (1, 8, square(28, 5, 1, 2)),
        (3, 7, square(11, 3, 1, 1)),
        (2, 6, square(15, 7, 2, 3)),
        (9, 5, square(12, 6, 1, 2)),
        (1, 8, square(9, 2, 1, 1)),
        (8, 16, square(14, 5, 1, 0)),
        (5, 70, square(9, 3, 1, 1)),
        (40, 33, square(8, 3, 2, 1)),
        (20, 50, square(6, 1, 1, 0)),
        (2, 9, square(30, 3, 1, 1)),
        (1, 1, square(40, 3, 1, 1)),
    ] {
        both!(check(&Convolution { batch: 3, input_channels, output_channels, groups: 1, axes }, (7, 3)));
    }
}
