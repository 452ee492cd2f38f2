//! Runs an example, and makes its files.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs};

/// What a run gave.
pub struct Run {
    pub status: ExitStatus,
    pub output: String,
    pub errors: String,
}

/// Runs an example.
pub fn run(name: &str, flags: &[&str]) -> Run {
    let run = program(name).args(flags).output().expect("it starts");
    let [output, errors] = [run.stdout, run.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    Run { status: run.status, output, errors }
}

/// An example, which cargo has built beside this test.
pub fn program(name: &str) -> Command {
    let test = env::current_exe().expect("a test knows where it is");
    let profile = test.ancestors().nth(2).expect("tests lie in PROFILE/deps");
    let program = profile.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(program.is_file(), "{} is missing: `cargo test --workspace` builds it", program.display());
    Command::new(program)
}

/// A folder that is deleted at its end.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mnist-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("the path is text").to_owned()
    }

    pub fn file(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join(name), bytes).unwrap();
    }

    /// Four files of black images with the label 0.
    pub fn digits(&self, train: usize, test: usize) {
        for (name, count) in [("train", train), ("t10k", test)] {
            self.file(&format!("{name}-images-idx3-ubyte"), &idx(&[count, 28, 28], &vec![0; 784 * count]));
            self.file(&format!("{name}-labels-idx1-ubyte"), &idx(&[count], &vec![0; count]));
        }
    }

    /// A safetensors file of zeros.
    pub fn weights(&self, name: &str, tensors: &[Tensor]) {
        let (mut entries, mut end) = (Vec::new(), 0);
        for Tensor { name, dtype, shape } in tensors {
            let start = end;
            end += shape.iter().product::<usize>() * if *dtype == "F64" { 8 } else { 4 };
            entries.push(format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{start},{end}]}}"#));
        }
        let header = format!("{{{}}}", entries.join(","));
        self.file(name, &[&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; end]].concat());
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An IDX file of bytes.
pub fn idx(sizes: &[usize], bytes: &[u8]) -> Vec<u8> {
    let sizes_bytes = sizes.iter().flat_map(|&size| (size as u32).to_be_bytes());
    [0, 0, 8, sizes.len() as u8].into_iter().chain(sizes_bytes).chain(bytes.iter().copied()).collect()
}

/// A tensor of a file, without its numbers.
#[derive(Clone)]
pub struct Tensor {
    name: &'static str,
    dtype: &'static str,
    shape: Vec<usize>,
}

pub fn tensor(name: &'static str, dtype: &'static str, shape: &[usize]) -> Tensor {
    Tensor { name, dtype, shape: shape.to_vec() }
}
