//! For every operation of the table: random attributes and operands that it accepts, with the shape
//! that it should give, worked out here independently.

use session::ir::{Data, DynShape, NatId, Op, op};

use crate::Source;
use crate::convolution;

/// An operation with the shapes of operands that it accepts.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The operation.
    pub op: Op,
    /// The shapes of its operands.
    pub operands: Vec<DynShape>,
    /// The natural-number inputs that it reads: shapes, and the sizes that bound the numbers.
    pub naturals: Vec<(DynShape, usize)>,
    /// The shape of its value.
    pub output: DynShape,
}

impl Draft {
    pub(crate) fn new(op: impl Into<Op>, operands: &[DynShape], output: DynShape) -> Self {
        Self { op: op.into(), operands: operands.to_vec(), naturals: Vec::new(), output }
    }

    fn indexed(mut self, shape: DynShape, bound: usize) -> Self {
        self.naturals.push((shape, bound));
        self
    }

    /// A random use of the operation with this name; the natural-number inputs that it reads are `natural`
    /// and those that follow.
    ///
    /// # Panics
    /// If nothing here makes the operation: every operation of the table needs its draft.
    pub fn random(name: &str, source: &mut Source, natural: NatId) -> Self {
        elementwise(name, source)
            .or_else(|| reduction(name, source, natural))
            .or_else(|| product(name, source))
            .or_else(|| convolution::draft(name, source))
            .or_else(|| mask(name, source, natural))
            .or_else(|| movement(name, source))
            .or_else(|| index(name, source, natural))
            .unwrap_or_else(|| panic!("no draft makes the operation `{name}`: give it one, or it goes untested"))
    }
}

/// A shape from sizes.
pub(crate) fn shape(sizes: impl IntoIterator<Item = usize>) -> DynShape {
    sizes.into_iter().collect()
}

/// The same shape with no axis empty.
pub(crate) fn filled(sizes: DynShape) -> DynShape {
    sizes.iter().map(|&size| size.max(1)).collect()
}

/// A shape followed by one more axis.
pub(crate) fn then(leading: DynShape, last: usize) -> DynShape {
    leading.iter().copied().chain([last]).collect()
}

/// The bounds of a clamp, also the wrong way round.
pub(crate) fn bounds(source: &mut Source) -> (f64, f64) {
    source.pick(&[(-1.0, 1.0), (0.0, 2.0), (-1.0, -1.0), (1.0, -1.0), (-0.7, f64::INFINITY)])
}

fn elementwise(name: &str, source: &mut Source) -> Option<Draft> {
    let x = source.shape(0, 8);
    let number = source.pick(&[1.0, -1.75, 0.0, 0.3]).into();
    let unary = |op: Op| Draft::new(op, &[x], x);
    let binary = |op: Op| Draft::new(op, &[x, x], x);
    Some(match name {
        "constant" => {
            let x = source.shape(0, 3);
            Draft::new(op::Constant { shape: x, data: Data::new(source.distinct(x.elements())) }, &[], x)
        }
        "full" => Draft::new(op::Full { shape: x, value: number }, &[], x),
        "add" => binary(op::Add {}.into()),
        "sub" => binary(op::Sub {}.into()),
        "mul" => binary(op::Mul {}.into()),
        "div" => binary(op::Div {}.into()),
        "gate" => binary(op::Gate {}.into()),
        "clamp_gate" => {
            let (lo, hi) = bounds(source);
            binary(op::ClampGate { lo: lo.into(), hi: hi.into() }.into())
        }
        "maximum" => binary(op::Maximum {}.into()),
        "minimum" => binary(op::Minimum {}.into()),
        "select_gt" => Draft::new(op::SelectGt {}, &[x; 4], x),
        "neg" => unary(op::Neg {}.into()),
        "scale" => unary(op::Scale { factor: number }.into()),
        "div_scalar" => unary(op::DivScalar { number: source.pick(&[1.0, -1.75, 3.0]).into() }.into()),
        "add_scalar" => unary(op::AddScalar { number }.into()),
        "scalar_sub" => unary(op::ScalarSub { number }.into()),
        "scalar_div" => unary(op::ScalarDiv { number }.into()),
        "leaky_relu" => unary(op::LeakyRelu { slope: source.pick(&[0.01, 0.3, -0.5, 0.0]).into() }.into()),
        "elu" => unary(op::Elu { alpha: source.pick(&[1.0, 0.3, -0.5]).into() }.into()),
        "gelu" => unary(op::Gelu {}.into()),
        "gelu_tanh" => unary(op::GeluTanh {}.into()),
        "silu" => unary(op::Silu {}.into()),
        "abs" => unary(op::Abs {}.into()),
        "sqrt" => unary(op::Sqrt {}.into()),
        "pow" => unary(op::Pow { exponent: source.pick(&[2.0, 3.0, 1.0, 0.0, 0.5, -1.0, -1.5]).into() }.into()),
        "sigmoid" => unary(op::Sigmoid {}.into()),
        "softplus" => unary(op::Softplus {}.into()),
        "safe_log" => unary(op::SafeLog { epsilon: source.pick(&[1e-6, 0.5, 1.0]).into() }.into()),
        "sin" => unary(op::Sin {}.into()),
        "cos" => unary(op::Cos {}.into()),
        "erf" => unary(op::Erf {}.into()),
        "clamp" => {
            let (lo, hi) = bounds(source);
            unary(op::Clamp { lo: lo.into(), hi: hi.into() }.into())
        }
        "detach" => unary(op::Detach {}.into()),
        "relu" => unary(op::Relu {}.into()),
        "tanh" => unary(op::Tanh {}.into()),
        "exp" => unary(op::Exp {}.into()),
        "log" => unary(op::Log {}.into()),
        "axpy" => Draft::new(op::Axpy {}, &[DynShape::SCALAR, x, x], x),
        _ => return None,
    })
}

fn reduction(name: &str, source: &mut Source, natural: NatId) -> Option<Draft> {
    let x = source.shape(0, 8);
    let axis = source.below(x.len().max(1));
    let dropped: Vec<bool> = x.iter().map(|_| source.flag()).collect();
    let axes = shape((0..x.len()).filter(|&axis| dropped[axis]));
    let kept = |x: DynShape| shape((0..x.len()).filter(|&axis| !dropped[axis]).map(|axis| x[axis]));
    Some(match name {
        "sum" => Draft::new(op::Sum { axes }, &[x], kept(x)),
        // A mean of nothing is NaN, which has no adjoint; it has a test of its own.
        "mean" => {
            let x = shape(x.iter().zip(&dropped).map(|(&size, &dropped)| if dropped { size.max(1) } else { size }));
            Draft::new(op::Mean { axes }, &[x], kept(x))
        }
        "max" => {
            let x = filled(source.shape(1, 8));
            let axis = source.below(x.len());
            Draft::new(op::Max { axis }, &[x], x.without(|other| other == axis))
        }
        "logsumexp" => {
            // The logarithm of no terms is -inf, which has no adjoint.
            let x = if x.is_empty() { x } else { x.with(axis, x[axis].max(1)) };
            Draft::new(op::LogSumExp { axis }, &[x], x.without(|other| other == axis))
        }
        "softmax" => Draft::new(op::Softmax { axis }, &[x], x),
        "log_softmax" => Draft::new(op::LogSoftmax { axis }, &[x], x),
        "mse_loss" => Draft::new(op::MseLoss {}, &[filled(x); 2], DynShape::SCALAR),
        "cross_entropy" => {
            let (rows, classes) = (filled(source.shape(0, 7)), source.size());
            let draft = Draft::new(op::CrossEntropy { labels: natural }, &[then(rows, classes)], DynShape::SCALAR);
            draft.indexed(rows, classes)
        }
        _ => return None,
    })
}

fn mask(name: &str, source: &mut Source, natural: NatId) -> Option<Draft> {
    let x = source.shape(2, 5);
    let [queries, keys] = [x[x.len() - 2], x[x.len() - 1]];
    let mut naturals = Vec::new();
    let mut given = |wanted: bool, sizes: [usize; 2]| {
        wanted.then(|| {
            // Mostly 0 and 1.
            naturals.push((shape(sizes), 1));
            NatId::new(natural.index() + naturals.len() - 1)
        })
    };
    let (causal, with_shared, with_present) = (source.flag(), source.flag(), source.flag() && x.len() > 2);
    let shared = given(with_shared, [queries, keys]);
    let present = given(with_present, [x[0], keys]);
    let draft = match name {
        "masked_softmax" => Draft::new(op::MaskedSoftmax { causal, shared, present }, &[x], x),
        "keep_allowed" => Draft::new(op::KeepAllowed { causal, shared, present }, &[x], x),
        _ => return None,
    };
    Some(Draft { naturals, ..draft })
}

fn product(name: &str, source: &mut Source) -> Option<Draft> {
    let [m, k, n] = [source.size(), source.size(), source.size()];
    match name {
        "matmul" => {
            let (transpose_a, transpose_b) = (source.flag(), source.flag());
            let matmul = op::MatMul { transpose_a, transpose_b };
            let a = if transpose_a { [k, m] } else { [m, k] };
            let b = if transpose_b { [n, k] } else { [k, n] };
            Some(match source.below(4) {
                0 => Draft::new(matmul, &[shape(a), shape(b)], shape([m, n])),
                1 => {
                    let stack = source.size();
                    let stacked = |matrix: [usize; 2]| shape([stack, matrix[0], matrix[1]]);
                    Draft::new(matmul, &[stacked(a), stacked(b)], stacked([m, n]))
                }
                2 => {
                    let rows = source.shape(0, 7);
                    let matmul = op::MatMul { transpose_a: false, transpose_b };
                    Draft::new(matmul, &[then(rows, k), shape(b)], then(rows, n))
                }
                _ => {
                    let matmul = op::MatMul { transpose_a: false, transpose_b: false };
                    Draft::new(matmul, &[shape([m, k]), shape([k])], shape([m]))
                }
            })
        }
        "linear" => {
            let rows = source.shape(0, 7);
            Some(Draft::new(op::Linear {}, &[shape([n, k]), shape([n]), then(rows, k)], then(rows, n)))
        }
        _ => None,
    }
}

fn movement(name: &str, source: &mut Source) -> Option<Draft> {
    // Empty tensors have no axis to work along in some of these: rank 1 at least.
    let x = source.shape(1, 8);
    let axis = source.below(x.len());
    Some(match name {
        "reshape" => {
            let x = source.shape(0, 7);
            let order = source.permutation(x.len());
            let to = match source.below(3) {
                0 => shape([x.elements()]),
                1 => shape(order.iter().map(|&axis| x[axis])),
                _ => shape([1].into_iter().chain(x.iter().copied())),
            };
            Draft::new(op::Reshape { to }, &[x], to)
        }
        "permute" => {
            let x = source.shape(0, 8);
            let axes = shape(source.permutation(x.len()));
            Draft::new(op::Permute { axes }, &[x], shape(axes.iter().map(|&axis| x[axis])))
        }
        "broadcast" => {
            let x = source.shape(0, 5);
            let added = source.below(4);
            let mut to = source.sizes(added);
            to.extend(x.iter().map(|&size| if size == 1 && source.flag() { source.size() } else { size }));
            Draft::new(op::Broadcast { to: shape(to.clone()) }, &[x], shape(to))
        }
        "concat" => {
            let size = source.size();
            Draft::new(op::Concat { axis }, &[x, x.with(axis, size)], x.with(axis, x[axis] + size))
        }
        "slice" => {
            let start = source.between(0, x[axis]);
            let end = source.between(start, x[axis]);
            Draft::new(op::Slice { axis, start, end }, &[x], x.with(axis, end - start))
        }
        "pad" => {
            let (before, after) = (source.below(3), source.below(3));
            Draft::new(op::Pad { axis, before, after }, &[x], x.with(axis, x[axis] + before + after))
        }
        _ => return None,
    })
}

fn index(name: &str, source: &mut Source, indices: NatId) -> Option<Draft> {
    let (positions, size, bound) = (source.shape(0, 7), source.size(), source.size());
    let draft = match name {
        "gather_rows" => Draft::new(op::GatherRows { indices }, &[shape([bound, size])], then(positions, size)),
        "scatter_rows" => {
            let scatter = op::ScatterRows { indices, rows: bound };
            Draft::new(scatter, &[then(positions, size)], shape([bound, size]))
        }
        "gather_last" => Draft::new(op::GatherLast { indices }, &[then(positions, bound)], positions),
        "keep_valid" => {
            let x = then(positions, source.size());
            Draft::new(op::KeepValid { indices, size: bound }, &[x], x)
        }
        "scatter_add" => {
            let (rows, v) = (source.size().max(1), positions);
            let index = source.below(rows);
            let x = shape([rows].into_iter().chain(v.iter().copied()));
            return Some(Draft::new(op::ScatterAdd { index }, &[x, v], x));
        }
        "dropout" => {
            let x = source.shape(0, 8);
            let rate = source.pick(&[0.5, 0.1, 0.0, 0.9, 1.0]).into();
            return Some(Draft::new(op::Dropout { rate, key: indices }, &[x], x).indexed(DynShape::SCALAR, 1 << 20));
        }
        "scatter_last" => Draft::new(op::ScatterLast { indices, size: bound }, &[positions], then(positions, bound)),
        _ => return None,
    };
    Some(draft.indexed(positions, bound))
}
