//! Shows a saved graph: its text, what it costs, and its picture.
//!
//! ```text
//! cargo run --release --example inspect -- FILE
//! cargo run --release --example inspect -- FILE --mermaid
//! ```
//!
//! A graph is saved as its text: `std::fs::write("net.graph", graph.to_string())`. The training of `mnist` saves that of
//! its loss in `target/mnist/net.graph`.

#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use session::ir::Graph;
use session_examples::exit;

/// Shows a saved graph: its text, what it costs, and its picture
#[derive(Parser)]
struct Flags {
    /// The text of a graph, as it prints itself
    file: PathBuf,
    /// Where to write the picture [default: FILE with the ending svg]
    #[arg(long, value_name = "PATH")]
    svg: Option<PathBuf>,
    /// Prints only the graph in the language of Graphviz
    #[arg(long, conflicts_with_all = ["svg", "mermaid"])]
    dot: bool,
    /// Prints only the graph in the language of Mermaid
    #[arg(long, conflicts_with = "svg")]
    mermaid: bool,
}

fn main() -> ExitCode {
    exit(run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let Flags { file, svg, dot, mermaid } = flags;
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let graph: Graph = text.parse().map_err(|error| format!("{}: {error}", file.display()))?;
    let mut out = io::stdout().lock();
    if *dot {
        write!(out, "{}", graph.to_dot())?;
    } else if *mermaid {
        write!(out, "{}", graph.to_mermaid())?;
    } else {
        let picture = svg.clone().unwrap_or_else(|| file.with_extension("svg"));
        if picture == *file {
            return Err(format!("{}: the picture would overwrite the graph", file.display()).into());
        }
        fs::write(&picture, graph.to_svg()).map_err(|error| format!("{}: {error}", picture.display()))?;
        let stats = graph.stats();
        let bytes = [stats.bytes::<f32>(), stats.alive_bytes::<f32>()];
        write!(out, "{graph}\n{stats}\nin f32: {} bytes in all values, {} alive at once\n", bytes[0], bytes[1])?;
        writeln!(out, "\nwrote {}", picture.display())?;
    }
    Ok(())
}
