//! A wrong program, the right one beside it, and what rustc says.

use std::fs;
use std::path::{Path, PathBuf};

pub struct Case {
    pub name: String,
    pub wrong: String,
    pub right: String,
    pub output: String,
}

impl Case {
    /// All wrong programs.
    pub fn wrong() -> impl Iterator<Item = Self> {
        Self::all("fail")
    }

    /// All programs of a folder.
    pub fn all(folder: &str) -> impl Iterator<Item = Self> {
        cases(folder).into_iter().map(|path| {
            let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
            let name = path.file_stem().unwrap().display().to_string();
            let right = path.parent().unwrap().with_file_name("pass").join(path.file_name().unwrap());
            let [wrong, right, output] = [&path, &right, &path.with_extension("stderr")].map(|path| read(path));
            Self { name, wrong, right, output }
        })
    }

    /// What a user must read.
    pub fn sentence(&self) -> &str {
        let sentence = self.wrong.lines().next().unwrap().strip_prefix("// ");
        sentence.unwrap_or_else(|| panic!("{}: the first line is the message as a comment", self.name))
    }

    /// Whether a generic function is wrong for want of a bound, and right with it.
    pub fn lacks_a_bound(&self) -> bool {
        self.name.starts_with("bound_")
    }

    /// The trait whose bound does not hold: what rustc underlines last, where it says who required it, or names alone.
    pub fn rule(&self) -> Option<&str> {
        let lines: Vec<_> = self.output.lines().collect();
        let bound = match lines.iter().position(|line| line.contains("^ required by this bound in")) {
            Some(at) => &lines[at - 1][lines[at].find('^').unwrap()..],
            None => lines.iter().find_map(|line| line.split_once("= help: the trait `"))?.1,
        };
        // The operators of the language say nothing of ours.
        let ours = !bound.starts_with("std::ops::");
        ours.then(|| bound.split(['<', ',', ';', '>', ')', ' ', '{', ':']).next().unwrap())
    }

    /// The line of the mistake, and from where to where in it.
    pub fn caret(&self) -> (usize, usize, usize) {
        let mut lines = self.output.lines().skip_while(|line| !line.trim_start().starts_with("-->"));
        let place = lines.next().unwrap();
        let mut place = place.rsplit(':').map(|number| number.parse::<usize>());
        let (column, line) = (place.next().unwrap().unwrap(), place.next().unwrap().unwrap());
        let carets = lines.find(|line| line.contains('^')).unwrap();
        let length = carets.chars().skip_while(|c| *c != '^').take_while(|c| *c == '^').count();
        (line, column - 1, column - 1 + length)
    }

    /// The type that is expected or found, as a note shows it.
    pub fn noted(&self, word: &str) -> Option<&str> {
        let line = self.output.lines().find(|line| {
            let line = line.trim_start().trim_start_matches("= note:").trim_start();
            line.starts_with(word) && line.ends_with('`')
        })?;
        line.split('`').nth(1)
    }

    /// What stands at the caret.
    pub fn label(&self) -> &str {
        let line = self.output.lines().find(|line| line.contains('^')).unwrap();
        line.rsplit('^').next().unwrap().trim()
    }

    /// The notes of the message itself.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        self.output.lines().filter_map(|line| line.trim_start().strip_prefix("= note: "))
    }
}

/// The programs of a folder: `fail`, `pass`.
pub fn cases(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(kind);
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("main.rs"))
        .collect();
    cases.sort();
    cases
}

/// The text with `Dim<N>` and `Digits<N, ..>` as plain numbers, and our names without paths.
pub fn numbers(text: &str) -> String {
    let text = text.replace("session::", "");
    let mut rest = text.as_str();
    let mut out = String::new();
    while let Some(start) = ["Dim<", "Digits<"].iter().filter_map(|name| rest.find(name)).min() {
        let (before, after) = rest.split_at(start);
        let (_, arguments) = after.split_once('<').unwrap();
        let (arguments, after) = arguments.split_once('>').unwrap();
        out += before;
        out.extend(arguments.split(", "));
        rest = after;
    }
    out + rest
}
