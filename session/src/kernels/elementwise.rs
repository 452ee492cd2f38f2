//! Functions applied element by element.
//!
//! [`map`] runs any function. The operations of a graph are handed in by the tape, as their definition.

use std::hint::black_box;

use super::Processor;
use super::vector::{Body, Element, Vector};

/// A function of `N` numbers, compiled into the loop over them.
pub trait Function<T, const N: usize>: Copy + Sync {
    /// Its value. Implementations are `#[inline(always)]`.
    fn at(self, arguments: [T; N]) -> T;
    /// Roughly the nanoseconds that 16 values take, to decide how many threads are worth it, and how wide vectors.
    const COST: usize;
}

/// `out[i] = function(inputs[0][i], inputs[1][i], ..)`.
///
/// # Panics
/// If the lengths differ.
pub fn map<T: Element, const N: usize, F: Function<T, N>>(
    processor: &Processor,
    function: F,
    inputs: [&[T]; N],
    out: &mut [T],
) {
    in_parts(processor, F::COST, inputs, out, &|inputs, out| {
        processor.instruction_set.run(Loop { function, inputs, out });
    });
}

/// What is done with a part of the inputs and of the output.
type OnPart<'a, T, const N: usize> = dyn Fn([&[T]; N], &mut [T]) + Sync + 'a;

/// [`map`] without the type of the function, so that it is compiled once.
#[inline(never)]
fn in_parts<T: Element, const N: usize>(
    processor: &Processor,
    cost: usize,
    inputs: [&[T]; N],
    out: &mut [T],
    body: &OnPart<'_, T, N>,
) {
    for input in inputs {
        assert_eq!(input.len(), out.len(), "input and output of an elementwise kernel");
    }
    let length = out.len();
    let parts = processor.threads.split(length, 20_000 * 16 / cost);
    if parts <= 1 {
        return body(inputs, out);
    }
    processor.threads.for_each_rows(parts, length, out, &mut [], |range, out, _| {
        let mut inputs = inputs;
        for input in &mut inputs {
            *input = &input[range.clone()];
        }
        body(inputs, out);
    });
}

struct Loop<'a, T, F, const N: usize> {
    function: F,
    inputs: [&'a [T]; N],
    out: &'a mut [T],
}

impl<T: Element, F: Function<T, N>, const N: usize> Body<T> for Loop<'_, T, F, N> {
    type Output = ();
    const WIDEST: bool = F::COST >= 8;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        apply(self.function, self.inputs, self.out);
    }
}

/// The number of elements computed together: the last ones are filled up, so that short tensors
/// and remainders run on vectors too.
const CHUNK: usize = 16;

/// Aligned, so that no vector lies across two cache lines.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Chunk<T>([T; CHUNK]);

/// The loop of [`map`], to be inlined into code compiled for an instruction set.
#[inline(always)]
pub(super) fn apply<T: Element, const N: usize, F: Function<T, N>>(function: F, inputs: [&[T]; N], out: &mut [T]) {
    let mut pointers = [std::ptr::null(); N];
    for (pointer, input) in pointers.iter_mut().zip(inputs) {
        *pointer = input[..out.len()].as_ptr();
    }
    // SAFETY: all slices have the length of `out`.
    unsafe { chunks(function, pointers, out.as_mut_ptr(), out.len()) }
}

/// The loop of [`map`] with one input that is also the output.
#[inline(always)]
pub(super) fn apply_in_place<T: Element, F: Function<T, 1>>(function: F, values: &mut [T]) {
    // SAFETY: input and output are the same slice.
    unsafe { chunks(function, [values.as_ptr()], values.as_mut_ptr(), values.len()) }
}

/// # Safety
/// The pointers are valid for `length` elements; an input may be the output.
#[inline(always)]
unsafe fn chunks<T: Element, const N: usize, F: Function<T, N>>(
    function: F,
    inputs: [*const T; N],
    out: *mut T,
    length: usize,
) {
    let (whole, rest) = (length - length % CHUNK, length % CHUNK);
    let mut arguments = [Chunk([T::number(0.0); CHUNK]); N];
    let mut values = Chunk([T::number(0.0); CHUNK]);
    let (mut from, mut to, mut end) = (inputs, out, whole);
    // A step that the compiler does not know: else it tries to vectorise this loop too, over the
    // one in `chunk`, with gathers.
    let step = black_box(CHUNK);
    loop {
        let mut start = 0;
        while start < end {
            // SAFETY: the chunk is inside all slices; an array has the alignment of its element.
            unsafe { to.add(start).cast::<[T; CHUNK]>().write(chunk(function, from, start)) };
            start += step;
        }
        // What is left goes through the same loop, so that the function is compiled once.
        if rest == 0 || to != out {
            break;
        }
        for ((from, argument), input) in from.iter_mut().zip(&mut arguments).zip(inputs) {
            // A masked instruction where there is one, which a copy of `rest` elements is not.
            for (i, argument) in argument.0.iter_mut().enumerate() {
                if i < rest {
                    // SAFETY: `rest` elements are left in all slices.
                    *argument = unsafe { input.add(whole + i).read() };
                }
            }
            *from = argument.0.as_ptr();
        }
        (to, end) = (values.0.as_mut_ptr(), CHUNK);
    }
    for (i, value) in values.0.into_iter().enumerate() {
        if i < rest {
            // SAFETY: as above.
            unsafe { out.add(whole + i).write(value) };
        }
    }
}

/// # Safety
/// The chunk at `start` is inside all inputs.
#[inline(always)]
unsafe fn chunk<T: Element, const N: usize, F: Function<T, N>>(
    function: F,
    inputs: [*const T; N],
    start: usize,
) -> [T; CHUNK] {
    let mut chunks = [[T::number(0.0); CHUNK]; N];
    for (chunk, input) in chunks.iter_mut().zip(inputs) {
        // SAFETY: the caller's promise; an array has the alignment of its element.
        *chunk = unsafe { input.add(start).cast::<[T; CHUNK]>().read() };
    }
    let mut values = [T::number(0.0); CHUNK];
    for i in 0..CHUNK {
        let mut arguments = [T::number(0.0); N];
        for (argument, chunk) in arguments.iter_mut().zip(&chunks) {
            *argument = chunk[i];
        }
        values[i] = function.at(arguments);
    }
    values
}

/// `x / c`
#[derive(Clone, Copy, Debug)]
pub struct DivScalar<T> {
    /// The divisor.
    pub c: T,
}

impl<T: Element> Function<T, 1> for DivScalar<T> {
    const COST: usize = 6;
    #[inline(always)]
    fn at(self, [x]: [T; 1]) -> T {
        x / self.c
    }
}
