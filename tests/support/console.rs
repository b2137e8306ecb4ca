//! Cases as folders: `in/` is where commands run, `console.txt` what is typed and what comes back.
//!
//! ```text
//! $ palisade check . --now 2026-11-22
//! (standard output, then standard error)
//! ? 1
//! ```
//!
//! `SNAPSHOTS=overwrite cargo test` writes what comes back anew.

use std::fs;

use snapbox::{Data, assert_data_eq};

use super::{Folder, root, run_in};

/// Runs the commands of `tests/cli/<name>/console.txt`.
pub fn check(name: &str) {
    let case = root().join("tests/cli").join(name);
    let folder = Folder::copy(&case.join("in"));
    let written = case.join("console.txt");
    let text = fs::read_to_string(&written).expect("a console");
    let mut out = String::new();
    let mut commands = 0;
    for command in text.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let words: Vec<_> = command.split_whitespace().collect();
        let (words, stdin) = match words.iter().position(|word| *word == "<") {
            Some(at) => (
                &words[..at],
                fs::read(folder.path().join(words[at + 1])).unwrap(),
            ),
            None => (&words[..], Vec::new()),
        };
        assert_eq!(words[0], "palisade", "{name}: {command}");
        let run = run_in(folder.path(), &words[1..], &stdin);
        let said = run.stdout + &run.stderr;
        let end = if said.is_empty() || said.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        out += &format!("$ {command}\n{said}{end}? {}\n", run.code);
        commands += 1;
    }
    assert!(commands > 0, "{name}: nothing is typed");
    assert_data_eq!(out, Data::read_from(&written, None).raw());
}
