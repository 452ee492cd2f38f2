//! Drafts of the operations with windows.

use session::ir::{DynShape, op};

use crate::{Draft, Source};

/// A window that fits, of one to three spatial axes.
struct Windows {
    input: Vec<usize>,
    kernel: Vec<usize>,
    stride: Vec<usize>,
    padding: Vec<usize>,
    dilation: Vec<usize>,
    output: Vec<usize>,
}

impl Windows {
    /// For a pool the padding is at most half the kernel, every window covers a real cell, and there is
    /// no dilation.
    fn random(source: &mut Source, pool: bool) -> Self {
        let spatial = source.between(1, 3);
        let mut windows = Self {
            input: Vec::new(),
            kernel: Vec::new(),
            stride: Vec::new(),
            padding: Vec::new(),
            dilation: Vec::new(),
            output: Vec::new(),
        };
        for _ in 0..spatial {
            let kernel = source.between(1, if spatial == 3 { 2 } else { 3 });
            let padding = source.between(0, if pool { kernel / 2 } else { 2 });
            let dilation = if pool { 1 } else { source.between(1, 2) };
            let stride = source.between(1, 3);
            let extent = (kernel - 1) * dilation + 1;
            let least = extent.saturating_sub(2 * padding).max(usize::from(pool));
            let input = least + source.below(if spatial == 3 { 2 } else { 4 });
            windows.input.push(input);
            windows.kernel.push(kernel);
            windows.stride.push(stride);
            windows.padding.push(padding);
            windows.dilation.push(dilation);
            windows.output.push((0..).take_while(|o| o * stride + extent <= input + 2 * padding).count());
        }
        windows
    }
}

/// A random use of a convolution, a pool, or one of their adjoints.
pub(crate) fn draft(name: &str, source: &mut Source) -> Option<Draft> {
    convolution(name, source).or_else(|| pool(name, source))
}

fn convolution(name: &str, source: &mut Source) -> Option<Draft> {
    let windows = Windows::random(source, false);
    let groups = source.between(1, 3);
    let (inputs, outputs) = (source.few(), source.few());
    let leading = if source.flag() { vec![source.few()] } else { Vec::new() };
    let image = |channels: usize, spatial: &[usize]| -> DynShape {
        leading.iter().chain([&channels]).chain(spatial).copied().collect()
    };
    let w: DynShape = [outputs * groups, inputs].iter().chain(&windows.kernel).copied().collect();
    let x = image(inputs * groups, &windows.input);
    let y = image(outputs * groups, &windows.output);
    let list = |numbers: &[usize]| DynShape::new(numbers);
    let (stride, padding, dilation) = (list(&windows.stride), list(&windows.padding), list(&windows.dilation));
    Some(match name {
        "conv" => {
            let conv = op::Conv { stride, padding, dilation, groups };
            if source.flag() {
                Draft::new(conv, &[w, DynShape::new(&[outputs * groups]), x], y)
            } else {
                Draft::new(conv, &[w, x], y)
            }
        }
        "conv_input" => {
            let spatial = list(&windows.input);
            Draft::new(op::ConvInput { spatial, stride, padding, dilation, groups }, &[w, y], x)
        }
        "conv_weight" => {
            let kernel = list(&windows.kernel);
            Draft::new(op::ConvWeight { kernel, stride, padding, dilation, groups }, &[x, y], w)
        }
        _ => return None,
    })
}

fn pool(name: &str, source: &mut Source) -> Option<Draft> {
    let windows = Windows::random(source, true);
    let mut planes = vec![source.few()];
    if source.flag() {
        planes.push(source.few());
    }
    let image = |spatial: &[usize]| -> DynShape { planes.iter().chain(spatial).copied().collect() };
    let (x, y) = (image(&windows.input), image(&windows.output));
    let list = |numbers: &[usize]| DynShape::new(numbers);
    let (kernel, stride, padding) = (list(&windows.kernel), list(&windows.stride), list(&windows.padding));
    Some(match name {
        "max_pool" => Draft::new(op::MaxPool { kernel, stride, padding }, &[x], y),
        "max_pool_select" => Draft::new(op::MaxPoolSelect { kernel, stride, padding }, &[x, x], y),
        "avg_pool" => Draft::new(op::AvgPool { kernel, stride, padding }, &[x], y),
        "avg_pool_spread" => {
            let spatial = list(&windows.input);
            Draft::new(op::AvgPoolSpread { spatial, kernel, stride, padding }, &[y], x)
        }
        "unfold" | "fold" => {
            let cells = windows.kernel.iter().product();
            let unfolded = y.iter().copied().chain([cells]).collect();
            if name == "fold" {
                let spatial = list(&windows.input);
                return Some(Draft::new(op::Fold { spatial, kernel, stride, padding }, &[unfolded], x));
            }
            let fill = source.pick(&[0.0, -7.5]).into();
            Draft::new(op::Unfold { kernel, stride, padding, fill }, &[x], unfolded)
        }
        "max_pool_scatter" => Draft::new(op::MaxPoolScatter { kernel, stride, padding }, &[x, y], x),
        _ => return None,
    })
}
