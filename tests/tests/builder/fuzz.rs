//! Whatever the input, an operation is added or refused: no panic, and no memory taken for what is too large.

use session::autodiff::{forward, reverse};

use super::*;

/// Sizes at which arithmetic may overflow, and small ones.
const SIZES: [usize; 16] =
    [0, 1, 2, 3, 4, 5, 0, 1, 2, 1 << 20, 1 << 32, 1 << 53, 1 << 61, isize::MAX as usize, usize::MAX - 1, usize::MAX];

const NUMBERS: [f64; 12] = [0.0, 1.0, 2.0, 3.0, 8.0, 0.5, -1.0, f64::NAN, f64::INFINITY, 4294967296.0, 9e15, 1e300];

fn any_list(source: &mut Source) -> Vec<usize> {
    let count = source.pick(&[0, 1, 2, 3, 4, 5, 8, 9]);
    (0..count).map(|_| source.pick(&SIZES)).collect()
}

/// A shape whose elements can be counted.
fn any_shape(source: &mut Source) -> DynShape {
    let rank = source.between(0, 8);
    let mut sizes: Vec<usize> = (0..rank).map(|_| source.pick(&SIZES)).collect();
    while sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size.max(1))).is_none_or(too_many) {
        let largest = (0..rank).max_by_key(|&axis| sizes[axis]).expect("no scalar has too many elements");
        sizes[largest] >>= 1;
    }
    DynShape::new(&sizes)
}

fn too_many(elements: usize) -> bool {
    elements > isize::MAX as usize
}

/// A draft with one to four things replaced by anything.
fn spoiled(name: &'static str, source: &mut Source) -> Call {
    let mut call = random(name, source);
    let counts = [call.operands.len(), call.naturals.len(), call.arguments.len()];
    for _ in 0..source.between(1, 4) {
        match source.below(3) {
            0 if counts[0] > 0 => {
                let operand = source.below(counts[0]);
                call.operands[operand] = any_shape(source);
            }
            // A size that several operands have is often the same in all.
            1 if counts[0] > 0 => {
                let from = call.operands[source.below(counts[0])];
                let (old, new) = (from.first().copied().unwrap_or(1), source.pick(&SIZES));
                let all = call.operands.iter().map(|shape| replace_sizes(shape, old, new));
                if let Some(operands) = all.collect() {
                    call.operands = operands;
                }
            }
            2 if counts[1] > 0 => {
                let natural = source.below(counts[1]);
                call.naturals[natural].0 = any_shape(source);
            }
            _ if counts[2] > 0 => {
                let argument = source.below(counts[2]);
                let argument = &mut call.arguments[argument].1;
                *argument = match argument {
                    Argument::Number(_) => Argument::Number(source.pick(&NUMBERS)),
                    Argument::Numbers(list) if !list.is_empty() && source.flag() => {
                        Argument::Numbers(with(list, source.below(list.len()), source.pick(&SIZES)))
                    }
                    Argument::Numbers(_) => Argument::Numbers(any_list(source)),
                    Argument::Natural(_) => Argument::Natural(NatId::new(source.below(4))),
                    _ => Argument::Flag(source.flag()),
                };
            }
            _ => {}
        }
    }
    call
}

fn replace_sizes(shape: &[usize], old: usize, new: usize) -> Option<DynShape> {
    let sizes: Vec<usize> = shape.iter().map(|&size| if size == old { new } else { size }).collect();
    let elements = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size.max(1)))?;
    (!too_many(elements)).then(|| DynShape::new(&sizes))
}

#[test]
fn any_call_is_added_or_refused() {
    for_every_operation_times(16 * CASES, spoiled, |call| {
        let mut builder = call.inputs().expect("shapes that can be counted");
        match attempt(call, &mut builder)? {
            Err(Error::Call { name, .. }) => prop_assert_eq!(name, call.name),
            Err(error) => prop_assert!(is_rule(call, &builder, &error)?, "{error}"),
            Ok(value) => {
                // Nor do its derivatives, however large the shapes.
                let derivatives = || {
                    let leaves: Vec<Id> = (0..call.operands.len()).map(Id::new).collect();
                    let tangents = forward(builder.graph(), &leaves);
                    let gradient = reverse(builder.graph(), &[value]);
                    [tangents.graph, gradient.graph].map(|graph| graph.validate())
                };
                let Ok(valid) = catch_unwind(AssertUnwindSafe(derivatives)) else {
                    return Err(TestCaseError::fail("the derivatives panic, for the reason above"));
                };
                prop_assert!(valid.iter().all(Result::is_ok), "{valid:?}");
            }
        }
        Ok(())
    });
}
