//! Cases as Markdown pages: a heading, a script, and what it says.
//!
//! `SNAPSHOTS=overwrite cargo test` writes what is said anew. Scripts are run by `sh` with `git`, each
//! in an empty folder, with nothing of the person who runs the tests.

use std::ffi::OsString;
use std::process::Command;

use rayon::prelude::*;
use snapbox::{Data, assert_data_eq};

use super::{Folder, NOW, program, root};

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

/// What scripts have besides.
#[derive(Default)]
pub struct Scripts {
    /// Shell functions.
    pub preamble: &'static str,
    /// Variables; a `PATH` among them takes the place of the one of the tests.
    pub variables: Vec<(&'static str, OsString)>,
}

impl Scripts {
    /// Runs the scripts of a page; each must say what the page has.
    pub fn page(&self, name: &str) {
        let path = root().join(name);
        let written = std::fs::read_to_string(&path).expect("a page");
        let now = self.run(&written);
        let broken = now.contains(BROKEN);
        assert_data_eq!(now, Data::read_from(&path, None).raw());
        assert!(!broken, "{name}: {BROKEN}");
    }

    /// A page with its scripts run anew.
    fn run(&self, page: &str) -> String {
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
        let said = cases.par_iter().map(|(_, script)| self.said(script));
        let said: Vec<_> = said.collect();
        let mut out = String::new();
        for ((prose, script), said) in cases.iter().zip(said) {
            assert!(prose.contains("# "), "no heading before {script}");
            out += &format!("{prose}```sh\n{script}```\n\n```text\n{said}```\n");
        }
        out + &prose
    }

    /// What a script says.
    pub fn said(&self, script: &str) -> String {
        let folder = Folder::new();
        let path = folder.path().canonicalize().expect("a folder");
        let work = path.join("work");
        std::fs::create_dir(&work).expect("a folder");
        let mut shell = Command::new("sh");
        let preamble = self.preamble;
        shell
            .arg("-ec")
            .arg(format!("{PREAMBLE}{preamble}{script}"));
        shell.current_dir(&work).env_clear().env("HOME", &path);
        shell.env("PATH", std::env::var_os("PATH").expect("a path"));
        shell
            .env("PALISADE", program(&work).get_program())
            .env("NOW", NOW);
        shell
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C.UTF-8");
        let config = "[init]\ndefaultBranch = main\n[advice]\nsparseIndexExpanded = false\n\
                      [protocol \"file\"]\nallow = always\n[uploadpack]\nallowFilter = true\n";
        std::fs::write(path.join(".gitconfig"), config).expect("a file");
        for who in ["AUTHOR", "COMMITTER"] {
            shell.env(format!("GIT_{who}_NAME"), "A");
            shell.env(format!("GIT_{who}_EMAIL"), "a@example.com");
            shell.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
        }
        for (name, value) in &self.variables {
            shell.env(name, value);
        }
        let output = shell.output().expect("a shell");
        let mut said = String::from_utf8(output.stdout).expect("UTF-8");
        let checks = |line: &str| line.starts_with("? ") || line.starts_with("exit code ");
        if !output.status.success() || !said.lines().any(checks) {
            said += &format!("{BROKEN}\n");
        }
        said.replace(path.to_str().expect("UTF-8"), "[ROOT]")
    }
}
