//! What `graph!` writes for the network of the main job, as a user would write it without the macro.

use session::init;
use session::prelude::*;
use session::random::Rng;

pub struct LeNet {
    pub c1: Param<shape![8, 1, 5, 5]>,
    pub c1_bias: Param<shape![8]>,
    pub c2: Param<shape![16, 8, 5, 5]>,
    pub c2_bias: Param<shape![16]>,
    pub out: Param<shape![10, 400]>,
    pub out_bias: Param<shape![10]>,
}

/// The parameters as leaves of a recording.
pub struct LeNetRefs {
    c1: TensorRef<shape![8, 1, 5, 5]>,
    c1_bias: TensorRef<shape![8]>,
    c2: TensorRef<shape![16, 8, 5, 5]>,
    c2_bias: TensorRef<shape![16]>,
    out: TensorRef<shape![10, 400]>,
    out_bias: TensorRef<shape![10]>,
}

impl LeNet {
    pub fn new(rng: &mut Rng) -> Self {
        Self {
            c1: weight("c1", rng),
            c1_bias: bias("c1_bias", 25, rng),
            c2: weight("c2", rng),
            c2_bias: bias("c2_bias", 200, rng),
            out: weight("out", rng),
            out_bias: bias("out_bias", 400, rng),
        }
    }

    pub fn bind(&self, s: &Session) -> Result<LeNetRefs, Error> {
        Ok(LeNetRefs {
            c1: s.use_param(&self.c1)?,
            c1_bias: s.use_param(&self.c1_bias)?,
            c2: s.use_param(&self.c2)?,
            c2_bias: s.use_param(&self.c2_bias)?,
            out: s.use_param(&self.out)?,
            out_bias: s.use_param(&self.out_bias)?,
        })
    }

    /// Every parameter's name and numbers.
    pub fn values(&self) -> Vec<(String, Vec<f32>)> {
        vec![
            numbers(&self.c1),
            numbers(&self.c1_bias),
            numbers(&self.c2),
            numbers(&self.c2_bias),
            numbers(&self.out),
            numbers(&self.out_bias),
        ]
    }
}

pub fn forward<B: Dimension>(
    s: &Session,
    m: &LeNetRefs,
    x: TensorRef<shape![B, 1, 28, 28]>,
) -> TensorRef<shape![B, 10]> {
    let h = s.relu(s.conv2d(m.c1, m.c1_bias, x, Stride::<1>, Padding::<2>));
    let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
    let h = s.relu(s.conv2d(m.c2, m.c2_bias, h, Stride::<1>, Padding::<0>));
    let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
    s.linear(m.out, m.out_bias, s.flatten_from(h, Axis::<1>))
}

fn weight<S: Shape>(name: &str, rng: &mut Rng) -> Param<S> {
    Param::new(init::kaiming_uniform(5.0_f64.sqrt(), rng)).named(name)
}

fn bias<S: Shape>(name: &str, fan_in: usize, rng: &mut Rng) -> Param<S> {
    Param::new(init::bias_uniform(fan_in, rng)).named(name)
}

fn numbers<S: Shape>(param: &Param<S>) -> (String, Vec<f32>) {
    (param.name().expect("every parameter is named").to_string(), param.value().to_vec())
}
