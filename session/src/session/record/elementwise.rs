//! Elementwise operations.

use shapes::Shape;

use super::super::{NatRef, Session, TensorRef};
use crate::ir::{DynShape, op};
use crate::scalar::Float;
use crate::shapes::BroadcastWith;

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name<S>(&self, x: TensorRef<S>) -> TensorRef<S> {
            self.push(op::$op {}, &[x.raw()])
        }
    )*};
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name<S>(&self, a: TensorRef<S>, b: TensorRef<S>) -> TensorRef<S> {
            self.push(op::$op {}, &[a.raw(), b.raw()])
        }
    )*};
}

macro_rules! broadcasting {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// One operand may have a lower rank if its axes equal the other's last axes; axes of size 1 are
        /// not stretched.
        #[track_caller]
        pub fn $name<A, B, C>(&self, a: TensorRef<A>, b: TensorRef<B>) -> TensorRef<C>
        where
            B: BroadcastWith<A, Output = C>,
        {
            let [a, b] = self.compose_all([a.raw(), b.raw()], |g, [a, b]| g.expand_lower(a, b));
            self.push(op::$op {}, &[a, b])
        }
    )*};
}

/// Elementwise operations. Operands have equal shapes.
impl<T: Float> Session<T> {
    binary! {
        /// `a + b` (`torch.add`).
        add Add;
        /// `a - b` (`torch.sub`).
        sub Sub;
        /// `a * b`, elementwise (`torch.mul`).
        mul Mul;
        /// `a / b` (`torch.div`).
        div Div;
        /// The larger of two; NaN wins; equal entries have half of the gradient each (`torch.maximum`).
        maximum Maximum;
        /// The smaller of two; NaN wins; equal entries have half of the gradient each (`torch.minimum`).
        minimum Minimum;
    }

    broadcasting! {
        /// `a + b`, the one of lower rank repeated along leading axes.
        broadcast_add Add;
        /// `a - b`, the one of lower rank repeated along leading axes.
        broadcast_sub Sub;
        /// `a * b`, the one of lower rank repeated along leading axes.
        broadcast_mul Mul;
        /// `a / b`, the one of lower rank repeated along leading axes.
        broadcast_div Div;
    }

    unary! {
        /// `-x` (`torch.neg`).
        neg Neg;
        /// `x` where it is positive, else 0; the gradient at 0 is 0 (`torch.relu`).
        relu Relu;
        /// The hyperbolic tangent (`torch.tanh`).
        tanh Tanh;
        /// e to the power x (`torch.exp`).
        exp Exp;
        /// The natural logarithm: -inf at 0, NaN below (`torch.log`).
        log Log;
        /// The absolute value; the gradient at 0 is 0 (`torch.abs`).
        abs Abs;
        /// The square root; the gradient is infinite at 0 and NaN below (`torch.sqrt`).
        sqrt Sqrt;
        /// `1 / (1 + exp(-x))` (`torch.sigmoid`).
        sigmoid Sigmoid;
        /// `max(x, 0) + ln(1 + exp(-|x|))`, which overflows for no x (`torch.nn.functional.softplus`).
        /// Early TorchLean took `ln(1 + exp(x))`.
        softplus Softplus;
        /// The sine of an angle in radians (`torch.sin`).
        sin Sin;
        /// The cosine of an angle in radians (`torch.cos`).
        cos Cos;
        /// The error function (`torch.erf`).
        erf Erf;
        /// `x Φ(x)` with the distribution function Φ of the normal distribution
        /// (`torch.nn.functional.gelu`).
        gelu Gelu;
        /// The approximation of gelu by a hyperbolic tangent (`torch.nn.functional.gelu` with
        /// `approximate='tanh'`).
        gelu_tanh GeluTanh;
        /// `x * sigmoid(x)` (`torch.nn.functional.silu`).
        silu Silu;
        /// `x` itself, out of which no gradient and no tangent flows (`torch.Tensor.detach`).
        detach Detach;
    }

    /// `x * x` (`torch.square`).
    #[track_caller]
    pub fn square<S>(&self, x: TensorRef<S>) -> TensorRef<S> {
        self.mul(x, x)
    }

    /// `1 / x` (`torch.reciprocal`).
    #[track_caller]
    pub fn reciprocal<S>(&self, x: TensorRef<S>) -> TensorRef<S> {
        self.scalar_div(1.0, x)
    }

    /// `x` to the power of a plain number (`torch.pow`). Nothing flows through the power 0.
    #[track_caller]
    pub fn pow<S>(&self, x: TensorRef<S>, exponent: f64) -> TensorRef<S> {
        self.push(op::Pow { exponent: exponent.into() }, &[x.raw()])
    }

    /// `x` put between `lo` and `hi`; `hi` if `lo > hi` (`torch.clamp`). A gradient flows where
    /// `lo < x < hi`; at the bounds it is 0, as in PyTorch since 2.15 (before it was 1).
    ///
    /// # Panics
    /// If a bound is NaN; as every operation.
    #[track_caller]
    pub fn clamp<S>(&self, x: TensorRef<S>, lo: f64, hi: f64) -> TensorRef<S> {
        self.push(op::Clamp { lo: lo.into(), hi: hi.into() }, &[x.raw()])
    }

    /// `x` where it is positive, else `slope * x` (`torch.nn.functional.leaky_relu`).
    #[track_caller]
    pub fn leaky_relu<S>(&self, x: TensorRef<S>, slope: f64) -> TensorRef<S> {
        self.push(op::LeakyRelu { slope: slope.into() }, &[x.raw()])
    }

    /// `x` where it is positive, else `alpha * (exp(x) - 1)` (`torch.nn.functional.elu`).
    #[track_caller]
    pub fn elu<S>(&self, x: TensorRef<S>, alpha: f64) -> TensorRef<S> {
        self.push(op::Elu { alpha: alpha.into() }, &[x.raw()])
    }

    /// The natural logarithm of the larger of x and `eps`, which is 1e-6 in TorchLean. A gradient flows where
    /// `x > eps` only, as TorchLean documents it and its early code did not.
    ///
    /// # Panics
    /// If `eps` is not positive and finite; as every operation.
    #[track_caller]
    pub fn safe_log<S>(&self, x: TensorRef<S>, eps: f64) -> TensorRef<S> {
        self.push(op::SafeLog { epsilon: eps.into() }, &[x.raw()])
    }

    /// `x` where `a > b`, else `y`; comparisons with NaN are false (`torch.where`). The gradient flows to x and
    /// y only.
    #[track_caller]
    pub fn select_gt<S>(&self, a: TensorRef<S>, b: TensorRef<S>, x: TensorRef<S>, y: TensorRef<S>) -> TensorRef<S> {
        self.push(op::SelectGt {}, &[a.raw(), b.raw(), x.raw(), y.raw()])
    }

    /// In training zeros with probability `p`, the other elements divided by `1 - p`; else `x` itself
    /// (`torch.nn.functional.dropout`).
    ///
    /// The key that chooses the elements is drawn from [`rng`](Self::rng) here and is an input of a run:
    /// recording the same model again drops other elements and finds the same tape. A compiled
    /// [`Step`](crate::Step) keeps the key of its recording: give it one of its own by
    /// [`dropout_keyed`](Self::dropout_keyed).
    ///
    /// # Panics
    /// If `p` is not a probability; as every operation.
    #[track_caller]
    pub fn dropout<S>(&self, x: TensorRef<S>, p: f64, training: bool) -> TensorRef<S> {
        assert!((0.0..=1.0).contains(&p), "dropout with the rate {p}, which is not a probability");
        self.shape(x.raw());
        if !training {
            return x;
        }
        // 32 bits, so that the key is the same number on every platform.
        let key = self.rng().next_u32() as usize;
        self.compose([x.raw()], |g, [x]| g.dropout_nat(x, key, p))
    }

    /// [`dropout`](Self::dropout) in training with a key that is a natural-number input: the same key, the same
    /// elements. Each call takes a key of its own; for a [`Step`](crate::Step) a new one each run.
    ///
    /// # Panics
    /// As [`dropout`](Self::dropout).
    #[track_caller]
    pub fn dropout_keyed<S>(&self, x: TensorRef<S>, p: f64, key: NatRef) -> TensorRef<S> {
        let key = self.natural(key.raw());
        self.push(op::Dropout { rate: p.into(), key }, &[x.raw()])
    }

    /// `x * factor`, with a plain number (`torch.mul` by a number).
    #[track_caller]
    pub fn scale<S>(&self, x: TensorRef<S>, factor: f64) -> TensorRef<S> {
        self.push(op::Scale { factor: factor.into() }, &[x.raw()])
    }

    /// `x + number`, with a plain number (`torch.add` of a number).
    #[track_caller]
    pub fn add_scalar<S>(&self, x: TensorRef<S>, number: f64) -> TensorRef<S> {
        self.push(op::AddScalar { number: number.into() }, &[x.raw()])
    }

    /// `x / number`, with a plain number (`torch.div` by a number).
    #[track_caller]
    pub fn div_scalar<S>(&self, x: TensorRef<S>, number: f64) -> TensorRef<S> {
        self.push(op::DivScalar { number: number.into() }, &[x.raw()])
    }

    /// `number / x`, with a plain number (`torch.div` of a number).
    #[track_caller]
    pub fn scalar_div<S>(&self, number: f64, x: TensorRef<S>) -> TensorRef<S> {
        self.push(op::ScalarDiv { number: number.into() }, &[x.raw()])
    }

    /// `number - x`, with a plain number (`torch.rsub`).
    #[track_caller]
    pub fn scalar_sub<S>(&self, number: f64, x: TensorRef<S>) -> TensorRef<S> {
        self.push(op::ScalarSub { number: number.into() }, &[x.raw()])
    }

    /// A scalar of this value: a node.
    #[track_caller]
    pub fn literal(&self, value: f64) -> TensorRef<()> {
        self.full(value)
    }

    /// A tensor of one repeated number: a node (`torch.full`).
    #[track_caller]
    pub fn full<S: Shape>(&self, value: f64) -> TensorRef<S> {
        self.push(op::Full { shape: DynShape::of::<S>(), value: value.into() }, &[])
    }
}
