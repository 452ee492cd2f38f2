//! A network with everything that a model can have: nested, repeated, optional, tied and frozen parameters.

use session::ir::Graph;
use session::model::{Binder, Copies, Visitor};
use session::prelude::*;
use session::random::Rng;

// Names for the shapes of fields, since rustc derives nothing for a generic struct with macros in its types.
type Square = shape![3, 3];
type Row = shape![3];
type Table = shape![5, 3];

/// A linear layer, with a bias or without.
#[derive(Clone, Debug)]
pub struct Layer<T: Float = f32> {
    pub w: Param<Square, T>,
    pub b: Option<Param<Row, T>>,
}

#[derive(Clone, Debug)]
pub struct LayerRefs {
    pub w: TensorRef<Square>,
    pub b: Option<TensorRef<Row>>,
}

impl<T: Float> Model<T> for Layer<T> {
    type Refs = LayerRefs;

    fn bind_with(&self, binder: &mut Binder<'_, T>) -> Result<LayerRefs, Error> {
        Ok(LayerRefs { w: binder.bind(&self.w)?, b: binder.bind(&self.b)? })
    }

    fn visit(&self, visitor: &mut Visitor<'_, T>) {
        visitor.field("w", &self.w);
        visitor.field("b", &self.b);
    }

    fn copy_with(&self, copies: &mut Copies<T>) -> Self {
        Self { w: copies.copy(&self.w), b: copies.copy(&self.b) }
    }
}

/// Words to scores of words: the table of the decoder is the one of the encoder.
#[derive(Clone, Debug)]
pub struct Network<T: Float = f32> {
    pub encoder: Param<Table, T>,
    pub blocks: [Layer<T>; 2],
    pub scales: Vec<Param<Row, T>>,
    pub decoder: Param<Table, T>,
}

#[derive(Clone, Debug)]
pub struct NetworkRefs {
    pub encoder: TensorRef<Table>,
    pub blocks: [LayerRefs; 2],
    pub scales: Vec<TensorRef<Row>>,
    pub decoder: TensorRef<Table>,
}

/// The parameters as the fields have them: name, shape, whether it is frozen.
pub const PARAMETERS: [(&str, &[usize], bool); 6] = [
    ("encoder", &[5, 3], false),
    ("blocks.0.w", &[3, 3], false),
    ("blocks.0.b", &[3], false),
    ("blocks.1.w", &[3, 3], false),
    ("scales.0", &[3], true),
    ("scales.1", &[3], false),
];

impl<T: Float> Network<T> {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let encoder = Param::new(Tensor::randn(&mut rng));
        let layer = |bias: bool, rng: &mut Rng| Layer {
            w: Param::new(Tensor::randn(&mut *rng)),
            b: bias.then(|| Param::new(Tensor::randn(&mut *rng))),
        };
        let model = Self {
            decoder: encoder.clone(),
            encoder,
            blocks: [layer(true, &mut rng), layer(false, &mut rng)],
            scales: vec![Param::new(Tensor::ones()).frozen(), Param::new(Tensor::ones())],
        };
        model.name_parameters();
        model
    }

    /// The numbers of all parameters.
    pub fn numbers(&self) -> Vec<Vec<T>> {
        self.parameters().iter().map(|(_, parameter)| parameter.value().as_slice().to_vec()).collect()
    }
}

impl<T: Float> Model<T> for Network<T> {
    type Refs = NetworkRefs;

    fn bind_with(&self, binder: &mut Binder<'_, T>) -> Result<NetworkRefs, Error> {
        Ok(NetworkRefs {
            encoder: binder.bind(&self.encoder)?,
            blocks: binder.bind(&self.blocks)?,
            scales: binder.bind(&self.scales)?,
            decoder: binder.bind(&self.decoder)?,
        })
    }

    fn visit(&self, visitor: &mut Visitor<'_, T>) {
        visitor.field("encoder", &self.encoder);
        visitor.field("blocks", &self.blocks);
        visitor.field("scales", &self.scales);
        visitor.field("decoder", &self.decoder);
    }

    fn copy_with(&self, copies: &mut Copies<T>) -> Self {
        Self {
            encoder: copies.copy(&self.encoder),
            blocks: copies.copy(&self.blocks),
            scales: copies.copy(&self.scales),
            decoder: copies.copy(&self.decoder),
        }
    }

    fn method_graphs(&self) -> Vec<(&'static str, Graph)> {
        let graph = session::function::graph::<T, (NatVecRef<Dim<1>>,), _, _>(
            &["words"],
            |s| self.bind(s),
            |s, m: NetworkRefs, (words,)| m.forward(s, words),
        );
        vec![("forward", graph.unwrap())]
    }
}

impl NetworkRefs {
    /// The scores of every word.
    pub fn forward<T: Float, B: Dimension>(&self, s: &Session<T>, words: NatVecRef<B>) -> TensorRef<shape![B, 5]> {
        let mut h: TensorRef<shape![B, 3]> = s.embedding(self.encoder, words);
        for LayerRefs { w, b } in &self.blocks {
            let product = s.matmul(h, *w);
            h = s.relu(b.map_or(product, |b| s.add(product, s.broadcast(b))));
        }
        for &scale in &self.scales {
            h = s.mul(h, s.broadcast(scale));
        }
        s.matmul(h, s.transpose(self.decoder))
    }

    /// The mean cross entropy.
    pub fn loss<T: Float, B: Dimension>(
        &self,
        s: &Session<T>,
        words: NatVecRef<B>,
        labels: NatVecRef<B>,
    ) -> TensorRef<shape![]> {
        s.cross_entropy(self.forward(s, words), labels)
    }
}
