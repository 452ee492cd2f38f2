//! The chains of one tile: over source channels and kernel offsets.

use super::super::tile::{Tile, fits, load_full_row, run_for_size};
use super::super::vector::{Body, Element, Vector};
use crate::window::MAX_SPATIAL;

/// Where the factors of one side of the products lie.
#[derive(Clone, Copy)]
pub(super) struct Factors<T> {
    /// Those of the first term.
    pub start: *const T,
    /// The distance to those of the next source channel, and of the next offset along each axis.
    pub channel: usize,
    pub steps: [isize; MAX_SPATIAL],
}

/// A tile: each row has numbers of its own, each lane has factors of its own in vectors that the rows share.
#[derive(Clone, Copy)]
pub(super) struct Chains<T> {
    pub channels: usize,
    /// The number of terms along each axis.
    pub counts: [usize; MAX_SPATIAL],
    pub numbers: Factors<T>,
    /// The distance of the numbers of neighbouring rows.
    pub numbers_row: usize,
    pub vectors: Factors<T>,
    /// Whether the results hold what the chains begin with, else it is `+0`.
    pub begun: bool,
    /// What is added in the end, and the distance of that of neighbouring rows.
    pub bias: Option<(*const T, usize)>,
    /// Whether what is neither positive nor NaN becomes `+0` then.
    pub relu: bool,
    pub to: *mut T,
    pub to_row: usize,
}

impl<T: Element> Chains<T> {
    /// Computes a tile of `rows` rows of `vectors` vectors.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; there are the factors of all terms, the bias and the results.
    #[inline(always)]
    pub unsafe fn run<V: Vector<T>>(&self, rows: usize, vectors: usize) {
        // SAFETY: the caller's promise.
        unsafe { run_for_size!(Unrolled self, rows vectors: 1 2 3) }
    }
}

/// Chains of a tile whose size is known to the compiler. A reference: the caller would copy the chains for each size.
struct Unrolled<'a, T, const ROWS: usize, const VECTORS: usize>(&'a Chains<T>);

impl<T: Element, const ROWS: usize, const VECTORS: usize> Body<T> for Unrolled<'_, T, ROWS, VECTORS> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // In a constant, so that nothing is compiled for the tiles that no matrix is cut into.
        if const { !fits(V::REGISTERS, ROWS, VECTORS) } {
            unreachable!("tiles fit the registers");
        }
        let chains = *self.0;
        let [number_0, number_1, number_2] = chains.numbers.steps;
        let [vector_0, vector_1, vector_2] = chains.vectors.steps;
        let (mut channel, mut channel_vector) = (chains.numbers.start, chains.vectors.start);
        // SAFETY: the caller's promise for the factors of all terms. Pointers that step beyond the last term are
        // not read.
        unsafe {
            let to = |i: usize| chains.to.wrapping_add(i * chains.to_row);
            let mut tile = Tile::<V, ROWS, VECTORS>::zero();
            if chains.begun {
                tile = Tile::load(to, None);
            }
            for _ in 0..chains.channels {
                let (mut plane, mut plane_vector) = (channel, channel_vector);
                for _ in 0..chains.counts[0] {
                    let (mut row, mut row_vector) = (plane, plane_vector);
                    for _ in 0..chains.counts[1] {
                        let (mut number, mut vector) = (row, row_vector);
                        for _ in 0..chains.counts[2] {
                            tile.add_products(|i| *number.wrapping_add(i * chains.numbers_row), load_full_row(vector));
                            (number, vector) = (number.wrapping_offset(number_2), vector.wrapping_offset(vector_2));
                        }
                        (row, row_vector) = (row.wrapping_offset(number_1), row_vector.wrapping_offset(vector_1));
                    }
                    (plane, plane_vector) = (plane.wrapping_offset(number_0), plane_vector.wrapping_offset(vector_0));
                }
                channel = channel.wrapping_add(chains.numbers.channel);
                channel_vector = channel_vector.wrapping_add(chains.vectors.channel);
            }
            if let Some((bias, row)) = chains.bias {
                tile.add_rows(|i| load_full_row(bias.wrapping_add(i * row)));
            }
            if chains.relu {
                tile.rectify();
            }
            tile.store(to, None);
        }
    }
}
