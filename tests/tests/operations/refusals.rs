//! What a typed method refuses at run time: numbers that do not fit, and stale refs.

use std::sync::{Arc, Mutex};

use super::*;

/// One message: the operation that was called, the shapes of its operands, the node, the rule.
#[test]
fn a_rule_names_the_composite_operation_and_records_nothing() {
    let s = session();
    let x = s.input(randn::<shape![2, 4, 4]>(1)).unwrap();
    let (c, e) = (s.input(randn::<shape![2]>(2)).unwrap(), s.input(randn::<shape![4]>(3)).unwrap());
    let pixel = s.input(randn::<shape![2, 1, 1]>(4)).unwrap();
    let empty = s.input(Tensor::<f64, shape![3, 0]>::zeros()).unwrap();
    s.relu(x);
    let before = (s.graph(), s.snapshot().naturals);
    let (image, channels) = ("[2, 4, 4]", "[2]");
    let kernel = Kernel::<2, 2>;
    macro_rules! check {
        ($($call:expr, $name:literal of [$($shape:expr),*]: $rule:literal;)*) => {$({
            let message = refusal(|| $call);
            let shapes = [$($shape),*].join(" and ");
            assert_eq!(message, format!("node %6: {} of {shapes}: {}", $name, $rule));
            assert_eq!((s.graph(), s.snapshot().naturals), before, "nothing is recorded");
        })*};
    }
    check! {
        s.smooth_max_pool2d(x, kernel, Stride::<2>, 0.0), "smooth_max_pool2d" of [image]:
            "beta must be finite and not 0, not 0";
        s.smooth_max_pool(x, dims![2, 2], dims![1, 1], dims![1, 1], f64::NAN), "smooth_max_pool" of [image]:
            "beta must be finite and not 0, not NaN";
        s.huber_loss(x, x, -1.0), "huber_loss" of [image, image]: "delta must be positive, not -1";
        s.huber_loss(x, x, f64::INFINITY), "huber_loss" of [image, image]: "delta must be finite, not inf";
        s.layer_norm_eps(x, e, e, -1.0), "layer_norm" of [image, "[4]", "[4]"]:
            "eps must be finite and not negative, not -1";
        s.rms_norm_eps(x, e, f64::NAN), "rms_norm" of [image, "[4]"]: "eps must be finite and not negative, not NaN";
        s.batch_norm_eps(x, c, c, -1.0), "batch_norm" of [image, channels, channels]:
            "eps must be finite and not negative, not -1";
        s.batch_norm_eval_eps(x, c, c, c, c, -1.0), "batch_norm_eval"
            of [image, channels, channels, channels, channels]:
            "eps must be finite and not negative, not -1";
        s.group_norm_eps(x, Groups::<2>, e, e, -1.0), "group_norm" of [image, "[4]", "[4]"]:
            "eps must be finite and not negative, not -1";
        s.batch_norm_train(x, c, c, c, c, 1.5), "batch_norm_train" of [image, channels, channels, channels, channels]:
            "the momentum must be from 0 to 1, not 1.5";
        s.batch_norm_train(pixel, c, c, c, c, 0.1), "batch_norm_train"
            of ["[2, 1, 1]", channels, channels, channels, channels]:
            "the variance of a channel needs at least two elements";
        s.min_axis(empty, Axis::<1>), "min_axis" of ["[3, 0]"]: "axis 1 is empty: it has no largest element";
    }
    let y = s.neg(x);
    assert_eq!(s.value(y).unwrap(), randn::<shape![2, 4, 4]>(1).map(|x| -x), "it goes on");
}

/// A ref of another recording is refused where the method was called, whatever stands at its place.
#[test]
fn stale_operands_of_composite_methods_panic_at_the_callers_line() {
    let (s, other) = (session(), session());
    let x = s.input(randn::<shape![2, 4, 4]>(1)).unwrap();
    let (e, c) = (s.input(randn::<shape![4]>(2)).unwrap(), s.input(randn::<shape![2]>(2)).unwrap());
    let (w, f) = (s.input(randn::<shape![4, 4]>(3)).unwrap(), s.input(randn::<shape![2, 2, 1, 1]>(4)).unwrap());
    // The same of another recording.
    let y = other.input(randn::<shape![2, 4, 4]>(1)).unwrap();
    let (d, b) = (other.input(randn::<shape![4]>(2)).unwrap(), other.input(randn::<shape![2]>(2)).unwrap());
    let v = other.input(randn::<shape![4, 4]>(3)).unwrap();
    let (i, j) = (other.input_nat(0).unwrap(), other.input_nats::<shape![2, 4]>(&[0; 8]).unwrap());
    let (two, one, none) = (Heads::<2>, Stride::<1>, None::<Mask<_>>);
    let before = s.graph();

    let place = Arc::new(Mutex::new(None));
    let (seen, here) = (place.clone(), std::thread::current().id());
    let previous = std::panic::take_hook();
    // The hook is the process's: other tests panic on other threads meanwhile.
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == here {
            *seen.lock().unwrap() = info.location().map(|location| (location.file().to_owned(), location.line()));
        } else {
            previous(info);
        }
    }));
    // A row has one line, which is where its call is.
    let calls: [(u32, &dyn Fn()); 38] = [
        (line!(), &|| _ = s.var(y)),
        (line!(), &|| _ = s.min_axis(y, Axis::<0>)),
        (line!(), &|| _ = s.max_axis(y, Axis::<0>)),
        (line!(), &|| _ = s.logsumexp_axis(y, Axis::<0>)),
        (line!(), &|| _ = s.l1_loss(x, y)),
        (line!(), &|| _ = s.huber_loss(y, x, 1.0)),
        (line!(), &|| _ = s.bce_with_logits(x, y)),
        (line!(), &|| _ = s.nll_loss(x, j)),
        (line!(), &|| _ = s.square(y)),
        (line!(), &|| _ = s.reciprocal(y)),
        (line!(), &|| _ = s.broadcast_add(x, d)),
        (line!(), &|| _ = s.select_gt(x, x, x, y)),
        (line!(), &|| _ = s.dropout(y, 0.5, true)),
        (line!(), &|| _ = s.dropout(y, 0.5, false)),
        (line!(), &|| _ = s.dropout_keyed(x, 0.5, i)),
        (line!(), &|| _ = s.rename(y, dims![2, 4, 4])),
        (line!(), &|| _ = s.unsqueeze(y, Axis::<0>)),
        (line!(), &|| _ = s.stack([x, x, y])),
        (line!(), &|| _ = s.at(y, Index::<0>)),
        (line!(), &|| _ = s.gather_scalar(d, Index::<0>)),
        (line!(), &|| _ = s.gather_row(v, Index::<0>)),
        (line!(), &|| _ = s.gather_vec_nat(d, [0])),
        (line!(), &|| _ = s.gather_scalar_ref(e, i)),
        (line!(), &|| _ = s.gather_row_ref(w, i)),
        (line!(), &|| _ = s.gather_vec_ref(e, j)),
        (line!(), &|| _ = s.embedding(w, j)),
        (line!(), &|| _ = s.scatter_add_row(w, d, Index::<0>)),
        (line!(), &|| _ = s.avg_pool2d(y, Kernel::<2, 2>, one)),
        (line!(), &|| _ = s.smooth_max_pool2d(y, Kernel::<2, 2>, one, 1.0)),
        (line!(), &|| _ = s.global_avg_pool(y, Axis::<1>)),
        (line!(), &|| _ = s.conv_transpose2d(f, b, x, one, Padding::<0>)),
        (line!(), &|| _ = s.layer_norm(x, e, d)),
        (line!(), &|| _ = s.rms_norm(y, e)),
        (line!(), &|| _ = s.batch_norm(x, b, c)),
        (line!(), &|| _ = s.batch_norm_train(x, c, c, c, b, 0.1)),
        (line!(), &|| _ = s.group_norm(x, Groups::<2>, d, e)),
        (line!(), &|| _ = s.multi_head_attention(w, w, w, v, x, two, none.clone())),
        (line!(), &|| _ = s.multi_head_attention_padded(w, w, w, w, x, two, none.clone(), j)),
    ];
    let found: Vec<_> = calls.map(|(line, call)| (line, refusal(call), place.lock().unwrap().take())).into();
    drop(std::panic::take_hook());
    for (line, message, place) in found {
        assert!(message.contains("the ref belongs to recording"), "line {line}: {message}");
        assert_eq!(place, Some((file!().to_owned(), line)), "{message}");
    }
    assert_eq!(s.graph(), before, "nothing is recorded");
}
