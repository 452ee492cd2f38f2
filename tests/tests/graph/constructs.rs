//! Each construct of the grammar beside the calls it stands for.

use session::ir::Graph;
use session::prelude::*;

/// A recording with three inputs: x [4, 3], w [3, 3], b [3].
struct Recording {
    s: Session,
    x: TensorRef<shape![4, 3]>,
    w: TensorRef<shape![3, 3]>,
    b: TensorRef<shape![3]>,
}

fn recording() -> Recording {
    let s = Session::<f32>::new(Options::default().threads(1));
    let x = s.input(Tensor::<f32, shape![4, 3]>::ones()).unwrap();
    let w = s.input(Tensor::<f32, shape![3, 3]>::ones()).unwrap();
    let b = s.input(Tensor::<f32, shape![3]>::ones()).unwrap();
    Recording { s, x, w, b }
}

/// The graph that `record` writes.
fn graph_of<R>(record: impl FnOnce(&Session, &Recording) -> R) -> Graph {
    let recording = recording();
    record(&recording.s, &recording);
    let graph = recording.s.graph();
    // The text says all that a graph is.
    assert_eq!(graph.to_string().parse::<Graph>().unwrap(), graph);
    graph
}

/// Both record the same graph, and not an empty one.
macro_rules! same {
    ($($name:ident: |$x:ident, $w:ident, $b:ident| $graph:expr, |$s:ident| $hand:expr;)*) => {$(
        #[test]
        fn $name() {
            let written = graph_of(|$s, &Recording { x: $x, w: $w, b: $b, .. }| {
                let _ = ($x, $w, $b);
                $graph
            });
            let by_hand = graph_of(|$s, &Recording { x: $x, w: $w, b: $b, .. }| {
                let _ = ($x, $w, $b);
                $hand
            });
            assert_eq!(written, by_hand);
            assert_eq!(written.to_string(), by_hand.to_string());
            assert!(!written.nodes().is_empty());
        }
    )*};
}

const FACTOR: f64 = 0.5;
const COUNT: usize = 3;

same! {
    operators: |x, w, b| graph!(s => x @ w + b * 2 - x / 4.0),
        |s| s.broadcast_sub(
            s.broadcast_add(s.matmul(x, w), s.scale(b, 2.0)),
            s.div_scalar(x, 4.0),
        );
    products_bind_stronger_than_sums: |x, w, b| graph!(s => b + x @ w * x),
        |s| s.broadcast_add(b, s.broadcast_mul(s.matmul(x, w), x));
    operators_group_to_the_left: |x, w, b| graph!(s => x - b - b / b / b),
        |s| s.broadcast_sub(
            s.broadcast_sub(x, b),
            s.broadcast_div(s.broadcast_div(b, b), b),
        );
    parentheses: |x, w, b| graph!(s => (x - (b - b)) @ (w + w)),
        |s| {
            let left = s.broadcast_sub(x, s.broadcast_sub(b, b));
            s.matmul(left, s.broadcast_add(w, w))
        };
    numbers_on_the_left: |x, w, b| graph!(s => (1.0 - x) * (2 * x) + 3 / x + (1 + x)),
        |s| {
            let product = s.broadcast_mul(s.scalar_sub(1.0, x), s.scale(x, 2.0));
            let sum = s.broadcast_add(product, s.scalar_div(3.0, x));
            s.broadcast_add(sum, s.add_scalar(x, 1.0))
        };
    numbers_on_the_right: |x, w, b| graph!(s => (x - 1) * 2.5 / 3 + 4),
        |s| s.add_scalar(s.div_scalar(s.scale(s.add_scalar(x, -1.0), 2.5), 3.0), 4.0);
    numbers_are_computed_by_rust: |x, w, b| graph!(s => x * (2 * FACTOR + 1 - -3) + COUNT as f64),
        |s| s.add_scalar(s.scale(x, 2.0 * FACTOR + 1.0 - -3.0), COUNT as f64);
    methods_of_numbers: |x, w, b| graph!(s => x / (COUNT as f64).sqrt()),
        |s| s.div_scalar(x, (COUNT as f64).sqrt());
    functions_of_numbers: |x, w, b| graph!(s => x * f64::from(2_u8) + std::f64::consts::PI),
        |s| s.add_scalar(s.scale(x, f64::from(2_u8)), std::f64::consts::PI);
    negation: |x, w, b| graph!(s => -x * -2 - -b),
        |s| s.broadcast_sub(s.scale(s.neg(x), -2.0), s.neg(b));
    functions_and_methods_alike: |x, w, b| graph!(s => relu(x).matmul(w).softmax()),
        |s| s.softmax(s.matmul(s.relu(x), w));
    slices: |x, w, b| graph!(s => x[1..4] + x[..3]),
        |s| s.broadcast_add(s.slice(x, Slice::<1, 4>), s.slice(x, Slice::<0, 3>));
    positions: |x, w, b| graph!(s => x[3] + x[COUNT] + x[{ COUNT - 1 }]),
        |s| s.broadcast_add(
            s.broadcast_add(s.at(x, Index::<3>), s.at(x, Index::<COUNT>)),
            s.at(x, Index::<2>),
        );
    keywords_become_static_numbers: |x, w, b| graph!(s => concat(x, x, axis = 1).sum(axis = 0)),
        |s| s.sum_axis(s.concat_axis(x, x, Axis::<1>), Axis::<0>);
    constants_as_static_numbers: |x, w, b| graph!(s => sum(unsqueeze(x, axis = 2), axis = { COUNT - 1 })),
        |s| s.sum_axis(s.unsqueeze(x, Axis::<2>), Axis::<2>);
    shapes_in_brackets: |x, w, b| graph!(s => permute(reshape(x, [2, 6]), [1, 0])),
        |s| s.permute(s.reshape(x, dims![2, 6]), dims![1, 0]);
    a_range_as_a_keyword: |x, w, b| graph!(s => slice(x, axis = 1, range = 0..2)),
        |s| s.slice_axis(x, Axis::<1>, Slice::<0, 2>);
    values_in_brackets: |x, w, b| graph!(s => stack([x, x * 2, x])),
        |s| s.stack([x, s.scale(x, 2.0), x]);
    broadcast_is_inferred: |x, w, b| graph!(s => add(x, broadcast(b))),
        |s| s.add(x, s.broadcast(b));
    broadcast_is_said: |x, w, b| graph!(s => broadcast(b, [5, 3])),
        |s| s.broadcast_to(b, dims![5, 3]);
    a_block: |x, w, b| graph!(s => { let h = x @ w; h + b }),
        |s| s.broadcast_add(s.matmul(x, w), b);
    statements_without_braces: |x, w, b| graph!(s => let h = x @ w; let h = h + b; relu(h)),
        |s| s.relu(s.broadcast_add(s.matmul(x, w), b));
    annotations: |x, w, b| graph!(s => let h: [4, 3] = broadcast(b); let k: f64 = 2.0 * FACTOR; h * k),
        |s| s.scale(s.broadcast_to(b, dims![4, 3]), 2.0 * FACTOR);
    tuples: |x, w, b| graph!(s => let (y, z) = (x @ w, b * 2); y - z),
        |s| s.broadcast_sub(s.matmul(x, w), s.scale(b, 2.0));
    loops: |x, w, b| graph!(s => let mut h = x; for i in 0..COUNT { h = tanh(h @ w) * (1 + i as f64); } h),
        |s| {
            let mut h = x;
            for i in 0..COUNT {
                h = s.scale(s.tanh(s.matmul(h, w)), 1.0 + i as f64);
            }
            h
        };
    choices: |x, w, b| graph!(s => if COUNT > 2 { x @ w } else if COUNT > 1 { x + b } else { x }),
        |s| s.matmul(x, w);
    choices_as_statements: |x, w, b| graph!(s =>
            let mut h = x;
            if COUNT > 2 { h = h @ w; }
            if COUNT > 3 { h = relu(h); } else { h = h + b; }
            h
        ),
        |s| s.broadcast_add(s.matmul(x, w), b);
    numbers_by_keyword: |x, w, b| graph!(s => clamp(leaky_relu(x, slope = 0.1), lo = -1, hi = 1)),
        |s| s.clamp(s.leaky_relu(x, 0.1), -1.0, 1.0);
    numbers_from_around: |x, w, b| { let rate = 0.25; graph!(s => let r: f64 = rate; scale(x, rate) * r) },
        |s| s.scale(s.scale(x, 0.25), 0.25);
    a_session_behind_a_path: |x, w, b| { let here = (s, 0); graph!(here.0 => relu(x)) },
        |s| s.relu(x);
    a_named_session_needs_no_reference: |x, w, b| { let own: &&Session = &s; graph!(own => relu(x)) },
        |s| s.relu(x);
    the_name_of_the_session_is_free: |x, w, b| { let session = x; graph!(s => let rng = w; session @ rng) },
        |s| s.matmul(x, w);
}

mod layers {
    use session::prelude::*;

    graph! {
        /// One layer.
        pub fn dense<B, I, O>(x: [B, I], w: [I, O], b: [O]) -> [B, O] {
            tanh(x @ w + b)
        }

        /// Two, and a number of Rust.
        pub fn twice<B, N>(x: [B, N], w: [N, N], b: [N], factor: f64) -> [B, N] {
            dense(dense(x, w, b), w, b) * factor
        }

        /// The name of an operation, for another thing.
        pub fn square<B>(x: [B, 3]) -> [B, 3] {
            x * x * x
        }

        /// Uses the one above.
        pub fn sixth<B>(x: [B, 3]) -> [B, 3] {
            x.square().square()
        }
    }

    /// A function by hand.
    pub fn shifted<S: Shape>(s: &Session<impl Float>, x: TensorRef<S>, by: f64) -> TensorRef<S> {
        s.add_scalar(x, by)
    }
}

use layers::shifted;

same! {
    other_graph_functions: |x, w, b| graph!(s => layers::twice(x, w, b, 0.5)),
        |s| {
            let layer = |x| s.tanh(s.broadcast_add(s.matmul(x, w), b));
            s.scale(layer(layer(x)), 0.5)
        };
    functions_by_hand: |x, w, b| graph!(s => shifted(x, 2.0).shifted(-FACTOR) @ w),
        |s| s.matmul(s.add_scalar(s.add_scalar(x, 2.0), -0.5), w);
    a_function_hides_an_operation: |x, w, b| layers::sixth(s, x),
        |s| {
            let cube = |x| s.mul(s.mul(x, x), x);
            cube(cube(x))
        };
}

graph! {
    /// Several results.
    fn halves<const N: usize>(x: [{ N }, 4]) -> ([N, 2], [N, 2]) where Dim<N>: Dimension {
        (slice(x, axis = 1, range = 0..2), slice(x, axis = 1, range = 2..4))
    }

    fn picked<B, V>(table: [V, 3], ids: nat[B], key: nat[]) -> [B, 3] {
        dropout_keyed(embedding(table, ids), 0.5, key)
    }

    fn chosen<B>(x: [B, 3], deep: bool, rounds: usize) -> [B, 3] {
        let mut h = x;
        for _ in 0..rounds {
            h = if deep { tanh(relu(h)) } else { relu(h) };
        }
        h
    }

    fn many<B>(x: [B, 3], weights: [TensorRef<shape![3, 3]>; 2], rates: [f64; 2]) -> [B, 3] {
        let mut h = x;
        for i in 0..2 {
            h = h @ weights[i] * rates[i];
        }
        for w in weights {
            h = h @ w;
        }
        h
    }
}

same! {
    a_constant_as_an_axis: |x, w, b| {
            let (a, c) = halves(s, s.reshape(x, dims![3, 4]));
            s.sub(a, c)
        },
        |s| {
            let x = s.reshape(x, dims![3, 4]);
            let left = s.slice_axis(x, Axis::<1>, Slice::<0, 2>);
            s.sub(left, s.slice_axis(x, Axis::<1>, Slice::<2, 4>))
        };
    plain_parameters_decide_at_recording: |x, w, b| s.add(chosen(s, x, true, 2), chosen(s, x, false, 1)),
        |s| {
            let deep = s.tanh(s.relu(s.tanh(s.relu(x))));
            s.add(deep, s.relu(x))
        };
    arrays_of_values_and_numbers: |x, w, b| many(s, x, [w, w], [2.0, 3.0]),
        |s| {
            let h = s.scale(s.matmul(s.scale(s.matmul(x, w), 2.0), w), 3.0);
            s.matmul(s.matmul(h, w), w)
        };
}

#[test]
fn natural_numbers() {
    let s = Session::<f64>::new(Options::default().threads(1));
    let table = s.input(Tensor::<f64, shape![7, 3]>::ones()).unwrap();
    let ids = s.input_nat_vec::<Dim<2>>(&[6, 0]).unwrap();
    let key = s.input_nat(5).unwrap();
    picked(&s, table, ids, key);
    let written = s.graph();
    s.reset_tape();
    let table = s.input(Tensor::<f64, shape![7, 3]>::ones()).unwrap();
    let ids = s.input_nat_vec::<Dim<2>>(&[6, 0]).unwrap();
    let key = s.input_nat(5).unwrap();
    s.dropout_keyed(s.embedding(table, ids), 0.5, key);
    assert_eq!(written, s.graph());
    assert_eq!(written.nodes().len(), 2);
}

/// What `macro_rules` has taken as one expression stays one.
macro_rules! fragments {
    (sum $s:ident $a:expr) => { graph!($s => $a.sum()) };
    (product $s:ident $a:expr, $b:expr) => { graph!($s => $a * $b) };
    (negated $s:ident $a:expr) => { graph!($s => -$a) };
    (first $s:ident $a:expr) => { graph!($s => $a[0]) };
    (scaled $s:ident $a:expr, $number:expr) => { graph!($s => $number * $a) };
}

same! {
    fragments_keep_together: |x, w, b| {
            let a = fragments!(sum s x + b);
            let c = fragments!(product s x + b, b - 1);
            let d = fragments!(negated s -x + b);
            let e = fragments!(first s x + b);
            let f = fragments!(scaled s x, 2);
            graph!(s => a + c + d + e + f)
        },
        |s| {
            let a = s.sum(s.broadcast_add(x, b));
            let c = s.broadcast_mul(s.broadcast_add(x, b), s.add_scalar(b, -1.0));
            let d = s.neg(s.broadcast_add(s.neg(x), b));
            let e = s.at(s.broadcast_add(x, b), Index::<0>);
            let f = s.scale(x, 2.0);
            s.broadcast_add(s.broadcast_add(s.broadcast_add(s.broadcast_add(a, c), d), e), f)
        };
    matrices_in_capitals: |x, w, b| { #[allow(non_snake_case)] let (X, W) = (x, w); graph!(s => X @ W) },
        |s| s.matmul(x, w);
    functions_among_the_parameters: |x, w, b| bent(s, x, f64::sqrt),
        |s| s.scale(x, 2.0);
    casts_are_operands: |x, w, b| graph!(s => x * -(COUNT as f64) + -COUNT_SIGNED as f64),
        |s| s.add_scalar(s.scale(x, -3.0), -3.0);
    arrays_of_values: |x, w, b| graph!(s =>
            let mut h = x;
            let both = [b, b * 2];
            for v in [b, b] { h = h + v; }
            for v in both { h = h - v; }
            h * both[1]
        ),
        |s| {
            let twice = s.scale(b, 2.0);
            let h = s.broadcast_add(s.broadcast_add(x, b), b);
            let h = s.broadcast_sub(s.broadcast_sub(h, b), twice);
            s.broadcast_mul(h, twice)
        };
    tuples_of_values: |x, w, b| {
            let (y,) = single(s, x);
            let (p, q) = swapped(s, (y, x));
            s.sub(p, q)
        },
        |s| s.sub(x, s.neg(x));
    a_parameter_may_have_the_name_of_the_function: |x, w, b| offset(s, x, b, 2.0),
        |s| s.add_scalar(s.broadcast_add(x, b), 2.0);
}

const COUNT_SIGNED: i32 = 3;

graph! {
    fn single<B>(x: [B, 3]) -> ([B, 3],) { (-x,) }

    fn swapped<B>(pair: ([B, 3], [B, 3])) -> ([B, 3], [B, 3]) {
        let (a, b): ([B, 3], [B, 3]) = pair;
        (b, a)
    }

    /// A number and a value with the names of functions.
    pub fn offset<B>(x: [B, 3], single: [3], offset: f64) -> [B, 3] { x + single + offset }

    fn bent<B>(x: [B, 3], curve: fn(f64) -> f64) -> [B, 3] { x * curve(4.0) }

    /// More than other functions have.
    fn wide<B>(
        a1: [B], a2: [B], a3: [B], a4: [B], a5: [B], a6: [B], a7: [B], a8: [B],
        a9: [B], b1: [B], b2: [B], b3: [B], b4: [B], b5: [B], b6: [B], b7: [B], n: nat[B],
    ) -> ([B], [B], [B], [B], [B], [B], [B], [B], []) {
        let all = stack([a9, b1, b2, b3, b4, b5, b6, b7]).transpose();
        (a1, a2, a3, a4, a5, a6, a7, a8, cross_entropy(all, n))
    }

    /// So many that there is no closed graph.
    fn wider<B>(
        a1: [B], a2: [B], a3: [B], a4: [B], a5: [B], a6: [B], a7: [B], a8: [B],
        a9: [B], b1: [B], b2: [B], b3: [B], b4: [B], b5: [B], b6: [B], b7: [B],
        c1: [B], c2: [B], c3: [B], c4: [B], c5: [B], c6: [B], c7: [B], c8: [B],
        c9: [B], d1: [B], d2: [B], d3: [B], d4: [B], d5: [B], d6: [B], d7: [B], d8: [B],
    ) -> [B] {
        let first = a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + b1 + b2 + b3 + b4 + b5 + b6 + b7;
        first + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + d1 + d2 + d3 + d4 + d5 + d6 + d7 + d8
    }

    /// Tensors in capitals, and a warning that is the user's own.
    #[allow(non_snake_case)]
    #[deprecated]
    pub fn capitals<N, M>(X: [N, M], W: [M, M]) -> [N, M] { X @ W }
}

#[test]
fn functions_of_many_parameters() {
    let graph = wide::graph::<Dim<2>>();
    assert_eq!((graph.leaves().len(), graph.naturals().len()), (16, 1));
    assert_eq!(capitals::graph::<Dim<2>, Dim<3>>().nodes().len(), 1);
    let s = Session::<f32>::new(Options::default().threads(1));
    let x = s.input(Tensor::<f32, shape![2]>::ones()).unwrap();
    let y =
        wider(&s, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x);
    assert_eq!(s.value(y).unwrap().to_vec(), [33.0; 2]);
}

#[test]
fn functions_may_stand_in_functions() {
    graph! {
        fn inner<B>(x: [B, 3]) -> [] { sum(x * x) }
    }
    let written = graph_of(|s, r| inner(s, r.x));
    assert_eq!(written, graph_of(|s, r| s.sum(s.mul(r.x, r.x))));
    assert_eq!(inner::graph::<Dim<4>>().nodes().len(), 2);
}
