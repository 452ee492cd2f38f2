//! The rules of derivatives, exactly: in a prime field, at a random point, where nothing is rounded.

use super::locate::named;
use super::{Check, Mismatch, variables};
use crate::ir::{DynShape, Graph, Id};
use crate::mapped::mapped;
use crate::scalar::{Dual, Kind, PrimeField, Scalar, Symbolic};
use crate::semantics::{Array, backprop_from, eval, tangents_from};

const CLAIM: &str = "the forward rules give the tangents of dual numbers, the reverse rules are their adjoint, exactly, \
                     at a random point of the field of 2^61 - 1 elements";

/// A point, a direction and a weight for a graph and one of its values. As numbers of the check they have a tangent,
/// which is 0.
struct Point {
    leaves: Vec<Array<Symbolic>>,
    directions: Vec<Array<Symbolic>>,
    weight: Array<Symbolic>,
}

impl Point {
    fn of(graph: &Graph, out: Id) -> Self {
        let shapes = graph.leaves();
        let elements: usize = shapes.iter().map(DynShape::elements).sum();
        let leaves = variables(shapes, 0);
        let directions = variables(shapes, elements);
        let weight = variables(&[graph.shape(out)], 2 * elements).remove(0);
        Self { leaves, directions, weight }
    }

    /// The leaves with the directions as their tangents.
    fn directed(&self) -> Vec<Array<Symbolic>> {
        let directed = |(leaf, direction): (&Array<Symbolic>, &Array<Symbolic>)| {
            let pairs = values(leaf).zip(values(direction));
            let data = pairs.map(|(value, tangent)| Dual { value, tangent }.into()).collect();
            Array::new(leaf.shape, data)
        };
        self.leaves.iter().zip(&self.directions).map(directed).collect()
    }
}

fn values(array: &Array<Symbolic>) -> impl Iterator<Item = PrimeField> {
    array.data.iter().map(|number| number.pair().value)
}

fn tangents(array: &Array<Symbolic>) -> impl Iterator<Item = PrimeField> {
    array.data.iter().map(|number| number.pair().tangent)
}

/// The same numbers with the tangent 0.
fn constant(array: &Array<Symbolic>) -> Array<Symbolic> {
    let tangent = PrimeField::literal(0.0);
    Array::new(array.shape, values(array).map(|value| Dual { value, tangent }.into()).collect())
}

/// Checks the derivatives of a graph: with dual numbers giving `J v`, that the forward rules give the same tangents of
/// all values up to `out`, and that the reverse rules give a `Jᵀ w` with `<w, J v> = <Jᵀ w, v>` at random v and w.
///
/// Exact up to the chance that two different formulas agree at a random point: about their degree over 2⁶¹. The
/// derivatives of exp, tanh and their like, which [`Dual`] lists, are taken from there.
///
/// ```
/// use session::ir::{DynShape, Graph, op};
/// use session::verify::check_rules;
///
/// let mut graph = Graph::default();
/// let x = graph.leaf(DynShape::new(&[3]));
/// let y = graph.push(op::Softmax { axis: 0 }, &[x])?;
/// let check = check_rules(&graph, y, &[])?;
/// assert_eq!(check.values, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The first node whose rules are wrong.
///
/// # Panics
/// If `out` is not a value of the graph, or the natural-number inputs are not those of the graph.
#[track_caller]
pub fn check_rules(graph: &Graph, out: Id, naturals: &[Vec<usize>]) -> Result<Check, Box<Mismatch>> {
    match compare(graph, out, naturals) {
        Ok(check) => Ok(check),
        // Each node for itself, to find the one to blame.
        Err(whole) => {
            let nodes = graph.node_ids().filter(|&id| id <= out);
            let blamed = nodes.into_iter().find_map(|id| {
                let (alone, value) = single(graph, id);
                let mut mismatch = compare(&alone, value, naturals).err()?;
                (mismatch.id, mismatch.what) = (id, format!("{}, on its own: {}", named(graph, id), mismatch.what));
                Some(mismatch)
            });
            Err(blamed.unwrap_or(whole))
        }
    }
}

/// A node as a graph of its own.
fn single(graph: &Graph, id: Id) -> (Graph, Id) {
    let node = graph.node(id).expect("a node");
    let mut alone = Graph::default();
    for &shape in graph.naturals() {
        alone.natural(shape);
    }
    let operands: Vec<Id> = mapped(&node.operands, |&operand| alone.leaf(graph.shape(operand)));
    let value = alone.push(node.op.clone(), &operands).expect("the node is valid");
    (alone, value)
}

fn compare(graph: &Graph, out: Id, naturals: &[Vec<usize>]) -> Result<Check, Box<Mismatch>> {
    let (point, pushed) = Kind::Pair.compute(|| {
        let point = Point::of(graph, out);
        let pushed = eval(graph, &point.directed(), naturals);
        (point, pushed)
    });
    let values: Vec<_> = mapped(&pushed, constant);
    let pull_back = || pull_back(graph, out, naturals, &point, &values);
    let push_forward = || {
        let given = point.directions.iter().cloned().map(Some).collect();
        tangents_from(graph, &values, naturals, given)
    };
    let (pulled, tangents) = Kind::Pair.compute_both(pull_back, push_forward);
    let elements = same_tangents(graph, out, &tangents, &pushed)?;
    adjoint(graph, out, &point, &pushed, pulled)?;
    Ok(Check { claim: CLAIM.to_owned(), tape: None, instructions: 0, values: out.index() + 1, elements })
}

/// The tangents of the rules against those of dual numbers. Gives the number of elements compared.
fn same_tangents(
    graph: &Graph,
    out: Id,
    found: &[Option<Array<Symbolic>>],
    pushed: &[Array<Symbolic>],
) -> Result<usize, Box<Mismatch>> {
    let mut elements = 0;
    for id in graph.ids().take(out.index() + 1) {
        let expected: Vec<PrimeField> = tangents(&pushed[id.index()]).collect();
        let found: Vec<PrimeField> = match &found[id.index()] {
            Some(tangent) => values(tangent).collect(),
            None => vec![PrimeField::literal(0.0); expected.len()],
        };
        elements += found.len();
        let what = format!("the tangent of {}", named(graph, id));
        let mismatch = Mismatch::at(CLAIM.to_owned(), what, graph, id);
        if let Some((mismatch, [found, expected])) = mismatch.of(&found, &expected, |a, b| a == b) {
            return Err(mismatch.with_sides(found, expected));
        }
    }
    Ok(elements)
}

/// `<Jᵀ w, v>`.
fn pull_back(graph: &Graph, out: Id, naturals: &[Vec<usize>], point: &Point, known: &[Array<Symbolic>]) -> PrimeField {
    let mut seeds = vec![None; graph.len()];
    seeds[out.index()] = Some(point.weight.clone());
    let cotangents = backprop_from(graph, known, naturals, seeds);
    let zero = PrimeField::literal(0.0);
    cotangents.iter().zip(&point.directions).fold(zero, |sum, (cotangent, direction)| {
        sum + cotangent.as_ref().map_or(zero, |cotangent| dot(values(cotangent), direction))
    })
}

/// `<w, J v> = <Jᵀ w, v>`.
fn adjoint(
    graph: &Graph,
    out: Id,
    point: &Point,
    pushed: &[Array<Symbolic>],
    right: PrimeField,
) -> Result<(), Box<Mismatch>> {
    let left = dot(tangents(&pushed[out.index()]), &point.weight);
    let what = format!("<Jᵀ w, v> for the derivative J of {}, against <w, J v>,", named(graph, out));
    let mut mismatch = Mismatch::at(CLAIM.to_owned(), what, graph, out);
    mismatch.shape = DynShape::SCALAR;
    if right == left { Ok(()) } else { Err(mismatch.with_sides(right, left)) }
}

fn dot(a: impl Iterator<Item = PrimeField>, b: &Array<Symbolic>) -> PrimeField {
    a.zip(values(b)).fold(PrimeField::literal(0.0), |sum, (a, b)| a.mul_add(b, sum))
}
