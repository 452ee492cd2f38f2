//! Tapes that run several times, with other inputs each time, against the definition.

use session::Tape;
use session::ir::{DynShape, Graph, Id, NatId, op};
use session::prelude::*;
use session::random::Rng;
use session::semantics::{Array, backprop_all, eval};
use session::tensor::DynTensor;

use super::{Subject, expressions, outcome, session};

fn array(tensor: &DynTensor<f32>) -> Array<f32> {
    Array::new(tensor.shape(), tensor.as_slice().to_vec())
}

/// Whether the bits are the same.
fn same(what: &str, found: &[f32], expected: &[f32]) -> Result<(), String> {
    let bits = |x: f32| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() };
    let mut pairs = found.iter().zip(expected).enumerate();
    match pairs.find(|&(_, (&a, &b))| bits(a) != bits(b)) {
        Some((place, (a, b))) => Err(format!("{what} is {a} at element {place}, not {b}")),
        None if found.len() == expected.len() => Ok(()),
        None => Err(format!("{what} has {} elements, not {}", found.len(), expected.len())),
    }
}

/// Three runs forward and backward of all values, whose results are held, with other leaves and another seed.
pub fn thrice(subject: &Subject) -> Result<(), String> {
    let Subject { graph, naturals, out, .. } = subject;
    let outputs: Vec<Id> = graph.node_ids().collect();
    let mut tape = Tape::<f32>::compile(graph, &outputs);
    let (mut rng, mut held) = (Rng::new(2), Vec::new());
    let scalar = outputs.iter().find(|&&id| graph.shape(id) == DynShape::SCALAR);
    for seed in [out, scalar.unwrap_or(out), out] {
        let leaves = subject.leaves(&mut rng);
        let mut seeds = vec![None; graph.len()];
        seeds[seed.index()] = Some(DynTensor::new(DynShape::SCALAR, vec![0.7]).map_err(|error| error.to_string())?);
        let values = tape.forward(&leaves, naturals).map_err(|error| error.to_string())?;
        let gradients = tape.backward_dense_from(&leaves, naturals, &seeds).map_err(|error| error.to_string())?;
        held.push((leaves, seeds, values, gradients));
    }
    for (leaves, seeds, values, gradients) in &held {
        let leaves: Vec<Array<f32>> = leaves.iter().map(array).collect();
        let expected = eval(graph, &leaves, naturals);
        for (id, value) in outputs.iter().zip(values) {
            same(&format!("the value of {id}"), value.as_slice(), &expected[id.index()].data)?;
        }
        let seeds = seeds.iter().map(|seed| seed.as_ref().map(array)).collect();
        let expected = backprop_all(graph, &leaves, naturals, seeds);
        for (id, (found, expected)) in graph.ids().zip(gradients.iter().zip(&expected)) {
            let what = format!("the cotangent of {id}");
            match (found, expected) {
                (Some(found), Some(expected)) => same(&what, found.as_slice(), &expected.data)?,
                (None, None) => {}
                _ => return Err(format!("{what} is a structural zero on one side only")),
            }
        }
    }
    Ok(())
}

/// A session that keeps a value inside a loss.
pub fn kept() -> Result<(), String> {
    let s = session();
    let x = s.input(Tensor::<f32, shape![3, 2]>::ones()).map_err(|error| error.to_string())?;
    let inside = s.tanh(s.exp(x));
    s.keep(inside).map_err(|error| error.to_string())?;
    expressions(s.verify(s.sum(s.mul(inside, x))))
}

/// The gradients of a parameter that is two leaves, and of one that the loss does not reach.
pub fn verified_parameters() -> Result<(), String> {
    let check = || {
        let s = session();
        let (w, unused) = (Param::new(Tensor::<f32, shape![3]>::ones()), Param::new(Tensor::<f32, shape![2]>::ones()));
        let (first, second, _) = (s.use_param(&w)?, s.use_param(&w)?, s.use_param(&unused)?);
        s.verify(s.sum(s.mul(first, s.exp(second))))
    };
    expressions(check())
}

/// Two recordings that share a tape, with constants that are equal in the first and not in the second.
pub fn constants(verify: bool) -> Result<(), String> {
    let check = || {
        let s = session();
        for numbers in [[2.0, 2.0], [2.0, 5.0]] {
            s.reset_tape();
            let x = s.input(Tensor::<f32, shape![2]>::from_array([1.0, 3.0]))?;
            // Before the first node a constant would be a leaf.
            let x = s.neg(x);
            let [a, b] = numbers.map(|number| s.constant(Tensor::<f32, shape![2]>::full(number)));
            let loss = s.sum(s.mul(s.mul(x, a), s.exp(b)));
            if verify {
                if let Err(error) = expressions(s.verify(loss)) {
                    return Ok(Err(error));
                }
                continue;
            }
            let (found, expected) = (s.value(loss)?.value(), -4.0 * numbers[0] * numbers[1].exp());
            if (found - expected).abs() > 1e-5 * expected.abs() {
                return Ok(Err(format!("the loss is {found}, not {expected}")));
            }
        }
        Ok(Ok(()))
    };
    check().map_err(|error: session::Error| error.to_string())?
}

/// Recordings of one session, each over the one before: with another leaf, with another attribute.
pub fn recordings() -> Result<(), String> {
    let check = || {
        let s = session();
        let mut found = Vec::new();
        for (count, factor) in [(2, 2.0), (3, 2.0), (3, 5.0), (2, 5.0)] {
            s.reset_tape();
            let x = s.input_dyn(DynTensor::new(DynShape::new(&[count]), vec![1.0; count])?)?;
            let sum = s.build(|b| {
                let scaled = b.scale(x, factor)?;
                let sum = b.sum(scaled)?;
                b.typed::<shape![]>(sum)
            })?;
            found.push(s.value(sum)?.value());
        }
        Ok(same("the sum", &found, &[4.0, 6.0, 15.0, 10.0]))
    };
    check().map_err(|error: session::Error| error.to_string())?
}

/// A tape that depends on nothing but a natural number, which changes between its runs.
pub fn naturals() -> Result<(), String> {
    let mut graph = Graph::default();
    let shape = DynShape::new(&[30]);
    graph.natural(DynShape::SCALAR);
    let key = NatId::new(0);
    let record = |graph: &mut Graph| {
        let ones = graph.push(op::Full { shape, value: 1.0.into() }, &[])?;
        let mask = graph.push(op::Dropout { rate: 0.5.into(), key }, &[ones])?;
        graph.push(op::Exp {}, &[mask])
    };
    let out = record(&mut graph).map_err(|error| error.to_string())?;
    let mut tape = Tape::<f32>::compile(&graph, &[out]);
    for number in [1, 2] {
        let naturals = [vec![number]];
        let found = tape.forward(&[], &naturals).map_err(|error| error.to_string())?;
        same("the value", found[0].as_slice(), &eval::<f32>(&graph, &[], &naturals)[out.index()].data)?;
    }
    outcome(tape.verify(&[vec![1]]))
}

/// A function of three layers, whose first parameter changes between some of its runs.
pub fn parameters(verify: bool) -> Result<(), String> {
    let check = || {
        let w = Param::new(Tensor::<f32, shape![2, 3]>::ones());
        let twice = Param::new(Tensor::<f32, shape![2, 2]>::from_array([[2.0, 0.0], [0.0, 2.0]]));
        let last = Param::new(Tensor::<f32, shape![1, 2]>::from_array([[1.0, 10.0]]));
        let bind = |s: &Session| Ok((s.use_param(&w)?, s.use_param(&twice)?, s.use_param(&last)?));
        let record = |s: &Session, (w, twice, last), (x,): (TensorRef<shape![1, 3]>,)| {
            let zeros = s.constant(Tensor::<f32, shape![2]>::zeros());
            let inside = s.relu(s.linear(twice, zeros, s.relu(s.linear(w, zeros, x))));
            s.linear(last, s.constant(Tensor::<f32, shape![1]>::zeros()), inside)
        };
        let mut function = Function::record(Options::default().threads(1), &["x"], &["y"], bind, record)?;
        if verify {
            return Ok(expressions(function.verify()));
        }
        let mut found = Vec::new();
        for number in [2.0, 2.0, 5.0, 2.0] {
            w.set_value(Tensor::from_array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].map(|row| row.map(|it| it * number))));
            for _ in 0..2 {
                found.extend(function.run((&Tensor::from_array([[1.0, 2.0, 3.0]]),))?.to_vec());
            }
        }
        // Twice 14 and 10 times 32.
        let expected = [2.0, 2.0, 2.0, 2.0, 5.0, 5.0, 2.0, 2.0].map(|number| 668.0 * number);
        Ok(same("the value", &found, &expected))
    };
    check().map_err(|error: session::Error| error.to_string())?
}
