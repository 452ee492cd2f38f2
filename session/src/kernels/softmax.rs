//! The softmax family along one axis.

use super::elementwise::{DivScalar, Function, apply, apply_in_place, map};
use super::reduce::{self, LANES, column_maxima, columns, run, run_maximum};
use super::transpose::transpose;
use super::vector::{Body, Element, Vector};
use super::{Processor, size};

/// The softmax of `x`, seen as `[outer, count, inner]`, along its middle axis: with the maximum m,
/// `e = exp(x - m)` and `e / sum(e)`, the sum in the order of [`sum`](super::reduce::sum).
///
/// # Panics
/// If the lengths do not fit.
#[inline(never)]
pub fn softmax<T: Element>(processor: &Processor, outer: usize, count: usize, inner: usize, x: &[T], out: &mut [T]) {
    along_axis(processor, false, outer, count, inner, x, out);
}

/// The logarithm of the softmax: `(x - m) - ln(sum(exp(x - m)))`.
///
/// # Panics
/// If the lengths do not fit.
#[inline(never)]
pub fn log_softmax<T: Element>(
    processor: &Processor,
    outer: usize,
    count: usize,
    inner: usize,
    x: &[T],
    out: &mut [T],
) {
    along_axis(processor, true, outer, count, inner, x, out);
}

/// The logarithm of the sum of the exponentials of `x`, seen as `[outer, count, inner]`, along its middle
/// axis: `shift + ln(sum(exp(x - shift)))`, where the shift is the maximum, or 0 if that is not finite.
///
/// The scratch has the elements of `x` and twice those of `out`.
///
/// # Panics
/// If the lengths do not fit.
#[inline(never)]
pub fn log_sum_exp<T: Element>(
    processor: &Processor,
    outer: usize,
    count: usize,
    inner: usize,
    x: &[T],
    out: &mut [T],
    scratch: &mut [T],
) {
    let (exponentials, rest) = scratch.split_at_mut(x.len());
    let (shifts, sums) = rest.split_at_mut(out.len());
    if count == 0 {
        shifts.fill(T::number(0.0));
    } else {
        reduce::maximum(processor, outer, count, inner, x, shifts);
    }
    for shift in &mut *shifts {
        if (*shift * T::number(0.0)).is_nan() {
            *shift = T::number(0.0);
        }
    }
    if inner == 1 {
        let rows = x.chunks_exact(count.max(1)).zip(exponentials.chunks_exact_mut(count.max(1)));
        for ((x, exponentials), &shift) in rows.zip(&*shifts) {
            map(processor, ExpSub { c: shift }, [x], exponentials);
        }
    } else if inner > 0 {
        let rows = x.chunks_exact(inner).zip(exponentials.chunks_exact_mut(inner));
        for (row, (x, exponentials)) in rows.enumerate() {
            let shifts = &shifts[row / count * inner..][..inner];
            map(processor, ExpDifference, [x, shifts], exponentials);
        }
    }
    reduce::sum(processor, outer, count, inner, exponentials, sums);
    map(processor, ShiftedLogarithm, [shifts, sums], out);
}

/// `ln(x)`
#[derive(Clone, Copy)]
struct Ln;

impl<T: Element> Function<T, 1> for Ln {
    const COST: usize = 10;
    #[inline(always)]
    fn at(self, [x]: [T; 1]) -> T {
        x.logarithm()
    }
}

/// `exp(x - c)`
#[derive(Clone, Copy)]
struct ExpSub<T> {
    c: T,
}

impl<T: Element> Function<T, 1> for ExpSub<T> {
    const COST: usize = 8;
    #[inline(always)]
    fn at(self, [x]: [T; 1]) -> T {
        (x - self.c).exponential()
    }
}

/// `shift + ln(sum)`
#[derive(Clone, Copy)]
struct ShiftedLogarithm;

impl<T: Element> Function<T, 2> for ShiftedLogarithm {
    const COST: usize = 10;
    #[inline(always)]
    fn at(self, [shift, sum]: [T; 2]) -> T {
        shift + sum.logarithm()
    }
}

fn along_axis<T: Element>(
    processor: &Processor,
    log: bool,
    outer: usize,
    count: usize,
    inner: usize,
    x: &[T],
    out: &mut [T],
) {
    assert_eq!(x.len(), size([outer, count, inner]), "input of a softmax");
    assert_eq!(out.len(), x.len(), "output of a softmax");
    let plane = count * inner;
    let parts = processor.threads.split(outer, 20_000usize.div_ceil(plane.max(1)));
    processor.threads.for_each_rows(parts, outer, out, &mut [], |range, out, _| {
        let x = &x[range.start * plane..range.end * plane];
        processor.instruction_set.run(Planes { log, count, inner, x, out });
    });
}

struct Planes<'a, T> {
    /// Whether the logarithm is asked for. No constant parameter: most of the code is the same for both.
    log: bool,
    count: usize,
    inner: usize,
    x: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Planes<'_, T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { log, count, inner, x, out } = self;
        if x.is_empty() {
            return;
        }
        // Rows together, about as much as stays in the nearest cache.
        let part = if inner == 1 { count * (2048 / count).clamp(1, WIDTH) } else { count * inner };
        for (x, out) in x.chunks(part).zip(out.chunks_mut(part)) {
            // SAFETY: the instruction set of `V` is there; these are whole rows, or a plane of `count * inner` elements.
            unsafe {
                if inner == 1 && count <= LANES && x.len() >= MANY * count {
                    narrow_rows::<T, V>(log, count, x, out)
                } else if inner == 1 {
                    rows::<T, V>(log, count, x, out)
                } else {
                    columns_of::<T, V>(log, count, inner, x, out, false)
                }
            }
        }
    }
}

/// `(x - maximum) - logarithm`
#[derive(Clone, Copy)]
struct LogSoftmax<T> {
    maximum: T,
    logarithm: T,
}

impl<T: Element> Function<T, 1> for LogSoftmax<T> {
    const COST: usize = 2;
    #[inline(always)]
    fn at(self, [x]: [T; 1]) -> T {
        (x - self.maximum) - self.logarithm
    }
}

/// `(x - maximum) - logarithm`
#[derive(Clone, Copy)]
struct LogSoftmaxOf;

impl<T: Element> Function<T, 3> for LogSoftmaxOf {
    const COST: usize = 2;
    #[inline(always)]
    fn at(self, [x, maximum, logarithm]: [T; 3]) -> T {
        (x - maximum) - logarithm
    }
}

/// `exp(x - maximum)`
#[derive(Clone, Copy)]
struct ExpDifference;

impl<T: Element> Function<T, 2> for ExpDifference {
    const COST: usize = 8;
    #[inline(always)]
    fn at(self, [x, maximum]: [T; 2]) -> T {
        (x - maximum).exponential()
    }
}

/// The number of rows, or of columns, done together.
const WIDTH: usize = 64;
/// The number of narrow rows that are worth a transpose.
const MANY: usize = 8;

/// At most [`WIDTH`] rows. Each step is done for all of them before the next, which waits for its result.
#[inline(always)]
unsafe fn rows<T: Element, V: Vector<T>>(log: bool, count: usize, x: &[T], out: &mut [T]) {
    let (mut maxima, mut sums) = ([T::number(0.0); WIDTH], [T::number(0.0); WIDTH]);
    let number = x.len() / count;
    let (maxima, sums) = (&mut maxima[..number], &mut sums[..number]);
    for (maximum, x) in maxima.iter_mut().zip(x.chunks_exact(count)) {
        // SAFETY: the instruction set of `V` is there, by the caller's promise.
        *maximum = unsafe { run_maximum::<T, V>(x) };
    }
    for ((x, out), &c) in x.chunks_exact(count).zip(out.chunks_exact_mut(count)).zip(&*maxima) {
        apply(ExpSub { c }, &[x], out);
    }
    for (sum, out) in sums.iter_mut().zip(out.chunks_exact(count)) {
        // SAFETY: the instruction set of `V` is there, by the caller's promise.
        *sum = unsafe { run::<T, V>(out) };
    }
    if log {
        apply_in_place(Ln, sums);
        let rows = x.chunks_exact(count).zip(out.chunks_exact_mut(count));
        for ((x, out), (&maximum, &logarithm)) in rows.zip(maxima.iter().zip(&*sums)) {
            apply(LogSoftmax { maximum, logarithm }, &[x], out);
        }
    } else {
        for (out, &c) in out.chunks_exact_mut(count).zip(&*sums) {
            apply_in_place(DivScalar { c }, out);
        }
    }
}

/// At most [`WIDTH`] rows of at most [`LANES`] elements: transposed, so that rows lie in the lanes of vectors, which would
/// be half empty otherwise.
#[inline(always)]
unsafe fn narrow_rows<T: Element, V: Vector<T>>(log: bool, count: usize, x: &[T], out: &mut [T]) {
    let number = x.len() / count;
    let mut buffers = [[T::number(0.0); LANES * WIDTH]; 2];
    let [columns, results] = buffers.each_mut().map(|buffer| &mut buffer[..count * number]);
    // SAFETY: the instruction set of `V` is there, by the caller's promise; both have all rows and columns.
    unsafe {
        transpose::<T, V>(number, count, x.as_ptr(), count, columns.as_mut_ptr(), number);
        columns_of::<T, V>(log, count, number, columns, results, true);
        transpose::<T, V>(count, number, results.as_ptr(), number, out.as_mut_ptr(), count);
    }
}

/// The sums of columns in the order of a row of at most [`LANES`] elements: lanes are added in halves. Those that have no
/// element would add +0, which changes no sum of exponentials.
#[inline(always)]
fn sum_in_halves<T: Element>(inner: usize, exponentials: &[T], sums: &mut [T]) {
    let mut lanes = [T::number(0.0); LANES * WIDTH];
    let lanes = &mut lanes[..exponentials.len()];
    lanes.copy_from_slice(exponentials);
    let mut half = LANES / 2;
    while half > 0 {
        if half * inner < lanes.len() {
            let (left, right) = lanes.split_at_mut(half * inner);
            left.iter_mut().zip(right).for_each(|(left, right)| *left = *left + *right);
        }
        half /= 2;
    }
    sums.copy_from_slice(&lanes[..inner]);
}

/// The columns of a plane of `count * inner` elements; `are_rows` if they are at most [`WIDTH`] short rows, transposed.
#[inline(always)]
unsafe fn columns_of<T: Element, V: Vector<T>>(
    log: bool,
    count: usize,
    inner: usize,
    x: &[T],
    out: &mut [T],
    are_rows: bool,
) {
    let (mut maxima, mut sums) = ([T::number(0.0); WIDTH], [T::number(0.0); WIDTH]);
    for column in (0..inner).step_by(WIDTH) {
        let width = WIDTH.min(inner - column);
        let (maxima, sums) = (&mut maxima[..width], &mut sums[..width]);
        column_maxima(count, inner, column, x, maxima);
        for row in 0..count {
            let range = row * inner + column..row * inner + column + width;
            apply(ExpDifference, &[&x[range.clone()], maxima], &mut out[range]);
        }
        if are_rows {
            sum_in_halves(inner, out, sums);
        } else {
            // SAFETY: the instruction set of `V` is there, by the caller's promise.
            unsafe { columns::<T, V>(count, inner, column, out, sums) };
        }
        if log {
            apply_in_place(Ln, sums);
        }
        for row in 0..count {
            let range = row * inner + column..row * inner + column + width;
            let (x, out) = (&x[range.clone()], &mut out[range]);
            if log {
                apply(LogSoftmaxOf, &[x, maxima, sums], out);
            } else {
                out.iter_mut().zip(&*sums).for_each(|(e, sum)| *e = *e / *sum);
            }
        }
    }
}
