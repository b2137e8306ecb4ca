//! As much of JSON Schema (draft 2020-12) as Palisade's schemas use; a keyword that is not known
//! here is an error, so that nothing is accepted because it is not looked at.

use serde_json::Value as Json;

/// What is wrong with `value`: paths and words; empty if it is valid.
pub fn errors(root: &Json, value: &Json) -> Vec<String> {
    let mut errors = Vec::new();
    check(root, root, value, "$", &mut errors);
    errors
}

fn check(root: &Json, schema: &Json, value: &Json, at: &str, errors: &mut Vec<String>) {
    let keywords = match schema {
        Json::Bool(true) => return,
        Json::Bool(false) => return errors.push(format!("{at}: not allowed")),
        schema => schema.as_object().expect("a schema is an object"),
    };
    let is_valid = |schema: &Json| {
        let mut errors = Vec::new();
        check(root, schema, value, at, &mut errors);
        errors.is_empty()
    };
    for (keyword, operand) in keywords {
        let fine = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" => true,
            // For editors.
            "enumDescriptions" | "errorMessage" | "patternErrorMessage" => true,
            // Read beside `properties`, below.
            "additionalProperties" if keywords.contains_key("properties") => true,
            "$ref" => {
                let pointer = operand.as_str().and_then(|text| text.strip_prefix('#'));
                let target = root.pointer(pointer.expect("a local reference"));
                is_valid(target.unwrap_or_else(|| panic!("{operand} leads nowhere")))
            }
            "type" => match operand {
                Json::Array(types) => types.iter().any(|ty| has_type(value, ty)),
                ty => has_type(value, ty),
            },
            "const" => value == operand,
            "enum" => list(operand).contains(value),
            "anyOf" => list(operand).iter().any(is_valid),
            "oneOf" => {
                list(operand)
                    .iter()
                    .filter(|schema| is_valid(schema))
                    .count()
                    == 1
            }
            "allOf" => list(operand).iter().all(is_valid),
            "not" => !is_valid(operand),
            "required" => value.as_object().is_none_or(|object| {
                let names = list(operand).iter();
                names
                    .map(|name| name.as_str().unwrap())
                    .all(|name| object.contains_key(name))
            }),
            "properties" | "additionalProperties" => {
                properties(root, schema, value, at, errors);
                true
            }
            "propertyNames" => value.as_object().is_none_or(|object| {
                object.keys().all(|name| {
                    let mut errors = Vec::new();
                    check(root, operand, &Json::String(name.clone()), at, &mut errors);
                    errors.is_empty()
                })
            }),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, operand, item, &format!("{at}[{index}]"), errors);
                }
                true
            }
            "uniqueItems" => value
                .as_array()
                .is_none_or(|items| (1..items.len()).all(|at| !items[..at].contains(&items[at]))),
            "minItems" => value
                .as_array()
                .is_none_or(|items| items.len() as u64 >= operand.as_u64().expect("a number")),
            "minLength" => value.as_str().is_none_or(|text| {
                text.chars().count() as u64 >= operand.as_u64().expect("a number")
            }),
            "pattern" => match operand.as_str() {
                Some("^(?!unknown$).") => value != "unknown" && value != "",
                other => panic!("what is the pattern {other:?}?"),
            },
            "minimum" => value
                .as_f64()
                .is_none_or(|n| n >= operand.as_f64().unwrap()),
            "maximum" => value
                .as_f64()
                .is_none_or(|n| n <= operand.as_f64().unwrap()),
            "format" => match operand.as_str().expect("a name") {
                "date" => value.as_str().is_none_or(is_date),
                "int64" => !value.is_number() || value.is_i64(),
                // How wide a number may be; an integer of JSON has no width.
                "uint" | "uint8" | "uint32" => value.as_i64().is_none_or(|n| n >= 0),
                other => panic!("what is the format `{other}`?"),
            },
            other => panic!("what is the keyword `{other}`?"),
        };
        if !fine {
            errors.push(format!("{at}: {value} breaks `{keyword}: {operand}`"));
        }
    }
}

fn properties(root: &Json, schema: &Json, value: &Json, at: &str, errors: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let known = schema["properties"].get(name);
        if let Some(schema) = known.or_else(|| schema.get("additionalProperties")) {
            check(root, schema, value, &format!("{at}.{name}"), errors);
        }
    }
}

fn has_type(value: &Json, ty: &Json) -> bool {
    match ty.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("what is the type `{other}`?"),
    }
}

fn is_date(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<_> = text.split('-').collect();
    matches!(parts[..], [y, m, d] if y.len() == 4 && m.len() == 2 && d.len() == 2
        && digits(y) && digits(m) && digits(d))
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}
