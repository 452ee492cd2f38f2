//! What most programs use: `use session::prelude::*;`.

pub use crate::optim::Optimizer;
pub use crate::param::Param;
pub use crate::scalar::Float;
pub use crate::session::function::Function;
pub use crate::session::{Backend, Mask, NatRef, NatTensorRef, NatVecRef, Options, Session, TensorRef};
// The rules too: rustc writes most by their last names where it proposes a bound for a generic function, and the bound
// has to compile where it is pasted.
pub use crate::shapes::*;
pub use crate::tensor::{DynTensor, Tensor};
pub use crate::{Error, Model, dim, dims, graph, shape};
