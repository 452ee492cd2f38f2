//! How a session works.

/// When a session computes values. Both give the same bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// When they are asked for, by a tape.
    #[default]
    Compiled,
    /// Each as it is recorded, and all again at the first read after natural numbers have changed: for looking into a
    /// model.
    Eager,
}

/// How a session works. Builder style.
///
/// ```
/// use session::prelude::*;
///
/// let s = Session::<f32>::new(Options::default().seed(7).threads(1));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// When values are computed. Default: [`Backend::Compiled`].
    pub backend: Backend,
    /// Whether an eager session stops at the first value that is not finite: every request after it is
    /// [`Error::NonFinite`](crate::Error::NonFinite), which names the node and the operation. Default: no.
    pub stop_at_non_finite: bool,
    /// Whether parameters that do not say otherwise require a gradient. Default: yes.
    pub requires_grad_by_default: bool,
    /// The seed of [`Session::rng`](crate::Session::rng). Default: 0.
    pub seed: u64,
    /// The number of threads; it never changes a bit of a result. Default: all cores.
    pub threads: usize,
    /// Whether indices are compared with their bounds before each run. Without, an index out of range
    /// reads 0 and gives no gradient. Default: yes.
    pub check_indices: bool,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            backend: Backend::Compiled,
            stop_at_non_finite: false,
            requires_grad_by_default: true,
            seed: 0,
            threads,
            check_indices: true,
        }
    }
}

impl Options {
    /// Sets [`backend`](Self::backend).
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Sets [`stop_at_non_finite`](Self::stop_at_non_finite).
    #[must_use]
    pub fn stop_at_non_finite(mut self, stop: bool) -> Self {
        self.stop_at_non_finite = stop;
        self
    }

    /// Sets [`requires_grad_by_default`](Self::requires_grad_by_default).
    #[must_use]
    pub fn requires_grad_by_default(mut self, requires_grad: bool) -> Self {
        self.requires_grad_by_default = requires_grad;
        self
    }

    /// Sets [`seed`](Self::seed).
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets [`threads`](Self::threads); 0 counts as 1.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Sets [`check_indices`](Self::check_indices).
    #[must_use]
    pub fn check_indices(mut self, check: bool) -> Self {
        self.check_indices = check;
        self
    }
}
