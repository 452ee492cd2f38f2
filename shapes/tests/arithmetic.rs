//! Canonical results: one type for each number, whatever computed it.

#![allow(clippy::extra_unused_type_parameters, reason = "the types are what is tested")]

use shapes::*;

/// The elements of `X` as one axis, which must be the type `Y`.
fn flatten<X: Flatten<Output = (Y,)>, Y: Dimension>() -> usize {
    Y::SIZE
}

/// The sum of two sizes, which must be the type `C`.
fn concat<A, B, C: Dimension>() -> usize
where
    (B,): Concat<(A,), Output = (C,)>,
{
    C::SIZE
}

/// The length of a range, which must be the type `Y`.
fn slice<X, Start, End, Y: Dimension>() -> usize
where
    (Start, End): SliceFirst<(X,), Output = (Y,)>,
{
    Y::SIZE
}

#[test]
fn products_are_canonical() {
    assert_eq!(flatten::<(), Dim<1>>(), 1);
    assert_eq!(flatten::<(Dim<0>, Dim<7>), Dim<0>>(), 0);
    assert_eq!(flatten::<(Dim<7>, Dim<0>), Dim<0>>(), 0);
    assert_eq!(flatten::<(Dim<7>, Dim<9>), Dim<63>>(), 63);
    assert_eq!(flatten::<(Dim<8>, Dim<8>), Dim<64>>(), 64);
    assert_eq!(flatten::<(Dim<5>, Dim<13>), Dim<65>>(), 65);
    assert_eq!(flatten::<(Dim<23>, Dim<89>), Dim<2047>>(), 2047);
    assert_eq!(flatten::<(Dim<32>, Dim<64>), Dim<2048>>(), 2048);
    assert_eq!(flatten::<(Dim<63>, Dim<65>), Dim<4095>>(), 4095);
    assert_eq!(flatten::<(Dim<64>, Dim<64>), Dim<4096>>(), 4096);
    assert_eq!(flatten::<(Dim<17>, Dim<241>), Digits<4, 0, 9, 7>>(), 4097);
    assert_eq!(flatten::<(Dim<34>, Dim<241>), Digits<8, 1, 9, 4>>(), 8194);
    assert_eq!(flatten::<(Dim<64>, Dim<128>), Digits<8, 1, 9, 2>>(), 8192);
    assert_eq!(flatten::<(Dim<64>, Dim<192>), Digits<1, 2, 2, 8, 8>>(), 12288);
    assert_eq!(flatten::<(Dim<100>, Dim<100>), Digits<1, 0, 0, 0, 0>>(), 10000);
    assert_eq!(flatten::<(Dim<3>, Dim<224>, Dim<224>), Digits<1, 5, 0, 5, 2, 8>>(), 150528);
    assert_eq!(flatten::<(Dim<64>, Dim<3>, Dim<224>, Dim<224>), Digits<9, 6, 3, 3, 7, 9, 2>>(), 9633792);
    assert_eq!(flatten::<(Digits<5, 0, 2, 5, 7>, Dim<768>), Digits<3, 8, 5, 9, 7, 3, 7, 6>>(), 38597376);
    assert_eq!(flatten::<(Dim<4096>, Dim<4096>, Dim<4>, Dim<100>), Digits<6, 7, 1, 0, 8, 8, 6, 4, 0, 0>>(), 6710886400);
}

#[test]
fn sums_are_canonical() {
    assert_eq!(concat::<Dim<0>, Dim<0>, Dim<0>>(), 0);
    assert_eq!(concat::<Dim<4094>, Dim<1>, Dim<4095>>(), 4095);
    assert_eq!(concat::<Dim<4000>, Dim<96>, Dim<4096>>(), 4096);
    assert_eq!(concat::<Dim<4096>, Dim<0>, Dim<4096>>(), 4096);
    assert_eq!(concat::<Dim<4096>, Dim<1>, Digits<4, 0, 9, 7>>(), 4097);
    assert_eq!(concat::<Dim<4096>, Dim<4096>, Digits<8, 1, 9, 2>>(), 8192);
    assert_eq!(concat::<Digits<9, 9, 9, 9, 9>, Dim<1>, Digits<1, 0, 0, 0, 0, 0>>(), 100000);
}

#[test]
fn differences_are_canonical() {
    assert_eq!(slice::<Dim<9>, Dim<9>, Dim<9>, Dim<0>>(), 0);
    assert_eq!(slice::<Digits<5, 0, 2, 5, 7>, Digits<5, 0, 0, 0, 0>, Digits<5, 0, 2, 5, 7>, Dim<257>>(), 257);
    assert_eq!(slice::<Digits<4, 0, 9, 7>, Dim<1>, Digits<4, 0, 9, 7>, Dim<4096>>(), 4096);
    assert_eq!(slice::<Digits<4, 0, 9, 8>, Dim<1>, Digits<4, 0, 9, 8>, Digits<4, 0, 9, 7>>(), 4097);
    assert_eq!(slice::<Dim<4096>, Dim<1>, Dim<4096>, Dim<4095>>(), 4095);
}

#[test]
fn named_dimensions_take_part() {
    #[derive(Clone, Copy, Debug, Default)]
    struct Vocab;
    impl Named for Vocab {
        type Size = Digits<5, 0, 2, 5, 7>;
        const NAME: &'static str = "Vocab";
    }
    #[derive(Clone, Copy, Debug, Default)]
    struct Hidden;
    impl Named for Hidden {
        type Size = Dim<64>;
        const NAME: &'static str = "Hidden";
    }

    fn rename<X, Y: Rename<X>>() {}
    fn broadcast<X, Y: Broadcast<X, M>, M>() {}
    fn reshape<X, Y: Reshape<X>>() {}

    assert_eq!(Vocab::SIZE, 50257);
    assert_eq!(<(Hidden, Vocab)>::DIMS, [64, 50257]);
    assert_eq!(flatten::<(Hidden, Hidden), Dim<4096>>(), 4096);
    assert_eq!(concat::<Vocab, Hidden, Digits<5, 0, 3, 2, 1>>(), 50321);
    rename::<(Dim<64>, Vocab), (Hidden, Digits<5, 0, 2, 5, 7>)>();
    broadcast::<(Hidden, Dim<1>), (Vocab, Hidden, Vocab), _>();
    reshape::<(Hidden, Dim<16>), (Dim<32>, Dim<32>)>();
}

/// Named and generic axes pass through; run-time numbers come from the types.
#[test]
fn associated_numbers() {
    fn permute<X, P: Permute<X, Output = Y>, Y>() -> &'static [usize] {
        P::AXES
    }
    type Eight = (Dim<1>, Dim<2>, Dim<3>, Dim<4>, Dim<5>, Dim<6>, Dim<7>, Dim<8>);
    type Order = (Dim<7>, Dim<0>, Dim<6>, Dim<1>, Dim<5>, Dim<2>, Dim<4>, Dim<3>);
    let axes = permute::<Eight, Order, (Dim<8>, Dim<1>, Dim<7>, Dim<2>, Dim<6>, Dim<3>, Dim<5>, Dim<4>)>();
    assert_eq!(axes, [7, 0, 6, 1, 5, 2, 4, 3]);

    fn pool<X, K, S, P: Pool<X, K, S, Output = Y>, Y: Shape>() -> [&'static [usize]; 4] {
        [P::KERNEL, P::STRIDE, P::PADDING, Y::DIMS]
    }
    assert_eq!(
        pool::<(Dim<2>, Dim<5>, Dim<9>), (Dim<2>, Dim<3>), (Dim<1>, Dim<4>), (Dim<1>, Dim<0>), _>(),
        [&[2, 3][..], &[1, 4], &[1, 0], &[2, 6, 2]]
    );

    fn unflatten<X, K, D: Unflatten<X, K, Output = Y>, Y: Shape>() -> &'static [usize] {
        Y::DIMS
    }
    assert_eq!(unflatten::<(Dim<2>, Dim<12>, Dim<5>), Axis<1>, (Dim<3>, Dim<2>, Dim<2>), _>(), [2, 3, 2, 2, 5]);
}

/// The type-level sizes of windows agree with arithmetic on numbers.
#[test]
fn windows() {
    fn conv<I, K, S, P, Y: Dimension>() -> usize
    where
        (P,): Conv<(Dim<1>, Dim<1>, K), (Dim<1>,), (Dim<1>, I), (S,), Output = (Dim<1>, Y)>,
    {
        Y::SIZE
    }
    fn transposed<I, K, S, P, Y: Dimension>() -> usize
    where
        (P,): ConvTranspose<(Dim<1>, Dim<1>, K), (Dim<1>,), (Dim<1>, I), (S,), Output = (Dim<1>, Y)>,
    {
        Y::SIZE
    }
    macro_rules! sizes {
        ($($i:literal $k:literal $s:literal $p:literal;)*) => {$(
            assert_eq!(conv::<Dim<$i>, Dim<$k>, Dim<$s>, Dim<$p>, _>(), ($i + 2 * $p - $k) / $s + 1);
        )*};
    }
    macro_rules! transposed_sizes {
        ($($i:literal $k:literal $s:literal $p:literal;)*) => {$(
            assert_eq!(transposed::<Dim<$i>, Dim<$k>, Dim<$s>, Dim<$p>, _>(), ($i - 1) * $s + $k - 2 * $p);
        )*};
    }
    sizes! {
        28 5 1 2; 28 5 1 0; 28 2 2 0; 27 2 2 0; 224 7 2 3; 224 11 4 2; 5 5 1 0; 5 5 7 0; 9 1 2 0; 10 3 3 1; 11 3 3 1;
        12 3 3 1; 0 2 1 1; 4096 3 1 1; 4096 3 5 100; 100 1 64 0; 1 1 1 0; 2 1 2 0; 63 1 7 0;
    }
    transposed_sizes! { 14 4 2 1; 1 1 1 0; 7 3 3 2; 5 2 1 2; 4096 2 2 0; }
}
