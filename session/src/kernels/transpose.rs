//! Transposes matrices between rows of any distance.

use super::vector::{Body, Element, Vector};
use super::{InstructionSet, Processor, size};

/// The widest vector of any instruction set.
pub(super) const WIDEST: usize = 16;
/// Rows at distances of a multiple of so many bytes share few sets of the first cache: they are written, or else read, one
/// after the other, each as far as it goes. Where there are none, squares follow each other along the shorter axis first.
const CLASH: usize = 1024;

/// The transpose of a matrix of `rows` rows of `columns`.
///
/// # Panics
/// If the lengths do not fit.
#[inline(never)]
pub fn transposed<T: Element>(processor: &Processor, rows: usize, columns: usize, from: &[T], to: &mut [T]) {
    assert_eq!(from.len(), size([rows, columns]), "a matrix to transpose");
    assert_eq!(to.len(), from.len(), "the transpose of a matrix");
    let (from, to) = (from.as_ptr(), to.as_mut_ptr());
    processor.instruction_set.run(Transpose { rows, columns, from, from_row: columns, to, to_row: rows });
}

/// `to[j * to_row + i] = from[i * from_row + j]` for `rows` rows `i` of `columns` columns `j`.
///
/// A function of its own for each instruction set: inlined, it would be most of the code of its callers.
///
/// # Safety
/// The machine has the instruction set of `V`; both matrices are valid and do not overlap.
#[inline(always)]
pub(super) unsafe fn transpose<T: Element, V: Vector<T>>(
    rows: usize,
    columns: usize,
    from: *const T,
    from_row: usize,
    to: *mut T,
    to_row: usize,
) {
    // SAFETY: the caller's promise.
    unsafe { V::apply(Transpose { rows, columns, from, from_row, to, to_row }) }
}

/// [`transpose`] on the vectors of 256 bits that a set has: better than wider ones where they are half empty.
///
/// # Safety
/// Both matrices are valid and do not overlap.
pub(super) unsafe fn transpose_few<T: Element>(
    set: InstructionSet,
    rows: usize,
    columns: usize,
    from: *const T,
    from_row: usize,
    to: *mut T,
    to_row: usize,
) {
    set.run(Transpose { rows, columns, from, from_row, to, to_row });
}

struct Transpose<T> {
    rows: usize,
    columns: usize,
    from: *const T,
    from_row: usize,
    to: *mut T,
    to_row: usize,
}

impl<T: Element> Body<T> for Transpose<T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { rows, columns, from, from_row, to, to_row } = self;
        let lanes = V::LANES;
        // SAFETY: all squares lie inside both matrices.
        unsafe {
            if rows < lanes || columns < lanes {
                for i in (0..rows).step_by(lanes) {
                    for j in (0..columns).step_by(lanes) {
                        let (height, width) = (lanes.min(rows - i), lanes.min(columns - j));
                        let (from, to) = (from.add(i * from_row + j), to.add(j * to_row + i));
                        edge::<T, V>(height, width, from, from_row, to, to_row);
                    }
                }
                return;
            }
            // The last squares have rows and columns of those before.
            let square = |i: usize, j: usize| {
                let (i, j) = (i.min(rows - lanes), j.min(columns - lanes));
                V::transpose(lanes, from.add(i * from_row + j), from_row, to.add(j * to_row + i), to_row);
            };
            let [from_clashes, to_clashes] = [from_row, to_row].map(|row| (row * size_of::<T>()).is_multiple_of(CLASH));
            if to_clashes || !from_clashes && columns > rows {
                for j in (0..columns).step_by(lanes) {
                    (0..rows).step_by(lanes).for_each(|i| square(i, j));
                }
            } else {
                for i in (0..rows).step_by(lanes) {
                    (0..columns).step_by(lanes).for_each(|j| square(i, j));
                }
            }
        }
    }
}

/// The transpose of a square or a part of one, through two squares of its own with masked loads and stores.
///
/// # Safety
/// The machine has the instruction set of `V`; there are so many rows and columns.
#[inline(always)]
unsafe fn edge<T: Element, V: Vector<T>>(
    height: usize,
    width: usize,
    from: *const T,
    from_row: usize,
    to: *mut T,
    to_row: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        if height * width <= 2 * V::LANES {
            for a in 0..height {
                for b in 0..width {
                    *to.add(b * to_row + a) = *from.add(a * from_row + b);
                }
            }
            return;
        }
        let mut square = [[T::number(0.0); WIDEST]; WIDEST];
        let mut transposed = square;
        let (mask, transposed_mask) = (V::mask(width), V::mask(height));
        for (a, row) in square.iter_mut().enumerate().take(height) {
            V::load_masked(from.add(a * from_row), mask).store(row.as_mut_ptr());
        }
        V::transpose(V::LANES, square.as_ptr().cast(), WIDEST, transposed.as_mut_ptr().cast(), WIDEST);
        for (b, row) in transposed.iter().enumerate().take(width) {
            V::load(row.as_ptr()).store_masked(to.add(b * to_row), transposed_mask);
        }
    }
}
