//! For every operation of the builder: random operands and arguments that it accepts, with the shape that it
//! should give, worked out here independently.

use session::builder::{Argument, operations};
use session::ir::{DynShape, Id, NatId};
use session::{Error, GraphBuilder};

use crate::draft::{bounds, filled, shape, then};
use crate::{Points, Source, rearranged, spatial};

/// A call by name with what it accepts.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name of the operation.
    pub name: &'static str,
    /// The shapes of its operands.
    pub operands: Vec<DynShape>,
    /// The natural-number inputs that it reads: shapes, and the sizes that bound the numbers.
    pub naturals: Vec<(DynShape, usize)>,
    /// How many of them are given by position: the first; arguments name the others.
    pub positional: usize,
    /// The arguments.
    pub arguments: Vec<(&'static str, Argument)>,
    /// The shape of its value.
    pub output: DynShape,
}

/// Less than the distance of any two smooth numbers, and more: no difference comes near these.
const DELTAS: [f64; 2] = [1e-3, 6.0];

/// An ε that keeps derivatives of second order small where a variance is 0.
const EPSILONS: [f64; 3] = [0.25, 1.0, 0.5];

pub(crate) fn number(number: f64) -> Argument {
    Argument::Number(number)
}

pub(crate) fn size(size: usize) -> Argument {
    Argument::Number(size as f64)
}

pub(crate) fn list(sizes: &[usize]) -> Argument {
    Argument::Numbers(sizes.to_vec())
}

impl Call {
    pub(crate) fn new(operands: &[DynShape], output: DynShape) -> Self {
        let (naturals, arguments) = (Vec::new(), Vec::new());
        Self { name: "", operands: operands.to_vec(), naturals, positional: 0, arguments, output }
    }

    /// With a further argument.
    #[must_use]
    pub fn with(mut self, key: &'static str, argument: Argument) -> Self {
        self.arguments.push((key, argument));
        self
    }

    pub(crate) fn indexed(mut self, shape: DynShape, bound: usize) -> Self {
        self.naturals.push((shape, bound));
        self.positional += 1;
        self
    }

    /// A random use of the operation with this name.
    ///
    /// # Panics
    /// If nothing here makes the operation: every row of the table needs its draft.
    pub fn random(name: &'static str, points: Points, source: &mut Source) -> Self {
        let call = elementwise(name, source)
            .or_else(|| reduction(name, source))
            .or_else(|| loss(name, points, source))
            .or_else(|| product(name, source))
            .or_else(|| rearranged::draft(name, source))
            .or_else(|| spatial::draft(name, source))
            .or_else(|| norm(name, source))
            .or_else(|| attention(name, source))
            .unwrap_or_else(|| panic!("no draft calls the operation `{name}`: give it one, or it goes untested"));
        Self { name, ..call }
    }

    /// Every row of the table.
    pub fn names() -> Vec<&'static str> {
        operations().flat_map(|(_, rows)| rows).map(|row| row.name).collect()
    }

    /// A builder that has the operands and the natural-number inputs and nothing else.
    ///
    /// # Errors
    /// If a shape has too many elements to count.
    pub fn inputs(&self) -> Result<GraphBuilder, Error> {
        let mut builder = GraphBuilder::new();
        self.operands.iter().try_for_each(|&shape| builder.input(shape).map(drop))?;
        self.naturals.iter().try_for_each(|&(shape, _)| builder.input_nats(shape).map(drop))?;
        Ok(builder)
    }

    /// Calls the operation in a builder that [`inputs`](Self::inputs) has made.
    ///
    /// # Errors
    /// Those of the operation.
    pub fn apply(&self, builder: &mut GraphBuilder) -> Result<Id, Error> {
        let operands: Vec<Id> = (0..self.operands.len()).map(Id::new).collect();
        let naturals: Vec<NatId> = (0..self.positional).map(NatId::new).collect();
        builder.call(self.name, &operands, &naturals, &self.arguments)
    }
}

fn elementwise(name: &str, source: &mut Source) -> Option<Call> {
    let x = source.shape(0, 8);
    let any = source.pick(&[1.0, -1.75, 0.0, 0.3]);
    let unary = || Call::new(&[x], x);
    Some(match name {
        "neg" | "square" | "reciprocal" | "abs" | "sqrt" | "relu" | "gelu" | "gelu_tanh" | "silu" | "sigmoid"
        | "tanh" | "softplus" | "exp" | "log" | "sin" | "cos" | "erf" | "detach" => unary(),
        "add" | "sub" | "mul" | "div" | "maximum" | "minimum" => Call::new(&[x; 2], x),
        "broadcast_add" | "broadcast_sub" | "broadcast_mul" | "broadcast_div" => {
            let low = shape(x.iter().copied().skip(source.below(x.len() + 1)));
            Call::new(&if source.flag() { [x, low] } else { [low, x] }, x)
        }
        "select_gt" => Call::new(&[x; 4], x),
        "scale" | "add_scalar" | "scalar_sub" | "scalar_div" => unary().with("c", number(any)),
        "div_scalar" => unary().with("c", number(source.pick(&[1.0, -1.75, 3.0]))),
        "pow" => unary().with("exponent", number(source.pick(&[2.0, 3.0, 1.0, 0.0, 0.5, -1.0, -1.5]))),
        "clamp" => {
            let (lo, hi) = bounds(source);
            unary().with("lo", number(lo)).with("hi", number(hi))
        }
        "leaky_relu" => unary().with("slope", number(source.pick(&[0.01, 0.3, -0.5, 0.0]))),
        "elu" => unary().with("alpha", number(source.pick(&[1.0, 0.3, -0.5]))),
        "safe_log" => unary().with("eps", number(source.pick(&[1e-6, 0.5, 1.0]))),
        "dropout" | "dropout_nat" => {
            let call = unary().with("p", number(source.pick(&[0.5, 0.1, 0.0, 0.9, 1.0])));
            match name {
                "dropout" => call.indexed(DynShape::SCALAR, 1 << 20),
                _ => call.with("key", size(source.below(1 << 20))),
            }
        }
        "literal" => Call::new(&[], DynShape::SCALAR).with("c", number(any)),
        "full" => Call::new(&[], x).with("shape", list(&x)).with("c", number(any)),
        _ => return None,
    })
}

fn reduction(name: &str, source: &mut Source) -> Option<Call> {
    // The mean, the largest element and the logarithm of the sum of nothing have no adjoint.
    let x = filled(source.shape(0, 8));
    let long = filled(source.shape(1, 8));
    let (axis, last) = (source.below(long.len()), long.len() - 1);
    let without = |axis: usize| long.without(|other| other == axis);
    Some(match name {
        "softmax" | "log_softmax" => {
            let x = source.shape(0, 8);
            Call::new(&[x], x)
        }
        "softmax_axis" | "log_softmax_axis" => Call::new(&[long], long).with("axis", size(axis)),
        "logsumexp" => Call::new(&[long], without(last)),
        "logsumexp_axis" | "mean_axis" | "max_axis" | "min_axis" => {
            Call::new(&[long], without(axis)).with("axis", size(axis))
        }
        "sum" => Call::new(&[source.shape(0, 8)], DynShape::SCALAR),
        "sum_axis" => {
            let x = source.shape(1, 8);
            let axis = source.below(x.len());
            Call::new(&[x], x.without(|other| other == axis)).with("axis", size(axis))
        }
        "mean" => Call::new(&[x], DynShape::SCALAR),
        // The variance of one element is NaN; it has a test of its own.
        "var" => Call::new(&[long.with(axis, long[axis] + 1)], DynShape::SCALAR),
        "global_avg_pool" => Call::new(&[long], shape(long[..axis].iter().copied())).with("axis", size(axis)),
        _ => return None,
    })
}

fn loss(name: &str, points: Points, source: &mut Source) -> Option<Call> {
    let (x, rows, classes) = (filled(source.shape(0, 8)), filled(source.shape(0, 7)), source.size());
    let pair = Call::new(&[x; 2], DynShape::SCALAR);
    Some(match name {
        "mse_loss" | "l1_loss" | "bce_with_logits" => pair,
        "huber_loss" => {
            // Tied points stand on the kink, smooth ones stay away from it.
            let delta = if points == Points::Tied { 1.0 } else { source.pick(&DELTAS) };
            pair.with("delta", number(delta))
        }
        "cross_entropy" | "nll_loss" => Call::new(&[then(rows, classes)], DynShape::SCALAR).indexed(rows, classes),
        _ => return None,
    })
}

fn product(name: &str, source: &mut Source) -> Option<Call> {
    let [m, k, n, stack] = [source.size(), source.size(), source.size(), source.size()];
    let rows = source.shape(0, 7);
    let stacked = || Call::new(&[shape([stack, m, k]), shape([stack, k, n])], shape([stack, m, n]));
    Some(match name {
        "matmul" => match source.below(3) {
            0 => Call::new(&[then(rows, k), shape([k, n])], then(rows, n)),
            1 => Call::new(&[shape([m, k]), shape([k])], shape([m])),
            _ => stacked(),
        },
        "bmm" => stacked(),
        "linear" => Call::new(&[shape([n, k]), shape([n]), then(rows, k)], then(rows, n)),
        _ => return None,
    })
}

fn norm(name: &str, source: &mut Source) -> Option<Call> {
    let x = source.shape(1, 8);
    let last = shape([x[x.len() - 1]]);
    let [channels, height, width] = [source.size(), source.size(), source.size()];
    let batch = if source.flag() { vec![source.size()] } else { Vec::new() };
    let image = shape(batch.into_iter().chain([channels, height, width]));
    let channels = shape([channels]);
    let eps = number(source.pick(&EPSILONS));
    let call = match name {
        "layer_norm" => Call::new(&[x, last, last], x),
        "rms_norm" => Call::new(&[x, last], x),
        "batch_norm" => Call::new(&[image, channels, channels], image),
        "batch_norm_eval" => Call::new(&[image, channels, channels, channels, channels], image),
        "group_norm" => {
            let (groups, width, rest) = (source.between(1, 3), source.size(), source.shape(0, 3));
            let x = shape([source.size(), groups * width].into_iter().chain(rest.iter().copied()));
            let channels = shape([groups * width]);
            Call::new(&[x, channels, channels], x).with("groups", size(groups))
        }
        _ => return None,
    };
    Some(call.with("eps", eps))
}

fn attention(name: &str, source: &mut Source) -> Option<Call> {
    if name != "multi_head_attention" {
        return None;
    }
    let [features, positions] = [source.size(), source.size()];
    let (heads, depth) = (source.between(1, 3), source.between(1, 2));
    let batch = source.flag().then(|| source.between(0, 2));
    let x = shape(batch.into_iter().chain([positions, features]));
    let (into, out) = (shape([features, heads * depth]), shape([heads * depth, features]));
    let mut call = Call::new(&[into, into, into, out, x], x).with("heads", size(heads));
    if source.flag() {
        call = call.with("causal", Argument::Flag(true));
    }
    let present = batch.map(|batch| ("present", shape([batch, positions])));
    for (key, mask) in [Some(("mask", shape([positions; 2]))), present].into_iter().flatten() {
        if source.flag() {
            // Mostly 0 and 1.
            call.naturals.push((mask, 1));
            let natural = Argument::Natural(NatId::new(call.naturals.len() - 1));
            call = call.with(key, natural);
        }
    }
    Some(call)
}
