//! The workloads: small and large networks, products, a chain of elementwise operations.

use session::Tape;
use session::optim::Sgd;
use session::prelude::*;
use session::tape::Profile;

use crate::harness::{Time, Timing, data, initial, labels};

type Result<T> = std::result::Result<T, Error>;

const RATE: f64 = 0.01;

/// What is counted beside time.
#[derive(Clone, Copy)]
pub enum Work {
    /// Floating-point operations.
    Flops(f64),
    /// Bytes read and written, by arrays that are read or written once.
    Bytes(f64),
}

/// One line of results.
pub struct Row {
    pub workload: &'static str,
    pub variant: String,
    pub time: Time,
    pub work: Work,
    /// The loss after ten steps, or a sum of what comes out: the same in every program.
    pub check: Option<f64>,
    /// The instructions and the places of their values.
    pub tape: String,
    /// The time of each instruction, if it was asked for.
    pub profile: Option<Profile>,
}

/// How it is run.
#[derive(Clone, Copy)]
pub struct Setup {
    pub threads: usize,
    pub timing: Timing,
    /// Whether to time each instruction too.
    pub profile: bool,
}

/// Runs a workload in each of its variants.
pub type Workload = fn(Setup) -> Result<Vec<Row>>;

/// All of them, by name.
pub const WORKLOADS: [(&str, Workload); 8] = [
    ("W1", tiny),
    ("W2", perceptron),
    ("W3", convolutions),
    ("W4b1", transformer),
    ("W4b8", large_transformer),
    ("W5", products),
    ("W6", elementwise),
    ("W7", forward),
];

impl Setup {
    fn options(self) -> Options {
        Options::default().threads(self.threads)
    }

    /// The times of the instructions, if they are asked for.
    fn profile(self, tape: &Tape<f32>, naturals: &[Vec<usize>]) -> Result<Option<Profile>> {
        if self.profile { tape.profile(naturals, 100).map(Some) } else { Ok(None) }
    }

    /// A step of gradient descent, compiled once and replayed.
    fn replayed(self, workload: &'static str, record: impl Fn(&Session<f32>) -> Result<TensorRef<()>>) -> Result<Row> {
        let s = Session::new(self.options());
        let mut step = s.compile_step(record(&s)?, Sgd::new(RATE))?;
        let mut check = 0.0;
        for _ in 0..10 {
            check = step.run(())?.into();
        }
        let time = self.timing.of(|| {
            step.run(()).expect("the step ran before");
        });
        let work = Work::Flops(step.tape().schedule().flops() as f64);
        let profile = self.profile(step.tape(), &s.snapshot().naturals)?;
        let (variant, tape) = ("step, replayed".to_owned(), step.tape().to_string());
        Ok(Row { workload, variant, time, work, check: Some(check), tape, profile })
    }

    /// The same, recorded anew for every step.
    fn recorded(self, workload: &'static str, record: impl Fn(&Session<f32>) -> Result<TensorRef<()>>) -> Result<Row> {
        let (s, mut optimizer) = (Session::new(self.options()), Sgd::new(RATE));
        let flops = s.compile_step(record(&s)?, Sgd::new(RATE))?.tape().schedule().flops();
        let mut step = || {
            s.reset_tape();
            s.step(record(&s)?, &mut optimizer)
        };
        let mut check = 0.0;
        for _ in 0..10 {
            check = step()?.into();
        }
        let time = self.timing.of(|| {
            step().expect("the step ran before");
        });
        let work = Work::Flops(flops as f64);
        let variant = "step, recorded".to_owned();
        Ok(Row { workload, variant, time, work, check: Some(check), tape: String::new(), profile: None })
    }
}

/// Weight and bias of layer `number`.
struct Layer<W: Shape, B: Shape>(Param<W>, Param<B>);

impl<W: Shape, B: Shape> Layer<W, B> {
    fn new(number: u32) -> Self {
        let inputs = W::DIMS[1..].iter().product();
        Self(Param::new(initial(10 * number + 1, inputs)), Param::new(initial(10 * number + 2, inputs)))
    }

    fn bind(&self, s: &Session<f32>) -> Result<(TensorRef<W>, TensorRef<B>)> {
        Ok((s.use_param(&self.0)?, s.use_param(&self.1)?))
    }
}

/// W1: 4-32-32-1 with tanh, batch 1.
fn tiny(setup: Setup) -> Result<Vec<Row>> {
    fn network() -> impl Fn(&Session<f32>) -> Result<TensorRef<()>> {
        let a = Layer::<shape![32, 4], shape![32]>::new(1);
        let b = Layer::<shape![32, 32], shape![32]>::new(2);
        let c = Layer::<shape![1, 32], shape![1]>::new(3);
        let (x, y) = (data::<shape![1, 4]>(1001), data::<shape![1, 1]>(1002));
        move |s| {
            let ((w1, b1), (w2, b2), (w3, b3)) = (a.bind(s)?, b.bind(s)?, c.bind(s)?);
            let (x, y) = (s.input(x.clone())?, s.input(y.clone())?);
            let h = s.tanh(s.linear(w1, b1, x));
            let h = s.tanh(s.linear(w2, b2, h));
            Ok(s.mse_loss(s.linear(w3, b3, h), y))
        }
    }
    Ok(vec![setup.replayed("W1", network())?, setup.recorded("W1", network())?])
}

/// W2: 784-512-512-10 with relu, batch 64.
fn perceptron(setup: Setup) -> Result<Vec<Row>> {
    let a = Layer::<shape![512, 784], shape![512]>::new(1);
    let b = Layer::<shape![512, 512], shape![512]>::new(2);
    let c = Layer::<shape![10, 512], shape![10]>::new(3);
    let (x, y) = (data::<shape![64, 784]>(1001), labels::<64>());
    let row = setup.replayed("W2", |s| {
        let ((w1, b1), (w2, b2), (w3, b3)) = (a.bind(s)?, b.bind(s)?, c.bind(s)?);
        let (x, y) = (s.input(x.clone())?, s.input_nats::<shape![64]>(&y)?);
        let h = s.relu(s.linear(w1, b1, x));
        let h = s.relu(s.linear(w2, b2, h));
        Ok(s.cross_entropy(s.linear(w3, b3, h), y))
    })?;
    Ok(vec![row])
}

/// W3: two convolutions with pools and a linear layer, batch 32.
fn convolutions(setup: Setup) -> Result<Vec<Row>> {
    let a = Layer::<shape![8, 1, 5, 5], shape![8]>::new(1);
    let b = Layer::<shape![16, 8, 5, 5], shape![16]>::new(2);
    let c = Layer::<shape![10, 400], shape![10]>::new(3);
    let (x, y) = (data::<shape![32, 1, 28, 28]>(1001), labels::<32>());
    let row = setup.replayed("W3", |s| {
        let ((w1, b1), (w2, b2), (w3, b3)) = (a.bind(s)?, b.bind(s)?, c.bind(s)?);
        let (x, y) = (s.input(x.clone())?, s.input_nats::<shape![32]>(&y)?);
        let h = s.relu(s.conv2d(w1, b1, x, Stride::<1>, Padding::<2>));
        let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
        let h = s.relu(s.conv2d(w2, b2, h, Stride::<1>, Padding::<0>));
        let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
        Ok(s.cross_entropy(s.linear(w3, b3, s.flatten_from(h, Axis::<1>)), y))
    })?;
    Ok(vec![row])
}

type Square = Layer<shape![256, 256], shape![256]>;

/// W4: attention of 8 heads with biases and a feed-forward part, each added to what went in and normalised.
macro_rules! transformer {
    ($name:ident $workload:literal $batch:literal $stack:literal) => {
        fn $name(setup: Setup) -> Result<Vec<Row>> {
            type X = shape![$batch, 128, 256];
            let [q, k, v, o] = [1, 2, 3, 4].map(Square::new);
            let first = Layer::<shape![1024, 256], shape![1024]>::new(5);
            let second = Layer::<shape![256, 1024], shape![256]>::new(6);
            let [g1, g2] = [(); 2].map(|()| Param::new(Tensor::<f32, shape![256]>::ones()));
            let [h1, h2] = [(); 2].map(|()| Param::new(Tensor::<f32, shape![256]>::zeros()));
            let (x, y) = (data::<X>(1001), data::<X>(1002));
            let row = setup.replayed($workload, |s| {
                let [q, k, v, o] = [q.bind(s)?, k.bind(s)?, v.bind(s)?, o.bind(s)?];
                let ((w1, b1), (w2, b2)) = (first.bind(s)?, second.bind(s)?);
                let [g1, h1, g2, h2] = [s.use_param(&g1)?, s.use_param(&h1)?, s.use_param(&g2)?, s.use_param(&h2)?];
                let (x, y) = (s.input(x.clone())?, s.input(y.clone())?);
                let heads = |(w, b)| {
                    let split = s.reshape(s.linear(w, b, x), dims![$batch, 128, 8, 32]);
                    s.reshape(s.permute(split, dims![0, 2, 1, 3]), dims![$stack, 128, 32])
                };
                let scores = s.bmm(heads(q), s.swap_last_two(heads(k)));
                let weights = s.softmax(s.scale(scores, 1.0 / 32.0_f64.sqrt()));
                let split = s.reshape(s.bmm(weights, heads(v)), dims![$batch, 8, 128, 32]);
                let joined = s.reshape(s.permute(split, dims![0, 2, 1, 3]), dims![$batch, 128, 256]);
                let h = s.layer_norm_eps(s.add(x, s.linear(o.0, o.1, joined)), g1, h1, 1e-5);
                let z = s.linear(w2, b2, s.relu(s.linear(w1, b1, h)));
                Ok(s.mse_loss(s.layer_norm_eps(s.add(h, z), g2, h2, 1e-5), y))
            })?;
            Ok(vec![row])
        }
    };
}

transformer!(transformer "W4b1" 1 8);
transformer!(large_transformer "W4b8" 8 64);

/// W5: products of square matrices.
fn products(setup: Setup) -> Result<Vec<Row>> {
    fn square<const N: usize>(setup: Setup) -> Result<Row> {
        let (a, b) = (data::<shape![{ N }, { N }]>(1), data::<shape![{ N }, { N }]>(2));
        let product = |s: &Session<f32>, (), (a, b): (Matrix<N>, Matrix<N>)| s.matmul(a, b);
        let mut product = Function::record(setup.options(), &["a", "b"], &["c"], |_| Ok(()), product)?;
        let time = setup.timing.of(|| {
            product.run((&a, &b)).expect("there are no indices");
        });
        let (work, tape) = (Work::Flops(2.0 * (N as f64).powi(3)), product.tape().to_string());
        let profile = setup.profile(product.tape(), &[])?;
        Ok(Row { workload: "W5", variant: format!("N = {N}"), time, work, check: None, tape, profile })
    }
    Ok(vec![square::<64>(setup)?, square::<256>(setup)?, square::<1024>(setup)?, square::<2048>(setup)?])
}

type Matrix<const N: usize> = TensorRef<shape![{ N }, { N }]>;

dim!(Elements = 16_777_216);
type Vector = shape![Elements];

/// W6: sigmoid(a b + c) tanh(a) for 16 million elements.
fn elementwise(setup: Setup) -> Result<Vec<Row>> {
    let [a, b, c] = [1, 2, 3].map(data::<Vector>);
    type Three = (TensorRef<Vector>, TensorRef<Vector>, TensorRef<Vector>);
    let chain = |s: &Session<f32>, (), (a, b, c): Three| {
        let gate = s.sigmoid(s.add(s.mul(a, b), c));
        s.mul(gate, s.tanh(a))
    };
    let mut chain = Function::record(setup.options(), &["a", "b", "c"], &["y"], |_| Ok(()), chain)?;
    let y = chain.run((&a, &b, &c))?;
    let check = y.as_slice().iter().step_by(4099).map(|&y| f64::from(y)).sum();
    drop(y);
    let time = setup.timing.of(|| {
        chain.run((&a, &b, &c)).expect("there are no indices");
    });
    let (work, tape) = (Work::Bytes(16.0 * a.as_slice().len() as f64), chain.tape().to_string());
    let profile = setup.profile(chain.tape(), &[])?;
    let variant = "forward".to_owned();
    Ok(vec![Row { workload: "W6", variant, time, work, check: Some(check), tape, profile }])
}

/// W7: small networks forward, batch 1.
fn forward(setup: Setup) -> Result<Vec<Row>> {
    let a = Layer::<shape![32, 4], shape![32]>::new(1);
    let b = Layer::<shape![32, 32], shape![32]>::new(2);
    let c = Layer::<shape![1, 32], shape![1]>::new(3);
    let x = data::<shape![1, 4]>(1001);
    let bind = |s: &Session<f32>| Ok((a.bind(s)?, b.bind(s)?, c.bind(s)?));
    let mut small =
        Function::record(setup.options(), &["x"], &["y"], bind, |s, ((w1, b1), (w2, b2), (w3, b3)), (x,)| {
            let h = s.tanh(s.linear(w1, b1, x));
            s.linear(w3, b3, s.tanh(s.linear(w2, b2, h)))
        })?;
    let rows = [inference(setup, "4-32-32-1", &mut small, &x)?];

    let a = Layer::<shape![64, 64], shape![64]>::new(1);
    let b = Layer::<shape![64, 64], shape![64]>::new(2);
    let c = Layer::<shape![10, 64], shape![10]>::new(3);
    let x = data::<shape![1, 64]>(1001);
    let bind = |s: &Session<f32>| Ok((a.bind(s)?, b.bind(s)?, c.bind(s)?));
    let mut wide =
        Function::record(setup.options(), &["x"], &["y"], bind, |s, ((w1, b1), (w2, b2), (w3, b3)), (x,)| {
            let h = s.relu(s.linear(w1, b1, x));
            s.linear(w3, b3, s.relu(s.linear(w2, b2, h)))
        })?;
    Ok(rows.into_iter().chain([inference(setup, "64-64-64-10", &mut wide, &x)?]).collect())
}

fn inference<X: Shape, Y: Shape>(
    setup: Setup,
    variant: &str,
    network: &mut Function<f32, (TensorRef<X>,), TensorRef<Y>>,
    x: &Tensor<f32, X>,
) -> Result<Row> {
    let check = network.run((x,))?.as_slice().iter().map(|&y| f64::from(y)).sum();
    let time = setup.timing.of(|| {
        network.run((x,)).expect("there are no indices");
    });
    let work = Work::Flops(network.tape().schedule().flops() as f64);
    let tape = network.tape().to_string();
    let (profile, variant) = (setup.profile(network.tape(), &[])?, format!("forward {variant}"));
    Ok(Row { workload: "W7", variant, time, work, check: Some(check), tape, profile })
}
