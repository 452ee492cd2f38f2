//! What the refs of a parameter share.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard};

use shapes::AxisNames;

use super::lease::{Lease, lock};
use crate::ir::DynShape;
use crate::order::sort;
use crate::scalar::Float;
use crate::tensor::storage::Storage;

/// The cell behind a parameter, its shape no longer a type.
pub(crate) struct Cell<T: Float> {
    shape: DynShape,
    axis_names: AxisNames,
    /// Held from reading the value to replacing it, so that no update of another thread is lost.
    updating: Mutex<()>,
    state: Mutex<State<T>>,
    /// Whether the value is leased, for who holds the lock above.
    is_leased: AtomicBool,
    /// How often the value was replaced.
    version: AtomicU64,
    /// How often the name was.
    renames: AtomicU64,
    /// 0 or 1, or [`UNSET`]: outside the lock, since every step asks.
    requires_grad: AtomicU8,
}

/// Whether it requires a gradient is the session's default.
const UNSET: u8 = 2;

struct State<T: Float> {
    value: Value<T>,
    name: Option<Arc<str>>,
}

/// Where the value is.
enum Value<T: Float> {
    Own(Storage<T>),
    /// The value of this number among those of a lease.
    Leased(Arc<Lease<T>>, usize),
}

impl<T: Float> Value<T> {
    fn get(&self) -> Storage<T> {
        match self {
            Self::Own(value) => value.clone(),
            Self::Leased(lease, number) => lease.value(*number),
        }
    }
}

impl<T: Float> Cell<T> {
    #[inline(never)]
    pub(super) fn new(shape: DynShape, axis_names: AxisNames, value: Storage<T>, name: Option<Arc<str>>) -> Arc<Self> {
        Self::of(shape, axis_names, State { value: Value::Own(value), name }, UNSET)
    }

    fn of(shape: DynShape, axis_names: AxisNames, state: State<T>, requires_grad: u8) -> Arc<Self> {
        Arc::new(Self {
            shape,
            axis_names,
            updating: Mutex::new(()),
            state: Mutex::new(state),
            is_leased: AtomicBool::new(false),
            version: AtomicU64::new(0),
            renames: AtomicU64::new(0),
            requires_grad: AtomicU8::new(requires_grad),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        lock(&self.state)
    }

    /// These cells in the order in which every thread locks them.
    pub(crate) fn update_order<'a>(cells: impl IntoIterator<Item = &'a Arc<Self>>) -> Vec<Arc<Self>> {
        Self::ordered(cells.into_iter().map(Arc::clone).collect())
    }

    #[inline(never)]
    fn ordered(mut cells: Vec<Arc<Self>>) -> Vec<Arc<Self>> {
        sort(&mut cells, |cell| [Arc::as_ptr(cell).addr() as u64, 0]);
        cells
    }

    /// Runs `update` while no other thread changes the values of these cells, each there once, in
    /// [`update_order`](Self::update_order). Leases of them have ended then.
    pub(crate) fn update<R>(cells: &[Arc<Self>], update: impl FnOnce() -> R) -> R {
        // One level of recursion a cell keeps all guards without allocating.
        match cells.split_first() {
            Some((first, rest)) => {
                let _guard = lock(&first.updating);
                if first.is_leased.load(Acquire) {
                    first.end_lease();
                }
                Self::update(rest, update)
            }
            None => update(),
        }
    }

    /// Replaces the value, when no update is on its way.
    #[inline(never)]
    pub(super) fn replace(self: &Arc<Self>, value: Storage<T>) {
        Self::update(std::slice::from_ref(self), || self.set(value));
    }

    #[inline(never)]
    pub(crate) fn set_name(&self, name: Arc<str>) {
        let mut state = self.lock();
        state.name = Some(name);
        self.renames.store(self.renames.load(Relaxed) + 1, Release);
    }

    pub(super) fn set_requires_grad(&self, requires_grad: bool) {
        self.requires_grad.store(requires_grad.into(), Relaxed);
    }

    pub(super) fn own_requires_grad(&self) -> Option<bool> {
        match self.requires_grad.load(Relaxed) {
            UNSET => None,
            chosen => Some(chosen != 0),
        }
    }

    pub(crate) fn shape(&self) -> DynShape {
        self.shape
    }

    pub(crate) fn axis_names(&self) -> AxisNames {
        self.axis_names
    }

    #[inline(never)]
    pub(crate) fn value(&self) -> Storage<T> {
        self.lock().value.get()
    }

    #[inline(never)]
    pub(crate) fn value_and_name(&self) -> (Storage<T>, Option<Arc<str>>) {
        let State { value, name } = &*self.lock();
        (value.get(), name.clone())
    }

    pub(crate) fn set(&self, value: Storage<T>) {
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.value, Value::Own(value));
        // Under the lock: who sees the new number finds the new value.
        self.count();
        drop(state);
        // A buffer is given back when nobody waits.
        drop(before);
    }

    /// The value is replaced by another one, by the only thread that may. Gives the new version.
    pub(super) fn count(&self) -> u64 {
        let version = self.version.load(Relaxed) + 1;
        self.version.store(version, Release);
        version
    }

    /// From now on the value is that of a lease, under the lock of updates.
    pub(super) fn lease(&self, lease: &Arc<Lease<T>>, number: usize) {
        self.lock().value = Value::Leased(Arc::clone(lease), number);
        self.is_leased.store(true, Release);
    }

    /// Has the value again, under the lock of updates.
    #[cold]
    fn end_lease(&self) {
        // A step that is on its way comes to its end, while others may read.
        let lease = match &self.lock().value {
            Value::Own(_) => None,
            Value::Leased(lease, _) => Some(Arc::clone(lease)),
        };
        if let Some(lease) = lease {
            lease.end();
        }
        let mut state = self.lock();
        state.value = Value::Own(state.value.get());
        self.is_leased.store(false, Release);
    }

    /// A number that is another one once the value is replaced.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Acquire)
    }

    /// A number that is another one once the name is replaced.
    pub(crate) fn renames(&self) -> u64 {
        self.renames.load(Acquire)
    }

    #[inline(never)]
    pub(crate) fn name(&self) -> Option<Arc<str>> {
        self.lock().name.clone()
    }

    pub(crate) fn requires_grad(&self, default: bool) -> bool {
        self.own_requires_grad().unwrap_or(default)
    }

    /// Another cell with the same value, name and exclusion from gradients.
    pub(crate) fn copy(&self) -> Arc<Self> {
        let (value, name) = self.value_and_name();
        Self::of(
            self.shape,
            self.axis_names,
            State { value: Value::Own(value), name },
            self.requires_grad.load(Relaxed),
        )
    }
}
