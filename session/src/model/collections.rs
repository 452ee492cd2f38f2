//! Models made of nothing else: parameters, and arrays, vectors and options of models.

use super::{Binder, Copies, Model, Visitor};
use crate::{Error, Float, Param, Shape, TensorRef};

/// A parameter by itself, which has the empty name.
impl<S: Shape, T: Float> Model<T> for Param<S, T> {
    type Refs = TensorRef<S>;

    fn bind_with(&self, binder: &mut Binder<'_, T>) -> Result<TensorRef<S>, Error> {
        binder.param(self)
    }

    fn visit(&self, visitor: &mut Visitor<'_, T>) {
        visitor.param(self);
    }

    fn copy_with(&self, copies: &mut Copies<T>) -> Self {
        copies.param(self)
    }
}

/// Models of one type, named by their positions.
impl<T: Float, M: Model<T>, const N: usize> Model<T> for [M; N] {
    type Refs = [M::Refs; N];

    fn bind_with(&self, binder: &mut Binder<'_, T>) -> Result<[M::Refs; N], Error> {
        let mut failed = None;
        // Through options, since an array cannot be collected from results without a vector beside it.
        let refs = self.each_ref().map(|model| match failed {
            None => binder.bind(model).map_err(|error| failed = Some(error)).ok(),
            Some(_) => None,
        });
        match failed {
            None => Ok(refs.map(|refs| refs.expect("nothing failed"))),
            Some(error) => Err(error),
        }
    }

    fn visit(&self, visitor: &mut Visitor<'_, T>) {
        self.iter().enumerate().for_each(|(index, model)| visitor.element(index, model));
    }

    fn copy_with(&self, copies: &mut Copies<T>) -> Self {
        self.each_ref().map(|model| copies.copy(model))
    }
}

/// Any number of models of one type, named by their positions (`torch.nn.ModuleList`).
impl<T: Float, M: Model<T>> Model<T> for Vec<M> {
    type Refs = Vec<M::Refs>;

    fn bind_with(&self, binder: &mut Binder<'_, T>) -> Result<Vec<M::Refs>, Error> {
        self.iter().map(|model| binder.bind(model)).collect()
    }

    fn visit(&self, visitor: &mut Visitor<'_, T>) {
        self.iter().enumerate().for_each(|(index, model)| visitor.element(index, model));
    }

    fn copy_with(&self, copies: &mut Copies<T>) -> Self {
        self.iter().map(|model| copies.copy(model)).collect()
    }
}

/// A model or none, as a bias that may be absent; it adds nothing to the names.
impl<T: Float, M: Model<T>> Model<T> for Option<M> {
    type Refs = Option<M::Refs>;

    fn bind_with(&self, binder: &mut Binder<'_, T>) -> Result<Option<M::Refs>, Error> {
        self.as_ref().map(|model| binder.bind(model)).transpose()
    }

    fn visit(&self, visitor: &mut Visitor<'_, T>) {
        if let Some(model) = self {
            model.visit(visitor);
        }
    }

    fn copy_with(&self, copies: &mut Copies<T>) -> Self {
        self.as_ref().map(|model| copies.copy(model))
    }
}
