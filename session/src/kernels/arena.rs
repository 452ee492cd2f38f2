//! The memory of a run: regions such as inputs, outputs and one buffer for all intermediate values, and checked access to
//! disjoint parts of them.

use std::array;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Range};
use std::slice;
use std::sync::Arc;

use super::buffer::Buffer;
use super::threads::Shared;

/// One aligned buffer of `T`: of numbers, or of any other scalar a tape is read in.
pub struct Arena<T>(Buffer<T>);

impl<T: Copy> Arena<T> {
    /// `length` elements, all of them `value`.
    pub fn new(length: usize, value: T) -> Self {
        Self(Buffer::filled(length, value))
    }
}

impl<T> Deref for Arena<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for Arena<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T> fmt::Debug for Arena<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arena({} elements)", self.len())
    }
}

/// The lengths of the regions that a run uses: first those that are only read, then those that are written too.
#[derive(Debug, Default)]
pub struct Layout {
    lengths: Vec<usize>,
    read_only: usize,
}

impl Layout {
    /// Regions of these lengths.
    pub fn new(read_only: impl IntoIterator<Item = usize>, written: impl IntoIterator<Item = usize>) -> Arc<Self> {
        let mut lengths: Vec<usize> = read_only.into_iter().collect();
        let read_only = lengths.len();
        lengths.extend(written);
        Arc::new(Self { lengths, read_only })
    }
}

/// A part of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The region, by position.
    pub region: usize,
    /// The elements.
    pub elements: Range<usize>,
}

impl Part {
    fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (&self.elements, &other.elements);
        self.region == other.region && !a.is_empty() && !b.is_empty() && a.start < b.end && b.start < a.end
    }
}

/// Parts of memory that are used at once: some are read, which may overlap each other, some are written, which overlap
/// nothing: typically a result and scratch. Checked when it is made, so that a run has nothing left to check.
#[derive(Clone, Debug, Default)]
pub struct Access {
    layout: Arc<Layout>,
    /// The parts that are read, then those that are written.
    spans: Box<[Span]>,
    reads: usize,
    /// So many regions have all parts.
    regions: usize,
}

/// A part as a run takes it.
#[derive(Clone, Copy, Debug)]
struct Span {
    region: usize,
    start: usize,
    length: usize,
}

impl Access {
    /// Parts of memory of a layout.
    ///
    /// # Panics
    /// If a part is out of bounds, or a written part overlaps another one or is in a region that is only read.
    #[track_caller]
    pub fn new(layout: &Arc<Layout>, reads: Vec<Part>, writes: Vec<Part>) -> Self {
        for part in reads.iter().chain(&writes) {
            let (range, length) = (&part.elements, layout.lengths[part.region]);
            assert!(range.start <= range.end && range.end <= length, "{range:?} is not in 0..{length}");
        }
        for (i, write) in writes.iter().enumerate() {
            assert!(write.region >= layout.read_only, "region {} is only read", write.region);
            for other in reads.iter().chain(&writes[..i]) {
                assert!(!write.overlaps(other), "{:?} overlaps {:?}", write.elements, other.elements);
            }
        }
        let parts = || reads.iter().chain(&writes);
        let span =
            |Part { region, elements }: &Part| Span { region: *region, start: elements.start, length: elements.len() };
        Self {
            layout: Arc::clone(layout),
            spans: parts().map(span).collect(),
            reads: reads.len(),
            regions: parts().map(|part| part.region + 1).max().unwrap_or(0),
        }
    }
}

/// Accesses to memory of one layout, each with what it is for: what a run checks of one, it checks of all at once.
#[derive(Debug)]
pub struct Accesses<L> {
    each: Vec<(L, Access)>,
    /// What all have in common: no parts, the layout and the largest number of regions.
    all: Access,
}

impl<L> Accesses<L> {
    /// These accesses, in order.
    ///
    /// # Panics
    /// If they are to memory of several layouts.
    #[track_caller]
    pub fn new(each: Vec<(L, Access)>) -> Self {
        let mut all = Access::default();
        if let Some((_, first)) = each.first() {
            let of_one_layout = each.iter().all(|(_, access)| Arc::ptr_eq(&access.layout, &first.layout));
            assert!(of_one_layout, "accesses to memory of several layouts");
            all.layout = Arc::clone(&first.layout);
            all.regions = each.iter().fold(0, |most, (_, access)| most.max(access.regions));
        }
        Self { each, all }
    }
}

/// Where the regions of a run are: kept from run to run for its memory only.
#[derive(Debug)]
pub struct Table<T>(Vec<Shared<T>>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The memory of a run, of which several parts can be used at once.
///
/// It goes to another thread only if shared elements may be used there:
///
/// ```compile_fail,E0277
/// fn goes_to_other_threads<M: Send>() {}
/// goes_to_other_threads::<session_kernels::Memory<'static, std::cell::Cell<f32>>>();
/// ```
#[derive(Debug)]
pub struct Memory<'a, T> {
    layout: &'a Arc<Layout>,
    table: &'a [Shared<T>],
    elements: PhantomData<(&'a [T], &'a mut [T])>,
}

impl<'a, T> Memory<'a, T> {
    /// The parts of an access.
    ///
    /// # Panics
    /// If the access is to memory of another layout, or a part is in a region that is missing.
    #[inline(always)]
    pub fn parts<'m>(&'m mut self, access: &'m Access) -> Parts<'m, T> {
        self.check(access);
        Parts { table: self.table, access, elements: PhantomData }
    }

    /// The accesses of a range, one after the other.
    ///
    /// # Panics
    /// If they are to memory of another layout, or a part is in a region that is missing.
    #[inline(always)]
    pub fn follow<'m, L>(&'m mut self, accesses: &'m Accesses<L>, range: Range<usize>) -> Following<'m, T, L> {
        let rest = accesses.each[range].iter();
        if !rest.as_slice().is_empty() {
            self.check(&accesses.all);
        }
        Following { table: self.table, rest, elements: PhantomData }
    }

    #[inline(always)]
    fn check(&self, access: &Access) {
        assert!(Arc::ptr_eq(self.layout, &access.layout), "an access to memory of another layout");
        assert!(access.regions <= self.table.len(), "a part of a region that is missing");
    }
}

/// What [`Memory::follow`] gives.
#[derive(Debug)]
pub struct Following<'m, T, L> {
    table: &'m [Shared<T>],
    rest: slice::Iter<'m, (L, Access)>,
    elements: PhantomData<(&'m [T], &'m mut [T])>,
}

impl<'m, T, L> Following<'m, T, L> {
    /// What the next access is for, and its parts. No iterator: the parts of one access are given up before the next.
    #[inline(always)]
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<(&'m L, Parts<'_, T>)> {
        let (what, access) = self.rest.next()?;
        Some((what, Parts { table: self.table, access, elements: PhantomData }))
    }
}

/// The regions of a run, one after the other.
///
/// Loops that add them have its fields in registers: no closures that refer to it, each of which would wait for what the
/// last one has stored.
#[derive(Debug)]
pub struct Regions<'a, T> {
    layout: &'a Arc<Layout>,
    table: &'a mut [Shared<T>],
    lengths: &'a [usize],
    read_only: usize,
    /// So many are there.
    count: usize,
    elements: PhantomData<(&'a [T], &'a mut [T])>,
}

impl<'a, T> Regions<'a, T> {
    /// Those of a layout, which are to be added in its order: those that are only read, and the others.
    #[inline(always)]
    pub fn new(layout: &'a Arc<Layout>, table: &'a mut Table<T>) -> Self {
        let Layout { lengths, read_only } = &**layout;
        // Each run sets all that it uses.
        if table.0.len() != lengths.len() {
            table.0.resize_with(lengths.len(), || Shared(std::ptr::null_mut()));
        }
        Self { layout, table: &mut table.0, lengths, read_only: *read_only, count: 0, elements: PhantomData }
    }

    /// Adds one that is only read.
    ///
    /// # Panics
    /// If the next one of the layout is another.
    #[inline(always)]
    pub fn read(&mut self, region: &'a [T]) {
        assert!(self.count < self.read_only, "region {} is written", self.count);
        self.add(region.as_ptr().cast_mut(), region.len());
    }

    /// Adds several that are only read: each takes less than [`read`](Self::read).
    ///
    /// # Panics
    /// If the next ones of the layout are others.
    #[inline(always)]
    pub fn read_all(&mut self, regions: impl ExactSizeIterator<Item = &'a [T]>) {
        let (first, places) = (self.count, self.count..self.count + regions.len());
        assert!(places.end <= self.read_only, "region {} is written", self.read_only);
        let known = self.table[places.clone()].iter_mut().zip(&self.lengths[places]);
        let mut added = 0;
        for (region, (start, &length)) in regions.zip(known) {
            assert!(region.len() == length, "the length of region {}", first + added);
            *start = Shared(region.as_ptr().cast_mut());
            added += 1;
        }
        self.count += added;
    }

    /// Adds one that is written too.
    ///
    /// # Panics
    /// If the next one of the layout is another.
    #[inline(always)]
    pub fn write(&mut self, region: &'a mut [T]) {
        assert!(self.count >= self.read_only, "region {} is only read", self.count);
        self.add(region.as_mut_ptr(), region.len());
    }

    #[inline(always)]
    fn add(&mut self, start: *mut T, length: usize) {
        assert!(self.lengths[self.count] == length, "the length of region {}", self.count);
        self.table[self.count] = Shared(start);
        self.count += 1;
    }

    /// The memory. Regions at the end may be missing, if no part of them is used.
    #[inline(always)]
    pub fn finish(self) -> Memory<'a, T> {
        Memory { layout: self.layout, table: &self.table[..self.count], elements: PhantomData }
    }
}

/// The parts of an access, to be used once: their regions are there, and of its layout.
#[derive(Debug)]
pub struct Parts<'m, T> {
    table: &'m [Shared<T>],
    access: &'m Access,
    elements: PhantomData<(&'m [T], &'m mut [T])>,
}

impl<'m, T> Parts<'m, T> {
    /// The number of parts that are read.
    #[inline]
    pub fn reads(&self) -> usize {
        self.access.reads
    }

    /// The first parts that are read and that are written.
    ///
    /// # Panics
    /// If there are fewer.
    #[inline(always)]
    pub fn take<const READS: usize, const WRITES: usize>(self) -> ([&'m [T]; READS], [&'m mut [T]; WRITES]) {
        let (read, written) = self.spans();
        let (read, written): (&[Span; READS], &[Span; WRITES]) =
            (read.first_chunk().expect("parts that are read"), written.first_chunk().expect("parts that are written"));
        // SAFETY: every part is asked for once, and its region is there.
        unsafe { (array::from_fn(|i| self.slice(&read[i])), array::from_fn(|i| self.slice_mut(&written[i]))) }
    }

    /// All parts, in the first places of arrays whose other places are empty.
    ///
    /// # Panics
    /// If an array is too short.
    #[inline(always)]
    pub fn take_all<const READS: usize, const WRITES: usize>(self) -> ([&'m [T]; READS], [&'m mut [T]; WRITES]) {
        let (mut reads, mut writes): ([&[T]; READS], [&mut [T]; WRITES]) = ([&[]; READS], empty());
        let (read, written) = self.spans();
        for (slice, span) in reads[..read.len()].iter_mut().zip(read) {
            // SAFETY: every part is asked for once, and its region is there.
            *slice = unsafe { self.slice(span) };
        }
        for (slice, span) in writes[..written.len()].iter_mut().zip(written) {
            // SAFETY: every part is asked for once, and its region is there.
            *slice = unsafe { self.slice_mut(span) };
        }
        (reads, writes)
    }

    /// The parts that are read and those that are written.
    #[inline(always)]
    fn spans(&self) -> (&'m [Span], &'m [Span]) {
        self.access.spans.split_at(self.access.reads)
    }

    /// # Safety
    /// The part is one of those that are read, and its region is there.
    #[inline(always)]
    unsafe fn slice(&self, span: &Span) -> &'m [T] {
        // SAFETY: in bounds of a region that is borrowed for as long as the slice lives, and disjoint from everything that
        // is written, as was checked for this layout.
        unsafe {
            let start = self.table.get_unchecked(span.region).pointer();
            slice::from_raw_parts(start.add(span.start), span.length)
        }
    }

    /// # Safety
    /// The part is one of those that are written, asked for once, and its region is there.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    unsafe fn slice_mut(&self, span: &Span) -> &'m mut [T] {
        // SAFETY: in bounds of a region that is mutably borrowed for as long as the slice lives, and disjoint from every
        // other part, as was checked for this layout.
        unsafe {
            let start = self.table.get_unchecked(span.region).pointer();
            slice::from_raw_parts_mut(start.add(span.start), span.length)
        }
    }
}

/// Slices to be replaced: a function of its own, so that it is compiled once a number of them.
#[inline(always)]
fn empty<'m, T, const N: usize>() -> [&'m mut [T]; N] {
    array::from_fn(|_| &mut [][..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(region: usize, elements: Range<usize>) -> Part {
        Part { region, elements }
    }

    /// An input of four elements, an output of three and an arena of ten.
    fn layout() -> Arc<Layout> {
        Layout::new([4], [3, 10])
    }

    fn memory<'a, const N: usize>(
        layout: &'a Arc<Layout>,
        table: &'a mut Table<u8>,
        input: &'a [u8],
        written: [&'a mut [u8]; N],
    ) -> Memory<'a, u8> {
        let mut regions = Regions::new(layout, table);
        regions.read(input);
        written.into_iter().for_each(|region| regions.write(region));
        regions.finish()
    }

    #[test]
    fn disjoint_parts() {
        let (layout, mut table, mut output) = (layout(), Table::default(), [0; 3]);
        let mut arena = Arena::new(10, 1u8);
        arena[2] = 7;
        let reads = vec![part(0, 0..4), part(2, 0..3), part(2, 1..3), part(2, 9..9)];
        let access = Access::new(&layout, reads, vec![part(2, 3..6), part(1, 0..3), part(2, 8..10)]);
        let mut memory = memory(&layout, &mut table, &[2, 3, 4, 5], [&mut output, &mut arena]);
        assert_eq!(memory.parts(&access).reads(), 4);
        let (reads, []) = memory.parts(&access).take::<2, 0>();
        assert_eq!(reads, [&[2, 3, 4, 5][..], &[1, 1, 7]]);
        let (reads, writes) = memory.parts(&access).take_all::<5, 3>();
        assert_eq!(reads, [&[2, 3, 4, 5][..], &[1, 1, 7], &[1, 7], &[], &[]]);
        writes[0].copy_from_slice(reads[1]);
        writes[1].fill(9);
        writes[2].fill(3);
        assert_eq!(*arena, [1, 1, 7, 1, 1, 7, 1, 1, 3, 3]);
        assert_eq!(output, [9; 3]);
    }

    /// What one access has written is what the next one reads.
    #[test]
    fn one_access_after_the_other() {
        let layout = layout();
        let first = Access::new(&layout, vec![part(0, 1..3)], vec![part(2, 4..6)]);
        let second = Access::new(&layout, vec![part(2, 4..6)], vec![part(1, 0..2)]);
        let (mut table, mut output, mut arena) = (Table::default(), [0; 3], Arena::new(10, 1u8));
        let mut memory = memory(&layout, &mut table, &[2, 3, 4, 5], [&mut output, &mut arena]);
        for access in [first, second] {
            let ([x], [out]) = memory.parts(&access).take();
            out.copy_from_slice(x);
        }
        assert_eq!(output, [3, 4, 0]);
    }

    #[test]
    fn empty_parts_overlap_nothing() {
        Access::new(&layout(), vec![part(2, 0..4), part(2, 2..2)], vec![part(2, 2..2), part(2, 4..4)]);
    }

    #[test]
    #[should_panic(expected = "2..5 overlaps 4..6")]
    fn write_over_read() {
        Access::new(&layout(), vec![part(2, 0..1), part(2, 4..6)], vec![part(2, 2..5)]);
    }

    #[test]
    #[should_panic(expected = "4..6 overlaps 2..5")]
    fn write_over_write() {
        Access::new(&layout(), vec![], vec![part(2, 2..5), part(2, 4..6)]);
    }

    #[test]
    #[should_panic(expected = "4..11 is not in 0..10")]
    fn out_of_bounds() {
        Access::new(&layout(), vec![part(2, 4..11)], vec![part(2, 0..1)]);
    }

    #[test]
    #[should_panic(expected = "region 0 is only read")]
    fn write_to_an_input() {
        Access::new(&layout(), vec![], vec![part(0, 0..1)]);
    }

    #[test]
    #[should_panic(expected = "another layout")]
    fn of_another_layout() {
        let access = Access::new(&layout(), vec![part(0, 0..1)], vec![]);
        let (layout, mut table) = (layout(), Table::default());
        memory(&layout, &mut table, &[0; 4], []).parts(&access).take::<1, 0>();
    }

    /// An access that reads the first element of a region.
    fn to_region(layout: &Arc<Layout>, region: usize) -> ((), Access) {
        ((), Access::new(layout, vec![part(region, 0..1)], vec![]))
    }

    #[test]
    fn accesses_one_after_the_other() {
        let layout = layout();
        let first = Access::new(&layout, vec![part(0, 1..3)], vec![part(2, 4..6)]);
        let second = Access::new(&layout, vec![part(2, 4..6)], vec![part(1, 0..2)]);
        let accesses = Accesses::new(vec![("first", first.clone()), ("second", second), ("third", first)]);
        let (mut table, mut output, mut arena) = (Table::default(), [0; 3], Arena::new(10, 1u8));
        let mut memory = memory(&layout, &mut table, &[2, 3, 4, 5], [&mut output, &mut arena]);
        let (mut following, mut names) = (memory.follow(&accesses, 0..2), vec![]);
        while let Some((name, parts)) = following.next() {
            let ([x], [out]) = parts.take();
            out.copy_from_slice(x);
            names.push(*name);
        }
        assert_eq!((output, names), ([3, 4, 0], vec!["first", "second"]));
    }

    #[test]
    #[should_panic(expected = "several layouts")]
    fn accesses_of_several_layouts() {
        Accesses::new(vec![to_region(&layout(), 0), to_region(&layout(), 0)]);
    }

    #[test]
    #[should_panic(expected = "another layout")]
    fn accesses_of_another_layout() {
        let accesses = Accesses::new(vec![to_region(&layout(), 0)]);
        let (layout, mut table) = (layout(), Table::default());
        memory(&layout, &mut table, &[0; 4], []).follow(&accesses, 0..1);
    }

    #[test]
    #[should_panic(expected = "a region that is missing")]
    fn accesses_of_a_missing_region() {
        let (layout, mut table) = (layout(), Table::default());
        let accesses = Accesses::new(vec![to_region(&layout, 0), to_region(&layout, 2)]);
        memory(&layout, &mut table, &[0; 4], []).follow(&accesses, 0..2);
    }

    #[test]
    #[should_panic(expected = "region 0 is only read")]
    fn a_region_too_few() {
        Regions::new(&layout(), &mut Table::default()).write(&mut [0u8; 3]);
    }

    #[test]
    #[should_panic(expected = "region 1 is written")]
    fn several_regions_too_many() {
        Regions::new(&layout(), &mut Table::default()).read_all([&[0u8; 4][..], &[0; 3]].into_iter());
    }

    #[test]
    #[should_panic(expected = "the length of region 0")]
    fn several_of_another_length() {
        Regions::new(&layout(), &mut Table::default()).read_all([&[0u8; 5][..]].into_iter());
    }

    #[test]
    #[should_panic(expected = "region 1 is written")]
    fn a_region_too_many() {
        let (layout, mut table) = (layout(), Table::default());
        let mut regions = Regions::new(&layout, &mut table);
        regions.read(&[0u8; 4]);
        regions.read(&[0; 3]);
    }

    #[test]
    #[should_panic(expected = "the length of region 0")]
    fn of_another_length() {
        memory(&layout(), &mut Table::default(), &[0; 5], []);
    }

    #[test]
    #[should_panic(expected = "a region that is missing")]
    fn of_a_missing_region() {
        let (layout, mut table) = (layout(), Table::default());
        let access = Access::new(&layout, vec![part(2, 0..1)], vec![]);
        memory(&layout, &mut table, &[0; 4], []).parts(&access).take::<1, 0>();
    }
}
