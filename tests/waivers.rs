//! Findings that somebody answers for: what is excused, until when, and what is said of waivers.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use support::{questions, root};

#[test]
fn in_the_configuration() {
    questions::check(&root().join("tests/waivers/configured.md"), 17);
}

#[test]
fn beside_what_they_excuse() {
    questions::check(&root().join("tests/waivers/inline.md"), 7);
}

#[test]
fn by_the_program() {
    questions::check(&root().join("tests/waivers/written.md"), 27);
}

/// Files are as they were or as they are to be, whatever happens between.
#[cfg(target_os = "linux")]
#[test]
fn whole_or_not_at_all() {
    support::scripts::Scripts::default().page("tests/waivers/files.md");
}

/// Eight digits are few: these two keys have the same.
#[test]
fn an_id_of_two_findings_names_neither() {
    let keys = ["k6525", "k102462"];
    let folder = support::Folder::new();
    folder.write("palisade.yaml", "select: [key-nonexportable]\n");
    let all = keys.map(|key| format!("  {key}: {{ store: s, kind: private, exportable: true }}\n"));
    let start = "palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z } }\nkeys:\n";
    folder.write("keys.yaml", start.to_owned() + &all.concat());
    let waive = |id: &str| {
        let until = [
            "--until",
            "2027-01-01",
            "--reason",
            "r",
            "--now",
            support::NOW,
        ];
        folder.run(&[&["waive", id], &until[..]].concat())
    };
    for run in [waive("85c68403"), folder.run(&["explain", "85c68403"])] {
        assert_eq!(run.code, 2);
        let names = "`85c68403` names 2 findings";
        assert!(run.stderr.contains(names), "{}", run.stderr);
        for key in keys {
            let line = format!("key-nonexportable Key::{key}");
            assert!(run.stderr.contains(&line), "{}", run.stderr);
        }
    }
    let run = waive("150174b690c7f0b5");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let config = std::fs::read_to_string(folder.path().join("palisade.yaml")).expect("a file");
    assert!(
        config.contains("[Key::k102462]") && !config.contains("[Key::k6525]"),
        "{config}"
    );
}

/// Everything is written, even if nobody can be told.
#[cfg(target_os = "linux")]
#[test]
fn a_baseline_is_whole_though_nobody_hears_of_it() {
    let folder = support::Folder::new();
    for system in ["one", "two"] {
        let document = "palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z } }\n\
                        keys: { k: { store: s, kind: private, exportable: true } }\n";
        folder.write(&format!("{system}/a.yaml"), document);
        folder.write(
            &format!("{system}/palisade.yaml"),
            "select: [key-nonexportable]\n",
        );
    }
    let mut command = support::program(folder.path());
    let all = ["baseline", "--until", "2027-01-01", "--reason", "r"];
    command.args(all).args(["--now", support::NOW]);
    let full = std::fs::File::options().write(true).open("/dev/full");
    command.stdout(full.expect("a device"));
    let output = command.output().expect("the program");
    assert_eq!(output.status.code(), Some(3));
    for system in ["one", "two"] {
        let config = folder.path().join(system).join("palisade.yaml");
        let text = std::fs::read_to_string(config).expect("a configuration");
        assert!(text.contains("Key::k"), "{text}");
    }
}
