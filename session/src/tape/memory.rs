//! The memory of a schedule: regions, and the places in the arena.

use std::sync::Arc;

use super::fusion::is_led;
use super::schedule::{Constant, Instruction, Place, Slot, Step};
use crate::ir::DynShape;
use crate::kernels::fused::TILE;
use crate::kernels::{Access, Layout, Part};
use crate::mapped::mapped;
use crate::order::sort;

/// Which region of memory a place is in.
pub(super) struct Regions {
    pub(super) layout: Arc<Layout>,
    /// The first region of constants, of output buffers, and the arena.
    constants: usize,
    buffers: usize,
    arena: usize,
}

impl Regions {
    pub(super) fn new(
        leaves: &[DynShape],
        constants: &[Constant],
        buffers: &[usize],
        arena: usize,
        [locals, longest]: [usize; 2],
    ) -> Self {
        let inputs = leaves.iter().chain(constants.iter().map(|constant| &constant.shape));
        let locals = std::iter::repeat_n(longest, locals);
        let written = buffers.iter().copied().chain([arena]).chain(locals);
        let layout = Layout::new(inputs.map(DynShape::elements), written);
        let first_buffer = leaves.len() + constants.len();
        Self { layout, constants: leaves.len(), buffers: first_buffer, arena: first_buffer + buffers.len() }
    }

    fn part(&self, place: Place) -> Part {
        let (region, start) = match place.slot {
            Slot::Leaf(index) => (index, 0),
            Slot::Constant(index) => (self.constants + index, 0),
            Slot::Buffer(index) => (self.buffers + index, 0),
            Slot::Arena(start) => (self.arena, start),
            Slot::Local(index) => (self.arena + 1 + index, 0),
        };
        Part { region, elements: start..start + place.shape.elements() }
    }

    /// Says of an instruction what it uses.
    pub(super) fn set_access(&self, instruction: &mut Instruction) {
        let parts = |places: &[Place]| mapped(places, |&place| self.part(place));
        let scratch = |step: &Step| Part { region: self.arena, elements: step.scratch.clone() };
        for step in &mut instruction.steps {
            let writes = vec![self.part(step.output), scratch(step)];
            step.access = Access::new(&self.layout, parts(&step.operands), writes);
        }
        if let Some(fusion) = &mut instruction.fusion {
            let (steps, scratch) = (&instruction.steps, scratch(&instruction.steps[0]));
            fusion.access = if let [leader, follower] = &steps[..]
                && is_led(steps)
            {
                let read = leader.operands.iter().chain(&follower.operands);
                let read = read.filter(|place| !matches!(place.slot, Slot::Local(_))).map(|&place| self.part(place));
                Access::new(&self.layout, read.collect(), vec![self.part(follower.output), scratch])
            } else {
                let writes = [vec![scratch], parts(&fusion.outputs)].concat();
                Access::new(&self.layout, parts(&fusion.inputs), writes)
            };
            fusion.steps = self.single_tile(steps, fusion.locals);
        }
    }

    /// What each step of a loop of a single tile uses. Empty if there are several, or no scratch.
    fn single_tile(&self, steps: &[Step], locals: usize) -> Vec<Access> {
        let (length, scratch) = (steps[0].output.shape.elements(), &steps[0].scratch);
        if length > TILE || scratch.len() < locals * length || is_led(steps) {
            return Vec::new();
        }
        let part = |place: &Place| match place.slot {
            Slot::Local(number) => self.part(Place { slot: Slot::Arena(scratch.start + number * length), ..*place }),
            _ => self.part(*place),
        };
        let access = |step: &Step| {
            let none = Part { region: self.arena, elements: 0..0 };
            Access::new(&self.layout, mapped(&step.operands, part), vec![part(&step.output), none])
        };
        mapped(steps, access)
    }
}

/// Elements between the starts of two values: 64 bytes of f32, so that vectors are aligned.
const ALIGNMENT: usize = 16;

/// How long each value of the arena lives, from which follows where it lies. Until then its number stands for its
/// place.
#[derive(Default)]
pub(super) struct Lives {
    lives: Vec<Life>,
    /// The present instruction.
    now: usize,
}

/// The life of a value, or of scratch.
struct Life {
    length: usize,
    /// The first and the last instruction that uses it; one without a last lives as long as the tape.
    first: usize,
    last: Option<usize>,
}

impl Life {
    fn meets(&self, other: &Self) -> bool {
        let starts_in = |a: &Self, b: &Self| b.last.is_none_or(|last| a.first <= last);
        starts_in(self, other) && starts_in(other, self)
    }
}

impl Lives {
    /// Something of so many elements lives from the present instruction on. Gives its number.
    pub(super) fn begin(&mut self, length: usize) -> usize {
        self.lives.push(Life { length: length.next_multiple_of(ALIGNMENT), first: self.now, last: None });
        self.lives.len() - 1
    }

    /// The same of what lives as long as the tape, in the next run before the present instruction too.
    pub(super) fn begin_always(&mut self, length: usize) -> usize {
        let number = self.begin(length);
        self.lives[number].first = 0;
        number
    }

    /// The present instruction is the last one of a life.
    pub(super) fn end(&mut self, number: usize) {
        self.lives[number].last.get_or_insert(self.now);
    }

    /// The present instruction is complete.
    pub(super) fn next_instruction(&mut self) {
        self.now += 1;
    }

    /// Where everything starts, and the length of the arena. First come, first served keeps places in use that are still
    /// in a cache. Long ones first leave fewer gaps, but scratch, which is long for one instruction, should fit in beside
    /// the rest: so these are tried, and taken where they save memory that is worth it.
    pub(super) fn places(&self) -> (Vec<usize>, usize) {
        let in_order = |weight: fn(&Life, usize) -> usize| {
            let mut order: Vec<usize> = (0..self.lives.len()).collect();
            sort(&mut order, |&number| [u64::MAX - weight(&self.lives[number], self.now) as u64, 0]);
            self.places_in_order(order)
        };
        let by_time = in_order(|_, _| 0);
        let by_length = in_order(|life, _| life.length);
        let by_area = in_order(|life, end| life.length.saturating_mul(life.last.unwrap_or(end) + 1 - life.first));
        let shortest = if by_area.1 < by_length.1 { by_area } else { by_length };
        if shortest.1 + by_time.1 / 16 < by_time.1 { shortest } else { by_time }
    }

    /// The same with each put at the first place that is large enough.
    fn places_in_order(&self, order: Vec<usize>) -> (Vec<usize>, usize) {
        let (mut starts, mut end) = (vec![0; self.lives.len()], 0);
        // In the order in which they lie.
        let mut placed: Vec<usize> = Vec::with_capacity(order.len());
        for number in order {
            let life = &self.lives[number];
            let mut start = 0;
            for &other in placed.iter().filter(|&&other| life.meets(&self.lives[other])) {
                if start + life.length <= starts[other] {
                    break;
                }
                start = start.max(starts[other] + self.lives[other].length);
            }
            if life.length > 0 {
                placed.insert(placed.partition_point(|&other| starts[other] < start), number);
                starts[number] = start;
                end = end.max(start + life.length);
            }
        }
        (starts, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The most elements that live at once, in whole units.
    fn alive(lives: &Lives) -> usize {
        let at = |time: usize| {
            let alive =
                lives.lives.iter().filter(move |life| life.first <= time && life.last.is_none_or(|last| time <= last));
            alive.map(|life| life.length).sum::<usize>()
        };
        (0..=lives.now).map(at).max().unwrap_or(0)
    }

    proptest! {
        /// What lives at the same time is disjoint.
        #[test]
        fn places_are_disjoint(requests in proptest::collection::vec((0usize..100, any::<prop::sample::Index>()), 0..60)) {
            let mut lives = Lives::default();
            let mut alive: Vec<usize> = Vec::new();
            for (length, victim) in requests {
                match length % 4 {
                    0 if !alive.is_empty() => lives.end(alive.swap_remove(victim.index(alive.len()))),
                    1 => lives.next_instruction(),
                    _ => alive.push(lives.begin(length)),
                }
            }
            let (starts, end) = lives.places();
            prop_assert!(end >= self::alive(&lives));
            for (life, &start) in lives.lives.iter().zip(&starts) {
                prop_assert_eq!(start % ALIGNMENT, 0);
                prop_assert!(start + life.length <= end);
                for (other, &place) in lives.lives.iter().zip(&starts) {
                    let apart = start + life.length <= place || place + other.length <= start;
                    let at_once = life.first.max(other.first)
                        <= life.last.unwrap_or(usize::MAX).min(other.last.unwrap_or(usize::MAX));
                    prop_assert!(std::ptr::eq(life, other) || apart || !at_once || life.length * other.length == 0);
                }
            }
        }
    }

    /// A chain of values of one length needs two places, whatever else there is beside it.
    #[test]
    fn a_chain() {
        let mut lives = Lives::default();
        lives.begin(5);
        let mut last = lives.begin(100);
        for _ in 0..10 {
            lives.next_instruction();
            let next = lives.begin(100);
            lives.end(last);
            last = next;
        }
        assert_eq!(lives.places().1, 16 + 2 * 112);
    }

    /// Nothing lies where something is kept for the next run, not even what is dead when it is made.
    #[test]
    fn what_is_kept() {
        let mut lives = Lives::default();
        let first = lives.begin(16);
        lives.end(first);
        lives.next_instruction();
        lives.begin_always(16);
        lives.next_instruction();
        lives.begin(16);
        assert_eq!(lives.places(), (vec![0, 16, 0], 32));
    }

    /// A long value that comes late lies where short ones were, not behind them.
    #[test]
    fn a_long_value_after_short_ones() {
        let mut lives = Lives::default();
        let short = [(); 3].map(|()| lives.begin(16));
        lives.next_instruction();
        lives.end(short[0]);
        lives.end(short[2]);
        lives.next_instruction();
        lives.begin(48);
        assert_eq!(lives.places(), (vec![0, 48, 16, 0], 64));
    }
}
