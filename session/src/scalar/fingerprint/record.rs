//! What fingerprints stand for, noted while they are made: where two differ, the terms say how.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::{Fingerprint, Head};
use crate::scalar::{Scalar, Symbol, Term};

/// The number of threads that note.
static RECORDING: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Copy)]
struct Form {
    head: Head,
    count: usize,
    operands: [[u64; 2]; 4],
}

thread_local! {
    static FORMS: RefCell<Option<HashMap<Fingerprint, Form>>> = const { RefCell::new(None) };
}

/// Whether any thread notes.
#[inline(always)]
pub(super) fn is_on() -> bool {
    RECORDING.load(Relaxed) > 0
}

#[cold]
pub(super) fn note(fingerprint: Fingerprint, head: Head, given: &[[u64; 2]]) {
    FORMS.with_borrow_mut(|forms| {
        if let Some(forms) = forms {
            let mut operands = [[0; 2]; 4];
            operands[..given.len()].copy_from_slice(given);
            forms.insert(fingerprint, Form { head, count: given.len(), operands });
        }
    });
}

/// Notes what fingerprints stand for while `compute` makes them, on this thread, and gives the terms behind two of
/// them, if it gives two. Terms last as long as their thread.
pub(crate) fn recorded<R>(compute: impl FnOnce() -> (R, Option<[Fingerprint; 2]>)) -> (R, Option<[Term; 2]>) {
    /// Stops noting, also if `compute` panics.
    struct Stop;
    impl Drop for Stop {
        fn drop(&mut self) {
            RECORDING.fetch_sub(1, Relaxed);
            FORMS.set(None);
        }
    }
    FORMS.set(Some(HashMap::new()));
    RECORDING.fetch_add(1, Relaxed);
    let stop = Stop;
    let (result, pair) = compute();
    let forms = FORMS.take().unwrap_or_default();
    drop(stop);
    let mut known = HashMap::new();
    (result, pair.map(|pair| pair.map(|fingerprint| term(fingerprint, &forms, &mut known))))
}

/// The term behind a fingerprint. Without recursion: a chain can be as deep as a sum is long.
fn term(wanted: Fingerprint, forms: &HashMap<Fingerprint, Form>, known: &mut HashMap<Fingerprint, Term>) -> Term {
    let mut waiting = vec![wanted];
    while let Some(&next) = waiting.last() {
        let form = forms[&next];
        let missing = form.inner().filter(|operand| !known.contains_key(operand));
        let before = waiting.len();
        waiting.extend(missing);
        if waiting.len() == before {
            let operands: Vec<Term> = form.inner().map(|operand| known[&operand]).collect();
            known.insert(next, form.of(&operands));
            waiting.pop();
        }
    }
    known[&wanted]
}

impl Form {
    /// The operands that are expressions.
    fn inner(&self) -> impl Iterator<Item = Fingerprint> + '_ {
        let count = match self.head {
            Head::Variable | Head::Literal => 0,
            Head::Pow => 1,
            _ => self.count,
        };
        self.operands[..count].iter().map(|&words| Fingerprint(words))
    }

    /// The term of these operands.
    fn of(&self, x: &[Term]) -> Term {
        let number = |index: usize| f64::from_bits(self.operands[index][0]);
        match self.head {
            Head::Variable => Term::variable(self.operands[0][0] as usize),
            Head::Literal => Term::literal(number(0)),
            Head::Add => x[0] + x[1],
            Head::Sub => x[0] - x[1],
            Head::Mul => x[0] * x[1],
            Head::Div => x[0] / x[1],
            Head::Neg => -x[0],
            Head::MulAdd => x[0].mul_add(x[1], x[2]),
            Head::Sqrt => x[0].sqrt(),
            Head::Exp => x[0].exp(),
            Head::Ln => x[0].ln(),
            Head::Sin => x[0].sin(),
            Head::Cos => x[0].cos(),
            Head::Tanh => x[0].tanh(),
            Head::Sigmoid => x[0].sigmoid(),
            Head::Softplus => x[0].softplus(),
            Head::Erf => x[0].erf(),
            Head::Pow => x[0].pow(number(1)),
            Head::Maximum => x[0].maximum(x[1]),
            Head::Minimum => x[0].minimum(x[1]),
            Head::SelectGt => Term::select_gt(x[0], x[1], x[2], x[3]),
            Head::SelectNan => Term::select_nan(x[0], x[1], x[2]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expressions<S: Symbol>() -> Vec<S> {
        let [x, y, z] = [0, 1, 2].map(S::variable);
        let sum = x.mul_add(y, S::literal(0.5)) - z / y;
        let functions = [x.sqrt(), x.exp(), x.ln(), x.sin(), x.cos(), x.tanh(), x.sigmoid(), x.softplus(), x.erf()];
        let selected = S::select_nan(sum, S::select_gt(x, y, z, -sum), x.maximum(y).minimum(z));
        functions.into_iter().chain([selected, sum.pow(1.5) + x * y, S::literal(-0.0)]).collect()
    }

    #[test]
    fn terms_come_back() {
        for (index, expected) in expressions::<Term>().into_iter().enumerate() {
            let ((), terms) = recorded(|| {
                let fingerprints = expressions::<Fingerprint>();
                ((), Some([fingerprints[index], fingerprints[0]]))
            });
            assert_eq!(terms.map(|[term, _]| term), Some(expected));
        }
    }

    #[test]
    fn long_chains() {
        let ((), terms) = recorded(|| {
            let mut sum = Fingerprint::literal(0.0);
            for number in 0..300_000 {
                sum = sum + Fingerprint::variable(number);
            }
            ((), Some([sum, sum]))
        });
        let [one, other] = terms.expect("there are terms");
        assert_eq!(one, other);
    }
}
