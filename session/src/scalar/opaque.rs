//! A scalar about which nothing can be found out: what runs with it runs with every scalar in the same way.

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::{Scalar, Symbol, Term, sealed};
use crate::autodiff::reverse;
use crate::ir::{DynShape, Graph, op};
use crate::semantics::{Array, backprop_all, eval, jvp, tangents_all};
use crate::tape::{Definition, Schedule, run};

/// A term that does not outlive `'a`, so it is no `Any`, has no `TypeId`, and no type can be chosen by it. Its size is
/// that of no other scalar.
#[derive(Clone, Copy)]
struct Opaque<'a> {
    term: Term,
    _lifetime: PhantomData<fn(&'a ()) -> &'a ()>,
    _size: [u8; 3],
}

impl Opaque<'_> {
    fn of(term: Term) -> Self {
        Self { term, _lifetime: PhantomData, _size: [0; 3] }
    }
}

impl sealed::Sealed for Opaque<'_> {}

macro_rules! operators {
    ($($operator:ident $method:ident;)*) => {$(
        impl $operator for Opaque<'_> {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self::of(self.term.$method(other.term))
            }
        }
    )*};
}

operators! {
    Add add;
    Sub sub;
    Mul mul;
    Div div;
}

impl Neg for Opaque<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        Self::of(-self.term)
    }
}

macro_rules! functions {
    ($($function:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $function(self, $($argument: $type),*) -> Self {
            Self::of(self.term.$function($($argument.into()),*))
        }
    )*};
}

impl From<Opaque<'_>> for Term {
    fn from(opaque: Opaque<'_>) -> Self {
        opaque.term
    }
}

impl Scalar for Opaque<'_> {
    functions! {
        sqrt() exp() ln() sin() cos() tanh() sigmoid() softplus() erf()
        mul_add(factor: Self, addend: Self)
        pow(exponent: f64)
        maximum(other: Self)
        minimum(other: Self)
        carry(other: Self)
    }

    fn literal(value: f64) -> Self {
        Self::of(Term::literal(value))
    }

    fn select_gt(a: Self, b: Self, x: Self, y: Self) -> Self {
        Self::of(Term::select_gt(a.term, b.term, x.term, y.term))
    }

    fn select_nan(a: Self, x: Self, y: Self) -> Self {
        Self::of(Term::select_nan(a.term, x.term, y.term))
    }
}

fn terms(arrays: &[Array<Opaque<'_>>]) -> Vec<Vec<Term>> {
    arrays.iter().map(|array| array.data.iter().map(|opaque| opaque.term).collect()).collect()
}

#[test]
fn everything_runs_with_it_as_with_terms() {
    let shape = DynShape::new(&[2, 3]);
    let mut graph = Graph::default();
    let [x, w] = [graph.leaf(shape), graph.leaf(shape)];
    let product = graph.push(op::MatMul { transpose_a: false, transpose_b: true }, &[x, w]).unwrap();
    let softmax = graph.push(op::LogSoftmax { axis: 1 }, &[product]).unwrap();
    let out = graph.push(op::Max { axis: 0 }, &[softmax]).unwrap();
    let derivative = reverse(&graph, &[out]);
    let outputs: Vec<_> = derivative.gradient.iter().copied().flatten().collect();

    // The scalars live no longer than this.
    let here = ();
    let shorter: fn(&()) -> Vec<Array<Opaque<'_>>> = |_| {
        let shapes = [DynShape::new(&[2, 3]), DynShape::new(&[2, 3]), DynShape::new(&[2])];
        let mut next = 0..;
        let mut variable = || Opaque::of(Term::variable(next.next().expect("there are enough")));
        shapes.map(|shape| Array::new(shape, (0..shape.elements()).map(|_| variable()).collect())).to_vec()
    };
    let opaque = shorter(&here);
    let plain: Vec<Array<Term>> =
        opaque.iter().zip(terms(&opaque)).map(|(array, data)| Array::new(array.shape, data)).collect();

    let schedule = Schedule::new(&derivative.graph, &outputs);
    let expected: Vec<Vec<Term>> =
        run(&schedule, &Definition, &plain, &[]).into_iter().map(|array| array.data).collect();
    assert_eq!(terms(&run(&schedule, &Definition, &opaque, &[])), expected);

    let mut seeds = vec![None; graph.len()];
    seeds[out.index()] = Some(opaque[2].clone());
    let cotangents: Vec<_> = backprop_all(&graph, &opaque[..2], &[], seeds).into_iter().flatten().collect();
    assert_eq!(terms(&cotangents), expected);

    let values: Vec<Vec<Term>> = eval(&graph, &plain[..2], &[]).into_iter().map(|array| array.data).collect();
    assert_eq!(terms(&eval(&graph, &opaque[..2], &[])), values);
    let given = || opaque[..2].iter().cloned().map(Some).collect();
    assert!(tangents_all(&graph, &opaque[..2], &[], given()).iter().all(Option::is_some));
    let dual = jvp(&graph, &opaque[..2], &opaque[..2], &[]);
    let parts: Vec<Vec<Term>> = dual.iter().map(|it| it.data.iter().map(|pair| pair.value.term).collect()).collect();
    assert_eq!(parts, values);
}

/// The rules, the definition and the run loop cannot tell scalars apart by their memory or their name either.
#[test]
fn nothing_asks_what_a_scalar_is() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![source.join("semantics.rs"), source.join("autodiff.rs")];
    files.extend(["run.rs", "schedule.rs", "passes.rs", "fusion.rs"].map(|name| source.join("tape").join(name)));
    let mut folders = vec![source.join("ops")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                // What memory a graph takes is asked of f32 and f64.
                false if path.ends_with("ops/stats.rs") => {}
                false => files.push(path),
            }
        }
    }
    assert!(files.len() > 20, "the rules are in {}", source.display());
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source");
        for word in ["size_of", "align_of", "needs_drop", "type_name", "TypeId", "Any", "transmute"] {
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            assert!(words.all(|found| found != word), "{} says {word}", file.display());
        }
    }
}
