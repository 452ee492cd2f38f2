//! Certificates: what a session, a step, a function and a tape say about themselves.

mod certificates;
mod graphs;
mod programs;
mod recordings;
mod steps;

use session::verify::Certificate;

/// The claims of a certificate.
fn claims(certificate: &Certificate) -> Vec<&str> {
    certificate.checks.iter().map(|check| check.claim.as_str()).collect()
}
