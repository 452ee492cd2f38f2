//! Random graphs with numbers to run them on.

use std::fmt;

use session::ir::{DynShape, Graph, Id, NatId, Op, op};
use session::semantics::Array;

use crate::{Call, Draft, Source};

/// A graph, a value for every leaf, a list for every natural-number input.
#[derive(Clone)]
pub struct Program {
    /// The graph.
    pub graph: Graph,
    /// The values of the leaves.
    pub leaves: Vec<Array<f64>>,
    /// The values of the natural-number inputs; some are out of range.
    pub naturals: Vec<Vec<usize>>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.graph)?;
        for (index, leaf) in self.leaves.iter().enumerate() {
            writeln!(f, "# leaf {index} = {:?}", leaf.data)?;
        }
        self.naturals.iter().enumerate().try_for_each(|(index, list)| writeln!(f, "# n{index} = {list:?}"))
    }
}

/// Which numbers to run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Points {
    /// No two equal, none near 0.
    Smooth,
    /// Whole numbers, so that windows have ties and gates stand on their edge.
    Tied,
}

impl Program {
    /// One use of one operation, on leaves, at numbers where it has a value.
    ///
    /// # Panics
    /// If no draft makes the operation.
    pub fn of(name: &str, points: Points, source: &mut Source) -> (Self, Draft) {
        let draft = Draft::random(name, source, NatId::new(0));
        let mut program = Self::on(name, &draft.operands, points, source);
        let ids: Vec<Id> = program.graph.ids().collect();
        program.indices(&draft.naturals, source);
        program.push(draft.op.clone(), &ids);
        (program, draft)
    }

    /// One call of one operation of the builder, on leaves, at numbers where it has a value.
    ///
    /// # Panics
    /// If no draft makes the operation, or it does not accept the draft.
    pub fn of_call(name: &'static str, points: Points, source: &mut Source) -> (Self, Call) {
        let call = Call::random(name, points, source);
        let mut program = Self::on(name, &call.operands, points, source);
        program.indices(&call.naturals, source);
        let mut builder = call.inputs().expect("small shapes");
        let output = call.apply(&mut builder).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Some(output), builder.graph().ids().next_back(), "the value comes last");
        // What was captured comes after the inputs.
        program.naturals.extend(builder.captured().map(|(_, numbers)| numbers.to_vec()));
        program.graph = builder.into_graph();
        (program, call)
    }

    /// Leaves of these shapes with numbers in the domain of the operation.
    fn on(name: &str, operands: &[DynShape], points: Points, source: &mut Source) -> Self {
        let mut program = Self { graph: Graph::default(), leaves: Vec::new(), naturals: Vec::new() };
        // All from one list, so that no two operands meet where their difference has a kink.
        let count = operands.iter().map(DynShape::elements).sum();
        let mut numbers = match points {
            Points::Smooth => source.distinct(count),
            Points::Tied => source.tied(count),
        }
        .into_iter();
        for (position, &shape) in operands.iter().enumerate() {
            program.graph.leaf(shape);
            let mut data: Vec<f64> = numbers.by_ref().take(shape.elements()).collect();
            match (name, position) {
                ("log" | "sqrt" | "pow", _) | ("batch_norm_eval", 4) => {
                    data.iter_mut().for_each(|x| *x = x.abs() + 0.25)
                }
                ("div" | "broadcast_div", 1) | ("scalar_div" | "reciprocal", 0) => {
                    data.iter_mut().for_each(|x| *x += if *x < 0.0 { -0.25 } else { 0.25 })
                }
                _ => {}
            }
            program.leaves.push(Array::new(shape, data));
        }
        program
    }

    /// Several operations of the whole table, one after the other, on leaves and on each other's values.
    pub fn random(most: usize, source: &mut Source) -> Self {
        let mut program = Self { graph: Graph::default(), leaves: Vec::new(), naturals: Vec::new() };
        for _ in 0..source.between(1, 3) {
            let shape = source.shape(0, 3);
            program.graph.leaf(shape);
            program.leaves.push(Array::new(shape, source.distinct(shape.elements())));
        }
        for _ in 0..source.between(1, most) {
            let draft = Draft::random(source.pick(Op::NAMES), source, NatId::new(program.naturals.len()));
            let ids: Vec<Id> = draft.operands.iter().map(|&shape| program.operand(shape, source)).collect();
            program.indices(&draft.naturals, source);
            program.push(draft.op, &ids);
        }
        program
    }

    /// A value of this shape: one there is, or one cut or padded to its size.
    fn operand(&mut self, shape: DynShape, source: &mut Source) -> Id {
        let fitting: Vec<Id> = self.graph.ids().filter(|&id| self.graph.shape(id) == shape).collect();
        if !fitting.is_empty() {
            return source.pick(&fitting);
        }
        let any: Vec<Id> = self.graph.ids().collect();
        let value = source.pick(&any);
        let (count, wanted) = (self.graph.shape(value).elements(), shape.elements());
        let flat = self.push(op::Reshape { to: DynShape::new(&[count]) }, &[value]);
        let sized = if wanted <= count {
            self.push(op::Slice { axis: 0, start: count - wanted, end: count }, &[flat])
        } else {
            self.push(op::Pad { axis: 0, before: 0, after: wanted - count }, &[flat])
        };
        self.push(op::Reshape { to: shape }, &[sized])
    }

    fn push(&mut self, op: impl Into<Op>, operands: &[Id]) -> Id {
        self.graph.push(op, operands).unwrap_or_else(|error| panic!("{error}"))
    }

    fn indices(&mut self, naturals: &[(DynShape, usize)], source: &mut Source) {
        for &(shape, bound) in naturals {
            self.graph.natural(shape);
            self.naturals.push((0..shape.elements()).map(|_| (source.unit() * (bound + 2) as f64) as usize).collect());
        }
    }

    /// The last value.
    pub fn output(&self) -> Id {
        self.graph.ids().next_back().expect("a program has values")
    }

    /// A random tensor of the shape of a value.
    pub fn like(&self, id: Id, source: &mut Source) -> Array<f64> {
        let shape = self.graph.shape(id);
        Array::new(shape, source.distinct(shape.elements()))
    }
}
