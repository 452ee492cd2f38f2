//! A saved graph is shown, and a broken one refused with file and line.

use std::fs;

use crate::support::{Run, Scratch, run};

const GRAPH: &str = "graph 1\nleaf %0: [2, 3] # x\n%1 = softmax(%0) {axis=1}: [2, 3]\n";

fn inspect(flags: &[&str]) -> Run {
    run("inspect", flags)
}

#[test]
fn text_statistics_and_picture() {
    let scratch = Scratch::new();
    scratch.file("net.graph", GRAPH.as_bytes());
    let path = scratch.path("net.graph");
    let run = inspect(&[&path]);
    assert!(run.status.success() && run.output.starts_with(GRAPH), "{}{}", run.output, run.errors);
    for part in ["softmax        1     30", "in f32: 48 bytes in all values", "net.svg"] {
        assert!(run.output.contains(part), "`{part}` is missing from: {}", run.output);
    }
    let drawn = fs::read_to_string(scratch.path("net.svg")).unwrap();
    assert!(drawn.starts_with("<svg ") && drawn.contains(">softmax<"), "{drawn}");
    let other = scratch.path("other");
    assert!(inspect(&[&path, "--svg", &other]).status.success());
    assert_eq!(fs::read_to_string(other).unwrap(), drawn);
    assert!(inspect(&[&path, "--dot"]).output.starts_with("digraph {"));
    assert!(inspect(&[&path, "--mermaid"]).output.starts_with("flowchart TD"));
}

#[test]
fn what_is_no_graph_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.path("net.svg");
    let refuses = |part: &str| {
        let run = inspect(&[&path]);
        assert_eq!(run.status.code(), Some(2), "{}", run.output);
        let expected = format!("error: {path}: {part}");
        assert!(run.errors.starts_with(&expected), "expected {expected}, found {}", run.errors);
    };
    refuses("");
    scratch.file("net.svg", GRAPH.replace("softmax", "hardmax").as_bytes());
    refuses("line 3 of the graph: there is no operation `hardmax`");
    scratch.file("net.svg", GRAPH.replace("axis=1", "axis=2").as_bytes());
    refuses("line 3 of the graph: node %1: softmax of [2, 3]: there is no axis 2");
    scratch.file("net.svg", &[0xff]);
    refuses("stream did not contain valid UTF-8");
    scratch.file("net.svg", GRAPH.as_bytes());
    refuses("the picture would overwrite the graph");
    assert_eq!(fs::read_to_string(&path).unwrap(), GRAPH);
}

#[test]
fn the_graph_that_a_training_writes_is_shown_and_its_loss_curve_stays() {
    let scratch = Scratch::new();
    let out = scratch.path("out");
    assert!(run("mnist", &["--limit", "64", "--epochs", "1", "--out", &out]).status.success());
    let curve = fs::read(scratch.path("out/loss.svg")).unwrap();
    let run = inspect(&[&scratch.path("out/net.graph")]);
    assert!(run.status.success() && run.output.contains("cross_entropy"), "{}{}", run.output, run.errors);
    assert_eq!(fs::read(scratch.path("out/loss.svg")).unwrap(), curve);
}
