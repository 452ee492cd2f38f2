//! Other things under the names of std, of the session crate, and of the macros themselves.

/// Modules that a relative path would meet first.
pub mod core {}
/// As above.
pub mod std {}
/// As above.
pub mod session {}

macro_rules! types {
    ($($name:ident)*) => {$(
        /// Another type than the name says.
        pub struct $name;
    )*};
}

types! {
    Option Result Vec Clone Debug String Default Some None Ok Err Box Self_
    Dim Digits Session Tensor TensorRef NatTensorRef Param Model Float Dimension Shape Options Function Error Graph
    Axis Stride Padding Kernel Slice Index Rng Binder Visitor Copies
}
