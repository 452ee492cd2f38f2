//! What a graph costs.

use std::fmt;

use crate::ir::{DynShape, Graph, Id, MAX_OPERANDS, Op};
use crate::mapped::mapped;
use crate::order::sort;
use crate::scalar::Float;
use crate::table;

/// What a graph costs: [`Graph::stats`].
///
/// FLOPs are counted by a convention, for the graph as it is written: a tape leaves out what is computed twice and what
/// nothing asks for.
///
/// * An elementwise operation counts one for each element, whether it is `+`, `relu`, `exp`, `tanh` or `gelu`; `axpy`
///   counts two, `detach` none.
/// * A product of `[m, k]` and `[k, n]` counts `2·m·n·k`; `linear` one more for each element, its bias.
/// * A convolution and its adjoints count 2 · elements of the result of the convolution · kernel positions · input
///   channels of a group, as if the cells in the padding were multiplied too; a bias counts one for each element.
/// * Sums, means and maxima count one for each element that goes in, windows of a pool and of the adjoints of pools one
///   for each of their positions, additions by index and `fold` one for each element that is added.
/// * `softmax`, `log_softmax`, `logsumexp` and `cross_entropy` count five for each element that goes in, masked ones
///   included; `mse_loss` three.
/// * Moving, repeating, choosing by index or mask, and constants count nothing.
///
/// ```
/// use session::ir::{DynShape, Graph, op};
///
/// let mut graph = Graph::default();
/// let x = graph.leaf(DynShape::new(&[64, 784]));
/// let w = graph.leaf(DynShape::new(&[784, 10]));
/// let y = graph.push(op::MatMul { transpose_a: false, transpose_b: false }, &[x, w])?;
/// graph.push(op::Relu {}, &[y])?;
/// let stats = graph.stats();
/// assert_eq!((stats.leaves, stats.nodes, stats.flops), (2, 2, 2 * 64 * 784 * 10 + 640));
/// assert_eq!(stats.bytes::<f32>(), 4 * (64 * 784 + 784 * 10 + 640 + 640));
/// assert_eq!(
///     stats.to_string(),
///     "operation  nodes      FLOPs\n\
///      matmul         1  1,003,520\n\
///      relu           1        640\n\
///      total          2  1,004,160\n\
///      2 leaves, 59,296 elements in all values, 640 alive at once"
/// );
/// # Ok::<(), session::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The number of leaves.
    pub leaves: usize,
    /// The number of nodes.
    pub nodes: usize,
    /// The elements of all values, leaves and nodes: what would be held at once if no memory were used again.
    pub elements: usize,
    /// The most elements that are alive at once when the values are computed in order: each from its node to the last
    /// one that reads it, under any name that a reshape gives it. Inputs, and results, which no node reads, are not
    /// counted, nor in [`Tape::peak_bytes`](crate::Tape::peak_bytes), which says what a tape holds.
    pub alive: usize,
    /// The floating-point operations.
    pub flops: u64,
    /// The same for each operation that occurs, the costliest first.
    pub operations: Vec<OperationStats>,
}

/// What the nodes of one operation cost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationStats {
    /// The name of the operation.
    pub name: &'static str,
    /// The number of its nodes.
    pub nodes: usize,
    /// Their floating-point operations.
    pub flops: u64,
}

impl Stats {
    /// The number of values: leaves and nodes.
    pub fn values(&self) -> usize {
        self.leaves + self.nodes
    }

    /// The bytes of all values as numbers of type `T`; see [`elements`](Self::elements).
    pub fn bytes<T: Float>(&self) -> usize {
        self.elements.saturating_mul(size_of::<T>())
    }

    /// The bytes of what is alive at once as numbers of type `T`; see [`alive`](Self::alive).
    pub fn alive_bytes<T: Float>(&self) -> usize {
        self.alive.saturating_mul(size_of::<T>())
    }
}

impl Graph {
    /// Values, FLOPs and memory, worked out from the shapes.
    pub fn stats(&self) -> Stats {
        let elements = self.ids().map(|id| self.shape(id).elements()).fold(0, usize::saturating_add);
        let mut operations: Vec<OperationStats> = Vec::new();
        for node in self.nodes() {
            let mut shapes = [DynShape::SCALAR; MAX_OPERANDS];
            for (shape, &operand) in shapes.iter_mut().zip(node.operands.iter()) {
                *shape = self.shape(operand);
            }
            let (name, flops) = (node.op.name(), node.op.flops(&shapes[..node.operands.len()], node.shape));
            match operations.iter_mut().find(|known| known.name == name) {
                Some(known) => {
                    known.nodes += 1;
                    known.flops = known.flops.saturating_add(flops);
                }
                None => operations.push(OperationStats { name, nodes: 1, flops }),
            }
        }
        sort(&mut operations, |operation| [u64::MAX - operation.flops, 0]);
        let flops = operations.iter().map(|operation| operation.flops).fold(0, u64::saturating_add);
        let (leaves, nodes, alive) = (self.leaves().len(), self.nodes().len(), self.alive());
        Stats { leaves, nodes, elements, alive, flops, operations }
    }

    /// The most elements that are alive at once: [`Stats::alive`].
    fn alive(&self) -> usize {
        let mut root: Vec<Id> = self.ids().collect();
        let mut last: Vec<Option<Id>> = vec![None; self.len()];
        for (id, node) in self.node_ids().zip(self.nodes()) {
            match node.op {
                Op::Reshape(_) => root[id.index()] = root[node.operands[0].index()],
                _ => node.operands.iter().for_each(|operand| last[root[operand.index()].index()] = Some(id)),
            }
        }
        let is_held = |id: &Id| {
            let made = self.node(*id).is_some_and(|node| !matches!(node.op, Op::Constant(_) | Op::Reshape(_)));
            made && last[id.index()].is_some()
        };
        let elements = |id: Id| self.shape(id).elements();
        let (mut alive, mut most) = (0usize, 0);
        for (id, node) in self.node_ids().zip(self.nodes()) {
            alive = alive.saturating_add(if is_held(&id) { elements(id) } else { 0 });
            most = most.max(alive);
            let mut read: Vec<Id> = mapped(&node.operands, |operand| root[operand.index()]);
            read.sort_unstable();
            read.dedup();
            let dead = read.into_iter().filter(|operand| is_held(operand) && last[operand.index()] == Some(id));
            alive = dead.fold(alive, |alive, operand| alive.saturating_sub(elements(operand)));
        }
        most
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |name: &str, nodes: usize, flops: u64| {
            [name.to_owned(), table::thousands(nodes as u64), table::thousands(flops)]
        };
        let mut rows = vec![["operation", "nodes", "FLOPs"].map(str::to_owned)];
        rows.extend(self.operations.iter().map(|operation| row(operation.name, operation.nodes, operation.flops)));
        rows.push(row("total", self.nodes, self.flops));
        let mut lines = table::lines([false, true, true], &rows);
        let [leaves, elements, alive] =
            [self.leaves, self.elements, self.alive].map(|count| table::thousands(count as u64));
        lines.push(format!("{leaves} leaves, {elements} elements in all values, {alive} alive at once"));
        f.write_str(&lines.join("\n"))
    }
}

/// The product of counts, or the largest number if it is larger.
pub(super) fn multiply(factors: &[usize]) -> u64 {
    if factors.contains(&0) {
        return 0;
    }
    factors.iter().fold(1, |product: u64, &factor| product.saturating_mul(factor as u64))
}
