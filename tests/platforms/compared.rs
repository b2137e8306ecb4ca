//! What each format tells of a comparison: of what is new, of what was there before, and of what is
//! gone.

use serde_json::Value as Json;
use snapbox::{Data, assert_data_eq};

use super::support::platform::{commands, errors};
use super::support::{Folder, NOW, root, run_in};
use super::{list, platforms, reports};

const CONFIG: &str = "select: [key-nonexportable]\n";
const BEFORE: [&str; 2] = ["kept-key", "gone-key"];
const AFTER: [&str; 2] = ["kept-key", "new-key"];

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
        ("keys.yaml", &keys(&BEFORE), &keys(&AFTER)),
    ])
}

const COMPARE: [&str; 2] = ["--base", "HEAD"];

/// A change that brings what is excused, beside what was there and is.
fn excused() -> Folder {
    let config = format!(
        "{CONFIG}waivers:\n  - rule: key-nonexportable\n    entities: [Key::config-key]\n    \
         until: 2027-01-31\n    reason: replaced in January\n"
    );
    let before = keys(&["kept-key", "gone-key", "config-key"]);
    let mut now = keys(&["kept-key", "new-key", "config-key", "comment-key"]);
    now.truncate(now.trim_end().len());
    now += " # palisade: allow key-nonexportable until=2027-02-28 moved in February\n";
    repository(&[
        ("palisade.yaml", &config, &config),
        ("keys.yaml", &before, &now),
    ])
}

/// Of which findings each format speaks: what is new, what was there before, and what is gone, then
/// what was there and is waived, and what is new and is; and of which of these with `--include-waived`.
const TOLD: [(&str, [bool; 5], [bool; 2]); 13] = [
    ("human", [true, false, false, false, false], [true, true]),
    ("full", [true, false, true, false, false], [true, true]),
    ("grouped", [true, false, false, false, false], [false, true]),
    ("concise", [true, false, false, false, false], [false, true]),
    ("json", [true, true, true, true, true], [true, true]),
    ("sarif", [true, true, false, false, false], [true, true]),
    ("oscal", [true, true, false, true, true], [true, true]),
    ("github", [true, false, false, false, false], [false, true]),
    ("gitlab", [true, true, false, false, false], [true, true]),
    ("junit", [true, true, false, true, true], [true, true]),
    ("rdjson", [true, false, false, false, false], [false, true]),
    ("markdown", [true, false, true, false, false], [true, true]),
    ("html", [true, false, false, true, true], [true, true]),
];

#[test]
fn each_format_tells_of_a_change_what_its_platform_is_to_show() {
    let folder = excused();
    for more in [&[][..], &["--include-waived"]] {
        let (code, reports) = reports(folder.path(), &[&COMPARE[..], more].concat());
        assert_eq!((code, reports.len()), (1, TOLD.len()));
        for ((format, report), (name, mut told, included)) in reports.into_iter().zip(TOLD) {
            if !more.is_empty() {
                told[3..].copy_from_slice(&included);
            }
            assert_eq!(format, name);
            assert_eq!(errors(format, &report), [""; 0], "{format}");
            let ids = [
                "new-key",
                "kept-key",
                "gone-key",
                "config-key",
                "comment-key",
            ];
            // What is in backticks elsewhere is code there.
            let report = match format {
                "html" => report.replace("<code>", "`").replace("</code>", "`"),
                _ => report,
            };
            let has = ids.map(|id| report.contains(&format!("key `{id}`")));
            assert_eq!(has, told, "{format} {more:?}: {report}");
        }
    }
}

#[test]
fn reports_of_a_comparison_are_as_people_have_read_them() {
    let with_waived = [&COMPARE[..], &["--include-waived"]].concat();
    let cases = [
        ("compared", changed(), &COMPARE[..]),
        ("waived", excused(), &with_waived),
    ];
    for (name, folder, arguments) in cases {
        let (_, reports) = reports(folder.path(), arguments);
        for (format, report) in reports {
            if platforms().contains(&format) {
                let expected = format!("tests/platforms/{name}.{format}");
                assert_data_eq!(report, Data::read_from(&root().join(expected), None).raw());
            }
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

/// By the results of a report: of which key each is, and what it says at a place.
fn told(report: &Json, pointer: &str) -> Vec<(String, Json)> {
    let results = list(&report["runs"][0]["results"]).iter();
    let told = results.map(|result| {
        let text = result["message"]["text"].as_str().expect("a text");
        let key = text.split('`').nth(1).expect("a key").to_owned();
        (key, result.pointer(pointer).cloned().unwrap_or_default())
    });
    told.collect()
}

#[test]
fn code_scanning_is_told_who_answers_for_what_is_waived() {
    let sarif = |more: &[&str]| {
        let folder = excused();
        let (_, reports) = reports(folder.path(), more);
        let mut reports = reports.into_iter();
        let (_, report) = reports
            .find(|(name, _)| *name == "sarif")
            .expect("a report");
        assert_eq!(errors("sarif", &report), [""; 0]);
        serde_json::from_str::<Json>(&report).expect("JSON")
    };
    let compared = sarif(&[&COMPARE[..], &["--include-waived"]].concat());
    let all = |values: [&str; 4]| {
        let keys = ["new-key", "kept-key", "config-key", "comment-key"];
        let value = |value: &str| match value {
            "" => Json::Null,
            value => Json::from(value),
        };
        let pairs = keys.iter().zip(values);
        let pairs = pairs.map(|(key, text)| ((*key).to_owned(), value(text)));
        pairs.collect::<Vec<_>>()
    };
    // A result without a state would say of itself that nothing was compared.
    let states = ["new", "unchanged", "unchanged", "new"];
    assert_eq!(told(&compared, "/baselineState"), all(states));
    let told = |at: &str| told(&compared, &format!("/suppressions/0/{at}"));
    assert_eq!(told("kind"), all(["", "", "external", "inSource"]));
    assert_eq!(told("status"), all(["", "", "accepted", "accepted"]));
    let reasons = ["", "", "replaced in January", "moved in February"];
    assert_eq!(told("justification"), all(reasons));
    let days = ["", "", "2027-01-31", "2027-02-28"];
    assert_eq!(told("properties/until"), all(days));
    let uri = "location/physicalLocation/artifactLocation/uri";
    assert_eq!(told(uri), all(["", "", "palisade.yaml", "keys.yaml"]));
    // Without the flag GitHub gets nothing that it would take for open.
    let plain = sarif(&COMPARE);
    assert!(!plain.to_string().contains("suppressions"), "{plain}");
    assert_eq!(list(&plain["runs"][0]["results"]).len(), 2);
}

/// A check that could not fail would be none.
#[test]
fn what_code_scanning_does_not_take_of_a_comparison_is_seen() {
    let folder = excused();
    let more = [&COMPARE[..], &["--include-waived"]].concat();
    let (_, reports) = reports(folder.path(), &more);
    let mut reports = reports.into_iter();
    let (_, good) = reports
        .find(|(name, _)| *name == "sarif")
        .expect("a report");
    for (right, wrong) in [
        ("\"baselineState\": \"new\"", "\"baselineState\": \"fresh\""),
        ("\"kind\": \"external\"", "\"kind\": \"file\""),
        ("\"status\": \"accepted\"", "\"status\": \"waived\""),
        ("\"justification\": \"", "\"reason\": \""),
    ] {
        let bad = good.replacen(right, wrong, 1);
        assert_ne!(bad, good, "{right}");
        assert_ne!(errors("sarif", &bad), [""; 0], "{wrong}");
    }
}

/// Where nothing but what is waived is found, the run passes, and no format says otherwise.
#[test]
fn what_is_waived_fails_nothing_in_any_format() {
    let keys = keys(&["config-key"]);
    let config = "select: [key-nonexportable]\nwaivers:\n  - { rule: key-nonexportable, entities: \
                  [Key::config-key], until: 2027-01-31, reason: soon }\n";
    let folder = Folder::of(&[("palisade.yaml", config), ("keys.yaml", &keys)]);
    let said = "until 2027-01-31: soon";
    let (code, plain) = reports(folder.path(), &[]);
    assert_eq!(code, 0);
    let (code, reports) = reports(folder.path(), &["--include-waived"]);
    assert_eq!(code, 0);
    for ((format, report), (_, plain)) in reports.into_iter().zip(plain) {
        assert_eq!(errors(format, &report), [""; 0], "{format}");
        // These always have it.
        let always = ["html", "json", "junit", "oscal"].contains(&format);
        assert_eq!(report == plain, always, "{format}: {report}");
        assert_eq!(plain.contains("config-key"), always, "{format}: {plain}");
        let json = || serde_json::from_str::<Json>(&report).expect("JSON");
        match format {
            "human" | "full" => {
                assert!(report.starts_with("waived: keys.yaml:5:54: key-nonexportable "));
            }
            "grouped" => assert!(report.contains("waived key-nonexportable (1)"), "{report}"),
            "concise" => assert!(report.starts_with("keys.yaml:5:54: waived key-nonexportable ")),
            "sarif" => {
                let run = &json()["runs"][0];
                assert_eq!(run["invocations"][0]["exitCode"], 0);
                assert_eq!(
                    run["results"][0]["suppressions"][0]["justification"],
                    "soon"
                );
                assert_eq!(run["results"][0]["baselineState"], Json::Null);
                continue;
            }
            "json" => {
                assert_eq!(json()["waived"][0]["reason"], "soon");
                continue;
            }
            "oscal" => {
                let json = json();
                let result = &json["assessment-results"]["results"][0];
                assert_eq!(result["risks"][0]["status"], "deviation-approved");
                let status = &result["findings"][0]["target"]["status"];
                assert_eq!(status["state"], "not-satisfied");
            }
            "github" => {
                let (level, properties, _) = &commands(&report)[0];
                let title = "waived key-nonexportable".to_owned();
                assert_eq!(level, "notice");
                assert!(
                    properties.contains(&("title".to_owned(), title)),
                    "{report}"
                );
            }
            "gitlab" => assert_eq!(json()[0]["severity"], "info"),
            "junit" => assert!(report.contains("<skipped type=\"waived\""), "{report}"),
            "rdjson" => {
                assert_eq!(json()["diagnostics"][0]["severity"], "INFO");
                assert_eq!(json()["severity"], "INFO");
            }
            "markdown" => assert!(report.contains("<summary>1 waived</summary>"), "{report}"),
            "html" => {
                assert!(report.contains("<td>2027-01-31</td>"), "{report}");
                assert!(report.contains("<td>soon</td>"), "{report}");
                continue;
            }
            other => panic!("what is {other}?"),
        }
        let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(report.contains(said), "{format}: {report}");
    }
}

/// What is excused and what counts are two issues to GitLab: when a waiver ends, there is a new one.
#[test]
fn gitlab_tells_what_is_waived_from_what_counts() {
    let prints = |more: &[&str]| {
        let all = [&["check", "--format", "gitlab"][..], more].concat();
        let report = run_in(excused().path(), &all, b"").stdout;
        let json: Json = serde_json::from_str(&report).expect("JSON");
        let all = list(&json).iter();
        let prints = all.map(|issue| {
            let text = issue["description"].as_str().expect("a text");
            let key = text.split('`').nth(1).expect("a key").to_owned();
            (key, issue["fingerprint"].to_string())
        });
        prints.collect::<std::collections::BTreeMap<_, _>>()
    };
    let excused = prints(&["--now", NOW, "--include-waived"]);
    let counting = prints(&["--now", "2028-01-01"]);
    for key in ["config-key", "comment-key"] {
        assert_ne!(excused[key], counting[key]);
    }
    assert_eq!(excused["kept-key"], counting["kept-key"]);
}
