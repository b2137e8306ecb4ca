//! Texts that are nearly documents.

use palisade::model::{Kind, Type};
use serde_json::{Map, Value as Json};

use crate::world::{COMMON, Choices};

const IDS: [&str; 8] = [
    "z0",
    "s0",
    "k0",
    "w0",
    "zones/z0",
    "unknown",
    "",
    "é\u{202e}",
];

/// Sections, entities and attributes of the right names, with whatever values.
pub fn document(choices: &mut Choices<'_>) -> String {
    let mut all = Map::new();
    if !choices.one_in(12) {
        all.insert("palisade".to_owned(), "v1".into());
    }
    for kind in Kind::ALL {
        if choices.one_in(3) {
            continue;
        }
        let section = kind.def().section.unwrap_or("documents");
        let entities = if choices.one_in(10) {
            junk(choices, 3)
        } else {
            let count = choices.below(4);
            let entities = (0..count).map(|_| (id(choices), entity(*kind, choices)));
            Json::Object(entities.collect())
        };
        all.insert(section.to_owned(), entities);
    }
    let text = Json::Object(all).to_string();
    // A document that is one line of JSON is YAML too; a claimed one needs no more.
    if choices.one_in(2) {
        damaged(&text, choices)
    } else {
        text
    }
}

fn id(choices: &mut Choices<'_>) -> String {
    (*choices.pick(&IDS)).to_owned()
}

fn entity(kind: Kind, choices: &mut Choices<'_>) -> Json {
    if choices.one_in(10) {
        return junk(choices, 3);
    }
    let mut all = Map::new();
    let fields = kind
        .def()
        .fields
        .iter()
        .map(|field| (field.name, field.ty, field.many));
    let common = COMMON.map(|name| (name, Type::Text, false));
    let own = [
        ("labels", Type::Long, false),
        ("complete", Type::Bool, false),
    ];
    for (name, ty, many) in fields.chain(common).chain(own) {
        let value = match choices.below(6) {
            0..=1 => continue,
            2 => junk(choices, 3),
            3 => "unknown".into(),
            _ if many => (0..choices.below(4)).map(|_| value(ty, choices)).collect(),
            _ => value(ty, choices),
        };
        all.insert(name.to_owned(), value);
    }
    Json::Object(all)
}

fn value(ty: Type, choices: &mut Choices<'_>) -> Json {
    match ty {
        Type::Bool => choices.one_in(2).into(),
        Type::Enum(def) => choices.pick(def.variants).name.into(),
        Type::Date => {
            (*choices.pick(&["2024-02-29", "-000001-01-01", "9999-12-31", "0000-01-01"])).into()
        }
        Type::Text | Type::Entity(_) => id(choices).into(),
        Type::Long | Type::Step => junk(choices, 2),
    }
}

fn junk(choices: &mut Choices<'_>, depth: usize) -> Json {
    match choices.below(if depth == 0 { 6 } else { 8 }) {
        0 => Json::Null,
        1 => choices.one_in(2).into(),
        2 => (choices.below(1 << 16) as i64 - 9).into(),
        3 => 1.5e300.into(),
        4..=5 => id(choices).into(),
        6 => (0..choices.below(3))
            .map(|_| junk(choices, depth - 1))
            .collect(),
        _ => {
            let entries = (0..choices.below(3)).map(|_| (id(choices), junk(choices, depth - 1)));
            Json::Object(entries.collect())
        }
    }
}

/// The text with a few pieces of it taken out, doubled or replaced.
pub fn damaged(text: &str, choices: &mut Choices<'_>) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..1 + choices.below(4) {
        let at = choices.below(chars.len() + 1);
        let end = (at + choices.below(6)).min(chars.len());
        let piece: Vec<char> = match choices.below(5) {
            0 => Vec::new(),
            1 => chars[at..end].repeat(2),
            2 => vec!['\u{feff}', '\n'],
            3 => "&a *a ! {".chars().collect(),
            _ => "\"é".chars().collect(),
        };
        chars.splice(at..end, piece);
    }
    chars.into_iter().collect()
}
