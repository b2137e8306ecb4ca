//! Bounds on one file: each ends with a problem, and soon.

use std::time::{Duration, Instant};

use palisade::source::FileId;
use palisade::syntax::{Limits, NodeRef, Syntax, Value, parse};
use snapbox::str;

use crate::render::{check, read};

#[test]
fn a_file_can_be_too_large() {
    let limits = Limits {
        file_bytes: 4,
        ..Limits::default()
    };
    check(
        read(Syntax::Yaml, "a: 1", &limits),
        str![[r#"
---
map of 1 ‹a: 1›
? "a" ‹a›
: 1 ‹1›

"#]],
    );
    check(
        read(Syntax::Yaml, "a: 12", &limits),
        str![[r#"
file-too-large: the file has 5 bytes, more than the 4 that are read
  1:1 ‹›
  help: split the file, or raise the limit

"#]],
    );
    check(
        read(Syntax::Json, "[1,2]", &limits),
        str![[r#"
file-too-large: the file has 5 bytes, more than the 4 that are read
  1:1 ‹›
  help: split the file, or raise the limit

"#]],
    );
}

#[test]
fn nesting_can_be_too_deep() {
    let limits = Limits {
        depth: 3,
        ..Limits::default()
    };
    check(
        read(Syntax::Yaml, "[[[1]]]\n---\n[[[[1]]]]\n---\nok\n", &limits),
        str![[r#"
---
list of 1 ‹[[[1]]]›
- list of 1 ‹[[1]]›
  - list of 1 ‹[1]›
    - 1 ‹1›
---
"ok" ‹ok›
nesting-limit: nested more than 3 levels deep
  3:4 ‹[›
  help: nest lists and mappings less deep

"#]],
    );
    check(
        read(
            Syntax::Yaml,
            "a:\n  b:\n    - é: 1\n---\na:\n  - - é:\n        - 1\n---\nok\n",
            &limits,
        ),
        str![[r#"
---
"ok" ‹ok›
nesting-limit: nested more than 3 levels deep
  3:7 ‹é:›
  help: nest lists and mappings less deep
nesting-limit: nested more than 3 levels deep
  6:7 ‹é:›
  help: nest lists and mappings less deep

"#]],
    );
    check(
        read(Syntax::Json, "[[[1]]]", &limits),
        str![[r#"
---
list of 1 ‹[[[1]]]›
- list of 1 ‹[[1]]›
  - list of 1 ‹[1]›
    - 1 ‹1›

"#]],
    );
    check(
        read(Syntax::Json, "[[{\"a\": [1]}]]", &limits),
        str![[r#"
nesting-limit: nested more than 3 levels deep
  1:9 ‹[›
  help: nest lists and mappings less deep

"#]],
    );
}

#[test]
fn nesting_counts_what_aliases_stand_for() {
    let limits = Limits {
        depth: 3,
        ..Limits::default()
    };
    check(
        read(Syntax::Yaml, "- &a [1]\n- &b [*a]\n- [*b]\n", &limits),
        str![[r#"
---
list of 3 ‹- &a [1]\n- &b [*a]\n- [*b]›
- list of 1 ‹[1]›
  - 1 ‹1›
- list of 1 ‹[*a]›
  - list of 1 ‹[1]› via *a
    - 1 ‹1› via *a
- list of 1 ‹[*b]›
  - null ‹*b›
nesting-limit: nested more than 3 levels deep
  3:4 ‹*b›
  help: nest lists and mappings less deep

"#]],
    );
}

#[test]
fn aliases_can_stand_for_too_much() {
    let limits = Limits {
        alias_nodes: 7,
        ..Limits::default()
    };
    check(
        read(
            Syntax::Yaml,
            "- &a [1, 2]\n- *a\n- *a\n- *a\n- *a\n---\n- &b 1\n- *b\n- *b\n",
            &limits,
        ),
        str![[r#"
---
list of 5 ‹- &a [1, 2]\n- *a\n- *a\n- *a\n- *a›
- list of 2 ‹[1, 2]›
  - 1 ‹1›
  - 2 ‹2›
- list of 2 ‹[1, 2]› via *a
  - 1 ‹1› via *a
  - 2 ‹2› via *a
- list of 2 ‹[1, 2]› via *a
  - 1 ‹1› via *a
  - 2 ‹2› via *a
- null ‹*a›
- null ‹*a›
---
list of 3 ‹- &b 1\n- *b\n- *b›
- 1 ‹1›
- 1 ‹1› via *b
- null ‹*b›
alias-limit: the aliases up to this one stand for more than 7 values
  4:3 ‹*a› not followed, like any after it that would be too much
  help: write the values once, or split the file

"#]],
    );
}

/// Reads and walks; tells the codes of the problems and how many values there are.
fn within_a_second(syntax: Syntax, text: &str) -> (Vec<&'static str>, u64) {
    let start = Instant::now();
    let (tree, problems) = parse(syntax, FileId(0), text, &Limits::default());
    let values = tree.documents().map(count).sum();
    // In a build without optimisation, on a busy machine.
    assert!(start.elapsed() < Duration::from_secs(20));
    (
        problems.iter().map(|problem| problem.code.name()).collect(),
        values,
    )
}

fn count(node: NodeRef) -> u64 {
    1 + match node.value() {
        Value::Seq(list) => list.iter().map(count).sum(),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| count(key) + count(value))
            .sum(),
        _ => 0,
    }
}

#[test]
fn a_billion_laughs_end_soon() {
    let mut text = "a0: &a0 [lol, lol]\n".to_owned();
    for level in 1..40 {
        let alias = format!("*a{}", level - 1);
        let aliases = [alias.as_str(); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let (codes, values) = within_a_second(Syntax::Yaml, &text);
    assert_eq!(codes, ["alias-limit"]);
    assert!(values < 1_100_000, "{values}");
}

#[test]
fn a_long_text_behind_many_aliases_has_no_room() {
    let text = format!(
        "- &a \"{}\"\n{}",
        "x".repeat(1 << 20),
        "- *a\n".repeat(5000)
    );
    assert_eq!(
        within_a_second(Syntax::Yaml, &text),
        (vec!["alias-limit"], 5002)
    );
}

#[test]
fn merges_of_merges_end_soon() {
    let mut text = "- &a0 {k0: 0}\n".to_owned();
    for level in 1..3000 {
        let before = level - 1;
        text.push_str(&format!(
            "- &a{level} {{<<: [*a{before}, *a{before}], k{level}: 0}}\n"
        ));
    }
    let (codes, _) = within_a_second(Syntax::Yaml, &text);
    assert_eq!(
        codes.iter().filter(|code| **code == "alias-limit").count(),
        1
    );
}

#[test]
fn brackets_without_end_end_soon() {
    let deep = 100_000;
    for text in ["[", "{", "[{", "- ", "? ", "a: {", "[[],", "{a: ["] {
        let (codes, values) = within_a_second(Syntax::Yaml, &text.repeat(deep));
        assert_eq!(codes, ["nesting-limit"], "for {text:?}");
        assert_eq!(values, 0);
    }
    for text in ["[", "{\"a\":", "[[],", "[{\"a\":"] {
        let (codes, _) = within_a_second(Syntax::Json, &text.repeat(deep));
        assert_eq!(codes, ["nesting-limit"], "for {text:?}");
    }
}

#[test]
fn much_of_the_same_ends_soon() {
    for text in [
        "# comment\n",
        "---\n",
        "\n",
        "a\n",
        "'",
        "\"",
        "&a ",
        "!a ",
        "*a ",
        "%A\n",
        "|\n",
        "- \n",
        ": ",
        "? \n",
        "\t",
        "---\n]\n",
        "{{",
        "\u{feff}",
        "a: b: c\n---\n",
        "- - - -\n",
        "<<: 1\n",
        "a: 1\n",
        "}",
        "`\n",
        "[],",
        "- # c\n",
        "# c\n- a\n",
        "a:\n# c\n",
        "\0",
    ] {
        within_a_second(Syntax::Yaml, &text.repeat(50_000));
        within_a_second(Syntax::Json, &text.repeat(50_000));
    }
}

#[test]
fn more_problems_than_anyone_reads_are_not_told() {
    let text = "a: 1\n".repeat(1000);
    let (codes, _) = within_a_second(Syntax::Yaml, &text);
    assert_eq!(codes.len(), 101);
    assert_eq!(codes.last(), Some(&"problem-limit"));
}
