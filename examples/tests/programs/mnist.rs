//! The main job as its users run it: what it says, what it writes, what it refuses.

use std::fs;

use crate::support::{Run, Scratch, idx, run, tensor};

/// A training of a few seconds at most.
const SHORT: [&str; 6] = ["--limit", "320", "--epochs", "2", "--lr", "0.05"];

fn mnist(flags: &[&str]) -> Run {
    run("mnist", flags)
}

/// The last line of a run that succeeds.
fn accuracy(flags: &[&str]) -> String {
    let run = mnist(flags);
    assert!(run.status.success(), "{}", run.errors);
    run.output.lines().last().unwrap_or_default().to_owned()
}

/// Runs with these flags and expects exit code 2, no panic, and one line that says all of this.
fn refuses(flags: &[&str], parts: &[&str]) {
    let run = mnist(flags);
    assert_eq!(run.status.code(), Some(2), "{flags:?}: {}", run.errors);
    assert!(run.errors.starts_with("error: ") && !run.errors.contains("panicked"), "{}", run.errors);
    for part in parts {
        assert!(run.errors.contains(part), "`{part}` is missing from: {}", run.errors);
    }
}

#[test]
fn one_seed_gives_the_same_bits_on_one_and_two_threads_and_the_weights_give_the_accuracy_again() {
    let scratch = Scratch::new();
    let [one, two] = ["1", "2"].map(|threads| {
        let out = scratch.path(threads);
        let accuracy = accuracy(&[&SHORT[..], &["--threads", threads, "--out", &out]].concat());
        let [weights, curve] =
            ["weights.safetensors", "loss.svg"].map(|name| scratch.path(&format!("{threads}/{name}")));
        (accuracy, fs::read(&weights).unwrap(), fs::read(&curve).unwrap(), weights)
    });
    assert!(one.0.starts_with("test accuracy: ") && one.0.ends_with(" %"), "{}", one.0);
    assert_eq!((&one.0, &one.1, &one.2), (&two.0, &two.1, &two.2));

    assert_eq!(accuracy(&["--limit", "320", "--eval", &one.3]), one.0);
    let other = accuracy(&[&SHORT[..], &["--seed", "1", "--out", &scratch.path("other")]].concat());
    assert_ne!(fs::read(scratch.path("other/weights.safetensors")).unwrap(), one.1, "{other}");
}

#[test]
fn a_short_training_reports_and_learns() {
    let scratch = Scratch::new();
    let run = mnist(&["--limit", "1000", "--epochs", "3", "--out", &scratch.path("out")]);
    assert!(run.status.success(), "{}", run.errors);
    for part in ["epoch    loss", "loss over 45 steps, 3 epochs", "digit 9", "wrote "] {
        assert!(run.output.contains(part), "`{part}` is missing from: {}", run.output);
    }
    assert!(run.errors.contains("epoch 3 of 3: loss "), "{}", run.errors);
    let last = run.output.lines().last().unwrap();
    let accuracy: f64 = last.trim_start_matches("test accuracy: ").trim_end_matches(" %").parse().unwrap();
    assert!(accuracy > 60.0, "{last}");
    let curve = fs::read_to_string(scratch.path("out/loss.svg")).unwrap();
    assert!(curve.starts_with("<svg ") && curve.trim_end().ends_with("</svg>") && !curve.contains("NaN"));
}

/// The real reader is asked by `examples/tests/events.py`.
#[test]
fn numbers_are_written_for_tensorboard() {
    let scratch = Scratch::new();
    let log = scratch.path("log");
    accuracy(&[&SHORT[..], &["--out", &scratch.path("out"), "--logdir", &log]].concat());
    let files: Vec<_> = fs::read_dir(&log).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() == 1 && files[0].to_str().unwrap().contains("events.out.tfevents."), "{files:?}");
    let bytes = fs::read(&files[0]).unwrap();
    let count = |name: &str| bytes.windows(name.len()).filter(|window| *window == name.as_bytes()).count();
    assert_eq!(["loss", "rate", "accuracy/train", "accuracy/test"].map(count), [10, 10, 2, 2]);
    refuses(
        &["--limit", "64", "--out", &scratch.path("out"), "--logdir", &scratch.path("out/loss.svg")],
        &["loss.svg"],
    );
}

#[test]
fn without_an_epoch_it_tests_the_initial_weights() {
    let scratch = Scratch::new();
    let out = scratch.path("out");
    let trained = accuracy(&["--limit", "100", "--epochs", "0", "--out", &out]);
    assert_eq!(accuracy(&["--limit", "100", "--eval", &format!("{out}/weights.safetensors")]), trained);
}

#[test]
fn plain_files_are_read_too() {
    let scratch = Scratch::new();
    scratch.digits(64, 3);
    let flags = ["--data", &scratch.path(""), "--epochs", "1", "--out", &scratch.path("out")];
    assert!(accuracy(&flags).starts_with("test accuracy: "));
}

#[test]
fn data_that_is_not_right_is_refused() {
    let scratch = Scratch::new();
    let data = scratch.path("");
    let out = scratch.path("out");
    let refuses = |parts: &[&str]| refuses(&["--data", &data, "--out", &out], parts);

    refuses(&[&data, "holds neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz"]);
    scratch.digits(64, 3);
    scratch.file("t10k-images-idx3-ubyte", &idx(&[3, 28, 28], &[0; 1000]));
    refuses(&[&scratch.path("t10k-images-idx3-ubyte"), "truncated: 1016 bytes where its header says 2368"]);
    scratch.file("t10k-images-idx3-ubyte", &idx(&[3], &[1, 2, 3]));
    refuses(&[&scratch.path("t10k-images-idx3-ubyte"), "starts with [00, 00, 08, 01], expected [00, 00, 08, 03]"]);
    scratch.file("t10k-images-idx3-ubyte", &idx(&[3, 20, 30], &[0; 1800]));
    refuses(&[&scratch.path("t10k-images-idx3-ubyte"), "has shape [20, 30], expected [28, 28]"]);
    scratch.file("t10k-images-idx3-ubyte", &idx(&[2, 28, 28], &[0; 1568]));
    refuses(&["t10k-images-idx3-ubyte holds 2 images", "t10k-labels-idx1-ubyte holds 3 labels"]);
    scratch.digits(64, 3);
    scratch.file("t10k-labels-idx1-ubyte", &idx(&[3], &[1, 10, 3]));
    refuses(&[&scratch.path("t10k-labels-idx1-ubyte"), "label 10 at position 1, expected a label below 10"]);
    scratch.digits(64, 0);
    refuses(&[&data, "no image to test with"]);
    scratch.digits(63, 3);
    refuses(&[&data, "63 images to train with, a batch takes 64"]);
    assert!(!fs::exists(&out).unwrap(), "something was written");
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let scratch = Scratch::new();
    let right = [
        tensor("c1", "F32", &[8, 1, 5, 5]),
        tensor("c1_bias", "F32", &[8]),
        tensor("c2", "F32", &[16, 8, 5, 5]),
        tensor("c2_bias", "F32", &[16]),
        tensor("out", "F32", &[10, 400]),
        tensor("out_bias", "F32", &[10]),
    ];
    let path = scratch.path("weights");
    let eval = ["--limit", "100", "--eval", &path];
    scratch.weights("weights", &right);
    assert!(accuracy(&eval).starts_with("test accuracy: "));

    scratch.weights("weights", &right[..5]);
    refuses(&eval, &[&path, "no tensor `out_bias`; it holds [\"c1\", "]);
    let mut wrong = right.clone();
    wrong[2] = tensor("c2", "F32", &[8, 16, 5, 5]);
    scratch.weights("weights", &wrong);
    refuses(&eval, &[&path, "tensor `c2` has shape [8, 16, 5, 5], expected [16, 8, 5, 5]"]);
    wrong[2] = tensor("c2", "F64", &[16, 8, 5, 5]);
    scratch.weights("weights", &wrong);
    refuses(&eval, &[&path, "tensor `c2` has dtype F64, expected F32"]);
    scratch.file("weights", b"nothing of the kind");
    refuses(&eval, &[&path, "not a safetensors file"]);
    scratch.file("weights", &[]);
    refuses(&eval, &[&path, "truncated"]);
    fs::remove_file(&path).unwrap();
    refuses(&eval, &[&path]);
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_training() {
    let scratch = Scratch::new();
    scratch.file("file", b"keep me");
    let file = scratch.path("file");
    for out in [file.clone(), scratch.path("file/below")] {
        refuses(&["--limit", "64", "--out", &out], &[&out]);
    }
    assert_eq!(fs::read(file).unwrap(), b"keep me");
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    for (flag, values) in [
        ("--lr", &["NaN", "-1", "0", "inf", "fast"][..]),
        ("--momentum", &["NaN", "-0.1", "1", "inf"]),
        ("--threads", &["0", "-1", "257"]),
        ("--epochs", &["-1", "1.5"]),
    ] {
        for value in values {
            refuses(&[&format!("{flag}={value}")], &[flag, value]);
        }
    }
}

#[test]
fn a_training_that_diverges_says_so_and_overwrites_nothing() {
    let scratch = Scratch::new();
    let out = scratch.path("out");
    fs::create_dir(&out).unwrap();
    scratch.file("out/weights.safetensors", b"old");
    refuses(&["--limit", "640", "--lr", "1e30", "--out", &out], &["the loss is ", "of epoch 1: try a lower --lr"]);
    assert_eq!(fs::read(scratch.path("out/weights.safetensors")).unwrap(), b"old");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
}
