//! What becomes of each element of a result before it is left.

use super::vector::{Body, Element, MAX_LANES, Vector};

/// A function that a product applies to its results, with their bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `+0` in the place of what is neither positive nor NaN.
    Relu,
    /// The hyperbolic tangent.
    Tanh,
    /// `1 / (1 + e^-x)`.
    Sigmoid,
}

impl Activation {
    /// The values of vectors.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`.
    #[inline(always)]
    pub(super) unsafe fn of<T: Element, V: Vector<T>, const N: usize>(self, mut vectors: [V; N]) -> [V; N] {
        // One loop for each, so that the vectors stay in registers.
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Self::Relu => {
                    for x in &mut vectors {
                        *x = x.gated_by(*x);
                    }
                }
                Self::Tanh => {
                    for x in &mut vectors {
                        *x = lane_by_lane(*x, T::hyperbolic_tangent);
                    }
                }
                Self::Sigmoid => {
                    for x in &mut vectors {
                        *x = lane_by_lane(*x, T::logistic);
                    }
                }
            }
        }
        vectors
    }
}

/// The compiler makes vectors of it again.
#[inline(always)]
unsafe fn lane_by_lane<T: Element, V: Vector<T>>(x: V, function: impl Fn(T) -> T) -> V {
    let mut lanes = [T::number(0.0); MAX_LANES];
    // SAFETY: a vector has no more lanes.
    unsafe {
        x.store(lanes.as_mut_ptr());
        for lane in &mut lanes[..V::LANES] {
            *lane = function(*lane);
        }
        V::load(lanes.as_ptr())
    }
}

/// The values of rows in their place, which are so far apart.
pub(super) struct Rows<T> {
    pub activation: Activation,
    pub rows: usize,
    pub columns: usize,
    pub c: *mut T,
    pub row: usize,
}

impl<T: Element> Body<T> for Rows<T> {
    type Output = ();
    const WIDEST: bool = true;

    /// # Safety
    /// The rows are valid.
    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { activation, rows, columns, c, row } = self;
        let whole = columns - columns % V::LANES;
        // SAFETY: the caller's promise.
        unsafe {
            let mask = V::mask(columns - whole);
            for i in 0..rows {
                let c = c.add(i * row);
                for j in (0..whole).step_by(V::LANES) {
                    let [values] = activation.of([V::load(c.add(j))]);
                    values.store(c.add(j));
                }
                if whole < columns {
                    let [values] = activation.of([V::load_masked(c.add(whole), mask)]);
                    values.store_masked(c.add(whole), mask);
                }
            }
        }
    }
}
