//! Derivatives as values of the recording, from which it goes on: losses of derivatives, and derivatives of these.

use shapes::Shape;

use super::{Session, State, TensorRef};
use crate::Error;
use crate::autodiff::{Derivative, forward, reverse};
use crate::ir::{Id, op};
use crate::reference::Raw;
use crate::scalar::Float;

impl<T: Float> Session<T> {
    /// Records the tangent of `y` for the tangent `dx` at the leaf `x` and zero at all others: how `y` changes along
    /// `dx` (`torch.func.jvp`). Zeros if `y` does not depend on `x`.
    ///
    /// It is a value like any other: its own tangent is a second derivative, and reverse mode goes through it.
    ///
    /// ```
    /// use session::prelude::*;
    ///
    /// let s = Session::<f64>::new(Options::default());
    /// let t = s.input(Tensor::<f64, shape![3]>::from_array([0.0, 0.5, 1.0]))?;
    /// let one = s.input(Tensor::<f64, shape![3]>::ones())?;
    /// let u = s.sin(t);
    /// let du = s.tangent(u, t, one)?;
    /// let ddu = s.tangent(du, t, one)?;
    /// // u'' = -u
    /// let residual = s.value(s.add(ddu, u))?;
    /// assert!(residual.as_slice().iter().all(|error| error.abs() < 1e-15));
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotALeaf`] if `x` is a node, [`Error::StaleRef`] for a ref of another recording.
    pub fn tangent<S: Shape, X: Shape>(
        &self,
        y: TensorRef<S>,
        x: TensorRef<X>,
        dx: TensorRef<X>,
    ) -> Result<TensorRef<S>, Error> {
        self.state.borrow_mut().record_tangent(y.raw(), x.raw(), dx.raw()).map(TensorRef::new)
    }

    /// Records the gradient of `loss` at `x`, a leaf or a node (`torch.autograd.grad` with `create_graph=True`). Zeros
    /// if `loss` does not depend on `x`.
    ///
    /// ```
    /// use session::prelude::*;
    ///
    /// let s = Session::<f64>::new(Options::default());
    /// let x = s.input(Tensor::<f64, shape![2]>::from_array([3.0, -1.0]))?;
    /// let loss = s.sum(s.mul(x, s.mul(x, x)));
    /// let slope = s.gradient(loss, x)?;
    /// assert_eq!(s.value(slope)?.to_vec(), [27.0, 3.0]);
    /// // A penalty on the gradient has a gradient itself: 36 x³.
    /// let penalty = s.sum(s.mul(slope, slope));
    /// let grads = s.backward_scalar_dense_all(penalty)?;
    /// assert_eq!(grads.get(x)?.to_vec(), [972.0, -36.0]);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording.
    pub fn gradient<X: Shape>(&self, loss: TensorRef<()>, x: TensorRef<X>) -> Result<TensorRef<X>, Error> {
        self.state.borrow_mut().record_gradient(loss.raw(), x.raw()).map(TensorRef::new)
    }
}

impl<T: Float> State<T> {
    #[inline(never)]
    fn record_tangent(&mut self, y: Raw, x: Raw, dx: Raw) -> Result<Raw, Error> {
        let [y, x, dx] = [self.check(y)?, self.check(x)?, self.check(dx)?];
        if self.builder.graph.node(x).is_some() {
            return Err(Error::NotALeaf { id: x });
        }
        let derivative = forward(&self.builder.graph, &[x]);
        Ok(self.go_on(&derivative, y, |_| dx))
    }

    #[inline(never)]
    fn record_gradient(&mut self, loss: Raw, x: Raw) -> Result<Raw, Error> {
        let [loss, x] = [self.check(loss)?, self.check(x)?];
        let derivative = reverse(&self.builder.graph, &[loss]);
        Ok(self.go_on(&derivative, x, |state| Id::new(state.filled(loss, 1.0).index())))
    }

    /// A node of one number, of the shape of a value.
    fn filled(&mut self, like: Id, value: f64) -> Raw {
        let shape = self.builder.graph.shape(like);
        self.push(&op::Full { shape, value: value.into() }.into(), &[])
    }

    /// Records what the derivative of `of` needs, with `input` in place of its further leaf; zeros if there is none.
    fn go_on(&mut self, derivative: &Derivative, of: Id, input: impl FnOnce(&mut Self) -> Id) -> Raw {
        let Some(wanted) = derivative.gradient[of.index()] else { return self.filled(of, 0.0) };
        let graph = &derivative.graph;
        let mut needed = vec![false; graph.len()];
        needed[wanted.index()] = true;
        for (id, node) in graph.node_ids().zip(graph.nodes()).rev() {
            if needed[id.index()] {
                node.operands.iter().for_each(|operand| needed[operand.index()] = true);
            }
        }
        let mut recorded: Vec<Option<Id>> = vec![None; graph.len()];
        for (old, new) in self.builder.graph.ids().zip(&derivative.value) {
            recorded[new.index()] = Some(old);
        }
        recorded[derivative.inputs[0].index()] = Some(input(self));
        for (id, node) in graph.node_ids().zip(graph.nodes()) {
            if needed[id.index()] && recorded[id.index()].is_none() {
                let operands = node.operands.map(|operand| recorded[operand.index()].expect("operands come first"));
                recorded[id.index()] = Some(Id::new(self.push(&node.op, &operands).index()));
            }
        }
        let wanted = recorded[wanted.index()].expect("what is wanted is needed");
        Raw::new(wanted.index(), self.stamp)
    }
}
