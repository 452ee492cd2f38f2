//! What the builder refuses: every operation of the table, its random draft then broken.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use session::builder::Argument;
use session::ir::{DynShape, Id, NatId};
use session::{Error, GraphBuilder};
use session_tests::{Call, Points, Source, for_each_case, for_each_name};

mod by_name;
mod connection;
mod fuzz;

/// The case count of a property, for each operation.
const CASES: u32 = 128;

/// More than any refusal or node needs, and less than any tensor of the huge shapes below.
const MOST_BYTES: u64 = 1 << 20;

fn random(name: &'static str, source: &mut Source) -> Call {
    Call::random(name, Points::Smooth, source)
}

fn for_every_operation(
    make: impl Fn(&'static str, &mut Source) -> Call,
    check: impl Fn(&Call) -> Result<(), TestCaseError>,
) {
    for_every_operation_times(CASES, make, check);
}

fn for_every_operation_times(
    cases: u32,
    make: impl Fn(&'static str, &mut Source) -> Call,
    check: impl Fn(&Call) -> Result<(), TestCaseError>,
) {
    for_each_name(&Call::names(), |name| for_each_case(cases, |source| make(name, source), &check));
}

/// Makes the call, which must not panic or take memory; after an error nothing is added, after success the
/// graph is valid and the value its last.
fn attempt(call: &Call, builder: &mut GraphBuilder) -> Result<Result<Id, Error>, TestCaseError> {
    let before = (builder.graph().clone(), builder.captured().count());
    let mut result = None;
    let taken = allocation_counter::measure(|| {
        result = catch_unwind(AssertUnwindSafe(|| call.apply(builder))).ok();
    });
    let Some(result) = result else { return Err(TestCaseError::fail("it panics, for the reason above")) };
    prop_assert!(taken.bytes_max < MOST_BYTES, "it takes {} bytes", taken.bytes_max);
    match result {
        Ok(value) => {
            prop_assert_eq!(Some(value), builder.graph().ids().next_back());
            builder.graph().validate().map_err(|error| TestCaseError::fail(error.to_string()))?;
        }
        Err(_) => prop_assert_eq!((builder.graph().clone(), builder.captured().count()), before),
    }
    Ok(result)
}

/// Whether the error is a rule, and then tells the whole call: the operation, the operands and the node.
fn is_rule(call: &Call, builder: &GraphBuilder, error: &Error) -> Result<bool, TestCaseError> {
    let Error::Rule { op, node, operands, rule } = error else { return Ok(false) };
    prop_assert_eq!(*op, call.name);
    prop_assert_eq!(*node, Id::new(builder.graph().len()));
    prop_assert_eq!(operands, &call.operands);
    prop_assert!(!rule.is_empty());
    Ok(true)
}

/// The call with an argument replaced.
fn replaced(call: &Call, key: &str, argument: Argument) -> Call {
    let mut call = call.clone();
    let (_, old) = call.arguments.iter_mut().find(|(found, _)| *found == key).expect("an argument of the call");
    *old = argument;
    call
}

fn size(size: usize) -> Argument {
    Argument::Number(size as f64)
}

/// An argument that breaks the operation's rule, several if it has several ways.
fn broken(call: &Call, key: &str, argument: &Argument) -> Vec<Argument> {
    let x = call.operands.first().copied().unwrap_or(DynShape::SCALAR);
    let numbers = |numbers: &[f64]| numbers.iter().map(|&number| Argument::Number(number)).collect();
    let free = call.name.ends_with("_nat");
    match (key, argument) {
        ("axis", _) => vec![size(x.len() + usize::from(call.name == "unsqueeze"))],
        ("depth", _) => vec![size(x.len() - 1)],
        ("index", _) if !free => vec![size(x[0])],
        ("start", _) => vec![size(1 << 40)],
        ("end", _) => vec![size(1 << 40)],
        // Any number divides 0.
        ("groups" | "heads", _) if call.operands.iter().any(|shape| shape.contains(&0)) => vec![size(0)],
        ("groups" | "heads", _) => vec![size(0), size(1 << 40)],
        ("eps", _) if call.name != "safe_log" => numbers(&[f64::NAN, f64::INFINITY, -0.5]),
        ("beta", _) => numbers(&[f64::NAN, f64::INFINITY, 0.0, -0.0]),
        ("delta", _) => numbers(&[f64::NAN, f64::INFINITY, 0.0, -1.0]),
        ("p", _) => numbers(&[f64::NAN, f64::INFINITY, -0.25, 1.25]),
        ("stride", Argument::Number(_)) => vec![size(0)],
        ("kernel" | "stride" | "dilation", Argument::Numbers(list)) => {
            let mut lists = vec![[list.as_slice(), &[1]].concat(), list[1..].to_vec(), vec![1; 9]];
            lists.extend((0..list.len()).map(|axis| with(list, axis, 0)));
            if key == "kernel" {
                lists.extend((0..list.len()).map(|axis| with(list, axis, 1 << 40)));
            }
            lists.into_iter().map(Argument::Numbers).collect()
        }
        ("padding", Argument::Numbers(list)) => {
            vec![Argument::Numbers([list.as_slice(), &[0]].concat()), Argument::Numbers(vec![0; 9])]
        }
        ("to" | "shape" | "axes", _) => vec![Argument::Numbers(vec![2; 9])],
        ("dims", Argument::Numbers(list)) => {
            vec![Argument::Numbers([list.as_slice(), &[3]].concat()), Argument::Numbers(vec![1; 9])]
                .into_iter()
                .filter(|_| !x.contains(&0))
                .collect()
        }
        (_, Argument::Natural(_)) => vec![Argument::Natural(NatId::new(call.naturals.len()))],
        _ => Vec::new(),
    }
}

fn with(list: &[usize], axis: usize, size: usize) -> Vec<usize> {
    let mut list = list.to_vec();
    list[axis] = size;
    list
}

#[test]
fn a_broken_argument_is_refused() {
    for_every_operation(random, |call| {
        for (key, argument) in &call.arguments {
            for argument in broken(call, key, argument) {
                let call = replaced(call, key, argument);
                let mut builder = call.inputs().expect("small shapes");
                match attempt(&call, &mut builder)? {
                    Ok(value) => prop_assert!(false, "{key}: {call:?} gives {}", builder.graph().shape(value)),
                    Err(error) => prop_assert!(is_rule(&call, &builder, &error)?, "{error}"),
                }
            }
        }
        Ok(())
    });
}

/// An axis more, and one size changed at a time.
fn resized(shape: DynShape) -> Vec<DynShape> {
    let longer = DynShape::try_new(&[[2].as_slice(), &shape].concat());
    let larger = (0..shape.len()).map(|axis| shape.with(axis, shape[axis] + 1));
    larger.chain(longer).collect()
}

/// What a shape has to do with the others differs, so whether a broken one is refused says the operation. But one
/// of several operands cannot be anything at all.
#[test]
fn a_broken_operand_is_refused() {
    for_each_name(&Call::names(), |name| {
        let refused = RefCell::new(BTreeSet::new());
        let most = Cell::new(0);
        let make = |source: &mut Source| random(name, source);
        for_each_case(CASES, make, |call| {
            most.set(most.get().max(call.operands.len()));
            for (position, &shape) in call.operands.iter().enumerate() {
                for shape in resized(shape) {
                    let mut call = call.clone();
                    call.operands[position] = shape;
                    let mut builder = call.inputs().expect("small shapes");
                    if let Err(error) = attempt(&call, &mut builder)? {
                        prop_assert!(is_rule(&call, &builder, &error)?, "{error}");
                        refused.borrow_mut().insert(position);
                    }
                }
            }
            Ok(())
        });
        assert!(most.get() < 2 || refused.borrow().len() == most.get(), "{name}: only {refused:?} are refused");
    });
}

#[test]
fn broken_natural_numbers_are_refused() {
    // The indices of these may have any shape.
    let free = |call: &Call| ["gather_vec_ref", "gather_rows_ref", "embedding"].contains(&call.name);
    for_every_operation(random, |call| {
        for position in 0..call.naturals.len() {
            let mut shapes = resized(call.naturals[position].0);
            shapes.retain(|_| !free(call));
            // As many axes as there can be leave no room for that of the rows.
            shapes.extend((call.name != "gather_vec_ref").then(|| DynShape::new(&[1; 8])));
            for shape in shapes {
                let mut call = call.clone();
                call.naturals[position].0 = shape;
                let mut builder = call.inputs().expect("small shapes");
                match attempt(&call, &mut builder)? {
                    Ok(_) => prop_assert!(false, "natural numbers {shape} are accepted"),
                    Err(error) => prop_assert!(is_rule(&call, &builder, &error)?, "{error}"),
                }
            }
        }
        Ok(())
    });
}
