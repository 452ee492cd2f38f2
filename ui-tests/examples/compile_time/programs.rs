//! The programs that are compiled. A repetition has sizes of its own, so that nothing of it is known from the last.

use std::fmt::Write;

/// A program to compile, and what it should take.
pub struct Case {
    /// Also the name of its crate.
    pub name: String,
    /// The user CPU seconds of `cargo check` over the empty program, on an idle machine.
    pub check_goal: Option<f64>,
    /// Those of `cargo build --release`.
    pub release_goal: Option<f64>,
    /// The source of repetition `shift`.
    pub source: Box<dyn Fn(usize) -> String>,
    /// The same program for the peer.
    pub peer: Option<Box<dyn Fn(usize) -> String>>,
}

impl Case {
    fn new(name: impl Into<String>, source: impl Fn(usize) -> String + 'static) -> Self {
        Self { name: name.into(), check_goal: None, release_goal: None, source: Box::new(source), peer: None }
    }

    fn check_goal(mut self, seconds: f64) -> Self {
        self.check_goal = Some(seconds);
        self
    }

    fn release_goal(mut self, seconds: f64) -> Self {
        self.release_goal = Some(seconds);
        self
    }

    fn peer(mut self, source: impl Fn(usize) -> String + 'static) -> Self {
        self.peer = Some(Box::new(source));
        self
    }
}

/// All programs; the first is the empty one, whose time is taken off the others'.
pub fn all() -> Vec<Case> {
    let linear =
        |layers| Case::new(format!("linear-{layers}"), linear(layers)).peer(move |shift| peer_linear(layers, shift));
    vec![
        Case::new("empty", empty).peer(empty),
        linear(4),
        linear(16),
        linear(64).check_goal(0.10).release_goal(2.0),
        linear(256).check_goal(0.45),
        Case::new("convolutions-64", convolutions(64)).check_goal(0.8),
        Case::new("concats-64", concats(64)),
        Case::new("reshapes-64", reshapes(64)),
        Case::new("gpt-2", gpt_2),
    ]
}

fn empty(shift: usize) -> String {
    format!("fn main() {{\n    println!(\"{shift}\");\n}}\n")
}

/// A model of parameters, its forward pass, and a loop that trains it.
struct Model {
    parameters: Vec<Vec<usize>>,
    input: Vec<usize>,
    output: Vec<usize>,
    /// The statements between the parameters `p0, p1, ..` and the input `x`, and the result `x`.
    forward: String,
}

/// `shape![2, 3]` of `[2, 3]`.
fn shape(sizes: &[usize]) -> String {
    format!("shape!{sizes:?}")
}

impl Model {
    fn source(&self) -> String {
        let Self { parameters, input, output, forward } = self;
        let (input, output) = (shape(input), shape(output));
        let list = |item: &dyn Fn(usize, &[usize]) -> String| -> String {
            parameters.iter().enumerate().map(|(index, sizes)| item(index, sizes)).collect()
        };
        let fields = list(&|index, sizes| format!("    p{index}: Param<{}>,\n", shape(sizes)));
        let values = list(&|index, _| format!("            p{index}: Param::new(Tensor::randn(s.rng())),\n"));
        let leaves = list(&|index, _| format!("        let p{index} = s.use_param(&self.p{index})?;\n"));
        format!(
            "use session::optim::Sgd;
use session::prelude::*;

struct Model {{
{fields}}}

impl Model {{
    fn new(s: &Session) -> Self {{
        Self {{
{values}        }}
    }}

    fn forward(&self, s: &Session, x: TensorRef<{input}>) -> Result<TensorRef<{output}>, Error> {{
{leaves}{forward}        Ok(x)
    }}
}}

fn main() -> Result<(), Error> {{
    let s = Session::<f32>::new(Options::default());
    let model = Model::new(&s);
    let mut optimizer = Sgd::new(0.01);
    for _ in 0..10 {{
        s.reset_tape();
        let x = s.input(Tensor::randn(s.rng()))?;
        let y = s.input(Tensor::randn(s.rng()))?;
        let loss = s.mse_loss(model.forward(&s, x)?, y);
        println!(\"{{}}\", s.step(loss, &mut optimizer)?);
    }}
    Ok(())
}}
"
        )
    }
}

/// Layers of growing width.
fn width(layer: usize, shift: usize) -> usize {
    16 + layer + shift
}

fn linear(layers: usize) -> impl Fn(usize) -> String {
    move |shift| {
        let mut model = Model {
            parameters: Vec::new(),
            input: vec![64, width(0, shift)],
            output: vec![64, width(layers, shift)],
            forward: String::new(),
        };
        for layer in 0..layers {
            let (from, to) = (width(layer, shift), width(layer + 1, shift));
            model.parameters.extend([vec![to, from], vec![to]]);
            let (weight, bias) = (2 * layer, 2 * layer + 1);
            model.forward += &format!("        let x = s.relu(s.linear(p{weight}, p{bias}, x));\n");
        }
        model.source()
    }
}

/// Each with one more channel, its image smaller by two.
fn convolutions(count: usize) -> impl Fn(usize) -> String {
    move |shift| {
        let image = 2 * count + 20 + shift;
        let mut model = Model {
            parameters: Vec::new(),
            input: vec![2, 1, image, image],
            output: vec![2, 1 + count, image - 2 * count, image - 2 * count],
            forward: String::new(),
        };
        for channels in 1..=count {
            model.parameters.extend([vec![channels + 1, channels, 3, 3], vec![channels + 1]]);
            let (weight, bias) = (2 * (channels - 1), 2 * channels - 1);
            let call = format!("s.conv2d(p{weight}, p{bias}, x, Stride::<1>, Padding::<0>)");
            model.forward += &format!("        let x = s.relu({call});\n");
        }
        model.source()
    }
}

fn concats(count: usize) -> impl Fn(usize) -> String {
    move |shift| {
        let rows = |index: usize| 1 + index % 7 + shift;
        let total: usize = (0..count).map(rows).sum();
        let model = Model {
            parameters: (0..count).map(|index| vec![rows(index), 8]).collect(),
            input: vec![3, 8],
            output: vec![3 + total, 8],
            forward: (0..count).map(|index| format!("        let x = s.concat(x, p{index});\n")).collect(),
        };
        model.source()
    }
}

/// Each of a matrix to one axis longer than the table of sizes.
fn reshapes(count: usize) -> impl Fn(usize) -> String {
    move |shift| {
        let rows = |index: usize| 70 + index + 100 * shift;
        let call = |index| format!("        _ = s.reshape(p{index}, dims![{}]);\n", rows(index) * 100);
        let model = Model {
            parameters: (0..count).map(|index| vec![rows(index), 100]).collect(),
            input: vec![3],
            output: vec![3],
            forward: (0..count).map(call).collect(),
        };
        model.source()
    }
}

/// Twelve blocks of the sizes of the small GPT-2.
fn gpt_2(shift: usize) -> String {
    format!(
        "use session::optim::Adam;
use session::prelude::*;

type Tokens = shape![2, {time}];
type Hidden = shape![2, {time}, 768];

struct Linear<W: Shape, B: Shape> {{
    weight: Param<W>,
    bias: Param<B>,
}}

impl<W: Shape, B: Shape> Linear<W, B> {{
    fn new(s: &Session) -> Self {{
        Self {{ weight: Param::new(Tensor::randn(s.rng()) * 0.02), bias: Param::new(Tensor::zeros()) }}
    }}
}}

struct Norm {{
    scale: Param<shape![768]>,
    shift: Param<shape![768]>,
}}

impl Norm {{
    fn new() -> Self {{
        Self {{ scale: Param::new(Tensor::ones()), shift: Param::new(Tensor::zeros()) }}
    }}
}}

struct Block {{
    before_attention: Norm,
    attention: [Param<shape![768, 768]>; 4],
    before_feed_forward: Norm,
    up: Linear<shape![3072, 768], shape![3072]>,
    down: Linear<shape![768, 3072], shape![768]>,
}}

impl Block {{
    fn new(s: &Session) -> Self {{
        Self {{
            before_attention: Norm::new(),
            attention: std::array::from_fn(|_| Param::new(Tensor::randn(s.rng()) * 0.02)),
            before_feed_forward: Norm::new(),
            up: Linear::new(s),
            down: Linear::new(s),
        }}
    }}
}}

struct Gpt {{
    tokens: Param<shape![50257, 768]>,
    positions: Param<shape![{time}, 768]>,
    blocks: Vec<Block>,
    last: Norm,
    logits: Linear<shape![50257, 768], shape![50257]>,
}}

impl Gpt {{
    fn new(s: &Session) -> Self {{
        Self {{
            tokens: Param::new(Tensor::randn(s.rng()) * 0.02),
            positions: Param::new(Tensor::randn(s.rng()) * 0.02),
            blocks: (0..12).map(|_| Block::new(s)).collect(),
            last: Norm::new(),
            logits: Linear::new(s),
        }}
    }}

    fn forward(&self, s: &Session, tokens: NatTensorRef<Tokens>) -> Result<TensorRef<shape![2, {time}, 50257]>, Error> {{
        let norm = |norm: &Norm| Ok::<_, Error>((s.use_param(&norm.scale)?, s.use_param(&norm.shift)?));
        let table = s.use_param(&self.tokens)?;
        let positions = s.use_param(&self.positions)?;
        let mut blocks = Vec::new();
        for block in &self.blocks {{
            let [wq, wk, wv, wo] = &block.attention;
            let attention = (s.use_param(wq)?, s.use_param(wk)?, s.use_param(wv)?, s.use_param(wo)?);
            let up = (s.use_param(&block.up.weight)?, s.use_param(&block.up.bias)?);
            let down = (s.use_param(&block.down.weight)?, s.use_param(&block.down.bias)?);
            blocks.push((norm(&block.before_attention)?, attention, norm(&block.before_feed_forward)?, up, down));
        }}
        let (scale, shift) = norm(&self.last)?;
        let (weight, bias) = (s.use_param(&self.logits.weight)?, s.use_param(&self.logits.bias)?);

        let mut x: TensorRef<Hidden> = s.broadcast_add(s.embedding(table, tokens), positions);
        for (first, (wq, wk, wv, wo), second, up, down) in blocks {{
            let h = s.layer_norm(x, first.0, first.1);
            x = s.add(x, s.multi_head_attention(wq, wk, wv, wo, h, Heads::<12>, Some(Mask::causal())));
            let h = s.layer_norm(x, second.0, second.1);
            x = s.add(x, s.linear(down.0, down.1, s.gelu(s.linear(up.0, up.1, h))));
        }}
        Ok(s.linear(weight, bias, s.layer_norm(x, scale, shift)))
    }}
}}

fn main() -> Result<(), Error> {{
    let s = Session::<f32>::new(Options::default());
    let model = Gpt::new(&s);
    let mut optimizer = Adam::new(3e-4);
    for _ in 0..10 {{
        s.reset_tape();
        let words: Vec<usize> = (0..2 * {time}).map(|_| s.rng().below(50257)).collect();
        let tokens = s.input_nats::<Tokens>(&words)?;
        let labels = s.input_nats::<Tokens>(&words)?;
        let loss = s.cross_entropy(model.forward(&s, tokens)?, labels);
        println!(\"{{}}\", s.step(loss, &mut optimizer)?);
    }}
    Ok(())
}}
",
        time = 128 + shift
    )
}

/// The same layers and the same loop in dfdx 0.13.
fn peer_linear(layers: usize, shift: usize) -> String {
    let mut modules: Vec<String> = (0..layers)
        .map(|layer| format!("(Linear<{}, {}>, ReLU)", width(layer, shift), width(layer + 1, shift)))
        .collect();
    // Its modules are implemented for short tuples only: deeper models are tuples of tuples.
    while modules.len() > 1 {
        modules = modules.chunks(4).map(|modules| format!("({},)", modules.join(", "))).collect();
    }
    let mut source = "#![recursion_limit = \"1024\"]\n".to_owned();
    _ = write!(
        source,
        "use dfdx::losses::mse_loss;
use dfdx::nn::builders::{{Linear, ReLU}};
use dfdx::optim::{{Optimizer, Sgd, SgdConfig}};
use dfdx::prelude::*;

type Model = {};

fn main() {{
    let device = Cpu::default();
    let mut model = device.build_module::<Model, f32>();
    let mut gradients = model.alloc_grads();
    let mut optimizer = Sgd::new(&model, SgdConfig {{ lr: 0.01, momentum: None, weight_decay: None }});
    for _ in 0..10 {{
        let x: Tensor<Rank2<64, {}>, f32, _> = device.sample_normal();
        let y: Tensor<Rank2<64, {}>, f32, _> = device.sample_normal();
        let loss = mse_loss(model.forward(x.traced(gradients)), y);
        println!(\"{{}}\", loss.array());
        gradients = loss.backward();
        optimizer.update(&mut model, &gradients).unwrap();
        model.zero_grads(&mut gradients);
    }}
}}
",
        modules[0],
        width(0, shift),
        width(layers, shift),
    );
    source
}
