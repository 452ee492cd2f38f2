//! Operations that combine elements: sums, products, convolutions, and rows by their positions.

use super::writer::{List, Margin, Type, Value, Writer, list};
use crate::ir::{DynShape, PerSpatialAxis};

/// The dimensions of a product of stacks of matrices.
pub(super) struct Contraction {
    pub(super) batching: usize,
    pub(super) a: usize,
    pub(super) b: usize,
}

/// The parts of a convolution of images `[batch, features, ..]` beside its operands.
pub(super) struct Convolution {
    pub(super) stride: PerSpatialAxis,
    pub(super) margins: Vec<Margin>,
    pub(super) kernel_dilation: PerSpatialAxis,
    pub(super) feature_groups: usize,
    pub(super) batch_groups: usize,
}

impl Writer {
    /// The elements along some axes combined by an operation, which the scalar `initial` leaves as they are.
    pub(super) fn reduce(&mut self, op: &str, x: Value, axes: &[usize], initial: Value) -> Value {
        if axes.is_empty() {
            return x;
        }
        let shape = x.shape.without(|axis| axes.contains(&axis));
        let (name, initial, scalar) = (self.name(x), self.name(initial), initial.kind());
        let (dimensions, result) = (list(axes), Type(shape, x.element));
        let right = format!(
            "stablehlo.reduce({name} init: {initial}) applies stablehlo.{op} across dimensions = {dimensions} : \
             ({}, {scalar}) -> {result}",
            x.kind()
        );
        self.define(&right, shape, x.element)
    }

    /// The sum along some axes.
    pub(super) fn sum(&mut self, x: Value, axes: &[usize]) -> Value {
        let zero = self.full(0.0, DynShape::SCALAR);
        self.reduce("add", x, axes, zero)
    }

    /// The largest element along some axes; NaN wins, and -inf is that of none.
    pub(super) fn largest(&mut self, x: Value, axes: &[usize]) -> Value {
        let lowest = self.full(f64::NEG_INFINITY, DynShape::SCALAR);
        self.reduce("maximum", x, axes, lowest)
    }

    /// The windows of `x`, padded with the scalar `initial`, combined by an operation.
    pub(super) fn reduce_window(
        &mut self,
        op: &str,
        x: Value,
        initial: Value,
        [window, stride]: [DynShape; 2],
        margins: &[Margin],
    ) -> Value {
        let sizes = x.shape.iter().zip(margins).zip(window.iter().zip(stride.iter()));
        let shape =
            sizes.map(|((&size, margin), (window, stride))| (margin.around(size) - window) / stride + 1).collect();
        let padding = list(margins.iter().map(|margin| list([margin.low, margin.high])));
        let (scalar, result, rank) = (initial.kind(), Type(shape, x.element), x.shape.len());
        let right = format!(
            "\"stablehlo.reduce_window\"({}, {}) <{{window_dimensions = array<i64: {}>, window_strides = array<i64: {}>, \
             padding = dense<{padding}> : tensor<{rank}x2xi64>}}> ({{\n    \
             ^bb0(%a: {scalar}, %b: {scalar}):\n      \
             %c = stablehlo.{op} %a, %b : {scalar}\n      \
             stablehlo.return %c : {scalar}\n    \
             }}) : ({}, {scalar}) -> {result}",
            self.name(x),
            self.name(initial),
            List(window.iter()),
            List(stride.iter()),
            x.kind()
        );
        self.define(&right, shape, x.element)
    }

    /// Products of matrices: the axes that are contracted, after as many leading axes of stacks. A sum of nothing is
    /// written as 0, since not every engine takes it.
    pub(super) fn dot(&mut self, a: Value, b: Value, Contraction { batching, a: i, b: j }: Contraction) -> Value {
        let free = |shape: DynShape, contracted: usize| {
            let axes = shape.iter().copied().enumerate().skip(batching);
            axes.filter(move |&(axis, _)| axis != contracted).map(|(_, size)| size).collect::<Vec<_>>()
        };
        let shape: DynShape =
            a.shape[..batching].iter().copied().chain(free(a.shape, i)).chain(free(b.shape, j)).collect();
        if a.shape.elements().min(b.shape.elements()) == 0 {
            return self.full(0.0, shape);
        }
        let stacks = list(0..batching);
        let batching = if batching == 0 { String::new() } else { format!("batching_dims = {stacks} x {stacks}, ") };
        let (names, result) = (format!("{}, {}", self.name(a), self.name(b)), Type(shape, a.element));
        let right = format!(
            "stablehlo.dot_general {names}, {batching}contracting_dims = [{i}] x [{j}], precision = [HIGHEST, HIGHEST] : \
             ({}, {}) -> {result}",
            a.kind(),
            b.kind()
        );
        self.define(&right, shape, a.element)
    }

    /// A convolution that gives this shape. A sum of nothing is written as 0.
    pub(super) fn convolution(&mut self, x: Value, w: Value, parts: &Convolution, shape: DynShape) -> Value {
        if x.shape.elements().min(w.shape.elements()) == 0 {
            return self.full(0.0, shape);
        }
        let spatial = parts.stride.len();
        let axes: String = (0..spatial).map(|axis| format!(", {axis}")).collect();
        let padding = list(parts.margins.iter().map(|margin| list([margin.low, margin.high])));
        let dilation = list(parts.margins.iter().map(|margin| margin.interior + 1));
        let right = format!(
            "stablehlo.convolution({}, {}) dim_numbers = [b, f{axes}]x[o, i{axes}]->[b, f{axes}], \
             window = {{stride = {}, pad = {padding}, lhs_dilate = {dilation}, rhs_dilate = {}}} \
             {{batch_group_count = {} : i64, feature_group_count = {} : i64, \
             precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]}} : \
             ({}, {}) -> {}",
            self.name(x),
            self.name(w),
            parts.stride,
            parts.kernel_dilation,
            parts.batch_groups,
            parts.feature_groups,
            x.kind(),
            w.kind(),
            Type(shape, x.element)
        );
        self.define(&right, shape, x.element)
    }

    /// The rows of a matrix at these positions, which are in range.
    pub(super) fn gather_rows(&mut self, table: Value, positions: Value) -> Value {
        let (rank, columns) = (positions.shape.len(), table.shape[1]);
        let shape = positions.shape.iter().copied().chain([columns]).collect();
        let right = format!(
            "\"stablehlo.gather\"({}, {}) <{{dimension_numbers = #stablehlo.gather<offset_dims = [{rank}], \
             collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = {rank}>, \
             slice_sizes = array<i64: 1, {columns}>}}> : ({}, {}) -> {}",
            self.name(table),
            self.name(positions),
            table.kind(),
            positions.kind(),
            Type(shape, table.element)
        );
        self.define(&right, shape, table.element)
    }

    /// Rows added at these positions, which are in range, into so many rows of zeros.
    pub(super) fn scatter_rows(&mut self, count: usize, positions: Value, rows: Value) -> Value {
        let shape = DynShape::new(&[count, rows.shape[rows.shape.len() - 1]]);
        // Zeros of its own: the reference interpreter writes into them.
        let zeros = format!("stablehlo.constant dense<0.0> : {}", Type(shape, rows.element));
        let table = self.define(&zeros, shape, rows.element);
        let (rank, scalar) = (positions.shape.len(), Type(DynShape::SCALAR, table.element));
        let right = format!(
            "\"stablehlo.scatter\"({}, {}, {}) <{{scatter_dimension_numbers = #stablehlo.scatter<\
             update_window_dims = [{rank}], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], \
             index_vector_dim = {rank}>}}> ({{\n    \
             ^bb0(%a: {scalar}, %b: {scalar}):\n      \
             %c = stablehlo.add %a, %b : {scalar}\n      \
             stablehlo.return %c : {scalar}\n    \
             }}) : ({}, {}, {}) -> {}",
            self.name(table),
            self.name(positions),
            self.name(rows),
            table.kind(),
            positions.kind(),
            rows.kind(),
            table.kind()
        );
        self.define(&right, table.shape, table.element)
    }
}
