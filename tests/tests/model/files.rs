//! Models to and from files.

use std::path::{Path, PathBuf};

use session::io::{checkpoint, safetensors};
use session::ir::DynShape;
use session::optim::Adam;
use session::prelude::*;

use crate::network::{Network, PARAMETERS};

/// A file for one test, deleted at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("session-model-{}-{name}.safetensors", std::process::id())))
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn what_is_saved_is_loaded() {
    let path = Scratch::new("round");
    let (saved, loaded) = (Network::<f32>::new(1), Network::<f32>::new(2));
    assert_ne!(saved.numbers(), loaded.numbers());
    saved.save_safetensors(&path).unwrap();
    loaded.load_safetensors(&path).unwrap();
    assert_eq!(saved.numbers(), loaded.numbers());
    assert_eq!(loaded.decoder.value(), saved.encoder.value(), "still tied");
    let all = safetensors::load_all::<f32>(&path).unwrap();
    let found: Vec<_> = all.iter().map(|(name, value)| (&**name, value.shape())).collect();
    assert_eq!(found, PARAMETERS.map(|(name, shape, _)| (name, DynShape::new(shape))));
}

#[test]
fn a_checkpoint_is_loaded_too() {
    let path = Scratch::new("checkpoint");
    let (saved, loaded) = (Network::<f32>::new(1), Network::<f32>::new(2));
    let parameters: Vec<_> = saved.parameters().into_iter().map(|(_, parameter)| parameter).collect();
    checkpoint::save(&path, &parameters, &Adam::new(0.1)).unwrap();
    loaded.load_safetensors(&path).unwrap();
    assert_eq!(saved.numbers(), loaded.numbers());
}

/// Each way in which a file may not fit, with what is said; the model stays as it was, to the last parameter.
#[test]
fn all_or_nothing() {
    let path = Scratch::new("refused");
    let model = Network::<f32>::new(2);
    let before = model.numbers();
    let others: Vec<(String, DynTensor<f32>)> =
        Network::<f32>::new(1).parameters().into_iter().map(|(name, parameter)| (name, parameter.value())).collect();
    let write = |tensors: &[(String, DynTensor<f32>)]| {
        let tensors: Vec<_> = tensors.iter().map(|(name, value)| (&**name, value.shape(), value.as_slice())).collect();
        safetensors::save(&path, &tensors).unwrap();
    };
    let refused = |ending: &str| {
        let error = model.load_safetensors(&path).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(&path.0.display().to_string()) && said.contains(ending), "{said}");
        assert_eq!(model.numbers(), before);
        error
    };

    assert!(matches!(model.load_safetensors(&path), Err(Error::Io { .. })), "there is no file yet");
    write(&others[..5]);
    assert!(matches!(refused("no tensor `scales.1`"), Error::TensorMissing { .. }));
    let mut wide = others.clone();
    wide[5].1 = Tensor::<f32, shape![4]>::ones().into();
    write(&wide);
    let shapes = refused("tensor `scales.1` has shape [4], expected [3]");
    assert!(matches!(shapes, Error::ShapeMismatch { expected, found, .. } if (&*expected, &*found) == (&[3], &[4])));
    Network::<f64>::new(1).save_safetensors(&path).unwrap();
    assert!(matches!(refused("tensor `encoder` has dtype F64, expected F32"), Error::DtypeMismatch { .. }));
    std::fs::write(&path, b"nothing").unwrap();
    assert!(matches!(refused("truncated"), Error::Truncated { .. }));

    write(&others);
    model.load_safetensors(&path).unwrap();
    assert_ne!(model.numbers(), before);
}

/// A model that gives two parameters one name is refused, not saved in part.
#[test]
fn one_name_for_two_parameters() {
    use session::model::{Binder, Copies, Visitor};

    struct Twins([Param<shape![2]>; 2]);

    impl Model for Twins {
        type Refs = [TensorRef<shape![2]>; 2];

        fn bind_with(&self, binder: &mut Binder<'_, f32>) -> Result<Self::Refs, Error> {
            binder.bind(&self.0)
        }

        fn visit(&self, visitor: &mut Visitor<'_, f32>) {
            self.0.iter().for_each(|twin| visitor.field("twin", twin));
        }

        fn copy_with(&self, copies: &mut Copies<f32>) -> Self {
            Self(copies.copy(&self.0))
        }
    }

    let path = Scratch::new("twins");
    let twins = Twins([Param::new(Tensor::zeros()), Param::new(Tensor::ones())]);
    assert!(matches!(twins.save_safetensors(&path), Err(Error::TensorName { tensor, .. }) if tensor == "twin"));
    assert!(!path.0.exists());
}
