//! States of git repositories, and what `--staged`, `--base` and `--rev` make of them.
//!
//! `tests/git/*.md` hold the cases: a heading, a script that makes a repository and checks it, and
//! what is said. `SNAPSHOTS=overwrite cargo test --test git` writes what is said anew.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "git/kept.rs"]
mod kept;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value as Json;
use support::scripts::Scripts;
use support::{Folder, Report, root};

/// Runs the scripts of a page.
fn page(name: &str) {
    Scripts::default().page(name);
}

#[test]
fn what_is_staged() {
    page("tests/git/staged.md");
}

#[test]
fn what_is_compared() {
    page("tests/git/base.md");
}

#[test]
fn what_commits_hold() {
    page("tests/git/revisions.md");
}

#[test]
fn what_waivers_come_to() {
    page("tests/git/waivers.md");
}

#[test]
fn what_cannot_be_done() {
    page("tests/git/errors.md");
}

#[test]
fn what_hooks_hand_over() {
    page("tests/git/hooks.md");
}

/// Symbolic links to code, in the work tree, the index and commits.
#[test]
fn what_links_lead_to() {
    page("tests/git/links.md");
}

/// The hook of the documentation, in a repository that is pushed to.
#[test]
fn a_server_accepts_what_makes_nothing_worse() {
    let page = std::fs::read_to_string(root().join("docs/git.md")).expect("a page");
    let mut fences = page
        .split("```text\n")
        .filter_map(|text| text.split("```").next());
    let hook = fences.find(|text| text.contains("# hooks/pre-receive"));
    let hook = hook.expect("a hook");
    let said = Scripts::default().said(&format!(
        r#"git init -q --bare ../server
        cat > ../server/hooks/pre-receive <<'HOOK'
{hook}HOOK
        chmod +x ../server/hooks/pre-receive
        mkdir ../bin && ln -s "$PALISADE" ../bin/palisade && export PATH="$PWD/../bin:$PATH"
        export PALISADE_NOW="$NOW"
        push() {{ git push -q ../server "$@" 2> said.txt && echo accepted || echo refused; }}
        repo
        push main
        keys keys.yaml old=false
        git add . && git commit -q --amend -m start
        push main
        git tag v1 && push v1
        keys more.yaml good=false
        commit && push main && push HEAD:refs/heads/new
        keys more.yaml good=false bad=true
        commit && push HEAD:refs/heads/other && push main
        push :new && push :refs/tags/v1
        git checkout -q --orphan alone && git commit -qm alone && push alone
        echo '? done'"#
    ));
    let said: Vec<_> = said.lines().collect();
    let expected = [
        "refused", "accepted", "accepted", "accepted", "accepted", "refused", "refused",
        "accepted", "accepted", "refused", "? done",
    ];
    assert_eq!(said, expected);
}

#[test]
fn the_documentation_says_what_is_said() {
    page("docs/git.md");
}

/// The findings of a report: what each is about, and whether it is certain.
fn found(report: &Report, list: &str) -> BTreeMap<String, bool> {
    let findings = report.json[list].as_array().expect("findings").iter();
    findings
        .map(|finding| {
            let is_certain = finding["verdict"] == "violation";
            (finding["identity"].to_string(), is_certain)
        })
        .collect()
}

/// Commits what is in the index, after `parent`.
fn commit(
    repository: &git2::Repository,
    index: &mut git2::Index,
    parent: Option<git2::Oid>,
) -> git2::Oid {
    let who = git2::Signature::now("a", "a@example.com").expect("a name");
    let tree = index.write_tree().expect("a tree");
    let tree = repository.find_tree(tree).expect("a tree");
    let parents = parent.map(|id| repository.find_commit(id).expect("a commit"));
    let parents: Vec<_> = parents.iter().collect();
    let id = repository.commit(Some("HEAD"), &who, &who, "state", &tree, &parents);
    id.expect("a commit")
}

/// Whole systems in one commit: a stopped commit is told on one screen, the worst first, and each broken
/// rule is named. What leaves something out says how to see it.
#[test]
fn a_stopped_commit_fits_on_one_screen_and_names_every_rule() {
    let examples = [
        "storm-0558",
        "payments",
        "design-doc",
        "incidents/exchange-online",
        "incidents/solarwinds",
    ];
    let mut left_out = 0;
    for example in examples {
        let folder = Folder::copy(&root().join("examples").join(example));
        let repository = git2::Repository::init(folder.path()).expect("a repository");
        let mut index = repository.index().expect("an index");
        commit(&repository, &mut index, None);
        let all = git2::IndexAddOption::DEFAULT;
        index.add_all(["*"], all, None).expect("files");
        index.write().expect("an index");
        let said = |width: &str, more: &[&str]| {
            let mut command = support::program(folder.path());
            command.args(["check", "--staged", "--now", support::NOW]);
            let output = command.args(more).env("COLUMNS", width).output();
            String::from_utf8(output.expect("the program runs").stdout).expect("UTF-8")
        };
        let report = folder.check(&["--staged"]);
        let broken = report.findings().iter();
        let broken = broken.filter(|finding| finding["verdict"] == "violation");
        let broken: BTreeSet<&str> = broken
            .filter_map(|finding| finding["identity"]["rule"].as_str())
            .collect();
        assert!(broken.len() > 5, "{example}: {broken:?}");
        for width in ["60", "80", "120"] {
            let text = said(width, &[]);
            let lines = text.lines().count();
            assert!(
                (20..=40).contains(&lines),
                "{example}: {lines} lines\n{text}"
            );
            for rule in &broken {
                assert!(text.contains(rule), "{example}: no word of {rule}\n{text}");
            }
            let first = text.lines().next().expect("a line");
            assert!(first.starts_with("critical["), "{first}");
            let id = text.lines().find_map(|line| line.split(" · ").nth(1));
            let waive = format!("palisade waive {} --until DATE", id.expect("an id"));
            assert!(text.contains(&waive), "{example}: {text}");
        }
        let text = said("80", &[]);
        if let Some((_, limit)) = text.split_once("`--limit ") {
            let limit = limit.split('`').next().expect("a number");
            let whole = said("80", &["--limit", limit]);
            assert!(whole.lines().count() > 40, "{whole}");
            assert!(!whole.contains("`--limit "), "{whole}");
            left_out += 1;
        }
    }
    assert!(left_out > 2, "{left_out}");
}

/// However states differ, a comparison says what two checks by themselves say.
#[test]
fn a_comparison_is_the_difference_of_two_checks() {
    const STATES: [&str; 6] = [
        "storm-0558",
        "payments",
        "storm-0558-fixed",
        "design-doc",
        "storm-0558",
        "payments",
    ];
    let folder = Folder::new();
    let repository = git2::Repository::init(folder.path()).expect("a repository");
    let config = repository.config();
    let plain = config.and_then(|mut config| config.set_bool("core.autocrlf", false));
    plain.expect("a setting");
    let mut parent: Option<git2::Oid> = None;
    for (at, state) in STATES.iter().enumerate() {
        let mut index = repository.index().expect("an index");
        // What one state leaves behind is mixed with the next one, in every second commit.
        if at % 2 == 0 {
            index.clear().expect("an index");
        }
        for extension in ["yaml", "md"] {
            let example = root().join("examples").join(state);
            for (path, text) in support::files(&example, extension) {
                let name = path.file_name().expect("a name").to_string_lossy();
                if name != "palisade.yaml" {
                    folder.write(&name, text);
                    index.add_path(name.as_ref().as_ref()).expect("a file");
                }
            }
        }
        parent = Some(commit(&repository, &mut index, parent));
    }
    let revision = |at: usize| format!("HEAD~{}", STATES.len() - 1 - at);
    let alone = (0..STATES.len()).into_par_iter();
    let alone: Vec<_> = alone
        .map(|at| {
            found(
                &folder.check(&["--no-config", "--rev", &revision(at)]),
                "findings",
            )
        })
        .collect();
    let mut seen = [0; 3];
    for now in 1..STATES.len() {
        for before in 0..now {
            let (rev, base) = (revision(now), revision(before));
            let report = folder.check(&["--no-config", "--rev", &rev, "--base", &base]);
            let was = |identity: &String| alone[before].get(identity);
            let is_new = |(identity, is_certain): &(&String, &bool)| match was(identity) {
                None => true,
                Some(was) => **is_certain && !was,
            };
            let said = |change: &str| -> Vec<String> {
                let all = report.findings().iter();
                let all = all.filter(|finding| finding["change"] == change);
                let mut all: Vec<_> = all.map(|f| f["identity"].to_string()).collect();
                all.sort();
                all
            };
            let (new, unchanged): (Vec<_>, Vec<_>) = alone[now].iter().partition(is_new);
            let names = |of: Vec<(&String, &bool)>| -> Vec<String> {
                of.into_iter()
                    .map(|(identity, _)| identity.clone())
                    .collect()
            };
            let (new, unchanged) = (names(new), names(unchanged));
            let is_gone = |(identity, _): &(&String, &bool)| !alone[now].contains_key(*identity);
            let gone = names(alone[before].iter().filter(is_gone).collect());
            let told: Vec<_> = found(&report, "gone").into_keys().collect();
            assert_eq!(said("new"), new, "{base} to {rev}");
            assert_eq!(said("unchanged"), unchanged, "{base} to {rev}");
            assert_eq!(told, gone, "{base} to {rev}");
            for (seen, of) in seen.iter_mut().zip([new, unchanged, gone]) {
                *seen += of.len();
            }
        }
    }
    assert!(seen.iter().all(|seen| *seen > 100), "{seen:?}");
}

/// What is not excused and what is wrong with waivers is told apart, whatever changes: what they
/// excuse, when they end, or what they name.
#[test]
fn a_comparison_of_waivers_is_the_difference_of_two_checks() {
    const ON_A: &str = "rule: key-nonexportable, entities: [Key::a]";
    const ON_B: &str = "rule: key-nonexportable, entities: [Key::b]";
    const BESIDE: &str = " # palisade: allow key-nonexportable until=";
    let day = |what: &str, until: &str| format!("  - {{ {what}, until: {until}, reason: r }}\n");
    let ended = |what: &str| day(what, "2026-01-01");
    let fine = |what: &str| day(what, "2027-01-31");
    let long = |what: &str| day(what, "2031-01-31");
    // Whether `a` and `b` can be exported, what is waived, and what stands beside `b`.
    let states = [
        (true, true, String::new(), String::new()),
        (true, true, ended(ON_A), String::new()),
        (true, true, fine(ON_A) + &long(ON_B), String::new()),
        (false, true, fine(ON_A) + &long(ON_B), String::new()),
        (false, true, fine(ON_A), format!("{BESIDE}2026-01-01 r")),
        (false, true, ended(ON_A), format!("{BESIDE}2027-01-31 s")),
        (
            false,
            false,
            ended(ON_A) + &fine(ON_A),
            format!("{BESIDE}2027-01-31 s"),
        ),
        (true, false, ended(ON_A) + &fine(ON_B), String::new()),
        (
            true,
            true,
            long(ON_A) + &fine(ON_B),
            format!("{BESIDE}2026-01-01 r"),
        ),
        (true, true, ended(ON_A) + &long(ON_B), String::new()),
    ];
    let folder = Folder::new();
    let repository = git2::Repository::init(folder.path()).expect("a repository");
    let mut parent: Option<git2::Oid> = None;
    for (a, b, waivers, beside) in &states {
        folder.write(
            "palisade.yaml",
            format!("select: [key-nonexportable]\nwaivers:\n{waivers}"),
        );
        let key = |id: &str, is: &bool| format!("  {id}: {{ kind: private, exportable: {is} }}");
        folder.write(
            "keys.yaml",
            format!(
                "palisade: v1\nkeys:\n{}\n{}{beside}\n",
                key("a", a),
                key("b", b)
            ),
        );
        let mut index = repository.index().expect("an index");
        for name in ["palisade.yaml", "keys.yaml"] {
            index.add_path(name.as_ref()).expect("a file");
        }
        parent = Some(commit(&repository, &mut index, parent));
    }
    let revision = |at: usize| format!("HEAD~{}", states.len() - 1 - at);
    let names = |findings: Vec<&Json>| {
        let names = findings.into_iter().map(|it| it["identity"].to_string());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    };
    let alone = (0..states.len()).into_par_iter();
    let alone: Vec<_> = alone
        .map(|at| {
            names(
                folder
                    .check(&["--rev", &revision(at)])
                    .findings()
                    .iter()
                    .collect(),
            )
        })
        .collect();
    let pairs = (0..states.len()).flat_map(|now| (0..now).map(move |before| (before, now)));
    let pairs: Vec<_> = pairs.collect();
    let seen = pairs.par_iter().map(|(before, now)| {
        let (rev, base) = (revision(*now), revision(*before));
        let report = folder.check(&["--rev", &rev, "--base", &base]);
        let said = |change: &str| {
            let all = report.findings().iter();
            names(all.filter(|finding| finding["change"] == change).collect())
        };
        // Those of one name are told apart by how many there are.
        let mut was = alone[*before].clone();
        let (unchanged, new): (Vec<_>, Vec<_>) = alone[*now].iter().cloned().partition(|name| {
            let at = was.iter().position(|known| known == name);
            at.map(|at| was.remove(at)).is_some()
        });
        assert_eq!(said("new"), new, "{base} to {rev}");
        assert_eq!(said("unchanged"), unchanged, "{base} to {rev}");
        [new.len(), unchanged.len()]
    });
    let seen: Vec<_> = seen.collect();
    for at in [0, 1] {
        let count: usize = seen.iter().map(|seen| seen[at]).sum();
        assert!(count > 9, "{seen:?}");
    }
}

/// Only an administrator can give a folder away; nobody else can make this state.
#[test]
fn a_repository_of_somebody_else_is_refused_with_the_way_to_trust_it() {
    let said = Scripts::default().said(
        "repo
        chown -R 4242 . || { echo '? nobody'; exit; }
        check --staged
        git config --global --add safe.directory \"$PWD\"
        check --staged",
    );
    if said.contains("? nobody") {
        return;
    }
    let command = "git config --global --add safe.directory";
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("problem[git-owner]"), "{said}");
    assert!(said.contains(&format!("`{command} [ROOT]/work`")), "{said}");
    assert!(said.contains("? 2 ") && said.ends_with("? 0"), "{said}");
}

/// Only git of 2024-07 and newer makes such references.
#[test]
fn references_that_are_not_files_are_refused_with_the_way_to_make_them_so() {
    let said = Scripts::default().said(
        "git init -q --ref-format=reftable || { echo '? old git'; exit; }
        keys keys.yaml new=false
        git add .
        check --staged
        git refs migrate --ref-format=files
        brief --staged --select key-nonexportable",
    );
    if said.contains("? old git") {
        return;
    }
    let command = "`git refs migrate --ref-format=files`";
    assert!(said.contains("problem[git-repository]"), "{said}");
    assert!(said.contains(command) && said.contains("? 2\n"), "{said}");
    assert!(
        said.contains("unknown-id") && said.ends_with("? 3\n"),
        "{said}"
    );
}
