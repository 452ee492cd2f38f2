//! What the answer to a request is by the definition: the other side of its tape.

use super::Request;
use crate::autodiff::reverse;
use crate::ir::{Graph, Id};
use crate::ops::Emit;
use crate::optim::{Fragment, clip};
use crate::scalar::Symbolic;
use crate::semantics::{Array, backprop_all, eval, tangents_all};
use crate::table::counted;
use crate::verify::{Meaning, Role};

/// A request about a recording, with the values that its tape keeps.
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request,
    pub(crate) graph: &'a Graph,
    pub(crate) kept: &'a [Id],
}

/// The sum of those that are there, first to last.
fn total(entries: &[Option<Array<Symbolic>>], group: &[Id]) -> Option<Array<Symbolic>> {
    group.iter().filter_map(|id| entries[id.index()].clone()).reduce(|sum, term| sum.plus(&term))
}

impl Asked<'_> {
    /// The cotangents of all values for seeds at some.
    fn cotangents(
        &self,
        leaves: &[Array<Symbolic>],
        naturals: &[Vec<usize>],
        seeds: &[Id],
        values: &[Array<Symbolic>],
    ) -> Vec<Option<Array<Symbolic>>> {
        let mut entries = vec![None; self.graph.len()];
        for (seed, value) in seeds.iter().zip(values) {
            entries[seed.index()] = Some(match entries[seed.index()].take() {
                Some(sum) => Array::plus(&sum, value),
                None => value.clone(),
            });
        }
        backprop_all(self.graph, leaves, naturals, entries)
    }

    /// A loss, and each parameter with its state after the update.
    fn step(
        &self,
        loss: Id,
        groups: &[Vec<Id>],
        update: &super::Update,
        leaves: &[Array<Symbolic>],
        further: &[Array<Symbolic>],
        naturals: &[Vec<usize>],
    ) -> Vec<Option<Array<Symbolic>>> {
        let (seed, mut further) = further.split_last().expect("the seed is the last leaf");
        let mut next = |count: usize| {
            let (taken, rest) = further.split_at(count);
            further = rest;
            taken
        };
        let value = eval(self.graph, leaves, naturals).swap_remove(loss.index());
        let cotangents = self.cotangents(leaves, naturals, &[loss], std::slice::from_ref(seed));
        let mut gradients: Vec<_> = groups.iter().map(|group| total(&cotangents, group)).collect();
        let mut shared = next(update.shared());
        if update.clipped
            && let Some((max_norm, rest)) = shared.split_last()
        {
            shared = rest;
            gradients = clipped(gradients, max_norm);
        }
        let mut answers = vec![Some(value)];
        for (gradient, fragment) in gradients.into_iter().zip(&update.fragments) {
            let cells = next(1 + fragment.states);
            let own = next(fragment.step_parameters);
            match gradient {
                Some(gradient) => answers.extend(updated(fragment, cells, gradient, &[shared, own].concat())),
                None => answers.extend(cells.iter().map(|_| None)),
            }
        }
        answers
    }
}

/// The gradients that are there, clipped by the norm of all of them.
fn clipped(gradients: Vec<Option<Array<Symbolic>>>, max_norm: &Array<Symbolic>) -> Vec<Option<Array<Symbolic>>> {
    let mut graph = Graph::default();
    let mut leaves: Vec<Array<Symbolic>> = gradients.iter().flatten().cloned().collect();
    leaves.push(max_norm.clone());
    let mut ids = gradients.iter().map(|entry| entry.as_ref().map(|entry| graph.leaf(entry.shape))).collect::<Vec<_>>();
    let max_norm = graph.leaf(max_norm.shape);
    clip(&mut Emit::new(&mut graph), &mut ids, max_norm);
    let values = eval(&graph, &leaves, &[]);
    ids.into_iter().map(|id| id.map(|id| values[id.index()].clone())).collect()
}

/// A parameter and its state after an update.
fn updated(
    fragment: &Fragment,
    cells: &[Array<Symbolic>],
    gradient: Array<Symbolic>,
    hyper: &[Array<Symbolic>],
) -> Vec<Option<Array<Symbolic>>> {
    let leaves = [&cells[..1], &[gradient], &cells[1..], hyper].concat();
    let values = eval(&fragment.graph, &leaves, &[]);
    fragment.outputs.iter().map(|id| Some(values[id.index()].clone())).collect()
}

/// "the value of %3" or "the values of 4".
fn count(what: &str, ids: &[Id]) -> String {
    match ids {
        [id] => format!("the {what} of {id}"),
        _ => format!("the {what}s of {} values", ids.len()),
    }
}

/// The first of each group.
fn firsts(groups: &[Vec<Id>]) -> Vec<Id> {
    groups.iter().filter_map(|group| group.first().copied()).collect()
}

impl Meaning for Asked<'_> {
    fn claim(&self) -> String {
        match self.request {
            Request::Values { values } => count("value", values),
            Request::Reverse { seeds, wanted } => {
                let given =
                    if let [seed] = seeds.as_slice() { seed.to_string() } else { format!("{} values", seeds.len()) };
                format!("{} for a seed at {given}", count("cotangent", &firsts(wanted)))
            }
            Request::Loss { loss, wanted } => format!("the value of {loss} and {}", count("gradient", &firsts(wanted))),
            Request::Forward { leaves, wanted } => {
                let leaves =
                    if let [leaf] = leaves.as_slice() { leaf.to_string() } else { format!("{} leaves", leaves.len()) };
                format!("the tangent of {wanted} for tangents at {leaves}")
            }
            Request::HessianVector { loss, leaf } => format!("the Hessian of {loss} in {leaf} times a vector"),
            Request::Step { loss, groups, .. } => {
                format!("the value of {loss} and the update of {}", counted(groups.len(), "parameter"))
            }
        }
    }

    fn roles(&self) -> Vec<Role> {
        let role = |what: &'static str| move |&id: &Id| Role { what, id };
        let mut roles: Vec<Role> = match self.request {
            Request::Values { values } => values.iter().map(role("value")).collect(),
            Request::Reverse { wanted, .. } => firsts(wanted).iter().map(role("cotangent")).collect(),
            Request::Loss { loss, wanted } => {
                std::iter::once(role("value")(loss)).chain(firsts(wanted).iter().map(role("gradient"))).collect()
            }
            Request::Forward { wanted, .. } => vec![role("tangent")(wanted)],
            Request::HessianVector { leaf, .. } => vec![role("product of the Hessian and a vector")(leaf)],
            Request::Step { loss, groups, update } => {
                let mut roles = vec![role("value")(loss)];
                for (group, fragment) in groups.iter().zip(&update.fragments) {
                    roles.push(role("updated parameter")(&group[0]));
                    roles.extend((0..fragment.states).map(|_| role("updated state of the optimiser")(&group[0])));
                }
                roles
            }
        };
        roles.extend(self.kept.iter().map(role("kept value")));
        roles
    }

    fn is_backwards(&self) -> bool {
        matches!(self.request, Request::Reverse { .. })
    }

    fn define(&self, leaves: &[Array<Symbolic>], naturals: &[Vec<usize>]) -> Vec<Option<Array<Symbolic>>> {
        let (leaves, further) = leaves.split_at(self.graph.leaves().len());
        let value = |id: &Id| Some(eval(self.graph, leaves, naturals).swap_remove(id.index()));
        let mut answers: Vec<Option<Array<Symbolic>>> = match self.request {
            Request::Values { values } => {
                let all = eval(self.graph, leaves, naturals);
                values.iter().map(|id| Some(all[id.index()].clone())).collect()
            }
            Request::Reverse { seeds, wanted } => {
                let cotangents = self.cotangents(leaves, naturals, seeds, further);
                wanted.iter().map(|group| total(&cotangents, group)).collect()
            }
            Request::Loss { loss, wanted } => {
                let cotangents = self.cotangents(leaves, naturals, &[*loss], further);
                std::iter::once(value(loss)).chain(wanted.iter().map(|group| total(&cotangents, group))).collect()
            }
            Request::Forward { leaves: directions, wanted } => {
                let mut tangents = vec![None; leaves.len()];
                for (leaf, tangent) in directions.iter().zip(further) {
                    tangents[leaf.index()] = Some(tangent.clone());
                }
                vec![tangents_all(self.graph, leaves, naturals, tangents).swap_remove(wanted.index())]
            }
            Request::HessianVector { loss, leaf } => {
                // Second order is composition: forward mode over a gradient that has a claim of its own.
                let gradient = reverse(self.graph, &[*loss]);
                let entry = gradient.gradient[leaf.index()];
                let known = gradient.graph.leaves().len();
                let all = [leaves, further].concat();
                entry.map_or(vec![None], |entry| {
                    let mut tangents = vec![None; known];
                    tangents[leaf.index()] = Some(all[known].clone());
                    vec![tangents_all(&gradient.graph, &all[..known], naturals, tangents).swap_remove(entry.index())]
                })
            }
            Request::Step { loss, groups, update } => self.step(*loss, groups, update, leaves, further, naturals),
        };
        if !self.kept.is_empty() {
            let all = eval(self.graph, leaves, naturals);
            answers.extend(self.kept.iter().map(|id| Some(all[id.index()].clone())));
        }
        answers
    }
}
