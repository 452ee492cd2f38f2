//! The faults: where each is planted, what it does, and which layers have to catch it.

mod graphs;
mod kernels;

use std::sync::LazyLock;

use crate::layers::Layer;

/// A part of the crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Passes over a graph, schedule and places in memory.
    Schedule,
    /// The run loop, the tape's memory, the cache of tapes.
    Run,
    /// Reverse and forward mode, requests, steps and optimisers.
    Derivatives,
    /// The rules of the operations, and the table of scalar derivatives.
    Rules,
    /// The kernels, and which of them computes what.
    Kernels,
}

impl Room {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Schedule, Self::Run, Self::Derivatives, Self::Rules, Self::Kernels];

    /// Its title in the table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Schedule => "Passes, schedule and places in memory",
            Self::Run => "Run loop, memory of a tape, cache of tapes",
            Self::Derivatives => "Differentiation, requests, steps and optimisers",
            Self::Rules => "Rules of the operations",
            Self::Kernels => "Kernels",
        }
    }
}

/// A fault that can be planted.
#[derive(Clone, Copy)]
pub struct Fault {
    /// What it is called.
    pub name: &'static str,
    /// Where it belongs.
    pub room: Room,
    /// The file that it is planted in.
    pub file: &'static str,
    /// Text that occurs once in the file. What stands between « and », or all of it, is an expression or a statement.
    pub text: &'static str,
    /// What takes its place.
    pub faulty: &'static str,
    /// What it does.
    pub effect: &'static str,
    /// The layers that have to catch it. Others may.
    pub caught: &'static [Layer],
}

macro_rules! faults {
    ($($room:ident $file:literal { $($name:literal: $text:literal => $faulty:literal, $effect:literal, $($layer:ident)+;)* })*) => {
        /// The faults of these rooms.
        pub const FAULTS: &[Fault] = &[$($(
            Fault {
                name: $name,
                room: Room::$room,
                file: $file,
                text: $text,
                faulty: $faulty,
                effect: $effect,
                caught: &[$($layer),+],
            },
        )*)*];
    };
}

use faults;

/// All faults.
pub static FAULTS: LazyLock<Vec<Fault>> = LazyLock::new(|| [graphs::FAULTS, kernels::FAULTS].concat());
