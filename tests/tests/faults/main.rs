//! Planted faults: the checks catch what they should.
//!
//! A copy of the crate is built that has every fault of the table behind a switch; a program plants one after the
//! other and asks the layers of checks. `docs/faults.md` has the table;
//! `UPDATE_TABLE=1 cargo test -p session-tests --test faults` writes it anew.

mod layers;
mod plant;
mod table;

use std::fmt::Write;

use layers::Layer;
use plant::{Caught, ask_about_all, planted, root};
use table::{FAULTS, Fault, Room};

#[test]
fn without_a_fault_nothing_is_caught() {
    let caught: Vec<String> = layers::catches().iter().map(ToString::to_string).collect();
    assert!(caught.is_empty(), "{caught:#?}");
}

/// What has to be said about a fault, beside its name.
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
}
