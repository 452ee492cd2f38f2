//! Macros that state a rule once for every rank up to eight.
//!
//! The axes are called `A` to `H`. A rule that needs further parameters for each axis asks for
//! `triples` and gets `[A I Q]` to `[H P X]` instead.

/// `rule! { (A B ..) }` for each rank from 0 to 8.
macro_rules! each_rank {
    ($rule:ident) => { each_rank! { @ $rule () A B C D E F G H } };
    ($rule:ident triples) => {
        each_rank! { @ $rule () [A I Q] [B J R] [C K S] [D L T] [E M U] [F N V] [G O W] [H P X] }
    };
    (@ $rule:ident $axes:tt) => { $rule! { $axes } };
    (@ $rule:ident ($($axis:tt)*) $next:tt $($rest:tt)*) => {
        $rule! { ($($axis)*) }
        each_rank! { @ $rule ($($axis)* $next) $($rest)* }
    };
}

/// `rule! { (A ..) (C ..) }` for each way to cut the axes of each rank from 0 to 8 in two.
macro_rules! each_cut {
    ($rule:ident) => { each_cut! { @ranks $rule () A B C D E F G H } };
    ($rule:ident triples) => {
        each_cut! { @ranks $rule () [A I Q] [B J R] [C K S] [D L T] [E M U] [F N V] [G O W] [H P X] }
    };
    (@ranks $rule:ident ($($axis:tt)*)) => { each_cut! { @cuts $rule () $($axis)* } };
    (@ranks $rule:ident ($($axis:tt)*) $next:tt $($rest:tt)*) => {
        each_cut! { @cuts $rule () $($axis)* }
        each_cut! { @ranks $rule ($($axis)* $next) $($rest)* }
    };
    (@cuts $rule:ident $before:tt) => { $rule! { $before () } };
    (@cuts $rule:ident ($($before:tt)*) $next:tt $($rest:tt)*) => {
        $rule! { ($($before)*) ($next $($rest)*) }
        each_cut! { @cuts $rule ($($before)* $next) $($rest)* }
    };
}

/// `rule! { K (A ..) C (D ..) }` for each axis `K` of each rank from 1 to 8: its number, the axes
/// before it, the axis, the axes after it.
macro_rules! each_axis {
    ($rule:ident) => { each_axis! { @ranks $rule (A) B C D E F G H } };
    (@ranks $rule:ident ($($axis:ident)*)) => { each_axis! { @axes $rule [0 1 2 3 4 5 6 7] () $($axis)* } };
    (@ranks $rule:ident ($($axis:ident)*) $next:ident $($rest:ident)*) => {
        each_axis! { @axes $rule [0 1 2 3 4 5 6 7] () $($axis)* }
        each_axis! { @ranks $rule ($($axis)* $next) $($rest)* }
    };
    (@axes $rule:ident $numbers:tt $before:tt) => {};
    (@axes $rule:ident [$number:literal $($numbers:literal)*] ($($before:ident)*) $axis:ident $($after:ident)*) => {
        $rule! { $number ($($before)*) $axis ($($after)*) }
        each_axis! { @axes $rule [$($numbers)*] ($($before)* $axis) $($after)* }
    };
}

/// `rule! { (Batch) [X KX SX PX DX OX] .. }` for images of one to three spatial axes, without and with a
/// batch: for each spatial axis its size, the kernel, stride, padding and dilation along it, and the
/// size of the result.
macro_rules! each_image {
    ($rule:ident) => {
        each_image! { $rule [X KX SX PX DX OX] }
        each_image! { $rule [Y KY SY PY DY OY] [X KX SX PX DX OX] }
        each_image! { $rule [Z KZ SZ PZ DZ OZ] [Y KY SY PY DY OY] [X KX SX PX DX OX] }
    };
    ($rule:ident $($axes:tt)+) => {
        $rule! { () $($axes)+ }
        $rule! { (Batch) $($axes)+ }
    };
}
