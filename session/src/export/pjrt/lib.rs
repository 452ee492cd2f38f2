//! Plugins of [PJRT](https://openxla.org/xla/pjrt) from Rust: one compiles a module of StableHLO for its devices, keeps
//! numbers there and runs the module.
//!
//! ```text
//! plugin.rs      loads a plugin, calls its functions, turns its errors into `Error`
//! client.rs      a client of a plugin with its options, and its devices
//! buffer.rs      numbers on a device
//! executable.rs  a compiled module; options.rs what the compiler is told
//! api.rs         the structures of the C interface, written by generate.py from its header; layout.rs what they are made of
//! ```
//!
//! ```no_run
//! use session_pjrt::Plugin;
//!
//! let client = Plugin::from_environment()?.client(&[])?;
//! let devices = client.devices()?;
//! let text = "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
//!     %0 = stablehlo.add %x, %x : tensor<2xf32>
//!     return %0 : tensor<2xf32>
//! }";
//! let twice = client.compile(text, &devices[..1])?;
//! let x = devices[0].upload(&[1.0_f32, 2.0], &[2])?;
//! let results = twice.run(&[vec![&x]])?;
//! assert_eq!(results[0][0].to_vec::<f32>()?, [2.0, 4.0]);
//! # Ok::<(), session_pjrt::Error>(())
//! ```
//!
//! # Versions
//!
//! A plugin hands out a table of functions. Its interface has a version: plugins with the same first number are tried if
//! their table is at least as long as the part of it that is used here, because later versions only append. Structures that
//! are handed over begin with their size, by which a plugin knows what it may read and write; one that finds a structure too
//! short says so in the error of the call.
//!
//! # Threads and ends
//!
//! A plugin has to allow calls from several threads at once; clients, devices, buffers and executables are [`Send`] and
//! [`Sync`]. Buffers, executables and devices keep their client alive, which is destroyed after the last of them. A plugin
//! is never unloaded.
//!
//! All unsafe code that calls a plugin is in this crate, and a crate of its own so that `session` has none.
#![warn(missing_docs)]

#[allow(non_camel_case_types, non_snake_case, non_upper_case_globals, dead_code)]
mod api;
mod buffer;
mod client;
mod error;
mod executable;
mod layout;
mod options;
mod plugin;

#[cfg(test)]
mod tests;

pub use buffer::{Buffer, Element};
pub use client::{Client, Device, Value};
pub use error::Error;
pub use executable::Executable;
pub use plugin::Plugin;
