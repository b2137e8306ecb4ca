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
    questions::check(&root().join("tests/waivers/configured.md"), 16);
}

#[test]
fn beside_what_they_excuse() {
    questions::check(&root().join("tests/waivers/inline.md"), 5);
}

#[test]
fn by_the_program() {
    questions::check(&root().join("tests/waivers/written.md"), 15);
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
