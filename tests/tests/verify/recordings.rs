//! Recordings of a session: parameters, constants, indices, functions.

use session::Function;
use session::prelude::*;

use super::claims;

fn session() -> Session<f32> {
    Session::new(Options::default().threads(1))
}

#[test]
fn the_gradients_of_parameters_belong_to_a_loss() {
    let s = session();
    let (w, unused) = (Param::new(Tensor::<f32, shape![3]>::ones()), Param::new(Tensor::<f32, shape![2]>::ones()));
    let (first, second, _) = (s.use_param(&w).unwrap(), s.use_param(&w).unwrap(), s.use_param(&unused).unwrap());
    let product = s.mul(first, s.exp(second));
    let loss = s.sum(product);
    let certificate = s.verify(loss).unwrap();
    assert_eq!(certificate.checks[3].claim, "the value of %5 and the gradients of 2 values");
    assert_eq!((certificate.checks[3].values, certificate.checks[3].elements), (3, 1 + 3));
    // A value that is no loss has no gradients of parameters.
    assert_eq!(s.verify(product).unwrap().checks.len(), 4);
    assert_eq!(certificate.checks.len(), 5);
    // Nor has a loss without parameters.
    w.set_requires_grad(false);
    unused.set_requires_grad(false);
    assert_eq!(s.verify(loss).unwrap().checks.len(), 4);
}

#[test]
fn constants_may_change_between_recordings_that_share_a_tape() {
    let s = session();
    let mut digests = Vec::new();
    for numbers in [[2.0, 2.0], [2.0, 5.0], [f32::NAN, -0.0]] {
        s.reset_tape();
        let x = s.neg(s.input(Tensor::<f32, shape![2]>::ones()).unwrap());
        let [a, b] = numbers.map(|number| s.constant(Tensor::<f32, shape![2]>::full(number)));
        let loss = s.sum(s.mul(s.mul(x, s.exp(a)), s.exp(b)));
        let certificate = s.verify(loss).unwrap();
        s.verify_all().unwrap();
        digests.push(certificate.checks[0].tape);
    }
    assert!(digests.iter().all(|digest| *digest == digests[0]), "one tape for all");
    assert_eq!(s.compiled_tapes(), 5);
}

#[test]
fn a_certificate_holds_for_the_present_indices() {
    let s = Session::<f32>::new(Options::default().threads(1).check_indices(false));
    let table = s.input(Tensor::<f32, shape![5, 2]>::ones()).unwrap();
    let indices = s.input_nats::<shape![4]>(&[1, 3, 1, 0]).unwrap();
    let loss = s.sum(s.embedding(table, indices));
    assert_eq!(s.verify(loss).unwrap().naturals, [[1, 3, 1, 0]]);
    s.set_nats(indices, &[4, 5, 100, 4]).unwrap();
    let certificate = s.verify(loss).unwrap();
    assert_eq!(certificate.naturals, [[4, 5, 100, 4]]);
    s.verify_all().unwrap();
    assert!(s.verify_kernels(loss).unwrap().operations.contains(&"gather_rows"));
}

/// Numbers of leaves play no part.
#[test]
fn the_numbers_of_leaves_do_not_matter() {
    let mut certificates = [1.0, f32::NAN].map(|number| {
        let s = session();
        let x = s.input(Tensor::<f32, shape![3, 2]>::full(number)).unwrap();
        s.verify(s.sum(s.softmax(x))).unwrap()
    });
    certificates.iter_mut().for_each(|certificate| certificate.elapsed = Default::default());
    assert_eq!(certificates[0], certificates[1]);
}

#[test]
fn values_that_are_leaves_or_reach_nothing() {
    let s = session();
    let x = s.input(Tensor::<f32, shape![2]>::ones()).unwrap();
    let fixed = s.constant(Tensor::<f32, shape![2]>::ones());
    let y = s.detach(s.exp(x));
    for value in [x, fixed, y] {
        s.verify(value).unwrap();
        s.verify_kernels(value).unwrap();
    }
    s.verify_all().unwrap();
    let empty = session();
    assert_eq!(empty.verify_all().unwrap().nodes, 0);
}

#[test]
fn a_ref_of_another_recording_is_refused() {
    let s = session();
    let x = s.input(Tensor::<f32, shape![2]>::ones()).unwrap();
    s.reset_tape();
    assert!(matches!(s.verify(x), Err(Error::StaleRef { .. })));
    assert!(matches!(s.verify_kernels(x), Err(Error::StaleRef { .. })));
}

#[test]
fn functions() {
    let w = Param::new(Tensor::<f32, shape![3, 2]>::ones());
    let function = Function::<f32, _, _>::record(
        Options::default().threads(1),
        &["x"],
        &["rows", "sum"],
        |s| s.use_param(&w),
        |s, w, (x,): (TensorRef<shape![4, 3]>,)| {
            let y = s.tanh(s.matmul(x, w));
            (y, s.sum(y))
        },
    );
    let function = function.unwrap();
    let certificate = function.verify().unwrap();
    assert_eq!(claims(&certificate), ["the values of 2 values"]);
    assert_eq!((certificate.checks[0].values, certificate.checks[0].elements), (2, 9));
    assert_eq!(function.verify_kernels().unwrap().operations, ["matmul", "tanh", "sum"]);
}
