//! The network: LeNet with fewer channels, written by hand.

use std::path::Path;
use std::sync::Arc;

use session::init;
use session::io::safetensors;
use session::prelude::*;
use session::random::Rng;

/// The parameters: two convolutions and a linear layer, 7,434 numbers.
pub struct LeNet {
    c1: Param<shape![8, 1, 5, 5]>,
    c1_bias: Param<shape![8]>,
    c2: Param<shape![16, 8, 5, 5]>,
    c2_bias: Param<shape![16]>,
    out: Param<shape![10, 400]>,
    out_bias: Param<shape![10]>,
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
    /// Starts as PyTorch's `Conv2d` and `Linear` do.
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

    /// Makes every parameter a leaf of the recording.
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

    /// Writes the weights as safetensors.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let tensors = self.tensors();
        let entries = tensors.iter().map(|(name, value)| (&**name, value.shape(), value.as_slice()));
        safetensors::save(path, &entries.collect::<Vec<_>>())
    }

    /// Replaces the weights by those of a file: all of them, or none if one is missing or of another shape
    /// or dtype.
    pub fn load(&self, path: &Path) -> Result<(), Error> {
        let tensors = self.tensors();
        let entries = tensors.iter().map(|(name, value)| (&**name, value.shape()));
        let mut values = safetensors::load(path, &entries.collect::<Vec<_>>())?.into_iter();
        set(&self.c1, values.next())?;
        set(&self.c1_bias, values.next())?;
        set(&self.c2, values.next())?;
        set(&self.c2_bias, values.next())?;
        set(&self.out, values.next())?;
        set(&self.out_bias, values.next())
    }

    fn tensors(&self) -> [(Arc<str>, DynTensor<f32>); 6] {
        [
            tensor(&self.c1),
            tensor(&self.c1_bias),
            tensor(&self.c2),
            tensor(&self.c2_bias),
            tensor(&self.out),
            tensor(&self.out_bias),
        ]
    }
}

/// The score of every digit, for a batch of any size.
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

fn tensor<S: Shape>(param: &Param<S>) -> (Arc<str>, DynTensor<f32>) {
    (param.name().expect("every parameter is named"), param.value().into_dyn())
}

fn set<S: Shape>(param: &Param<S>, value: Option<DynTensor<f32>>) -> Result<(), Error> {
    param.set_value(value.expect("a value for every parameter").into_shape()?);
    Ok(())
}
