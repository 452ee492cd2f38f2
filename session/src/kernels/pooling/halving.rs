//! Maximum pools whose windows lie side by side and are two cells wide: neighbouring windows in the lanes of a vector,
//! their left and their right cells apart.

use super::super::vector::{Body, Element, Vector};
use super::Pooling;

/// Windows side by side, two cells wide, and as high as they are far apart; no padding.
#[derive(Clone, Copy)]
pub(super) struct Halving {
    planes: usize,
    /// The number of rows of cells, of rows of windows, and of rows in a window.
    rows: usize,
    lines: usize,
    height: usize,
    /// The number of cells and of windows in a row.
    cells: usize,
    windows: usize,
}

impl Halving {
    /// The pool, if it is of this kind.
    pub fn new(pooling: &Pooling, planes: usize) -> Option<Self> {
        let [first, middle, last] = pooling.axes;
        let apart = |size: usize, kernel: usize, axis: &super::Axis| {
            let dense = axis.padding == 0 && (axis.dilation == 1 || kernel == 1);
            dense && axis.kernel == kernel && axis.stride == kernel && axis.output <= size / kernel
        };
        let fits = apart(first.input, 1, &first)
            && first.output == first.input
            && apart(middle.input, middle.kernel, &middle)
            && apart(last.input, 2, &last);
        fits.then_some(Self {
            planes: planes * first.input,
            rows: middle.input,
            lines: middle.output,
            height: middle.kernel,
            cells: last.input,
            windows: last.output,
        })
    }

    /// Calls `body` for each row of windows, in ascending order: with its first cell, its first window, and how groups of
    /// windows in it are accessed where there are so many cells and windows.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`.
    #[inline(always)]
    unsafe fn for_each_row<T: Element, V: Vector<T>>(
        self,
        [cells, windows]: [usize; 2],
        mut body: impl FnMut(usize, usize, Group<T, V>),
    ) {
        let lanes = V::LANES;
        // What a whole vector reads beyond a short row is not used, and what it writes there is written again,
        // as rows come in ascending order.
        let last = [cells.checked_sub((self.height - 1) * self.cells + 2 * lanes), windows.checked_sub(lanes)];
        let has_room = |cell: usize, window: usize| match last {
            [Some(last_cell), Some(last_window)] => cell <= last_cell && window <= last_window,
            _ => false,
        };
        let (whole, covered) = (Group { masks: None }, 2 * self.windows);
        // SAFETY: the caller's promise.
        let masked = unsafe {
            let masks = [V::mask(covered.min(lanes)), V::mask(covered.saturating_sub(lanes).min(lanes))];
            Group { masks: Some((V::mask(self.windows.min(lanes)), masks)) }
        };
        for plane in 0..self.planes {
            let (mut cell, mut window) = (plane * self.rows * self.cells, plane * self.lines * self.windows);
            for _ in 0..self.lines {
                let group = if self.windows >= lanes || has_room(cell, window) { whole } else { masked };
                body(cell, window, group);
                (cell, window) = (cell + self.height * self.cells, window + self.windows);
            }
        }
    }

    /// The first window of each group of at most `lanes` neighbours in a row. If the row is long enough, the last group
    /// is a whole one too, and has windows of the one before.
    #[inline(always)]
    fn groups(self, lanes: usize) -> impl Iterator<Item = usize> {
        (0..self.windows.div_ceil(lanes)).map(move |group| (group * lanes).min(self.windows.saturating_sub(lanes)))
    }
}

/// Access to neighbouring windows and their cells: all lanes, or only those of so many windows, and of their cells.
#[derive(Clone, Copy)]
struct Group<T: Element, V: Vector<T>> {
    masks: Option<(V::Mask, [V::Mask; 2])>,
}

/// # Safety
/// Of every function: the machine has the instruction set of `V`; there are the elements of the group.
impl<T: Element, V: Vector<T>> Group<T, V> {
    /// The left and the right cells of the windows.
    #[inline(always)]
    unsafe fn load_cells(self, from: *const T) -> (V, V) {
        let next = from.wrapping_add(V::LANES);
        // SAFETY: the caller's promise.
        unsafe {
            match self.masks {
                None => V::load(from).unzip(V::load(next)),
                Some((_, [mask, rest])) => V::load_masked(from, mask).unzip(V::load_masked(next, rest)),
            }
        }
    }

    /// The inverse of [`load_cells`](Self::load_cells).
    #[inline(always)]
    unsafe fn store_cells(self, left: V, right: V, to: *mut T) {
        let next = to.wrapping_add(V::LANES);
        // SAFETY: the caller's promise.
        unsafe {
            let (cells, more) = left.zip(right);
            match self.masks {
                None => {
                    cells.store(to);
                    more.store(next);
                }
                Some((_, [mask, rest])) => {
                    cells.store_masked(to, mask);
                    more.store_masked(next, rest);
                }
            }
        }
    }

    /// Numbers of the windows.
    #[inline(always)]
    unsafe fn load(self, from: *const T) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            match self.masks {
                None => V::load(from).reorder(),
                Some((mask, _)) => V::load_masked(from, mask).reorder(),
            }
        }
    }

    /// The inverse of [`load`](Self::load).
    #[inline(always)]
    unsafe fn store(self, values: V, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.masks {
                None => values.reorder().store(to),
                Some((mask, _)) => values.reorder().store_masked(to, mask),
            }
        }
    }

    /// Gives the winners of two rows of cells that are `row` apart what is theirs of `delta`, if they are positive or
    /// nobody asks, and `+0` to the others: the usual pool, for which nobody has to know at which offset the winner was.
    #[inline(always)]
    unsafe fn scatter_in_squares(self, row: usize, x: *const T, delta: V, gated: bool, out: *mut T) {
        // SAFETY: the caller's promise.
        unsafe {
            let ([first, second], [third, fourth]) = (self.load_cells(x).into(), self.load_cells(x.add(row)).into());
            let takes_second = first.loses_to(second);
            let winner = V::choose(takes_second, second, first);
            let takes_third = winner.loses_to(third);
            let winner = V::choose(takes_third, third, winner);
            let takes_fourth = winner.loses_to(fourth);
            let delta = if gated { delta.gated_by(V::choose(takes_fourth, fourth, winner)) } else { delta };
            // From the last that took over to the first, as long as nobody has it.
            let zero = V::splat(T::number(0.0));
            let share = |takes: V::Choice, left: V| (V::choose(takes, left, zero), V::choose(takes, zero, left));
            let (fourth, left) = share(takes_fourth, delta);
            let (third, left) = share(takes_third, left);
            let (second, first) = share(takes_second, left);
            self.store_cells(first, second, out);
            self.store_cells(third, fourth, out.add(row));
        }
    }

    /// The winners of two rows of cells that are `row` apart.
    #[inline(always)]
    unsafe fn maxima_of_squares(self, row: usize, x: *const T) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            let ([first, second], [third, fourth]) = (self.load_cells(x).into(), self.load_cells(x.add(row)).into());
            let winner = V::choose(first.loses_to(second), second, first);
            let winner = V::choose(winner.loses_to(third), third, winner);
            V::choose(winner.loses_to(fourth), fourth, winner)
        }
    }

    /// The winners among `height` rows of cells that are `row` apart.
    #[inline(always)]
    unsafe fn winners<const SAME: bool>(self, height: usize, row: usize, x: *const T, v: *const T) -> Winners<V> {
        // SAFETY: the caller's promise.
        unsafe {
            let (mut offset, one) = (V::splat(T::number(0.0)), V::splat(T::number(1.0)));
            let mut winners = None;
            for i in 0..height {
                let (x_left, x_right) = self.load_cells(x.add(i * row));
                let (v_left, v_right) = if SAME { (x_left, x_right) } else { self.load_cells(v.add(i * row)) };
                let left = Winners { x: x_left, v: v_left, offset };
                let right = Winners { x: x_right, v: v_right, offset: offset.add(one) };
                offset = right.offset.add(one);
                winners = Some(winners.map_or(left, |winners: Winners<V>| winners.or(left)).or(right));
            }
            winners.expect("a window has cells")
        }
    }
}

/// The winner in each lane: the cell, the value of `v` there, and its offset in the window, as a number.
#[derive(Clone, Copy)]
struct Winners<V> {
    x: V,
    v: V,
    offset: V,
}

impl<V: Copy> Winners<V> {
    /// Later cells win that are larger, or the first NaN.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`.
    #[inline(always)]
    unsafe fn or<T: Element>(self, rivals: Self) -> Self
    where
        V: Vector<T>,
    {
        // SAFETY: the caller's promise.
        unsafe {
            let loses = self.x.loses_to(rivals.x);
            Self {
                x: V::choose(loses, rivals.x, self.x),
                v: V::choose(loses, rivals.v, self.v),
                offset: V::choose(loses, rivals.offset, self.offset),
            }
        }
    }
}

/// [`Pooling::select`] of planes; `SAME` if `v` is `x`.
pub(super) struct Select<'a, T, const SAME: bool> {
    pub halving: Halving,
    pub x: &'a [T],
    pub v: &'a [T],
    pub out: &'a mut [T],
}

impl<T: Element, const SAME: bool> Body<T> for Select<'_, T, SAME> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { halving, x, v, out } = self;
        // SAFETY: the instruction set of `V` is there; rows of windows lie inside the slices, and
        // whole vectors go beyond them only where there is room.
        unsafe {
            halving.for_each_row([x.len(), out.len()], |cell, window, group: Group<T, V>| {
                for first in halving.groups(V::LANES) {
                    if SAME && halving.height == 2 {
                        let maxima = group.maxima_of_squares(halving.cells, x.as_ptr().add(cell + 2 * first));
                        group.store(maxima, out.as_mut_ptr().add(window + first));
                        continue;
                    }
                    let (x, v) = (x.as_ptr().add(cell + 2 * first), v.as_ptr().add(cell + 2 * first));
                    let winners = group.winners::<SAME>(halving.height, halving.cells, x, v);
                    group.store(winners.v, out.as_mut_ptr().add(window + first));
                }
            });
        }
    }
}

/// [`Pooling::scatter`] of planes.
pub(super) struct Scatter<'a, T> {
    pub halving: Halving,
    pub x: &'a [T],
    pub delta: &'a [T],
    pub gated: bool,
    pub out: &'a mut [T],
}

impl<T: Element> Body<T> for Scatter<'_, T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { halving, x, delta, gated, out } = self;
        let Halving { height, cells, .. } = halving;
        let mut done = 0;
        // SAFETY: as in `Select`.
        unsafe {
            halving.for_each_row([x.len(), delta.len()], |cell, window, group: Group<T, V>| {
                // Rows of no window.
                if done < cell {
                    out[done..cell].fill(T::number(0.0));
                }
                for first in halving.groups(V::LANES) {
                    let x = x.as_ptr().add(cell + 2 * first);
                    let delta = group.load(delta.as_ptr().add(window + first));
                    if height == 2 {
                        group.scatter_in_squares(cells, x, delta, gated, out.as_mut_ptr().add(cell + 2 * first));
                        continue;
                    }
                    let winners = group.winners::<true>(height, cells, x, x);
                    let delta = if gated { delta.gated_by(winners.x) } else { delta };
                    let (zero, one) = (V::splat(T::number(0.0)), V::splat(T::number(1.0)));
                    let mut offset = zero;
                    for i in 0..height {
                        let left = V::choose(winners.offset.equals(offset), delta, zero);
                        offset = offset.add(one);
                        let right = V::choose(winners.offset.equals(offset), delta, zero);
                        offset = offset.add(one);
                        group.store_cells(left, right, out.as_mut_ptr().add(cell + 2 * first + i * cells));
                    }
                }
                done = cell + height * cells;
                if 2 * halving.windows < cells {
                    for i in 0..height {
                        out[cell + i * cells + 2 * halving.windows..cell + (i + 1) * cells].fill(T::number(0.0));
                    }
                }
            });
        }
        out[done..].fill(T::number(0.0));
    }
}
