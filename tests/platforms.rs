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

mod support;

use std::fs;
use std::path::Path;

use palisade::report::REPORTERS;
use serde_json::{Value as Json, json};
use snapbox::{Data, assert_data_eq};
use support::platform::{commands, errors};
use support::{Folder, NOW, Run, program, root, run_in};

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
    let examples = fs::read_dir(root().join("examples")).expect("a folder");
    for example in examples {
        let name = example.expect("an entry").file_name();
        let path = format!("examples/{}", name.to_str().expect("a name"));
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
        assert_eq!(list(&json("gitlab")).len(), findings);
        assert_eq!(list(&json("rdjson")["diagnostics"]).len(), findings);
        assert_eq!(commands(of("github")).len(), findings);
        assert_eq!(of("junit").matches("<failure ").count(), findings);
        let rows = of("markdown").lines().filter(|line| line.starts_with("| "));
        // And a heading.
        assert_eq!(rows.count(), findings + usize::from(findings > 0));
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

/// The paths that each format gives, each once.
fn paths(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (format, report) in reports(folder, &[&ONE[..], arguments].concat()).1 {
        let path = match format {
            "sarif" => {
                let report: Json = serde_json::from_str(&report).expect("JSON");
                let place = &report["runs"][0]["results"][0]["locations"][0];
                place["physicalLocation"]["artifactLocation"]["uri"].clone()
            }
            "gitlab" => {
                let report: Json = serde_json::from_str(&report).expect("JSON");
                report[0]["location"]["path"].clone()
            }
            "rdjson" => {
                let report: Json = serde_json::from_str(&report).expect("JSON");
                report["diagnostics"][0]["location"]["path"].clone()
            }
            "github" => json!(commands(&report)[0].1[0].1),
            "junit" => {
                let (_, rest) = report.split_once("file=\"").expect("a file");
                json!(rest.split('"').next())
            }
            "markdown" => {
                let row = report
                    .lines()
                    .find(|line| line.contains("`key-no-plaintext`"));
                let place = row.expect("a row").rsplit('`').nth(1).expect("a place");
                json!(place.split(':').next())
            }
            _ => continue,
        };
        found.push(path.as_str().expect("a path").to_owned());
    }
    assert_eq!(found.len(), platforms().len());
    found.dedup();
    found
}

#[test]
fn paths_are_from_the_root_of_the_repository_wherever_the_run_starts() {
    let folder = Folder::of(&[("infra/prod/keys.yaml", KEYS)]);
    let at = |path: &str| folder.path().join(path);
    let absolute = at("infra/prod/keys.yaml");
    let absolute = absolute.to_str().expect("a name");
    // In no repository, paths are from where the run starts.
    assert_eq!(paths(&at("infra"), &[]), ["prod/keys.yaml"]);
    assert_eq!(paths(&at("infra"), &[absolute]), ["prod/keys.yaml"]);
    git2::Repository::init(folder.path()).expect("a repository");
    let expected = ["infra/prod/keys.yaml"];
    assert_eq!(paths(folder.path(), &[]), expected);
    assert_eq!(paths(folder.path(), &["./infra/../infra"]), expected);
    assert_eq!(paths(&at("infra"), &[]), expected);
    assert_eq!(paths(&at("infra/prod"), &["keys.yaml"]), expected);
    assert_eq!(paths(&at("infra/prod"), &[".."]), expected);
    assert_eq!(paths(&at("infra"), &[absolute]), expected);
    // What comes from elsewhere is called as it would be if it were there.
    let mut arguments = vec!["check", "-", "--stdin-filename", "new/keys.yaml"];
    arguments.extend(["--format", "gitlab"].iter().chain(&ONE));
    let run = run_in(&at("infra"), &arguments, KEYS.as_bytes());
    assert!(
        run.stdout.contains("\"infra/new/keys.yaml\""),
        "{}",
        run.stdout
    );
    // Whoever reads the report on a terminal sees the paths as they were typed.
    let said = report(&at("infra/prod"), "concise", &ONE);
    assert!(said.starts_with("keys.yaml:"), "{said}");
}

#[test]
fn a_file_outside_the_repository_is_told_by_the_way_to_it() {
    let folder = Folder::of(&[("shared/keys.yaml", KEYS), ("repository/.gitkeep", "")]);
    let repository = folder.path().join("repository");
    git2::Repository::init(&repository).expect("a repository");
    assert_eq!(paths(&repository, &["../shared"]), ["../shared/keys.yaml"]);
}

#[cfg(unix)]
#[test]
fn a_link_on_the_way_to_a_file_changes_nothing() {
    let folder = Folder::of(&[("real/infra/keys.yaml", KEYS)]);
    let real = folder.path().join("real");
    git2::Repository::init(&real).expect("a repository");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    let named = link.join("infra/keys.yaml");
    let named = named.to_str().expect("a name");
    assert_eq!(paths(&real, &[named]), ["infra/keys.yaml"]);
    assert_eq!(paths(&link, &["infra"]), ["infra/keys.yaml"]);
}

#[test]
fn several_reports_are_written_in_one_run() {
    let folder = Folder::of(&[("keys.yaml", KEYS)]);
    let run = folder.run(&[
        "check",
        "--format",
        "sarif=out.sarif",
        "--format",
        "concise",
        "--format",
        "junit=out.xml",
    ]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let written = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a report");
    assert_eq!(errors("sarif", &written("out.sarif")), [""; 0]);
    assert_eq!(errors("junit", &written("out.xml")), [""; 0]);
    assert!(run.stdout.starts_with("keys.yaml:"), "{}", run.stdout);
    // The variable names several, too, and a flag goes before it.
    let with = |flags: &[&str]| {
        let mut command = program(folder.path());
        command.args(["check", "--now", NOW]).args(flags);
        command.env("PALISADE_FORMAT", "gitlab, sarif=two.sarif");
        String::from_utf8(command.output().expect("it runs").stdout).expect("UTF-8")
    };
    assert_eq!(errors("gitlab", &with(&[])), [""; 0]);
    assert_eq!(errors("sarif", &written("two.sarif")), [""; 0]);
    assert!(with(&["--format", "concise"]).starts_with("keys.yaml:"));
}

#[test]
fn outputs_that_cannot_be_are_refused_before_anything_is_checked() {
    let folder = Folder::of(&[("keys.yaml", KEYS)]);
    let cases: [(&[&str], &str); 6] = [
        (&["human", "sarif"], "both for standard output"),
        (&["sarif=a", "human", "junit=a"], "are for the same file"),
        (&["sarif="], "`sarif=` names no file"),
        (&["xml"], "possible values: human, concise, json, sarif"),
        (&["xml=a"], "possible values: human, concise, json, sarif"),
        (&["sarfi"], "a similar value exists: 'sarif'"),
    ];
    for (formats, expected) in cases {
        let formats = formats.iter().flat_map(|format| ["--format", format]);
        let arguments: Vec<_> = ["check"].into_iter().chain(formats).collect();
        let run = folder.run(&arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert!(!folder.path().join("a").exists());
    }
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_and_the_others_are_written() {
    let folder = Folder::of(&[("keys.yaml", KEYS)]);
    let run = folder.run(&[
        "check",
        "--format",
        "sarif=no/such.sarif",
        "--format",
        "concise",
        "--format",
        "gitlab=q.json",
    ]);
    assert_eq!(run.code, 3);
    let said = "palisade: cannot write: no/such.sarif: ";
    assert!(run.stderr.starts_with(said), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(run.stdout.starts_with("keys.yaml:"), "{}", run.stdout);
    assert!(folder.path().join("q.json").is_file());
}

#[test]
fn the_summary_of_a_step_is_added_to_where_github_wants_it() {
    let folder = Folder::of(&[("keys.yaml", KEYS), ("summary.md", "before\n")]);
    let check = |format: &str, summary: &str| {
        let mut command = program(folder.path());
        command
            .args(["check", "--now", NOW, "--format", format])
            .args(ONE);
        let output = command
            .env("GITHUB_STEP_SUMMARY", summary)
            .output()
            .expect("it runs");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code().expect("no signal"), said)
    };
    let summary = || fs::read_to_string(folder.path().join("summary.md")).expect("a summary");
    let markdown = report(folder.path(), "markdown", &ONE);
    assert_eq!(check("human", "summary.md").0, 1);
    assert_eq!(summary(), "before\n");
    assert_eq!(check("github", "summary.md"), (1, String::new()));
    assert_eq!(summary(), format!("before\n{markdown}"));
    // Nothing set is nothing written, and what cannot be written is said.
    assert_eq!(check("github", ""), (1, String::new()));
    let (code, said) = check("github", "no/such.md");
    assert_eq!(code, 3);
    assert!(
        said.contains("cannot write: no/such.md ($GITHUB_STEP_SUMMARY): "),
        "{said}"
    );
}

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

/// The page about pipelines names every format, and what it tells to type works.
#[test]
fn the_page_about_pipelines_is_right() {
    let page = fs::read_to_string(root().join("docs/ci.md")).expect("a page");
    for reporter in REPORTERS {
        assert!(
            page.contains(&format!("\n| `{}` | ", reporter.name)),
            "{}",
            reporter.name
        );
    }
    let fences = page.split("```").skip(1).step_by(2);
    for yaml in fences.filter_map(|fence| fence.strip_prefix("yaml\n")) {
        let parsed = serde_yaml::from_str::<serde_yaml::Value>(yaml).expect("YAML");
        assert!(parsed.is_mapping());
    }
    let commands: Vec<_> = page
        .lines()
        .filter_map(|line| line.split_once("palisade check "))
        .map(|(_, arguments)| arguments)
        .collect();
    assert!(commands.len() > 4, "{commands:?}");
    for arguments in commands {
        let folder = Folder::of(&[("keys.yaml", KEYS)]);
        let all: Vec<_> = ["check"].into_iter().chain(arguments.split(' ')).collect();
        let run = folder.run(&all);
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{arguments}");
        for file in arguments
            .split('=')
            .skip(1)
            .filter_map(|rest| rest.split(' ').next())
        {
            assert!(folder.path().join(file).is_file(), "{file}");
            assert!(page.matches(file).count() > 1, "{file} is used nowhere");
        }
    }
}

/// `--help` says what each format is for.
#[test]
fn help_lists_the_formats() {
    let help = run_in(root(), &["check", "--help"], b"").stdout;
    for reporter in REPORTERS {
        let line = help
            .lines()
            .find(|line| line.contains(&format!("- {}:", reporter.name)));
        let start = reporter
            .doc
            .split(' ')
            .take(3)
            .collect::<Vec<_>>()
            .join(" ");
        assert!(line.is_some_and(|line| line.contains(&start)), "{help}");
    }
    assert!(help.contains("--format <FORMAT[=FILE]>"), "{help}");
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
