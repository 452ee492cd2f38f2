//! What each typed method of a session records has the shape that its type says.

mod composites;
mod layers;
mod plain;

use session::prelude::*;
use session_tests::{session_methods, sources, words};

dim!(Batch = 64, Hidden = 256, Vocab = 50257);

fn leaf<S: Shape>(s: &Session) -> TensorRef<S> {
    s.input(Tensor::zeros()).unwrap()
}

fn naturals<S: Shape>(s: &Session) -> NatTensorRef<S> {
    s.input_nats(&vec![0; S::SIZE]).unwrap()
}

/// The graph has the shape of the type, and runs forwards and backwards: also where a size is 0.
fn agrees<S: Shape>(s: &Session, call: &str, result: TensorRef<S>) {
    assert_eq!(*s.graph().shape(result.id()), *S::DIMS, "{call}");
    assert_eq!(s.value(result).unwrap().as_slice().len(), S::SIZE, "{call}");
    let gradients = s.backward_dense_all(result, Tensor::ones()).unwrap();
    assert_eq!(gradients.len(), s.graph().len(), "{call}");
    s.reset_tape();
}

/// Of an axis of size 0 no index is in range.
fn session() -> Session {
    Session::new(Options::default().threads(1).check_indices(false))
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

/// `method([A] {N} (argument) [B]);` is [`agree!`] of a method whose operands, natural numbers and plain
/// arguments come in any order.
macro_rules! mixed {
    ($($method:ident($($operand:tt)*) $(=> [$($result:tt)*])?;)*) => {
        let s = &session();
        $({
            let result $(: TensorRef<shape![$($result)*]>)? = s.$method($(mixed!(@ s $operand)),*);
            agrees(s, stringify!($method($($operand)*)), result);
        })*
    };
    (@ $s:ident [$($shape:tt)*]) => { leaf::<shape![$($shape)*]>($s) };
    (@ $s:ident {$($shape:tt)*}) => { naturals::<shape![$($shape)*]>($s) };
    (@ $s:ident ($argument:expr)) => { $argument };
}

/// The methods whose operands have one shape, at every rank: `x` stands for an operand.
macro_rules! every_rank {
    ($([$($method:ident)*] $operands:tt;)*) => {$($(every_rank! { @ $method $operands
        [] [1] [0] [4096] [5000] [2, 3] [0, 5000] [Batch, 10] [3, 1, 2] [2, 3, 0, 2] [1, 2, 1, 3, 2] [1, 1, 2, 1, 1, 3]
        [3, 1, 1, 2, 1, 1, 2] [2, 1, 1, 3, 1, 1, 1, 2]
    })*)*};
    (@ $method:ident $operands:tt $($shape:tt)*) => { $(every_rank! { @@ $method $shape $operands () })* };
    (@@ $method:ident $shape:tt (x $($rest:tt)*) ($($done:tt)*)) => {
        every_rank! { @@ $method $shape ($($rest)*) ($($done)* $shape) }
    };
    (@@ $method:ident $shape:tt ($argument:tt $($rest:tt)*) ($($done:tt)*)) => {
        every_rank! { @@ $method $shape ($($rest)*) ($($done)* $argument) }
    };
    (@@ $method:ident $shape:tt () $done:tt) => { mixed! { $method $done; } };
}

use {agree, every_rank, mixed};

/// Every method that records an operation is called in a file of this module.
#[test]
fn no_method_is_left_out() {
    let tests = sources("tests/type_rules/methods");
    let called: Vec<&str> = tests.iter().flat_map(|text| words(text)).collect();
    let methods = session_methods();
    for known in ["conv2d", "broadcast_div", "stack", "multi_head_attention_padded", "clamp"] {
        assert!(methods.iter().any(|method| method == known), "{known} is not in {methods:?}");
    }
    for method in methods {
        assert!(called.contains(&method.as_str()), "`{method}` is missing");
    }
}
