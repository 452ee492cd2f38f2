//! The parameters of a model to and from files.

use std::path::Path;

use crate::io::safetensors;
use crate::mapped::mapped;
use crate::param::Cell;
use crate::{DynParam, DynTensor, Error, Float};

/// Writes the parameters under these names.
#[inline(never)]
pub(super) fn save<T: Float>(path: &Path, parameters: &[(String, DynParam<T>)]) -> Result<(), Error> {
    let values: Vec<DynTensor<T>> =
        Cell::update(&Cell::update_order(cells(parameters)), || mapped(parameters, |(_, parameter)| parameter.value()));
    let names = parameters.iter().map(|(name, _)| &**name);
    let tensors = names.zip(&values).map(|(name, value)| (name, value.shape(), value.as_slice()));
    safetensors::save(path, &tensors.collect::<Vec<_>>())
}

/// Reads the parameters by these names: all of them, or none.
#[inline(never)]
pub(super) fn load<T: Float>(path: &Path, parameters: &[(String, DynParam<T>)]) -> Result<(), Error> {
    let tensors = parameters.iter().map(|(name, parameter)| (&**name, parameter.shape()));
    let values = safetensors::load::<T>(path, &tensors.collect::<Vec<_>>())?;
    Cell::update(&Cell::update_order(cells(parameters)), || {
        for (cell, value) in cells(parameters).zip(&values) {
            cell.set(value.storage().clone());
        }
    });
    Ok(())
}

fn cells<T: Float>(parameters: &[(String, DynParam<T>)]) -> impl Iterator<Item = &std::sync::Arc<Cell<T>>> {
    parameters.iter().map(|(_, parameter)| parameter.cell())
}
