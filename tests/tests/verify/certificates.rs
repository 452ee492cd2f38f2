//! What a certificate and a report say when they are printed.

use session::prelude::*;

#[test]
fn a_certificate_names_what_it_holds_for() {
    let s = Session::<f32>::new(Options::default().threads(1));
    let table = s.input(Tensor::<f32, shape![5, 3]>::ones()).unwrap();
    let indices = s.input_nats::<shape![10]>(&[0, 1, 2, 3, 4, 0, 1, 2, 3, 4]).unwrap();
    let certificate = s.verify(s.sum(s.embedding(table, indices))).unwrap();
    let text = certificate.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("graph {}: 2 nodes", certificate.graph));
    assert_eq!(lines[1], "leaves [5, 3]");
    assert_eq!(lines[2], "indices n0 = [0, 1, 2, 3, 4, 0, 1, 2] and 2 more");
    assert_eq!(lines[3], "holds: the value of %2");
    let tape = certificate.checks[0].tape.unwrap();
    assert_eq!(lines[4], format!("       tape {tape}, 2 instructions; compared: 1 value, 1 element"));
    assert_eq!(lines[5], "holds: the cotangents of 3 values for a seed at %2");
    assert_eq!(lines[7], "holds: the tangent of %2 for tangents at %0");
    assert!(lines[9].starts_with("holds: the forward rules give the tangents of dual numbers"), "{text}");
    assert_eq!(lines[10], "       compared: 3 values, 46 elements");
    assert!(lines[11].starts_with("in ") && lines[11].ends_with(" s"), "{text}");
    assert_eq!(lines.len(), 12);
}

#[test]
fn the_digest_is_that_of_the_graph() {
    let of = |number: f64| {
        let s = Session::<f32>::new(Options::default().threads(1));
        let x = s.input(Tensor::<f32, shape![2]>::ones()).unwrap();
        s.verify(s.scale(x, number)).unwrap()
    };
    assert_eq!(of(2.0).graph, of(2.0).graph);
    assert_ne!(of(2.0).graph, of(3.0).graph);
    assert_eq!(of(2.0).checks, of(2.0).checks);
}

#[test]
fn a_report_names_machine_and_operations() {
    let s = Session::<f64>::new(Options::default().threads(2));
    let x = s.input(Tensor::<f64, shape![20, 3]>::ones()).unwrap();
    let report = s.verify_kernels(s.sum(s.exp(x))).unwrap();
    assert_eq!(report.threads, 2);
    assert!(report.operations.starts_with(&["exp", "sum"]), "{report}");
    let text = report.to_string();
    assert!(text.contains(" instructions gave the bits of the definition in "), "{text}");
    assert!(text.contains(&format!("with {} on 2 threads", report.instruction_set)), "{text}");
    assert!(text.contains(": exp, sum"), "{text}");
}

/// The rules of one value, without a tape.
#[test]
fn the_rules_of_a_part_of_a_graph() {
    let s = Session::<f32>::new(Options::default().threads(1));
    let x = s.input(Tensor::<f32, shape![2, 3]>::ones()).unwrap();
    let y = s.exp(x);
    s.sum(y);
    let graph = s.graph();
    let check = session::verify::check_rules(&graph, y.id(), &[]).unwrap();
    assert_eq!((check.tape, check.instructions, check.values, check.elements), (None, 0, 2, 12));
}
