//! Terraform and OpenTofu: what is evaluated, what it is taken for, and what is reported where.
//!
//! `tests/terraform/*.md` hold the cases. A `##` heading starts one; its fences are files with the name
//! that follows the language, and the `text` fence at its end is what is said: each finding with its
//! place and the places that its value came through, each problem, and what is not read. ``Rule: `x` ``
//! evaluates these rules alone, `Shows: inventory` lists the entities instead.
//! `SNAPSHOTS=overwrite cargo test --test terraform` writes what is said anew: read it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fmt::Write as _;

use serde_json::Value as Json;
use snapbox::{Data, assert_data_eq};
use support::{Folder, Report, root};

#[test]
fn values_are_computed_and_found_where_they_are_written() {
    page("evaluation.md");
}

#[test]
fn what_cannot_be_read_is_lost_alone() {
    page("syntax.md");
}

#[test]
fn resources_of_aws() {
    page("aws.md");
}

#[test]
fn resources_of_azure() {
    page("azure.md");
}

#[test]
fn resources_of_google() {
    page("google.md");
}

#[test]
fn what_the_internet_reaches() {
    page("exposure.md");
}

#[test]
fn what_other_checkers_are_asked() {
    page("beside.md");
}

#[test]
fn modules_of_the_registry() {
    page("registry.md");
}

#[test]
fn plans() {
    page("plan.md");
}

#[test]
fn secrets_in_the_code() {
    page("secrets.md");
}

/// Secrets that are found are in no report.
#[test]
fn no_secret_is_shown() {
    let folder = Folder::new();
    folder.write(
        "main.tf",
        r#"variable "password" {
  default = "correct horse battery"
}
resource "aws_db_instance" "a" {
  password = var.password
}
resource "aws_lambda_function" "f" {
  environment {
    variables = { DB_PASSWORD = "hunter22" }
  }
}
resource "aws_instance" "i" {
  user_data = <<END
#!/bin/sh
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIxK7MDENGxbPxRfiCYEXAMPLEKEY
END
}
resource "aws_acm_certificate" "c" {
  private_key = <<END
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg
-----END PRIVATE KEY-----
END
}
"#,
    );
    let secrets = ["correct horse", "hunter22", "wJalr", "MIGHAg"];
    for format in palisade::report::REPORTERS {
        let all = ["check", "--format", format.name, "."];
        let run = support::run_in(folder.path(), &all, b"");
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("main.tf"), "{}: {said}", format.name);
        for secret in secrets {
            assert!(!said.contains(secret), "{}: {said}", format.name);
        }
    }
}

/// Values of which one at least passes, wherever a value is reported.
const PASSING: [&str; 15] = [
    "true",
    "false",
    "var.elsewhere",
    "\"RSA-HSM\"",
    "\"HSM\"",
    "\"arn:aws:iam::111122223333:role/one\"",
    "\\\"arn:aws:iam::111122223333:role/one\\\"",
    "arn:aws:iam::111122223333:role/one",
    "\"10.9.0.0/16\"",
    "\"private\"",
    "\"ENCRYPT_DECRYPT\"",
    "null",
    "30",
    "[]",
    "nothing",
];

/// For each finding whose primary place is a value that is written, some other value in that place, and in
/// those that it moves to if there are several, removes it. The head of a resource stands for what is not
/// written.
#[test]
fn the_primary_place_is_the_one_to_change() {
    let (mut changed, mut stays) = (0, Vec::new());
    for page in [
        "evaluation.md",
        "aws.md",
        "azure.md",
        "google.md",
        "registry.md",
        "secrets.md",
    ] {
        let path = root().join("tests/terraform").join(page);
        let written = std::fs::read_to_string(path).expect("a page");
        for case in cases(&written) {
            let select = case.arguments();
            let select: Vec<_> = select.iter().map(String::as_str).collect();
            let report = case.folder().check(&select);
            for finding in report.findings() {
                // A part of a template stands for what it is computed from, which is shown beside it.
                let related = finding["related"].as_array().expect("a list");
                let is_computed = related.iter().any(|it| it["text"] == "computed from this");
                if finding["verdict"] != "violation" || is_computed {
                    continue;
                }
                match is_removed(&case, &select, finding) {
                    Some(true) => changed += 1,
                    Some(false) => stays.push(format!("{page}: {}: {finding}", case.title)),
                    None => {}
                }
            }
        }
    }
    assert!(stays.is_empty(), "{}", stays.join("\n\n"));
    assert!(changed > 45, "{changed}");
}

/// Whether another value in the place of a finding removes it; none if no value is there.
fn is_removed(case: &Case, select: &[&str], finding: &Json) -> Option<bool> {
    let before = case.folder().check(select);
    let id = &finding["identity"]["short"];
    let place = |finding: &Json| finding["primary"]["location"].clone();
    let mut any = false;
    for better in PASSING {
        let folder = case.folder();
        folder.write("elsewhere.tf", "variable \"elsewhere\" {}\n");
        let mut at = place(finding);
        // An expression may have several values that each break the rule.
        for _ in 0..3 {
            let name = at["path"].as_str().expect("a path");
            let byte = |end: &str| at[end]["byte"].as_u64().expect("a byte") as usize;
            let text = std::fs::read_to_string(folder.path().join(name)).expect("a file");
            let (start, end) = (byte("start"), byte("end"));
            let value = &text[start..end];
            if ["resource ", "data ", "module ", "provider "]
                .iter()
                .any(|kind| value.starts_with(kind))
            {
                return None;
            }
            any = true;
            folder.write(name, format!("{}{better}{}", &text[..start], &text[end..]));
            let after = folder.check(select);
            // What cannot be read is not found, either.
            let is_read = |report: &Report| {
                let unread = report.json["ledger"]["unread"].as_array();
                report.problems().is_empty() && unread.is_some_and(Vec::is_empty)
            };
            if is_read(&before) && !is_read(&after) {
                break;
            }
            let same = after
                .findings()
                .iter()
                .find(|it| it["identity"]["short"] == *id);
            match same {
                None => return Some(true),
                Some(same) if place(same)["start"] == at["start"] => break,
                Some(same) => at = place(same),
            }
        }
    }
    any.then_some(false)
}

fn page(name: &str) {
    let path = root().join("tests/terraform").join(name);
    let written = std::fs::read_to_string(&path).expect("a page");
    let mut out = String::new();
    let mut all = cases(&written).into_iter();
    let mut lines = written.lines();
    let mut case = None;
    while let Some(line) = lines.next() {
        if line.starts_with("## ") {
            case = all.next();
        }
        writeln!(out, "{line}").expect("text");
        let Some(fence) = line.strip_prefix("```") else {
            continue;
        };
        let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        match &case {
            Some(case) if fence == "text" => out += &case.said(),
            _ => body
                .iter()
                .for_each(|line| writeln!(out, "{line}").expect("text")),
        }
        out += "```\n";
    }
    assert_data_eq!(out, Data::read_from(&path, None).raw());
}

#[derive(Default)]
struct Case {
    title: String,
    rules: Option<String>,
    inventory: bool,
    files: Vec<(String, String)>,
}

/// The cases of a page.
fn cases(page: &str) -> Vec<Case> {
    let mut all: Vec<Case> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            let title = title.to_owned();
            all.push(Case {
                title,
                ..Case::default()
            });
        }
        let Some(case) = all.last_mut() else { continue };
        if let Some(rules) = line.strip_prefix("Rule: `") {
            case.rules = Some(rules.trim_end_matches('`').to_owned());
        }
        case.inventory |= line == "Shows: inventory";
        if let Some(fence) = line.strip_prefix("```") {
            let body = lines.by_ref().take_while(|line| *line != "```");
            let text: String = body.map(|line| format!("{line}\n")).collect();
            if let Some((_, name)) = fence.split_once(' ') {
                case.files.push((name.to_owned(), text));
            }
        }
    }
    all
}

impl Case {
    fn folder(&self) -> Folder {
        let folder = Folder::new();
        for (name, text) in &self.files {
            folder.write(name, text);
        }
        folder
    }

    fn arguments(&self) -> Vec<String> {
        match &self.rules {
            Some(rules) => vec!["--select".to_owned(), rules.clone()],
            None => Vec::new(),
        }
    }

    fn said(&self) -> String {
        let folder = self.folder();
        if self.inventory {
            let run = folder.run(&["inventory", "."]);
            return format!("{}{}", run.stdout, run.stderr)
                .trim_end()
                .to_owned()
                + "\n";
        }
        let arguments = self.arguments();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let report = folder.check(&arguments);
        let mut out = String::new();
        for finding in report.findings() {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            let place = place(&finding["primary"]["location"]);
            writeln!(out, "{place}: {} {}", text("verdict"), text("rule")).expect("text");
            writeln!(out, "  {}", text("message")).expect("text");
            let related = finding["related"].as_array().expect("places");
            let came = related
                .iter()
                .filter(|it| is_way(it["text"].as_str().unwrap_or_default()));
            for related in came {
                let at = self::place(&related["location"]);
                writeln!(
                    out,
                    "  {}: {at}",
                    related["text"].as_str().unwrap_or_default()
                )
                .expect("text");
            }
            let count = finding["instanceCount"].as_u64().unwrap_or(1);
            if count > 1 {
                writeln!(out, "  instances: {count}").expect("text");
            }
        }
        for problem in report.problems() {
            let at = place(&problem["labels"][0]["location"]);
            let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
            writeln!(out, "{at}: problem[{}]: {}", text("code"), text("message")).expect("text");
        }
        let unread = report.json["ledger"]["unread"]
            .as_array()
            .into_iter()
            .flatten();
        for unread in unread {
            let name = unread["name"].as_str().unwrap_or_default();
            writeln!(out, "not read: {name}").expect("text");
        }
        if out.is_empty() {
            out = "nothing\n".to_owned();
        }
        out
    }
}

/// Whether a label is of a place that a value came through.
fn is_way(text: &str) -> bool {
    let ways = [
        "used here",
        "passed here",
        "the default here, overruled",
        "computed from this",
        "nothing gives this a value",
    ];
    ways.contains(&text)
}

fn place(location: &Json) -> String {
    format!(
        "{}:{}:{}",
        location["path"].as_str().unwrap_or("?"),
        location["start"]["line"],
        location["start"]["column"]
    )
}

/// Pieces of code, good and bad.
const PIECES: [&str; 40] = [
    "resource \"aws_kms_key\" \"k\" {\n",
    "resource \"aws_security_group\" \"g\" {\n",
    "module \"m\" {\n  source = \"./\"\n",
    "variable \"v\" {\n",
    "locals {\n",
    "dynamic \"ingress\" {\n",
    "content {\n",
    "}\n",
    "enable_key_rotation = ",
    "policy = ",
    "for_each = ",
    "count = ",
    "default = ",
    "a = ",
    "var.v",
    "local.a",
    "each.value",
    "aws_kms_key.k[0].arn",
    "module.m[*].x",
    "data.aws_iam_policy_document.p.json",
    "jsonencode(",
    "merge(local.a, ",
    "cidrsubnet(\"10.0.0.0/8\", ",
    "try(",
    "[for k, v in ",
    " : k => v... if ",
    "{ a = ",
    "[1, -2.5e3, ",
    ")",
    "]",
    "}",
    "? true : false",
    " == ",
    " && !",
    "\"é${var.v}%{if true}x%{endif}\\u00e9\"",
    "<<-EOT\n    {\"Statement\": \"${local.a}\"}\n  EOT\n",
    "\"",
    "<<X\n",
    "# c\n",
    "\n",
];

proptest::proptest! {
    #![proptest_config(support::random::tries(64, None))]

    /// Whatever is written, it is read without a panic, twice alike, and each place is in its text.
    #[test]
    fn any_text_is_read(
        pieces in proptest::collection::vec(0..PIECES.len(), 0..60),
        noise in proptest::collection::vec(proptest::arbitrary::any::<char>(), 0..4),
    ) {
        let mut text: String = pieces.iter().map(|at| PIECES[*at]).collect();
        text.extend(noise);
        let first = outcome(&text);
        proptest::prop_assert_eq!(&first, &outcome(&text));
    }
}

/// What is said of a text: findings and problems with what stands at their places.
fn outcome(text: &str) -> Vec<String> {
    use palisade::check::{CheckInput, Project, check};
    use palisade::source::{Candidate, Found, Origin};
    let candidate = Candidate {
        name: "main.tf".to_owned(),
        named: true,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    };
    let outcome = check(CheckInput {
        roots: vec![Project {
            found: Found {
                candidates: vec![candidate],
                ..Found::default()
            },
            ..Project::default()
        }],
        select: vec!["key-rotation-auto".to_owned()],
        now: 1_767_225_600_000,
        ..CheckInput::default()
    });
    let findings = outcome.findings.iter().map(|it| &it.primary);
    let problems = outcome.problems.iter().flat_map(|it| &it.labels);
    let places = findings.chain(problems).map(|label| {
        let place = outcome.files.locate(label.span).span;
        let file = outcome.files.get(place.file);
        let text = file.text().get(place.range());
        format!("{} {:?}", label.text, text.expect("inside its text"))
    });
    places.collect()
}
