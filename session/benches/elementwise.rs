//! How fast operations run that compute element by element: `cargo bench -p session -- fused`.
//!
//! One by one, and several in one loop. The other kernels have benches of their own in `session-kernels`; the functions
//! of these are handed in by the tape. `THREADS=2` asks for two threads.

use std::any::type_name;
use std::env::var;
use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use session::prelude::*;
use session::random::Rng;

/// 32 KiB of `f32`.
type Short = shape![1, 8192];
dim!(Rows = 128);
/// More than the second cache holds.
type Long = shape![Rows, 8192];

type Three<S> = (TensorRef<S>, TensorRef<S>, TensorRef<S>);

/// Runs what is recorded for three tensors.
fn measure<T: Float, S: Shape>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    record: impl Fn(&Session<T>, Three<S>) -> TensorRef<S>,
) {
    let threads = var("THREADS").map_or(1, |count| count.parse().expect("THREADS is a number"));
    let options = Options::default().threads(threads);
    let mut rng = Rng::new(1);
    let [a, b, c] = [(); 3].map(|()| Tensor::<T, S>::randn(&mut rng));
    let record = |s: &Session<T>, (), three: Three<S>| record(s, three);
    let function = Function::record(options, &["a", "b", "c"], &["y"], |_| Ok(()), record);
    let mut function = function.expect("the recording is complete");
    group.throughput(Throughput::Elements(a.as_slice().len() as u64));
    let name = format!("{} {name}, {} elements", type_name::<T>(), a.as_slice().len());
    group.bench_function(name, |bencher| {
        bencher.iter(|| black_box(function.run((&a, &b, &c)).expect("there are no indices")));
    });
}

fn elementwise<T: Float, S: Shape>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("elementwise");
    measure::<T, S>(&mut group, "add", |s, (a, b, _)| s.add(a, b));
    measure::<T, S>(&mut group, "mul", |s, (a, b, _)| s.mul(a, b));
    measure::<T, S>(&mut group, "div", |s, (a, b, _)| s.div(a, b));
    measure::<T, S>(&mut group, "maximum", |s, (a, b, _)| s.maximum(a, b));
    measure::<T, S>(&mut group, "relu", |s, (a, ..)| s.relu(a));
    measure::<T, S>(&mut group, "sqrt", |s, (a, ..)| s.sqrt(a));
    measure::<T, S>(&mut group, "exp", |s, (a, ..)| s.exp(a));
    measure::<T, S>(&mut group, "log", |s, (a, ..)| s.log(a));
    measure::<T, S>(&mut group, "sin", |s, (a, ..)| s.sin(a));
    measure::<T, S>(&mut group, "tanh", |s, (a, ..)| s.tanh(a));
    measure::<T, S>(&mut group, "sigmoid", |s, (a, ..)| s.sigmoid(a));
    measure::<T, S>(&mut group, "gelu", |s, (a, ..)| s.gelu(a));
}

fn fused<T: Float, S: Shape>(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fused");
    measure::<T, S>(&mut group, "a b + c", |s, (a, b, c)| s.add(s.mul(a, b), c));
    measure::<T, S>(&mut group, "relu(a + b) c", |s, (a, b, c)| s.mul(s.relu(s.add(a, b)), c));
    measure::<T, S>(&mut group, "a (1 - a a) b", |s, (a, b, _)| s.mul(s.mul(a, s.scalar_sub(1.0, s.mul(a, a))), b));
    measure::<T, S>(&mut group, "sigmoid(a b + c) tanh(a)", |s, (a, b, c)| {
        s.mul(s.sigmoid(s.add(s.mul(a, b), c)), s.tanh(a))
    });
}

fn all<T: Float>(criterion: &mut Criterion) {
    elementwise::<T, Short>(criterion);
    elementwise::<T, Long>(criterion);
    fused::<T, Short>(criterion);
    fused::<T, Long>(criterion);
}

fn main() {
    let criterion = Criterion::default().without_plots().sample_size(20);
    let criterion = criterion.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    let mut criterion = criterion.configure_from_args();
    all::<f32>(&mut criterion);
    all::<f64>(&mut criterion);
    criterion.final_summary();
}
