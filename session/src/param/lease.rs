//! Values of parameters that a training step replaces at once.
//!
//! To give each parameter its new value takes some atomic operations, which are a good part of a small step. So a step
//! that trains the same parameters again and again, while nobody else does, takes them on lease: their values lie in one
//! list, which the step replaces by that of the new ones. Parameters are read as ever, and who wants to change one ends
//! the lease: the step that is on its way comes to its end, and the next one finds that it must take the locks of all its
//! parameters again.
//!
//! Locks are taken in this order: those of updates, in the order of the cells; `step`; the state of a cell; `values`.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Cell;
use crate::scalar::Float;
use crate::tensor::storage::Storage;

/// Values by number; there may be gaps.
pub(crate) type Values<T> = Vec<Option<Storage<T>>>;

/// Without weak references, so that the one owner of new values changes them by a load.
type Shared<T> = triomphe::Arc<Values<T>>;

/// What the parameters know of their lease.
pub(super) struct Lease<T: Float> {
    /// Outside the lock, so that a lessee that takes it again at once lets others have it.
    has_ended: AtomicBool,
    /// A step of the lessee is on its way.
    step: Mutex<()>,
    values: Mutex<Shared<T>>,
}

// A thread that panicked has left nothing half changed: values are replaced whole.
pub(super) fn lock<S>(mutex: &Mutex<S>) -> MutexGuard<'_, S> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Float> Lease<T> {
    pub(super) fn value(&self, number: usize) -> Storage<T> {
        lock(&self.values)[number].clone().expect("a leased parameter has a value")
    }

    /// Ends it, once no step of the lessee is on its way.
    pub(super) fn end(&self) {
        self.has_ended.store(true, Release);
        drop(lock(&self.step));
    }
}

/// A lease as the lessee sees it.
pub(crate) struct Leased<T: Float> {
    lease: Arc<Lease<T>>,
    /// The number, and the version of the present value.
    cells: Vec<(usize, Arc<Cell<T>>, u64)>,
    now: Shared<T>,
    /// For the next values: those before, until their memory is taken.
    next: Shared<T>,
}

impl<T: Float> Leased<T> {
    /// Leases the cells with these values of theirs, under their locks of updates.
    pub(crate) fn new(values: Values<T>, cells: impl Iterator<Item = (usize, Arc<Cell<T>>)>) -> Self {
        let next = Shared::new(values.iter().map(|_| None).collect());
        let now = Shared::new(values);
        let lease =
            Lease { has_ended: AtomicBool::new(false), step: Mutex::new(()), values: Mutex::new(Shared::clone(&now)) };
        let lease = Arc::new(lease);
        let cells = cells.map(|(number, cell)| {
            cell.lease(&lease, number);
            let version = cell.version();
            (number, cell, version)
        });
        Self { cells: cells.collect(), lease, now, next }
    }

    /// Has `step` make new values of the present ones, which are replaced by them then. `None` if the lease has ended.
    pub(crate) fn step<R>(&mut self, step: impl FnOnce(&Values<T>, &mut Values<T>) -> R) -> Option<R> {
        let Self { lease, cells, now, next } = self;
        let has_ended = || lease.has_ended.load(Acquire);
        if has_ended() {
            return None;
        }
        let _step = lock(&lease.step);
        // Whoever has ended it in between has not waited for this step.
        if has_ended() {
            return None;
        }
        let result = step(now, Shared::get_mut(next).expect("only present values are shared"));
        {
            let mut values = lock(&lease.values);
            // Who sees the number of a new value finds it.
            *values = Shared::clone(next);
            cells.iter_mut().for_each(|(_, cell, version)| *version = cell.count());
        }
        std::mem::swap(now, next);
        Some(result)
    }

    /// What the leased parameter at a position was after the last step, if it is this one and has that value still.
    pub(crate) fn present(&self, position: usize, cell: &Cell<T>) -> Option<&Storage<T>> {
        let (number, known, version) = self.cells.get(position)?;
        let is_it = std::ptr::eq(&**known, cell) && *version == cell.version();
        self.now[*number].as_ref().filter(|_| is_it)
    }

    /// The values before the last step, to be taken.
    pub(crate) fn before(&mut self) -> &mut Values<T> {
        Shared::get_mut(&mut self.next).expect("only present values are shared")
    }
}
