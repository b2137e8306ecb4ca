//! How time and reports grow with what is checked: `cargo bench --bench growth`, or with the start
//! of a name, `cargo bench --bench growth -- "bare zones"`.
//!
//! Prints one line a shape: seconds at n, 2n and 4n, and the exponents of time and of the report
//! that grows fastest. Fails if one is above the bound.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot be set up must not run; it prints what it measured"
)]

#[path = "growth/mod.rs"]
mod growth;

use std::process::ExitCode;

use growth::{SHAPES, Shape, exponent, measure};

/// Linear, with room for what is sorted and for noise.
const BOUND: f64 = 1.2;

fn main() -> ExitCode {
    let named: Vec<_> = std::env::args().skip(1).collect();
    let named: Vec<_> = named
        .iter()
        .filter(|name| !name.starts_with("--"))
        .collect();
    let is_named = |shape: &&Shape| {
        named.is_empty()
            || named
                .iter()
                .any(|name| shape.name.starts_with(name.as_str()))
    };
    let mut held = true;
    for shape in SHAPES.iter().filter(is_named) {
        held &= grow(shape);
    }
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn grow(shape: &Shape) -> bool {
    // What it costs to load the rules has nothing to do with the size.
    let nothing = measure(shape, 0).seconds;
    let sizes = [1, 2, 4].map(|times| times * shape.from);
    let all = sizes.map(|size| measure(shape, size));
    let [first, second, last] = &all;
    let ends = |first: f64, last: f64| exponent((sizes[0], first), (sizes[2], last));
    let time = ends(first.seconds - nothing, last.seconds - nothing);
    let writing = ends(first.writing, last.writing);
    let reports = first.reports.iter().zip(&last.reports);
    let grown = reports.map(|((name, first), (_, last))| (*name, ends(*first, *last), *last));
    let worst = grown.max_by(|a, b| a.1.total_cmp(&b.1));
    let (name, bytes, size) = worst.unwrap_or(("no report", 0.0, 0.0));
    println!(
        "{:60} n {:5}  {:7.3} s {:7.3} s {:7.3} s  time ^{time:.2}  {name} ^{bytes:.2} to {:.1} MB, written ^{writing:.2}",
        shape.name,
        sizes[0],
        first.seconds,
        second.seconds,
        last.seconds,
        size / 1e6,
    );
    time <= BOUND && (!shape.reports || bytes <= BOUND && writing <= BOUND)
}
