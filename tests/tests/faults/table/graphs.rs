//! Faults of what is computed: schedules, runs, differentiation and rules.

use super::{Fault, Room, faults};
use crate::layers::Layer::{Refused, Rules, Runs, Slopes, Verify, VerifyAll};

faults! {
    Schedule "session/src/tape/passes.rs" {
        "names of one shape":
            "let shapes = «mapped(&node.operands, |&operand| graph.shape(operand))»;"
            => "Vec::new()",
            "Operations on the same elements under other shapes count as one expression.",
            Verify;
        "constants as expressions":
            "Op::Constant(_) => «id»,"
            => "*first.entry((&node.op, node.operands, Vec::new())).or_insert(id)",
            "Two constants with equal numbers become one, though the next recording may give them others.",
            Verify Runs;
        "operand not needed":
            "«node.operands.iter().for_each(|operand| needed[root[operand.index()].index()] = true);»"
            => "node.operands.iter().take(1).for_each(|operand| needed[root[operand.index()].index()] = true);",
            "Dead code elimination follows the first operand only.",
            Refused;
        "numbers computed once":
            "&& «!node.op.reads_naturals()»;"
            => "true",
            "What depends on a natural-number input only is computed once, though that input may change.",
            Verify Runs;
        "constants computed once":
            "let mut fixed = «vec![false; graph.len()]»;"
            => "graph.ids().map(|id| graph.node(id).is_some_and(|node| matches!(node.op, Op::Constant(_)))).collect()",
            "What depends on constants only is computed once, though their numbers may change.",
            Verify Runs;
        "answers computed once":
            "!of_inputs && «!requested[id.index()]» &&"
            => "true",
            "A requested value that depends on nothing is computed in the first run only.",
            VerifyAll Runs;
        "transposes as names":
            "filter(|&&axis| «shape[axis] != 1»).is_sorted()"
            => "false",
            "Every transposed value is taken for another name of its operand, in whose order its elements stay.",
            Verify Runs;
    }
    Schedule "session/src/tape/schedule.rs" {
        "life ends at an alias":
            "«uses[root(operand).index()] = Some([first, time])»;"
            => "uses[operand.index()] = Some([first, time])",
            "A use under another name does not prolong the life of a value.",
            Verify;
        "values die at their first use":
            "if «self.uses[id.index()].is_some_and(|[_, last]| last == time)»"
            => "self.uses[id.index()].is_some()",
            "The place of a value is given away after its first use.",
            Refused;
        "prologue dies":
            "&& «self.analysis.prologue.binary_search(&id).is_err()»"
            => "true",
            "The place of what is computed once is used again.",
            Verify;
        "what is kept dies":
            "let scratch = if «keeps» {"
            => "false",
            "The place of a transpose that is kept from run to run is used again.",
            Verify Runs;
        "result in place of an operand":
            "«Slot::Arena(self.arena.begin(self.graph.shape(id).elements()))»"
            => "match self.graph.node(id).and_then(|node| node.operands.first().copied()).filter(|&x| self.graph.shape(x) == self.graph.shape(id)).and_then(|x| self.slots[self.analysis.root[x.index()].index()]) { Some(Slot::Arena(number)) => Slot::Arena(number), _ => Slot::Arena(self.arena.begin(self.graph.shape(id).elements())) }",
            "A result is written over its first operand.",
            Refused;
        "scratch over values":
            "*scratch = «start..start + length»;"
            => "0..length",
            "The scratch of kernels is the beginning of the arena, whatever lies there.",
            Refused;
        "operands the wrong way round":
            "let operands = «mapped(&node.operands, |&operand| self.place(operand))»;"
            => "{ let mut places: Vec<Place> = node.operands.iter().map(|&operand| self.place(operand)).collect(); if places.len() == 2 && places[0].shape == places[1].shape { places.swap(0, 1); } places }",
            "The two operands of an instruction are swapped.",
            Verify VerifyAll;
        "instructions out of order":
            "let mut body: Vec<Instruction> =\n            «groups.iter().enumerate().map(|(time, group)| placing.instruction(group, Some(time))).collect()»;"
            => "{ let mut body: Vec<Instruction> = groups.iter().enumerate().map(|(time, group)| placing.instruction(group, Some(time))).collect(); if body.len() > 1 { body.swap(0, 1); } body }",
            "The first two instructions change places.",
            Verify VerifyAll;
        "steps out of order":
            "let mut steps: Vec<Step> = «mapped(group, |&id| self.step(id))»;"
            => "{ let mut steps: Vec<Step> = group.iter().map(|&id| self.step(id)).collect(); if steps.len() > 1 { steps.swap(0, 1); } steps }",
            "The first two steps of a fused instruction change places.",
            Verify VerifyAll;
        "one local for all":
            "let number = «free.pop().unwrap_or(count)»;"
            => "0",
            "All values between the steps of an instruction have one place.",
            Refused;
        "local that others read":
            "let only_here = «group.len() > 1 && self.uses[id.index()] == time.map(|time| [time, time])»;"
            => "group.len() > 1 && self.uses[id.index()].is_some_and(|[first, _]| Some(first) == time)",
            "What a later instruction reads too lies between the steps of one.",
            Verify;
    }
    Schedule "session/src/tape/memory.rs" {
        "kept from its instruction on":
            "self.lives[number].first = «0»;"
            => "self.now",
            "What is kept from run to run lies where something is before it is read.",
            Verify Runs;
        "one local for all of a tile":
            "Slot::Arena(«scratch.start + number * length»)"
            => "scratch.start",
            "In a loop of a single tile, all values between the steps have one place.",
            Refused;
        "tile of other operands":
            "Access::new(&self.layout, «mapped(&step.operands, part)», vec![part(&step.output), none])"
            => "step.operands.iter().rev().map(part).collect()",
            "In a loop of a single tile, kernels read the operands in the wrong order.",
            Verify;
        "part too small":
            "if «start + life.length <= starts[other]» {"
            => "start + life.length <= starts[other] + ALIGNMENT",
            "A value is placed in a free part that is one unit too short.",
            Refused;
        "place of an operand":
            "b.last.is_none_or(|last| «a.first <= last»);"
            => "a.first < last",
            "A value may lie where an operand does that nobody reads later.",
            Refused;
        "only the last neighbour":
            "start = «start.max(starts[other] + self.lives[other].length)»;"
            => "starts[other] + self.lives[other].length",
            "A value is placed behind the one that begins last, though another ends later.",
            Verify;
    }
    Schedule "session/src/tape/fusion.rs" {
        "loop wired to another input":
            "let known = «self.inputs.iter().position(same)»;"
            => "self.inputs.iter().position(|input| input.shape.elements() == place.shape.elements())",
            "A fused loop reads one input for all of as many elements.",
            Verify;
        "fused too late":
            "readers.into_iter().all(|reader| «group.contains(reader) || self.position[reader] >= self.position[&id]»)"
            => "true",
            "A group waits for an operation although something before that reads what it computes.",
            Refused;
        "arrays read whole for each tile":
            "Reading::Along => «Operand::Input(index)»,"
            => "Operand::Whole(index)",
            "Each tile of a fused loop reads the first elements of its inputs.",
            Verify;
        "tiles that cut planes":
            "plane: «plane_of(steps)»,"
            => "1",
            "The tiles of a loop with the gradient of a pool are no whole planes.",
            Verify;
        "updates wired to the first input":
            "op if is_leader(op) => «vec![Reading::Whole; step.operands.len()]»,"
            => "vec![Reading::Along; step.operands.len()]",
            "The loop of a product and its update reads the factors element by element.",
            Refused;
    }
    Run "session/src/tape/run.rs" {
        "wrong leaf":
            "leaves.iter().chain(constants.iter()).for_each(|region| regions.read(«region.as_ref()»));"
            => "leaves.iter().rev().find(|other| other.as_ref().len() == region.as_ref().len()).unwrap_or(region).as_ref()",
            "An instruction reads the last leaf of as many elements.",
            Verify;
        "first instruction left out":
            "kernels.execute(«schedule.body()», space);"
            => "schedule.body().get(1..).unwrap_or_default()",
            "The first instruction of a run is not executed: its place holds what was there before.",
            Verify Runs;
        "prologue left out":
            "kernels.execute(«schedule.prologue()», space);"
            => "&[]",
            "What is to be computed once is never computed.",
            Verify;
    }
    Run "session/src/tape/mod.rs" {
        "prologue left out of tapes":
            "&mut space, «!self.prologue_done»);"
            => "false",
            "Tapes, unlike the check, never compute the prologue.",
            Runs;
        "results not kept":
            "Source::Buffer(buffer) => «self.current[buffer].as_ref().expect(\"the tape has run\")»,"
            => "self.made[buffer].first().or(self.current[buffer].as_ref()).expect(\"the tape has run\")",
            "An answer is read from the buffer of an earlier run.",
            Runs;
        "seeds of the last call":
            "Some(reverse) if «reverse.seeds == ids» => reverse,"
            => "true",
            "The tape of other seeds is used again.",
            Runs;
    }
    Run "session/src/session/request.rs" {
        "constants of the first recording":
            "«compiled.tape.set_constant(index, constant.clone());»"
            => "{}",
            "A tape that is found again keeps the constants that it was compiled with.",
            Runs;
        "kept value of another name":
            "kept.iter().map(|&id| «graph.shifted(id, extra)»)"
            => "id",
            "A kept value is looked for under its id before leaves were added.",
            Verify;
    }
    Run "session/src/ir/graph.rs" {
        "nodes of other leaves":
            "self.leaves.push(shape);\n            «self.nodes.forget();»"
            => "{}",
            "What is recorded again is taken from a recording of another leaf.",
            Refused;
        "nodes of other attributes":
            "|| «!next.op.same_program(op)» ||"
            => "std::mem::discriminant(&next.op) != std::mem::discriminant(op)",
            "What is recorded again is taken from a recording with another attribute.",
            Runs;
    }
    Derivatives "session/src/autodiff.rs" {
        "overwrite instead of accumulate":
            "Some(sum) => «emit.add(sum, contribution)»,"
            => "contribution",
            "The last contribution to a cotangent replaces the others.",
            Verify VerifyAll;
        "missing contribution":
            "«accumulate(&mut emit, &mut gradient[operand.index()], contribution);»"
            => "gradient[operand.index()].get_or_insert(contribution);",
            "Only the first contribution to a cotangent counts.",
            Verify VerifyAll;
        "reassociated contributions":
            "Some(sum) => «emit.add(sum, contribution)»,"
            => "emit.add(contribution, sum)",
            "Contributions are added the other way round: the same number, another expression.",
            Verify VerifyAll;
        "seed forgotten":
            "«accumulate(&mut emit, &mut gradient[seed.index()], input);»"
            => "gradient[seed.index()] = Some(input); if seed.index() + 1 < graph.len() { gradient[seed.index()] = None; }",
            "Only a seed at the last value counts.",
            VerifyAll;
        "value of another node":
            "output: «value[id.index()]» };\n        let contributions"
            => "if id.index() > graph.leaves().len() && graph.shape(id) == graph.shape(crate::ir::Id::new(id.index() - 1)) { value[id.index() - 1] } else { value[id.index()] }",
            "Reverse rules are given the value of the node before.",
            Verify VerifyAll;
        "tangent of half an operation":
            "if «tangents.iter().all(Option::is_none)» {"
            => "tangents.iter().any(Option::is_none)",
            "A node with one operand that has no tangent gets none.",
            Verify;
    }
    Derivatives "session/src/session/request.rs" {
        "one leaf of a parameter":
            "let mut gradients: Vec<Option<Id>> = «mapped(groups, |group| derivative.total(group))»;"
            => "groups.iter().map(|group| derivative.total(&group[..1])).collect()",
            "A step counts only the first of the leaves that a parameter is.",
            Verify Runs;
        "one leaf of a gradient":
            "std::iter::once(value).chain(wanted.iter().map(|group| «derivative.total(group)»));"
            => "derivative.total(&group[..1])",
            "The gradient of a parameter counts only the first of its leaves.",
            Verify;
        "no clipping":
            "«clip(&mut emit, &mut gradients, max_norm);»"
            => "{}",
            "A clipped step leaves its gradients as they are.",
            Verify Runs;
        "hyper-parameters out of order":
            "let hyper = «[shared.as_slice(), &next(fragment.step_parameters)].concat()»;"
            => "{ let own = next(fragment.step_parameters); [own.as_slice(), &shared].concat() }",
            "An update is given its own hyper-parameters before those that all share.",
            Verify Runs;
        "update of the wrong gradient":
            "let updated = «fragment.inline(&mut emit, cells[0], gradient, &cells[1..], &hyper)»;"
            => "fragment.inline(&mut emit, cells[0], cells[0], &cells[1..], &hyper)",
            "An update takes the parameter for its gradient.",
            Verify Runs;
    }
    Derivatives "session/src/optim/fragment.rs" {
        "states out of order":
            "«values.extend_from_slice(state);»"
            => "values.extend(state.iter().rev());",
            "An update is given its states in the wrong order.",
            Verify Runs;
        "parameter and state exchanged":
            "        «mapped(&self.outputs, |id| values[id.index()])»"
            => "self.outputs.iter().rev().map(|id| values[id.index()]).collect()",
            "The new state becomes the parameter, the new parameter the state.",
            Verify Runs;
    }
    Derivatives "session/src/optim/sgd.rs" {
        "momentum of the parameter":
            "let velocity = momentum.then(|| «emit.axpy(hyper[1], state[0], gradient)»);"
            => "emit.axpy(hyper[0], state[0], gradient)",
            "The velocity is multiplied by the rate. The update itself is the definition: only the same by hand knows.",
            Runs;
    }
    Derivatives "session/src/session/trained.rs" {
        "correction of the last update":
            "optimizer.step_parameters(«updates + 1», &mut"
            => "updates + 2",
            "The bias correction of Adam is that of the next update.",
            Runs;
        "lease of what an update leaves alone":
            "(None, Some(next)) => «next[leaf].clone_from(&now[leaf])»,"
            => "next[leaf].clone_from(&now[0])",
            "A leased parameter that the loss does not depend on is lost.",
            Refused;
    }
    Run "session/src/param/lease.rs" {
        "lease that has ended":
            "let has_ended = || «lease.has_ended.load(Acquire)»;"
            => "false",
            "A step goes on with the values that it had when somebody else changed a parameter.",
            Runs;
    }
    Derivatives "session/src/session/step.rs" {
        "plain descent by one leaf":
            "let gradient = emit.total(«gradients.iter().copied().map(Some)»)"
            => "gradients[..1].iter().copied().map(Some)",
            "`sgd_step_all` counts only the first leaf of a parameter.",
            Runs;
    }
    Run "session/src/session/replay.rs" {
        "parameters of the first run":
            "if «self.versions.get(leaf) != Some(&version)» {"
            => "self.versions.get(leaf).is_none_or(|&known| known == NO_VERSION)",
            "What is replayed does not see that a parameter was given another value.",
            Runs;
    }
    Rules "session/src/ops/elementwise/arithmetic.rs" {
        "product by the wrong factor":
            "«[Some(emit.mul(d, b)), Some(emit.mul(d, a))]»"
            => "[Some(emit.mul(d, a)), Some(emit.mul(d, b))]",
            "Each factor of a product gets the cotangent times itself.",
            Rules;
        "sign of a difference":
            "«[Some(d), Some(emit.neg(d))]»"
            => "[Some(d), Some(d)]",
            "The subtrahend gets the cotangent without its sign.",
            Rules;
        "tangent of a quotient":
            "let db = db.map(|db| «emit.mul(y, db)»);"
            => "emit.mul(b, db)",
            "The forward rule of a quotient multiplies by the divisor for the quotient.",
            Rules;
        "whole shares at a tie":
            "let (zero, half) = (emit.zeros_like(d), «emit.scale(d, 0.5)»);"
            => "emit.scale(d, 1.0)",
            "Both operands of a maximum get all of the cotangent where they are equal.",
            Rules;
    }
    Rules "session/src/ops/elementwise/smooth.rs" {
        "slope of tanh":
            "let square = emit.mul(y, y);\n        let factor = «emit.scalar_sub(1.0, square)»;"
            => "emit.scalar_sub(2.0, square)",
            "The derivative of tanh is 2 - y².",
            Rules;
        "scale of the bell":
            "let density = emit.scale(bell, «0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2»);"
            => "FRAC_2_SQRT_PI * FRAC_1_SQRT_2",
            "The density in the derivative of gelu is twice too large.",
            Rules;
    }
    Rules "session/src/ops/elementwise/piecewise.rs" {
        "wrong side of a clamp":
            "Some(emit.push(ClampGate { lo: self.lo, hi: «self.hi» }, &[x, d]))"
            => "self.lo",
            "No derivative flows between the bounds of a clamp.",
            Rules;
    }
    Rules "session/src/ops/reduce.rs" {
        "mean without its divisor":
            "let share = «emit.div_scalar(cotangent, count(shape, self.axes))»;"
            => "cotangent",
            "The reverse rule of a mean does not divide.",
            Rules;
        "winners not counted":
            "let share = «emit.div(cotangent, count)»;"
            => "cotangent",
            "Each of several largest elements gets all of the cotangent.",
            Rules;
    }
    Rules "session/src/ops/matmul.rs" {
        "transpose forgotten":
            "emit.matmul(d, false, flat_b, «!transpose_b»)"
            => "transpose_b",
            "The cotangent of the left matrix is a product with the right one as it is.",
            Rules;
        "bias without a tangent":
            "let bias = «tangents[1].map(|b| emit.broadcast(b, emit.shape(site.output)))»;"
            => "None",
            "The forward rule of linear leaves the bias out.",
            Rules;
    }
    Rules "session/src/ops/layout.rs" {
        "axes not turned back":
            "vec![Some(emit.push(«self.inverse()», &[cotangent]))]"
            => "self.clone()",
            "The reverse rule of a permutation permutes once more instead of back.",
            Rules;
        "slice put back elsewhere":
            "let pad = «Pad { axis: self.axis, before: self.start, after: size - self.end }»;"
            => "Pad { axis: self.axis, before: size - self.end, after: self.start }",
            "The reverse rule of a slice puts the cotangent at the wrong position.",
            Rules;
        "halves exchanged":
            "vec![Some(«part(emit, 0, a)»), Some(part(emit, a, a + b))]"
            => "part(emit, b, a + b)",
            "Both operands of a concatenation get its second half.",
            Rules;
    }
    Rules "session/src/ops/conv.rs" {
        "bias of a convolution once":
            "«emit.sum(cotangent, (0..rank).filter(|&axis| axis != channel).collect())»"
            => "{ let axes: DynShape = (0..rank).filter(|&axis| axis != channel).collect(); let sum = emit.sum(cotangent, axes); emit.scale(sum, 0.5) }",
            "The gradient of the bias of a convolution is half of what it should be.",
            Rules;
    }
    Rules "session/src/ops/softmax.rs" {
        "sum with the wrong sign":
            "let difference = «emit.sub(d, sum)»;"
            => "emit.add(d, sum)",
            "The derivative of softmax adds the mean instead of subtracting it.",
            Rules;
        "logarithm without its sum":
            "    «emit.sub(d, product)»\n}"
            => "d",
            "The reverse rule of log_softmax leaves out what comes from the sum.",
            Rules;
    }
    Rules "session/src/ops/loss.rs" {
        "factor of a square":
            "let factor = emit.scale(cotangent, «2.0»);"
            => "1.0",
            "The derivative of a square in mse_loss is without its factor 2.",
            Rules;
        "sign of a loss":
            "Some(emit.div_scalar(sum, «-(rows.elements() as f64)»))"
            => "rows.elements() as f64",
            "The tangent of cross_entropy has the wrong sign.",
            Rules;
    }
    Rules "session/src/scalar/dual.rs" {
        "derivative of the cosine":
            "self.map(self.value.cos(), «-self.value.sin()»)"
            => "self.value.sin()",
            "The table says that the derivative of the cosine is the sine.",
            Rules Slopes;
        "derivative of a quotient":
            "tangent: «(self.tangent - value * other.tangent) / other.value» }"
            => "(self.tangent + value * other.tangent) / other.value",
            "Dual numbers have the wrong sign in the derivative of a quotient.",
            Rules Slopes;
        "a term of mul_add":
            "tangent: «self.tangent.mul_add(factor.value, inner)»,"
            => "inner",
            "Dual numbers leave a term of the derivative of mul_add out.",
            Rules Slopes;
    }
}
