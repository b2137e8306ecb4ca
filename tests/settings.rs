//! What the settings of a check do, and what `init` and `inventory` write.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;

use support::{Folder, NOW, program, root, run_in};

const KEYS: &str = "palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z } }\n\
                    keys: { k: { store: s, kind: private, exportable: EXPORTABLE } }\n";

/// The exit code and the report of a check of one key with this configuration.
fn check(exportable: &str, config: &str, arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let document = KEYS.replace("EXPORTABLE", exportable);
    fs::write(folder.path().join("a.yaml"), document).unwrap();
    fs::write(folder.path().join("palisade.yaml"), config).unwrap();
    let permit = "permit(principal is Key, action == Action::\"reside\", resource)\n\
                  when { !principal.exportable };";
    fs::write(folder.path().join("permit.cedar"), permit).unwrap();
    let mut all = vec!["check", "--now", NOW, "--format", "concise"];
    all.extend(arguments);
    let run = run_in(folder.path(), &all, b"");
    (run.code, run.stdout)
}

const ONE: &str = "select: [key-nonexportable]\n";

#[test]
fn a_finding_below_fail_on_is_told_and_fails_nothing() {
    let (code, said) = check("true", ONE, &[]);
    assert!(code == 1 && said.contains("key-nonexportable"), "{said}");
    let (code, said) = check("true", &format!("{ONE}fail-on: critical\n"), &[]);
    assert!(code == 0 && said.contains("key-nonexportable"), "{said}");
    // A flag goes before the file.
    let (code, _) = check(
        "true",
        &format!("{ONE}fail-on: critical\n"),
        &["--fail-on", "low"],
    );
    assert_eq!(code, 1);
    let (code, said) = check(
        "true",
        &format!("{ONE}severity: {{ key-nonexportable: low }}\nfail-on: medium\n"),
        &[],
    );
    assert!(
        code == 0 && said.contains(": low key-nonexportable"),
        "{said}"
    );
}

/// What `--show-settings` says with this configuration, variable and flag.
fn shown(config: &str, variable: Option<(&str, &str)>, flag: &[&str]) -> String {
    let folder = Folder::of(&[("palisade.yaml", config)]);
    let mut command = program(folder.path());
    command.args(["check", "--show-settings"]).args(flag);
    let output = command.envs(variable).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every setting that the schema knows is shown, as the file has it.
#[test]
fn every_setting_is_shown() {
    let config = "policies: []\nselect: [key-*]\ntests: [tests/**]\nseverity: { key-level: low }\n\
                  waivers:\n  - rule: key-level\n    entities: [k]\n    reason: an old key\n    until: 2026-03-01\n\
                  max-waiver-days: 90\n";
    let shown = shown(config, None, &[]);
    let schema = std::fs::read_to_string(root().join("schemas/config.schema.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    for (name, _) in schema["properties"].as_object().unwrap() {
        let line = format!("{name}:");
        assert!(
            shown.lines().any(|shown| shown.starts_with(&line)),
            "{name}\n{shown}"
        );
    }
    for line in [
        "tests: [\"tests/**\"] # palisade.yaml",
        "waivers: # 1 in palisade.yaml",
        "max-waiver-days: 90 # palisade.yaml",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
}

#[test]
fn a_flag_goes_before_a_variable_and_a_variable_before_the_file() {
    // A setting, and what it is in the file, the variable and the flag.
    let cases = [
        ("select", ["key-*", "dump-*", "zone-*"]),
        ("ignore", ["key-*", "dump-*", "zone-*"]),
        ("fail-on", ["medium", "high", "critical"]),
        ("unknowns", ["warn", "fail", "warn"]),
    ];
    for (name, [file, variable, flag]) in cases {
        let is_list = matches!(name, "select" | "ignore");
        let line = |value: &str, from: &str| match is_list {
            true => format!("{name}: [{value:?}] # {from}\n"),
            false => format!("{name}: {value} # {from}\n"),
        };
        let config = match is_list {
            true => format!("{name}: [{file:?}]\n"),
            false => format!("{name}: {file}\n"),
        };
        let long = format!("--{name}");
        let upper = format!("PALISADE_{}", name.replace('-', "_").to_uppercase());
        let set = Some((upper.as_str(), variable));
        let typed = [long.as_str(), flag];
        let says = |said: String, expected: String| {
            assert!(said.contains(&expected), "{expected}{said}");
        };
        let given = "command line or environment";
        says(shown(&config, None, &[]), line(file, "palisade.yaml"));
        says(shown(&config, set, &[]), line(variable, given));
        says(shown(&config, set, &typed), line(flag, given));
        // A variable that is set to nothing is not set.
        let empty = Some((upper.as_str(), ""));
        says(shown(&config, empty, &[]), line(file, "palisade.yaml"));
    }
}

#[test]
fn a_variable_that_is_wrong_is_named() {
    let folder = Folder::new();
    let said = |flags: &[&str]| {
        let mut command = program(folder.path());
        command.arg("check").args(flags);
        let output = command.env("PALISADE_NOW", "soon").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let (of_variable, of_flag) = (said(&[]), said(&["--now", "later"]));
    assert!(of_variable.contains("invalid date `soon`"), "{of_variable}");
    assert!(of_variable.contains("PALISADE_NOW"), "{of_variable}");
    assert!(of_flag.contains("invalid date `later`"), "{of_flag}");
    assert!(!of_flag.contains("PALISADE_NOW"), "{of_flag}");
}

#[test]
fn a_configuration_further_out_is_found_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("one/two");
    fs::create_dir_all(&inner).unwrap();
    let document = KEYS.replace("EXPORTABLE", "true");
    fs::write(inner.join("a.yaml"), document).unwrap();
    fs::write(folder.path().join("palisade.yaml"), ONE).unwrap();
    for (from, path) in [
        (".", "."),
        (".", "./one"),
        ("one", "."),
        ("one", "./two"),
        ("one", "./two/a.yaml"),
        ("one", "two/../two"),
        ("one/two", "."),
        ("one/two", "a.yaml"),
        ("one/two", ".."),
        ("one/two", "../two"),
    ] {
        let all = ["check", "--now", NOW, "--format", "concise", path];
        let run = run_in(&folder.path().join(from), &all, b"");
        let said = format!("{from} {path}: {}{}", run.stdout, run.stderr);
        assert_eq!((run.code, run.stdout.lines().count()), (1, 1), "{said}");
    }
}

#[test]
fn a_configuration_in_a_variable_gives_way_to_no_configuration() {
    let config = Some(("PALISADE_CONFIG", "palisade.yaml"));
    let said = shown("fail-on: high\n", config, &["--no-config"]);
    assert!(said.starts_with("# no palisade.yaml\n"), "{said}");
}

#[test]
fn what_is_unknown_may_only_warn() {
    assert_eq!(check("unknown", ONE, &[]).0, 1);
    let (code, said) = check("unknown", &format!("{ONE}unknowns: warn\n"), &[]);
    assert!(code == 0 && said.contains("undetermined"), "{said}");
    assert_eq!(check("true", ONE, &["--unknowns", "warn"]).0, 1);
}

#[test]
fn under_default_deny_only_what_is_permitted_may_be() {
    let config = "select: [default-deny-*]\npolicies: [permit.cedar]\ndefault-deny: [reside]\n";
    assert_eq!(check("false", config, &[]), (0, String::new()));
    let (code, said) = check("true", config, &[]);
    assert!(code == 1 && said.contains("default-deny-reside"), "{said}");
    let (code, said) = check("unknown", config, &[]);
    assert!(code == 1 && said.contains("undetermined"), "{said}");
    // A permit that nothing asks for is a mistake.
    let (code, said) = check("false", "policies: [permit.cedar]\n", &[]);
    assert!(code == 2 && said.contains("problem permit"), "{said}");
}

#[test]
fn under_default_deny_the_permit_that_came_closest_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let config = "select: [default-deny-*]\npolicies: [permit.cedar]\ndefault-deny: [rest]\n";
    write("palisade.yaml", config);
    write(
        "permit.cedar",
        r#"
            permit(principal is Data, action == Action::"rest", resource == Store::"archive");
            permit(principal is Data, action == Action::"rest", resource is Store)
            when {
                principal.level == Level::"public" && !resource.public &&
                resource.encryption == Encryption::"customer"
            };
            permit(principal is Data, action == Action::"rest", resource is Store)
            when { principal.level == Level::"internal" && !resource.public };
        "#,
    );
    write(
        "doc.yaml",
        "palisade: v1
zones: { z: {} }
stores:
  archive: { zone: z }
  shelf: { zone: z, holds: [orders], public: true, encryption: provider }
data: { orders: { level: internal } }
",
    );
    let all = ["check", "--now", NOW, "--format", "json"];
    let run = run_in(folder.path(), &all, b"");
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let because = report["findings"][0]["because"].as_array().unwrap();
    let read: Vec<_> = because.iter().map(|on| &on["attribute"]).collect();
    assert_eq!(read, ["public"], "{}", run.stdout);
}

#[test]
fn include_and_exclude_choose_files() {
    let (code, said) = check("true", &format!("{ONE}exclude: [a.yaml]\n"), &[]);
    assert_eq!((code, said.as_str()), (3, ""));
    let (code, said) = check("true", &format!("{ONE}include: [none/*.yaml]\n"), &[]);
    assert!(code == 2 && said.contains("no-documents"), "{said}");
}

#[test]
fn init_writes_what_checks_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_in(folder.path(), &["init"], b"").code, 0);
    let run = run_in(
        folder.path(),
        &["check", "--now", NOW, "--format", "concise"],
        b"",
    );
    // A newcomer sees one of each, and each by itself.
    let said: Vec<_> = run.stdout.lines().collect();
    assert_eq!((run.code, said.len()), (1, 2), "{}", run.stdout);
    assert!(said[0].contains(": undetermined key-store-zone"));
    assert!(said[1].contains(": critical dump-off-key-hosts"));
    let document = folder.path().join("infrastructure.yaml");
    fs::write(&document, "mine").unwrap();
    assert_eq!(run_in(folder.path(), &["init"], b"").code, 0);
    assert_eq!(fs::read_to_string(document).unwrap(), "mine");
}

#[test]
fn completions_and_manual_pages_know_every_command_and_flag() {
    let said = |arguments: &[&str]| {
        let run = run_in(root(), arguments, b"");
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        run.stdout
    };
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = said(&["completions", shell]);
        for word in ["inventory", "show-settings"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        // The others are told no values.
        let values = ["dump-no-downward", "csrb"].map(|word| script.contains(word));
        let tells = ["bash", "zsh", "fish"].contains(&shell);
        assert!(!tells || values == [true, true], "{shell}");
    }
    // The ids of findings are asked for when they are typed.
    if cfg!(unix) {
        let bin = Folder::new();
        let program = env!("CARGO_BIN_EXE_palisade");
        let asks = format!(
            "#!/bin/sh\ncase $1 in ids) shift; set -- ids --within 600000 \"$@\";; esac\nexec '{program}' \"$@\"\n"
        );
        bin.write("palisade", asks);
        let typed = r#"
            chmod +x "$BIN/palisade"; PATH="$BIN:$PATH"
            eval "$(palisade completions bash)"
            proposed() {
                COMP_WORDS=("$@" ""); COMP_CWORD=$#; COMPREPLY=()
                _palisade_ids palisade "" "${!#}"; printf '%s\n' "$*:" "${COMPREPLY[@]}"
            }
            proposed palisade explain; proposed palisade waive; proposed palisade graph --finding
            proposed palisade graph; proposed palisade check"#;
        let here = root().join("examples/storm-0558");
        let mut bash = std::process::Command::new("bash");
        let bash = bash
            .args(["-c", typed])
            .env("BIN", bin.path())
            .current_dir(here);
        let bash = bash.env("PALISADE_NOW", NOW).output().expect("bash runs");
        let proposed = String::from_utf8(bash.stdout).expect("UTF-8");
        let id = "66a82b8d";
        let said: Vec<bool> = proposed
            .split(":\n")
            .skip(1)
            .map(|it| it.contains(id))
            .collect();
        assert_eq!(said, [true, true, true, false, false], "{proposed}");
        let late = run_in(root(), &["ids", "--within", "0"], b"");
        assert_eq!((late.code, late.stdout.as_str()), (0, ""));
    }
    let pages = said(&["man"]);
    for section in ["EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES"] {
        assert!(pages.contains(&format!(".SH \"{section}\"\n")), "{section}");
    }
    let profiles = said(&["rules", "*", "--profiles"]);
    assert!(profiles.contains("\nprofile:csrb "), "{profiles}");
    for command in ["check", "inventory", "init", "schema", "completions", "man"] {
        assert!(
            pages.contains(&format!("palisade\\-{command}(1)")),
            "{command}"
        );
        let page = said(&["man", command]);
        assert!(
            page.contains(&format!(".TH palisade-{command} 1")),
            "{page}"
        );
    }
    assert!(said(&["man", "check"]).contains("PALISADE_FAIL_ON"));
    assert_eq!(run_in(root(), &["man", "nothing"], b"").code, 2);
}

/// An inventory written as one document is found to be what its documents are.
#[test]
fn an_inventory_checks_the_same() {
    let findings = |stdout: &str| {
        let lines = stdout
            .lines()
            .map(|line| line.split_once(": ").unwrap().1.to_owned());
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        lines
    };
    for example in ["storm-0558", "storm-0558-fixed", "payments"] {
        let path = root().join("examples").join(example);
        let path = path.to_str().unwrap();
        let check = ["check", "--now", NOW, "--format", "concise", "--no-config"];
        let whole = run_in(root(), &[&check[..], &[path]].concat(), b"").stdout;
        for (format, name) in [("yaml", "all.yaml"), ("json", "all.json")] {
            let written = run_in(root(), &["inventory", path, "--format", format], b"");
            assert_eq!(written.code, 0, "{}", written.stderr);
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), written.stdout).unwrap();
            let again = run_in(folder.path(), &check, b"").stdout;
            assert_eq!(findings(&again), findings(&whole), "{example} as {format}");
        }
    }
}
