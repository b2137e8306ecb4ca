//! How the source is drawn, whatever is in it.

use palisade::finding::{Outcome, Severity};
use palisade::source::{Expansion, FileId, Files, Label, SourceFile, Span};
use snapbox::{assert_data_eq, file, str};

use super::build::{Texts, full, rule, violation};

/// The drawing, without headline and fields, of one label in one text.
fn drawn(text: &str, pattern: &str, said: &str) -> String {
    let texts = Texts::new(&[("a.yaml", text)]);
    let label = texts.label("a.yaml", pattern, said);
    drawing(&one(texts, vec![label]), 80)
}

fn one(texts: Texts, mut labels: Vec<Label>) -> Outcome {
    let primary = labels.remove(0);
    let mut finding = violation(rule("r", Severity::Medium, primary.span), "m", primary);
    finding.related = labels;
    texts.outcome(vec![finding])
}

fn drawing(outcome: &Outcome, width: usize) -> String {
    let report = full(outcome, width);
    let lines = report.lines().skip(1);
    let lines = lines.take_while(|line| !line.starts_with("  id:"));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_text_in_one_file_with_one_label() {
    let text = "palisade: v1\nkeys:\n  a: { store: s, exportable: true }\n";
    assert_data_eq!(
        drawn(text, "true", "may be taken out"),
        str![[r#"
   ╭─[a.yaml:3:30]
 2 │ keys:
 3 │   a: { store: s, exportable: true }
   ·                              ──┬─
   ·                                ╰── may be taken out
   ╰────

"#]]
    );
}

#[test]
fn a_value_over_several_lines() {
    let text =
        "palisade: v1\nkeys:\n  a:\n    purposes:\n      - tls\n      - wrapping\n    store: s\n";
    assert_data_eq!(
        drawn(text, "- tls\n      - wrapping", "more than one purpose"),
        str![[r#"
   ╭─[a.yaml:5:7]
 4 │         purposes:
 5 │ ╭─▶       - tls
 6 │ ├─▶       - wrapping
   · ╰──── more than one purpose
 7 │         store: s
   ╰────

"#]]
    );
}

#[test]
fn a_long_value_is_cut_to_its_first_line() {
    let text = format!("a: |\n{}b: c\n", "  line\n".repeat(40));
    assert_data_eq!(
        drawn(&text, &"  line\n".repeat(40), "text"),
        str![[r#"
   ╭─[a.yaml:2:1]
 1 │ a: |
 2 │   line
   · ───┬──
   ·    ╰── text (and the 39 lines below)
 3 │   line
   ╰────

"#]]
    );
}

#[test]
fn tabs_and_wide_characters_are_underlined_where_they_are() {
    let text = "{\n\t\"鍵\":\t{ \"name\": \"署名鍵 🔑\",\t\"store\": \"s\" }\n}\n";
    assert_data_eq!(
        drawn(text, "署名鍵 🔑", "this name"),
        str![[r#"
   ╭─[a.yaml:2:18]
 1 │ {
 2 │     "鍵":   { "name": "署名鍵 🔑",  "store": "s" }
   ·                        ────┬────
   ·                            ╰── this name
 3 │ }
   ╰────

"#]]
    );
    assert_data_eq!(
        drawn(text, "store\": \"[s]", "this store"),
        str![[r#"
   ╭─[a.yaml:2:36]
 1 │ {
 2 │     "鍵":   { "name": "署名鍵 🔑",  "store": "s" }
   ·                                               ┬
   ·                                               ╰── this store
 3 │ }
   ╰────

"#]]
    );
}

#[test]
fn line_ends_and_byte_order_marks_do_not_show() {
    let text = "\u{feff}keys:\r\n  a: { store: s }\r\n\r\nstores:\r\n";
    assert_data_eq!(
        drawn(text, "keys", "this section"),
        str![[r#"
   ╭─[a.yaml:1:1]
 1 │ keys:
   · ──┬─
   ·   ╰── this section
 2 │   a: { store: s }
   ╰────

"#]]
    );
    assert_data_eq!(
        drawn(text, "store: [s]", "this store"),
        str![[r#"
   ╭─[a.yaml:2:15]
 1 │ keys:
 2 │   a: { store: s }
   ·               ┬
   ·               ╰── this store
   ╰────

"#]]
    );
}

#[test]
fn a_file_may_end_without_a_line_end_or_be_empty() {
    assert_data_eq!(
        drawn("keys:\n  a: s", "s:\n  a: [s]", "this store"),
        str![[r#"
   ╭─[a.yaml:2:6]
 1 │ keys:
 2 │   a: s
   ·      ┬
   ·      ╰── this store
   ╰────

"#]]
    );
    assert_data_eq!(
        drawn("", "", "the whole file"),
        str![[r#"
   ╭─[a.yaml:1:1]
 1 │ 
   · ▲
   · ╰── the whole file
   ╰────

"#]]
    );
}

#[test]
fn labels_that_meet_each_keep_an_underline() {
    let text = "k: { purposes: [tls, token-signing], uses: [b] }\n";
    let texts = Texts::new(&[("a.yaml", text)]);
    let labels = vec![
        texts.label("a.yaml", "token-signing", "it signs"),
        texts.label(
            "a.yaml",
            "[tls, token-signing]".trim_matches(['[', ']']),
            "it does two things",
        ),
        texts.label("a.yaml", "token-signing", "and again"),
        texts.label("a.yaml", "b", "used"),
    ];
    assert_data_eq!(
        drawing(&one(texts, labels), 80),
        str![[r#"
   ╭─[a.yaml:1:22]
 1 │ k: { purposes: [tls, token-signing], uses: [b] }
   ·                 ──┬────────┬──────          ┬
   ·                   │        │                ╰── used
   ·                   │        ╰─┤ it signs
   ·                   │          │ and again
   ·                   ╰── it does two things
   ╰────

"#]]
    );
}

/// Findings that wait for the same value are about several entities, and say the same differently.
#[test]
fn what_is_said_twice_of_a_place_is_said_once() {
    let text = "keys: { a: { kind: private } }\n";
    let short = "`kind` is `private`";
    let long = "`kind` of key `a` is `private`";
    for said in [[short, long], [long, short], [long, long]] {
        let texts = Texts::new(&[("a.yaml", text)]);
        let labels = said.map(|said| texts.label("a.yaml", "private", said));
        let drawing = drawing(&one(texts, labels.to_vec()), 80);
        assert_eq!(drawing.matches("private").count(), 2, "{drawing}");
        assert!(drawing.contains(long), "{drawing}");
    }
    let texts = Texts::new(&[("a.yaml", text)]);
    let labels = [short, "`kind` of key `a` is `public`"];
    let labels = labels.map(|said| texts.label("a.yaml", "private", said));
    let drawing = drawing(&one(texts, labels.to_vec()), 80);
    assert!(
        drawing.contains(short) && drawing.contains("public"),
        "{drawing}"
    );
}

#[test]
fn what_is_far_apart_is_not_joined() {
    let text = format!("a: 1\n{}b: 2\n", "c: 3\n".repeat(1000));
    let texts = Texts::new(&[("a.yaml", &text)]);
    let labels = vec![
        texts.label("a.yaml", "b: [2]", "two"),
        texts.label("a.yaml", "a: [1]", "one"),
    ];
    assert_data_eq!(
        drawing(&one(texts, labels), 80),
        str![[r#"
   ╭─[a.yaml:1:4]
 1 │ a: 1
   ·    ┬
   ·    ╰── one
 2 │ c: 3
   ╰────
      ╭─[a.yaml:1002:4]
 1001 │ c: 3
 1002 │ b: 2
      ·    ┬
      ·    ╰── two
      ╰────

"#]]
    );
}

#[test]
fn a_long_line_is_cut_around_its_labels() {
    let text = format!(
        "[{}\"secret\", {}\"{}\"]",
        "\"x\", ".repeat(900),
        "1, ".repeat(900),
        "y".repeat(300)
    );
    let texts = Texts::new(&[("a.json", &text)]);
    let labels = vec![
        texts.label("a.json", "secret", "this one"),
        texts.label("a.json", &"y".repeat(300), "a long one"),
    ];
    assert_data_eq!(
        drawing(&one(texts, labels), 80),
        str![[r#"
   ╭─[a.json:1:4503]
 1 │ …", "secret…1, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…yyyyyyyyyyyyyyyyyy"]
   ·      ───┬──     ────────────────────────────┬───────────────────────────
   ·         │                                   ╰── a long one
   ·         ╰── this one
   ╰────

"#]]
    );
}

#[test]
fn a_value_that_an_alias_brought_in_is_shown_where_it_is_written_and_where_it_is_used() {
    let text = "\
palisade: v1
x-defaults: &plain { custody: file }
keyStores:
  vault: { <<: *plain, zone: signing }
";
    let plain = Texts::new(&[("a.yaml", text)]);
    let definition = plain.span("a.yaml", "{ custody: file }");
    let expansion = Expansion {
        base: text.len() as u32,
        definition,
        used_at: plain.span("a.yaml", "*plain"),
    };
    let written = plain.span("a.yaml", "file");
    let mut files = Files::new();
    files.add(SourceFile::new("a.yaml", text).with_expansions(vec![expansion]));
    let shift = expansion.base - definition.start;
    let span = Span::new(FileId(0), written.start + shift, written.end + shift);
    let label = Label {
        span,
        text: "kept in a file".into(),
    };
    let outcome = one(Texts { files }, vec![label]);
    assert_data_eq!(drawing(&outcome, 80), file!["alias.txt"].raw());
    let json: serde_json::Value =
        serde_json::from_str(&super::render("json", &outcome, &Default::default())).expect("JSON");
    let location = &json["findings"][0]["primary"]["location"];
    assert_eq!(location["start"]["line"], 2);
    assert_eq!(
        location["usedAt"]["start"],
        serde_json::json!({ "line": 4, "column": 16, "byte": 76 })
    );
}

#[test]
fn more_places_than_can_be_drawn_are_counted() {
    let text = "a: 1\n".repeat(100);
    let texts = Texts::new(&[("a.yaml", &text)]);
    let label = |n: u32| Label {
        span: Span::new(FileId(0), n * 5, n * 5 + 1),
        text: "x".into(),
    };
    let outcome = one(texts, (0..100).map(label).collect());
    let drawing = drawing(&outcome, 80);
    assert!(
        drawing.contains("more: 76 places that are not drawn here"),
        "{drawing}"
    );
}
