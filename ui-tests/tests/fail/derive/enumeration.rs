use session::prelude::*;

#[derive(Model)]
pub enum Case {
    A(Param<shape![3]>),
}

fn main() {}
