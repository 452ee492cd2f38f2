//! The macros of the session crate.
//!
//! They write paths that begin with `::session`. A crate that knows it by another name says so first:
//! `shape![crate = ::renamed; 64, 784]`.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod derive;
mod graph;
mod shape;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// The type of a shape: `shape![64, 784]` is `(Dim<64>, Dim<784>)`.
///
/// An axis is a number (above 4096 it becomes `Digits`), a type (`shape![B, 784]` with `B: Dimension`,
/// or a named dimension), or a constant in braces: `shape![{N}, 784]` with `const N: usize`.
///
/// ```
/// use session::{Dimension, Shape, shape};
///
/// fn rows<B: Dimension>() -> usize {
///     <shape![B, 784]>::DIMS[0]
/// }
/// assert_eq!(<shape![64, 50257]>::DIMS, [64, 50257]);
/// assert_eq!(<shape![]>::RANK, 0);
/// ```
#[proc_macro]
pub fn shape(input: TokenStream) -> TokenStream {
    parse_macro_input!(input as shape::Axes).shape().into()
}

/// A value of a shape's type: `dims![49, 16]` is `(Dim::<49>, Dim::<16>)`, of type `shape![49, 16]`.
///
/// ```
/// use session::{dims, shape};
///
/// let target: shape![49, 16] = dims![49, 16];
/// ```
#[proc_macro]
pub fn dims(input: TokenStream) -> TokenStream {
    parse_macro_input!(input as shape::Axes).dims().into()
}

/// Declares named dimensions: `dim!(pub Vocab = 50257);`.
///
/// A named dimension is equal to itself only: axes of the same size under other names do not mix.
///
/// ```
/// use session::{Dimension, dim};
///
/// dim!(
///     /// The number of tokens.
///     pub Vocab = 50257,
///     Hidden = 768,
/// );
/// assert_eq!(Vocab::SIZE, 50257);
/// ```
#[proc_macro]
pub fn dim(input: TokenStream) -> TokenStream {
    parse_macro_input!(input as shape::Names).declare().into()
}

/// Models and graphs as items, and expressions in a recording.
///
/// ```
/// use session::prelude::*;
/// # fn main() {}
/// ```
#[proc_macro]
pub fn graph(input: TokenStream) -> TokenStream {
    graph::expand(input.into()).into()
}

/// Implements `Model` for a struct of parameters and models, and declares the struct of its leaves.
#[proc_macro_derive(Model, attributes(model))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as syn::DeriveInput);
    derive::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
