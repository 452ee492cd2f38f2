//! From answers that differ to the place where they part.

use std::ops::Range;

use super::mismatch::Sides;
use super::{Meaning, Mismatch, Scribbling, Subject, unwritten, variables};
use crate::ir::{Graph, Id};
use crate::kernels::fused::Operand;
use crate::mapped::mapped;
use crate::scalar::{Fingerprint, Kind, Symbolic, Term, recorded};
use crate::semantics::{Array, eval};
use crate::tape::{Fusion, Slot, Step, Trial, plane_of, readings_in, repeated};

/// The most floating-point operations and elements of a graph whose terms are written out.
const SMALL: u64 = 1 << 20;
/// The number of operations inside each other that are printed of a term.
const DEPTH: usize = 4;

/// The first value in which a tape differs from what it should compute, as terms if the graph is small.
pub(super) fn locate(subject: &Subject<'_>, meaning: &dyn Meaning) -> Mismatch {
    let stats = subject.graph.stats();
    if stats.flops.saturating_add(stats.elements as u64) > SMALL {
        return Kind::Fingerprint.compute(|| first_difference(subject, meaning)).0;
    }
    // Terms last as long as their thread.
    let found = std::thread::scope(|scope| {
        let located = || {
            let (mut mismatch, terms) = Kind::Fingerprint.compute(|| recorded(|| first_difference(subject, meaning)));
            if let Some([found, expected]) = terms {
                mismatch.sides = Some(sides(found, expected));
            }
            mismatch
        };
        scope.spawn(located).join()
    });
    found.unwrap_or_else(|payload| std::panic::resume_unwind(payload))
}

/// The first value of the prologue that is not what a second run needs: computed from something that may be another
/// by then, kept where a run puts its results, or overwritten by an instruction of the body; or the first value whose
/// kernel keeps something where another instruction writes.
pub(super) fn not_lasting(subject: &Subject<'_>, claim: String) -> Option<Mismatch> {
    let Subject { graph, schedule, .. } = *subject;
    let found = |victim: Id, why: String| {
        let mut mismatch = Mismatch::at(claim.clone(), format!("{}, {why} and", named(graph, victim)), graph, victim);
        mismatch.differing = mismatch.shape.elements();
        Some(mismatch)
    };
    let once = || schedule.prologue().iter().flat_map(|instruction| &instruction.steps);
    for step in once() {
        let mut places = step.operands.iter().chain([&step.output]);
        if step.op.reads_naturals() || places.any(|place| !matches!(place.slot, Slot::Arena(_))) {
            return found(step.value, "computed once, depends on a run".to_owned());
        }
    }
    let keeping = || schedule.body().iter().flat_map(|instruction| &instruction.steps).filter(|step| step.keeps);
    for instruction in schedule.body() {
        for step in &instruction.steps {
            let written = [step.output.in_arena(), step.scratch.clone()];
            let overlaps = |kept: &Range<usize>| written.iter().any(|it| it.start < kept.end && kept.start < it.end);
            if let Some(victim) = once().find(|victim| overlaps(&victim.output.in_arena())) {
                return found(victim.value, format!("computed once, is overwritten by `{instruction}`"));
            }
            let mut others = keeping().filter(|victim| victim.value != step.value);
            if let Some(victim) = others.find(|victim| overlaps(&victim.scratch)) {
                return found(
                    victim.value,
                    format!("computed from what is kept, which is overwritten by `{instruction}`,"),
                );
            }
        }
    }
    None
}

/// The first value whose place in a fused loop is another than in the steps that the loop stands for.
pub(super) fn miswired(subject: &Subject<'_>, claim: String) -> Option<Mismatch> {
    let Subject { graph, schedule, .. } = *subject;
    for instruction in schedule.prologue().iter().chain(schedule.body()) {
        let Some(Fusion { inputs, outputs, plane, wiring, .. }) = &instruction.fusion else { continue };
        let length = instruction.steps[0].output.shape.elements();
        let input = |index: usize, count: usize| Some(inputs[index]).filter(|it| it.shape.elements() == count);
        let slot = |operand: Operand, step: &Step, count: usize| match operand {
            Operand::Input(index) => input(index, length).map(|it| it.slot),
            Operand::Whole(index) => input(index, count).map(|it| it.slot),
            Operand::Repeated(index, inner) => {
                let from = step.operands[0].shape;
                let agrees = repeated(from, step.output.shape) == Some(inner);
                input(index, from.elements()).filter(|_| agrees).map(|it| it.slot)
            }
            Operand::Planes(index, size) => input(index, length / plane * size).map(|it| it.slot),
            Operand::Output(index) => Some(outputs[index].slot),
            Operand::Local(number) => Some(Slot::Local(number)),
        };
        let agrees = |step: &Step, (operands, value): &(Vec<Operand>, Operand)| {
            let places = operands.iter().zip(&step.operands);
            let places = places.map(|(&operand, place)| slot(operand, step, place.shape.elements()));
            let readings = readings_in(step);
            step.output.shape.elements() == length
                && *plane == plane_of(&instruction.steps)
                && operands.len() == readings.len()
                && operands.iter().zip(readings).all(|(&operand, reading)| reading.is_of(operand, length))
                && slot(*value, step, length) == Some(step.output.slot)
                && places.eq(step.operands.iter().map(|place| Some(place.slot)))
        };
        let mut wires = wiring.iter();
        let wrong = instruction.steps.iter().find(|step| !wires.next().is_some_and(|wires| agrees(step, wires)));
        if let Some(step) = wrong {
            let name = named(graph, step.value);
            let what = format!("{name} of the tape's graph is wired to other places in `{instruction}` and");
            let mut mismatch = Mismatch::at(claim, what, graph, step.value);
            mismatch.differing = mismatch.shape.elements();
            return Some(mismatch);
        }
    }
    None
}

/// The smallest subterms that differ.
fn sides(found: Term, expected: Term) -> Sides {
    let (found, expected) = Term::parting(found, expected);
    Sides { found: format!("{found:.DEPTH$}"), expected: format!("{expected:.DEPTH$}") }
}

/// A mismatch, and the fingerprints at its first element.
type Located = (Mismatch, Option<[Fingerprint; 2]>);

fn first_difference(subject: &Subject<'_>, meaning: &dyn Meaning) -> Located {
    let leaves = variables(subject.schedule.leaves(), 0);
    if let Some(located) = first_instruction(subject, meaning.claim(), &leaves) {
        return located;
    }
    // Every instruction computes its value of the tape's graph, so the graph itself or an output is wrong.
    if let Some(mismatch) = first_node(subject, meaning.claim(), &leaves) {
        return (mismatch, None);
    }
    let (found, expected) = (subject.run(&leaves), meaning.define(&leaves, subject.naturals));
    let roles = meaning.roles();
    let order = (0..roles.len()).map(|index| if meaning.is_backwards() { roles.len() - 1 - index } else { index });
    let mut differences = order.filter_map(|index| {
        let role = roles[index];
        let what = format!("the {} of {}", role.what, named(subject.recording, role.id));
        let mismatch = Mismatch::at(meaning.claim(), what, subject.recording, role.id);
        mismatch.of_answers(found[index].as_ref(), expected[index].as_ref())
    });
    differences.next().expect("the answers differ")
}

/// The first node whose value is another than that of the same node in the model.
fn first_node(subject: &Subject<'_>, claim: String, leaves: &[Array<Symbolic>]) -> Option<Mismatch> {
    let (graph, model) = (subject.graph, subject.model.filter(|model| model.len() == subject.graph.len())?);
    let [found, expected] = [graph, model].map(|graph| eval(graph, leaves, subject.naturals));
    graph.node_ids().find_map(|id| {
        let what = format!("{} of the graph", named(graph, id));
        let mismatch = Mismatch::at(claim.clone(), what, graph, id);
        let (found, expected) = (&found[id.index()], &expected[id.index()]);
        let same_shape = found.shape == expected.shape;
        let (mut mismatch, _) = same_shape.then(|| mismatch.of(&found.data, &expected.data, |a, b| a == b))??;
        mismatch.sides = Some(Sides { found: line(graph, id), expected: line(model, id) });
        Some(mismatch)
    })
}

/// A node as it stands in the text of its graph.
fn line(graph: &Graph, id: Id) -> String {
    let text = graph.to_string();
    let begin = format!("{id} = ");
    text.lines().find(|line| line.starts_with(&begin)).unwrap_or(&begin).to_owned()
}

/// The first instruction that does not compute its value of the tape's graph.
fn first_instruction(subject: &Subject<'_>, claim: String, leaves: &[Array<Symbolic>]) -> Option<Located> {
    let Subject { graph, schedule, .. } = *subject;
    let values = eval(graph, leaves, subject.naturals);
    // With the constants of the tape's own graph.
    let mut trial = Trial::new(schedule, leaves, subject.naturals, Vec::new(), unwritten());
    for instruction in schedule.prologue().iter().chain(schedule.body()) {
        // Step by step: a later one may take the place of a local.
        for step in &instruction.steps {
            trial.step(&Scribbling, step);
            let (found, expected) = (trial.read(step.output), &values[step.value.index()]);
            let what = format!("{} of the tape's graph, computed by `{instruction}`,", named(graph, step.value));
            let mismatch = Mismatch::at(claim.clone(), what, graph, step.value);
            if let Some((mismatch, pair)) = mismatch.of(found, &expected.data, |a, b| a == b) {
                return Some((mismatch, Some(pair.map(Symbolic::fingerprint))));
            }
        }
    }
    None
}

/// "%7 = matmul(%3, %5)", or "leaf %2".
pub(super) fn named(graph: &Graph, id: Id) -> String {
    match graph.node(id) {
        None => format!("leaf {id}"),
        Some(node) => {
            let operands: Vec<String> = mapped(&node.operands, ToString::to_string);
            format!("{id} = {}({})", node.op.name(), operands.join(", "))
        }
    }
}
