//! Normalisation.

use super::super::{Session, TensorRef};
use crate::builder::DEFAULT_EPSILON;
use crate::scalar::Float;
use crate::shapes::{BatchNorm, BatchStatistics, GroupNorm, LayerNorm, RmsNorm};

/// Normalisation: the biased variance in two passes, ε under the square root. The methods without `_eps` take the ε
/// of TorchLean, 1e-6; PyTorch's default is 1e-5.
///
/// # Panics
/// If an ε is negative or not finite.
impl<T: Float> Session<T> {
    /// `(x - mean) / √(variance + ε) gamma + beta` along the last axis (`torch.nn.functional.layer_norm`).
    ///
    /// Shapes: `x [.., E]`, `gamma [E]`, `beta [E]`.
    #[track_caller]
    pub fn layer_norm<X, G, B>(&self, x: TensorRef<X>, gamma: TensorRef<G>, beta: TensorRef<B>) -> TensorRef<X>
    where
        B: LayerNorm<X, G>,
    {
        self.layer_norm_eps(x, gamma, beta, DEFAULT_EPSILON)
    }

    /// [`layer_norm`](Self::layer_norm) with another ε.
    #[track_caller]
    pub fn layer_norm_eps<X, G, B>(
        &self,
        x: TensorRef<X>,
        gamma: TensorRef<G>,
        beta: TensorRef<B>,
        eps: f64,
    ) -> TensorRef<X>
    where
        B: LayerNorm<X, G>,
    {
        self.compose([x.raw(), gamma.raw(), beta.raw()], |g, [x, gamma, beta]| g.layer_norm(x, gamma, beta, eps))
    }

    /// `x / √(mean of x² + ε) gamma` along the last axis (`torch.nn.functional.rms_norm`).
    ///
    /// Shapes: `x [.., E]`, `gamma [E]`.
    #[track_caller]
    pub fn rms_norm<X, G>(&self, x: TensorRef<X>, gamma: TensorRef<G>) -> TensorRef<X>
    where
        G: RmsNorm<X>,
    {
        self.rms_norm_eps(x, gamma, DEFAULT_EPSILON)
    }

    /// [`rms_norm`](Self::rms_norm) with another ε.
    #[track_caller]
    pub fn rms_norm_eps<X, G>(&self, x: TensorRef<X>, gamma: TensorRef<G>, eps: f64) -> TensorRef<X>
    where
        G: RmsNorm<X>,
    {
        self.compose([x.raw(), gamma.raw()], |g, [x, gamma]| g.rms_norm(x, gamma, eps))
    }

    /// Each channel normalised by its own mean and variance: over the pixels of one image, or over all images and
    /// pixels of a batch (`torch.nn.functional.batch_norm`).
    ///
    /// Shapes: `x [C, H, W]` or `[N, C, H, W]`, `gamma [C]`, `beta [C]`.
    #[track_caller]
    pub fn batch_norm<X, G, B>(&self, x: TensorRef<X>, gamma: TensorRef<G>, beta: TensorRef<B>) -> TensorRef<X>
    where
        B: BatchNorm<X, G>,
    {
        self.batch_norm_eps(x, gamma, beta, DEFAULT_EPSILON)
    }

    /// [`batch_norm`](Self::batch_norm) with another ε.
    #[track_caller]
    pub fn batch_norm_eps<X, G, B>(
        &self,
        x: TensorRef<X>,
        gamma: TensorRef<G>,
        beta: TensorRef<B>,
        eps: f64,
    ) -> TensorRef<X>
    where
        B: BatchNorm<X, G>,
    {
        self.compose([x.raw(), gamma.raw(), beta.raw()], |g, [x, gamma, beta]| g.batch_norm(x, gamma, beta, eps))
    }

    /// [`batch_norm`](Self::batch_norm) in training: the value, and the running mean and variance after this batch,
    /// `(1 - momentum) running + momentum batch`, out of which no gradient flows (`torch.nn.functional.batch_norm`
    /// with `training=True`).
    ///
    /// Graphs change nothing in place: read the two with [`value`](Self::value) and store them where the next
    /// recording takes them from. The running variance moves towards the unbiased variance, as in PyTorch.
    ///
    /// ```
    /// use session::prelude::*;
    ///
    /// let s = Session::<f64>::new(Options::default());
    /// let x = s.input(Tensor::<f64, shape![2, 1, 1, 2]>::from_array([[[[1.0, 3.0]]], [[[5.0, 7.0]]]]))?;
    /// let one = s.input(Tensor::<f64, shape![1]>::ones())?;
    /// let zero = s.input(Tensor::<f64, shape![1]>::zeros())?;
    /// let (y, mean, var) = s.batch_norm_train(x, one, zero, zero, one, 0.5);
    /// assert_eq!(s.value(mean)?.to_vec(), [2.0]);
    /// assert!((s.value(var)?.to_vec()[0] - (0.5 + 0.5 * 20.0 / 3.0)).abs() < 1e-12);
    /// assert!(s.value(s.sum(y))?.value().abs() < 1e-12);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the momentum is not from 0 to 1, or a channel has fewer than two elements.
    #[track_caller]
    pub fn batch_norm_train<X, G, B, M, V>(
        &self,
        x: TensorRef<X>,
        gamma: TensorRef<G>,
        beta: TensorRef<B>,
        running_mean: TensorRef<M>,
        running_var: TensorRef<V>,
        momentum: f64,
    ) -> (TensorRef<X>, TensorRef<M>, TensorRef<V>)
    where
        V: BatchStatistics<X, G, B, M>,
    {
        self.batch_norm_train_eps(x, gamma, beta, running_mean, running_var, momentum, DEFAULT_EPSILON)
    }

    /// [`batch_norm_train`](Self::batch_norm_train) with another ε.
    #[allow(clippy::too_many_arguments)]
    #[track_caller]
    pub fn batch_norm_train_eps<X, G, B, M, V>(
        &self,
        x: TensorRef<X>,
        gamma: TensorRef<G>,
        beta: TensorRef<B>,
        running_mean: TensorRef<M>,
        running_var: TensorRef<V>,
        momentum: f64,
        eps: f64,
    ) -> (TensorRef<X>, TensorRef<M>, TensorRef<V>)
    where
        V: BatchStatistics<X, G, B, M>,
    {
        let operands = [x.raw(), gamma.raw(), beta.raw(), running_mean.raw(), running_var.raw()];
        let [y, mean, var] = self.compose_all(operands, |g, [x, gamma, beta, mean, var]| {
            g.batch_norm_train(x, gamma, beta, [mean, var], momentum, eps)
        });
        (TensorRef::new(y), TensorRef::new(mean), TensorRef::new(var))
    }

    /// [`batch_norm`](Self::batch_norm) by a mean and a variance that are given, in evaluation
    /// (`torch.nn.functional.batch_norm` with `training=False`).
    #[track_caller]
    pub fn batch_norm_eval<X, G, B, M, V>(
        &self,
        x: TensorRef<X>,
        gamma: TensorRef<G>,
        beta: TensorRef<B>,
        mean: TensorRef<M>,
        var: TensorRef<V>,
    ) -> TensorRef<X>
    where
        V: BatchStatistics<X, G, B, M>,
    {
        self.batch_norm_eval_eps(x, gamma, beta, mean, var, DEFAULT_EPSILON)
    }

    /// [`batch_norm_eval`](Self::batch_norm_eval) with another ε.
    #[track_caller]
    pub fn batch_norm_eval_eps<X, G, B, M, V>(
        &self,
        x: TensorRef<X>,
        gamma: TensorRef<G>,
        beta: TensorRef<B>,
        mean: TensorRef<M>,
        var: TensorRef<V>,
        eps: f64,
    ) -> TensorRef<X>
    where
        V: BatchStatistics<X, G, B, M>,
    {
        let operands = [x.raw(), gamma.raw(), beta.raw(), mean.raw(), var.raw()];
        self.compose(operands, |g, [x, gamma, beta, mean, var]| g.batch_norm_eval(x, gamma, beta, mean, var, eps))
    }

    /// The channels in groups, each group of each sample normalised by its mean and variance; gamma and beta for each
    /// channel (`torch.nn.functional.group_norm`).
    ///
    /// Shapes: `x [N, C, spatial..]`, `gamma [C]`, `beta [C]`; the groups divide C.
    #[track_caller]
    pub fn group_norm<X, C, G, B>(
        &self,
        x: TensorRef<X>,
        groups: C,
        gamma: TensorRef<G>,
        beta: TensorRef<B>,
    ) -> TensorRef<X>
    where
        B: GroupNorm<X, G, C>,
    {
        self.group_norm_eps(x, groups, gamma, beta, DEFAULT_EPSILON)
    }

    /// [`group_norm`](Self::group_norm) with another ε.
    #[track_caller]
    pub fn group_norm_eps<X, C, G, B>(
        &self,
        x: TensorRef<X>,
        _groups: C,
        gamma: TensorRef<G>,
        beta: TensorRef<B>,
        eps: f64,
    ) -> TensorRef<X>
    where
        B: GroupNorm<X, G, C>,
    {
        let operands = [x.raw(), gamma.raw(), beta.raw()];
        self.compose(operands, |g, [x, gamma, beta]| g.group_norm(x, gamma, beta, B::GROUPS, eps))
    }
}
