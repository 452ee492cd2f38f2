//! One buffer for all intermediate values of a tape, and checked access to disjoint parts of it.

use std::fmt;
use std::ops::{Deref, Range};

use super::buffer::Buffer;

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

/// Parts of a buffer that are used at once: some are read, which may overlap each other, some are written, which overlap
/// nothing: typically a result and scratch. Checked when it is made, so that a run has nothing left to check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    length: usize,
    reads: Box<[Range<usize>]>,
    writes: Box<[Range<usize>]>,
}

impl Access {
    /// Parts of a buffer of `length` elements.
    ///
    /// # Panics
    /// If a range is out of bounds, or a written range overlaps another range.
    #[track_caller]
    pub fn new(length: usize, reads: Vec<Range<usize>>, writes: Vec<Range<usize>>) -> Self {
        for range in reads.iter().chain(&writes) {
            assert!(range.start <= range.end && range.end <= length, "{range:?} is not in 0..{length}");
        }
        for (i, write) in writes.iter().enumerate() {
            for other in reads.iter().chain(&writes[..i]) {
                let disjoint = write.end <= other.start || other.end <= write.start;
                assert!(disjoint || write.is_empty() || other.is_empty(), "{write:?} overlaps {other:?}");
            }
        }
        Self { length, reads: reads.into(), writes: writes.into() }
    }
}

/// A slice of which several parts can be used at once.
#[derive(Debug)]
pub struct Memory<'a, T>(&'a mut [T]);

impl<'a, T> Memory<'a, T> {
    /// Access to `elements`.
    pub fn new(elements: &'a mut [T]) -> Self {
        Self(elements)
    }

    /// Puts the parts of an access into the first places of `reads` and `writes`.
    ///
    /// # Panics
    /// If the access is to a buffer of another length, or to more parts than there are places.
    #[inline]
    pub fn parts<'m>(&'m mut self, access: &Access, reads: &mut [&'m [T]], writes: &mut [&'m mut [T]]) {
        assert_eq!(access.length, self.0.len(), "the length of the buffer that the access is to");
        let start = self.0.as_mut_ptr();
        for (slice, range) in reads[..access.reads.len()].iter_mut().zip(&access.reads) {
            // SAFETY: in bounds, and disjoint from everything written, as was checked for this length; self is
            // borrowed for as long as the slices live.
            *slice = unsafe { std::slice::from_raw_parts(start.add(range.start), range.len()) };
        }
        for (slice, range) in writes[..access.writes.len()].iter_mut().zip(&access.writes) {
            // SAFETY: in bounds, and disjoint from every other part, as was checked for this length; self is
            // borrowed for as long as the slices live.
            *slice = unsafe { std::slice::from_raw_parts_mut(start.add(range.start), range.len()) };
        }
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
    fn disjoint_parts() {
        let mut arena = Arena::new(10, 1u8);
        let mut memory = arena.memory();
        memory.all()[2] = 7;
        let access = Access::new(10, vec![0..3, 1..3, 9..9], vec![3..6, 8..10]);
        let (mut reads, mut writes): ([&[u8]; 4], [&mut [u8]; 3]) = Default::default();
        memory.parts(&access, &mut reads, &mut writes);
        assert_eq!(reads, [&[1, 1, 7][..], &[1, 7], &[], &[]]);
        writes[0].copy_from_slice(reads[0]);
        writes[1].fill(3);
        assert_eq!(*arena, [1, 1, 7, 1, 1, 7, 1, 1, 3, 3]);
    }

    #[test]
    fn empty_ranges_overlap_nothing() {
        Access::new(4, vec![0..4, 2..2], vec![2..2, 4..4]);
        Access::new(0, vec![0..0], vec![0..0]);
    }

    #[test]
    #[should_panic(expected = "2..5 overlaps 4..6")]
    fn write_over_read() {
        Access::new(9, vec![0..1, 4..6], vec![2..5]);
    }

    #[test]
    #[should_panic(expected = "4..6 overlaps 2..5")]
    fn write_over_write() {
        Access::new(9, vec![], vec![2..5, 4..6]);
    }

    #[test]
    #[should_panic(expected = "4..10 is not in 0..9")]
    fn out_of_bounds() {
        Access::new(9, vec![4..10], vec![0..1]);
    }

    #[test]
    #[should_panic(expected = "the length of the buffer")]
    fn of_another_buffer() {
        let access = Access::new(9, vec![0..9], vec![]);
        Arena::new(8, 0.0).memory().parts(&access, &mut [&[]], &mut []);
    }
}
