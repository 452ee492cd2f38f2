//! The functions of a session that give derivatives, on models of operations with several nodes.

use session::ir::{DynShape, Id};
use session::semantics::{self, Array};

use super::*;

type Images = shape![2, 3, 6, 6];

/// A loss of images, filters and a scale, and what lies between.
struct Model {
    x: TensorRef<Images>,
    filters: TensorRef<shape![4, 3, 3, 3]>,
    scale: TensorRef<shape![4]>,
    /// A value on the way, of rank 2.
    hidden: TensorRef<shape![2, 4]>,
    loss: TensorRef<()>,
}

fn record(s: &Session<f64>) -> Model {
    let x = s.input(randn::<Images>(1)).unwrap();
    let filters = s.input(randn::<shape![4, 3, 3, 3]>(2)).unwrap();
    let scale = s.input(randn::<shape![4]>(3)).unwrap();
    let labels = s.input_nat_vec::<Dim<2>>(&[1, 3]).unwrap();
    let h = s.conv2d_grouped(filters, scale, x, Stride::<1>, Padding::<1>, Dilation::<1>, Groups::<1>);
    let h = s.group_norm(s.gelu(h), Groups::<2>, scale, scale);
    let h =
        s.add(s.smooth_max_pool2d(h, Kernel::<2, 2>, Stride::<2>, 2.0), s.avg_pool2d(h, Kernel::<2, 2>, Stride::<2>));
    let hidden = s.global_avg_pool(h, Axis::<2>);
    let loss = s.nll_loss(s.log_softmax_axis(hidden, Axis::<1>), labels);
    Model { x, filters, scale, hidden, loss: s.add(loss, s.var(hidden)) }
}

/// Inner products with a tangent at each leaf.
#[test]
fn tangents_of_all_leaves_are_the_sum_of_tangents_of_each() {
    let s = session();
    let m = record(&s);
    let (dx, df, ds) = (randn::<Images>(4), randn::<shape![4, 3, 3, 3]>(5), randn::<shape![4]>(6));
    let all = [dx.clone().into_dyn(), df.clone().into_dyn(), ds.clone().into_dyn()];
    let parts = [
        s.jvp_leaf(m.hidden, m.x, dx).unwrap(),
        s.jvp_leaf(m.hidden, m.filters, df.clone()).unwrap(),
        s.jvp_leaf(m.hidden, m.scale, ds).unwrap(),
    ];
    let sum: Vec<f64> = (0..8).map(|index| parts.iter().map(|part| part.as_slice()[index]).sum()).collect();
    all_close("all leaves", s.jvp_dense_all(m.hidden, &all).unwrap().as_slice(), &sum, 1e-12);
    assert!(parts.iter().all(|part| part.as_slice().iter().any(|&tangent| tangent.abs() > 1e-3)), "{parts:?}");

    let grads = s.backward_scalar_dense_all(m.loss).unwrap();
    let expected = dot(grads.get(m.filters).unwrap().as_slice(), df.as_slice());
    all_close("one leaf", &[s.jvp_scalar_leaf(m.loss, m.filters, df).unwrap()], &[expected], 1e-12);
    let error = s.jvp_leaf(m.loss, m.hidden, Tensor::zeros()).unwrap_err();
    assert!(matches!(error, Error::NotALeaf { id } if id == m.hidden.id()), "{error}");
}

/// u · H v = v · H u.
#[test]
fn the_hessian_is_symmetric() {
    let s = session();
    let m = record(&s);
    let (u, v) = (randn::<shape![4, 3, 3, 3]>(7), randn::<shape![4, 3, 3, 3]>(8));
    let (hu, hv) =
        (s.hvp_leaf(m.loss, m.filters, u.clone()).unwrap(), s.hvp_leaf(m.loss, m.filters, v.clone()).unwrap());
    let product = dot(u.as_slice(), hv.as_slice());
    assert!(product.abs() > 1e-3, "{product}");
    all_close("u · H v", &[product], &[dot(v.as_slice(), hu.as_slice())], 1e-12);
}

#[test]
fn derivatives_against_differences() {
    check_derivatives("the images", &randn::<Images>(1), enlarging);
}

/// A loss of images that are made larger.
fn enlarging(s: &Session<f64>, x: TensorRef<Images>) -> TensorRef<()> {
    let filters = s.input(randn::<shape![4, 3, 3, 3]>(2)).unwrap();
    let bias = s.input(randn::<shape![4]>(3)).unwrap();
    let target = s.input(randn::<shape![2, 4, 11, 11]>(9)).unwrap();
    let up = s.input(randn::<shape![4, 4, 1, 1]>(10)).unwrap();
    let h = s.silu(s.conv2d_grouped(filters, bias, x, Stride::<1>, Padding::<1>, Dilation::<1>, Groups::<1>));
    let h = s.smooth_max_pool(h, dims![3, 2], dims![1, 1], dims![1, 1], -1.5);
    let h: TensorRef<shape![2, 4, 11, 13]> = s.conv_transpose2d(up, bias, h, Stride::<2>, Padding::<0>);
    let h: TensorRef<shape![2, 4, 11, 11]> = s.slice_axis(h, Axis::<3>, Slice::<1, 12>);
    let losses = [s.huber_loss(h, target, 0.7), s.bce_with_logits(h, s.sigmoid(target))];
    s.sum(s.logsumexp_axis(s.stack(losses), Axis::<0>))
}

/// The seed at the result, then what flows in: for every leaf and node the bits of the definition.
#[test]
fn gradients_of_every_intermediate_are_those_of_the_definition() {
    let s = session();
    let m = record(&s);
    let seed = randn::<shape![2, 4]>(12);
    let found = s.backward_dense_all(m.hidden, seed.clone()).unwrap();
    assert_eq!(found.get(m.hidden).unwrap(), seed);

    let snapshot = s.snapshot();
    let array = |value: &DynTensor<f64>| Array::new(value.shape(), value.as_slice().to_vec());
    let leaves: Vec<Array<f64>> = snapshot.leaves.iter().map(array).collect();
    let mut seeds: Vec<Option<Array<f64>>> = vec![None; snapshot.graph.len()];
    seeds[m.hidden.id().index()] = Some(Array::new(DynShape::new(&[2, 4]), seed.to_vec()));
    let expected = semantics::backprop_all(&snapshot.graph, &leaves, &snapshot.naturals, seeds);
    assert_eq!(found.len(), expected.len());
    let mut reached = 0;
    for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let id = Id::new(index);
        match expected {
            Some(expected) => {
                assert_eq!(found.shape(), expected.shape, "{id}");
                all_close(&id.to_string(), found.as_slice(), &expected.data, 0.0);
                reached += 1;
            }
            None => assert!(found.as_slice().iter().all(|&gradient| gradient == 0.0), "{id}"),
        }
    }
    assert!(reached > 20 && reached < found.len(), "{reached} of {}", found.len());

    // The gradient of Σ seed · hidden.
    let weighted = s.sum(s.mul(m.hidden, s.constant(seed)));
    let grads = s.backward_scalar_dense_all(weighted).unwrap();
    for leaf in [m.x.id(), m.filters.id(), m.scale.id()] {
        let at = |grads: &session::DenseGrads<f64>| grads.iter().nth(leaf.index()).unwrap();
        all_close("a leaf", at(&grads).as_slice(), at(&found).as_slice(), 1e-13);
    }
}

/// A small text model: embedding, attention, normalisation, dropout, a loss at labels.
struct Text {
    table: Param<shape![7, 6], f64>,
    projection: Param<shape![6, 4], f64>,
    back: Param<shape![4, 6], f64>,
    gamma: Param<shape![6], f64>,
    beta: Param<shape![6], f64>,
}

impl Text {
    fn loss(&self, s: &Session<f64>) -> TensorRef<()> {
        s.reset_tape();
        let table = s.use_param(&self.table).unwrap();
        let (w, wo) = (s.use_param(&self.projection).unwrap(), s.use_param(&self.back).unwrap());
        let (gamma, beta) = (s.use_param(&self.gamma).unwrap(), s.use_param(&self.beta).unwrap());
        let tokens = s.input_nats::<shape![2, 3]>(&[6, 0, 6, 2, 2, 1]).unwrap();
        let present = s.input_nats::<shape![2, 3]>(&[1, 1, 1, 1, 1, 0]).unwrap();
        let labels = s.input_nats::<shape![2, 3]>(&[0, 6, 2, 2, 1, 0]).unwrap();
        let key = s.input_nat(5).unwrap();
        let x: TensorRef<shape![2, 3, 6]> = s.embedding(table, tokens);
        let y = s.multi_head_attention_padded(w, w, w, wo, x, Heads::<2>, Some(Mask::causal()), present);
        let h = s.dropout_keyed(s.layer_norm(s.add(x, y), gamma, beta), 0.25, key);
        let h: TensorRef<shape![6, 6]> = s.reshape(h, dims![6, 6]);
        let logits: TensorRef<shape![6, 7]> = s.matmul(h, s.transpose(table));
        let logits = s.reshape(logits, dims![2, 3, 7]);
        s.nll_loss(s.log_softmax(logits), labels)
    }
}

#[test]
fn gradients_of_parameters_against_differences() {
    let text = Text {
        table: Param::new(randn(1)),
        projection: Param::new(randn(2)),
        back: Param::new(randn(3)),
        gamma: Param::new(randn(4)),
        beta: Param::new(randn(5)),
    };
    let s = session();
    let loss = text.loss(&s);
    let grads = s.backward_params(loss).unwrap();
    assert_eq!(grads.len(), 5);
    assert_eq!(grads.value(), s.value(loss).unwrap().value());
    let step = 1e-6;
    macro_rules! check {
        ($($field:ident)*) => {$(
            let (at, direction) = (text.$field.value(), randn(20));
            let moved = |sign: f64| {
                text.$field.set_value(at.zip(&direction, |x, v| x + sign * step * v));
                s.value(text.loss(&s)).unwrap().value()
            };
            let slope = (moved(1.0) - moved(-1.0)) / (2.0 * step);
            text.$field.set_value(at);
            let along = dot(grads.get(&text.$field).unwrap().as_slice(), direction.as_slice());
            assert!(along.abs() > 1e-4, "{} does not matter", stringify!($field));
            all_close(stringify!($field), &[along], &[slope], 1e-7);
        )*};
    }
    check! { table projection back gamma beta }
}

/// A small network: x, w, direction along x, its output and its loss.
struct Recorded {
    s: Session<f64>,
    x: TensorRef<shape![3, 2]>,
    w: TensorRef<shape![2, 2]>,
    dx: TensorRef<shape![3, 2]>,
    y: TensorRef<shape![3, 2]>,
    loss: TensorRef<()>,
}

fn recorded() -> Recorded {
    let s = Session::<f64>::new(Options::default().threads(1));
    let x = s.input(Tensor::from_array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]])).unwrap();
    let w = s.input(Tensor::from_array([[1.0, -0.5], [0.25, 2.0]])).unwrap();
    let dx = s.input(Tensor::from_array([[1.0, 0.0], [0.5, -2.0], [0.0, 3.0]])).unwrap();
    let y = s.tanh(s.matmul(x, w));
    let loss = s.mean(s.square(y));
    Recorded { s, x, w, dx, y, loss }
}

#[test]
fn recorded_derivatives_have_the_bits_of_those_that_are_asked_for() {
    let Recorded { s, x, w, dx, y, loss } = recorded();
    let along = s.value(dx).unwrap();
    let tangent = s.jvp_leaf(y, x, along.clone()).unwrap();
    let product = s.hvp_leaf(loss, x, along).unwrap();
    let all = s.backward_scalar_dense_all(loss).unwrap();
    let (at_w, at_y) = (all.get(w).unwrap(), all.get(y).unwrap());

    let recorded = s.tangent(y, x, dx).unwrap();
    assert_eq!(s.value(recorded).unwrap(), tangent);
    assert!(tangent.as_slice().iter().any(|slope| slope.abs() > 0.1));
    let (dw, dy) = (s.gradient(loss, w).unwrap(), s.gradient(loss, y).unwrap());
    assert_eq!(s.value(dw).unwrap(), at_w);
    assert_eq!(s.value(dy).unwrap(), at_y);
    // Hessian times vector: forward over the recorded gradient.
    let slope = s.gradient(loss, x).unwrap();
    let twice = s.tangent(slope, x, dx).unwrap();
    assert_eq!(s.value(twice).unwrap(), product);
    s.graph().validate().unwrap();
}

#[test]
fn a_derivative_records_only_what_it_needs() {
    let Recorded { s, x, dx, y, .. } = recorded();
    let unrelated = s.exp(s.exp(x));
    let before = s.graph().nodes().len();
    s.tangent(y, x, dx).unwrap();
    let nodes = s.graph().nodes()[before..].to_vec();
    // The product of the direction, and the rule of tanh.
    assert!(!nodes.is_empty() && nodes.len() <= 6, "{nodes:?}");
    assert!(nodes.iter().all(|node| node.operands.iter().all(|&operand| operand != unrelated.id())));
}

#[test]
fn what_does_not_depend_has_zeros_and_nodes_have_no_direction() {
    let Recorded { s, x, w, dx, y, loss } = recorded();
    let of_w = s.sum(w);
    let zeros = s.gradient(of_w, x).unwrap();
    assert_eq!(s.value(zeros).unwrap(), Tensor::zeros());
    let zero = s.tangent(of_w, x, dx).unwrap();
    assert_eq!(s.value(zero).unwrap().value(), 0.0);
    let error = s.tangent(loss, y, y).unwrap_err();
    assert!(matches!(error, Error::NotALeaf { id } if id == y.id()), "{error}");
    let other = recorded();
    assert!(matches!(s.gradient(other.loss, x), Err(Error::StaleRef { .. })));
}
