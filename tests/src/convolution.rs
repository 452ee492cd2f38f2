//! Drafts of the operations with windows.

use session::ir::{DynShape, PerSpatialAxis, op};

use crate::{Draft, Source};

/// Which windows an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any padding and dilation.
    Dilated,
    /// Any padding, no dilation.
    Plain,
    /// Padding of at most half the kernel, every window covers a real cell, no dilation.
    Pool,
}

/// Windows that fit, one for each spatial axis.
#[derive(Default)]
pub(crate) struct Windows {
    pub(crate) input: Vec<usize>,
    pub(crate) kernel: Vec<usize>,
    pub(crate) stride: Vec<usize>,
    pub(crate) padding: Vec<usize>,
    pub(crate) dilation: Vec<usize>,
    pub(crate) output: Vec<usize>,
}

impl Windows {
    /// Of one to three spatial axes.
    pub(crate) fn random(source: &mut Source, kind: Kind) -> Self {
        let spatial = source.between(1, 3);
        let mut windows = Self::default();
        for _ in 0..spatial {
            let kernel = source.between(1, if spatial == 3 { 2 } else { 3 });
            let padding = source.between(0, if kind == Kind::Pool { kernel / 2 } else { 2 });
            let dilation = if kind == Kind::Dilated { source.between(1, 2) } else { 1 };
            let stride = source.between(1, 3);
            windows.axis([kernel, stride, padding, dilation], kind, source.below(if spatial == 3 { 2 } else { 4 }));
        }
        windows
    }

    /// Of two spatial axes with one stride and one padding.
    pub(crate) fn square(source: &mut Source, kind: Kind) -> Self {
        let stride = source.between(1, 3);
        let padding = if kind == Kind::Pool { 0 } else { source.between(0, 2) };
        let mut windows = Self::default();
        for _ in 0..2 {
            let kernel = source.between(1, 3);
            windows.axis([kernel, stride, padding, 1], kind, source.below(4));
        }
        windows
    }

    /// Adds an axis whose input is larger than the least by `more`.
    fn axis(&mut self, [kernel, stride, padding, dilation]: [usize; 4], kind: Kind, more: usize) {
        let extent = (kernel - 1) * dilation + 1;
        let input = extent.saturating_sub(2 * padding).max(usize::from(kind == Kind::Pool)) + more;
        self.input.push(input);
        self.kernel.push(kernel);
        self.stride.push(stride);
        self.padding.push(padding);
        self.dilation.push(dilation);
        self.output.push((0..).take_while(|o| o * stride + extent <= input + 2 * padding).count());
    }
}

/// A random use of a convolution, a pool, or one of their adjoints.
pub(crate) fn draft(name: &str, source: &mut Source) -> Option<Draft> {
    convolution(name, source).or_else(|| pool(name, source))
}

fn convolution(name: &str, source: &mut Source) -> Option<Draft> {
    let windows = Windows::random(source, Kind::Dilated);
    let groups = source.between(1, 3);
    let (inputs, outputs) = (source.few(), source.few());
    let leading = if source.flag() { vec![source.few()] } else { Vec::new() };
    let image = |channels: usize, spatial: &[usize]| -> DynShape {
        leading.iter().chain([&channels]).chain(spatial).copied().collect()
    };
    let w: DynShape = [outputs * groups, inputs].iter().chain(&windows.kernel).copied().collect();
    let x = image(inputs * groups, &windows.input);
    let y = image(outputs * groups, &windows.output);
    let list = PerSpatialAxis::new;
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
    let windows = Windows::random(source, Kind::Pool);
    let mut planes = vec![source.few()];
    if source.flag() {
        planes.push(source.few());
    }
    let image = |spatial: &[usize]| -> DynShape { planes.iter().chain(spatial).copied().collect() };
    let (x, y) = (image(&windows.input), image(&windows.output));
    let list = PerSpatialAxis::new;
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
