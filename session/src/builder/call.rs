//! Operations by name: for importers, and for the table of operations.

use crate::Error;
use crate::builder::{GraphBuilder, attention, elementwise, index, layout, norm, product, reduction, window};
use crate::ir::{Id, NatId};
use crate::mapped::mapped;

/// A plain argument of an operation called by name.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Argument {
    /// A number or a size.
    Number(f64),
    /// Sizes, axes or indices.
    Numbers(Vec<usize>),
    /// Yes or no.
    Flag(bool),
    /// An optional natural-number input.
    Natural(NatId),
}

/// What `docs/operations.md` says about an operation, and how it is called by name.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Description {
    /// The name: of the method of a [`GraphBuilder`] and of a [`Session`](crate::Session).
    pub name: &'static str,
    /// The names of its operands, natural-number inputs and plain arguments.
    pub parameters: &'static [&'static str],
    /// The shapes of operands and result.
    pub shapes: &'static str,
    /// The counterpart in PyTorch, without `torch.`; empty if there is none.
    pub torch: &'static str,
    /// What it computes, and where it differs.
    pub doc: &'static str,
    pub(super) takes: Takes,
    pub(super) call: fn(&mut GraphBuilder, &mut Call<'_>) -> Result<Id, Error>,
}

/// What an operation takes when it is called by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Takes {
    /// How many operands, if not any number.
    pub(super) operands: Option<usize>,
    pub(super) naturals: usize,
    /// The kinds of its plain arguments, which are its last parameters.
    pub(super) kinds: &'static [Kind],
}

/// The kind of a plain argument.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Number,
    Size,
    Sizes,
    Flag,
    Natural,
}

/// The operations by family: a title and a row each.
pub fn operations() -> impl Iterator<Item = (&'static str, &'static [Description])> {
    [
        ("Elementwise", elementwise::OPERATIONS),
        ("Softmax family, reductions and losses", reduction::OPERATIONS),
        ("Products", product::OPERATIONS),
        ("Shape", layout::OPERATIONS),
        ("Shape", layout::VARIADIC),
        ("Index", index::OPERATIONS),
        ("Pooling", window::OPERATIONS),
        ("Normalisation", norm::OPERATIONS),
        ("Attention", attention::OPERATIONS),
    ]
    .into_iter()
}

impl GraphBuilder {
    /// Adds the operation of this name. Operands, natural-number inputs and arguments are as those of the
    /// method; a flag that is not given is false, an optional natural-number input absent.
    ///
    /// ```
    /// use session::GraphBuilder;
    /// use session::builder::Argument;
    /// use session::ir::DynShape;
    ///
    /// let mut b = GraphBuilder::new();
    /// let x = b.input(DynShape::new(&[2, 3, 4]))?;
    /// let y = b.call("sum_axis", &[x], &[], &[("axis", Argument::Number(1.0))])?;
    /// assert_eq!(b.shape(y)?, DynShape::new(&[2, 4]));
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Call`] if there is no such operation, or for an argument that is missing, unknown or of
    /// another kind; then as the method.
    pub fn call(
        &mut self,
        name: &str,
        operands: &[Id],
        naturals: &[NatId],
        arguments: &[(&str, Argument)],
    ) -> Result<Id, Error> {
        let found = operations().flat_map(|(_, rows)| rows).find(|row| row.name == name);
        let Some(row) = found else {
            return Err(Error::Call { name: name.to_owned(), reason: "there is no such operation".to_owned() });
        };
        let values = row.checked(operands.len(), naturals.len(), arguments);
        let values = values.map_err(|reason| Error::Call { name: name.to_owned(), reason })?;
        (row.call)(self, &mut Call { operands, naturals, values: values.into_iter() })
    }
}

impl Description {
    /// The plain arguments in the order in which they are declared, those that may be absent as nothing; or why the call
    /// is refused.
    fn checked(
        &self,
        operands: usize,
        naturals: usize,
        arguments: &[(&str, Argument)],
    ) -> Result<Vec<Option<Argument>>, String> {
        let Takes { operands: expected, naturals: expected_naturals, kinds } = self.takes;
        if let Some(expected) = expected
            && operands != expected
        {
            return Err(format!("it takes {expected} operands, not {operands}"));
        }
        if naturals != expected_naturals {
            return Err(format!("it takes {expected_naturals} natural-number inputs, not {naturals}"));
        }
        let mut values = Vec::with_capacity(kinds.len());
        let mut used = 0;
        for (key, kind) in self.parameters[self.parameters.len() - kinds.len()..].iter().zip(kinds) {
            let found = arguments.iter().find(|(name, _)| name == key).map(|(_, argument)| argument.clone());
            used += usize::from(found.is_some());
            if !kind.admits(found.as_ref()) {
                return Err(match found {
                    None => format!("the argument `{key}` is missing"),
                    Some(other) => format!("the argument `{key}` must be {}, not {other:?}", kind.description()),
                });
            }
            values.push(found);
        }
        if used < arguments.len() {
            let given: Vec<&str> = mapped(arguments, |(name, _)| *name);
            return Err(format!("it takes only {used} of the arguments {}", given.join(", ")));
        }
        Ok(values)
    }
}

impl Kind {
    fn admits(self, argument: Option<&Argument>) -> bool {
        match (self, argument) {
            (Self::Size, Some(&Argument::Number(number))) => {
                number >= 0.0 && number < 2_f64.powi(53) && number.fract() == 0.0
            }
            (Self::Number, Some(Argument::Number(_)))
            | (Self::Sizes, Some(Argument::Numbers(_)))
            | (Self::Flag, None | Some(Argument::Flag(_)))
            | (Self::Natural, None | Some(Argument::Natural(_))) => true,
            _ => false,
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Size => "a whole number from 0",
            Self::Sizes => "a list of sizes",
            Self::Flag => "true or false",
            Self::Natural => "a natural-number input",
        }
    }
}

/// A call by name whose arguments are those that the operation takes.
pub(super) struct Call<'a> {
    pub(super) operands: &'a [Id],
    pub(super) naturals: &'a [NatId],
    values: std::vec::IntoIter<Option<Argument>>,
}

const CHECKED: &str = "the arguments were checked";

/// The next plain argument, each.
impl Call<'_> {
    pub(super) fn number(&mut self) -> f64 {
        let Some(Some(Argument::Number(number))) = self.values.next() else { unreachable!("{CHECKED}") };
        number
    }

    pub(super) fn size(&mut self) -> usize {
        self.number() as usize
    }

    pub(super) fn sizes(&mut self) -> Vec<usize> {
        let Some(Some(Argument::Numbers(numbers))) = self.values.next() else { unreachable!("{CHECKED}") };
        numbers
    }

    pub(super) fn flag(&mut self) -> bool {
        self.values.next().flatten() == Some(Argument::Flag(true))
    }

    pub(super) fn natural(&mut self) -> Option<NatId> {
        let Some(Argument::Natural(natural)) = self.values.next().flatten() else { return None };
        Some(natural)
    }
}

/// Rows of operations: documentation, shapes, PyTorch's name, the parameters, and what is built.
///
/// Parameters are operands, after `|` natural-number inputs, after `;` plain arguments, which are of the
/// kinds `size`, `sizes`, `number`, `flag` and `natural`. Each row becomes a method and a [`Description`].
macro_rules! define {
    ($(
        $(#[doc = $doc:literal])*
        $shapes:literal $torch:literal
        $name:ident($($operand:ident),* $(| $($natural:ident),+)? $(; $($parameter:ident: $kind:ident),+)?)
            $builder:ident => $build:expr;
    )*) => {
        /// The operations that have these numbers and kinds of operands and arguments.
        impl $crate::builder::GraphBuilder {
            $(
                $(#[doc = $doc])*
                #[doc = ""]
                #[doc = concat!("Shapes: `", $shapes, "`.")]
                #[doc = $crate::builder::call::counterpart!($torch)]
                #[doc = ""]
                #[doc = "# Errors"]
                #[doc = "[`Error::NoSuchValue`](crate::Error::NoSuchValue); [`Error::Rule`](crate::Error::Rule) if operands or numbers do not fit."]
                #[allow(clippy::too_many_arguments)]
                pub fn $name(
                    &mut self,
                    $($operand: $crate::ir::Id,)*
                    $($($natural: $crate::ir::NatId,)+)?
                    $($($parameter: $crate::builder::call::plain!($kind),)+)?
                ) -> Result<$crate::ir::Id, $crate::Error> {
                    self.operation(stringify!($name), &[$($operand),*], &mut |$builder| $build)
                }
            )*
        }

        pub(super) const OPERATIONS: &[$crate::builder::Description] = &[$(
            $crate::builder::call::describe! {
                $name, $shapes, $torch, concat!($($doc, "\n"),*),
                [$(stringify!($operand),)* $($(stringify!($natural),)+)? $($(stringify!($parameter),)+)?],
                $crate::builder::call::Takes {
                    operands: Some(<[&str]>::len(&[$(stringify!($operand)),*])),
                    naturals: <[&str]>::len(&[$($(stringify!($natural)),+)?]),
                    kinds: &[$($($crate::builder::call::kind!($kind)),+)?],
                },
                |builder, call| {
                    let (&[$($operand),*], &[$($($natural),+)?]) = (call.operands, call.naturals) else {
                        unreachable!("the arguments were checked")
                    };
                    $($(let $parameter = call.$kind();)+)?
                    builder.$name(
                        $($operand,)* $($($natural,)+)?
                        $($($crate::builder::call::pass!($kind $parameter),)+)?
                    )
                }
            }
        ),*];
    };
}

/// A [`Description`].
macro_rules! describe {
    ($name:ident, $shapes:expr, $torch:expr, $doc:expr, $parameters:expr, $takes:expr, $call:expr) => {
        $crate::builder::Description {
            name: stringify!($name),
            parameters: &$parameters,
            shapes: $shapes,
            torch: $torch,
            doc: $doc,
            takes: $takes,
            call: $call,
        }
    };
}

macro_rules! counterpart {
    ("") => {
        ""
    };
    ($torch:literal) => {
        concat!("PyTorch: `torch.", $torch, "`.")
    };
}

macro_rules! kind {
    (size) => {
        $crate::builder::call::Kind::Size
    };
    (sizes) => {
        $crate::builder::call::Kind::Sizes
    };
    (number) => {
        $crate::builder::call::Kind::Number
    };
    (flag) => {
        $crate::builder::call::Kind::Flag
    };
    (natural) => {
        $crate::builder::call::Kind::Natural
    };
}

/// The type of a plain argument.
macro_rules! plain {
    (size) => { usize };
    (sizes) => { &[usize] };
    (number) => { f64 };
    (flag) => { bool };
    (natural) => { Option<$crate::ir::NatId> };
}

macro_rules! pass {
    (sizes $parameter:ident) => {
        &$parameter
    };
    ($kind:ident $parameter:ident) => {
        $parameter
    };
}

pub(super) use {counterpart, define, describe, kind, pass, plain};
