//! What is said of each construct that a policy may use, and of what is not known.
//!
//! The cases are the Markdown files in `tests/explain/`, to be read as a person would.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use support::cases;

#[test]
fn connectives() {
    cases::check("explain/connectives.md");
}

#[test]
fn comparisons() {
    cases::check("explain/comparisons.md");
}

#[test]
fn sets() {
    cases::check("explain/sets.md");
}

#[test]
fn places() {
    cases::check("explain/places.md");
}

#[test]
fn derived_attributes() {
    cases::check("explain/derived.md");
}

#[test]
fn unknowns() {
    cases::check("explain/unknowns.md");
}

#[test]
fn choices() {
    cases::check("explain/choices.md");
}
