//! What modules say that they take and give.

use session::export::{Entry, Module, Role, Signature};
use session::ir::{DynShape, Graph, Id};
use session::optim::Adam;
use session::prelude::*;

dim!(Batch = 4, Class = 3);

fn lines(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(ToString::to_string).collect()
}

#[test]
fn a_step_says_what_is_state_and_what_is_given() -> Result<(), Error> {
    let w = Param::new(Tensor::<f32, shape![Class, 2]>::zeros()).named("w");
    let b = Param::new(Tensor::<f32, shape![Class]>::zeros()).named("b").frozen();
    type Arguments = (TensorRef<shape![Batch, 2]>, NatTensorRef<shape![Batch]>);
    let loss = Function::record(
        Options::default(),
        &["x", "labels"],
        &["loss"],
        |s| Ok((w.bind(s)?, b.bind(s)?)),
        |s, (w, b), (x, labels): Arguments| s.cross_entropy(s.dropout(s.linear(w, b, x), 0.5, true), labels),
    )?;
    let step = loss.into_step(Adam::new(0.1))?;
    let Signature { arguments, results, .. } = step.module("step").signature();
    let state = ["state w: f32 [Class = 3, 2]", "state w.exp_avg: f32 [Class = 3, 2]"];
    assert_eq!(lines(&arguments)[..2], state);
    assert_eq!(lines(&results)[..2], state);
    let scalars = step.scalars(1).len();
    let others = lines(&arguments[3 + scalars..]);
    let given = ["parameter b: f32 [Class = 3]", "input x: f32 [Batch = 4, 2]", "index labels: i32 [Batch = 4]"];
    assert_eq!(others[..3], given);
    // The key of the dropout is what the recording has captured.
    assert_eq!(others.len(), 4);
    let numbers: Vec<Option<usize>> = arguments.iter().rev().map(|entry| Some(entry.numbers.as_ref()?.len())).collect();
    assert_eq!(numbers.iter().flatten().collect::<Vec<_>>(), [&1]);
    assert_eq!(numbers[0], Some(1));
    assert_eq!(results.last().map(ToString::to_string).as_deref(), Some("result loss: f32 []"));
    Ok(())
}

/// Labels are given in each run, whatever the recording holds; what an operation has captured is not.
#[test]
fn the_inputs_of_a_step_are_not_captured() -> Result<(), Error> {
    let s = Session::<f32>::new(Options::default());
    let w = Param::new(Tensor::<f32, shape![Class, 2]>::zeros()).named("w");
    let b = s.use_param(&Param::new(Tensor::<f32, shape![Class]>::zeros()).named("b"))?;
    let w = s.use_param(&w)?;
    let x = s.input_named("x", Tensor::<f32, shape![Batch, 2]>::zeros())?;
    let labels = s.input_nats::<shape![Batch]>(&[0, 1, 2, 0])?;
    let loss = s.cross_entropy(s.dropout(s.linear(w, b, x), 0.5, true), labels);
    let step = s.compile_step(loss, Adam::new(0.1))?;
    let arguments = step.module("step").signature().arguments;
    let indices: Vec<&Entry> = arguments.iter().filter(|entry| entry.role == Role::Index).collect();
    assert_eq!(indices.iter().map(|entry| entry.numbers.is_some()).collect::<Vec<_>>(), [false, true]);
    assert_eq!(indices[0].axes, [Some("Batch")]);
    Ok(())
}

#[test]
fn a_function_says_the_axes_of_its_results() -> Result<(), Error> {
    let w = Param::new(Tensor::<f64, shape![Class, 2]>::zeros()).named("w");
    let function = Function::record(
        Options::default(),
        &["x"],
        &["y", "sum"],
        |s| w.bind(s),
        |s, w, (x,): (TensorRef<shape![Batch, 2]>,)| {
            let y = s.matmul(x, s.transpose(w));
            (y, s.sum(y))
        },
    )?;
    let Signature { arguments, results, .. } = function.module("predict").signature();
    assert_eq!(lines(&arguments), ["parameter w: f64 [Class = 3, 2]", "input x: f64 [Batch = 4, 2]"]);
    assert_eq!(lines(&results), ["result y: f64 [Batch = 4, Class = 3]", "result sum: f64 []"]);
    Ok(())
}

#[test]
#[should_panic(expected = "module `nothing`: there is no value %1: the recording has 1 values")]
fn a_result_that_is_no_value_has_no_signature() {
    let mut graph = Graph::default();
    graph.leaf(DynShape::new(&[2]));
    Module::new("nothing", &graph).result("y", Id::new(1)).signature();
}
