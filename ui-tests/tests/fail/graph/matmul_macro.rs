// cannot multiply `(2, 3)` by `(5, 4)`
// as matmul
use session::prelude::*;

macro_rules! layer {
    ($name:ident, $x:ident) => {
        graph! {
            pub fn $name($x: [2, 3], b: [5, 4]) -> [2, 4] {
                $x @ b
            }
        }
    };
}

layer!(case, a);

fn main() {}
