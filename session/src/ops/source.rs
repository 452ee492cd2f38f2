//! Operations without operands: constants.

use super::{Emit, Flops, Operation, Site, View};
use crate::ir::op::{Constant, Full};
use crate::ir::{DynShape, Id};
use crate::scalar::Scalar;

impl Operation for Constant {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, _: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let (expected, found) = (self.shape.countable()?, self.data.len());
        if expected == found {
            Ok(self.shape)
        } else {
            Err(format!("the shape {} has {expected} elements, but {found} are given", self.shape))
        }
    }

    fn eval<S: Scalar>(&self, _: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        for (out, value) in out.iter_mut().zip(self.data.values()) {
            *out = S::literal(value);
        }
    }

    fn vjp(&self, _: &mut Emit<'_>, _: Site<'_>, _: Id) -> Vec<Option<Id>> {
        Vec::new()
    }

    fn jvp(&self, _: &mut Emit<'_>, _: Site<'_>, _: &[Option<Id>]) -> Option<Id> {
        None
    }
}

impl Operation for Full {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, _: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        Ok(self.shape)
    }

    fn eval<S: Scalar>(&self, _: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        out.fill(S::literal(self.value.value()));
    }

    fn vjp(&self, _: &mut Emit<'_>, _: Site<'_>, _: Id) -> Vec<Option<Id>> {
        Vec::new()
    }

    fn jvp(&self, _: &mut Emit<'_>, _: Site<'_>, _: &[Option<Id>]) -> Option<Id> {
        None
    }
}
