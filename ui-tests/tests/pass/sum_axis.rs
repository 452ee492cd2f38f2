include!("../../support.rs");

pub fn case(s: &Session, x: TensorRef<shape![2, 3]>) {
    s.sum_axis(x, Axis::<1>);
}

fn main() {}
