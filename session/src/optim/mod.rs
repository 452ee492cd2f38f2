//! Optimisers: updates as graph fragments, and learning-rate schedules.
//!
//! An [`Optimizer`] is a graph [`Fragment`] (one parameter's update), hyper-parameters ([`Setting`]) that are inputs
//! of a run, and the [`OptimizerState`] of each parameter. [`Session::step`](crate::Session::step) runs forward,
//! reverse and update in one tape, which stays the same while a [`schedule`] changes the learning rate;
//! [`io::checkpoint`](crate::io::checkpoint) saves and restores all of it.
//!
//! | here | `torch` |
//! |---|---|
//! | [`Sgd`] | `optim.SGD` |
//! | [`Adam`], [`AdamW`] | `optim.Adam`, `optim.AdamW` |
//! | [`RmsProp`] | `optim.RMSprop` |
//! | [`Clipped`] | `nn.utils.clip_grad_norm_` before `optimizer.step()` |
//! | [`Optimizer::follow`] | `lr_scheduler.step()` |

mod adam;
mod clipped;
mod fragment;
mod optimizer;
mod rms_prop;
pub mod schedule;
mod setting;
mod sgd;
mod state;

pub use adam::{Adam, AdamW};
pub use clipped::Clipped;
pub(crate) use clipped::clip;
pub use fragment::Fragment;
pub(crate) use optimizer::Borrowed;
pub use optimizer::Optimizer;
pub use rms_prop::RmsProp;
pub use setting::Setting;
pub use sgd::Sgd;
pub(crate) use sgd::descent;
pub use state::OptimizerState;
pub(crate) use state::ParameterState;
