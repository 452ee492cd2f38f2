//! Wrong programs fail with our message, right ones compile.

#[test]
fn messages() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pass/*.rs");
    cases.compile_fail("tests/fail/*.rs");
}
