//! The golden file: values, reverse and forward derivatives by PyTorch in float64, one case a line.

use serde_json::Value;
use session::Error;
use session::autodiff::{forward, reverse};
use session::ir::{DynShape, Graph, Id, NatId, Op, op};
use session::semantics::{Array, backprop_all, eval, jvp};
use session_tests::compare::all_close;

/// Operations of the file that the graph cannot express yet. One that it learns must leave this list.
const NOT_YET: &[&str] = &[
    "avg_pool",
    "batch_norm",
    "bce_with_logits",
    "conv_transpose",
    "conv_transpose2d",
    "layer_norm",
    "max_axis",
    "multi_head_attention",
    "smooth_max_pool",
    "smooth_max_pool2d",
];

const TOLERANCE: f64 = 1e-10;

/// One line of the file.
struct Case(Value);

fn all() -> Vec<Case> {
    let lines = include_str!("../data/ops.jsonl").lines();
    lines.map(|line| Case(serde_json::from_str(line).expect("a line of JSON"))).collect()
}

fn sizes(list: &Value) -> Vec<usize> {
    list.as_array().expect("a list").iter().map(|size| size.as_u64().expect("a natural number") as usize).collect()
}

fn array(tensor: &Value) -> Array<f64> {
    let data = tensor["data"].as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number"));
    Array::new(DynShape::new(&sizes(&tensor["shape"])), data.collect())
}

fn arrays(list: &Value) -> Vec<Array<f64>> {
    list.as_array().expect("a list").iter().map(array).collect()
}

impl Case {
    fn name(&self) -> &str {
        self.0["op"].as_str().expect("a name")
    }

    fn natural(&self, parameter: &str) -> usize {
        self.0["params"][parameter].as_u64().unwrap_or_else(|| panic!("the parameter {parameter}")) as usize
    }

    fn number(&self, parameter: &str) -> f64 {
        self.0["params"][parameter].as_f64().unwrap_or_else(|| panic!("the parameter {parameter}"))
    }

    fn list(&self, parameter: &str) -> DynShape {
        DynShape::new(&sizes(&self.0["params"][parameter]))
    }

    /// The graph of the case, or `None` if its operation is not among those known here.
    fn graph(&self) -> Result<Option<Graph>, Error> {
        let mut graph = Graph::default();
        let inputs: Vec<Id> = arrays(&self.0["inputs"]).iter().map(|input| graph.leaf(input.shape)).collect();
        let naturals = sizes(&self.0["nats"]);
        if !naturals.is_empty() {
            graph.natural(DynShape::new(&[naturals.len()]));
        }
        Ok(self.express(&mut graph, &inputs)?.map(|_| graph))
    }

    fn express(&self, graph: &mut Graph, inputs: &[Id]) -> Result<Option<Id>, Error> {
        let x = graph.shape(inputs[0]);
        let last = x.len().saturating_sub(1);
        let axes = |axes: &[usize]| DynShape::new(axes);
        let indices = NatId::new(0);
        let op: Op = match self.name() {
            "add" => op::Add {}.into(),
            "sub" => op::Sub {}.into(),
            "mul" => op::Mul {}.into(),
            "div" => op::Div {}.into(),
            "neg" => op::Neg {}.into(),
            "scale" => op::Scale { factor: self.number("c").into() }.into(),
            "abs" => op::Abs {}.into(),
            "cos" => op::Cos {}.into(),
            "sin" => op::Sin {}.into(),
            "erf" => op::Erf {}.into(),
            "gelu" => op::Gelu {}.into(),
            "gelu_tanh" => op::GeluTanh {}.into(),
            "silu" => op::Silu {}.into(),
            "maximum" => op::Maximum {}.into(),
            "minimum" => op::Minimum {}.into(),
            "sigmoid" => op::Sigmoid {}.into(),
            "softplus" => op::Softplus {}.into(),
            "sqrt" => op::Sqrt {}.into(),
            "clamp" => op::Clamp { lo: self.number("lo").into(), hi: self.number("hi").into() }.into(),
            "safe_log" => op::SafeLog { epsilon: self.number("eps").into() }.into(),
            "relu" => op::Relu {}.into(),
            "tanh" => op::Tanh {}.into(),
            "exp" => op::Exp {}.into(),
            "log" => op::Log {}.into(),
            "sum" => op::Sum { axes: (0..x.len()).collect() }.into(),
            "sum_axis" => op::Sum { axes: axes(&[self.natural("axis")]) }.into(),
            "mean_axis" => op::Mean { axes: axes(&[self.natural("axis")]) }.into(),
            "softmax" => op::Softmax { axis: last }.into(),
            "logsumexp" => op::LogSumExp { axis: last }.into(),
            "log_softmax" => op::LogSoftmax { axis: last }.into(),
            "cross_entropy" => op::CrossEntropy { labels: indices }.into(),
            "mse_loss" => op::MseLoss {}.into(),
            "matmul" | "bmm" => op::MatMul { transpose_a: false, transpose_b: false }.into(),
            "linear" => op::Linear {}.into(),
            "conv" | "conv2d" => self.convolution(x.len() - 2).into(),
            "max_pool" => {
                let [kernel, stride, padding] = ["kernel", "stride", "padding"].map(|name| self.list(name));
                op::MaxPool { kernel, stride, padding }.into()
            }
            "flatten" => op::Reshape { to: axes(&[x.elements()]) }.into(),
            "reshape" => op::Reshape { to: self.list("to") }.into(),
            "transpose" => op::Permute { axes: axes(&[1, 0]) }.into(),
            "move_first_to_last" => op::Permute { axes: axes(&[1, 2, 0]) }.into(),
            "move_last_to_first" => op::Permute { axes: axes(&[2, 0, 1]) }.into(),
            "swap_last_two" => op::Permute { axes: axes(&[0, 2, 1]) }.into(),
            "swap_adjacent" => {
                let mut order: Vec<usize> = (0..x.len()).collect();
                order.swap(self.natural("depth"), self.natural("depth") + 1);
                op::Permute { axes: axes(&order) }.into()
            }
            "broadcast" => op::Broadcast { to: self.list("to") }.into(),
            "concat" => op::Concat { axis: 0 }.into(),
            "concat_axis" => op::Concat { axis: self.natural("axis") }.into(),
            "slice" => self.slice(0).into(),
            "slice_axis" => self.slice(self.natural("axis")).into(),
            "gather_rows" => op::GatherRows { indices }.into(),
            _ => return self.compose(graph, inputs),
        };
        graph.push(op, inputs).map(Some)
    }

    /// The operations that are several nodes.
    fn compose(&self, graph: &mut Graph, inputs: &[Id]) -> Result<Option<Id>, Error> {
        let x = inputs[0];
        let shape = graph.shape(x);
        Ok(Some(match self.name() {
            "square" => graph.push(op::Mul {}, &[x, x])?,
            "reciprocal" => {
                let one = graph.push(op::Full { shape, value: 1.0.into() }, &[])?;
                graph.push(op::Div {}, &[one, x])?
            }
            "gather_scalar" | "gather_row" => {
                let start = self.natural("index");
                let slice = graph.push(op::Slice { axis: 0, start, end: start + 1 }, &[x])?;
                graph.push(op::Reshape { to: shape.without(|axis| axis == 0) }, &[slice])?
            }
            "gather_vec" => {
                let column = graph.push(op::Reshape { to: DynShape::new(&[shape[0], 1]) }, &[x])?;
                let rows = graph.push(op::GatherRows { indices: NatId::new(0) }, &[column])?;
                graph.push(op::Reshape { to: graph.naturals()[0] }, &[rows])?
            }
            "scatter_add_vec" | "scatter_add_row" => {
                let (before, after) = (self.natural("index"), shape[0] - self.natural("index") - 1);
                let row = graph.push(op::Reshape { to: shape.with(0, 1) }, &[inputs[1]])?;
                let padded = graph.push(op::Pad { axis: 0, before, after }, &[row])?;
                graph.push(op::Add {}, &[x, padded])?
            }
            _ => return Ok(None),
        }))
    }

    fn slice(&self, axis: usize) -> op::Slice {
        let start = self.natural("start");
        op::Slice { axis, start, end: start + self.natural("len") }
    }

    fn convolution(&self, spatial: usize) -> op::Conv {
        let each = |name: &str| match &self.0["params"][name] {
            Value::Number(one) => std::iter::repeat_n(one.as_u64().expect("a size") as usize, spatial).collect(),
            list => DynShape::new(&sizes(list)),
        };
        let dilation = std::iter::repeat_n(1, spatial).collect();
        op::Conv { stride: each("stride"), padding: each("padding"), dilation, groups: 1 }
    }

    /// The value and all derivatives, each in both ways, against the file.
    fn check(&self, graph: &Graph) {
        let name = self.name();
        let compare = |what: &str, found: &Array<f64>, expected: &Array<f64>| {
            all_close(what, found, expected, TOLERANCE).unwrap_or_else(|error| panic!("{name}: {error}"));
        };
        let leaves = arrays(&self.0["inputs"]);
        let naturals: Vec<Vec<usize>> = graph.naturals().iter().map(|_| sizes(&self.0["nats"])).collect();
        let output = graph.ids().next_back().expect("a value");
        let ids: Vec<Id> = (0..leaves.len()).map(Id::new).collect();

        let value = array(&self.0["output"]);
        compare("value", &eval(graph, &leaves, &naturals)[output.index()], &value);

        let cotangent = array(&self.0["cotangent"]);
        let mut seeds = vec![None; graph.len()];
        seeds[output.index()] = Some(cotangent.clone());
        let defined = backprop_all(graph, &leaves, &naturals, seeds);
        let derivative = reverse(graph, &[output]);
        let values = eval(&derivative.graph, &[leaves.clone(), vec![cotangent]].concat(), &naturals);
        for (id, expected) in ids.iter().zip(arrays(&self.0["vjp"])) {
            compare("backprop_all", defined[id.index()].as_ref().expect("a gradient"), &expected);
            let gradient = derivative.gradient[id.index()].expect("a gradient");
            compare("reverse", &values[gradient.index()], &expected);
        }

        let tangents = arrays(&self.0["tangents"]);
        let expected = array(&self.0["jvp"]);
        let dual = &jvp(graph, &leaves, &tangents, &naturals)[output.index()];
        let tangent = Array::new(dual.shape, dual.data.iter().map(|x| x.tangent).collect());
        compare("dual numbers", &tangent, &expected);
        let derivative = forward(graph, &ids);
        let values = eval(&derivative.graph, &[leaves, tangents].concat(), &naturals);
        let tangent = derivative.gradient[output.index()].expect("a tangent");
        compare("forward", &values[tangent.index()], &expected);
    }
}

#[test]
fn every_expressible_case_agrees() {
    let cases = all();
    assert_eq!(cases.len(), 112, "lines of the file");
    for case in cases {
        let graph = case.graph().unwrap_or_else(|error| panic!("{}: {error}", case.name()));
        match graph {
            Some(graph) => {
                assert!(!NOT_YET.contains(&case.name()), "`{}` is expressed, yet listed in NOT_YET", case.name());
                case.check(&graph);
            }
            None => assert!(NOT_YET.contains(&case.name()), "`{}` is neither expressed nor in NOT_YET", case.name()),
        }
    }
}

#[test]
fn the_list_of_what_is_missing_is_true() {
    let cases = all();
    for name in NOT_YET {
        assert!(cases.iter().any(|case| case.name() == *name), "`{name}` is not in the file");
        assert!(!Op::NAMES.contains(name), "`{name}` is in the table now: express it and strike it from NOT_YET");
    }
}
