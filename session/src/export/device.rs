//! Modules on the devices of a plugin of PJRT: feature `pjrt`.
//!
//! [`Function::on_device`](crate::Function::on_device), [`Step::on_device`](crate::Step::on_device) and
//! [`TrainingFunction::on_device`](crate::function::TrainingFunction::on_device) compile what they export and keep
//! parameters and the state of the optimiser on the devices; what goes in and comes out has the types that it has here.
//! [`pjrt`](super::pjrt) is the crate that calls the plugin.
//!
//! ```no_run
//! use session::export::Placement;
//! use session::export::pjrt::Plugin;
//! use session::optim::Adam;
//! use session::prelude::*;
//!
//! type X = TensorRef<shape![4, 2]>;
//! type Y = TensorRef<shape![4, 1]>;
//! let w = Param::new(Tensor::<f32, shape![1, 2]>::zeros()).named("w");
//! let b = Param::new(Tensor::<f32, shape![1]>::zeros()).named("b");
//! let loss = Function::record(
//!     Options::default(),
//!     &["x", "y"],
//!     &["loss"],
//!     |s| Ok((w.bind(s)?, b.bind(s)?)),
//!     |s, (w, b), (x, y): (X, Y)| s.mse_loss(s.linear(w, b, x), y),
//! )?;
//! let client = Plugin::from_environment()?.client(&[])?;
//! let mut step = loss.into_step(Adam::new(0.1))?.on_device(&Placement::on(&client.devices()?[0]))?;
//! let x = Tensor::from_array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
//! let y = Tensor::from_array([[1.0], [3.0], [2.0], [4.0]]);
//! for _ in 0..500 {
//!     step.run((&x, &y))?;
//! }
//! step.fetch()?;
//! assert!((b.value()[[0]] - 1.0).abs() < 1e-2);
//! # Ok::<(), session::Error>(())
//! ```
//!
//! # Several devices
//!
//! A [`Placement`] has the devices and says which axis of which argument is shared out over them, in equal parts; all
//! else is on each device whole. The partitioner of XLA finds out from that which part of the work each device does and
//! what they exchange: split the batch, and the gradients are summed over the devices. Results are whole on each.

use session_pjrt::{Buffer, Device, Element, Executable};

use super::{Entry, Module, Naturals, Role, Signature};
use crate::Error;
use crate::ir::DynShape;

/// Devices, and what is shared out over them.
///
/// ```no_run
/// use session::export::Placement;
/// use session::export::pjrt::{Plugin, Value};
///
/// let client = Plugin::from_environment()?.client(&[("cpu_device_count", Value::Integer(4))])?;
/// let one = Placement::on(&client.devices()?[0]);
/// let four = Placement::over(&client.devices()?).split_named("Batch");
/// let same = Placement::over(&client.devices()?).split("x", 0).split("labels", 0);
/// # Ok::<(), session::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Placement {
    devices: Vec<Device>,
    splits: Vec<Split>,
}

/// What is shared out.
#[derive(Clone, Debug)]
enum Split {
    /// An axis of an argument.
    Axis(String, usize),
    /// The axis of this name of each input that has one.
    Named(String),
}

impl Placement {
    /// One device.
    pub fn on(device: &Device) -> Self {
        Self::over(std::slice::from_ref(device))
    }

    /// These devices, of one client, with nothing shared out yet.
    pub fn over(devices: &[Device]) -> Self {
        Self { devices: devices.to_vec(), splits: Vec::new() }
    }

    /// With an axis of an argument shared out, counted from 0: the first device has the first part, and so on.
    #[must_use]
    pub fn split(mut self, argument: &str, axis: usize) -> Self {
        self.splits.push(Split::Axis(argument.to_owned(), axis));
        self
    }

    /// With the axis of this name, which [`dim!`](crate::dim!) has declared, shared out: that of each input and each
    /// natural-number input that has one.
    #[must_use]
    pub fn split_named(mut self, axis: &str) -> Self {
        self.splits.push(Split::Named(axis.to_owned()));
        self
    }
}

/// An argument of a module.
struct Argument {
    shape: DynShape,
    /// The axis that is shared out.
    split: Option<usize>,
}

/// Numbers as the devices have them: for each its part, or for each the whole.
pub(crate) type Parts = Vec<Buffer>;

/// A module that has been compiled for devices.
pub(crate) struct Loaded {
    executable: Executable,
    arguments: Vec<Argument>,
}

impl Loaded {
    /// Compiles a module. Its natural-number inputs have 64 bits, so that keys of dropout are what they are here.
    pub(crate) fn new(module: Module<'_>, placement: &Placement) -> Result<Self, Error> {
        let module = module.naturals(Naturals::I64);
        let arguments = arguments(&module, placement)?;
        let splits = arguments.iter().map(|argument| argument.split).collect();
        let text = module.shared_out(placement.devices.len(), splits).to_stablehlo()?;
        // A placement without devices is the client's to refuse; there is none to ask.
        let Some(first) = placement.devices.first() else {
            return Err(session_pjrt::Error::Argument { reason: "a placement without devices".to_owned() }.into());
        };
        Ok(Self { executable: first.client().compile(&text, &placement.devices)?, arguments })
    }

    /// Brings the numbers of an argument to the devices.
    pub(crate) fn upload<T: Element>(&self, argument: usize, numbers: &[T]) -> Result<Parts, Error> {
        let Argument { shape, split } = &self.arguments[argument];
        let devices = self.executable.devices();
        let axis = split.filter(|_| devices.len() > 1);
        let upload = |(index, device): (usize, &Device)| match axis {
            None => device.upload(numbers, shape),
            Some(axis) => {
                let (part, numbers) = part(numbers, shape, axis, index, devices.len());
                device.upload(&numbers, &part)
            }
        };
        devices.iter().enumerate().map(upload).collect::<Result<_, _>>().map_err(Error::from)
    }

    /// Runs the module. The results are whole on each device.
    pub(crate) fn run(&self, arguments: &[&Parts]) -> Result<Vec<Parts>, Error> {
        let devices = self.executable.devices().len();
        let lists: Vec<Vec<&Buffer>> =
            (0..devices).map(|device| arguments.iter().map(|parts| &parts[device]).collect()).collect();
        let mut results: Vec<Parts> = (0..self.executable.results()).map(|_| Vec::with_capacity(devices)).collect();
        for list in self.executable.run(&lists)? {
            results.iter_mut().zip(list).for_each(|(parts, buffer)| parts.push(buffer));
        }
        Ok(results)
    }
}

/// The numbers of a result, from the first device.
pub(crate) fn download<T: Element>(parts: &Parts) -> Result<Vec<T>, Error> {
    Ok(parts[0].to_vec()?)
}

/// The arguments of a module with what a placement says of them.
fn arguments(module: &Module<'_>, placement: &Placement) -> Result<Vec<Argument>, Error> {
    let Signature { name: module, arguments: entries, .. } = module.signature();
    let devices = placement.devices.len();
    let refuse = |reason: String| Error::Export { module: module.clone(), reason };
    let mut arguments: Vec<Argument> =
        entries.iter().map(|entry| Argument { shape: entry.shape, split: None }).collect();
    let mut split = |index: usize, axis: usize| {
        let (Entry { name, shape, .. }, known) = (&entries[index], &mut arguments[index].split);
        match shape.get(axis) {
            None => Err(refuse(format!("the argument `{name}` of shape {shape} has no axis {axis}"))),
            Some(size) if size % devices.max(1) != 0 => {
                Err(refuse(format!("axis {axis} of `{name}` of shape {shape} gives no {devices} equal parts")))
            }
            Some(_) if known.is_some_and(|known| known != axis) => {
                Err(refuse(format!("two axes of `{name}` are shared out over the same devices")))
            }
            Some(_) => {
                *known = Some(axis);
                Ok(())
            }
        }
    };
    for wanted in &placement.splits {
        match wanted {
            Split::Axis(argument, axis) => {
                let index = entries.iter().position(|entry| entry.name == *argument).ok_or_else(|| {
                    let names: Vec<&str> = entries.iter().map(|entry| &*entry.name).collect();
                    refuse(format!("there is no argument `{argument}`, but {}", names.join(", ")))
                })?;
                split(index, *axis)?;
            }
            Split::Named(axis) => {
                let named = |entry: &Entry| entry.axes.iter().position(|name| *name == Some(axis));
                let inputs = entries.iter().enumerate().filter(|(_, entry)| matches!(entry.role, Role::Input | Role::Index));
                let found: Vec<(usize, usize)> =
                    inputs.filter_map(|(index, entry)| Some((index, named(entry)?))).collect();
                if found.is_empty() {
                    return Err(refuse(format!("no input has an axis named `{axis}`")));
                }
                found.into_iter().try_for_each(|(index, axis)| split(index, axis))?;
            }
        }
    }
    Ok(arguments)
}

/// The shape and the numbers of a part, of `count` along an axis.
fn part<T: Copy>(numbers: &[T], shape: &[usize], axis: usize, index: usize, count: usize) -> (Vec<usize>, Vec<T>) {
    let mut part = shape.to_vec();
    part[axis] /= count;
    // What lies together: the positions of the part on this axis, with all axes after it.
    let length: usize = part[axis..].iter().product();
    // No rows at all are no chunks either.
    let rows = numbers.chunks(length.max(1) * count).flat_map(|row| &row[index * length..(index + 1) * length]);
    (part, rows.copied().collect())
}

impl Module<'_> {
    /// With what is shared out over so many devices: an axis of each argument, the natural-number inputs included.
    fn shared_out(mut self, devices: usize, splits: Vec<Option<usize>>) -> Self {
        self.shared_out = (devices > 1).then_some((devices, splits));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_along_their_axis() {
        let numbers: Vec<usize> = (0..24).collect();
        let parts = |axis, count| -> Vec<_> { (0..count).map(|at| part(&numbers, &[2, 6, 2], axis, at, count).1).collect() };
        assert_eq!(parts(0, 2), [(0..12).collect::<Vec<_>>(), (12..24).collect()]);
        assert_eq!(parts(1, 3)[1], [4, 5, 6, 7, 16, 17, 18, 19]);
        assert_eq!(parts(2, 2)[1], (0..12).map(|row| 2 * row + 1).collect::<Vec<_>>());
        assert_eq!(part(&numbers, &[2, 6, 2], 1, 0, 3).0, [2, 2, 2]);
        assert_eq!(part::<u8>(&[], &[4, 0], 0, 1, 2), (vec![2, 0], vec![]));
    }
}
