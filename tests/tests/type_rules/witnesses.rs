//! A witness holds exactly where the graph accepts the operation, and both say the same shape: on grids of
//! small sizes, most of them refused.

use std::marker::PhantomData;

use session::ir::{DynShape, Id, NatId, Op, PerAxis, PerSpatialAxis, op};
use session::shapes::*;
use session::{Error, GraphBuilder, shape};

/// The operand types `T` of a rule.
struct Rule<R, T>(PhantomData<(R, T)>);

/// The answer of a rule that does not hold. Where one holds, its own constant comes first.
trait Refused {
    const RESULT: Option<&'static [usize]> = None;
}

impl<R, T> Refused for Rule<R, T> {}

macro_rules! rules {
    ($($rule:ident<$($operand:ident),*> $last:ident: $witness:ident<$($argument:ident),*> $(= $result:ident)?;)*) => {$(
        struct $rule;

        impl<$($operand),*> Rule<$rule, ($($operand,)*)>
        where
            $last: $witness<$($argument),*>,
            rules!(@ $last $witness ($($argument),*) $($result)?): Shape,
        {
            const RESULT: Option<&'static [usize]> =
                Some(<rules!(@ $last $witness ($($argument),*) $($result)?) as Shape>::DIMS);
        }
    )*};
    (@ $last:ident $witness:ident ($($argument:ident),*)) => { <$last as $witness<$($argument),*>>::Output };
    (@ $last:ident $witness:ident ($($argument:ident),*) $result:ident) => { $result };
}

rules! {
    Product<A, B> B: MatMul<A>;
    Layer<W, B, X> X: Linear<W, B>;
    Reduced<X, K> K: ReduceAxis<X>;
    Joined<A, B, K> K: ConcatAxis<A, B>;
    Part<X, K, R> R: SliceAxis<X, K>;
    Reshaped<X, Y> Y: Reshape<X> = Y;
    Ordered<X, P> P: Permute<X>;
    Gathered<X, I> I: GatherRows<X>;
    Labelled<X, L> L: Labels<X> = L;
    Convolved<W, B, X, S, P> P: Conv<W, B, X, S>;
    Pooled<X, K, S, P> P: Pool<X, K, S>;
}

/// Broadcasting: its marker is inferred, for which a constant leaves no room, but a method does.
trait Broadcasts<Marker> {
    fn result(&self) -> Option<&'static [usize]>;
}

impl<X, Y: Shape + Broadcast<X, Marker>, Marker> Broadcasts<Marker> for (PhantomData<X>, PhantomData<Y>) {
    fn result(&self) -> Option<&'static [usize]> {
        Some(Y::DIMS)
    }
}

/// Found last, behind a reference.
trait BroadcastRefused {
    fn result(&self) -> Option<&'static [usize]>;
}

impl<X, Y> BroadcastRefused for &(PhantomData<X>, PhantomData<Y>) {
    fn result(&self) -> Option<&'static [usize]> {
        None
    }
}

/// How many instances were compared, and how many of them hold.
#[derive(Default)]
struct Count {
    all: usize,
    accepted: usize,
}

impl Count {
    /// Compares a rule on types with the graph's answer for operands (and natural numbers) of these shapes.
    fn same(&mut self, by_type: Option<&[usize]>, op: impl Into<Op>, operands: &[&[usize]], naturals: &[usize]) {
        let op = op.into();
        self.built(by_type, &format!("{op:?}"), operands, naturals, |g, operands, _| g.push(op, operands));
    }

    /// [`same`](Self::same) for an operation of several nodes.
    fn built(
        &mut self,
        by_type: Option<&[usize]>,
        operation: &str,
        operands: &[&[usize]],
        naturals: &[usize],
        build: impl FnOnce(&mut GraphBuilder, &[Id], NatId) -> Result<Id, Error>,
    ) {
        let mut builder = GraphBuilder::new();
        let ids: Vec<Id> = operands.iter().map(|operand| builder.input(DynShape::new(operand)).unwrap()).collect();
        let natural = builder.input_nats(DynShape::new(naturals)).unwrap();
        let by_graph = build(&mut builder, &ids, natural).ok().map(|id| builder.shape(id).unwrap());
        assert_eq!(by_type, by_graph.as_deref(), "{operation} of {operands:?} and {naturals:?}");
        self.all += 1;
        self.accepted += usize::from(by_type.is_some());
    }

    /// A grid says something only if the rule holds on a part of it.
    fn done(self) {
        let Self { all, accepted } = self;
        assert!(accepted > 0 && accepted < all, "{accepted} of {all} hold");
    }
}

/// `rule! { count x y .. }` for every choice of one of each list.
macro_rules! grid {
    ($rule:ident $($lists:tt)*) => {
        let mut count = Count::default();
        grid! { @ count $rule () ($($lists)*) }
        count.done();
    };
    (@ $count:ident $rule:ident ($($chosen:tt)*) ()) => { $rule! { $count $($chosen)* } };
    (@ $count:ident $rule:ident $chosen:tt ($list:tt $($lists:tt)*)) => {
        grid! { @choose $count $rule $chosen $list ($($lists)*) }
    };
    (@choose $count:ident $rule:ident $chosen:tt [$($choice:tt)*] $lists:tt) => {
        $(grid! { @add $count $rule $chosen $choice $lists })*
    };
    (@add $count:ident $rule:ident ($($chosen:tt)*) $choice:tt $lists:tt) => {
        grid! { @ $count $rule ($($chosen)* $choice) $lists }
    };
}

// After the macros, which it uses too.
mod networks;

#[test]
fn matmul() {
    macro_rules! rule {
        ($count:ident $a:tt $b:tt) => {
            let by_type = <Rule<Product, (shape! $a, shape! $b)>>::RESULT;
            $count.same(by_type, op::MatMul { transpose_a: false, transpose_b: false }, &[&$a, &$b], &[]);
        };
    }
    grid! { rule
        [[] [2] [3] [0, 2] [2, 3] [3, 2] [5000, 2]]
        [[] [2] [3] [0, 2] [2, 0] [2, 3] [3, 2] [2, 5000] [2, 2, 3] [2, 3, 2] [1, 2, 2, 2]]
    }
    // At run time a vector may also follow a stack; on types it follows a matrix.
    grid! { rule
        [[2, 2, 3] [2, 3, 2] [3, 2, 2] [1, 1, 2, 3] [1, 1, 1, 1, 1, 1, 1, 2]]
        [[] [2, 0] [2, 3] [3, 2] [2, 2, 3] [2, 3, 2] [3, 2, 2] [1, 2, 2, 2]]
    }
}

#[test]
fn linear() {
    macro_rules! rule {
        ($count:ident $w:tt $b:tt $x:tt) => {
            let by_type = <Rule<Layer, (shape! $w, shape! $b, shape! $x)>>::RESULT;
            $count.same(by_type, op::Linear {}, &[&$w, &$b, &$x], &[]);
        };
    }
    grid! { rule [[3, 2] [2, 3] [3] [0, 2]] [[] [3] [2] [0] [3, 1]] [[] [2] [3] [3, 2] [5000, 2] [1, 2, 2, 2, 2, 2, 2, 3]] }
}

#[test]
fn reduction() {
    macro_rules! rule {
        ($count:ident $x:tt $k:tt) => {
            let by_type = <Rule<Reduced, (shape! $x, Axis<$k>)>>::RESULT;
            $count.same(by_type, op::Sum { axes: PerAxis::new(&[$k]) }, &[&$x], &[]);
            $count.same(by_type, op::Mean { axes: PerAxis::new(&[$k]) }, &[&$x], &[]);
        };
    }
    grid! { rule [[] [2] [0, 5000] [2, 3, 4] [1, 2, 3, 4, 1, 2, 3] [1, 2, 3, 4, 1, 2, 3, 4]] [0 1 2 3 6 7 8] }
}

#[test]
fn concat() {
    macro_rules! rule {
        ($count:ident $a:tt $b:tt $k:tt) => {
            let by_type = <Rule<Joined, (shape! $a, shape! $b, Axis<$k>)>>::RESULT;
            $count.same(by_type, op::Concat { axis: $k }, &[&$a, &$b], &[]);
        };
    }
    grid! { rule
        [[] [2] [4096] [2, 3] [2, 0] [5000, 3] [2, 3, 4]]
        [[] [3] [1] [2, 3] [2, 4096] [4, 3] [2, 3, 5] [2, 5, 4] [6, 3, 4]]
        [0 1 2 3]
    }
}

#[test]
fn slice() {
    macro_rules! rule {
        ($count:ident $x:tt $k:tt $start:tt $end:tt) => {
            let by_type = <Rule<Part, (shape! $x, Axis<$k>, Slice<$start, $end>)>>::RESULT;
            $count.same(by_type, op::Slice { axis: $k, start: $start, end: $end }, &[&$x], &[]);
            let by_type = <Rule<Part, (shape! $x, Axis<$k>, shape![$start, $end])>>::RESULT;
            $count.same(by_type, op::Slice { axis: $k, start: $start, end: $end }, &[&$x], &[]);
        };
    }
    grid! { rule [[] [0] [3] [4, 2] [2, 5000]] [0 1 2] [0 1 2 3 4096] [0 1 2 3 4 4096] }
}

#[test]
fn reshape() {
    macro_rules! rule {
        ($count:ident $x:tt $y:tt) => {
            let by_type = <Rule<Reshaped, (shape! $x, shape! $y)>>::RESULT;
            $count.same(by_type, op::Reshape { to: DynShape::new(&$y) }, &[&$x], &[]);
        };
    }
    grid! { rule
        [[] [1] [0] [12] [3, 4] [64, 64] [5000] [2, 0] [2, 1, 3, 2, 1, 1, 1, 1] [90, 90]]
        [[] [1, 1] [0, 7] [12] [2, 6] [13] [4096] [4097] [50, 100] [8100] [3, 1, 1, 2, 1, 2, 1, 1]]
    }
}

#[test]
fn broadcast() {
    macro_rules! rule {
        ($count:ident $x:tt $y:tt) => {
            let by_type = (&(PhantomData::<shape! $x>, PhantomData::<shape! $y>)).result();
            $count.same(by_type, op::Broadcast { to: DynShape::new(&$y) }, &[&$x], &[]);
        };
    }
    grid! { rule
        [[] [1] [0] [3] [1, 3] [2, 1] [2, 3] [1, 2, 3] [5000] [1, 1, 1, 1, 1, 1, 1, 1]]
        [[] [1] [0] [3] [2, 3] [1, 3] [3, 2] [2, 0] [4, 2, 3] [3, 5000] [1, 2, 1, 2, 1, 1, 2, 3]]
    }
}

#[test]
fn permute() {
    macro_rules! rule {
        ($count:ident $x:tt $axes:tt) => {
            let by_type = <Rule<Ordered, (shape! $x, shape! $axes)>>::RESULT;
            $count.same(by_type, op::Permute { axes: PerAxis::new(&$axes) }, &[&$x], &[]);
        };
    }
    grid! { rule
        [[] [5000] [2, 3] [2, 0, 4] [2, 3, 4, 5]]
        [[] [0] [1] [0, 1] [1, 0] [1, 1] [0, 2] [0, 1, 2] [2, 0, 1] [1, 2, 1] [0, 2, 3] [3, 1, 0, 2] [3, 1, 0, 3]]
    }
}

#[test]
fn indices() {
    macro_rules! rows {
        ($count:ident $x:tt $indices:tt) => {
            let indices = NatId::new(0);
            let by_type = <Rule<Gathered, (shape! $x, shape! $indices)>>::RESULT;
            $count.same(by_type, op::GatherRows { indices }, &[&$x], &$indices);
        };
    }
    grid! { rows
        [[] [5] [5, 3] [0, 5000] [5, 3, 1]]
        [[] [4] [0, 4] [1, 2, 1, 2, 1, 2, 1] [1, 2, 1, 2, 1, 2, 1, 2]]
    }
    macro_rules! labels {
        ($count:ident $x:tt $labels:tt) => {
            let labels = NatId::new(0);
            // The loss is a scalar where the labels fit.
            let by_type = <Rule<Labelled, (shape! $x, shape! $labels)>>::RESULT.map(|_| &[] as &[usize]);
            $count.same(by_type, op::CrossEntropy { labels }, &[&$x], &$labels);
        };
    }
    grid! { labels [[] [10] [4, 10] [10, 4] [2, 4, 5000]] [[] [4] [10] [2, 4] [4, 10] [2, 4, 5000]] }
}

fn convolution(stride: &[usize], padding: &[usize]) -> op::Conv {
    let [stride, padding] = [stride, padding].map(PerSpatialAxis::new);
    op::Conv { stride, padding, dilation: stride.iter().map(|_| 1).collect(), groups: 1 }
}

#[test]
fn convolution_windows() {
    macro_rules! rule {
        ($count:ident $x:tt $k:tt $s:tt $p:tt) => {
            let by_type =
                <Rule<Convolved, (shape![4, 3, $k], shape![4], shape![3, $x], shape![$s], shape![$p])>>::RESULT;
            $count.same(by_type, convolution(&[$s], &[$p]), &[&[4, 3, $k], &[4], &[3, $x]], &[]);
        };
    }
    grid! { rule [0 1 2 3 5 8 5000] [0 1 2 3 5] [0 1 2 3 4] [0 1 2] }
}

#[test]
fn convolution_channels() {
    macro_rules! rule {
        ($count:ident $w:tt $b:tt $x:tt $s:tt) => {
            let by_type = <Rule<Convolved, (shape! $w, shape! $b, shape! $x, shape! $s, shape! $s)>>::RESULT;
            $count.same(by_type, convolution(&$s, &$s), &[&$w, &$b, &$x], &[]);
        };
    }
    grid! { rule
        [[4, 3, 2] [4, 3] [4, 3, 2, 2] [3, 4, 2, 1]]
        [[4] [3] [] [4, 1]]
        [[3, 5] [3, 5, 5] [1, 3, 5, 5] [4, 5, 5] [4] [3, 5, 5, 5, 5]]
        [[1] [1, 1] []]
    }
}

#[test]
fn pool_windows() {
    macro_rules! rule {
        ($count:ident $x:tt $k:tt $s:tt $p:tt) => {
            let by_type = <Rule<Pooled, (shape![3, $x], shape![$k], shape![$s], shape![$p])>>::RESULT;
            let [kernel, stride, padding] = [$k, $s, $p].map(|number| PerSpatialAxis::new(&[number]));
            $count.same(by_type, op::MaxPool { kernel, stride, padding }, &[&[3, $x]], &[]);
        };
    }
    grid! { rule [0 1 2 3 5 8 5000] [0 1 2 3 5] [0 1 2 3 4] [0 1 2] }
}

#[test]
fn pool_axes() {
    macro_rules! rule {
        ($count:ident $x:tt $k:tt $p:tt) => {
            let by_type = <Rule<Pooled, (shape! $x, shape! $k, shape! $k, shape! $p)>>::RESULT;
            let [kernel, stride, padding] = [PerSpatialAxis::new(&$k), PerSpatialAxis::new(&$k), PerSpatialAxis::new(&$p)];
            $count.same(by_type, op::MaxPool { kernel, stride, padding }, &[&$x], &[]);
        };
    }
    grid! { rule [[] [5] [3, 5] [3, 5, 0] [0, 3, 5] [2, 3, 5, 5] [2, 3, 5, 5, 5]] [[] [2] [2, 2] [1, 1, 1]] [[0] [1, 0] [0, 0, 0]] }
}
