//! What small models mean that no exporter here writes.

use prost::Message;

use super::{Import, Instance};
use crate::ir::Op;
use crate::onnx::message::{
    Attribute, Dimension, Graph, Model, Node, OperatorSet, Shape, Tensor, TensorType, Type, ValueInfo, element, kind,
};

#[derive(Default)]
struct File {
    graph: Graph,
}

impl File {
    fn input(mut self, name: &str, elem_type: i32, sizes: &[i64]) -> Self {
        let dim = sizes.iter().map(|&size| Dimension { dim_value: Some(size), dim_param: None }).collect();
        let tensor_type = Some(TensorType { elem_type, shape: Some(Shape { dim }) });
        self.graph.input.push(ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type }) });
        self
    }

    fn x(self, sizes: &[i64]) -> Self {
        self.input("x", element::FLOAT, sizes)
    }

    fn numbers(mut self, name: &str, dims: &[i64], numbers: &[f32]) -> Self {
        let (name, dims, float_data) = (name.to_owned(), dims.to_vec(), numbers.to_vec());
        self.graph.initializer.push(Tensor { name, dims, float_data, data_type: element::FLOAT, ..Tensor::default() });
        self
    }

    fn whole(mut self, name: &str, dims: &[i64], numbers: &[i64]) -> Self {
        let (name, dims, int64_data) = (name.to_owned(), dims.to_vec(), numbers.to_vec());
        self.graph.initializer.push(Tensor { name, dims, int64_data, data_type: element::INT64, ..Tensor::default() });
        self
    }

    fn truths(mut self, name: &str, dims: &[i64], truths: &[i32]) -> Self {
        let (name, dims, int32_data) = (name.to_owned(), dims.to_vec(), truths.to_vec());
        self.graph.initializer.push(Tensor { name, dims, int32_data, data_type: element::BOOL, ..Tensor::default() });
        self
    }

    fn list(self, name: &str, numbers: &[i64]) -> Self {
        self.whole(name, &[numbers.len() as i64], numbers)
    }

    /// `z = op a b ..`
    fn node(self, line: &str) -> Self {
        self.with(line, &[])
    }

    fn with(mut self, line: &str, attributes: &[(&str, i64)]) -> Self {
        let mut words = line.split_whitespace().map(str::to_owned);
        let (output, _, op_type) = (words.next(), words.next(), words.next());
        let attribute = attributes.iter().map(|&(name, number)| Attribute {
            name: name.to_owned(),
            i: Some(number),
            kind: kind::INT,
            ..Attribute::default()
        });
        self.graph.node.push(Node {
            input: words.collect(),
            output: output.into_iter().collect(),
            op_type: op_type.expect("an operation"),
            attribute: attribute.collect(),
            ..Node::default()
        });
        self
    }

    /// The graph of the result `y`.
    fn read(mut self) -> Result<Instance<f32>, String> {
        let tensor_type = Some(TensorType { elem_type: element::FLOAT, shape: None });
        self.graph.output.push(ValueInfo { name: "y".to_owned(), r#type: Some(Type { tensor_type }) });
        let own = OperatorSet { domain: String::new(), version: 21 };
        let model = Model { graph: Some(self.graph), opset_import: vec![own], ..Model::default() };
        Import::read("file", &model.encode_to_vec())
            .and_then(|model| model.instance(&[]))
            .map_err(|error| error.to_string())
    }

    fn refused(self, expected: &str) {
        let error = self.read().expect_err("a refusal");
        assert!(error.contains(expected), "{error}");
    }

    /// The last operation of the graph, and the shape of the result.
    fn last(self) -> (Op, Vec<usize>) {
        let instance = self.read().expect("a graph");
        let id = instance.results[0].1;
        (instance.graph.node(id).expect("a node").op.clone(), instance.graph.shape(id).to_vec())
    }
}

/// `x` where a mask `[2, 3]` with new axes is not 0.
fn masked(x: &[i64], new: &[i64]) -> File {
    File::default()
        .x(x)
        .input("m", element::INT64, &[2, 3])
        .numbers("zero", &[], &[0.0])
        .list("new", new)
        .with("t = Cast m", &[("to", i64::from(element::BOOL))])
        .node("u = Unsqueeze t new")
        .node("y = Where u x zero")
}

#[test]
fn a_mask_stands_at_the_axes_where_onnx_puts_it() {
    let keep = |file: File| match file.last().0 {
        Op::KeepAllowed(keep) => (keep.shared.is_some(), keep.present.is_some()),
        other => panic!("{other:?}"),
    };
    assert_eq!(keep(masked(&[2, 2, 2, 3], &[1, 2])), (false, true));
    assert_eq!(keep(masked(&[2, 2, 3], &[1])), (false, true));
    assert_eq!(keep(masked(&[2, 2, 2, 3], &[0])), (true, false));
    masked(&[2, 2, 2, 3], &[1]).refused("a mask of 3 axes for [2, 2, 2, 3]");
    masked(&[2, 2, 3], &[1, 2]).refused("a mask of 4 axes for [2, 2, 3]");
    masked(&[2, 3], &[0]).refused("a mask of 3 axes for [2, 3]");
    // Known masks: one of no rows, which makes the result one of none.
    let none = File::default().x(&[1, 2, 0]).truths("m", &[0, 2, 0], &[]).numbers("zero", &[], &[0.0]);
    none.node("y = Where m x zero").refused("a mask of the shape [0, 2, 0] for [1, 2, 0]");
}

/// A zero repeated to a shape.
fn zeros(file: File, name: &str, sizes: &[i64]) -> File {
    file.list("sizes", sizes).node(&format!("{name} = ConstantOfShape sizes"))
}

#[test]
fn a_choice_has_the_shape_of_all_its_operands() {
    let file = File::default().x(&[5]).numbers("zero", &[], &[0.0]).node("t = LessOrEqual x zero");
    let (op, shape) = zeros(file, "z", &[4, 5]).node("y = Where t z x").last();
    assert!(matches!(op, Op::Gate(_)) && shape == [4, 5], "{op:?} {shape:?}");

    let clamped = |bound: &[i64], zero: &[i64]| {
        let file = File::default().x(&[5]).numbers("one", &[], &[1.0]);
        let file = file.list("lower", bound).node("lo = ConstantOfShape lower");
        let file = file.node("a = Greater x lo").node("b = Less x one").node("t = And a b");
        let (op, shape) = zeros(file, "z", zero).node("y = Where t x z").last();
        assert!(matches!(op, Op::ClampGate(_)), "{op:?}");
        shape
    };
    assert_eq!(clamped(&[1], &[1]), [5]);
    assert_eq!(clamped(&[4, 1], &[1]), [4, 5]);
    assert_eq!(clamped(&[1], &[1, 1, 1]), [1, 1, 5]);

    let causal = File::default().x(&[2, 2]).truths("m", &[2, 2], &[1, 0, 1, 1]);
    let (op, shape) = zeros(causal, "z", &[1, 1, 1]).node("y = Where m x z").last();
    assert!(matches!(&op, Op::KeepAllowed(keep) if keep.causal) && shape == [1, 2, 2], "{op:?} {shape:?}");
}

#[test]
fn a_choice_by_indices_has_the_shape_of_all_its_operands() {
    let below = |zero: &[i64]| {
        let file = File::default().x(&[2, 4]).input("i", element::INT64, &[2]).whole("size", &[], &[3]);
        let file = file.list("last", &[-1]).node("b = Less i size").node("c = Unsqueeze b last");
        zeros(file, "z", zero).node("y = Where c x z")
    };
    assert!(matches!(below(&[1]).last().0, Op::KeepValid(_)));
    below(&[1, 1, 1]).refused("this condition is not read");

    let picked = |x: &[i64], positions: &[i64]| {
        let file = File::default().x(x).input("i", element::INT64, &[2]).list("at", positions);
        let file = file.list("last", &[-1]).node("c = Unsqueeze i last").node("e = Equal c at");
        zeros(file, "z", &[1]).node("y = Where e x z")
    };
    assert!(matches!(picked(&[2, 3], &[0, 1, 2]).last().0, Op::ScatterLast(_)));
    picked(&[2, 1], &[0, 1, 2]).refused("this condition is not read");
    picked(&[2, 3], &[0]).refused("this condition is not read");

    let bound = |dims: &[i64], zero: &[i64]| {
        let file = File::default().numbers("table", &[3, 2], &[1.0; 6]).input("i", element::INT64, &[2]);
        let file = file.whole("size", dims, &[3]).whole("zero", zero, &[0]).list("last", &[-1]);
        let file = file.node("b = Less i size").node("g = Where b i zero").node("r = Gather table g");
        zeros(file.node("c = Unsqueeze b last"), "z", &[1]).node("y = Where c r z")
    };
    assert_eq!(bound(&[], &[1]).last().1, [2, 2]);
    bound(&[1, 1], &[]).refused("this comparison is not read");
    bound(&[], &[1, 1]).refused("indices are chosen by a condition on others");
}

#[test]
fn reductions_may_say_what_they_would_do_without_axes() {
    for noop in [0, 1] {
        let file = File::default().x(&[2, 3]).list("axes", &[1]);
        let read = file.with("y = ReduceSum x axes", &[("noop_with_empty_axes", noop), ("keepdims", 0)]).read();
        let instance = read.expect("a graph");
        assert_eq!(instance.graph.shape(instance.results[0].1).to_vec(), [2]);
    }
}

#[test]
fn parameters_of_one_element_stay_parameters() {
    for op in ["Add", "Sub", "Mul", "Div", "Max"] {
        let leaves = |dims: &[i64]| {
            let file = File::default().x(&[2]).numbers("w", dims, &[3.0]).node(&format!("y = {op} x w"));
            file.read().expect("a graph").leaves.len()
        };
        assert_eq!(leaves(&[1]), 2, "{op}");
        assert_eq!(leaves(&[]), 1, "{op}");
    }
    let power = |x: &[i64], dims: &[i64]| File::default().x(x).numbers("e", dims, &[2.0]).node("y = Pow x e");
    assert!(matches!(power(&[2], &[1]).last().0, Op::Pow(_)));
    power(&[2], &[1, 1]).refused("its exponent has more axes than [2]");
}

#[test]
fn whole_numbers_keep_their_shape_and_type() {
    let reshaped = |to: &[i64]| {
        let file = File::default().x(&[2]).whole("n", &[1], &[3]).list("to", to).node("r = Reshape n to");
        file.node("s = Shape r").node("y = ConstantOfShape s").last().1
    };
    assert_eq!(reshaped(&[1, 1]), [1, 1]);
    assert_eq!(reshaped(&[-1]), [1]);
    assert!(reshaped(&[]).is_empty());
    let cast = |number: i64, to: i32| {
        let file = File::default().x(&[2]).list("n", &[number]).with("r = Cast n", &[("to", i64::from(to))]);
        file.node("y = ConstantOfShape r")
    };
    assert_eq!(cast(5, element::INT64).last().1, [5]);
    assert_eq!(cast(5, element::INT32).last().1, [5]);
    cast(5, element::BOOL).refused("whole numbers as bool");
    cast(5, element::FLOAT).refused("whole numbers as f32");
    cast(1 << 40, element::INT32).refused("1099511627776 is no i32");
}
