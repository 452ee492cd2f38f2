use proptest::prelude::*;

use super::super::elementwise::*;
use super::*;

fn check<T: Float>(length: usize, (seed, special): (u64, u64)) {
    let mut numbers = Numbers::new(seed, special);
    let inputs: [Vec<T>; 4] = std::array::from_fn(|_| numbers.take(length));
    let (zero, c) = (T::literal(0.0), numbers.next::<T>());
    on_every_processor(|processor| {
        let mut out = vec![T::literal(f64::NAN); length];
        macro_rules! compare {
            ($($name:ident $({ $parameter:ident })? |$($x:ident),+| $value:expr;)*) => {$({
                let mut i = 0..4;
                let inputs = [$({ let _ = stringify!($x); inputs[i.next().unwrap()].as_slice() }),+];
                map(processor, $name $({ $parameter })?, inputs, &mut out);
                let expected: Vec<T> = (0..length)
                    .map(|i| {
                        let [$($x),+] = inputs.map(|input| input[i]);
                        $value
                    })
                    .collect();
                assert_bits(processor, stringify!($name), &out, &expected);
            })*};
        }
        let relu = |x: T, value: T| if x <= zero { zero } else { value };
        compare! {
            Neg |x| -x;
            Abs |x| if x.to_f64().is_sign_negative() { -x } else { x };
            Relu |x| relu(x, x);
            Sqrt |x| x.sqrt();
            Exp |x| x.exp();
            Ln |x| x.ln();
            Sin |x| x.sin();
            Cos |x| x.cos();
            Tanh |x| x.tanh();
            Sigmoid |x| x.sigmoid();
            Softplus |x| x.softplus();
            Erf |x| x.erf();
            Scale { c } |x| x * c;
            AddScalar { c } |x| x + c;
            ScalarSub { c } |x| c - x;
            ScalarDiv { c } |x| c / x;
            DivScalar { c } |x| x / c;
            ExpSub { c } |x| (x - c).exp();
            Add |x, y| x + y;
            Sub |x, y| x - y;
            Mul |x, y| x * y;
            Div |x, y| x / y;
            Maximum |x, y| x.maximum(y);
            Minimum |x, y| x.minimum(y);
            Gate |x, y| relu(x, y);
            MulAdd |x, y, z| x.mul_add(y, z);
            SelectGt |a, b, x, y| if a > b { x } else { y };
            SelectNan |a, x, y| if a.to_f64().is_nan() { x } else { y };
        }
        map(processor, Axpy { alpha: c }, [&inputs[0], &inputs[1]], &mut out);
        let expected: Vec<T> = (0..length).map(|i| c.mul_add(inputs[0][i], inputs[1][i])).collect();
        assert_bits(processor, "Axpy", &out, &expected);
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
