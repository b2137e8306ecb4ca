//! What platforms call files.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::support::platform::commands;
use super::support::{Folder, run_in};
use super::{KEYS, ONE, platforms, report, reports};

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
            "oscal" => {
                let report: Json = serde_json::from_str(&report).expect("JSON");
                let result = &report["assessment-results"]["results"][0];
                let evidence = &result["observations"][0]["relevant-evidence"][0];
                let place = evidence["href"].as_str().expect("a place");
                json!(place.split('#').next())
            }
            "rdjson" => {
                let report: Json = serde_json::from_str(&report).expect("JSON");
                report["diagnostics"][0]["location"]["path"].clone()
            }
            "github" => json!(commands(&report)[0].1[0].1),
            "junit" => {
                let (_, rest) = report.split_once(">at ").expect("a place");
                json!(rest.split(':').next())
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
