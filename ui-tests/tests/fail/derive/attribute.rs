use session::prelude::*;

#[derive(Model)]
#[model(skip)]
pub struct Case {
    w: Param<shape![3]>,
}

fn main() {}
