//! `docs/operations.md` is what the tables of operations say.
//!
//! `UPDATE_TABLE=1 cargo test -p session-tests --test documentation` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use session::builder::operations;
use session::ir::Op;
use session_tests::session_methods;

/// Methods of a session that are other forms of an operation, with the operation.
const FORMS: &[(&str, &str)] = &[
    ("reshape_as", "reshape"),
    ("broadcast_to", "broadcast"),
    ("rename", "no operation: other names for the dimensions, and nothing recorded"),
    ("dropout_keyed", "dropout"),
    ("conv2d_grouped", "conv_grouped"),
    ("multi_head_attention_padded", "multi_head_attention"),
    ("constant", "a tensor of given numbers; also of the builder"),
    ("batch_norm_train", "batch_norm, with the running statistics as further results; also of the builder"),
];

/// Operations of the builder that have another form in a session, with it.
const BUILDER_ONLY: &[(&str, &str)] = &[("dropout_nat", "`dropout`, which draws the key")];

fn folder(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Documentation as one line of a table.
fn line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn document() -> String {
    let mut text = String::from(
        "# Operations\n\n\
         Written by `UPDATE_TABLE=1 cargo test -p session-tests --test documentation` from the tables in the code.\n\n\
         Every operation is a method of `Session`, where types check the shapes and static numbers are values such as\n\
         `Axis::<1>`, and of `GraphBuilder`, where ids, plain numbers and run-time rules take their place. `[..]` is any\n\
         number of leading axes, `N?` an optional batch axis, `nat` natural-number inputs. (≠) marks where early TorchLean\n\
         differs. Every operation has a reverse and a forward rule, and both compose to second order.\n\n\
         Not in this release: f16 and bf16, einsum, decoding without a new graph for each length.\n",
    );
    let mut last = "";
    for (title, rows) in operations() {
        if title != last {
            write!(text, "\n## {title}\n\n| operation | shapes | PyTorch | meaning |\n|---|---|---|---|\n").unwrap();
            last = title;
        }
        for row in rows {
            let torch = if row.torch.is_empty() { "none".to_owned() } else { format!("`{}`", row.torch) };
            let (name, parameters) = (row.name, row.parameters.join(", "));
            let shapes = row.shapes.replace('|', "\\|");
            writeln!(text, "| `{name}({parameters})` | `{shapes}` | {torch} | {} |", line(row.doc)).unwrap();
        }
    }
    text.push_str(
        "\n## Other forms in a session\n\nIn the tables operands come first, as in the builder. A session has the order of \
         PyTorch and of the formula:\n`scalar_sub(number, x)`, `scalar_div(number, x)`, `group_norm(x, groups, gamma, beta)`, \
         and `dropout(x, p, training)`,\nwhich draws its key.\n\n",
    );
    for (method, of) in FORMS {
        writeln!(text, "* `{method}`: {of}").unwrap();
    }
    for (row, method) in BUILDER_ONLY {
        writeln!(text, "* `{row}` is of the builder only: in a session it is `{method}`").unwrap();
    }
    text.push_str("* `layer_norm_eps` and the like: the same with another ε than 1e-6\n");
    text.push_str(
        "\n## Nodes\n\nWhat a graph is made of: an operation above is one of these or several. The text form prints the \
         attributes in this order.\n\n| node | operands | attributes | meaning |\n|---|---|---|---|\n",
    );
    for row in Op::DESCRIPTIONS {
        let (least, most) = row.arity;
        let operands = if least == most { least.to_string() } else { format!("{least} to {most}") };
        let attributes: Vec<String> =
            row.attributes.iter().map(|(name, kind)| format!("{name}: {}", kind.replace(' ', ""))).collect();
        let attributes = attributes.join(", ");
        writeln!(text, "| `{}` | {operands} | {attributes} | {} |", row.name, line(row.doc)).unwrap();
    }
    text
}

#[test]
fn the_table_of_operations_is_up_to_date() {
    let (path, expected) = (folder("docs/operations.md"), document());
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/operations.md differs from the tables: write it with UPDATE_TABLE=1");
}

#[test]
fn every_operation_is_a_method_of_a_session_and_the_reverse() {
    let rows: BTreeSet<&str> = operations().flat_map(|(_, rows)| rows).map(|row| row.name).collect();
    let methods = session_methods();
    for method in &methods {
        let plain = method.strip_suffix("_eps").unwrap_or(method);
        let form = FORMS.iter().any(|(form, _)| *form == plain);
        assert!(rows.contains(plain) || form, "the method `{method}` of a session is in no table");
    }
    for row in rows {
        let there = methods.iter().any(|method| method == row) || BUILDER_ONLY.iter().any(|(name, _)| *name == row);
        assert!(there, "the operation `{row}` is no method of a session");
    }
}
