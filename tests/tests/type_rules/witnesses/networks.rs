//! The rules of axes that come and go, of grouped convolution, normalisation and masks.

use super::*;

rules! {
    Squeezed<X, K> K: Squeeze<X>;
    Unsqueezed<X, K> K: Unsqueeze<X>;
    Leading<X, K> K: LeadingAxes<X>;
    Padded<X, K, P> P: Pad<X, K>;
    Stacked<X, N> N: Stack<X>;
    Added<X, V, I> I: ScatterAdd<X, V> = X;
    Layer<X, G, B> B: LayerNorm<X, G> = X;
    RootMeanSquare<X, G> G: RmsNorm<X> = X;
    Batch<X, G, B> B: BatchNorm<X, G> = X;
    Statistics<X, G, M> M: BatchStatistics<X, M, G, M> = X;
    Grouped<X, C, G, B> B: GroupNorm<X, G, C> = X;
    Convolved<W, B, X, S, P, D, G> G: ConvGrouped<W, B, X, S, P, D>;
    Masked<X, N> X: AttentionMask<N> = X;
    Present<X, P> P: KeyPaddingMask<X> = X;
}

// What the rules say of lists of numbers, where no operation of a graph says it.

fn squeeze(x: &[usize], axis: usize) -> Option<Vec<usize>> {
    (x.get(axis) == Some(&1)).then(|| [&x[..axis], &x[axis + 1..]].concat())
}

fn unsqueeze(x: &[usize], axis: usize) -> Option<Vec<usize>> {
    (axis <= x.len() && x.len() < 8).then(|| [&x[..axis], &[1], &x[axis..]].concat())
}

/// The mean from an axis on: over no axis of the operand where it has no such axis.
fn mean_from(x: &[usize], axis: usize) -> op::Mean {
    let removed: Vec<usize> = (axis..x.len().max(axis + 1)).collect();
    op::Mean { axes: PerAxis::new(&removed) }
}

fn stack(x: &[usize], count: usize) -> Option<Vec<usize>> {
    (count > 0 && x.len() < 8).then(|| [&[count], x].concat())
}

fn scatter_add<'x>(x: &'x [usize], v: &[usize], index: usize) -> Option<&'x [usize]> {
    (x.first().is_some_and(|&size| index < size) && *v == x[1..]).then_some(x)
}

/// Each parameter has one axis, this axis of the operand.
fn parameters<'x>(x: &'x [usize], axis: Option<usize>, parameters: &[&[usize]]) -> Option<&'x [usize]> {
    axis.is_some_and(|axis| parameters.iter().all(|&parameter| *parameter == [x[axis]])).then_some(x)
}

fn last(x: &[usize]) -> Option<usize> {
    x.len().checked_sub(1)
}

fn channel(x: &[usize]) -> Option<usize> {
    x.len().checked_sub(3).filter(|&axis| axis < 2)
}

fn groups(x: &[usize], groups: usize) -> Option<usize> {
    (x.len() <= 5 && groups > 0 && x.get(1)?.is_multiple_of(groups)).then_some(1)
}

fn convolution(stride: &[usize], padding: &[usize], dilation: &[usize], groups: usize) -> op::Conv {
    let [stride, padding, dilation] = [stride, padding, dilation].map(PerAxis::new);
    op::Conv { stride, padding, dilation, groups }
}

fn mask(x: &[usize], positions: usize) -> Option<&[usize]> {
    matches!(*x, [n, _] | [_, n, _] if n == positions).then_some(x)
}

fn padding_mask(x: &[usize], samples: usize, positions: usize) -> Option<&[usize]> {
    matches!(*x, [b, n, _] if b == samples && n == positions).then_some(x)
}

#[test]
fn axes() {
    macro_rules! rule {
        ($count:ident $x:tt $k:tt) => {{
            let x: &[usize] = &$x;
            let call = (x, $k);
            $count.says(<Rule<Squeezed, (shape! $x, Axis<$k>)>>::RESULT, squeeze(x, $k).as_deref(), &call);
            $count.says(<Rule<Unsqueezed, (shape! $x, Axis<$k>)>>::RESULT, unsqueeze(x, $k).as_deref(), &call);
            $count.same(<Rule<Leading, (shape! $x, Axis<$k>)>>::RESULT, mean_from(x, $k), &[x], &[]);
        }};
    }
    grid! { rule
        [[] [1] [2] [1, 5000] [2, 1, 0] [1, 2, 1, 2, 1, 2, 1] [1, 2, 1, 2, 1, 2, 1, 1]]
        [0 1 2 3 6 7]
    }
}

#[test]
fn pads() {
    macro_rules! rule {
        ($count:ident $x:tt $k:tt $before:tt $after:tt) => {{
            let by_type = <Rule<Padded, (shape! $x, Axis<$k>, shape![$before, $after])>>::RESULT;
            $count.same(by_type, op::Pad { axis: $k, before: $before, after: $after }, &[&$x], &[]);
        }};
    }
    grid! { rule [[] [0] [4096] [2, 5000] [1, 2, 1, 2, 1, 2, 1, 3]] [0 1 7] [0 1 4096] [0 2 5000] }
}

#[test]
fn stacks() {
    macro_rules! rule {
        ($count:ident $x:tt $n:tt) => {{
            let x: &[usize] = &$x;
            let by_type = <Rule<Stacked, (shape! $x, Dim<$n>)>>::RESULT;
            $count.says(by_type, stack(x, $n).as_deref(), &(x, $n));
        }};
    }
    grid! { rule [[] [0] [2, 5000] [1, 2, 1, 2, 1, 2, 1] [1, 2, 1, 2, 1, 2, 1, 1]] [0 1 2 4096] }
}

#[test]
fn scatters() {
    macro_rules! rule {
        ($count:ident $x:tt $v:tt $i:tt) => {{
            let call @ (x, v, _): (&[usize], &[usize], _) = (&$x, &$v, $i);
            let by_rule = scatter_add(x, v, $i);
            $count.says(<Rule<Added, (shape! $x, shape! $v, Index<$i>)>>::RESULT, by_rule, &call);
            $count.says(<Rule<Added, (shape! $x, shape! $v, shape![$i])>>::RESULT, by_rule, &call);
        }};
    }
    grid! { rule
        [[] [0] [3] [3, 4] [4, 3] [5000, 2, 3] [2, 1, 1, 2, 1, 1, 2, 3]]
        [[] [3] [4] [2, 3] [1, 1, 2, 1, 1, 2, 3]]
        [0 2 3 4096]
    }
}

#[test]
fn normalisation() {
    macro_rules! rule {
        ($count:ident $x:tt $g:tt $b:tt) => {{
            let call @ (x, g, b): (&[usize], &[usize], &[usize]) = (&$x, &$g, &$b);
            let by_rule = parameters(x, last(x), &[g, b]);
            $count.says(<Rule<Layer, (shape! $x, shape! $g, shape! $b)>>::RESULT, by_rule, &call);
            $count.says(<Rule<RootMeanSquare, (shape! $x, shape! $g)>>::RESULT, parameters(x, last(x), &[g]), &call);
            let by_rule = parameters(x, channel(x), &[g, b]);
            $count.says(<Rule<Batch, (shape! $x, shape! $g, shape! $b)>>::RESULT, by_rule, &call);
            $count.says(<Rule<Statistics, (shape! $x, shape! $g, shape! $b)>>::RESULT, by_rule, &call);
        }};
    }
    grid! { rule
        [[] [4] [3, 4] [4, 3, 5] [3, 4, 5, 4] [5000, 2, 0] [3, 3, 4, 5, 4] [1, 2, 1, 2, 1, 2, 1, 4]]
        [[] [4] [5000] [3, 4]]
        [[] [4] [3] [5000]]
    }
}

#[test]
fn group_norm() {
    macro_rules! rule {
        ($count:ident $x:tt $g:tt $b:tt $groups:tt) => {{
            let call @ (x, g, b, _): (&[usize], &[usize], &[usize], _) = (&$x, &$g, &$b, $groups);
            let by_type = <Rule<Grouped, (shape! $x, Groups<$groups>, shape! $g, shape! $b)>>::RESULT;
            $count.says(by_type, parameters(x, groups(x, $groups), &[g, b]), &call);
        }};
    }
    grid! { rule
        [[] [6] [2, 6] [6, 2, 5] [2, 0, 6] [5, 6, 1, 0] [5, 6, 1, 2, 6] [5, 6, 1, 1, 1, 1]]
        [[] [6] [0]]
        [[6] [0] [2] [6, 1]]
        [0 1 2 3 4 6]
    }
}

#[test]
fn dilated_windows() {
    macro_rules! rule {
        ($count:ident $x:tt $k:tt $s:tt $p:tt $d:tt) => {{
            let by_type = <Rule<
                Convolved,
                (shape![4, 1, $k], shape![4], shape![2, $x], shape![$s], shape![$p], shape![$d], Groups<2>),
            >>::RESULT;
            $count.same(by_type, convolution(&[$s], &[$p], &[$d], 2), &[&[4, 1, $k], &[4], &[2, $x]], &[]);
        }};
    }
    grid! { rule [0 1 3 8 5000] [0 1 2 3] [0 1 3] [0 2] [0 1 2 7] }
}

#[test]
fn groups_of_channels() {
    macro_rules! rule {
        ($count:ident $w:tt $b:tt $x:tt $s:tt $groups:tt) => {{
            let by_type = <Rule<
                Convolved,
                (shape! $w, shape! $b, shape! $x, shape! $s, shape! $s, shape! $s, Groups<$groups>),
            >>::RESULT;
            $count.same(by_type, convolution(&$s, &$s, &$s, $groups), &[&$w, &$b, &$x], &[]);
        }};
    }
    grid! { rule
        [[4, 2, 2] [4, 1, 2] [3, 2, 2] [4, 2, 2, 1] [4, 2, 1, 2, 1]]
        [[4] [3]]
        [[4, 5] [2, 4, 5] [4, 5, 5] [4, 5, 5, 5] [1, 4, 5, 5, 5]]
        [[1] [1, 1] [1, 1, 1]]
        [0 1 2 4]
    }
}

#[test]
fn masks() {
    macro_rules! rule {
        ($count:ident $x:tt $b:tt $n:tt) => {{
            let x: &[usize] = &$x;
            let call = (x, $b, $n);
            $count.says(<Rule<Masked, (shape! $x, Dim<$n>)>>::RESULT, mask(x, $n), &call);
            $count.says(<Rule<Present, (shape! $x, shape![$b, $n])>>::RESULT, padding_mask(x, $b, $n), &call);
        }};
    }
    grid! { rule [[] [4] [4, 8] [2, 4, 8] [4, 2, 8] [4, 4, 4, 8]] [2 4] [2 4 8] }
}
