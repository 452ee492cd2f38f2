use session::prelude::*;

#[derive(Model)]
pub struct Case {
    #[model(ignore)]
    w: Param<shape![3]>,
}

fn main() {}
