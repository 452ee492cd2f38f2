//! What it costs to record a node: `cargo bench -p session -- recording`.
//!
//! A hundred nodes after `reset_tape`: `again` as they were recorded the last time, `anew` after a node that was another
//! one.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use session::prelude::*;

/// Nodes in a row.
const NODES: usize = 100;

type Row = shape![1, 32];

/// Records with a weight, a bias and what the node before gave.
fn measure<W: Shape, B: Shape, X: Shape>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    record: impl Fn(&Session<f32>, TensorRef<W>, TensorRef<B>, TensorRef<X>) -> TensorRef<X>,
) {
    let s = Session::<f32>::new(Options::default().threads(1));
    let (w, b) = (Param::new(Tensor::<f32, W>::zeros()), Param::new(Tensor::<f32, B>::zeros()));
    let x = Tensor::<f32, X>::ones();
    let run = |factor: f64| {
        s.reset_tape();
        let leaves = (s.use_param(&w), s.use_param(&b), s.input(x.clone()));
        let (Ok(w), Ok(b), Ok(x)) = leaves else { unreachable!("leaves come before nodes") };
        black_box((0..NODES).fold(s.scale(x, factor), |x, _| record(&s, w, b, x)));
    };
    group.throughput(Throughput::Elements(NODES as u64));
    group.bench_function(format!("{name} again"), |bencher| bencher.iter(|| run(1.0)));
    let mut factor = 1.0;
    group.bench_function(format!("{name} anew"), |bencher| {
        bencher.iter(|| {
            factor = -factor;
            run(factor);
        });
    });
}

fn main() {
    let criterion = Criterion::default().without_plots().sample_size(20);
    let criterion = criterion.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    let mut criterion = criterion.configure_from_args();
    let mut group = criterion.benchmark_group("recording");
    measure::<Row, Row, Row>(&mut group, "tanh", |s, _, _, x| s.tanh(x));
    measure::<Row, Row, Row>(&mut group, "add", |s, w, _, x| s.add(x, w));
    // Two nodes, of which the builder records one.
    measure::<shape![32], Row, Row>(&mut group, "broadcast_add", |s, w, _, x| s.broadcast_add(x, w));
    measure::<shape![32, 32], shape![32], Row>(&mut group, "linear", |s, w, b, x| s.linear(w, b, x));
    measure::<shape![32, 32], Row, Row>(&mut group, "matmul", |s, w, _, x| s.matmul(x, w));
    measure::<shape![4, 4, 3, 3], shape![4], shape![1, 4, 8, 8]>(&mut group, "conv2d", |s, w, b, x| {
        s.conv2d(w, b, x, Stride::<1>, Padding::<1>)
    });
    group.finish();
    criterion.final_summary();
}
