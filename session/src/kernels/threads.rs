//! A small pool of threads for parallel loops of a few microseconds.
//!
//! A job is a number of parts; the calling thread and the workers claim parts until none is left.
//! Workers spin for a while before they sleep, since the next kernel usually follows at once.
//! Starting a job allocates nothing.

use std::any::Any;
use std::cell::UnsafeCell;
use std::fmt;
use std::hint::spin_loop;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// How often a worker looks for a job before it sleeps: about half a millisecond.
const ROUNDS: usize = 20_000;

/// The calling thread and its helpers.
pub struct Threads {
    pool: Arc<Pool>,
    workers: Vec<JoinHandle<()>>,
    /// Whether to split work however small, so that tests reach every division.
    always: bool,
}

struct Pool {
    /// Parts of the present job that nobody has claimed.
    unclaimed: AtomicUsize,
    /// Parts of the present job that are done.
    done: AtomicUsize,
    /// Written while no part is claimed, read only after claiming one.
    job: UnsafeCell<Job>,
    /// Whether some thread has a job running.
    busy: AtomicBool,
    stop: AtomicBool,
    asleep: Box<[AtomicBool]>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// A closure `&F` without its type.
#[derive(Clone, Copy)]
struct Job {
    closure: *const (),
    call: unsafe fn(*const (), usize),
}

// SAFETY: `job` is written only by the thread that has set `busy`, after every claimed part of the
// job before is done, and read only by threads that have claimed a part, which is not done until
// they have. The closure behind it is `Sync`.
unsafe impl Sync for Pool {}
// SAFETY: as for `Sync`.
unsafe impl Send for Pool {}

impl Threads {
    /// The calling thread and `count - 1` workers.
    ///
    /// # Panics
    /// If the system gives no thread.
    pub fn new(count: usize) -> Self {
        let pool = Arc::new(Pool {
            unclaimed: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            job: UnsafeCell::new(Job { closure: std::ptr::null(), call: |_, _| () }),
            busy: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            asleep: (1..count).map(|_| AtomicBool::new(false)).collect(),
            panic: Mutex::new(None),
        });
        let worker = |number| {
            let pool = Arc::clone(&pool);
            let builder = thread::Builder::new().name(format!("kernels-{number}"));
            builder.spawn(move || pool.work(number)).expect("the system gives a thread")
        };
        let workers = (0..count.saturating_sub(1)).map(worker).collect();
        Self { pool, workers, always: false }
    }

    /// Threads that split work however small: for tests.
    #[doc(hidden)]
    pub fn always(count: usize) -> Self {
        let mut threads = Self::new(count);
        threads.always = true;
        threads
    }

    /// The number of threads, the calling one included.
    pub fn count(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `body` once for each number below `parts`, on all threads, and waits. Inside another
    /// job everything runs on the calling thread.
    ///
    /// # Panics
    /// If `body` does, with one of its panics, after all parts have run.
    pub fn for_each<F: Fn(usize) + Sync>(&self, parts: usize, body: F) {
        unsafe fn call<F: Fn(usize)>(closure: *const (), part: usize) {
            // SAFETY: the closure has this type and lives until `for_each` returns.
            unsafe { (*closure.cast::<F>())(part) }
        }
        // SAFETY: the function takes this closure, which lives until it has returned.
        unsafe { self.run(parts, Job { closure: (&raw const body).cast(), call: call::<F> }) }
    }

    /// [`for_each`](Self::for_each) without the type of the closure, so that it is compiled once.
    ///
    /// # Safety
    /// The function of the job takes its closure, from several threads.
    unsafe fn run(&self, parts: usize, job: Job) {
        let pool = &*self.pool;
        if parts <= 1 || self.workers.is_empty() || pool.busy.swap(true, Acquire) {
            // SAFETY: the caller's promise.
            return (0..parts).for_each(|part| unsafe { (job.call)(job.closure, part) });
        }
        // SAFETY: this thread has set `busy`, and every part of the job before is done.
        unsafe { *pool.job.get() = job };
        pool.done.store(0, Relaxed);
        pool.unclaimed.store(parts, SeqCst);
        for (worker, asleep) in self.workers.iter().zip(&pool.asleep).take(parts - 1) {
            if asleep.load(SeqCst) {
                worker.thread().unpark();
            }
        }
        while pool.run_part() {}
        let mut rounds = 0;
        while pool.done.load(Acquire) < parts {
            rounds += 1;
            if rounds < ROUNDS { spin_loop() } else { thread::yield_now() }
        }
        let panic = pool.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        pool.busy.store(false, Release);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// How many parts to make of `items` pieces of work, `minimum` of which are worth the trouble:
    /// at most the number of threads, at least 1.
    pub fn split(&self, items: usize, minimum: usize) -> usize {
        let minimum = if self.always { 1 } else { minimum.max(1) };
        // The usual answer without a division.
        if items / 2 < minimum {
            return 1;
        }
        (items / minimum).clamp(1, self.count())
    }

    /// Cuts `items` rows of `out`, all of one length, into `parts` runs of neighbours, and
    /// `scratch` into as many equal pieces; calls `body` with the numbers of the rows, the rows
    /// and the scratch of each part.
    pub fn for_each_rows<T: Send>(
        &self,
        parts: usize,
        items: usize,
        out: &mut [T],
        scratch: &mut [T],
        body: impl Fn(Range<usize>, &mut [T], &mut [T]) + Sync,
    ) {
        self.for_each_rows_by(parts, items, out, scratch, &body);
    }

    /// [`for_each_rows`](Self::for_each_rows) without the type of the closure, so that it is compiled once.
    #[inline(never)]
    fn for_each_rows_by<T: Send>(&self, parts: usize, items: usize, out: &mut [T], scratch: &mut [T], body: &Rows<T>) {
        if parts <= 1 {
            return body(0..items, out, scratch);
        }
        let (row, piece) = (out.len() / items.max(1), scratch.len() / parts);
        let (out, scratch) = (Shared(out.as_mut_ptr()), Shared(scratch.as_mut_ptr()));
        self.for_each(parts, |part| {
            let rows = part_range(part, parts, items);
            // SAFETY: the parts are disjoint and inside the two slices, which are borrowed until
            // all parts are done.
            let (out, scratch) = unsafe {
                (
                    std::slice::from_raw_parts_mut(out.pointer().add(rows.start * row), rows.len() * row),
                    std::slice::from_raw_parts_mut(scratch.pointer().add(part * piece), piece),
                )
            };
            body(rows, out, scratch);
        });
    }
}

/// The items of part `part`, when `items` are cut into `parts` runs of nearly equal length.
pub fn part_range(part: usize, parts: usize, items: usize) -> Range<usize> {
    // Small work is not cut: no divisions then.
    if parts == 1 {
        return 0..items;
    }
    // The product of two numbers below 2^32 fits; others take the long way.
    let start = |part: usize| match items.checked_mul(part) {
        Some(product) => product / parts,
        None => (items as u128 * part as u128 / parts as u128) as usize,
    };
    start(part)..start(part + 1)
}

/// What is done with some rows: their numbers, the rows, and scratch.
type Rows<'a, T> = dyn Fn(Range<usize>, &mut [T], &mut [T]) + Sync + 'a;

/// A pointer that several threads use, each for elements of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared<T>(pub *mut T);

impl<T> Shared<T> {
    /// The pointer. A method, so that closures capture the whole of `self`.
    pub(super) fn pointer(&self) -> *mut T {
        self.0
    }
}

// SAFETY: whoever dereferences the pointer sees to it that threads use different elements.
unsafe impl<T: Send> Sync for Shared<T> {}
// SAFETY: as for `Sync`.
unsafe impl<T: Send> Send for Shared<T> {}

impl Pool {
    /// Claims and runs one part of the present job, if there is one left.
    fn run_part(&self) -> bool {
        let claim = self.unclaimed.fetch_update(AcqRel, Acquire, |unclaimed| unclaimed.checked_sub(1));
        let Ok(unclaimed) = claim else { return false };
        // SAFETY: this thread has claimed a part, so the job stays until that part is done.
        let result = unsafe {
            let job = *self.job.get();
            catch_unwind(AssertUnwindSafe(|| (job.call)(job.closure, unclaimed - 1)))
        };
        if let Err(panic) = result {
            *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
        }
        self.done.fetch_add(1, Release);
        true
    }

    fn work(&self, number: usize) {
        let mut rounds = 0;
        while !self.stop.load(Acquire) {
            rounds = if self.run_part() { 0 } else { rounds + 1 };
            if rounds < ROUNDS {
                spin_loop();
                continue;
            }
            // Either this thread sees the next job here, or the one that starts it sees this
            // thread asleep: both sides store first and then look, all in one order.
            self.asleep[number].store(true, SeqCst);
            if self.unclaimed.load(SeqCst) == 0 && !self.stop.load(SeqCst) {
                thread::park();
            }
            self.asleep[number].store(false, SeqCst);
            rounds = 0;
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.pool.stop.store(true, SeqCst);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // A worker catches every panic of a job, so joining cannot fail.
            let _ = worker.join();
        }
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Threads({})", self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_once() {
        for count in [0, 1, 2, 3] {
            let threads = Threads::new(count);
            for parts in [0, 1, 2, 7, 100] {
                let calls: Vec<_> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                threads.for_each(parts, |part| _ = calls[part].fetch_add(1, Relaxed));
                assert!(calls.iter().all(|calls| calls.load(Relaxed) == 1));
            }
        }
    }

    #[test]
    fn sleeping_workers_wake() {
        let threads = Threads::new(3);
        for _ in 0..3 {
            thread::sleep(std::time::Duration::from_millis(20));
            let sum = AtomicUsize::new(0);
            threads.for_each(50, |part| _ = sum.fetch_add(part, Relaxed));
            assert_eq!(sum.into_inner(), 49 * 25);
        }
    }

    #[test]
    fn jobs_inside_jobs_and_from_several_threads() {
        let (threads, sum) = (Threads::new(2), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    threads.for_each(10, |_| threads.for_each(10, |part| _ = sum.fetch_add(part, Relaxed)));
                });
            }
        });
        assert_eq!(sum.into_inner(), 3 * 10 * 45);
    }

    #[test]
    fn a_panic_comes_back_and_the_pool_goes_on() {
        let threads = Threads::new(2);
        for bad in [0, 5, 9] {
            let result = catch_unwind(AssertUnwindSafe(|| threads.for_each(10, |part| assert_ne!(part, bad))));
            assert!(result.is_err());
            threads.for_each(4, |_| ());
        }
    }

    #[test]
    fn rows_are_dealt_evenly() {
        let threads = Threads::new(2);
        let mut out = vec![0; 21];
        let mut scratch = vec![0; 10];
        threads.for_each_rows(3, 7, &mut out, &mut scratch, |rows, out, scratch| {
            assert_eq!(scratch.len(), 3);
            for (row, out) in rows.zip(out.chunks_exact_mut(3)) {
                out.fill(row);
            }
        });
        assert!(out.iter().enumerate().all(|(i, row)| *row == i / 3));
        assert_eq!(threads.split(100, 60), 1);
        assert_eq!(threads.split(120, 60), 2);
        assert_eq!(threads.split(1000, 60), 2);
    }
}
