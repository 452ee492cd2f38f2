use std::collections::BTreeSet;

use proptest::prelude::*;

use super::bound;
use crate::ir::op;
use crate::kernels::{InstructionSet, Processor, Threads};
use crate::ops::elementwise::{Binary, Unary, elementwise};
use crate::scalar::Float;

#[path = "../../kernels/tests/tools.rs"]
mod tools;
use tools::*;

/// The names of all elementwise operations: one that is not checked below fails the test.
macro_rules! names {
    (unary: $($unary:ident)*; binary: $($binary:ident)*;) => {
        BTreeSet::from([$(stringify!($unary),)* $(stringify!($binary),)*])
    };
}

fn check<T: Float>(length: usize, (seed, special): (u64, u64)) {
    let mut numbers = Numbers::new(seed, special);
    // Small numbers, and large ones where functions overflow or reduce their argument.
    let reach = T::from_f64([1.0, 1.0, 30.0, 1e4][(seed % 4) as usize]);
    let mut take = || numbers.take::<T>(length).into_iter().map(|x| x * reach).collect::<Vec<T>>();
    let inputs: [Vec<T>; 4] = std::array::from_fn(|_| take());
    let [c, d] = [inputs[0].first(), inputs[1].first()].map(|number| number.map_or(0.5, |number| number.to_f64()));
    on_every_processor(|processor| {
        let mut out = vec![T::literal(f64::NAN); length];
        let mut checked = BTreeSet::new();
        macro_rules! compare {
            ($($op:ident $({ $($attribute:ident: $value:expr),* })? ($($x:ident),+);)*) => {$({
                let op = op::$op { $($($attribute: $value.into()),*)? };
                let mut i = 0..4;
                let inputs = [$({ let _ = stringify!($x); inputs[i.next().unwrap()].as_slice() }),+];
                bound::<T>(&op.clone().into()).map(processor, &inputs, &mut out);
                let expected: Vec<T> = (0..length)
                    .map(|i| {
                        let [$($x),+] = inputs.map(|input| input[i]);
                        op.value($($x),+)
                    })
                    .collect();
                assert_bits(processor, stringify!($op), &out, &expected);
                checked.insert(stringify!($op));
            })*};
        }
        compare! {
            Neg (x);
            Scale { factor: c } (x);
            DivScalar { number: c } (x);
            AddScalar { number: c } (x);
            ScalarSub { number: c } (x);
            ScalarDiv { number: c } (x);
            Relu (x);
            LeakyRelu { slope: c } (x);
            Elu { alpha: c } (x);
            Abs (x);
            Clamp { lo: c, hi: d } (x);
            Clamp { lo: -0.5, hi: 0.25 } (x);
            SafeLog { epsilon: 1e-6 } (x);
            Detach (x);
            Gelu (x);
            GeluTanh (x);
            Silu (x);
            Sqrt (x);
            Pow { exponent: 3.0 } (x);
            Pow { exponent: -0.5 } (x);
            Pow { exponent: c } (x);
            Tanh (x);
            Sigmoid (x);
            Softplus (x);
            Exp (x);
            Log (x);
            Sin (x);
            Cos (x);
            Erf (x);
            Add (a, b);
            Sub (a, b);
            Mul (a, b);
            Div (a, b);
            Maximum (a, b);
            Minimum (a, b);
            Gate (x, v);
            ClampGate { lo: -0.5, hi: 0.25 } (x, v);
        }
        assert_eq!(checked, elementwise!(names));

        let c = T::from_f64(c);
        bound::<T>(&op::Axpy {}.into()).map(processor, &[&[c], &inputs[0], &inputs[1]], &mut out);
        let expected: Vec<T> = (0..length).map(|i| c.mul_add(inputs[0][i], inputs[1][i])).collect();
        assert_bits(processor, "Axpy", &out, &expected);
        bound::<T>(&op::SelectGt {}.into()).map(processor, &[0, 1, 2, 3].map(|i| inputs[i].as_slice()), &mut out);
        let [a, b, x, y] = &inputs;
        let expected: Vec<T> = (0..length).map(|i| if a[i] > b[i] { x[i] } else { y[i] }).collect();
        assert_bits(processor, "SelectGt", &out, &expected);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn functions(length in prop_oneof![0..40usize, 40..1500usize], numbers in numbers()) {
        both!(check(length, numbers));
    }
}

#[test]
fn split_over_threads() {
    both!(check(500_003, (1, 20)));
}
