//! What programs would compile anew, compiled here once: for `f32`, and with the feature `f64` for that number too.
//!
//! Nearly everything around a graph is generic over the number, and rustc compiles a generic function in the crate
//! that uses it: each program would optimise the session, the tape and the optimisers again, for two seconds. But a
//! generic function that is `#[inline(never)]` is taken from a crate that has an instance of it. So there is one rule:
//!
//! * what a shape or another type of the user is a parameter of, is a thin front of a function that has the number as
//!   its only parameter;
//! * that function is `#[inline(never)]` and is reached by `program`.
//!
//! A function that misses costs compile time and nothing else. So does the feature: without it a program of `f64` compiles
//! for itself what its `f64` needs, kernels included, and everybody else waits for none of that.
#![doc(hidden)]

use crate::DynParam;
use crate::optim::{Adam, AdamW, Clipped, RmsProp, Sgd};
use crate::prelude::*;

/// Makes the instances. Nobody calls it, and no program contains it.
pub fn instances(session: &Session<f32>) -> Result<(), Error> {
    program(session)
}

/// Makes those of `f64`.
#[cfg(feature = "f64")]
pub fn instances_of_f64(session: &Session<f64>) -> Result<(), Error> {
    program(session)
}

fn program<T: Float>(s: &Session<T>) -> Result<(), Error> {
    let one = T::from_f64(1.0);
    drop(Session::<T>::new(Options::default()));
    s.reset_tape();

    let mut tensor = Tensor::<T, ()>::from_vec(vec![one])?;
    for other in
        [Tensor::zeros(), Tensor::from_slice(&[one])?, Tensor::randn(s.rng()), Tensor::uniform(one, one, s.rng())]
    {
        tensor.as_mut_slice()[0] = other.value();
    }
    let untyped = DynTensor::new(tensor.clone().into_dyn().shape(), tensor.to_vec())?;
    println!("{tensor} {tensor:?} {:?} {}", untyped.argmax_last(), untyped.accuracy(&[])?);
    drop(untyped.clone().into_vec());

    let param = Param::new(tensor.clone()).named("name").frozen();
    param.set_value(param.value());
    param.set_requires_grad(param.name().is_some() && param.requires_grad().is_some());
    let untyped_param = DynParam::new("name", untyped.clone());
    untyped_param.set_value(&param.to_dyn().value())?;

    let natural = s.input_nat(0)?;
    s.set_nat(natural, s.nat(natural)?)?;
    let leaf = s.input_named("name", tensor.clone())?;
    s.use_param(&param)?;
    s.use_param_dyn(&untyped_param)?;
    s.input_dyn(untyped.clone())?;
    let loss = s.dropout_keyed(s.softmax(s.var(leaf)), 0.5, natural);
    s.keep(s.typed::<()>(s.constant(s.value(loss)?).id())?)?;
    s.value_dyn(leaf.id())?;
    s.restore(s.snapshot())?;
    println!("{s:?} {} {}", s.graph(), s.compile());

    let dense = s.backward_dense_from(&[Some(untyped.clone())])?;
    println!("{dense:?} {:?} {:?}", dense.get(leaf)?, dense.get_dyn(leaf.id())?);
    println!("{} {} {}", s.verify(loss)?, s.verify_all()?, s.verify_kernels(loss)?);
    println!("{} {}", s.compile().verify(&[])?, s.compile().verify_kernels(&[])?);
    s.sgd_step_all(0.1, &s.backward_scalar_dense_all(loss)?)?;
    let grads = s.backward_params(loss)?;
    println!("{grads:?} {:?}", grads.get(&param));
    s.sgd_step_all(0.1, &grads)?;
    s.jvp_dense_all(loss, &[untyped])?;
    s.jvp_leaf(loss, leaf, tensor.clone())?;
    s.hvp_leaf(loss, leaf, tensor.clone())?;

    let model = [param];
    model.name_parameters();
    println!("{}", model.summary());
    let copy = model.deep_clone();
    copy.save_safetensors("")?;
    copy.load_safetensors("")?;
    let [w] = model.bind(s)?;
    type Inputs = (TensorRef<()>, NatRef);
    let (inputs, results, x) = (["x", "key"], ["y"], tensor.clone());
    let record = |s: &Session<T>, [w]: [TensorRef<()>; 1], (x, key): Inputs| s.dropout_keyed(s.mul(w, x), 0.5, key);
    println!("{}", crate::function::graph::<T, Inputs, _, _>(&inputs, |s| model.bind(s), record)?);
    let mut function = Function::record(Options::default(), &inputs, &results, |s| model.bind(s), record)?;
    println!("{function:?} {w:?} {:?}", function.run((&x, &[0]))?);
    println!("{} {}", function.verify()?, function.verify_kernels()?);
    println!("{:?}", function.into_step(Sgd::new(0.1))?.run((&x, &[0]))?);

    let mut step = s.compile_step(loss, Clipped::new(Adam::new(0.1), 1.0))?;
    step.run(((leaf, &tensor), (natural, &[0])))?;
    println!("{step:?} {} {} {}", step.verify()?, step.verify_kernels()?, step.verify_graph(step.graph())?);
    println!("{:?}", step.optimizer().state());
    s.step(loss, &mut Sgd::new(0.1))?;
    s.step(loss, &mut AdamW::new(0.1))?;
    s.step(loss, &mut RmsProp::new(0.1))?;
    Ok(())
}
