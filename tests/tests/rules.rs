//! Every operation of the table, at random shapes, attributes and numbers: its rules fit together.
//!
//! All loops go through the table, and a draft is asked for every name: an operation without one fails
//! here, so that none goes untested.

use proptest::prelude::*;
use session::ir::Op;
use session::ops::View;
use session::semantics::Array;
use session_tests::battery;
use session_tests::battery::Case;
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

battery! { Op::NAMES, random, CASES }

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
