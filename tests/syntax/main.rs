//! Text to tree, seen from outside: what is read, what each span underlines, what is told.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod aliases;
mod errors;
mod json;
mod limits;
mod properties;
#[path = "../support/random.rs"]
mod random;
mod render;
mod scalars;
mod suite;
mod yaml;
