//! Wrong programs fail with our message.

#[test]
fn messages() {
    let cases = trybuild::TestCases::new();
    for kind in ["", "graph/", "graph_syntax/", "derive/"] {
        cases.compile_fail(format!("tests/fail/{kind}*.rs"));
    }
}
