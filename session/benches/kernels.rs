//! How fast the kernels are: `cargo bench -p session --bench kernels -- [f64] [avx2] [two] [products] [network]
//! [pools] [rows]`.

use std::hint::black_box;
use std::time::Instant;

use session::Float;
use session::kernels::reduce::sum;
use session::kernels::softmax::softmax;
use session::kernels::{Buffer, Convolution, InstructionSet, Pooling, Processor, Product, Threads};
use session::window::Axis;

/// The best time of a call in seconds, over batches of about a millisecond: other work on the machine only
/// makes times longer.
fn time(mut call: impl FnMut()) -> f64 {
    let mut once = |calls: usize| {
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        start.elapsed().as_secs_f64() / calls as f64
    };
    once(2);
    let calls = ((0.001 / once(3)) as usize).clamp(1, 100_000);
    (0..60).map(|_| once(calls)).fold(f64::INFINITY, f64::min)
}

fn data<T: Float>(length: usize) -> Buffer<T> {
    let mut buffer = Buffer::zeros(length);
    for (i, x) in buffer.iter_mut().enumerate() {
        *x = T::from_f64((i.wrapping_mul(2_654_435_761) >> 7 & 1023) as f64 / 512.0 - 1.0);
    }
    buffer
}

fn products<T: Float>(processor: &Processor) {
    println!("matrix product m x n x k: GFLOP/s");
    for (m, n, k, transpose_a, transpose_b) in [
        (64, 64, 64, false, false),
        (256, 256, 256, false, false),
        (1024, 1024, 1024, false, false),
        (2048, 2048, 2048, false, false),
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
        let geometry = Product { batch: 1, m, n, k, transpose_a, transpose_b };
        let (a, b, mut out) = (data::<T>(m * k), data::<T>(k * n), data::<T>(m * n));
        let plan = geometry.plan::<T>(processor);
        let mut scratch = data::<T>(plan.scratch());
        let seconds = time(|| plan.run(processor, &a, &b, None, black_box(&mut out), &mut scratch));
        let letters = [transpose_a, transpose_b].map(|transpose| if transpose { 'T' } else { 'N' });
        let speed = 2.0 * (m * n * k) as f64 / seconds / 1e9;
        println!("{m:5} x {n:4} x {k:4} {}{}  {speed:6.1}  {:9.2} us", letters[0], letters[1], seconds * 1e6);
    }
}

fn report(what: &str, seconds: f64, operations: f64) {
    println!("{what:34} {:9.1} us  {:6.1} G/s", seconds * 1e6, operations / seconds / 1e9);
}

fn convolution<T: Float>(processor: &Processor, name: &str, geometry: &Convolution) {
    let (w, x, delta) =
        (data::<T>(geometry.weight_size()), data::<T>(geometry.input_size()), data::<T>(geometry.output_size()));
    let bias = data::<T>(geometry.output_channels);
    let (mut dw, mut dx, mut y) = (w.clone(), x.clone(), delta.clone());
    let mut scratch = data::<T>(geometry.scratch(processor));
    let operations = 2.0 * (geometry.output_size() * w.len() / geometry.output_channels) as f64;
    let seconds = time(|| geometry.forward(processor, &w, Some(&bias), &x, black_box(&mut y), &mut scratch));
    report(&format!("{name} forward"), seconds, operations);
    let seconds = time(|| geometry.input_gradient(processor, &w, &delta, black_box(&mut dx), &mut scratch));
    report(&format!("{name} input gradient"), seconds, operations);
    let seconds = time(|| geometry.weight_gradient(processor, &x, &delta, black_box(&mut dw), &mut scratch));
    report(&format!("{name} weight gradient"), seconds, operations);
}

fn network<T: Float>(processor: &Processor) {
    let batch = 64;
    let square = |input, kernel, stride, padding| {
        let axis = Axis::new(input, kernel, stride, padding, 1).expect("a window fits");
        [Axis::ABSENT, axis, axis]
    };
    let conv =
        |input_channels, output_channels, axes| Convolution { batch, input_channels, output_channels, groups: 1, axes };
    convolution::<T>(processor, "conv 1 -> 8, 28, 5, pad 2", &conv(1, 8, square(28, 5, 1, 2)));
    convolution::<T>(processor, "conv 8 -> 16, 14, 5", &conv(8, 16, square(14, 5, 1, 0)));
    convolution::<T>(processor, "conv 64 -> 64, 14, 3, pad 1", &conv(64, 64, square(14, 3, 1, 1)));
}

fn pools<T: Float>(processor: &Processor) {
    let batch = 64;
    for (name, planes, size) in [("pool 8 x 28", 8, 28), ("pool 16 x 10", 16, 10)] {
        let axis = Axis::new(size, 2, 2, 0, 1).expect("a window fits");
        let pooling = Pooling { planes: batch * planes, axes: [Axis::ABSENT, axis, axis] };
        let x = data::<T>(pooling.planes * size * size);
        let mut y = data::<T>(x.len() / 4);
        let delta = y.clone();
        let mut dx = x.clone();
        let seconds = time(|| pooling.select(processor, &x, &x, black_box(&mut y)));
        report(&format!("{name} select"), seconds, x.len() as f64);
        let seconds = time(|| pooling.scatter(processor, &x, &delta, black_box(&mut dx)));
        report(&format!("{name} scatter"), seconds, x.len() as f64);
    }
    let geometry = Product { batch: 1, m: batch, n: 10, k: 400, transpose_a: false, transpose_b: true };
    let (x, w, mut y) = (data::<T>(batch * 400), data::<T>(4000), data::<T>(batch * 10));
    let plan = geometry.plan::<T>(processor);
    let mut scratch = data::<T>(plan.scratch());
    let bias = data::<T>(10);
    let seconds = time(|| plan.run(processor, &x, &w, Some(&bias), black_box(&mut y), &mut scratch));
    report("linear 64 x 400 -> 10", seconds, 2.0 * (batch * 4000) as f64);
    let mut p = y.clone();
    let seconds = time(|| softmax(processor, batch, 10, 1, &y, black_box(&mut p)));
    report("softmax 64 x 10", seconds, p.len() as f64);
}

fn rows<T: Float>(processor: &Processor) {
    for length in [32, 1 << 12, 1 << 20, 1 << 24] {
        let x = data::<T>(length);
        let mut total = [T::literal(0.0)];
        let operations = length as f64;
        let seconds = time(|| sum(processor, 1, length, 1, &x, black_box(&mut total)));
        report(&format!("sum of {length}"), seconds, operations);
    }
    let (x, mut y) = (data::<T>(64 * 512), data::<T>(512));
    let seconds = time(|| sum(processor, 1, 64, 512, &x, black_box(&mut y)));
    report("sum of 64 rows of 512", seconds, x.len() as f64);
}

type Part = fn(&Processor);

fn all<T: Float>(processor: &Processor) {
    println!("{} on {} threads, {}", processor.instruction_set.name(), processor.threads.count(), T::NAME);
    let parts: [(&str, Part); 4] =
        [("products", products::<T>), ("network", network::<T>), ("pools", pools::<T>), ("rows", rows::<T>)];
    let asked = |name| std::env::args().any(|argument| argument == name);
    for (name, part) in parts {
        if asked(name) || !parts.iter().any(|(name, _)| asked(name)) {
            part(processor);
        }
    }
}

fn main() {
    let asked = |word: &str| std::env::args().any(|argument| argument == word);
    let mut processor = Processor::new(1);
    if asked("avx2") {
        let set = InstructionSet::available().find(|set| set.name() == "AVX2");
        processor.instruction_set = set.expect("this machine has AVX2");
    }
    if asked("two") {
        processor.threads = Threads::new(2);
    }
    if asked("f64") { all::<f64>(&processor) } else { all::<f32>(&processor) }
}
