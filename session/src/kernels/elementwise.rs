//! Functions applied element by element.
//!
//! Some lines are for operations that are still to come; the tests cover them all.
//!
//! A function is a line in the table below: [`map`] does the rest. Functions use only the
//! operations of [`Scalar`](crate::scalar::Scalar), so they are what the definition computes.

use std::hint::black_box;

use super::Processor;
use super::vector::{Body, Element, Vector};

/// A function of `N` numbers, compiled into the loop over them.
pub trait Function<T, const N: usize>: Copy + Sync {
    /// Its value. Implementations are `#[inline(always)]`.
    fn at(self, arguments: [T; N]) -> T;
    /// Roughly the nanoseconds that 16 values take, to decide how many threads are worth it.
    const COST: usize;
}

/// `out[i] = function(inputs[0][i], inputs[1][i], ..)`.
///
/// # Panics
/// If the lengths differ.
pub fn map<T: Element, const N: usize, F: Function<T, N>>(
    processor: &Processor,
    function: F,
    inputs: [&[T]; N],
    out: &mut [T],
) {
    for input in inputs {
        assert_eq!(input.len(), out.len(), "input and output of an elementwise kernel");
    }
    let length = out.len();
    let parts = processor.threads.split(length, 20_000 * 16 / F::COST);
    processor.threads.for_each_rows(parts, length, out, &mut [], |range, out, _| {
        let inputs = inputs.map(|input| &input[range.clone()]);
        processor.instruction_set.run(Loop { function, inputs, out });
    });
}

struct Loop<'a, T, F, const N: usize> {
    function: F,
    inputs: [&'a [T]; N],
    out: &'a mut [T],
}

impl<T: Element, F: Function<T, N>, const N: usize> Body<T> for Loop<'_, T, F, N> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        apply(self.function, self.inputs, self.out);
    }
}

/// The number of elements computed together: the last ones are filled up, so that short tensors
/// and remainders run on vectors too.
const CHUNK: usize = 16;

/// The loop of [`map`], to be inlined into code compiled for an instruction set.
#[inline(always)]
pub(super) fn apply<T: Element, const N: usize, F: Function<T, N>>(function: F, inputs: [&[T]; N], out: &mut [T]) {
    let inputs = inputs.map(|input| input[..out.len()].as_ptr());
    // SAFETY: all slices have the length of `out`.
    unsafe { chunks(function, inputs, out.as_mut_ptr(), out.len()) }
}

/// The loop of [`map`] with one input that is also the output.
#[inline(always)]
pub(super) fn apply_in_place<T: Element, F: Function<T, 1>>(function: F, values: &mut [T]) {
    // SAFETY: input and output are the same slice.
    unsafe { chunks(function, [values.as_ptr()], values.as_mut_ptr(), values.len()) }
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
    // A step that the compiler does not know: else it tries to vectorise this loop too, over the
    // one in `chunk`, with gathers.
    let step = black_box(CHUNK);
    let mut start = 0;
    while start + CHUNK <= length {
        // SAFETY: the chunk is inside all slices; an array has the alignment of its element.
        unsafe {
            let values = chunk(function, inputs.map(|input| input.add(start).cast::<[T; CHUNK]>().read()));
            out.add(start).cast::<[T; CHUNK]>().write(values);
        }
        start += step;
    }
    if start < length {
        let rest = length - start;
        // SAFETY: `rest` elements are left in all slices, and fit the arrays.
        unsafe {
            let values = chunk(
                function,
                inputs.map(|input| {
                    let mut values = [T::literal(0.0); CHUNK];
                    values.as_mut_ptr().copy_from_nonoverlapping(input.add(start), rest);
                    values
                }),
            );
            out.add(start).copy_from_nonoverlapping(values.as_ptr(), rest);
        }
    }
}

#[inline(always)]
fn chunk<T: Element, const N: usize, F: Function<T, N>>(function: F, inputs: [[T; CHUNK]; N]) -> [T; CHUNK] {
    let mut values = [T::literal(0.0); CHUNK];
    for i in 0..CHUNK {
        let mut arguments = [T::literal(0.0); N];
        for (argument, input) in arguments.iter_mut().zip(&inputs) {
            *argument = input[i];
        }
        values[i] = function.at(arguments);
    }
    values
}

macro_rules! functions {
    ($(#[$doc:meta] $name:ident $([$($parameter:ident),+])? ($($argument:ident),+) of $count:literal at $cost:literal = $value:expr;)*) => {$(
        functions!(@type #[$doc] $name $([$($parameter),+])?);
        impl<T: Element> Function<T, $count> for functions!(@name $name $([$($parameter),+])?) {
            const COST: usize = $cost;
            #[inline(always)]
            fn at(self, [$($argument),+]: [T; $count]) -> T {
                $(let Self { $($parameter),+ } = self;)?
                $value
            }
        }
    )*};
    (@type #[$doc:meta] $name:ident) => {
        #[$doc]
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
    };
    (@type #[$doc:meta] $name:ident [$($parameter:ident),+]) => {
        #[$doc]
        #[derive(Clone, Copy, Debug)]
        pub struct $name<T> {
            $(
                #[doc = concat!("The number `", stringify!($parameter), "` of the formula.")]
                pub $parameter: T,
            )+
        }
    };
    (@name $name:ident) => { $name };
    (@name $name:ident [$($parameter:ident),+]) => { $name<T> };
}

/// `value` where `x > 0` or `x` is NaN, else `+0`.
#[inline(always)]
pub(super) fn gate<T: Element>(x: T, value: T) -> T {
    let zero = T::literal(0.0);
    T::select_nan(x, value, T::select_gt(x, zero, value, zero))
}

functions! {
    /// `-x`
    Neg(x) of 1 at 2 = -x;
    /// `|x|`
    Abs(x) of 1 at 3 = x.maximum(-x);
    /// `x` where it is positive or NaN, else `+0`.
    Relu(x) of 1 at 2 = gate(x, x);
    /// `sqrt(x)`
    Sqrt(x) of 1 at 6 = x.sqrt();
    /// `exp(x)`
    Exp(x) of 1 at 8 = x.exp();
    /// `ln(x)`
    Ln(x) of 1 at 10 = x.ln();
    /// `sin(x)`
    Sin(x) of 1 at 10 = x.sin();
    /// `cos(x)`
    Cos(x) of 1 at 10 = x.cos();
    /// `tanh(x)`
    Tanh(x) of 1 at 12 = x.tanh();
    /// `1 / (1 + exp(-x))`
    Sigmoid(x) of 1 at 12 = x.sigmoid();
    /// `max(x, 0) + ln(1 + exp(-|x|))`
    Softplus(x) of 1 at 16 = x.softplus();
    /// `erf(x)`
    Erf(x) of 1 at 16 = x.erf();
    /// `x * c`
    Scale[c](x) of 1 at 2 = x * c;
    /// `x + c`
    AddScalar[c](x) of 1 at 2 = x + c;
    /// `c - x`
    ScalarSub[c](x) of 1 at 2 = c - x;
    /// `c / x`
    ScalarDiv[c](x) of 1 at 6 = c / x;
    /// `x / c`
    DivScalar[c](x) of 1 at 6 = x / c;
    /// `exp(x - c)`
    ExpSub[c](x) of 1 at 8 = (x - c).exp();
    /// `x + y`
    Add(x, y) of 2 at 3 = x + y;
    /// `x - y`
    Sub(x, y) of 2 at 3 = x - y;
    /// `x * y`
    Mul(x, y) of 2 at 3 = x * y;
    /// `x / y`
    Div(x, y) of 2 at 6 = x / y;
    /// IEEE 754-2019 maximum.
    Maximum(x, y) of 2 at 4 = x.maximum(y);
    /// IEEE 754-2019 minimum.
    Minimum(x, y) of 2 at 4 = x.minimum(y);
    /// `y` where `x > 0` or `x` is NaN, else `+0`: the gradient `y` through the relu of `x`.
    Gate(x, y) of 2 at 3 = gate(x, y);
    /// `alpha * x + y`, rounded once.
    Axpy[alpha](x, y) of 2 at 3 = alpha.mul_add(x, y);
    /// `x * y + z`, rounded once.
    MulAdd(x, y, z) of 3 at 4 = x.mul_add(y, z);
    /// `x` if `a > b`, else `y`.
    SelectGt(a, b, x, y) of 4 at 5 = T::select_gt(a, b, x, y);
    /// `x` if `a` is NaN, else `y`.
    SelectNan(a, x, y) of 3 at 4 = T::select_nan(a, x, y);
}
