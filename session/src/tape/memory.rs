//! The memory of a schedule: regions, and the places in the arena.

use std::ops::Range;
use std::sync::Arc;

use super::schedule::{Constant, Instruction, Place, Slot, Step};
use crate::ir::DynShape;
use crate::kernels::fused::TILE;
use crate::kernels::{Access, Layout, Part};

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
        let parts = |places: &[Place]| places.iter().map(|&place| self.part(place)).collect::<Vec<_>>();
        let scratch = |step: &Step| Part { region: self.arena, elements: step.scratch.clone() };
        for step in &mut instruction.steps {
            let writes = vec![self.part(step.output), scratch(step)];
            step.access = Access::new(&self.layout, parts(&step.operands), writes);
        }
        if let Some(fusion) = &mut instruction.fusion {
            let writes = [vec![scratch(&instruction.steps[0])], parts(&fusion.outputs)].concat();
            fusion.access = Access::new(&self.layout, parts(&fusion.inputs), writes);
            fusion.steps = self.single_tile(&instruction.steps, fusion.locals);
        }
    }

    /// What each step of a loop of a single tile uses. Empty if there are several, or no scratch.
    fn single_tile(&self, steps: &[Step], locals: usize) -> Vec<Access> {
        let (length, scratch) = (steps[0].output.shape.elements(), &steps[0].scratch);
        if length > TILE || scratch.len() < locals * length {
            return Vec::new();
        }
        let part = |place: &Place| match place.slot {
            Slot::Local(number) => self.part(Place { slot: Slot::Arena(scratch.start + number * length), ..*place }),
            _ => self.part(*place),
        };
        let access = |step: &Step| {
            let none = Part { region: self.arena, elements: 0..0 };
            Access::new(&self.layout, step.operands.iter().map(part).collect(), vec![part(&step.output), none])
        };
        steps.iter().map(access).collect()
    }
}

/// Elements between the starts of two values: 64 bytes of f32, so that vectors are aligned.
const ALIGNMENT: usize = 16;

/// Gives out parts of the arena; a part that is free again goes to the first value that fits.
#[derive(Default)]
pub(super) struct Allocator {
    /// The free parts below `end`, in order, never adjacent.
    free: Vec<Range<usize>>,
    pub(super) end: usize,
}

impl Allocator {
    pub(super) fn allocate(&mut self, length: usize) -> usize {
        let length = length.next_multiple_of(ALIGNMENT);
        if length == 0 {
            return 0;
        }
        // The smallest part that fits leaves the large ones whole.
        let fitting = self.free.iter().enumerate().filter(|(_, part)| part.len() >= length);
        if let Some((index, _)) = fitting.min_by_key(|(_, part)| part.len()) {
            let start = self.free[index].start;
            self.free[index].start += length;
            if self.free[index].is_empty() {
                self.free.remove(index);
            }
            return start;
        }
        // The part at the end can grow.
        let start = match self.free.last() {
            Some(part) if part.end == self.end => self.free.pop().expect("it is there").start,
            _ => self.end,
        };
        self.end = start + length;
        start
    }

    pub(super) fn free(&mut self, start: usize, length: usize) {
        let end = start + length.next_multiple_of(ALIGNMENT);
        if start == end {
            return;
        }
        let index = self.free.partition_point(|part| part.start < start);
        self.free.insert(index, start..end);
        if index + 1 < self.free.len() && self.free[index + 1].start == end {
            self.free[index].end = self.free.remove(index + 1).end;
        }
        if index > 0 && self.free[index - 1].end == start {
            self.free[index - 1].end = self.free.remove(index).end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Parts in use never overlap, and everything freed is one free part again.
        #[test]
        fn parts_are_disjoint(requests in proptest::collection::vec((0usize..100, any::<prop::sample::Index>()), 0..60)) {
            let mut allocator = Allocator::default();
            let mut used: Vec<(usize, usize)> = Vec::new();
            for (length, victim) in requests {
                if length % 3 == 0 && !used.is_empty() {
                    let (start, length) = used.swap_remove(victim.index(used.len()));
                    allocator.free(start, length);
                } else {
                    let start = allocator.allocate(length);
                    prop_assert_eq!(start % ALIGNMENT, 0);
                    prop_assert!(start + length <= allocator.end);
                    for &(other, size) in &used {
                        prop_assert!(length == 0 || size == 0 || start + length <= other || other + size <= start);
                    }
                    used.push((start, length));
                }
            }
            for (start, length) in used {
                allocator.free(start, length);
            }
            prop_assert!(allocator.free.len() <= 1);
            prop_assert_eq!(allocator.free.iter().map(ExactSizeIterator::len).sum::<usize>(), allocator.end);
        }
    }
}
