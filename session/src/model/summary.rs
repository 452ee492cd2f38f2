//! A model as a table.

use crate::ir::{DynShape, Graph};
use crate::{DynParam, Float};

/// A model as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    rows: Vec<Row>,
    methods: Vec<Method>,
}

/// A parameter in a [`Summary`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The dotted name.
    pub name: String,
    /// The shape.
    pub shape: DynShape,
    /// The number of its elements.
    pub count: usize,
    /// Whether it is excluded from gradients and updates.
    pub frozen: bool,
}

/// A method in a [`Summary`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Method {
    /// Its name.
    pub name: &'static str,
}

impl Summary {
    pub(super) fn new<T: Float>(parameters: &[(String, DynParam<T>)], methods: Vec<(&'static str, Graph)>) -> Self {
        let row = |(name, parameter): &(String, DynParam<T>)| {
            let shape = parameter.shape();
            let frozen = !parameter.cell().requires_grad(true);
            Row { name: name.clone(), shape, count: shape.elements(), frozen }
        };
        let rows = parameters.iter().map(row).collect();
        Self { rows, methods: methods.into_iter().map(|(name, _)| Method { name }).collect() }
    }

    /// The parameters, in the order of the fields.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The methods.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }
}
