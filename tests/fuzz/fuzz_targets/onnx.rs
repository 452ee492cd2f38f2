//! Any bytes, as the tests on stable judge them: tests/tests/broken/readers.rs.
#![no_main]

#[allow(dead_code)]
#[path = "../../tests/broken/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = readers::onnx(bytes);
});
