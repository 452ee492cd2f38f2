//! Closed graphs and function objects.

use session::optim::Sgd;
use session::prelude::*;

graph! {
    fn scores<B, H>(x: [B, 4], w: [4, H], rate: f64, ids: nat[B]) -> ([B, H], []) {
        let y = x @ w * rate;
        let loss = cross_entropy(y, ids);
        (y, loss)
    }

    struct Line {
        w: [1, 2] = zeros,
        b: [1] = zeros,
    }
    fn forward<B>(x: [B, 2]) -> [B, 1] { linear(w, b, x) }
    fn loss<B>(x: [B, 2], y: [B, 1]) -> [] { mse_loss(forward(x), y) }
    fn scaled<B>(x: [B, 2], by: f64) -> [B, 1] { forward(x) * by }
}

#[test]
fn a_closed_graph_has_named_inputs_and_outputs() {
    let mut f = scores::compile::<f32, Dim<2>, Dim<3>>(Options::default().threads(1), 0.5).unwrap();
    let inputs: Vec<String> = f.inputs().map(|(name, shape)| format!("{name} {shape}")).collect();
    let outputs: Vec<String> = f.outputs().map(|(name, shape)| format!("{name} {shape}")).collect();
    assert_eq!(inputs, ["x [2, 4]", "w [4, 3]", "ids [2]"]);
    assert_eq!(outputs, ["y [2, 3]", "loss []"]);
    assert_eq!(*f.graph(), scores::graph::<Dim<2>, Dim<3>>(0.5));
    let x = Tensor::<f32, shape![2, 4]>::from_fn(|[i, j]| (i + j) as f32);
    let w = Tensor::<f32, shape![4, 3]>::from_fn(|[i, j]| (i * j) as f32);
    let (y, loss) = f.run((&x, &w, &[1, 2])).unwrap();

    let s = Session::<f32>::new(Options::default().threads(1));
    let (xr, wr) = (s.input(x).unwrap(), s.input(w).unwrap());
    let ids = s.input_nat_vec::<Dim<2>>(&[1, 2]).unwrap();
    let (yr, loss_r) = scores(&s, xr, wr, 0.5, ids);
    assert_eq!(s.value(yr).unwrap(), y);
    assert_eq!(s.value(loss_r).unwrap(), loss);
    assert_eq!(s.graph(), *f.graph());
}

#[test]
fn a_method_becomes_a_training_step() {
    let net = Line::new(0);
    let x = Tensor::<f32, shape![4, 2]>::from_array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
    let y = Tensor::<f32, shape![4, 1]>::from_array([[1.0], [3.0], [2.0], [4.0]]);
    let mut predict = net.compile_forward::<Dim<4>>(Options::default().threads(1)).unwrap();
    assert_eq!(predict.run((&x,)).unwrap().to_vec(), [0.0; 4]);
    let mut step = net.compile_loss::<Dim<4>>(Options::default().threads(1)).unwrap().into_step(Sgd::new(0.1)).unwrap();
    for _ in 0..500 {
        step.run((&x, &y)).unwrap();
    }
    assert!((net.b.value()[[0]] - 1.0).abs() < 1e-3);
    // Parameters are read anew.
    assert!((predict.run((&x,)).unwrap()[[3, 0]] - 4.0).abs() < 1e-2);
    assert_eq!(Line::scaled_graph::<Dim<4>>(2.0).nodes().len(), 2);
    assert_eq!(Line::loss_graph::<Dim<4>>().leaves().len(), 4);
}
