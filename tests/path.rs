//! What `palisade path` answers, in `tests/path/questions.md`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

#[test]
fn every_question_has_its_answer() {
    let path = support::root().join("tests/path/questions.md");
    support::questions::check(&path, 11);
}
