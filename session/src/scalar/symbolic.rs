//! Both scalars of the checks as one type: what runs with it is compiled once for the two.

use std::cell::Cell;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::{Dual, Fingerprint, PrimeField, Scalar, Symbol, sealed};

/// A fingerprint, or a number of the prime field with its tangent: which of the two, the thread [knows](Kind::compute)
/// that computes with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Symbolic {
    words: [u64; 2],
    /// To find a check that mixes them: as a check is of one kind throughout, not for programs that are optimised.
    #[cfg(debug_assertions)]
    kind: Kind,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Fingerprint,
    Pair,
}

thread_local! {
    static KIND: Cell<Option<Kind>> = const { Cell::new(None) };
}

impl Kind {
    /// Computes with this kind, on this thread.
    ///
    /// # Panics
    /// If the thread computes with the other kind.
    pub(crate) fn compute<R>(self, compute: impl FnOnce() -> R) -> R {
        /// Goes back to the kind before, also if `compute` panics.
        struct Before(Option<Kind>);
        impl Drop for Before {
            fn drop(&mut self) {
                KIND.set(self.0);
            }
        }
        let before = Before(KIND.replace(Some(self)));
        assert!(before.0.is_none_or(|kind| kind == self), "a thread computes with one kind of symbolic numbers");
        compute()
    }

    /// Computes both at once, each with this kind: the first on a thread of its own.
    pub(crate) fn compute_both<A: Send, B>(
        self,
        first: impl FnOnce() -> A + Send,
        second: impl FnOnce() -> B,
    ) -> (A, B) {
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| self.compute(first));
            let second = self.compute(second);
            (first.join(), second)
        });
        (first.unwrap_or_else(|payload| std::panic::resume_unwind(payload)), second)
    }

    #[inline(always)]
    fn current() -> Self {
        KIND.get().expect("literals and variables have the kind that their thread computes with")
    }
}

impl Symbolic {
    #[inline]
    fn of(kind: Kind, words: [u64; 2]) -> Self {
        let _ = kind;
        Self {
            words,
            #[cfg(debug_assertions)]
            kind,
        }
    }

    #[inline(always)]
    fn words(self, kind: Kind) -> [u64; 2] {
        let _ = kind;
        #[cfg(debug_assertions)]
        assert_eq!(self.kind, kind, "fingerprints and numbers of the prime field do not mix");
        // Each for itself: copied as one they went over the stack, and a check took twice the time.
        let [first, second] = self.words;
        [first, second]
    }

    /// The fingerprint that it is.
    #[inline(always)]
    pub(crate) fn fingerprint(self) -> Fingerprint {
        Fingerprint::from_words(self.words(Kind::Fingerprint))
    }

    /// The number with its tangent that it is.
    #[inline(always)]
    pub(crate) fn pair(self) -> Dual<PrimeField> {
        let [value, tangent] = self.words(Kind::Pair).map(PrimeField::from_word);
        Dual { value, tangent }
    }
}

impl From<Fingerprint> for Symbolic {
    #[inline]
    fn from(fingerprint: Fingerprint) -> Self {
        Self::of(Kind::Fingerprint, fingerprint.words())
    }
}

impl From<Dual<PrimeField>> for Symbolic {
    #[inline]
    fn from(Dual { value, tangent }: Dual<PrimeField>) -> Self {
        Self::of(Kind::Pair, [value, tangent].map(PrimeField::word))
    }
}

/// A function of operands that are all of one kind, and of plain numbers.
macro_rules! of_one_kind {
    ($function:path: $($operand:expr),+ $(; $number:expr)?) => {
        match Kind::current() {
            Kind::Fingerprint => Fingerprint::into($function($($operand.fingerprint(),)+ $($number)?)),
            Kind::Pair => Dual::into($function($($operand.pair(),)+ $($number)?)),
        }
    };
}

impl Symbol for Symbolic {
    fn variable(number: usize) -> Self {
        match Kind::current() {
            Kind::Fingerprint => Fingerprint::variable(number).into(),
            Kind::Pair => Dual { value: PrimeField::variable(number), tangent: PrimeField::literal(0.0) }.into(),
        }
    }
}

impl sealed::Sealed for Symbolic {}

macro_rules! operators {
    ($($operator:ident $method:ident;)*) => {$(
        impl $operator for Symbolic {
            type Output = Self;
            #[inline(never)]
            fn $method(self, other: Self) -> Self {
                of_one_kind!($operator::$method: self, other)
            }
        }
    )*};
}

operators! {
    Add add;
    Sub sub;
    Mul mul;
    Div div;
}

impl Neg for Symbolic {
    type Output = Self;
    #[inline(never)]
    fn neg(self) -> Self {
        of_one_kind!(Neg::neg: self)
    }
}

macro_rules! functions {
    ($($function:ident)*) => {$(
        #[inline(never)]
        fn $function(self) -> Self {
            of_one_kind!(Scalar::$function: self)
        }
    )*};
}

impl Scalar for Symbolic {
    #[inline(never)]
    fn literal(value: f64) -> Self {
        match Kind::current() {
            Kind::Fingerprint => Fingerprint::literal(value).into(),
            Kind::Pair => Dual::<PrimeField>::literal(value).into(),
        }
    }

    #[inline(never)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        of_one_kind!(Scalar::mul_add: self, factor, addend)
    }

    /// The time of a check is made of these: a chain asks once of which kind it is.
    #[inline(always)]
    fn chain<'a>(self, products: impl Iterator<Item = (&'a Self, &'a Self)>) -> Self {
        match Kind::current() {
            Kind::Fingerprint => {
                let add = |sum, (a, b): (&Self, &Self)| a.fingerprint().mul_add(b.fingerprint(), sum);
                products.fold(self.fingerprint(), add).into()
            }
            Kind::Pair => products.fold(self.pair(), |sum, (a, b)| a.pair().mul_add(b.pair(), sum)).into(),
        }
    }

    functions! { sqrt exp ln sin cos tanh sigmoid softplus erf }

    #[inline(never)]
    fn pow(self, exponent: f64) -> Self {
        of_one_kind!(Scalar::pow: self; exponent)
    }

    #[inline(never)]
    fn maximum(self, other: Self) -> Self {
        of_one_kind!(Scalar::maximum: self, other)
    }

    #[inline(never)]
    fn minimum(self, other: Self) -> Self {
        of_one_kind!(Scalar::minimum: self, other)
    }

    #[inline(never)]
    fn carry(self, other: Self) -> Self {
        of_one_kind!(Scalar::carry: self, other)
    }

    #[inline(never)]
    fn select_gt(a: Self, b: Self, x: Self, y: Self) -> Self {
        of_one_kind!(Scalar::select_gt: a, b, x, y)
    }

    #[inline(never)]
    fn select_nan(a: Self, x: Self, y: Self) -> Self {
        of_one_kind!(Scalar::select_nan: a, x, y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expressions<S: Symbol>() -> Vec<S> {
        let [x, y, z] = [0, 1, 2].map(S::variable);
        let functions = [x.sqrt(), x.exp(), x.ln(), x.sin(), x.cos(), x.tanh(), x.sigmoid(), x.softplus(), x.erf()];
        let selected = S::select_nan(x.carry(y), S::select_gt(x, y, z, -x), x.maximum(y).minimum(z));
        let sum = x.mul_add(y, S::literal(0.5)) - z / y;
        let chain = z.chain([(&x, &y), (&y, &x)].into_iter());
        functions.into_iter().chain([selected, sum.pow(1.5) + x * y, chain]).collect()
    }

    fn pair() -> Symbolic {
        Dual { value: PrimeField::variable(0), tangent: PrimeField::variable(1) }.into()
    }

    #[test]
    fn it_computes_as_what_it_is() {
        let found = Kind::Fingerprint.compute(expressions::<Symbolic>);
        assert_eq!(found.into_iter().map(Symbolic::fingerprint).collect::<Vec<_>>(), expressions::<Fingerprint>());
        let found = Kind::Pair.compute(expressions::<Symbolic>);
        let values: Vec<_> = found.into_iter().map(|number| number.pair().value).collect();
        assert_eq!(values, expressions::<PrimeField>());
        let power = Kind::Pair.compute(|| pair().pow(2.0)).pair();
        assert_eq!(power, Scalar::pow(pair().pair(), 2.0));
    }

    #[test]
    fn both_threads_compute_with_it() {
        let sum = || Symbolic::variable(0) + Symbolic::literal(1.0);
        let (one, other) = Kind::Fingerprint.compute_both(sum, sum);
        assert_eq!(one, other);
        assert!(KIND.get().is_none());
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "do not mix")]
    fn one_of_each() {
        Kind::Fingerprint.compute(|| Symbolic::literal(1.0) + pair());
    }

    #[test]
    #[should_panic(expected = "computes with one kind")]
    fn one_kind_inside_the_other() {
        Kind::Fingerprint.compute(|| Kind::Pair.compute(pair));
    }

    #[test]
    #[should_panic(expected = "the kind that their thread computes with")]
    fn no_kind() {
        Symbolic::literal(1.0);
    }
}
