include!("../../support.rs");

pub fn case(s: &Session, x: TensorRef<shape![9, 7]>) {
    s.slice_axis(x, Axis::<1>, Slice::<2, 5>);
}

fn main() {}
