//! Operations by name: for importers, and for the table of operations.

use crate::Error;
use crate::builder::{GraphBuilder, attention, elementwise, index, layout, norm, product, reduction, window};
use crate::ir::{Id, NatId};

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
    pub(super) call: fn(&mut GraphBuilder, &mut Call<'_>) -> Result<Id, Error>,
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
        (row.call)(self, &mut Call { name: row.name, operands, naturals, arguments, used: 0 })
    }
}

/// A call by name while its arguments are read.
pub(super) struct Call<'a> {
    name: &'static str,
    operands: &'a [Id],
    naturals: &'a [NatId],
    arguments: &'a [(&'a str, Argument)],
    used: usize,
}

impl Call<'_> {
    fn refuse<T>(&self, reason: String) -> Result<T, Error> {
        Err(Error::Call { name: self.name.to_owned(), reason })
    }

    /// All operands, of an operation that takes any number.
    pub(super) fn any_operands(&self) -> &[Id] {
        self.operands
    }

    pub(super) fn operands<const N: usize>(&self) -> Result<[Id; N], Error> {
        match self.operands.try_into() {
            Ok(operands) => Ok(operands),
            Err(_) => self.refuse(format!("it takes {N} operands, not {}", self.operands.len())),
        }
    }

    pub(super) fn naturals<const N: usize>(&self) -> Result<[NatId; N], Error> {
        match self.naturals.try_into() {
            Ok(naturals) => Ok(naturals),
            Err(_) => self.refuse(format!("it takes {N} natural-number inputs, not {}", self.naturals.len())),
        }
    }

    fn find(&mut self, key: &str) -> Option<Argument> {
        let found = self.arguments.iter().find(|(name, _)| *name == key).map(|(_, argument)| argument.clone());
        self.used += usize::from(found.is_some());
        found
    }

    fn expect(&mut self, key: &str) -> Result<Argument, Error> {
        match self.find(key) {
            Some(argument) => Ok(argument),
            None => self.refuse(format!("the argument `{key}` is missing")),
        }
    }

    pub(super) fn number(&mut self, key: &str) -> Result<f64, Error> {
        match self.expect(key)? {
            Argument::Number(number) => Ok(number),
            other => self.refuse(format!("the argument `{key}` must be a number, not {other:?}")),
        }
    }

    pub(super) fn size(&mut self, key: &str) -> Result<usize, Error> {
        match self.expect(key)? {
            Argument::Number(number) if number >= 0.0 && number < 2_f64.powi(53) && number.fract() == 0.0 => {
                Ok(number as usize)
            }
            other => self.refuse(format!("the argument `{key}` must be a whole number from 0, not {other:?}")),
        }
    }

    pub(super) fn sizes(&mut self, key: &str) -> Result<Vec<usize>, Error> {
        match self.expect(key)? {
            Argument::Numbers(numbers) => Ok(numbers),
            other => self.refuse(format!("the argument `{key}` must be a list of sizes, not {other:?}")),
        }
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<bool, Error> {
        match self.find(key) {
            None => Ok(false),
            Some(Argument::Flag(flag)) => Ok(flag),
            Some(other) => self.refuse(format!("the argument `{key}` must be true or false, not {other:?}")),
        }
    }

    pub(super) fn natural(&mut self, key: &str) -> Result<Option<NatId>, Error> {
        match self.find(key) {
            None => Ok(None),
            Some(Argument::Natural(natural)) => Ok(Some(natural)),
            Some(other) => self.refuse(format!("the argument `{key}` must be a natural-number input, not {other:?}")),
        }
    }

    /// Refuses arguments that nothing has read.
    pub(super) fn finish(&self) -> Result<(), Error> {
        if self.used == self.arguments.len() {
            return Ok(());
        }
        let given: Vec<&str> = self.arguments.iter().map(|(name, _)| *name).collect();
        self.refuse(format!("it takes only {} of the arguments {}", self.used, given.join(", ")))
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
                    $($($parameter: $crate::builder::call::kind!($kind),)+)?
                ) -> Result<$crate::ir::Id, $crate::Error> {
                    self.operation(stringify!($name), &[$($operand),*], &mut |$builder| $build)
                }
            )*
        }

        pub(super) const OPERATIONS: &[$crate::builder::Description] = &[$(
            $crate::builder::call::describe! {
                $name, $shapes, $torch, concat!($($doc, "\n"),*),
                [$(stringify!($operand),)* $($(stringify!($natural),)+)? $($(stringify!($parameter),)+)?],
                |builder, call| {
                    let [$($operand),*] = call.operands()?;
                    let [$($($natural),+)?] = call.naturals()?;
                    $($(let $parameter = call.$kind(stringify!($parameter))?;)+)?
                    call.finish()?;
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
    ($name:ident, $shapes:expr, $torch:expr, $doc:expr, $parameters:expr, $call:expr) => {
        $crate::builder::Description {
            name: stringify!($name),
            parameters: &$parameters,
            shapes: $shapes,
            torch: $torch,
            doc: $doc,
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

pub(super) use {counterpart, define, describe, kind, pass};
