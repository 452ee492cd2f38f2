//! Files from elsewhere, broken or made to harm: texts of graphs, safetensors, checkpoints, IDX and, with the feature `onnx`,
//! models of ONNX.
//!
//! * [`readers`]: for each kind of file one function of its bytes, and what must hold for any bytes: no panic; memory in
//!   proportion to the file; what is accepted comes back when it is written and read again; what is refused is refused
//!   with a message that says where, and changes nothing. The targets in `tests/fuzz` call the same functions.
//! * [`corpus`]: the files in `tests/data/broken`, each with the message that refuses it. `make.py` there writes them.
//! * [`mutants`]: good files, changed at random by a [`mutator`], the same way each time. That it finds faults is shown
//!   with readers that have one. Of models also the [`fields`] are changed, with the lengths around them put right.
//!
//! A further kind of file is a function in `readers`, a row of `KINDS` and a folder of the corpus.

mod corpus;
#[cfg(feature = "onnx")]
mod fields;
mod mutants;
mod mutator;
mod readers;

use readers::Judge;

/// The kinds of files, by the names of their folders: how their bytes are judged, and how many mutants are.
const KINDS: &[(&str, Judge, usize)] = &[
    ("graph", readers::graph, 12_000),
    ("safetensors", readers::safetensors, 8_000),
    ("checkpoint", readers::checkpoint, 8_000),
    ("images", readers::images, 6_000),
    ("labels", readers::labels, 6_000),
    #[cfg(feature = "onnx")]
    ("onnx", readers::onnx, 12_000),
];
