//! Writing graph fragments: what the derivative rules and the optimisers are made of.

use super::same;
use crate::ir::op::{self};
use crate::ir::{DynShape, Graph, Id, Op, PerAxis};

/// Appends nodes to a graph.
///
/// # Panics
/// Every method panics if the operands break the operation's rule: a fragment that does is wrong
/// itself.
#[derive(Debug)]
pub struct Emit<'g>(&'g mut Graph);

impl<'g> Emit<'g> {
    /// Appends to this graph.
    pub fn new(graph: &'g mut Graph) -> Self {
        Self(graph)
    }

    /// The shape of a value.
    pub fn shape(&self, id: Id) -> DynShape {
        self.0.shape(id)
    }

    /// Appends an operation.
    #[track_caller]
    pub fn push(&mut self, op: impl Into<Op>, operands: &[Id]) -> Id {
        self.push_op(op.into(), operands)
    }

    #[track_caller]
    fn push_op(&mut self, op: Op, operands: &[Id]) -> Id {
        match self.0.push_op(&op, operands) {
            Ok(id) => id,
            Err(error) => panic!("{error}"),
        }
    }

    /// `a + b`.
    pub fn add(&mut self, a: Id, b: Id) -> Id {
        self.push(op::Add {}, &[a, b])
    }

    /// `a - b`.
    pub fn sub(&mut self, a: Id, b: Id) -> Id {
        self.push(op::Sub {}, &[a, b])
    }

    /// `a * b`.
    pub fn mul(&mut self, a: Id, b: Id) -> Id {
        self.push(op::Mul {}, &[a, b])
    }

    /// `a / b`.
    pub fn div(&mut self, a: Id, b: Id) -> Id {
        self.push(op::Div {}, &[a, b])
    }

    /// `-x`.
    pub fn neg(&mut self, x: Id) -> Id {
        self.push(op::Neg {}, &[x])
    }

    /// `x * factor`.
    pub fn scale(&mut self, x: Id, factor: f64) -> Id {
        self.push(op::Scale { factor: factor.into() }, &[x])
    }

    /// `x / number`.
    pub fn div_scalar(&mut self, x: Id, number: f64) -> Id {
        self.push(op::DivScalar { number: number.into() }, &[x])
    }

    /// `alpha * x + y` with a scalar `alpha`, rounded once.
    pub fn axpy(&mut self, alpha: Id, x: Id, y: Id) -> Id {
        self.push(op::Axpy {}, &[alpha, x, y])
    }

    /// `x + number`.
    pub fn add_scalar(&mut self, x: Id, number: f64) -> Id {
        self.push(op::AddScalar { number: number.into() }, &[x])
    }

    /// `number - x`.
    pub fn scalar_sub(&mut self, number: f64, x: Id) -> Id {
        self.push(op::ScalarSub { number: number.into() }, &[x])
    }

    /// e to the power x.
    pub fn exp(&mut self, x: Id) -> Id {
        self.push(op::Exp {}, &[x])
    }

    /// The square root.
    pub fn sqrt(&mut self, x: Id) -> Id {
        self.push(op::Sqrt {}, &[x])
    }

    /// The larger of two.
    pub fn maximum(&mut self, a: Id, b: Id) -> Id {
        self.push(op::Maximum {}, &[a, b])
    }

    /// The smaller of two.
    pub fn minimum(&mut self, a: Id, b: Id) -> Id {
        self.push(op::Minimum {}, &[a, b])
    }

    /// `x` where `a > b`, else `y`.
    pub fn select_gt(&mut self, a: Id, b: Id, x: Id, y: Id) -> Id {
        self.push(op::SelectGt {}, &[a, b, x, y])
    }

    /// `v` where `x` is positive or NaN, else 0.
    pub fn gate(&mut self, x: Id, v: Id) -> Id {
        self.push(op::Gate {}, &[x, v])
    }

    /// A tensor of one repeated number.
    pub fn full(&mut self, shape: DynShape, value: f64) -> Id {
        self.push(op::Full { shape, value: value.into() }, &[])
    }

    /// Zeros of the shape of a value.
    pub fn zeros_like(&mut self, x: Id) -> Id {
        self.full(self.shape(x), 0.0)
    }

    /// The same elements under another shape; `x` itself if it has that shape.
    pub fn reshape(&mut self, x: Id, to: DynShape) -> Id {
        if same(&self.shape(x), &to) { x } else { self.push(op::Reshape { to }, &[x]) }
    }

    /// Repeats along leading and stretched axes; `x` itself if it has that shape.
    pub fn broadcast(&mut self, x: Id, to: DynShape) -> Id {
        if same(&self.shape(x), &to) { x } else { self.push(op::Broadcast { to }, &[x]) }
    }

    /// The sum over some axes; `x` itself if there are none.
    pub fn sum(&mut self, x: Id, axes: PerAxis) -> Id {
        if axes.is_empty() { x } else { self.push(op::Sum { axes }, &[x]) }
    }

    /// The sum over all axes.
    pub fn sum_all(&mut self, x: Id) -> Id {
        let axes = (0..self.shape(x).len()).collect();
        self.sum(x, axes)
    }

    /// The adjoint of a sum over `axes` of a tensor of shape `to`: puts the axes back and repeats.
    pub fn expand(&mut self, x: Id, axes: &[usize], to: DynShape) -> Id {
        let kept = axes.iter().fold(to, |shape, &axis| shape.with(axis, 1));
        let x = self.reshape(x, kept);
        self.broadcast(x, to)
    }

    /// The matrix product, with operands taken transposed where asked.
    pub fn matmul(&mut self, a: Id, transpose_a: bool, b: Id, transpose_b: bool) -> Id {
        self.push(op::MatMul { transpose_a, transpose_b }, &[a, b])
    }

    /// The sum of those terms that are there, first to last.
    pub fn total(&mut self, terms: impl IntoIterator<Item = Option<Id>>) -> Option<Id> {
        let mut total = None;
        for term in terms.into_iter().flatten() {
            total = Some(total.map_or(term, |sum| self.add(sum, term)));
        }
        total
    }

    /// The forward rule of an operation that is linear in all its operands together.
    pub fn linear(&mut self, op: impl Into<Op>, operands: &[Id], tangents: &[Option<Id>]) -> Option<Id> {
        self.linear_op(op.into(), operands, tangents)
    }

    fn linear_op(&mut self, op: Op, operands: &[Id], tangents: &[Option<Id>]) -> Option<Id> {
        tangents.iter().any(Option::is_some).then(|| {
            let tangents: Vec<Id> = operands
                .iter()
                .zip(tangents)
                .map(|(&operand, tangent)| tangent.unwrap_or_else(|| self.full(self.shape(operand), 0.0)))
                .collect();
            self.push(op, &tangents)
        })
    }
}
