//! Symbolic terms: two evaluations that give the same term compute the same expression.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::{Scalar, Symbol, sealed};
use crate::ir::Literal;

/// An expression, stored once: equal terms are equal expressions, operation by operation.
///
/// For small graphs: every distinct subterm is kept until its thread ends, which a term cannot leave.
///
/// ```
/// use session::scalar::{Scalar, Symbol, Term};
///
/// let (x, y) = (Term::variable(0), Term::variable(1));
/// assert_eq!(x * y, x * y);
/// assert_ne!(x * y, y * x);
/// assert_eq!((x * y + Term::literal(1.0)).to_string(), "(+ (* x0 x1) 1)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Term(u32, PhantomData<*const ()>);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    Variable(usize),
    Literal(Literal),
    /// A function applied to as many terms as it takes; the rest repeat the last.
    Apply(&'static str, usize, [Term; 4]),
    Power(Term, Literal),
}

#[derive(Default)]
struct Terms {
    forms: Vec<Form>,
    known: HashMap<Form, Term>,
}

thread_local! {
    static TERMS: RefCell<Terms> = RefCell::default();
}

impl Term {
    fn print(self, f: &mut fmt::Formatter<'_>, depth: Option<usize>) -> fmt::Result {
        let (head, operands) = self.parts();
        if operands.is_empty() {
            return f.write_str(&head);
        }
        if depth == Some(0) {
            return f.write_str("..");
        }
        write!(f, "({head}")?;
        for operand in operands {
            f.write_str(" ")?;
            operand.print(f, depth.map(|depth| depth - 1))?;
        }
        f.write_str(")")
    }

    /// The outermost operation and the terms that it is applied to; a variable or a number is applied to nothing.
    ///
    /// As text a term takes room for every path to a subterm: by its parts, each subterm is seen once.
    ///
    /// ```
    /// use session::scalar::{Scalar, Symbol, Term};
    ///
    /// let x = Term::variable(0);
    /// assert_eq!((x * x).parts(), ("*".to_owned(), vec![x, x]));
    /// assert_eq!(x.pow(2.0).parts(), ("pow".to_owned(), vec![x, Term::literal(2.0)]));
    /// assert_eq!(x.parts(), ("x0".to_owned(), vec![]));
    /// ```
    pub fn parts(self) -> (String, Vec<Self>) {
        let form = TERMS.with_borrow(|terms| terms.forms.get(self.0 as usize).copied());
        match form {
            Some(Form::Variable(number)) => (format!("x{number}"), Vec::new()),
            Some(Form::Literal(value)) => (value.to_string(), Vec::new()),
            Some(Form::Power(base, exponent)) => ("pow".to_owned(), vec![base, Self::of(Form::Literal(exponent))]),
            Some(Form::Apply(function, count, operands)) => (function.to_owned(), operands[..count].to_vec()),
            None => ("a term of another thread".to_owned(), Vec::new()),
        }
    }

    fn of(form: Form) -> Self {
        TERMS.with_borrow_mut(|terms| {
            let Terms { forms, known } = terms;
            *known.entry(form).or_insert_with(|| {
                forms.push(form);
                Self(forms.len() as u32 - 1, PhantomData)
            })
        })
    }

    /// Where two terms part: the smallest subterms that differ, if everything around them is the same.
    pub(crate) fn parting(mut a: Self, mut b: Self) -> (Self, Self) {
        loop {
            let ((head, x), (other, y)) = (a.parts(), b.parts());
            let mut differing = x.iter().zip(&y).filter(|(x, y)| x != y);
            match (differing.next(), differing.next()) {
                (Some((&x, &y)), None) if head == other => (a, b) = (x, y),
                _ => return (a, b),
            }
        }
    }

    fn apply<const N: usize>(function: &'static str, operands: [Self; N]) -> Self {
        let mut padded = [operands[N - 1]; _];
        padded[..N].copy_from_slice(&operands);
        Self::of(Form::Apply(function, N, padded))
    }
}

/// The precision is the number of operations inside each other that are printed: deeper ones are `..`.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(f, f.precision())
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Symbol for Term {
    fn variable(number: usize) -> Self {
        Self::of(Form::Variable(number))
    }
}

impl sealed::Sealed for Term {}

macro_rules! operators {
    ($($operator:ident $method:ident $symbol:literal;)*) => {$(
        impl $operator for Term {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self::apply($symbol, [self, other])
            }
        }
    )*};
}

operators! {
    Add add "+";
    Sub sub "-";
    Mul mul "*";
    Div div "/";
}

impl Neg for Term {
    type Output = Self;
    fn neg(self) -> Self {
        Self::apply("neg", [self])
    }
}

macro_rules! functions {
    ($($function:ident)*) => {$(
        fn $function(self) -> Self {
            Self::apply(stringify!($function), [self])
        }
    )*};
}

impl Scalar for Term {
    fn literal(value: f64) -> Self {
        Self::of(Form::Literal(Literal::new(value)))
    }

    functions! { sqrt exp ln sin cos tanh sigmoid softplus erf }

    fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self::apply("mul_add", [self, factor, addend])
    }

    fn pow(self, exponent: f64) -> Self {
        Self::of(Form::Power(self, Literal::new(exponent)))
    }

    fn maximum(self, other: Self) -> Self {
        Self::apply("maximum", [self, other])
    }

    fn minimum(self, other: Self) -> Self {
        Self::apply("minimum", [self, other])
    }

    fn carry(self, _: Self) -> Self {
        self
    }

    fn select_gt(a: Self, b: Self, x: Self, y: Self) -> Self {
        Self::apply("select_gt", [a, b, x, y])
    }

    fn select_nan(a: Self, x: Self, y: Self) -> Self {
        Self::apply("select_nan", [a, x, y])
    }
}
