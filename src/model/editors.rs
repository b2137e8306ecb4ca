//! JSON Schemas as editors show them best.
//!
//! Editors complete and explain the values of `enum`, with a text for each in `enumDescriptions`. Of
//! alternatives that are constants they show the text of the one that is chosen, in the place of what
//! the attribute says.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value as Json};

/// A generator of schemas that hold everything where it is used: of what is referred to, editors
/// show the text, and not that of the attribute that refers to it.
pub fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12();
    settings
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
}

/// Turns alternatives that are constants into an `enum`, and puts each text on one line.
///
/// Linear in the size of the schema; the values that it allows stay the same.
pub fn for_editors(schema: &mut Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(for_editors),
        Json::Object(keywords) => {
            keywords.values_mut().for_each(for_editors);
            if let Some(Json::String(text)) = keywords.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            gather(keywords);
        }
        _ => {}
    }
}

/// Gathers what is constant among the alternatives of a schema. Those of a `oneOf` never overlap
/// here, so that it stays the same which values are allowed.
fn gather(keywords: &mut Map<String, Json>) {
    for name in ["anyOf", "oneOf"] {
        // An attribute may be called so.
        let Some(Json::Array(alternatives)) = keywords.get_mut(name) else {
            continue;
        };
        let alternatives = std::mem::take(alternatives);
        keywords.remove(name);
        let mut constants = Constants::default();
        let mut others = Vec::new();
        for alternative in alternatives.into_iter().flat_map(flatten) {
            if !constants.take(&alternative) {
                others.push(alternative);
            }
        }
        if others.is_empty() {
            constants.put(keywords);
            continue;
        }
        if !constants.values.is_empty() {
            let mut last = Map::new();
            constants.put(&mut last);
            others.push(last.into());
        }
        keywords.insert(name.to_owned(), others.into());
    }
}

/// The alternatives that an alternative consists of.
fn flatten(mut alternative: Json) -> Vec<Json> {
    match alternative.as_object_mut() {
        Some(keywords) if keywords.len() == 1 => match keywords.remove("anyOf") {
            Some(Json::Array(alternatives)) => alternatives,
            _ => vec![alternative],
        },
        _ => vec![alternative],
    }
}

/// Constants, with a text for each.
#[derive(Default)]
struct Constants {
    values: Vec<Json>,
    texts: Vec<Json>,
}

impl Constants {
    /// Takes what `schema` allows, if that is constants.
    fn take(&mut self, schema: &Json) -> bool {
        let text = schema
            .get("description")
            .cloned()
            .unwrap_or_else(|| "".into());
        if let Some(value) = schema.get("const") {
            self.values.push(value.clone());
            self.texts.push(text);
        } else if let Some(Json::Array(values)) = schema.get("enum") {
            let texts = schema.get("enumDescriptions").and_then(Json::as_array);
            let text = |at| texts.and_then(|texts| texts.get(at)).cloned();
            let texts = (0..values.len()).map(|at| text(at).unwrap_or_else(|| "".into()));
            self.texts.extend(texts);
            self.values.extend(values.iter().cloned());
        } else if schema.get("type") == Some(&"null".into()) {
            self.values.push(Json::Null);
            self.texts.push(text);
        } else if schema.get("type") == Some(&"boolean".into()) {
            self.values.extend([true.into(), false.into()]);
            self.texts.extend(["".into(), "".into()]);
        } else {
            return false;
        }
        true
    }

    fn put(self, keywords: &mut Map<String, Json>) {
        keywords.insert("enum".to_owned(), self.values.into());
        if self.texts.iter().any(|text| *text != "") {
            keywords.insert("enumDescriptions".to_owned(), self.texts.into());
        }
    }
}
