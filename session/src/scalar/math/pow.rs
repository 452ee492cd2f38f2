//! Powers.
pub(super) fn pow(x: f64, e: f64) -> f64 {
    x.powf(e)
}
