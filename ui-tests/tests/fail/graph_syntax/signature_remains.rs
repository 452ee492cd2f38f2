use session::prelude::*;

graph! {
    fn broken(x: [4, 3]) -> [4, 3] {
        x @ 2
    }

    fn calls(x: [4, 3]) -> [4, 3] {
        broken(x)
    }

    struct Model {
        w: [3, 3] = kaiming,
    }

    fn forward(x: [4, 3]) -> [4, 3] {
        x @ w?
    }
}

pub fn case(s: &Session, x: TensorRef<shape![4, 3]>, model: &Model) -> Result<TensorRef<shape![4, 3]>, Error> {
    model.forward(s, calls(s, broken(s, x)))
}

fn main() {}
