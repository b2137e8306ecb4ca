//! Cases as Markdown pages: fences with the name of a file are files, the others are what is typed
//! and what comes back.
//!
//! `SNAPSHOTS=overwrite cargo test` writes what comes back anew. Read it before you keep it: it is
//! the specification.

use std::path::Path;

use snapbox::{Data, assert_data_eq};

use super::{Folder, run_in};

/// Runs what is typed in the page at `path`, in one folder with the files so far; a file that is
/// written again takes the place of the one before. `$ cat FILE` shows what a command left. At least
/// `least` commands are typed.
pub fn check(path: &Path, least: usize) {
    let written = std::fs::read_to_string(path).expect("a page of questions");
    let folder = Folder::new();
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
            folder.write(name, text);
            continue;
        }
        let typed = body.first().and_then(|line| line.strip_prefix("$ "));
        let typed = typed.unwrap_or_else(|| panic!("nothing typed: {body:?}"));
        out += &format!("$ {typed}\n");
        if let Some(name) = typed.strip_prefix("cat ") {
            let text = std::fs::read_to_string(folder.path().join(name)).expect("a file");
            out += &format!("{text}```\n");
            continue;
        }
        let words = words(typed);
        assert_eq!(words[0], "palisade", "{typed}");
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let run = run_in(folder.path(), &words[1..], b"");
        out += &format!("{}{}[exit {}]\n```\n", run.stdout, run.stderr, run.code);
        asked += 1;
    }
    assert!(asked >= least, "{asked} questions");
    assert_data_eq!(out, Data::read_from(path, None).raw());
}

/// The words of a command; what is between quotes is one.
fn words(typed: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in typed.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
