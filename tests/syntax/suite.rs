//! The YAML test suite: what it calls YAML is read, with the values that it gives, and what it calls
//! none is a problem.

use std::collections::BTreeMap;

use palisade::source::FileId;
use palisade::syntax::{Limits, NodeRef, Value, parse_yaml};
use serde::Deserialize;
use serde_json::Value as Json;

/// One case of the suite.
#[derive(Deserialize)]
struct Case {
    id: String,
    name: String,
    /// The text.
    yaml: String,
    /// Whether the text is no YAML.
    #[serde(default)]
    fail: bool,
    /// The events that it is read as.
    #[serde(default)]
    tree: String,
    /// The values of its documents, where JSON can hold them.
    json: Option<String>,
}

/// Where we differ from the suite: the case, what becomes of it, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "2JQS",
        "is told of: duplicate-key",
        "a key that is declared twice is a problem, as YAML 1.2.2 section 3.2.1.1 says; here both are empty",
    ),
    (
        "X38W",
        "is told of: duplicate-key",
        "the same; here both keys are one anchored list",
    ),
    (
        "9C9N",
        "is read",
        "the parser takes lines of a bracket that are not indented, which leaves no doubt of what is meant",
    ),
    ("QB6E", "is read", "the same of lines of a quoted text"),
    (
        "DK95/01",
        "is read",
        "the same, where a line begins with a tab",
    ),
];

#[test]
fn the_yaml_test_suite_is_read_as_it_says() {
    let cases = include_str!("yaml-test-suite/cases.jsonl").lines();
    let cases = cases.map(|line| serde_json::from_str::<Case>(line).expect("a case"));
    let mut exceptions = BTreeMap::new();
    let mut count = 0;
    for case in cases {
        count += 1;
        if let Err(difference) = judge(&case) {
            exceptions.insert(case.id, difference);
        }
    }
    assert_eq!(count, 402);
    let known = EXCEPTIONS.iter();
    let known = known.map(|(id, difference, _)| ((*id).to_owned(), (*difference).to_owned()));
    assert_eq!(exceptions, known.collect());
}

/// What becomes of the case, if it is not what the suite says.
fn judge(case: &Case) -> Result<(), String> {
    let (tree, problems) = parse_yaml(FileId(0), &case.yaml, &Limits::default());
    match (case.fail, problems.first()) {
        (true, Some(_)) => return Ok(()),
        (true, None) => return Err("is read".to_owned()),
        (false, Some(problem)) => return Err(format!("is told of: {}", problem.code)),
        (false, None) => {}
    }
    let mut lines = Vec::new();
    tree.documents()
        .for_each(|document| write(document, &mut lines));
    let expected = expand(&case.tree);
    if lines != expected {
        return Err(format!(
            "{}: reads as {lines:?}, not {expected:?}",
            case.name
        ));
    }
    let Some(json) = &case.json else {
        return Ok(());
    };
    let expected = serde_json::Deserializer::from_str(json).into_iter::<Json>();
    let expected: Vec<_> = expected.map(|value| value.expect("JSON")).collect();
    let values: Vec<_> = tree.documents().collect();
    let same = values.len() == expected.len()
        && values
            .iter()
            .zip(&expected)
            .all(|(value, expected)| is(*value, expected));
    match same {
        true => Ok(()),
        false => Err(format!("{}: does not hold {expected:?}", case.name)),
    }
}

/// The events of a node, a line each: the start and end of collections, the text of scalars.
fn write(node: NodeRef<'_>, lines: &mut Vec<String>) {
    match node.value() {
        Value::Seq(items) => {
            lines.push("+SEQ".to_owned());
            items.iter().for_each(|item| write(item, lines));
            lines.push("-SEQ".to_owned());
        }
        Value::Map(entries) => {
            lines.push("+MAP".to_owned());
            for (key, value) in entries.iter() {
                write(key, lines);
                write(value, lines);
            }
            lines.push("-MAP".to_owned());
        }
        _ => {
            let style = if node.is_plain() { "plain" } else { "quoted" };
            lines.push(format!("{style} {:?}", node.text().unwrap_or_default()));
        }
    }
}

/// The events of the suite in the form of [`write`], with what aliases stand for in their place.
fn expand(events: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut anchors: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    // Collections that are open, with the line that each starts at.
    let mut open: Vec<(Option<&str>, usize)> = Vec::new();
    for event in events.lines().map(str::trim_start) {
        let (what, rest) = event.split_once(' ').unwrap_or((event, ""));
        match what {
            "+SEQ" | "+MAP" => {
                let anchor = rest.split(' ').find_map(|word| word.strip_prefix('&'));
                open.push((anchor, lines.len()));
                lines.push(what.to_owned());
            }
            "-SEQ" | "-MAP" => {
                lines.push(what.to_owned());
                if let Some((Some(anchor), start)) = open.pop() {
                    anchors.insert(anchor, lines[start..].to_vec());
                }
            }
            "=ALI" => lines.extend(anchors[rest.trim_start_matches('*')].clone()),
            "=VAL" => {
                let (anchor, text) = properties(rest);
                let (style, text) = text.split_at(1);
                let style = if style == ":" { "plain" } else { "quoted" };
                lines.push(format!("{style} {:?}", unescape(text)));
                if let Some(anchor) = anchor {
                    anchors.insert(anchor, lines[lines.len() - 1..].to_vec());
                }
            }
            "+STR" | "-STR" | "+DOC" | "-DOC" => {}
            _ => panic!("what is the event `{event}`?"),
        }
    }
    lines
}

/// The anchor before a scalar, and what follows anchor and tag.
fn properties(mut rest: &str) -> (Option<&str>, &str) {
    let mut anchor = None;
    while rest.starts_with(['&', '<']) {
        let (word, after) = rest.split_once(' ').expect("a scalar follows");
        anchor = word.strip_prefix('&').or(anchor);
        rest = after;
    }
    (anchor, rest)
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' {
            characters.next()
        } else {
            None
        };
        out.push(match escaped {
            None | Some('\\') => character,
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some(other) => panic!("what is the escape `{other}`?"),
        });
    }
    out
}

/// Whether the node holds the value. JSON does not tell `450` from `450.0`.
fn is(node: NodeRef<'_>, expected: &Json) -> bool {
    match (node.value(), expected) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(value), Json::Bool(expected)) => value == *expected,
        (Value::Int(value), Json::Number(expected)) => expected.as_f64() == Some(value as f64),
        (Value::Float(value), Json::Number(expected)) => expected.as_f64() == Some(value),
        (Value::Str(value), Json::String(expected)) => value == expected,
        (Value::Seq(items), Json::Array(expected)) => {
            items.len() == expected.len()
                && items
                    .iter()
                    .zip(expected)
                    .all(|(item, expected)| is(item, expected))
        }
        (Value::Map(entries), Json::Object(expected)) => {
            let known = |key: NodeRef<'_>| expected.get(key.text()?);
            entries.len() == expected.len()
                && entries
                    .iter()
                    .all(|(key, value)| known(key).is_some_and(|expected| is(value, expected)))
        }
        _ => false,
    }
}
