//! A copy of the crate that has all faults at once, each behind a switch, and the program that asks the layers about
//! one after the other.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::layers::Layer;
use crate::table::{FAULTS, Fault};

/// What is copied.
const CRATES: [&str; 3] = ["shapes", "session-macros", "session"];

/// How many programs run at once.
const PROGRAMS: usize = 2;

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the workspace")
}

/// Where the text of a fault stands in its file, and what is replaced of it.
fn place(fault: &Fault, source: &str) -> Result<Range<usize>, String> {
    let text = fault.text.replace(['«', '»'], "");
    let found: Vec<usize> = source.match_indices(&text).map(|(start, _)| start).collect();
    let [start] = found[..] else {
        return Err(format!(
            "the fault `{}` is stale: its text occurs {} times in {}, not once: {text}",
            fault.name,
            found.len(),
            fault.file
        ));
    };
    Ok(match fault.text.split_once('«') {
        Some((before, rest)) => {
            let (inside, _) = rest.split_once('»').expect("a « has its »");
            start + before.len()..start + before.len() + inside.len()
        }
        None => start..start + text.len(),
    })
}

/// A source with its faults: an expression or statement becomes a choice between itself and what is faulty.
pub fn planted(source: &str, faults: &[(usize, &Fault)]) -> Result<String, String> {
    let mut places: BTreeMap<(usize, usize), Vec<(usize, &Fault)>> = BTreeMap::new();
    for &(number, fault) in faults {
        let range = place(fault, source)?;
        places.entry((range.start, range.end)).or_default().push((number, fault));
    }
    let (mut text, mut done) = (String::new(), 0);
    for ((start, end), faults) in places {
        if start < done {
            return Err(format!("the fault `{}` overlaps another one", faults[0].1.name));
        }
        let original = &source[start..end];
        let mut choice = String::new();
        for (number, fault) in faults {
            write!(choice, "if ::planted::is({number}) {{ {} }} else ", fault.faulty).expect("text takes all");
        }
        write!(choice, "{{ {original} }}").expect("text takes all");
        let statement = original.ends_with(';') || original.starts_with("for ");
        text += &source[done..start];
        text += &if statement { choice } else { format!("({choice})") };
        done = end;
    }
    Ok(text + &source[done..])
}

/// Writes a file if it is not there already: an unchanged one is not built again.
fn write(path: &Path, text: impl AsRef<[u8]>) {
    let text = text.as_ref();
    if fs::read(path).is_ok_and(|found| found == text) {
        return;
    }
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the target folder can be written");
    fs::write(path, text).expect("the target folder can be written");
}

/// The files below a folder of the workspace, with their paths from its root.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root().join(folder)).expect("the folder is there") {
        let entry = entry.expect("the folder can be read");
        let path = folder.join(entry.file_name());
        match entry.path().is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// Writes the copy with the faults and the program to this folder.
fn write_all(folder: &Path) -> Result<(), String> {
    let mut by_file: BTreeMap<&Path, Vec<(usize, &Fault)>> = BTreeMap::new();
    for (index, fault) in FAULTS.iter().enumerate() {
        by_file.entry(Path::new(fault.file)).or_default().push((index + 1, fault));
    }
    let mut all = Vec::new();
    CRATES.iter().for_each(|name| files(Path::new(name), &mut all));
    for path in all {
        let text = fs::read(root().join(&path)).expect("the file can be read");
        let faults = by_file.remove(path.as_path());
        let planting = || planted(&String::from_utf8_lossy(&text), &faults?).into();
        let text = match planting() {
            Some(planted) => planted?.into_bytes(),
            // Faults of any crate are switched in a crate of their own.
            None if path.ends_with("Cargo.toml") => {
                let switch = format!("\n[dependencies.planted]\npath = {:?}\n", folder.join("planted"));
                [text.as_slice(), switch.as_bytes()].concat()
            }
            None => text,
        };
        write(&folder.join(path), text);
    }
    if let Some((file, faults)) = by_file.into_iter().next() {
        return Err(format!("the fault `{}` is stale: there is no file {}", faults[0].1.name, file.display()));
    }

    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace has a manifest");
    let mut lines: Vec<&str> = manifest.lines().filter(|line| !line.starts_with("members")).collect();
    lines.insert(1, "members = [\"program\"]");
    // Choices stand in parentheses that are not always needed.
    let manifest = lines.join("\n").replace("[workspace.lints.rust]", "[workspace.lints.rust]\nunused = \"allow\"");
    write(&folder.join("Cargo.toml"), manifest);
    if !folder.join("Cargo.lock").exists() {
        let lock = fs::read(root().join("Cargo.lock")).expect("the workspace has a lock file");
        write(&folder.join("Cargo.lock"), lock);
    }
    write(&folder.join("planted/Cargo.toml"), "[package]\nname = \"planted\"\nedition = \"2024\"\n");
    write(&folder.join("planted/src/lib.rs"), SWITCH);
    write(
        &folder.join("program/Cargo.toml"),
        "[package]\nname = \"planted-faults\"\nedition = \"2024\"\n[dependencies]\nplanted = { path = \"../planted\" }\n\
         session.workspace = true\n",
    );
    write(&folder.join("program/src/main.rs"), PROGRAM);
    let layers = Path::new("tests/tests/faults/layers");
    for entry in fs::read_dir(root().join(layers)).expect("the layers are there") {
        let name = entry.expect("the folder can be read").file_name();
        let text = fs::read(root().join(layers).join(&name)).expect("the file can be read");
        write(&folder.join("program/src/layers").join(name), text);
    }
    Ok(())
}

/// Which fault is planted.
const SWITCH: &str = "use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
static PLANTED: AtomicUsize = AtomicUsize::new(0);
pub fn plant(fault: usize) { PLANTED.store(fault, Relaxed); }
#[inline(always)]
pub fn is(fault: usize) -> bool { PLANTED.load(Relaxed) == fault }
";

/// Plants some of the faults and prints what is caught: a line each.
const PROGRAM: &str = "mod layers;
fn main() {
    session::scalar::Fingerprint::fix_key();
    std::panic::set_hook(Box::new(|_| ()));
    for fault in std::env::args().skip(1) {
        planted::plant(fault.parse().expect(\"a number\"));
        for caught in layers::catches() {
            println!(\"{fault}\\t{}\\t{}\\t{:?}\", caught.layer.name(), caught.subject, caught.message);
        }
    }
}
";

/// That a layer caught a planted fault.
pub struct Caught {
    /// The number of the fault; 0 if none was planted.
    pub fault: usize,
    /// The layer.
    pub layer: Layer,
    /// What it was asked about.
    pub subject: String,
    /// What it said.
    pub message: String,
}

impl Caught {
    fn read(line: &str) -> Option<Self> {
        let mut fields = line.splitn(4, '\t').map(str::to_owned);
        let mut next = || fields.next();
        let (fault, layer) = (next()?.parse().ok()?, next()?);
        let layer = Layer::ALL.into_iter().find(|known| known.name() == layer)?;
        Some(Self { fault, layer, subject: next()?, message: next()?.replace("\\n", "\n") })
    }
}

/// Builds the program and asks it about no fault, then all of them.
pub fn ask_about_all() -> Vec<Caught> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a folder of the target folder");
    let folder = target.join("planted");
    write_all(&folder).unwrap_or_else(|reason| panic!("{reason}"));
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).args(["--quiet", "--offline", "--target-dir"]).arg(target).current_dir(&folder);
        command
    };
    let built = cargo(&["build"]).output().expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

    let numbers: Vec<String> = (0..=FAULTS.len()).map(|number| number.to_string()).collect();
    let programs: Vec<_> = (0..PROGRAMS)
        .map(|first| {
            let mut command = cargo(&["run"]);
            command.arg("--").args(numbers.iter().skip(first).step_by(PROGRAMS));
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs")
        })
        .collect();
    let mut caught = Vec::new();
    for program in programs {
        let output = program.wait_with_output().expect("the program runs");
        let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "the program ended early: {wrong}\n{said}");
        caught.extend(said.lines().map(|line| Caught::read(line).unwrap_or_else(|| panic!("it prints {line}"))));
    }
    caught.sort_by_key(|caught| caught.fault);
    caught
}
