//! Hyper-parameters that no optimiser has are refused at the caller's line.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use session::optim::schedule::Constant;
use session::optim::{Adam, AdamW, Clipped, RmsProp, Sgd};
use session::prelude::*;

thread_local! {
    /// Where this thread panicked last.
    static PLACE: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

/// Runs what panics and gives its message, file and line.
fn panic_of<R>(run: impl FnOnce() -> R) -> (String, String, u32) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(|location| (location.file().to_owned(), location.line()));
            PLACE.with(|last| *last.borrow_mut() = place);
            before(info);
        }));
    });
    let payload = catch_unwind(AssertUnwindSafe(run)).err().expect("it is refused");
    let (file, line) = PLACE.with(|last| last.borrow_mut().take()).unwrap();
    (*payload.downcast::<String>().expect("a message with numbers"), file, line)
}

/// Checks every message, and gives the lines.
macro_rules! refused {
    ($($run:expr => $message:literal;)*) => {{
        let mut lines = Vec::new();
        $(
            let (message, file, line) = panic_of(|| $run);
            assert_eq!(message, $message);
            assert_eq!(file, file!(), "{message}");
            lines.push(line);
        )*
        lines
    }};
}

type Plain = Sgd<f64>;

#[test]
fn numbers_out_of_range_are_refused_at_the_callers_line() {
    let mut sgd = Plain::new(0.1);
    let mut clipped = Clipped::new(Plain::new(0.1), 1.0);
    let first = line!();
    let lines = refused! {
        Plain::new(-0.1) => "the hyper-parameter rate cannot be -0.1: it is at least 0 and finite";
        Plain::new(f64::NAN) => "the hyper-parameter rate cannot be NaN: it is at least 0 and finite";
        sgd.set_rate(f64::INFINITY) => "the hyper-parameter rate cannot be inf: it is at least 0 and finite";
        sgd.set_momentum(-1.0) => "the hyper-parameter momentum cannot be -1: it is at least 0 and finite";
        Plain::new(0.1).momentum(f64::NAN) => "the hyper-parameter momentum cannot be NaN: it is at least 0 and finite";
        Plain::new(0.1).weight_decay(-1.0) => "the hyper-parameter weight_decay cannot be -1: it is at least 0 and finite";
        sgd.follow(&Constant(-2.0)) => "the schedule gives step 0 the learning rate -2";
        Adam::<f32>::new(-1.0) => "the hyper-parameter rate cannot be -1: it is at least 0 and finite";
        Adam::<f32>::new(0.1).betas(1.0, 0.9) => "the hyper-parameter beta1 cannot be 1: it is at least 0 and below 1";
        AdamW::<f32>::new(0.1).betas(0.9, -0.1) => "the hyper-parameter beta2 cannot be -0.1: it is at least 0 and below 1";
        AdamW::<f32>::new(0.1).eps(f64::NAN) => "the hyper-parameter eps cannot be NaN: it is at least 0 and finite";
        AdamW::<f32>::new(0.1).weight_decay(-0.1) => "the hyper-parameter weight_decay cannot be -0.1: it is at least 0 and finite";
        Adam::<f32>::new(0.1).set_rate(-1.0) => "the hyper-parameter rate cannot be -1: it is at least 0 and finite";
        RmsProp::<f32>::new(0.1).alpha(1.5) => "the hyper-parameter alpha cannot be 1.5: it is at least 0 and below 1";
        RmsProp::<f32>::new(0.1).eps(-1.0) => "the hyper-parameter eps cannot be -1: it is at least 0 and finite";
        RmsProp::<f32>::new(0.1).momentum(-1.0) => "the hyper-parameter momentum cannot be -1: it is at least 0 and finite";
        RmsProp::<f32>::new(0.1).weight_decay(-1.0) => "the hyper-parameter weight_decay cannot be -1: it is at least 0 and finite";
        RmsProp::<f32>::new(0.1).set_rate(f64::NAN) => "the hyper-parameter rate cannot be NaN: it is at least 0 and finite";
        Clipped::new(Plain::new(0.1), -1.0) => "the hyper-parameter max_norm cannot be -1: it is at least 0 and finite";
        clipped.set_max_norm(f64::NAN) => "the hyper-parameter max_norm cannot be NaN: it is at least 0 and finite";
        clipped.follow(&Constant(f64::NAN)) => "the schedule gives step 0 the learning rate NaN";
    };
    // Each of them is written on a line of its own.
    let last = line!();
    assert!(lines.is_sorted_by(|a, b| a < b) && lines[0] > first && lines[lines.len() - 1] < last, "{lines:?}");
    assert_eq!((sgd.rate(), clipped.optimizer().rate()), (0.1, 0.1), "what is refused changes nothing");
}
