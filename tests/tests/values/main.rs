//! Every operation's value against a second, naive definition that goes by coordinates.
//!
//! Operations that move elements or whose order of summation is a single chain must agree in every bit;
//! the others are close here, and their order has tests in `order.rs`.

use proptest::prelude::*;
use session::ir::{DynShape, NatId, Op};
use session::semantics::{Array, eval};
use session_tests::compare::{all_close, bits};
use session_tests::{Points, Program, Source, for_each_case, for_each_name};

mod naive;

use naive::{
    Convolution, Tensor, Windows, at, chain, convolution, coordinates, index_of, matrix, pool, split, stored, windows,
    with,
};

fn exponentials(x: &Tensor, coordinate: &[usize], axis: usize) -> (f64, f64) {
    if coordinate.is_empty() {
        return (1.0, 1.0);
    }
    let sum = (0..x.shape[axis]).map(|index| at(x, &with(coordinate, axis, index)).exp()).sum();
    (at(x, coordinate).exp(), sum)
}

/// The distribution function of the normal distribution, from its Taylor series: for small arguments.
fn normal_distribution(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / (2.0 * f64::from(n));
        sum += term / (2.0 * f64::from(n) + 1.0);
    }
    0.5 + sum / (2.0 * std::f64::consts::PI).sqrt()
}

/// Whether the query may attend to the key at a coordinate [.., query, key].
fn allowed(
    causal: bool,
    shared: Option<NatId>,
    present: Option<NatId>,
    naturals: &[Vec<usize>],
    shape: DynShape,
    c: &[usize],
) -> bool {
    let (query, key, keys) = (c[c.len() - 2], c[c.len() - 1], shape[shape.len() - 1]);
    let nonzero =
        |mask: Option<NatId>, row: usize| mask.is_none_or(|mask| naturals[mask.index()][row * keys + key] > 0);
    !(causal && key > query) && nonzero(shared, query) && nonzero(present, c[0])
}

/// The element of the value at a coordinate.
fn reference(op: &Op, operands: &[Tensor], naturals: &[Vec<usize>], output: DynShape, c: &[usize]) -> f64 {
    let ones = [1; 3];
    let element = |operand: usize| at(&operands[operand], c);
    let x = operands.first();
    let x = || x.expect("an operand");
    let index = |leading: &[usize], sizes: &[usize]| {
        naturals[0][leading.iter().zip(sizes).fold(0, |position, (&index, &size)| position * size + index)]
    };
    let (last, leading) = c.split_last().map_or((0, c), |(&last, leading)| (last, leading));
    match op {
        Op::Constant(op) => op.data.values().nth(index_of(output, c)).expect("an element"),
        Op::Full(op) => op.value.value(),
        Op::Add(_) => element(0) + element(1),
        Op::Sub(_) => element(0) - element(1),
        Op::Mul(_) => element(0) * element(1),
        Op::Div(_) => element(0) / element(1),
        Op::Neg(_) => -element(0),
        Op::Scale(op) => element(0) * op.factor.value(),
        Op::DivScalar(op) => element(0) / op.number.value(),
        Op::ScalarSub(op) => op.number.value() - element(0),
        Op::Axpy(_) => f64::mul_add(x().data[0], element(1), element(2)),
        Op::Gate(_) => {
            if element(0) <= 0.0 {
                0.0
            } else {
                element(1)
            }
        }
        Op::Relu(_) => {
            if element(0) <= 0.0 {
                0.0
            } else {
                element(0)
            }
        }
        Op::AddScalar(op) => element(0) + op.number.value(),
        Op::ScalarDiv(op) => op.number.value() / element(0),
        Op::LeakyRelu(op) => element(0) * if element(0) > 0.0 { 1.0 } else { op.slope.value() },
        Op::Elu(op) => {
            let x = element(0);
            if x > 0.0 { x } else { op.alpha.value() * x.exp_m1() }
        }
        Op::Gelu(_) => element(0) * normal_distribution(element(0)),
        Op::GeluTanh(_) => {
            let x = element(0);
            0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
        }
        Op::Silu(_) => element(0) / (1.0 + (-element(0)).exp()),
        Op::Abs(_) => element(0).abs(),
        Op::Sqrt(_) => element(0).sqrt(),
        Op::Pow(op) => element(0).powf(op.exponent.value()),
        Op::Tanh(_) => element(0).tanh(),
        Op::Sigmoid(_) => 1.0 / (1.0 + (-element(0)).exp()),
        Op::Softplus(_) => element(0).exp().ln_1p(),
        Op::Exp(_) => element(0).exp(),
        Op::Log(_) => element(0).ln(),
        Op::SafeLog(op) => element(0).max(op.epsilon.value()).ln(),
        Op::Sin(_) => element(0).sin(),
        Op::Cos(_) => element(0).cos(),
        Op::Erf(_) => 2.0 * normal_distribution(element(0) * std::f64::consts::SQRT_2) - 1.0,
        // As PyTorch: the smaller of hi and the larger of lo and x.
        Op::Clamp(op) => element(0).max(op.lo.value()).min(op.hi.value()),
        Op::ClampGate(op) => {
            if op.lo.value() < element(0) && element(0) < op.hi.value() {
                element(1)
            } else {
                0.0
            }
        }
        Op::Maximum(_) => element(0).max(element(1)),
        Op::Minimum(_) => element(0).min(element(1)),
        Op::SelectGt(_) => element(if element(0) > element(1) { 2 } else { 3 }),
        Op::Detach(_) => element(0),
        Op::Sum(op) => summed(x(), &op.axes, c).iter().sum(),
        Op::Mean(op) => {
            let terms = summed(x(), &op.axes, c);
            terms.iter().sum::<f64>() / terms.len() as f64
        }
        Op::Max(op) => {
            let mut axes = c.to_vec();
            axes.insert(op.axis, 0);
            (0..x().shape[op.axis]).map(|index| at(x(), &with(&axes, op.axis, index))).fold(f64::NEG_INFINITY, f64::max)
        }
        Op::LogSumExp(op) => summed(x(), &[op.axis], c).iter().map(|x| x.exp()).sum::<f64>().ln(),
        Op::MaskedSoftmax(op) => {
            let allowed = |c: &[usize]| allowed(op.causal, op.shared, op.present, naturals, x().shape, c);
            let axis = c.len() - 1;
            let terms = (0..x().shape[axis]).map(|key| with(c, axis, key)).filter(|c| allowed(c));
            let sum: f64 = terms.map(|c| at(x(), &c).exp()).sum();
            if allowed(c) { element(0).exp() / sum } else { 0.0 }
        }
        Op::KeepAllowed(op) => {
            if allowed(op.causal, op.shared, op.present, naturals, x().shape, c) {
                element(0)
            } else {
                0.0
            }
        }
        Op::Dropout(op) => {
            let index = index_of(output, c);
            let key = naturals[0][0] as u64;
            // The generator hands out the same words: a stream with a name of the seed that is the key.
            let stream = u64::from_be_bytes(*b"\0dropout");
            let mut rng = session::random::Rng::with_stream(key, stream);
            let word = (0..=index).map(|_| rng.next_u32()).last().expect("a word");
            let dropped = f64::from(word) < op.rate.value() * 2_f64.powi(32);
            if dropped { 0.0 } else { element(0) / (1.0 - op.rate.value()) }
        }
        Op::AvgPool(op) => {
            let planes = c.len() - op.kernel.len();
            let cells = coordinates(&op.kernel).into_iter().filter_map(|offset| {
                let cell = windows!(op, ones).cell(&x().shape[planes..], &c[planes..], &offset)?;
                Some(at(x(), &[&c[..planes], cell.as_slice()].concat()))
            });
            cells.sum::<f64>() / op.kernel.iter().product::<usize>() as f64
        }
        Op::AvgPoolSpread(op) => {
            let planes = c.len() - op.kernel.len();
            let d = &operands[0];
            let same_plane = coordinates(&d.shape).into_iter().filter(|window| window[..planes] == c[..planes]);
            stored(same_plane.filter_map(|window| {
                let covers = coordinates(&op.kernel).into_iter().any(|offset| {
                    let cell = windows!(op, ones).cell(&op.spatial, &window[planes..], &offset);
                    cell.as_deref() == Some(&c[planes..])
                });
                covers.then(|| at(d, &window) / op.kernel.iter().product::<usize>() as f64)
            }))
        }
        Op::Unfold(op) => {
            let spatial = op.kernel.len();
            let (windows, planes) = (windows!(op, ones), c.len() - 1 - spatial);
            let offset = &coordinates(&op.kernel)[last];
            match windows.cell(&x().shape[planes..], &c[planes..planes + spatial], offset) {
                Some(cell) => at(x(), &[&c[..planes], cell.as_slice()].concat()),
                None => op.fill.value(),
            }
        }
        Op::Fold(op) => {
            let (windows, planes) = (windows!(op, ones), c.len() - op.kernel.len());
            let d = &operands[0];
            let same_plane = coordinates(&d.shape).into_iter().filter(|from| from[..planes] == c[..planes]);
            stored(same_plane.filter_map(|from| {
                let (position, kernel) = (&from[planes..from.len() - 1], from[from.len() - 1]);
                let cell = windows.cell(&op.spatial, position, &coordinates(&op.kernel)[kernel])?;
                (cell == c[planes..]).then(|| at(d, &from))
            }))
        }
        Op::ScatterAdd(op) => {
            if c[0] == op.index {
                element(0) + at(&operands[1], &c[1..])
            } else {
                element(0)
            }
        }
        Op::Softmax(op) => {
            let (e, sum) = exponentials(x(), c, op.axis);
            e / sum
        }
        Op::LogSoftmax(op) => {
            let (e, sum) = exponentials(x(), c, op.axis);
            (e / sum).ln()
        }
        Op::CrossEntropy(_) => {
            let (&classes, rows) = x().shape.split_last().expect("a last axis");
            let losses = coordinates(rows).into_iter().map(|row| {
                let label = index(&row, rows);
                let logit = [row.as_slice(), &[label]].concat();
                let loss = || exponentials(x(), &logit, rows.len());
                if label < classes { -(loss().0 / loss().1).ln() } else { 0.0 }
            });
            losses.sum::<f64>() / rows.iter().product::<usize>() as f64
        }
        Op::MseLoss(_) => {
            let squares = x().data.iter().zip(&operands[1].data).map(|(a, b)| (a - b).powi(2));
            squares.sum::<f64>() / x().data.len() as f64
        }
        Op::MatMul(op) => {
            let (a, b) = (&operands[0], &operands[1]);
            match (a.shape.len(), b.shape.len()) {
                (3, 3) | (2, 2) => {
                    let [stack, i, j] = if c.len() == 3 { [c[0], c[1], c[2]] } else { [0, c[0], c[1]] };
                    let inner = if op.transpose_a { a.shape.len() - 2 } else { a.shape.len() - 1 };
                    chain(
                        (0..a.shape[inner]).map(|k| {
                            (matrix(a, op.transpose_a, stack, [i, k]), matrix(b, op.transpose_b, stack, [k, j]))
                        }),
                    )
                }
                (_, rank) => {
                    let (row, column) = if rank == 2 { (leading, last) } else { (c, 0) };
                    chain(
                        (0..a.shape[a.shape.len() - 1])
                            .map(|k| (at(a, &[row, &[k]].concat()), matrix(b, op.transpose_b, 0, [k, column]))),
                    )
                }
            }
        }
        Op::Linear(_) => {
            let [w, b, x] = operands else { panic!("three operands") };
            chain((0..w.shape[1]).map(|k| (at(x, &[leading, &[k]].concat()), at(w, &[last, k])))) + b.data[last]
        }
        Op::Conv(op) => {
            let (w, x) = (&operands[0], &operands[operands.len() - 1]);
            let (image, channel, window) = split(c, w.shape.len() - 2);
            let sum = convolution!(op, w.shape, x.shape, output).forward(w, x, image, channel, window);
            if operands.len() == 3 { sum + operands[1].data[channel] } else { sum }
        }
        Op::ConvInput(op) => {
            let (w, d) = (&operands[0], &operands[1]);
            let (image, channel, cell) = split(c, w.shape.len() - 2);
            convolution!(op, w.shape, output, d.shape).to_input(w, d, image, channel, cell)
        }
        Op::ConvWeight(op) => {
            let (x, d) = (&operands[0], &operands[1]);
            convolution!(op, output, x.shape, d.shape).to_weight(x, d, c[0], c[1], &c[2..])
        }
        Op::MaxPool(op) => {
            let (cells, winner) = pool(x(), windows!(op, ones), &op.kernel, c);
            at(x(), &cells[winner])
        }
        Op::MaxPoolSelect(op) => {
            let (cells, winner) = pool(x(), windows!(op, ones), &op.kernel, c);
            at(&operands[1], &cells[winner])
        }
        Op::MaxPoolScatter(op) => {
            let d = &operands[1];
            let planes = c.len() - op.kernel.len();
            let same_plane = coordinates(&d.shape).into_iter().filter(|window| window[..planes] == c[..planes]);
            stored(same_plane.filter_map(|window| {
                let (cells, winner) = pool(x(), windows!(op, ones), &op.kernel, &window);
                let place = cells.iter().position(|cell| cell == c)?;
                Some(if place == winner { at(d, &window) } else { 0.0 })
            }))
        }
        Op::Reshape(_) => x().data[index_of(output, c)],
        Op::Permute(op) => {
            let mut from = vec![0; c.len()];
            op.axes.iter().zip(c).for_each(|(&axis, &index)| from[axis] = index);
            at(x(), &from)
        }
        Op::Broadcast(_) => {
            let kept = &c[c.len() - x().shape.len()..];
            let from = x().shape.iter().zip(kept).map(|(&size, &index)| if size == 1 { 0 } else { index });
            at(x(), &from.collect::<Vec<_>>())
        }
        Op::Concat(op) => match c[op.axis].checked_sub(x().shape[op.axis]) {
            Some(index) => at(&operands[1], &with(c, op.axis, index)),
            None => element(0),
        },
        Op::Slice(op) => at(x(), &with(c, op.axis, c[op.axis] + op.start)),
        Op::Pad(op) => match c[op.axis].checked_sub(op.before) {
            Some(index) if index < x().shape[op.axis] => at(x(), &with(c, op.axis, index)),
            _ => 0.0,
        },
        Op::GatherRows(_) => {
            let row = index(leading, &output);
            if row < x().shape[0] { at(x(), &[row, last]) } else { 0.0 }
        }
        Op::ScatterRows(_) => {
            let positions = &x().shape[..x().shape.len() - 1];
            let rows = coordinates(positions).into_iter().filter(|position| index(position, positions) == c[0]);
            stored(rows.map(|position| at(x(), &[position.as_slice(), &[last]].concat())))
        }
        Op::GatherLast(_) => {
            let (&size, positions) = x().shape.split_last().expect("a last axis");
            let index = index(c, positions);
            if index < size { at(x(), &[c, &[index]].concat()) } else { 0.0 }
        }
        Op::KeepValid(op) => {
            if index(leading, &output) < op.size {
                element(0)
            } else {
                0.0
            }
        }
        Op::ScatterLast(_) => {
            if index(leading, &output) == last {
                at(x(), leading)
            } else {
                0.0
            }
        }
        _ => panic!("no naive definition of `{}`: give it one", op.name()),
    }
}

/// The elements that one sum adds.
fn summed(x: &Tensor, axes: &[usize], kept: &[usize]) -> Vec<f64> {
    let matches = |coordinate: &Vec<usize>| {
        let rest = coordinate.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, index)| index);
        rest.eq(kept)
    };
    coordinates(&x.shape).iter().filter(|coordinate| matches(coordinate)).map(|coordinate| at(x, coordinate)).collect()
}

/// Operations that call an elementary function, or whose sums are not one chain.
const CLOSE: &[&str] = &[
    "elu",
    "gelu",
    "gelu_tanh",
    "silu",
    "pow",
    "tanh",
    "sigmoid",
    "softplus",
    "exp",
    "log",
    "safe_log",
    "sin",
    "cos",
    "erf",
    "sum",
    "mean",
    "logsumexp",
    "avg_pool",
    "softmax",
    "masked_softmax",
    "log_softmax",
    "cross_entropy",
    "mse_loss",
];

#[test]
fn every_value_agrees_with_a_naive_definition() {
    for_each_name(Op::NAMES, |name| {
        for points in [Points::Smooth, Points::Tied] {
            let make = |source: &mut Source| Program::of(name, points, source);
            for_each_case(48, make, |(program, draft)| {
                let value = eval(&program.graph, &program.leaves, &program.naturals).pop().expect("a value");
                let elements = coordinates(&draft.output)
                    .iter()
                    .map(|c| reference(&draft.op, &program.leaves, &program.naturals, draft.output, c))
                    .collect();
                let expected = Array::new(draft.output, elements);
                if CLOSE.contains(&name) {
                    return all_close("the value", &value, &expected, 1e-12);
                }
                prop_assert_eq!(bits(&value), bits(&expected), "{:?} for {:?}", value.data, expected.data);
                Ok(())
            });
        }
    });
}
