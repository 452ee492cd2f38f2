//! A model as a table.

use std::fmt;

use crate::ir::{DynShape, Graph};
use crate::mapped::mapped;
use crate::ops::Stats;
use crate::table;
use crate::{DynParam, Float};

/// A model as a table to print: [`Model::summary`](super::Model::summary).
///
/// ```
/// use session::prelude::*;
///
/// let blocks = [(); 2].map(|()| Param::new(Tensor::<f32, shape![50, 60]>::zeros()));
/// blocks[0].set_requires_grad(false);
/// assert_eq!(
///     blocks.summary().to_string(),
///     "parameter  shape     count\n\
///      0          [50, 60]  3,000  (frozen)\n\
///      1          [50, 60]  3,000\n\
///      total                6,000  (3,000 frozen)"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    rows: Vec<Row>,
    methods: Vec<Method>,
}

/// A parameter in a [`Summary`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The dotted name.
    pub name: String,
    /// The shape.
    pub shape: DynShape,
    /// The number of its elements.
    pub count: usize,
    /// Whether it is excluded from gradients and updates.
    pub frozen: bool,
}

/// A method in a [`Summary`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// What its graph costs with all free sizes 1.
    pub stats: Stats,
}

impl Summary {
    #[inline(never)]
    pub(super) fn new<T: Float>(parameters: &[(String, DynParam<T>)], methods: Vec<(&'static str, Graph)>) -> Self {
        let row = |(name, parameter): &(String, DynParam<T>)| {
            let shape = parameter.shape();
            let frozen = !parameter.cell().requires_grad(true);
            Row { name: name.clone(), shape, count: shape.elements(), frozen }
        };
        let method = |(name, graph): (&'static str, Graph)| Method { name, stats: graph.stats() };
        Self { rows: mapped(parameters, row), methods: methods.into_iter().map(method).collect() }
    }

    /// The parameters, each once, in the order of the fields.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many numbers the parameters are, frozen ones included.
    pub fn total(&self) -> usize {
        self.rows.iter().map(|row| row.count).sum()
    }

    /// How many of these are frozen.
    pub fn frozen(&self) -> usize {
        self.rows.iter().filter(|row| row.frozen).map(|row| row.count).sum()
    }

    /// The methods with what they cost.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: usize| table::thousands(count as u64);
        let mut rows = vec![["parameter", "shape", "count", ""].map(str::to_owned)];
        for row in &self.rows {
            let frozen = if row.frozen { "(frozen)" } else { "" };
            rows.push([row.name.clone(), row.shape.to_string(), count(row.count), frozen.to_owned()]);
        }
        let frozen = self.frozen();
        let frozen = if frozen == 0 { String::new() } else { format!("({} frozen)", count(frozen)) };
        rows.push(["total".to_owned(), String::new(), count(self.total()), frozen]);
        let mut lines = table::lines([false, false, true, false], &rows);
        let cost = |flops| format!("{} a sample (all free sizes 1)", table::flops(flops));
        lines.extend(self.methods.iter().map(|Method { name, stats }| format!("{name}: {}", cost(stats.flops))));
        f.write_str(&lines.join("\n"))
    }
}
