//! Documents made from the registry of kinds: something of each kind to refer to, and entities that
//! state one attribute each.

use std::ops::Range;

use palisade::check::{CheckInput, Project, check};
use palisade::finding::Outcome;
use palisade::model::{FieldDef, Kind, Omission, Type};
use palisade::source::{Candidate, Found, Origin};

/// What a document states for one attribute; `value` is what a report must point at.
#[derive(Debug, Clone)]
pub struct Stated {
    pub before: String,
    pub value: String,
    pub after: String,
}

impl Stated {
    pub fn whole(value: impl Into<String>) -> Self {
        Self::within("", value, "")
    }

    /// The only value, or the only element.
    pub fn one(many: bool, value: impl Into<String>) -> Self {
        Self::whole(value).in_list(many)
    }

    /// As the only element of a list, if it is `many`.
    pub fn in_list(mut self, many: bool) -> Self {
        if many {
            self.before = format!("[{}", self.before);
            self.after = format!("{}]", self.after);
        }
        self
    }

    pub fn within(before: &str, value: impl Into<String>, after: &str) -> Self {
        Self {
            before: before.to_owned(),
            value: value.into(),
            after: after.to_owned(),
        }
    }
}

/// A document with entities of one kind, `s0`, `s1` and so on.
pub struct Document {
    text: String,
    kind: Kind,
    /// Where what an entity states is written; the id, where it states nothing.
    places: Vec<Range<usize>>,
}

impl Document {
    /// Two entities of each kind, and as yet none of `kind` besides.
    pub fn new(kind: Kind) -> Self {
        let mut text = "palisade: v1\n".to_owned();
        for kind in Kind::ALL {
            if let Some(section) = kind.def().section {
                text += &format!("{section}:\n");
                for which in 0..2 {
                    text += &format!("  {}: {{ {} }}\n", id(*kind, which), needed(*kind, None));
                }
            }
        }
        let section = kind.def().section.expect("a kind that documents declare");
        text += &format!("---\npalisade: v1\n{section}:\n");
        Self {
            text,
            kind,
            places: Vec::new(),
        }
    }

    /// Adds an entity that states `stated` for `attribute`, and what else it must.
    pub fn state(&mut self, attribute: &str, stated: &Stated) {
        let needed = needed(self.kind, Some(attribute));
        let subject = self.places.len();
        self.text += &format!("  s{subject}: {{ {needed}{attribute}: {}", stated.before);
        let start = self.text.len();
        self.text += &stated.value;
        self.places.push(start..self.text.len());
        self.text += &format!("{} }}\n", stated.after);
    }

    /// Adds an entity that states what it must, but not `attribute`.
    pub fn leave_out(&mut self, attribute: &str) {
        let needed = needed(self.kind, Some(attribute));
        let id = format!("s{}", self.places.len());
        let start = self.text.len() + "  ".len();
        self.places.push(start..start + id.len());
        self.text += &format!("  {id}: {{ {needed} }}\n");
    }

    /// Checks the document with `policies` alone; with those that come with Palisade, if there are
    /// none.
    pub fn check(self, policies: &[(String, String)]) -> Checked {
        let own: String = policies.iter().map(|(_, text)| text.as_str()).collect();
        let memory = |name: &str, text: String| Candidate {
            name: name.to_owned(),
            named: true,
            origin: Origin::Memory(text.into_bytes()),
        };
        let outcome = check(CheckInput {
            roots: vec![Project {
                found: Found {
                    candidates: vec![memory("document.yaml", self.text.clone())],
                    ..Found::default()
                },
                policies: match own.is_empty() {
                    true => Vec::new(),
                    false => vec![memory("own.cedar", own)],
                },
                ..Project::default()
            }],
            // The rules that come with Palisade say much of such documents, and nothing of a value.
            select: policies.iter().map(|(id, _)| id.clone()).collect(),
            ignore: match policies {
                [] => vec!["*".to_owned()],
                _ => Vec::new(),
            },
            now: 1_767_225_600_000,
            ..CheckInput::default()
        });
        Checked {
            document: self,
            outcome,
        }
    }
}

/// A document, and what was found in it.
pub struct Checked {
    document: Document,
    pub outcome: Outcome,
}

impl Checked {
    pub fn text(&self) -> &str {
        &self.document.text
    }

    pub fn places(&self) -> &[Range<usize>] {
        &self.document.places
    }
}

/// The id of an entity that every document declares.
pub fn id(kind: Kind, which: usize) -> String {
    format!("{}-{which}", kind.def().label.replace(' ', "-"))
}

/// What an entity must state besides `attribute`, each followed by a comma.
fn needed(kind: Kind, attribute: Option<&str>) -> String {
    let fields = kind.def().fields.iter();
    let needed = fields.filter(|field| field.omission == Omission::Problem);
    let needed = needed.filter(|field| Some(field.name) != attribute);
    needed
        .map(|field| format!("{}: {}, ", field.name, one(field)))
        .collect()
}

fn one(field: &FieldDef) -> String {
    let value = values(field.ty).remove(0);
    if field.many {
        format!("[{value}]")
    } else {
        value
    }
}

/// Values of the type, no two alike, as documents write them: of an enumeration all, else two.
pub fn values(ty: Type) -> Vec<String> {
    let two = |one: &str, other: &str| vec![one.to_owned(), other.to_owned()];
    match ty {
        Type::Bool => two("true", "false"),
        Type::Long => two("7", "90"),
        Type::Text => two("some words", "7 of 9"),
        Type::Date => two("2026-01-31", "1999-12-31"),
        Type::Enum(def) => def
            .variants
            .iter()
            .map(|variant| variant.name.to_owned())
            .collect(),
        Type::Entity(kinds) => (0..2).map(|which| id(kinds[0], which)).collect(),
        Type::Step => two("{ kind: scrub }", "{ kind: scan, removes: [health] }"),
    }
}
