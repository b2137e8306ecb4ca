//! Findings that somebody answers for: what is excused, until when, and what is said of waivers.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use support::{questions, root};

#[test]
fn in_the_configuration() {
    questions::check(&root().join("tests/waivers/configured.md"), 16);
}

#[test]
fn beside_what_they_excuse() {
    questions::check(&root().join("tests/waivers/inline.md"), 5);
}

#[test]
fn by_the_program() {
    questions::check(&root().join("tests/waivers/written.md"), 15);
}
