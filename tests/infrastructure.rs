//! Infrastructure code: what is read of it, what is found, and what stays open.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use support::scripts::Scripts;

fn page(name: &str) {
    let scripts = Scripts {
        preamble: "palisade_inventory() { \"$PALISADE\" inventory . ; }\n",
        ..Scripts::default()
    };
    scripts.page(&format!("tests/infrastructure/{name}.md"));
}

#[test]
fn kubernetes() {
    page("kubernetes");
}

#[test]
fn kustomize() {
    page("kustomize");
}

#[test]
fn bindings() {
    page("bindings");
}

#[test]
fn not_read() {
    page("not-read");
}

#[test]
fn access() {
    page("access");
}

#[test]
fn comparison() {
    page("comparison");
}
