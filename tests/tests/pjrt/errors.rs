//! What a plugin refuses: its code and its message.

use session::Error;
use session::export::pjrt::{self, Plugin, Value};
use session::optim::Sgd;
use session::prelude::*;

use crate::training::{Batch, Perceptron};
use crate::{client, one};

/// The function, the code and the message of an error of the plugin.
fn said(error: pjrt::Error) -> (&'static str, String) {
    match error {
        pjrt::Error::Plugin { function, code, message } => (function, format!("{code}: {message}")),
        error => panic!("{error}"),
    }
}

#[test]
fn a_text_that_is_no_module() {
    let devices = client().devices().unwrap();
    let text = "module { func.func @main() -> tensor<2xf32> { return %nothing : tensor<2xf32> } }";
    let (function, message) = said(client().compile(text, &devices[..1]).unwrap_err());
    assert_eq!(function, "Client_Compile");
    assert!(message.contains("undeclared SSA value name"), "{message}");
    let none = client().compile("module {}", &[]).unwrap_err();
    assert_eq!(none.to_string(), "a module is compiled for at least one device");
}

#[test]
fn options_count() {
    let plugin = Plugin::from_environment().unwrap();
    assert_eq!(plugin.version().0, 0);
    let three = plugin.client(&[("cpu_device_count", Value::Integer(3))]).unwrap();
    assert_eq!((&*three.platform().unwrap(), three.devices().unwrap().len()), ("cpu", 3));
    let ids: Vec<i32> = three.devices().unwrap().iter().map(|device| device.id().unwrap()).collect();
    assert_eq!(ids, [0, 1, 2]);
}

const TWICE: &str = "func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    %0 = stablehlo.add %x, %x : tensor<2x3xf32>
    return %0 : tensor<2x3xf32>
}";

#[test]
fn arguments_that_do_not_fit() {
    let devices = client().devices().unwrap();
    let twice = client().compile(TWICE, &devices[1..2]).unwrap();
    let x = devices[1].upload(&[1.0_f32; 6], &[2, 3]).unwrap();
    assert_eq!(twice.run(&[vec![&x]]).unwrap()[0][0].to_vec::<f32>().unwrap(), [2.0; 6]);
    let refused = |list: Vec<&pjrt::Buffer>| {
        let (function, message) = said(twice.run(&[list]).unwrap_err());
        assert_eq!(function, "LoadedExecutable_Execute");
        assert!(message.starts_with("INVALID_ARGUMENT: "), "{message}");
    };
    refused(vec![]);
    refused(vec![&x, &x]);
    refused(vec![&devices[0].upload(&[1.0_f32; 6], &[2, 3]).unwrap()]);
    refused(vec![&devices[1].upload(&[1.0_f32; 7], &[7]).unwrap()]);
    let own = |result: Result<_, pjrt::Error>| result.unwrap_err().to_string();
    assert_eq!(own(twice.run(&[])), "0 lists of arguments for 1 devices");
    assert_eq!(own(x.to_vec::<f64>().map(|_| vec![])), "a buffer has numbers of type 11 of PJRT, not f64");
    let short = devices[0].upload(&[1_i64; 5], &[2, 3]).map(|_| vec![]);
    assert_eq!(own(short), "5 numbers are no array of shape [2, 3]");
    let other = Plugin::from_environment().unwrap().client(&[]).unwrap();
    let foreign = other.devices().unwrap()[0].upload(&[1.0_f32; 6], &[2, 3]).unwrap();
    assert_eq!(own(twice.run(&[vec![&foreign]])), "an argument is on a device of another client");
}

/// Numbers come back as they went, of every type and of no elements.
#[test]
fn numbers_go_and_come_back() {
    let device = &client().devices().unwrap()[2];
    assert_eq!(device.upload(&[1.5_f64], &[]).unwrap().to_vec::<f64>().unwrap(), [1.5]);
    assert_eq!(device.upload(&[i32::MIN, 7], &[2, 1]).unwrap().to_vec::<i32>().unwrap(), [i32::MIN, 7]);
    let none = device.upload::<i64>(&[], &[4, 0]).unwrap();
    assert_eq!((none.shape().unwrap(), none.to_vec::<i64>().unwrap()), (vec![4, 0], vec![]));
}

/// An index out of range is refused before anything happens, and the step goes on.
#[test]
fn a_step_that_is_refused_changes_nothing() {
    let table = Param::new(Tensor::<f32, shape![3, 2]>::ones()).named("table");
    let function = Function::record(
        Options::default().threads(1),
        &["rows"],
        &["loss"],
        |s| table.bind(s),
        |s, table, (rows,): (NatVecRef<Dim<2>>,)| s.sum(s.embedding(table, rows)),
    );
    let mut step = function.unwrap().into_step(Sgd::new(0.5)).unwrap().on_device(&one()).unwrap();
    assert_eq!(step.run((&[0, 1],)).unwrap(), 4.0);
    assert!(matches!(step.run((&[0, 3],)), Err(Error::IndexOutOfRange { index: 3, .. })));
    assert!(matches!(step.run((&[0],)), Err(Error::LengthMismatch { .. })));
    step.fetch().unwrap();
    assert_eq!(table.value().to_vec(), [0.5, 0.5, 0.5, 0.5, 1.0, 1.0]);
    assert_eq!(step.run((&[0, 2],)).unwrap(), 3.0);
}

/// A plugin that is not there is an error of this crate's too.
#[test]
fn errors_are_those_of_the_session() {
    let net = Perceptron::new(0);
    let function = net.compile_loss::<Batch>(Options::default().threads(1)).unwrap();
    let on = |path: &str| -> Result<(), Error> {
        let client = Plugin::load(path)?.client(&[])?;
        function.into_step(Sgd::new(0.1))?.on_device(&session::export::Placement::on(&client.devices()?[0])).map(drop)
    };
    assert!(matches!(on("no/such/plugin.so"), Err(Error::Device(pjrt::Error::NotLoaded { .. }))));
}
