//! Shows a tree with what each span underlines.

use palisade::source::{FileId, Files, Problem, SourceFile, Span};
use palisade::syntax::{Limits, NodeRef, Syntax, Value, parse};
use snapbox::Data;
use snapbox::data::Inline;

/// Compares to the letter: a backslash is a backslash. Differences are accepted by
/// `SNAPSHOTS=overwrite cargo test`.
#[track_caller]
pub fn check(actual: String, expected: Inline) {
    snapbox::Assert::new()
        .action_env(snapbox::assert::DEFAULT_ACTION_ENV)
        .normalize_paths(false)
        .eq(Data::text(actual).raw(), expected);
}

/// The documents, comments and problems of a YAML text.
pub fn yaml(text: &str) -> String {
    read(Syntax::Yaml, text, &Limits::default())
}

/// The same of a JSON text.
pub fn json(text: &str) -> String {
    read(Syntax::Json, text, &Limits::default())
}

/// The documents, comments and problems of a text. A value is followed by what its span
/// underlines, between `‹` and `›`, and by the alias that it came through, after `via`.
pub fn read(syntax: Syntax, text: &str, limits: &Limits) -> String {
    let file = FileId(0);
    let (tree, problems) = parse(syntax, file, text, limits);
    let expansions = parse(syntax, file, text, limits).0.into_expansions();
    let mut files = Files::new();
    files.add(SourceFile::new("file", text).with_expansions(expansions));
    let mut out = String::new();
    for document in tree.documents() {
        out.push_str("---\n");
        node(&files, document, 0, &mut out);
    }
    for comment in tree.comments() {
        let shown = underlined(&files, comment.span);
        out.push_str(&format!("comment {:?} {shown}\n", comment.text()));
    }
    for problem in &problems {
        self::problem(&files, problem, &mut out);
    }
    out
}

fn node(files: &Files, node: NodeRef, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let tag = node.tag().map(|tag| format!("{tag} ")).unwrap_or_default();
    let shown = underlined(files, node.span());
    let value = match node.value() {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}f"),
        Value::Str(value) => format!("{value:?}"),
        Value::Seq(list) => format!("list of {}", list.len()),
        Value::Map(map) => format!("map of {}", map.len()),
    };
    out.push_str(&format!("{tag}{value} {shown}\n"));
    match node.value() {
        Value::Seq(list) => {
            for item in list.iter() {
                out.push_str(&format!("{indent}- "));
                self::node(files, item, depth + 1, out);
            }
        }
        Value::Map(map) => {
            for (key, value) in map.iter() {
                out.push_str(&format!("{indent}? "));
                self::node(files, key, depth + 1, out);
                out.push_str(&format!("{indent}: "));
                self::node(files, value, depth + 1, out);
            }
        }
        _ => {}
    }
}

fn problem(files: &Files, problem: &Problem, out: &mut String) {
    out.push_str(&format!("{}: {}\n", problem.code, problem.message));
    for label in &problem.labels {
        let start = files.start(label.span);
        let shown = underlined(files, label.span);
        let place = format!("{}:{}", start.line, start.column);
        out.push_str(format!("  {place} {shown} {}", label.text).trim_end());
        out.push('\n');
    }
    if let Some(help) = &problem.help {
        out.push_str(&format!("  help: {help}\n"));
    }
}

fn underlined(files: &Files, span: Span) -> String {
    let place = files.locate(span);
    let shown = |span| files.slice(span).escape_debug().to_string();
    match place.used_at {
        Some(alias) => format!("‹{}› via {}", shown(span), shown(alias)),
        None => format!("‹{}›", shown(span)),
    }
}
