//! Models with parameters of their own.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::Model;
use crate::param::Cell;
use crate::{DynParam, Float, Param, Shape};

/// Gives each parameter of a model its copy, tied ones the same: what [`Model::deep_clone`] hands from field to field.
pub struct Copies<T: Float> {
    /// By the address of the original, which is kept so that no other takes its place.
    made: HashMap<usize, (DynParam<T>, DynParam<T>)>,
}

impl<T: Float> Copies<T> {
    /// Copies of these parameters, between which no update of another thread falls.
    #[inline(never)]
    pub(super) fn of(parameters: &[(String, DynParam<T>)]) -> Self {
        let cells = parameters.iter().map(|(_, parameter)| parameter.cell());
        let mut copies = Self { made: HashMap::new() };
        Cell::update(&Cell::update_order(cells.clone()), || {
            for cell in cells {
                copies.cell(cell);
            }
        });
        copies
    }

    /// The copy of a field.
    #[must_use]
    pub fn copy<M: Model<T>>(&mut self, field: &M) -> M {
        field.copy_with(self)
    }

    /// The copy of a parameter.
    #[must_use]
    pub fn param<S: Shape>(&mut self, param: &Param<S, T>) -> Param<S, T> {
        Param::from_cell(self.cell(param.cell()))
    }

    #[inline(never)]
    fn cell(&mut self, cell: &Arc<Cell<T>>) -> Arc<Cell<T>> {
        let made = self.made.entry(Arc::as_ptr(cell).addr());
        let copy = || (DynParam::from_cell(Arc::clone(cell)), DynParam::from_cell(cell.copy()));
        Arc::clone(made.or_insert_with(copy).1.cell())
    }
}

impl<T: Float> fmt::Debug for Copies<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Copies of {} parameters", self.made.len())
    }
}
