//! The softmax family, reductions, losses and windows.

use super::*;

#[test]
fn reductions_of_everything() {
    every_rank! {
        [softmax log_softmax sum mean var] (x);
        [mse_loss l1_loss bce_with_logits] (x x);
        [huber_loss] (x x (0.5));
    }
}

/// Empty axes too, but not the axis itself, of which there would be no largest element.
#[test]
fn along_an_axis() {
    macro_rules! each {
        ($($method:ident)*) => {$(agree! {
            $method [5], Axis::<0>;
            $method [1, 3], Axis::<0>;
            $method [4096, 2], Axis::<0>;
            $method [2, 5000, 3], Axis::<1>;
            $method [Batch, 0, Hidden], Axis::<2>;
            $method [Batch, 3, Hidden], Axis::<1>;
            $method [1, 2, 3, 1, 2, 1, 2, 3], Axis::<7>;
            $method [1, 2, 3, 1, 2, 1, 2, 3], Axis::<0>;
        })*};
    }
    each! { softmax_axis log_softmax_axis logsumexp_axis max_axis min_axis sum_axis mean_axis global_avg_pool }
    agree! {
        logsumexp [];
        logsumexp [5000];
        logsumexp [Batch, 3];
        logsumexp [2, 0, 3];
        logsumexp [1, 2, 3, 1, 2, 1, 2, 3];
        softmax_axis [2, 0], Axis::<1>;
        log_softmax_axis [0], Axis::<0>;
        sum_axis [0, 3], Axis::<0>;
        mean_axis [2, 3, 0], Axis::<2>;
        global_avg_pool [0, 3, 5, 5], Axis::<2>;
        global_avg_pool [Batch, 3, 28, 28], Axis::<2> => [Batch, 3];
        global_avg_pool [3, 5000], Axis::<1> => [3];
        global_avg_pool [2, 3, 4], Axis::<0> => [];
    }
}

#[test]
fn losses_at_labels() {
    macro_rules! each {
        ($($method:ident)*) => {$(agree! {
            $method [10] {};
            $method [Batch, 10] {Batch};
            $method [0, 10] {0};
            $method [4096, 2] {4096};
            $method [2, 3, 5000] {2, 3};
            $method [1, 2, 3, 1, 2, 1, 2, 3] {1, 2, 3, 1, 2, 1, 2};
        })*};
    }
    each! { cross_entropy nll_loss }
}

#[test]
fn convolutions() {
    agree! {
        conv2d [4, 3, 5, 3] [4] [3, 9, 8], Stride::<1>, Padding::<0>;
        conv2d [4, 3, 5, 3] [4] [2, 3, 9, 8], Stride::<2>, Padding::<2>;
        conv2d [8, 1, 5, 5] [8] [Batch, 1, 28, 28], Stride::<1>, Padding::<2>;
        conv2d [0, 0, 1, 1] [0] [0, 0, 1, 1], Stride::<3>, Padding::<1>;
        conv2d [1, 1, 2, 2] [1] [1, 0, 5], Stride::<1>, Padding::<1>;
        conv2d [1, 1, 5, 1] [1] [1, 5000, 3], Stride::<1>, Padding::<0>;
        conv [4, 3, 3] [4] [3, 9], dims![2], dims![1];
        conv [4, 3, 3] [4] [Batch, 3, 5000], dims![1], dims![0];
        conv [4, 3, 5, 3] [4] [2, 3, 9, 8], dims![3, 1], dims![0, 4];
        conv [4, 3, 2, 1, 3] [4] [3, 4, 5, 6], dims![1, 2, 3], dims![0, 1, 2];
        conv [4, 3, 2, 1, 3] [4] [2, 3, 4, 5, 6], dims![3, 2, 1], dims![2, 1, 0];
        conv_grouped [4, 3, 3] [4] [6, 9], dims![2], dims![1], dims![1], Groups::<2>;
        conv_grouped [6, 1, 3] [6] [Batch, 6, 5000], dims![1], dims![2], dims![2], Groups::<6>;
        conv_grouped [4, 3, 2, 2] [4] [0, 3, 9, 8], dims![1, 2], dims![0, 1], dims![3, 1], Groups::<1>;
        conv_grouped [4, 1, 1, 2, 2] [4] [2, 2, 4, 5, 6], dims![1, 2, 1], dims![0, 1, 0], dims![1, 2, 3], Groups::<2>;
        conv2d_grouped [8, 1, 3, 3] [8] [8, 28, 28], Stride::<1>, Padding::<1>, Dilation::<1>, Groups::<8>;
        conv2d_grouped [8, 2, 3, 3] [8] [Batch, 4, 28, 28], Stride::<2>, Padding::<2>, Dilation::<2>, Groups::<2>;
        conv2d_grouped [2, 1, 1, 2] [2] [0, 2, 1, 4096], Stride::<1>, Padding::<0>, Dilation::<4095>, Groups::<2>;
        conv_transpose [3, 4, 3] [4] [3, 9], dims![2], dims![1];
        conv_transpose [3, 4, 1] [4] [Batch, 3, 5000], dims![1], dims![0];
        conv_transpose [1, 1, 2] [1] [0, 1, 1], dims![1], dims![0];
        conv_transpose [3, 4, 2, 3] [4] [2, 3, 5, 4], dims![3, 1], dims![0, 1];
        conv_transpose [3, 4, 2, 1, 3] [4] [3, 2, 3, 2], dims![1, 2, 3], dims![0, 0, 1];
        conv_transpose2d [3, 4, 4, 4] [4] [3, 7, 7], Stride::<2>, Padding::<1>;
        conv_transpose2d [3, 4, 2, 2] [4] [Batch, 3, 14, 14], Stride::<2>, Padding::<0>;
        conv_transpose2d [3, 4, 2, 2] [4] [0, 3, 14, 14], Stride::<2>, Padding::<0>;
        conv_transpose2d [0, 4, 1, 1] [4] [0, 1, 5000], Stride::<1>, Padding::<0>;
    }
}

#[test]
fn pools() {
    macro_rules! each {
        ($($plain:ident $general:ident ($($beta:expr)?);)*) => {$(agree! {
            $plain [3, 9, 8], Kernel::<2, 3>, Stride::<2> $(, $beta)?;
            $plain [Batch, 3, 28, 28], Kernel::<2, 2>, Stride::<2> $(, $beta)?;
            $plain [0, 3, 5, 5], Kernel::<5, 1>, Stride::<7> $(, $beta)?;
            $plain [2, 0, 5, 5], Kernel::<2, 2>, Stride::<1> $(, $beta)?;
            $plain [1, 5000, 2], Kernel::<1, 1>, Stride::<1> $(, $beta)?;
            $plain [1, 4096, 2], Kernel::<4096, 1>, Stride::<1> $(, $beta)?;
            $general [3, 9], dims![3], dims![2], dims![1] $(, $beta)?;
            $general [Batch, 3, 1], dims![2], dims![1], dims![1] $(, $beta)?;
            $general [0, 3, 5], dims![2], dims![1], dims![1] $(, $beta)?;
            $general [3, 5000], dims![4999], dims![1], dims![7] $(, $beta)?;
            $general [3, 9, 8], dims![3, 2], dims![1, 2], dims![0, 1] $(, $beta)?;
            $general [2, 3, 9, 8], dims![9, 8], dims![1, 1], dims![4, 0] $(, $beta)?;
            $general [3, 4, 5, 6], dims![1, 2, 3], dims![3, 2, 1], dims![0, 1, 1] $(, $beta)?;
            $general [2, 3, 4, 5, 6], dims![3, 2, 1], dims![1, 2, 3], dims![1, 1, 0] $(, $beta)?;
        })*};
    }
    each! {
        max_pool2d max_pool ();
        avg_pool2d avg_pool ();
        smooth_max_pool2d smooth_max_pool (2.0);
    }
}
