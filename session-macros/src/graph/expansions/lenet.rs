#[doc = " LeNet-like network."]
pub struct LeNet<T: ::session::Float = f32> {
    #[doc = "The field `c1` of the model."]
    pub c1: ::session::Param<(::session::Dim<8>, ::session::Dim<1>, ::session::Dim<5>, ::session::Dim<5>), T>,
    #[doc = "The field `c1_bias` of the model."]
    pub c1_bias: ::session::Param<(::session::Dim<8>,), T>,
    #[doc = "The field `out` of the model."]
    pub out: ::session::Param<(::session::Dim<10>, ::session::Dim<1152>), T>,
    #[doc = "The field `out_bias` of the model."]
    pub out_bias: ::session::Param<(::session::Dim<10>,), T>,
}
#[doc = "The parameters of [`LeNet`] as leaves of a recording."]
pub struct LeNetRefs { # [doc = "The leaf of `c1`."] pub c1 : < :: session :: Param < (:: session :: Dim < 8 > , :: session :: Dim < 1 > , :: session :: Dim < 5 > , :: session :: Dim < 5 > ,) , f32 > as :: session :: Model < f32 >> :: Refs , # [doc = "The leaf of `c1_bias`."] pub c1_bias : < :: session :: Param < (:: session :: Dim < 8 > ,) , f32 > as :: session :: Model < f32 >> :: Refs , # [doc = "The leaf of `out`."] pub out : < :: session :: Param < (:: session :: Dim < 10 > , :: session :: Dim < 1152 > ,) , f32 > as :: session :: Model < f32 >> :: Refs , # [doc = "The leaf of `out_bias`."] pub out_bias : < :: session :: Param < (:: session :: Dim < 10 > ,) , f32 > as :: session :: Model < f32 >> :: Refs , }
impl<T: ::session::Float> ::core::clone::Clone for LeNet<T> {
    fn clone(&self) -> Self {
        Self {
            c1: ::core::clone::Clone::clone(&self.c1),
            c1_bias: ::core::clone::Clone::clone(&self.c1_bias),
            out: ::core::clone::Clone::clone(&self.out),
            out_bias: ::core::clone::Clone::clone(&self.out_bias),
        }
    }
}
impl<T: ::session::Float> ::core::fmt::Debug for LeNet<T> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("LeNet")
            .field("c1", &self.c1)
            .field("c1_bias", &self.c1_bias)
            .field("out", &self.out)
            .field("out_bias", &self.out_bias)
            .finish()
    }
}
impl ::core::clone::Clone for LeNetRefs {
    fn clone(&self) -> Self {
        Self {
            c1: ::core::clone::Clone::clone(&self.c1),
            c1_bias: ::core::clone::Clone::clone(&self.c1_bias),
            out: ::core::clone::Clone::clone(&self.out),
            out_bias: ::core::clone::Clone::clone(&self.out_bias),
        }
    }
}
impl ::core::fmt::Debug for LeNetRefs {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("LeNetRefs")
            .field("c1", &self.c1)
            .field("c1_bias", &self.c1_bias)
            .field("out", &self.out)
            .field("out_bias", &self.out_bias)
            .finish()
    }
}
impl LeNet<f32> {
    #[doc = r" With initial values that follow from the seed, in `f32`; [`with_rng`](Self::with_rng) makes others."]
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with_rng(&mut ::session::random::Rng::new(seed))
    }
}
impl<T: ::session::Float> LeNet<T> {
    #[doc = r" With initial values from a generator; every parameter has its dotted name."]
    #[must_use]
    pub fn with_rng(rng: &mut ::session::random::Rng) -> Self {
        let c1: ::session::Param<(::session::Dim<8>, ::session::Dim<1>, ::session::Dim<5>, ::session::Dim<5>), T> =
            ::session::Param::new(::session::init::kaiming_uniform(0.0, &mut *rng));
        let c1_bias: ::session::Param<(::session::Dim<8>,), T> = ::session::Param::new(::session::init::zeros());
        let out: ::session::Param<(::session::Dim<10>, ::session::Dim<1152>), T> =
            ::session::Param::new(::session::init::kaiming_uniform(0.0, &mut *rng));
        let out_bias: ::session::Param<(::session::Dim<10>,), T> = ::session::Param::new(::session::init::zeros());
        let model = Self { c1, c1_bias, out, out_bias };
        ::session::Model::<T>::name_parameters(&model);
        model
    }
}
impl<T: ::session::Float> ::session::Model<T> for LeNet<T> {
    type Refs = LeNetRefs;
    fn bind_with(
        &self,
        binder: &mut ::session::model::Binder<'_, T>,
    ) -> ::core::result::Result<Self::Refs, ::session::Error> {
        ::core::result::Result::Ok(LeNetRefs {
            c1: binder.bind(&self.c1)?,
            c1_bias: binder.bind(&self.c1_bias)?,
            out: binder.bind(&self.out)?,
            out_bias: binder.bind(&self.out_bias)?,
        })
    }
    fn visit(&self, visitor: &mut ::session::model::Visitor<'_, T>) {
        visitor.field("c1", &self.c1);
        visitor.field("c1_bias", &self.c1_bias);
        visitor.field("out", &self.out);
        visitor.field("out_bias", &self.out_bias);
    }
    fn copy_with(&self, copies: &mut ::session::model::Copies<T>) -> Self {
        Self {
            c1: copies.copy(&self.c1),
            c1_bias: copies.copy(&self.c1_bias),
            out: copies.copy(&self.out),
            out_bias: copies.copy(&self.out_bias),
        }
    }
    fn method_graphs(&self) -> ::std::vec::Vec<(&'static str, ::session::ir::Graph)> {
        #[allow(unused_mut)]
        let mut graphs = ::std::vec::Vec::new();
        graphs.push(("forward", self.__forward_graph::<::session::Dim<1>>()));
        graphs.push(("loss", self.__loss_graph::<::session::Dim<1>>()));
        graphs
    }
}
#[allow(clippy::too_many_arguments, clippy::type_complexity)]
impl LeNetRefs {
    fn forward<B: ::session::Dimension>(
        &self,
        session: &::session::Session<impl ::session::Float>,
        x: ::session::TensorRef<(B, ::session::Dim<1>, ::session::Dim<28>, ::session::Dim<28>)>,
    ) -> ::session::TensorRef<(B, ::session::Dim<10>)> {
        let h = (session).max_pool2d(
            (session).relu((session).conv2d(self.c1, self.c1_bias, x, ::session::Stride::<1>, ::session::Padding::<0>)),
            ::session::Kernel::<2, 2>,
            ::session::Stride::<2>,
        );
        (session).linear(self.out, self.out_bias, (session).flatten_from(h, ::session::Axis::<1>))
    }
    fn loss<B: ::session::Dimension>(
        &self,
        session: &::session::Session<impl ::session::Float>,
        x: ::session::TensorRef<(B, ::session::Dim<1>, ::session::Dim<28>, ::session::Dim<28>)>,
        labels: ::session::NatTensorRef<(B,)>,
    ) -> ::session::TensorRef<()> {
        (session).cross_entropy(self.forward(session, x), labels)
    }
}
#[allow(clippy::too_many_arguments, clippy::type_complexity, deprecated)]
impl<T: ::session::Float> LeNet<T> {
    #[doc = r""]
    #[doc = "Binds the model and records [`forward`](LeNetRefs::forward) of its leaves."]
    #[doc = r""]
    #[doc = r" # Errors"]
    #[doc = r" If a parameter is not yet a leaf of the recording and a node exists."]
    fn forward<B: ::session::Dimension>(
        &self,
        session: &::session::Session<T>,
        x: ::session::TensorRef<(B, ::session::Dim<1>, ::session::Dim<28>, ::session::Dim<28>)>,
    ) -> ::core::result::Result<::session::TensorRef<(B, ::session::Dim<10>)>, ::session::Error> {
        let model = ::session::Model::<T>::bind(self, session)?;
        ::core::result::Result::Ok(model.forward::<B>(session, x))
    }
    fn __forward_graph<B: ::session::Dimension>(&self) -> ::session::ir::Graph {
        ::session::function::graph::<
            T,
            (::session::TensorRef<(B, ::session::Dim<1>, ::session::Dim<28>, ::session::Dim<28>)>,),
            ::session::TensorRef<(B, ::session::Dim<10>)>,
            _,
        >(
            &["x"],
            |session| ::session::Model::<T>::bind(self, session),
            |session, model, (x_0,)| model.forward::<B>(session, x_0),
        )
        .expect("leaves come before the nodes of a new recording")
    }
    #[doc = "The method `forward` as a function object, which runs without recording again."]
    #[doc = r""]
    #[doc = r" It reads the parameters anew in each run."]
    #[doc = r""]
    #[doc = r" # Errors"]
    #[doc = r" If the graph cannot be recorded."]
    fn compile_forward<B: ::session::Dimension>(
        &self,
        options: ::session::Options,
    ) -> ::core::result::Result<
        ::session::Function<
            T,
            (::session::TensorRef<(B, ::session::Dim<1>, ::session::Dim<28>, ::session::Dim<28>)>,),
            ::session::TensorRef<(B, ::session::Dim<10>)>,
        >,
        ::session::Error,
    > {
        ::session::Function::record(
            options,
            &["x"],
            &["output"],
            |session| ::session::Model::<T>::bind(self, session),
            |session, model, (x_0,)| model.forward::<B>(session, x_0),
        )
    }
    #[doc = r""]
    #[doc = "Binds the model and records [`loss`](LeNetRefs::loss) of its leaves."]
    #[doc = r""]
    #[doc = r" # Errors"]
    #[doc = r" If a parameter is not yet a leaf of the recording and a node exists."]
    fn loss<B: ::session::Dimension>(
        &self,
        session: &::session::Session<T>,
        x: ::session::TensorRef<(B, ::session::Dim<1>, ::session::Dim<28>, ::session::Dim<28>)>,
        labels: ::session::NatTensorRef<(B,)>,
    ) -> ::core::result::Result<::session::TensorRef<()>, ::session::Error> {
        let model = ::session::Model::<T>::bind(self, session)?;
        ::core::result::Result::Ok(model.loss::<B>(session, x, labels))
    }
    fn __loss_graph<B: ::session::Dimension>(&self) -> ::session::ir::Graph {
        ::session::function::graph::<
            T,
            (
                ::session::TensorRef<(B, ::session::Dim<1>, ::session::Dim<28>, ::session::Dim<28>)>,
                ::session::NatTensorRef<(B,)>,
            ),
            ::session::TensorRef<()>,
            _,
        >(
            &["x", "labels"],
            |session| ::session::Model::<T>::bind(self, session),
            |session, model, (x_0, labels_1)| model.loss::<B>(session, x_0, labels_1),
        )
        .expect("leaves come before the nodes of a new recording")
    }
    #[doc = "The method `loss` as a function object, which runs without recording again."]
    #[doc = r""]
    #[doc = r" It reads the parameters anew in each run."]
    #[doc = r""]
    #[doc = r" # Errors"]
    #[doc = r" If the graph cannot be recorded."]
    fn compile_loss<B: ::session::Dimension>(
        &self,
        options: ::session::Options,
    ) -> ::core::result::Result<
        ::session::Function<
            T,
            (
                ::session::TensorRef<(B, ::session::Dim<1>, ::session::Dim<28>, ::session::Dim<28>)>,
                ::session::NatTensorRef<(B,)>,
            ),
            ::session::TensorRef<()>,
        >,
        ::session::Error,
    > {
        ::session::Function::record(
            options,
            &["x", "labels"],
            &["output"],
            |session| ::session::Model::<T>::bind(self, session),
            |session, model, (x_0, labels_1)| model.loss::<B>(session, x_0, labels_1),
        )
    }
}
#[allow(clippy::too_many_arguments, clippy::type_complexity)]
impl LeNet<f32> {
    #[doc = "The graph of the method `forward`, without values. Its leaves are the parameters, then the inputs."]
    #[must_use]
    fn forward_graph<B: ::session::Dimension>() -> ::session::ir::Graph {
        Self::with_rng(&mut ::session::random::Rng::blank()).__forward_graph::<B>()
    }
    #[doc = "The graph of the method `loss`, without values. Its leaves are the parameters, then the inputs."]
    #[must_use]
    fn loss_graph<B: ::session::Dimension>() -> ::session::ir::Graph {
        Self::with_rng(&mut ::session::random::Rng::blank()).__loss_graph::<B>()
    }
}
