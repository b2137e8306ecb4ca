//! What one edit could change: the values and entities behind a violation, and what an undetermined
//! finding waits for.

use crate::source::Span;

/// Something that one edit changes: a value, an element of a list, or an entity that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle {
    /// The entity, as `Kind::id`.
    pub entity: String,
    /// The same in words, as in "transfer `upload`".
    pub name: String,
    /// The attribute; `None` if the edit is to leave the entity out.
    pub attribute: Option<String>,
    /// The value as written; of a list the element.
    pub value: Option<String>,
    /// Whether the value is an element of a list.
    pub element: bool,
    /// Where it is written.
    pub span: Span,
    /// Whether the engine decided again without it and found no violation: with the value unknown,
    /// the element taken out, or the entity gone.
    pub ends: bool,
}

impl Handle {
    /// What tells it from every other handle.
    pub fn key(&self) -> (&str, &str, &str) {
        let value = self.value.as_deref().filter(|_| self.element);
        let attribute = self.attribute.as_deref().unwrap_or("");
        (&self.entity, attribute, value.unwrap_or(""))
    }
}

/// What a fact must be so that the rules that wait for it pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pass {
    /// One of these, of all that it may be.
    OneOf(Vec<String>),
    /// A list without these elements.
    NoneOf(Vec<String>),
    /// A list with these elements.
    Has(Vec<String>),
    /// At most this: a number or a date, and how it is written.
    AtMost(i64, String),
    /// At least this: a number or a date, and how it is written.
    AtLeast(i64, String),
    /// This, for example; what else would do is not known.
    Example(String),
    /// A list that is complete as it is listed.
    Complete,
}

/// A fact that no document states and an undetermined finding waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The entity, as `Kind::id`.
    pub entity: String,
    /// The same in words, as in "key store `vault`".
    pub name: String,
    /// The attribute.
    pub attribute: String,
    /// Who answers for the entity: its owner, else that of where it stands.
    pub owner: Option<String>,
    /// Where it is left out: the entity, or the word that stands in the place of a value.
    pub span: Span,
    /// Whether it says what the entity is, and not how it is protected: no answer is proposed.
    pub classifies: bool,
    /// All values that it may have, where these are few.
    pub values: Vec<String>,
    /// What would pass; empty if that is not known.
    pub passes: Vec<Pass>,
}

/// What could be edited, or stated, about one finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    /// Of a violation, what decided and can be changed.
    pub handles: Vec<Handle>,
    /// Of an undetermined finding, what it waits for.
    pub asks: Vec<Ask>,
    /// Whether any one of what it waits for may settle it, and not only all together.
    pub any: bool,
}

impl Edits {
    /// Keeps as proven only what also ends `other`, which is the same finding by another way.
    pub fn keep(&mut self, other: &Self) {
        for handle in &mut self.handles {
            let mut others = other.handles.iter();
            handle.ends &= others.any(|it| it.ends && it.key() == handle.key());
        }
    }
}
