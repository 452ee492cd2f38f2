//! The table of scalar derivatives, [`Dual`], against the slopes of the functions.

use session::scalar::{Dual, Scalar};

/// Half the distance of the points that a slope is taken between.
const STEP: f64 = 1e-5;

fn slope(name: &str, x: f64, dual: Dual<f64>, value: impl Fn(f64) -> f64) -> Result<(), String> {
    let expected = (value(x + STEP) - value(x - STEP)) / (2.0 * STEP);
    match (dual.tangent - expected).abs() <= 1e-7 * (1.0 + expected.abs()) {
        true => Ok(()),
        false => Err(format!("the derivative of {name} at {x} is {}, the slope {expected}", dual.tangent)),
    }
}

macro_rules! slopes {
    ($($name:literal |$x:ident| $value:expr;)*) => {
        /// Each function at points where it is smooth.
        pub fn check() -> Result<(), String> {
            fn literal<S: Scalar>(number: f64) -> S {
                S::literal(number)
            }
            for point in [0.3, 0.8, 1.7, 2.6] {
                $({
                    fn function<S: Scalar>($x: S) -> S {
                        $value
                    }
                    slope($name, point, function(Dual { value: point, tangent: 1.0 }), function::<f64>)?;
                })*
            }
            Ok(())
        }
    };
}

slopes! {
    "x + x" |x| x + x;
    "2 - x" |x| literal::<S>(2.0) - x;
    "x * x" |x| x * x;
    "2 / x" |x| literal::<S>(2.0) / x;
    "x / 3" |x| x / literal::<S>(3.0);
    "-x" |x| -x;
    "x * x + x" |x| x.mul_add(x, x);
    "3 * x + x" |x| literal::<S>(3.0).mul_add(x, x);
    "sqrt" |x| x.sqrt();
    "exp" |x| x.exp();
    "ln" |x| x.ln();
    "sin" |x| x.sin();
    "cos" |x| x.cos();
    "tanh" |x| x.tanh();
    "sigmoid" |x| x.sigmoid();
    "softplus" |x| x.softplus();
    "erf" |x| x.erf();
    "pow 2.5" |x| x.pow(2.5);
    "maximum" |x| x.maximum(literal::<S>(1.0) - x);
    "minimum" |x| x.minimum(literal::<S>(1.0) - x);
    "select_gt" |x| S::select_gt(x, literal::<S>(1.0), x * x, x);
    "select_nan" |x| S::select_nan(x, x, x * x);
}
