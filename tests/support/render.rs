//! A JSON report as text in which each place is the text that it underlines.
//!
//! ```text
//! violation: key `k` in key store `vault`: …      the finding
//!   at  keys.yaml:4 «file»: `custody` …           its primary place
//!   and keys.yaml:7 «private»: `kind` …           each related place
//!   by  rule.cedar:3 «resource.isPlaintext»: …    each clause of the policy
//!   passes if …                                   of what is undetermined
//! ```

use std::fs;

use serde_json::Value as Json;

use super::{Report, root};

/// Findings, then problems; `passes` where there are none, with how often a rule was asked.
pub fn report(report: &Report) -> String {
    let mut out = String::new();
    for found in report.findings() {
        out += &finding(report, found);
    }
    for found in report.problems() {
        out += &problem(report, found);
    }
    if out.is_empty() {
        let times = report.decisions();
        out = match times {
            0 => "not asked\n".to_owned(),
            1 => "passes\n".to_owned(),
            times => format!("passes {times} times\n"),
        };
    }
    out
}

pub fn finding(report: &Report, finding: &Json) -> String {
    let mut out = format!(
        "{}: {}\n",
        text(&finding["verdict"]),
        text(&finding["message"])
    );
    out += &label(report, "at ", &finding["primary"]);
    for related in list(&finding["related"]) {
        out += &label(report, "and", related);
    }
    for clause in list(&finding["clauses"]) {
        out += &label(report, "by ", clause);
    }
    if let Some(passes_if) = finding["passesIf"].as_str() {
        out += &format!("  passes if {passes_if}\n");
    }
    out
}

pub fn problem(report: &Report, problem: &Json) -> String {
    let mut out = format!(
        "problem {}: {}\n",
        text(&problem["code"]),
        text(&problem["message"])
    );
    for place in list(&problem["labels"]) {
        out += &label(report, "at ", place);
    }
    if let Some(help) = problem["help"].as_str() {
        out += &format!("  help: {help}\n");
    }
    out
}

fn label(report: &Report, how: &str, label: &Json) -> String {
    let at = &label["location"];
    let path = text(&at["path"]);
    let line = &at["start"]["line"];
    let mut out = format!("  {how} {path}:{line} {}", underlined(report, path, at));
    if at["usedAt"].is_object() {
        let line = &at["usedAt"]["start"]["line"];
        out += &format!(
            " used at {line} {}",
            underlined(report, path, &at["usedAt"])
        );
    }
    match text(&label["text"]) {
        "" => out + "\n",
        text => format!("{out}: {text}\n"),
    }
}

/// The text of a range of bytes, on one line.
fn underlined(report: &Report, path: &str, range: &Json) -> String {
    let file = match path.strip_prefix("built-in/") {
        Some(policy) => root().join("policies").join(policy),
        None => report.folder.join(path),
    };
    let bytes = fs::read(&file).unwrap_or_default();
    let at = |end: &str| {
        let byte = range[end]["byte"].as_u64().expect("an offset");
        usize::try_from(byte).expect("an offset")
    };
    let slice = bytes
        .get(at("start")..at("end"))
        .unwrap_or_else(|| panic!("{path}: {range} is no range of the file"));
    let text = String::from_utf8_lossy(slice);
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    format!("«{}»", lines.join(" "))
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

fn text(json: &Json) -> &str {
    json.as_str().expect("a text")
}
