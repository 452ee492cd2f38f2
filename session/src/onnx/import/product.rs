//! Products, convolutions, pooling and normalisation.

use super::node::Call;
use super::reader::{Reader, broadcast, sized};
use crate::ir::{DynShape, Id, Op, PerSpatialAxis, op};
use crate::scalar::Float;

/// Where a window stands.
struct Windows {
    stride: PerSpatialAxis,
    /// The cells of padding on both sides, where these are as many.
    padding: PerSpatialAxis,
    /// What is to be padded before, of each axis.
    uneven: Vec<[usize; 2]>,
}

impl<T: Float> Reader<T> {
    /// `None` if there is no such operation.
    pub(super) fn product(&mut self, call: &Call<'_>) -> Result<Option<Id>, String> {
        Ok(Some(match &*call.node.op_type {
            "MatMul" => {
                let (a, b) = (self.tensor(call, 0)?, self.tensor(call, 1)?);
                self.matmul(a, b)?
            }
            "Gemm" => self.gemm(call)?,
            "Conv" => self.conv(call)?,
            "ConvTranspose" => self.conv_transpose(call)?,
            "MaxPool" | "AveragePool" => self.pool(call)?,
            "BatchNormalization" => {
                call.only("training_mode", 0)?;
                call.float("momentum", 0.9)?;
                let eps = call.float("epsilon", f64::from(1e-5_f32))?;
                let [x, gamma, beta, mean, var] = [0, 1, 2, 3, 4].map(|index| self.tensor(call, index));
                let (x, gamma, beta, mean, var) = (x?, gamma?, beta?, mean?, var?);
                let normed = self.builder.batch_norm_eval(x, gamma, beta, mean, var, eps);
                normed.map_err(|error| error.to_string())?
            }
            "LayerNormalization" => self.layer_norm(call)?,
            _ => return Ok(None),
        }))
    }

    fn layer_norm(&mut self, call: &Call<'_>) -> Result<Id, String> {
        let (x, gamma) = (self.tensor(call, 0)?, self.tensor(call, 1)?);
        let rank = self.shape(x).len();
        call.only("stash_type", 1)?;
        let eps = call.float("epsilon", f64::from(1e-5_f32))?;
        if !matches!(call.int("axis")?, None | Some(-1)) && call.int("axis")? != Some(rank as i64 - 1) {
            return Err("only the last axis is read".to_owned());
        }
        let beta = match self.optional_tensor(call, 2)? {
            Some(beta) => beta,
            None => self.full(self.shape(gamma), 0.0)?,
        };
        self.builder.layer_norm(x, gamma, beta, eps).map_err(|error| error.to_string())
    }

    /// The operand of a transpose of its last two axes.
    fn transposed(&self, x: Id) -> Option<Id> {
        let Some(Op::Permute(op::Permute { axes })) = self.op(x) else { return None };
        let rank = axes.len();
        let swaps =
            rank >= 2 && axes[rank - 2..] == [rank - 1, rank - 2] && axes[..rank - 2].iter().copied().eq(0..rank - 2);
        self.under(x).filter(|_| swaps)
    }

    fn matmul(&mut self, a: Id, b: Id) -> Result<Id, String> {
        let (a_shape, b_shape) = (self.shape(a), self.shape(b));
        match (a_shape.len(), b_shape.len()) {
            (0, _) | (_, 0) => return Err("a scalar has no matrix product".to_owned()),
            (_, 1) if a_shape.len() != 2 => return Err(format!("a product of {a_shape} and {b_shape} is not read")),
            (_, 1) => return self.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a, b]),
            (_, 2) => return self.plain_matmul(a, b),
            (1, _) => return Err(format!("a product of {a_shape} and {b_shape} is not read")),
            (3, 3) if a_shape[0] == b_shape[0] => return self.plain_matmul(a, b),
            _ => {}
        }
        let leading = |shape: &DynShape| -> DynShape { shape[..shape.len() - 2].iter().copied().collect() };
        let stack = broadcast(leading(&a_shape), leading(&b_shape))?;
        let parts = [a, b].map(|x| {
            let last = self.shape(x);
            let last = [last[last.len() - 2], last[last.len() - 1]];
            let x = self.repeat(x, Self::allowed(sized(stack.iter().copied().chain(last))?)?)?;
            self.reshape(x, DynShape::new(&[stack.elements(), last[0], last[1]]))
        });
        let [a, b] = parts;
        let product = self.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a?, b?])?;
        let last = self.shape(product);
        self.reshape(product, sized(stack.iter().copied().chain([last[1], last[2]]))?)
    }

    /// A product whose transposes are part of it.
    fn plain_matmul(&mut self, a: Id, b: Id) -> Result<Id, String> {
        let ranks = (self.shape(a).len(), self.shape(b).len());
        let inner = [self.transposed(a).filter(|_| ranks.0 == ranks.1), self.transposed(b)];
        let matmul = op::MatMul { transpose_a: inner[0].is_some(), transpose_b: inner[1].is_some() };
        self.push(matmul, &[inner[0].unwrap_or(a), inner[1].unwrap_or(b)])
    }

    fn gemm(&mut self, call: &Call<'_>) -> Result<Id, String> {
        let (a, b, c) = (self.tensor(call, 0)?, self.tensor(call, 1)?, self.optional_tensor(call, 2)?);
        let (transpose_a, transpose_b) = (call.flag("transA", false)?, call.flag("transB", false)?);
        let (alpha, beta) = (call.float("alpha", 1.0)?, call.float("beta", 1.0)?);
        if [a, b].iter().any(|&x| self.shape(x).len() != 2) {
            return Err(format!("its operands {} and {} are no matrices", self.shape(a), self.shape(b)));
        }
        if let Some(c) = c
            && !transpose_a
            && transpose_b
            && (alpha, beta) == (1.0, 1.0)
            && *self.shape(c) == [self.shape(b)[0]]
        {
            return self.push(op::Linear {}, &[b, c, a]);
        }
        let mut product = self.push(op::MatMul { transpose_a, transpose_b }, &[a, b])?;
        if alpha != 1.0 {
            product = self.push(op::Scale { factor: alpha.into() }, &[product])?;
        }
        let Some(mut c) = c else { return Ok(product) };
        if beta != 1.0 {
            c = self.push(op::Scale { factor: beta.into() }, &[c])?;
        }
        if broadcast(self.shape(product), self.shape(c))? != self.shape(product) {
            return Err(format!("the shape {} of its third operand is larger than that of the product", self.shape(c)));
        }
        let c = self.repeat(c, self.shape(product))?;
        self.push(op::Add {}, &[product, c])
    }

    /// The attributes that windows have in common.
    fn windows(&self, call: &Call<'_>, spatial: usize) -> Result<Windows, String> {
        if spatial == 0 || spatial > 3 {
            return Err(format!("it has {spatial} spatial axes; 1 to 3 are read"));
        }
        let pads = match call.text("auto_pad")? {
            None | Some("NOTSET") => call.sizes("pads", 2 * spatial, 0)?,
            Some("VALID") => vec![0; 2 * spatial],
            Some(other) => return Err(format!("the attribute `auto_pad` is `{other}`")),
        };
        let (before, after) = pads.split_at(spatial);
        let uneven = if before == after {
            vec![[0, 0]; spatial]
        } else {
            before.iter().zip(after).map(|(&before, &after)| [before, after]).collect()
        };
        let padding = if before == after { before } else { &vec![0; spatial] };
        let [stride, padding] = [&call.sizes("strides", spatial, 1)?, padding].map(PerSpatialAxis::new);
        Ok(Windows { stride, padding, uneven })
    }

    fn evened(&mut self, x: Id, windows: &Windows) -> Result<Id, String> {
        let first = self.shape(x).len() - windows.uneven.len();
        windows.uneven.iter().enumerate().try_fold(x, |x, (axis, &cells)| self.pad_axis(x, first + axis, cells, 0.0))
    }

    fn spatial(&self, x: Id) -> Result<usize, String> {
        let shape = self.shape(x);
        shape
            .len()
            .checked_sub(2)
            .filter(|&spatial| spatial > 0)
            .ok_or_else(|| format!("{shape} is no image [N, C, ..]"))
    }

    /// The weight of a convolution, whose kernel is as the node says.
    fn weight(&mut self, call: &Call<'_>, spatial: usize) -> Result<Id, String> {
        let w = self.tensor(call, 1)?;
        let shape = self.shape(w);
        if shape.len() != spatial + 2 {
            return Err(format!("its weight {shape} does not have {spatial} spatial axes"));
        }
        if call.ints("kernel_shape")?.is_some() && *call.sizes("kernel_shape", spatial, 0)? != shape[2..] {
            return Err(format!("the attribute `kernel_shape` is not that of its weight {shape}"));
        }
        Ok(w)
    }

    fn groups(call: &Call<'_>) -> Result<usize, String> {
        let groups = call.int("group")?.unwrap_or(1);
        usize::try_from(groups).map_err(|_| format!("the attribute `group` is {groups}"))
    }

    fn conv(&mut self, call: &Call<'_>) -> Result<Id, String> {
        let x = self.tensor(call, 0)?;
        let spatial = self.spatial(x)?;
        let w = self.weight(call, spatial)?;
        let windows = self.windows(call, spatial)?;
        let x = self.evened(x, &windows)?;
        let conv = op::Conv {
            stride: windows.stride,
            padding: windows.padding,
            dilation: PerSpatialAxis::new(&call.sizes("dilations", spatial, 1)?),
            groups: Self::groups(call)?,
        };
        match self.optional_tensor(call, 2)? {
            Some(b) => self.push(conv, &[w, b, x]),
            None => self.push(conv, &[w, x]),
        }
    }

    fn conv_transpose(&mut self, call: &Call<'_>) -> Result<Id, String> {
        let d = self.tensor(call, 0)?;
        let spatial = self.spatial(d)?;
        let w = self.weight(call, spatial)?;
        let windows = self.windows(call, spatial)?;
        if windows.uneven.iter().any(|&cells| cells != [0, 0]) {
            return Err("its pads are not the same on both sides".to_owned());
        }
        let dilation = call.sizes("dilations", spatial, 1)?;
        let rest = call.sizes("output_padding", spatial, 0)?;
        let mut sizes = Vec::new();
        for axis in 0..spatial {
            let (cells, kernel) = (self.shape(d)[axis + 2], self.shape(w)[axis + 2]);
            let covered = || {
                let reach = cells.checked_sub(1)?.checked_mul(windows.stride[axis])?;
                let extent = kernel.checked_sub(1)?.checked_mul(dilation[axis])?.checked_add(1)?;
                let padded = windows.padding[axis].checked_mul(2)?;
                reach.checked_add(extent)?.checked_add(rest[axis])?.checked_sub(padded)
            };
            sizes.push(covered().ok_or_else(|| format!("the size of spatial axis {axis} cannot be counted"))?);
        }
        let conv = op::ConvInput {
            spatial: PerSpatialAxis::new(&sizes),
            stride: windows.stride,
            padding: windows.padding,
            dilation: PerSpatialAxis::new(&dilation),
            groups: Self::groups(call)?,
        };
        let product = self.push(conv, &[w, d])?;
        let Some(b) = self.optional_tensor(call, 2)? else { return Ok(product) };
        let channels = sized(self.shape(b).iter().copied().chain(vec![1; spatial]))?;
        let b = self.reshape(b, channels)?;
        let b = self.repeat(b, self.shape(product))?;
        self.push(op::Add {}, &[product, b])
    }

    fn pool(&mut self, call: &Call<'_>) -> Result<Id, String> {
        let x = self.tensor(call, 0)?;
        let spatial = self.spatial(x)?;
        let windows = self.windows(call, spatial)?;
        let kernel = PerSpatialAxis::new(&sized(call.sizes("kernel_shape", spatial, 0)?)?);
        call.only("ceil_mode", 0)?;
        if call.sizes("dilations", spatial, 1)?.iter().any(|&dilation| dilation != 1) {
            return Err("its windows are dilated".to_owned());
        }
        if windows.uneven.iter().any(|&cells| cells != [0, 0]) {
            return Err("its pads are not the same on both sides".to_owned());
        }
        let (stride, padding) = (windows.stride, windows.padding);
        if call.node.op_type == "MaxPool" {
            call.only("storage_order", 0)?;
            return self.push(op::MaxPool { kernel, stride, padding }, &[x]);
        }
        let counts = call.flag("count_include_pad", false)?;
        if !counts && padding.iter().any(|&cells| cells > 0) {
            return Err("its padding does not count".to_owned());
        }
        self.push(op::AvgPool { kernel, stride, padding }, &[x])
    }
}
