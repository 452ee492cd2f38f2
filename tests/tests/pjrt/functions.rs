//! Functions: values, natural numbers, parameters that change, dropout.

use session::export::pjrt::Element;
use session::prelude::*;
use session::random::Rng;
use session::{Float, init};

use crate::{check, one};

fn tensor<T: Float, S: Shape>(rng: &mut Rng) -> Tensor<T, S> {
    init::normal::<T, S>(0.0, 1.0, rng)
}

type Table = Param<shape![5, 3]>;

/// Two results, of other shapes, from tensors and natural numbers.
#[test]
fn values_are_those_of_the_tape() {
    let rng = &mut Rng::new(1);
    let table = Table::new(tensor(rng)).named("table");
    let record = || {
        Function::record(
            Options::default().threads(1),
            &["words", "scale"],
            &["rows", "norm"],
            |s| table.bind(s),
            |s, table, (words, scale): (NatVecRef<Dim<4>>, TensorRef<shape![4, 3]>)| {
                let rows = s.mul(s.embedding(table, words), scale);
                (s.transpose(rows), s.sum(s.mul(rows, rows)))
            },
        )
        .unwrap()
    };
    let (mut here, mut there) = (record(), record().on_device(&one()).unwrap());
    for words in [[0, 4, 2, 2], [3, 1, 0, 4], [3, 1, 0, 4]] {
        let scale = tensor(rng);
        let (expected, found) = (here.run((&words, &scale)).unwrap(), there.run((&words, &scale)).unwrap());
        check("rows", found.0.as_slice(), expected.0.as_slice(), 0.0);
        check("norm", &[found.1.value()], &[expected.1.value()], 2e-6);
        // What is given a new value here has it there.
        table.set_value(tensor(rng));
    }
}

fn network<T: Float + Element>(tolerance: f64) {
    let rng = &mut Rng::new(2);
    let w = Param::new(tensor::<T, shape![4, 6]>(rng)).named("w");
    let b = Param::new(tensor::<T, shape![4]>(rng)).named("b").frozen();
    let record = || {
        Function::record(
            Options::default().threads(1),
            &["x"],
            &["y"],
            |s| Ok((w.bind(s)?, b.bind(s)?)),
            |s, (w, b), (x,): (TensorRef<shape![3, 6]>,)| s.softmax(s.tanh(s.linear(w, b, x))),
        )
        .unwrap()
    };
    let (mut here, mut there) = (record(), record().on_device(&one()).unwrap());
    for _ in 0..3 {
        let x = tensor(rng);
        check("y", there.run((&x,)).unwrap().as_slice(), here.run((&x,)).unwrap().as_slice(), tolerance);
    }
}

#[test]
fn both_widths_of_numbers() {
    network::<f32>(2e-6);
    network::<f64>(1e-14);
}

/// The same key drops the same elements, also one that needs more than 32 bits.
#[test]
fn dropout_drops_the_same() {
    let record = || {
        Function::record(
            Options::default().threads(1),
            &["x", "key"],
            &["y"],
            |_| Ok(()),
            |s: &Session<f32>, (), (x, key): (TensorRef<shape![64]>, NatRef)| s.dropout_keyed(x, 0.4, key),
        )
        .unwrap()
    };
    let (mut here, mut there) = (record(), record().on_device(&one()).unwrap());
    let x = tensor(&mut Rng::new(3));
    for key in [1, 2, 0x299f_31d0_a409_3822] {
        let (expected, found) = (here.run((&x, &[key])).unwrap(), there.run((&x, &[key])).unwrap());
        assert!(expected.as_slice().contains(&0.0));
        check("y", found.as_slice(), expected.as_slice(), 2e-6);
    }
}
