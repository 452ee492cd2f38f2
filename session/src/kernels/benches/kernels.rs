//! How fast the kernels are: `cargo bench -p session-kernels -- products`.
//!
//! One group for each family. Throughput is in elements, for products and convolutions in floating-point operations.
//! `THREADS=2` asks for two threads, `INSTRUCTION_SET=AVX2` for another set than the best one.

use std::any::type_name;
use std::env::var;
use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use session_kernels::convolution::After;
use session_kernels::matmul::Then;
use session_kernels::reduce::{maximum, sum};
use session_kernels::softmax::{log_softmax, log_sum_exp, softmax};
use session_kernels::transpose::transposed;
use session_kernels::window::Axis;
use session_kernels::{Buffer, Convolution, Element, InstructionSet, Pooling, Processor, Product};

fn processor() -> Processor {
    let threads = var("THREADS").map_or(1, |count| count.parse().expect("THREADS is a number"));
    let mut processor = Processor::new(threads);
    if let Ok(name) = var("INSTRUCTION_SET") {
        let set = InstructionSet::available().find(|set| set.name() == name);
        processor.instruction_set = set.unwrap_or_else(|| panic!("this machine has no kernels for {name}"));
    }
    processor
}

fn data<T: Element>(length: usize) -> Buffer<T> {
    let mut buffer = Buffer::filled(length, T::default());
    for (i, x) in buffer.iter_mut().enumerate() {
        *x = T::number((i.wrapping_mul(2_654_435_761) >> 7 & 1023) as f64 / 512.0 - 1.0);
    }
    buffer
}

/// Kernels of one family, for one type of number.
struct Family<'c> {
    group: BenchmarkGroup<'c, WallTime>,
    processor: Processor,
    number: &'static str,
}

impl<'c> Family<'c> {
    fn new<T>(criterion: &'c mut Criterion, name: &str) -> Self {
        Self { group: criterion.benchmark_group(name), processor: processor(), number: type_name::<T>() }
    }

    /// A call that does so much work.
    fn measure(&mut self, name: &str, work: usize, mut call: impl FnMut(&Processor)) {
        self.group.throughput(Throughput::Elements(work as u64));
        self.group.bench_function(format!("{} {name}", self.number), |bencher| bencher.iter(|| call(&self.processor)));
    }
}

fn products<T: Element>(criterion: &mut Criterion) {
    let mut family = Family::new::<T>(criterion, "products");
    for (m, n, k, transpose_a, transpose_b) in [
        (64, 64, 64, false, false),
        (256, 256, 256, false, false),
        (1024, 1024, 1024, false, false),
        (64, 512, 784, false, false),
        (64, 512, 512, false, false),
        (784, 512, 64, true, false),
        (512, 512, 64, true, false),
        (64, 512, 784, false, true),
        (64, 512, 512, false, true),
        (512, 64, 784, false, false),
        (512, 64, 512, true, false),
        (512, 784, 64, false, false),
        (128, 256, 256, false, false),
        (128, 1024, 256, false, false),
        (128, 256, 1024, false, false),
        (256, 1024, 128, true, false),
        (128, 256, 1024, false, true),
        (128, 128, 32, false, false),
        (128, 128, 32, false, true),
        (128, 32, 128, false, false),
        (128, 32, 128, true, false),
        (64, 10, 400, false, true),
        (64, 400, 10, false, false),
        (10, 400, 64, true, false),
        (512, 1, 512, false, false),
        (512, 1, 512, true, false),
        (1, 512, 512, false, false),
        (1, 512, 512, false, true),
        (1, 32, 32, false, true),
        (2, 3, 4, false, false),
    ] {
        let plan = Product { batch: 1, m, n, k, transpose_a, transpose_b }.plan::<T>(&family.processor);
        let (a, b, mut out) = (data(m * k), data(k * n), data(m * n));
        let mut scratch = data(plan.scratch());
        let [a_letter, b_letter] = [transpose_a, transpose_b].map(|transpose| if transpose { 'T' } else { 'N' });
        family.measure(&format!("{m} x {n} x {k} {a_letter}{b_letter}"), 2 * m * n * k, |processor| {
            plan.run(processor, &a, &b, Then::Nothing, black_box(&mut out), &mut scratch);
        });
    }
}

fn square(input: usize, kernel: usize, stride: usize, padding: usize) -> [Axis; 3] {
    let axis = Axis::new(input, kernel, stride, padding, 1).expect("a window fits");
    [Axis::ABSENT, axis, axis]
}

fn convolutions<T: Element>(criterion: &mut Criterion) {
    let mut family = Family::new::<T>(criterion, "convolutions");
    for (name, input_channels, output_channels, groups, axes) in [
        ("1 to 8, 28, kernel 5, padding 2", 1, 8, 1, square(28, 5, 1, 2)),
        ("8 to 16, 14, kernel 5", 8, 16, 1, square(14, 5, 1, 0)),
        ("3 to 16, 32, kernel 3, padding 1", 3, 16, 1, square(32, 3, 1, 1)),
        ("16 to 16, 28, kernel 1", 16, 16, 1, square(28, 1, 1, 0)),
        ("64 to 64, 14, kernel 3, padding 1", 64, 64, 1, square(14, 3, 1, 1)),
        ("32 depthwise, 28, kernel 3, padding 1", 32, 32, 32, square(28, 3, 1, 1)),
        ("128 depthwise, 14, kernel 3, padding 1", 128, 128, 128, square(14, 3, 1, 1)),
        ("96 depthwise, 56, kernel 3, stride 2, padding 1", 96, 96, 96, square(56, 3, 2, 1)),
    ] {
        let geometry = Convolution { batch: 64, input_channels, output_channels, groups, axes };
        let (w, x) = (data::<T>(geometry.weight_size()), data::<T>(geometry.input_size()));
        let (delta, bias) = (data::<T>(geometry.output_size()), data::<T>(output_channels));
        let (mut dw, mut dx, mut y) = (w.clone(), x.clone(), delta.clone());
        let scratch = [
            geometry.forward_scratch(&family.processor),
            geometry.input_gradient_scratch(&family.processor),
            geometry.weight_gradient_scratch(&family.processor),
        ];
        let mut scratch = data(scratch.into_iter().max().unwrap_or(0));
        let work = 2 * delta.len() * w.len() / output_channels;
        family.measure(&format!("{name}: value"), work, |processor| {
            geometry.forward(
                processor,
                &w,
                After { bias: Some(&bias), relu: true },
                &x,
                black_box(&mut y),
                &mut scratch,
            );
        });
        family.measure(&format!("{name}: input gradient"), work, |processor| {
            geometry.input_gradient(processor, &w, &delta, black_box(&mut dx), &mut scratch);
        });
        family.measure(&format!("{name}: weight gradient"), work, |processor| {
            geometry.weight_gradient(processor, &x, &delta, black_box(&mut dw), &mut scratch);
        });
    }
}

fn pools<T: Element>(criterion: &mut Criterion) {
    let mut family = Family::new::<T>(criterion, "pools");
    for (name, planes, size, axes) in [
        ("8 planes of 28, kernel 2", 8, 28, square(28, 2, 2, 0)),
        ("16 planes of 10, kernel 2", 16, 10, square(10, 2, 2, 0)),
        ("8 planes of 28, kernel 3, stride 2, padding 1", 8, 28, square(28, 3, 2, 1)),
    ] {
        let pooling = Pooling { planes: 64 * planes, axes };
        let outputs = axes[1].output * axes[2].output;
        let (x, delta) = (data::<T>(pooling.planes * size * size), data::<T>(pooling.planes * outputs));
        let (mut dx, mut y) = (x.clone(), delta.clone());
        family.measure(&format!("{name}: maximum"), x.len(), |processor| {
            pooling.select(processor, &x, &x, black_box(&mut y));
        });
        family.measure(&format!("{name}: gradient of the maximum"), x.len(), |processor| {
            pooling.scatter(processor, &x, &delta, false, black_box(&mut dx));
        });
        family.measure(&format!("{name}: mean"), x.len(), |processor| {
            pooling.average(processor, &x, black_box(&mut y));
        });
        family.measure(&format!("{name}: gradient of the mean"), x.len(), |processor| {
            pooling.spread(processor, &delta, black_box(&mut dx));
        });
    }
}

fn reductions<T: Element>(criterion: &mut Criterion) {
    let mut family = Family::new::<T>(criterion, "reductions");
    for (outer, count, inner) in
        [(1, 32, 1), (1, 1 << 12, 1), (1, 1 << 20, 1), (512, 64, 1), (1, 64, 512), (32, 16, 100)]
    {
        let (x, mut y) = (data::<T>(outer * count * inner), data(outer * inner));
        family.measure(&format!("sum {outer} x {count} x {inner}"), x.len(), |processor| {
            sum(processor, outer, count, inner, &x, black_box(&mut y));
        });
        family.measure(&format!("maximum {outer} x {count} x {inner}"), x.len(), |processor| {
            maximum(processor, outer, count, inner, &x, black_box(&mut y));
        });
    }
}

fn softmaxes<T: Element>(criterion: &mut Criterion) {
    let mut family = Family::new::<T>(criterion, "softmax");
    for (outer, count, inner) in [(64, 10, 1), (1024, 128, 1), (8, 128, 128)] {
        let x = data::<T>(outer * count * inner);
        let (mut y, mut sums) = (x.clone(), data(outer * inner));
        let mut scratch = data(x.len() + 2 * sums.len());
        family.measure(&format!("softmax {outer} x {count} x {inner}"), x.len(), |processor| {
            softmax(processor, outer, count, inner, &x, black_box(&mut y));
        });
        family.measure(&format!("log_softmax {outer} x {count} x {inner}"), x.len(), |processor| {
            log_softmax(processor, outer, count, inner, &x, black_box(&mut y));
        });
        family.measure(&format!("logsumexp {outer} x {count} x {inner}"), x.len(), |processor| {
            log_sum_exp(processor, outer, count, inner, &x, black_box(&mut sums), &mut scratch);
        });
    }
}

fn transposes<T: Element>(criterion: &mut Criterion) {
    let mut family = Family::new::<T>(criterion, "transposes");
    for (rows, columns) in [(32, 128), (512, 64), (512, 512), (10, 400), (2048, 2048)] {
        let (from, mut to) = (data::<T>(rows * columns), data(rows * columns));
        family.measure(&format!("{rows} x {columns}"), from.len(), |processor| {
            transposed(processor, rows, columns, &from, black_box(&mut to));
        });
    }
}

fn all<T: Element>(criterion: &mut Criterion) {
    products::<T>(criterion);
    convolutions::<T>(criterion);
    pools::<T>(criterion);
    reductions::<T>(criterion);
    softmaxes::<T>(criterion);
    transposes::<T>(criterion);
}

fn main() {
    let criterion = Criterion::default().without_plots().sample_size(20);
    let criterion = criterion.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    let mut criterion = criterion.configure_from_args();
    all::<f32>(&mut criterion);
    all::<f64>(&mut criterion);
    criterion.final_summary();
}
