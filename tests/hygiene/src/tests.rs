//! What the expansions do is tested elsewhere; here, that they run at all.

use ::renamed::ir::Graph;
use ::renamed::{Dim, Model, Options, Session, Tensor};
use ::std::assert_eq;
use ::std::prelude::v1::*;

use crate::functions::{self, Recorder};
use crate::models::{Block, ByHand, Net};

#[test]
fn functions_record() {
    let graph: Graph = functions::names::graph::<Dim<2>, Dim<3>, Dim<4>>(2.0, 1.0);
    assert_eq!(graph.leaves().len(), 4);
    let compiled = functions::r#type::compile::<f32, Dim<2>>(Options::default()).unwrap();
    assert_eq!(compiled.inputs().next().unwrap().0, "fn");
    assert_eq!(compiled.outputs().nth(1).unwrap().0, "loop");
    assert_eq!(functions::rows::graph::<2, 3>().nodes().len(), 4);
    assert_eq!(functions::soft::graph::<Dim<2>>().nodes().len(), 2);
    let s = Session::<f32>::new(Options::default().threads(1));
    let x = s.input(Tensor::<f32, (Dim<2>, Dim<3>)>::ones()).unwrap();
    let _ = functions::inside(&s, x);
    let _ = Recorder(&s).twice(x);
    assert_eq!(s.graph().nodes().len(), 5);
}

#[test]
fn models_record() {
    let net = Net::new(0);
    assert_eq!(net.compile_loss::<Dim<2>>(Options::default()).unwrap().graph().leaves().len(), 16);
    let block = Block::<Dim<4>, 3>::new(0);
    assert_eq!(block.parameters()[2].0, "type");
    let by_hand = ByHand::<Dim<2>>::new("hand");
    assert_eq!(by_hand.parameters().len(), 2);
    assert_eq!(by_hand.deep_clone().name, "hand");
}
