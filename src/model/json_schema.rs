//! The vocabulary as a JSON Schema of documents.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value as Json, json};

use super::attribute::COMMON;
use super::{FieldDef, Kind, KindDef, MARKER, Omission, UNKNOWN};

/// The JSON Schema (draft 2020-12) of a document.
///
/// Deterministic; linear in the size of the vocabulary.
pub fn document_schema() -> Json {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut sections = Map::new();
    let (marker, version) = MARKER;
    sections.insert(
        marker.to_owned(),
        json!({ "const": version, "description": "Claims the file for Palisade, and says which version of the vocabulary it uses." }),
    );
    for kind in Kind::ALL {
        let def = kind.def();
        if let Some(section) = def.section {
            let schema = entity_schema(def, &mut generator);
            sections.insert(section.to_owned(), section_schema(def, schema));
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Palisade document",
        "description": "A description of an infrastructure: what there is, where it is, and who uses what.",
        "type": "object",
        "properties": sections,
        "required": [marker],
        "additionalProperties": false,
        "$defs": generator.take_definitions(true),
    })
}

fn section_schema(def: &KindDef, entity: Schema) -> Json {
    json!({
        "description": def.doc.trim(),
        "type": ["object", "null"],
        "propertyNames": { "not": { "const": UNKNOWN } },
        "additionalProperties": entity,
    })
}

fn entity_schema(def: &KindDef, generator: &mut SchemaGenerator) -> Schema {
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
    let mut schema = json_schema!({
        "type": if required.is_empty() { json!(["object", "null"]) } else { json!("object") },
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    schema
}

/// What every entity may have besides its attributes, with the schema of each.
pub(super) fn common_fields() -> Vec<(&'static str, Json)> {
    let text = |(name, doc)| {
        (
            name,
            json!({ "type": ["string", "null"], "description": doc }),
        )
    };
    let mut fields: Vec<_> = COMMON.into_iter().map(text).collect();
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
    let element = (field.schema)(generator).to_value();
    let value = if field.many {
        json!({ "type": "array", "items": element, "uniqueItems": true })
    } else {
        element
    };
    let omitted = match field.omission {
        Omission::Unknown => "If omitted, it is unknown.",
        Omission::Inherited => "If omitted, the value of the enclosing zone holds.",
        Omission::Absent => "May be omitted.",
        Omission::Empty => "If omitted, there are none.",
        Omission::Problem => "Required.",
    };
    let description = format!("{} {omitted}", field.doc.trim());
    if field.omission == Omission::Problem {
        return json!({
            "allOf": [value, { "not": { "const": UNKNOWN } }],
            "description": description,
        });
    }
    json!({
        "anyOf": [
            value,
            { "const": UNKNOWN, "description": "Nobody knows." },
            { "type": "null", "description": "The same as leaving it out." },
        ],
        "description": description,
    })
}
