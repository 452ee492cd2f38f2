//! The operations as methods: types are checked here, the rest is done by [`Session::push`](super::Session) for one
//! node, and by the [`GraphBuilder`](crate::GraphBuilder) for several.
//!
//! Each method takes refs by value and gives a ref. All panic at the caller's line if a ref belongs to another
//! recording.

mod attention;
mod elementwise;
mod index;
mod layout;
mod norm;
mod product;
mod reduction;
mod window;

pub use attention::Mask;
