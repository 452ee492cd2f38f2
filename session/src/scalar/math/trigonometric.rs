//! Sine and cosine.
pub(super) fn sin(x: f64) -> f64 {
    x.sin()
}
pub(super) fn cos(x: f64) -> f64 {
    x.cos()
}
