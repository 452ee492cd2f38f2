//! Models: parameters under the names of fields.
//!
//! ```text
//! model.rs              the trait
//! model/binder.rs       parameters as leaves
//! model/visitor.rs      parameters with their names
//! model/copies.rs       models with parameters of their own
//! model/collections.rs  parameters, arrays, vectors and options of models
//! model/files.rs        parameters to and from files
//! model/summary.rs      a model as a table
//! ```

mod binder;
mod collections;
mod copies;
mod files;
mod summary;
mod visitor;

use std::path::Path;

pub use binder::Binder;
pub use copies::Copies;
pub use summary::{Method, Row, Summary};
pub use visitor::Visitor;

use crate::ir::Graph;
use crate::{DynParam, Error, Float, Session};

/// Parameters under the names of fields (`torch.nn.Module`).
///
/// A model is a struct whose fields are parameters ([`Param`](crate::Param)), other models, and arrays, vectors and
/// options of these. `#[derive(Model)]` and the struct form of `graph!` write what follows; by hand it is
///
/// ```
/// use session::model::{Binder, Copies, Visitor};
/// use session::optim::Sgd;
/// use session::prelude::*;
///
/// #[derive(Clone)]
/// struct Linear {
///     w: Param<shape![1, 2]>,
///     b: Param<shape![1]>,
/// }
///
/// struct LinearRefs {
///     w: TensorRef<shape![1, 2]>,
///     b: TensorRef<shape![1]>,
/// }
///
/// impl Model for Linear {
///     type Refs = LinearRefs;
///     fn bind_with(&self, binder: &mut Binder<'_, f32>) -> Result<LinearRefs, Error> {
///         Ok(LinearRefs { w: binder.bind(&self.w)?, b: binder.bind(&self.b)? })
///     }
///     fn visit(&self, visitor: &mut Visitor<'_, f32>) {
///         visitor.field("w", &self.w);
///         visitor.field("b", &self.b);
///     }
///     fn copy_with(&self, copies: &mut Copies<f32>) -> Self {
///         Self { w: copies.copy(&self.w), b: copies.copy(&self.b) }
///     }
/// }
///
/// let model = Linear { w: Param::new(Tensor::zeros()), b: Param::new(Tensor::ones()) };
/// let average = model.deep_clone();
/// let s = Session::<f32>::new(Options::default());
/// let m = model.bind(&s)?;
/// let x = s.input(Tensor::<f32, shape![2]>::from_array([3.0, 4.0]))?;
/// let y = s.linear(m.w, m.b, x);
/// s.step(s.sum(s.mul(y, y)), &mut Sgd::new(0.1))?;
///
/// assert_eq!((model.b.value()[[0]], average.b.value()[[0]]), (0.8, 1.0));
/// assert_eq!(model.parameters().iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["w", "b"]);
/// assert_eq!(model.num_parameters(), 3);
/// # Ok::<(), session::Error>(())
/// ```
///
/// # Copies
/// The clone of a model, by `#[derive(Clone)]`, shares its parameters, as [`Param::clone`](crate::Param) does: to train
/// the one is to train the other. [`deep_clone`](Self::deep_clone) gives parameters of their own.
///
/// # Tied parameters
/// Two fields that share a parameter, as after `decoder: encoder.clone()`, are one leaf of a recording, one parameter of
/// [`parameters`](Self::parameters) and one tensor of a file, under the name that comes first.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no part of a model of `{T}`",
    label = "neither a parameter nor a model of `{T}`",
    note = "a model consists of `Param<shape![..], {T}>`, other models, and arrays, vectors and options of these; `#[derive(Model)]` makes a struct one",
    note = "in `#[derive(Model)]`, `#[model(skip)]` leaves a field out; `#[model(number = f64)]` says the type of numbers where no parameter of the struct does"
)]
pub trait Model<T: Float = f32> {
    /// The parameters as leaves of a recording, under the same field names.
    type Refs;

    /// Makes every parameter a leaf, in the order of the fields: [`Binder::bind`] of each field.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    fn bind_with(&self, binder: &mut Binder<'_, T>) -> Result<Self::Refs, Error>;

    /// Visits every parameter in the order of the fields: [`Visitor::field`] of each field.
    fn visit(&self, visitor: &mut Visitor<'_, T>);

    /// A copy with parameters of its own: [`Copies::copy`] of each field.
    #[must_use]
    fn copy_with(&self, copies: &mut Copies<T>) -> Self
    where
        Self: Sized;

    /// The methods of the model with their graphs, all free sizes 1.
    #[doc(hidden)]
    fn method_graphs(&self) -> Vec<(&'static str, Graph)> {
        Vec::new()
    }

    /// Makes every parameter a leaf of the recording, once.
    ///
    /// A parameter that is a leaf of this recording already keeps that leaf and its value there: tied parameters are
    /// one leaf, and the same model may be bound any number of times, also after operations.
    ///
    /// # Errors
    /// [`Error::LeafAfterNode`] if a parameter is not yet a leaf and a node exists; nothing is recorded.
    fn bind(&self, s: &Session<T>) -> Result<Self::Refs, Error> {
        self.bind_with(&mut Binder::new(s))
    }

    /// Every parameter once with its dotted name, as `block.w` or `blocks.0.w`, in the order of the fields
    /// (`named_parameters`).
    fn parameters(&self) -> Vec<(String, DynParam<T>)> {
        visitor::parameters(&mut |visitor| self.visit(visitor))
    }

    /// How many numbers the parameters are, frozen ones included.
    fn num_parameters(&self) -> usize {
        self.parameters().iter().map(|(_, parameter)| parameter.shape().elements()).sum()
    }

    /// Gives every parameter its dotted name, which leaves, exports and checkpoints carry.
    fn name_parameters(&self) {
        visitor::name(&self.parameters());
    }

    /// Writes the parameters under their dotted names as safetensors (`torch.save(model.state_dict())`).
    ///
    /// No update of another thread falls between the parameters. The file appears as a whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written, [`Error::TensorName`] if two parameters have one name.
    fn save_safetensors(&self, path: impl AsRef<Path>) -> Result<(), Error>
    where
        Self: Sized,
    {
        files::save(path.as_ref(), &self.parameters())
    }

    /// Replaces the parameters by those of a file (`model.load_state_dict(torch.load(path))`): all of them, or none.
    ///
    /// Tensors of the file that no parameter asks for are left alone, so that a
    /// [`checkpoint`](crate::io::checkpoint) can be read too.
    ///
    /// # Errors
    /// What [`safetensors::load`](crate::io::safetensors::load) says of the first tensor that is missing or of another
    /// shape or type; nothing has changed then.
    fn load_safetensors(&self, path: impl AsRef<Path>) -> Result<(), Error>
    where
        Self: Sized,
    {
        files::load(path.as_ref(), &self.parameters())
    }

    /// A copy with parameters of its own (`copy.deepcopy`), for averages of the weights and target networks. Names,
    /// ties and what is frozen stay.
    #[must_use]
    fn deep_clone(&self) -> Self
    where
        Self: Sized,
    {
        self.copy_with(&mut Copies::of(&self.parameters()))
    }

    /// The parameters with their shapes and counts, and what the methods cost: a table to print.
    fn summary(&self) -> Summary {
        Summary::new(&self.parameters(), self.method_graphs())
    }
}
