//! Parameters with their names, copies, and tables.

use session::ir::DynShape;
use session::prelude::*;

use crate::network::{Layer, Network, PARAMETERS};

#[test]
fn parameters_are_listed_once_in_the_order_of_the_fields() {
    let model = Network::<f32>::new(1);
    let parameters = model.parameters();
    let found: Vec<_> = parameters.iter().map(|(name, parameter)| (&**name, parameter.shape())).collect();
    assert_eq!(found, PARAMETERS.map(|(name, shape, _)| (name, DynShape::new(shape))));
    assert_eq!(model.num_parameters(), 15 + 9 + 3 + 9 + 3 + 3);
    for (name, parameter) in &parameters {
        assert_eq!(parameter.name().as_deref(), Some(&**name));
    }
    parameters[5].1.set_value(&Tensor::<f32, shape![3]>::full(7.0).into()).unwrap();
    assert_eq!(model.scales[1].value(), Tensor::full(7.0), "they share the cells");
}

#[test]
fn a_parameter_by_itself_keeps_its_name() {
    let w = Param::new(Tensor::<f32, shape![2]>::ones()).named("w");
    w.name_parameters();
    assert_eq!((w.name().as_deref(), w.parameters()[0].0.as_str()), (Some("w"), ""));
    let list = vec![w.clone()];
    list.name_parameters();
    assert_eq!(w.name().as_deref(), Some("0"));
    let none: Option<Param<shape![2]>> = None;
    assert_eq!((none.num_parameters(), none.parameters().len()), (0, 0));
}

#[test]
fn a_clone_shares_and_a_deep_clone_does_not() {
    let model = Network::<f32>::new(4);
    let (shared, copy) = (model.clone(), model.deep_clone());
    assert_eq!(model.numbers(), copy.numbers());
    model.encoder.set_value(Tensor::zeros());
    model.blocks[0].b.as_ref().unwrap().set_value(Tensor::zeros());
    assert_eq!(shared.numbers(), model.numbers());
    assert_ne!(copy.encoder.value(), Tensor::zeros());
    assert_ne!(copy.blocks[0].b.as_ref().unwrap().value(), Tensor::zeros());

    // Ties, names and what is frozen stay.
    copy.encoder.set_value(Tensor::ones());
    assert_eq!(copy.decoder.value(), Tensor::ones());
    assert_eq!(model.decoder.value(), Tensor::zeros());
    assert_eq!(copy.summary(), model.summary());
    assert_eq!(copy.scales[0].requires_grad(), Some(false));
    assert_eq!(copy.scales[1].requires_grad(), None);
    assert_eq!(copy.blocks[1].w.name().as_deref(), Some("blocks.1.w"));
    copy.scales[0].set_requires_grad(true);
    assert_eq!(model.scales[0].requires_grad(), Some(false));
}

#[test]
fn a_summary_is_a_table() {
    let model = Network::<f32>::new(1);
    assert_eq!(
        model.summary().to_string(),
        "parameter   shape   count\n\
         encoder     [5, 3]     15\n\
         blocks.0.w  [3, 3]      9\n\
         blocks.0.b  [3]         3\n\
         blocks.1.w  [3, 3]      9\n\
         scales.0    [3]         3  (frozen)\n\
         scales.1    [3]         3\n\
         total                  42  (3 frozen)\n\
         forward: 81 FLOP a sample (all free sizes 1)"
    );
    let summary = model.summary();
    assert_eq!((summary.total(), summary.frozen(), summary.rows().len()), (42, 3, 6));
    let row = &summary.rows()[4];
    assert_eq!((&*row.name, row.shape, row.count, row.frozen), ("scales.0", DynShape::new(&[3]), 3, true));
    // Two layers of 3 by 3 with a bias in the first and relu in both, two scales, and the decoder.
    let forward = &summary.methods()[0];
    assert_eq!((forward.name, forward.stats.flops), ("forward", (18 + 3 + 3) + (18 + 3) + 3 + 3 + 30));
    assert_eq!(forward.stats.leaves, 6);
    assert_eq!(Vec::<Layer>::new().summary().to_string(), "parameter  shape  count\ntotal                 0");
}
