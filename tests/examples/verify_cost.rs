//! What verification costs: time and peak memory of the workloads that have a limit.
//!
//! ```sh
//! cargo run --release -p session-tests --example verify_cost -- [mlp | lenet | transformer]
//! ```
//!
//! Each workload is best measured in a process of its own: the peak is the process's.
#![forbid(unsafe_code)]

use std::time::Instant;

use session::prelude::*;

type Result<T> = std::result::Result<T, Error>;

fn zeros<S: Shape>(s: &Session<f32>) -> TensorRef<S> {
    s.input(Tensor::zeros()).expect("leaves come before nodes")
}

/// MNIST by two linear layers, batch 32.
fn mlp(s: &Session<f32>) -> Result<TensorRef<()>> {
    let x = zeros::<shape![32, 784]>(s);
    let (w1, b1) = (zeros::<shape![512, 784]>(s), zeros::<shape![512]>(s));
    let (w2, b2) = (zeros::<shape![10, 512]>(s), zeros::<shape![10]>(s));
    let labels = s.input_nats::<shape![32]>(&[3; 32])?;
    let hidden = s.relu(s.linear(w1, b1, x));
    Ok(s.cross_entropy(s.linear(w2, b2, hidden), labels))
}

/// Two convolutions with pools, two linear layers, batch 8.
fn lenet(s: &Session<f32>) -> Result<TensorRef<()>> {
    let x = zeros::<shape![8, 1, 28, 28]>(s);
    let (k1, c1) = (zeros::<shape![8, 1, 5, 5]>(s), zeros::<shape![8]>(s));
    let (k2, c2) = (zeros::<shape![16, 8, 5, 5]>(s), zeros::<shape![16]>(s));
    let (w1, b1) = (zeros::<shape![64, 400]>(s), zeros::<shape![64]>(s));
    let (w2, b2) = (zeros::<shape![10, 64]>(s), zeros::<shape![10]>(s));
    let labels = s.input_nats::<shape![8]>(&[3; 8])?;
    let x = s.relu(s.conv2d(k1, c1, x, Stride::<1>, Padding::<2>));
    let x = s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>);
    let x = s.relu(s.conv2d(k2, c2, x, Stride::<1>, Padding::<0>));
    let x = s.flatten_from(s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>), Axis::<1>);
    let x = s.relu(s.linear(w1, b1, x));
    Ok(s.cross_entropy(s.linear(w2, b2, x), labels))
}

/// A transformer block: 128 positions, width 256, 8 heads, feed-forward width 1024, batch 1.
fn transformer(s: &Session<f32>) -> Result<TensorRef<()>> {
    type X = shape![1, 128, 256];
    let (x, target) = (zeros::<X>(s), zeros::<X>(s));
    let [wq, wk, wv, wo] = [(); 4].map(|()| zeros::<shape![256, 256]>(s));
    let [g1, h1, g2, h2] = [(); 4].map(|()| zeros::<shape![256]>(s));
    let (w1, b1) = (zeros::<shape![1024, 256]>(s), zeros::<shape![1024]>(s));
    let (w2, b2) = (zeros::<shape![256, 1024]>(s), zeros::<shape![256]>(s));
    let normal = s.layer_norm(x, g1, h1);
    let x = s.add(x, s.multi_head_attention(wq, wk, wv, wo, normal, Heads::<8>, None));
    let hidden = s.relu(s.linear(w1, b1, s.layer_norm(x, g2, h2)));
    let y = s.add(x, s.linear(w2, b2, hidden));
    Ok(s.mse_loss(y, target))
}

/// The largest memory that the process has had, in MiB; where the system says it.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

type Workload = fn(&Session<f32>) -> Result<TensorRef<()>>;

fn main() -> Result<()> {
    let chosen = std::env::args().nth(1);
    let workloads: [(&str, Workload); 3] = [("mlp", mlp), ("lenet", lenet), ("transformer", transformer)];
    for (name, record) in workloads {
        if chosen.as_deref().is_some_and(|chosen| chosen != name) {
            continue;
        }
        let s = Session::new(Options::default());
        let loss = record(&s)?;
        let begin = Instant::now();
        let certificate = s.verify(loss)?;
        println!("{name}: {certificate}");
        let memory = peak().map_or("unknown".to_owned(), |mebibytes| format!("{mebibytes:.0} MiB"));
        println!("{name}: {:.3} s, peak of the process {memory}\n", begin.elapsed().as_secs_f64());
    }
    Ok(())
}
