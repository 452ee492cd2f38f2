//! The elementary functions. Interim: the standard library's; no error function yet.

macro_rules! functions {
    ($($type:ident)*) => {$(
        #[allow(missing_docs)]
        pub mod $type {
            pub fn exp(x: $type) -> $type { x.exp() }
            pub fn ln(x: $type) -> $type { x.ln() }
            pub fn sin(x: $type) -> $type { x.sin() }
            pub fn cos(x: $type) -> $type { x.cos() }
            pub fn tanh(x: $type) -> $type { x.tanh() }
            pub fn sigmoid(x: $type) -> $type { 1.0 / (1.0 + (-x).exp()) }
            pub fn softplus(x: $type) -> $type { if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() } }
            pub fn erf(_: $type) -> $type { $type::NAN }
            pub fn pow(x: $type, exponent: f64) -> $type { x.powf(exponent as $type) }
        }
    )*};
}

functions! { f32 f64 }
