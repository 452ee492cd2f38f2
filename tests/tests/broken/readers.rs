//! What must hold for any bytes, by kind of file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process, str};

use session::data::Dataset;
use session::data::idx::Idx;
use session::io::{checkpoint, safetensors};
use session::ir::{Graph, Id, Op};
use session::optim::{Adam, Optimizer};
use session::prelude::*;
use session::semantics::{self, Array};
use session::tape::Tape;
use session::{DynTensor, autodiff};
#[cfg(feature = "onnx")]
use session::{
    ir::{DynShape, NatId},
    onnx::{Export, Import, Instance},
};

/// Accepted, or refused with this message, in which the file is called FILE.
pub type Verdict = Result<(), String>;

/// Judges the bytes of a file.
pub type Judge = fn(&[u8]) -> Verdict;

/// Runs `read`, which may take this much memory at once: `fixed` bytes, and `each` for every byte of the file.
///
/// # Panics
/// If it takes more.
pub fn within<R>(fixed: u64, each: u64, length: usize, read: impl FnOnce() -> R) -> R {
    let (mut result, limit) = (None, fixed + each * length as u64);
    let taken = allocation_counter::measure(|| result = Some(read())).bytes_max;
    assert!(taken <= limit, "{taken} bytes of memory for a file of {length}: more than {limit}");
    result.expect("it ran")
}

/// The text of a graph: read, written, shown, compiled; run if it is small.
pub fn graph(bytes: &[u8]) -> Verdict {
    let text = str::from_utf8(bytes).map_err(|error| error.to_string())?;
    // A node has some four hundred bytes, its line may have fourteen.
    let graph = match within(1 << 16, 128, bytes.len(), || text.parse::<Graph>()) {
        Ok(graph) => graph,
        Err(error) => {
            let said = error.to_string();
            assert!(said.starts_with("line ") && said.contains(" of the graph: "), "it does not say where: {said}");
            return Err(said);
        }
    };
    within(1 << 20, 1 << 13, bytes.len(), || {
        let written = graph.to_string();
        let again: Graph = written.parse().unwrap_or_else(|error| panic!("not read again: {error}\n{written}"));
        assert_eq!(again, graph);
        assert_eq!(again.to_string(), written);
        let stats = graph.stats();
        assert!(!stats.to_string().is_empty() && !graph.to_dot().is_empty() && !graph.to_mermaid().is_empty());
        assert!(graph.to_svg().ends_with("</svg>\n"));
        let results: Vec<(&str, Id)> = graph.ids().next_back().map(|id| ("result", id)).into_iter().collect();
        // It may have no form in StableHLO, which is an error.
        let _ = graph.to_stablehlo("module", &results);
        let last: Vec<Id> = results.iter().map(|(_, id)| *id).collect();
        let tape = Tape::<f32>::compile(&graph, &last);
        assert!(!tape.to_string().is_empty() || graph.is_empty());
        autodiff::reverse(&graph, &last);
    });
    run(&graph);
    Ok(())
}

/// Whether a graph can be run here.
fn is_small(graph: &Graph) -> bool {
    let stats = graph.stats();
    let small = |attribute: &str| attribute.split(|c: char| !c.is_ascii_digit()).all(|number| number.len() < 4);
    let windows = graph.nodes().iter().filter(|node| !matches!(node.op, Op::Constant(_)));
    // Numbers with a point are no sizes.
    let modest = windows.flat_map(|node| node.op.attributes()).all(|(_, text)| text.contains('.') || small(&text));
    let naturals = graph.naturals().iter().map(|shape| shape.elements()).fold(0, usize::saturating_add);
    stats.elements <= 4096 && stats.flops <= 100_000 && naturals <= 4096 && modest
}

/// Evaluates a small graph, by the definition and by a tape.
fn run(graph: &Graph) {
    let Some(last) = graph.ids().next_back().filter(|_| is_small(graph)) else { return };
    let naturals: Vec<Vec<usize>> = graph.naturals().iter().map(|shape| vec![1; shape.elements()]).collect();
    let leaves: Vec<Array<f32>> = graph.leaves().iter().map(|&shape| Array::full(shape, 0.5)).collect();
    values(graph, &[last], leaves, &naturals);
}

/// What a graph gives, by the definition; a tape gives the same.
fn values<T: Float>(graph: &Graph, results: &[Id], leaves: Vec<Array<T>>, naturals: &[Vec<usize>]) -> Vec<Array<T>> {
    let values = semantics::eval(graph, &leaves, naturals);
    let mut tape = Tape::<T>::compile(graph, results);
    let leaves = leaves.into_iter().map(|leaf| DynTensor::new(leaf.shape, leaf.data).expect("it is full"));
    let found = tape.forward(&leaves.collect::<Vec<_>>(), naturals).expect("the inputs are those of the graph");
    let expected: Vec<Array<T>> = results.iter().map(|id| values[id.index()].clone()).collect();
    let bits = |numbers: &[T]| numbers.iter().map(|x| x.bits()).collect::<Vec<u64>>();
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(bits(found.as_slice()), bits(&expected.data), "{graph}");
    }
    expected
}

/// A model in either type of numbers: its graph where open sizes are 3, compiled, run if it is small.
#[cfg(feature = "onnx")]
pub fn onnx(bytes: &[u8]) -> Verdict {
    in_file(bytes, |path| match (model::<f32>(path, bytes.len()), model::<f64>(path, bytes.len())) {
        (Ok(()), _) | (_, Ok(())) => Ok(()),
        (Err(said), Err(other)) => Err(if said.contains("f64, and read as f32") { other } else { said }),
    })
}

#[cfg(feature = "onnx")]
fn model<T: Float>(path: &Path, length: usize) -> Verdict {
    // A field of two bytes may be a message of some hundred, in a list that grows.
    let read = || {
        let model = Import::<T>::load(path)?;
        let sizes: Vec<(&str, usize)> = model.symbols().into_iter().map(|symbol| (symbol, 3)).collect();
        model.instance(&sizes)
    };
    let instance = within(1 << 20, 1 << 10, length, read).map_err(|error| refusal(&error, path))?;
    let results: Vec<Id> = instance.results.iter().map(|&(_, id)| id).collect();
    within(1 << 20, 1 << 13, length, || drop(Tape::<T>::compile(&instance.graph, &results)));
    if !is_small(&instance.graph) {
        return Ok(());
    }
    let mut export = Export::<T>::new("model", &instance.graph);
    for (id, value) in instance.graph.ids().zip(&instance.leaves) {
        export = value.iter().fold(export, |export, value| export.value(id, value.clone()));
    }
    for (index, list) in instance.naturals.iter().enumerate() {
        export = list.iter().fold(export, |export, list| export.natural_value(NatId::new(index), list.clone()));
    }
    let expected = results_of(&instance);
    // It may have no form in ONNX, as what only training needs.
    let named = results.iter().fold(export, |export, &id| export.result("result", id));
    let Ok(bytes) = named.to_onnx() else { return Ok(()) };
    let again = Import::<T>::read("the model that was written", &bytes).and_then(|model| model.instance(&[]));
    let found = results_of(&again.unwrap_or_else(|error| panic!("not read again: {error}")));
    for (expected, found) in expected.iter().zip(&found) {
        let same = |(a, b): (&T, &T)| a == b || a.bits() == b.bits();
        assert!(expected.data.iter().zip(&found.data).all(same), "{expected:?}\n{found:?}\n{}", instance.graph);
    }
    Ok(())
}

/// What a small model gives where its arguments are full of one number.
#[cfg(feature = "onnx")]
fn results_of<T: Float>(instance: &Instance<T>) -> Vec<Array<T>> {
    let graph = &instance.graph;
    let leaf = |(value, &shape): (&Option<DynTensor<T>>, &DynShape)| match value {
        Some(value) => Array::new(shape, value.as_slice().to_vec()),
        None => Array::full(shape, 0.5),
    };
    let list = |(list, shape): (&Option<Vec<usize>>, &DynShape)| list.clone().unwrap_or(vec![1; shape.elements()]);
    let leaves = instance.leaves.iter().zip(graph.leaves()).map(leaf).collect();
    let naturals: Vec<Vec<usize>> = instance.naturals.iter().zip(graph.naturals()).map(list).collect();
    let results: Vec<Id> = instance.results.iter().map(|&(_, id)| id).collect();
    values(graph, &results, leaves, &naturals)
}

/// Named tensors of either type of numbers.
pub fn safetensors(bytes: &[u8]) -> Verdict {
    in_file(bytes, |path| {
        let narrow = tensors::<f32>(path, bytes.len());
        let wide = tensors::<f64>(path, bytes.len());
        // One type is refused at least, unless there are no tensors.
        match (narrow, wide) {
            (Ok(()), _) | (_, Ok(())) => Ok(()),
            (Err(said), Err(other)) => Err(if said.contains("expected F32") { other } else { said }),
        }
    })
}

fn tensors<T: Float>(path: &Path, length: usize) -> Verdict {
    let read = || safetensors::load_all::<T>(path);
    let tensors = within(1 << 16, 64, length, read).map_err(|error| refusal(&error, path))?;
    let named: Vec<_> = tensors.iter().map(|(name, tensor)| (&**name, tensor.shape(), tensor.as_slice())).collect();
    let copy = Scratch::new();
    safetensors::save(&copy.0, &named).unwrap_or_else(|error| panic!("not written again: {error}"));
    let again = safetensors::load_all::<T>(&copy.0).unwrap_or_else(|error| panic!("not read again: {error}"));
    let bits = |tensor: &DynTensor<T>| tensor.as_slice().iter().map(|x| x.to_f64().to_bits()).collect::<Vec<_>>();
    let mut pairs = tensors.iter().filter(|(_, tensor)| !tensor.as_slice().is_empty());
    // Tensors without numbers may have changed places: they have the same.
    for (name, tensor) in again.iter().filter(|(_, tensor)| !tensor.as_slice().is_empty()) {
        let (known, before) = pairs.next().expect("no tensor is new");
        assert_eq!((name, tensor.shape(), bits(tensor)), (known, before.shape(), bits(before)));
    }
    assert_eq!(again.len(), tensors.len());
    Ok(())
}

/// Two parameters and their state in Adam.
pub fn checkpoint(bytes: &[u8]) -> Verdict {
    let w = Param::new(Tensor::<f32, shape![2, 3]>::ones()).named("w");
    let b = Param::new(Tensor::<f32, shape![3]>::ones()).named("b");
    let parameters = [w.to_dyn(), b.to_dyn()];
    let mut adam = Adam::<f32>::new(0.25);
    in_file(bytes, |path| {
        let load = |adam: &mut Adam<f32>| checkpoint::load(path, &parameters, adam);
        if let Err(error) = within(1 << 16, 64, bytes.len(), || load(&mut adam)) {
            assert_eq!((w.value(), b.value()), (Tensor::ones(), Tensor::ones()), "a refused file changes nothing");
            assert!(adam.rate() == 0.25 && adam.state().steps() == 0);
            return Err(refusal(&error, path));
        }
        let copy = Scratch::new();
        checkpoint::save(&copy.0, &parameters, &adam).unwrap_or_else(|error| panic!("not written again: {error}"));
        let written = fs::read(&copy.0).expect("it was written");
        checkpoint::load(&copy.0, &parameters, &mut adam).unwrap_or_else(|error| panic!("not read again: {error}"));
        checkpoint::save(&copy.0, &parameters, &adam).unwrap_or_else(|error| panic!("not written again: {error}"));
        assert_eq!(fs::read(&copy.0).expect("it was written"), written);
        Ok(())
    })
}

/// Images of two by two pixels, plain or gzipped, beside three labels.
pub fn images(bytes: &[u8]) -> Verdict {
    in_file(bytes, |path| {
        idx::<3>(path, bytes)?;
        let labels = Scratch::with(&[0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 2]);
        let read = Dataset::<f32, shape![1, 2, 2]>::from_idx(path, &labels.0, 3);
        let set = read.map_err(|error| labels.hidden(&refusal(&error, path)))?;
        assert_eq!(set.len(), 3);
        Ok(())
    })
}

/// Labels below three, plain or gzipped, beside three images.
pub fn labels(bytes: &[u8]) -> Verdict {
    in_file(bytes, |path| {
        idx::<1>(path, bytes)?;
        let images = Scratch::with(&[&[0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2][..], &[7; 12]].concat());
        let read = Dataset::<f32, shape![1, 2, 2]>::from_idx(&images.0, path, 3);
        let set = read.map_err(|error| images.hidden(&refusal(&error, path)))?;
        assert!(set.labels().iter().all(|&label| label < 3));
        Ok(())
    })
}

fn idx<const AXES: usize>(path: &Path, bytes: &[u8]) -> Verdict {
    // Gzip makes at most 1032 bytes of one, and a list that grows has room for twice as many, beside its old self.
    let each = if bytes.starts_with(&[0x1f, 0x8b]) { 3 * 1032 } else { 8 };
    let read = within(1 << 17, each, bytes.len(), || Idx::<AXES>::read(path));
    let file = read.map_err(|error| refusal(&error, path))?;
    assert_eq!(file.bytes.len(), file.sizes.iter().product::<usize>());
    let sizes = file.sizes.iter().flat_map(|&size| (size as u32).to_be_bytes());
    let plain: Vec<u8> = [0, 0, 8, AXES as u8].into_iter().chain(sizes).chain(file.bytes.iter().copied()).collect();
    let copy = Scratch::with(&plain);
    assert_eq!(Idx::<AXES>::read(&copy.0).unwrap_or_else(|error| panic!("not read again: {error}")), file);
    Ok(())
}

/// What an error says, which must name the file.
fn refusal(error: &Error, path: &Path) -> String {
    let (said, path) = (error.to_string(), path.display().to_string());
    assert!(said.contains(&path) && said.len() > path.len() + 2, "it does not say where: {said}");
    said.replace(&path, "FILE")
}

fn in_file(bytes: &[u8], read: impl FnOnce(&Path) -> Verdict) -> Verdict {
    let file = Scratch::with(bytes);
    read(&file.0)
}

/// Where the files are: in memory if there is such a folder, since what is saved waits for the disk.
pub fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { env::temp_dir() }
}

/// A path for a file, which is deleted at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(folder().join(format!("session-broken-{}-{number}", process::id())))
    }

    /// The message with OTHER for this path.
    fn hidden(&self, said: &str) -> String {
        said.replace(&self.0.display().to_string(), "OTHER")
    }

    fn with(bytes: &[u8]) -> Self {
        let scratch = Self::new();
        fs::write(&scratch.0, bytes).expect("the folder for temporary files can be written");
        scratch
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
