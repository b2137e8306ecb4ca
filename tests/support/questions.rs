//! Cases as Markdown pages: fences with the name of a file are files, the others are what is typed
//! and what comes back.
//!
//! `SNAPSHOTS=overwrite cargo test` writes what comes back anew. Read it before you keep it: it is
//! the specification.

use std::path::Path;

use snapbox::{Data, assert_data_eq};

use super::{Folder, run_in};

const QUESTION: &str = "$ palisade ";

/// Runs what is typed in the page at `path`, in a folder of the files so far; a file that is written
/// again takes the place of the one before. At least `least` commands are typed.
pub fn check(path: &Path, least: usize) {
    let written = std::fs::read_to_string(path).expect("a page of questions");
    let mut files: Vec<(String, String)> = Vec::new();
    let mut asked = 0;
    let mut out = String::new();
    let mut lines = written.lines();
    while let Some(line) = lines.next() {
        out += &format!("{line}\n");
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        if ticks.len() < 3 {
            continue;
        }
        let fence = &line[ticks.len()..];
        let body: Vec<_> = lines.by_ref().take_while(|line| *line != ticks).collect();
        if let Some((_, name)) = fence.split_once(' ') {
            let text = body.join("\n") + "\n";
            out += &format!("{text}{ticks}\n");
            files.retain(|(known, _)| known != name);
            files.push((name.to_owned(), text));
            continue;
        }
        let question = body.first().and_then(|line| line.strip_prefix(QUESTION));
        let question = question.unwrap_or_else(|| panic!("no question: {body:?}"));
        let all: Vec<_> = files
            .iter()
            .map(|(n, t)| (n.as_str(), t.as_str()))
            .collect();
        let folder = Folder::of(&all);
        let arguments: Vec<_> = question.split(' ').collect();
        let run = run_in(folder.path(), &arguments, b"");
        out += &format!("{QUESTION}{question}\n{}{}", run.stdout, run.stderr);
        out += &format!("[exit {}]\n```\n", run.code);
        asked += 1;
    }
    assert!(asked >= least, "{asked} questions");
    assert_data_eq!(out, Data::read_from(path, None).raw());
}
