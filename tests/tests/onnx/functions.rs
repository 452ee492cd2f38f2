//! Functions of any batch and of one, their arguments and their results.

use serde_json::Value;
use session::onnx::Import;
use session::prelude::*;
use session::random::Rng;

use crate::case;

/// A function whose batch is no batch.
type Recorded<I, O> = Result<Function<f32, I, O>, session::Error>;

fn refused<I, O, J, P>(one: Recorded<I, O>, other: Recorded<J, P>, expected: &str)
where
    I: session::function::Arguments<f32>,
    J: session::function::Arguments<f32>,
    O: session::function::Results<f32>,
    P: session::function::Results<f32>,
{
    let (one, other) = (one.expect("a function"), other.expect("a function"));
    let error = one.to_onnx_of_any_batch("f", "N", &other).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_is_not_generic_is_refused() {
    macro_rules! recorded {
        ($size:literal, $output:ty, $body:expr) => {
            Function::<f32, (TensorRef<shape![$size, 4]>,), TensorRef<$output>>::record(
                Options::default(),
                &["x"],
                &["y"],
                |_| Ok(()),
                $body,
            )
        };
    }
    // A number that depends on the batch.
    refused(
        recorded!(2, shape![2, 4], |s, (), (x,)| s.scale(x, 2.0)),
        recorded!(3, shape![3, 4], |s, (), (x,)| s.scale(x, 3.0)),
        "scale at %1 is not the same in the recordings at two sizes of the batch",
    );
    // The same in a leaf.
    macro_rules! scaled {
        ($size:literal, $number:literal) => {
            Function::<f32, (TensorRef<shape![$size, 4]>,), TensorRef<shape![$size, 4]>>::record(
                Options::default(),
                &["x"],
                &["y"],
                |s| Ok(s.constant(Tensor::<f32, shape![4]>::full($number))),
                |s, c, (x,)| s.broadcast_mul(x, c),
            )
        };
    }
    refused(scaled!(2, 0.5), scaled!(3, 0.25), "have other values of the leaf `without a name`");
    // A part of the batch.
    refused(
        recorded!(2, shape![1, 4], |s, (), (x,)| s.slice(x, Slice::<0, 1>)),
        recorded!(3, shape![1, 4], |s, (), (x,)| s.slice(x, Slice::<0, 1>)),
        "slice at %1: it needs the size of an axis that depends on the batch",
    );
    // A size that grows with the batch and is no multiple of it.
    refused(
        recorded!(2, shape![3, 4], |s, (), (x,)| s.concat(x, s.slice(x, Slice::<0, 1>))),
        recorded!(3, shape![4, 4], |s, (), (x,)| s.concat(x, s.slice(x, Slice::<0, 1>))),
        "depends on the batch",
    );
    // Other operations.
    refused(
        recorded!(2, shape![2, 4], |s, (), (x,)| s.exp(x)),
        recorded!(3, shape![3, 4], |s, (), (x,)| s.exp(s.exp(x))),
        "have other numbers of operations",
    );
    // No batch at all.
    refused(
        recorded!(2, shape![2, 4], |s, (), (x,)| s.exp(x)),
        recorded!(2, shape![2, 4], |s, (), (x,)| s.exp(x)),
        "so that there is no batch",
    );
}

/// Means, repeated values and joined axes of a batch, whose sizes are computed where the model runs.
#[test]
fn sizes_that_depend_on_the_batch_are_computed() {
    macro_rules! recorded {
        ($size:literal) => {
            Function::<f32, (TensorRef<shape![$size, 2, 3]>,), (TensorRef<shape![$size, 6]>, TensorRef<shape![]>)>::record(
                Options::default(),
                &["x"],
                &["y", "mean"],
                |_| Ok(()),
                |s, (), (x,)| {
                    let mean = s.mean_axis(x, Axis::<0>);
                    let centred = s.sub(x, s.broadcast(mean));
                    let flat = s.flatten_from(centred, Axis::<1>);
                    let shifted = s.add(flat, s.full::<shape![$size, 6]>(0.5));
                    (shifted, s.mean(s.square(flat)))
                },
            )
            .expect("a function")
        };
    }
    let bytes = recorded!(2).to_onnx_of_any_batch("centred", "N", &recorded!(3)).expect("a model");
    let mut lines: Vec<Value> = Vec::new();
    macro_rules! at {
        ($size:literal) => {{
            let x = Tensor::<f32, shape![$size, 2, 3]>::randn(&mut Rng::new($size));
            let mut function = recorded!($size);
            let (y, mean) = function.run((&x,)).expect("results");
            let outputs: Vec<_> = function.outputs().collect();
            let inputs = vec![case::tensor("x", function.inputs().next().unwrap().1, x.as_slice())];
            let expected = vec![
                case::tensor("y", outputs[0].1, y.as_slice()),
                case::tensor("mean", outputs[1].1, mean.as_slice()),
            ];
            lines.push(case::line(concat!("centred ", $size), &bytes, inputs, expected));
            let instance = Import::<f32>::read("centred", &bytes).and_then(|model| model.instance(&[("N", $size)]));
            assert_eq!(&instance.expect("a graph").graph, function.graph());
        }};
    }
    at!(1);
    at!(5);
    case::write("batch.jsonl", &lines);
}

/// Results that no node computes or that are asked for twice, masks and indices that were captured, leaves that are
/// neither parameters nor arguments, and names that cannot stand.
#[test]
fn results_and_captured_numbers_are_parts_of_the_model() {
    type X = shape![2, 3, 3];
    type Row = shape![2, 3];
    let w = Param::new(Tensor::<f32, shape![4, 3]>::randn(&mut Rng::new(1))).named("layers.0/ü");
    let mut function = Function::record(
        Options::default(),
        &["x", "x of x"],
        &["x", "softmax", "again", "half", "rows"],
        |s| Ok((w.bind(s)?, s.constant(Tensor::<f32, shape![3]>::from_array([1.0, 2.0, 3.0])))),
        |s, (w, c), (x, words): (TensorRef<X>, NatVecRef<Dim<2>>)| {
            let shifted = s.broadcast_add(x, c);
            let q = s.softmax(shifted);
            let rows = s.add(s.gather_rows_nat(w, [3, 1]), s.embedding(w, words));
            (x, q, q, s.full::<Row>(0.5), rows)
        },
    )
    .expect("a function");
    let x = Tensor::<f32, X>::randn(&mut Rng::new(2));
    let results = function.run((&x, &[0, 2])).expect("values");
    let bytes = function.to_onnx("parts").expect("a model");
    let model = Import::<f32>::read("parts", &bytes).expect("a model");
    let (inputs, outputs): (Vec<&str>, Vec<&str>) = (model.inputs().collect(), model.outputs().collect());
    assert_eq!((inputs, outputs), (vec!["x", "x_of_x"], vec!["x_2", "softmax", "again", "half", "rows"]));
    let shapes: Vec<_> = function.outputs().map(|(_, shape)| shape).collect();
    let values =
        [results.0.as_slice(), results.1.as_slice(), results.2.as_slice(), results.3.as_slice(), results.4.as_slice()];
    let expected = model.outputs().zip(shapes).zip(values).map(|((name, shape), data)| case::tensor(name, shape, data));
    let given = vec![
        case::tensor("x", function.inputs().next().unwrap().1, x.as_slice()),
        case::counts("x_of_x", function.inputs().nth(1).unwrap().1, &[0, 2]),
    ];
    case::write("parts.jsonl", &[case::line("parts of a function", &bytes, given, expected.collect())]);

    type Results = (TensorRef<X>, TensorRef<X>, TensorRef<X>, TensorRef<Row>, TensorRef<Row>);
    let mut read = model.into_typed::<(TensorRef<X>, NatVecRef<Dim<2>>), Results>(Options::default()).expect("types");
    let again = read.run((&x, &[0, 2])).expect("values");
    assert!(again.0 == results.0 && again.1 == results.1 && again.3 == results.3 && again.4 == results.4);
    // What was read is a function like any other.
    assert!(read.to_onnx("parts").is_ok());
}
