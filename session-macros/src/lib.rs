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

/// Graphs as functions, models as structs, and expressions in a recording.
///
/// It writes the calls of a session's methods, which rustc types: the graph is the same as by hand, node for node, and
/// so is the message about a wrong shape. `docs/graph-macro.md` has the grammar and what each construct expands to.
///
/// A function takes a session and records; `mlp::graph` is its graph without values, `mlp::compile` a function object
/// that runs it:
///
/// ```
/// use session::prelude::*;
///
/// graph! {
///     /// A two-layer classifier.
///     pub fn mlp<B, H>(x: [B, 784], w1: [784, H], b1: [H], w2: [H, 10], b2: [10]) -> [B, 10] {
///         let h = relu(x @ w1 + b1);
///         h @ w2 + b2
///     }
/// }
/// assert_eq!(mlp::graph::<Dim<64>, Dim<32>>().nodes().len(), 7);
/// ```
///
/// A struct is a model: its fields are parameters, the functions after it are its methods (`torch.nn.Module`):
///
/// ```
/// use session::prelude::*;
///
/// graph! {
///     struct Line { w: [1, 3] = kaiming, b: [1] = zeros }
///     fn forward<B>(x: [B, 3]) -> [B, 1] { linear(w, b, x) }
///     fn loss<B>(x: [B, 3], y: [B, 1]) -> [] { mse_loss(forward(x), y) }
/// }
/// let line = Line::new(0);
/// let s = Session::new(Options::default());
/// let x = s.input(Tensor::<f32, shape![5, 3]>::ones())?;
/// let y = s.input(Tensor::<f32, shape![5, 1]>::ones())?;
/// let loss = line.loss(&s, x, y)?;
/// assert!(s.value(loss)?.value() >= 0.0);
/// # Ok::<(), session::Error>(())
/// ```
///
/// In a recording it is an expression:
///
/// ```
/// use session::prelude::*;
///
/// let s = Session::<f32>::new(Options::default());
/// let x = s.input(Tensor::<f32, shape![2, 3]>::ones())?;
/// let w = s.input(Tensor::<f32, shape![3, 4]>::ones())?;
/// let y: TensorRef<shape![2, 4]> = graph!(s => 2 * tanh(x @ w) - 1);
/// # Ok::<(), session::Error>(())
/// ```
///
/// # Errors
/// A mistake in the syntax is said at its place, all of them at once; a wrong shape by rustc at the operands:
///
/// ```compile_fail
/// # use session::prelude::*;
/// # let s = Session::<f32>::new(Options::default());
/// # let x = s.input(Tensor::<f32, shape![2, 3]>::ones()).unwrap();
/// let y = graph!(s => x @ x); // cannot multiply `(2, 3)` by `(2, 3)`
/// ```
#[proc_macro]
pub fn graph(input: TokenStream) -> TokenStream {
    graph::expand(input.into()).into()
}

/// Implements `Model` for a struct of parameters and models, and declares the struct of its leaves.
///
/// Fields are parameters, models, and arrays, vectors and options of these. The leaves of `Net` are `NetRefs`, with
/// the same fields. The type of numbers is the type parameter that is bounded by `Float`, or else `f32`.
///
/// ```
/// use session::prelude::*;
///
/// #[derive(Model)]
/// struct Net<T: Float = f32> {
///     layers: Vec<Param<shape![8, 8], T>>,
///     head: Option<Param<shape![2, 8], T>>,
///     #[model(skip)]
///     rate: f64,
/// }
///
/// let weights = || Param::new(Tensor::ones());
/// let net = Net { layers: vec![weights(), weights()], head: None, rate: 0.1 };
/// let names: Vec<String> = net.parameters().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["layers.0", "layers.1"]);
///
/// let s = Session::<f32>::new(Options::default());
/// let NetRefs { layers, head } = net.bind(&s)?;
/// assert_eq!((layers.len(), head), (2, None));
/// # Ok::<(), session::Error>(())
/// ```
///
/// At the struct, `#[model(refs = Leaves)]` names the leaves, `#[model(number = f64)]` the type of numbers, and
/// `#[model(crate = renamed)]` the crate; `#[model(skip)]` leaves a field out, which is then cloned in copies.
#[proc_macro_derive(Model, attributes(model))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as syn::DeriveInput);
    derive::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
