//! States of git repositories, and what `--staged`, `--base` and `--rev` make of them.
//!
//! `tests/git/*.md` hold the cases: a heading, a script that makes a repository and checks it, and
//! what is said. `SNAPSHOTS=overwrite cargo test --test git` writes what is said anew. Scripts are
//! run by `sh` with `git`, in an empty folder, with nothing of the person who runs the tests.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::process::Command;

use rayon::prelude::*;
use snapbox::{Data, assert_data_eq};
use support::{Folder, NOW, program, root};

/// What every script may use.
const PREAMBLE: &str = r#"
exec 2>&1
# A check as a person sees it, and one line for each finding; then the exit code.
check() { "$PALISADE" check --now "$NOW" "$@" && echo '? 0' || echo "? $?"; }
brief() { check --format concise "$@"; }
palisade() { "$PALISADE" "$@" --now "$NOW"; }
# A document that declares keys: `keys FILE ID=EXPORTABLE…`.
keys() {
    file=$1; shift; mkdir -p "$(dirname "$file")"
    { echo 'palisade: v1'; echo 'keys:'
      for key; do echo "  ${key%%=*}: { store: s, kind: private, exportable: ${key#*=} }"; done
    } > "$file"
}
# A repository whose one commit has one violation, of the key `old`.
repo() {
    git init -q
    echo 'select: [key-nonexportable]' > palisade.yaml
    printf 'palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z } }\n' > zones.yaml
    keys keys.yaml old=true
    git add . && git commit -qm start
}
commit() { git add -A && git commit -qm change; }
"#;

/// Of a script that failed, or that checks nothing.
const BROKEN: &str = "! this script does not end as it should";

/// A page with its scripts run anew.
fn run(page: &str) -> String {
    let mut cases: Vec<(String, String)> = Vec::new();
    let (mut prose, mut lines) = (String::new(), page.lines());
    while let Some(line) = lines.next() {
        let Some(fence) = line.strip_prefix("```") else {
            prose += &format!("{line}\n");
            continue;
        };
        let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let body: String = body.iter().map(|line| format!("{line}\n")).collect();
        match fence {
            "sh" => cases.push((std::mem::take(&mut prose), body)),
            // What a script says stands right after it.
            "text" if prose == "\n" => prose.clear(),
            _ => prose += &format!("```{fence}\n{body}```\n"),
        }
    }
    let said = cases.par_iter().map(|(_, script)| said(script));
    let said: Vec<_> = said.collect();
    let mut out = String::new();
    for ((prose, script), said) in cases.iter().zip(said) {
        assert!(prose.contains("# "), "no heading before {script}");
        out += &format!("{prose}```sh\n{script}```\n\n```text\n{said}```\n");
    }
    out + &prose
}

/// What a script says.
fn said(script: &str) -> String {
    let folder = Folder::new();
    let path = folder.path().canonicalize().expect("a folder");
    let work = path.join("work");
    std::fs::create_dir(&work).expect("a folder");
    let mut shell = Command::new("sh");
    shell.arg("-ec").arg(format!("{PREAMBLE}{script}"));
    shell.current_dir(&work).env_clear().env("HOME", &path);
    shell.env("PATH", std::env::var_os("PATH").expect("a path"));
    shell
        .env("PALISADE", program(&work).get_program())
        .env("NOW", NOW);
    shell.env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C");
    let config = "[init]\ndefaultBranch = main\n[advice]\nsparseIndexExpanded = false\n\
                  [protocol \"file\"]\nallow = always\n[uploadpack]\nallowFilter = true\n";
    std::fs::write(path.join(".gitconfig"), config).expect("a file");
    for who in ["AUTHOR", "COMMITTER"] {
        shell.env(format!("GIT_{who}_NAME"), "A");
        shell.env(format!("GIT_{who}_EMAIL"), "a@example.com");
        shell.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
    }
    let output = shell.output().expect("a shell");
    let mut said = String::from_utf8(output.stdout).expect("UTF-8");
    let checks = |line: &str| line.starts_with("? ") || line.starts_with("exit code ");
    if !output.status.success() || !said.lines().any(checks) {
        said += &format!("{BROKEN}\n");
    }
    said.replace(path.to_str().expect("UTF-8"), "[ROOT]")
}

fn page(name: &str) {
    let path = root().join(name);
    let written = std::fs::read_to_string(&path).expect("a page");
    let now = run(&written);
    let broken = now.contains(BROKEN);
    assert_data_eq!(now, Data::read_from(&path, None).raw());
    assert!(!broken, "{name}: {BROKEN}");
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
fn what_cannot_be_done() {
    page("tests/git/errors.md");
}

#[test]
fn the_documentation_says_what_is_said() {
    page("docs/git.md");
}

/// Only an administrator can give a folder away; nobody else can make this state.
#[test]
fn a_repository_of_somebody_else_is_refused_with_the_way_to_trust_it() {
    let said = said(
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
    let said = said(
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
