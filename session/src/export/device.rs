//! Modules on the devices of a plugin of PJRT: feature `pjrt`.
//!
//! [`Function::on_device`](crate::Function::on_device), [`Step::on_device`](crate::Step::on_device) and
//! [`TrainingFunction::on_device`](crate::function::TrainingFunction::on_device) compile what they export and keep
//! parameters and the state of the optimiser on the devices; what goes in and comes out has the types that it has here.
//! [`pjrt`](super::pjrt) is the crate that calls the plugin.
//!
//! # Several devices
//!
//! A [`Placement`] has the devices and says which axis of which argument is shared out over them, in equal parts; all
//! else is on each device whole. The partitioner of XLA finds out from that which part of the work each device does and
//! what they exchange: split the batch, and the gradients are summed over the devices. Results are whole on each.

use std::marker::PhantomData;

use session_pjrt::{Buffer, Device, Element, Executable};

use super::{Entry, Module, Naturals, Role, Signature};
use crate::Error;
use crate::ir::DynShape;
use crate::param::Cell;
use crate::scalar::Float;
use crate::tensor::storage::{Identity, Storage};

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
struct Loaded {
    executable: Executable,
    arguments: Vec<Argument>,
}

impl Loaded {
    /// Compiles a module. Its natural-number inputs have 64 bits, so that keys of dropout are what they are here.
    fn new(module: Module<'_>, placement: &Placement) -> Result<Self, Error> {
        let module = module.naturals(Naturals::I64);
        let arguments = arguments(&module, &placement.splits, placement.devices.len())?;
        let splits = arguments.iter().map(|argument| argument.split).collect();
        let text = module.shared_out(placement.devices.len(), splits).to_stablehlo()?;
        // A placement without devices is the client's to refuse; there is none to ask.
        let Some(first) = placement.devices.first() else {
            return Err(session_pjrt::Error::Argument { reason: "a placement without devices".to_owned() }.into());
        };
        Ok(Self { executable: first.client().compile(&text, &placement.devices)?, arguments })
    }

    /// Brings the numbers of an argument to the devices.
    fn upload<T: Element>(&self, argument: usize, numbers: &[T]) -> Result<Parts, Error> {
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
    fn run(&self, arguments: &[&Parts]) -> Result<Vec<Parts>, Error> {
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
pub(crate) fn download<T: Float + Element>(parts: &Parts) -> Result<Storage<T>, Error> {
    Ok(Storage::from_vec(parts[0].to_vec()?))
}

/// What an argument was here when it last was the same there. Once it has gone on there, no value that it had here before
/// is taken for it: given again, it goes there again.
enum Known {
    Nothing,
    /// The version of the parameter's value.
    Version(u64),
    Numbers(Identity),
    Naturals(Vec<usize>),
    Scalar(f64),
}

/// A module with its arguments on the devices. What has not changed here since it went there stays there.
pub(crate) struct Resident<T> {
    loaded: Loaded,
    arguments: Vec<(Known, Parts)>,
    element: PhantomData<fn() -> T>,
}

impl<T: Float + Element> Resident<T> {
    /// Compiles a module. It runs once all of its arguments have been given.
    pub(crate) fn new(module: Module<'_>, placement: &Placement) -> Result<Self, Error> {
        let loaded = Loaded::new(module, placement)?;
        let arguments = loaded.arguments.iter().map(|_| (Known::Nothing, Parts::new())).collect();
        Ok(Self { loaded, arguments, element: PhantomData })
    }

    /// Gives an argument these numbers.
    pub(crate) fn numbers(&mut self, argument: usize, numbers: &Storage<T>) -> Result<(), Error> {
        if !self.has(argument, numbers) {
            let parts = self.loaded.upload(argument, numbers.as_slice())?;
            self.arguments[argument] = (Known::Numbers(numbers.identity()), parts);
        }
        Ok(())
    }

    /// Gives an argument the value of a parameter, while no other thread changes that.
    pub(crate) fn parameter(&mut self, argument: usize, cell: &Cell<T>) -> Result<(), Error> {
        if !self.follows(argument, cell) {
            let parts = self.loaded.upload(argument, cell.value().as_slice())?;
            self.arguments[argument] = (Known::Version(cell.version()), parts);
        }
        Ok(())
    }

    /// Gives an argument these natural numbers.
    pub(crate) fn naturals(&mut self, argument: usize, naturals: &[usize]) -> Result<(), Error> {
        if !matches!(&self.arguments[argument].0, Known::Naturals(known) if known == naturals) {
            // All that is of use is far below.
            let signed: Vec<i64> = naturals.iter().map(|&natural| natural as i64).collect();
            let parts = self.loaded.upload(argument, &signed)?;
            self.arguments[argument] = (Known::Naturals(naturals.to_vec()), parts);
        }
        Ok(())
    }

    /// Gives an argument this number.
    pub(crate) fn scalar(&mut self, argument: usize, number: f64) -> Result<(), Error> {
        if !matches!(self.arguments[argument].0, Known::Scalar(known) if known.to_bits() == number.to_bits()) {
            let parts = self.loaded.upload(argument, &[T::from_f64(number)])?;
            self.arguments[argument] = (Known::Scalar(number), parts);
        }
        Ok(())
    }

    /// Whether these are the numbers that an argument was given, whatever it has become there.
    fn has(&self, argument: usize, numbers: &Storage<T>) -> bool {
        matches!(&self.arguments[argument].0, Known::Numbers(known) if known.is(numbers))
    }

    /// Whether a parameter has got no value since an argument was given its value, whatever it has become there.
    fn follows(&self, argument: usize, cell: &Cell<T>) -> bool {
        matches!(self.arguments[argument].0, Known::Version(known) if known == cell.version())
    }

    /// Runs the module.
    pub(crate) fn run(&self) -> Result<Vec<Parts>, Error> {
        let arguments: Vec<&Parts> = self.arguments.iter().map(|(_, parts)| parts).collect();
        self.loaded.run(&arguments)
    }

    /// Has an argument go on as a result. A parameter still is, here, what it was.
    pub(crate) fn replace(&mut self, argument: usize, parts: Parts) {
        self.arguments[argument].1 = parts;
    }

    /// Has the numbers of an argument, which it was given, go on as a result. They still are, here, what they were, but no
    /// longer the same as those that somebody has kept.
    pub(crate) fn replace_numbers(&mut self, argument: usize, numbers: &mut Storage<T>, parts: Parts) {
        numbers.move_away();
        self.arguments[argument] = (Known::Numbers(numbers.identity()), parts);
    }

    /// Brings the value of a parameter here, unless it has got another one here.
    pub(crate) fn fetch(&mut self, argument: usize, cell: &Cell<T>) -> Result<(), Error> {
        if self.follows(argument, cell) {
            cell.set(download(&self.arguments[argument].1)?);
            self.arguments[argument].0 = Known::Version(cell.version());
        }
        Ok(())
    }

    /// Brings numbers here, unless they are others here.
    pub(crate) fn fetch_numbers(&mut self, argument: usize, numbers: &mut Storage<T>) -> Result<(), Error> {
        if self.has(argument, numbers) {
            *numbers = download(&self.arguments[argument].1)?;
            self.arguments[argument].0 = Known::Numbers(numbers.identity());
        }
        Ok(())
    }
}

/// The arguments of a module, with what is shared out over so many devices.
fn arguments(module: &Module<'_>, splits: &[Split], devices: usize) -> Result<Vec<Argument>, Error> {
    let Signature { name: module, arguments: entries, .. } = module.signature();
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
    for wanted in splits {
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
                let inputs =
                    entries.iter().enumerate().filter(|(_, entry)| matches!(entry.role, Role::Input | Role::Index));
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
    use crate::ir::{Graph, Id, NatId};

    #[test]
    fn parts_are_cut_along_their_axis() {
        let numbers: Vec<usize> = (0..24).collect();
        let parts =
            |axis, count| -> Vec<_> { (0..count).map(|at| part(&numbers, &[2, 6, 2], axis, at, count).1).collect() };
        assert_eq!(parts(0, 2), [(0..12).collect::<Vec<_>>(), (12..24).collect()]);
        assert_eq!(parts(1, 3)[1], [4, 5, 6, 7, 16, 17, 18, 19]);
        assert_eq!(parts(2, 2)[1], (0..12).map(|row| 2 * row + 1).collect::<Vec<_>>());
        assert_eq!(part(&numbers, &[2, 6, 2], 1, 0, 3).0, [2, 2, 2]);
        assert_eq!(part::<u8>(&[], &[4, 0], 0, 1, 2), (vec![2, 0], vec![]));
    }

    /// The module of a layer, and what it says when this is shared out over two devices.
    fn layer(splits: &[Split]) -> Result<String, String> {
        let mut graph: Graph = "graph 1\nleaf %0: [3, 5] # w\nleaf %1: [3] # b\nleaf %2: [4, 5] # x\nnat n0: [4]\n\
             %3 = linear(%0, %1, %2): [4, 3]\n%4 = cross_entropy(%3) {labels=n0}: []"
            .parse()
            .map_err(|error: Error| error.to_string())?;
        graph.name_axes(Id::new(2), &[Some("Batch"), Some("In")]);
        graph.name_axes_of_natural(NatId::new(0), &[Some("Batch")]);
        let module = Module::new("layer", &graph).natural_name(NatId::new(0), "t").result("loss", Id::new(4));
        let arguments = arguments(&module, splits, 2).map_err(|error| error.to_string())?;
        let splits = arguments.iter().map(|argument| argument.split).collect();
        module.shared_out(2, splits).to_stablehlo().map_err(|error| error.to_string())
    }

    fn axis(argument: &str, axis: usize) -> Split {
        Split::Axis(argument.to_owned(), axis)
    }

    #[test]
    fn what_is_shared_out_stands_at_the_arguments() {
        let text = layer(&[Split::Named("Batch".to_owned())]).unwrap();
        assert_eq!(text, layer(&[axis("x", 0), axis("t", 0)]).unwrap());
        let at = |place: &str| format!("{{sdy.sharding = #sdy.sharding<@mesh, [{place}]>}}");
        let (all, rows, row) = (at("{}, {}"), at("{\"devices\"}, {}"), at("{\"devices\"}"));
        let one = at("{}");
        let start = format!(
            "module @layer {{\n  sdy.mesh @mesh = <[\"devices\"=2]>\n  func.func public @main(%w: tensor<3x5xf32> {all}, \
             %b: tensor<3xf32> {one}, %x: tensor<4x5xf32> {rows}, %t: tensor<4xi32> {row}) -> (tensor<f32> \
             {{jax.result_info = \"loss\", sdy.sharding = #sdy.sharding<@mesh, []>}}) {{\n"
        );
        assert!(text.starts_with(&start), "{text}\n{start}");
    }

    #[test]
    fn what_cannot_be_shared_out_is_refused() {
        let cases = [
            (axis("y", 0), "there is no argument `y`, but w, b, x, t"),
            (axis("x", 2), "the argument `x` of shape [4, 5] has no axis 2"),
            (axis("x", 1), "axis 1 of `x` of shape [4, 5] gives no 2 equal parts"),
            (Split::Named("In".to_owned()), "axis 1 of `x` of shape [4, 5] gives no 2 equal parts"),
            (Split::Named("Out".to_owned()), "no input has an axis named `Out`"),
        ];
        for (split, reason) in cases {
            assert_eq!(layer(&[split]).unwrap_err(), format!("module `layer`: {reason}"));
        }
    }

    #[test]
    fn what_a_plugin_says_is_an_error_here() {
        let error = Error::from(session_pjrt::Error::Argument { reason: "no".to_owned() });
        assert_eq!(error.to_string(), "no");
        assert!(std::error::Error::source(&error).is_some());
        let missing = session_pjrt::Plugin::load("no/such.so").map_err(Error::from).unwrap_err();
        assert!(missing.to_string().starts_with("no/such.so: not a plugin of PJRT: "));
    }
}
