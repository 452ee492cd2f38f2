//! Graphs that come from elsewhere: what `verify_graph` lets pass, and where it says that others part.

use session::Error;
use session::ir::Graph;
use session::optim::Sgd;
use session::prelude::*;

type Sides = Result<(), (String, String)>;

/// Records a loss of a parameter, and replaces some text of its step. Says what differs and the two sides.
fn replaced(record: impl Fn(&Session<f32>, TensorRef<shape![5]>) -> TensorRef<()>, from: &str, to: &str) -> Sides {
    let s = Session::<f32>::new(Options::default().threads(1));
    let p = s.use_param(&Param::new(Tensor::<f32, shape![5]>::ones())).unwrap();
    let step = s.compile_step(record(&s, p), Sgd::new(0.1)).unwrap();
    let text = step.graph().to_string();
    assert_eq!(text.matches(from).count(), 1, "`{from}` in\n{text}");
    let graph: Graph = text.replace(from, to).parse().unwrap();
    match step.verify_graph(&graph) {
        Ok(_) => Ok(()),
        Err(Error::Mismatch(mismatch)) => {
            Err((mismatch.what.clone(), mismatch.sides.map_or(String::new(), |sides| sides.found)))
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_number_is_no_leaf() {
    // Each element of a leaf against the number that a careless hash would take for it.
    for element in 0..5 {
        let slice = format!("slice(%0) {{axis=0, start={element}, end={}}}", element + 1);
        let record = |s: &Session<f32>, p| match element {
            0 => s.sum(s.exp(s.slice(p, Slice::<0, 1>))),
            1 => s.sum(s.exp(s.slice(p, Slice::<1, 2>))),
            2 => s.sum(s.exp(s.slice(p, Slice::<2, 3>))),
            3 => s.sum(s.exp(s.slice(p, Slice::<3, 4>))),
            _ => s.sum(s.exp(s.slice(p, Slice::<4, 5>))),
        };
        for value in ["0", "-0", "1", "5e-324", "1e-323", "1.5e-323"] {
            let full = format!("full() {{shape=[1], value={value}}}");
            assert!(replaced(record, &slice, &full).is_err(), "{slice} -> {full}");
        }
    }
}

#[test]
fn constants_count() {
    let record = |s: &Session<f32>, p| {
        let two = s.constant(Tensor::<f32, shape![5]>::full(2.0));
        let first = s.exp(p);
        s.sum(s.mul(first, s.add(two, s.constant(Tensor::<f32, shape![5]>::from_array([1.0, 2.0, 3.0, 4.0, 5.0])))))
    };
    let s = Session::<f32>::new(Options::default().threads(1));
    let p = s.use_param(&Param::new(Tensor::<f32, shape![5]>::ones())).unwrap();
    let step = s.compile_step(record(&s, p), Sgd::new(0.1)).unwrap();
    let text = step.graph().to_string();
    step.verify_graph(&text.parse().unwrap()).unwrap();
    let line = text.lines().find(|line| line.contains("= constant()")).expect("there is a constant");
    let (name, _) = line.split_once(" = ").expect("a node has a name");
    // Without the constant, and with other numbers in it.
    for other in ["full() {shape=[5], value=2}: [5]", "full() {shape=[5], value=3}: [5]"] {
        let graph: Graph = text.replace(line, &format!("{name} = {other}")).parse().unwrap();
        assert!(matches!(step.verify_graph(&graph), Err(Error::Mismatch(_))), "{other}");
    }
}

#[test]
fn the_node_to_blame_is_named_after_a_chain_that_is_right() {
    let record = |s: &Session<f32>, p| s.sum(s.exp(s.tanh(s.neg(s.sin(s.exp(p))))));
    let s = Session::<f32>::new(Options::default().threads(1));
    let p = s.use_param(&Param::new(Tensor::<f32, shape![5]>::ones())).unwrap();
    let step = s.compile_step(record(&s, p), Sgd::new(0.1)).unwrap();
    let text = step.graph().to_string();
    let line = text.lines().find(|line| line.contains("= axpy(")).expect("the update");
    let (name, rest) = line.split_once(" = axpy(").unwrap();
    let (operands, shape) = rest.split_once(')').unwrap();
    let [alpha, x, y] = operands.split(", ").collect::<Vec<_>>()[..] else { panic!("{line}") };
    let wrong = format!("{name} = axpy({alpha}, {y}, {x}){shape}");
    let Err(Error::Mismatch(mismatch)) = step.verify_graph(&text.replace(line, &wrong).parse().unwrap()) else {
        panic!("it was not found")
    };
    assert!(mismatch.what.starts_with(&format!("{name} = axpy({alpha}, {y}, {x})")), "{mismatch}");
    assert_eq!(mismatch.sides.unwrap().found, wrong);
}
