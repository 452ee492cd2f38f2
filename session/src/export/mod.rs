//! Graphs as text that other engines run.
//!
//! [`Graph::to_stablehlo`] and [`Module`] print a graph as a module of [StableHLO](https://openxla.org/stablehlo), which
//! XLA compiles for CPUs, GPUs and TPUs; [`Step::to_stablehlo`](crate::Step::to_stablehlo) prints a whole training step.
//! A gradient or a tangent is a graph too, that of [`autodiff`](crate::autodiff).
//!
//! ```text
//! export/mod.rs        what is exported: the graph, its arguments and results, the types of numbers
//! export/names.rs      names of arguments and results
//! export/signature.rs  what a module takes and gives, for whoever runs it
//! export/stablehlo.rs  the module, and which rule an operation has
//! export/stablehlo/    the rules, one file a family, and what they are written with
//! export/device.rs     modules on devices: feature `pjrt`; export/pjrt is the crate that calls their plugins
//! ```
//!
//! What the text means is what the graph means, with two differences. The order of sums and the last bits of `exp` and
//! its like are those of the engine, so that results agree up to rounding and not bit for bit; the sign of a zero may
//! differ. And an index out of range is no error: it reads 0 and has no gradient. Numbers are not shared out over
//! devices: which device has which part of an argument is said where the module is compiled. docs/export.md shows how.

#[cfg(feature = "pjrt")]
pub(crate) mod device;
mod names;
mod signature;
mod stablehlo;

use shapes::AxisNames;

use crate::Error;
use crate::ir::{Graph, Id, NatId};
use crate::scalar::Float;
pub(crate) use names::Names;
pub use signature::{ElementType, Entry, Role, Signature};

#[cfg(feature = "pjrt")]
pub use device::Placement;
#[cfg(feature = "pjrt")]
#[doc(inline)]
pub use session_pjrt as pjrt;

/// The type of the numbers of a [`Module`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Numbers {
    /// Single precision.
    #[default]
    F32,
    /// Double precision.
    F64,
}

impl Numbers {
    /// Those of a type.
    pub fn of<T: Float>() -> Self {
        if T::NAME == f32::NAME { Self::F32 } else { Self::F64 }
    }
}

/// The type of the natural-number inputs of a [`Module`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Naturals {
    /// 32 bits, which is what JAX has by default.
    #[default]
    I32,
    /// 64 bits.
    I64,
}

/// An argument, and the leaves that have its value.
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) leaves: Vec<Id>,
    pub(crate) axis_names: AxisNames,
}

impl Argument {
    /// An argument for a leaf alone.
    pub(crate) fn of(graph: &Graph, leaf: Id, role: Role) -> Self {
        let name = graph.name(leaf).map_or_else(|| format!("x{}", leaf.index()), str::to_owned);
        Self { name, role, leaves: vec![leaf], axis_names: graph.axis_names(leaf) }
    }
}

/// A natural-number input.
struct NaturalArgument {
    name: String,
    axis_names: AxisNames,
    /// What an operation has captured.
    numbers: Option<Vec<usize>>,
}

/// A result.
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) value: Id,
    pub(crate) axis_names: AxisNames,
}

/// A graph to be printed as a module with one function, `main`.
///
/// Its arguments are the leaves in order, then the natural-number inputs; its results are those that were asked for.
///
/// ```
/// use session::export::{Module, Naturals, Numbers};
/// use session::ir::{DynShape, Graph, op};
///
/// let mut graph = Graph::default();
/// let table = graph.leaf(DynShape::new(&[5, 2]));
/// graph.set_name(table, "table");
/// let words = graph.natural(DynShape::new(&[3]));
/// let rows = graph.push(op::GatherRows { indices: words }, &[table])?;
/// let text = Module::new("lookup", &graph)
///     .numbers(Numbers::F64)
///     .naturals(Naturals::I64)
///     .natural_name(words, "words")
///     .result("rows", rows)
///     .to_stablehlo()?;
/// assert!(text.contains("@main(%table: tensor<5x2xf64>, %words: tensor<3xi64>)"));
/// # Ok::<(), session::Error>(())
/// ```
pub struct Module<'a> {
    name: String,
    graph: &'a Graph,
    numbers: Numbers,
    naturals: Naturals,
    arguments: Vec<Argument>,
    /// Leaves that are no arguments, with the number that they have everywhere.
    constants: Vec<(Id, f64)>,
    naturals_in: Vec<NaturalArgument>,
    results: Vec<Output>,
    /// The number of devices, if they are several, and which axis of each argument is shared out over them.
    shared_out: Option<(usize, Vec<Option<usize>>)>,
}

impl<'a> Module<'a> {
    /// The module of a graph, without results.
    ///
    /// Arguments have the names of their leaves, or `x` and the number of the leaf; natural-number inputs are `n` and
    /// their number. Characters that no name can have become `_`, and of equal names the later ones get a number.
    pub fn new(name: &str, graph: &'a Graph) -> Self {
        let leaves = graph.ids().take(graph.leaves().len());
        let natural = |index| {
            let axis_names = graph.axis_names_of_natural(NatId::new(index));
            NaturalArgument { name: format!("n{index}"), axis_names, numbers: None }
        };
        Self {
            name: name.to_owned(),
            graph,
            numbers: Numbers::default(),
            naturals: Naturals::default(),
            arguments: leaves.map(|leaf| Argument::of(graph, leaf, Role::Input)).collect(),
            constants: Vec::new(),
            naturals_in: (0..graph.naturals().len()).map(natural).collect(),
            results: Vec::new(),
            shared_out: None,
        }
    }

    /// With this type of numbers.
    #[must_use]
    pub fn numbers(mut self, numbers: Numbers) -> Self {
        self.numbers = numbers;
        self
    }

    /// With this type of natural-number inputs.
    #[must_use]
    pub fn naturals(mut self, naturals: Naturals) -> Self {
        self.naturals = naturals;
        self
    }

    /// With a name for a natural-number input.
    ///
    /// # Panics
    /// If the graph has no such input.
    #[must_use]
    #[track_caller]
    pub fn natural_name(mut self, input: NatId, name: &str) -> Self {
        name.clone_into(&mut self.naturals_in[input.index()].name);
        self
    }

    /// With a further result.
    #[must_use]
    pub fn result(self, name: &str, value: Id) -> Self {
        let axis_names = self.graph.axis_names(value);
        self.output(Output { name: name.to_owned(), role: Role::Result, value, axis_names })
    }

    pub(crate) fn output(mut self, output: Output) -> Self {
        self.results.push(output);
        self
    }

    /// With these arguments in the place of one for each leaf. What is no leaf of any has a number.
    pub(crate) fn with_arguments(mut self, arguments: Vec<Argument>, constants: Vec<(Id, f64)>) -> Self {
        self.arguments = arguments;
        self.constants = constants;
        self
    }

    /// With the numbers that operations have captured, where an input is one of those.
    pub(crate) fn with_captured<'n>(mut self, naturals: impl Iterator<Item = Option<&'n [usize]>>) -> Self {
        for (natural, numbers) in self.naturals_in.iter_mut().zip(naturals) {
            natural.numbers = numbers.map(<[usize]>::to_vec);
        }
        self
    }

    /// The text of the module.
    ///
    /// # Errors
    /// [`Error::NoSuchValue`] for a result that is none; [`Error::Export`] if the name of the module is no identifier, or
    /// an axis has more positions than the type of the natural-number inputs can count.
    pub fn to_stablehlo(&self) -> Result<String, Error> {
        self.check()?;
        Ok(stablehlo::print(self))
    }

    fn check(&self) -> Result<(), Error> {
        let fail = |reason: String| Err(Error::Export { module: self.name.clone(), reason });
        if !names::is_identifier(&self.name) {
            return fail("the name must be letters, digits and `_`, with no digit first".to_owned());
        }
        self.check_results()?;
        let most = match self.naturals {
            Naturals::I32 => i32::MAX as usize,
            Naturals::I64 => i64::MAX as usize,
        };
        match self.graph.ids().find(|&id| self.graph.shape(id).iter().any(|&size| size > most)) {
            Some(id) => {
                fail(format!("{id} has the shape {}, which {:?} cannot count", self.graph.shape(id), self.naturals))
            }
            None => Ok(()),
        }
    }

    /// That all results are values.
    fn check_results(&self) -> Result<(), Error> {
        let count = self.graph.len();
        match self.results.iter().find(|result| result.value.index() >= count) {
            Some(&Output { value, .. }) => Err(Error::NoSuchValue { id: value, count }),
            None => Ok(()),
        }
    }

    /// The names of the arguments, of the natural-number inputs and of the results, each once.
    fn names(&self) -> [Vec<String>; 3] {
        let mut names = Names::default();
        let arguments = self.arguments.iter().map(|argument| names.unique(&argument.name)).collect();
        let naturals = self.naturals_in.iter().map(|natural| names.unique(&natural.name)).collect();
        let mut names = Names::default();
        [arguments, naturals, self.results.iter().map(|result| names.unique(&result.name)).collect()]
    }
}

/// The values that the results need.
pub(crate) fn needed(graph: &Graph, results: impl Iterator<Item = Id>) -> Vec<bool> {
    let mut needed = vec![false; graph.len()];
    results.for_each(|id| needed[id.index()] = true);
    for (id, node) in graph.node_ids().zip(graph.nodes()).rev() {
        if needed[id.index()] {
            node.operands.iter().for_each(|operand| needed[operand.index()] = true);
        }
    }
    needed
}

impl Graph {
    /// The text of a module of StableHLO that computes these values, each with its name, from the leaves and the
    /// natural-number inputs, in `f32` and with indices of 32 bits. [`Module`] has other types.
    ///
    /// ```
    /// use session::autodiff::reverse;
    /// use session::ir::{DynShape, Graph, op};
    ///
    /// let mut graph = Graph::default();
    /// let x = graph.leaf(DynShape::new(&[3]));
    /// graph.set_name(x, "x");
    /// let y = graph.push(op::Exp {}, &[x])?;
    /// let text = graph.to_stablehlo("exp", &[("y", y)])?;
    /// assert!(text.contains("%0 = stablehlo.exponential %x : tensor<3xf32>"));
    ///
    /// let derivative = reverse(&graph, &[y]);
    /// let gradient = derivative.gradient[x.index()].expect("a path leads to x");
    /// let text = derivative.graph.to_stablehlo("exp_gradient", &[("dx", gradient)])?;
    /// assert!(text.contains("stablehlo.multiply"));
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Module::to_stablehlo`].
    pub fn to_stablehlo(&self, name: &str, results: &[(&str, Id)]) -> Result<String, Error> {
        let module = Module::new(name, self);
        results.iter().fold(module, |module, &(name, value)| module.result(name, value)).to_stablehlo()
    }
}
