//! The schemas are what the program prints, and say what the program does.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use cedar_policy::{Schema, SchemaFragment};
use palisade::model::{Action, Kind, Type};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use support::{Folder, Run, files, json_schema::errors, root, run_in};

fn printed(schema: &str) -> String {
    let Run {
        code,
        stdout,
        stderr,
    } = run_in(root(), &["schema", schema], b"");
    assert_eq!((code, stderr.as_str()), (0, ""));
    stdout
}

fn schema(name: &str) -> Json {
    serde_json::from_str(&printed(name)).expect("JSON")
}

#[test]
fn the_committed_schemas_are_those_that_the_program_prints() {
    let all = [
        ("cedar", "schemas/palisade.cedarschema"),
        ("cedar-json", "schemas/palisade.cedarschema.json"),
        ("config", "schemas/config.schema.json"),
        ("document", "schemas/palisade.schema.json"),
        ("report", "schemas/report.schema.json"),
        ("rules", "docs/rules/README.md"),
        ("problems", "docs/problems.md"),
        ("vocabulary", "docs/vocabulary.md"),
    ];
    for (name, file) in all {
        let committed = std::fs::read_to_string(root().join(file));
        assert!(
            committed.expect("a schema") == printed(name),
            "{file} is out of date; run `cargo run -- schema {name} > {file}`"
        );
    }
    let listed = std::fs::read_dir(root().join("schemas")).expect("a folder");
    let known = all.iter().filter(|(_, file)| file.starts_with("schemas/"));
    assert_eq!(
        listed.count(),
        known.count(),
        "a schema that nothing prints"
    );
}

/// The page of the rules has each of them once, and leads to its page.
#[test]
fn the_page_of_the_rules_leads_to_each_of_them() {
    let text = printed("rules");
    let links = text.split("](../../").skip(1);
    let links: Vec<_> = links.filter_map(|rest| rest.split(')').next()).collect();
    let pages = files(&root().join("policies"), "md");
    assert_eq!(links.len(), pages.len());
    for (path, _) in pages {
        let path = path.strip_prefix(root()).expect("in the repository");
        assert!(
            links.contains(&path.to_str().expect("a name")),
            "{}",
            path.display()
        );
    }
}

/// Each link within the page leads to a heading, and each heading is led to.
#[test]
fn the_page_of_the_vocabulary_is_linked() {
    let text = printed("vocabulary");
    let anchor = |heading: &str| {
        heading
            .trim_matches(['#', ' '])
            .to_lowercase()
            .replace(' ', "-")
    };
    let headings: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("##"))
        .map(anchor)
        .collect();
    let unique: BTreeSet<_> = headings.iter().cloned().collect();
    assert_eq!(
        unique.len(),
        headings.len(),
        "two headings have the same anchor"
    );
    let links = text
        .split("](#")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let links: BTreeSet<_> = links.map(str::to_owned).collect();
    let nowhere: Vec<_> = links.difference(&unique).collect();
    assert_eq!(nowhere, [""; 0], "no such heading");
    let from_nowhere: Vec<_> = unique.difference(&links).collect();
    assert_eq!(from_nowhere, ["contents"], "no link to it");
}

/// The page says something of every word that there is.
#[test]
fn the_page_of_the_vocabulary_leaves_out_no_word() {
    let text = printed("vocabulary");
    let row = |words: &str| assert!(text.contains(words), "no row `{words}`");
    for kind in Kind::ALL {
        let def = kind.def();
        row(&format!("\n### {}\n\n{}\n", def.name, def.doc.trim()));
        for attribute in kind.attributes() {
            row(&format!("\n| `{}` | ", attribute.name));
            row(&format!(" | {} |\n", attribute.doc));
            if let Type::Enum(enumeration) = attribute.ty {
                row(&format!("\n### {}\n\n", enumeration.name));
                for value in enumeration.variants {
                    row(&format!("| `{}` | {} |\n", value.name, value.doc.trim()));
                }
            }
        }
    }
    for action in Action::ALL {
        row(&format!("\n### Action {}\n\n{}\n", action.name, action.doc));
        for held in action.context {
            row(&format!("\n- `context.{}`: ", held.name));
        }
    }
}

#[test]
fn the_cedar_schema_is_one_and_has_no_warnings() {
    let text = printed("cedar");
    let (_, warnings) = Schema::from_cedarschema_str(&text).expect("a Cedar schema");
    let warnings: Vec<_> = warnings.map(|warning| warning.to_string()).collect();
    assert_eq!(warnings, [""; 0]);
    let (fragment, _) = SchemaFragment::from_cedarschema_str(&text).expect("a fragment");
    let json = fragment.to_json_value().expect("JSON");
    let names = |key: &str| {
        let all = json[""][key].as_object().expect("a map");
        all.keys().cloned().collect::<BTreeSet<_>>()
    };
    let entities = names("entityTypes");
    for kind in Kind::ALL {
        assert!(entities.contains(kind.def().name), "{kind}");
        for attribute in kind.attributes() {
            // Cedar has no union types: what may name several kinds is in no Cedar schema.
            // Steps are no values of policies.
            let several = match attribute.ty {
                Type::Entity(kinds) => kinds.len() > 1,
                ty => ty == Type::Step,
            };
            let shape = &json[""]["entityTypes"][kind.def().name]["shape"]["attributes"];
            let known = shape.get(&attribute.name);
            assert_eq!(known.is_none(), several, "{kind}.{}", attribute.name);
            if let Some(known) = known {
                let optional = known["required"] == json!(false);
                assert_eq!(optional, attribute.optional, "{kind}.{}", attribute.name);
            }
        }
    }
    let actions: BTreeSet<_> = Action::ALL
        .iter()
        .map(|action| action.name.to_owned())
        .collect();
    assert_eq!(names("actions"), actions);
}

#[test]
fn every_kind_attribute_value_and_action_says_what_it_is() {
    let said = |doc: &str, what: &str| {
        let doc = doc.trim();
        assert!(doc.ends_with('.') && doc.len() > 3, "{what}: `{doc}`");
        assert!(
            !doc.contains("  ") && !doc.contains('\n'),
            "{what}: `{doc}`"
        );
    };
    for kind in Kind::ALL {
        let def = kind.def();
        said(def.doc, def.name);
        assert!(!def.label.is_empty() && def.label == def.label.to_lowercase());
        for attribute in kind.attributes() {
            let what = format!("{kind}.{}", attribute.name);
            said(&attribute.doc, &what);
            if let Type::Enum(enumeration) = attribute.ty {
                said(enumeration.doc, enumeration.name);
                for variant in enumeration.variants {
                    said(
                        variant.doc,
                        &format!("{}::{}", enumeration.name, variant.name),
                    );
                }
            }
        }
        let derived: Vec<_> = def.derived.iter().map(|derived| derived.name).collect();
        for name in derived {
            assert!(
                kind.attribute(name).is_some(),
                "{kind}.{name} is derived from nothing"
            );
        }
    }
    for action in Action::ALL {
        said(action.doc, action.name);
        for value in action.context {
            said(value.doc, value.name);
        }
    }
}

/// The documents of a YAML or JSON text.
fn documents(path: &Path, text: &str) -> Vec<Json> {
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        return vec![serde_json::from_str(text).expect("JSON")];
    }
    let all = serde_yaml::Deserializer::from_str(text);
    let one = |document| {
        let mut value = serde_yaml::Value::deserialize(document).expect("YAML");
        // Editors look at what a merge key brings in, and so does the program.
        value.apply_merge().expect("merge keys");
        serde_json::to_value(value).expect("JSON")
    };
    all.map(one).collect()
}

#[test]
fn every_example_is_valid() {
    let schema = schema("document");
    let mut count = 0;
    for (path, text) in files(&root().join("examples"), "yaml") {
        // A configuration is no document, and neither is infrastructure code.
        if path.ends_with("palisade.yaml") || !text.contains("palisade: v1") {
            continue;
        }
        for document in documents(&path, &text) {
            assert_eq!(errors(&schema, &document), [""; 0], "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 11, "{count} documents");
}

#[test]
fn every_document_on_the_page_of_a_rule_is_valid() {
    let schema = schema("document");
    let mut count = 0;
    for (path, text) in files(&root().join("policies"), "md") {
        for fence in text.split("```yaml\n").skip(1) {
            let fence = fence.split("```").next().expect("a fence");
            let document = documents(Path::new("page.yaml"), fence).remove(0);
            assert_eq!(errors(&schema, &document), [""; 0], "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 20, "{count} documents");
}

/// An editor that knows the schema and the program say the same of a document.
#[test]
fn the_schema_refuses_what_the_program_refuses() {
    let schema = schema("document");
    let cases = [
        ("{ palisade: v1 }", true),
        ("{ palisade: v1, zones: }", true),
        ("{ palisade: v2 }", false),
        ("{ zones: {} }", false),
        ("{ palisade: v1, zone: {} }", false),
        ("{ palisade: v1, zones: [] }", false),
        ("{ palisade: v1, zones: { a: } }", true),
        ("{ palisade: v1, zones: { a: b } }", false),
        ("{ palisade: v1, zones: { unknown: {} } }", false),
        (
            "{ palisade: v1, zones: { a: { kind: network, parent: b }, b: {} } }",
            true,
        ),
        ("{ palisade: v1, zones: { a: { kind: netwrok } } }", false),
        ("{ palisade: v1, zones: { a: { kind: unknown } } }", true),
        ("{ palisade: v1, zones: { a: { colour: red } } }", false),
        (
            "{ palisade: v1, zones: { a: { name: A, owner: b, description: c } } }",
            true,
        ),
        ("{ palisade: v1, zones: { a: { name: [A] } } }", false),
        (
            "{ palisade: v1, zones: { a: { labels: { tier: one } } } }",
            true,
        ),
        (
            "{ palisade: v1, zones: { a: { labels: { tier: 1 } } } }",
            true,
        ),
        (
            "{ palisade: v1, zones: { a: { labels: { live: true } } } }",
            true,
        ),
        (
            "{ palisade: v1, zones: { a: { name: 7 }, b: }, conduits: { c: { from: a, to: b, ports: [443] } } }",
            true,
        ),
        ("{ palisade: v1, zones: { 7: , a: { parent: 7 } } }", true),
        ("{ palisade: v1, zones: { a: { parent: '' } } }", false),
        ("{ palisade: v1, zones: { '': } }", false),
        ("{ palisade: v1, zones: { a: { labels: [tier] } } }", false),
        (
            "{ palisade: v1, zones: { a: { labels: { tier: [1] } } } }",
            false,
        ),
        ("{ palisade: v1, zones: { a: { complete: false } } }", true),
        (
            "{ palisade: v1, zones: { a: { kind: { oneOf: [host, device] } } } }",
            true,
        ),
        (
            "{ palisade: v1, zones: { a: { kind: { oneOf: [] } } } }",
            false,
        ),
        (
            "{ palisade: v1, zones: { a: { kind: { oneOf: [castle, host] } } } }",
            false,
        ),
        (
            "{ palisade: v1, zones: { a: }, conduits: { c: { from: { oneOf: [a, a] }, to: a } } }",
            false,
        ),
        (
            "{ palisade: v1, zones: { z: }, workloads: { w: { zone: z, debug: [remote, ...] } } }",
            true,
        ),
        (
            "{ palisade: v1, zones: { z: }, workloads: { w: { zone: z, uses: [...] } } }",
            true,
        ),
        ("{ palisade: v1, zones: { a: { complete: maybe } } }", false),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: z } } }",
            true,
        ),
        ("{ palisade: v1, keyStores: { s: {} } }", false),
        ("{ palisade: v1, keyStores: { s: } }", false),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: z, publicAccess: true } } }",
            true,
        ),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: z, publicAccess: 'true' } } }",
            false,
        ),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: z, publicAccess: 1 } } }",
            false,
        ),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: unknown } } }",
            false,
        ),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: } } }",
            false,
        ),
        (
            "{ palisade: v1, zones: { a: { name: , labels: , clearance: } } }",
            true,
        ),
        (
            "{ palisade: v1, zones: { a: { labels: { tier: } } } }",
            false,
        ),
        (
            "{ palisade: v1, verifiers: { v: { checks: [expiry, issuer] } } }",
            true,
        ),
        ("{ palisade: v1, verifiers: { v: { checks: [] } } }", true),
        (
            "{ palisade: v1, verifiers: { v: { checks: unknown } } }",
            true,
        ),
        (
            "{ palisade: v1, verifiers: { v: { checks: expiry } } }",
            false,
        ),
        (
            "{ palisade: v1, verifiers: { v: { checks: [expirey] } } }",
            false,
        ),
        (
            "{ palisade: v1, verifiers: { v: { algorithms: [RS256] } } }",
            true,
        ),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: z } }, keys: { k: { store: s, created: 2026-01-31 } } }",
            true,
        ),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: z } }, keys: { k: { store: s, created: soon } } }",
            false,
        ),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: z } }, keys: { k: { store: s, created: 20260131 } } }",
            false,
        ),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: z } }, keys: { k: { store: s, created: unknown } } }",
            true,
        ),
        (
            "{ palisade: v1, zones: { z: }, keyStores: { s: { zone: z } }, keys: { k: { store: s, level: } } }",
            true,
        ),
    ];
    for (document, valid) in cases {
        let folder = Folder::of(&[("a.yaml", document)]);
        let report = folder.check(&["a.yaml"]);
        let said = report.codes();
        assert_eq!(said.is_empty(), valid, "the program: {document}\n{said:?}");
        let value = documents(Path::new("a.yaml"), document).remove(0);
        let said = errors(&schema, &value);
        assert_eq!(said.is_empty(), valid, "the schema: {document}\n{said:?}");
    }
}

/// Editors show the text of an attribute, and one for each of its values.
#[test]
fn the_schemas_explain_each_attribute_and_value() {
    for name in ["document", "config"] {
        let mut explained = 0;
        let mut left = vec![schema(name)];
        while let Some(next) = left.pop() {
            for (property, schema) in next["properties"].as_object().into_iter().flatten() {
                let text = schema["description"].as_str().unwrap_or_default();
                assert!(
                    text.ends_with('.') && !text.contains('\n'),
                    "{property}: {text}"
                );
                explained += 1;
            }
            if let Some(texts) = next["enumDescriptions"].as_array() {
                assert_eq!(next["enum"].as_array().map(Vec::len), Some(texts.len()));
            }
            // Of alternatives, editors show the text in the place of the attribute's.
            let alternatives = next["oneOf"].as_array().or(next["anyOf"].as_array());
            for alternative in alternatives.into_iter().flatten() {
                assert_eq!(alternative["description"], Json::Null, "{next}");
                assert_eq!(alternative["const"], Json::Null, "{next}");
            }
            match next {
                Json::Object(keywords) => left.extend(keywords.into_iter().map(|(_, value)| value)),
                Json::Array(items) => left.extend(items),
                _ => {}
            }
        }
        assert!(explained >= 10, "{name}: {explained}");
    }
}

#[test]
fn reports_are_valid() {
    let schema = schema("report");
    let all = [
        "examples/storm-0558",
        "examples/own-rules",
        "tests/cli/broken/in",
        "tests/cli/nothing/in/empty",
    ];
    for path in all {
        let report = support::check_in(root(), &[path]);
        assert_eq!(errors(&schema, &report.json), [""; 0], "{path}");
        assert_eq!(report.json["exitCode"], report.code, "{path}");
    }
}

/// What the schemas are checked with is itself held.
#[test]
fn the_subset_of_json_schema_refuses_what_it_should() {
    let schema = json!({
        "$defs": { "level": { "oneOf": [{ "const": "low" }, { "enum": ["high"] }] } },
        "type": "object",
        "properties": {
            "a": { "$ref": "#/$defs/level" },
            "b": { "type": "array", "items": { "type": "string", "minLength": 2 }, "uniqueItems": true },
            "c": { "anyOf": [{ "type": ["integer", "null"] }, { "allOf": [{ "format": "date", "type": "string" }] }] },
        },
        "required": ["a"],
        "propertyNames": { "not": { "const": "z" } },
        "additionalProperties": false,
    });
    let valid = [
        json!({"a": "low"}),
        json!({"a": "high", "b": ["xx", "yy"], "c": null}),
        json!({"a": "low", "c": "2026-01-01"}),
    ];
    for value in valid {
        assert_eq!(errors(&schema, &value), [""; 0]);
    }
    let invalid = [
        json!([]),
        json!({}),
        json!({"a": "mid"}),
        json!({"a": "low", "b": ["x"]}),
        json!({"a": "low", "b": ["xx", "xx"]}),
        json!({"a": "low", "b": "xx"}),
        json!({"a": "low", "c": "soon"}),
        json!({"a": "low", "d": 1}),
        json!({"a": "low", "z": 1}),
    ];
    for value in invalid {
        assert_ne!(errors(&schema, &value), [""; 0], "{value}");
    }
}
