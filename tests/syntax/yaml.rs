//! What YAML reads as, and the places of its keys and values.

use snapbox::str;

use crate::render::{check, yaml};

#[test]
fn a_span_takes_in_quotes_and_no_comment() {
    check(
        yaml("a: plain # c\n'b':   \"y\"  # d\nc:\n  - 1 # one\n  - [x, 'y' ] # z\n# end\n"),
        str![[r#"
---
map of 3 ‹a: plain # c\n\'b\':   \"y\"  # d\nc:\n  - 1 # one\n  - [x, \'y\' ]›
? "a" ‹a›
: "plain" ‹plain›
? "b" ‹\'b\'›
: "y" ‹\"y\"›
? "c" ‹c›
: list of 2 ‹- 1 # one\n  - [x, \'y\' ]›
  - 1 ‹1›
  - list of 2 ‹[x, \'y\' ]›
    - "x" ‹x›
    - "y" ‹\'y\'›
comment " c" ‹# c›
comment " d" ‹# d›
comment " one" ‹# one›
comment " z" ‹# z›
comment " end" ‹# end›

"#]],
    );
}

#[test]
fn every_document_of_a_stream_is_read() {
    check(
        yaml("a: 1\n---\n---\n- b\n...\n# between\n--- # c\n---\nlast\n"),
        str![[r#"
---
map of 1 ‹a: 1›
? "a" ‹a›
: 1 ‹1›
---
null ‹›
---
list of 1 ‹- b›
- "b" ‹b›
---
null ‹›
---
"last" ‹last›
comment " between" ‹# between›
comment " c" ‹# c›

"#]],
    );
}

#[test]
fn an_empty_text_has_no_documents() {
    check(yaml(""), str![]);
    check(yaml("\u{feff}\n  \n"), str![]);
    check(
        yaml("# only\n\n  # comments"),
        str![[r#"
comment " only" ‹# only›
comment " comments" ‹# comments›

"#]],
    );
}

#[test]
fn a_document_with_an_error_does_not_hide_the_others() {
    check(
        yaml("a: 1 # kept\n---\nb: [1, 2\nc: 'x\n---\nd: 1\n---\ne: }\n---\nf: 2 # kept too\n"),
        str![[r#"
---
map of 1 ‹a: 1›
? "a" ‹a›
: 1 ‹1›
---
map of 1 ‹d: 1›
? "d" ‹d›
: 1 ‹1›
---
map of 1 ‹f: 2›
? "f" ‹f›
: 2 ‹2›
comment " kept" ‹# kept›
comment " kept too" ‹# kept too›
yaml-syntax: no value can start at this `:`
  4:2 ‹:›
  help: quote the text if the colon is part of it, check the indentation of the line, or close the bracket before it
yaml-syntax: this bracket closes nothing
  8:4 ‹}›
  help: remove it, or add the opening bracket

"#]],
    );
}

#[test]
fn a_block_scalar_stands_where_its_content_does() {
    check(
        yaml(
            "a: |\n  one\n   two\n\n# tail\nb: >-\n    fold\n    ed\n\n\nc: |-\n  single\nd: |2\n\n   in\n\ne: |+\n\nf: > # g\nh: |\n  end",
        ),
        str![[r#"
---
map of 7 ‹a: |\n  one\n   two\n\n# tail\nb: >-\n    fold\n    ed\n\n\nc: |-\n  single\nd: |2\n\n   in\n\ne: |+\n\nf: > # g\nh: |\n  end›
? "a" ‹a›
: "one\n two\n" ‹one\n   two›
? "b" ‹b›
: "fold ed" ‹fold\n    ed›
? "c" ‹c›
: "single" ‹single›
? "d" ‹d›
: "\n in\n" ‹in›
? "e" ‹e›
: "\n" ‹|›
? "f" ‹f›
: "" ‹>›
? "h" ‹h›
: "end\n" ‹end›
comment " tail" ‹# tail›
comment " g" ‹# g›

"#]],
    );
}

#[test]
fn line_ends_of_windows_belong_to_no_value() {
    check(
        yaml("a: b\r\nc: \"x\" # d\r\ne: |\r\n  f\r\n  g\r\nh:\r\n  - i\r\n  -\r\nj: k\r\n l\r\n"),
        str![[r#"
---
map of 5 ‹a: b\r\nc: \"x\" # d\r\ne: |\r\n  f\r\n  g\r\nh:\r\n  - i\r\n  -\r\nj: k\r\n l›
? "a" ‹a›
: "b" ‹b›
? "c" ‹c›
: "x" ‹\"x\"›
? "e" ‹e›
: "f\ng\n" ‹f\r\n  g›
? "h" ‹h›
: list of 2 ‹- i\r\n  -›
  - "i" ‹i›
  - null ‹›
? "j" ‹j›
: "k l" ‹k\r\n l›
comment " d" ‹# d›

"#]],
    );
}

#[test]
fn a_byte_order_mark_belongs_to_no_value() {
    check(
        yaml("\u{feff}a: b\n"),
        str![[r#"
---
map of 1 ‹a: b›
? "a" ‹a›
: "b" ‹b›

"#]],
    );
}

#[test]
fn places_are_bytes_of_any_character() {
    check(
        yaml("é: 'ü' # ö\n\"日本\": [語, \"🦀\\n\"]\n𝄞: &é x\nc: *é\n"),
        str![[r#"
---
map of 4 ‹é: \'ü\' # ö\n\"日本\": [語, \"🦀\\n\"]\n𝄞: &é x\nc: *é›
? "é" ‹é›
: "ü" ‹\'ü\'›
? "日本" ‹\"日本\"›
: list of 2 ‹[語, \"🦀\\n\"]›
  - "語" ‹語›
  - "🦀\n" ‹\"🦀\\n\"›
? "𝄞" ‹𝄞›
: "x" ‹x›
? "c" ‹c›
: "x" ‹x› via *é
comment " ö" ‹# ö›

"#]],
    );
}

#[test]
fn text_over_several_lines_is_folded() {
    check(
        yaml("a: one\n  two\n\n  three\nb: \"x\\\n  y\"\nc: 'it''s\n  so'\n"),
        str![[r#"
---
map of 3 ‹a: one\n  two\n\n  three\nb: \"x\\\n  y\"\nc: \'it\'\'s\n  so\'›
? "a" ‹a›
: "one two\nthree" ‹one\n  two\n\n  three›
? "b" ‹b›
: "xy" ‹\"x\\\n  y\"›
? "c" ‹c›
: "it's so" ‹\'it\'\'s\n  so\'›

"#]],
    );
}

#[test]
fn a_missing_value_stands_where_it_would() {
    check(
        yaml("a:\nb:   # c\nc: {d, e: , ? f}\n-g: !Tag\nh: &anchor\n? i # j\nk: \n"),
        str![[r#"
---
map of 7 ‹a:\nb:   # c\nc: {d, e: , ? f}\n-g: !Tag\nh: &anchor\n? i # j\nk›
? "a" ‹a›
: null ‹›
? "b" ‹b›
: null ‹›
? "c" ‹c›
: map of 3 ‹{d, e: , ? f}›
  ? "d" ‹d›
  : null ‹›
  ? "e" ‹e›
  : null ‹›
  ? "f" ‹f›
  : null ‹›
? "-g" ‹-g›
: !Tag "" ‹›
? "h" ‹h›
: null ‹›
? "i" ‹i›
: null ‹›
? "k" ‹k›
: null ‹›
comment " c" ‹# c›
comment " j" ‹# j›

"#]],
    );
    check(
        yaml("-\n- # c\n- a\n-\n"),
        str![[r#"
---
list of 4 ‹-\n- # c\n- a\n-›
- null ‹›
- null ‹›
- "a" ‹a›
- null ‹›
comment " c" ‹# c›

"#]],
    );
    check(
        yaml("? x # c\n"),
        str![[r#"
---
map of 1 ‹? x›
? "x" ‹x›
: null ‹›
comment " c" ‹# c›

"#]],
    );
}

#[test]
fn keys_can_be_anything() {
    check(
        yaml("? [a, b]\n: 1\n? {c: d}\n: 2\n[e]: 3\n? |\n  f\n: 4\n5: 5\n~: 6\n"),
        str![[r#"
---
map of 6 ‹? [a, b]\n: 1\n? {c: d}\n: 2\n[e]: 3\n? |\n  f\n: 4\n5: 5\n~: 6›
? list of 2 ‹[a, b]›
  - "a" ‹a›
  - "b" ‹b›
: 1 ‹1›
? map of 1 ‹{c: d}›
  ? "c" ‹c›
  : "d" ‹d›
: 2 ‹2›
? list of 1 ‹[e]›
  - "e" ‹e›
: 3 ‹3›
? "f\n" ‹f›
: 4 ‹4›
? 5 ‹5›
: 5 ‹5›
? null ‹~›
: 6 ‹6›

"#]],
    );
    check(
        yaml("- [k: v, ? w, {x: y}]\n- a: 1\n  b: 2\n- - - deep\n"),
        str![[r#"
---
list of 3 ‹- [k: v, ? w, {x: y}]\n- a: 1\n  b: 2\n- - - deep›
- list of 3 ‹[k: v, ? w, {x: y}]›
  - map of 1 ‹k: v›
    ? "k" ‹k›
    : "v" ‹v›
  - map of 1 ‹? w›
    ? "w" ‹w›
    : null ‹›
  - map of 1 ‹{x: y}›
    ? "x" ‹x›
    : "y" ‹y›
- map of 2 ‹a: 1\n  b: 2›
  ? "a" ‹a›
  : 1 ‹1›
  ? "b" ‹b›
  : 2 ‹2›
- list of 1 ‹- - deep›
  - list of 1 ‹- deep›
    - "deep" ‹deep›

"#]],
    );
}

#[test]
fn a_custom_tag_is_kept_as_written() {
    check(
        yaml(
            "%TAG !e! tag:example.com,2000:\n---\na: !Ref b\nc: !GetAtt\n  - 1\nd: !<tag:x,1> 2\ne: !e!f 'g'\nh: !!binary aGk=\ni: !Sub\nj: !T { k: l }\n!K m: n\n",
        ),
        str![[r#"
---
map of 8 ‹a: !Ref b\nc: !GetAtt\n  - 1\nd: !<tag:x,1> 2\ne: !e!f \'g\'\nh: !!binary aGk=\ni: !Sub\nj: !T { k: l }\n!K m: n›
? "a" ‹a›
: !Ref "b" ‹b›
? "c" ‹c›
: !GetAtt list of 1 ‹- 1›
  - 1 ‹1›
? "d" ‹d›
: !<tag:x,1> "2" ‹2›
? "e" ‹e›
: !e!f "g" ‹\'g\'›
? "h" ‹h›
: !!binary "aGk=" ‹aGk=›
? "i" ‹i›
: !Sub "" ‹›
? "j" ‹j›
: !T map of 1 ‹{ k: l }›
  ? "k" ‹k›
  : "l" ‹l›
? !K "m" ‹m›
: "n" ‹n›

"#]],
    );
}

#[test]
fn a_key_is_declared_once() {
    check(
        yaml("a: 1\nb: 2\n'a': 3\n\"a\": 4\n"),
        str![[r#"
---
map of 4 ‹a: 1\nb: 2\n\'a\': 3\n\"a\": 4›
? "a" ‹a›
: 1 ‹1›
? "b" ‹b›
: 2 ‹2›
? "a" ‹\'a\'›
: 3 ‹3›
? "a" ‹\"a\"›
: 4 ‹4›
duplicate-key: `a` is declared twice
  3:1 ‹\'a\'› declared again here
  1:1 ‹a› first declared here
  help: keep one of the two, or put what both hold under one
duplicate-key: `a` is declared twice
  4:1 ‹\"a\"› declared again here
  1:1 ‹a› first declared here
  help: keep one of the two, or put what both hold under one

"#]],
    );
    check(
        yaml("- {1: a, '1': b, 0x1: c, true: d, 'true': e}\n"),
        str![[r#"
---
list of 1 ‹- {1: a, \'1\': b, 0x1: c, true: d, \'true\': e}›
- map of 5 ‹{1: a, \'1\': b, 0x1: c, true: d, \'true\': e}›
  ? 1 ‹1›
  : "a" ‹a›
  ? "1" ‹\'1\'›
  : "b" ‹b›
  ? 1 ‹0x1›
  : "c" ‹c›
  ? true ‹true›
  : "d" ‹d›
  ? "true" ‹\'true\'›
  : "e" ‹e›

"#]],
    );
    check(
        yaml("? {a: 1, b: [x]}\n: 1\n? {b: [x], a: 1}\n: 2\n? {a: 1, b: [y]}\n: 3\n"),
        str![[r#"
---
map of 3 ‹? {a: 1, b: [x]}\n: 1\n? {b: [x], a: 1}\n: 2\n? {a: 1, b: [y]}\n: 3›
? map of 2 ‹{a: 1, b: [x]}›
  ? "a" ‹a›
  : 1 ‹1›
  ? "b" ‹b›
  : list of 1 ‹[x]›
    - "x" ‹x›
: 1 ‹1›
? map of 2 ‹{b: [x], a: 1}›
  ? "b" ‹b›
  : list of 1 ‹[x]›
    - "x" ‹x›
  ? "a" ‹a›
  : 1 ‹1›
: 2 ‹2›
? map of 2 ‹{a: 1, b: [y]}›
  ? "a" ‹a›
  : 1 ‹1›
  ? "b" ‹b›
  : list of 1 ‹[y]›
    - "y" ‹y›
: 3 ‹3›
duplicate-key: this key is declared twice
  3:3 ‹{b: [x], a: 1}› declared again here
  1:3 ‹{a: 1, b: [x]}› first declared here
  help: keep one of the two, or put what both hold under one

"#]],
    );
    check(
        yaml("!a k: 1\n!b k: 2\n!b k: 3\n"),
        str![[r#"
---
map of 3 ‹!a k: 1\n!b k: 2\n!b k: 3›
? !a "k" ‹k›
: 1 ‹1›
? !b "k" ‹k›
: 2 ‹2›
? !b "k" ‹k›
: 3 ‹3›
duplicate-key: `k` is declared twice
  3:4 ‹k› declared again here
  2:4 ‹k› first declared here
  help: keep one of the two, or put what both hold under one

"#]],
    );
    check(
        yaml("&k a: 1\n*k : 2\n"),
        str![[r#"
---
map of 2 ‹&k a: 1\n*k : 2›
? "a" ‹a›
: 1 ‹1›
? "a" ‹a› via *k
: 2 ‹2›
duplicate-key: `a` is declared twice
  2:1 ‹*k› declared again here
  1:4 ‹a› first declared here
  help: keep one of the two, or put what both hold under one

"#]],
    );
    check(
        yaml("a:\n  k: 1\n---\nk: 1\n---\nk: 1\nj: {k: 1}\n"),
        str![[r#"
---
map of 1 ‹a:\n  k: 1›
? "a" ‹a›
: map of 1 ‹k: 1›
  ? "k" ‹k›
  : 1 ‹1›
---
map of 1 ‹k: 1›
? "k" ‹k›
: 1 ‹1›
---
map of 2 ‹k: 1\nj: {k: 1}›
? "k" ‹k›
: 1 ‹1›
? "j" ‹j›
: map of 1 ‹{k: 1}›
  ? "k" ‹k›
  : 1 ‹1›

"#]],
    );
}

#[test]
fn a_key_is_declared_once_among_many() {
    let mut text: String = (0..1000).map(|n| format!("k{n}: {{v: {n}}}\n")).collect();
    text.push_str("k7: again\nk999: again\nk7: and again\n");
    let out = yaml(&text);
    let problems = out.find("duplicate-key").map_or("", |at| &out[at..]);
    check(
        problems.to_owned(),
        str![[r#"
duplicate-key: `k7` is declared twice
  1001:1 ‹k7› declared again here
  8:1 ‹k7› first declared here
  help: keep one of the two, or put what both hold under one
duplicate-key: `k999` is declared twice
  1002:1 ‹k999› declared again here
  1000:1 ‹k999› first declared here
  help: keep one of the two, or put what both hold under one
duplicate-key: `k7` is declared twice
  1003:1 ‹k7› declared again here
  8:1 ‹k7› first declared here
  help: keep one of the two, or put what both hold under one

"#]],
    );
}
