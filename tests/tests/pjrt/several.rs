//! Several devices: what is shared out, which device runs, what cannot be shared out.

use session::export::Placement;
use session::init;
use session::optim::Sgd;
use session::prelude::*;
use session::random::Rng;

use crate::training::{Batch, Perceptron, TOLERANCE};
use crate::{check, client, four, one, values};

/// One step on one device and on four, from the same start.
#[test]
fn four_devices_give_what_one_gives() {
    let rng = &mut Rng::new(1);
    let (x, y) = (init::normal(0.0, 1.0, &mut *rng), init::normal(0.0, 1.0, &mut *rng));
    let devices = client().devices().unwrap();
    let two = Placement::over(&devices[1..3]).split("x", 0).split("y", 0);
    // The two axes of the weight are parameters' and stay whole.
    let columns = Placement::over(&devices[..3]).split("y", 1);
    let [expected, others @ ..] = [one(), four(), two, columns].map(|placement| {
        let net = Perceptron::new(2);
        let function = net.compile_loss::<Batch>(Options::default().threads(1)).unwrap();
        let mut step = function.into_step(Sgd::new(0.1)).unwrap().on_device(&placement).unwrap();
        let losses: Vec<f32> = (0..10).map(|key| step.run((&x, &y, &[key])).unwrap()).collect();
        step.fetch().unwrap();
        (losses, values(&net))
    });
    for (losses, parameters) in others {
        check("losses", &losses, &expected.0, TOLERANCE);
        crate::check_parameters(&parameters, &expected.1, TOLERANCE);
    }
}

#[test]
fn a_function_gives_whole_results() {
    let record = || {
        Function::record(
            Options::default().threads(1),
            &["x", "rows"],
            &["y", "columns"],
            |_| Ok(()),
            |s: &Session<f64>, (), (x, rows): (TensorRef<shape![Batch, 3]>, NatTensorRef<shape![Batch]>)| {
                let y = s.exp(s.embedding(x, rows));
                (y, s.sum_axis(y, Axis::<0>))
            },
        )
        .unwrap()
    };
    let x = init::normal(0.0, 1.0, &mut Rng::new(3));
    let rows = [7, 0, 3, 3, 6, 1, 2, 5];
    let expected = record().run((&x, &rows)).unwrap();
    let found = record().on_device(&four()).unwrap().run((&x, &rows)).unwrap();
    check("y", found.0.as_slice(), expected.0.as_slice(), 1e-14);
    check("columns", found.1.as_slice(), expected.1.as_slice(), 1e-14);
}

#[test]
fn what_cannot_be_shared_out_is_refused() {
    let devices = client().devices().unwrap();
    let refused = |placement: &Placement| {
        let net = Perceptron::new(0);
        let function = net.compile_loss::<Batch>(Options::default().threads(1)).unwrap();
        function.into_step(Sgd::new(0.1)).unwrap().on_device(placement).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&Placement::over(&devices).split_named("Rows")),
        "module `step`: no input has an axis named `Rows`"
    );
    assert_eq!(
        refused(&Placement::over(&devices[..3]).split_named("Batch")),
        "module `step`: axis 0 of `x` of shape [8, 5] gives no 3 equal parts"
    );
    assert_eq!(refused(&Placement::over(&[])), "a placement without devices");
}
