//! Any text becomes a tree whose spans are in the text, and walking the tree ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade::source::{FileId, Files, SourceFile, Span};
use palisade::syntax::{Limits, NodeRef, Syntax, Value, parse};

fuzz_target!(|text: &str| {
    // Small, so that the fuzzer reaches them.
    let limits = Limits {
        file_bytes: 1 << 16,
        depth: 16,
        alias_nodes: 1000,
        ..Limits::default()
    };
    check(Syntax::Yaml, text, &limits);
    check(Syntax::Json, text, &limits);
});

fn check(syntax: Syntax, text: &str, limits: &Limits) {
    let (tree, problems) = parse(syntax, FileId(0), text, limits);
    let mut spans = Vec::new();
    for document in tree.documents() {
        walk(document, &mut spans);
    }
    spans.extend(tree.comments().iter().map(|comment| comment.span));
    let labels = problems.iter().flat_map(|problem| &problem.labels);
    spans.extend(labels.map(|label| label.span));
    let mut files = Files::new();
    files.add(SourceFile::new("file", text).with_expansions(tree.into_expansions()));
    for span in spans {
        let place = files.locate(span);
        for span in [Some(place.span), place.used_at].into_iter().flatten() {
            let slice = text.get(span.range()).expect("a span in the text");
            assert!(!slice.ends_with(['\n', '\r']));
        }
        files.start(span);
        files.end(span);
    }
}

fn walk(node: NodeRef, spans: &mut Vec<Span>) {
    spans.push(node.span());
    node.tag();
    match node.value() {
        Value::Seq(list) => list.iter().for_each(|item| walk(item, spans)),
        Value::Map(map) => map.iter().for_each(|(key, value)| {
            walk(key, spans);
            walk(value, spans);
        }),
        _ => {}
    }
}
