//! `shape!`, `dims!` and `dim!` write the canonical types.

use session::{Digits, Dim, Dimension, Shape, dim, dims, shape};

mod renamed {
    pub use session as tensors;
}

dim!(
    /// Tokens.
    pub Vocab = 50_257,
    Small = 7,
);

dim!(crate = crate::renamed::tensors; Other = {3 * 5});

/// The two types are one.
fn same<S>(_: S, _: S) {}

#[test]
fn numbers() {
    same::<()>(dims![], ());
    same::<shape![64, 784]>(dims![64, 784], (Dim::<64>, Dim::<784>));
    same::<shape![0, 4_096, 0x10]>(dims![0, 4096, 16], (Dim::<0>, Dim::<4096>, Dim::<16>));
    same::<shape![4097]>(dims![4097], (Digits::<4, 0, 9, 7>,));
    same::<shape![9999999999usize]>(dims![9999999999], (Digits::<9, 9, 9, 9, 9, 9, 9, 9, 9, 9>,));
    assert_eq!(<shape![9999999999]>::DIMS, [9_999_999_999]);
    assert_eq!(<shape![1, 2, 3, 4, 5, 6, 7, 8,]>::RANK, 8);
}

#[test]
fn types_and_constants() {
    fn generic<B: Dimension, const N: usize>() -> &'static [usize] {
        same::<shape![B, { N }, 3]>(dims![B, { N }, 3], (B::default(), Dim::<N>, Dim::<3>));
        <shape![B, { N }, { 2 + 3 }, Dim<9>]>::DIMS
    }
    assert_eq!(generic::<Vocab, 5>(), [50257, 5, 5, 9]);
}

#[test]
fn names() {
    assert_eq!(<shape![Vocab, Small, Other]>::DIMS, [50257, 7, 15]);
    assert_eq!(dims![Small], (Small,));
    assert_eq!(format!("{:?}", dims![Vocab, 3]), "(Vocab, Dim)");
    same::<shape![crate = crate::renamed::tensors; 64]>(dims![crate = crate::renamed::tensors; 64], (Dim,));
}
