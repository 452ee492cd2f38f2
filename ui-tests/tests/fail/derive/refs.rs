use session::prelude::*;

#[derive(Model)]
#[model(refs = "Leaves", number = 3)]
pub struct Case {
    w: Param<shape![3]>,
}

fn main() {}
