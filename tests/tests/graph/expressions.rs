//! Random programs: each is written by `graph!` and as calls by hand, and all are compiled and run in one batch.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use session_tests::{Source, choices};

/// How many programs.
const PROGRAMS: usize = 80;

/// An expression in both writings.
#[derive(Clone)]
struct Written {
    graph: String,
    /// How strongly the outermost operator binds: 1 for sums, 2 for products, 3 for signs, 4 for all else.
    binds: u8,
    hand: String,
    shape: Vec<usize>,
}

impl Written {
    fn new(graph: String, binds: u8, hand: String, shape: &[usize]) -> Self {
        Self { graph, binds, hand, shape: shape.to_vec() }
    }

    /// As an operand of an operator that binds so: in parentheses where they are needed, and sometimes elsewhere.
    fn operand(&self, binds: u8, source: &mut Source) -> String {
        if self.binds < binds || source.below(8) == 0 { format!("({})", self.graph) } else { self.graph.clone() }
    }
}

fn list(sizes: &[usize]) -> String {
    sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A number as it is written, and as an `f64`.
fn number(source: &mut Source) -> (&'static str, &'static str) {
    let numbers = [("2", "2.0"), ("0.25", "0.25"), ("RATE", "RATE"), ("-3", "-3.0")];
    source.pick(&[numbers.as_slice(), &[("(COUNT as f64 + 1)", "(COUNT as f64 + 1.0)")]].concat())
}

/// The names in force with their shapes.
struct Program<'a> {
    source: &'a mut Source,
    names: Vec<(String, Vec<usize>)>,
}

impl Program<'_> {
    fn leaf(&mut self) -> Written {
        let (name, shape) = self.source.pick(&self.names);
        Written::new(name.clone(), 4, name, &shape)
    }

    fn unary(&mut self, x: &Written) -> Written {
        let name = self.source.pick(&["relu", "tanh", "exp", "square", "abs", "sigmoid", "detach"]);
        let hand = format!("s.{name}({})", x.hand);
        let graph = if self.source.flag() {
            format!("{name}({})", x.graph)
        } else {
            format!("{}.{name}()", x.operand(4, self.source))
        };
        Written::new(graph, 4, hand, &x.shape)
    }

    /// A rule that changes the shape, where one applies.
    fn moved(&mut self, x: &Written) -> Written {
        let (graph, hand, shape) = (&x.graph, &x.hand, &x.shape);
        let rank = shape.len();
        let choice = self.source.below(6);
        match (choice, rank) {
            (0, 1..) if shape[0] > 1 => {
                let end = self.source.between(1, shape[0] - 1);
                let mut cut = shape.clone();
                cut[0] = end;
                let base = x.operand(4, self.source);
                Written::new(format!("{base}[..{end}]"), 4, format!("s.slice({hand}, Slice::<0, {end}>)"), &cut)
            }
            (1, 1..) => {
                let position = self.source.below(shape[0]);
                let base = x.operand(4, self.source);
                let hand = format!("s.at({hand}, Index::<{position}>)");
                Written::new(format!("{base}[{position}]"), 4, hand, &shape[1..])
            }
            (2, 1..) => {
                let axis = self.source.below(rank);
                let mut rest = shape.clone();
                rest.remove(axis);
                let hand = format!("s.sum_axis({hand}, Axis::<{axis}>)");
                Written::new(format!("sum({graph}, axis = {axis})"), 4, hand, &rest)
            }
            (3, 2) => {
                let turned = [shape[1], shape[0]];
                Written::new(format!("transpose({graph})"), 4, format!("s.transpose({hand})"), &turned)
            }
            (4, 1..) => {
                let mut both = shape.clone();
                both[0] *= 2;
                Written::new(format!("concat({graph}, {graph})"), 4, format!("s.concat({hand}, {hand})"), &both)
            }
            _ => {
                let mut more = vec![2];
                more.extend(shape);
                let sizes = list(&more);
                let hand = format!("s.broadcast_to({hand}, dims![{sizes}])");
                if more.len() > 3 {
                    return x.clone();
                }
                Written::new(format!("broadcast({graph}, [{sizes}])"), 4, hand, &more)
            }
        }
    }

    /// Two values under an operator, or a value and a number.
    fn binary(&mut self, a: &Written, depth: usize) -> Written {
        let operators = [('+', "add", 1), ('-', "sub", 1), ('*', "mul", 2), ('/', "div", 2)];
        let (symbol, method, binds) = self.source.pick(&operators);
        if self.source.below(3) == 0 {
            return self.with_number(a, symbol, binds);
        }
        let b = self.value(depth);
        let (long, short) = if a.shape.len() >= b.shape.len() { (&a.shape, &b.shape) } else { (&b.shape, &a.shape) };
        if a.shape.len() == 2 && b.shape.len() == 2 && a.shape[1] == b.shape[0] && self.source.flag() {
            let graph = format!("{} @ {}", a.operand(2, self.source), b.operand(3, self.source));
            let hand = format!("s.matmul({}, {})", a.hand, b.hand);
            return Written::new(graph, 2, hand, &[a.shape[0], b.shape[1]]);
        }
        if !long.ends_with(short) {
            return self.with_number(a, symbol, binds);
        }
        let graph = format!("{} {symbol} {}", a.operand(binds, self.source), b.operand(binds + 1, self.source));
        let hand = format!("s.broadcast_{method}({}, {})", a.hand, b.hand);
        Written::new(graph, binds, hand, long)
    }

    fn with_number(&mut self, a: &Written, symbol: char, binds: u8) -> Written {
        let (written, value) = number(self.source);
        let hand = &a.hand;
        if self.source.flag() {
            let graph = format!("{} {symbol} {written}", a.operand(binds, self.source));
            let hand = match symbol {
                '+' => format!("s.add_scalar({hand}, {value})"),
                '-' => format!("s.add_scalar({hand}, -({value}))"),
                '*' => format!("s.scale({hand}, {value})"),
                _ => format!("s.div_scalar({hand}, {value})"),
            };
            return Written::new(graph, binds, hand, &a.shape);
        }
        let graph = format!("{written} {symbol} {}", a.operand(binds + 1, self.source));
        let hand = match symbol {
            '+' => format!("s.add_scalar({hand}, {value})"),
            '-' => format!("s.scalar_sub({value}, {hand})"),
            '*' => format!("s.scale({hand}, {value})"),
            _ => format!("s.scalar_div({value}, {hand})"),
        };
        Written::new(graph, binds, hand, &a.shape)
    }

    fn value(&mut self, depth: usize) -> Written {
        if depth == 0 {
            return self.leaf();
        }
        let x = self.value(depth - 1);
        match self.source.below(8) {
            0 => self.unary(&x),
            1 => self.moved(&x),
            2 => Written::new(format!("-{}", x.operand(3, self.source)), 3, format!("s.neg({})", x.hand), &x.shape),
            3 => {
                let hand = format!("if COUNT > 2 {{ {} }} else {{ {} }}", x.hand, x.hand);
                Written::new(format!("if COUNT > 2 {{ {} }} else {{ {} }}", x.graph, x.graph), 0, hand, &x.shape)
            }
            _ => self.binary(&x, depth - 1),
        }
    }

    /// `let` statements, a loop, and a result.
    fn body(&mut self) -> (String, String) {
        let (mut graph, mut hand) = (String::new(), String::new());
        for index in 0..self.source.between(1, 3) {
            let Written { graph: value, hand: calls, shape, .. } = self.value(3);
            // Sometimes under the name of a leaf, which it hides.
            let name = self.source.pick(&["a".to_owned(), format!("h{index}"), format!("h{index}")]);
            let kind = if self.source.flag() { format!(": [{}]", list(&shape)) } else { String::new() };
            writeln!(graph, "let {name}{kind} = {value};").unwrap();
            writeln!(hand, "let {name} = {calls};").unwrap();
            self.names.retain(|(known, _)| *known != name);
            self.names.push((name, shape));
        }
        let Written { graph: start, hand: calls, .. } = self.value(2);
        writeln!(graph, "let mut h = {start};\nfor i in 0..COUNT {{ h = tanh(h) * (1 + i as f64); }}").unwrap();
        writeln!(hand, "let mut h = {calls};\nfor i in 0..COUNT {{ h = s.scale(s.tanh(h), 1.0 + i as f64); }}")
            .unwrap();
        writeln!(graph, "let _unused = h - h;").unwrap();
        writeln!(hand, "let _unused = s.broadcast_sub(h, h);").unwrap();
        let Written { graph: value, hand: calls, .. } = self.value(4);
        writeln!(graph, "{value}").unwrap();
        writeln!(hand, "{calls}").unwrap();
        (graph, hand)
    }
}

const LEAVES: [(&str, &[usize]); 4] = [("a", &[4, 3]), ("w", &[3, 3]), ("b", &[3]), ("c", &[])];

/// A crate whose program compares all graphs.
fn program() -> String {
    let mut runner = TestRunner::default();
    let strategy = choices(512);
    let mut text = String::from(
        "#![allow(unused, clippy::all)]\nuse session::ir::Graph;\nuse session::prelude::*;\n\
         use std::hash::{DefaultHasher, Hash, Hasher};\n\
         const RATE: f64 = 0.5;\nconst COUNT: usize = 3;\n\
         fn hash(graph: &Graph) -> u64 { let mut hasher = DefaultHasher::new(); graph.hash(&mut hasher); hasher.finish() }\n",
    );
    let mut main = String::new();
    for index in 0..PROGRAMS {
        let mut source = strategy.new_tree(&mut runner).unwrap().current();
        let names = LEAVES.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect();
        let (graph, hand) = Program { source: &mut source, names }.body();
        let leaves: String = LEAVES
            .iter()
            .map(|(name, shape)| {
                format!("let {name} = s.input(Tensor::<f32, shape![{}]>::ones()).unwrap();\n", list(shape))
            })
            .collect();
        writeln!(
            text,
            "fn graph_{index}() -> Graph {{ let s = Session::<f32>::new(Options::default().threads(1));\n\
             {leaves}graph!(s =>\n{graph});\ns.graph() }}\n\
             fn hand_{index}() -> Graph {{ let s = Session::<f32>::new(Options::default().threads(1));\n\
             {leaves}let result = {{\n{hand}}};\ns.graph() }}"
        )
        .unwrap();
        writeln!(
            main,
            "let (graph, hand) = (graph_{index}(), hand_{index}());\n\
             assert_eq!(graph.to_string(), hand.to_string(), \"program {index}\");\n\
             assert!(graph == hand && hash(&graph) == hash(&hand), \"program {index}\");\n\
             nodes += graph.nodes().len();"
        )
        .unwrap();
    }
    writeln!(text, "fn main() {{ let mut nodes = 0;\n{main}println!(\"{{nodes}} nodes\"); }}").unwrap();
    text
}

#[test]
fn random_programs_record_the_same_graph() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("expressions");
    std::fs::create_dir_all(folder.join("src")).unwrap();
    // The settings of this workspace, so that what is built for these tests serves it too.
    let manifest = format!(
        "[package]\nname = \"expressions\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\nsession = {{ path = {:?} }}\n[profile.dev]\nopt-level = 1\nlto = \"off\"\n\
         [profile.dev.package.expressions]\nopt-level = 0\ndebug = false\n",
        root.join("session")
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    std::fs::write(folder.join("src/main.rs"), program()).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--target-dir"])
        .arg(target)
        .current_dir(&folder)
        .output()
        .unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{wrong}", folder.join("src/main.rs").display());
    let nodes: usize = said.trim().strip_suffix(" nodes").and_then(|count| count.parse().ok()).unwrap();
    assert!(nodes > 10 * PROGRAMS, "{nodes} nodes in {PROGRAMS} programs");
}
