//! Normalisation: parameters that fit the axis they belong to.

use crate::{Groups, Splits};

/// `s.layer_norm(x, gamma, beta)` for `beta: Self`: both are `(E,)` where `x` is `(.., E)`.
///
/// ```
/// use shapes::{Dim, Dimension, LayerNorm};
///
/// fn norm<X, G, B: LayerNorm<X, G>>() {}
/// fn tokens<B: Dimension, N: Dimension>() {
///     norm::<(B, N, Dim<64>), (Dim<64>,), (Dim<64>,)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "layer_norm: a scale `{G}` and a shift `{Self}` do not fit the input `{X}`",
    label = "scale and shift must have one axis, the last of the input",
    note = "an input (.., E) takes gamma (E,) and beta (E,)"
)]
pub trait LayerNorm<X, G> {}

/// `s.rms_norm(x, gamma)` for `gamma: Self`: `(E,)` where `x` is `(.., E)`.
///
/// ```
/// use shapes::{Dim, Dimension, RmsNorm};
///
/// fn norm<X, G: RmsNorm<X>>() {}
/// fn tokens<B: Dimension, N: Dimension>() {
///     norm::<(B, N, Dim<64>), (Dim<64>,)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "rms_norm: a scale `{Self}` does not fit the input `{X}`",
    label = "the scale must have one axis, the last of the input",
    note = "an input (.., E) takes gamma (E,)"
)]
pub trait RmsNorm<X> {}

macro_rules! last_axis {
    ((A B C D E F G H)) => {};
    (($($lead:ident)*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($lead,)* Last> LayerNorm<($($lead,)* Last,), (Last,)> for (Last,) {}

        #[diagnostic::do_not_recommend]
        impl<$($lead,)* Last> RmsNorm<($($lead,)* Last,)> for (Last,) {}
    };
}

each_rank! { last_axis }

/// `s.batch_norm(x, gamma, beta)` for `beta: Self`: both are `(C,)` where `x` is `(C, H, W)` or
/// `(B, C, H, W)`.
///
/// ```
/// use shapes::{BatchNorm, Dim, Dimension};
///
/// fn norm<X, G, B: BatchNorm<X, G>>() {}
/// fn images<B: Dimension>() {
///     norm::<(B, Dim<8>, Dim<28>, Dim<28>), (Dim<8>,), (Dim<8>,)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "batch_norm: a scale `{G}` and a shift `{Self}` do not fit the input `{X}`",
    label = "scale and shift must have one axis, the channels of the input",
    note = "an input (C, H, W) or (B, C, H, W) takes gamma (C,) and beta (C,)"
)]
pub trait BatchNorm<X, G> {}

/// `s.batch_norm_train(x, gamma, beta, mean, variance, momentum)` and
/// `s.batch_norm_eval(x, gamma, beta, mean, variance)` for `variance: Self`: as [`BatchNorm`], with the
/// running statistics, which are `(C,)` too.
///
/// ```
/// use shapes::{BatchStatistics, Dim, Dimension};
///
/// fn norm<X, G, B, M, V: BatchStatistics<X, G, B, M>>() {}
/// fn images<B: Dimension>() {
///     norm::<(B, Dim<8>, Dim<28>, Dim<28>), (Dim<8>,), (Dim<8>,), (Dim<8>,), (Dim<8>,)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "batch_norm: a scale `{G}`, a shift `{B}`, a mean `{M}` and a variance `{Self}` do not fit the input `{X}`",
    label = "scale, shift and statistics must have one axis, the channels of the input",
    note = "an input (C, H, W) or (B, C, H, W) takes gamma, beta, mean and variance (C,)"
)]
pub trait BatchStatistics<X, G, B, M> {}

macro_rules! batch_norm {
    ($($batch:ident)?) => {
        #[diagnostic::do_not_recommend]
        impl<$($batch,)? C, H, W> BatchNorm<($($batch,)? C, H, W), (C,)> for (C,) {}

        #[diagnostic::do_not_recommend]
        impl<$($batch,)? C, H, W> BatchStatistics<($($batch,)? C, H, W), (C,), (C,), (C,)> for (C,) {}
    };
}

batch_norm! {}
batch_norm! { B }

/// `s.group_norm(x, groups, gamma, beta)` for `beta: Self`: both are `(C,)` where `x` is `(N, C)` or
/// `(N, C, spatial..)`, and the groups divide the channels.
///
/// ```
/// use shapes::{Dim, Dimension, GroupNorm, Groups};
///
/// fn norm<X, G, Count, B: GroupNorm<X, G, Count>>() {}
/// fn images<N: Dimension>() {
///     norm::<(N, Dim<8>, Dim<28>, Dim<28>), (Dim<8>,), Groups<4>, (Dim<8>,)>();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "group_norm: `{Count}` with a scale `{G}` and a shift `{Self}` do not fit the input `{X}`",
    label = "the groups must divide the channels, and scale and shift have one axis, the channels",
    note = "an input (N, C) or (N, C, spatial..) with one to three spatial axes takes gamma (C,) and beta (C,); the groups are written `Groups::<4>`, 1 to 4096",
    note = "in a generic function, a bound says it: `where Groups<4>: Splits<C>`"
)]
pub trait GroupNorm<X, G, Count> {
    /// The number of groups.
    const GROUPS: usize;
}

macro_rules! group_norm {
    ($(($($spatial:ident)*))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<N, C, $($spatial,)* const G: usize> GroupNorm<(N, C, $($spatial,)*), (C,), Groups<G>> for (C,)
        where
            Groups<G>: Splits<C>,
        {
            const GROUPS: usize = G;
        }
    )*};
}

group_norm! { () (X) (Y X) (Z Y X) }
