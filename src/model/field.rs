//! The sorts of attribute: what it means that a document says nothing of one.

use serde_json::Value as Json;

use super::UNKNOWN;
use super::value::{DerivedType, Elements, Fact, Reference, SetOf, State, Type, Value};
use crate::source::{Span, Spanned};

/// What it means that a document does not state an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omission {
    /// The value is unknown: every value it may have is considered.
    Unknown,
    /// The value of the enclosing zone holds; unknown if none states one.
    Inherited,
    /// There is none, and that means something (no `notAfter`: no expiry).
    Absent,
    /// The relation is empty, unless the entity says `complete: false`.
    Empty,
    /// The declaration is wrong: requests would be missing.
    Problem,
}

/// An attribute of an entity, as its struct holds it.
pub trait Field: Default {
    /// The type of its value, or of its elements.
    type Value: Value;
    /// What it holds: one such value, or a [`SetOf`] them.
    type Shape: DerivedType;
    /// What it means that it is not stated.
    const OMISSION: Omission;
    /// Whether it holds a set.
    const MANY: bool;

    /// States a value, or one more element.
    fn state(&mut self, value: Spanned<Self::Value>);
    /// States that the value is unknown.
    fn state_unknown(&mut self, span: Span);
    /// Notes that something is stated that cannot be read.
    fn state_broken(&mut self, span: Span);
    /// States the set in the list at `span`, as yet without elements. Does nothing to a single value.
    fn state_list(&mut self, _span: Span) {}
    /// What is stated.
    fn fact(&self) -> Fact<'_>;
    /// What is stated, as a document says it; `None` if nothing is.
    fn written(&self) -> Option<Json>;
    /// The references in it.
    fn references(&self, visit: &mut dyn FnMut(&Reference, Span));
    /// The references in it, to be given their targets, in the same order.
    fn references_mut(&mut self, visit: &mut dyn FnMut(&mut Reference));
}

macro_rules! single {
    ($(#[$doc:meta])* $name:ident, $omission:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name<T>(State<T>);

        impl<T> $name<T> {
            /// The value, if it is stated.
            pub fn known(&self) -> Option<&T> {
                self.0.known()
            }
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self(State::Omitted)
            }
        }

        impl<T: Value> Field for $name<T> {
            type Value = T;
            type Shape = T;
            const OMISSION: Omission = Omission::$omission;
            const MANY: bool = false;

            fn state(&mut self, value: Spanned<T>) {
                self.0 = State::Known(value);
            }
            fn state_unknown(&mut self, span: Span) {
                self.0 = State::Unknown(span);
            }
            fn state_broken(&mut self, span: Span) {
                self.0 = State::Broken(span);
            }
            fn fact(&self) -> Fact<'_> {
                self.0.fact()
            }
            fn written(&self) -> Option<Json> {
                match &self.0 {
                    State::Omitted | State::Broken(_) => None,
                    State::Unknown(_) => Some(Json::from(UNKNOWN)),
                    State::Known(value) => Some(value.value.written()),
                }
            }
            fn references(&self, visit: &mut dyn FnMut(&Reference, Span)) {
                if let State::Known(value) = &self.0
                    && let Some(reference) = value.value.reference()
                {
                    visit(reference, value.value.reference_span().unwrap_or(value.span));
                }
            }
            fn references_mut(&mut self, visit: &mut dyn FnMut(&mut Reference)) {
                if let State::Known(value) = &mut self.0
                    && let Some(reference) = value.value.reference_mut()
                {
                    visit(reference);
                }
            }
        }
    };
}

single! {
    /// A single value; unknown where nothing states it.
    Stated, Unknown
}
single! {
    /// A single value of a zone; where nothing states it, that of the enclosing zone holds.
    Inherited, Inherited
}
single! {
    /// A single value whose absence means something.
    Optional, Absent
}
single! {
    /// A single value that must be stated.
    Mandatory, Problem
}

macro_rules! set {
    ($(#[$doc:meta])* $name:ident, $omission:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name<T>(State<Vec<Spanned<T>>>);

        impl<T> $name<T> {
            /// The elements that are stated.
            pub fn iter(&self) -> impl Iterator<Item = &Spanned<T>> {
                self.0.known().into_iter().flatten()
            }
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self(State::Omitted)
            }
        }

        impl<T: Value> Field for $name<T> {
            type Value = T;
            type Shape = SetOf<T>;
            const OMISSION: Omission = Omission::$omission;
            const MANY: bool = true;

            fn state(&mut self, value: Spanned<T>) {
                if let State::Known(elements) = &mut self.0 {
                    elements.value.push(value);
                }
            }
            fn state_unknown(&mut self, span: Span) {
                self.0 = State::Unknown(span);
            }
            fn state_broken(&mut self, span: Span) {
                self.0 = State::Broken(span);
            }
            fn state_list(&mut self, span: Span) {
                self.0 = State::Known(Spanned::new(Vec::new(), span));
            }
            fn fact(&self) -> Fact<'_> {
                match &self.0 {
                    State::Omitted => Fact::Unstated(None),
                    State::Unknown(span) => Fact::Unstated(Some(*span)),
                    State::Broken(span) => Fact::Broken(*span),
                    State::Known(elements) => {
                        let atoms = elements.value.iter();
                        let atoms = atoms.filter_map(|e| Some((e.value.atom()?, e.span)));
                        Fact::Many(atoms.collect::<Elements<'_>>(), elements.span)
                    }
                }
            }
            fn written(&self) -> Option<Json> {
                match &self.0 {
                    State::Omitted | State::Broken(_) => None,
                    State::Unknown(_) => Some(Json::from(UNKNOWN)),
                    State::Known(elements) => {
                        let elements = elements.value.iter();
                        Some(elements.map(|element| element.value.written()).collect())
                    }
                }
            }
            fn references(&self, visit: &mut dyn FnMut(&Reference, Span)) {
                for element in self.iter() {
                    if let Some(reference) = element.value.reference() {
                        visit(reference, element.value.reference_span().unwrap_or(element.span));
                    }
                }
            }
            fn references_mut(&mut self, visit: &mut dyn FnMut(&mut Reference)) {
                if let State::Known(elements) = &mut self.0 {
                    for element in &mut elements.value {
                        if let Some(reference) = element.value.reference_mut() {
                            visit(reference);
                        }
                    }
                }
            }
        }
    };
}

set! {
    /// A set of values; unknown where nothing states it. An empty list states that there are none.
    Values, Unknown
}
set! {
    /// A set of references; empty where nothing states it, unless the entity says
    /// `complete: false`.
    Relation, Empty
}

/// The Cedar and JSON type of a field, read off its Rust type.
pub(super) const fn type_of<F: Field>() -> Type {
    <F::Value as Value>::TYPE
}
