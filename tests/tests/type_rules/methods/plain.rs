//! The operations that are one node or a few, and those that move elements.

use super::*;

#[test]
fn elementwise() {
    every_rank! {
        [neg relu tanh exp log abs sqrt sigmoid softplus sin cos erf gelu gelu_tanh silu detach square reciprocal] (x);
        [add sub mul div maximum minimum broadcast_add] (x x);
        [select_gt] (x x x x);
    }
    agree! {
        literal, 1.0;
        full, 1.0 => [];
        full, 1.0 => [0];
        full, 1.0 => [5000, 2];
        full, 1.0 => [1, 2, 3, 4, 5, 6, 7, 8];
        full, 1.0 => [Batch, Hidden];
    }
}

#[test]
fn elementwise_with_plain_arguments() {
    every_rank! {
        [scale add_scalar div_scalar] (x (0.5));
        [scalar_sub scalar_div] ((0.5) x);
        [pow] (x (3.0));
        [leaky_relu elu safe_log] (x (0.01));
        [clamp] (x (-1.0) (1.0));
        [dropout] (x (0.5) (true));
        [dropout_keyed] (x (0.5) {});
    }
    agree! {
        dropout [Batch, Hidden], 0.5, false;
        dropout [0], 1.0, true;
        clamp [3], 1.0, -1.0;
    }
}

#[test]
fn broadcasts() {
    agree! {
        broadcast_add [64, 10] [10];
        broadcast_add [10] [64, 10];
        broadcast_sub [] [2, 3];
        broadcast_sub [5000, 3] [];
        broadcast_mul [2, 3, 0] [3, 0];
        broadcast_div [Batch, Hidden] [Hidden];
        broadcast_div [2] [1, 2, 3, 1, 2, 1, 1, 2];
        broadcast [] => [];
        broadcast [] => [2, 5000];
        broadcast [1] => [0];
        broadcast [1, 3] => [2, 0, 3];
        broadcast [10] => [Batch, 10];
        broadcast [1, Hidden] => [Batch, Hidden];
        broadcast [2] => [1, 2, 1, 2, 1, 2, 1, 2];
        broadcast [1, 1, 1, 1, 1, 1, 1, 1] => [2, 1, 2, 1, 2, 1, 2, 3];
        broadcast_to [3, 1], dims![2, 3, 5000];
        broadcast_to [3, 2], dims![3, 2];
        expand_leading [] => [2];
        expand_leading [10] => [Batch, 5, 10];
        expand_leading [2] => [1, 2, 1, 2, 1, 2, 3, 2];
        expand_trailing [] => [2, 3];
        expand_trailing [Batch] => [Batch, 5000];
        expand_trailing [2, 0] => [2, 0, 3];
        expand_trailing [2, 3] => [2, 3, 2, 1, 2, 1, 2, 2];
    }
}

#[test]
fn products() {
    agree! {
        matmul [2, 3] [3, 4];
        matmul [3] [3, 4];
        matmul [2, 3] [3];
        matmul [2, 0] [0, 3];
        matmul [0, 2] [2, 0];
        matmul [2, 5000] [5000, 3];
        matmul [5, 2, 3] [3, 4];
        matmul [5, 2, 3] [5, 3, 4];
        matmul [Batch, Hidden] [Hidden, 10];
        matmul [1, 2, 1, 3, 1, 1, 2, 3] [3, 2];
        bmm [5, 2, 3] [5, 3, 4];
        bmm [0, 2, 3] [0, 3, 4];
        bmm [Batch, 2, Hidden] [Batch, Hidden, 1];
        linear [4, 3] [4] [3];
        linear [4, 3] [4] [Batch, 3];
        linear [5000, 3] [5000] [2, 3];
        linear [0, 3] [0] [2, 3];
        linear [4, 0] [4] [2, 0];
        linear [Hidden, 784] [Hidden] [Batch, 5, 784];
        linear [4, 3] [4] [2, 1, 1, 2, 1, 1, 2, 3];
    }
}

#[test]
fn reshapes() {
    agree! {
        reshape [], dims![1];
        reshape [1, 1], dims![];
        reshape [28, 28], dims![49, 16];
        reshape [0, 3], dims![5000, 0, 2];
        reshape [Batch, 28, 28], dims![64, 784];
        reshape [64, 784], dims![50176];
        reshape [2, 3, 2, 1, 2, 1, 2, 3], dims![144];
        reshape_as [Vocab, 2] => [100514];
        reshape_as [6] => [1, 2, 1, 3, 1, 1, 1, 1];
        flatten [];
        flatten [0, 3];
        flatten [64, 64];
        flatten [17, 241];
        flatten [Batch, 2, 3, 1, 2, 1, 1, 2];
        flatten_from [2, 3, 4], Axis::<0>;
        flatten_from [Batch, 3, 4], Axis::<1>;
        flatten_from [Batch, 3, 28, 28], Axis::<1>;
        flatten_from [0, 90, 90], Axis::<1>;
        flatten_from [1, 2, 3, 1, 2, 1, 2, 3], Axis::<7>;
        flatten_from [1, 2, 3, 1, 2, 1, 2, 3], Axis::<6>;
        unflatten [Batch, 784], Axis::<1>, dims![28, 28];
        unflatten [6, 5], Axis::<0>, dims![2, 1, 3];
        unflatten [1, 5], Axis::<0>, dims![];
        unflatten [0, 5000], Axis::<1>, dims![50, 100];
        unflatten [2, 6, 1, 1, 1, 1, 2], Axis::<1>, dims![3, 2];
        unflatten [2, 50257], Axis::<1>, dims![Vocab];
        rename [64, 256], dims![Batch, Hidden];
        rename [Batch, 50257], dims![64, Vocab];
        rename [], dims![];
        rename [1, 2, 3, 1, 2, 1, 2, 64], dims![1, 2, 3, 1, 2, 1, 2, Batch];
    }
}

#[test]
fn orders() {
    agree! {
        transpose [2, 5000];
        transpose [Batch, 0];
        swap_last_two [2, 3, 5000];
        move_first_to_last [Batch, 3, 4];
        move_last_to_first [2, 0, Hidden];
        swap_adjacent [2, 3], Depth::<0>;
        swap_adjacent [Batch, 3, 4], Depth::<1>;
        swap_adjacent [1, 2, 3, 4, 5, 1, 2, 3], Depth::<6>;
        swap_adjacent [1, 2, 3, 4, 5, 1, 2, 3], Depth::<3>;
        permute [], dims![];
        permute [5], dims![0];
        permute [2, 3, 4], dims![2, 0, 1];
        permute [2, 3, 4], dims![1, 2, 0];
        permute [Batch, 0, 4, Hidden], dims![3, 1, 0, 2];
        permute [1, 2, 3, 4, 5, 1, 2, 3], dims![7, 3, 1, 0, 2, 6, 4, 5];
    }
}

#[test]
fn parts() {
    agree! {
        concat [2] [3];
        concat [4096] [1];
        concat [4095] [1];
        concat [0, 3] [0, 3];
        concat [2, Hidden] [5000, Hidden];
        concat [2, 2, 3, 1, 2, 1, 2, 3] [3, 2, 3, 1, 2, 1, 2, 3];
        concat_axis [Batch, 3] [Batch, 4], Axis::<1>;
        concat_axis [2, Hidden, 3] [2, 1, 3], Axis::<1>;
        concat_axis [1, 2, 3, 1, 2, 1, 2, 3] [1, 2, 3, 1, 2, 1, 2, 0], Axis::<7>;
        slice [9], Slice::<1, 4>;
        slice [9, 7], Slice::<9, 9>;
        slice [0, 7], Slice::<0, 0>;
        slice [5000, 2], dims![4096, 4999];
        slice [Vocab, 2], dims![1, 50257];
        slice_axis [Batch, 7], Axis::<1>, Slice::<2, 5>;
        slice_axis [2, 5000, 3], Axis::<1>, Slice::<4095, 4096>;
        slice_axis [1, 2, 3, 1, 2, 1, 2, 3], Axis::<7>, Slice::<0, 3>;
    }
}
