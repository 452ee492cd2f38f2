//! Chains of elementwise functions, tile by tile: what lies between two functions stays in the nearest cache.
//!
//! A function may also compute plane by plane, each from the same planes of its arguments. Then tiles are whole planes,
//! and an argument may have other planes than the loop: smaller or larger ones, but as many.

use std::ops::Range;

use super::threads::{Shared, part_range};
use super::vector::{Body, Element, Vector};
use super::{InstructionSet, Processor};

/// The elements of a tile: with a handful of arrays they fit the first cache.
pub const TILE: usize = 1024;
/// About the elements of a tile of planes: functions of planes take longer to begin. Measured with planes of 100 and 784.
const PLANES: usize = 5 * TILE / 2;
/// The most elements of a plane: with a handful of arrays it fits the second cache.
pub const MAX_PLANE: usize = 16 * TILE;
/// The most arrays that are read.
pub const MAX_INPUTS: usize = 12;
/// The most arrays that are written.
pub const MAX_OUTPUTS: usize = 8;
/// The most values between functions at once.
pub const MAX_LOCALS: usize = 12;
/// The most arguments of a function.
pub const MAX_ARGUMENTS: usize = 4;

/// The bytes from which on arrays fit no cache, all of a loop together: then a tile asks for the next one's lines.
/// From nearer memory they come in time by themselves.
const FAR: usize = 16 << 20;

/// Where a function finds an argument, or leaves its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// An array that is read, element by element.
    Input(usize),
    /// An array that is read whole for each tile, such as a single number.
    Whole(usize),
    /// An array, its number first, in which each element stands so many times in a row, and after the last one all of
    /// it again: what [`Tile::repeat`] takes.
    Repeated(usize, usize),
    /// An array, its number first, of planes with so many elements, one for each plane of the loop.
    Planes(usize, usize),
    /// An array that is written, by an earlier function if it is an argument.
    Output(usize),
    /// A value that only lies between functions.
    Local(usize),
}

/// The parts of all arrays that belong to one tile.
#[derive(Debug)]
pub struct Tile<'t, T> {
    instruction_set: InstructionSet,
    /// The elements.
    range: Range<usize>,
    /// The elements of a plane.
    plane: usize,
    next: Next<T>,
    whole: &'t [&'t [T]],
    inputs: [&'t [T]; MAX_INPUTS],
    outputs: [&'t mut [T]; MAX_OUTPUTS],
    locals: [&'t mut [T]; MAX_LOCALS],
}

/// The next tile, whose lines are asked for bit by bit while this one is computed: so memory and arithmetic work at
/// the same time.
#[derive(Debug)]
struct Next<T> {
    arrays: [*const T; MAX_INPUTS + MAX_OUTPUTS],
    count: usize,
    /// The elements of each array that are asked for.
    asked: usize,
}

impl<T> Next<T> {
    const NONE: Self = Self { arrays: [std::ptr::null(); MAX_INPUTS + MAX_OUTPUTS], count: 0, asked: 0 };

    fn push(&mut self, array: *const T) {
        self.arrays[self.count] = array;
        self.count += 1;
    }

    /// Asks for a quarter of each array.
    fn ask(&mut self) {
        let quarter = self.asked..(self.asked + TILE / 4).min(TILE);
        for start in quarter.clone().step_by(64 / size_of::<T>()) {
            for array in &self.arrays[..self.count] {
                prefetch(array.wrapping_add(start));
            }
        }
        self.asked = quarter.end;
    }
}

/// Asks for the line at an address, which may be any, to be in the second cache: the first one is full of this tile.
#[inline(always)]
#[cfg_attr(not(target_arch = "x86_64"), allow(unused_variables))]
fn prefetch<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every such machine has the instruction, and it takes any address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T1 }>(address.cast());
    }
}

impl<'t, T: Element> Tile<'t, T> {
    /// Writes the elements of a whole input, each `inner` times in a row, and after the last all of them again.
    ///
    /// # Panics
    /// If there is no such array, or an input is to be written.
    #[inline(never)]
    pub fn repeat(&mut self, input: usize, inner: usize, value: Operand) {
        self.next.ask();
        let out = std::mem::take(self.written(value));
        let repetition = Repetition { source: self.whole[input], inner, start: self.range.start, out: &mut *out };
        match self.instruction_set {
            InstructionSet::NONE => repetition.write(),
            set => set.run(repetition),
        }
        *self.written(value) = out;
    }

    /// Has a function read its arguments and write its value.
    ///
    /// # Panics
    /// If there is no such array, an input is to be written, an argument is repeated, or there are more than
    /// [`MAX_ARGUMENTS`].
    pub fn step(&mut self, arguments: &[Operand], value: Operand, function: impl FnOnce(&[&[T]], &mut [T])) {
        self.next.ask();
        // What is written steps aside, so that the others can be read.
        let out = std::mem::take(self.written(value));
        let mut slices: [&[T]; MAX_ARGUMENTS] = [&[]; MAX_ARGUMENTS];
        for (slice, &argument) in slices[..arguments.len()].iter_mut().zip(arguments) {
            *slice = match argument {
                Operand::Input(index) => self.inputs[index],
                Operand::Whole(index) => self.whole[index],
                Operand::Planes(index, size) => {
                    let planes = self.range.start / self.plane..self.range.end / self.plane;
                    &self.whole[index][planes.start * size..planes.end * size]
                }
                Operand::Repeated(..) => panic!("{argument:?} is for `repeat`"),
                Operand::Output(index) => self.outputs[index],
                Operand::Local(index) => self.locals[index],
            };
        }
        function(&slices[..arguments.len()], out);
        *self.written(value) = out;
    }

    fn written(&mut self, value: Operand) -> &mut &'t mut [T] {
        match value {
            Operand::Output(index) => &mut self.outputs[index],
            Operand::Local(index) => &mut self.locals[index],
            _ => panic!("{value:?} is not written"),
        }
    }
}

/// What [`Tile::repeat`] writes.
struct Repetition<'a, T> {
    source: &'a [T],
    inner: usize,
    /// The first element of `out`, of the whole array.
    start: usize,
    out: &'a mut [T],
}

impl<T: Element> Repetition<'_, T> {
    #[inline(always)]
    fn write(self) {
        let Self { source, inner, start, mut out } = self;
        let (mut index, mut within) = (start / inner % source.len(), start % inner);
        while !out.is_empty() {
            let whole = if inner == 1 { source.len() - index } else { inner - within };
            let (piece, rest) = out.split_at_mut(whole.min(out.len()));
            if inner == 1 {
                piece.copy_from_slice(&source[index..index + piece.len()]);
                index = 0;
            } else {
                piece.fill(source[index]);
                (index, within) = (if index + 1 == source.len() { 0 } else { index + 1 }, 0);
            }
            out = rest;
        }
    }
}

impl<T: Element> Body<T> for Repetition<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        self.write();
    }
}

/// What a loop over tiles is told beside its arrays.
#[derive(Clone, Copy, Debug)]
pub struct Loop {
    /// The elements that are worth a thread of their own.
    pub minimum: usize,
    /// The elements of a plane: 1 if functions compute element by element.
    pub plane: usize,
    /// The number of values between functions at once.
    pub locals: usize,
}

impl Loop {
    /// The elements of a tile: whole planes.
    fn tile(self) -> usize {
        if self.plane == 1 { TILE } else { (PLANES / self.plane).max(1) * self.plane }
    }

    /// The elements of scratch that [`for_each_tile`] takes for arrays of `length` elements.
    pub fn scratch(self, processor: &Processor, length: usize) -> usize {
        processor.threads.count() * self.locals * self.tile().min(length)
    }
}

/// Calls `body` for each tile of arrays of one length, which has whole planes.
/// Inputs of another length can only be read whole, or plane by plane.
///
/// # Panics
/// If the outputs differ in length, there are none or too many arrays, or scratch is shorter than [`Loop::scratch`]
/// says.
#[inline(never)]
pub fn for_each_tile<T: Element>(
    processor: &Processor,
    sizes: Loop,
    inputs: &[&[T]],
    outputs: &mut [&mut [T]],
    scratch: &mut [T],
    body: &(dyn Fn(&mut Tile<'_, T>) + Sync),
) {
    let (length, Loop { minimum, plane, locals }) = (outputs[0].len(), sizes);
    let counts = [(inputs.len(), MAX_INPUTS), (outputs.len(), MAX_OUTPUTS), (locals, MAX_LOCALS)];
    assert!(counts.iter().all(|(count, most)| count <= most), "the arrays of a fused loop: {counts:?}");
    assert!(outputs.iter().all(|output| output.len() == length), "the outputs of a fused loop");
    assert!(length.is_multiple_of(plane), "the planes of a fused loop");
    let planes = length / plane;
    let parts = processor.threads.split(planes, minimum.div_ceil(plane));
    let (step, room) = (sizes.tile(), sizes.tile().min(length));
    assert!(scratch.len() >= parts * locals * room, "scratch of a fused loop");
    let mut pointers = [Shared(std::ptr::null_mut()); MAX_OUTPUTS];
    for (pointer, output) in pointers.iter_mut().zip(outputs.iter_mut()) {
        *pointer = Shared(output.as_mut_ptr());
    }
    let along = || inputs.iter().filter(|input| input.len() == length);
    let far = (along().count() + outputs.len()) * length * size_of::<T>() >= FAR;
    let (scratch, written) = (Shared(scratch.as_mut_ptr()), outputs.len());
    processor.threads.for_each(parts, |part| {
        let range = part_range(part, parts, planes);
        let range = range.start * plane..range.end * plane;
        for start in range.clone().step_by(step) {
            let elements = start..range.end.min(start + step);
            let mut tile = Tile {
                instruction_set: processor.instruction_set,
                range: elements.clone(),
                plane,
                next: Next::NONE,
                whole: inputs,
                inputs: [&[]; MAX_INPUTS],
                outputs: Default::default(),
                locals: Default::default(),
            };
            for (slice, input) in tile.inputs.iter_mut().zip(inputs).filter(|(_, input)| input.len() == length) {
                *slice = &input[elements.clone()];
            }
            for (slice, pointer) in tile.outputs[..written].iter_mut().zip(&pointers) {
                // SAFETY: inside an output, which is borrowed until all parts are done; tiles are disjoint.
                *slice = unsafe { part_of(pointer.pointer(), elements.clone()) };
            }
            for (index, slice) in tile.locals[..locals].iter_mut().enumerate() {
                let start = (part * locals + index) * room;
                // SAFETY: inside the scratch, as asserted above; each part has pieces of its own.
                *slice = unsafe { part_of(scratch.pointer(), start..start + elements.len()) };
            }
            if far && elements.end + TILE <= range.end {
                along().for_each(|input| tile.next.push(input[elements.end..].as_ptr()));
                pointers[..written]
                    .iter()
                    .for_each(|output| tile.next.push(output.pointer().wrapping_add(elements.end)));
            }
            body(&mut tile);
        }
    });
}

/// # Safety
/// The range is valid for reads and writes, and nobody else uses it for as long as the slice lives.
unsafe fn part_of<'t, T>(start: *mut T, range: Range<usize>) -> &'t mut [T] {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts_mut(start.add(range.start), range.len()) }
}
