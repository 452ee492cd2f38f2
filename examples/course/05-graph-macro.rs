//! 5: `graph!`. A graph written as a formula: `@` is the matrix product, `+` repeats a bias along the batch, and a
//! shape stands in brackets. It records the calls of the chapters before, node for node.
//!
//! A function of `graph!` is called with a session, like one written by hand. Its name also stands for the closed
//! graph: data to print, and a function to run without recording anything.

use session::prelude::*;

graph! {
    /// One hidden layer of any width, for a batch of any size.
    fn mlp<B, H>(x: [B, 2], w1: [2, H], b1: [H], w2: [H, 1], b2: [1]) -> [B, 1] {
        let hidden = tanh(x @ w1 + b1);
        hidden @ w2 + b2
    }

    /// Functions call each other; a plain number is a number of Rust.
    fn score<B, H>(x: [B, 2], y: [B, 1], w1: [2, H], b1: [H], w2: [H, 1], b2: [1], scale: f64) -> ([], [B, 1]) {
        let guess = mlp(x, w1, b1, w2, b2);
        let error = mean(square(guess - y)) * scale;
        (error, guess)
    }
}

/// What `mlp` stands for.
fn by_hand<B: Dimension, H: Dimension>(
    s: &Session,
    x: TensorRef<shape![B, 2]>,
    w1: TensorRef<shape![2, H]>,
    b1: TensorRef<shape![H]>,
    w2: TensorRef<shape![H, 1]>,
    b2: TensorRef<shape![1]>,
) -> TensorRef<shape![B, 1]> {
    let hidden = s.tanh(s.broadcast_add(s.matmul(x, w1), b1));
    s.broadcast_add(s.matmul(hidden, w2), b2)
}

fn main() -> Result<(), Error> {
    let graph = mlp::graph::<Dim<4>, Dim<2>>();
    println!("the graph of mlp, for B = 4 and H = 2:\n{graph}");

    // Weights that are known to be right: the first hidden unit says `or`, the second `and`.
    let x = Tensor::<f32, shape![4, 2]>::from_array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
    let y = Tensor::<f32, shape![4, 1]>::from_array([[0.0], [1.0], [1.0], [0.0]]);
    let (w1, b1) = (Tensor::from_array([[5.0, 5.0], [5.0, 5.0]]), Tensor::from_array([-2.5, -7.5]));
    let (w2, b2) = (Tensor::from_array([[0.5], [-0.5]]), Tensor::from_array([0.0]));

    // In a recording, beside calls by hand; `graph!(s => ..)` writes a formula where a value is expected.
    let s = Session::<f32>::new(Options::default());
    let (xr, w1r, b1r) = (s.input(x.clone())?, s.input(w1.clone())?, s.input(b1.clone())?);
    let (w2r, b2r) = (s.input(w2.clone())?, s.input(b2.clone())?);
    by_hand(&s, xr, w1r, b1r, w2r, b2r);
    println!("the same graph by hand: {}", s.graph() == graph);
    let sure = graph!(s => abs(mlp(xr, w1r, b1r, w2r, b2r) - 0.5) * 2);
    println!("how sure it is, from 0 to 1: {:.3}\n", s.value(s.transpose(sure))?);

    // Compiled once, run with any numbers of these shapes.
    let mut score = score::compile::<f32, Dim<4>, Dim<2>>(Options::default(), 100.0)?;
    let (error, guess) = score.run((&x, &y, &w1, &b1, &w2, &b2))?;
    println!(" a  b   a xor b   mlp(a, b)");
    for row in 0..4 {
        println!(" {}  {}{:10}{:12.3}", x[[row, 0]], x[[row, 1]], y[[row, 0]], guess[[row, 0]]);
    }
    println!("mean squared error, times 100: {error:.4}");
    let inputs: Vec<String> = score.inputs().map(|(name, shape)| format!("{name} {shape}")).collect();
    println!("\nits inputs: {}", inputs.join(", "));
    Ok(())
}
