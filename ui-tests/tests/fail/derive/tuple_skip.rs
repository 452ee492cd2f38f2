use session::prelude::*;

#[derive(Model)]
pub struct Case(Param<shape![3]>, #[model(skip)] usize);

fn main() {}
