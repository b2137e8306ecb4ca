//! Aliases, merge keys, and where the values behind them are.

use palisade::source::{FileId, Files, SourceFile};
use palisade::syntax::{Limits, NodeRef, Value, parse_yaml};
use snapbox::str;

use crate::render::{check, yaml};

#[test]
fn an_alias_reads_as_what_it_stands_for() {
    check(
        yaml("a: &x [1, 'é']\nb: *x\nc: &y 2\n*y : *y\n"),
        str![[r#"
---
map of 4 ‹a: &x [1, \'é\']\nb: *x\nc: &y 2\n*y : *y›
? "a" ‹a›
: list of 2 ‹[1, \'é\']›
  - 1 ‹1›
  - "é" ‹\'é\'›
? "b" ‹b›
: list of 2 ‹[1, \'é\']› via *x
  - 1 ‹1› via *x
  - "é" ‹\'é\'› via *x
? "c" ‹c›
: 2 ‹2›
? 2 ‹2› via *y
: 2 ‹2› via *y

"#]],
    );
}

#[test]
fn aliases_within_aliases_point_at_the_definition_and_the_outermost_use() {
    check(
        yaml("a: &a {k: &v 'deep', l: *v}\nb: &b {m: *a, n: 1, o: *a}\nc: [*b, *v, *b]\n"),
        str![[r#"
---
map of 3 ‹a: &a {k: &v \'deep\', l: *v}\nb: &b {m: *a, n: 1, o: *a}\nc: [*b, *v, *b]›
? "a" ‹a›
: map of 2 ‹{k: &v \'deep\', l: *v}›
  ? "k" ‹k›
  : "deep" ‹\'deep\'›
  ? "l" ‹l›
  : "deep" ‹\'deep\'› via *v
? "b" ‹b›
: map of 3 ‹{m: *a, n: 1, o: *a}›
  ? "m" ‹m›
  : map of 2 ‹{k: &v \'deep\', l: *v}› via *a
    ? "k" ‹k› via *a
    : "deep" ‹\'deep\'› via *a
    ? "l" ‹l› via *a
    : "deep" ‹\'deep\'› via *a
  ? "n" ‹n›
  : 1 ‹1›
  ? "o" ‹o›
  : map of 2 ‹{k: &v \'deep\', l: *v}› via *a
    ? "k" ‹k› via *a
    : "deep" ‹\'deep\'› via *a
    ? "l" ‹l› via *a
    : "deep" ‹\'deep\'› via *a
? "c" ‹c›
: list of 3 ‹[*b, *v, *b]›
  - map of 3 ‹{m: *a, n: 1, o: *a}› via *b
    ? "m" ‹m› via *b
    : map of 2 ‹{k: &v \'deep\', l: *v}› via *b
      ? "k" ‹k› via *b
      : "deep" ‹\'deep\'› via *b
      ? "l" ‹l› via *b
      : "deep" ‹\'deep\'› via *b
    ? "n" ‹n› via *b
    : 1 ‹1› via *b
    ? "o" ‹o› via *b
    : map of 2 ‹{k: &v \'deep\', l: *v}› via *b
      ? "k" ‹k› via *b
      : "deep" ‹\'deep\'› via *b
      ? "l" ‹l› via *b
      : "deep" ‹\'deep\'› via *b
  - "deep" ‹\'deep\'› via *v
  - map of 3 ‹{m: *a, n: 1, o: *a}› via *b
    ? "m" ‹m› via *b
    : map of 2 ‹{k: &v \'deep\', l: *v}› via *b
      ? "k" ‹k› via *b
      : "deep" ‹\'deep\'› via *b
      ? "l" ‹l› via *b
      : "deep" ‹\'deep\'› via *b
    ? "n" ‹n› via *b
    : 1 ‹1› via *b
    ? "o" ‹o› via *b
    : map of 2 ‹{k: &v \'deep\', l: *v}› via *b
      ? "k" ‹k› via *b
      : "deep" ‹\'deep\'› via *b
      ? "l" ‹l› via *b
      : "deep" ‹\'deep\'› via *b

"#]],
    );
}

#[test]
fn an_anchor_can_be_declared_again() {
    check(
        yaml("- &a 1\n- *a\n- &a 2\n- *a\n"),
        str![[r#"
---
list of 4 ‹- &a 1\n- *a\n- &a 2\n- *a›
- 1 ‹1›
- 1 ‹1› via *a
- 2 ‹2›
- 2 ‹2› via *a

"#]],
    );
}

#[test]
fn an_anchor_holds_for_its_document() {
    check(
        yaml("- &a 1\n---\n- *a\n- *b\n"),
        str![[r#"
---
list of 1 ‹- &a 1›
- 1 ‹1›
---
list of 2 ‹- *a\n- *b›
- null ‹*a›
- null ‹*b›
undefined-alias: no anchor for the alias `*a`
  3:3 ‹*a›
  help: declare the anchor with `&` before the alias, in the same document
undefined-alias: no anchor for the alias `*b`
  4:3 ‹*b›
  help: declare the anchor with `&` before the alias, in the same document

"#]],
    );
}

#[test]
fn an_alias_inside_its_own_anchor_is_told() {
    check(
        yaml("a: &s {b: *s, c: [*s]}\n"),
        str![[r#"
---
map of 1 ‹a: &s {b: *s, c: [*s]}›
? "a" ‹a›
: map of 2 ‹{b: *s, c: [*s]}›
  ? "b" ‹b›
  : null ‹*s›
  ? "c" ‹c›
  : list of 1 ‹[*s]›
    - null ‹*s›
alias-cycle: the alias `*s` stands for a value that contains it
  1:11 ‹*s›
  1:7 ‹{› the value starts here
  help: write out what the alias should stand for
alias-cycle: the alias `*s` stands for a value that contains it
  1:19 ‹*s›
  1:7 ‹{› the value starts here
  help: write out what the alias should stand for

"#]],
    );
}

#[test]
fn a_merge_key_adds_what_is_not_there() {
    check(
        yaml("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n"),
        str![[r#"
---
map of 2 ‹base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3›
? "base" ‹base›
: map of 2 ‹{x: 1, y: 2}›
  ? "x" ‹x›
  : 1 ‹1›
  ? "y" ‹y›
  : 2 ‹2›
? "use" ‹use›
: map of 2 ‹<<: *b\n  y: 3›
  ? "y" ‹y›
  : 3 ‹3›
  ? "x" ‹x› via *b
  : 1 ‹1› via *b

"#]],
    );
}

#[test]
fn an_earlier_merge_source_wins() {
    check(
        yaml(
            "- &a {x: 1}\n- &b {x: 2, y: 2}\n- {<<: [*a, *b, {y: 3, z: 3}], w: 0}\n- &l [*b, *a]\n- <<: *l\n",
        ),
        str![[r#"
---
list of 5 ‹- &a {x: 1}\n- &b {x: 2, y: 2}\n- {<<: [*a, *b, {y: 3, z: 3}], w: 0}\n- &l [*b, *a]\n- <<: *l›
- map of 1 ‹{x: 1}›
  ? "x" ‹x›
  : 1 ‹1›
- map of 2 ‹{x: 2, y: 2}›
  ? "x" ‹x›
  : 2 ‹2›
  ? "y" ‹y›
  : 2 ‹2›
- map of 4 ‹{<<: [*a, *b, {y: 3, z: 3}], w: 0}›
  ? "w" ‹w›
  : 0 ‹0›
  ? "x" ‹x› via *a
  : 1 ‹1› via *a
  ? "y" ‹y› via *b
  : 2 ‹2› via *b
  ? "z" ‹z›
  : 3 ‹3›
- list of 2 ‹[*b, *a]›
  - map of 2 ‹{x: 2, y: 2}› via *b
    ? "x" ‹x› via *b
    : 2 ‹2› via *b
    ? "y" ‹y› via *b
    : 2 ‹2› via *b
  - map of 1 ‹{x: 1}› via *a
    ? "x" ‹x› via *a
    : 1 ‹1› via *a
- map of 2 ‹<<: *l›
  ? "x" ‹x› via *l
  : 2 ‹2› via *l
  ? "y" ‹y› via *l
  : 2 ‹2› via *l

"#]],
    );
}

#[test]
fn merges_nest() {
    check(
        yaml("a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2, n: *a}\nc: {<<: *b, z: 3}\n"),
        str![[r#"
---
map of 3 ‹a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2, n: *a}\nc: {<<: *b, z: 3}›
? "a" ‹a›
: map of 2 ‹{x: 1, y: 1}›
  ? "x" ‹x›
  : 1 ‹1›
  ? "y" ‹y›
  : 1 ‹1›
? "b" ‹b›
: map of 3 ‹{<<: *a, y: 2, n: *a}›
  ? "y" ‹y›
  : 2 ‹2›
  ? "n" ‹n›
  : map of 2 ‹{x: 1, y: 1}› via *a
    ? "x" ‹x› via *a
    : 1 ‹1› via *a
    ? "y" ‹y› via *a
    : 1 ‹1› via *a
  ? "x" ‹x› via *a
  : 1 ‹1› via *a
? "c" ‹c›
: map of 4 ‹{<<: *b, z: 3}›
  ? "z" ‹z›
  : 3 ‹3›
  ? "y" ‹y› via *b
  : 2 ‹2› via *b
  ? "n" ‹n› via *b
  : map of 2 ‹{x: 1, y: 1}› via *b
    ? "x" ‹x› via *b
    : 1 ‹1› via *b
    ? "y" ‹y› via *b
    : 1 ‹1› via *b
  ? "x" ‹x› via *b
  : 1 ‹1› via *b

"#]],
    );
}

#[test]
fn only_a_plain_or_tagged_key_merges() {
    check(
        yaml("- {'<<': {x: 1}}\n- {!!str <<: 1}\n- {!!merge m: {x: 1}}\n"),
        str![[r#"
---
list of 3 ‹- {\'<<\': {x: 1}}\n- {!!str <<: 1}\n- {!!merge m: {x: 1}}›
- map of 1 ‹{\'<<\': {x: 1}}›
  ? "<<" ‹\'<<\'›
  : map of 1 ‹{x: 1}›
    ? "x" ‹x›
    : 1 ‹1›
- map of 1 ‹{!!str <<: 1}›
  ? "<<" ‹<<›
  : 1 ‹1›
- map of 1 ‹{!!merge m: {x: 1}}›
  ? "x" ‹x›
  : 1 ‹1›

"#]],
    );
}

#[test]
fn what_cannot_be_merged_is_told() {
    check(
        yaml("- &n 1\n- <<: *n\n- <<:\n- <<: [{a: 1}, b]\n  c: 2\n- <<: *nope\n"),
        str![[r#"
---
list of 5 ‹- &n 1\n- <<: *n\n- <<:\n- <<: [{a: 1}, b]\n  c: 2\n- <<: *nope›
- 1 ‹1›
- map of 0 ‹<<: *n›
- map of 0 ‹<<›
- map of 2 ‹<<: [{a: 1}, b]\n  c: 2›
  ? "c" ‹c›
  : 2 ‹2›
  ? "a" ‹a›
  : 1 ‹1›
- map of 0 ‹<<: *nope›
invalid-merge: a merge key cannot merge a number
  2:7 ‹*n›
  help: give `<<` a mapping, an alias to one, or a list of these
invalid-merge: a merge key cannot merge nothing
  3:3 ‹<<›
  help: give `<<` a mapping, an alias to one, or a list of these
invalid-merge: a merge key cannot merge a string
  4:7 ‹[{a: 1}, b]›
  help: give `<<` a mapping, an alias to one, or a list of these
undefined-alias: no anchor for the alias `*nope`
  6:7 ‹*nope›
  help: declare the anchor with `&` before the alias, in the same document

"#]],
    );
}

#[test]
fn a_merge_key_is_written_once() {
    check(
        yaml("<<: {a: 1}\n<<: {b: 2}\n"),
        str![[r#"
---
map of 2 ‹<<: {a: 1}\n<<: {b: 2}›
? "a" ‹a›
: 1 ‹1›
? "b" ‹b›
: 2 ‹2›
duplicate-key: `<<` is declared twice
  2:1 ‹<<› declared again here
  1:1 ‹<<› first declared here
  help: list what to merge under one key: `<<: [*a, *b]`

"#]],
    );
}

#[test]
fn many_merged_entries_are_each_there_once() {
    let entries = |from: usize, to: usize| -> String {
        (from..to).map(|n| format!("  k{n}: {from}\n")).collect()
    };
    let text = format!(
        "a: &a\n{}b:\n  <<: *a\n{}",
        entries(0, 500),
        entries(250, 750)
    );
    let (tree, problems) = parse_yaml(FileId(0), &text, &Limits::default());
    assert!(problems.is_empty());
    let merged = tree.documents().next().and_then(|root| get(root, "b"));
    let Some(Value::Map(map)) = merged.map(NodeRef::value) else {
        panic!("no mapping `b`");
    };
    assert_eq!(map.len(), 750);
    let sum = map.iter().map(|(_, value)| match value.value() {
        Value::Int(value) => value,
        _ => 0,
    });
    assert_eq!(sum.sum::<i64>(), 500 * 250);
}

fn get<'t>(node: NodeRef<'t>, key: &str) -> Option<NodeRef<'t>> {
    match node.value() {
        Value::Map(map) => map.get(key).map(|(_, value)| value),
        _ => None,
    }
}

/// Byte range of the value at `path`, and of the alias it came through.
#[track_caller]
fn check_place(text: &str, path: &[&str], written: &str, used_at: Option<&str>) {
    let (tree, problems) = parse_yaml(FileId(0), text, &Limits::default());
    assert!(problems.is_empty(), "{problems:?}");
    let root = tree.documents().next();
    let node = path.iter().fold(root, |node, key| get(node?, key));
    let span = node.map(NodeRef::span).expect("a value at the path");
    let mut files = Files::new();
    files.add(SourceFile::new("file", text).with_expansions(tree.into_expansions()));
    let place = files.locate(span);
    let text_of =
        |range: std::ops::Range<usize>| format!("{}@{}", &text[range.clone()], range.start);
    assert_eq!(text_of(place.span.range()), written);
    assert_eq!(
        place.used_at.map(|span| text_of(span.range())).as_deref(),
        used_at
    );
}

#[test]
fn get_looks_behind_aliases_and_merges() {
    let text = "a: &a {x: &x 10, y: [1]}\nb: &b {<<: *a, i: *a, z: *x}\nc: {<<: *b, j: *b}\n";
    check_place(text, &["a", "x"], "10@13", None);
    check_place(text, &["b", "x"], "10@13", Some("*a@36"));
    check_place(text, &["b", "i", "x"], "10@13", Some("*a@43"));
    check_place(text, &["b", "z"], "10@13", Some("*x@50"));
    check_place(text, &["c", "x"], "10@13", Some("*b@62"));
    check_place(text, &["c", "z"], "10@13", Some("*b@62"));
    check_place(text, &["c", "j", "i", "x"], "10@13", Some("*b@69"));
    check_place(
        text,
        &["c", "j", "i"],
        "{x: &x 10, y: [1]}@6",
        Some("*b@69"),
    );
    check_place(
        text,
        &["c", "j"],
        "{<<: *a, i: *a, z: *x}@31",
        Some("*b@69"),
    );
}

#[test]
fn a_value_has_the_same_span_at_each_visit() {
    let text = "a: &a [1]\nb: *a\nc: *a\n";
    let (tree, _) = parse_yaml(FileId(0), text, &Limits::default());
    let span = |key| {
        tree.documents()
            .next()
            .and_then(|root| get(root, key))
            .map(NodeRef::span)
    };
    assert_eq!(span("b"), span("b"));
    assert_ne!(span("b"), span("c"));
    assert_ne!(span("a"), span("b"));
}
