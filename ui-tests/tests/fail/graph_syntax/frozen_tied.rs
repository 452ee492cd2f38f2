use session::prelude::*;

graph! {
    struct Case {
        table: [5, 3] = kaiming,
        #[frozen]
        head: [5, 3] = tied(table),
    }
}

fn main() {}
