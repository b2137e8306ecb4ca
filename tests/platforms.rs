//! Reports for platforms, several in one run: what is written, where, and what paths are called.
//!
//! The reports in `tests/platforms/` are to be read as a person would; write them anew with
//! `SNAPSHOTS=overwrite cargo test --test platforms`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "platforms/compared.rs"]
mod compared;
#[path = "platforms/outputs.rs"]
mod outputs;
#[path = "platforms/paths.rs"]
mod paths;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use palisade::report::REPORTERS;
use serde_json::{Value as Json, json};
use snapbox::{Data, assert_data_eq};
use support::platform::{commands, errors};
use support::{Folder, NOW, Run, root, run_in};

/// The formats that are for platforms.
fn platforms() -> Vec<&'static str> {
    let all = REPORTERS.iter().filter(|reporter| reporter.for_platform);
    all.map(|reporter| reporter.name).collect()
}

/// Every format of one run in `folder`, and how the run ended.
fn reports(folder: &Path, arguments: &[&str]) -> (i32, Vec<(&'static str, String)>) {
    let out = Folder::new();
    let files: Vec<_> = REPORTERS
        .iter()
        .map(|reporter| (reporter.name, out.path().join(reporter.name)))
        .collect();
    let mut all = vec!["check".to_owned(), "--now".to_owned(), NOW.to_owned()];
    for (name, file) in &files {
        all.extend(["--format".to_owned(), format!("{name}={}", file.display())]);
    }
    all.extend(arguments.iter().map(|&argument| argument.to_owned()));
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let Run { code, stdout, .. } = run_in(folder, &all, b"");
    assert_eq!(stdout, "", "what is for files goes nowhere else");
    let read = |(name, file)| (name, fs::read_to_string(file).expect("a report"));
    (code, files.into_iter().map(read).collect())
}

fn report(folder: &Path, format: &str, arguments: &[&str]) -> String {
    let mut all = vec!["check", "--now", NOW, "--format", format];
    all.extend(arguments);
    run_in(folder, &all, b"").stdout
}

fn sarif(folder: &Path, arguments: &[&str]) -> Json {
    serde_json::from_str(&report(folder, "sarif", arguments)).expect("JSON")
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

/// Of each example, each format keeps to its schema and tells of each finding.
#[test]
fn every_report_of_every_example_is_what_its_platform_takes() {
    // Of all incidents in one, Markdown would be cut to what GitHub takes.
    let folders = ["examples", "examples/incidents"].into_iter();
    let all = folders.flat_map(|folder| {
        let entries = fs::read_dir(root().join(folder)).expect("a folder");
        let entries = entries.map(|entry| entry.expect("an entry"));
        let folders = entries.filter(|entry| entry.path().is_dir());
        folders.map(move |entry| format!("{folder}/{}", entry.file_name().display()))
    });
    for path in all.filter(|path| path != "examples/incidents") {
        let (_, reports) = reports(root(), &[&path]);
        let of = |format: &str| {
            let mut all = reports.iter();
            &all.find(|(name, _)| *name == format).expect("a report").1
        };
        for (format, report) in &reports {
            assert_eq!(errors(format, report), [""; 0], "{path}: {format}");
        }
        let json = |format: &str| serde_json::from_str::<Json>(of(format)).expect("JSON");
        let findings = list(&json("json")["findings"]).len();
        let rules = list(&json("json")["rules"]).len();
        let run = &json("sarif")["runs"][0];
        assert_eq!(list(&run["results"]).len(), findings);
        assert_eq!(list(&run["tool"]["driver"]["rules"]).len(), rules);
        let issues = json("gitlab");
        let issues = list(&issues).iter();
        let issues = issues.filter(|issue| issue["check_name"] != "not-checked");
        assert_eq!(issues.count(), findings);
        assert_eq!(list(&json("rdjson")["diagnostics"]).len(), findings);
        let commands = commands(of("github"));
        let commands = commands
            .iter()
            .filter(|it| !format!("{it:?}").contains("not checked"));
        // One for each cause, and one for each entity that is asked about.
        let report = json("json");
        let questions = list(&report["questions"]);
        let asked: BTreeSet<_> = questions
            .iter()
            .map(|it| it["entity"].to_string())
            .collect();
        let waiting = questions.iter().flat_map(|it| list(&it["findings"]));
        let waiting: BTreeSet<_> = waiting.map(Json::to_string).collect();
        let open = list(&report["findings"]).iter().filter(|it| {
            it["verdict"] == "undetermined"
                && !waiting.contains(&it["identity"]["short"].to_string())
        });
        let causes = list(&report["causes"]).len();
        let told_alone = open.count();
        assert_eq!(commands.count(), causes + asked.len() + told_alone);
        assert_eq!(of("junit").matches("<failure ").count(), findings);
        let rows = of("markdown").lines().filter(|line| line.starts_with("| "));
        // And a heading; one for each cause, and one for each entity that is asked about.
        let items = causes + asked.len() + told_alone;
        assert_eq!(rows.count(), items + usize::from(items > 0));
        let oscal = json("oscal");
        let result = &oscal["assessment-results"]["results"][0];
        let observed = result["observations"].as_array().map_or(0, Vec::len);
        assert_eq!(observed, findings + list(&report["waived"]).len());
    }
}

/// What is compared with files that a person has read: name, folder, arguments.
const SHOWN: [(&str, &str, &[&str]); 3] = [
    (
        "path",
        "examples/storm-0558",
        &[
            "--select",
            "dump-no-downward,key-signing-hsm,key-tenant-scope",
        ],
    ),
    ("own-rule", "examples/own-rules", &["--select", "payment-*"]),
    (
        "problems",
        "tests/cli/broken/in",
        &[
            "--no-config",
            "--select",
            "log-key-access",
            "keys.yaml",
            "syntax.yaml",
            "lost.yaml",
        ],
    ),
];

#[test]
fn reports_are_as_people_have_read_them() {
    for (name, folder, arguments) in SHOWN {
        let copy = Folder::copy(&root().join(folder));
        let (_, reports) = reports(copy.path(), arguments);
        for (format, report) in reports {
            if !platforms().contains(&format) {
                continue;
            }
            assert_eq!(errors(format, &report), [""; 0], "{name}: {format}");
            let expected = root()
                .join("tests/platforms")
                .join(format!("{name}.{format}"));
            assert_data_eq!(report, Data::read_from(&expected, None).raw());
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = root().join("examples/payments");
    assert_eq!(reports(&folder, &[]), reports(&folder, &[]));
}

const KEYS: &str = "palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z, custody: file } }\n\
                    keys: { k: { store: s, kind: private } }\n";
const ONE: [&str; 2] = ["--select", "key-no-plaintext"];

/// What could not be checked is seen in each format, and so is that nothing was.
#[test]
fn nothing_passes_silently_in_any_format() {
    let dangling = KEYS.replace("store: s", "store: t");
    let lost = "no-such-file.yaml";
    type Files<'f> = &'f [(&'f str, &'f str)];
    let cases: [(Files<'_>, &[&str], &str, &str); 4] = [
        (&[("keys.yaml", &dangling)], &[], "unknown-id", "store"),
        (&[("keys.yaml", KEYS)], &[lost], "unreadable", lost),
        (
            &[("keys.yaml", "palisade: v1\n")],
            &[],
            "nothing-checked",
            "nothing was checked",
        ),
        (&[], &[], "nothing-checked", "nothing was checked"),
    ];
    for (files, arguments, problem, said) in cases {
        let folder = Folder::of(files);
        let (code, reports) = reports(folder.path(), arguments);
        assert_ne!(code, 0);
        for (format, report) in reports {
            assert_eq!(errors(format, &report), [""; 0], "{format}");
            let json = || serde_json::from_str::<Json>(&report).expect("JSON");
            let told = match format {
                "sarif" => {
                    let json = json();
                    let run = &json["runs"][0]["invocations"][0];
                    assert_eq!(run["executionSuccessful"], false);
                    assert_eq!(run["exitCode"], code);
                    let mut all = list(&run["toolExecutionNotifications"]).iter();
                    all.any(|told| told["descriptor"]["id"] == problem && told["level"] == "error")
                }
                "gitlab" => list(&json())
                    .iter()
                    .any(|issue| issue["check_name"] == problem && issue["severity"] == "blocker"),
                "rdjson" => list(&json()["diagnostics"]).iter().any(|diagnostic| {
                    diagnostic["code"]["value"] == problem && diagnostic["severity"] == "ERROR"
                }),
                "github" => commands(&report).iter().any(|(level, properties, _)| {
                    let title = ("title".to_owned(), format!("problem {problem}"));
                    level == "error" && properties.contains(&title)
                }),
                "junit" => report.contains(&format!("<error type=\"{problem}\"")),
                "markdown" => report.contains("**The answer is incomplete.**"),
                // These say so on standard error, or otherwise; others test them.
                _ => continue,
            };
            assert!(
                told && report.contains(said),
                "{format}, {problem}: {report}"
            );
        }
    }
}

/// A rule that found nothing, and one that nothing is about, are told apart from one that was not asked.
#[test]
fn every_rule_that_was_asked_is_in_the_report() {
    let folder = Folder::of(&[("keys.yaml", KEYS)]);
    let arguments = [
        "--select",
        "key-no-plaintext,zone-no-p2p,token-alg-allowlist",
    ];
    let rules = sarif(folder.path(), &arguments);
    let rules = list(&rules["runs"][0]["tool"]["driver"]["rules"]).iter();
    let ids: Vec<_> = rules
        .map(|rule| rule["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(
        ids,
        ["key-no-plaintext", "token-alg-allowlist", "zone-no-p2p"]
    );
    let tests = report(folder.path(), "junit", &arguments);
    let test = |class: &str| {
        let start = format!("<testcase classname=\"{class}\"");
        let (_, test) = tests.split_once(&start).expect("a test");
        test.split("\n  ")
            .nth(1)
            .expect("what follows")
            .trim()
            .to_owned()
    };
    assert!(test("key-no-plaintext").starts_with("<failure "), "{tests}");
    assert!(
        test("token-alg-allowlist").starts_with("<skipped "),
        "{tests}"
    );
}

/// What does not fail the run is no failure, and not hidden either.
#[test]
fn a_finding_that_fails_nothing_is_a_skipped_test() {
    let folder = Folder::of(&[("keys.yaml", &KEYS.replace(", custody: file", ""))]);
    let arguments = [&ONE[..], &["--unknowns", "warn"]].concat();
    let (code, reports) = reports(folder.path(), &arguments);
    assert_eq!(code, 0);
    for (format, report) in reports {
        match format {
            "junit" => {
                assert!(report.contains("failures=\"0\"") && report.contains("<skipped "));
                assert!(report.contains("; it does not fail the run\""), "{report}");
            }
            "sarif" => assert!(report.contains("\"level\": \"warning\""), "{report}"),
            "github" => assert!(report.starts_with("::warning "), "{report}"),
            "gitlab" => assert!(report.contains("\"undetermined: "), "{report}"),
            _ => {}
        }
    }
}

/// The help of a rule is its page and its policy; of a rule of one's own, what it says itself.
#[test]
fn code_scanning_gets_the_page_of_a_rule() {
    let report = sarif(
        &root().join("examples/own-rules"),
        &["--select", "payment-*,key-signing-hsm"],
    );
    let rules = list(&report["runs"][0]["tool"]["driver"]["rules"]);
    let rule = |id: &str| rules.iter().find(|rule| rule["id"] == id).expect("a rule");
    let help = |id: &str| rule(id)["help"]["markdown"].as_str().expect("a page");
    let page = fs::read_to_string(root().join("policies/key/key-signing-hsm.md")).expect("a page");
    assert!(help("key-signing-hsm").starts_with(page.trim_end()));
    let policy = fs::read_to_string(root().join("policies/key/key-signing-hsm.cedar"));
    let policy = policy.expect("a policy");
    let fence = format!("\n## The policy\n\n```cedar\n{}\n```", policy.trim_end());
    assert!(help("key-signing-hsm").contains(&fence));
    assert!(help("payment-dumps-stay-home").contains("@id(\"payment-dumps-stay-home\")"));
    let properties = &rule("key-signing-hsm")["properties"];
    assert_eq!(properties["security-severity"], "9.5");
    assert!(
        list(&properties["tags"]).contains(&json!("key")),
        "{properties}"
    );
}

/// A value that an alias brings in is pointed at where it is written; where it is used is told.
#[test]
fn code_scanning_links_to_the_use_of_an_alias() {
    let keys = KEYS.replace(
        "custody: file }",
        "custody: &where file }, t: { zone: z, custody: *where }",
    );
    let folder = Folder::of(&[("keys.yaml", &keys.replace("store: s", "store: t"))]);
    let report = sarif(folder.path(), &ONE);
    let result = &report["runs"][0]["results"][0];
    let column = |location: &Json| {
        let region = &location["physicalLocation"]["region"];
        let at = |name: &str| region[name].as_u64().expect("a number") as usize - 1;
        let line = keys.lines().nth(at("startLine")).expect("a line");
        line[at("startColumn")..at("endColumn")].to_owned()
    };
    assert_eq!(column(&result["locations"][0]), "file");
    assert_eq!(column(&result["relatedLocations"][0]), "*where");
    let message = result["message"]["text"].as_str().expect("a text");
    assert!(
        message.contains("[the alias that brings it in](1)"),
        "{message}"
    );
}

/// A check that could not fail would be none.
#[test]
fn what_no_platform_takes_is_seen() {
    let good = |format: &str| report(&root().join("examples/storm-0558"), format, &[]);
    let cases = [
        ("sarif", "\"version\": \"2.1.0\"", "\"version\": \"2.2.0\""),
        ("sarif", "\"startLine\"", "\"firstLine\""),
        ("sarif", "\"uri\": \"", "\"uri\": \"/"),
        ("sarif", "\"level\": \"error\"", "\"level\": \"critical\""),
        ("sarif", "](1)", "](x)"),
        ("sarif", "palisadeIdentity/v1", "primaryLocationLineHash"),
        ("gitlab", "\"blocker\"", "\"fatal\""),
        ("gitlab", "\"begin\": ", "\"begin\": -"),
        ("rdjson", "\"ERROR\"", "\"BAD\""),
        ("rdjson", "\"path\": \"", "\"path\": \"/"),
        ("junit", "<failure ", "<broken "),
        ("junit", "failures=\"", "failures=\"1"),
        ("junit", " time=\"0\"", ""),
        ("junit", "</testsuites>", ""),
        ("github", "::error file=", "::error path="),
        ("json", "\"findings\"", "\"found\""),
    ];
    for (format, part, wrong) in cases {
        let good = good(format);
        assert_eq!(errors(format, &good), [""; 0]);
        let bad = good.replace(part, wrong);
        assert_ne!(bad, good, "{format} has no {part}");
        assert_ne!(errors(format, &bad), [""; 0], "{format}: {wrong}");
    }
}

/// Reports are stored, and shown to more people than documents.
#[test]
fn a_secret_in_a_wrong_place_is_repeated_nowhere() {
    let folder = Folder::of(&[(
        "a.yaml",
        "palisade: v1\nzones: { z: { clearance: 'S3cr3t-P4ss!' } }\nkeys:\n  k:\n    kind: |\n      \
         -----BEGIN EC PRIVATE KEY-----\n      MHcCAQEEIBx\n    AKIAIOSFODNN7EXAMPLE: 1\n    \
         rotation: automatc\n",
    )]);
    let (code, all) = reports(folder.path(), &[]);
    assert_ne!(code, 0);
    // Who reads the first sees the document itself.
    for (format, report) in all
        .into_iter()
        .filter(|(format, _)| !["human", "full"].contains(format))
    {
        for secret in ["S3cr3t", "PRIVATE KEY", "MHcC", "AKIA"] {
            assert!(!report.contains(secret), "{format}: {report}");
        }
        assert!(report.contains("this value"), "{format}: {report}");
        assert!(report.contains("automatc"), "{format}: {report}");
    }
}

/// Programs open the file of this name.
#[cfg(unix)]
#[test]
fn programs_get_the_name_of_a_file_as_it_is() {
    const NAME: &str = "a\tb: \u{e9}\u{202e}.yaml";
    let folder = Folder::of(&[(NAME, KEYS)]);
    let (_, all) = reports(folder.path(), &ONE);
    for (format, report) in all {
        let json = || serde_json::from_str::<Json>(&report).expect("JSON");
        let path = match format {
            "json" => json()["findings"][0]["primary"]["location"]["path"].clone(),
            "gitlab" => json()[0]["location"]["path"].clone(),
            "rdjson" => json()["diagnostics"][0]["location"]["path"].clone(),
            "sarif" => {
                let place = json()["runs"][0]["results"][0]["locations"][0].clone();
                let uri = place["physicalLocation"]["artifactLocation"]["uri"].clone();
                assert_eq!(uri, "a%09b%3A%20%C3%A9%E2%80%AE.yaml");
                continue;
            }
            _ => continue,
        };
        assert_eq!(path, NAME, "{format}");
        assert!(!report.contains('\u{202e}'), "{format}: {report}");
    }
}

/// One that is not UTF-8 has a name in references alone.
#[cfg(target_os = "linux")]
#[test]
fn a_reference_has_the_bytes_of_a_name() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    for name in [&b"caf\xe8.yaml"[..], b"caf\xe9.yaml"] {
        fs::write(folder.path().join(OsStr::from_bytes(name)), KEYS).expect("a file");
    }
    let report = sarif(folder.path(), &ONE).to_string();
    for uri in ["caf%E8.yaml", "caf%E9.yaml"] {
        assert!(report.contains(uri), "{uri}: {report}");
    }
}
