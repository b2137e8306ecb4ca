//! Cases in Markdown: a heading, a few words, the policy, the documents, and what is reported.
//!
//! A `##` heading starts a case. Its fences are files: `cedar` is `rule.cedar`, `yaml` and `json`
//! are `doc.yaml` and `doc.json`, unless a name follows (```` ```yaml zones.yaml ````). A case
//! without a policy names a rule that comes with Palisade: ``Rule: `key-no-plaintext` ``. The
//! `text` fence at its end is what is reported.
//!
//! `SNAPSHOTS=overwrite cargo test` writes the `text` fences anew. Read them before you keep them:
//! they are the specification.

use std::path::Path;

use palisade::check::{CheckInput, Project, check as check_job};
use palisade::model::Date;
use palisade::report::{self, Style};
use palisade::source::{Candidate, Origin};

use snapbox::{Data, assert_data_eq};

use super::{Folder, NOW, Report, render, root};

/// Runs every case of a file of `tests/`, and compares what is reported with what it says.
pub fn check(file: &str) {
    let path = root().join("tests").join(file);
    let expected = Data::read_from(&path, None).raw();
    let written = std::fs::read_to_string(&path).expect("a file of cases");
    assert_data_eq!(reported(&written, &path), expected);
}

/// The file of cases, with what is reported now.
fn reported(written: &str, path: &Path) -> String {
    let mut out = String::new();
    let mut case = Case::default();
    let mut lines = written.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("## ") {
            case.ended(path);
            case = Case::named(line);
        }
        if let Some(rule) = line.strip_prefix("Rule: `") {
            case.select = rule.trim_end_matches('`').to_owned();
        }
        let Some(fence) = line.strip_prefix("```") else {
            out += &format!("{line}\n");
            continue;
        };
        let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let mut text: String = body.iter().map(|line| format!("{line}\n")).collect();
        if fence == "text" {
            text = case.report();
        } else {
            case.add(fence, text.clone());
        }
        out += &format!("{line}\n{text}```\n");
    }
    case.ended(path);
    out
}

#[derive(Default)]
struct Case {
    title: String,
    files: Vec<(String, String)>,
    select: String,
    reported: bool,
}

impl Case {
    fn named(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            select: "rule*".to_owned(),
            ..Self::default()
        }
    }

    fn add(&mut self, fence: &str, text: String) {
        let (language, name) = fence.split_once(' ').unwrap_or((fence, ""));
        let name = match (language, name) {
            ("cedar", "") => "rule.cedar",
            ("yaml", "") => "doc.yaml",
            ("json", "") => "doc.json",
            (_, "") => panic!("{}: what is a `{fence}` fence?", self.title),
            (_, name) => name,
        };
        self.files.push((name.to_owned(), text));
    }

    fn report(&mut self) -> String {
        self.reported = true;
        let files: Vec<_> = self
            .files
            .iter()
            .map(|(n, t)| (n.as_str(), t.as_str()))
            .collect();
        let report = in_process(&files, &self.select);
        let clean = report.findings().is_empty() && report.problems().is_empty();
        assert_eq!(
            clean && report.decisions() > 0,
            report.code == 0,
            "{}",
            self.title
        );
        render::report(&report)
    }

    /// A case that compares nothing would always pass.
    fn ended(&self, path: &Path) {
        let none = self.title.is_empty();
        assert!(
            none || self.reported,
            "{}: {} has no `text`",
            path.display(),
            self.title
        );
    }
}

/// What `palisade check` does with these files, in this process: it parses the schema once for all
/// cases, and not once for each.
fn in_process(files: &[(&str, &str)], select: &str) -> Report {
    let candidate = |(name, text): &(&str, &str)| Candidate {
        name: (*name).to_owned(),
        named: false,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    };
    let (policies, mut documents): (Vec<_>, Vec<_>) = files
        .iter()
        .map(candidate)
        .partition(|file| file.name.ends_with(".cedar"));
    documents.sort_by(|a, b| a.name.cmp(&b.name));
    let now: Date = NOW.parse().expect("a day");
    let mut root = Project {
        policies,
        ..Project::default()
    };
    root.found.candidates = documents;
    let job = CheckInput {
        roots: vec![root],
        select: vec![select.to_owned()],
        now: now.milliseconds,
        ..CheckInput::default()
    };
    let outcome = check_job(job);
    let mut json = Vec::new();
    let reporter = report::find("json").expect("a reporter");
    report::write(reporter, &outcome, &Style::default(), &mut json).expect("memory");
    let folder = Folder::of(files);
    Report {
        folder: folder.path().to_path_buf(),
        code: i32::from(outcome.exit_code()),
        json: serde_json::from_slice(&json).expect("JSON"),
        kept: Some(folder),
    }
}
