//! The pages of documentation: each document in them is read, each policy is valid, and what is shown
//! to be wrong is.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::path::Path;

use support::{files, root, run_in};

/// A fence of a page: what it is of, what is in it, and what the page shows to be said of it.
struct Fence {
    line: usize,
    language: String,
    text: String,
    shows: String,
}

fn fences(page: &str) -> Vec<Fence> {
    let mut all: Vec<Fence> = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        let body = lines.by_ref().take_while(|(_, line)| *line != ticks);
        let text: String = body.map(|(_, line)| format!("{line}\n")).collect();
        if language == "text"
            && let Some(before) = all.last_mut()
        {
            before.shows += &text;
        }
        all.push(Fence {
            line: number + 1,
            language: language.to_owned(),
            text,
            shows: String::new(),
        });
    }
    all
}

fn pages() -> Vec<(String, String)> {
    let mut pages = files(&root().join("docs"), "md");
    let readme = root().join("README.md");
    let text = fs::read_to_string(&readme).expect("a page");
    pages.push((readme, text));
    let named = |path: &Path| {
        let name = path.strip_prefix(root()).unwrap_or(path);
        name.to_string_lossy().into_owned()
    };
    pages
        .iter()
        .map(|(path, text)| (named(path), text.clone()))
        .collect()
}

/// A document in a page may refer to what another one declares, and may be about what is wrong; nothing
/// else is.
#[test]
fn every_document_is_read() {
    let mut read = 0;
    for (page, text) in pages() {
        for fence in fences(&text) {
            let is_document = fence.text.lines().any(|line| line == "palisade: v1");
            if !fence.language.starts_with("yaml") || !is_document {
                continue;
            }
            let folder = tempfile::tempdir().expect("a folder");
            fs::write(folder.path().join("page.yaml"), &fence.text).expect("a file");
            let all = ["check", "--no-config", "--select", "key-signing-hsm"];
            let all = [&all[..], &["--format", "concise", "page.yaml"]].concat();
            let said = run_in(folder.path(), &all, b"");
            for line in said.stdout.lines().chain(said.stderr.lines()) {
                let Some((_, problem)) = line.split_once(": problem ") else {
                    continue;
                };
                let (code, message) = problem.split_once(' ').unwrap_or((problem, ""));
                let is_shown = fence.shows.contains(code) || fence.shows.contains(message);
                let place = format!("{page}:{}", fence.line);
                assert!(code == "unknown-id" || is_shown, "{place}: {line}");
            }
            read += 1;
        }
    }
    assert!(read > 8, "{read}");
}

/// So is every policy that says which rule it is.
#[test]
fn every_policy_is_valid() {
    let mut valid = 0;
    for (page, text) in pages() {
        for fence in fences(&text) {
            let is_whole = fence.text.contains("forbid") && fence.text.contains("@id(");
            if fence.language != "cedar" || !is_whole {
                continue;
            }
            let folder = tempfile::tempdir().expect("a folder");
            fs::write(folder.path().join("page.cedar"), &fence.text).expect("a file");
            let run = run_in(folder.path(), &["policy", "check", "page.cedar"], b"");
            let place = format!("{page}:{}", fence.line);
            let said = format!("{}{}", run.stdout, run.stderr);
            // What a page builds up step by step may be a rule that comes with the program.
            let all = said.matches("problem[").count();
            let same = said.matches("problem[same-condition]").count();
            let is_shown = fence.shows.contains("problem");
            assert!(run.code == 0 || all == same || is_shown, "{place}: {said}");
            valid += 1;
        }
    }
    assert!(valid > 5, "{valid}");
}
