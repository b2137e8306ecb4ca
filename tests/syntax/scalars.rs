//! What a scalar means, by form and by tag.

use palisade::source::FileId;
use palisade::syntax::{Limits, Value, parse_yaml};

/// The value of the only document, in the form of the tables below.
fn value(text: &str) -> String {
    let (tree, problems) = parse_yaml(FileId(0), text, &Limits::default());
    let code = problems.first().map(|problem| format!(" {}", problem.code));
    let document = tree.documents().next().map(|node| match node.value() {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => format!("int {value}"),
        Value::Float(value) => format!("float {value:?}"),
        Value::Str(value) => format!("{value:?}"),
        Value::Seq(_) => "list".to_owned(),
        Value::Map(_) => "map".to_owned(),
    });
    document.unwrap_or_default() + &code.unwrap_or_default()
}

fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(value(text), *expected, "for {text:?}");
    }
}

#[test]
fn plain_scalars_follow_the_core_schema() {
    check(&[
        ("null", "null"),
        ("Null", "null"),
        ("NULL", "null"),
        ("nULL", "\"nULL\""),
        ("~", "null"),
        ("true", "true"),
        ("True", "true"),
        ("TRUE", "true"),
        ("false", "false"),
        ("False", "false"),
        ("FALSE", "false"),
        ("tRUE", "\"tRUE\""),
        ("yes", "\"yes\""),
        ("no", "\"no\""),
        ("on", "\"on\""),
        ("off", "\"off\""),
        ("y", "\"y\""),
        ("0", "int 0"),
        ("-0", "int 0"),
        ("+12", "int 12"),
        ("-19", "int -19"),
        ("007", "int 7"),
        ("0o17", "int 15"),
        ("0o8", "\"0o8\""),
        ("0o", "\"0o\""),
        ("-0o7", "\"-0o7\""),
        ("0x3A", "int 58"),
        ("0xfg", "\"0xfg\""),
        ("0x+1", "\"0x+1\""),
        ("0b1", "\"0b1\""),
        ("1_000", "\"1_000\""),
        ("12:30", "\"12:30\""),
        ("9223372036854775807", "int 9223372036854775807"),
        ("-9223372036854775808", "int -9223372036854775808"),
        ("9223372036854775808", "float 9.223372036854776e18"),
        ("0xffffffffffffffff", "float 1.8446744073709552e19"),
        ("0.", "float 0.0"),
        ("-0.0", "float -0.0"),
        (".5", "float 0.5"),
        ("+12e03", "float 12000.0"),
        ("-2E+05", "float -200000.0"),
        ("1.e5", "float 100000.0"),
        (".", "\".\""),
        ("-", "list"),
        ("+", "\"+\""),
        ("e5", "\"e5\""),
        ("1e", "\"1e\""),
        ("1e5e", "\"1e5e\""),
        ("1.2.3", "\"1.2.3\""),
        ("2024-01-01", "\"2024-01-01\""),
        (".inf", "float inf"),
        ("-.Inf", "float -inf"),
        ("+.INF", "float inf"),
        (".iNf", "\".iNf\""),
        ("inf", "\"inf\""),
        ("infinity", "\"infinity\""),
        (".nan", "float NaN"),
        (".NaN", "float NaN"),
        (".NAN", "float NaN"),
        ("-.nan", "\"-.nan\""),
        ("nan", "\"nan\""),
    ]);
}

#[test]
fn quotes_and_blocks_make_text() {
    check(&[
        ("'1'", "\"1\""),
        ("\"true\"", "\"true\""),
        ("''", "\"\""),
        ("|\n  1\n", "\"1\\n\""),
        (">-\n  null\n", "\"null\""),
    ]);
}

#[test]
fn a_tag_decides_the_type() {
    check(&[
        ("!!str 12", "\"12\""),
        ("!!str", "\"\""),
        ("! 12", "\"12\""),
        ("! [12]", "list"),
        ("!!int '12'", "int 12"),
        ("!!int 99999999999999999999", "float 1e20"),
        ("!!float 1", "float 1.0"),
        ("!!float .inf", "float inf"),
        ("!!bool \"true\"", "true"),
        ("!!null ''", "null"),
        ("!!null", "null"),
        ("!<tag:yaml.org,2002:str> 1", "\"1\""),
        ("!!seq [a]", "list"),
        ("!!map {a: b}", "map"),
        ("!Custom 12", "\"12\""),
        ("!Custom {a: b}", "map"),
        ("!!timestamp 2024-01-01", "\"2024-01-01\""),
    ]);
}

#[test]
fn a_tag_that_does_not_fit_is_told() {
    check(&[
        ("!!int abc", "\"abc\" invalid-tag"),
        ("!!int 1.5", "\"1.5\" invalid-tag"),
        ("!!int", "\"\" invalid-tag"),
        ("!!bool yes", "\"yes\" invalid-tag"),
        ("!!float x", "\"x\" invalid-tag"),
        ("!!null x", "\"x\" invalid-tag"),
        ("!!map x", "\"x\" invalid-tag"),
        ("!!seq {a: b}", "map invalid-tag"),
        ("!!map [a]", "list invalid-tag"),
        ("!!str [a]", "list invalid-tag"),
    ]);
}

#[test]
fn the_kind_of_a_value_has_a_name() {
    let text = "[~, true, 1, 1.5, a, [], {}]";
    let (tree, _) = parse_yaml(FileId(0), text, &Limits::default());
    let kinds: Vec<_> = tree
        .documents()
        .filter_map(|document| match document.value() {
            Value::Seq(list) => Some(list.iter().map(|node| node.kind()).collect::<Vec<_>>()),
            _ => None,
        })
        .collect();
    assert_eq!(
        kinds,
        [[
            "nothing",
            "a boolean",
            "a number",
            "a number",
            "a string",
            "a list",
            "a mapping"
        ]]
    );
}
