//! The `json` report keeps to its schema.

use palisade::report::report_schema;
use serde_json::Value;
use snapbox::{assert_data_eq, file};

use super::{render, scenes};

#[test]
fn the_report_says_everything() {
    let report = render("json", &scenes::storm(), &Default::default());
    assert_data_eq!(report, file!["storm.json"].raw());
}

#[test]
fn every_report_is_as_the_schema_says() {
    let schema = report_schema();
    let outcomes = [
        scenes::storm(),
        scenes::waiting(),
        scenes::problems(),
        scenes::compared(),
        Default::default(),
    ];
    for outcome in outcomes {
        let report = render("json", &outcome, &Default::default());
        let report: Value = serde_json::from_str(&report).expect("JSON");
        assert_eq!(report["exitCode"], outcome.exit_code());
        check(&schema, &schema, &report, "report");
    }
}

#[test]
fn what_was_compared_is_told_apart() {
    let report = render("json", &scenes::compared(), &Default::default());
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let changes = report["findings"].as_array().expect("findings").iter();
    let changes: Vec<_> = changes.map(|finding| &finding["change"]).collect();
    assert_eq!(changes, ["new", "unchanged"]);
    assert_eq!(report["findings"][0]["effect"], "this change adds key `a`");
    assert_eq!(report["gone"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["gone"][0]["change"], Value::Null);
    assert_eq!(report["comparison"]["base"], "`main` (1a2b3c4)");
    assert_eq!(report["summary"]["skipped"][1]["reason"], "lfsPointer");
    let alone = render("json", &scenes::waiting(), &Default::default());
    let alone: Value = serde_json::from_str(&alone).expect("JSON");
    assert_eq!(alone["comparison"], Value::Null);
    assert_eq!(alone["findings"][0]["change"], Value::Null);
}

#[test]
fn the_schema_says_what_everything_is() {
    fn documented(schema: &Value, path: &str) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            assert!(
                property["description"].is_string(),
                "{path} has no description"
            );
        }
    }
    let schema = report_schema();
    documented(&schema, "report");
    for (name, definition) in schema["$defs"].as_object().expect("definitions") {
        assert!(
            definition["description"].is_string(),
            "{name} has no description"
        );
        documented(definition, name);
    }
}

/// Holds `value` against `schema`, and more strictly than JSON Schema does: every property has to
/// be declared, and a keyword that is not known here fails.
fn check(root: &Value, schema: &Value, value: &Value, path: &str) {
    let schema = schema
        .as_object()
        .unwrap_or_else(|| panic!("{path}: no schema"));
    for (keyword, operand) in schema {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "format" => {}
            "$ref" => {
                let pointer = operand.as_str().and_then(|text| text.strip_prefix('#'));
                let target = pointer.and_then(|pointer| root.pointer(pointer));
                check(root, target.expect("a definition"), value, path);
            }
            "type" => {
                let types = operand
                    .as_array()
                    .map_or(std::slice::from_ref(operand), Vec::as_slice);
                assert!(
                    types.iter().any(|name| is(name, value)),
                    "{path}: {value} is no {operand}"
                );
            }
            "const" => assert_eq!(value, operand, "{path}"),
            "minimum" => assert!(value.as_f64() >= operand.as_f64(), "{path}: {value}"),
            "maximum" => assert!(value.as_f64() <= operand.as_f64(), "{path}: {value}"),
            "anyOf" | "oneOf" => {
                let options = operand.as_array().expect("options");
                let fits = |option: &&Value| {
                    option.get("const").is_none_or(|only| only == value)
                        && option.get("type").is_none_or(|name| is(name, value))
                        && (option.get("$ref").is_none() || !value.is_null())
                };
                let option = options.iter().find(fits);
                check(
                    root,
                    option.unwrap_or_else(|| panic!("{path}: {value}")),
                    value,
                    path,
                );
            }
            "items" => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, operand, item, &format!("{path}[{n}]"));
                }
            }
            "properties" => {
                for (name, item) in value.as_object().into_iter().flatten() {
                    let path = format!("{path}.{name}");
                    let declared = operand.get(name);
                    check(
                        root,
                        declared.unwrap_or_else(|| panic!("{path}: not declared")),
                        item,
                        &path,
                    );
                }
            }
            "required" => {
                for name in operand.as_array().into_iter().flatten() {
                    let name = name.as_str().expect("a name");
                    assert!(value.get(name).is_some(), "{path}.{name} is missing");
                }
            }
            _ => panic!("{path}: the keyword `{keyword}` is not checked"),
        }
    }
}

fn is(name: &Value, value: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        _ => false,
    }
}
