//! `palisade test`: what it says, in `tests/testing/*.md`, and what the tests of the rules that come
//! with Palisade are worth.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use support::{Folder, questions, root, run_in};

#[test]
fn expectations() {
    questions::check(&root().join("tests/testing/expectations.md"), 10);
}

#[test]
fn coverage() {
    questions::check(&root().join("tests/testing/coverage.md"), 6);
}

#[test]
fn mutation() {
    questions::check(&root().join("tests/testing/mutation.md"), 8);
}

/// What `docs/writing-rules.md` says of tests is what somebody sees who does what it says.
#[test]
fn the_page_for_authors_is_true() {
    let page = std::fs::read_to_string(root().join("docs/writing-rules.md")).expect("a page");
    let fences = |text: &str, language: &str| -> Vec<String> {
        let opening = format!("```{language}\n");
        let parts = text.split(&opening).skip(1);
        let parts = parts.map(|part| part.split("```").next().expect("a fence").to_owned());
        parts.collect()
    };
    let (_, section) = page.split_once("\n## Testing a rule\n").expect("a section");
    let (section, _) = section.split_once("\n## ").expect("an end");
    let (rules, files) = (fences(&page, "cedar"), fences(section, "yaml"));
    let [config, test, more] = files.as_slice() else {
        panic!("{files:?}")
    };
    let name = "tests/signing-key-age.yaml";
    let folder = Folder::of(&[
        ("palisade.yaml", config),
        ("policies/signing-key-age.cedar", &rules[0]),
        (name, test),
    ]);
    let typed = fences(section, "console");
    assert_eq!(typed.len(), 3);
    for (at, console) in typed.iter().enumerate() {
        if at == 2 {
            folder.write(name, format!("{test}{more}"));
        }
        let (command, said) = console.split_once('\n').expect("a command");
        let command = command.strip_prefix("$ palisade ").expect("a command");
        let words: Vec<_> = command.split(' ').collect();
        assert_eq!(run_in(folder.path(), &words, b"").stdout, said, "{command}");
    }
}
