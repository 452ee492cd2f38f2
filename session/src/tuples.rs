//! Implementations for tuples of every length.

/// Calls `$implement!` with each beginning of a list of names and positions, from the one in brackets on:
/// `for_tuples! { implement [A 0] B 1 C 2 }` for tuples of one, two and three.
macro_rules! for_tuples {
    ($implement:ident [$($given:tt)*]) => {
        $implement! { $($given)* }
    };
    ($implement:ident [$($given:tt)*] $name:ident $field:tt $($more:tt)*) => {
        $implement! { $($given)* }
        for_tuples! { $implement [$($given)* $name $field] $($more)* }
    };
}
pub(crate) use for_tuples;
