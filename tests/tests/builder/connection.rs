//! Inputs, typed refs and what was captured.

use session::prelude::*;

use super::*;

fn with_input(sizes: &[usize]) -> (GraphBuilder, Id) {
    let mut builder = GraphBuilder::new();
    let x = builder.input(DynShape::new(sizes)).expect("a small shape");
    (builder, x)
}

#[test]
fn a_typed_ref_has_the_shape_of_its_value() {
    let (builder, x) = with_input(&[2, 3]);
    assert!(builder.typed::<shape![2, 3]>(x).is_ok());
    let error = builder.typed::<shape![3, 2]>(x).unwrap_err();
    assert_eq!(error.to_string(), "value %0 has shape [2, 3], expected [3, 2]");
    let error = builder.typed::<shape![2, 3]>(Id::new(1)).unwrap_err();
    assert!(matches!(error, Error::NoSuchValue { id, count: 1 } if id == Id::new(1)), "{error}");
    assert!(matches!(builder.shape(Id::new(1)), Err(Error::NoSuchValue { count: 1, .. })));
}

#[test]
fn a_ref_of_another_recording_has_no_id() {
    let (builder, x) = with_input(&[2]);
    let (other, _) = with_input(&[2]);
    let typed = builder.typed::<shape![2]>(x).unwrap();
    assert_eq!(builder.id(typed).unwrap(), x);
    assert!(matches!(other.id(typed), Err(Error::StaleRef { .. })));

    let session = Session::<f64>::new(Options::default());
    let old = session.input(Tensor::<f64, shape![2]>::from_array([1.0, 2.0])).unwrap();
    assert_eq!(session.build(|b| b.id(old)).unwrap(), Id::new(0));
    session.reset_tape();
    assert!(matches!(session.build(|b| b.id(old)), Err(Error::StaleRef { .. })));
}

#[test]
fn inputs_come_before_nodes() {
    let (mut builder, x) = with_input(&[2]);
    builder.neg(x).unwrap();
    let before = builder.graph().clone();
    let shape = DynShape::new(&[2]);
    assert!(matches!(builder.input(shape), Err(Error::LeafAfterNode { nodes: 1 })));
    assert!(matches!(builder.input_named("y", shape), Err(Error::LeafAfterNode { nodes: 1 })));
    assert!(matches!(builder.input_nats(shape), Err(Error::LeafAfterNode { nodes: 1 })));
    assert_eq!(builder.graph(), &before);
}

#[test]
fn inputs_that_cannot_be_counted() {
    let mut builder = GraphBuilder::new();
    let shape = DynShape::new(&[1 << 40, 0, 1 << 40]);
    for result in [builder.input(shape).map(drop), builder.input_nats(shape).map(drop)] {
        assert!(matches!(result, Err(Error::Call { .. })), "{result:?}");
    }
    assert_eq!((builder.graph().len(), builder.graph().naturals().len()), (0, 0));
}

#[test]
fn a_lent_builder_has_no_inputs_without_values() {
    let session = Session::<f32>::new(Options::default());
    let error = session.build(|b| b.input(DynShape::SCALAR)).unwrap_err();
    assert!(error.to_string().contains("input_dyn"), "{error}");
    assert!(session.build(|b| b.input_nats(DynShape::SCALAR)).is_err());
    assert_eq!(session.graph().len(), 0);
}

#[test]
fn captured_numbers_follow_the_inputs() {
    let mut builder = GraphBuilder::new();
    let x = builder.input(DynShape::new(&[5])).unwrap();
    let given = builder.input_nats(DynShape::SCALAR).unwrap();
    builder.gather_scalar_ref(x, given).unwrap();
    builder.gather_vec_nat(x, &[4, 0, 9]).unwrap();
    let error = builder.gather_rows_nat(x, &[1]).unwrap_err();
    assert!(matches!(error, Error::Rule { op: "gather_rows_nat", .. }), "{error}");
    builder.dropout_nat(x, 7, 0.5).unwrap();
    let captured: Vec<(NatId, &[usize])> = builder.captured().collect();
    assert_eq!(captured, [(NatId::new(1), [4, 0, 9].as_slice()), (NatId::new(2), &[7])]);
    assert_eq!(builder.graph().naturals().len(), 3);
}

/// By name a size ends below 2^53; a method takes any.
#[test]
fn the_largest_sizes_are_refused() {
    const MOST: usize = usize::MAX;
    let mut builder = GraphBuilder::new();
    let mut input = |sizes: &[usize]| builder.input(DynShape::new(sizes)).unwrap();
    let [x, w, bias, image, none] = [&[3][..], &[2, 2, 3, 3], &[2], &[2, 5, 5], &[2, 0]].map(&mut input);
    let (flat, empty) = (input(&[1, 2]), input(&[0]));
    let results = [
        builder.at(x, MOST),
        builder.gather_scalar(x, MOST),
        builder.sum_axis(x, MOST),
        builder.softmax_axis(x, MOST),
        builder.unsqueeze(x, MOST),
        builder.swap_adjacent(image, MOST),
        builder.slice(x, MOST, MOST),
        builder.slice(x, 0, MOST),
        builder.pad(x, 0, MOST, MOST),
        builder.pad(x, MOST, 1, 1),
        builder.conv2d(w, bias, image, MOST, MOST),
        builder.conv2d(w, bias, image, 1, MOST / 2),
        builder.conv_transpose2d(w, bias, image, MOST, 0),
        builder.conv_transpose2d(w, bias, image, 1, MOST),
        builder.conv_grouped(w, bias, image, &[1; 2], &[0; 2], &[MOST; 2], MOST),
        builder.max_pool2d(image, &[MOST; 2], MOST),
        builder.smooth_max_pool(image, &[MOST; 2], &[1; 2], &[MOST / 2; 2], 1.0),
        builder.group_norm(none, empty, empty, MOST, 1.0),
        builder.multi_head_attention(flat, flat, flat, flat, flat, MOST, false, None, None),
        builder.full(&[MOST, MOST], 0.0),
    ];
    for (index, result) in results.iter().enumerate() {
        assert!(matches!(result, Err(Error::Rule { .. })), "call {index}: {result:?}");
    }
    assert_eq!(builder.graph().nodes().len(), 0);
}
