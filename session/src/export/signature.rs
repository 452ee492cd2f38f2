//! What a module takes and gives.

use std::fmt::{self, Display, Formatter};

use super::{Module, Naturals, Numbers};
use crate::ir::DynShape;

/// What an argument or a result of a module is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// An argument: a trained parameter, or state of the optimiser. The result of the same name is its next value.
    State,
    /// An argument: a parameter that the module does not change.
    Parameter,
    /// An argument: a number of [`Step::scalars`](crate::Step::scalars), which may be another for each update.
    Scalar,
    /// An argument: what the caller gives each time.
    Input,
    /// An argument: natural numbers, as indices, labels, masks or keys.
    Index,
    /// A result that was asked for; of a step, the loss.
    Result,
}

impl Role {
    /// Its name in [`Signature::to_json`]: `state`, `parameter`, `scalar`, `input`, `index` or `result`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Parameter => "parameter",
            Self::Scalar => "scalar",
            Self::Input => "input",
            Self::Index => "index",
            Self::Result => "result",
        }
    }
}

/// The type of the elements of an argument or a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// Whole numbers of 32 bits.
    I32,
    /// Whole numbers of 64 bits.
    I64,
}

impl ElementType {
    /// Its name: `f32`, `f64`, `i32` or `i64`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I32 => "i32",
            Self::I64 => "i64",
        }
    }
}

impl From<Numbers> for ElementType {
    fn from(numbers: Numbers) -> Self {
        match numbers {
            Numbers::F32 => Self::F32,
            Numbers::F64 => Self::F64,
        }
    }
}

impl From<Naturals> for ElementType {
    fn from(naturals: Naturals) -> Self {
        match naturals {
            Naturals::I32 => Self::I32,
            Naturals::I64 => Self::I64,
        }
    }
}

/// An argument or a result of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name that it has in the text.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The type of its elements.
    pub element: ElementType,
    /// The sizes of its axes.
    pub shape: DynShape,
    /// The names of its axes, as `dim!` has declared them. One entry for each axis.
    pub axes: Vec<Option<&'static str>>,
    /// The natural numbers that an operation has captured: nobody else knows them.
    pub numbers: Option<Vec<usize>>,
}

impl Display for Entry {
    /// As in `input x: f32 [Batch = 64, 784]`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {} [", self.role.name(), self.name, self.element.name())?;
        for (axis, (size, name)) in self.shape.iter().zip(&self.axes).enumerate() {
            let comma = if axis == 0 { "" } else { ", " };
            match name {
                Some(name) => write!(f, "{comma}{name} = {size}")?,
                None => write!(f, "{comma}{size}")?,
            }
        }
        f.write_str("]")
    }
}

/// What the function of a module takes and gives, in order.
///
/// ```
/// use session::optim::Sgd;
/// use session::prelude::*;
///
/// dim!(Batch = 4);
///
/// let s = Session::<f32>::new(Options::default());
/// let w = Param::new(Tensor::<f32, shape![1, 2]>::zeros()).named("w");
/// let b = Param::new(Tensor::<f32, shape![1]>::zeros()).named("b").frozen();
/// let (wr, br) = (s.use_param(&w)?, s.use_param(&b)?);
/// let x = s.input_named("x", Tensor::<f32, shape![Batch, 2]>::zeros())?;
/// let t = s.input_named("t", Tensor::<f32, shape![Batch, 1]>::zeros())?;
/// let step = s.compile_step(s.mse_loss(s.linear(wr, br, x), t), Sgd::new(0.1))?;
/// let signature = step.module("step").signature();
/// let lines: Vec<String> = signature.arguments.iter().map(ToString::to_string).collect();
/// assert_eq!(
///     lines,
///     [
///         "state w: f32 [1, 2]",
///         "scalar rate: f32 []",
///         "parameter b: f32 [1]",
///         "input x: f32 [Batch = 4, 2]",
///         "input t: f32 [Batch = 4, 1]",
///     ]
/// );
/// let results: Vec<String> = signature.results.iter().map(ToString::to_string).collect();
/// assert_eq!(results, ["state w: f32 [1, 2]", "result loss: f32 []"]);
/// # Ok::<(), session::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the module.
    pub name: String,
    /// What goes in.
    pub arguments: Vec<Entry>,
    /// What comes out.
    pub results: Vec<Entry>,
}

impl Signature {
    /// As JSON: `name`, and lists `arguments` and `results` of objects with `name`, `role`, `type`, `shape`, `axes`, where
    /// an axis without a name is `null`, and `numbers` where there are some.
    ///
    /// ```
    /// use session::export::Module;
    /// use session::ir::{DynShape, Graph};
    ///
    /// let mut graph = Graph::default();
    /// let x = graph.leaf(DynShape::new(&[2, 3]));
    /// graph.name_axes(x, &[Some("Batch"), None]);
    /// let json = Module::new("same", &graph).result("y", x).signature().to_json();
    /// let x = r#"{"name":"x0","role":"input","type":"f32","shape":[2,3],"axes":["Batch",null]}"#;
    /// let y = r#"{"name":"y","role":"result","type":"f32","shape":[2,3],"axes":["Batch",null]}"#;
    /// assert_eq!(json, format!(r#"{{"name":"same","arguments":[{x}],"results":[{y}]}}"#));
    /// ```
    pub fn to_json(&self) -> String {
        let entries = |entries: &[Entry]| -> Vec<String> { entries.iter().map(Entry::to_json).collect() };
        let [arguments, results] = [&self.arguments, &self.results].map(|list| entries(list).join(","));
        let name = nojson::Json(&self.name);
        format!(r#"{{"name":{name},"arguments":[{arguments}],"results":[{results}]}}"#)
    }
}

impl Entry {
    fn to_json(&self) -> String {
        nojson::object(|f| {
            f.member("name", &self.name)?;
            f.member("role", self.role.name())?;
            f.member("type", self.element.name())?;
            f.member("shape", &self.shape[..])?;
            f.member("axes", &self.axes)?;
            match &self.numbers {
                Some(numbers) => f.member("numbers", numbers),
                None => Ok(()),
            }
        })
        .to_string()
    }
}

impl Module<'_> {
    /// What the function takes and gives, in order.
    ///
    /// # Panics
    /// If a result is no value of the graph; [`to_stablehlo`](Self::to_stablehlo) refuses it.
    #[track_caller]
    pub fn signature(&self) -> Signature {
        if let Err(error) = self.check_results() {
            panic!("module `{}`: {error}", self.name);
        }
        let [arguments, naturals, results] = self.names();
        let graph = self.graph;
        let arguments = arguments.into_iter().zip(&self.arguments).map(|(name, argument)| {
            let shape = graph.shape(argument.leaves[0]);
            entry(name, argument.role, self.numbers.into(), shape, argument.axis_names)
        });
        let naturals =
            naturals.into_iter().zip(&self.naturals_in).zip(graph.naturals()).map(|((name, natural), &shape)| {
                let entry = entry(name, Role::Index, self.naturals.into(), shape, natural.axis_names);
                Entry { numbers: natural.numbers.clone(), ..entry }
            });
        let results_of = results.into_iter().zip(&self.results).map(|(name, result)| {
            entry(name, result.role, self.numbers.into(), graph.shape(result.value), result.axis_names)
        });
        Signature {
            name: self.name.clone(),
            arguments: arguments.chain(naturals).collect(),
            results: results_of.collect(),
        }
    }
}

/// Without names for its axes, all of them are nameless.
fn entry(name: String, role: Role, element: ElementType, shape: DynShape, names: shapes::AxisNames) -> Entry {
    let axes = (0..shape.len()).map(|axis| names.get(axis).copied().flatten()).collect();
    Entry { name, role, element, shape, axes, numbers: None }
}
