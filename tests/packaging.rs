//! What others run Palisade by: hooks, the wheel, the action for GitHub, the component for GitLab.
//!
//! What needs more than Rust, `sh`, `bash` and `git` is marked so, and run by `.ci/packaging`, which
//! installs the tools. `tests/packaging/*.md` hold those cases, as `tests/git/*.md` do.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;
#[path = "packaging/workflow.rs"]
mod workflow;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_yaml::Value as Yaml;
use support::platform::errors;
use support::scripts::Scripts;
use support::{NOW, root};
use workflow::{Action, Component, Machine};

/// A repository whose first commit, `main`, has one violation, and whose second, `change`, adds a
/// document without one.
const OLD: &str = "
git init -q
echo 'select: [key-nonexportable]' > palisade.yaml
printf 'palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z } }\n' > zones.yaml
printf 'palisade: v1\nkeys:\n  old: { store: s, kind: private, exportable: true }\n' > keys.yaml
git add . && git commit -qm start
git checkout -qb change
printf 'palisade: v1\nkeys:\n  good: { store: s, kind: private, exportable: false }\n' > good.yaml
git add . && git commit -qm change
";

/// The same, and the second commit adds a violation of its own.
fn new() -> String {
    format!("{OLD}\nsed -i.x s/exportable:.false/exportable:\\ true/ good.yaml && rm good.yaml.x\n")
}

/// Nothing of what is passed is run: each of these would leave a file.
const EVIL: [&str; 3] = [
    "$(touch evil)",
    "`touch evil`; touch evil",
    "'; touch evil; '\"; touch evil; \"",
];

#[test]
fn the_action_fails_the_job_and_uploads_all_the_same() {
    let machine = Machine::new().prepare(OLD);
    let ran = Action::read().run(&machine, &[("upload", "true")], false);
    assert!(!ran.is_green);
    assert_eq!(ran.outputs["exit-code"], "1", "{}", ran.said);
    assert!(ran.said.contains("::error file=keys.yaml"), "{}", ran.said);
    assert!(machine.read("summary.md").contains("key-nonexportable"));
    let (uses, with) = ran.used.last().expect("an upload");
    assert!(uses.starts_with("github/codeql-action/upload-sarif@"));
    assert_eq!(with["sarif_file"], ran.outputs["sarif"]);
    let sarif = fs::read_to_string(&with["sarif_file"]).expect("a report");
    assert_eq!(errors("sarif", &sarif), [""; 0]);
    assert!(sarif.contains("key-nonexportable"));
}

#[test]
fn the_action_passes_what_is_new_and_good() {
    let machine = Machine::new().prepare(OLD);
    let inputs = [
        ("base", "main"),
        ("sarif", "palisade.sarif"),
        ("format", "human"),
    ];
    let ran = Action::read().run(&machine, &inputs, false);
    assert!(ran.is_green, "{}", ran.said);
    assert_eq!(ran.outputs["exit-code"], "0");
    assert!(ran.said.contains("compared with"), "{}", ran.said);
    // It is written where it was asked to be, and not uploaded.
    let folder = machine.work.path().canonicalize().expect("a folder");
    let file = folder.join("palisade.sarif");
    assert_eq!(ran.outputs["sarif"], file.to_str().expect("UTF-8"));
    assert!(file.is_file());
    assert!(ran.used.iter().all(|(uses, _)| !uses.contains("upload")));
    let machine = Machine::new().prepare(&new());
    let ran = Action::read().run(&machine, &inputs, false);
    assert_eq!((ran.is_green, &*ran.outputs["exit-code"]), (false, "1"));
}

#[test]
fn the_action_checks_what_it_is_told_to() {
    let machine = Machine::new().prepare(
        "mkdir -p 'in here/-x y' 'in here/other'
        touch 'in here/zone-level-is-no-pattern-for-files'
        printf 'palisade: v1\nzones: { z: {} }\n' | tee 'in here/-x y/z.yaml' > 'in here/other/z.yaml'",
    );
    let inputs = [
        ("working-directory", "in here"),
        ("paths", "-x y\n"),
        (
            "args",
            "--select zone-level-*\n--unknowns warn --format 'concise=a report.txt'",
        ),
        ("format", "concise"),
    ];
    let ran = Action::read().run(&machine, &inputs, false);
    assert_eq!(ran.outputs["exit-code"], "1", "{}", ran.said);
    let found = ran.said.lines().filter(|line| line.contains(": medium "));
    let found: Vec<_> = found.collect();
    assert_eq!(found.len(), 1, "{}", ran.said);
    assert!(found[0].starts_with("-x y/z.yaml:2:10: medium zone-level-declared"));
    assert!(machine.work.path().join("in here/a report.txt").is_file());
    assert_eq!(ran.outputs["sarif"], "");
}

#[test]
fn the_action_does_not_upload_what_is_not_there() {
    let machine = Machine::new().prepare(OLD);
    let inputs = [("upload", "true"), ("args", "--no-such-flag")];
    let ran = Action::read().run(&machine, &inputs, false);
    assert_eq!((ran.is_green, &*ran.outputs["exit-code"]), (false, "2"));
    assert!(ran.used.iter().all(|(uses, _)| !uses.contains("upload")));
}

/// What is sent when nothing was checked would close every alert.
#[test]
fn the_action_uploads_no_report_of_a_check_that_was_not_made() {
    let machine = Machine::new().prepare(&format!(
        "{OLD}\necho 'select: [no-such-rule]' > palisade.yaml\n"
    ));
    let ran = Action::read().run(&machine, &[("upload", "true")], false);
    assert_eq!((ran.is_green, &*ran.outputs["exit-code"]), (false, "2"));
    assert!(PathBuf::from(&ran.outputs["sarif"]).is_file());
    assert!(ran.used.iter().all(|(uses, _)| !uses.contains("upload")));
}

/// The token of such a job may not upload.
#[test]
fn the_action_uploads_nothing_of_the_pull_request_of_a_fork() {
    let run = |event: &str, from: &str| {
        let mut machine = Machine::new().prepare(OLD);
        let variables = [
            ("EVENT", event),
            ("HEAD_REPOSITORY", from),
            ("GITHUB_REPOSITORY", "us/it"),
        ];
        let variables = variables.map(|(name, value)| (name, value.to_owned()));
        machine.variables.extend(variables);
        let ran = Action::read().run(&machine, &[("upload", "true")], false);
        assert_eq!(ran.outputs["exit-code"], "1");
        let says_so = ran.said.contains("::notice::the pull request of a fork");
        let is_uploaded = ran.used.iter().any(|(uses, _)| uses.contains("upload"));
        assert_ne!(says_so, is_uploaded, "{}", ran.said);
        is_uploaded
    };
    assert!(!run("pull_request", "somebody/it"));
    assert!(run("pull_request", "us/it"));
    assert!(run("push", ""));
}

/// Whoever takes over a tag of theirs takes over no job of ours.
#[test]
fn the_action_names_others_by_their_commits() {
    let text = fs::read_to_string(root().join("action.yml")).expect("an action");
    let uses = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("uses: "));
    let mut count = 0;
    for name in uses {
        let (_, commit) = name.split_once('@').expect("a version");
        let (commit, version) = commit.split_once(" # v").expect("the name of the version");
        let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(is_commit && version.contains('.'), "{name}");
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn the_action_builds_itself_once() {
    let action = Action::read();
    let machine = Machine::new().prepare(OLD);
    let bin = machine.own("temporary/palisade/bin");
    let ran = action.run(&machine, &[], false);
    let built = machine.read("cargo.txt");
    let from = format!("install --locked --force --path {} ", root().display());
    assert!(built.starts_with(&from), "{built}");
    assert_eq!(machine.read("path.txt"), format!("{}\n", bin.display()));
    let [(restore, asked), (save, kept)] = &ran.used[..] else {
        panic!("{:?}", ran.used);
    };
    assert!(restore.starts_with("actions/cache/restore@"));
    assert!(save.starts_with("actions/cache/save@"));
    assert_eq!(asked, kept);
    assert!(bin.starts_with(&kept["path"]));
    // What the cache has is taken as it is, unless it does not run here.
    assert_eq!(action.run(&machine, &[], true).used.len(), 1);
    assert_eq!(machine.read("cargo.txt"), built);
    fs::write(bin.join("palisade"), "#!/no/such/program\n").expect("a file");
    action.run(&machine, &[], true);
    assert_eq!(machine.read("cargo.txt"), built.repeat(2));
}

/// The cache must not give back what was built of something else.
#[test]
fn the_key_of_the_cache_is_what_is_built() {
    let key = |folder: &support::Folder| {
        let mut machine = Machine::new();
        let path = folder.path().to_str().expect("UTF-8").to_owned();
        machine.variables.push(("GITHUB_ACTION_PATH", path));
        let ran = Action::read().run(&machine, &[], false);
        ran.used[0].1["key"].clone()
    };
    let files = [
        ("Cargo.lock", ""),
        ("Cargo.toml", ""),
        ("src/a b.rs", "1"),
        ("policies/p", ""),
        ("schemas/s", ""),
    ];
    let folder = support::Folder::of(&files);
    let first = key(&folder);
    assert!(first.starts_with("palisade-Linux-X64-ubuntu24-") && first.len() > 60);
    folder.write("tests/t", "");
    assert_eq!(key(&folder), first);
    folder.write("policies/p", "2");
    let second = key(&folder);
    fs::rename(
        folder.path().join("src"),
        folder.path().join("policies/src"),
    )
    .expect("a folder");
    folder.write("src/c", "");
    assert_eq!(BTreeSet::from([first, second, key(&folder)]).len(), 3);
}

#[test]
fn nothing_that_is_passed_to_the_action_is_run() {
    let action = Action::read();
    for script in action.scripts() {
        assert!(!script.contains("${{"), "{script}");
    }
    for (name, input) in &action.inputs {
        assert!(!input.description.is_empty());
        if name == "working-directory" {
            continue;
        }
        for text in EVIL {
            let machine = Machine::new().prepare(OLD);
            action.run(&machine, &[(name.as_str(), text)], false);
            assert!(!machine.work.path().join("evil").exists(), "{name}: {text}");
        }
    }
}

#[test]
fn the_component_fails_the_job_and_hands_in_reports() {
    let machine = Machine::new().prepare(OLD);
    let component = Component::read();
    let (code, said, reports) = component.run(&machine, &[("image", "i")]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("key-nonexportable"), "{said}");
    assert_eq!(reports, ["gl-code-quality-report.json", "palisade.xml"]);
    for (format, name) in ["gitlab", "junit"].iter().zip(reports) {
        let report = fs::read_to_string(machine.work.path().join(name)).expect("a report");
        assert_eq!(errors(format, &report), [""; 0]);
        assert!(report.contains("key-nonexportable"));
    }
}

#[test]
fn the_component_compares_in_merge_requests_only() {
    let component = Component::read();
    let run = |script: &str, base: &str, only_new: &str| {
        let mut machine = Machine::new().prepare(script);
        let variable = ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.to_owned());
        machine
            .variables
            .extend((!base.is_empty()).then_some(variable));
        let (code, _, reports) = component.run(&machine, &[("image", "i"), ("only-new", only_new)]);
        // Code Quality compares by itself, so it is told what was there before in any case.
        assert_eq!(reports, ["gl-code-quality-report.json", "palisade.xml"]);
        let quality = machine.work.path().join("gl-code-quality-report.json");
        let quality = fs::read_to_string(quality).expect("a report");
        (code, quality.matches("key-nonexportable").count())
    };
    assert_eq!(run(OLD, "main", "true"), (0, 1));
    assert_eq!(run(&new(), "main", "true"), (1, 2));
    assert_eq!(run(OLD, "", "true"), (1, 1));
    assert_eq!(run(OLD, "main", "false"), (1, 1));
}

#[test]
fn the_component_takes_what_its_inputs_say() {
    let component = Component::read();
    let needed = component.inputs.iter();
    let needed = needed.filter(|(_, input)| input.get("default").is_none());
    assert_eq!(needed.map(|(name, _)| name).collect::<Vec<_>>(), ["image"]);
    let machine = Machine::new().prepare(&format!(
        "{OLD}\ntouch key-nonexport-is-no-pattern-for-files\n"
    ));
    let inputs = [
        ("image", "some/image:1"),
        ("stage", "review"),
        ("job-name", "apart"),
        ("paths", "good.yaml\nzones.yaml"),
        (
            "args",
            "--select key-nonexport*\n--format \"concise=all of it.txt\"",
        ),
    ];
    let (name, job) = component.job(&inputs);
    assert_eq!(name, "apart");
    assert_eq!(
        (&job["image"], &job["stage"]),
        (&"some/image:1".into(), &"review".into())
    );
    let (code, said, _) = component.run(&machine, &inputs);
    assert_eq!(code, 0, "{said}");
    assert!(machine.work.path().join("all of it.txt").is_file());
    // The job is in pipelines of merge requests, or there is nothing that `only-new` compares with.
    let rules = job["rules"].as_sequence().expect("rules");
    assert_eq!(
        rules[0]["if"].as_str(),
        Some("$CI_PIPELINE_SOURCE == \"merge_request_event\"")
    );
    let text = serde_yaml::to_string(&component.jobs).expect("YAML");
    for (name, input) in &component.inputs {
        assert!(input["description"].is_string(), "{name}");
        assert!(
            text.contains(&format!("$[[ inputs.{name} ]]")),
            "{name} does nothing"
        );
        for evil in EVIL {
            let machine = Machine::new().prepare(OLD);
            // GitLab takes only `true` and `false` here.
            if input["type"] != "boolean" {
                component.run(&machine, &[("image", "i"), (name.as_str(), evil)]);
                assert!(!machine.work.path().join("evil").exists(), "{name}: {evil}");
            }
        }
    }
}

/// What the page says to write does what it should: the action and the component are run with it.
#[test]
fn the_page_passes_what_there_is() {
    let page = fs::read_to_string(root().join("docs/ci.md")).expect("a page");
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).expect("hooks");
    let hooks: Vec<Yaml> = serde_yaml::from_str(&hooks).expect("hooks");
    let (action, component) = (Action::read(), Component::read());
    let mut seen = BTreeSet::new();
    for fence in page.split("```yaml\n").skip(1) {
        let fence = fence.split("```").next().expect("an end");
        let yaml: Yaml = serde_yaml::from_str(fence).expect("YAML");
        each(&yaml, &mut |field| {
            let names = |inputs: &Yaml| -> Vec<String> {
                let inputs = inputs.as_mapping().into_iter().flatten();
                inputs
                    .map(|(name, _)| name.as_str().expect("a name").to_owned())
                    .collect()
            };
            let text = |name: &str| field[name].as_str().unwrap_or_default();
            if text("uses").starts_with("OWNER/palisade@") {
                seen.insert("action");
                let text = |name: &str| match &field["with"][name] {
                    Yaml::Bool(value) => value.to_string(),
                    other => other.as_str().expect("a text").to_owned(),
                };
                let given: Vec<_> = names(&field["with"])
                    .into_iter()
                    .map(|name| {
                        let text = text(&name);
                        let text = if text.starts_with("${{") {
                            "main".to_owned()
                        } else {
                            text
                        };
                        (name, text)
                    })
                    .collect();
                let inputs: Vec<_> = given
                    .iter()
                    .map(|(name, text)| (&**name, &**text))
                    .collect();
                let machine = Machine::new().prepare(&new());
                let ran = action.run(&machine, &inputs, false);
                assert_eq!(ran.outputs["exit-code"], "1", "{}", ran.said);
                for (_, file) in given.iter().filter_map(|(_, text)| text.split_once('=')) {
                    assert!(machine.work.path().join(file).is_file(), "{file}");
                    assert!(page.matches(file).count() > 1, "{file} is used nowhere");
                }
            }
            if text("component").contains("OWNER/palisade/palisade@") {
                seen.insert("component");
                assert_eq!(names(&field["inputs"]), ["image"]);
                let machine = Machine::new().prepare(&new());
                assert_eq!(component.run(&machine, &[("image", "i")]).0, 1);
            }
            if text("repo").ends_with("OWNER/palisade") {
                seen.insert("hooks");
                for hook in field["hooks"].as_sequence().expect("hooks") {
                    assert!(
                        hooks.iter().any(|known| known["id"] == hook["id"]),
                        "{hook:?}"
                    );
                }
            }
        });
    }
    assert_eq!(Vec::from_iter(seen), ["action", "component", "hooks"]);
    for hook in &hooks {
        let id = hook["id"].as_str().expect("an id");
        assert!(page.contains(&format!("`{id}`")), "{id}");
    }
    for name in action.inputs.keys() {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

/// Calls `take` with every mapping.
fn each(yaml: &Yaml, take: &mut dyn FnMut(&Yaml)) {
    match yaml {
        Yaml::Sequence(items) => items.iter().for_each(|item| each(item, take)),
        Yaml::Mapping(fields) => {
            take(yaml);
            fields.values().for_each(|field| each(field, take));
        }
        _ => {}
    }
}

/// An image is built from what a package is built from.
#[test]
fn what_docker_gets_is_what_cargo_packs() {
    let read = |name: &str| fs::read_to_string(root().join(name)).expect("a file");
    let ignored = read(".dockerignore");
    let taken = ignored.lines().filter_map(|line| line.strip_prefix('!'));
    let manifest = read("Cargo.toml");
    let packed = manifest
        .lines()
        .find_map(|line| line.strip_prefix("include = "));
    let packed: Vec<String> = serde_json::from_str(packed.expect("a list")).expect("a list");
    let mut packed = BTreeSet::from_iter(packed.iter().map(String::as_str));
    packed.extend(["/Cargo.lock", "/Cargo.toml"]);
    assert_eq!(BTreeSet::from_iter(taken), packed);
    for name in packed {
        assert!(root().join(&name[1..]).exists(), "{name}");
    }
}

/// What scripts of the pages may use besides.
const PREAMBLE: &str = r#"
# What a command says that is the same each time, and its exit code.
try() {
    code=0; "$@" > "$HOME/said" 2>&1 || code=$?
    sed -e '/^\[/d; /^- duration/d; s/`HEAD` ([0-9a-f]*)/`HEAD`/' "$HOME/said"
    echo "? $code"
}
# Hooks of this checkout, with these ids, in the repository here.
hooks() {
    mkdir -p "$HOME/hooks"
    cp "$CHECKOUT/.pre-commit-hooks.yaml" "$HOME/hooks"
    ( cd "$HOME/hooks" && git init -q && git add . && git commit -qm hooks )
    { echo 'repos:'; echo "- repo: $HOME/hooks"
      echo "  rev: $(git -C "$HOME/hooks" rev-parse HEAD)"; echo '  hooks:'
      for id; do echo "  - id: $id"; done
    } > .pre-commit-config.yaml
    git add . && git commit -qm hooks
    for stage in pre-commit pre-merge-commit pre-push; do
        pre-commit install --install-hooks --hook-type "$stage" > "$HOME/log"
    done
}
# What is compiled already of what we depend on, for a build of its own in the folder $1.
compiled() {
    rm -rf "$1"; mkdir -p "$1/debug"
    for part in .fingerprint build deps; do cp -al "${PALISADE%/*}/$part" "$1/debug"; done
    rm -rf "$1"/debug/.fingerprint/palisade-* "$1"/debug/deps/*palisade-*
    export CARGO_TARGET_DIR="$1" MATURIN_PEP517_ARGS='--profile dev'
}
# Takes what is tested otherwise from the path.
hide() { unset -f palisade; PATH=$(echo "$PATH" | sed "s#${PALISADE%/*}:##"); ! command -v palisade; }
# Holds a report against the schema of Jenkins.
valid() {
    python3 - "$TOOLS/junit.xsd" "$1" <<'END'
import sys
from lxml import etree
schema = etree.XMLSchema(etree.parse(sys.argv[1]))
report = etree.parse(sys.argv[2])
for test in report.iter("testcase"):
    test.attrib.pop("file", None)  # GitLab's
valid = schema.validate(report)
for error in schema.error_log:
    print(f"line {error.line}: {error.message}")
print(sys.argv[2], "is valid" if valid else "is not valid")
END
}
"#;

/// Scripts with the tools of `.ci/packaging`, and with no other packages than those that it got.
static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| {
    let tools = env::var_os("TOOLS").expect("these tests are run by .ci/packaging");
    let tools = PathBuf::from(tools);
    let program = PathBuf::from(env!("CARGO_BIN_EXE_palisade"));
    let debug = program.parent().expect("a folder").to_owned();
    let path = env::var_os("PATH").expect("a path");
    let path = [tools.join("venv/bin"), debug]
        .into_iter()
        .chain(env::split_paths(&path));
    let home = |name: &str, folder: &str| {
        let home = || PathBuf::from(env::var_os("HOME").expect("a home")).join(folder);
        env::var_os(name).unwrap_or_else(|| home().into())
    };
    Scripts {
        preamble: PREAMBLE,
        variables: vec![
            ("PATH", env::join_paths(path).expect("a path")),
            ("PIP_FIND_LINKS", tools.join("wheels").into()),
            ("TOOLS", tools.into()),
            ("CHECKOUT", root().into()),
            ("PALISADE_NOW", NOW.into()),
            ("PALISADE_FORMAT", "concise".into()),
            ("PIP_NO_INDEX", "1".into()),
            ("PIP_DISABLE_PIP_VERSION_CHECK", "1".into()),
            ("CARGO_HOME", home("CARGO_HOME", ".cargo")),
            ("RUSTUP_HOME", home("RUSTUP_HOME", ".rustup")),
            ("CARGO_NET_OFFLINE", "true".into()),
        ],
    }
});

#[test]
#[ignore = "needs pre-commit; run by .ci/packaging"]
fn hooks_stop_what_they_should() {
    SCRIPTS.page("tests/packaging/hooks.md");
}

#[test]
#[ignore = "needs pip and maturin; run by .ci/packaging"]
fn the_wheel_holds_the_program() {
    SCRIPTS.page("tests/packaging/wheel.md");
}

#[test]
#[ignore = "needs lxml and the schema of Jenkins; run by .ci/packaging"]
fn junit_is_what_jenkins_takes() {
    SCRIPTS.page("tests/packaging/junit.md");
}
