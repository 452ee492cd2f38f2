//! Drafts of the builder's operations with windows.

use session::ir::DynShape;

use crate::Source;
use crate::call::{Call, list, number, size};
use crate::convolution::{Kind, Windows};
use crate::draft::shape;

/// A random use of a pool or a convolution.
pub(crate) fn draft(name: &str, source: &mut Source) -> Option<Call> {
    pool(name, source).or_else(|| convolution(name, source)).or_else(|| enlargement(name, source))
}

/// Images `[C, ..]` or `[N, C, ..]`.
fn images(batch: &[usize], channels: usize, spatial: &[usize]) -> DynShape {
    shape(batch.iter().chain([&channels]).chain(spatial).copied())
}

fn batch(source: &mut Source) -> Vec<usize> {
    if source.flag() { vec![source.few()] } else { Vec::new() }
}

fn pool(name: &str, source: &mut Source) -> Option<Call> {
    let square = name.ends_with("pool2d");
    let windows = if square { Windows::square(source, Kind::Pool) } else { Windows::random(source, Kind::Pool) };
    let (batch, channels, beta) = (batch(source), source.few(), number(source.pick(&[0.7, 2.0, -1.5])));
    let [x, y] = [&windows.input, &windows.output].map(|spatial| images(&batch, channels, spatial));
    let call = Call::new(&[x], y).with("kernel", list(&windows.kernel));
    let call = if square {
        call.with("stride", size(windows.stride[0]))
    } else {
        call.with("stride", list(&windows.stride)).with("padding", list(&windows.padding))
    };
    Some(match name {
        "max_pool" | "avg_pool" | "max_pool2d" | "avg_pool2d" => call,
        "smooth_max_pool" | "smooth_max_pool2d" => call.with("beta", beta),
        _ => return None,
    })
}

/// Stride and padding, one for both axes or one for each.
fn steps(call: Call, square: bool, stride: &[usize], padding: &[usize]) -> Call {
    if square {
        call.with("stride", size(stride[0])).with("padding", size(padding[0]))
    } else {
        call.with("stride", list(stride)).with("padding", list(padding))
    }
}

fn convolution(name: &str, source: &mut Source) -> Option<Call> {
    let (square, grouped) = (name == "conv2d", name == "conv_grouped");
    if !square && !grouped && name != "conv" {
        return None;
    }
    let windows = match name {
        "conv2d" => Windows::square(source, Kind::Plain),
        "conv_grouped" => Windows::random(source, Kind::Dilated),
        _ => Windows::random(source, Kind::Plain),
    };
    let groups = if grouped { source.between(1, 3) } else { 1 };
    let (batch, inputs, outputs) = (batch(source), source.few(), source.few());
    let w = images(&[outputs * groups], inputs, &windows.kernel);
    let x = images(&batch, inputs * groups, &windows.input);
    let y = images(&batch, outputs * groups, &windows.output);
    let call = steps(Call::new(&[w, shape([outputs * groups]), x], y), square, &windows.stride, &windows.padding);
    Some(if grouped { call.with("dilation", list(&windows.dilation)).with("groups", size(groups)) } else { call })
}

fn enlargement(name: &str, source: &mut Source) -> Option<Call> {
    let square = name == "conv_transpose2d";
    if !square && name != "conv_transpose" {
        return None;
    }
    let axes = if square { 2 } else { source.between(1, 3) };
    let mut draw = |low: usize, high: usize| -> Vec<usize> { (0..axes).map(|_| source.between(low, high)).collect() };
    let (input, kernel, mut stride) = (draw(1, 3), draw(1, 3), draw(1, 2));
    let mut padding = draw(0, 2);
    if square {
        stride = vec![stride[0]; 2];
    }
    // The size before padding is cut off; what is left must not be empty.
    let whole: Vec<usize> = (0..axes).map(|axis| (input[axis] - 1) * stride[axis] + kernel[axis]).collect();
    for (padding, &whole) in padding.iter_mut().zip(&whole) {
        *padding = (*padding).min((whole - 1) / 2);
    }
    if square {
        let least = padding[0].min(padding[1]);
        padding = vec![least; 2];
    }
    let output: Vec<usize> = whole.iter().zip(&padding).map(|(whole, padding)| whole - 2 * padding).collect();
    let (batch, inputs, outputs) = (batch(source), source.few(), source.few());
    let (x, y) = (images(&batch, inputs, &input), images(&batch, outputs, &output));
    let call = Call::new(&[images(&[inputs], outputs, &kernel), shape([outputs]), x], y);
    Some(steps(call, square, &stride, &padding))
}
