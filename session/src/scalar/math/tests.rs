#[test]
fn quick() {
    use super::{f32, f64};
    macro_rules! check {
        ($name:ident, $reference:expr) => {
            let (mut worst, mut at) = (0.0, 0.0f32);
            let mut bits = 0u32;
            while let Some(next) = bits.checked_add(997) {
                bits = next;
                let x = std::primitive::f32::from_bits(bits);
                if x.is_nan() {
                    continue;
                }
                let reference: fn(std::primitive::f64) -> std::primitive::f64 = $reference;
                let exact = reference(x as f64);
                let own = f64::$name(x as f64);
                if ((own - exact) / exact).abs() > 4e-16 && exact.abs() > 1e-300 {
                    println!("{} f64 {x:e}: {own:e} {exact:e}", stringify!($name));
                }
                let y = f32::$name(x);
                let ulp = {
                    let magnitude = (exact.abs() as f32).max(1.2e-38).min(3.4e38);
                    let exponent = (magnitude.to_bits() >> 23) as i32 - 127 - 23;
                    2f64.powi(exponent)
                };
                if y as f64 == exact || (exact.is_nan() && y.is_nan()) {
                    continue;
                }
                let error = ((y as f64 - exact) / ulp).abs();
                let error = if y.is_infinite() && exact > 3.40282356e38 { 0.0 } else { error };
                if !(error <= worst) {
                    worst = error;
                    at = x;
                }
            }
            println!("{} {worst:.3} at {at:e} {}", stringify!($name), f32::$name(at));
        };
    }
    check!(exp, |x| x.exp());
    check!(ln, |x| x.ln());
    check!(tanh, |x| x.tanh());
    check!(sigmoid, |x| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) });
    check!(softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p());
    check!(erf, |x| f64::erf(x));
}
