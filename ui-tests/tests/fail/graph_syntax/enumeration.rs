use session::prelude::*;

graph! {
    enum Case {
        A,
    }
}

fn main() {}
