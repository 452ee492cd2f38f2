//! Axes that come and go, index operations, normalisation and attention.

use super::*;

#[test]
fn axes_that_come_and_go() {
    agree! {
        squeeze [1], Axis::<0> => [];
        squeeze [Batch, 1, 5000], Axis::<1>;
        squeeze [0, 1], Axis::<1>;
        squeeze [2, 1, 1, 2, 1, 1, 2, 1], Axis::<7>;
        unsqueeze [], Axis::<0> => [1];
        unsqueeze [Batch, 5000], Axis::<1>;
        unsqueeze [0], Axis::<1>;
        unsqueeze [2, 1, 1, 2, 1, 1, 2], Axis::<7>;
        unsqueeze [2, 1, 1, 2, 1, 1, 2], Axis::<0>;
        pad [3], Axis::<0>, dims![0, 0];
        pad [0, 3], Axis::<0>, dims![2, 1];
        pad [Batch, 4095], Axis::<1>, dims![0, 1];
        pad [2, 4096], Axis::<1>, dims![0, 904];
        pad [1, 2, 1, 2, 1, 2, 1, 3], Axis::<7>, dims![1, 2];
    }
}

#[test]
fn stacks() {
    macro_rules! each {
        ($([$($shape:tt)*])*) => {
            let s = &session();
            $(
                let x = leaf::<shape![$($shape)*]>(s);
                agrees(s, stringify!(one of [$($shape)*]), s.stack([x]));
                let [x, y, z] = [leaf::<shape![$($shape)*]>(s), leaf(s), leaf(s)];
                agrees(s, stringify!(five of [$($shape)*]), s.stack([x, y, z, y, x]));
            )*
        };
    }
    each! { [] [0] [1] [5000] [Batch, 4096] [2, 0, 3] [1, 2, 1, 2, 1, 2, 3] }
    let s = &session();
    let x = leaf::<shape![2]>(s);
    agrees(s, "4096 parts", s.stack([x; 4096]));
}

#[test]
fn positions() {
    agree! {
        at [3], Index::<2> => [];
        at [1, 0], Index::<0>;
        at [Vocab, 2], dims![50256];
        at [4096, 5000], Index::<4095>;
        at [Batch, 3, Hidden], Index::<63>;
        at [1, 2, 1, 2, 1, 2, 1, 3], Index::<0>;
        gather_scalar [1], Index::<0>;
        gather_scalar [5000], dims![4999];
        gather_row [2, 0], Index::<1>;
        gather_row [Vocab, Hidden], dims![50256];
        scatter_add [3] [], Index::<2>;
        scatter_add [4, Hidden] [Hidden], Index::<0>;
        scatter_add [5000, 0] [0], dims![4999];
        scatter_add [2, 1, 1, 2, 1, 1, 2, 3] [1, 1, 2, 1, 1, 2, 3], Index::<1>;
        scatter_add_vec [4096] [], Index::<4095>;
        scatter_add_vec [1] [], Index::<0>;
        scatter_add_row [Batch, 5000] [5000], Index::<0>;
        scatter_add_row [2, 0] [0], Index::<1>;
    }
}

#[test]
fn gathers() {
    agree! {
        gather_scalar_nat [5000], 4999;
        gather_scalar_nat [1], 0;
        gather_vec_nat [Vocab], [1, 50256, 1];
        gather_vec_nat [0], [];
        gather_vec_nat [7], [3; 4096];
        gather_rows_nat [5000, 3], [4999, 0];
        gather_rows_nat [Batch, 0], [0];
        gather_rows_nat [1, Hidden], [];
        gather_scalar_ref [5000] {};
        gather_scalar_ref [0] {};
        gather_row_ref [Vocab, Hidden] {};
        gather_row_ref [1, 0] {};
        gather_vec_ref [5] {};
        gather_vec_ref [0] {0};
        gather_vec_ref [Vocab] {Batch};
        gather_vec_ref [4096] {1, 2, 1, 2, 1, 2, 1};
        gather_rows_ref [5, 3] {};
        gather_rows_ref [5, 3] {4};
        gather_rows_ref [5, 0] {0, 4};
        gather_rows_ref [5000, 3] {Batch, 5};
        gather_rows_ref [5, 3] {1, 2, 1, 2, 1, 2, 2};
        embedding [Vocab, 3] {Batch, 5};
        embedding [4096, Hidden] {};
    }
}

#[test]
fn normalisation_along_the_last_axis() {
    macro_rules! each {
        ($([$($leading:tt)*] $last:tt;)*) => {mixed! {$(
            layer_norm([$($leading)* $last] [$last] [$last]);
            layer_norm_eps([$($leading)* $last] [$last] [$last] (1e-5));
            rms_norm([$($leading)* $last] [$last]);
            rms_norm_eps([$($leading)* $last] [$last] (1e-5));
        )*}};
    }
    each! {
        [] 4;
        [] 0;
        [5000,] 1;
        [0, 3,] 4096;
        [Batch, 2,] Hidden;
        [1, 2, 1, 2, 1, 2, 1,] 3;
    }
}

#[test]
fn normalisation_by_channel() {
    macro_rules! each {
        ($($channels:tt of [$($shape:tt)*];)*) => {
            mixed! {$(
                batch_norm([$($shape)*] [$channels] [$channels]);
                batch_norm_eps([$($shape)*] [$channels] [$channels] (1e-5));
                batch_norm_eval([$($shape)*] [$channels] [$channels] [$channels] [$channels]);
                batch_norm_eval_eps([$($shape)*] [$channels] [$channels] [$channels] [$channels] (1e-5));
            )*}
        };
    }
    each! {
        3 of [3, 5, 4];
        3 of [2, 3, 5, 4];
        0 of [2, 0, 5, 4];
        3 of [0, 3, 5, 4];
        3 of [3, 0, 4];
        5000 of [5000, 1, 1];
        Hidden of [Batch, Hidden, 2, 1];
    }
    // In training a channel needs two elements.
    macro_rules! training {
        ($($channels:tt of [$($shape:tt)*];)*) => {
            let s = &session();
            $(
                let (x, c) = (leaf::<shape![$($shape)*]>(s), leaf::<shape![$channels]>(s));
                let (y, mean, var) = s.batch_norm_train(x, c, c, c, c, 0.1);
                let found = [y.id(), mean.id(), var.id()].map(|id| s.graph().shape(id).to_vec());
                let channels = <shape![$channels]>::DIMS;
                assert_eq!(found, [<shape![$($shape)*]>::DIMS, channels, channels], stringify!([$($shape)*]));
                let (y, mean, var) = s.batch_norm_train_eps(x, c, c, mean, var, 0.1, 1e-5);
                let found = [y.id(), mean.id(), var.id()].map(|id| s.graph().shape(id).to_vec());
                assert_eq!(found, [<shape![$($shape)*]>::DIMS, channels, channels], stringify!([$($shape)*]));
                s.reset_tape();
            )*
        };
    }
    training! {
        3 of [3, 5, 4];
        1 of [1, 1, 2];
        0 of [2, 0, 5, 4];
        5000 of [2, 5000, 1, 1];
        Hidden of [Batch, Hidden, 2, 1];
    }
}

#[test]
fn normalisation_by_group() {
    macro_rules! each {
        ($($groups:literal $channels:tt of [$($shape:tt)*];)*) => {mixed! {$(
            group_norm([$($shape)*] (Groups::<$groups>) [$channels] [$channels]);
            group_norm_eps([$($shape)*] (Groups::<$groups>) [$channels] [$channels] (1e-5));
        )*}};
    }
    each! {
        1 6 of [2, 6];
        6 6 of [2, 6];
        3 6 of [2, 6, 5];
        2 6 of [0, 6, 5, 4];
        2 6 of [5, 6, 0];
        4096 4096 of [1, 4096, 2];
        2 5000 of [1, 5000, 1, 1, 2];
        64 Hidden of [Batch, Hidden, 1];
    }
}

#[test]
fn attention() {
    type Positions = Mask<Dim<5>>;
    let near = || Positions::from_fn(|query, key| query.abs_diff(key) < 2);
    mixed! {
        multi_head_attention([6, 8] [6, 8] [6, 8] [8, 6] [5, 6] (Heads::<4>) (None::<Positions>));
        multi_head_attention([6, 8] [6, 8] [6, 8] [8, 6] [5, 6] (Heads::<1>) (Some(Positions::causal())));
        multi_head_attention([6, 8] [6, 8] [6, 8] [8, 6] [2, 5, 6] (Heads::<8>) (Some(near())));
        multi_head_attention([6, 8] [6, 8] [6, 8] [8, 6] [0, 5, 6] (Heads::<2>) (Some(near().and(Mask::causal()))));
        multi_head_attention([1, 1] [1, 1] [1, 1] [1, 1] [1, 1] (Heads::<1>) (None::<Mask<Dim<1>>>));
        multi_head_attention([2, 4096] [2, 4096] [2, 4096] [4096, 2] [3, 2] (Heads::<4096>) (None::<Mask<_>>));
        multi_head_attention([5000, 2] [5000, 2] [5000, 2] [2, 5000] [3, 5000] (Heads::<2>) (None::<Mask<_>>));
        multi_head_attention(
            [Hidden, 8] [Hidden, 8] [Hidden, 8] [8, Hidden] [Batch, 4, Hidden] (Heads::<2>) (None::<Mask<_>>)
        );
        multi_head_attention([6, 8] [6, 8] [6, 8] [8, 6] [0, 6] (Heads::<2>) (Some(Mask::causal())));
        multi_head_attention([6, 0] [6, 0] [6, 0] [0, 6] [5, 6] (Heads::<2>) (None::<Positions>));
        multi_head_attention([0, 8] [0, 8] [0, 8] [8, 0] [2, 5, 0] (Heads::<2>) (None::<Positions>));
        multi_head_attention_padded([6, 8] [6, 8] [6, 8] [8, 6] [2, 5, 6] (Heads::<4>) (None::<Positions>) {2, 5});
        multi_head_attention_padded([6, 8] [6, 8] [6, 8] [8, 6] [0, 5, 6] (Heads::<4>) (Some(near())) {0, 5});
        multi_head_attention_padded([6, 8] [6, 8] [6, 8] [8, 6] [1, 5, 6] (Heads::<4>) (Some(Mask::causal())) {1, 5});
        multi_head_attention_padded(
            [Hidden, 8] [Hidden, 8] [Hidden, 8] [8, Hidden] [Batch, 4, Hidden]
            (Heads::<2>) (Some(Mask::causal())) {Batch, 4}
        );
    }
}
