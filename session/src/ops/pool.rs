//! Pooling over one to three spatial axes.
//!
//! The winner of a window is found by selects: going through its real cells row-major, a cell takes
//! over if the winner so far is not NaN and the cell is larger or NaN. So the first of equals wins, and
//! the first NaN.

use super::conv::{cells, fit, image, image_shape};
use super::reduce::run;
use super::stats::multiply;
use super::{Emit, Flops, Operation, Site, View, one};
use crate::ir::op::{AvgPool, AvgPoolSpread, Fold, MaxPool, MaxPoolScatter, MaxPoolSelect, Unfold};
use crate::ir::{DynShape, Id, PerSpatialAxis};
use crate::scalar::Scalar;
use crate::window::Window;

/// `takes` if the cell takes over from the winner, else `keeps`.
fn takes_over<S: Scalar>(winner: S, cell: S, takes: S, keeps: S) -> S {
    S::select_nan(winner, keeps, S::select_gt(cell, winner, takes, S::select_nan(cell, takes, keeps)))
}

/// The value of `v` at the winning cell of `x`, for each window of each plane.
fn select<S: Scalar>(window: Window, x: &[S], v: &[S], out: &mut [S]) {
    let inputs = window.inputs();
    for (plane, out) in out.chunks_exact_mut(window.outputs()).enumerate() {
        let (x, v) = (&x[plane * inputs..], &v[plane * inputs..]);
        for (position, out) in out.iter_mut().enumerate() {
            let mut cells = cells(window, position).into_iter().map(|(_, cell)| (x[cell], v[cell]));
            let (mut winner, mut value) = cells.next().expect("every window covers a real cell");
            for (x, v) in cells {
                value = takes_over(winner, x, v, value);
                winner = takes_over(winner, x, x, winner);
            }
            *out = value;
        }
    }
}

/// The adjoint of [`select`] in `v`: windows in ascending order contribute `d` to their winning cell and
/// +0 to their other cells; the first contribution is stored, later ones are added.
fn scatter<S: Scalar>(window: Window, x: &[S], d: &[S], out: &mut [S]) {
    let zero = S::literal(0.0);
    let outputs = window.outputs();
    let mut touched = vec![false; window.inputs()];
    let mut shares: Vec<(usize, S)> = Vec::with_capacity(window.kernels());
    for (plane, out) in out.chunks_exact_mut(window.inputs().max(1)).enumerate() {
        let (x, d) = (&x[plane * window.inputs()..], &d[plane * outputs..]);
        touched.fill(false);
        out.fill(zero);
        for (position, &d) in d[..outputs].iter().enumerate() {
            shares.clear();
            let mut winner = zero;
            for (_, cell) in cells(window, position) {
                let mut share = d;
                if shares.is_empty() {
                    winner = x[cell];
                } else {
                    for (_, earlier) in &mut shares {
                        *earlier = takes_over(winner, x[cell], zero, *earlier);
                    }
                    share = takes_over(winner, x[cell], d, zero);
                    winner = takes_over(winner, x[cell], x[cell], winner);
                }
                shares.push((cell, share));
            }
            for &(cell, share) in &shares {
                out[cell] = if touched[cell] { out[cell] + share } else { share };
                touched[cell] = true;
            }
        }
    }
}

/// The window over images of shape `x`, and the shape of the result.
pub(crate) fn pooled(
    x: DynShape,
    kernel: PerSpatialAxis,
    stride: PerSpatialAxis,
    padding: PerSpatialAxis,
) -> Result<(Window, DynShape), String> {
    let (batch, channels, spatial) = image(&x, kernel.len())?;
    // A window in the padding alone would have no largest cell.
    if let Some(axis) = spatial.iter().position(|&size| size == 0) {
        return Err(format!("spatial axis {axis} is empty"));
    }
    if let Some(axis) = (0..kernel.len()).find(|&axis| padding.get(axis).is_some_and(|&p| p > kernel[axis] / 2)) {
        return Err(format!("the padding {padding} must be at most half the kernel {kernel} on spatial axis {axis}"));
    }
    let ones = kernel.iter().map(|_| 1).collect();
    let mut window = Window::new(&[]);
    fit(&mut window.axes, &spatial, &kernel, &stride, &padding, &ones)?;
    // The padding grows with the kernel, so that a kernel of any size fits.
    DynShape::new(&kernel).countable()?;
    let shape = image_shape(batch, channels, window.output_sizes(spatial.len()));
    Ok((window, shape))
}

macro_rules! pooled {
    ($op:expr, $x:expr) => {
        pooled($x, $op.kernel, $op.stride, $op.padding)
    };
}

impl MaxPool {
    fn select(&self) -> MaxPoolSelect {
        MaxPoolSelect { kernel: self.kernel, stride: self.stride, padding: self.padding }
    }
}

impl MaxPoolSelect {
    fn scatter(&self) -> MaxPoolScatter {
        MaxPoolScatter { kernel: self.kernel, stride: self.stride, padding: self.padding }
    }
}

impl MaxPoolScatter {
    fn select(&self) -> MaxPoolSelect {
        MaxPoolSelect { kernel: self.kernel, stride: self.stride, padding: self.padding }
    }
}

impl Operation for MaxPool {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        pooled!(self, one(operands)).map(|(_, shape)| shape)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let (window, _) = pooled!(self, x.shape).expect("the shapes were checked");
        select(window, x.data, x.data, out);
    }

    fn flops(&self, _: &[DynShape], output: DynShape) -> u64 {
        multiply(&[output.elements(), self.kernel.elements()])
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(emit.push(self.select().scatter(), &[one(site.operands), cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        one(tangents).map(|tangent| emit.push(self.select(), &[one(site.operands), tangent]))
    }
}

impl Operation for MaxPoolSelect {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        super::equal(&operands[0], &operands[1])?;
        pooled!(self, operands[0]).map(|(_, shape)| shape)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let (window, _) = pooled!(self, operands[0].shape).expect("the shapes were checked");
        select(window, operands[0].data, operands[1].data, out);
    }

    fn flops(&self, _: &[DynShape], output: DynShape) -> u64 {
        multiply(&[output.elements(), self.kernel.elements()])
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![None, Some(emit.push(self.scatter(), &[site.operands[0], cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        tangents[1].map(|tangent| emit.push(self.clone(), &[site.operands[0], tangent]))
    }
}

impl Operation for MaxPoolScatter {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let [x, d] = [operands[0], operands[1]];
        let (_, expected) = pooled!(self, x)?;
        if d == expected { Ok(x) } else { Err(format!("the windows of {x} form {expected}, not {d}")) }
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let (window, _) = pooled!(self, operands[0].shape).expect("the shapes were checked");
        scatter(window, operands[0].data, operands[1].data, out);
    }

    fn flops(&self, operands: &[DynShape], _: DynShape) -> u64 {
        multiply(&[operands[1].elements(), self.kernel.elements()])
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![None, Some(emit.push(self.select(), &[site.operands[0], cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        tangents[1].map(|tangent| emit.push(self.clone(), &[site.operands[0], tangent]))
    }
}

impl AvgPool {
    fn spread(&self, x: DynShape) -> AvgPoolSpread {
        let Self { kernel, stride, padding } = *self;
        let spatial = x[x.len() - kernel.len()..].iter().copied().collect();
        AvgPoolSpread { spatial, kernel, stride, padding }
    }
}

impl Operation for AvgPool {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        pooled!(self, one(operands)).map(|(_, shape)| shape)
    }

    /// A run over the window row-major, divided by the number of its positions.
    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let (window, _) = pooled!(self, x.shape).expect("the shapes were checked");
        let count = S::literal(window.kernels() as f64);
        for (index, out) in out.iter_mut().enumerate() {
            let (plane, position) = (index / window.outputs(), index % window.outputs());
            let mut terms = vec![S::literal(0.0); window.kernels()];
            for (kernel, cell) in cells(window, position) {
                terms[kernel] = x.data[plane * window.inputs() + cell];
            }
            *out = run(&terms) / count;
        }
    }

    fn flops(&self, _: &[DynShape], output: DynShape) -> u64 {
        multiply(&[output.elements(), self.kernel.elements()])
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let spread = self.spread(emit.shape(one(site.operands)));
        vec![Some(emit.push(spread, &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}

/// Adds what each window gives to its cells, windows in ascending order: the first contribution is stored,
/// later ones are added. `contribution` is asked for a window, counted over all planes, and a position in it.
fn gather_windows<S: Scalar>(window: Window, out: &mut [S], contribution: &dyn Fn(usize, usize) -> S) {
    let mut touched = vec![false; window.inputs()];
    out.fill(S::literal(0.0));
    for (plane, out) in out.chunks_exact_mut(window.inputs().max(1)).enumerate() {
        touched.fill(false);
        for position in 0..window.outputs() {
            for (kernel, cell) in cells(window, position) {
                let share = contribution(plane * window.outputs() + position, kernel);
                out[cell] = if touched[cell] { out[cell] + share } else { share };
                touched[cell] = true;
            }
        }
    }
}

impl AvgPoolSpread {
    /// The window, and the shape of the images.
    pub(crate) fn images(&self, d: DynShape) -> Result<(Window, DynShape), String> {
        let leading = d.len().checked_sub(self.kernel.len()).ok_or("it takes one value for each window")?;
        let image = images(&d[..leading], self.spatial)?;
        let (window, expected) = pooled!(self, image)?;
        if d == expected {
            Ok((window, image))
        } else {
            Err(format!("the windows of {image} form {expected}, not {d}"))
        }
    }

    fn average(&self) -> AvgPool {
        let Self { kernel, stride, padding, .. } = *self;
        AvgPool { kernel, stride, padding }
    }
}

impl Operation for AvgPoolSpread {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        self.images(one(operands)).map(|(_, image)| image)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let d = one(operands);
        let (window, _) = self.images(d.shape).expect("the shapes were checked");
        let count = S::literal(window.kernels() as f64);
        gather_windows(window, out, &|position, _| d.data[position] / count);
    }

    fn flops(&self, operands: &[DynShape], _: DynShape) -> u64 {
        multiply(&[operands[0].elements(), self.kernel.elements()])
    }

    fn vjp(&self, emit: &mut Emit<'_>, _: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(emit.push(self.average(), &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}

/// The shape of images with these leading axes.
fn images(leading: &[usize], spatial: PerSpatialAxis) -> Result<DynShape, String> {
    DynShape::try_joined(&[leading, &spatial]).ok_or_else(|| "it has too many axes".to_owned())
}

/// The shape of the windows of `x`, each along a last axis.
fn unfolded(windows: DynShape, window: Window) -> Result<DynShape, String> {
    DynShape::try_joined(&[&windows, &[window.kernels()]]).ok_or_else(|| "it has too many axes".to_owned())
}

impl Operation for Unfold {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        pooled!(self, one(operands)).and_then(|(window, shape)| unfolded(shape, window))
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let (window, _) = pooled!(self, x.shape).expect("the shapes were checked");
        out.fill(S::literal(self.fill.value()));
        for (index, out) in out.chunks_exact_mut(window.kernels()).enumerate() {
            let (plane, position) = (index / window.outputs(), index % window.outputs());
            for (kernel, cell) in cells(window, position) {
                out[kernel] = x.data[plane * window.inputs() + cell];
            }
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let Self { kernel, stride, padding, .. } = *self;
        let x = emit.shape(one(site.operands));
        let spatial = x[x.len() - kernel.len()..].iter().copied().collect();
        vec![Some(emit.push(Fold { spatial, kernel, stride, padding }, &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        let unfold = Self { fill: 0.0.into(), ..self.clone() };
        emit.linear(unfold, site.operands, tangents)
    }
}

impl Fold {
    /// The window, and the shape of the images.
    pub(crate) fn folded(&self, d: DynShape) -> Result<(Window, DynShape), String> {
        let spatial = self.kernel.len();
        let leading = d.len().checked_sub(spatial + 1).ok_or("it takes windows [.., positions.., cells]")?;
        let image = images(&d[..leading], self.spatial)?;
        let (window, windows) = pooled!(self, image)?;
        let expected = unfolded(windows, window)?;
        if d == expected {
            Ok((window, image))
        } else {
            Err(format!("images {image} have windows {expected}, not {d}"))
        }
    }
}

impl Operation for Fold {
    const FLOPS: Flops = Flops::PerOperand(1);

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        self.folded(one(operands)).map(|(_, image)| image)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let d = one(operands);
        let (window, _) = self.folded(d.shape).expect("the shapes were checked");
        gather_windows(window, out, &|position, kernel| d.data[position * window.kernels() + kernel]);
    }

    fn vjp(&self, emit: &mut Emit<'_>, _: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let Self { kernel, stride, padding, .. } = *self;
        vec![Some(emit.push(Unfold { kernel, stride, padding, fill: 0.0.into() }, &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}
