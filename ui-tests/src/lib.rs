//! What the compiler says about wrong shapes, and that it accepts right ones.
//!
//! `tests/fail/NAME.rs` has one mistake, `tests/pass/NAME.rs` is the same program without it, and
//! `tests/fail/NAME.stderr` is what rustc says: `TRYBUILD=overwrite cargo test -p session-ui-tests`
//! writes these anew. `tests/messages` holds what every message must say under any rustc, and
//! writes `docs/errors.md`.
#![forbid(unsafe_code)]
