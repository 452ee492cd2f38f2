//! Every operation of the table, at random shapes, attributes and numbers: its rules fit together.
//!
//! All loops go through the table, and a draft is asked for every name: an operation without one fails
//! here, so that none goes untested.

use std::fmt;

use proptest::prelude::*;
use session::autodiff::{Derivative, forward, reverse};
use session::ir::{Graph, Id};
use session::ops::View;
use session::scalar::{Dual, Scalar};
use session::semantics::{Array, backprop_all, eval, jvp};
use session_tests::compare::{all_close, bits, close, dot, magnitude, or_zero};
use session_tests::{Draft, Points, Program, Source, for_each_case, for_each_operation};

/// An operation on leaves, directions for these, and a weight for its value.
struct Case {
    program: Program,
    draft: Draft,
    tangents: Vec<Array<f64>>,
    others: Vec<Array<f64>>,
    cotangent: Array<f64>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}# tangents {:?}\n# cotangent {:?}", self.program, self.tangents, self.cotangent)
    }
}

impl Case {
    fn random(name: &str, points: Points, source: &mut Source) -> Self {
        let (program, draft) = Program::of(name, points, source);
        let directions = |source: &mut Source| -> Vec<Array<f64>> {
            let leaves = 0..program.leaves.len();
            leaves.map(|leaf| program.like(Id::new(leaf), source)).collect()
        };
        let (tangents, others) = (directions(source), directions(source));
        let cotangent = program.like(program.output(), source);
        Self { program, draft, tangents, others, cotangent }
    }

    fn graph(&self) -> &Graph {
        &self.program.graph
    }

    fn output(&self) -> Id {
        self.program.output()
    }

    /// The ids of the leaves.
    fn leaves(&self) -> Vec<Id> {
        (0..self.program.leaves.len()).map(Id::new).collect()
    }

    /// The graph's cotangents for a seed at the output, and the leaves to run it with.
    fn reverse(&self) -> (Derivative, Vec<Array<f64>>) {
        let mut leaves = self.program.leaves.clone();
        leaves.push(self.cotangent.clone());
        (reverse(self.graph(), &[self.output()]), leaves)
    }

    /// Numbers like those of the leaves, all 0.
    fn zero_cotangent(&self) -> Array<f64> {
        Array::full(self.cotangent.shape, 0.0)
    }
}

/// The case count of a property, for each operation.
const CASES: u32 = 256;

/// Checks a property of every operation, at smooth points and at ties.
fn for_every_operation(property: impl Fn(&Case) -> Result<(), TestCaseError>) {
    for_each_operation(|name| {
        for points in [Points::Smooth, Points::Tied] {
            for_each_case(CASES / 2, |source| Case::random(name, points, source), &property);
        }
    });
}

/// The tangents of dual numbers.
fn tangents<S: Scalar>(array: &Array<Dual<S>>) -> Array<S> {
    Array::new(array.shape, array.data.iter().map(|x| x.tangent).collect())
}

/// Both sides of the adjoint identity, `<J v, w>` by dual numbers and `<v, Jᵀ w>` by the reverse rules.
fn adjoint_sides<S: Scalar>(
    graph: &Graph,
    leaves: &[Array<S>],
    directions: &[Array<S>],
    naturals: &[Vec<usize>],
    weight: &Array<S>,
) -> (S, S) {
    let output = graph.ids().next_back().expect("the graph has values");
    let pushed = jvp(graph, leaves, directions, naturals);
    let mut seeds = vec![None; graph.len()];
    seeds[output.index()] = Some(weight.clone());
    let pulled = backprop_all(graph, leaves, naturals, seeds);
    let pairs = directions.iter().zip(pulled);
    let right =
        pairs.fold(S::literal(0.0), |sum, (direction, gradient)| sum + dot(direction, &or_zero(gradient, direction)));
    (dot(&tangents(&pushed[output.index()]), weight), right)
}

#[test]
fn the_shape_rule_gives_the_expected_shape() {
    for_every_operation(|case| {
        prop_assert_eq!(case.graph().shape(case.output()), case.draft.output);
        case.graph().validate().map_err(|error| TestCaseError::fail(error.to_string()))
    });
}

#[test]
fn the_value_writes_every_element() {
    for_every_operation(|case| {
        let views: Vec<View<'_, f64>> =
            case.program.leaves.iter().map(|leaf| View { shape: leaf.shape, data: &leaf.data }).collect();
        let [first, second] = [7.0, -3.0].map(|before| {
            let mut value = Array::full(case.draft.output, before);
            case.draft.op.eval(&views, &case.program.naturals, &mut value.data);
            value
        });
        prop_assert_eq!(bits(&first), bits(&second));
        Ok(())
    });
}

#[test]
fn the_reverse_rule_is_the_adjoint_of_dual_numbers() {
    for_every_operation(|case| {
        let Program { graph, leaves, naturals } = &case.program;
        let (left, right) = adjoint_sides(graph, leaves, &case.tangents, naturals, &case.cotangent);
        let pushed = jvp(graph, leaves, &case.tangents, naturals);
        let scale = magnitude(&tangents(&pushed[case.output().index()]), &case.cotangent);
        prop_assert!(close(left, right, scale, 1e-12), "<Jv, w> = {left}, <v, Jᵀw> = {right}");
        Ok(())
    });
}

#[test]
fn the_forward_rule_equals_dual_numbers() {
    for_every_operation(|case| {
        let Program { graph, leaves, naturals } = &case.program;
        let expected = tangents(&jvp(graph, leaves, &case.tangents, naturals)[case.output().index()]);
        let derivative = forward(graph, &case.leaves());
        let values = eval(&derivative.graph, &[leaves.clone(), case.tangents.clone()].concat(), naturals);
        let found = derivative.gradient[case.output().index()].map(|id| values[id.index()].clone());
        all_close("the tangent", &or_zero(found, &expected), &expected, 1e-10)
    });
}

/// A tangent at one leaf only: the other operands have structural zeros.
#[test]
fn the_forward_rule_equals_dual_numbers_for_one_operand() {
    for_every_operation(|case| {
        let Program { graph, leaves, naturals } = &case.program;
        for leaf in case.leaves() {
            let mut tangents_of_one: Vec<Array<f64>> = leaves.iter().map(|leaf| Array::full(leaf.shape, 0.0)).collect();
            tangents_of_one[leaf.index()] = case.tangents[leaf.index()].clone();
            let expected = tangents(&jvp(graph, leaves, &tangents_of_one, naturals)[case.output().index()]);
            let derivative = forward(graph, &[leaf]);
            let mut inputs = leaves.clone();
            inputs.push(case.tangents[leaf.index()].clone());
            let values = eval(&derivative.graph, &inputs, naturals);
            let found = derivative.gradient[case.output().index()].map(|id| values[id.index()].clone());
            all_close("the tangent", &or_zero(found, &expected), &expected, 1e-10)?;
        }
        Ok(())
    });
}

#[test]
fn the_reverse_graph_gives_the_bits_of_the_definition() {
    for_every_operation(|case| {
        let Program { graph, leaves, naturals } = &case.program;
        let mut seeds = vec![None; graph.len()];
        seeds[case.output().index()] = Some(case.cotangent.clone());
        let expected = backprop_all(graph, leaves, naturals, seeds);
        let (derivative, leaves) = case.reverse();
        let values = eval(&derivative.graph, &leaves, naturals);
        for (id, (found, expected)) in graph.ids().zip(derivative.gradient.iter().zip(expected)) {
            let found = found.map(|id| bits(&values[id.index()]));
            prop_assert_eq!(found, expected.as_ref().map(bits), "the gradient of {}", id);
        }
        Ok(())
    });
}

/// The second derivative of `<w, y>` in two directions, by `Dual<Dual<f64>>`.
fn second_by_dual_numbers(case: &Case) -> f64 {
    let Program { graph, leaves, naturals } = &case.program;
    let leaves: Vec<Array<Dual<Dual<f64>>>> = leaves
        .iter()
        .zip(case.tangents.iter().zip(&case.others))
        .map(|(leaf, (first, second))| {
            let numbers = leaf.data.iter().zip(first.data.iter().zip(&second.data));
            let dual = |(&value, (&tangent, &other))| Dual {
                value: Dual { value, tangent },
                tangent: Dual { value: other, tangent: 0.0 },
            };
            Array::new(leaf.shape, numbers.map(dual).collect())
        })
        .collect();
    let values = eval(graph, &leaves, naturals);
    dot(&tangents(&tangents(&values[case.output().index()])), &case.cotangent)
}

#[test]
fn forward_over_reverse_agrees() {
    for_every_operation(|case| {
        let naturals = &case.program.naturals;
        let (gradient, leaves) = case.reverse();
        let mut directions = case.tangents.clone();
        directions.push(case.zero_cotangent());
        let by_dual = jvp(&gradient.graph, &leaves, &directions, naturals);
        let second = forward(&gradient.graph, &case.leaves());
        let values = eval(&second.graph, &[leaves, case.tangents.clone()].concat(), naturals);
        let (mut found, mut scale) = (0.0, 0.0);
        for (leaf, other) in case.leaves().iter().zip(&case.others) {
            let Some(id) = gradient.gradient[leaf.index()] else { continue };
            let expected = tangents(&by_dual[id.index()]);
            let tangent = second.gradient[id.index()].map(|id| values[id.index()].clone());
            let tangent = or_zero(tangent, &expected);
            all_close("the tangent of the gradient", &tangent, &expected, 1e-10)?;
            found += dot(&tangent, other);
            scale += magnitude(&tangent, other);
        }
        let expected = second_by_dual_numbers(case);
        prop_assert!(close(found, expected, scale, 1e-10), "second derivative {found}, expected {expected}");
        Ok(())
    });
}

#[test]
fn reverse_over_reverse_agrees() {
    for_every_operation(|case| {
        let naturals = &case.program.naturals;
        let (gradient, mut leaves) = case.reverse();
        let mut seeds = Vec::new();
        for leaf in case.leaves() {
            if let Some(id) = gradient.gradient[leaf.index()] {
                seeds.push(id);
                leaves.push(case.others[leaf.index()].clone());
            }
        }
        let second = reverse(&gradient.graph, &seeds);
        let values = eval(&second.graph, &leaves, naturals);
        let (mut found, mut scale) = (0.0, 0.0);
        for (leaf, tangent) in case.leaves().iter().zip(&case.tangents) {
            if let Some(id) = second.gradient[leaf.index()] {
                found += dot(&values[id.index()], tangent);
                scale += magnitude(&values[id.index()], tangent);
            }
        }
        let expected = second_by_dual_numbers(case);
        prop_assert!(close(found, expected, scale, 1e-10), "second derivative {found}, expected {expected}");
        Ok(())
    });
}

/// At smooth points only: a difference across a kink is no derivative. The purpose of `detach` is to have
/// another derivative than its value.
#[test]
fn finite_differences_agree() {
    const STEP: f64 = 1e-5;
    for_each_operation(|name| {
        let make = |source: &mut Source| Case::random(name, Points::Smooth, source);
        for_each_case(CASES / 4, make, |case| {
            let Program { graph, leaves, naturals } = &case.program;
            let output = case.output().index();
            let expected = tangents(&jvp(graph, leaves, &case.tangents, naturals)[output]);
            let [above, below] = [STEP, -STEP].map(|step| {
                let moved = leaves.iter().zip(&case.tangents).map(|(leaf, tangent)| {
                    let pairs = leaf.data.iter().zip(&tangent.data);
                    Array::new(leaf.shape, pairs.map(|(x, d)| x + step * d).collect())
                });
                eval(graph, &moved.collect::<Vec<_>>(), naturals).swap_remove(output)
            });
            if name == "detach" {
                prop_assert!(expected.data.iter().all(|&tangent| tangent == 0.0));
                return Ok(());
            }
            let slopes = above.data.iter().zip(&below.data).map(|(above, below)| (above - below) / (2.0 * STEP));
            all_close("the slope", &Array::new(expected.shape, slopes.collect()), &expected, 1e-6)
        });
    });
}
