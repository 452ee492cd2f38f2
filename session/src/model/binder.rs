//! Parameters as leaves of a recording.

use std::fmt;

use super::Model;
use crate::{Error, Float, Param, Session, Shape, TensorRef};

/// Makes parameters leaves of a recording: what [`Model::bind`] hands from field to field.
pub struct Binder<'s, T: Float> {
    session: &'s Session<T>,
}

impl<'s, T: Float> Binder<'s, T> {
    pub(super) fn new(session: &'s Session<T>) -> Self {
        Self { session }
    }

    /// The leaves of a field.
    ///
    /// # Errors
    /// As [`Model::bind`].
    pub fn bind<M: Model<T> + ?Sized>(&mut self, field: &M) -> Result<M::Refs, Error> {
        field.bind_with(self)
    }

    /// The leaf of a parameter.
    ///
    /// # Errors
    /// As [`Model::bind`].
    pub fn param<S: Shape>(&mut self, param: &Param<S, T>) -> Result<TensorRef<S>, Error> {
        self.session.bind_cell(param.cell()).map(TensorRef::new)
    }
}

impl<T: Float> fmt::Debug for Binder<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Binder of the {:?}", self.session)
    }
}
