//! The sorts of attribute: what it means that a document says nothing of one.

use serde_json::{Value as Json, json};

use super::value::{
    Cause, Choice, DerivedType, Fact, List, Missing, Reference, SetOf, State, Type, Value, atoms,
};
use super::{Enumeration, MORE, ONE_OF, PossibleValues, UNKNOWN};
use crate::source::{Span, Spanned};

/// What it means that a document does not state an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omission {
    /// The value is unknown: every value it may have is considered.
    Unknown,
    /// The value of the enclosing zone holds; unknown if none states one.
    Inherited,
    /// There is none, and that means something (no `parent`: a zone that is in no other).
    Absent,
    /// The value is unknown; that there is none is written with this word (`notAfter: never`).
    Unless(&'static str),
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
    /// States that what is written cannot be computed, and why.
    fn state_unresolved(&mut self, span: Span, cause: Cause);
    /// States that the language of the declaration at `span` has no word for it.
    fn state_unsaid(&mut self, span: Span);
    /// States that it is one of these values, which stand at `span`. Does nothing to a set.
    fn state_choice(&mut self, _values: Vec<Spanned<Self::Value>>, _span: Span) {}
    /// Notes that something is stated that cannot be read.
    fn state_broken(&mut self, span: Span);
    /// States that there is none. Does nothing where there is no word for that.
    fn state_absent(&mut self, _span: Span) {}
    /// States the set in the list at `span`, as yet without its `length` elements. Does nothing to a single value.
    fn state_list(&mut self, _span: Span, _length: usize) {}
    /// States that there may be more in the list. Does nothing to a single value.
    fn state_open(&mut self) {}
    /// What is stated.
    fn fact(&self) -> Fact<'_>;
    /// Why there is no known value, or not all of one; `None` if there is, or if it cannot be read.
    fn missing(&self) -> Option<Missing<'_>>;
    /// What is stated, as a document says it; `None` if nothing is.
    fn written(&self) -> Option<Json>;
    /// The references in it.
    fn references(&self, visit: &mut dyn FnMut(&Reference, Span));
    /// The references in it, to be given their targets, in the same order.
    fn references_mut(&mut self, visit: &mut dyn FnMut(&mut Reference));
}

macro_rules! single {
    ($(#[$doc:meta])* $name:ident, $omission:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name<T>(State<T>);

        impl<T> $name<T> {
            /// The value, if it is stated.
            pub fn known(&self) -> Option<&T> {
                self.0.known()
            }
        }

        impl<E: Enumeration> $name<E> {
            /// The values that it may have, as far as they are stated here.
            pub fn possible(&self) -> PossibleValues<E> {
                match &self.0 {
                    State::Known(value, _) => PossibleValues::one(*value),
                    State::Choice(choice) => {
                        PossibleValues::of(choice.values.iter().map(|value| value.value))
                    }
                    _ => PossibleValues::ANY,
                }
            }
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self(State::Unset)
            }
        }

        impl<T: Value> Field for $name<T> {
            type Value = T;
            type Shape = T;
            const OMISSION: Omission = $omission;
            const MANY: bool = false;

            fn state(&mut self, value: Spanned<T>) {
                self.0 = State::Known(value.value, value.span);
            }
            fn state_unresolved(&mut self, span: Span, cause: Cause) {
                self.0 = State::Unresolved(span, cause);
            }
            fn state_unsaid(&mut self, span: Span) {
                self.0 = State::Unsaid(span);
            }
            fn state_broken(&mut self, span: Span) {
                self.0 = State::Broken(span);
            }
            fn state_choice(&mut self, values: Vec<Spanned<T>>, span: Span) {
                self.0 = State::Choice(Box::new(Choice { values, span }));
            }
            fn state_absent(&mut self, span: Span) {
                self.0 = State::Absent(span);
            }
            fn fact(&self) -> Fact<'_> {
                self.0.fact(Self::OMISSION)
            }
            fn missing(&self) -> Option<Missing<'_>> {
                self.0.missing()
            }
            fn written(&self) -> Option<Json> {
                match &self.0 {
                    State::Unset | State::Unsaid(_) | State::Broken(_) => None,
                    State::Unresolved(..) => Some(Json::from(UNKNOWN)),
                    State::Choice(choice) => {
                        let values: Vec<_> = choice.values.iter().map(|v| v.value.written()).collect();
                        Some(json!({ ONE_OF: values }))
                    }
                    State::Absent(_) => match Self::OMISSION {
                        Omission::Unless(word) => Some(Json::from(word)),
                        _ => None,
                    },
                    State::Known(value, _) => Some(value.written()),
                }
            }
            fn references(&self, visit: &mut dyn FnMut(&Reference, Span)) {
                let mut visit = |value: &T, span: Span| {
                    if let Some(reference) = value.reference() {
                        visit(reference, value.reference_span().unwrap_or(span));
                    }
                };
                match &self.0 {
                    State::Known(value, span) => visit(value, *span),
                    State::Choice(choice) => {
                        choice.values.iter().for_each(|value| visit(&value.value, value.span));
                    }
                    _ => {}
                }
            }
            fn references_mut(&mut self, visit: &mut dyn FnMut(&mut Reference)) {
                match &mut self.0 {
                    State::Known(value, _) => value.reference_mut().into_iter().for_each(visit),
                    State::Choice(choice) => {
                        let values = choice.values.iter_mut();
                        values.filter_map(|value| value.value.reference_mut()).for_each(visit);
                    }
                    _ => {}
                }
            }
        }
    };
}

single! {
    /// A single value; unknown where nothing states it.
    Stated, Omission::Unknown
}
single! {
    /// A single value of a zone; where nothing states it, that of the enclosing zone holds.
    Inherited, Omission::Inherited
}
single! {
    /// A single value whose absence means something.
    Optional, Omission::Absent
}
single! {
    /// A single value that must be stated.
    Mandatory, Omission::Problem
}
single! {
    /// A single limit; unknown where nothing states it. That there is none is written: of a day
    /// `never`, of a number `unlimited`.
    Limit, Omission::Unless(match T::TYPE {
        Type::Date => "never",
        _ => "unlimited",
    })
}

macro_rules! set {
    ($(#[$doc:meta])* $name:ident, $omission:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name<T>(State<List<T>>);

        impl<T> $name<T> {
            /// The elements that are stated.
            pub fn iter(&self) -> impl Iterator<Item = &Spanned<T>> {
                self.0.known().into_iter().flat_map(|list| &list.elements)
            }
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self(State::Unset)
            }
        }

        impl<T: Value> Field for $name<T> {
            type Value = T;
            type Shape = SetOf<T>;
            const OMISSION: Omission = Omission::$omission;
            const MANY: bool = true;

            fn state(&mut self, value: Spanned<T>) {
                if let State::Known(list, _) = &mut self.0 {
                    list.elements.push(value);
                }
            }
            fn state_unresolved(&mut self, span: Span, cause: Cause) {
                self.0 = State::Unresolved(span, cause);
            }
            fn state_unsaid(&mut self, span: Span) {
                self.0 = State::Unsaid(span);
            }
            fn state_broken(&mut self, span: Span) {
                self.0 = State::Broken(span);
            }
            fn state_list(&mut self, span: Span, length: usize) {
                let list = List { elements: Vec::with_capacity(length), open: false };
                self.0 = State::Known(list, span);
            }
            fn state_open(&mut self) {
                if let State::Known(list, _) = &mut self.0 {
                    list.open = true;
                }
            }
            fn fact(&self) -> Fact<'_> {
                match &self.0 {
                    State::Known(list, span) => Fact::Many(atoms(&list.elements), *span),
                    other => other.unstated(Self::OMISSION).unwrap_or(Fact::Unstated(None)),
                }
            }
            fn missing(&self) -> Option<Missing<'_>> {
                match &self.0 {
                    State::Known(list, _) => list.open.then_some(Missing::Open),
                    other => other.why_unstated(),
                }
            }
            fn written(&self) -> Option<Json> {
                match &self.0 {
                    State::Known(list, _) => {
                        let elements = list.elements.iter();
                        let elements = elements.map(|element| element.value.written());
                        let more = list.open.then(|| Json::from(MORE));
                        Some(elements.chain(more).collect())
                    }
                    State::Unresolved(..) => Some(Json::from(UNKNOWN)),
                    State::Unset
                    | State::Unsaid(_)
                    | State::Absent(_)
                    | State::Broken(_)
                    | State::Choice(..) => None,
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
                if let State::Known(list, _) = &mut self.0 {
                    for element in &mut list.elements {
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
