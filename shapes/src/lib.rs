//! Shapes as types: the rules of tensor operations as trait bounds on stable Rust.
//!
//! A dimension is a type, a shape is a tuple of dimensions, and each operation has a *witness*: a
//! trait that holds exactly for the shapes the operation accepts and computes the shape of its
//! result. A wrong shape is then a trait bound that does not hold, reported by `cargo check` in the
//! words of the mistake.
//!
//! ```
//! use shapes::{Dim, MatMul, Shape};
//!
//! fn product<A, B: MatMul<A>>(_: A, _: B) -> B::Output
//! where
//!     B::Output: Shape,
//! {
//!     Default::default()
//! }
//!
//! let images = (Dim::<64>, Dim::<784>);
//! let weights = (Dim::<784>, Dim::<10>);
//! let logits: (Dim<64>, Dim<10>) = product(images, weights);
//! ```
//!
//! A witness is implemented for the type of the operation's **last** argument and takes the others
//! as parameters: while that type is unknown rustc waits, and judges when everything is known. Two
//! axes are equal when their types are; numbers are compared only where a size is computed.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[macro_use]
mod ranks;

mod argument;
mod arithmetic;
mod attention;
mod axis;
mod broadcast;
mod concat;
mod conv;
mod conv_grouped;
mod digits;
mod dimension;
mod index;
mod matmul;
mod natural;
mod norm;
mod number;
mod pad;
mod permute;
mod pool;
mod reshape;
mod shape;
mod slice;
mod table;
mod window;

pub use argument::{Axis, Depth, Dilation, Groups, Heads, Index, Kernel, Padding, Slice, Stride};
pub use arithmetic::{Plus, Splits};
pub use attention::{Attention, AttentionMask, KeyPaddingMask};
pub use axis::{AxisOf, LeadingAxes, ReduceAxis, ReduceLast, Squeeze, Unsqueeze};
pub use broadcast::{Broadcast, BroadcastWith, ExpandLeading, ExpandTrailing, Keep, Stretch};
pub use concat::{Concat, ConcatAxis, Stack};
pub use conv::{Conv, Conv2d, ConvTranspose, ConvTranspose2d};
pub use conv_grouped::{Conv2dGrouped, ConvGrouped};
pub use digits::Digits;
pub use dimension::{Dim, Dimension, Named};
pub use index::{GatherRows, Labels, ScatterAdd, StaticIndex};
pub use matmul::{BatchMatMul, Linear, MatMul};
pub use natural::{Natural, Static};
pub use norm::{BatchNorm, BatchStatistics, GroupNorm, LayerNorm, RmsNorm};
pub use pad::Pad;
pub use permute::{MoveFirstToLast, MoveLastToFirst, Permute, SwapAdjacent, SwapLastTwo, Transpose};
pub use pool::{Pool, Pool2d};
pub use reshape::{Flatten, FlattenFrom, Rename, Reshape, Unflatten};
pub use shape::{AxisNames, Shape};
pub use slice::{SliceAxis, SliceFirst};
pub use window::{PoolWindow, Window};
