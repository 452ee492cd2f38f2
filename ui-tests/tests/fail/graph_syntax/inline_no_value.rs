use session::prelude::*;

pub fn case(s: &Session) {
    graph!(s =>);
}

fn main() {}
