//! What the elements of a product meet before they are left.

use super::super::vector::{Body, Element, Vector};

/// What becomes of a product and an array of as many elements.
#[derive(Clone, Copy)]
pub(super) enum Rule<T> {
    /// The number times the product, plus the partner, rounded once.
    Update(T),
    /// The product where its partner is positive or NaN, else `+0`.
    Gate,
}

/// The elements that those of a product meet.
#[derive(Clone, Copy)]
pub(super) struct Partners<T> {
    pub rule: Rule<T>,
    /// The partner of the first element of the part. Rows are as far apart as those of `c`.
    pub first: *const T,
}

impl<T: Element> Rule<T> {
    /// # Safety
    /// The machine has the instruction set of `V`.
    #[inline(always)]
    pub unsafe fn of<V: Vector<T>>(self, product: V, partner: V) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Self::Update(alpha) => V::splat(alpha).mul_add(product, partner),
                Self::Gate => product.gated_by(partner),
            }
        }
    }
}

impl<T: Element> Partners<T> {
    /// The same for the part that begins so many elements later.
    pub fn at(self, offset: usize) -> Self {
        Self { first: self.first.wrapping_add(offset), ..self }
    }

    /// Lets a finished product meet its partners. Tiles do it with their sums before these are stored.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; `c` and the partners are valid for `rows` rows of `columns`, `row`
    /// apart, and do not overlap.
    #[inline(always)]
    pub unsafe fn apply<V: Vector<T>>(self, rows: usize, columns: usize, c: *mut T, row: usize) {
        // SAFETY: the caller's promise.
        unsafe { V::apply(Rows { partners: self, rows, columns, c, row }) }
    }
}

struct Rows<T> {
    partners: Partners<T>,
    rows: usize,
    columns: usize,
    c: *mut T,
    row: usize,
}

impl<T: Element> Body<T> for Rows<T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { partners: Partners { rule, first }, rows, columns, c, row } = self;
        let whole = columns - columns % V::LANES;
        // SAFETY: the promise of `Partners::apply`.
        unsafe {
            let mask = V::mask(columns - whole);
            for i in 0..rows {
                let (c, partners) = (c.add(i * row), first.add(i * row));
                for j in (0..whole).step_by(V::LANES) {
                    rule.of(V::load(c.add(j)), V::load(partners.add(j))).store(c.add(j));
                }
                if whole < columns {
                    let (last, to) = (V::load_masked(c.add(whole), mask), c.add(whole));
                    rule.of(last, V::load_masked(partners.add(whole), mask)).store_masked(to, mask);
                }
            }
        }
    }
}
