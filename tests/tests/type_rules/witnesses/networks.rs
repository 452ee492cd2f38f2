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

/// The mean from an axis on: over no axis of the operand where it has no such axis.
fn mean_from(x: &[usize], axis: usize) -> op::Mean {
    let removed: Vec<usize> = (axis..x.len().max(axis + 1)).collect();
    op::Mean { axes: PerAxis::new(&removed) }
}

fn convolution(stride: &[usize], padding: &[usize], dilation: &[usize], groups: usize) -> op::Conv {
    let [stride, padding, dilation] = [stride, padding, dilation].map(PerSpatialAxis::new);
    op::Conv { stride, padding, dilation, groups }
}

#[test]
fn axes() {
    macro_rules! rule {
        ($count:ident $x:tt $k:tt) => {{
            let x: &[usize] = &$x;
            let by_type = <Rule<Squeezed, (shape! $x, Axis<$k>)>>::RESULT;
            $count.built(by_type, concat!("squeeze ", $k), &[x], &[], |g, x, _| g.squeeze(x[0], $k));
            let by_type = <Rule<Unsqueezed, (shape! $x, Axis<$k>)>>::RESULT;
            $count.built(by_type, concat!("unsqueeze ", $k), &[x], &[], |g, x, _| g.unsqueeze(x[0], $k));
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
            let by_type = <Rule<Stacked, (shape! $x, Dim<$n>)>>::RESULT;
            $count.built(by_type, concat!("stack ", $n), &[&$x], &[], |g, x, _| g.stack(&vec![x[0]; $n]));
        }};
    }
    grid! { rule [[] [0] [2, 5000] [1, 2, 1, 2, 1, 2, 1] [1, 2, 1, 2, 1, 2, 1, 1]] [0 1 2 4096] }
}

#[test]
fn scatters() {
    macro_rules! rule {
        ($count:ident $x:tt $v:tt $i:tt) => {{
            let by_type = <Rule<Added, (shape! $x, shape! $v, Index<$i>)>>::RESULT;
            $count.same(by_type, op::ScatterAdd { index: $i }, &[&$x, &$v], &[]);
            let by_type = <Rule<Added, (shape! $x, shape! $v, shape![$i])>>::RESULT;
            $count.same(by_type, op::ScatterAdd { index: $i }, &[&$x, &$v], &[]);
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
            let operands: [&[usize]; 3] = [&$x, &$g, &$b];
            let by_type = <Rule<Layer, (shape! $x, shape! $g, shape! $b)>>::RESULT;
            $count.built(by_type, "layer_norm", &operands, &[], |n, x, _| n.layer_norm(x[0], x[1], x[2], 1e-6));
            let by_type = <Rule<RootMeanSquare, (shape! $x, shape! $g)>>::RESULT;
            $count.built(by_type, "rms_norm", &operands[..2], &[], |n, x, _| n.rms_norm(x[0], x[1], 1e-6));
            let by_type = <Rule<Batch, (shape! $x, shape! $g, shape! $b)>>::RESULT;
            $count.built(by_type, "batch_norm", &operands, &[], |n, x, _| n.batch_norm(x[0], x[1], x[2], 1e-6));
            let by_type = <Rule<Statistics, (shape! $x, shape! $g, shape! $b)>>::RESULT;
            $count.built(by_type, "batch_norm_eval", &operands, &[], |n, x, _| {
                n.batch_norm_eval(x[0], x[2], x[1], x[2], x[2], 1e-6)
            });
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
            let by_type = <Rule<Grouped, (shape! $x, Groups<$groups>, shape! $g, shape! $b)>>::RESULT;
            $count.built(by_type, concat!("group_norm ", $groups), &[&$x, &$g, &$b], &[], |n, x, _| {
                n.group_norm(x[0], x[1], x[2], $groups, 1e-6)
            });
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
            // The rest of an attention fits: only the mask is compared.
            let operands: [&[usize]; 2] = [&$x, &[8, 8]];
            let by_type = <Rule<Masked, (shape! $x, Dim<$n>)>>::RESULT;
            $count.built(by_type, "shared mask", &operands, &[$n, $n], |g, x, mask| {
                g.multi_head_attention(x[1], x[1], x[1], x[1], x[0], 2, false, Some(mask), None)
            });
            let by_type = <Rule<Present, (shape! $x, shape![$b, $n])>>::RESULT;
            $count.built(by_type, "mask per sample", &operands, &[$b, $n], |g, x, mask| {
                g.multi_head_attention(x[1], x[1], x[1], x[1], x[0], 2, true, None, Some(mask))
            });
        }};
    }
    grid! { rule [[] [4] [4, 8] [2, 4, 8] [4, 2, 8] [4, 4, 4, 8]] [2 4] [2 4 8] }
}
