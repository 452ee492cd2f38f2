//! Whether the tapes of a recording do what it says.

#[cfg(test)]
mod tests;

use std::time::Instant;

use shapes::Shape;

use super::function::{Function, TrainingFunction};
use super::replay::Replay;
use super::request::{Asked, Compiled};
use super::{Request, Session, State, Step, TensorRef};
use crate::Error;
use crate::ir::{Graph, Id};
use crate::reference::Raw;
use crate::scalar::Float;
use crate::tape::{Schedule, check_count, check_naturals};
use crate::verify::{Certificate, Check, KernelReport, Mismatch, Subject, check_kernels, check_rules};

impl<T: Float> Compiled<T> {
    /// Compares the tape with the definition of its request.
    fn check(&self, recording: &Graph, naturals: &[Vec<usize>], kept: &[Id]) -> Result<Check, Box<Mismatch>> {
        self.check_schedule(recording, naturals, kept, self.tape.graph(), self.tape.schedule())
    }

    /// The same of a schedule of another graph.
    fn check_schedule(
        &self,
        recording: &Graph,
        naturals: &[Vec<usize>],
        kept: &[Id],
        graph: &Graph,
        schedule: &Schedule,
    ) -> Result<Check, Box<Mismatch>> {
        let kept_outputs = (self.kept..self.kept + kept.len()).map(Some);
        let answers: Vec<Option<usize>> = self.answers.iter().copied().chain(kept_outputs).collect();
        let meaning = Asked { request: &self.request, graph: recording, kept };
        let model = Some(self.tape.graph()).filter(|own| !std::ptr::eq(*own, graph));
        Subject { recording, graph, model, schedule, answers: &answers, naturals }.check(&meaning)
    }

    fn check_kernels(&self, report: &mut KernelReport, naturals: &[Vec<usize>]) -> Result<(), Box<Mismatch>> {
        check_kernels(report, &self.tape, naturals)
    }
}

impl<T: Float> Replay<T> {
    #[inline(never)]
    fn certify(&self, compiled: &Compiled<T>) -> Result<Certificate, Error> {
        let begin = Instant::now();
        let check = compiled.check(self.graph(), self.naturals(), &[])?;
        Ok(Certificate::new(self.graph(), self.naturals(), vec![check], begin.elapsed()))
    }

    /// The same of another graph that should compute what `compiled` does.
    #[inline(never)]
    fn certify_graph(&self, compiled: &Compiled<T>, graph: &Graph) -> Result<Certificate, Error> {
        let (begin, own) = (Instant::now(), compiled.tape.graph());
        check_count("the list of leaves", own.leaves().len(), graph.leaves().len())?;
        for (index, (expected, found)) in own.leaves().iter().zip(graph.leaves()).enumerate() {
            if expected != found {
                return Err(Error::shape(format!("leaf {index}"), expected, found));
            }
        }
        check_naturals(graph, self.naturals())?;
        for &id in compiled.tape.outputs() {
            if id.index() >= graph.len() {
                return Err(Error::NoSuchValue { id, count: graph.len() });
            }
            if graph.shape(id) != own.shape(id) {
                return Err(Error::shape(format!("the value {id}"), &own.shape(id), &graph.shape(id)));
            }
        }
        let schedule = Schedule::new(graph, compiled.tape.outputs());
        let check = compiled.check_schedule(self.graph(), self.naturals(), &[], graph, &schedule)?;
        Ok(Certificate::new(self.graph(), self.naturals(), vec![check], begin.elapsed()))
    }

    #[inline(never)]
    fn report(&self, compiled: &Compiled<T>) -> Result<KernelReport, Error> {
        let mut report = KernelReport::new(self.processor());
        compiled.check_kernels(&mut report, self.naturals())?;
        Ok(report)
    }
}

impl<T: Float> State<T> {
    /// The requests of which a value is verified: those of `value`, `backward_dense_all` and `jvp_dense_all`, and of
    /// `backward_params` if there are parameters and the value is a loss.
    fn requests(&self, out: Id) -> Vec<Request> {
        let leaves = (0..self.builder.graph.leaves().len()).map(Id::new).collect();
        let mut requests = vec![
            Request::Values { values: vec![out] },
            self.dense_request(vec![out]),
            Request::Forward { leaves, wanted: out },
        ];
        let groups = self.trainable();
        if !groups.is_empty() && self.builder.graph.shape(out).is_empty() {
            let wanted = groups.into_iter().map(|(_, leaves)| leaves).collect();
            requests.push(Request::Loss { loss: out, wanted });
        }
        requests
    }

    fn certify(
        &mut self,
        requests: impl IntoIterator<Item = Request>,
        rules: Option<Id>,
    ) -> Result<Certificate, Error> {
        let begin = Instant::now();
        let mut checks = Vec::new();
        for request in requests {
            let compiled = self.cache.find(&self.processor, &self.builder.graph, &request, &self.kept);
            checks.push(compiled.check(&self.builder.graph, &self.builder.naturals, &self.kept)?);
        }
        if let Some(out) = rules {
            checks.push(check_rules(&self.builder.graph, out, &self.builder.naturals)?);
        }
        Ok(Certificate::new(&self.builder.graph, &self.builder.naturals, checks, begin.elapsed()))
    }
}

/// Verification.
impl<T: Float> Session<T> {
    /// Shows that the tapes which compute `out`, its gradient at every value, its tangent for tangents at all leaves,
    /// and the gradients of the parameters if it is a loss, do what the recording says: for these shapes and
    /// natural-number inputs, and for all values of the leaves.
    ///
    /// Each tape runs as it is scheduled, with every number replaced by a [`Fingerprint`](crate::scalar::Fingerprint)
    /// of the expression that gave it, and each answer is compared with that of the definition
    /// ([`semantics`](crate::semantics)). Then the rules of derivatives are checked at a random point of a prime
    /// field ([`check_rules`]). See [`Certificate`] for what that says. Numbers of the leaves play no part, and indices
    /// out of range read 0.
    ///
    /// ```
    /// use session::prelude::*;
    ///
    /// let s = Session::<f32>::new(Options::default());
    /// let x = s.input(Tensor::<f32, shape![4, 3]>::ones())?;
    /// let w = s.input(Tensor::<f32, shape![3, 2]>::ones())?;
    /// let certificate = s.verify(s.sum(s.relu(s.matmul(x, w))))?;
    /// println!("{certificate}");
    /// # assert_eq!(certificate.checks.len(), 4);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Mismatch`] with the first value that differs; [`Error::StaleRef`] for a ref of another recording.
    ///
    /// # Panics
    /// If the system gives no thread, of which one more is needed for a while; and where a tape is so wrong that it
    /// cannot run.
    pub fn verify<S: Shape>(&self, out: TensorRef<S>) -> Result<Certificate, Error> {
        self.verify_value(out.raw())
    }

    #[inline(never)]
    fn verify_value(&self, out: Raw) -> Result<Certificate, Error> {
        let state = &mut *self.state.borrow_mut();
        let out = state.check(out)?;
        state.certify(state.requests(out), Some(out))
    }

    /// The same of all values at once, with a seed at every one of them: each entry of
    /// [`backward_dense_from`](Self::backward_dense_from) is that of the recursion over the graph, which is
    /// TorchLean's theorem about its tape, here for this recording.
    ///
    /// # Errors
    /// [`Error::Mismatch`] with the first value that differs.
    #[inline(never)]
    pub fn verify_all(&self) -> Result<Certificate, Error> {
        let state = &mut *self.state.borrow_mut();
        let all: Vec<Id> = state.builder.graph.ids().collect();
        let requests = [Request::Values { values: all.clone() }, state.dense_request(all)];
        state.certify(requests, None)
    }

    /// Compares the kernels that compute `out`, its gradient at every value, and its tangent with the definition, bit
    /// for bit, on random numbers: with the vector instructions of this machine and the threads of this session.
    ///
    /// ```
    /// use session::prelude::*;
    ///
    /// let s = Session::<f32>::new(Options::default());
    /// let x = s.input(Tensor::<f32, shape![40, 30]>::zeros())?;
    /// let report = s.verify_kernels(s.sum(s.tanh(x)))?;
    /// assert!(report.operations.contains(&"tanh"));
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_kernels<S: Shape>(&self, out: TensorRef<S>) -> Result<KernelReport, Error> {
        self.verify_kernels_of(out.raw())
    }

    #[inline(never)]
    fn verify_kernels_of(&self, out: Raw) -> Result<KernelReport, Error> {
        let state = &mut *self.state.borrow_mut();
        let out = state.check(out)?;
        let mut report = KernelReport::new(&state.processor);
        for request in state.requests(out) {
            let compiled = state.cache.find(&state.processor, &state.builder.graph, &request, &state.kept);
            compiled.check_kernels(&mut report, &state.builder.naturals)?;
        }
        Ok(report)
    }
}

impl<T: Float, O> Step<T, O> {
    /// Shows that the tape of this step computes the loss and the update of every parameter and its state, as
    /// [`Session::verify`] does: backpropagation by the recursion over the recording, then the optimiser's update, for
    /// all values of leaves, parameters, state and hyper-parameters.
    ///
    /// # Errors
    /// [`Error::Mismatch`] with the first value that differs.
    #[inline(never)]
    pub fn verify(&self) -> Result<Certificate, Error> {
        let (replay, compiled) = self.parts();
        replay.certify(compiled)
    }

    /// Shows that another graph computes what this step does, at the same values: one that was read back from the text
    /// of [`graph`](Self::graph), or made by another program.
    ///
    /// # Errors
    /// [`Error::Mismatch`] with the first value that differs; [`Error::LengthMismatch`], [`Error::ShapeMismatch`] and
    /// [`Error::NoSuchValue`] if the graph has other leaves, or no values where this step has its answers.
    #[inline(never)]
    pub fn verify_graph(&self, graph: &Graph) -> Result<Certificate, Error> {
        let (replay, compiled) = self.parts();
        replay.certify_graph(compiled, graph)
    }

    /// Compares the kernels of this step with the definition, as [`Session::verify_kernels`] does.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    #[inline(never)]
    pub fn verify_kernels(&self) -> Result<KernelReport, Error> {
        let (replay, compiled) = self.parts();
        replay.report(compiled)
    }
}

impl<T: Float, I, P> TrainingFunction<T, I, P> {
    /// As [`Step::verify`], for the natural numbers of the last run.
    ///
    /// # Errors
    /// As there.
    pub fn verify(&self) -> Result<Certificate, Error> {
        self.step().verify()
    }

    /// As [`Step::verify_graph`].
    ///
    /// # Errors
    /// As there.
    pub fn verify_graph(&self, graph: &Graph) -> Result<Certificate, Error> {
        self.step().verify_graph(graph)
    }

    /// As [`Step::verify_kernels`].
    ///
    /// # Errors
    /// As there.
    pub fn verify_kernels(&self) -> Result<KernelReport, Error> {
        self.step().verify_kernels()
    }
}

impl<T: Float, I, O> Function<T, I, O> {
    /// Shows that the tape of this function computes its results, as [`Session::verify`] does, for the natural numbers
    /// of the last run.
    ///
    /// # Errors
    /// [`Error::Mismatch`] with the first value that differs.
    pub fn verify(&self) -> Result<Certificate, Error> {
        let (replay, compiled) = self.parts();
        replay.certify(compiled)
    }

    /// Compares the kernels of this function with the definition, as [`Session::verify_kernels`] does.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_kernels(&self) -> Result<KernelReport, Error> {
        let (replay, compiled) = self.parts();
        replay.report(compiled)
    }
}
