//! What `palisade path` answers, in `tests/path/questions.md`: files, then questions with answers.
//!
//! `SNAPSHOTS=overwrite cargo test --test path` writes the answers anew. Read them before you keep
//! them: they are the specification.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use snapbox::{Data, assert_data_eq};
use support::{Folder, root, run_in};

const QUESTION: &str = "$ palisade ";

#[test]
fn every_question_has_its_answer() {
    let path = root().join("tests/path/questions.md");
    let written = std::fs::read_to_string(&path).expect("a file of questions");
    let (mut files, mut asked) = (Vec::new(), 0);
    let mut out = String::new();
    let mut lines = written.lines();
    while let Some(line) = lines.next() {
        out += &format!("{line}\n");
        let Some(fence) = line.strip_prefix("```") else {
            continue;
        };
        let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some(name) = fence.strip_prefix("yaml ") {
            files.push((name.to_owned(), body.join("\n")));
            out += &format!("{}\n```\n", body.join("\n"));
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
    assert!(asked > 10, "{asked} questions");
    assert_data_eq!(out, Data::read_from(&path, None).raw());
}
