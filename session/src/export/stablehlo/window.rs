//! Pooling. The cells of the windows are laid out by slices, and put back by padding and adding: so the first of
//! equals wins by definition, and not by the order in which an engine happens to compare.

use super::writer::Margin;
use super::{Lower, Value, Writer};
use crate::ir::op::{AvgPool, AvgPoolSpread, Fold, MaxPool, MaxPoolScatter, MaxPoolSelect, Unfold};
use crate::ir::{DynShape, PerSpatialAxis};

/// The windows of an operation, over the last axes of an image.
#[derive(Clone, Copy)]
struct Windows {
    kernel: PerSpatialAxis,
    stride: PerSpatialAxis,
    padding: PerSpatialAxis,
}

macro_rules! windows {
    ($op:expr) => {
        Windows { kernel: $op.kernel, stride: $op.stride, padding: $op.padding }
    };
}

/// Numbers for the last axes, with others for the axes before them.
fn trailing<T: Clone>(rank: usize, other: &T, last: impl ExactSizeIterator<Item = T>) -> Vec<T> {
    let leading = std::iter::repeat_n(other.clone(), rank - last.len());
    leading.chain(last).collect()
}

impl Windows {
    /// The margins that are the padding of an image of so many axes.
    fn margins(&self, rank: usize) -> Vec<Margin> {
        let padding = self.padding.iter().map(|&cells| Margin { low: cells as i64, high: cells as i64, interior: 0 });
        trailing(rank, &Margin::default(), padding)
    }

    /// `[kernel, stride]` for all axes of an image of so many.
    fn sizes(&self, rank: usize) -> [DynShape; 2] {
        [self.kernel, self.stride].map(|sizes| trailing(rank, &1, sizes.iter().copied()).into_iter().collect())
    }

    /// The number of windows along a spatial axis of the padded image.
    fn outputs(&self, axis: usize, padded: usize) -> usize {
        (padded - self.kernel[axis]) / self.stride[axis] + 1
    }

    /// The cells of each window along a new last axis, row-major; `fill` in the padding.
    fn unfold(&self, to: &mut Writer, x: Value, fill: Value) -> Value {
        let leading = x.shape.len() - self.kernel.len();
        let mut cells = to.pad(x, fill, &self.margins(x.shape.len()));
        for (spatial, (&kernel, &stride)) in self.kernel.iter().zip(self.stride.iter()).enumerate() {
            let axis = leading + spatial;
            let outputs = self.outputs(spatial, cells.shape[axis]);
            let parts: Vec<Value> = (0..kernel)
                .map(|start| {
                    let part = to.slice(cells, axis, [start, start + (outputs - 1) * stride + 1, stride]);
                    to.reshape(part, part.shape.iter().copied().chain([1]).collect())
                })
                .collect();
            cells = to.concatenate(&parts, cells.shape.len());
        }
        let windows = cells.shape[..x.shape.len()].iter().copied().chain([self.kernel.elements()]).collect();
        to.reshape(cells, windows)
    }

    /// The cells of all windows added where they came from in an image.
    fn fold(&self, to: &mut Writer, d: Value, image: DynShape) -> Value {
        let (leading, rank) = (image.len() - self.kernel.len(), image.len());
        let zero = to.full(0.0, DynShape::SCALAR);
        let separate = d.shape[..rank].iter().chain(self.kernel.iter()).copied().collect();
        let mut cells = to.reshape(d, separate);
        for (spatial, (&kernel, &stride)) in self.kernel.iter().zip(self.stride.iter()).enumerate().rev() {
            let (axis, last) = (leading + spatial, cells.shape.len() - 1);
            let padded = image[axis] + 2 * self.padding[spatial];
            let reach = (cells.shape[axis] - 1) * stride + 1;
            let places: Vec<Value> = (0..kernel)
                .map(|start| {
                    let part = to.slice(cells, last, [start, start + 1, 1]);
                    let part = to.reshape(part, part.shape.without(|axis| axis == last));
                    let mut margins = vec![Margin::default(); last];
                    margins[axis] =
                        Margin { low: start as i64, high: (padded - start - reach) as i64, interior: stride - 1 };
                    to.pad(part, zero, &margins)
                })
                .collect();
            cells = places.into_iter().reduce(|a, b| to.binary("add", a, b)).expect("a kernel has cells");
        }
        for (spatial, &padding) in self.padding.iter().enumerate() {
            let axis = leading + spatial;
            cells = to.slice(cells, axis, [padding, padding + image[axis], 1]);
        }
        cells
    }

    /// Which cell of each window of `x` wins: the first of the largest, or the first NaN, never one of the padding.
    fn winners(&self, to: &mut Writer, x: Value) -> Value {
        let lowest = to.full(f64::NEG_INFINITY, DynShape::SCALAR);
        let cells = self.unfold(to, x, lowest);
        let (shape, last) = (cells.shape, cells.shape.len() - 1);
        let largest = to.largest(cells, &[last]);
        let largest = to.expand(largest, &[last], shape);
        // Where the largest is NaN, no cell is below it, but only NaN is unequal to itself.
        let equal = to.compare("EQ", cells, largest);
        let nan = to.compare("NE", cells, cells);
        let mut candidates = to.binary("or", equal, nan);
        if self.padding.iter().any(|&cells| cells > 0) {
            let spatial = x.shape[x.shape.len() - self.kernel.len()..].iter().copied().collect();
            let (inside, outside) = (to.truth(spatial), to.falsehood());
            let real = self.unfold(to, inside, outside);
            let axes: Vec<usize> = (shape.len() - real.shape.len()..shape.len()).collect();
            let real = to.broadcast(real, &axes, shape);
            candidates = to.binary("and", candidates, real);
        }
        let positions = to.iota(last, shape, to.index);
        let none = to.natural(shape[last] as u64, shape, to.index);
        let places = to.select(candidates, positions, none);
        let none = to.natural(shape[last] as u64, DynShape::SCALAR, to.index);
        let first = to.reduce("minimum", places, &[last], none);
        let first = to.expand(first, &[last], shape);
        to.compare("EQ", positions, first)
    }
}

impl Lower for MaxPool {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let (x, windows) = (operands[0], windows!(self));
        let lowest = to.full(f64::NEG_INFINITY, DynShape::SCALAR);
        let rank = x.shape.len();
        to.reduce_window("maximum", x, lowest, windows.sizes(rank), &windows.margins(rank))
    }
}

impl Lower for MaxPoolSelect {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let windows = windows!(self);
        let winners = windows.winners(to, operands[0]);
        let zero = to.full(0.0, DynShape::SCALAR);
        let cells = windows.unfold(to, operands[1], zero);
        let chosen = to.keep(winners, cells);
        to.sum(chosen, &[chosen.shape.len() - 1])
    }
}

impl Lower for MaxPoolScatter {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let (windows, x, d) = (windows!(self), operands[0], operands[1]);
        let winners = windows.winners(to, x);
        let shares = to.expand(d, &[d.shape.len()], winners.shape);
        let shares = to.keep(winners, shares);
        windows.fold(to, shares, x.shape)
    }
}

impl Lower for AvgPool {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let (x, windows) = (operands[0], windows!(self));
        let zero = to.full(0.0, DynShape::SCALAR);
        let rank = x.shape.len();
        let sums = to.reduce_window("add", x, zero, windows.sizes(rank), &windows.margins(rank));
        to.with_number("divide", sums, self.kernel.elements() as f64)
    }
}

impl Lower for AvgPoolSpread {
    /// A cell has the shares of the windows that cover it, which lie side by side once the windows are spread.
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let d = operands[0];
        let rank = d.shape.len();
        let shares = to.with_number("divide", d, self.kernel.elements() as f64);
        let margin = |spatial: usize| {
            let (kernel, stride, input) = (self.kernel[spatial], self.stride[spatial], self.spatial[spatial]);
            let reach = (d.shape[rank - self.kernel.len() + spatial] - 1) * stride + 1;
            let low = kernel - 1 - self.padding[spatial];
            Margin { low: low as i64, high: (input + kernel - 1 - low - reach) as i64, interior: stride - 1 }
        };
        let margins = trailing(rank, &Margin::default(), (0..self.kernel.len()).map(margin));
        let zero = to.full(0.0, DynShape::SCALAR);
        let spread = to.pad(shares, zero, &margins);
        let [window, _] = windows!(self).sizes(rank);
        let ones = window.iter().map(|_| 1).collect();
        to.reduce_window("add", spread, zero, [window, ones], &vec![Margin::default(); rank])
    }
}

impl Lower for Unfold {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let fill = to.full(self.fill.value(), DynShape::SCALAR);
        windows!(self).unfold(to, operands[0], fill)
    }
}

impl Lower for Fold {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let d = operands[0];
        let leading = d.shape.len() - 1 - self.kernel.len();
        let image = d.shape[..leading].iter().chain(self.spatial.iter()).copied().collect();
        windows!(self).fold(to, d, image)
    }
}
