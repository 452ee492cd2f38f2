//! What most programs use: `use session::prelude::*;`.

pub use crate::optim::Optimizer;
pub use crate::param::Param;
pub use crate::scalar::Float;
pub use crate::session::{Backend, Mask, NatRef, NatTensorRef, NatVecRef, Options, Session, TensorRef};
pub use crate::shapes::{
    Axis, Depth, Digits, Dilation, Dim, Dimension, Groups, Heads, Index, Kernel, Natural, Padding, Shape, Slice, Stride,
};
pub use crate::tensor::{DynTensor, Tensor};
pub use crate::{Error, dim, dims, shape};
