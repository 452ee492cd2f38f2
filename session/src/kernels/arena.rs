//! One buffer for all intermediate values of a tape, and checked access to disjoint parts of it.

use std::fmt;
use std::ops::{Deref, Range};

use super::buffer::Buffer;

/// The largest number of ranges read at once.
pub const MAX_READS: usize = 12;

/// One aligned buffer of `T`: of numbers, or of any other scalar a tape is read in.
pub struct Arena<T>(Buffer<T>);

impl<T: Copy> Arena<T> {
    /// `length` elements, all of them `value`.
    pub fn new(length: usize, value: T) -> Self {
        Self(Buffer::filled(length, value))
    }

    /// Access to the elements.
    pub fn memory(&mut self) -> Memory<'_, T> {
        Memory::new(&mut self.0)
    }
}

impl<T> Deref for Arena<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> fmt::Debug for Arena<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arena({} elements)", self.len())
    }
}

/// A slice of which several disjoint ranges can be used at once.
#[derive(Debug)]
pub struct Memory<'a, T>(&'a mut [T]);

/// Up to [`MAX_READS`] slices. Dereferences to a slice of them.
#[derive(Clone, Copy, Debug)]
pub struct Reads<'m, T> {
    slices: [&'m [T]; MAX_READS],
    count: usize,
}

impl<'m, T> Deref for Reads<'m, T> {
    type Target = [&'m [T]];

    #[inline]
    fn deref(&self) -> &[&'m [T]] {
        &self.slices[..self.count]
    }
}

impl<'a, T> Memory<'a, T> {
    /// Access to `elements`.
    pub fn new(elements: &'a mut [T]) -> Self {
        Self(elements)
    }

    /// The ranges `reads`, which may overlap each other, together with the ranges `writes`, which
    /// overlap nothing: typically a result and scratch.
    ///
    /// # Panics
    /// If a range is out of bounds, a written range overlaps another range, or there are more than
    /// [`MAX_READS`] reads.
    #[inline]
    pub fn split<const WRITES: usize>(
        &mut self,
        reads: &[Range<usize>],
        writes: [Range<usize>; WRITES],
    ) -> (Reads<'_, T>, [&mut [T]; WRITES]) {
        assert!(reads.len() <= MAX_READS, "{} ranges to read, at most {MAX_READS}", reads.len());
        for range in reads.iter().chain(&writes) {
            let length = self.0.len();
            assert!(range.start <= range.end && range.end <= length, "{range:?} is not in 0..{length}");
        }
        for (i, write) in writes.iter().enumerate() {
            for other in reads.iter().chain(&writes[..i]) {
                let disjoint = write.end <= other.start || other.end <= write.start;
                assert!(disjoint || write.is_empty() || other.is_empty(), "{write:?} overlaps {other:?}");
            }
        }
        let start = self.0.as_mut_ptr();
        let mut slices: [&[T]; MAX_READS] = [&[]; MAX_READS];
        for (slice, range) in slices.iter_mut().zip(reads) {
            // SAFETY: in bounds, and disjoint from everything written, both checked above; self is
            // borrowed for as long as the slices live.
            *slice = unsafe { std::slice::from_raw_parts(start.add(range.start), range.len()) };
        }
        let writes = writes.map(|range| {
            // SAFETY: in bounds, and disjoint from every other range, both checked above; self is
            // borrowed for as long as the slices live.
            unsafe { std::slice::from_raw_parts_mut(start.add(range.start), range.len()) }
        });
        (Reads { slices, count: reads.len() }, writes)
    }

    /// All elements.
    pub fn all(&mut self) -> &mut [T] {
        self.0
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    #[test]
    fn disjoint_ranges() {
        let mut arena = Arena::new(10, 1u8);
        let mut memory = arena.memory();
        memory.all()[2] = 7;
        let (reads, [result, scratch]) = memory.split(&[0..3, 1..3, 9..9], [3..6, 8..10]);
        assert_eq!(reads.len(), 3);
        assert_eq!(reads[1], [1, 7]);
        result.copy_from_slice(reads[0]);
        scratch.fill(3);
        assert_eq!(*arena, [1, 1, 7, 1, 1, 7, 1, 1, 3, 3]);
    }

    #[test]
    fn empty_ranges_overlap_nothing() {
        let mut arena = Arena::new(4, 0u64);
        let mut memory = arena.memory();
        let (_, [a, b]) = memory.split(&[0..4, 2..2], [2..2, 4..4]);
        assert!(a.is_empty() && b.is_empty());
        assert!(Arena::new(0, 0u64).memory().split(&[0..0], [0..0]).1[0].is_empty());
    }

    #[test]
    #[should_panic(expected = "2..5 overlaps 4..6")]
    fn write_over_read() {
        Arena::new(9, 0.0).memory().split(&[0..1, 4..6], [2..5]);
    }

    #[test]
    #[should_panic(expected = "4..6 overlaps 2..5")]
    fn write_over_write() {
        Arena::new(9, 0.0).memory().split(&[], [2..5, 4..6]);
    }

    #[test]
    #[should_panic(expected = "4..10 is not in 0..9")]
    fn out_of_bounds() {
        Arena::new(9, 0.0).memory().split(&[4..10], [0..1]);
    }

    #[test]
    #[should_panic(expected = "13 ranges to read, at most 12")]
    fn too_many_reads() {
        Arena::new(9, 0.0).memory().split(&[const { 0..1 }; 13], [2..3]);
    }
}
