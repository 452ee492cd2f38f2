//! The export for many devices: the folder that it writes, and what it refuses. `examples/distributed/check.py` trains by
//! such folders.

use std::fs;

use crate::support::{Run, Scratch, run};

const SHORT: &[&str] = &["--batch", "8", "--updates", "6"];

fn export(model: &str, out: &str, flags: &[&str]) -> Run {
    run("distributed", &[&[model, "--out", out], flags].concat())
}

fn writes(model: &str, out: &str, flags: &[&str]) {
    let run = export(model, out, &[SHORT, flags].concat());
    assert!(run.status.success() && run.output.starts_with("wrote a step, 6 updates and "), "{}", run.errors);
}

/// Exit code 2, no panic, and one line that says all of this.
fn refuses(model: &str, out: &str, flags: &[&str], parts: &[&str]) {
    let run = export(model, out, flags);
    assert_eq!(run.status.code(), Some(2), "{flags:?}: {}", run.errors);
    assert!(run.errors.starts_with("error: ") && !run.errors.contains("panicked"), "{}", run.errors);
    for part in parts {
        assert!(run.errors.contains(part), "`{part}` is missing from: {}", run.errors);
    }
}

#[test]
fn a_step_is_written_with_all_that_a_run_of_it_needs() {
    let scratch = Scratch::new();
    let read = |name: &str| fs::read_to_string(scratch.path(name)).unwrap();
    writes("mnist", &scratch.path(""), &["--batches", "2"]);
    assert!(read("step.mlir").starts_with("module @step {"));
    let step = read("step.json");
    for part in [
        r#"{"name":"c1","role":"state","type":"f32","shape":[8,1,5,5],"#,
        r#"{"name":"c1.exp_avg_sq","role":"state","#,
        r#"{"name":"images","role":"input","type":"f32","shape":[8,1,28,28],"axes":["Batch",null,null,null]}"#,
        r#"{"name":"labels","role":"index","type":"i32","shape":[8],"axes":["Batch"]}"#,
    ] {
        assert!(step.contains(part), "`{part}` is missing from: {step}");
    }
    let scalars = read("scalars.json");
    assert_eq!(scalars.matches(r#""one_minus_beta1": "#).count(), 6, "{scalars}");
    let images = fs::metadata(scratch.path("batches.safetensors")).unwrap().len();
    assert!((2 * 8 * 785 * 4..2 * 8 * 785 * 4 + 1000).contains(&images), "{images}");
    assert!(fs::exists(scratch.path("initial.safetensors")).unwrap());
    assert!(!fs::exists(scratch.path("losses.jsonl")).unwrap());
}

#[test]
fn the_tape_goes_on_from_a_checkpoint_with_the_same_bits() {
    let scratch = Scratch::new();
    let [whole, onward] = ["whole", "onward"].map(|name| scratch.path(name));
    writes("transformer", &whole, &["--losses"]);
    assert_eq!(fs::read_to_string(format!("{whole}/losses.jsonl")).unwrap().lines().count(), 6);
    // From the beginning, which is a checkpoint too.
    let initial = format!("{whole}/initial.safetensors");
    writes("transformer", &onward, &["--losses", "--resume", &initial]);
    for name in ["losses.jsonl", "tape.safetensors", "batches.safetensors", "scalars.json"] {
        let [whole, onward] = [&whole, &onward].map(|folder| fs::read(format!("{folder}/{name}")).unwrap());
        assert!(whole == onward, "{name}");
    }
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let scratch = Scratch::new();
    let out = scratch.path("out");
    refuses("mnist", &out, &["--batch", "9"], &["--batch 9: expected one of [8, 16, 32, 64, 128, 256]"]);
    refuses("mnist", &out, &["--updates", "0"], &["--updates", "expected a positive number"]);
    refuses("mnist", &out, &["--rate=-1"], &["--rate", "expected a positive number"]);
    refuses("mnist", &out, &["--resume", "file"], &["--losses"]);
    refuses("mist", &out, &[], &["mist"]);
    assert!(!fs::exists(&out).unwrap(), "something was written");
    let refuses_to_train = |model, out: &str, flags: &[&str], parts: &[&str]| {
        refuses(model, out, &[SHORT, &["--losses"], flags].concat(), parts);
    };
    let (none, other, adam) = (scratch.path("none"), scratch.path("other"), format!("{out}/initial.safetensors"));
    refuses_to_train("mnist", &out, &["--resume", &none], &[&none]);
    refuses_to_train("transformer", &other, &["--resume", &adam], &[&adam, "no tensor `letters`"]);
    refuses_to_train("mnist", &other, &["--optimizer", "sgd", "--resume", &adam], &[&adam, "adam", "sgd"]);
    refuses_to_train("mnist", &other, &["--rate", "1e30"], &["the loss is ", "try a lower --rate"]);
    scratch.file("file", b"keep me");
    refuses("mnist", &scratch.path("file"), &[], &[&scratch.path("file")]);
}
