//! Functions applied element by element.
//!
//! [`run`] runs any function, [`map`] does so on several threads, and a [`Bound`] one is chosen once and called many
//! times; [`run_together`] runs several functions from one piece of code. The operations of a graph are handed in by the
//! tape, as their definition.

use std::fmt;
use std::hint::black_box;
use std::mem::MaybeUninit;

use super::fused::MAX_ARGUMENTS;
use super::vector::{Body, Element, Vector};
use super::{InstructionSet, Processor};

/// A function of `N` numbers, compiled into the loop over them.
pub trait Function<T, const N: usize>: Copy + Sync {
    /// Its value. Implementations are `#[inline(always)]`.
    fn at(self, arguments: [T; N]) -> T;
    /// Roughly the nanoseconds that 16 values take, to decide how many threads are worth it, and how wide vectors.
    const COST: usize;
}

/// How many elements of functions that cost so much together are worth a thread of their own.
pub fn worthwhile(cost: usize) -> usize {
    20_000 * 16 / cost
}

/// `out[i] = function(inputs[0][i], inputs[1][i], ..)`, on this thread.
///
/// # Panics
/// If there are not `N` inputs, all as long as the output, or there is no instruction set.
#[inline(always)]
pub fn run<T: Element, const N: usize, F: Function<T, N>>(
    instruction_set: InstructionSet,
    function: F,
    inputs: &[&[T]],
    out: &mut [T],
) {
    instruction_set.run(Loop { function, inputs, out });
}

/// Several functions that are compiled into one piece of code: for few elements, where calls would take longer than they.
pub trait Together {
    /// Runs them, by [`apply`]. Implementations are `#[inline(always)]`.
    fn run(self);
}

/// Runs several functions, on this thread.
///
/// # Panics
/// If there is no instruction set.
#[inline(always)]
pub fn run_together<T: Element>(instruction_set: InstructionSet, functions: impl Together) {
    instruction_set.run::<T, _>(Compiled(functions));
}

struct Compiled<F>(F);

impl<T: Element, F: Together> Body<T> for Compiled<F> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        self.0.run();
    }
}

/// `out[i] = function(inputs[0][i], inputs[1][i], ..)`.
///
/// # Panics
/// As [`run`].
pub fn map<T: Element, const N: usize, F: Function<T, N>>(
    processor: &Processor,
    function: F,
    inputs: [&[T]; N],
    out: &mut [T],
) {
    in_parts(processor, worthwhile(F::COST), &inputs, out, &|inputs, out| {
        run(processor.instruction_set, function, inputs, out);
    });
}

/// What is done with a part of the inputs and of the output.
type OnPart<'a, T> = dyn Fn(&[&[T]], &mut [T]) + Sync + 'a;

/// [`map`] without the type of the function, so that it is compiled once. Inputs that are not as long as the output are
/// whole in each part.
#[inline(never)]
fn in_parts<T: Element>(processor: &Processor, minimum: usize, inputs: &[&[T]], out: &mut [T], body: &OnPart<'_, T>) {
    let length = out.len();
    let parts = processor.threads.split(length, minimum);
    if parts <= 1 {
        return body(inputs, out);
    }
    processor.threads.for_each_rows(parts, length, out, &mut [], |range, out, _| {
        let mut pieces: [&[T]; MAX_ARGUMENTS] = [&[]; MAX_ARGUMENTS];
        let pieces = &mut pieces[..inputs.len()];
        for (piece, input) in pieces.iter_mut().zip(inputs) {
            *piece = if input.len() == length { &input[range.clone()] } else { input };
        }
        body(pieces, out);
    });
}

/// What a [`Bound`] function calls.
type Code<T> = dyn Fn(InstructionSet, &[&[T]], &mut [T]) + Send + Sync;

/// A function without its type: chosen once, so that a run calls its loop and asks nothing.
pub struct Bound<T> {
    code: Box<Code<T>>,
    /// How many elements are worth a thread of their own.
    minimum: usize,
}

impl<T: Element> Bound<T> {
    /// Of code that computes each element from those at its place, typically by [`run`], and costs so much
    /// ([`Function::COST`]).
    pub fn new(cost: usize, code: impl Fn(InstructionSet, &[&[T]], &mut [T]) + Send + Sync + 'static) -> Self {
        Self { code: Box::new(code), minimum: worthwhile(cost) }
    }

    /// Computes all elements on this thread.
    #[inline]
    pub fn run(&self, instruction_set: InstructionSet, inputs: &[&[T]], out: &mut [T]) {
        (self.code)(instruction_set, inputs, out);
    }

    /// Whether so many elements are worth several threads.
    pub fn is_split(&self, processor: &Processor, length: usize) -> bool {
        processor.threads.split(length, self.minimum) > 1
    }

    /// Computes all elements, on several threads if they are worth it. Inputs that are not as long as the output are
    /// whole in each part.
    pub fn map(&self, processor: &Processor, inputs: &[&[T]], out: &mut [T]) {
        let part = |inputs: &[&[T]], out: &mut [T]| self.run(processor.instruction_set, inputs, out);
        in_parts(processor, self.minimum, inputs, out, &part);
    }
}

impl<T> fmt::Debug for Bound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").finish_non_exhaustive()
    }
}

/// Slices come by reference: read from memory where they were just stored in two halves, they would wait for both.
struct Loop<'a, T, F, const N: usize> {
    function: F,
    inputs: &'a [&'a [T]],
    out: &'a mut [T],
}

impl<T: Element, F: Function<T, N>, const N: usize> Body<T> for Loop<'_, T, F, N> {
    type Output = ();
    const WIDEST: bool = F::COST >= 8;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        apply_to_all::<T, N, F>(self.function, self.inputs, self.out);
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
///
/// # Panics
/// If there are not `N` inputs, all as long as the output.
#[inline(always)]
pub fn apply<T: Element, const N: usize, F: Function<T, N>>(function: F, inputs: &[&[T]; N], out: &mut [T]) {
    // A single number need not be a vector.
    match out {
        [out] => {
            let mut values = [T::number(0.0); N];
            for (value, input) in values.iter_mut().zip(inputs) {
                *value = input[0];
            }
            *out = function.at(values);
        }
        _ => apply_to_all::<T, N, F>(function, inputs, out),
    }
}

#[inline(always)]
fn apply_to_all<T: Element, const N: usize, F: Function<T, N>>(function: F, inputs: &[&[T]], out: &mut [T]) {
    let mut pointers = [std::ptr::null(); N];
    for n in 0..N {
        assert!(inputs[n].len() == out.len(), "input and output of an elementwise kernel");
        pointers[n] = inputs[n].as_ptr();
    }
    // SAFETY: all slices have the length of `out`.
    unsafe { chunks(function, pointers, out.as_mut_ptr(), out.len()) }
}

/// The loop of [`map`] with one input that is also the output.
#[inline(always)]
pub(super) fn apply_in_place<T: Element, F: Function<T, 1>>(function: F, values: &mut [T]) {
    // SAFETY: input and output are the same slice.
    unsafe {
        let out = values.as_mut_ptr();
        chunks(function, [out.cast_const()], out, values.len());
    }
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
    let rest = length % CHUNK;
    let mut filled = [const { MaybeUninit::<Chunk<T>>::uninit() }; N];
    let mut values = MaybeUninit::<Chunk<T>>::uninit();
    let (mut from, mut to, mut end) = (inputs, out, length - rest);
    // The last elements come first, while all inputs are what they were: as the end of a whole chunk, if there is one.
    if rest != 0 {
        for n in 0..N {
            // SAFETY: the chunk is inside all slices, or there are `rest` elements.
            unsafe {
                if length >= CHUNK {
                    from[n] = inputs[n].add(length - CHUNK);
                } else {
                    let filled = filled[n].as_mut_ptr();
                    // A single number is read by itself: a chunk that is read right after a part of it was stored has to
                    // wait for that.
                    filled.write(Chunk([if rest == 1 { *inputs[n] } else { T::number(0.0) }; CHUNK]));
                    if rest > 1 {
                        copy_few(inputs[n], filled.cast(), rest);
                    }
                    from[n] = filled.cast();
                }
            }
        }
        (to, end) = (values.as_mut_ptr().cast(), CHUNK);
    }
    // A step that the compiler does not know: else it tries to vectorise this loop too, over the
    // one in `chunk`, with gathers.
    let step = black_box(CHUNK);
    // Both through the same loop, so that the function is compiled once.
    loop {
        let mut start = 0;
        while start < end {
            // SAFETY: the chunk is inside all slices; an array has the alignment of its element.
            unsafe { to.add(start).cast::<[T; CHUNK]>().write(chunk(function, from, start)) };
            start += step;
        }
        if to == out {
            break;
        }
        (from, to, end) = (inputs, out, length - rest);
    }
    if rest != 0 {
        // SAFETY: as above; the chunk was written.
        unsafe {
            let values = values.as_ptr().cast::<T>();
            match length {
                1 => *out = *values,
                ..CHUNK => copy_few(values, out, rest),
                _ => out.add(length - CHUNK).cast::<[T; CHUNK]>().write(values.cast::<[T; CHUNK]>().read()),
            }
        }
    }
}

/// Copies fewer elements than a chunk has, in pieces whose size the compiler knows: a call would take longer.
///
/// # Safety
/// The pointers are valid for `count` elements that do not overlap.
#[inline(never)]
unsafe fn copy_few<T: Element>(from: *const T, to: *mut T, count: usize) {
    let mut done = 0;
    macro_rules! pieces {
        ($($size:literal)*) => {$(
            if count & $size != 0 {
                // SAFETY: the pieces done before and this one are at most `count` elements.
                unsafe { to.add(done).cast::<[T; $size]>().write(from.add(done).cast::<[T; $size]>().read()) };
                done += $size;
            }
        )*};
    }
    pieces! { 8 4 2 1 }
    debug_assert_eq!(done, count);
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
    for n in 0..N {
        // SAFETY: the caller's promise; an array has the alignment of its element.
        chunks[n] = unsafe { inputs[n].add(start).cast::<[T; CHUNK]>().read() };
    }
    let mut values = [T::number(0.0); CHUNK];
    for i in 0..CHUNK {
        let mut arguments = [T::number(0.0); N];
        for n in 0..N {
            arguments[n] = chunks[n][i];
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
