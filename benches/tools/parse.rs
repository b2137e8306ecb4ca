//! What Palisade's time is measured against: walks the folders given, reads every YAML file, and
//! takes the events of the parser from it. On as many threads as `RAYON_NUM_THREADS` says.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a tool for those who work on this program"
)]

use std::path::PathBuf;

use granit_parser::Parser;
use rayon::prelude::*;
use walkdir::WalkDir;

fn main() {
    let found = std::env::args().skip(1).flat_map(WalkDir::new);
    let files: Vec<PathBuf> = found
        .map(|entry| entry.expect("a readable folder").into_path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    let counts = files.par_iter().map(|path| {
        let text = std::fs::read_to_string(path).expect("a readable file");
        let mut events = 0;
        for event in Parser::new_from_str(&text) {
            event.expect("well-formed YAML");
            events += 1;
        }
        (text.len(), events)
    });
    let (bytes, events): (usize, usize) = counts.reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    println!("{} files, {bytes} bytes, {events} events", files.len());
}
