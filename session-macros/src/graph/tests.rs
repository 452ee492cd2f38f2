//! What is written for each construct, token for token.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::expand;

/// Token for token, without the commas before a closing bracket, which a formatter adds and removes.
fn words(tokens: TokenStream, words: &mut Vec<String>) {
    let close = |word: &str, words: &mut Vec<String>| {
        words.pop_if(|last| last == "," && [")", "]", "}", ">"].contains(&word));
        words.push(word.to_owned());
    };
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (first, last) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                words.push(first.to_owned());
                self::words(group.stream(), words);
                close(last, words);
            }
            token => close(&token.to_string(), words),
        }
    }
}

fn normal(tokens: TokenStream) -> String {
    let mut all = Vec::new();
    words(tokens, &mut all);
    all.join(" ")
}

fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// `body` in a recording becomes `calls`.
#[track_caller]
fn becomes(body: &str, calls: &str) {
    let expanded = normal(expand(tokens(&format!("s => {body}"))));
    let expected = normal(tokens(&format!("{{ let session: &::session::Session<_> = &s; {calls} }}")));
    assert_eq!(expanded, expected, "{body}");
}

#[test]
fn operators() {
    becomes("x @ w + b", "(session).broadcast_add((session).matmul(x, w), b)");
    becomes("x - (y * z) / v", "(session).broadcast_sub(x, (session).broadcast_div((session).broadcast_mul(y, z), v))");
    becomes("-x", "(session).neg(x)");
    becomes("2 * x + 1", "(session).add_scalar((session).scale(x, 2.0), 1.0)");
    becomes("1 - x", "(session).scalar_sub(1.0, x)");
    becomes("3 / x - 2", "(session).add_scalar((session).scalar_div(3.0, x), -2.0)");
    becomes("x * (2 * N as f64)", "(session).scale(x, 2.0 * (N as f64))");
    becomes("x[3]", "(session).at(x, ::session::Index::<3>)");
    becomes("x[1..4]", "(session).slice(x, ::session::Slice::<1, 4>)");
    becomes("x[..N]", "(session).slice(x, ::session::Slice::<0, { N }>)");
}

#[test]
fn calls() {
    becomes("relu(x)", "(session).relu(x)");
    becomes("x.relu()", "(session).relu(x)");
    becomes("sum(x, axis = 1)", "(session).sum_axis(x, ::session::Axis::<1>)");
    becomes("conv2d(w, b, x)", "(session).conv2d(w, b, x, ::session::Stride::<1>, ::session::Padding::<0>)");
    becomes(
        "max_pool2d(x, stride = 2, kernel = [2, 3])",
        "(session).max_pool2d(x, ::session::Kernel::<2, 3>, ::session::Stride::<2>)",
    );
    becomes(
        "reshape(x, [B, 16])",
        "(session).reshape(x, (<B as ::core::default::Default>::default(), ::session::Dim::<16>,))",
    );
    becomes("other::layer(x @ w, 2)", "other::layer(session, (session).matmul(x, w), 2)");
    becomes("relu(x).layer(w)", "layer(session, (session).relu(x), w)");
    // A name from around the macro may be a model.
    becomes("m.forward(x)", "m.forward(session, x)");
    becomes("self.block.forward(x)", "self.block.forward(session, x)");
}

#[test]
fn statements() {
    becomes("let h: [2, 3] = x; h", "let h: ::session::TensorRef<(::session::Dim<2>, ::session::Dim<3>,)> = x; h");
    becomes("let (a, b) = (x, y); a + b", "let (a, b) = (x, y,); (session).broadcast_add(a, b)");
    becomes(
        "let mut h = x; for i in 0..2 { h = h * i as f64; } h",
        "let mut h = x; for i in 0..2 { h = (session).scale(h, i as f64); } h",
    );
    becomes("if N > 1 { x } else { x + y }", "if N > 1 { x } else { (session).broadcast_add(x, y) }");
}

/// `expansions/NAME.rs`, formatted; `UPDATE_EXPANSIONS=1 cargo test -p session-macros` writes it, unformatted.
#[track_caller]
fn expands(name: &str, input: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/graph/expansions/{name}.rs"));
    let expanded = expand(tokens(input));
    if std::env::var_os("UPDATE_EXPANSIONS").is_some() {
        std::fs::write(&path, expanded.to_string()).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(normal(expanded), normal(tokens(&expected)), "{name}");
}

#[test]
fn a_function() {
    expands(
        "mlp",
        "/// A two-layer classifier.
        pub fn mlp<B, H>(x: [B, 784], w1: [784, H], b1: [H], w2: [H, 10], b2: [10]) -> [B, 10] {
            let h = relu(x @ w1 + b1);
            h @ w2 + b2
        }",
    );
}

#[test]
fn a_model() {
    expands(
        "lenet",
        "/// LeNet-like network.
        pub struct LeNet {
            c1: [8, 1, 5, 5] = kaiming, c1_bias: [8] = zeros,
            out: [10, 1152] = kaiming, out_bias: [10] = zeros,
        }
        fn forward<B>(x: [B, 1, 28, 28]) -> [B, 10] {
            let h = max_pool2d(relu(conv2d(c1, c1_bias, x)), kernel = [2, 2], stride = 2);
            linear(out, out_bias, flatten(h, start = 1))
        }
        fn loss<B>(x: [B, 1, 28, 28], labels: nat[B]) -> [] { cross_entropy(forward(x), labels) }",
    );
}
