//! What is told of a text that is no YAML.

use snapbox::str;

use crate::render::{check, yaml};

#[test]
fn a_tab_cannot_indent() {
    check(
        yaml("a:\n\tb: c\n"),
        str![[r#"
yaml-syntax: a tab cannot indent YAML
  2:1 ‹\t›
  help: replace the tab by spaces

"#]],
    );
    check(
        yaml("a:\n  - b\n\t- c\n"),
        str![[r#"
yaml-syntax: a tab cannot indent YAML
  3:1 ‹\t›
  help: replace the tab by spaces

"#]],
    );
}

#[test]
fn a_template_is_said_to_be_one_once() {
    check(
        yaml(
            "ok: 1\n---\n{{- if .Values.x }}\na: b\n{{- end }}\n---\nc: {{ .d }}: e\n---\nok: 2\n",
        ),
        str![[r#"
---
map of 1 ‹ok: 1›
? "ok" ‹ok›
: 1 ‹1›
---
map of 1 ‹ok: 2›
? "ok" ‹ok›
: 2 ‹2›
yaml-syntax: this value looks like a template, which is not YAML until it is rendered
  3:1 ‹{{- if .Values.x }}› template text
  help: check the output of the template instead, or leave the file out

"#]],
    );
    check(
        yaml("a: x{{ b }}\nc: [\nd: {{ e\n  }}"),
        str![[r#"
yaml-syntax: `{{ b }}` looks like a template, which is not YAML until it is rendered
  1:5 ‹{{ b }}› template text
  help: check the output of the template instead, or leave the file out

"#]],
    );
}

#[test]
fn an_expression_of_a_workflow_is_no_template() {
    check(
        yaml("if: ${{ x }}\nrun: ok\n"),
        str![[r#"
---
map of 2 ‹if: ${{ x }}\nrun: ok›
? "if" ‹if›
: "${{ x }}" ‹${{ x }}›
? "run" ‹run›
: "ok" ‹ok›

"#]],
    );
    check(
        yaml("if: ${{ x }}\nrun: a: b\n"),
        str![[r#"
yaml-syntax: no value can start at this `:`
  2:7 ‹:›
  help: quote the text if the colon is part of it, check the indentation of the line, or close the bracket before it

"#]],
    );
}

#[test]
fn what_is_opened_is_closed() {
    check(
        yaml("a: \"unclosed\nb: c\n"),
        str![[r#"
yaml-syntax: this quoted text is never closed
  1:4 ‹\"unclosed›
  help: add the closing quote

"#]],
    );
    check(
        yaml("a: 'it's'\n"),
        str![[r#"
yaml-syntax: nothing can follow a closing quote
  1:8 ‹s\'›
  help: quote the whole value, and double a quote that is part of it

"#]],
    );
    check(
        yaml("a: 'unclosed"),
        str![[r#"
yaml-syntax: this quoted text is never closed
  1:4 ‹\'unclosed›
  help: add the closing quote

"#]],
    );
    check(
        yaml("a: [1, 2\nb: c\n"),
        str![[r#"
yaml-syntax: no value can start at this `:`
  2:2 ‹:›
  help: quote the text if the colon is part of it, check the indentation of the line, or close the bracket before it

"#]],
    );
    check(
        yaml("a: [1, 2\n"),
        str![[r#"
yaml-syntax: `[` is never closed
  1:4 ‹[›
  help: add the closing bracket

"#]],
    );
    check(
        yaml("a: {b: 1"),
        str![[r#"
yaml-syntax: `{` is never closed
  1:4 ‹{›
  help: add the closing bracket

"#]],
    );
    check(
        yaml("a: [1, 2}\n"),
        str![[r#"
yaml-syntax: `[` is closed by `}`
  1:4 ‹[›
  help: close each bracket by its own kind

"#]],
    );
    check(
        yaml("a: 1]\nb: ]\n"),
        str![[r#"
yaml-syntax: this bracket closes nothing
  2:4 ‹]›
  help: remove it, or add the opening bracket

"#]],
    );
    check(
        yaml("!<tag"),
        str![[r#"
yaml-syntax: while scanning a verbatim tag, did not find the expected '>'
  1:1 ‹!<tag›

"#]],
    );
}

#[test]
fn indentation_says_what_belongs_together() {
    check(
        yaml("a:\n    b: c\n  d: e\n"),
        str![[r#"
yaml-syntax: this does not continue the mapping before it
  3:3 ‹d:›
  help: indent the keys of one mapping alike, and its values further

"#]],
    );
    check(
        yaml("a: b\n- c\n"),
        str![[r#"
yaml-syntax: this does not continue the mapping before it
  2:3 ‹c›
  help: indent the keys of one mapping alike, and its values further

"#]],
    );
    check(
        yaml("- a\nb: c\n"),
        str![[r#"
yaml-syntax: this does not continue the list before it
  2:1 ‹b:›
  help: indent the items of one list alike, each with `- `

"#]],
    );
    check(
        yaml("a: |\n  b\n c\n"),
        str![[r#"
yaml-syntax: this does not continue the mapping before it
  3:2 ‹c›
  help: indent the keys of one mapping alike, and its values further

"#]],
    );
}

#[test]
fn a_colon_starts_one_value() {
    check(
        yaml("é: ü: x\n"),
        str![[r#"
yaml-syntax: no value can start at this `:`
  1:5 ‹:›
  help: quote the text if the colon is part of it, check the indentation of the line, or close the bracket before it

"#]],
    );
    check(
        yaml("key\nb: c\n"),
        str![[r#"
yaml-syntax: no value can start at this `:`
  2:2 ‹:›
  help: quote the text if the colon is part of it, check the indentation of the line, or close the bracket before it

"#]],
    );
    check(
        yaml("- a\n-b\n- c\n"),
        str![[r#"
yaml-syntax: a key without a value
  2:1 ‹-b›
  help: write `key: value`, with a space after the colon, or `- item`

"#]],
    );
    check(
        yaml("a: b: c"),
        str![[r#"
yaml-syntax: no value can start at this `:`
  1:5 ‹:›
  help: quote the text if the colon is part of it, check the indentation of the line, or close the bracket before it

"#]],
    );
}

#[test]
fn some_characters_need_quotes() {
    check(
        yaml("a: @x\n"),
        str![[r#"
yaml-syntax: no plain text can start with this character
  1:4 ‹@x›
  help: quote the text

"#]],
    );
    check(
        yaml("a: `x`\n"),
        str![[r#"
yaml-syntax: no plain text can start with this character
  1:4 ‹`x`›
  help: quote the text

"#]],
    );
    check(
        yaml("a: \"C:\\dir\"\n"),
        str![[r#"
yaml-syntax: this text has an escape that does not exist
  1:4 ‹\"C:\\dir\"›
  help: write `\\` for a backslash, or use single quotes

"#]],
    );
    check(
        yaml("a: 'b' c\n"),
        str![[r#"
yaml-syntax: nothing can follow a closing quote
  1:8 ‹c›
  help: quote the whole value, and double a quote that is part of it

"#]],
    );
    check(
        yaml("a: %x\n"),
        str![[r#"
yaml-syntax: no plain text can start with this character
  1:4 ‹%x›
  help: quote the text

"#]],
    );
    check(
        yaml("a: !u!t x\n"),
        str![[r#"
yaml-syntax: the prefix of this tag is not declared
  1:4 ‹!u!t›
  help: declare it with `%TAG` before the document, or write `!name`

"#]],
    );
    check(
        yaml("a: \"b\"#c\n"),
        str![[r#"
yaml-syntax: a comment needs a space before its `#`
  1:7 ‹#c›
  help: add the space, or quote the text

"#]],
    );
}

#[test]
fn a_nul_ends_its_document_only() {
    check(
        yaml("a: b\0c\nd: e\n---\nok: 1\n"),
        str![[r#"
---
map of 1 ‹ok: 1›
? "ok" ‹ok›
: 1 ‹1›
yaml-syntax: a NUL character
  1:5 ‹\0c›
  help: check that the file is text in UTF-8

"#]],
    );
    check(
        yaml("a: 'b\0c'\n"),
        str![[r#"
yaml-syntax: a NUL character
  1:6 ‹\0c\'›
  help: check that the file is text in UTF-8

"#]],
    );
    check(
        yaml("a: |\n  b\0c\nd: e\n"),
        str![[r#"
yaml-syntax: a NUL character
  2:4 ‹\0c›
  help: check that the file is text in UTF-8

"#]],
    );
    check(
        yaml("a: b # c\0d\ne: f\n"),
        str![[r#"
yaml-syntax: a NUL character
  1:9 ‹\0d›
  help: check that the file is text in UTF-8

"#]],
    );
    check(
        yaml("\0"),
        str![[r#"
yaml-syntax: a NUL character
  1:1 ‹\0›
  help: check that the file is text in UTF-8

"#]],
    );
}
