//! Good files, changed at random.

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use session::io::{checkpoint, safetensors};
use session::ir::{DynShape, Op, op};
use session::optim::Adam;
use session::prelude::*;
use session_tests::{Points, Program, Source};

use crate::KINDS;
use crate::mutator::Mutator;
use crate::readers::{Judge, Verdict, folder, within};

/// A file with changes of its bytes or, of every second model, of its fields.
fn mutant(mutator: &mut Mutator, files: &[Vec<u8>]) -> Vec<u8> {
    #[cfg(feature = "onnx")]
    if crate::fields::is_message(&files[0]) && mutator.below(2) == 0 {
        return crate::fields::mutant(mutator, files);
    }
    mutator.mutant(files)
}

/// The first of so many mutants for which the function panics. One that ends the process is left where it was tried.
fn fault(files: &[Vec<u8>], count: usize, seed: u64, judge: Judge) -> Option<(usize, Vec<u8>)> {
    let mut mutator = Mutator::new(seed);
    let thread = std::thread::current().id();
    let last = folder().join(format!("session-broken-{}-{thread:?}-last", std::process::id()));
    let found = (0..count).find_map(|number| {
        let bytes = mutant(&mut mutator, files);
        fs::write(&last, &bytes).expect("the folder for temporary files can be written");
        let fails = catch_unwind(AssertUnwindSafe(|| judge(&bytes))).is_err();
        fails.then_some((number, bytes))
    });
    fs::remove_file(&last).expect("it was written");
    found
}

/// Good files of a kind.
fn good(kind: &str) -> Vec<Vec<u8>> {
    match kind {
        "graph" => Op::NAMES.iter().flat_map(|name| (0..3).map(|seed| graph(name, seed))).collect(),
        "safetensors" => written(|path| {
            let (matrix, list, none) = (DynShape::new(&[2, 3]), DynShape::new(&[4]), DynShape::new(&[0, 5]));
            safetensors::save(path, &[("w", matrix, &[1.5_f32; 6]), ("b.1", list, &[-0.0; 4]), ("é", none, &[])])?;
            let more = fs::read(path).expect("it was written");
            safetensors::save(path, &[("x", DynShape::SCALAR, &[f64::NAN]), ("y", list, &[1e300; 4])])?;
            Ok(vec![more])
        }),
        "checkpoint" => written(|path| {
            let s = Session::<f32>::new(Options::default().threads(1));
            let w = Param::new(Tensor::<f32, shape![2, 3]>::ones()).named("w");
            let b = Param::new(Tensor::<f32, shape![3]>::ones()).named("b");
            let (wr, br) = (s.use_param(&w)?, s.use_param(&b)?);
            let mut adam = Adam::new(0.5);
            s.step(s.sum(s.tanh(s.broadcast_add(wr, br))), &mut adam)?;
            checkpoint::save(path, &[w.to_dyn(), b.to_dyn()], &adam)?;
            Ok(Vec::new())
        }),
        "images" => gzipped(&[&[0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2][..], &[9; 12]].concat()),
        "labels" => gzipped(&[0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 2]),
        #[cfg(feature = "onnx")]
        "onnx" => Op::NAMES.iter().filter_map(|name| model(name)).chain(models()).collect(),
        _ => panic!("no good files of the kind {kind}"),
    }
}

/// A graph with this operation, and others after it, so that its value is not a result.
fn graph(name: &str, seed: u64) -> Vec<u8> {
    let (Program { mut graph, .. }, _) = Program::of(name, Points::Smooth, &mut Source::seeded(seed));
    let value = graph.ids().next_back().expect("there is the operation");
    let all = (0..graph.shape(value).len()).collect();
    let slope = graph.push(op::Tanh {}, &[value]).expect("any shape will do");
    let product = graph.push(op::Mul {}, &[value, slope]).expect("the shapes are equal");
    if seed > 0 {
        graph.push(op::Mean { axes: all }, &[product]).expect("all axes are there");
    }
    graph.to_string().into_bytes()
}

/// A model with this operation, whose operands but the first have values in it, unless it is none of inference.
#[cfg(feature = "onnx")]
fn model(name: &str) -> Option<Vec<u8>> {
    let (Program { graph, leaves, .. }, _) = Program::of(name, Points::Smooth, &mut Source::seeded(0));
    let mut export = session::onnx::Export::<f32>::new(name, &graph);
    for (id, leaf) in graph.ids().zip(leaves).skip(1) {
        let data = leaf.data.iter().map(|&x| x as f32).collect();
        export = export.value(id, session::DynTensor::new(leaf.shape, data).expect("as many as its shape says"));
    }
    export.result("value", graph.ids().next_back()?).to_onnx().ok()
}

/// Models that others have written.
#[cfg(feature = "onnx")]
fn models() -> impl Iterator<Item = Vec<u8>> {
    ["torch_mlp", "torch_lenet", "torch_attention", "torch_decoder", "by_hand"].into_iter().map(|name| {
        let path = format!("{}/data/onnx/{name}.onnx", env!("CARGO_MANIFEST_DIR"));
        fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    })
}

/// The file that `write` leaves, and others that it gives.
fn written(write: impl FnOnce(&Path) -> Result<Vec<Vec<u8>>, Error>) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("broken-{:?}", std::thread::current().id()));
    let mut files = write(&path).unwrap_or_else(|error| panic!("{error}"));
    files.push(fs::read(&path).expect("it was written"));
    fs::remove_file(&path).expect("it was there");
    files
}

/// The file as it is, and gzipped.
fn gzipped(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes any bytes");
    vec![bytes.to_vec(), encoder.finish().expect("memory takes any bytes")]
}

#[test]
fn good_files_are_accepted() {
    for &(kind, judge, _) in KINDS {
        for bytes in good(kind) {
            assert_eq!(judge(&bytes), Ok(()), "{kind}: {}", String::from_utf8_lossy(&bytes));
        }
    }
}

/// `MUTANTS=100 cargo test ..` tries a hundred times as many, others each time.
#[test]
fn changed_files_are_read_or_refused() {
    let times: usize = std::env::var("MUTANTS").map_or(1, |times| times.parse().expect("MUTANTS is a number"));
    for &(kind, judge, count) in KINDS {
        let files = good(kind);
        for seed in 0..times as u64 {
            if let Some((number, bytes)) = fault(&files, count, seed, judge) {
                let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("broken-{kind}-{seed}-{number}"));
                fs::write(&path, &bytes).expect("the target folder can be written");
                let (path, text) = (path.display(), String::from_utf8_lossy(&bytes));
                panic!("{kind}: mutant {number} of seed {seed}, for the reason above; it is in {path}\n{text}");
            }
        }
    }
}

/// Mutants that are all refused at the first byte, or all accepted, would show nothing.
#[test]
fn some_mutants_are_accepted_and_many_messages_are_given() {
    for &(kind, judge, _) in KINDS {
        let (files, mut mutator) = (good(kind), Mutator::new(0));
        let verdicts: Vec<Verdict> = (0..1000).map(|_| judge(&mutant(&mut mutator, &files))).collect();
        let accepted = verdicts.iter().filter(|verdict| verdict.is_ok()).count();
        let letters = |said: String| said.chars().filter(|character| character.is_alphabetic()).collect::<String>();
        let messages: std::collections::BTreeSet<String> =
            verdicts.into_iter().filter_map(Verdict::err).map(letters).collect();
        assert!(accepted > 10 && accepted < 900, "{kind}: {accepted} accepted");
        assert!(messages.len() > 5, "{kind}: {messages:?}");
    }
}

/// Takes the memory that a length asks for.
fn trusts_a_length(bytes: &[u8]) -> Verdict {
    within(1 << 16, 64, bytes.len(), || {
        let length = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length));
        // Not so much that the test itself ends.
        drop(Vec::<u8>::with_capacity(length.min(1 << 24) as usize));
    });
    Ok(())
}

/// Takes the bytes that a length names.
fn trusts_a_place(bytes: &[u8]) -> Verdict {
    let length = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length)) as usize;
    drop(bytes[8.min(bytes.len())..][..length.min(1 << 40)].to_vec());
    Ok(())
}

/// Multiplies what may be too large.
fn trusts_a_shape(bytes: &[u8]) -> Verdict {
    let numbers =
        bytes.split(|byte| !byte.is_ascii_digit()).filter_map(|digits| str::from_utf8(digits).ok()?.parse().ok());
    let product = numbers.filter(|&number: &u64| number != 0).try_fold(1, u64::checked_mul);
    product.map(drop).ok_or_else(|| panic!("the product is too large"))
}

#[test]
fn the_mutator_finds_what_trusts_a_file() {
    let files = good("safetensors");
    for reader in [trusts_a_length as Judge, trusts_a_place, trusts_a_shape] {
        files.iter().for_each(|file| assert!(reader(file).is_ok(), "a good file shows nothing"));
        let (number, _) = fault(&files, 1000, 0, reader).expect("a thousand mutants show it");
        assert!(number < 1000);
    }
}
