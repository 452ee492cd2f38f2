//! The graph as data: its text form, equality, validation.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::prelude::*;
use session::Error;
use session::ir::{Data, DynShape, Graph, Id, Literal, NatId, Op, op};
use session_tests::{Points, Program, Source, for_each_case, for_each_name};

fn hash(graph: &Graph) -> u64 {
    let mut hasher = DefaultHasher::new();
    graph.hash(&mut hasher);
    hasher.finish()
}

/// Refuses a graph that does not read back equal from its text.
fn reads_back(graph: &Graph) -> Result<(), TestCaseError> {
    let text = graph.to_string();
    let read: Graph = text.parse().map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
    prop_assert_eq!(&read, graph);
    prop_assert_eq!(hash(&read), hash(graph));
    prop_assert_eq!(read.to_string(), text);
    Ok(())
}

#[test]
fn every_operation_reads_back() {
    for_each_name(Op::NAMES, |name| {
        let make = |source: &mut Source| Program::of(name, Points::Smooth, source).0;
        for_each_case(64, make, |program| reads_back(&program.graph));
    });
}

#[test]
fn random_graphs_read_back() {
    for_each_case(
        1024,
        |source| Program::random(8, source),
        |program| {
            program.graph.validate().map_err(|error| TestCaseError::fail(error.to_string()))?;
            reads_back(&program.graph)
        },
    );
}

/// A text with one character replaced, removed or doubled.
fn damaged(source: &mut Source) -> String {
    const LETTERS: &[char] =
        &['0', '1', '9', '%', 'n', '[', ']', '(', ')', '{', '}', ',', ':', '=', '-', ' ', '\n', '#'];
    let mut letters: Vec<char> = Program::random(3, source).graph.to_string().chars().collect();
    let place = source.below(letters.len());
    match source.below(3) {
        0 => letters[place] = source.pick(LETTERS),
        1 => letters.insert(place, source.pick(LETTERS)),
        _ => drop(letters.remove(place)),
    }
    letters.into_iter().collect()
}

/// Whatever is read from a damaged text is a graph that obeys the rules; nothing panics.
#[test]
fn damaged_texts_are_refused_or_mean_something() {
    for_each_case(8192, damaged, |text| match text.parse::<Graph>() {
        Ok(graph) => reads_back(&graph),
        Err(error) => {
            let known = matches!(
                error,
                Error::GraphText { .. } | Error::Rule { .. } | Error::Operand { .. } | Error::ShapeMismatch { .. }
            );
            prop_assert!(known, "{error}");
            Ok(())
        }
    });
}

/// Texts of graphs, each wrong in one place, and the whole message.
const REFUSED: &[(&str, &str)] = &[
    ("", "line 1 of the graph: the text is empty, expected `graph 1`"),
    ("\n# only a comment", "line 1 of the graph: the text is empty, expected `graph 1`"),
    ("graph 2", "line 1 of the graph: the first line is `graph 2`, expected `graph 1`"),
    ("\n\nleaf %0: [2]", "line 3 of the graph: the first line is `leaf %0: [2]`, expected `graph 1`"),
    ("graph 1\nleaf %0", "line 2 of the graph: expected `: ` and a shape at the end"),
    ("graph 1\nleaf %0: 2", "line 2 of the graph: `2` is not a shape"),
    ("graph 1\nleaf %0: [2", "line 2 of the graph: `[2` is not a shape"),
    ("graph 1\nleaf %0: [2,]", "line 2 of the graph: `[2,]` is not a shape"),
    ("graph 1\nleaf %0: [-1]", "line 2 of the graph: `[-1]` is not a shape"),
    (
        "graph 1\nleaf %0: [1, 1, 1, 1, 1, 1, 1, 1, 1]",
        "line 2 of the graph: `[1, 1, 1, 1, 1, 1, 1, 1, 1]` is not a shape",
    ),
    ("graph 1\nleaf %1: [2]", "line 2 of the graph: the next value is `%0`, found `%1`"),
    ("graph 1\n\nnat n1: [2]", "line 3 of the graph: the next natural-number input is `n0`, found `n1`"),
    ("graph 1\nfoo: [2]", "line 2 of the graph: expected `leaf`, `nat` or `%id = operation(..)`"),
    (
        "graph 1\n%0 = full() {shape=[2], value=1}: [2]\nleaf %1: [2]",
        "line 3 of the graph: leaf %1 stands after a node; leaves precede nodes",
    ),
    ("graph 1\nleaf %0: [2]\n%2 = neg(%0): [2]", "line 3 of the graph: the next value is `%1`, found `%2`"),
    ("graph 1\nleaf %0: [2]\n%1 = neg %0: [2]", "line 3 of the graph: expected `(` after the operation"),
    ("graph 1\nleaf %0: [2]\n%1 = neg(%0: [2]", "line 3 of the graph: expected `)` after the operands"),
    ("graph 1\nleaf %0: [2]\n%1 = neg(0): [2]", "line 3 of the graph: `0` is not a value such as `%0`"),
    ("graph 1\nleaf %0: [2]\n%1 = add(%0,, %0): [2]", "line 3 of the graph: `` is not a value such as `%0`"),
    ("graph 1\nleaf %0: [2]\n%1 = neg(%0,): [2]", "line 3 of the graph: `` is not a value such as `%0`"),
    (
        "graph 1\nleaf %0: [2]\n%1 = add(%0, %0, %0, %0, %0, %0, %0): [2]",
        "line 3 of the graph: 7 operands are too many",
    ),
    ("graph 1\nleaf %0: [2]\n%1 = negate(%0): [2]", "line 3 of the graph: there is no operation `negate`"),
    (
        "graph 1\nleaf %0: [2]\n%1 = neg(%0) axis=1: [2]",
        "line 3 of the graph: expected attributes in braces, found `axis=1`",
    ),
    ("graph 1\nleaf %0: [2]\n%1 = neg(%0) {axis=0}: [2]", "line 3 of the graph: `neg` has no attribute `axis`"),
    ("graph 1\nleaf %0: [2]\n%1 = softmax(%0): [2]", "line 3 of the graph: `softmax` lacks the attribute `axis`"),
    (
        "graph 1\nleaf %0: [2]\n%1 = softmax(%0) {axes=0}: [2]",
        "line 3 of the graph: `softmax` has the attribute `axes` where `axis` is expected",
    ),
    ("graph 1\nleaf %0: [2]\n%1 = softmax(%0) {axis}: [2]", "line 3 of the graph: expected `key=value`, found `axis`"),
    (
        "graph 1\nleaf %0: [2]\n%1 = softmax(%0) {axis=last}: [2]",
        "line 3 of the graph: `last` is not a value of the attribute `axis`",
    ),
    ("graph 1\nleaf %0: [2]\n%1 = softmax(%0) {axis=0,}: [2]", "line 3 of the graph: expected `key=value`, found ``"),
    (
        "graph 1\nnat n0: [1]\nleaf %0: [2, 2]\n%1 = gather_rows(%0) {indices=n4294967296}: [1, 2]",
        "line 4 of the graph: `n4294967296` is not a value of the attribute `indices`",
    ),
    (
        "graph 1\n%0 = constant() {shape=[1], data=base64:AAAA}: [1]",
        "line 2 of the graph: `base64:AAAA` is not a value of the attribute `data`",
    ),
    (
        "graph 1\n%0 = constant() {shape=[2], data=[1, 2, 3]}: [2]",
        "node %0: constant of nothing: the shape [2] has 2 elements, but 3 are given",
    ),
    ("graph 1\nleaf %0: [2]\n%1 = neg(%1): [2]", "node %1: neg has the operand %1, which does not come before it"),
    ("graph 1\nleaf %0: [2]\n%1 = neg(%9): [2]", "node %1: neg has the operand %9, which does not come before it"),
    ("graph 1\nleaf %0: [2]\n%1 = add(%0): [2]", "node %1: add of [2]: it takes 2 to 2 operands, not 1"),
    (
        "graph 1\nleaf %0: [2]\nleaf %1: [3]\n%2 = add(%0, %1): [2]",
        "node %2: add of [2] and [3]: the shapes must be equal",
    ),
    ("graph 1\nleaf %0: [2]\n%1 = neg(%0): [3]", "%1 = neg has shape [3], expected [2]"),
    (
        "graph 1\nleaf %0: [2, 2]\n%1 = gather_rows(%0) {indices=n0}: [1, 2]",
        "node %1: gather_rows of [2, 2]: there is no natural-number input n0",
    ),
    // Sizes that no memory has: refused, not multiplied until they overflow.
    (
        "graph 1\nleaf %0: [4294967296, 4294967296]",
        "line 2 of the graph: the shape [4294967296, 4294967296] has too many elements",
    ),
    (
        "graph 1\nnat n0: [4294967296, 4294967296, 0]",
        "line 2 of the graph: the shape [4294967296, 4294967296, 0] has too many elements",
    ),
    (
        "graph 1\n%0 = constant() {shape=[4294967296, 4294967296], data=[]}: [0]",
        "node %0: constant of nothing: the shape [4294967296, 4294967296] has too many elements",
    ),
    (
        "graph 1\nleaf %0: [2]\n%1 = reshape(%0) {to=[4294967296, 4294967296, 2]}: [2]",
        "node %1: reshape of [2]: the shape [4294967296, 4294967296, 2] has too many elements",
    ),
    (
        "graph 1\nleaf %0: [2]\n%1 = pad(%0) {axis=0, before=18446744073709551615, after=1}: [2]",
        "node %1: pad of [2]: the padded axis 0 has too many positions",
    ),
    // A kernel with more axes than a weight can have.
    (
        "graph 1\nleaf %0: [1, 1, 1, 1, 1, 1, 1, 1]\n%1 = conv_weight(%0, %0) {kernel=[1, 1, 1, 1, 1, 1, 1], \
         stride=[1], padding=[0], dilation=[1], groups=1}: [1]",
        "node %1: conv_weight of [1, 1, 1, 1, 1, 1, 1, 1] and [1, 1, 1, 1, 1, 1, 1, 1]: \
         it takes 1 to 3 spatial axes, not 7",
    ),
    (
        "graph 1\nleaf %0: [1, 1, 1]\n%1 = conv(%0, %0) {stride=[1], padding=[0], dilation=[1], groups=0}: [1]",
        "node %1: conv of [1, 1, 1] and [1, 1, 1]: 0 groups must divide 1 and 1 channels",
    ),
    // Two spatial sizes for a kernel of three axes, though the numbers of elements would do.
    (
        "graph 1\nleaf %0: [1, 1, 1, 1, 1]\nleaf %1: [1, 1, 2, 2]\n%2 = conv_input(%0, %1) {spatial=[2, 2], \
         stride=[1, 1, 1], padding=[0, 0, 0], dilation=[1, 1, 1], groups=1}: [1, 1, 2, 2]",
        "node %2: conv_input of [1, 1, 1, 1, 1] and [1, 1, 2, 2]: the spatial sizes [2, 2] must be one for each of \
         3 axes of the kernel",
    ),
    // A window that lies in the padding altogether has no largest cell.
    (
        "graph 1\nleaf %0: [1, 0]\n%1 = max_pool(%0) {kernel=[2], stride=[1], padding=[1]}: [1, 1]",
        "node %1: max_pool of [1, 0]: spatial axis 0 is empty",
    ),
];

#[test]
fn malformed_texts_are_refused_with_line_and_reason() {
    for (text, message) in REFUSED {
        let found = std::panic::catch_unwind(|| text.parse::<Graph>());
        match found {
            Ok(Err(error)) => assert_eq!(error.to_string(), *message, "of the text\n{text}"),
            Ok(Ok(graph)) => panic!("accepted\n{text}\nas\n{graph}"),
            Err(_) => panic!("a panic instead of an error for\n{text}"),
        }
    }
}

#[test]
fn a_text_may_be_laid_out_freely() -> Result<(), Error> {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::new(&[2, 3]));
    graph.push(op::Sum { axes: DynShape::new(&[0, 1]) }, &[x])?;
    let text = "\r\n# a comment\r\n  graph 1  # another\r\n leaf %0 : [ 2,3 ] # x\r\n\n%1=sum( %0 ){ axes=[0,1] }:[]";
    assert_eq!(text.parse::<Graph>()?, graph);
    Ok(())
}

#[test]
fn names_enter_neither_equality_nor_hash() -> Result<(), Error> {
    for name in ["weight", "", "two\nlines", "a # b", " spaces ", "graph 2", "gewicht ẋ"] {
        let mut plain = Graph::default();
        let x = plain.leaf(DynShape::new(&[2]));
        let mut named = plain.clone();
        named.set_name(x, name);
        assert_eq!(named.name(x), Some(name));
        assert_eq!((&plain, hash(&plain)), (&named, hash(&named)));
        let read: Graph = named.to_string().parse()?;
        assert_eq!(read, plain);
        let first_line = name.lines().next().map(str::trim);
        assert_eq!(read.name(x), first_line);
        plain.push(op::Neg {}, &[x])?;
        assert_ne!(plain, named);
    }
    Ok(())
}

/// Each change of what a graph says makes another graph.
#[test]
fn everything_but_names_enters_equality() -> Result<(), Error> {
    let texts = [
        "graph 1\nleaf %0: [2]\n",
        "graph 1\nleaf %0: [3]\n",
        "graph 1\nleaf %0: [2, 1]\n",
        "graph 1\nleaf %0: [2]\nnat n0: [2]\n",
        "graph 1\nleaf %0: [2]\n%1 = neg(%0): [2]\n",
        "graph 1\nleaf %0: [2]\n%1 = scale(%0) {factor=0}: [2]\n",
        "graph 1\nleaf %0: [2]\n%1 = scale(%0) {factor=-0}: [2]\n",
        "graph 1\nleaf %0: [2]\n%1 = scale(%0) {factor=nan}: [2]\n",
        "graph 1\nleaf %0: [2]\nleaf %1: [2]\n%2 = sub(%0, %1): [2]\n",
        "graph 1\nleaf %0: [2]\nleaf %1: [2]\n%2 = sub(%1, %0): [2]\n",
    ];
    let graphs: Vec<Graph> = texts.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    for (i, a) in graphs.iter().enumerate() {
        assert_eq!(a.to_string(), texts[i]);
        for (j, b) in graphs.iter().enumerate() {
            assert_eq!(a == b, i == j, "{i} and {j}");
            assert_eq!(hash(a) == hash(b), i == j, "the hashes of {i} and {j}");
        }
    }
    Ok(())
}

#[test]
fn a_refused_push_adds_nothing() {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::new(&[2]));
    let y = graph.leaf(DynShape::new(&[3]));
    let before = graph.clone();
    let error = graph.push(op::Mul {}, &[x, y]).expect_err("the shapes differ");
    assert!(matches!(&error, Error::Rule { op: "mul", node, .. } if *node == Id::new(2)), "{error}");
    assert!(graph.push(op::Mul {}, &[x]).is_err());
    assert!(graph.push(op::Neg {}, &[x; 9]).is_err());
    assert!(graph.push(op::GatherRows { indices: NatId::new(0) }, &[x]).is_err());
    assert_eq!(graph, before);
}

/// The graph of one constant.
fn constant(values: &[f64]) -> Graph {
    let mut graph = Graph::default();
    let shape = DynShape::new(&[values.len()]);
    graph.push(op::Constant { shape, data: Data::new(values.iter().copied()) }, &[]).expect("the number fits");
    graph
}

#[test]
fn literals_print_shortest_and_read_back() {
    let cases = [
        (-0.0, "-0"),
        (0.0, "0"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
        (-f64::NAN, "nan"),
        (1.0, "1"),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e308"),
        (1.0 / 3.0, "0.3333333333333333"),
    ];
    for (value, text) in cases {
        assert_eq!(Literal::new(value).to_string(), text);
        let graph = constant(&[value]);
        assert!(graph.to_string().contains(&format!("data=[{text}]")), "{graph}");
        reads_back(&graph).unwrap_or_else(|error| panic!("{error}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn constants_of_any_bits_read_back(bits in proptest::collection::vec(any::<u64>(), 0..40)) {
        let values: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
        let graph = constant(&values);
        prop_assert_eq!(graph.to_string().contains("base64:"), values.len() > 16);
        reads_back(&graph)?;
    }
}
