//! Drafts of the builder's operations that move, repeat, cut and pick elements.

use session::ir::DynShape;

use crate::Source;
use crate::call::{Call, list, size};
use crate::draft::{shape, then};

/// A random use of one of them.
pub(crate) fn draft(name: &str, source: &mut Source) -> Option<Call> {
    movement(name, source).or_else(|| resized(name, source)).or_else(|| index(name, source))
}

/// Operations that keep the number of elements.
fn movement(name: &str, source: &mut Source) -> Option<Call> {
    let (any, x) = (source.shape(0, 7), source.shape(1, 7));
    let axis = source.below(x.len());
    let cube = shape(source.sizes(3));
    let [a, b, c] = [cube[0], cube[1], cube[2]];
    let joined = |axis: usize| shape(x[..axis].iter().copied().chain([x[axis..].iter().product()]));
    Some(match name {
        "reshape" => {
            let order = source.permutation(any.len());
            let to = if source.flag() { shape([any.elements()]) } else { shape(order.iter().map(|&axis| any[axis])) };
            Call::new(&[any], to).with("to", list(&to))
        }
        "flatten" => Call::new(&[any], shape([any.elements()])),
        "flatten_from" => Call::new(&[x], joined(axis)).with("axis", size(axis)),
        "unflatten" => Call::new(&[joined(axis)], x).with("axis", size(axis)).with("dims", list(&x[axis..])),
        "squeeze" => Call::new(&[x.with(axis, 1)], x.without(|other| other == axis)).with("axis", size(axis)),
        "unsqueeze" => Call::new(&[x.without(|other| other == axis)], x.with(axis, 1)).with("axis", size(axis)),
        "transpose" => Call::new(&[shape([a, b])], shape([b, a])),
        "move_first_to_last" => Call::new(&[cube], shape([b, c, a])),
        "move_last_to_first" => Call::new(&[cube], shape([c, a, b])),
        "swap_last_two" => Call::new(&[cube], shape([a, c, b])),
        "swap_adjacent" => {
            let x = source.shape(2, 8);
            let depth = source.below(x.len() - 1);
            let swapped = x.with(depth, x[depth + 1]).with(depth + 1, x[depth]);
            Call::new(&[x], swapped).with("depth", size(depth))
        }
        "permute" => {
            let axes = source.permutation(any.len());
            Call::new(&[any], shape(axes.iter().map(|&axis| any[axis]))).with("axes", list(&axes))
        }
        _ => return None,
    })
}

/// Operations that repeat, join and cut.
fn resized(name: &str, source: &mut Source) -> Option<Call> {
    let (any, x) = (source.shape(0, 5), source.shape(1, 8));
    let axis = source.below(x.len());
    let added = source.below(4);
    let added = source.sizes(added);
    let leading = || shape(added.iter().chain(any.iter()).copied());
    let more = source.size();
    let joined = |axis: usize| Call::new(&[x, x.with(axis, more)], x.with(axis, x[axis] + more));
    let mut cut = |axis: usize| {
        let start = source.between(0, x[axis]);
        let end = source.between(start, x[axis]);
        Call::new(&[x], x.with(axis, end - start)).with("start", size(start)).with("end", size(end))
    };
    Some(match name {
        "broadcast" => {
            let from = shape(any.iter().map(|&size| if source.flag() { 1 } else { size }));
            Call::new(&[from], leading()).with("to", list(&leading()))
        }
        "expand_leading" => Call::new(&[any], leading()).with("to", list(&leading())),
        "expand_trailing" => {
            let to = shape(any.iter().chain(&added).copied());
            Call::new(&[any], to).with("to", list(&to))
        }
        "concat" => joined(0),
        "concat_axis" => joined(axis).with("axis", size(axis)),
        "slice" => cut(0),
        "slice_axis" => cut(axis).with("axis", size(axis)),
        "pad" => {
            let (before, after) = (source.below(3), source.below(3));
            Call::new(&[x], x.with(axis, x[axis] + before + after))
                .with("axis", size(axis))
                .with("before", size(before))
                .with("after", size(after))
        }
        "stack" => {
            let (count, part) = (source.between(1, 5), source.shape(0, 7));
            Call::new(&vec![part; count], shape([count].into_iter().chain(part.iter().copied())))
        }
        _ => return None,
    })
}

fn index(name: &str, source: &mut Source) -> Option<Call> {
    let (x, positions) = (source.shape(1, 8), source.shape(0, 7));
    let x = x.with(0, x[0].max(1));
    let [rows, columns, count] = [source.size().max(1), source.size(), source.size()];
    let (vector, matrix) = (shape([rows]), shape([rows, columns]));
    // Out of range where nothing is checked but the shapes.
    let total = source.below(rows + 1);
    let totals: Vec<usize> = (0..count).map(|_| source.below(rows + 1)).collect();
    let index = source.below(rows);
    let columns = shape([columns]);
    Some(match name {
        "at" => Call::new(&[x], x.without(|axis| axis == 0)).with("index", size(source.below(x[0]))),
        "gather_scalar" => Call::new(&[vector], DynShape::SCALAR).with("index", size(index)),
        "gather_row" => Call::new(&[matrix], columns).with("index", size(index)),
        "gather_scalar_nat" => Call::new(&[vector], DynShape::SCALAR).with("index", size(total)),
        "gather_vec_nat" => Call::new(&[vector], shape([count])).with("indices", list(&totals)),
        "gather_rows_nat" => Call::new(&[matrix], shape([count, columns[0]])).with("indices", list(&totals)),
        "gather_scalar_ref" => Call::new(&[vector], DynShape::SCALAR).indexed(DynShape::SCALAR, rows),
        "gather_row_ref" => Call::new(&[matrix], columns).indexed(DynShape::SCALAR, rows),
        "gather_vec_ref" => Call::new(&[vector], positions).indexed(positions, rows),
        "gather_rows_ref" | "embedding" => Call::new(&[matrix], then(positions, columns[0])).indexed(positions, rows),
        "scatter_add" => {
            let index = source.below(x[0]);
            Call::new(&[x, x.without(|axis| axis == 0)], x).with("index", size(index))
        }
        "scatter_add_vec" => Call::new(&[vector, DynShape::SCALAR], vector).with("index", size(index)),
        "scatter_add_row" => Call::new(&[matrix, columns], matrix).with("index", size(index)),
        _ => return None,
    })
}
