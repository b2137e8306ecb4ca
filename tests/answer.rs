//! The report that people act on: what it shows of real systems, and what it never leaves out.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use snapbox::{Data, assert_data_eq};
use support::{NOW, check_in, program, root, run_in};

/// What the default report is at so many columns.
fn report(folder: &Path, columns: usize, more: &[&str]) -> String {
    let mut command = program(folder);
    command.args(["check", "--now", NOW]).args(more);
    command.env("COLUMNS", columns.to_string());
    String::from_utf8(command.output().expect("it runs").stdout).expect("UTF-8")
}

/// Folders that are systems of their own.
fn systems() -> Vec<PathBuf> {
    let mut all = Vec::new();
    for folder in ["examples", "examples/incidents"] {
        let listed = fs::read_dir(root().join(folder)).expect("a folder");
        let folders = listed.map(|entry| entry.expect("an entry").path());
        all.extend(folders.filter(|path| path.is_dir() && !path.ends_with("incidents")));
    }
    all.sort();
    assert!(all.len() > 8, "{all:?}");
    all
}

/// The lines of a page between a command and the end of what it says; what it says is written anew.
fn said(page: &str) {
    let path = root().join(page);
    let text = fs::read_to_string(&path).expect("a page");
    let mut out = String::new();
    let mut lines = text.lines();
    let mut asked: Option<Vec<String>> = None;
    let mut found = 0;
    while let Some(line) = lines.next() {
        out += &format!("{line}\n");
        if let Some(command) = line.strip_prefix("$ palisade check examples/") {
            let words = format!("check examples/{command}");
            asked = Some(words.split_whitespace().map(str::to_owned).collect());
        }
        if let Some(words) = asked.take_if(|_| line == "```text") {
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let run = run_in(root(), &words, b"");
            // Of a long report, the first block.
            let shown = match words.contains(&"--limit") {
                true => run.stdout,
                false => run
                    .stdout
                    .split("\n\n")
                    .next()
                    .map(|it| format!("{it}\n"))
                    .unwrap_or_default(),
            };
            out += &format!("{shown}```\n");
            for _ in lines.by_ref().take_while(|line| *line != "```") {}
            found += 1;
        }
    }
    assert!(found > 0, "{page} shows nothing");
    assert_data_eq!(out, Data::read_from(&path, None).raw());
}

#[test]
fn pages_show_what_is_said() {
    said("README.md");
    said("docs/reading-a-report.md");
}

/// A report is short, begins with the worst, and tells it within a screen.
#[test]
fn a_report_can_be_read() {
    let mut total = 0;
    for system in systems() {
        let text = report(&system, 100, &[]);
        let lines: Vec<_> = text.lines().collect();
        if system.starts_with(root().join("examples/incidents")) {
            total += lines.len();
        }
        assert!(
            lines.len() <= 200,
            "{}: {} lines",
            system.display(),
            lines.len()
        );
        if text.starts_with("critical[") || text.starts_with("high[") {
            let first = lines.iter().position(|line| line.is_empty());
            assert!(first <= Some(20), "{}: {text}", system.display());
        }
        let blocks = text
            .split("\n\n")
            .filter(|block| block.starts_with("critical["));
        for block in blocks {
            assert!(block.lines().count() <= 22, "{}: {block}", system.display());
        }
    }
    assert!(total <= 900, "{total} lines");
}

/// Nothing is lost: each rule that is broken is named, and each that is not known is asked about.
#[test]
fn every_broken_rule_is_named() {
    for system in systems() {
        let json = check_in(&system, &[]);
        let text = report(&system, 100, &[]);
        let mut rules = BTreeSet::new();
        for finding in json.findings() {
            if finding["verdict"] == "violation" {
                rules.insert(finding["rule"].as_str().expect("a rule"));
            }
        }
        for rule in rules {
            assert!(text.contains(rule), "{}: {rule}: {text}", system.display());
        }
        let concise = report(&system, 100, &["--format", "concise"]);
        let undetermined = concise
            .lines()
            .filter(|line| line.contains(": undetermined "));
        let waits = undetermined.count();
        let waiting = match waits {
            0 => continue,
            1 => "Not known: 1 finding waits".to_owned(),
            some => format!("Not known: {some} findings wait"),
        };
        let waiting = text.contains(&waiting) || text.contains("Undetermined whatever is stated");
        assert!(waiting, "{}: {waits}: {text}", system.display());
    }
}

/// What adds colour tells nothing more.
#[test]
fn colour_adds_and_never_tells() {
    for system in systems() {
        let plain = report(&system, 80, &[]);
        let coloured = report(&system, 80, &["--color", "always"]);
        assert!(coloured.is_empty() || coloured.contains("\u{1b}["));
        let mut text = String::new();
        for (at, part) in coloured.split("\u{1b}[").enumerate() {
            text += match at {
                0 => part,
                _ => part.split_once('m').expect("a style").1,
            };
        }
        assert_eq!(text, plain, "{}", system.display());
    }
}

#[test]
fn letters_are_ascii_where_the_locale_asks() {
    for (locale, ascii) in [
        ("C", true),
        ("C.UTF-8", false),
        ("", false),
        ("de_DE.utf8", false),
    ] {
        let mut command = program(&root().join("examples/storm-0558"));
        command.args(["check", "--now", NOW]).env("LC_ALL", locale);
        let text = String::from_utf8(command.output().expect("it runs").stdout).expect("UTF-8");
        assert_eq!(text.is_ascii(), ascii, "{locale}: {text}");
    }
}
