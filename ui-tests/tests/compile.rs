//! Wrong programs fail with our message.

#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}
