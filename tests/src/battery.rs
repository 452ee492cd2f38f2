//! What holds for the rules of every operation, of the table of nodes and of the builder: the rules of its
//! derivatives fit together and to its value.

use std::fmt;

use proptest::prelude::*;
use session::Tape;
use session::autodiff::{Derivative, forward, reverse};
use session::ir::{DynShape, Graph, Id};
use session::scalar::{Dual, Scalar};
use session::semantics::{Array, backprop_all, eval, jvp};
use session::verify::check_rules;

use crate::compare::{all_close, bits, close, dot, magnitude, or_zero};
use crate::{Program, Source};

/// An operation on leaves, directions for these, and a weight for its value.
pub struct Case {
    /// The name of the operation.
    pub name: &'static str,
    /// The operation with its leaves.
    pub program: Program,
    /// The shape that its value should have.
    pub expected: DynShape,
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
    /// Random directions and a random weight for a program whose value should have the shape `expected`.
    pub fn new(name: &'static str, program: Program, expected: DynShape, source: &mut Source) -> Self {
        let directions = |source: &mut Source| -> Vec<Array<f64>> {
            let leaves = 0..program.leaves.len();
            leaves.map(|leaf| program.like(Id::new(leaf), source)).collect()
        };
        let (tangents, others) = (directions(source), directions(source));
        let cotangent = program.like(program.output(), source);
        Self { name, program, expected, tangents, others, cotangent }
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.program.graph
    }

    /// The value of the operation.
    pub fn output(&self) -> Id {
        self.program.output()
    }

    /// The ids of the leaves.
    fn leaves(&self) -> Vec<Id> {
        (0..self.program.leaves.len()).map(Id::new).collect()
    }

    /// The graph's cotangents for a seed at the output, and the leaves to run it with.
    pub fn reverse(&self) -> (Derivative, Vec<Array<f64>>) {
        let mut leaves = self.program.leaves.clone();
        leaves.push(self.cotangent.clone());
        (reverse(self.graph(), &[self.output()]), leaves)
    }

    /// Numbers like those of the leaves, all 0.
    fn zero_cotangent(&self) -> Array<f64> {
        Array::full(self.cotangent.shape, 0.0)
    }
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

/// The shape is the one expected, and the graph is valid.
pub fn shape(case: &Case) -> Result<(), TestCaseError> {
    prop_assert_eq!(case.graph().shape(case.output()), case.expected);
    case.graph().validate().map_err(|error| TestCaseError::fail(error.to_string()))
}

/// The reverse rule is the adjoint of forward mode by dual numbers.
pub fn adjoint(case: &Case) -> Result<(), TestCaseError> {
    let Program { graph, leaves, naturals } = &case.program;
    let (left, right) = adjoint_sides(graph, leaves, &case.tangents, naturals, &case.cotangent);
    let pushed = jvp(graph, leaves, &case.tangents, naturals);
    let scale = magnitude(&tangents(&pushed[case.output().index()]), &case.cotangent);
    prop_assert!(close(left, right, scale, 1e-12), "<Jv, w> = {left}, <v, Jᵀw> = {right}");
    Ok(())
}

/// Both rules, exactly, at a random point of a prime field.
pub fn exact(case: &Case) -> Result<(), TestCaseError> {
    let checked = check_rules(case.graph(), case.output(), &case.program.naturals);
    checked.map(drop).map_err(|mismatch| TestCaseError::fail(mismatch.to_string()))
}

/// The tape, and those of its derivatives, compute the expressions of the definition.
pub fn tape_expressions(case: &Case) -> Result<(), TestCaseError> {
    let tape = Tape::<f32>::compile(case.graph(), &[case.output()]);
    tape.verify(&case.program.naturals).map(drop).map_err(|error| TestCaseError::fail(error.to_string()))
}

/// The forward rule gives the tangents of dual numbers.
pub fn forward_rule(case: &Case) -> Result<(), TestCaseError> {
    let Program { graph, leaves, naturals } = &case.program;
    let expected = tangents(&jvp(graph, leaves, &case.tangents, naturals)[case.output().index()]);
    let derivative = forward(graph, &case.leaves());
    let values = eval(&derivative.graph, &[leaves.clone(), case.tangents.clone()].concat(), naturals);
    let found = derivative.gradient[case.output().index()].map(|id| values[id.index()].clone());
    all_close("the tangent", &or_zero(found, &expected), &expected, 1e-10)
}

/// The same with a tangent at one leaf only: the other operands have structural zeros.
pub fn forward_rule_for_one_operand(case: &Case) -> Result<(), TestCaseError> {
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
}

/// The graph of the derivative gives the bits of the definition.
pub fn reverse_graph(case: &Case) -> Result<(), TestCaseError> {
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

/// Forward over reverse gives the second derivative.
pub fn forward_over_reverse(case: &Case) -> Result<(), TestCaseError> {
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
}

/// Reverse over forward gives the second derivative.
pub fn reverse_over_forward(case: &Case) -> Result<(), TestCaseError> {
    let pushed = forward(case.graph(), &case.leaves());
    let seed = pushed.gradient[case.output().index()];
    let leaves = [
        case.program.leaves.clone(),
        case.tangents.clone(),
        seed.map(|_| case.cotangent.clone()).into_iter().collect(),
    ];
    let seeds: Vec<Id> = seed.into_iter().collect();
    second_by_reverse(case, &reverse(&pushed.graph, &seeds), &leaves.concat(), &case.others)
}

/// The second derivative as the product of a direction with the gradients of a first derivative.
fn second_by_reverse(
    case: &Case,
    second: &Derivative,
    leaves: &[Array<f64>],
    directions: &[Array<f64>],
) -> Result<(), TestCaseError> {
    let values = eval(&second.graph, leaves, &case.program.naturals);
    let (mut found, mut scale) = (0.0, 0.0);
    for (leaf, direction) in case.leaves().iter().zip(directions) {
        if let Some(id) = second.gradient[leaf.index()] {
            found += dot(&values[id.index()], direction);
            scale += magnitude(&values[id.index()], direction);
        }
    }
    let expected = second_by_dual_numbers(case);
    prop_assert!(close(found, expected, scale, 1e-10), "second derivative {found}, expected {expected}");
    Ok(())
}

/// Reverse over reverse gives the second derivative.
pub fn reverse_over_reverse(case: &Case) -> Result<(), TestCaseError> {
    let (gradient, mut leaves) = case.reverse();
    let mut seeds = Vec::new();
    for leaf in case.leaves() {
        if let Some(id) = gradient.gradient[leaf.index()] {
            seeds.push(id);
            leaves.push(case.others[leaf.index()].clone());
        }
    }
    second_by_reverse(case, &reverse(&gradient.graph, &seeds), &leaves, &case.tangents)
}

/// Finite differences give the tangent, at smooth points: a difference across a kink is no derivative. The purpose
/// of `detach` is to have another derivative than its value.
pub fn finite_differences(case: &Case) -> Result<(), TestCaseError> {
    const STEP: f64 = 1e-5;
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
    if case.name == "detach" {
        prop_assert!(expected.data.iter().all(|&tangent| tangent == 0.0));
        return Ok(());
    }
    let slopes = above.data.iter().zip(&below.data).map(|(above, below)| (above - below) / (2.0 * STEP));
    all_close("the slope", &Array::new(expected.shape, slopes.collect()), &expected, 1e-6)
}

/// The tests of what holds for every operation of `$names`: a case of each is made by `$random`, at smooth points
/// and at ties, `$cases` of them in all.
#[macro_export]
macro_rules! battery {
    ($names:expr, $random:ident, $cases:ident) => {
        /// Checks a property of every operation, at smooth points and at ties.
        fn for_every_operation(property: impl Fn(&$crate::battery::Case) -> Result<(), TestCaseError>) {
            $crate::for_each_name(&$names, |name| {
                for points in [$crate::Points::Smooth, $crate::Points::Tied] {
                    $crate::for_each_case($cases / 2, |source| $random(name, points, source), &property);
                }
            });
        }

        $crate::battery! { @
            the_value_has_the_expected_shape shape
            the_reverse_rule_is_the_adjoint_of_dual_numbers adjoint
            the_rules_are_exact_in_a_prime_field exact
            the_tapes_compute_the_expressions_of_the_definition tape_expressions
            the_forward_rule_equals_dual_numbers forward_rule
            the_forward_rule_equals_dual_numbers_for_one_operand forward_rule_for_one_operand
            the_reverse_graph_gives_the_bits_of_the_definition reverse_graph
            forward_over_reverse_agrees forward_over_reverse
            reverse_over_forward_agrees reverse_over_forward
            reverse_over_reverse_agrees reverse_over_reverse
        }

        /// At smooth points only: a difference across a kink is no derivative.
        #[test]
        fn finite_differences_agree() {
            $crate::for_each_name(&$names, |name| {
                let smooth = |source: &mut $crate::Source| $random(name, $crate::Points::Smooth, source);
                $crate::for_each_case(128, smooth, $crate::battery::finite_differences);
            });
        }
    };
    (@ $($test:ident $property:ident)*) => {$(
        #[test]
        fn $test() {
            for_every_operation($crate::battery::$property);
        }
    )*};
}
