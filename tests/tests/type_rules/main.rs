//! The rules on types and the rules of operations at run time are the same rules.

mod methods;
mod witnesses;
