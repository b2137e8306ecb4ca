//! The vocabulary as a page for people: every kind, enumeration and action, with links.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use super::attribute::{AttributeDef, Origin};
use super::cedar_schema::{self, parent_kind};
use super::json_schema::common_fields;
use super::value::{EnumDef, Type};
use super::{Action, ActionDef, Kind, Omission, Step};

const HEAD: &str = "\
# Vocabulary

Every word that a document may use and a policy may read. Printed by `palisade schema vocabulary`.

What the words are for, and how they hang together, is in [the model](model.md).
[Writing documents](writing-documents.md) and [writing rules](writing-rules.md) show how they are
used.
";

const LEGEND: &str = "\
## How to read it

| value | in a document | in a policy |
|---|---|---|
| yes or no | `true`, `false` | `Bool` |
| number | `90` | `Long` |
| text | `payments` | `String` |
| date | `2026-01-31` | `datetime` |
| an enumeration | one of its words: `secret` | its name and the word: `Level::\"secret\"` |
| a kind of entity | the id of one that is declared | the entity: `principal.zone.clearance` |
| one of several kinds | the id; `section/id` where several are called so | cannot be read |
| step | a mapping, see [steps](#steps) | cannot be read |
| list of … | `[a, b]`; `[]` says that there are none | `Set<…>` |

What it means that a document leaves an attribute out, or leaves its value empty:

| left out | means |
|---|---|
| **required** | a problem: the entity cannot be checked |
| unknown | nobody knows; every value that it may have is considered |
| unknown; none: `word` | the same; that there is none is written with this word; in policies optional: ask `has` first |
| as around it | the value of the zone around it holds; unknown if none around it states one |
| none | the list is empty, unless the entity says `complete: false` |
| absent | there is none, and what that means is said; in policies optional: ask `has` first |

Whatever is not required may be stated as `unknown`, but for `labels`, `complete` and the attributes
of steps. What is known of a value can be stated all the same:

| written | means |
|---|---|
| `mfa: unknown` | any value |
| `mfa: { oneOf: [otp, phishing-resistant] }` | one of these values: only they are considered |
| `debug: [remote, ...]` | a list that has what it lists, and perhaps more |
";

const COMMON: &str = "What every entity may have";
const STEPS: &str = "Steps";

/// The vocabulary as Markdown, for authors of documents and of policies.
///
/// Deterministic; linear in the size of the vocabulary, but for what points back from enumerations.
pub fn vocabulary() -> String {
    let mut out = format!("{HEAD}\n## Contents\n\n");
    write_contents(&mut out);
    let _ = write!(out, "\n{LEGEND}\n## Kinds\n");
    write_common(&mut out);
    for kind in Kind::ALL {
        write_kind(&mut out, *kind);
    }
    write_steps(&mut out);
    out.push_str("\n## Enumerations\n");
    for def in enumerations().values() {
        write_enumeration(&mut out, def);
    }
    write_actions(&mut out);
    out
}

fn write_contents(out: &mut String) {
    let kinds = Kind::ALL.iter().map(|kind| kind.def().name);
    let kinds = std::iter::once(COMMON)
        .chain(kinds)
        .chain([STEPS])
        .map(link);
    let enumerations = enumerations().into_keys().map(link);
    let actions = Action::ALL.iter().map(action_link);
    let _ = write!(
        out,
        "- {}\n- {}: {}\n- {}: {}\n- {}: {}\n",
        link("How to read it"),
        link("Kinds"),
        join(kinds),
        link("Enumerations"),
        join(enumerations),
        link("Actions"),
        join(actions),
    );
}

fn write_common(out: &mut String) {
    let _ = write!(out, "\n### {COMMON}\n\n");
    let rows = common_fields().into_iter().map(|(name, schema)| {
        let value = match name {
            "labels" => "names with texts, numbers, yes or no",
            "complete" => "yes or no",
            _ => "text",
        };
        [code(name), value.to_owned(), described(&schema)]
    });
    table(out, ["attribute", "value", "what it says"], rows);
}

fn write_kind(out: &mut String, kind: Kind) {
    let def = kind.def();
    let _ = write!(out, "\n### {}\n\n{}\n\n", def.name, def.doc.trim());
    match def.section {
        Some(section) => {
            let _ = writeln!(out, "- Section of a document: `{section}`");
        }
        None => out.push_str("- No section: each file that is read is one\n"),
    }
    if let (Some(parent), Some(field)) = (parent_kind(def), def.parent) {
        let field = &field.def().name;
        let _ = writeln!(out, "- In: {}, by `{field}`", link(parent.def().name));
    }
    let asked = |role: &str, applies: fn(&ActionDef) -> &[Kind]| {
        let actions = Action::ALL.iter();
        let actions = actions.filter(|action| applies(action).contains(&kind));
        let links = join(actions.map(action_link));
        (!links.is_empty()).then(|| format!("- As {role}: {links}\n"))
    };
    out.extend(asked("principal", |action| action.principals));
    out.extend(asked("resource", |action| action.resources));
    out.push('\n');
    let stated = def.fields.iter().map(|field| {
        [
            code(field.name),
            value(field.ty, field.many),
            omission(field.omission),
            field.doc.trim().to_owned(),
        ]
    });
    table(
        out,
        ["attribute", "value", "left out", "what it says"],
        stated,
    );
    let derived: Vec<_> = kind.attributes().iter().filter(|a| is_derived(a)).collect();
    if !derived.is_empty() {
        out.push_str("\nPolicies also read:\n\n");
        let rows = derived.into_iter().map(|attribute| {
            let absent = if attribute.optional {
                "; may be absent"
            } else {
                ""
            };
            let value = value(attribute.ty, attribute.many);
            [
                code(&attribute.name),
                format!("{value}{absent}"),
                attribute.doc.clone(),
            ]
        });
        table(out, ["attribute", "value", "what it says"], rows);
    }
}

/// Whether policies can read it and documents cannot state it.
fn is_derived(attribute: &AttributeDef) -> bool {
    !matches!(attribute.origin, Origin::Common(_) | Origin::Field(_))
}

fn write_steps(out: &mut String) {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = generator.into_root_schema_for::<Step>().to_value();
    let _ = write!(
        out,
        "\n### {STEPS}\n\n{}\n\n",
        schema["description"].as_str().unwrap_or_default()
    );
    let required = schema["required"].as_array();
    let rows = schema["properties"].as_object().into_iter().flatten();
    let rows = rows.map(|(name, schema)| {
        let required = required.is_some_and(|required| required.contains(&name.as_str().into()));
        let required = if required { "**required**: " } else { "" };
        let value = format!("{required}{}", schema_value(schema));
        [code(name), value, described(schema)]
    });
    table(out, ["attribute", "value", "what it says"], rows);
}

/// What the schema of an attribute of a step allows.
fn schema_value(schema: &Json) -> String {
    let named = |schema: &Json| Some(link(schema["$ref"].as_str()?.rsplit('/').next()?));
    let alternatives = schema["anyOf"].as_array().into_iter().flatten();
    let named_here = named(schema).or_else(|| alternatives.filter_map(named).next());
    let ty = &schema["type"];
    let is = |name: &str| ty == name || ty.as_array().is_some_and(|all| all.contains(&name.into()));
    match named_here {
        Some(link) => link,
        None if is("array") => format!("list of {}", schema_value(&schema["items"])),
        None if is("boolean") => "yes or no".to_owned(),
        None => "id".to_owned(),
    }
}

fn write_enumeration(out: &mut String, def: &'static EnumDef) {
    let _ = write!(out, "\n### {}\n\n{}", def.name, def.doc.trim());
    if def.ordered {
        out.push_str(" From least to most; the number is its rank.");
    }
    out.push_str("\n\n");
    let users = Kind::ALL.iter().flat_map(|kind| {
        let attributes = kind.attributes().iter();
        let attributes = attributes.filter(|attribute| attribute.ty == Type::Enum(def));
        attributes.map(|attribute| format!("`{}` of {}", attribute.name, link(kind.def().name)))
    });
    let steps = Step::ENUMERATIONS.contains(&Type::Enum(def));
    let users = users.chain(steps.then(|| link(STEPS)));
    let _ = write!(out, "Used in: {}\n\n", join(users));
    let variants = def.variants.iter();
    if def.ordered {
        let rows = variants.enumerate().map(|(rank, variant)| {
            [
                rank.to_string(),
                code(variant.name),
                variant.doc.trim().to_owned(),
            ]
        });
        table(out, ["rank", "value", "what it means"], rows);
    } else {
        let rows = variants.map(|variant| [code(variant.name), variant.doc.trim().to_owned()]);
        table(out, ["value", "what it means"], rows);
    }
}

fn write_actions(out: &mut String) {
    out.push_str(
        "\n## Actions\n\nWhat policies are asked. Every context has `now`, the day that the check \
         is made for (`datetime`).\n",
    );
    for action in Action::ALL {
        let kinds = |kinds: &[Kind]| join(kinds.iter().map(|kind| link(kind.def().name)));
        let _ = write!(
            out,
            "\n### Action {}\n\n{}\n\n- Principal: {}\n- Resource: {}\n",
            action.name,
            action.doc.trim(),
            kinds(action.principals),
            kinds(action.resources),
        );
        for held in action.context {
            let _ = writeln!(
                out,
                "- `context.{}`: {}. {}",
                held.name,
                value(held.ty, held.many),
                held.doc.trim()
            );
        }
    }
}

/// Every enumeration, by name.
fn enumerations() -> BTreeMap<&'static str, &'static EnumDef> {
    let of_steps = Step::ENUMERATIONS.into_iter().filter_map(enumeration);
    let mut all = cedar_schema::enumerations();
    all.extend(of_steps.map(|def| (def.name, def)));
    all
}

fn enumeration(ty: Type) -> Option<&'static EnumDef> {
    match ty {
        Type::Enum(def) => Some(def),
        _ => None,
    }
}

/// What a value of the type is, with the words of an enumeration.
fn value(ty: Type, many: bool) -> String {
    let one = match ty {
        Type::Bool => "yes or no".to_owned(),
        Type::Long => "number".to_owned(),
        Type::Text => "text".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Step => "[step](#steps)".to_owned(),
        Type::Enum(def) => {
            let words = join(def.variants.iter().map(|variant| code(variant.name)));
            format!("{}: {words}", link(def.name))
        }
        Type::Entity(kinds) => {
            let names: Vec<_> = kinds.iter().map(|kind| link(kind.def().name)).collect();
            names.join(" or ")
        }
    };
    if many { format!("list of {one}") } else { one }
}

fn omission(omission: Omission) -> String {
    let says = match omission {
        Omission::Unless(word) => return format!("unknown; none: `{word}`"),
        Omission::Unknown => "unknown",
        Omission::Inherited => "as around it",
        Omission::Absent => "absent",
        Omission::Empty => "none",
        Omission::Problem => "**required**",
    };
    says.to_owned()
}

fn described(schema: &Json) -> String {
    schema["description"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// A link to the heading `text` of the page.
fn link(text: &str) -> String {
    let anchor = text.to_lowercase().replace(' ', "-");
    format!("[{text}](#{anchor})")
}

fn action_link(action: &ActionDef) -> String {
    format!("[`{name}`](#action-{name})", name = action.name)
}

fn code(text: impl Display) -> String {
    format!("`{text}`")
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

fn table<const N: usize>(
    out: &mut String,
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) {
    let _ = write!(out, "| {} |\n|{}\n", head.join(" | "), "---|".repeat(N));
    for row in rows {
        // A bar would end the cell.
        let cells = row.map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}
