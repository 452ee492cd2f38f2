//! Every operation of the table, at random shapes, attributes and numbers: its rules fit together.
//!
//! All loops go through the table, and a draft is asked for every name: an operation without one fails
//! here, so that none goes untested.

use proptest::prelude::*;
use session::ir::Op;
use session::ops::View;
use session::semantics::Array;
use session_tests::battery::{self, Case};
use session_tests::compare::bits;
use session_tests::{Draft, Points, Program, Source, for_each_case, for_each_name};

/// The case count of a property, for each operation.
const CASES: u32 = 256;

fn random(name: &'static str, points: Points, source: &mut Source) -> Case {
    with_draft(name, points, source).0
}

fn with_draft(name: &'static str, points: Points, source: &mut Source) -> (Case, Draft) {
    let (program, draft) = Program::of(name, points, source);
    (Case::new(name, program, draft.output, source), draft)
}

/// Checks a property of every operation, at smooth points and at ties.
fn for_every_operation(property: impl Fn(&Case) -> Result<(), TestCaseError>) {
    for_each_name(Op::NAMES, |name| {
        for points in [Points::Smooth, Points::Tied] {
            for_each_case(CASES / 2, |source| random(name, points, source), &property);
        }
    });
}

#[test]
fn the_shape_rule_gives_the_expected_shape() {
    for_every_operation(battery::shape);
}

#[test]
fn the_reverse_rule_is_the_adjoint_of_dual_numbers() {
    for_every_operation(battery::adjoint);
}

#[test]
fn the_forward_rule_equals_dual_numbers() {
    for_every_operation(battery::forward_rule);
}

#[test]
fn the_forward_rule_equals_dual_numbers_for_one_operand() {
    for_every_operation(battery::forward_rule_for_one_operand);
}

#[test]
fn the_reverse_graph_gives_the_bits_of_the_definition() {
    for_every_operation(battery::reverse_graph);
}

#[test]
fn forward_over_reverse_agrees() {
    for_every_operation(battery::forward_over_reverse);
}

#[test]
fn reverse_over_forward_agrees() {
    for_every_operation(battery::reverse_over_forward);
}

#[test]
fn reverse_over_reverse_agrees() {
    for_every_operation(battery::reverse_over_reverse);
}

#[test]
fn finite_differences_agree() {
    for_each_name(Op::NAMES, |name| {
        for_each_case(CASES / 4, |source| random(name, Points::Smooth, source), battery::finite_differences);
    });
}

#[test]
fn the_value_writes_every_element() {
    let check = |(case, draft): &(Case, Draft)| {
        let views: Vec<View<'_, f64>> =
            case.program.leaves.iter().map(|leaf| View { shape: leaf.shape, data: &leaf.data }).collect();
        let [first, second] = [7.0, -3.0].map(|before| {
            let mut value = Array::full(draft.output, before);
            draft.op.eval(&views, &case.program.naturals, &mut value.data);
            value
        });
        prop_assert_eq!(bits(&first), bits(&second));
        Ok(())
    };
    for_each_name(Op::NAMES, |name| {
        for_each_case(CASES, |source| with_draft(name, Points::Tied, source), check);
    });
}
