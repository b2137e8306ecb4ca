//! The vocabulary as a JSON Schema of documents.

use schemars::SchemaGenerator;
use serde_json::{Map, Value as Json, json};

use super::editors::{for_editors, generator};
use super::value::Type;
use super::{CommonText, FieldDef, Kind, KindDef, MARKER, MORE, ONE_OF, Omission, UNKNOWN};

/// Any text but the empty one and `unknown`. Says the same as `not` would, of which editors only say
/// that something matches what it should not.
const NOT_UNKNOWN: &str = "^(?!unknown$).";

/// The JSON Schema (draft 2020-12) of a document.
///
/// Deterministic; linear in the size of the vocabulary.
pub fn document_schema() -> Json {
    let mut generator = generator();
    let mut sections = Map::new();
    let (marker, version) = MARKER;
    sections.insert(
        marker.to_owned(),
        json!({ "const": version, "description": "Claims the file for Palisade, and says which version of the vocabulary it uses." }),
    );
    for kind in Kind::ALL {
        let def = kind.def();
        if let Some(section) = def.section {
            let schema = section_schema(def, &mut generator);
            sections.insert(section.to_owned(), schema);
        }
    }
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Palisade document",
        "description": "A description of an infrastructure: what there is, where it is, and who uses what.",
        "type": "object",
        "properties": sections,
        "required": [marker],
        "additionalProperties": false,
    });
    for_editors(&mut schema);
    schema
}

fn section_schema(def: &KindDef, generator: &mut SchemaGenerator) -> Json {
    json!({
        "description": def.doc.trim(),
        "type": ["object", "null"],
        "propertyNames": {
            "pattern": NOT_UNKNOWN,
            "patternErrorMessage": "Write an id, such as `signing-store`; `unknown` cannot be an id.",
        },
        "additionalProperties": entity_schema(def, generator),
    })
}

fn entity_schema(def: &KindDef, generator: &mut SchemaGenerator) -> Json {
    let mut properties = Map::new();
    for (name, schema) in common_fields() {
        properties.insert(name.to_owned(), schema);
    }
    for field in def.fields {
        properties.insert(field.name.to_owned(), field_schema(field, generator));
    }
    let fields = def.fields.iter();
    let required: Vec<_> = fields
        .filter(|field| field.omission == Omission::Problem)
        .map(|field| field.name)
        .collect();
    let mut schema = json!({
        "title": def.label,
        "description": def.doc.trim(),
        "type": if required.is_empty() { json!(["object", "null"]) } else { json!("object") },
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// What every entity may have besides its attributes, with the schema of each.
pub(super) fn common_fields() -> Vec<(&'static str, Json)> {
    let text = |text: CommonText| {
        let types = ["string", "number", "null"];
        let schema = json!({ "type": types, "description": text.doc() });
        (text.name(), schema)
    };
    let mut fields: Vec<_> = CommonText::ALL.into_iter().map(text).collect();
    fields.push((
        "labels",
        json!({
            "type": ["object", "null"],
            "additionalProperties": { "type": ["string", "number", "boolean"] },
            "description": "Free labels; policies read them as tags: `principal.hasTag(\"team\")`.",
        }),
    ));
    fields.push((
        "complete",
        json!({
            "type": "boolean",
            "default": true,
            "description": "Whether the lists of references here are complete. If `false`, each may hold more than it lists.",
        }),
    ));
    fields
}

fn field_schema(field: &FieldDef, generator: &mut SchemaGenerator) -> Json {
    let mut value = (field.schema)(generator).to_value();
    if field.ty == Type::Text {
        // Numbers are read as they are written: `ports: [443]`.
        value["type"] = json!(["string", "number"]);
    }
    let mut said = field.doc.trim().to_owned();
    let mut choice = None;
    if field.many {
        if field.ty != Type::Step {
            // Editors would show it in the place of what the attribute says.
            value
                .as_object_mut()
                .and_then(|schema| schema.remove("description"));
            let more = "The list may hold more.";
            value = json!({ "anyOf": [value, { "const": MORE, "description": more }] });
        }
        value = json!({ "type": "array", "items": value, "uniqueItems": true });
    } else if let Some(keywords) = value.as_object_mut() {
        // Or editors would show it in the place of what the attribute says.
        let of_type = keywords.remove("description");
        if let (Type::Entity(_) | Type::Date, Some(Json::String(of_type))) = (field.ty, of_type) {
            said = format!("{said} {of_type}");
        }
        choice = Some(json!({
            "type": "object",
            "properties": { ONE_OF: {
                "description": "The values that it may have.",
                "type": "array",
                "items": value,
                "minItems": 1,
            } },
            "required": [ONE_OF],
            "additionalProperties": false,
        }));
    }
    let omitted = match field.omission {
        Omission::Unknown | Omission::Unless(_) => "If omitted, it is unknown.",
        Omission::Inherited => "If omitted, the value of the enclosing zone holds.",
        Omission::Absent => "May be omitted.",
        Omission::Empty => "If omitted, there are none.",
        Omission::Problem => "Required.",
    };
    let mut schema = if field.omission == Omission::Problem {
        certain(value)
    } else {
        let unknown = json!({ "const": UNKNOWN, "description": "Nobody knows." });
        let null = json!({ "const": null, "description": "The same as leaving it out." });
        let mut alternatives = vec![value, unknown, null];
        alternatives.extend(choice);
        json!({ "anyOf": alternatives })
    };
    if let (Omission::Unless(word), Some(Json::Array(choices))) =
        (field.omission, schema.get_mut("anyOf"))
    {
        choices.insert(1, json!({ "const": word, "description": "There is none." }));
    }
    schema["description"] = format!("{said} {omitted}").into();
    schema
}

/// The schema without the word that says that nobody knows.
fn certain(mut schema: Json) -> Json {
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("minLength");
        schema.insert("pattern".to_owned(), NOT_UNKNOWN.into());
        let message = "Write the id of a declared entity; this cannot be unknown.";
        schema.insert("patternErrorMessage".to_owned(), message.into());
    }
    schema
}
