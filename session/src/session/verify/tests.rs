use super::*;
use crate::prelude::*;

/// Also those that [`Session::verify`] does not make: several seeds, groups of values, tangents at some leaves, and the
/// Hessian times a vector.
#[test]
fn every_request_is_what_it_says() {
    let s = Session::<f32>::new(Options::default().threads(1));
    let x = s.input(Tensor::<f32, (Dim<2>, Dim<3>)>::ones()).unwrap();
    let y = s.input(Tensor::<f32, (Dim<2>, Dim<3>)>::ones()).unwrap();
    let unused = s.input(Tensor::<f32, (Dim<4>,)>::ones()).unwrap();
    let product = s.mul(s.exp(x), s.softmax(y));
    let loss = s.sum(s.mul(product, s.tanh(x)));
    let state = &mut *s.state.borrow_mut();
    let [x, y, unused, product, loss] = [x.id(), y.id(), unused.id(), product.id(), loss.id()];
    let hessian = |leaf| Request::HessianVector { loss, leaf };
    let requests = [
        Request::Values { values: vec![loss, x, product, loss] },
        // A value may have several seeds, which count as first contributions.
        Request::Reverse { seeds: vec![product, loss, product], wanted: vec![vec![x, y], vec![product], vec![unused]] },
        Request::Loss { loss, wanted: vec![vec![y], vec![x, x], vec![unused]] },
        Request::Forward { leaves: vec![y], wanted: loss },
        Request::Forward { leaves: vec![unused], wanted: loss },
        hessian(x),
        hessian(y),
        hessian(unused),
    ];
    let certificate = state.certify(requests, None).unwrap();
    let elements: Vec<usize> = certificate.checks.iter().map(|check| check.elements).collect();
    assert_eq!(elements, [1 + 6 + 6 + 1, 6 + 6, 1 + 6 + 6, 1, 0, 6, 6, 0]);
    assert_eq!(certificate.checks[5].claim, "the Hessian of %8 in %0 times a vector");
}
