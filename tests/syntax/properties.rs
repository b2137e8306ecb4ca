//! What holds of any text.

use palisade::source::{FileId, Files, SourceFile, Span};
use palisade::syntax::{Limits, NodeRef, Syntax, Tree, Value, parse};
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::random;

const FILE: FileId = FileId(0);

/// Reads a text, walks all of it, and checks that every span is in the text.
fn check_spans(syntax: Syntax, text: &str, limits: &Limits) {
    let (tree, problems) = parse(syntax, FILE, text, limits);
    let mut spans = Vec::new();
    for document in tree.documents() {
        walk(document, &mut spans);
    }
    let plain: Vec<_> = spans
        .iter()
        .filter_map(|(span, plain)| Some((*span, plain.clone()?)))
        .collect();
    let mut all: Vec<Span> = spans.into_iter().map(|(span, _)| span).collect();
    all.extend(tree.comments().iter().map(|comment| comment.span));
    let labels = problems.iter().flat_map(|problem| &problem.labels);
    all.extend(labels.map(|label| label.span));
    assert!(problems.iter().all(|problem| !problem.labels.is_empty()));
    let comments: Vec<_> = tree
        .comments()
        .iter()
        .map(|c| (c.span, format!("#{}", c.text())))
        .collect();
    let mut files = Files::new();
    files.add(SourceFile::new("file", text).with_expansions(tree.into_expansions()));
    for span in all {
        let place = files.locate(span);
        for span in [Some(place.span), place.used_at].into_iter().flatten() {
            let slice = text.get(span.range());
            let slice = slice.unwrap_or_else(|| panic!("{span:?} is not in {text:?}"));
            assert!(!slice.ends_with(['\n', '\r']), "{slice:?} in {text:?}");
        }
        files.start(span);
        files.end(span);
    }
    for (span, written) in plain.into_iter().chain(comments) {
        assert_eq!(files.slice(span), written, "in {text:?}");
    }
}

/// The span of each value, and what it underlines where that is known.
fn walk(node: NodeRef, spans: &mut Vec<(Span, Option<String>)>) {
    let written = node.text().filter(|_| node.is_plain());
    // Over several lines, a text is folded.
    let written = written
        .filter(|text| !text.contains([' ', '\n']))
        .map(str::to_owned);
    spans.push((node.span(), written));
    node.tag();
    match node.value() {
        Value::Seq(list) => list.iter().for_each(|item| walk(item, spans)),
        Value::Map(map) => map.iter().for_each(|(key, value)| {
            walk(key, spans);
            walk(value, spans);
            if let Some(name) = key.text() {
                assert!(map.get(name).is_some());
            }
        }),
        _ => {}
    }
}

/// The value as JSON; a key as its text.
fn to_json(node: NodeRef) -> Json {
    match node.value() {
        Value::Null => Json::Null,
        Value::Bool(value) => value.into(),
        Value::Int(value) => value.into(),
        Value::Float(value) => value.into(),
        Value::Str(value) => value.into(),
        Value::Seq(list) => list.iter().map(to_json).collect(),
        Value::Map(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| (key.text().unwrap_or("").to_owned(), to_json(value)));
            Json::Object(entries.collect())
        }
    }
}

fn only(tree: &Tree) -> Json {
    let documents: Vec<_> = tree.documents().map(to_json).collect();
    assert_eq!(documents.len(), 1);
    documents.into_iter().next().unwrap_or_default()
}

fn any_json(text: BoxedStrategy<String>) -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1e9..1e9).prop_map(Json::from),
        text.clone().prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..12).prop_map(Json::from),
            prop::collection::btree_map(text.clone(), inner, 0..12)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

/// Texts that may read as something else if they are not quoted.
fn any_text() -> BoxedStrategy<String> {
    prop_oneof![
        "[a-z]{0,8}",
        "[ -~]{0,12}",
        "\\PC{0,8}",
        "[ \t\n\r'\"\\\\:#-]{0,6}",
        prop::sample::select(vec![
            "~", "null", "true", "yes", "1", "0x1", ".5", ".inf", "<<", "- a", "a: b", "*a", "&a",
            "!a", "---"
        ])
        .prop_map(str::to_owned),
    ]
    .boxed()
}

/// Texts that `serde_yaml` writes such that they read the same: it does not quote a merge key.
fn any_plain_text() -> BoxedStrategy<String> {
    "[ -~é日🦀\n]{0,12}"
        .prop_map(|text| if text == "<<" { "<".to_owned() } else { text })
        .boxed()
}

/// Bits of YAML that mean something beside each other.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop::sample::select(vec![
        "a",
        "b: ",
        "- ",
        "? ",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "\r\n",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "'",
        "\"",
        "&a ",
        "*a",
        "&b ",
        "*b",
        "<<: *a",
        "<<: [*a, *b]",
        "\n<<: ",
        "# c\n",
        " #",
        "|\n",
        ">-\n ",
        "!t ",
        "!!int ",
        "!!merge ",
        "\n---\n",
        "\n...\n",
        "~",
        "1",
        "é",
        "🦀",
        "\t",
        "\u{feff}",
        "%TAG ! a\n",
        "{{",
        "}}",
        "\\",
        "k: &a {x: 1}\n",
        "j: &b\n  <<: *a\n  y: *a\n",
        "c: *b\n",
        "\0",
        "\u{85}",
        "\u{2028}",
    ]);
    prop::collection::vec(fragment, 0..40).prop_map(|fragments| fragments.concat())
}

proptest! {
    #![proptest_config(random::tries(1500, None))]

    #[test]
    fn any_text_has_spans_within_it(text in "\\PC{0,80}") {
        check_spans(Syntax::Yaml, &text, &Limits::default());
        check_spans(Syntax::Json, &text, &Limits::default());
    }

    #[test]
    fn anything_like_yaml_has_spans_within_it(text in fragments()) {
        check_spans(Syntax::Yaml, &text, &Limits::default());
        check_spans(Syntax::Json, &text, &Limits::default());
    }

    #[test]
    fn tight_limits_change_no_place(text in fragments(), depth in 0..4u16, alias_nodes in 0..6u32) {
        let limits = Limits { depth, alias_nodes, ..Limits::default() };
        check_spans(Syntax::Yaml, &text, &limits);
    }

    #[test]
    fn json_reads_alike_in_every_way(value in any_json(any_text()), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.expect("a JSON value can be written");
        let (json, problems) = parse(Syntax::Json, FILE, &text, &Limits::default());
        prop_assert!(problems.is_empty(), "{:?} for {}", problems, text);
        prop_assert_eq!(&only(&json), &value);
        check_spans(Syntax::Json, &text, &Limits::default());
        // In YAML a key stays within 1024 characters, and some characters need an escape.
        if !text.chars().any(|c| c.is_control() && !c.is_whitespace() || c == '\u{feff}') {
            let (yaml, problems) = parse(Syntax::Yaml, FILE, &text, &Limits::default());
            prop_assert!(problems.is_empty(), "{:?} for {}", problems, text);
            prop_assert_eq!(&only(&yaml), &value);
        }
    }

    #[test]
    fn yaml_reads_as_it_was_written(value in any_json(any_plain_text())) {
        let text = serde_yaml::to_string(&value).expect("a JSON value can be written as YAML");
        let (yaml, problems) = parse(Syntax::Yaml, FILE, &text, &Limits::default());
        prop_assert!(problems.is_empty(), "{:?} for {}", problems, text);
        prop_assert_eq!(&only(&yaml), &value, "{}", text);
        check_spans(Syntax::Yaml, &text, &Limits::default());
    }
}
