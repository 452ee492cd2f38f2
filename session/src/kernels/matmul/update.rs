//! What is added to a multiple of a product.

use super::super::vector::{Body, Element, Vector};

/// `alpha * c + other` in the place of `c`, rounded once.
#[derive(Clone, Copy)]
pub(super) struct Update<T> {
    pub alpha: T,
    /// The element that belongs to the first of the part. Rows are as far apart as those of `c`.
    pub other: *const T,
}

impl<T: Element> Update<T> {
    /// The same for the part that begins so many elements later.
    pub fn at(self, offset: usize) -> Self {
        Self { other: self.other.wrapping_add(offset), ..self }
    }

    /// The update of a finished product. Tiles do the same to their sums before these are stored.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; `c` and `other` are valid for `rows` rows of `columns`, `row` apart,
    /// and do not overlap.
    #[inline(always)]
    pub unsafe fn apply<V: Vector<T>>(self, rows: usize, columns: usize, c: *mut T, row: usize) {
        // SAFETY: the caller's promise.
        unsafe { V::apply(Rows { update: self, rows, columns, c, row }) }
    }
}

struct Rows<T> {
    update: Update<T>,
    rows: usize,
    columns: usize,
    c: *mut T,
    row: usize,
}

impl<T: Element> Body<T> for Rows<T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { update: Update { alpha, other }, rows, columns, c, row } = self;
        let whole = columns - columns % V::LANES;
        // SAFETY: the promise of `Update::apply`.
        unsafe {
            let (alpha, mask) = (V::splat(alpha), V::mask(columns - whole));
            for i in 0..rows {
                let (c, other) = (c.add(i * row), other.add(i * row));
                for j in (0..whole).step_by(V::LANES) {
                    alpha.mul_add(V::load(c.add(j)), V::load(other.add(j))).store(c.add(j));
                }
                if whole < columns {
                    let (last, to) = (V::load_masked(c.add(whole), mask), c.add(whole));
                    alpha.mul_add(last, V::load_masked(other.add(whole), mask)).store_masked(to, mask);
                }
            }
        }
    }
}
