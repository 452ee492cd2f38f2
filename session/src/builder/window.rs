//! Pooling: images are `[C, spatial..]` or `[N, C, spatial..]` with one to three spatial axes.

use super::call::define;
use super::layout::checked_axis;
use super::product::spatial;
use super::{GraphBuilder, refuse};
use crate::Error;
use crate::ir::{Id, PerSpatialAxis, op};

/// The lists of a window; a pool of no axes is refused by the rules of the operations.
fn lists<const N: usize>(given: [&[usize]; N]) -> Result<[PerSpatialAxis; N], Error> {
    let mut lists = [PerSpatialAxis::default(); N];
    for (list, given) in lists.iter_mut().zip(given) {
        *list = spatial(given)?;
    }
    Ok(lists)
}

/// β must be a number that can be divided by.
fn checked_beta(beta: f64) -> Result<f64, Error> {
    if beta.is_finite() && beta != 0.0 {
        Ok(beta)
    } else {
        Err(refuse(format!("beta must be finite and not 0, not {beta}")))
    }
}

/// The window of a 2-D form: one stride, no padding.
fn plain(kernel: &[usize], stride: usize) -> Result<[PerSpatialAxis; 3], Error> {
    if kernel.len() != 2 {
        return Err(refuse(format!("the kernel has two sizes, not {}", kernel.len())));
    }
    lists([kernel, &[stride; 2], &[0; 2]])
}

impl GraphBuilder {
    fn unfold(&mut self, x: Id, [kernel, stride, padding]: [PerSpatialAxis; 3], fill: f64) -> Result<Id, Error> {
        self.push(op::Unfold { kernel, stride, padding, fill: fill.into() }, &[x])
    }
}

define! {
    /// The largest cell of each window. Padding never wins; of equals the first, row-major, takes all of the
    /// gradient; NaN wins. (≠) Bounds k >= 1, s >= 1, p <= k / 2 and k <= in + 2p; early TorchLean let windows
    /// reach beyond the image.
    "x [N?, C, ..] -> [N?, C, ..]" "nn.functional.max_pool1d, max_pool2d, max_pool3d"
    max_pool(x; kernel: sizes, stride: sizes, padding: sizes) g => {
        let [kernel, stride, padding] = lists([kernel, stride, padding])?;
        g.push(op::MaxPool { kernel, stride, padding }, &[x])
    };
    /// The largest cell of each window, with one stride and no padding.
    "x [N?, C, H, W] -> [N?, C, H', W']" "nn.functional.max_pool2d"
    max_pool2d(x; kernel: sizes, stride: size) g => {
        let [kernel, stride, padding] = plain(kernel, stride)?;
        g.push(op::MaxPool { kernel, stride, padding }, &[x])
    };
    /// The mean of each window; padding counts as 0 and in the divisor.
    "x [N?, C, ..] -> [N?, C, ..]" "nn.functional.avg_pool1d, avg_pool2d, avg_pool3d"
    avg_pool(x; kernel: sizes, stride: sizes, padding: sizes) g => {
        let [kernel, stride, padding] = lists([kernel, stride, padding])?;
        g.push(op::AvgPool { kernel, stride, padding }, &[x])
    };
    /// The mean of each window, with one stride and no padding.
    "x [N?, C, H, W] -> [N?, C, H', W']" "nn.functional.avg_pool2d"
    avg_pool2d(x; kernel: sizes, stride: size) g => {
        let [kernel, stride, padding] = plain(kernel, stride)?;
        g.push(op::AvgPool { kernel, stride, padding }, &[x])
    };
    /// `(1 / beta) ln Σ exp(beta x)` over the real cells of each window; beta is finite and not 0. (≠) Padding
    /// does not count; in early TorchLean it counted as 0.
    "x [N?, C, ..] -> [N?, C, ..]" ""
    smooth_max_pool(x; kernel: sizes, stride: sizes, padding: sizes, beta: number) g => {
        let window = lists([kernel, stride, padding])?;
        let scaled = g.scale(x, checked_beta(beta)?)?;
        let cells = g.unfold(scaled, window, f64::NEG_INFINITY)?;
        let total = g.logsumexp(cells)?;
        g.div_scalar(total, beta)
    };
    /// `Σ x softmax(beta x)` over each window, with one stride and no padding; beta is finite and not 0. (≠) As
    /// TorchLean documents it; its early code had the logarithm of the sum of exponentials.
    "x [N?, C, H, W] -> [N?, C, H', W']" ""
    smooth_max_pool2d(x; kernel: sizes, stride: size, beta: number) g => {
        let window = plain(kernel, stride)?;
        let cells = g.unfold(x, window, 0.0)?;
        let scaled = g.scale(cells, checked_beta(beta)?)?;
        let weights = g.softmax(scaled)?;
        let products = g.push(op::Mul {}, &[cells, weights])?;
        let last = g.shape(products)?.len() - 1;
        g.sum_axis(products, last)
    };
    /// The mean over an axis and all later ones, which are removed: over the spatial axes of images, pooling
    /// to size 1.
    "x [.., S] -> [..]" "nn.functional.adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d"
    global_avg_pool(x; axis: size) g => {
        let shape = g.shape(x)?;
        let axes = (checked_axis(shape, axis)?..shape.len()).collect();
        g.push(op::Mean { axes }, &[x])
    };
}
