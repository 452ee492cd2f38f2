//! Natural numbers: as inputs, set again after nodes exist, and out of range.

use super::*;

type Table = shape![4, 2];

fn table() -> Tensor<f64, Table> {
    Tensor::from_fn(|[row, column]: [usize; 2]| (10 * row + column) as f64)
}

#[test]
fn numbers_are_read_and_set() {
    let s = session();
    let one = s.input_nat(3).unwrap();
    let list = s.input_nat_vec::<Dim<3>>(&[1, 2, 3]).unwrap();
    let square = s.input_nats::<shape![2, 2]>(&[4, 5, 6, 7]).unwrap();
    assert_eq!(s.nat(one).unwrap(), 3);
    assert_eq!(s.nat_vec(list).unwrap(), [1, 2, 3]);
    assert_eq!(s.nats(square).unwrap(), [4, 5, 6, 7]);
    s.set_nat(one, 9).unwrap();
    s.set_nat_vec(list, &[7, 7, 7]).unwrap();
    s.set_nats(square, &[0, 1, 0, 1]).unwrap();
    assert_eq!((s.nat(one).unwrap(), s.nat_vec(list).unwrap()), (9, vec![7; 3]));
    assert_eq!(s.nats(square).unwrap(), [0, 1, 0, 1]);
    assert_eq!(s.snapshot().naturals, [vec![9], vec![7; 3], vec![0, 1, 0, 1]]);

    for error in [
        s.input_nat_vec::<Dim<3>>(&[1, 2]).unwrap_err(),
        s.set_nat_vec(list, &[1, 2]).unwrap_err(),
        s.set_nats(square, &[]).unwrap_err(),
    ] {
        assert!(matches!(error, Error::LengthMismatch { .. }), "{error}");
    }
    assert_eq!(s.nat_vec(list).unwrap(), [7; 3], "nothing has changed");
    assert_eq!(s.snapshot().naturals.len(), 3);
}

/// Values, gradients and tangents of a gather whose numbers change after it was recorded, on the tape of the
/// first.
#[test]
fn recorded_gathers_are_retargeted() {
    let s = session();
    let vector = s.input(Tensor::<f64, shape![4]>::from_array([0.5, 1.5, 2.5, 3.5])).unwrap();
    let matrix = s.input(table()).unwrap();
    let one = s.input_nat(1).unwrap();
    let list = s.input_nats::<shape![2, 2]>(&[0, 1, 1, 3]).unwrap();
    let scalar = s.gather_scalar_ref(vector, one);
    let row = s.gather_row_ref(matrix, one);
    let elements = s.gather_vec_ref(vector, list);
    let rows: TensorRef<shape![2, 2, 2]> = s.gather_rows_ref(matrix, list);
    let embedded: TensorRef<shape![2, 2, 2]> = s.embedding(matrix, list);

    let check = |one: usize, list: [usize; 4]| {
        let tangent = Tensor::<f64, shape![4]>::from_array([1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(s.value(scalar).unwrap().value(), one as f64 + 0.5);
        assert_eq!(s.value(row).unwrap().to_vec(), [10.0 * one as f64, 10.0 * one as f64 + 1.0]);
        assert_eq!(s.value(elements).unwrap().to_vec(), list.map(|index| index as f64 + 0.5));
        let expected: Vec<f64> = list.iter().flat_map(|&row| [10.0 * row as f64, 10.0 * row as f64 + 1.0]).collect();
        assert_eq!(s.value(rows).unwrap().to_vec(), expected);
        assert_eq!(s.value(embedded).unwrap().to_vec(), expected);

        let mut counts = [0.0; 4];
        list.iter().for_each(|&index| counts[index] += 1.0);
        let both = |counts: [f64; 4]| counts.iter().flat_map(|&count| [count; 2]).collect::<Vec<f64>>();
        let mut chosen = [0.0; 4];
        chosen[one] = 1.0;
        let grads = s.backward_scalar_dense_all(scalar).unwrap();
        assert_eq!(grads.get(vector).unwrap().to_vec(), chosen);
        let grads = s.backward_dense_all(row, Tensor::ones()).unwrap();
        assert_eq!(grads.get(matrix).unwrap().to_vec(), both(chosen));
        let grads = s.backward_dense_all(elements, Tensor::ones()).unwrap();
        assert_eq!(grads.get(vector).unwrap().to_vec(), counts, "repeated indices add up");
        for rows in [rows, embedded] {
            let grads = s.backward_dense_all(rows, Tensor::ones()).unwrap();
            assert_eq!(grads.get(matrix).unwrap().to_vec(), both(counts), "repeated indices add up");
            // A tangent of the table is gathered as the table is.
            assert_eq!(s.jvp_leaf(rows, matrix, table()).unwrap(), s.value(rows).unwrap());
        }
        assert_eq!(s.jvp_scalar_leaf(scalar, vector, tangent.clone()).unwrap(), tangent[[one]]);
        assert_eq!(s.jvp_leaf(row, matrix, table()).unwrap(), s.value(row).unwrap());
        let found = s.jvp_leaf(elements, vector, tangent.clone()).unwrap();
        assert_eq!(found.to_vec(), list.map(|index| tangent[[index]]));
    };
    check(1, [0, 1, 1, 3]);
    let tapes = s.compiled_tapes();
    s.set_nat(one, 3).unwrap();
    s.set_nats(list, &[2, 2, 2, 2]).unwrap();
    check(3, [2, 2, 2, 2]);
    s.set_nat(one, 0).unwrap();
    check(0, [2, 2, 2, 2]);
    assert_eq!(s.compiled_tapes(), tapes, "other numbers, the same tapes");
}

/// The last node of the graph of this operation.
fn node_of(s: &Session<f64>, op: &str) -> session::ir::Id {
    let graph = s.graph();
    graph.node_ids().rev().find(|&id| graph.node(id).unwrap().op.name() == op).unwrap()
}

type Record = fn(&Session<f64>) -> session::ir::Id;

/// Each has one index out of range, the 7 at this position, of an axis of 4.
const OUT_OF_RANGE: [(&str, usize, Record); 10] = [
    ("gather_rows", 0, |s| {
        let (x, i) = (s.input(Tensor::<f64, shape![4]>::ones()).unwrap(), s.input_nat(7).unwrap());
        s.gather_scalar_ref(x, i).id()
    }),
    ("gather_rows", 0, |s| {
        let (x, i) = (s.input(table()).unwrap(), s.input_nat(7).unwrap());
        s.gather_row_ref(x, i).id()
    }),
    ("gather_rows", 2, |s| {
        let x = s.input(Tensor::<f64, shape![4]>::ones()).unwrap();
        let i = s.input_nat_vec::<Dim<3>>(&[0, 3, 7]).unwrap();
        s.gather_vec_ref(x, i).id()
    }),
    ("gather_rows", 1, |s| {
        let (x, i) = (s.input(table()).unwrap(), s.input_nats::<shape![2, 2]>(&[0, 7, 3, 1]).unwrap());
        s.gather_rows_ref(x, i).id()
    }),
    ("gather_rows", 1, |s| {
        let (x, i) = (s.input(table()).unwrap(), s.input_nats::<shape![2, 2]>(&[0, 7, 3, 1]).unwrap());
        s.embedding(x, i).id()
    }),
    ("gather_rows", 0, |s| s.gather_scalar_nat(s.input(Tensor::<f64, shape![4]>::ones()).unwrap(), 7).id()),
    ("gather_rows", 1, |s| s.gather_vec_nat(s.input(Tensor::<f64, shape![4]>::ones()).unwrap(), [3, 7]).id()),
    ("gather_rows", 2, |s| s.gather_rows_nat(s.input(table()).unwrap(), [3, 0, 7]).id()),
    ("cross_entropy", 1, |s| {
        let x = s.input(Tensor::<f64, shape![2, 4]>::ones()).unwrap();
        let labels = s.input_nat_vec::<Dim<2>>(&[3, 7]).unwrap();
        s.cross_entropy(x, labels).id()
    }),
    ("gather_last", 0, |s| {
        let x = s.input(Tensor::<f64, shape![2, 4]>::ones()).unwrap();
        let labels = s.input_nat_vec::<Dim<2>>(&[7, 3]).unwrap();
        s.nll_loss(x, labels).id()
    }),
];

#[test]
fn an_index_out_of_range_is_named() {
    for (case, (name, at, record)) in OUT_OF_RANGE.into_iter().enumerate() {
        let s = session();
        let result = record(&s);
        let expected = node_of(&s, name);
        let check = |error: Error| match error {
            Error::IndexOutOfRange { op, node, position, index: 7, size: 4 } => {
                assert_eq!((op, node, position), (name, expected, at), "case {case}");
            }
            other => panic!("case {case}: {other}"),
        };
        check(s.value_dyn(result).unwrap_err());
        let seeds: Vec<_> = s.graph().ids().map(|_| None).collect();
        check(s.backward_dense_from(&seeds).unwrap_err());
        let tangents = s.snapshot().leaves;
        if s.graph().shape(result).is_empty() {
            check(s.jvp_dense_all(s.typed::<shape![]>(result).unwrap(), &tangents).unwrap_err());
        }
    }
}

/// Where it is not refused it reads 0, gives no gradient and has no tangent.
#[test]
fn an_unchecked_index_out_of_range_reads_zero() {
    let s = Session::<f64>::new(Options::default().check_indices(false));
    let vector = s.input(Tensor::<f64, shape![4]>::from_array([0.5, 1.5, 2.5, 3.5])).unwrap();
    let matrix = s.input(table()).unwrap();
    let (seven, list) = (s.input_nat(7).unwrap(), s.input_nat_vec::<Dim<3>>(&[1, 4, 1]).unwrap());
    let scalars = [s.gather_scalar_ref(vector, seven), s.gather_scalar_nat(vector, usize::MAX)];
    for x in scalars {
        assert_eq!(s.value(x).unwrap().value(), 0.0);
        assert_eq!(s.backward_scalar_dense_all(x).unwrap().get(vector).unwrap(), Tensor::zeros());
        assert_eq!(s.jvp_scalar_leaf(x, vector, Tensor::ones()).unwrap(), 0.0);
    }
    let row = s.gather_row_ref(matrix, seven);
    assert_eq!(s.value(row).unwrap(), Tensor::zeros());
    assert_eq!(s.backward_dense_all(row, Tensor::ones()).unwrap().get(matrix).unwrap(), Tensor::zeros());
    assert_eq!(s.jvp_leaf(row, matrix, Tensor::ones()).unwrap(), Tensor::zeros());
    for x in [s.gather_vec_ref(vector, list), s.gather_vec_nat(vector, [1, 4, 1])] {
        assert_eq!(s.value(x).unwrap().to_vec(), [1.5, 0.0, 1.5]);
        let grads = s.backward_dense_all(x, Tensor::from_array([1.0, 5.0, 2.0])).unwrap();
        assert_eq!(grads.get(vector).unwrap().to_vec(), [0.0, 3.0, 0.0, 0.0]);
        assert_eq!(s.jvp_leaf(x, vector, Tensor::ones()).unwrap().to_vec(), [1.0, 0.0, 1.0]);
    }
    let by_ref: TensorRef<shape![3, 2]> = s.gather_rows_ref(matrix, list);
    for x in [by_ref, s.gather_rows_nat(matrix, [1, 4, 1])] {
        assert_eq!(s.value(x).unwrap().to_vec(), [10.0, 11.0, 0.0, 0.0, 10.0, 11.0]);
        let grads = s.backward_dense_all(x, Tensor::ones()).unwrap();
        assert_eq!(grads.get(matrix).unwrap().to_vec(), [0.0, 0.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(s.jvp_leaf(x, matrix, Tensor::ones()).unwrap().to_vec(), [1.0, 1.0, 0.0, 0.0, 1.0, 1.0]);
    }
    s.reset_tape();
    let x = s.input(Tensor::<f64, shape![2, 4]>::from_fn(|[_, class]| class as f64)).unwrap();
    let labels = s.input_nat_vec::<Dim<2>>(&[7, 3]).unwrap();
    let loss = s.nll_loss(x, labels);
    assert_eq!(s.value(loss).unwrap().value(), -1.5, "the mean of 0 and -3");
    let grads = s.backward_scalar_dense_all(loss).unwrap().get(x).unwrap();
    assert_eq!(grads.to_vec(), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.5]);
}

/// An eager session computes its values anew when they are read after a change, new nodes included.
#[test]
fn eager_values_follow_several_changes() {
    let s = Session::<f64>::new(Options::default().backend(Backend::Eager));
    let x = s.input(Tensor::<f64, shape![3]>::from_array([10.0, 20.0, 30.0])).unwrap();
    let index = s.input_nat(0).unwrap();
    let picked = s.gather_scalar_ref(x, index);
    assert_eq!(s.value(picked).unwrap().value(), 10.0);
    s.set_nat(index, 2).unwrap();
    s.set_nat(index, 1).unwrap();
    let twice = s.scale(picked, 2.0);
    assert_eq!((s.value(twice).unwrap().value(), s.value(picked).unwrap().value()), (40.0, 20.0));
    s.set_nat(index, 2).unwrap();
    assert_eq!(s.value(twice).unwrap().value(), 60.0);
}
