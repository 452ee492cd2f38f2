//! Functions, in all places.

use ::renamed::graph;

// Names that an expansion might mean. Glob imports are the weakest, so that the parameters below may have such names.
#[allow(unused_imports)]
use crate::taken::*;

graph! {
    crate = ::renamed;

    /// Parameters under the names that the expansion has for its own.
    pub fn names<Session, T, Dim>(
        session: [Session, T],
        s: [T, Dim],
        rng: [Dim],
        options: f64,
        binder: f64,
        model: [Dim],
    ) -> [Session, Dim] {
        let f = session @ s;
        let graphs = f + rng;
        graphs * options - binder + model
    }

    /// Keywords of Rust as names.
    pub fn r#type<B>(r#fn: [B, 3], r#where: nat[B]) -> ([], [B, 3]) {
        let r#loop = relu(r#fn);
        (cross_entropy(r#loop, r#where), r#loop)
    }

    /// A constant, and a condition of the user's.
    #[inline]
    pub fn rows<const N: usize, const C: usize>(x: [N, C]) -> [C, N]
    where
        ::renamed::Dim<N>: ::renamed::Dimension,
        ::renamed::Dim<C>: ::renamed::Dimension,
    {
        let mut h = x;
        for i in 0..N {
            h = h * i as f64;
        }
        transpose(if N > 1 { relu(h) } else { h })
    }

    /// Static numbers, defaults and ranges.
    pub fn convolved<B>(w: [8, 1, 5, 5], b: [8], x: [B, 1, 28, 28]) -> [B, 8, 12, 12] {
        max_pool2d(conv2d(w, b, x), kernel = 2, stride = 2)
    }

    /// So many parameters that clippy would count them.
    pub fn many<B>(a: [B], b: [B], c: [B], d: [B], e: [B], f: [B], g: [B], h: [B]) -> ([B], [B], [B], [B]) {
        (a + b, c - d, e * f, g / h)
    }

    #[cfg(any())]
    pub fn absent(x: [3]) -> [4] {
        relu(x)
    }

    fn private(x: [4, 3]) -> [3] {
        x[0]
    }

    /// Calls the private one.
    pub fn calls(x: [4, 3]) -> [3] {
        private(x) + private(x * 2)
    }
}

/// In a function, and in a block of it.
#[must_use]
pub fn inside(
    f: &::renamed::Session,
    session: ::renamed::TensorRef<(::renamed::Dim<2>, ::renamed::Dim<3>)>,
) -> ::renamed::TensorRef<(::renamed::Dim<2>, ::renamed::Dim<3>)> {
    graph! {
        crate = ::renamed;
        fn local<B>(x: [B, 3]) -> [B, 3] {
            tanh(x)
        }
    }
    let rng = graph!(crate = ::renamed; f => local(session) * 2);
    graph!(crate = ::renamed; f => let model = rng + session; relu(model))
}

macro_rules! layers {
    ($($(#[$attribute:meta])* $name:ident $operation:ident;)*) => {
        graph! {
            crate = ::renamed;
            $(
                $(#[$attribute])*
                pub fn $name<B>(x: [B, 3], w: [3, 3]) -> [B, 3] {
                    $operation(x @ w)
                }
            )*
        }
    };
}

layers! {
    /// From a macro of the user's.
    soft softmax;
    /// As above.
    hard relu;
}

/// What is recorded with.
pub struct Recorder<'a, N: ::renamed::Float>(pub &'a ::renamed::Session<N>);

impl<N: ::renamed::Float> Recorder<'_, N> {
    /// Inline, in an implementation that is generic.
    #[must_use]
    pub fn twice<S: ::renamed::Shape>(&self, x: ::renamed::TensorRef<S>) -> ::renamed::TensorRef<S> {
        graph!(crate = ::renamed; self.0 => x * 2)
    }
}
