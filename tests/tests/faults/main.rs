//! Planted faults: the checks catch what they should.
//!
//! A copy of the crate is built that has every fault of the table behind a switch; a program plants one after the
//! other and asks the layers of checks. `docs/faults.md` has the table;
//! `UPDATE_TABLE=1 cargo test -p session-tests --test faults` writes it anew.

mod layers;
mod plant;
mod table;

use std::fmt::Write;

use layers::Layer::{self, Kernels, Refused, Rules, Runs, Slopes, Verify, VerifyAll};
use plant::{Caught, ask_about_all, planted, root};
use table::{FAULTS, Fault, Room};

#[test]
fn without_a_fault_nothing_is_caught() {
    let caught: Vec<String> = layers::catches().iter().map(ToString::to_string).collect();
    assert!(caught.is_empty(), "{caught:#?}");
}

/// The names of layers.
fn names(layers: &[Layer]) -> String {
    layers.iter().map(|layer| format!("`{}`", layer.name())).collect::<Vec<_>>().join(", ")
}

#[test]
fn every_fault_is_caught() {
    let all = ask_about_all();
    let mut wrong = String::new();
    for number in 0..=FAULTS.len() {
        let caught: Vec<&Caught> = all.iter().filter(|caught| caught.fault == number).collect();
        let (name, wanted) = match number.checked_sub(1) {
            Some(index) => (FAULTS[index].name, FAULTS[index].caught),
            None => ("none", &[] as &[Layer]),
        };
        let missed: Vec<Layer> =
            wanted.iter().copied().filter(|&layer| caught.iter().all(|caught| caught.layer != layer)).collect();
        let found: Vec<Layer> = caught.iter().map(|caught| caught.layer).collect();
        println!("{name}: {}", names(&found));
        if !missed.is_empty() || number == 0 && !caught.is_empty() {
            writeln!(wrong, "`{name}` escapes {}; caught by {}", names(&missed), names(&found)).unwrap();
            for Caught { layer, subject, message, .. } in caught {
                writeln!(wrong, "    {} of {subject}: {message}", layer.name()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    a_mismatch_names_its_place(&all);
}

/// The message of a mismatch says where: the node, the element, and both terms.
fn a_mismatch_names_its_place(all: &[Caught]) {
    let message = |fault: &str, layer: Layer| {
        let number = 1 + FAULTS.iter().position(|known| known.name == fault).expect("a fault of the table");
        let caught = all.iter().find(|caught| caught.fault == number && caught.layer == layer);
        caught.map(|caught| caught.message.clone()).expect("the layer catches it")
    };
    let has =
        |message: &str, parts: &[&str]| parts.iter().for_each(|part| assert!(message.contains(part), "{message}"));
    let overwritten = message("overwrite instead of accumulate", Verify);
    has(
        &overwritten,
        &["the cotangent of %", " = ", "differs at [", "elements of [", "\n  found:    (", "\n  expected: (+ "],
    );
    let elsewhere = message("names of one shape", Verify);
    has(
        &elsewhere,
        &["%7 = sub(%4, %6) of the tape's graph, computed by `", "found:    (/ (exp (- x0 ", "expected: (/ "],
    );
    has(&message("prologue dies", Verify), &["computed once, is overwritten by `"]);
    has(&message("numbers computed once", Verify), &["dropout(", "computed once, depends on a run"]);
    has(&message("sign of a difference", Rules), &["on its own: <Jᵀ w, v>", "sub(", "found:    ", "expected: "]);
    has(&message("last column dropped", Kernels), &["the kernels give the bits", "computed by `", "with F32"]);
}

/// A row whose text has gone, or is no longer alone, is told by its name.
#[test]
fn stale_rows_are_named() {
    let fault = |text| Fault { text, ..FAULTS[0] };
    let planting = |source: &str, text| planted(source, &[(7, &fault(text))]);
    assert!(planting("let x = 1;", "let y").unwrap_err().contains(FAULTS[0].name));
    assert!(planting("let x = 1; let x = 1;", "let x").unwrap_err().contains("2 times"));
    let faulty = FAULTS[0].faulty;
    let choice = planting("let x = 1 + 2;", "x = «1» + 2").unwrap();
    assert_eq!(choice, format!("let x = (if ::planted::is(7) {{ {faulty} }} else {{ 1 }}) + 2;"));
    let overlapping = planted("let x = 1 + 2;", &[(1, &fault("«1 + 2»")), (2, &fault("«2»"))]);
    assert!(overlapping.unwrap_err().contains("overlaps"));
}

/// What is said of each layer in the document.
fn meaning(layer: Layer) -> &'static str {
    match layer {
        Verify => {
            "`Session::verify`, `Step::verify` and `Tape::verify`: the tape runs on fingerprints of expressions and is \
             compared with the definition"
        }
        VerifyAll => "`Session::verify_all`: the same of all values at once, with a seed at each",
        Rules => "`verify::check_rules`: forward rules, reverse rules and dual numbers agree exactly in a prime field",
        Kernels => "`Session::verify_kernels` and `Step::verify_kernels`: kernels give the bits of the definition",
        Runs => {
            "tapes that run three times with other inputs, and steps of optimisers, against the definition and the \
             same by hand"
        }
        Slopes => "the table of scalar derivatives against slopes of the functions",
        Refused => "the arena, a kernel or a pass panics before anything is computed",
    }
}

fn document() -> String {
    let mut text = format!(
        "# Planted faults\n\n\
         Written by `UPDATE_TABLE=1 cargo test -p session-tests --test faults` from `tests/tests/faults/table.rs`.\n\n\
         A check that has never failed proves little. A test builds a copy of the crate that has the {} faults of this\n\
         page in it, each behind a switch. It plants one after the other and asks every layer of checks. Each fault has\n\
         to be caught by the layers in its row; others may catch it too. Without a fault no layer says anything.\n\n\
         The layers:\n\n",
        FAULTS.len()
    );
    for layer in Layer::ALL {
        writeln!(text, "* `{}`: {}.", layer.name(), meaning(layer)).unwrap();
    }
    text.push_str(
        "\nWhat no layer but one can see:\n\n\
         * Expressions are compared with the same rules on both sides, so a wrong rule is the business of `check_rules`.\n\
         * Kernels play no part in expressions: their faults are the business of `verify_kernels`.\n\
         * The update of an optimiser is its own definition: only the same by hand tells that it is wrong.\n\
         * What stands in the memory that a tape keeps from run to run is no part of a schedule: only running twice tells.\n",
    );
    for room in Room::ALL {
        let faults: Vec<&Fault> = FAULTS.iter().filter(|fault| fault.room == room).collect();
        write!(text, "\n## {}\n\n{} faults.\n\n", room.title(), faults.len()).unwrap();
        text.push_str("| fault | what it does | planted in | caught by |\n|---|---|---|---|\n");
        for Fault { name, file, effect, caught, .. } in faults {
            let file = file.strip_prefix("session/src/").unwrap_or(file);
            writeln!(text, "| {name} | {} | `{file}` | {} |", effect.replace('|', "\\|"), names(caught)).unwrap();
        }
    }
    text
}

#[test]
fn the_table_of_faults_is_up_to_date() {
    let (path, expected) = (root().join("docs/faults.md"), document());
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/faults.md differs from the table of faults: write it with UPDATE_TABLE=1");
}

#[test]
fn every_fault_is_a_row_of_its_own() {
    for (index, fault) in FAULTS.iter().enumerate() {
        assert!(!fault.caught.is_empty() && fault.text != fault.faulty, "{}", fault.name);
        assert!(FAULTS[..index].iter().all(|other| other.name != fault.name), "two faults are named {}", fault.name);
    }
}
