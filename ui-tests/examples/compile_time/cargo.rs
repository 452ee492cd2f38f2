//! A folder of generated crates, and the time that cargo takes for them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs, io};

/// What a command took.
#[derive(Clone, Copy)]
pub struct Seconds {
    /// CPU time outside the kernel, of all processes together.
    pub user: f64,
    /// From start to end.
    pub wall: f64,
}

/// A workspace of crates with the same dependency, which is compiled once for all of them.
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// An empty workspace in a new folder. `lock` is the `Cargo.lock` whose versions are used.
    pub fn new(root: PathBuf, names: &[&str], dependency: &str, lock: Option<&Path>) -> io::Result<Self> {
        match fs::remove_dir_all(&root) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for name in names {
            fs::create_dir_all(root.join(name).join("src"))?;
            let package = format!("name = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"");
            let manifest = format!("[package]\n{package}\n\n[dependencies]\n{dependency}\n");
            fs::write(root.join(name).join("Cargo.toml"), manifest)?;
            fs::write(root.join(name).join("src").join("main.rs"), "fn main() {}\n")?;
        }
        fs::write(root.join("Cargo.toml"), format!("[workspace]\nresolver = \"3\"\nmembers = {names:?}\n"))?;
        if let Some(lock) = lock {
            fs::copy(lock, root.join("Cargo.lock"))?;
        }
        Ok(Self { root })
    }

    /// Writes the program of a crate.
    pub fn write(&self, name: &str, source: &str) -> io::Result<()> {
        fs::write(self.root.join(name).join("src").join("main.rs"), source)
    }

    /// Runs `cargo COMMAND -p NAME`, with `target` for what is compiled.
    pub fn run(&self, command: &[&str], name: &str, target: &str) -> io::Result<Seconds> {
        let mut arguments: Vec<OsString> = vec![env::var_os("CARGO").unwrap_or_else(|| "cargo".into())];
        arguments.extend(command.iter().map(OsString::from));
        arguments.extend(["--quiet", "--package", name].map(OsString::from));
        let start = Instant::now();
        // The standard library cannot ask for the CPU time of a child; the shell's `times` prints it to the
        // millisecond, that of the shell in the first line, that of its children in the second.
        let output = Command::new("bash")
            .args(["-c", "\"$@\" 1>&2; status=$?; times; exit $status", "bash"])
            .args(arguments)
            .current_dir(&self.root)
            .env("LC_ALL", "C")
            .env("CARGO_TARGET_DIR", self.root.join(target))
            .stderr(Stdio::inherit())
            .output()?;
        let wall = start.elapsed().as_secs_f64();
        if !output.status.success() {
            return Err(io::Error::other(format!("cargo {command:?} of {name}: {}", output.status)));
        }
        let times = String::from_utf8_lossy(&output.stdout);
        let user = times.lines().nth(1).and_then(|children| children.split(' ').next()).and_then(seconds);
        let user = user.ok_or_else(|| io::Error::other(format!("not the output of `times`: {times}")))?;
        Ok(Seconds { user, wall })
    }

    /// The number of crates that are compiled for one that has only the dependency: that one not counted.
    pub fn crates(&self, name: &str) -> io::Result<usize> {
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["tree", "--prefix", "none", "--no-dedupe", "--edges", "normal,build", "--package", name])
            .current_dir(&self.root)
            .output()?;
        let tree = String::from_utf8_lossy(&output.stdout);
        let mut crates: Vec<&str> = tree.lines().filter(|line| !line.is_empty()).collect();
        crates.sort_unstable();
        crates.dedup();
        Ok(crates.len() - 1)
    }

    /// Deletes one folder of compiled things.
    pub fn clean(&self, target: &str) -> io::Result<()> {
        fs::remove_dir_all(self.root.join(target))
    }
}

/// `1m2.345s` in seconds.
fn seconds(text: &str) -> Option<f64> {
    let (minutes, seconds) = text.strip_suffix('s')?.split_once('m')?;
    Some(60.0 * minutes.parse::<f64>().ok()? + seconds.parse::<f64>().ok()?)
}
