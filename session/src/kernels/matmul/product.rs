//! One product: tiles of the result, strip by strip.

use std::ptr;

use super::super::threads::part_range;
use super::super::tile::{Tile, fits, load_full_row, load_row, run_for_size, store_full_row, tile_rows, tile_vectors};
use super::super::transpose::transpose;
use super::super::vector::{Body, Element, Vector};
use super::partners::{Partners, Rule};

/// The largest number of terms added before the sums of a tile are stored.
const DEPTH: usize = 1024;
/// The largest number of columns, in bytes, of which the right matrix is copied at once.
const COPIED_COLUMNS: usize = 960;
/// So much of the right matrix is copied at once, in bytes, if that is a tile: it stays in the second cache with what
/// else is used.
const COPIED: usize = 400 << 10;
/// So much of the left matrix, in bytes, meets a column of tiles before the next one does: it stays in that cache too.
const LEFT: usize = 256 << 10;
/// So many rows before it is copied, a row of the right matrix is asked for: it is far from the one before.
const ROWS_AHEAD: usize = 16;
/// A right matrix of more bytes is copied: what is left of it in the caches has gone when the next tiles read it.
const LARGE: usize = 8 << 20;
/// Tiles of fewer terms ask for whole rows of the next one: asking takes part of their time.
const FEW_TERMS: usize = 128;
/// The most rows for which the right matrix is read where it lies, unless it is transposed.
pub(super) const FEW_ROWS: usize = 32;

/// The number of terms, at most, that are added before the sums of a tile are stored.
pub(super) fn depth(k: usize) -> usize {
    k.div_ceil(k.div_ceil(DEPTH).max(1))
}

/// The number of columns of `depth` elements of so many bytes that are copied at once: whole tiles of any vectors.
pub(super) fn copied_columns(depth: usize, size: usize) -> usize {
    let columns = COPIED.checked_div(depth).unwrap_or(COPIED).min(COPIED_COLUMNS) / size;
    (columns / 48 * 48).max(48)
}

/// A matrix in memory: element (i, j) at `start + i * row + j * column`, one of the distances 1.
#[derive(Clone, Copy)]
pub(super) struct Matrix<T> {
    pub start: *const T,
    pub row: usize,
    pub column: usize,
}

impl<T> Matrix<T> {
    pub fn transposed(self) -> Self {
        Self { start: self.start, row: self.column, column: self.row }
    }

    pub fn at(self, i: usize, j: usize) -> *const T {
        self.start.wrapping_add(i * self.row + j * self.column)
    }
}

/// One product: `c[m, n] = a[m, k] * b[k, n]`, then what is done with it, in this order.
#[derive(Clone, Copy)]
pub(super) struct Block<T> {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    pub a: Matrix<T>,
    pub b: Matrix<T>,
    pub c: *mut T,
    pub c_row: usize,
    /// Added to each row, or to each column, if not null.
    pub bias: *const T,
    pub bias_of_rows: bool,
    /// Whether `+0` is put in the place of what is neither positive nor NaN.
    pub rectified: bool,
    pub partners: Option<Partners<T>>,
}

/// One part of a product, for one thread.
pub(super) struct Part<T> {
    pub block: Block<T>,
    pub turned: bool,
    pub scratch: *mut T,
}

impl<T: Element> Body<T> for Part<T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { block, turned, scratch } = self;
        // A single row or column of the result is the same in memory when transposed.
        let in_place = !turned || block.m == 1 || block.n == 1 && block.c_row == 1;
        let (mut product, mut free) = (block, scratch);
        if turned {
            product = Block {
                m: block.n,
                n: block.m,
                a: block.b.transposed(),
                b: block.a.transposed(),
                c_row: block.m,
                bias_of_rows: true,
                partners: None,
                ..block
            };
        }
        // SAFETY: the matrices and the scratch are as large as `product` has checked.
        unsafe {
            if !in_place {
                product.c = scratch;
                free = scratch.add(block.m * block.n);
            }
            // The only call: it is inlined, and large.
            product.multiply::<V>(free);
            if !in_place {
                transpose::<T, V>(block.n, block.m, scratch, block.m, block.c, block.c_row);
            }
            if turned && let Some(partners) = block.partners {
                partners.apply::<V>(block.m, block.n, block.c, block.c_row);
            }
        }
    }
}

impl<T: Element> Block<T> {
    /// The product, tile by tile.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; the matrices are valid; `scratch` has room for
    /// a copied part of the right matrix.
    #[inline(always)]
    unsafe fn multiply<V: Vector<T>>(self, scratch: *mut T) {
        let Self { m, n, k, .. } = self;
        let transposed = self.b.column != 1;
        let copied = transposed || m > FEW_ROWS && self.rows_clash();
        let columns_at_once = if copied { copied_columns(depth(k), size_of::<T>()) } else { n };
        let vectors = n.min(columns_at_once).div_ceil(V::LANES);
        let widest = match V::REGISTERS {
            32 if vectors.is_multiple_of(4) && !vectors.is_multiple_of(3) => 4,
            registers => tile_vectors(registers),
        };
        let depths = k.div_ceil(DEPTH).max(1);
        for column in (0..n).step_by(columns_at_once) {
            let width = columns_at_once.min(n - column);
            for part in 0..depths {
                let terms = part_range(part, depths, k);
                let strip = Strip {
                    block: self,
                    first: terms.start,
                    depth: terms.len(),
                    column,
                    width,
                    widest,
                    copy: copied.then_some(scratch),
                    last: part + 1 == depths,
                };
                // SAFETY: the caller's promise.
                unsafe {
                    if transposed {
                        strip.transpose::<V>(scratch);
                    }
                    strip.multiply::<V>();
                }
            }
        }
    }
}

impl<T> Block<T> {
    /// Whether rows of the right matrix, read where they lie, drive each other out of a cache: those whose distance is a
    /// multiple of 4 KiB share few of its sets, as do those of both matrices at distances of 2 KiB, and a large matrix
    /// leaves it.
    fn rows_clash(&self) -> bool {
        let bytes = |distance: usize| distance * size_of::<T>();
        let [left, right] = [self.a.column, self.b.row].map(bytes);
        let both = self.a.column != 1 && left.is_multiple_of(2048) && right.is_multiple_of(2048);
        right.is_multiple_of(4096) || both || bytes(self.n).saturating_mul(self.k) > LARGE
    }
}

/// Some columns of a product, and some terms of its chains.
struct Strip<T> {
    block: Block<T>,
    first: usize,
    depth: usize,
    column: usize,
    width: usize,
    /// The number of vectors of most tiles.
    widest: usize,
    /// Where these rows and columns of the right matrix were copied, tile by tile.
    copy: Option<*mut T>,
    /// Whether these are the last terms.
    last: bool,
}

impl<T: Element> Strip<T> {
    #[inline(always)]
    fn columns_of_tiles<V: Vector<T>>(&self) -> ColumnsOfTiles {
        ColumnsOfTiles { column: 0, width: self.width, widest: self.widest, lanes: V::LANES }
    }

    /// Copies the strip's part of a right matrix that is transposed, a tile after another.
    #[inline(always)]
    unsafe fn transpose<V: Vector<T>>(&self, to: *mut T) {
        let b = self.block.b;
        for (column, vectors, columns) in self.columns_of_tiles::<V>() {
            let from = b.at(self.first, self.column + column);
            let to = to.wrapping_add(self.depth * column);
            // SAFETY: the caller's promise; rows of the copy have all lanes of their vectors.
            unsafe { transpose::<T, V>(columns, self.depth, from, b.column, to, vectors * V::LANES) }
        }
    }

    #[inline(always)]
    unsafe fn multiply<V: Vector<T>>(&self) {
        let Block { m, a, b, c, c_row, bias, bias_of_rows, rectified, partners, .. } = self.block;
        let (copies, source_row) = (self.copy.is_some() && b.column == 1, b.row);
        let bias = if self.last { bias } else { ptr::null() };
        let (rectified, partners) = (rectified && self.last, partners.filter(|_| self.last));
        let height = tile_rows(V::REGISTERS, self.widest.min(self.width.div_ceil(V::LANES)));
        let tiles = m.div_ceil(height);
        let at_once = (LEFT / (self.depth * height * size_of::<T>()).max(1)).max(1);
        // Rows are dealt evenly: a low tile has too few chains to hide their latency.
        let (rows, higher) = (m / tiles, m % tiles);
        for (first, tiles, rows) in [(0, higher, rows + 1), (higher * (rows + 1), tiles - higher, rows)] {
            for tile in (0..tiles).step_by(at_once) {
                let row = first + tile * rows;
                for (column, vectors, columns) in self.columns_of_tiles::<V>() {
                    let source = b.at(self.first, self.column + column);
                    let (b, b_row) = match self.copy {
                        Some(copy) => (copy.wrapping_add(self.depth * column).cast_const(), vectors * V::LANES),
                        None => (source, source_row),
                    };
                    let place = self.column + column;
                    let terms = Terms {
                        tiles: at_once.min(tiles - tile),
                        depth: self.depth,
                        a: a.at(row, self.first),
                        a_row: a.row,
                        a_column: a.column,
                        b,
                        b_row,
                        source: if copies && row == 0 { source } else { ptr::null() },
                        source_row,
                        c: c.wrapping_add(row * c_row + place),
                        c_row,
                        from_zero: self.first == 0,
                        bias: if bias.is_null() {
                            bias
                        } else {
                            bias.wrapping_add(if bias_of_rows { row } else { place })
                        },
                        bias_of_rows,
                        rectified,
                        partners: partners.map(|partners| partners.at(row * c_row + place)),
                        lanes: columns - (vectors - 1) * V::LANES,
                        whole_rows: self.copy.is_some(),
                    };
                    // SAFETY: the caller's promise.
                    unsafe { Terms::add::<V>(&terms, rows, vectors) }
                }
            }
        }
    }
}

/// The first column, the number of vectors and the number of columns of each column of tiles.
struct ColumnsOfTiles {
    column: usize,
    width: usize,
    widest: usize,
    lanes: usize,
}

impl Iterator for ColumnsOfTiles {
    type Item = (usize, usize, usize);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let (column, left) = (self.column, self.width - self.column);
        if left == 0 {
            return None;
        }
        let vectors = match left.div_ceil(self.lanes) {
            // No single vector at the end, where two pairs do.
            4 if self.widest == 3 => 2,
            vectors => vectors.min(self.widest),
        };
        let columns = left.min(vectors * self.lanes);
        self.column += columns;
        Some((column, vectors, columns))
    }
}

/// The terms that some tiles of the result, one below the other, get at once.
#[derive(Clone, Copy)]
struct Terms<T> {
    tiles: usize,
    depth: usize,
    a: *const T,
    a_row: usize,
    a_column: usize,
    b: *const T,
    b_row: usize,
    /// If not null, the rows that the first tile reads and copies to those of `b`.
    source: *const T,
    source_row: usize,
    c: *mut T,
    c_row: usize,
    /// Whether the chains start here; else they continue from the result.
    from_zero: bool,
    /// As in a block, at the end.
    bias: *const T,
    bias_of_rows: bool,
    rectified: bool,
    partners: Option<Partners<T>>,
    /// The number of columns in the last vector.
    lanes: usize,
    /// Whether rows of `b` have all lanes of the last vector.
    whole_rows: bool,
}

impl<T: Element> Terms<T> {
    #[inline(always)]
    unsafe fn add<V: Vector<T>>(terms: &Self, rows: usize, vectors: usize) {
        // SAFETY: the caller's promise.
        unsafe { run_for_size!(Unrolled terms, rows vectors: 1 2 3 4) }
    }
}

/// Terms of tiles whose size is known to the compiler. A reference: the caller would copy the terms for each size.
struct Unrolled<'a, T, const ROWS: usize, const VECTORS: usize>(&'a Terms<T>);

impl<T: Element, const ROWS: usize, const VECTORS: usize> Body<T> for Unrolled<'_, T, ROWS, VECTORS> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // In a constant, so that nothing is compiled for the tiles that no matrix is cut into.
        if const { !fits(V::REGISTERS, ROWS, VECTORS) } {
            unreachable!("tiles fit the registers");
        }
        let Terms { tiles, depth, a_row, a_column, b_row, source_row, c_row, from_zero, .. } = *self.0;
        let Terms { bias_of_rows, rectified, lanes, whole_rows, mut source, .. } = *self.0;
        let Terms { a: mut first, mut c, mut bias, mut partners, .. } = *self.0;
        // SAFETY: the caller's promise for the matrices. Pointers that step beyond the last term or tile
        // are not read.
        unsafe {
            let mask = V::mask(lanes);
            let full = lanes == V::LANES;
            let vector = |number: usize| number / VECTORS * c_row + number % VECTORS * V::LANES;
            for tile in 0..tiles {
                let (mut a, mut b) = (first, self.0.b);
                let c_rows = |i: usize| c.add(i * c_row);
                let ask = |place: usize| {
                    V::prefetch(c.cast_const().wrapping_add(place));
                    if let Some(partners) = partners {
                        V::prefetch(partners.first.wrapping_add(place));
                    }
                };
                if tile == 0 {
                    (0..ROWS * VECTORS).for_each(|number| ask(vector(number)));
                }
                let mut sums =
                    if from_zero { Tile::<V, ROWS, VECTORS>::zero() } else { Tile::load(c_rows, Some(mask)) };
                // What the end of the next tile reads and writes is asked for bit by bit: at once, it would hold up what the
                // products read.
                let rows = if tile + 1 < tiles { ROWS } else { 0 };
                let (pieces, vectors) = if depth < FEW_TERMS { (rows, VECTORS) } else { (rows * VECTORS, 1) };
                let (every, mut asked, mut left) = (depth / pieces.max(1), 0, depth);
                while left > 0 {
                    let count = if asked < pieces { every } else { left };
                    if asked < pieces {
                        (0..vectors).for_each(|j| ask(ROWS * c_row + vector(asked * vectors + j)));
                        asked += 1;
                    }
                    left -= count;
                    if !source.is_null() {
                        for _ in 0..count {
                            for j in 0..VECTORS {
                                V::prefetch(source.wrapping_add(ROWS_AHEAD * source_row + j * V::LANES));
                            }
                            let row = load_row(source, mask);
                            store_full_row(row, b.cast_mut());
                            sums.add_products(|i| *a.wrapping_add(i * a_row), row);
                            (a, b) = (a.wrapping_add(a_column), b.wrapping_add(b_row));
                            source = source.wrapping_add(source_row);
                        }
                    } else if full || whole_rows {
                        for _ in 0..count {
                            sums.add_products(|i| *a.wrapping_add(i * a_row), load_full_row(b));
                            (a, b) = (a.wrapping_add(a_column), b.wrapping_add(b_row));
                        }
                    } else {
                        for _ in 0..count {
                            sums.add_products(|i| *a.wrapping_add(i * a_row), load_row(b, mask));
                            (a, b) = (a.wrapping_add(a_column), b.wrapping_add(b_row));
                        }
                    }
                }
                source = ptr::null();
                if !bias.is_null() && bias_of_rows {
                    sums.add_rows(|i| [V::splat(*bias.add(i)); VECTORS]);
                    bias = bias.wrapping_add(ROWS);
                } else if !bias.is_null() {
                    sums.add_row(load_row(bias, mask));
                }
                if rectified {
                    sums.rectify();
                }
                if let Some(Partners { rule, first }) = partners {
                    let row = |i: usize| load_row(first.add(i * c_row), mask);
                    match rule {
                        Rule::Update(alpha) => sums.scale_and_add(alpha, row),
                        Rule::Gate => sums.gate(row),
                    }
                }
                sums.store(c_rows, if full { None } else { Some(mask) });
                (first, c) = (first.wrapping_add(ROWS * a_row), c.wrapping_add(ROWS * c_row));
                partners = partners.map(|partners| partners.at(ROWS * c_row));
            }
        }
    }
}
