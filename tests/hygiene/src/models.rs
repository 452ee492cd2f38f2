//! Models, in all places.

use ::renamed::{Model as Derived, graph};

#[allow(unused_imports)]
use crate::taken::*;

graph! {
    crate = ::renamed;

    /// Generic over a width and a number of rows.
    pub struct Block<H, const N: usize>
    where
        ::renamed::Dim<N>: ::renamed::Dimension,
    {
        /// Documented.
        up: [8, H] = kaiming,
        down: [H, 8] = normal(0.0, 0.1),
        #[frozen]
        r#type: [N] = ones,
        rng: [8] = zeros,
    }

    /// One step.
    #[inline]
    pub fn forward<B>(x: [B, 8]) -> [B, 8] {
        relu(x @ up) @ down + rng
    }

    /// The number of the rows is a constant of the model.
    pub fn scales(x: [N]) -> [N] {
        x * self.r#type
    }

    #[cfg(any())]
    pub fn absent() -> [N] {
        down
    }

    /// Nested models and arrays of them.
    pub struct Net {
        table: [5, 8] = uniform(-1.0, 1.0),
        first: Block<::renamed::Dim<16>, 2>,
        blocks: [Block<::renamed::Dim<4>, 3>; 2],
        model: [[8, 8]; 2] = orthogonal,
        session: [5, 8] = tied(table),
        s: [8] = own(1.0),
    }

    fn hidden<B>(ids: nat[B], scale: f64) -> [B, 8] {
        let mut h = first.forward(embedding(table, ids));
        for block in blocks {
            h = block.forward(h);
        }
        for f in model {
            h = h @ f;
        }
        h * scale + s
    }

    /// Calls another method.
    pub fn loss<B>(ids: nat[B], labels: nat[B]) -> [] {
        cross_entropy(hidden(ids, 0.5) @ transpose(session), labels)
    }

    #[cfg(any())]
    pub struct Absent {
        w: [3] = zeros,
    }

    pub fn forward(x: [3]) -> [3] {
        x + w
    }
}

fn own<T: ::renamed::Float, S: ::renamed::Shape>(
    value: f64,
    _: &mut ::renamed::random::Rng,
) -> ::renamed::Tensor<T, S> {
    ::renamed::init::constant(value)
}

mod inner {
    ::renamed::graph! {
        crate = ::renamed;

        /// Seen by this crate only.
        pub(crate) struct Hidden {
            w: [3] = zeros,
        }

        pub(crate) fn forward(x: [3]) -> [3] {
            x + w
        }
    }
}

/// A model by hand, with one from a module in it.
#[derive(Derived)]
#[model(crate = ::renamed, refs = Leaves)]
pub struct ByHand<Width: ::renamed::Dimension> {
    /// A parameter.
    pub w: ::renamed::Param<(Width, ::renamed::Dim<3>)>,
    hidden: inner::Hidden,
    /// No parameter.
    #[model(skip)]
    pub name: &'static str,
}

impl<Width: ::renamed::Dimension> ByHand<Width> {
    /// All zero.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { w: ::renamed::Param::new(::renamed::Tensor::zeros()), hidden: inner::Hidden::new(0), name }
    }

    /// Binds and records.
    ///
    /// # Errors
    /// If the parameters cannot be leaves.
    pub fn forward(
        &self,
        s: &::renamed::Session,
        x: ::renamed::TensorRef<(::renamed::Dim<3>,)>,
    ) -> ::core::result::Result<::renamed::TensorRef<(::renamed::Dim<3>,)>, ::renamed::Error> {
        self.hidden.forward(s, x)
    }
}
