//! Calls with a wrong name, or with operands and arguments of another number or kind.

use super::*;

/// Refused as a call, by its name, with a reason that has this in it.
fn refused(call: &Call, reason: &str) -> Result<(), TestCaseError> {
    match attempt(call, &mut call.inputs().expect("small shapes"))? {
        Err(Error::Call { name, reason: found }) => {
            prop_assert_eq!(name, call.name);
            prop_assert!(found.contains(reason), "{found}");
        }
        other => prop_assert!(false, "{other:?}"),
    }
    Ok(())
}

#[test]
fn no_such_operation() {
    let mut builder = GraphBuilder::new();
    let error = builder.call("convolve", &[], &[], &[]).unwrap_err();
    assert_eq!(error.to_string(), "convolve: there is no such operation");
}

#[test]
fn arguments_that_are_missing_or_too_many() {
    for_every_operation(random, |call| {
        let superfluous = call.clone().with("colour", Argument::Number(1.0));
        refused(&superfluous, "colour")?;
        for (position, (key, argument)) in call.arguments.iter().enumerate() {
            refused(&call.clone().with(key, argument.clone()), key)?;
            if !["causal", "mask", "present"].contains(key) {
                let mut call = call.clone();
                call.arguments.remove(position);
                refused(&call, &format!("the argument `{key}` is missing"))?;
            }
        }
        Ok(())
    });
}

#[test]
fn arguments_of_another_kind() {
    for_every_operation(random, |call| {
        for (key, argument) in &call.arguments {
            let kinds = [
                Argument::Number(1.5),
                Argument::Number(-1.0),
                Argument::Number(f64::NAN),
                Argument::Numbers(vec![1]),
                Argument::Flag(true),
                Argument::Natural(NatId::new(0)),
            ];
            // A size is written as a number.
            let counts =
                ["axis", "index", "depth", "start", "end", "before", "after", "groups", "heads", "key", "stride"];
            let whole = counts.contains(key) || (*key == "padding" && matches!(argument, Argument::Number(_)));
            let other = |kind: &Argument| {
                std::mem::discriminant(kind) != std::mem::discriminant(argument)
                    || (whole && matches!(argument, Argument::Number(_)))
            };
            for kind in kinds.into_iter().filter(other) {
                refused(&replaced(call, key, kind), &format!("the argument `{key}` must be"))?;
            }
        }
        Ok(())
    });
}

#[test]
fn operands_of_another_number() {
    for_every_operation(random, |call| {
        let mut more = call.clone();
        more.naturals.insert(0, (DynShape::SCALAR, 1));
        more.positional += 1;
        refused(&more, "natural-number inputs")?;
        if call.positional > 0 {
            let mut fewer = call.clone();
            fewer.positional -= 1;
            refused(&fewer, "natural-number inputs")?;
        }
        // It takes any number.
        if call.name == "stack" {
            return Ok(());
        }
        let mut more = call.clone();
        more.operands.push(DynShape::SCALAR);
        refused(&more, &format!("it takes {} operands, not {}", call.operands.len(), more.operands.len()))?;
        let mut fewer = call.clone();
        if fewer.operands.pop().is_some() {
            refused(&fewer, &format!("it takes {} operands, not {}", call.operands.len(), fewer.operands.len()))?;
        }
        Ok(())
    });
}

#[test]
fn operands_that_are_not_there() {
    for_every_operation(random, |call| {
        let mut builder = call.inputs().expect("small shapes");
        let count = builder.graph().len();
        let naturals: Vec<NatId> = (0..call.positional).map(NatId::new).collect();
        for position in 0..count {
            for missing in [count, count + 7, u32::MAX as usize].map(Id::new) {
                let mut operands: Vec<Id> = (0..count).map(Id::new).collect();
                operands[position] = missing;
                match builder.call(call.name, &operands, &naturals, &call.arguments) {
                    Err(Error::NoSuchValue { id, count: found }) => prop_assert_eq!((id, found), (missing, count)),
                    other => prop_assert!(false, "{other:?}"),
                }
                prop_assert_eq!(builder.graph().len(), count);
            }
        }
        let operands: Vec<Id> = (0..count).map(Id::new).collect();
        for position in 0..call.positional {
            let mut naturals = naturals.clone();
            naturals[position] = NatId::new(call.naturals.len());
            let error = builder.call(call.name, &operands, &naturals, &call.arguments).unwrap_err();
            prop_assert!(is_rule(call, &builder, &error)?, "{error}");
            prop_assert!(error.to_string().contains("natural-number input"), "{error}");
        }
        Ok(())
    });
}
