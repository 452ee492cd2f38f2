//! Random choices that shrink.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use session::ir::DynShape;
use session::random::Rng;

/// A list of choices, read one after the other: smaller choices give simpler things, so shrinking the
/// list simplifies whatever was made from it. After its end every choice is the simplest.
#[derive(Clone)]
pub struct Source {
    choices: Vec<u32>,
    next: usize,
    state: u64,
    /// How many sizes may still be large.
    large: usize,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} choices", self.choices.len())
    }
}

/// All sources with this many choices.
pub fn choices(count: usize) -> impl Strategy<Value = Source> {
    (proptest::collection::vec(any::<u32>(), count), any::<u64>()).prop_map(|(choices, state)| Source {
        choices,
        next: 0,
        state,
        large: 0,
    })
}

/// Runs `check` on `cases` things made by `make`, and panics with the simplest that fails.
pub fn for_each_case<T: fmt::Debug>(
    cases: u32,
    make: impl Fn(&mut Source) -> T,
    check: impl Fn(&T) -> Result<(), TestCaseError>,
) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let result = TestRunner::new(config).run(&choices(1024), |mut source| check(&make(&mut source)));
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, mut source)) => panic!("{reason}\n{:?}", make(&mut source)),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// Calls `check` for every name, and panics with all that fail, not only the first.
pub fn for_each_name(names: &[&'static str], check: impl Fn(&'static str)) {
    let fails = |name: &&'static str| catch_unwind(AssertUnwindSafe(|| check(name))).is_err();
    let failed: Vec<&str> = names.iter().copied().filter(fails).collect();
    assert!(failed.is_empty(), "these operations fail, for the reasons above: {}", failed.join(", "));
}

impl Source {
    /// The source of a number: the same choices each time.
    pub fn seeded(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        Self { choices: (0..1024).map(|_| rng.next_u32()).collect(), next: 0, state: seed, large: 0 }
    }

    /// A number below `count`, which must not be 0.
    pub fn below(&mut self, count: usize) -> usize {
        let choice = self.choices.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        ((u64::from(choice) * count as u64) >> 32) as usize
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// Yes or no.
    pub fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// One of the items.
    pub fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// Makes up to two of the sizes that follow large, so that work is worth a second thread.
    pub fn enlarge(&mut self) {
        self.large = 2;
    }

    fn enlarged(&mut self, size: usize) -> usize {
        if self.large == 0 || self.flag() {
            return size;
        }
        self.large -= 1;
        size * 60 + self.below(60)
    }

    /// A size of an axis: mostly small, sometimes 0.
    pub fn size(&mut self) -> usize {
        let size = self.pick(&[1, 2, 2, 3, 3, 4, 1, 2, 3, 4, 2, 1, 3, 2, 5, 0]);
        self.enlarged(size)
    }

    /// A number of channels or images: 1 or 2, sometimes 0.
    pub fn few(&mut self) -> usize {
        let few = self.pick(&[1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 0]);
        self.enlarged(few)
    }

    /// The sizes of so many axes; not many elements even for many axes.
    pub fn sizes(&mut self, rank: usize) -> Vec<usize> {
        (0..rank).map(|axis| if axis < 3 { self.size() } else { self.few() }).collect()
    }

    /// A shape of a rank between these, both included.
    pub fn shape(&mut self, least: usize, most: usize) -> DynShape {
        let rank = self.between(least, most);
        DynShape::new(&self.sizes(rank))
    }

    /// A permutation of `0..count`.
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for index in (1..count).rev() {
            order.swap(index, index - self.below(index + 1));
        }
        order
    }

    /// A number of at least 0 and less than 1, from a stream of its own: numbers do not shrink.
    pub fn unit(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// So many numbers from -2 to 2, in random order, at least 1/count apart, 1/8 from 0 and 1/4096 from
    /// every tenth: far from every kink, of which the drafts put some at round numbers.
    pub fn distinct(&mut self, count: usize) -> Vec<f64> {
        let mut numbers: Vec<f64> = (0..count)
            .map(|index| {
                let place = (index as f64 + 0.25 + 0.5 * self.unit()) / count as f64 * 3.75 - 1.875;
                let number = if place < 0.0 { place - 0.125 } else { place + 0.125 };
                if (number * 10.0 - (number * 10.0).round()).abs() < 10.0 / 4096.0 {
                    number + 2.0 / 4096.0
                } else {
                    number
                }
            })
            .collect();
        for index in (1..count).rev() {
            numbers.swap(index, (self.unit() * (index + 1) as f64) as usize);
        }
        numbers
    }

    /// So many whole numbers from -2 to 2: full of ties and kinks.
    pub fn tied(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| (self.unit() * 5.0).floor() - 2.0).collect()
    }
}
