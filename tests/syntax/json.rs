//! What JSON reads as, the places of its keys and values, and what is told of other text.

use palisade::syntax::Syntax;
use snapbox::str;

use crate::render::{check, json};

#[test]
fn a_span_takes_in_quotes() {
    check(
        json(
            "{ \"a\" : [1, -2.5e3, true,false , null],\n\t\"é\":\"日本\", \"\": {}, \"l\": [ ] }\n",
        ),
        str![[r#"
---
map of 4 ‹{ \"a\" : [1, -2.5e3, true,false , null],\n\t\"é\":\"日本\", \"\": {}, \"l\": [ ] }›
? "a" ‹\"a\"›
: list of 5 ‹[1, -2.5e3, true,false , null]›
  - 1 ‹1›
  - -2500.0f ‹-2.5e3›
  - true ‹true›
  - false ‹false›
  - null ‹null›
? "é" ‹\"é\"›
: "日本" ‹\"日本\"›
? "" ‹\"\"›
: map of 0 ‹{}›
? "l" ‹\"l\"›
: list of 0 ‹[ ]›

"#]],
    );
    check(
        json(" 12 "),
        str![[r#"
---
12 ‹12›

"#]],
    );
}

#[test]
fn escapes_are_resolved() {
    check(
        json(r#"{"a\n\"b": "\ud83e\udd80 \/ \\", "x\u0041": ""}"#),
        str![[r#"
---
map of 2 ‹{\"a\\n\\\"b\": \"\\ud83e\\udd80 \\/ \\\\\", \"x\\u0041\": \"\"}›
? "a\n\"b" ‹\"a\\n\\\"b\"›
: "🦀 / \\" ‹\"\\ud83e\\udd80 \\/ \\\\\"›
? "xA" ‹\"x\\u0041\"›
: "" ‹\"\"›

"#]],
    );
}

#[test]
fn numbers_are_those_of_yaml() {
    check(
        json(
            "[9223372036854775807, 9223372036854775808, -9223372036854775808, 1e400, 0, -0, 1.0, 12345678901234567890]",
        ),
        str![[r#"
---
list of 8 ‹[9223372036854775807, 9223372036854775808, -9223372036854775808, 1e400, 0, -0, 1.0, 12345678901234567890]›
- 9223372036854775807 ‹9223372036854775807›
- 9.223372036854776e18f ‹9223372036854775808›
- -9223372036854775808 ‹-9223372036854775808›
- inff ‹1e400›
- 0 ‹0›
- 0 ‹-0›
- 1.0f ‹1.0›
- 1.2345678901234567e19f ‹12345678901234567890›

"#]],
    );
}

#[test]
fn a_key_is_declared_once() {
    check(
        json("{\"a\": 1, \"b\": {\"a\": 1}, \"\\u0061\": 2}"),
        str![[r#"
---
map of 3 ‹{\"a\": 1, \"b\": {\"a\": 1}, \"\\u0061\": 2}›
? "a" ‹\"a\"›
: 1 ‹1›
? "b" ‹\"b\"›
: map of 1 ‹{\"a\": 1}›
  ? "a" ‹\"a\"›
  : 1 ‹1›
? "a" ‹\"\\u0061\"›
: 2 ‹2›
duplicate-key: `a` is declared twice
  1:25 ‹\"\\u0061\"› declared again here
  1:2 ‹\"a\"› first declared here
  help: keep one of the two, or put what both hold under one

"#]],
    );
}

#[test]
fn there_are_no_merge_keys() {
    check(
        json("{\"<<\": {\"a\": 1}}"),
        str![[r#"
---
map of 1 ‹{\"<<\": {\"a\": 1}}›
? "<<" ‹\"<<\"›
: map of 1 ‹{\"a\": 1}›
  ? "a" ‹\"a\"›
  : 1 ‹1›

"#]],
    );
}

#[test]
fn a_byte_order_mark_is_no_error() {
    check(
        json("\u{feff}{\"a\": 1, \"a\": \"\\q\"}"),
        str![[r#"
json-syntax: an escape that does not exist
  1:17 ‹q\"›
  help: write `\\` for a backslash

"#]],
    );
    check(
        json("\u{feff}{\"a\": \"\\n\"}"),
        str![[r#"
---
map of 1 ‹{\"a\": \"\\n\"}›
? "a" ‹\"a\"›
: "\n" ‹\"\\n\"›

"#]],
    );
}

#[test]
fn a_value_before_other_text_is_kept() {
    check(
        json("{\"a\": 1}\n{\"b\": 2}\n"),
        str![[r#"
---
map of 1 ‹{\"a\": 1}›
? "a" ‹\"a\"›
: 1 ‹1›
json-syntax: text follows the value
  2:1 ‹{›
  help: keep one value in a file of JSON

"#]],
    );
}

#[test]
fn other_text_is_told() {
    for text in [
        "",
        "  \n",
        "{",
        "[1, 2",
        "{\"a\"",
        "{\"a\":",
        "{\"a\": 1",
        "\"a",
        "[1, 2,]",
        "{\"a\": 1,}",
        "{a: 1}",
        "{'a': 1}",
        "[1 2]",
        "{\"a\" 1}",
        "{\"a\": 1 \"b\": 2}",
        "// c\n{}",
        "{\"a\": 1 /* c */}",
        "nul",
        "tru",
        "trux",
        "NaN",
        "-",
        "01",
        "1.",
        "+1",
        ".5",
        "1e",
        "\"\\q\"",
        "\"\\ud800\"",
        "\"\\u12\"",
        "\"a\nb\"",
        "[\"é\\x\"]",
        "\"\\",
        "Infinity",
        "]",
        "[\0]",
        "é",
    ] {
        let out = json(text);
        assert!(out.starts_with("json-syntax: "), "{text:?} reads as {out}");
    }
}

#[test]
fn an_error_says_where_and_why() {
    check(
        json(""),
        str![[r#"
json-syntax: the text ends where a value should be
  1:1 ‹›
  help: write a value, such as `{}`

"#]],
    );
    check(
        json("{\n  \"a\": [1, 2\n}\n"),
        str![[r#"
json-syntax: neither `,` nor `]` after an item
  3:1 ‹}›
  help: add the comma or bracket before this

"#]],
    );
    check(
        json("{\"a\": \"unclosed}\n"),
        str![[r#"
json-syntax: a control character, such as a line break, in a string
  1:16 ‹}›
  help: write it as an escape, such as `\n`

"#]],
    );
    check(
        json("{\"a\": 1,\n}\n"),
        str![[r#"
json-syntax: a comma is followed by nothing
  2:1 ‹}›
  help: remove the comma

"#]],
    );
    check(
        json("{\"a\": True}\n"),
        str![[r#"
json-syntax: invalid JSON value
  1:7 ‹True›
  help: quote text with `"`; JSON has no comments

"#]],
    );
    check(
        json("{\"é\": 1\n \"b\": \"x\"}\n"),
        str![[r#"
json-syntax: neither `,` nor `}` after a value
  2:2 ‹\"b\":›
  help: add the comma or bracket before this

"#]],
    );
    check(
        json("// comment\n{}\n"),
        str![[r#"
json-syntax: invalid JSON value
  1:1 ‹//›
  help: quote text with `"`; JSON has no comments

"#]],
    );
    check(
        json("{'a': 1}\n"),
        str![[r#"
json-syntax: this is not a key
  1:2 ‹\'a\':›
  help: quote keys with `"`; JSON has no comments

"#]],
    );
    check(
        json("[\"é\\x\", 1]"),
        str![[r#"
json-syntax: an escape that does not exist
  1:5 ‹x\"›
  help: write `\\` for a backslash

"#]],
    );
    check(
        json("[01]"),
        str![[r#"
json-syntax: invalid JSON number
  1:3 ‹1›
  help: write digits without a leading zero or `+`

"#]],
    );
    check(
        json("[\"a\nb\"]"),
        str![[r#"
json-syntax: a control character, such as a line break, in a string
  1:3 ‹a›
  help: write it as an escape, such as `\n`

"#]],
    );
}

#[test]
fn the_extension_says_what_a_file_is() {
    let of = |name: &str| Syntax::of(name.as_ref());
    assert_eq!(of("a/b.yaml"), Some(Syntax::Yaml));
    assert_eq!(of("b.yml"), Some(Syntax::Yaml));
    assert_eq!(of("b.json"), Some(Syntax::Json));
    assert_eq!(of("b.yaml.txt"), None);
    assert_eq!(of("yaml"), None);
}
