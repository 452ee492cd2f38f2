//! The text of a module of StableHLO.
//!
//! ```text
//! stablehlo/writer.rs       operations of StableHLO, written line by line; stablehlo/combine.rs those with a long form
//! stablehlo/literal.rs      numbers, as they are written
//! stablehlo/elementwise.rs  operations on each element; stablehlo/erf.rs the error function
//! stablehlo/layout.rs       constants, and what moves elements
//! stablehlo/reduce.rs       sums, maxima, the softmax family, losses
//! stablehlo/product.rs      matrix products and convolutions
//! stablehlo/window.rs       pooling
//! stablehlo/index.rs        indices; stablehlo/mask.rs masks of attention
//! stablehlo/dropout.rs      dropout
//! ```

mod combine;
mod dropout;
mod elementwise;
mod erf;
mod index;
mod layout;
mod literal;
mod mask;
mod product;
mod reduce;
mod window;
mod writer;

use std::fmt::Write;

use super::{Module, Naturals, Numbers};
use crate::ir::op::ops;
use crate::ir::{Graph, Id, Op};
use writer::{Element, Value, Writer};

/// The rule of an operation: what it is in StableHLO.
trait Lower {
    /// Writes it, and gives its value. All natural-number inputs of the graph are given, in order.
    fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value;
}

macro_rules! dispatch {
    ($($(#[$doc:meta])* $op:ident $name:literal $arity:tt..=$most:tt { $($attributes:tt)* })*) => {
        impl Lower for Op {
            fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value {
                match self {
                    $(Self::$op(op) => op.lower(to, operands, naturals),)*
                }
            }
        }
    };
}

ops!(dispatch);

/// The values that the results need.
fn needed(graph: &Graph, results: &[Id]) -> Vec<bool> {
    let mut needed = vec![false; graph.len()];
    results.iter().for_each(|id| needed[id.index()] = true);
    for (id, node) in graph.node_ids().zip(graph.nodes()).rev() {
        if needed[id.index()] {
            node.operands.iter().for_each(|operand| needed[operand.index()] = true);
        }
    }
    needed
}

/// The text of a module that has been checked.
pub(super) fn print(module: &Module<'_>) -> String {
    let graph = module.graph;
    let number = match module.numbers {
        Numbers::F32 => Element::F32,
        Numbers::F64 => Element::F64,
    };
    let index = match module.naturals {
        Naturals::I32 => Element::I32,
        Naturals::I64 => Element::I64,
    };
    let mut to = Writer::new(number, index);
    let [argument_names, natural_names, result_names] = module.names();
    let mut values: Vec<Option<Value>> = vec![None; graph.len()];
    let mut arguments = Vec::new();
    for (argument, name) in module.arguments.iter().zip(&argument_names) {
        let value = to.argument(name, graph.shape(argument.leaves[0]), number);
        argument.leaves.iter().for_each(|leaf| values[leaf.index()] = Some(value));
        arguments.push(value);
    }
    let naturals: Vec<Value> =
        graph.naturals().iter().zip(&natural_names).map(|(&shape, name)| to.argument(name, shape, index)).collect();
    arguments.extend(&naturals);

    let results: Vec<Id> = module.results.iter().map(|result| result.value).collect();
    let needed = needed(graph, &results);
    for &(leaf, number) in module.constants.iter().filter(|(leaf, _)| needed[leaf.index()]) {
        values[leaf.index()] = Some(to.full(number, graph.shape(leaf)));
    }
    for (id, node) in graph.node_ids().zip(graph.nodes()).filter(|(id, _)| needed[id.index()]) {
        let operand = |operand: &Id| values[operand.index()].expect("operands come first");
        let operands: Vec<Value> = node.operands.iter().map(operand).collect();
        let value = match node.shape.elements() {
            // Nothing is there to be computed, and not every engine takes windows over nothing.
            0 => to.numbers(&[], node.shape),
            _ => node.op.lower(&mut to, &operands, &naturals),
        };
        debug_assert_eq!(value.shape, node.shape, "the shape of {id}, {}", node.op.name());
        values[id.index()] = Some(value);
    }

    let results: Vec<Value> = results.iter().map(|id| values[id.index()].expect("results are needed")).collect();
    let list = |items: Vec<String>| items.join(", ");
    let typed = |value: &Value| format!("{}: {}", to.name(*value), value.kind());
    let named = |(value, name): (&Value, &String)| format!("{} {{jax.result_info = \"{name}\"}}", value.kind());
    let mut text = format!("module @{} {{\n  func.func public @main(", module.name);
    let mut push = |part: std::fmt::Arguments<'_>| text.write_fmt(part).expect("a string takes any text");
    push(format_args!("{}) -> (", list(arguments.iter().map(typed).collect())));
    push(format_args!("{}) {{\n", list(results.iter().zip(&result_names).map(named).collect())));
    let names = list(results.iter().map(|value| to.name(*value).to_owned()).collect());
    let kinds = list(results.iter().map(|value| value.kind().to_string()).collect());
    push(format_args!("{}", to.text()));
    match results.is_empty() {
        true => push(format_args!("    return\n  }}\n}}\n")),
        false => push(format_args!("    return {names} : {kinds}\n  }}\n}}\n")),
    }
    text
}
