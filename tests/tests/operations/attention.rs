//! Attention against loops over plain numbers.

use super::*;

const POSITIONS: usize = 5;
const FEATURES: usize = 6;
const WIDTH: usize = 8;

type N = Dim<POSITIONS>;
type One = (N, Dim<FEATURES>);
type Batch = (Dim<3>, N, Dim<FEATURES>);
type In = (Dim<FEATURES>, Dim<WIDTH>);
type Out = (Dim<WIDTH>, Dim<FEATURES>);

/// The weights, as leaves or as numbers.
struct Weights<I, O> {
    query: I,
    key: I,
    value: I,
    out: O,
}

fn weights() -> Weights<Tensor<f64, In>, Tensor<f64, Out>> {
    Weights { query: randn(11), key: randn(12), value: randn(13), out: randn(14) }
}

fn leaves(s: &Session<f64>) -> Weights<TensorRef<In>, TensorRef<Out>> {
    let w = weights();
    let input = |x| s.input(x).unwrap();
    Weights { query: input(w.query), key: input(w.key), value: input(w.value), out: s.input(w.out).unwrap() }
}

/// The value for samples x, by the definition.
fn by_loops(x: &[f64], heads: usize, allowed: impl Fn(usize, usize, usize) -> bool) -> Vec<f64> {
    let w = weights();
    let depth = WIDTH / heads;
    let mut result = Vec::new();
    for (sample, x) in x.chunks(POSITIONS * FEATURES).enumerate() {
        let project = |w: &Tensor<f64, In>, position: usize, column: usize| -> f64 {
            (0..FEATURES).map(|f| x[position * FEATURES + f] * w[[f, column]]).sum()
        };
        for query in 0..POSITIONS {
            let mut joined = [0.0; WIDTH];
            for head in 0..heads {
                let columns = head * depth..(head + 1) * depth;
                let keys: Vec<usize> = (0..POSITIONS).filter(|&key| allowed(sample, query, key)).collect();
                let score = |key: usize| -> f64 {
                    let product = |column| project(&w.query, query, column) * project(&w.key, key, column);
                    columns.clone().map(product).sum::<f64>() / (depth as f64).sqrt()
                };
                let exponentials: Vec<f64> = keys.iter().map(|&key| session::scalar::Scalar::exp(score(key))).collect();
                let total: f64 = exponentials.iter().sum();
                for column in columns.clone() {
                    let weighted = keys.iter().zip(&exponentials);
                    joined[column] = weighted.map(|(&key, e)| e / total * project(&w.value, key, column)).sum();
                }
            }
            result.extend(
                (0..FEATURES).map(|f| (0..WIDTH).map(|column| joined[column] * w.out[[column, f]]).sum::<f64>()),
            );
        }
    }
    result
}

fn near(query: usize, key: usize) -> bool {
    query.abs_diff(key) != 2
}

fn masks() -> [Option<Mask<N>>; 4] {
    [None, Some(Mask::causal()), Some(Mask::from_fn(near)), Some(Mask::causal().and(Mask::from_fn(near)))]
}

fn mask_allows(mask: Option<&Mask<N>>, query: usize, key: usize) -> bool {
    mask.is_none_or(|mask| mask.allows(query, key))
}

#[test]
fn masks_allow_what_they_say() {
    let [none, Some(causal), Some(explicit), Some(both)] = masks() else { panic!("one of each") };
    assert!(none.is_none());
    let two = explicit.clone().and(Mask::from_fn(|query, key| query + key != 3));
    for query in 0..POSITIONS {
        for key in 0..POSITIONS {
            assert_eq!(causal.allows(query, key), key <= query);
            assert_eq!(explicit.allows(query, key), near(query, key));
            assert_eq!(both.allows(query, key), key <= query && near(query, key));
            assert_eq!(two.allows(query, key), near(query, key) && query + key != 3);
        }
    }
}

#[test]
fn equals_loops() {
    let s = session();
    for mask in masks() {
        s.reset_tape();
        let (w, x, xs) = (leaves(&s), randn::<One>(15), randn::<Batch>(16));
        let (one, batch) = (s.input(x.clone()).unwrap(), s.input(xs.clone()).unwrap());
        macro_rules! check {
            ($($heads:literal)*) => {$({
                let heads = Heads::<$heads>;
                let allowed = |_, query, key| mask_allows(mask.as_ref(), query, key);
                let y = s.multi_head_attention(w.query, w.key, w.value, w.out, one, heads, mask.clone());
                let expected = by_loops(x.as_slice(), $heads, allowed);
                all_close(concat!($heads, " heads"), s.value(y).unwrap().as_slice(), &expected, 1e-11);
                let y = s.multi_head_attention(w.query, w.key, w.value, w.out, batch, heads, mask.clone());
                let expected = by_loops(xs.as_slice(), $heads, allowed);
                all_close(concat!("a batch with ", $heads, " heads"), s.value(y).unwrap().as_slice(), &expected, 1e-11);
            })*};
        }
        check! { 1 2 4 8 }
    }
}

/// Sample 0 has two positions, sample 1 all, sample 2 none.
fn present(sample: usize, key: usize) -> bool {
    key < [2, POSITIONS, 0][sample]
}

fn present_numbers() -> Vec<usize> {
    (0..3 * POSITIONS).map(|index| usize::from(present(index / POSITIONS, index % POSITIONS))).collect()
}

#[test]
fn padded_samples_equal_loops() {
    for mask in masks() {
        let s = session();
        let (w, xs) = (leaves(&s), randn::<Batch>(16));
        let x = s.input(xs.clone()).unwrap();
        let numbers = s.input_nats::<(Dim<3>, N)>(&present_numbers()).unwrap();
        let y = s.multi_head_attention_padded(w.query, w.key, w.value, w.out, x, Heads::<4>, mask.clone(), numbers);
        let expected = by_loops(xs.as_slice(), 4, |sample, query, key| {
            present(sample, key) && mask_allows(mask.as_ref(), query, key)
        });
        let found = s.value(y).unwrap();
        all_close("padded", found.as_slice(), &expected, 1e-11);
        let (seen, unseen) = found.as_slice().split_at(2 * POSITIONS * FEATURES);
        assert!(seen.iter().any(|&y| y != 0.0));
        assert_eq!(unseen, [0.0; POSITIONS * FEATURES], "a sample without positions");
    }
}

#[test]
fn a_query_that_sees_nothing_gives_zeros_and_no_gradient() {
    let s = session();
    let (w, x) = (leaves(&s), s.input(randn::<One>(15)).unwrap());
    let mask = Mask::<N>::from_fn(|query, _| query != 2);
    let y = s.multi_head_attention(w.query, w.key, w.value, w.out, x, Heads::<2>, Some(mask));
    let value = s.value(y).unwrap();
    for (position, row) in value.as_slice().chunks(FEATURES).enumerate() {
        assert_eq!(row.iter().all(|&y| y == 0.0), position == 2, "row {position}: {row:?}");
    }
    let seed = |position| Tensor::<f64, One>::from_fn(|[row, _]: [usize; 2]| if row == position { 1.0 } else { 0.0 });
    let grads = s.backward_dense_all(y, seed(2)).unwrap();
    assert_eq!(grads.get(x).unwrap(), Tensor::zeros());
    for w in [w.query, w.key, w.value] {
        assert_eq!(grads.get(w).unwrap(), Tensor::zeros());
    }
    assert_eq!(grads.get(w.out).unwrap(), Tensor::zeros());
    let grads = s.backward_dense_all(y, seed(1)).unwrap();
    assert_ne!(grads.get(x).unwrap(), Tensor::zeros());
    let tangent = s.jvp_leaf(y, x, Tensor::ones()).unwrap();
    assert_eq!(tangent.as_slice()[2 * FEATURES..3 * FEATURES], [0.0; FEATURES]);
}

/// What stands in the padding of one sample reaches no other sample, not even as `0 · ∞`.
#[test]
fn padding_does_not_leak_into_other_samples() {
    let run = |garbage: f64, chosen: usize, size: f64| {
        let s = session();
        let w = leaves(&s);
        let mut xs = randn::<Batch>(16);
        // Position 3 of sample 0 is not there, and nobody asks what it sees.
        xs.as_mut_slice()[3 * FEATURES..4 * FEATURES].fill(garbage);
        let x = s.input(xs).unwrap();
        let numbers = s.input_nats::<(Dim<3>, N)>(&present_numbers()).unwrap();
        let y = s.multi_head_attention_padded(w.query, w.key, w.value, w.out, x, Heads::<2>, None::<Mask<N>>, numbers);
        let seed = Tensor::<f64, Batch>::from_fn(
            |[sample, position, _]: [usize; 3]| if sample == chosen && position != 3 { size } else { 0.0 },
        );
        let grads = s.backward_dense_all(y, seed).unwrap();
        let rows = |values: Tensor<f64, Batch>| values.as_slice().chunks(FEATURES).map(<[f64]>::to_vec).collect();
        let (value, gradient): (Vec<Vec<f64>>, Vec<Vec<f64>>) =
            (rows(s.value(y).unwrap()), rows(grads.get(x).unwrap()));
        (value, gradient)
    };
    let (value, gradient) = run(0.5, 1, 1.0);
    assert!(value[POSITIONS..].iter().chain(&gradient[POSITIONS..]).flatten().any(|&value| value != 0.0));
    for garbage in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let found = run(garbage, 1, 1.0);
        assert_eq!((&found.0[POSITIONS..], &found.1[POSITIONS..]), (&value[POSITIONS..], &gradient[POSITIONS..]));
    }
    // Of its own sample a finite number reaches nothing, even if products with it overflow: not the other positions
    // either, whose queries may not attend to it.
    let (value, gradient) = run(0.5, 0, 1e150);
    let found = run(1e200, 0, 1e150);
    for position in (0..3 * POSITIONS).filter(|&position| position != 3) {
        assert!(gradient[position].iter().all(|gradient| gradient.is_finite()));
        assert_eq!((&found.0[position], &found.1[position]), (&value[position], &gradient[position]), "{position}");
    }
}

#[test]
fn another_mask_finds_the_same_tape() {
    let s = session();
    let record = |mask: Mask<N>| {
        s.reset_tape();
        let (w, x) = (leaves(&s), s.input(randn::<One>(15)).unwrap());
        let y = s.multi_head_attention(w.query, w.key, w.value, w.out, x, Heads::<2>, Some(mask));
        s.value(y).unwrap()
    };
    let first = record(Mask::from_fn(near));
    let tapes = s.compiled_tapes();
    let second = record(Mask::from_fn(|query, key| query == key));
    assert_ne!(first, second);
    assert_eq!(s.compiled_tapes(), tapes);
    assert_eq!(record(Mask::from_fn(near)), first);
    assert_eq!(s.compiled_tapes(), tapes);
    // Causal is part of the graph.
    record(Mask::from_fn(near).and(Mask::causal()));
    assert_eq!(s.compiled_tapes(), tapes + 1);
}

#[test]
fn derivatives() {
    let weighted = |s: &Session<f64>, y: TensorRef<One>| {
        let weights = s.constant(randn::<One>(20));
        s.sum(s.mul(s.square(y), weights))
    };
    for (index, mask) in masks().into_iter().enumerate() {
        check_derivatives(&format!("mask {index}, x"), &randn::<One>(15), |s, x| {
            let w = leaves(s);
            weighted(s, s.multi_head_attention(w.query, w.key, w.value, w.out, x, Heads::<2>, mask.clone()))
        });
        check_derivatives(&format!("mask {index}, wk"), &randn::<In>(12), |s, key| {
            let (w, x) = (leaves(s), s.input(randn::<One>(15)).unwrap());
            weighted(s, s.multi_head_attention(w.query, key, w.value, w.out, x, Heads::<4>, mask.clone()))
        });
    }
    check_derivatives("padded", &randn::<Batch>(16), |s, x| {
        let w = leaves(s);
        let numbers = s.input_nats::<(Dim<3>, N)>(&present_numbers()).unwrap();
        let mask = Some(Mask::causal());
        let y = s.multi_head_attention_padded(w.query, w.key, w.value, w.out, x, Heads::<2>, mask, numbers);
        s.sum(s.mul(s.square(y), s.constant(randn::<Batch>(21))))
    });
}

#[test]
fn one_mask_of_two_layers_is_one_input() {
    let s = session();
    let w = s.input(randn::<shape![4, 4]>(1)).unwrap();
    let x = s.input(randn::<shape![3, 4]>(2)).unwrap();
    let mask = Mask::<Dim<3>>::from_fn(|query, key| query != key);
    let h = s.multi_head_attention(w, w, w, w, x, Heads::<2>, Some(mask.clone()));
    s.multi_head_attention(w, w, w, w, h, Heads::<2>, Some(mask));
    assert_eq!(s.graph().naturals().len(), 1);
    s.multi_head_attention(w, w, w, w, x, Heads::<2>, Some(Mask::from_fn(|_, _| true)));
    assert_eq!(s.graph().naturals().len(), 2);
}
