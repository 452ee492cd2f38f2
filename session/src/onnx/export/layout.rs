//! Constants, and operations that move elements.

use super::{Lower, Site, Value, Writer};
use crate::ir::op::{Broadcast, Concat, Constant, Full, Pad, Permute, Reshape, ScatterAdd, Slice};

impl Lower for Constant {
    fn lower(&self, to: &mut Writer, _: &Site<'_>) -> Result<Value, String> {
        Ok(to.numbers(self.data.values(), &self.shape))
    }
}

impl Lower for Full {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        Ok(to.full(self.value.value(), site.shape))
    }
}

impl Lower for Reshape {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        to.reshape(site.operands[0], site.shape)
    }
}

impl Lower for Permute {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        Ok(to.transpose(site.operands[0], &self.axes))
    }
}

impl Lower for Broadcast {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        if x.shape == site.shape {
            return Ok(x.clone());
        }
        let sizes = to.sizes(site.shape);
        Ok(to.node("Expand", &[&x.name, &sizes.name], Vec::new(), site.shape.to_vec()))
    }
}

impl Lower for Concat {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let parts: Vec<Value> = site.operands.iter().map(|&part| part.clone()).collect();
        to.concat(&parts, self.axis)
    }
}

impl Lower for Slice {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        to.slice(site.operands[0], self.axis, [self.start, self.end, 1])
    }
}

impl Lower for Pad {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        let mut cells = vec![[0, 0]; x.shape.len()];
        cells[self.axis] = [self.before, self.after];
        to.pad(x, &cells, 0.0)
    }
}

impl Lower for ScatterAdd {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let (x, v) = (site.operands[0], site.operands[1]);
        let size = x.shape[0].fixed()?;
        let axes = to.list([0]);
        let shape = [super::Size::Fixed(1)].into_iter().chain(v.shape.iter().copied()).collect();
        let row = to.node("Unsqueeze", &[&v.name, &axes.name], Vec::new(), shape);
        let mut cells = vec![[0, 0]; x.shape.len()];
        cells[0] = [self.index, size - self.index - 1];
        let padded = to.pad(&row, &cells, 0.0)?;
        Ok(to.binary("Add", x, &padded))
    }
}
