use session::prelude::*;

#[derive(Model)]
pub struct Case {
    w: Param<shape![3]>,
    rate: String,
}

fn main() {}
