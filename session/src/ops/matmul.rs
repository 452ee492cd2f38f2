//! Matrix products: every element is one chain of `mul_add` over k, ascending, from +0.

use super::stats::multiply;
use super::{Emit, Operation, Site, View};
use crate::ir::op::{Linear, MatMul};
use crate::ir::{DynShape, Id, PerAxis};
use crate::product::Product;
use crate::scalar::Scalar;

fn flops(product: Product) -> u64 {
    let Product { batch, m, n, k, .. } = product;
    multiply(&[2, batch, m, n, k])
}

fn eval<S: Scalar>(product: Product, a: &[S], b: &[S], out: &mut [S]) {
    let Product { batch, m, n, k, transpose_a, transpose_b } = product;
    let (row_a, step_a) = if transpose_a { (1, m) } else { (k, 1) };
    let (column_b, step_b) = if transpose_b { (k, 1) } else { (1, n) };
    for index in 0..batch {
        let (a, b) = (&a[index * m * k..], &b[index * k * n..]);
        for i in 0..m {
            for j in 0..n {
                let pair = |p: usize| (&a[i * row_a + p * step_a], &b[j * column_b + p * step_b]);
                out[(index * m + i) * n + j] = S::literal(0.0).chain((0..k).map(pair));
            }
        }
    }
}

impl MatMul {
    /// The products to compute, for shapes that [`result`](Self::result) has accepted.
    pub(crate) fn geometry(&self, a: &DynShape, b: &DynShape) -> Product {
        let Self { transpose_a, transpose_b } = *self;
        let (k, n) = self.columns(b);
        let (batch, m) = match (a.len(), b.len()) {
            (rank, 3) => (a[0], if transpose_a { a[rank - 1] } else { a[rank - 2] }),
            (rank, _) if transpose_a => (1, a[rank - 1]),
            (rank, _) => (1, a[..rank - 1].iter().product()),
        };
        Product { batch, m, n, k, transpose_a, transpose_b }
    }

    /// The length of the columns of `b`, and how many there are.
    fn columns(&self, b: &DynShape) -> (usize, usize) {
        match (b.len(), self.transpose_b) {
            (1, _) => (b[0], 1),
            (rank, false) => (b[rank - 2], b[rank - 1]),
            (rank, true) => (b[rank - 1], b[rank - 2]),
        }
    }

    /// The shape of the result.
    fn result(&self, a: &DynShape, b: &DynShape) -> Result<DynShape, String> {
        let Self { transpose_a, transpose_b } = *self;
        let known = match (a.len(), b.len()) {
            (2, 1) => !transpose_a && !transpose_b,
            (rank, 2) => rank == 2 || rank > 0 && !transpose_a,
            ranks => ranks == (3, 3),
        };
        if !known {
            return Err(
                "it multiplies matrices, rows by a matrix, a matrix by a vector, or two stacks of matrices".to_owned()
            );
        }
        if b.len() == 3 && a[0] != b[0] {
            return Err(format!("the stacks have {} and {} matrices", a[0], b[0]));
        }
        let last = a.len() - 1;
        let (inner, (k, n)) = (a[last - usize::from(transpose_a)], self.columns(b));
        if inner != k {
            return Err(format!("the inner dimensions differ: {inner} and {k}"));
        }
        Ok(match (b.len(), transpose_a) {
            (1, _) => PerAxis::new(&[a[0]]),
            (_, true) => a.with(last - 1, a[last]).with(last, n),
            (_, false) => a.with(last, n),
        })
    }
}

impl Operation for MatMul {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        self.result(&operands[0], &operands[1])
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let product = self.geometry(&operands[0].shape, &operands[1].shape);
        eval(product, operands[0].data, operands[1].data, out);
    }

    fn flops(&self, operands: &[DynShape], _: DynShape) -> u64 {
        flops(self.geometry(&operands[0], &operands[1]))
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let Self { transpose_a, transpose_b } = *self;
        let [a, b] = [site.operands[0], site.operands[1]];
        let (shape_a, shape_b) = (emit.shape(a), emit.shape(b));
        let product = self.geometry(&shape_a, &shape_b);
        // Leading axes count as one row axis, a vector as a matrix of one column.
        let (flat_a, flat_b, d) = if product.batch == 1 && shape_b.len() < 3 {
            let rows = if transpose_a { shape_a } else { PerAxis::new(&[product.m, product.k]) };
            let columns = if shape_b.len() == 2 { shape_b } else { PerAxis::new(&[product.k, 1]) };
            let result = PerAxis::new(&[product.m, product.n]);
            (emit.reshape(a, rows), emit.reshape(b, columns), emit.reshape(cotangent, result))
        } else {
            (a, b, cotangent)
        };
        let to_a = if transpose_a {
            emit.matmul(flat_b, transpose_b, d, true)
        } else {
            emit.matmul(d, false, flat_b, !transpose_b)
        };
        let to_b = if transpose_b {
            emit.matmul(d, true, flat_a, transpose_a)
        } else {
            emit.matmul(flat_a, !transpose_a, d, false)
        };
        vec![Some(emit.reshape(to_a, shape_a)), Some(emit.reshape(to_b, shape_b))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        bilinear(emit, self, [site.operands[0], site.operands[1]], [tangents[0], tangents[1]])
    }
}

/// The forward rule of an operation that is linear in each of two operands.
pub(super) fn bilinear<O: Clone + Into<crate::ir::Op>>(
    emit: &mut Emit<'_>,
    op: &O,
    [a, b]: [Id; 2],
    [da, db]: [Option<Id>; 2],
) -> Option<Id> {
    let terms = [da.map(|da| emit.push(op.clone(), &[da, b])), db.map(|db| emit.push(op.clone(), &[a, db]))];
    emit.total(terms)
}

const TIMES_TRANSPOSE: MatMul = MatMul { transpose_a: false, transpose_b: true };

impl Linear {
    /// The product of the rows of x with the transposed weight.
    pub(crate) fn product(w: DynShape, x: DynShape) -> Product {
        TIMES_TRANSPOSE.geometry(&x, &w)
    }
}

impl Operation for Linear {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let [w, b, x] = operands else { unreachable!("the arity was checked") };
        if w.len() != 2 || b.len() != 1 || x.is_empty() {
            return Err("it takes a weight [O, I], a bias [O] and an input [.., I]".to_owned());
        }
        if w[0] != b[0] {
            return Err(format!("the weight gives {} features, the bias has {}", w[0], b[0]));
        }
        TIMES_TRANSPOSE.result(x, w)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let &[w, b, x] = operands else { unreachable!("the arity was checked") };
        eval(Self::product(w.shape, x.shape), x.data, w.data, out);
        for row in out.chunks_exact_mut(b.data.len().max(1)) {
            for (out, &b) in row.iter_mut().zip(b.data) {
                *out = *out + b;
            }
        }
    }

    fn flops(&self, operands: &[DynShape], output: DynShape) -> u64 {
        let &[w, _, x] = operands else { unreachable!("the arity was checked") };
        flops(Self::product(w, x)).saturating_add(output.elements() as u64)
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let &[w, _, x] = site.operands else { unreachable!("the arity was checked") };
        let shape = emit.shape(x);
        let product = Self::product(emit.shape(w), shape);
        let d = emit.reshape(cotangent, PerAxis::new(&[product.m, product.n]));
        let rows = emit.reshape(x, PerAxis::new(&[product.m, product.k]));
        let to_w = emit.matmul(d, true, rows, false);
        let to_b = emit.sum(d, PerAxis::new(&[0]));
        let to_x = emit.matmul(d, false, w, false);
        vec![Some(to_w), Some(to_b), Some(emit.reshape(to_x, shape))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        let &[w, _, x] = site.operands else { unreachable!("the arity was checked") };
        let product = bilinear(emit, &TIMES_TRANSPOSE, [x, w], [tangents[2], tangents[0]]);
        let bias = tangents[1].map(|b| emit.broadcast(b, emit.shape(site.output)));
        emit.total([product, bias])
    }
}
