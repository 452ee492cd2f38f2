//! The register tile of all products: sums that stay in registers while terms are added to them.
//!
//! Plain loops over places: iterators of each size of a tile would take longer to compile than the rest.
#![allow(clippy::needless_range_loop)]

use super::vector::{Element, Vector};

/// `ROWS` rows of `VECTORS` neighbouring vectors: one chain of terms in every lane.
#[derive(Clone, Copy)]
pub(super) struct Tile<V, const ROWS: usize, const VECTORS: usize>([[V; VECTORS]; ROWS]);

/// The largest number of vectors in a row of a tile.
pub(super) const fn tile_vectors(registers: usize) -> usize {
    if registers < 32 { 2 } else { 3 }
}

/// The largest number of rows for `vectors` vectors a row that leaves registers for one row of
/// factors and a broadcast: more chains than the latency of an addition needs.
pub(super) const fn tile_rows(registers: usize, vectors: usize) -> usize {
    let rows = (registers - 1 - vectors) / vectors;
    if rows < 8 { rows } else { 8 }
}

/// Whether such a tile is used: all of it stays in registers. Of four vectors only where a matrix
/// product asks for them.
pub(super) const fn fits(registers: usize, rows: usize, vectors: usize) -> bool {
    (vectors <= tile_vectors(registers) || registers == 32 && vectors == 4) && rows <= tile_rows(registers, vectors)
}

/// Runs the body `$body::<T, ROWS, VECTORS>(terms)` for the tile of `rows` rows of `vectors` vectors, which is one of those
/// that are used.
macro_rules! run_for_size {
    ($body:ident $terms:ident, $rows:ident $vectors:ident: $($v:literal)*) => {
        match $vectors {
            $($v => run_for_size!($body $terms, $rows of $v: 1 2 3 4 5 6 7 8),)*
            vectors => unreachable!("a tile of {vectors} vectors"),
        }
    };
    ($body:ident $terms:ident, $rows:ident of $v:literal: $($r:literal)*) => {
        match $rows {
            $($r if const { fits(V::REGISTERS, $r, $v) } => V::apply($body::<T, $r, $v>($terms)),)*
            rows => unreachable!("a tile of {rows} rows of {} vectors", $v),
        }
    };
}
pub(super) use run_for_size;

/// # Safety
/// Of every function: the machine has the instruction set of `V`; pointers are valid for the
/// elements that are named.
impl<V: Copy, const ROWS: usize, const VECTORS: usize> Tile<V, ROWS, VECTORS> {
    /// Empty sums.
    #[inline(always)]
    pub unsafe fn zero<T: Element>() -> Self
    where
        V: Vector<T>,
    {
        // SAFETY: the caller's promise.
        unsafe { Self([[V::splat(T::number(0.0)); VECTORS]; ROWS]) }
    }

    /// Sums from memory, those of row `i` from `from(i)`; the last vector masked, if it is not whole.
    #[inline(always)]
    pub unsafe fn load<T: Element>(from: impl Fn(usize) -> *mut T, last: Option<V::Mask>) -> Self
    where
        V: Vector<T>,
    {
        // SAFETY: the caller's promise.
        unsafe {
            let mut tile = Self::zero();
            for i in 0..ROWS {
                tile.0[i] = match last {
                    Some(mask) => load_row(from(i), mask),
                    None => load_full_row(from(i)),
                };
            }
            tile
        }
    }

    /// Sums to memory, those of row `i` to `to(i)`; the last vector masked, if it is not whole.
    #[inline(always)]
    pub unsafe fn store<T: Element>(self, to: impl Fn(usize) -> *mut T, last: Option<V::Mask>)
    where
        V: Vector<T>,
    {
        for i in 0..ROWS {
            for j in 0..VECTORS {
                // SAFETY: the caller's promise.
                unsafe {
                    let to = to(i).add(j * V::LANES);
                    match last {
                        Some(mask) if j + 1 == VECTORS => self.0[i][j].store_masked(to, mask),
                        _ => self.0[i][j].store(to),
                    }
                }
            }
        }
    }

    /// Adds one term to every chain: in row `i`, the number `broadcast(i)` times the vectors of
    /// `row`.
    #[inline(always)]
    pub unsafe fn add_products<T: Element>(&mut self, broadcast: impl Fn(usize) -> T, row: [V; VECTORS])
    where
        V: Vector<T>,
    {
        for i in 0..ROWS {
            // SAFETY: the caller's promise.
            unsafe { self.add_product_in_row(i, broadcast(i), row) }
        }
    }

    /// Adds one term to the chains of row `i` only.
    #[inline(always)]
    pub unsafe fn add_product_in_row<T: Element>(&mut self, i: usize, factor: T, row: [V; VECTORS])
    where
        V: Vector<T>,
    {
        // SAFETY: the caller's promise.
        unsafe {
            let factor = V::splat(factor);
            for j in 0..VECTORS {
                self.0[i][j] = factor.mul_add(row[j], self.0[i][j]);
            }
        }
    }

    /// Puts `+0` in the place of what is neither positive nor NaN.
    #[inline(always)]
    pub unsafe fn rectify<T: Element>(&mut self)
    where
        V: Vector<T>,
    {
        let sums = self.0;
        // SAFETY: the caller's promise.
        unsafe { self.gate(|i| sums[i]) }
    }

    /// Puts `+0` in row `i` where the vectors `row(i)` are neither positive nor NaN.
    #[inline(always)]
    pub unsafe fn gate<T: Element>(&mut self, row: impl Fn(usize) -> [V; VECTORS])
    where
        V: Vector<T>,
    {
        for i in 0..ROWS {
            let row = row(i);
            for j in 0..VECTORS {
                // SAFETY: the caller's promise.
                self.0[i][j] = unsafe { self.0[i][j].gated_by(row[j]) };
            }
        }
    }

    /// `factor` times each row `i`, plus the vectors `row(i)`, rounded once.
    #[inline(always)]
    pub unsafe fn scale_and_add<T: Element>(&mut self, factor: T, row: impl Fn(usize) -> [V; VECTORS])
    where
        V: Vector<T>,
    {
        // SAFETY: the caller's promise.
        unsafe {
            let factor = V::splat(factor);
            for i in 0..ROWS {
                let row = row(i);
                for j in 0..VECTORS {
                    self.0[i][j] = factor.mul_add(self.0[i][j], row[j]);
                }
            }
        }
    }

    /// Adds the vectors of `row` to each row.
    #[inline(always)]
    pub unsafe fn add_row<T: Element>(&mut self, row: [V; VECTORS])
    where
        V: Vector<T>,
    {
        // SAFETY: the caller's promise.
        unsafe { self.add_rows(|_| row) }
    }

    /// Adds the vectors `row(i)` to row `i`.
    #[inline(always)]
    pub unsafe fn add_rows<T: Element>(&mut self, row: impl Fn(usize) -> [V; VECTORS])
    where
        V: Vector<T>,
    {
        for i in 0..ROWS {
            let row = row(i);
            for j in 0..VECTORS {
                // SAFETY: the caller's promise.
                self.0[i][j] = unsafe { self.0[i][j].add(row[j]) };
            }
        }
    }
}

/// Neighbouring vectors from memory.
///
/// # Safety
/// The machine has the instruction set of `V`; all lanes are valid.
#[inline(always)]
pub(super) unsafe fn load_full_row<T: Element, V: Vector<T>, const VECTORS: usize>(from: *const T) -> [V; VECTORS] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut row = [V::splat(T::number(0.0)); VECTORS];
        for j in 0..VECTORS {
            row[j] = V::load(from.add(j * V::LANES));
        }
        row
    }
}

/// Neighbouring vectors from memory, the last one masked.
///
/// # Safety
/// The machine has the instruction set of `V`; all lanes but the masked ones are valid.
#[inline(always)]
pub(super) unsafe fn load_row<T: Element, V: Vector<T>, const VECTORS: usize>(
    from: *const T,
    last: V::Mask,
) -> [V; VECTORS] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut row = [V::splat(T::number(0.0)); VECTORS];
        for j in 0..VECTORS {
            let from = from.add(j * V::LANES);
            row[j] = if j + 1 == VECTORS { V::load_masked(from, last) } else { V::load(from) };
        }
        row
    }
}

/// Neighbouring vectors to memory.
///
/// # Safety
/// The machine has the instruction set of `V`; all lanes are valid, and for nobody else.
#[inline(always)]
pub(super) unsafe fn store_full_row<T: Element, V: Vector<T>, const VECTORS: usize>(row: [V; VECTORS], to: *mut T) {
    for j in 0..VECTORS {
        // SAFETY: the caller's promise.
        unsafe { row[j].store(to.add(j * V::LANES)) }
    }
}
