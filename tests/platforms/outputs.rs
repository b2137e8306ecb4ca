//! Several reports in one run: which are written, and where to.

use std::fs;

use palisade::report::REPORTERS;

use super::support::platform::errors;
use super::support::{Folder, NOW, program, root, run_in};
use super::{KEYS, ONE, report};

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
        (
            &["xml"],
            "possible values: human, full, grouped, concise, json, sarif",
        ),
        (
            &["xml=a"],
            "possible values: human, full, grouped, concise, json, sarif",
        ),
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

/// The page about pipelines names every format, and what it tells to type works. Hooks and actions
/// are tried by `tests/packaging.rs`.
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
        .map(|(_, arguments)| arguments.split('`').next().expect("a part"))
        .filter(|arguments| *arguments != "--staged")
        .collect();
    assert!(commands.len() > 2, "{commands:?}");
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

#[test]
fn a_report_of_an_earlier_run_changes_nothing() {
    let folder = Folder::of(&[("infra/keys.yaml", KEYS)]);
    let check = || {
        let formats = [
            "--format",
            "json=infra/../infra/out.json",
            "--format",
            "human",
        ];
        let run = folder.run(&[&["check", "--now", NOW], &formats[..]].concat());
        let report = fs::read_to_string(folder.path().join("infra/out.json"));
        (run.stdout, report.expect("a report"))
    };
    assert_eq!(check(), check());
    // One that this run does not write is a file like others.
    let run = folder.run(&["check", "--now", NOW]);
    assert!(run.stdout.contains("not checked: 1 file"), "{}", run.stdout);
}

#[test]
fn a_variable_that_names_no_format_is_blamed() {
    let folder = Folder::of(&[("keys.yaml", KEYS)]);
    let mut command = program(folder.path());
    command.arg("check").env("PALISADE_FORMAT", "human,xml");
    let output = command.output().expect("it runs");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("PALISADE_FORMAT") && said.contains("'xml'"),
        "{said}"
    );
}

/// Colour in a file is for the flag alone to decide: pipelines set `FORCE_COLOR` for their log.
#[test]
fn a_file_is_coloured_only_if_the_flag_says_so() {
    let folder = Folder::of(&[("keys.yaml", KEYS)]);
    let check = |flags: &[&str]| {
        let mut command = program(folder.path());
        let formats = ["--format", "human=out.txt,concise"];
        command
            .args(["check", "--now", NOW])
            .args(formats)
            .args(flags);
        command.env("FORCE_COLOR", "1").output().expect("it runs");
        let text = fs::read_to_string(folder.path().join("out.txt")).expect("a report");
        text.contains('\u{1b}')
    };
    assert!(!check(&[]));
    assert!(check(&["--color", "always"]));
    assert!(!check(&["--color", "never"]));
}
