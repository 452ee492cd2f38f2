//! Models that other programs have made: `tests/data/onnx/generate.py` says how.

use serde_json::Value;
use session::onnx::Import;
use session::prelude::*;
use session_tests::golden::array;

/// What was computed, and the model.
fn case(name: &str) -> (Value, Import<f32>) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/onnx");
    let lines = std::fs::read_to_string(format!("{folder}/cases.jsonl")).expect("a file");
    let cases = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    let case = cases.into_iter().find(|case| case["name"] == name).expect("a case");
    (case, Import::load(format!("{folder}/{name}.onnx")).unwrap_or_else(|error| panic!("{error}")))
}

fn numbers(case: &Value, key: &str) -> Vec<f32> {
    array(&case[key]).data.iter().map(|&x| x as f32).collect()
}

fn close(name: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-5 * expected.abs().max(1.0), "{name}: {found} and {expected}");
    }
}

macro_rules! check {
    ($name:literal: $from:tt -> $to:tt) => {{
        let (case, model) = case($name);
        assert_eq!(model.symbols(), ["N"]);
        type X = shape! $from;
        type Y = shape! $to;
        let mut function = model.into_typed::<(TensorRef<X>,), TensorRef<Y>>(Options::default()).expect($name);
        let x = Tensor::<f32, X>::from_vec(numbers(&case, "x")).expect("the shape of the type");
        close($name, function.run((&x,)).expect($name).as_slice(), &numbers(&case, "y"));
    }};
}

#[test]
fn models_of_pytorch_and_of_the_helper_are_read() {
    check!("torch_mlp": [3, 4] -> [3, 2]);
    check!("torch_lenet": [2, 1, 12, 12] -> [2, 3]);
    check!("torch_decoder": [2, 3] -> [2, 3, 5, 5]);
    check!("by_hand": [2, 3] -> [2, 4]);
}

#[test]
fn attention_of_pytorch_is_read() {
    let (case, model) = case("torch_attention");
    type Words = NatTensorRef<shape![2, 5]>;
    let mut function =
        model.into_typed::<(Words,), TensorRef<shape![2, 5, 8]>>(Options::default()).expect("a function");
    let words: Vec<usize> = numbers(&case, "x").iter().map(|&word| word as usize).collect();
    close("attention", function.run((&words,)).expect("a result").as_slice(), &numbers(&case, "y"));
    let error = function.run((&[11; 10],)).unwrap_err();
    assert!(error.to_string().contains("the index 11"), "{error}");
}

#[test]
fn types_that_do_not_fit_are_refused() {
    type Function<I, O> = Result<session::Function<f32, I, O>, session::Error>;
    fn refused<I: session::function::Arguments<f32>, O: session::function::Results<f32>>(expected: &str) {
        let (_, model) = case("torch_mlp");
        let function: Function<I, O> = model.into_typed(Options::default());
        let error = function.expect_err("a refusal").to_string();
        assert!(error.ends_with(expected), "{error}");
    }
    refused::<(TensorRef<shape![3, 5]>,), TensorRef<shape![3, 2]>>(
        "torch_mlp.onnx: the argument `x` has the shape [N = 3, 4], the type has [3, 5]",
    );
    refused::<(TensorRef<shape![3, 4]>,), TensorRef<shape![4, 2]>>(
        "torch_mlp.onnx: the result `y` has the shape [3, 2], the type has [4, 2]",
    );
    refused::<(), TensorRef<shape![3, 2]>>("torch_mlp.onnx: it has the arguments [\"x\"], the type has 0");
    refused::<(NatTensorRef<shape![3, 4]>,), TensorRef<shape![3, 2]>>(
        "torch_mlp.onnx: the argument `x` is of F32, the type is of natural numbers",
    );
    refused::<(TensorRef<shape![3, 4]>,), (TensorRef<shape![3, 2]>, TensorRef<shape![3, 2]>)>(
        "torch_mlp.onnx: it has the results [\"y\"], the type has 2",
    );
    let (_, model) = case("torch_mlp");
    let error = model.instance(&[]).unwrap_err().to_string();
    assert!(error.ends_with("the argument `x` has the size `N`, which was not given"), "{error}");
}
