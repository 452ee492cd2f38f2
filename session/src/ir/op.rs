//! The table of operations: names, arities and attributes.
//!
//! One row an operation. The table is a macro that hands its rows to another macro, so that the enum
//! here and the dispatch to the rules in [`crate::ops`] come from the same rows: a row without rules
//! does not compile.

use std::ops::RangeInclusive;

use super::attribute::{Attribute, Blank};
use super::{Data, DynShape, Literal, NatId, PerAxis, PerSpatialAxis};

/// Hands the rows of the table to the macro `$callback`.
///
/// A row is: documentation, type, name in the text form, numbers of operands, attributes.
macro_rules! ops {
    ($callback:ident) => {
        $callback! {
            /// A tensor of given numbers, row-major. No gradient flows out.
            Constant "constant" 0..=0 { shape: DynShape, data: Data }
            /// A tensor of one repeated number.
            Full "full" 0..=0 { shape: DynShape, value: Literal }

            /// `a + b`, elementwise.
            Add "add" 2..=2 {}
            /// `a - b`, elementwise.
            Sub "sub" 2..=2 {}
            /// `a * b`, elementwise.
            Mul "mul" 2..=2 {}
            /// `a / b`, elementwise.
            Div "div" 2..=2 {}
            /// `-x`, elementwise.
            Neg "neg" 1..=1 {}
            /// `x * factor`, elementwise.
            Scale "scale" 1..=1 { factor: Literal }
            /// `x / number`, elementwise.
            DivScalar "div_scalar" 1..=1 { number: Literal }
            /// `x + number`, elementwise.
            AddScalar "add_scalar" 1..=1 { number: Literal }
            /// `number - x`, elementwise.
            ScalarSub "scalar_sub" 1..=1 { number: Literal }
            /// `number / x`, elementwise.
            ScalarDiv "scalar_div" 1..=1 { number: Literal }
            /// `alpha * x + y` with a scalar `alpha`, rounded once; elementwise.
            Axpy "axpy" 3..=3 {}
            /// `v` where `x` is positive or NaN, else `+0`: `gate(x, x)` is relu.
            Gate "gate" 2..=2 {}
            /// `x` where it is positive or NaN, else `+0`.
            Relu "relu" 1..=1 {}
            /// `x` where it is positive, else `slope * x`.
            LeakyRelu "leaky_relu" 1..=1 { slope: Literal }
            /// `x` where it is positive, else `alpha * (exp(x) - 1)`.
            Elu "elu" 1..=1 { alpha: Literal }
            /// `x * Φ(x)` with the distribution function Φ of the normal distribution.
            Gelu "gelu" 1..=1 {}
            /// The approximation of gelu by a hyperbolic tangent.
            GeluTanh "gelu_tanh" 1..=1 {}
            /// `x * sigmoid(x)`.
            Silu "silu" 1..=1 {}
            /// The absolute value.
            Abs "abs" 1..=1 {}
            /// The square root.
            Sqrt "sqrt" 1..=1 {}
            /// `x` to the power of a plain number.
            Pow "pow" 1..=1 { exponent: Literal }
            /// The hyperbolic tangent.
            Tanh "tanh" 1..=1 {}
            /// `1 / (1 + exp(-x))`.
            Sigmoid "sigmoid" 1..=1 {}
            /// `max(x, 0) + ln(1 + exp(-|x|))`.
            Softplus "softplus" 1..=1 {}
            /// e to the power x.
            Exp "exp" 1..=1 {}
            /// The natural logarithm.
            Log "log" 1..=1 {}
            /// The natural logarithm of the larger of x and `epsilon`.
            SafeLog "safe_log" 1..=1 { epsilon: Literal }
            /// The sine of an angle in radians.
            Sin "sin" 1..=1 {}
            /// The cosine of an angle in radians.
            Cos "cos" 1..=1 {}
            /// The error function.
            Erf "erf" 1..=1 {}
            /// `x` put between `lo` and `hi`; `hi` if `lo > hi`.
            Clamp "clamp" 1..=1 { lo: Literal, hi: Literal }
            /// `v` where `lo < x < hi`, else `+0`; operands `x, v`.
            ClampGate "clamp_gate" 2..=2 { lo: Literal, hi: Literal }
            /// The larger of two, elementwise.
            Maximum "maximum" 2..=2 {}
            /// The smaller of two, elementwise.
            Minimum "minimum" 2..=2 {}
            /// `x` where `a > b`, else `y`; operands `a, b, x, y`.
            SelectGt "select_gt" 4..=4 {}
            /// `x` itself, out of which no derivative flows.
            Detach "detach" 1..=1 {}

            /// The sum over some axes, which are removed.
            Sum "sum" 1..=1 { axes: PerAxis }
            /// The mean over some axes, which are removed.
            Mean "mean" 1..=1 { axes: PerAxis }

            /// The largest element along an axis, which is removed.
            Max "max" 1..=1 { axis: usize }
            /// `ln(sum(exp(x)))` along an axis, which is removed.
            LogSumExp "logsumexp" 1..=1 { axis: usize }

            /// `e / sum(e)` with `e = exp(x - max(x))`, along one axis.
            Softmax "softmax" 1..=1 { axis: usize }
            /// The softmax of the allowed elements of the last axis, queries by keys; zeros elsewhere.
            MaskedSoftmax "masked_softmax" 1..=1 { causal: bool, shared: Option<NatId>, present: Option<NatId> }
            /// The allowed elements of queries by keys; zeros elsewhere. Its own adjoint.
            KeepAllowed "keep_allowed" 1..=1 { causal: bool, shared: Option<NatId>, present: Option<NatId> }
            /// `(x - max(x)) - ln(sum(e))` with `e = exp(x - max(x))`, along one axis.
            LogSoftmax "log_softmax" 1..=1 { axis: usize }
            /// The mean of `-log_softmax(x)` at the labels, along the last axis.
            CrossEntropy "cross_entropy" 1..=1 { labels: NatId }
            /// The mean of the squared differences.
            MseLoss "mse_loss" 2..=2 {}

            /// The matrix product, of matrices, of a stack by a matrix, or of two stacks.
            MatMul "matmul" 2..=2 { transpose_a: bool, transpose_b: bool }
            /// `x wᵀ + b` with operands `w, b, x`.
            Linear "linear" 3..=3 {}
            /// Cross-correlation, with operands `w, x` or `w, b, x`.
            Conv "conv" 2..=3 {
                stride: PerSpatialAxis, padding: PerSpatialAxis, dilation: PerSpatialAxis, groups: usize
            }
            /// The adjoint of a convolution in its input, with operands `w, d`.
            ConvInput "conv_input" 2..=2 {
                spatial: PerSpatialAxis, stride: PerSpatialAxis, padding: PerSpatialAxis, dilation: PerSpatialAxis,
                groups: usize
            }
            /// The adjoint of a convolution in its weight, with operands `x, d`.
            ConvWeight "conv_weight" 2..=2 {
                kernel: PerSpatialAxis, stride: PerSpatialAxis, padding: PerSpatialAxis, dilation: PerSpatialAxis,
                groups: usize
            }
            /// The largest cell of each window.
            MaxPool "max_pool" 1..=1 { kernel: PerSpatialAxis, stride: PerSpatialAxis, padding: PerSpatialAxis }
            /// The value of `v` at the cell where `x` is largest, for each window; operands `x, v`.
            MaxPoolSelect "max_pool_select" 2..=2 {
                kernel: PerSpatialAxis, stride: PerSpatialAxis, padding: PerSpatialAxis
            }
            /// The adjoint of `max_pool_select` in `v`, with operands `x, d`.
            MaxPoolScatter "max_pool_scatter" 2..=2 {
                kernel: PerSpatialAxis, stride: PerSpatialAxis, padding: PerSpatialAxis
            }
            /// The mean of each window; padding counts as 0 and in the divisor.
            AvgPool "avg_pool" 1..=1 { kernel: PerSpatialAxis, stride: PerSpatialAxis, padding: PerSpatialAxis }
            /// The adjoint of `avg_pool`: each cell of a window has an equal share of `d`.
            AvgPoolSpread "avg_pool_spread" 1..=1 {
                spatial: PerSpatialAxis, kernel: PerSpatialAxis, stride: PerSpatialAxis, padding: PerSpatialAxis
            }
            /// The cells of each window along a new last axis, row-major; `fill` in the padding.
            Unfold "unfold" 1..=1 {
                kernel: PerSpatialAxis, stride: PerSpatialAxis, padding: PerSpatialAxis, fill: Literal
            }
            /// The adjoint of `unfold`: the cells of all windows added where they came from.
            Fold "fold" 1..=1 {
                spatial: PerSpatialAxis, kernel: PerSpatialAxis, stride: PerSpatialAxis, padding: PerSpatialAxis
            }

            /// The same elements in row-major order under another shape.
            Reshape "reshape" 1..=1 { to: DynShape }
            /// Axis `i` of the result is axis `axes[i]` of the operand.
            Permute "permute" 1..=1 { axes: PerAxis }
            /// Repeats along new leading axes and along axes of size 1.
            Broadcast "broadcast" 1..=1 { to: DynShape }
            /// Joins two tensors along an axis.
            Concat "concat" 2..=2 { axis: usize }
            /// The positions `start..end` of an axis.
            Slice "slice" 1..=1 { axis: usize, start: usize, end: usize }
            /// Zeros before and after, along an axis.
            Pad "pad" 1..=1 { axis: usize, before: usize, after: usize }
            /// `x` with `v` added at one position of axis 0; operands `x, v`.
            ScatterAdd "scatter_add" 2..=2 { index: usize }

            /// Rows of a matrix, by index; out of range: a row of zeros.
            GatherRows "gather_rows" 1..=1 { indices: NatId }
            /// The adjoint of `gather_rows`: rows added by index into `rows` rows of zeros.
            ScatterRows "scatter_rows" 1..=1 { indices: NatId, rows: usize }
            /// One element of the last axis for each leading position, by index; out of range: 0.
            GatherLast "gather_last" 1..=1 { indices: NatId }
            /// The lines of the last axis whose index is below `size`; the others are zeros. Its own adjoint.
            KeepValid "keep_valid" 1..=1 { indices: NatId, size: usize }
            /// The adjoint of `gather_last`: each element at its index of a last axis of zeros.
            ScatterLast "scatter_last" 1..=1 { indices: NatId, size: usize }
            /// Zeros with the probability `rate`, by a random key; the other elements divided by `1 - rate`.
            /// Its own adjoint.
            Dropout "dropout" 1..=1 { rate: Literal, key: NatId }
        }
    };
}
pub(crate) use ops;

/// A row of the table of operations, in words.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Description {
    /// The name in the text form.
    pub name: &'static str,
    /// What it computes.
    pub doc: &'static str,
    /// The numbers of operands it takes.
    pub arity: (usize, usize),
    /// The names and types of its attributes.
    pub attributes: &'static [(&'static str, &'static str)],
}

macro_rules! define {
    ($($(#[doc = $doc:literal])* $op:ident $name:literal $arity:tt..=$most:tt {
        $($attribute:ident: $type:ty),* $(,)?
    })*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Hash)]
            pub struct $op {
                $(#[allow(missing_docs)] pub $attribute: $type,)*
            }

            impl From<$op> for Op {
                fn from(op: $op) -> Self {
                    Self::$op(op)
                }
            }
        )*

        /// An operation with its attributes.
        #[derive(Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Op {
            $($(#[doc = $doc])* $op($op),)*
        }

        impl Clone for Op {
            fn clone(&self) -> Self {
                match self {
                    $(Self::$op(op) => Self::$op(op.clone()),)*
                }
            }

            /// Copies the attributes that there are: most operations have few, and there is room for many.
            fn clone_from(&mut self, other: &Self) {
                match other {
                    $(Self::$op(op) => *self = Self::$op(op.clone()),)*
                }
            }
        }

        impl Op {
            /// The names of all operations, in the order of the table.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The rows of the table, in words.
            pub const DESCRIPTIONS: &[Description] = &[$(Description {
                name: $name,
                doc: concat!($($doc),*),
                arity: ($arity, $most),
                attributes: &[$((stringify!($attribute), stringify!($type))),*],
            }),*];

            /// The name in the text form.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$op(_) => $name,)*
                }
            }

            /// The numbers of operands it takes.
            pub fn arity(&self) -> RangeInclusive<usize> {
                match self {
                    $(Self::$op(_) => $arity..=$most,)*
                }
            }

            /// Shows each attribute, in the order of the table.
            fn each(&self, _see: &mut dyn FnMut(&'static str, &dyn Attribute)) {
                match self {
                    $(Self::$op(_op) => {
                        $(_see(stringify!($attribute), &_op.$attribute);)*
                    })*
                }
            }

            /// The same, to be filled in.
            fn each_mut(&mut self, _see: &mut dyn FnMut(&'static str, &mut dyn Blank)) {
                match self {
                    $(Self::$op(_op) => {
                        $(_see(stringify!($attribute), &mut _op.$attribute);)*
                    })*
                }
            }

            /// Shows the natural-number inputs that its attributes name.
            #[inline]
            fn each_natural(&self, mut _see: impl FnMut(NatId)) {
                match self {
                    $(Self::$op(_op) => {
                        $(if let Some(natural) = _op.$attribute.natural() { _see(natural) })*
                    })*
                }
            }

            /// The operation of this name, with any attributes.
            fn blank(name: &str) -> Option<Self> {
                Some(match name {
                    $($name => Self::$op($op { $($attribute: Attribute::blank(),)* }),)*
                    _ => return None,
                })
            }
        }
    };
}

ops!(define);

impl Op {
    /// The attributes with their text forms, in the order of the table.
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        let mut attributes = Vec::new();
        self.each(&mut |key, attribute| attributes.push((key, attribute.print())));
        attributes
    }

    /// Whether its value depends on natural-number inputs.
    #[inline]
    pub fn reads_naturals(&self) -> bool {
        let mut reads = false;
        self.each_natural(|_| reads = true);
        reads
    }

    /// Whether there are all natural-number inputs that its attributes name, if there are this many.
    #[inline]
    pub(super) fn reads_below(&self, naturals: usize) -> bool {
        let mut below = true;
        self.each_natural(|natural| below &= natural.index() < naturals);
        below
    }

    /// Whether the two are equal but for the values of constants, which a tape takes when it runs.
    pub(super) fn same_program(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => a.shape == b.shape && a.data.len() == b.data.len(),
            (a, b) => a == b,
        }
    }

    /// The natural-number inputs that its attributes name.
    pub(super) fn naturals(&self) -> Vec<NatId> {
        let mut naturals = Vec::new();
        self.each_natural(|natural| naturals.push(natural));
        naturals
    }

    /// The operation of this name with these attributes, or what is wrong.
    pub(crate) fn parse(name: &str, attributes: &[(&str, &str)]) -> Result<Self, String> {
        let mut op = Self::blank(name).ok_or_else(|| format!("there is no operation `{name}`"))?;
        let mut rest = attributes.iter();
        let mut result = Ok(());
        op.each_mut(&mut |key, attribute| {
            if result.is_ok() {
                result = read(name, key, rest.next(), attribute);
            }
        });
        result?;
        match rest.next() {
            Some((key, _)) => Err(format!("`{name}` has no attribute `{key}`")),
            None => Ok(op),
        }
    }
}

/// Reads the next attribute of an operation, which must be the one named `key`.
fn read(op: &str, key: &str, next: Option<&(&str, &str)>, attribute: &mut dyn Blank) -> Result<(), String> {
    match next {
        Some(&(found, text)) if found == key => match attribute.fill(text) {
            true => Ok(()),
            false => Err(format!("`{text}` is not a value of the attribute `{key}`")),
        },
        Some((found, _)) => Err(format!("`{op}` has the attribute `{found}` where `{key}` is expected")),
        None => Err(format!("`{op}` lacks the attribute `{key}`")),
    }
}
