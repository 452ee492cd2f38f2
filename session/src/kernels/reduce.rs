//! Sums and maxima over one axis.

use super::tile::load_full_row;
use super::vector::{Body, Element, Vector};
use super::{Processor, size};

/// The number of elements after which a sum starts anew: part of the meaning of a sum.
pub(super) const BLOCK: usize = 1024;
/// The number of lanes of a run: part of the meaning of a sum.
pub(super) const LANES: usize = 16;
/// The number of elements that are worth a thread of their own.
const WORTHWHILE: usize = 100_000;

/// Sums `x`, seen as `[outer, count, inner]`, over its middle axis into `out`, `[outer, inner]`.
///
/// With `inner == 1` each sum is a run: blocks of 1024 elements, in a block 16 lanes, each a chain
/// of additions from `+0`; the lanes are added in halves, and the block sums are a run again. Else
/// each sum is a chain from `+0` in blocks of 1024, the block sums a chain again.
///
/// # Panics
/// If the lengths do not fit, or `count` is over 2^30 with `inner > 1`.
#[inline(never)]
pub fn sum<T: Element>(processor: &Processor, outer: usize, count: usize, inner: usize, x: &[T], out: &mut [T]) {
    assert_eq!(x.len(), size([outer, count, inner]), "input of a sum");
    assert_eq!(out.len(), size([outer, inner]), "output of a sum");
    if inner == 1 && outer == 1 {
        out[0] = total(processor, x);
        return;
    }
    let parts = processor.threads.split(out.len(), WORTHWHILE.div_ceil(count.max(1)));
    processor.threads.for_each_rows(parts, out.len(), out, &mut [], |range, out, _| {
        if inner == 1 {
            processor.instruction_set.run(Rows { count, x: &x[range.start * count..range.end * count], out });
        } else {
            processor.instruction_set.run(Columns { count, inner, first: range.start, x, out });
        }
    });
}

/// The maximum of `x`, seen as `[outer, count, inner]`, over its middle axis: `-inf` if `count` is
/// 0, NaN if one element is.
///
/// # Panics
/// If the lengths do not fit.
#[inline(never)]
pub fn maximum<T: Element>(processor: &Processor, outer: usize, count: usize, inner: usize, x: &[T], out: &mut [T]) {
    assert_eq!(x.len(), size([outer, count, inner]), "input of a maximum");
    assert_eq!(out.len(), size([outer, inner]), "output of a maximum");
    let parts = processor.threads.split(outer, WORTHWHILE.div_ceil((count * inner).max(1)));
    processor.threads.for_each_rows(parts, outer, out, &mut [], |range, out, _| {
        let x = &x[range.start * count * inner..range.end * count * inner];
        processor.instruction_set.run(Maxima { count, inner, x, out });
    });
}

/// The sum of one run, its blocks split over threads.
fn total<T: Element>(processor: &Processor, x: &[T]) -> T {
    if x.len() <= WORTHWHILE {
        return processor.instruction_set.run(Run { x });
    }
    let mut sums = [T::number(0.0); BLOCK];
    let size = child(x.len());
    let sums = &mut sums[..x.len().div_ceil(size)];
    if size == BLOCK {
        let parts = processor.threads.split(x.len(), WORTHWHILE);
        processor.threads.for_each_rows(parts, sums.len(), sums, &mut [], |range, sums, _| {
            let x = &x[range.start * BLOCK..x.len().min(range.end * BLOCK)];
            processor.instruction_set.run(Blocks { x, sums });
        });
    } else {
        for (sum, x) in sums.iter_mut().zip(x.chunks(size)) {
            *sum = total(processor, x);
        }
    }
    processor.instruction_set.run(Run { x: sums })
}

/// The number of elements under each of the at most 1024 sums that a run of `length` elements is
/// the block of: a power of the block. A shorter run at the end may skip levels, since the sum of
/// a block of one sum is that sum: sums that start from `+0` are never `-0`.
fn child(length: usize) -> usize {
    let mut size = BLOCK;
    while length.div_ceil(size) > BLOCK {
        size *= BLOCK;
    }
    size
}

/// A run.
pub(super) struct Run<'a, T> {
    pub x: &'a [T],
}

impl<T: Element> Body<T> for Run<'_, T> {
    type Output = T;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) -> T {
        let x = self.x;
        // SAFETY: the instruction set of `V` is there.
        unsafe {
            if x.len() <= BLOCK {
                return block::<T, V>(x);
            }
            let mut sums = [T::number(0.0); BLOCK];
            let size = child(x.len());
            let sums = &mut sums[..x.len().div_ceil(size)];
            if size == BLOCK {
                blocks::<T, V>(x, sums);
            } else {
                for (sum, x) in sums.iter_mut().zip(x.chunks(size)) {
                    *sum = V::apply(Run { x });
                }
            }
            block::<T, V>(sums)
        }
    }
}

/// The sums of consecutive blocks.
struct Blocks<'a, T> {
    x: &'a [T],
    sums: &'a mut [T],
}

impl<T: Element> Body<T> for Blocks<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // SAFETY: the instruction set of `V` is there.
        unsafe { blocks::<T, V>(self.x, self.sums) }
    }
}

/// Rows of `count` elements, a run each.
struct Rows<'a, T> {
    count: usize,
    x: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Rows<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        for (i, out) in self.out.iter_mut().enumerate() {
            let x = &self.x[i * self.count..][..self.count];
            // SAFETY: the instruction set of `V` is there.
            *out = unsafe { run::<T, V>(x) };
        }
    }
}

/// A run inside code for the vectors `V`: short ones at once.
///
/// # Safety
/// The machine has the instruction set of `V`.
#[inline(always)]
pub(super) unsafe fn run<T: Element, V: Vector<T>>(x: &[T]) -> T {
    // SAFETY: the caller's promise.
    unsafe { if x.len() <= BLOCK { block::<T, V>(x) } else { V::apply(Run { x }) } }
}

/// The sums of consecutive blocks, as many at once as keep eight chains of vectors going.
#[inline(always)]
unsafe fn blocks<T: Element, V: Vector<T>>(x: &[T], sums: &mut [T]) {
    let vectors = LANES / V::LANES;
    let together = 8 / vectors;
    let whole = x.len() / (together * BLOCK) * together;
    // SAFETY: the instruction set of `V` is there, by the caller's promise; all `whole` blocks are
    // inside `x`.
    unsafe {
        for first in (0..whole).step_by(together) {
            let start = x.as_ptr().add(first * BLOCK);
            let mut lanes = [V::splat(T::number(0.0)); 8];
            for i in (0..BLOCK).step_by(LANES) {
                for (chain, lanes) in lanes.iter_mut().enumerate() {
                    let (block, vector) = (chain / vectors, chain % vectors);
                    *lanes = lanes.add(V::load(start.add(block * BLOCK + i + vector * V::LANES)));
                }
            }
            for (block, sum) in sums[first..first + together].iter_mut().enumerate() {
                *sum = join::<T, V>(&lanes[block * vectors..][..vectors]);
            }
        }
        for (sum, x) in sums[whole..].iter_mut().zip(x[whole * BLOCK..].chunks(BLOCK)) {
            *sum = block::<T, V>(x);
        }
    }
}

/// The sum of one block of at most 1024 elements.
#[inline(always)]
unsafe fn block<T: Element, V: Vector<T>>(x: &[T]) -> T {
    let vectors = LANES / V::LANES;
    let whole = x.len() / LANES * LANES;
    // SAFETY: the instruction set of `V` is there, by the caller's promise; every lane that is
    // read is inside `x`.
    unsafe {
        let mut lanes = [V::splat(T::number(0.0)); 8];
        for i in (0..whole).step_by(LANES) {
            for (vector, lanes) in lanes.iter_mut().enumerate().take(vectors) {
                *lanes = lanes.add(V::load(x.as_ptr().add(i + vector * V::LANES)));
            }
        }
        if whole < x.len() {
            for (vector, lanes) in lanes.iter_mut().enumerate().take(vectors) {
                let start = whole + vector * V::LANES;
                if start < x.len() {
                    // The other lanes add +0, which changes no sum that started from +0.
                    let mask = V::mask((x.len() - start).min(V::LANES));
                    *lanes = lanes.add(V::load_masked(x.as_ptr().add(start), mask));
                }
            }
        }
        join::<T, V>(&lanes[..vectors])
    }
}

/// The sum of the 16 lanes in `vectors`: l + (l + 8), then 4, 2, 1.
#[inline(always)]
unsafe fn join<T: Element, V: Vector<T>>(vectors: &[V]) -> T {
    let mut lanes = [T::number(0.0); LANES];
    for (vector, lanes) in vectors.iter().zip(lanes.chunks_exact_mut(V::LANES)) {
        // SAFETY: the instruction set of `V` is there, by the caller's promise; the chunk has all
        // lanes.
        unsafe { vector.store(lanes.as_mut_ptr()) }
    }
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] = lanes[lane] + lanes[lane + half];
        }
    }
    lanes[0]
}

/// Chains over the middle axis, for the outputs from number `first`.
struct Columns<'a, T> {
    count: usize,
    inner: usize,
    first: usize,
    x: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Columns<'_, T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { count, inner, first, x, out } = self;
        let mut done = 0;
        while done < out.len() {
            let (outer, column) = ((first + done) / inner, (first + done) % inner);
            let width = (inner - column).min(out.len() - done);
            let x = &x[outer * count * inner..][..count * inner];
            // SAFETY: the instruction set of `V` is there.
            unsafe { columns::<T, V>(count, inner, column, x, &mut out[done..done + width]) };
            done += width;
        }
    }
}

/// Sums the columns from `column` of `x`, `[count, inner]`, as chains.
///
/// # Safety
/// The machine has the instruction set of `V`; `x` has `count * inner` elements.
#[inline(always)]
pub(super) unsafe fn columns<T: Element, V: Vector<T>>(
    count: usize,
    inner: usize,
    column: usize,
    x: &[T],
    out: &mut [T],
) {
    debug_assert!(x.len() == count * inner && column + out.len() <= inner);
    let wide = 4 * V::LANES;
    let whole = out.len() / wide * wide;
    // SAFETY: the caller's promise; every lane that is read is in a row of `x`, and every lane
    // that is written is in `out`.
    unsafe {
        for i in (0..whole).step_by(wide) {
            let sums = chain(count, |row| -> [V; 4] {
                let start = x.as_ptr().add(row * inner + column + i);
                load_full_row(start)
            });
            for (vector, sum) in sums.into_iter().enumerate() {
                sum.store(out.as_mut_ptr().add(i + vector * V::LANES));
            }
        }
        for i in (whole..out.len()).step_by(V::LANES) {
            let mask = V::mask(V::LANES.min(out.len() - i));
            let [sum] = chain(count, |row| [V::load_masked(x.as_ptr().add(row * inner + column + i), mask)]);
            sum.store_masked(out.as_mut_ptr().add(i), mask);
        }
    }
}

/// Chains of `count` rows of vectors, in blocks, blocks of blocks, and blocks of those. Adding an
/// empty level adds +0, which changes no sum that started from +0.
#[inline(always)]
unsafe fn chain<T: Element, V: Vector<T>, const N: usize>(count: usize, load: impl Fn(usize) -> [V; N]) -> [V; N] {
    assert!(count <= BLOCK * BLOCK * BLOCK, "a sum over {count} rows");
    // SAFETY: the instruction set of `V` is there, by the caller's promise.
    unsafe {
        let zero = [V::splat(T::number(0.0)); N];
        let add = |sums: &mut [V; N], values: [V; N]| {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum = sum.add(value);
            }
        };
        let mut total = zero;
        for start in (0..count).step_by(BLOCK * BLOCK) {
            let mut outer = zero;
            for start in (start..count.min(start + BLOCK * BLOCK)).step_by(BLOCK) {
                let mut sums = zero;
                for row in start..count.min(start + BLOCK) {
                    add(&mut sums, load(row));
                }
                add(&mut outer, sums);
            }
            add(&mut total, outer);
        }
        total
    }
}

struct Maxima<'a, T> {
    count: usize,
    inner: usize,
    x: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Maxima<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { count, inner, x, out } = self;
        if inner == 1 {
            for (i, out) in out.iter_mut().enumerate() {
                // SAFETY: the instruction set of `V` is there.
                *out = unsafe { run_maximum::<T, V>(&x[i * count..][..count]) };
            }
        } else if inner > 0 {
            for (i, out) in out.chunks_exact_mut(inner).enumerate() {
                column_maxima(count, inner, 0, &x[i * count * inner..][..count * inner], out);
            }
        }
    }
}

/// The maximum of all elements; their order does not matter, nor how often one is seen.
///
/// # Safety
/// The machine has the instruction set of `V`.
#[inline(always)]
pub(super) unsafe fn run_maximum<T: Element, V: Vector<T>>(x: &[T]) -> T {
    let lowest = T::number(f64::NEG_INFINITY);
    if x.len() < V::LANES {
        return x.iter().fold(lowest, |maximum, x| maximum.greatest(*x));
    }
    let mut values = [lowest; LANES];
    // SAFETY: the caller's promise; every lane that is read is inside `x`, and `values` has all lanes.
    unsafe {
        let mut lanes = [V::splat(lowest); 4];
        let last = x.len() - V::LANES;
        for start in (0..=last).step_by(4 * V::LANES) {
            for (vector, lanes) in lanes.iter_mut().enumerate() {
                *lanes = lanes.greatest(V::load(x.as_ptr().add(last.min(start + vector * V::LANES))));
            }
        }
        let [a, b, c, d] = lanes;
        let all = a.greatest(b).greatest(c.greatest(d)).greatest(V::load(x.as_ptr().add(last)));
        all.store(values.as_mut_ptr());
    }
    let mut half = V::LANES / 2;
    while half > 0 {
        for lane in 0..half {
            values[lane] = values[lane].greatest(values[lane + half]);
        }
        half /= 2;
    }
    values[0]
}

/// The maxima of the columns from `column` of `x`, `[count, inner]`.
#[inline(always)]
pub(super) fn column_maxima<T: Element>(count: usize, inner: usize, column: usize, x: &[T], out: &mut [T]) {
    out.fill(T::number(f64::NEG_INFINITY));
    for row in 0..count {
        let x = &x[row * inner + column..][..out.len()];
        for (out, x) in out.iter_mut().zip(x) {
            *out = out.greatest(*x);
        }
    }
}
