//! Pooling.

use super::product::{cells, flattened, kernel_shape};
use super::size::Size;
use super::writer::{int, ints, pads};
use super::{Lower, Site, Value, Writer};
use crate::ir::op::{AvgPool, MaxPool, Unfold};

impl Lower for MaxPool {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let (x, shape) = flattened(to, site.operands[0], site.shape, self.kernel.len())?;
        let attributes =
            vec![kernel_shape(self.kernel), ints("strides", self.stride.iter().copied()), pads(self.padding)];
        let pooled = to.node("MaxPool", &[&x.name], attributes, shape);
        to.reshape(&pooled, site.shape)
    }
}

impl Lower for AvgPool {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let (x, shape) = flattened(to, site.operands[0], site.shape, self.kernel.len())?;
        let attributes = vec![
            kernel_shape(self.kernel),
            ints("strides", self.stride.iter().copied()),
            pads(self.padding),
            int("count_include_pad", 1),
        ];
        let pooled = to.node("AveragePool", &[&x.name], attributes, shape);
        to.reshape(&pooled, site.shape)
    }
}

impl Lower for Unfold {
    /// One slice for each cell of the kernel along each axis.
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        let (rank, leading) = (x.shape.len(), x.shape.len() - self.kernel.len());
        let padding = self.padding.iter().map(|&cells| [cells, cells]);
        let margins: Vec<[usize; 2]> = std::iter::repeat_n([0, 0], leading).chain(padding).collect();
        let mut windows = if self.padding.iter().all(|&cells| cells == 0) {
            x.clone()
        } else {
            to.pad(x, &margins, self.fill.value())?
        };
        for (spatial, (&kernel, &stride)) in self.kernel.iter().zip(self.stride.iter()).enumerate() {
            let axis = leading + spatial;
            let outputs = site.shape[axis].fixed()?;
            let parts = (0..kernel)
                .map(|start| {
                    let part = to.slice(&windows, axis, [start, start + (outputs - 1) * stride + 1, stride])?;
                    Ok(to.with_last(&part))
                })
                .collect::<Result<Vec<Value>, String>>()?;
            windows = to.concat(&parts, windows.shape.len())?;
        }
        let shape: Vec<Size> = site.shape[..rank].iter().copied().chain(cells(self.kernel)).collect();
        to.reshape(&windows, &shape)
    }
}
