//! Which methods a session has, by its source.

use std::fs;
use std::path::Path;

/// The `.rs` files of a folder, named from the folder of this package.
///
/// # Panics
/// If it cannot be read.
pub fn sources(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension() == Some("rs".as_ref())).map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The words of a source text, without those of comments.
pub fn words(text: &str) -> Vec<&str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '_'))).collect()
}

/// Every method of a session that records an operation.
///
/// # Panics
/// If the folder with their source has moved.
pub fn session_methods() -> Vec<String> {
    let files = sources("../session/src/session/record");
    assert!(files.len() >= 8, "{} files", files.len());
    let methods: Vec<String> = files.iter().flat_map(|text| methods_of(text)).map(str::to_owned).collect();
    assert!(methods.len() > 100, "{methods:?}");
    methods
}

/// The methods of a session in the text of a module: written out, or as rows `name Op;` of a macro.
fn methods_of(source: &str) -> Vec<&str> {
    let blocks = source.split("\nimpl").filter(|block| block.starts_with("<T: Float> Session<T> {"));
    let lines = blocks.flat_map(str::lines).map(str::trim_start);
    let names = lines.filter_map(|line| {
        let row = line.strip_suffix(';').and_then(|row| row.split_once(' '));
        let row = row.filter(|(_, op)| is_word(op) && op.starts_with(char::is_uppercase));
        let named = line.strip_prefix("pub fn ").and_then(|rest| rest.split(['<', '(']).next());
        named.or(row.map(|(name, _)| name))
    });
    names.filter(|name| is_word(name)).collect()
}

fn is_word(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
