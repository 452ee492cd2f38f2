//! The numbers that a witness hands to run time, and the names of axes that it keeps.

use shapes::*;

#[derive(Clone, Copy, Debug, Default)]
struct Batch;

impl Named for Batch {
    type Size = Dim<64>;
    const NAME: &'static str = "Batch";
}

#[derive(Clone, Copy, Debug, Default)]
struct Channels;

impl Named for Channels {
    type Size = Dim<6>;
    const NAME: &'static str = "Channels";
}

type Images = (Batch, Channels, Dim<9>, Dim<9>);

#[test]
fn axes() {
    fn squeeze<K: Squeeze<(Batch, Dim<1>), Output = (Batch,)>>() -> usize {
        K::AXIS
    }
    fn unsqueeze<K: Unsqueeze<(Batch, Channels), Output = (Batch, Dim<1>, Channels)>>() -> usize {
        K::AXIS
    }
    fn leading<K: LeadingAxes<Images, Output = (Batch, Channels)>>() -> usize {
        K::AXIS
    }
    assert_eq!([squeeze::<Axis<1>>(), unsqueeze::<Axis<1>>(), leading::<Axis<2>>()], [1, 1, 2]);
}

#[test]
fn amounts() {
    fn pad<X, K, P: Pad<X, K, Output = Y>, Y>() -> [usize; 3] {
        [P::AXIS, P::BEFORE, P::AFTER]
    }
    assert_eq!(pad::<(Batch, Dim<7>), Axis<1>, (Dim<1>, Dim<2>), (Batch, Dim<10>)>(), [1, 1, 2]);
    assert_eq!(pad::<(Batch, Channels), Axis<0>, (Dim<0>, Channels), (Dim<70>, Channels)>(), [0, 0, 6]);
    assert_eq!(pad::<(Dim<4000>,), Axis<0>, (Dim<96>, Dim<1>), (Digits<4, 0, 9, 7>,)>(), [0, 96, 1]);
}

#[test]
fn indices() {
    fn scatter<X, V, I: ScatterAdd<X, V>>() -> usize {
        I::INDEX
    }
    assert_eq!(scatter::<(Batch, Channels), (Channels,), Index<63>>(), 63);
    assert_eq!(scatter::<(Digits<5, 0, 0, 0, 0>,), (), (Digits<4, 9, 9, 9, 9>,)>(), 49999);
}

#[test]
fn groups() {
    fn norm<X, G, Count, B: GroupNorm<X, G, Count>>() -> usize {
        B::GROUPS
    }
    assert_eq!(norm::<Images, (Channels,), Groups<3>, (Channels,)>(), 3);

    fn conv<W, B, X, S, P, D, G: ConvGrouped<W, B, X, S, P, D, Output = Y>, Y>() -> ([&'static [usize]; 3], usize) {
        ([G::STRIDE, G::PADDING, G::DILATION], G::GROUPS)
    }
    type Pair<const A: usize, const B: usize> = (Dim<A>, Dim<B>);
    type Weight<Part> = (Dim<12>, Part, Dim<3>, Dim<3>);
    type Output = (Batch, Dim<12>, Dim<5>, Dim<9>);
    let numbers = conv::<Weight<Dim<2>>, (Dim<12>,), Images, Pair<2, 1>, Pair<1, 2>, Pair<1, 2>, Groups<3>, Output>();
    let expected: [&[usize]; 3] = [&[2, 1], &[1, 2], &[1, 2]];
    assert_eq!(numbers, (expected, 3));
    // In one group the weight may name the channels, or only count them.
    conv::<Weight<Channels>, (Dim<12>,), Images, Pair<2, 1>, Pair<1, 2>, Pair<1, 2>, Groups<1>, Output>();
    conv::<Weight<Dim<6>>, (Dim<12>,), Images, Pair<2, 1>, Pair<1, 2>, Pair<1, 2>, Groups<1>, Output>();

    fn conv2d<W, B, X, S, P, D, G: Conv2dGrouped<W, B, X, S, P, D, Output = Y>, Y>() -> [usize; 4] {
        [G::STRIDE, G::PADDING, G::DILATION, G::GROUPS]
    }
    type Square = (Batch, Dim<12>, Dim<4>, Dim<4>);
    let numbers = conv2d::<Weight<Dim<1>>, (Dim<12>,), Images, Stride<2>, Padding<1>, Dilation<2>, Groups<6>, Square>();
    assert_eq!(numbers, [2, 1, 2, 6]);
}
