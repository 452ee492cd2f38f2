//! What each typed method of a session records has the shape that its type says.

use session::prelude::*;

dim!(Batch = 64, Hidden = 256, Vocab = 50257);

fn leaf<S: Shape>(s: &Session) -> TensorRef<S> {
    s.input(Tensor::zeros()).unwrap()
}

fn naturals<S: Shape>(s: &Session) -> NatTensorRef<S> {
    s.input_nats(&vec![0; S::SIZE]).unwrap()
}

fn agrees<S: Shape>(s: &Session, call: &str, result: TensorRef<S>) {
    assert_eq!(*s.graph().shape(result.id()), *S::DIMS, "{call}");
    s.reset_tape();
}

fn session() -> Session {
    Session::new(Options::default().threads(1))
}

/// `method [A] [B] {N}, arguments => [C];` calls the method with leaves of the shapes A and B, natural
/// numbers of shape N and the arguments, and expects the shape C, which is mostly inferred.
macro_rules! agree {
    ($(
        $method:ident $([$($operand:tt)*])* $({$($natural:tt)*})? $(, $argument:expr)* $(=> [$($result:tt)*])?;
    )*) => {
        let s = &session();
        $({
            let result $(: TensorRef<shape![$($result)*]>)? = s.$method(
                $(leaf::<shape![$($operand)*]>(s),)*
                $(naturals::<shape![$($natural)*]>(s),)?
                $($argument),*
            );
            agrees(s, stringify!($method $([$($operand)*])* $({$($natural)*})? $(, $argument)*), result);
        })*
    };
}

/// The methods whose operands have one shape, at every rank.
macro_rules! every_rank {
    ($([$($method:ident)*] $operands:ident;)*) => {$($(every_rank! { @ $method $operands
        [] [1] [0] [4096] [5000] [2, 3] [0, 5000] [Batch, 10] [3, 1, 2] [2, 3, 0, 2] [1, 2, 1, 3, 2] [1, 1, 2, 1, 1, 3]
        [3, 1, 1, 2, 1, 1, 2] [2, 1, 1, 3, 1, 1, 1, 2]
    })*)*};
    (@ $method:ident one $($shape:tt)*) => { agree! { $($method $shape;)* } };
    (@ $method:ident two $($shape:tt)*) => { agree! { $($method $shape $shape;)* } };
}

#[test]
fn elementwise() {
    every_rank! {
        [neg relu tanh exp log softmax log_softmax sum] one;
        [add sub mul div mse_loss broadcast_add] two;
    }
    agree! {
        scale [2, 5000], 0.5;
        scale [], 0.5;
        literal, 1.0;
        full, 1.0 => [];
        full, 1.0 => [0];
        full, 1.0 => [5000, 2];
        full, 1.0 => [1, 2, 3, 4, 5, 6, 7, 8];
        full, 1.0 => [Batch, Hidden];
    }
    let s = &session();
    agrees(s, "scalar_sub", s.scalar_sub(1.0, leaf::<shape![2, 5000]>(s)));
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
fn reductions() {
    agree! {
        sum_axis [5], Axis::<0>;
        sum_axis [0, 3], Axis::<0>;
        sum_axis [5000, 3], Axis::<1>;
        sum_axis [Batch, 3, Hidden], Axis::<1>;
        sum_axis [1, 2, 3, 1, 2, 1, 2, 3], Axis::<7>;
        mean_axis [2, 3], Axis::<0>;
        mean_axis [2, 3, 0], Axis::<2>;
        mean_axis [3, 2, 1, 1, 2, 2, 1, 2], Axis::<0>;
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
fn windows() {
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
        max_pool2d [3, 9, 8], Kernel::<2, 3>, Stride::<2>;
        max_pool2d [Batch, 3, 28, 28], Kernel::<2, 2>, Stride::<2>;
        max_pool2d [0, 3, 5, 5], Kernel::<5, 1>, Stride::<7>;
        max_pool2d [1, 5000, 2], Kernel::<1, 1>, Stride::<1>;
        max_pool [3, 9], dims![3], dims![2], dims![1];
        max_pool [Batch, 3, 1], dims![2], dims![1], dims![1];
        max_pool [3, 9, 8], dims![3, 2], dims![1, 2], dims![0, 1];
        max_pool [2, 3, 9, 8], dims![9, 8], dims![1, 1], dims![4, 0];
        max_pool [3, 4, 5, 6], dims![1, 2, 3], dims![3, 2, 1], dims![0, 1, 1];
        max_pool [2, 3, 4, 5, 6], dims![3, 2, 1], dims![1, 2, 3], dims![1, 1, 0];
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

#[test]
fn indices() {
    agree! {
        gather_rows_ref [5, 3] {};
        gather_rows_ref [5, 3] {4};
        gather_rows_ref [5, 0] {0, 4};
        gather_rows_ref [5000, 3] {Batch, 5};
        gather_rows_ref [5, 3] {1, 2, 1, 2, 1, 2, 2};
        embedding [Vocab, 3] {Batch, 5};
        cross_entropy [10] {};
        cross_entropy [Batch, 10] {Batch};
        cross_entropy [2, 3, 5000] {2, 3};
        cross_entropy [1, 2, 3, 1, 2, 1, 2, 3] {1, 2, 3, 1, 2, 1, 2};
    }
}

/// Every method that records an operation is called above.
#[test]
fn no_method_is_left_out() {
    let words = |text: &'static str| {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '_')))
    };
    let called: Vec<&str> = words(include_str!("methods.rs")).collect();
    let methods = include_str!("../../../session/src/session/record.rs").lines().filter_map(|line| {
        let line = line.trim_start();
        let row = line.strip_suffix(';').and_then(|row| row.split_once(' '));
        let row = row.filter(|(name, op)| words_only(name) && words_only(op));
        let named = line.strip_prefix("pub fn ").and_then(|rest| rest.split(['<', '(']).next());
        named.filter(|name| words_only(name)).or(row.map(|(name, _)| name))
    });
    let methods: Vec<&str> = methods.collect();
    assert!(methods.contains(&"conv2d") && methods.contains(&"broadcast_div"), "{methods:?}");
    for method in methods {
        assert!(called.contains(&method), "`{method}` is missing");
    }
}

fn words_only(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
