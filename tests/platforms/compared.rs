//! What each format tells of a comparison: of what is new, of what was there before, and of what is
//! gone.

use serde_json::Value as Json;
use snapbox::{Data, assert_data_eq};

use super::support::platform::{commands, errors};
use super::support::{Folder, root};
use super::{list, platforms, reports};

const CONFIG: &str = "select: [key-nonexportable]\n";
const BEFORE: [&str; 2] = ["kept-key", "gone-key"];
const NOW: [&str; 2] = ["kept-key", "new-key"];

/// A document that declares exportable keys.
fn keys(ids: &[&str]) -> String {
    let mut text =
        "palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z } }\nkeys:\n".to_owned();
    for id in ids {
        text += &format!("  {id}: {{ store: s, kind: private, exportable: true }}\n");
    }
    text
}

/// A repository whose one commit holds the first of each pair of texts, and its work tree the second.
fn repository(files: &[(&str, &str, &str)]) -> Folder {
    let folder = Folder::new();
    let repository = git2::Repository::init(folder.path()).expect("a repository");
    let mut index = repository.index().expect("an index");
    for (name, before, now) in files {
        folder.write(name, before);
        index.add_path(name.as_ref()).expect("a file");
        folder.write(name, now);
    }
    let tree = index.write_tree().expect("a tree");
    let tree = repository.find_tree(tree).expect("a tree");
    let day = git2::Time::new(0, 0);
    let who = git2::Signature::new("a", "a@example.com", &day).expect("a name");
    let commit = repository.commit(Some("HEAD"), &who, &who, "start", &tree, &[]);
    commit.expect("a commit");
    folder
}

fn changed() -> Folder {
    repository(&[
        ("palisade.yaml", CONFIG, CONFIG),
        ("keys.yaml", &keys(&BEFORE), &keys(&NOW)),
    ])
}

const COMPARE: [&str; 2] = ["--base", "HEAD"];

/// Whether each format speaks of what is new, of what was there before, and of what is gone.
const TOLD: [(&str, [bool; 3]); 9] = [
    ("human", [true, false, true]),
    ("concise", [true, false, false]),
    ("json", [true, true, true]),
    ("sarif", [true, true, false]),
    ("github", [true, false, false]),
    ("gitlab", [true, true, false]),
    ("junit", [true, true, false]),
    ("rdjson", [true, false, false]),
    ("markdown", [true, false, true]),
];

#[test]
fn each_format_tells_of_a_change_what_its_platform_is_to_show() {
    let (code, reports) = reports(changed().path(), &COMPARE);
    assert_eq!(code, 1);
    assert_eq!(reports.len(), TOLD.len());
    for ((format, report), (name, told)) in reports.iter().zip(TOLD) {
        assert_eq!(*format, name);
        assert_eq!(errors(format, report), [""; 0], "{format}");
        let has =
            ["new-key", "kept-key", "gone-key"].map(|id| report.contains(&format!("key `{id}`")));
        assert_eq!(has, told, "{format}: {report}");
    }
}

#[test]
fn reports_of_a_comparison_are_as_people_have_read_them() {
    let (_, reports) = reports(changed().path(), &COMPARE);
    for (format, report) in reports {
        if platforms().contains(&format) {
            let expected = format!("tests/platforms/compared.{format}");
            assert_data_eq!(report, Data::read_from(&root().join(expected), None).raw());
        }
    }
}

/// Only what is new fails a run, and in each format nothing but what fails the run looks as if it did.
#[test]
fn what_was_there_before_fails_nothing_in_any_format() {
    let document = keys(&["kept-key"]);
    let more = format!("{document}# changed\n");
    let folder = repository(&[
        ("palisade.yaml", CONFIG, CONFIG),
        ("keys.yaml", &document, &more),
    ]);
    let (code, reports) = reports(folder.path(), &COMPARE);
    assert_eq!(code, 0);
    for (format, report) in reports {
        assert_eq!(errors(format, &report), [""; 0], "{format}");
        let json = || serde_json::from_str::<Json>(&report).expect("JSON");
        match format {
            "sarif" => {
                let run = &json()["runs"][0];
                assert_eq!(run["invocations"][0]["exitCode"], 0);
                assert_eq!(run["invocations"][0]["executionSuccessful"], true);
                assert_eq!(run["results"][0]["baselineState"], "unchanged");
            }
            "github" => assert_eq!(commands(&report), []),
            "gitlab" => assert_eq!(list(&json()).len(), 1),
            "rdjson" => {
                assert_eq!(list(&json()["diagnostics"]), [] as [Json; 0]);
                assert_eq!(json()["severity"], "INFO");
            }
            "junit" => {
                assert!(report.contains("failures=\"0\""), "{report}");
                assert!(
                    report.contains("it was there before the change\""),
                    "{report}"
                );
                // Nor did the rule pass.
                assert_eq!(report.matches("<testcase ").count(), 1, "{report}");
            }
            "markdown" => {
                assert!(
                    report.contains("### Palisade: no new violations\n"),
                    "{report}"
                );
                assert!(
                    report.contains(": 1 finding unchanged, 0 gone\n"),
                    "{report}"
                );
            }
            _ => {}
        }
    }
}

/// GitHub and GitLab compare what they get of two branches by themselves: what a comparison leaves
/// out would look mended there.
#[test]
fn a_platform_that_compares_by_itself_gets_of_a_comparison_what_it_gets_of_a_check() {
    let folder = changed();
    let [plain, compared] = [&[][..], &COMPARE].map(|arguments| {
        let (_, reports) = reports(folder.path(), arguments);
        let mut results = Vec::new();
        for (format, report) in reports {
            let Ok(json) = serde_json::from_str::<Json>(&report) else {
                continue;
            };
            let all = match format {
                "sarif" => list(&json["runs"][0]["results"]),
                "gitlab" => list(&json),
                _ => continue,
            };
            let mut all = all.to_vec();
            for result in &mut all {
                let state = result
                    .as_object_mut()
                    .expect("a result")
                    .remove("baselineState");
                let expected = format == "sarif" && !arguments.is_empty();
                assert_eq!(state.is_some(), expected, "{format}: {report}");
            }
            all.sort_by_key(Json::to_string);
            results.push(all);
        }
        results
    });
    assert_eq!(plain.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(plain, compared);
}

/// Without a comparison, nothing says that it is new.
#[test]
fn what_is_new_is_marked_so() {
    let (_, reports) = reports(changed().path(), &COMPARE);
    let report = |format: &str| {
        &reports
            .iter()
            .find(|(name, _)| *name == format)
            .expect("a report")
            .1
    };
    let sarif: Json = serde_json::from_str(report("sarif")).expect("JSON");
    let states = list(&sarif["runs"][0]["results"]).iter().map(|result| {
        let text = result["message"]["text"].as_str().expect("a text");
        let key = text.split('`').nth(1).expect("a key").to_owned();
        (
            key,
            result["baselineState"]
                .as_str()
                .expect("a state")
                .to_owned(),
        )
    });
    let pair = |key: &str, state: &str| (key.to_owned(), state.to_owned());
    // What is new comes first: what is last may be more than the platform takes.
    assert_eq!(
        states.collect::<Vec<_>>(),
        [pair("new-key", "new"), pair("kept-key", "unchanged")]
    );
    for format in ["github", "junit", "rdjson", "markdown"] {
        let text = report(format).replace("\\`", "`");
        assert!(
            text.contains("change: this change adds key `new-key`"),
            "{format}: {text}"
        );
    }
}
