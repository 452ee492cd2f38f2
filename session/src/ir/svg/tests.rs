use std::fs;

use super::*;
use crate::ir::{Data, Literal, op};

/// A leaf with a hostile name, a natural-number input, a constant, and a result.
fn small() -> Graph {
    let mut graph = Graph::default();
    let table = graph.leaf(DynShape::new(&[5, 3]));
    graph.set_name(table, "a < b & \"c\" \u{7} ]]> which goes on and on and on");
    let indices = graph.natural(DynShape::new(&[2]));
    let rows = graph.push(op::GatherRows { indices }, &[table]).unwrap();
    let shape = DynShape::new(&[2, 3]);
    let data = Data::new([0.5, 1.0, 2.0, -1.0, 0.0, 8.0]);
    let constant = graph.push(op::Constant { shape, data }, &[]).unwrap();
    let product = graph.push(op::Mul {}, &[rows, constant]).unwrap();
    graph.push(op::Add {}, &[product, rows]).unwrap();
    graph
}

/// What is wrong with a text as XML, as far as pictures use it.
fn flaw(text: &str) -> Option<String> {
    let mut open = Vec::new();
    let mut parts = text.split('<');
    if parts.next() != Some("") {
        return Some("text before the first tag".to_owned());
    }
    for part in parts {
        let (tag, content) = part.split_once('>')?;
        let entities = ["amp;", "lt;", "gt;"];
        if content.split('&').skip(1).any(|rest| !entities.iter().any(|entity| rest.starts_with(entity))) {
            return Some(format!("a bare `&` in {content}"));
        }
        if content.chars().any(|character| character.is_control() && character != '\n') {
            return Some(format!("a control character in {content:?}"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Some(format!("</{name}> closes another tag"));
            }
            continue;
        }
        let (tag, is_closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let values: Vec<&str> = attributes.split('"').collect();
        if values.len().is_multiple_of(2) || values.iter().step_by(2).any(|key| !key.is_empty() && !key.ends_with('='))
        {
            return Some(format!("the attributes of <{tag}>"));
        }
        if !is_closed {
            open.push(name);
        }
    }
    (!open.is_empty()).then(|| format!("{open:?} are not closed"))
}

#[test]
fn a_small_graph_is_drawn_as_before() {
    let (drawn, path) = (small().to_svg(), concat!(env!("CARGO_MANIFEST_DIR"), "/src/ir/svg/small.svg"));
    if std::env::var_os("UPDATE_TEXTS").is_some() {
        fs::write(path, &drawn).unwrap();
    }
    assert_eq!(drawn, fs::read_to_string(path).unwrap(), "UPDATE_TEXTS=1 writes it anew");
}

#[test]
fn pictures_are_well_formed() {
    assert_eq!(flaw(&small().to_svg()), None);
    assert_eq!(flaw(&Graph::default().to_svg()), None);
    for wrong in ["<a><b></a></b>", "<a>", "<a x=\"1>", "<a>&b;</a>", "<a>\u{7}</a>"] {
        assert!(flaw(wrong).is_some(), "{wrong}");
    }
}

#[test]
fn a_picture_grows_with_its_graph_and_no_faster() {
    // A chain whose every value is also read at the far end, as those of a forward pass by the reverse.
    let sizes = [1000, 4000].map(|count| {
        let mut graph = Graph::default();
        let x = graph.leaf(DynShape::new(&[3]));
        let mut values = vec![x];
        for _ in 0..count {
            values.push(graph.push(op::Scale { factor: Literal::new(2.0) }, &[values[values.len() - 1]]).unwrap());
        }
        let mut slope = values[count];
        for &value in values.iter().rev() {
            slope = graph.push(op::Mul {}, &[slope, value]).unwrap();
        }
        graph.to_svg().len()
    });
    assert!(sizes[1] < 5 * sizes[0], "{sizes:?}");
}
