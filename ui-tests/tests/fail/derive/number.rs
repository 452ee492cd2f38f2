use session::prelude::*;

#[derive(Model)]
pub struct Case {
    w: Param<shape![3], f64>,
}

fn main() {}
