//! 4: gradients. Reverse mode gives the gradient of a number; forward mode the change of anything along a direction;
//! forward over reverse the Hessian times a vector.
//!
//! All three are graphs made from the recorded graph, so they are exact and run as fast as it. At the end they find
//! the bottom of Rosenbrock's valley, by Newton's method, in six steps.

use session::prelude::*;

type Point = Tensor<f64, shape![2]>;

/// Rosenbrock's banana: `(1 - x)² + 100 (y - x²)²`, with its minimum 0 at (1, 1).
fn rosenbrock(s: &Session<f64>, point: TensorRef<shape![2]>) -> TensorRef<shape![]> {
    let (x, y) = (s.at(point, Index::<0>), s.at(point, Index::<1>));
    let (slope, bend) = (s.scalar_sub(1.0, x), s.sub(y, s.square(x)));
    s.add(s.square(slope), s.scale(s.square(bend), 100.0))
}

/// A new recording of it at a point.
fn record(s: &Session<f64>, at: &Point) -> Result<(TensorRef<shape![2]>, TensorRef<shape![]>), Error> {
    s.reset_tape();
    let point = s.input(at.clone())?;
    Ok((point, rosenbrock(s, point)))
}

fn main() -> Result<(), Error> {
    let s = Session::<f64>::new(Options::default());
    let start = Point::from_array([-1.2, 1.0]);
    let ([x, y], direction) = ([start[[0]], start[[1]]], Point::from_array([0.6, 0.8]));

    let (point, f) = record(&s, &start)?;
    println!("at (-1.2, 1), v = (0.6, 0.8)             the library                 by hand");

    // One gradient for each leaf and each node of the recording.
    let gradient = s.backward_scalar_dense_all(f)?.get(point)?;
    let bend = y - x * x;
    let by_hand = [-2.0 * (1.0 - x) - 400.0 * x * bend, 200.0 * bend];
    row("reverse: gradient", gradient.as_slice(), &by_hand);

    let along = s.jvp_scalar_leaf(f, point, direction.clone())?;
    row("forward: directional derivative", &[along], &[by_hand[0] * 0.6 + by_hand[1] * 0.8]);

    let product = s.hvp_leaf(f, point, direction)?;
    let hessian = [[2.0 - 400.0 * (bend - 2.0 * x * x), -400.0 * x], [-400.0 * x, 200.0]];
    row("forward over reverse: Hessian · v", product.as_slice(), &hessian.map(|[a, b]| a * 0.6 + b * 0.8));

    println!("\nNewton's method:\n step         x         y             f    |gradient|");
    let mut at = start;
    for step in 0..=6 {
        let (point, f) = record(&s, &at)?;
        let gradients = s.backward_scalar_dense_all(f)?;
        let g = gradients.get(point)?;
        let length = g.as_slice().iter().map(|g| g * g).sum::<f64>().sqrt();
        println!("{step:5}  {:8.5}  {:8.5}  {:12.3e}  {length:12.3e}", at[[0]], at[[1]], s.value(f)?.value());

        // The columns of the Hessian are its products with the axes; then two equations by Cramer's rule.
        let a = s.hvp_leaf(f, point, Point::from_array([1.0, 0.0]))?;
        let b = s.hvp_leaf(f, point, Point::from_array([0.0, 1.0]))?;
        let determinant = a[[0]] * b[[1]] - b[[0]] * a[[1]];
        at -= &Point::from_array([
            (g[[0]] * b[[1]] - b[[0]] * g[[1]]) / determinant,
            (a[[0]] * g[[1]] - g[[0]] * a[[1]]) / determinant,
        ]);
    }
    Ok(())
}

fn row(what: &str, library: &[f64], by_hand: &[f64]) {
    let numbers = |values: &[f64]| values.iter().map(|value| format!("{value:12.4}")).collect::<String>();
    println!("{what:<34}{:>24}{:>24}", numbers(library), numbers(by_hand));
}
