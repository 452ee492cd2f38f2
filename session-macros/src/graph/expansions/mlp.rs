#[doc = " A two-layer classifier."]
#[allow(clippy::too_many_arguments, clippy::type_complexity)]
pub fn mlp<B: ::session::Dimension, H: ::session::Dimension>(
    session: &::session::Session<impl ::session::Float>,
    x: ::session::TensorRef<(B, ::session::Dim<784>)>,
    w1: ::session::TensorRef<(::session::Dim<784>, H)>,
    b1: ::session::TensorRef<(H,)>,
    w2: ::session::TensorRef<(H, ::session::Dim<10>)>,
    b2: ::session::TensorRef<(::session::Dim<10>,)>,
) -> ::session::TensorRef<(B, ::session::Dim<10>)> {
    let h = (session).relu((session).broadcast_add((session).matmul(x, w1), b1));
    (session).broadcast_add((session).matmul(h, w2), b2)
}
#[doc = "The closed graph of the function [`mlp`](fn@mlp)."]
#[allow(non_camel_case_types)]
pub enum mlp {}
#[allow(clippy::too_many_arguments, clippy::type_complexity, deprecated)]
impl mlp {
    #[doc = r" The graph, without values."]
    pub fn graph<B: ::session::Dimension, H: ::session::Dimension>() -> ::session::ir::Graph {
        ::session::function::graph::<
            f32,
            (
                ::session::TensorRef<(B, ::session::Dim<784>)>,
                ::session::TensorRef<(::session::Dim<784>, H)>,
                ::session::TensorRef<(H,)>,
                ::session::TensorRef<(H, ::session::Dim<10>)>,
                ::session::TensorRef<(::session::Dim<10>,)>,
            ),
            ::session::TensorRef<(B, ::session::Dim<10>)>,
            (),
        >(
            &["x", "w1", "b1", "w2", "b2"],
            |_| ::core::result::Result::Ok(()),
            |session, (), (x_0, w1_1, b1_2, w2_3, b2_4)| mlp::<B, H>(session, x_0, w1_1, b1_2, w2_3, b2_4),
        )
        .expect("a recording without parameters meets no errors")
    }
    #[doc = r" The graph as a function object, which runs without recording again."]
    #[doc = r""]
    #[doc = r" # Errors"]
    #[doc = r" If the graph cannot be recorded."]
    pub fn compile<T: ::session::Float, B: ::session::Dimension, H: ::session::Dimension>(
        options: ::session::Options,
    ) -> ::core::result::Result<
        ::session::Function<
            T,
            (
                ::session::TensorRef<(B, ::session::Dim<784>)>,
                ::session::TensorRef<(::session::Dim<784>, H)>,
                ::session::TensorRef<(H,)>,
                ::session::TensorRef<(H, ::session::Dim<10>)>,
                ::session::TensorRef<(::session::Dim<10>,)>,
            ),
            ::session::TensorRef<(B, ::session::Dim<10>)>,
        >,
        ::session::Error,
    > {
        ::session::Function::record(
            options,
            &["x", "w1", "b1", "w2", "b2"],
            &["output"],
            |_| ::core::result::Result::Ok(()),
            |session, (), (x_0, w1_1, b1_2, w2_3, b2_4)| mlp::<B, H>(session, x_0, w1_1, b1_2, w2_3, b2_4),
        )
    }
}
