//! Training saved and resumed: parameters, the optimiser's state, its steps and its hyper-parameters in one file.
//!
//! Training that is resumed from the file gives the same bits as training that was never interrupted. (A schedule goes
//! by the steps of the optimiser, so it resumes too. The order of the data and the session's random numbers, from which
//! [`dropout`](crate::Session::dropout) draws its keys, are the program's own: let them depend on
//! [`OptimizerState::steps`], as by `*s.rng() = Rng::with_stream(seed, steps)` before each step.) `torch.save({"model": .., "optimizer": ..})` in PyTorch.
//!
//! The file is in the safetensors format: each parameter under its own name, so that
//! [`safetensors::load`](super::safetensors::load) and other programs read the weights; the optimiser's
//! tensors as `optimizer.NAME.SLOT`, with PyTorch's names of the slots; all else as texts in the header.
//!
//! ```
//! use session::io::checkpoint;
//! use session::optim::Adam;
//! use session::prelude::*;
//!
//! let path = std::env::temp_dir().join("session-example-checkpoint.safetensors");
//! let s = Session::<f32>::new(Options::default());
//! let w = Param::new(Tensor::<f32, shape![2]>::ones()).named("w");
//! let x = s.use_param(&w)?;
//! let loss = s.sum(s.mul(x, x));
//! let mut adam = Adam::new(0.1);
//! s.step(loss, &mut adam)?;
//! checkpoint::save(&path, &[w.to_dyn()], &adam)?;
//!
//! s.step(loss, &mut adam)?;
//! let uninterrupted = w.value();
//!
//! let mut resumed = Adam::new(0.0);
//! checkpoint::load(&path, &[w.to_dyn()], &mut resumed)?;
//! assert_eq!((resumed.rate(), resumed.state().steps()), (0.1, 1));
//! s.step(loss, &mut resumed)?;
//! assert_eq!(w.value(), uninterrupted);
//! # Ok::<(), session::Error>(())
//! ```

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use nojson::RawJson;

use super::safetensors::{Safetensors, number, save_with_metadata};
use crate::error::Error;
use crate::mapped::mapped;
use crate::optim::{Optimizer, OptimizerState, ParameterState};
use crate::param::{Cell, DynParam};
use crate::scalar::Float;
use crate::tensor::DynTensor;
use crate::tensor::storage::Storage;

/// The key and the value of the text that says what a file is.
const FORMAT: (&str, &str) = ("checkpoint", "1");

/// A parameter and its name.
type Named<T> = (Arc<str>, Arc<Cell<T>>);

/// Saves parameters and the optimiser that updates them.
///
/// A parameter that is given twice, as parts of a model that share it do, is saved once. No update of another thread
/// falls between the parameters. The file appears as a whole or not at all.
///
/// # Errors
/// [`Error::ParameterUnnamed`], [`Error::TensorName`] if two parameters have one name, [`Error::ParameterUnlisted`] if
/// the optimiser has updated another parameter, [`Error::Io`].
pub fn save<T: Float>(
    path: impl AsRef<Path>,
    parameters: &[DynParam<T>],
    optimizer: &(impl Optimizer<T> + ?Sized),
) -> Result<(), Error> {
    let (path, state) = (path.as_ref(), optimizer.state());
    let named = named(path, parameters)?;
    let unlisted = |known: &&ParameterState<T>| !named.iter().any(|(_, cell)| Arc::ptr_eq(cell, &known.cell));
    if let Some(ParameterState { cell, .. }) = state.parameters().iter().find(unlisted) {
        let name = cell.name().as_deref().unwrap_or("unnamed").to_owned();
        return Err(Error::ParameterUnlisted { name, shape: cell.shape() });
    }
    let slots = optimizer.slots();
    let mut tensors = Vec::new();
    let mut updates = BTreeMap::new();
    Cell::update(&Cell::update_order(named.iter().map(|(_, cell)| cell)), || {
        for (name, cell) in &named {
            tensors.push((name.to_string(), cell.shape(), cell.value()));
        }
    });
    for (name, cell) in &named {
        let known = state.get(cell);
        for (index, slot) in slots.iter().enumerate() {
            // Zeros where a parameter is new to the optimiser, as in its next step.
            let tensor = known.and_then(|known| known.tensors.get(index)).cloned();
            let tensor = tensor.unwrap_or_else(|| Storage::zeros(cell.shape().elements()));
            tensors.push((slot_name(name, slot), cell.shape(), tensor));
        }
        updates.insert(&**name, known.map_or(0, |known| known.updates));
    }
    let mut settings = Vec::new();
    // The shortest text from which the same number is read.
    optimizer.settings(&mut |setting| settings.push(format!("{}={:?}", setting.name(), setting.value())));
    let texts = [
        (FORMAT.0, FORMAT.1.to_owned()),
        ("optimizer", kind(optimizer)),
        ("settings", settings.join(" ")),
        ("steps", state.steps().to_string()),
        ("updates", nojson::Json(&updates).to_string()),
    ];
    let metadata = texts.into_iter().map(|(key, text)| (key.to_owned(), text)).collect();
    let tensors: Vec<_> = mapped(&tensors, |(name, shape, data)| (&**name, *shape, data.as_slice()));
    save_with_metadata(path, &tensors, &metadata)
}

/// Restores parameters and the optimiser that updates them: all of it or nothing.
///
/// The parameters are those that were saved, in any order. The optimiser is of the kind that was saved, momentum and
/// weight decay, clipping and the like included; its hyper-parameters become those of the file, and its state of
/// other parameters is dropped.
///
/// # Errors
/// [`Error::ParameterUnnamed`], or [`Error::TensorName`] if two parameters have one name; [`Error::TensorMissing`],
/// [`Error::ShapeMismatch`], [`Error::DtypeMismatch`] or [`Error::TensorUnexpected`] for the first tensor that is
/// not as asked for; [`Error::OptimizerMismatch`] for another kind of optimiser; [`Error::NotCheckpoint`],
/// and what [`safetensors::load`](super::safetensors::load) says of a file that is not right itself.
pub fn load<T: Float>(
    path: impl AsRef<Path>,
    parameters: &[DynParam<T>],
    optimizer: &mut (impl Optimizer<T> + ?Sized),
) -> Result<(), Error> {
    let path = path.as_ref();
    let named = named(path, parameters)?;
    let file = Safetensors::read(path)?;
    let texts = Texts { path, file: &file };
    if texts.get(FORMAT.0)? != FORMAT.1 {
        return Err(texts.error(format!("its version is {}, expected {}", texts.get(FORMAT.0)?, FORMAT.1)));
    }
    let (expected, found) = (kind(optimizer), texts.get("optimizer")?);
    if expected != found {
        return Err(Error::OptimizerMismatch { path: path.to_owned(), expected, found: found.to_owned() });
    }

    let slots = optimizer.slots();
    let mut used = HashSet::new();
    let mut tensor = |name: String, shape| -> Result<DynTensor<T>, Error> {
        let tensor = file.load(&name, shape)?;
        used.insert(name);
        Ok(tensor)
    };
    let (mut values, mut states) = (Vec::new(), Vec::new());
    for (name, cell) in &named {
        values.push(tensor(name.to_string(), cell.shape())?);
        let load = |slot: &&str| Ok(tensor(slot_name(name, slot), cell.shape())?.storage().clone());
        let tensors = slots.iter().map(load).collect::<Result<_, Error>>()?;
        let (cell, updates, slots) = (Arc::clone(cell), texts.updates(name)?, slots.clone());
        states.push(ParameterState { cell, updates, tensors, slots });
    }
    if let Some(entry) = file.entries().iter().find(|entry| !used.contains(&entry.name)) {
        let (path, tensor, shape) = (path.to_owned(), entry.name.clone(), entry.shape.clone());
        let expected = mapped(&named, |(name, _)| name.to_string());
        return Err(Error::TensorUnexpected { path, tensor, shape, expected });
    }
    let steps = texts.number("steps")?;
    let settings = texts.settings(optimizer)?;
    let before = replace_settings(optimizer, settings);
    if kind(optimizer) != expected {
        replace_settings(optimizer, before);
        return Err(texts.error("its `settings` are those of another kind of optimiser than it says".to_owned()));
    }

    // Nothing can go wrong from here on.
    Cell::update(&Cell::update_order(named.iter().map(|(_, cell)| cell)), || {
        for ((_, cell), value) in named.iter().zip(&values) {
            cell.set(value.storage().clone());
        }
    });
    *optimizer.state_mut() = OptimizerState::restored(steps, states);
    Ok(())
}

/// Gives the hyper-parameters these values, which they may have, and returns the ones before.
fn replace_settings<T: Float>(optimizer: &mut (impl Optimizer<T> + ?Sized), settings: Vec<f64>) -> Vec<f64> {
    let mut settings = settings.into_iter();
    let mut before = Vec::new();
    optimizer.settings_mut(&mut |setting| {
        before.push(setting.value());
        if let Some(value) = settings.next() {
            setting.set(value);
        }
    });
    before
}

/// The kind of an optimiser, with whether it clips gradients.
fn kind<T: Float>(optimizer: &(impl Optimizer<T> + ?Sized)) -> String {
    format!("{}{}", optimizer.kind(), if optimizer.max_norm().is_some() { " clipped" } else { "" })
}

fn slot_name(parameter: &str, slot: &str) -> String {
    format!("optimizer.{parameter}.{slot}")
}

/// Each parameter once, with its name.
fn named<T: Float>(path: &Path, parameters: &[DynParam<T>]) -> Result<Vec<Named<T>>, Error> {
    let mut named: Vec<Named<T>> = Vec::new();
    for (position, parameter) in parameters.iter().enumerate() {
        let name = parameter.name().ok_or(Error::ParameterUnnamed { position, shape: parameter.shape() })?;
        if named.iter().any(|(_, cell)| Arc::ptr_eq(cell, parameter.cell())) {
            continue;
        }
        if named.iter().any(|(known, _)| *known == name) {
            return Err(Error::TensorName { path: path.to_owned(), tensor: name.to_string() });
        }
        named.push((name, Arc::clone(parameter.cell())));
    }
    Ok(named)
}

/// The texts in the header of a checkpoint.
struct Texts<'a> {
    path: &'a Path,
    file: &'a Safetensors,
}

impl Texts<'_> {
    fn error(&self, reason: String) -> Error {
        Error::NotCheckpoint { path: self.path.to_owned(), reason }
    }

    fn get(&self, key: &str) -> Result<&str, Error> {
        self.file.metadata(key).ok_or_else(|| self.error(format!("its header has no text `{key}`")))
    }

    fn number(&self, key: &str) -> Result<usize, Error> {
        let text = self.get(key)?;
        text.parse().map_err(|_| self.error(format!("its `{key}` is `{text}`, expected a number")))
    }

    /// How many updates a parameter has had.
    fn updates(&self, parameter: &str) -> Result<usize, Error> {
        let updates = RawJson::parse(self.get("updates")?).ok();
        let updates = updates.as_ref().and_then(|updates| updates.value().to_member(parameter).ok()?.optional());
        updates
            .and_then(number)
            .ok_or_else(|| self.error(format!("its `updates` do not say how many parameter `{parameter}` has had")))
    }

    /// The values of the optimiser's hyper-parameters, in its order.
    fn settings<T: Float>(&self, optimizer: &(impl Optimizer<T> + ?Sized)) -> Result<Vec<f64>, Error> {
        let text = self.get("settings")?;
        let mut found = text.split_whitespace().map(|pair| pair.split_once('='));
        let (mut values, mut wrong) = (Vec::new(), None);
        optimizer.settings(&mut |setting| {
            let value = match found.next() {
                Some(Some((name, value))) if name == setting.name() => value.parse().ok(),
                _ => None,
            };
            match value.filter(|&value| setting.allows(value)) {
                Some(value) => values.push(value),
                None => wrong = wrong.or(Some(setting.name())),
            }
        });
        match wrong {
            Some(name) => Err(self.error(format!("its `settings` are `{text}`, in which `{name}` is not right"))),
            None if found.next().is_some() => {
                Err(self.error(format!("its `settings` are `{text}`, more than expected")))
            }
            None => Ok(values),
        }
    }
}
