//! What a program with this library costs to compile:
//! `cargo run -p session-ui-tests --example compile_time -- [peer] [quick] [library]`.
//!
//! Writes crates that use the library into a temporary folder, compiles them several times with other sizes each
//! time, and prints the least user CPU time of each over that of a crate that only has the dependency. Other work on
//! the machine makes CPU times longer by some ten per cent: for figures to keep, run it on an idle machine.
//!
//! * `peer`: also the linear layers in dfdx 0.13, which it fetches and compiles: some minutes.
//! * `quick`: two repetitions instead of seven or three, and no release builds.
//! * `library`: only the clean build of the library.
//!
//! It needs bash, for its `times`, and about 1.5 GB in the temporary folder while it runs.
#![forbid(unsafe_code)]

mod cargo;
mod programs;

use std::path::Path;
use std::{env, fs, io};

use cargo::Workspace;
use programs::Case;

/// What is measured of each program.
const COMMANDS: [&[&str]; 3] = [&["check"], &["build"], &["build", "--release"]];
const CHECK: usize = 0;
const RELEASE: usize = 2;

/// The least user CPU time of each case and command.
type Table = Vec<[f64; COMMANDS.len()]>;

/// A case in one library.
struct Program<'a> {
    case: &'a Case,
    source: &'a dyn Fn(usize) -> String,
    /// Whether its release build is measured.
    release: bool,
}

fn measure(workspace: &Workspace, programs: &[Program<'_>], quick: bool) -> io::Result<Table> {
    let mut table = vec![[f64::INFINITY; COMMANDS.len()]; programs.len()];
    for (index, command) in COMMANDS.iter().enumerate() {
        let repetitions = match (index, quick) {
            (RELEASE, true) => 0,
            (CHECK, false) => 7,
            (_, false) => 3,
            (_, true) => 2,
        };
        // All programs once, then all again: whatever else the machine does then is spread over them. The first
        // round compiles the dependency, or makes cargo look at it, and does not count.
        for round in 0..=repetitions {
            for (&Program { case, source, release }, best) in programs.iter().zip(&mut table) {
                let warm_up = index != RELEASE || case.name == "empty";
                if repetitions == 0 || index == RELEASE && !release || round == 0 && !warm_up {
                    continue;
                }
                // Each command sees sizes of its own: what it compiles must be new to it.
                workspace.write(&case.name, &source(1 + COMMANDS.len() * round + index))?;
                let user = workspace.run(command, &case.name, "target")?.user;
                eprintln!("cargo {}, {}, round {round}: {user:.3} s", command.join(" "), case.name);
                if round > 0 {
                    best[index] = best[index].min(user);
                }
            }
        }
    }
    Ok(table)
}

/// A number of the table, over that of the empty program.
fn over_empty(table: &Table, case: usize, command: usize) -> f64 {
    table[case][command] - table[0][command]
}

fn cell(seconds: f64) -> String {
    if seconds.is_finite() { format!("{seconds:.3}") } else { String::new() }
}

fn goal(goal: Option<f64>) -> String {
    goal.map(|goal| format!("{goal:.2}")).unwrap_or_default()
}

fn print(cases: &[Case], table: &Table) {
    println!("| program | check | goal | build | release build | goal |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let [check, build, release] = table[0].map(cell);
    println!("| empty, in all | {check} | | {build} | {release} | |");
    for (index, case) in cases.iter().enumerate().skip(1) {
        let [check, build, release] = [0, 1, 2].map(|command| cell(over_empty(table, index, command)));
        let (check_goal, release_goal) = (goal(case.check_goal), goal(case.release_goal));
        println!("| {} | {check} | {check_goal} | {build} | {release} | {release_goal} |", case.name);
    }
    let of = |name: &str| cases.iter().position(|case| case.name == name);
    if let (Some(small), Some(large)) = (of("linear-16"), of("linear-256")) {
        let growth = over_empty(table, large, CHECK) / over_empty(table, small, CHECK);
        println!("\nFrom 16 to 256 layers, 16 times as many, the check takes {growth:.1} times as long.");
    }
}

fn print_peer(cases: &[Case], ours: &Table, names: &[&str], peer: &Table) {
    println!("\n| dfdx 0.13 | check | ratio | build | ratio | release build | ratio |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let [check, build, release] = peer[0].map(cell);
    println!("| empty, in all | {check} | | {build} | | {release} | |");
    for (index, name) in names.iter().enumerate().skip(1) {
        let own = cases.iter().position(|case| case.name == *name).expect("the peer has some of our cases");
        let cells = [0, 1, 2].map(|command| {
            let seconds = over_empty(peer, index, command);
            let ratio = seconds / over_empty(ours, own, command);
            let ratio = if ratio.is_finite() { format!("{ratio:.1}") } else { String::new() };
            format!("{} | {ratio}", cell(seconds))
        });
        println!("| {name} | {} |", cells.join(" | "));
    }
}

fn main() -> io::Result<()> {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let mut asked = |word: &str| {
        let count = arguments.len();
        arguments.retain(|argument| argument != word);
        arguments.len() < count
    };
    let (peer, quick, only_library) = (asked("peer"), asked("quick"), asked("library"));
    if let Some(argument) = arguments.first() {
        return Err(io::Error::other(format!("`{argument}` is none of `peer`, `quick`, `library`")));
    }

    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate is in the workspace");
    let folder = env::temp_dir().join(format!("session-compile-time-{}", std::process::id()));
    let cases = programs::all();
    let names: Vec<&str> = cases.iter().map(|case| &*case.name).collect();
    let dependency = format!("session = {{ path = {:?} }}", checkout.join("session"));
    let workspace = Workspace::new(folder.join("session"), &names, &dependency, Some(&checkout.join("Cargo.lock")))?;

    if !quick || only_library {
        workspace.write("empty", &(cases[0].source)(0))?;
        let clean = workspace.run(&["build", "--release"], "empty", "clean")?;
        workspace.clean("clean")?;
        println!("The library, clean release build: {:.1} s, {:.1} s of user CPU (goal 28 s);", clean.wall, clean.user);
        println!("{} crates, itself included (goal 50).\n", workspace.crates("empty")?);
    }
    if !only_library {
        let programs: Vec<Program<'_>> =
            cases.iter().map(|case| Program { case, source: &case.source, release: true }).collect();
        let ours = measure(&workspace, &programs, quick)?;
        print(&cases, &ours);
        if peer {
            let programs: Vec<Program<'_>> = cases
                .iter()
                // The release build of the largest takes minutes.
                .filter_map(|case| {
                    Some(Program { case, source: case.peer.as_ref()?, release: case.name != "linear-256" })
                })
                .collect();
            let names: Vec<&str> = programs.iter().map(|program| &*program.case.name).collect();
            let workspace = Workspace::new(folder.join("dfdx"), &names, "dfdx = \"=0.13.0\"", None)?;
            let theirs = measure(&workspace, &programs, quick)?;
            print_peer(&cases, &ours, &names, &theirs);
        }
    }
    fs::remove_dir_all(folder)
}
