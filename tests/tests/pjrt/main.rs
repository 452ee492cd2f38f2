//! Functions and training steps on the devices of a plugin of PJRT, beside the same ones here.
//!
//! They need a plugin of CPUs in the variable `PJRT_PLUGIN`; without one they fail. `.ci/run` installs that of
//! `requirements.txt` beside this file:
//!
//! ```text
//! PJRT_PLUGIN=path/to/xla_cpu_pjrt.so cargo test -p session-tests --features pjrt --test pjrt
//! ```

mod earlier;
mod errors;
mod functions;
mod several;
mod training;

use std::sync::OnceLock;

use session::export::Placement;
use session::export::pjrt::{Client, Plugin, Value};
use session::prelude::*;
use session::{DynTensor, Float};

/// A client with four devices, for all tests.
fn client() -> &'static Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        let plugin = Plugin::from_environment().unwrap_or_else(|error| panic!("these tests need a plugin: {error}"));
        plugin.client(&[("cpu_device_count", Value::Integer(4))]).expect("a client with four devices")
    })
}

/// The first device.
fn one() -> Placement {
    Placement::on(&client().devices().expect("devices")[0])
}

/// Four devices, with the axis `Batch` shared out.
fn four() -> Placement {
    Placement::over(&client().devices().expect("devices")).split_named("Batch")
}

/// That numbers differ by at most so much of the larger of 1 and the expected one.
fn check<T: Float>(what: &str, found: &[T], expected: &[T], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let (found, expected) = (found.to_f64(), expected.to_f64());
        let difference = (found - expected).abs() / expected.abs().max(1.0);
        assert!(difference <= tolerance, "{what}: {found} at {index}, expected {expected}");
    }
}

/// The same of parameters.
fn check_parameters<T: Float>(found: &[DynTensor<T>], expected: &[DynTensor<T>], tolerance: f64) {
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        check(&format!("parameter {index}"), found.as_slice(), expected.as_slice(), tolerance);
    }
}

/// The values of the parameters of a model.
fn values<T: Float>(model: &impl Model<T>) -> Vec<DynTensor<T>> {
    model.parameters().iter().map(|(_, parameter)| parameter.value()).collect()
}
