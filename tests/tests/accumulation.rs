//! Whole graphs: the reverse graph accumulates what the definition accumulates, in the same order.

use std::fmt;

use proptest::prelude::*;
use session::autodiff::reverse;
use session::ir::{DynShape, Graph, Id, op};
use session::scalar::{Scalar, Symbol, Term};
use session::semantics::{Array, backprop_all, eval};
use session_tests::compare::bits;
use session_tests::{Program, Source, for_each_case};

/// The gradient of every value of a graph, where it has one.
type Gradients<S> = Vec<Option<Array<S>>>;

/// A program and seeds at some of its values, inner ones too.
struct Case {
    program: Program,
    seeds: Vec<(Id, Array<f64>)>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}# seeds {:?}", self.program, self.seeds)
    }
}

impl Case {
    fn random(operations: usize, source: &mut Source) -> Self {
        let program = Program::random(operations, source);
        let mut ids: Vec<Id> = program.graph.ids().filter(|_| source.below(4) == 3).collect();
        if ids.is_empty() {
            ids.push(program.output());
        }
        let seeds = ids.into_iter().map(|id| (id, program.like(id, source))).collect();
        Self { program, seeds }
    }

    /// The gradients by the reverse graph and by the definition, in numbers made by `number`, which is
    /// also told a number of its own for each.
    fn gradients<S: Scalar>(&self, mut number: impl FnMut(f64) -> S) -> (Gradients<S>, Gradients<S>) {
        let Program { graph, leaves, naturals } = &self.program;
        let mut convert =
            |array: &Array<f64>| Array { shape: array.shape, data: array.data.iter().map(|&x| number(x)).collect() };
        let leaves: Vec<Array<S>> = leaves.iter().map(&mut convert).collect();
        let seeds: Vec<Array<S>> = self.seeds.iter().map(|(_, seed)| convert(seed)).collect();
        let ids: Vec<Id> = self.seeds.iter().map(|&(id, _)| id).collect();

        let mut all = vec![None; graph.len()];
        for (id, seed) in ids.iter().zip(&seeds) {
            all[id.index()] = Some(seed.clone());
        }
        let expected = backprop_all(graph, &leaves, naturals, all);

        let derivative = reverse(graph, &ids);
        derivative.graph.validate().expect("a gradient graph obeys the rules");
        let values = eval(&derivative.graph, &[leaves, seeds].concat(), naturals);
        let found = derivative.gradient.iter().map(|id| id.map(|id| values[id.index()].clone())).collect();
        (found, expected)
    }
}

#[test]
fn random_graphs_give_the_bits_of_the_definition() {
    for_each_case(
        4096,
        |source| Case::random(8, source),
        |case| {
            let (found, expected) = case.gradients(|x| x);
            for (id, (found, expected)) in case.program.graph.ids().zip(found.iter().zip(&expected)) {
                prop_assert_eq!(found.as_ref().map(bits), expected.as_ref().map(bits), "the gradient of {}", id);
            }
            Ok(())
        },
    );
}

#[test]
fn random_graphs_give_the_terms_of_the_definition() {
    for_each_case(
        256,
        |source| Case::random(3, source),
        |case| {
            let mut count = 0;
            let (found, expected) = case.gradients(|_| {
                count += 1;
                Term::variable(count)
            });
            // Terms print in full, which is exponential in their depth: compare without printing.
            for (id, (found, expected)) in case.program.graph.ids().zip(found.iter().zip(&expected)) {
                prop_assert!(found == expected, "the gradient of {id} is another term");
            }
            Ok(())
        },
    );
}

fn scalar(value: f64) -> Array<f64> {
    Array::new(DynShape::SCALAR, vec![value])
}

/// A graph of one scalar leaf.
fn graph() -> (Graph, Id) {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::SCALAR);
    (graph, x)
}

/// Gradients by both ways, which must agree, for seeds at these values.
fn gradients(graph: &Graph, leaves: &[f64], seeds: &[(Id, f64)]) -> Vec<Option<f64>> {
    let program =
        Program { graph: graph.clone(), leaves: leaves.iter().map(|&x| scalar(x)).collect(), naturals: Vec::new() };
    let case = Case { program, seeds: seeds.iter().map(|&(id, seed)| (id, scalar(seed))).collect() };
    let (found, expected) = case.gradients(|x| x);
    let all_bits = |gradients: &[Option<Array<f64>>]| -> Vec<_> {
        gradients.iter().map(|gradient| gradient.as_ref().map(bits)).collect()
    };
    assert_eq!(all_bits(&found), all_bits(&expected));
    found.into_iter().map(|gradient| gradient.map(|gradient| gradient.data[0])).collect()
}

#[test]
fn an_operand_used_twice_collects_both_contributions() -> Result<(), session::Error> {
    let (mut graph, x) = graph();
    let y = graph.push(op::Mul {}, &[x, x])?;
    let z = graph.push(op::Sub {}, &[y, y])?;
    assert_eq!(gradients(&graph, &[3.0], &[(y, 1.0)]), [Some(6.0), Some(1.0), None]);
    assert_eq!(gradients(&graph, &[3.0], &[(z, 1.0)]), [Some(0.0), Some(0.0), Some(1.0)]);
    Ok(())
}

/// Seed first, then consumers from last to first, operands in order: told apart by rounding.
#[test]
fn contributions_add_in_the_documented_order() -> Result<(), session::Error> {
    let (mut graph, x) = graph();
    let factors = [1.0, 1e16, -1e16, 3.0];
    let nodes: Vec<Id> = factors
        .iter()
        .map(|&factor| graph.push(op::Scale { factor: factor.into() }, &[x]))
        .collect::<Result<_, _>>()?;
    let seeds: Vec<(Id, f64)> = [(x, 0.5)].into_iter().chain(nodes.iter().map(|&node| (node, 1.0))).collect();
    let found = gradients(&graph, &[1.0], &seeds)[0];
    let expected = (((0.5 + 3.0) - 1e16) + 1e16) + 1.0;
    assert_ne!(expected, 0.5 + 3.0 + 1.0, "the factors tell orders apart");
    assert_eq!(found, Some(expected));
    Ok(())
}

#[test]
fn what_no_seed_reaches_has_no_gradient() -> Result<(), session::Error> {
    let mut graph = Graph::default();
    let (x, y) = (graph.leaf(DynShape::SCALAR), graph.leaf(DynShape::SCALAR));
    let a = graph.push(op::Exp {}, &[x])?;
    let b = graph.push(op::Exp {}, &[y])?;
    let after = graph.push(op::Neg {}, &[a])?;
    let found = gradients(&graph, &[0.0, 0.0], &[(a, 2.0)]);
    assert_eq!(found, [Some(2.0), None, Some(2.0), None, None]);
    assert_eq!(gradients(&graph, &[0.0, 0.0], &[]), [None; 5]);
    let _ = (b, after);
    Ok(())
}

/// 0 times the infinite slope of a logarithm at 0 would be NaN.
#[test]
fn an_unrelated_branch_pollutes_nothing() -> Result<(), session::Error> {
    let (mut graph, x) = graph();
    let y = graph.push(op::Scale { factor: 2.0.into() }, &[x])?;
    let infinite = graph.push(op::Log {}, &[x])?;
    let _nan = graph.push(op::Mul {}, &[infinite, x])?;
    assert_eq!(gradients(&graph, &[0.0], &[(y, 1.0)])[0], Some(2.0));
    Ok(())
}

/// A seed of 0 is a seed: reached is structural, never decided by values.
#[test]
fn a_seed_of_zero_still_flows() -> Result<(), session::Error> {
    let (mut graph, x) = graph();
    let y = graph.push(op::Log {}, &[x])?;
    let found = gradients(&graph, &[0.0], &[(y, 0.0)]);
    assert!(found[0].is_some_and(f64::is_nan), "0 / 0");
    Ok(())
}

#[test]
fn constants_and_the_gate_stop_gradients() -> Result<(), session::Error> {
    let mut graph = Graph::default();
    let (x, v) = (graph.leaf(DynShape::SCALAR), graph.leaf(DynShape::SCALAR));
    let y = graph.push(op::Gate {}, &[x, v])?;
    assert_eq!(gradients(&graph, &[1.0, 5.0], &[(y, 2.0)]), [None, Some(2.0), Some(2.0)]);
    assert_eq!(gradients(&graph, &[-1.0, 5.0], &[(y, 2.0)]), [None, Some(0.0), Some(2.0)]);
    Ok(())
}
