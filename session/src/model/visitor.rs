//! Parameters with their dotted names.

use std::collections::HashSet;
use std::fmt::{self, Write};
use std::sync::Arc;

use super::Model;
use crate::param::Cell;
use crate::{DynParam, Float, Param, Shape};

/// Sees every parameter of a model with its dotted name: what [`Model::visit`] hands from field to field.
pub struct Visitor<'v, T: Float> {
    path: String,
    visit: &'v mut dyn FnMut(&str, &Arc<Cell<T>>),
}

impl<T: Float> Visitor<'_, T> {
    /// Visits a field.
    pub fn field<M: Model<T> + ?Sized>(&mut self, name: &str, field: &M) {
        let before = self.enter(name);
        field.visit(self);
        self.path.truncate(before);
    }

    /// Visits an element of a list of models: a field whose name is a number.
    pub fn element<M: Model<T> + ?Sized>(&mut self, index: usize, element: &M) {
        let before = self.enter(index);
        element.visit(self);
        self.path.truncate(before);
    }

    /// Visits a parameter, whose name is the path to it.
    pub fn param<S: Shape>(&mut self, param: &Param<S, T>) {
        (self.visit)(&self.path, param.cell());
    }

    /// Extends the path and gives its length before.
    fn enter(&mut self, name: impl fmt::Display) -> usize {
        let before = self.path.len();
        let dot = if before == 0 { "" } else { "." };
        write!(self.path, "{dot}{name}").expect("a string takes what is written");
        before
    }
}

impl<T: Float> fmt::Debug for Visitor<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Visitor at `{}`", self.path)
    }
}

/// Every parameter once, under the name that comes first.
#[inline(never)]
pub(super) fn parameters<T: Float>(model: &mut dyn FnMut(&mut Visitor<'_, T>)) -> Vec<(String, DynParam<T>)> {
    let (mut parameters, mut known) = (Vec::new(), HashSet::new());
    let mut visit = |name: &str, cell: &Arc<Cell<T>>| {
        if known.insert(Arc::as_ptr(cell).addr()) {
            parameters.push((name.to_owned(), DynParam::from_cell(Arc::clone(cell))));
        }
    };
    model(&mut Visitor { path: String::new(), visit: &mut visit });
    parameters
}

/// Gives the parameters their names. A parameter that is no field of a model keeps its own.
#[inline(never)]
pub(super) fn name<T: Float>(parameters: &[(String, DynParam<T>)]) {
    for (name, parameter) in parameters.iter().filter(|(name, _)| !name.is_empty()) {
        parameter.cell().set_name(name.as_str().into());
    }
}
