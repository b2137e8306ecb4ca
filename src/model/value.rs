//! The values that attributes hold, and how a reader of any entity sees them.

use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::Value as Json;
use smallvec::SmallVec;

use super::Omission;
use super::kind::{EntityId, Kind};
use crate::source::{Span, Spanned, quote};

/// The type of one value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Long,
    /// Free text.
    Text,
    /// A day, at midnight UTC.
    Date,
    /// One value of an enumeration.
    Enum(&'static EnumDef),
    /// A reference to an entity of one of these kinds. One kind becomes a Cedar entity type;
    /// Cedar has no union types, so an attribute of several kinds is in no Cedar schema.
    Entity(&'static [Kind]),
    /// A step of a transfer. Policies see what steps leave of a thing, not the steps.
    Step,
}

/// An enumeration of the vocabulary; in Cedar an enumerated entity type.
#[derive(Debug)]
pub struct EnumDef {
    /// Its name, as Cedar knows it.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Whether its values go from less to more; such an attribute also has a `…Rank`.
    pub ordered: bool,
    /// Its values, the least first if it is ordered.
    pub variants: &'static [VariantDef],
    /// Whether an unknown value would cover one more variant.
    #[cfg(test)]
    pub covers_one_more: fn() -> bool,
}

impl PartialEq for EnumDef {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// One value of an enumeration.
#[derive(Debug)]
pub struct VariantDef {
    /// As written in documents and policies.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// One value, borrowed from the entity that states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Atom<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Long(i64),
    /// Free text.
    Text(&'a str),
    /// Milliseconds since 1970-01-01 UTC.
    Date(i64),
    /// Position in the variants of the attribute's enumeration.
    Variant(u8),
    /// An entity of the inventory.
    Entity(EntityId),
}

/// The elements of a set, each where it was written. Four fit without an allocation.
pub type Elements<'a> = SmallVec<[(Atom<'a>, Span); 4]>;

/// What an entity states for one attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact<'a> {
    /// Nothing, or something that cannot be computed, such as the word `unknown`, where the span says.
    Unstated(Option<Span>),
    /// The word that says that there is none.
    Absent(Span),
    /// Something that cannot be read, or a reference that names nothing; a problem says so.
    Broken(Span),
    /// One value.
    One(Atom<'a>, Span),
    /// A set; the span is that of the whole list.
    Many(Elements<'a>, Span),
}

/// A type that a single value of an attribute can have.
pub trait Value: DeserializeOwned + JsonSchema {
    /// The type, as the schemas know it.
    const TYPE: Type;
    /// The value, as a reader of any entity sees it.
    fn atom(&self) -> Option<Atom<'_>>;
    /// The value, as a document says it.
    fn written(&self) -> Json;
    /// The value that this text says, whatever else it looks like: the one that is deserialized from
    /// it, at a fraction of the cost. `None` where there is none, or where the text does not decide.
    fn of_text(_text: &str) -> Option<Self> {
        None
    }
    /// The reference in it, for the linker.
    fn reference(&self) -> Option<&Reference> {
        None
    }
    /// Where the reference in it stands, if that is not the whole value.
    fn reference_span(&self) -> Option<Span> {
        None
    }
    /// The reference in it, to be given its target.
    fn reference_mut(&mut self) -> Option<&mut Reference> {
        None
    }
}

impl Value for bool {
    const TYPE: Type = Type::Bool;
    fn written(&self) -> Json {
        (*self).into()
    }
    fn atom(&self) -> Option<Atom<'_>> {
        Some(Atom::Bool(*self))
    }
}

impl Value for i64 {
    const TYPE: Type = Type::Long;
    fn written(&self) -> Json {
        (*self).into()
    }
    fn atom(&self) -> Option<Atom<'_>> {
        Some(Atom::Long(*self))
    }
}

impl Value for Box<str> {
    const TYPE: Type = Type::Text;
    fn written(&self) -> Json {
        (**self).into()
    }
    fn of_text(text: &str) -> Option<Self> {
        Some(text.into())
    }
    fn atom(&self) -> Option<Atom<'_>> {
        Some(Atom::Text(self))
    }
}

/// A day, written `2016-04-01`; in Cedar a `datetime` at midnight UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Milliseconds since 1970-01-01 UTC.
    pub milliseconds: i64,
}

impl std::str::FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refusal = || format!("invalid date {}; write it as `2026-01-31`", quote(text));
        let day = day(text).ok_or_else(refusal)?;
        let since = day.at(0, 0, 0, 0).duration_since(EPOCH);
        Ok(Self {
            milliseconds: since.as_millis() as i64,
        })
    }
}

/// The day that is written as `2026-01-31`. The library would also take a date without dashes, and
/// forget a time of day.
fn day(text: &str) -> Option<jiff::civil::Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else {
        return None;
    };
    let number = |digits: &[u8]| {
        let mut digits = digits.iter();
        digits.try_fold(0_i16, |number, digit| {
            let is_digit = digit.is_ascii_digit();
            is_digit.then(|| number * 10 + i16::from(digit - b'0'))
        })
    };
    let (month, day) = (number(&[m1, m2])? as i8, number(&[d1, d2])? as i8);
    jiff::civil::Date::new(number(&[y1, y2, y3, y4])?, month, day).ok()
}

/// The day from which milliseconds are counted. Days are counted in the calendar, not as points in
/// time, which end a day earlier: RFC 5280 4.1.2.5 writes 9999-12-31 for what has no end.
const EPOCH: jiff::civil::DateTime = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);

impl Date {
    /// A point in time in UTC, counted in milliseconds from 1970; `None` beyond the year 9999.
    pub fn civil(milliseconds: i64) -> Option<jiff::civil::DateTime> {
        let since = jiff::SignedDuration::from_millis(milliseconds);
        EPOCH.checked_add(since).ok()
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match Self::civil(self.milliseconds) {
            Some(at) => at.date().fmt(f),
            None => write!(f, "{} ms", self.milliseconds),
        }
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

impl JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date",
            "errorMessage": "Write a day, such as `2026-01-31`, or `unknown`.",
            "description": "A day, such as `2026-01-31`."
        })
    }
}

impl Value for Date {
    const TYPE: Type = Type::Date;
    fn written(&self) -> Json {
        self.to_string().into()
    }
    fn of_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    fn atom(&self) -> Option<Atom<'_>> {
        Some(Atom::Date(self.milliseconds))
    }
}

/// What a reference may name.
pub trait Target: Send + Sync + 'static {
    /// The kinds of the entities that it may name.
    const KINDS: &'static [Kind];
}

/// A reference as written, and once linked, the entity that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// As written: an id, or `section/id` where the id alone names several entities.
    pub id: Box<str>,
    /// The entity; `None` until linked, and after that only where linking reported a problem.
    pub target: Option<EntityId>,
}

/// A reference to an entity of the kinds that `T` allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct To<T> {
    reference: Reference,
    kinds: PhantomData<fn() -> T>,
}

impl<T> To<T> {
    /// A reference to what is called `id`, or `section/id`, as yet without the entity.
    pub fn named(id: impl Into<Box<str>>) -> Self {
        let reference = Reference {
            id: id.into(),
            target: None,
        };
        Self {
            reference,
            kinds: PhantomData,
        }
    }

    /// The entity that it names, once linked.
    pub fn target(&self) -> Option<EntityId> {
        self.reference.target
    }
}

impl<'de, T> Deserialize<'de> for To<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self {
            reference: Reference {
                id: Box::<str>::deserialize(deserializer)?,
                target: None,
            },
            kinds: PhantomData,
        })
    }
}

impl<T: Target> JsonSchema for To<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Reference".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kinds = T::KINDS.iter().map(|kind| kind.def().with_article());
        let kinds: Vec<_> = kinds.collect();
        json_schema!({
            "type": ["string", "number"],
            "minLength": 1,
            "description": format!("The id of {}.", kinds.join(" or "))
        })
    }
}

impl<T: Target> Value for To<T> {
    const TYPE: Type = Type::Entity(T::KINDS);
    fn written(&self) -> Json {
        (*self.reference.id).into()
    }
    fn of_text(text: &str) -> Option<Self> {
        Some(Self::named(text))
    }
    fn atom(&self) -> Option<Atom<'_>> {
        self.reference.target.map(Atom::Entity)
    }
    fn reference(&self) -> Option<&Reference> {
        Some(&self.reference)
    }
    fn reference_mut(&mut self) -> Option<&mut Reference> {
        Some(&mut self.reference)
    }
}

/// Where a value stands is no part of its schema.
impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// The type of an attribute that the engine derives.
pub trait DerivedType {
    /// The type of its value or of its elements.
    const TYPE: Type;
    /// Whether it is a set.
    const MANY: bool;
}

impl<T: Value> DerivedType for T {
    const TYPE: Type = <T as Value>::TYPE;
    const MANY: bool = false;
}

/// A derived set of such values.
#[derive(Debug)]
pub struct SetOf<T>(PhantomData<T>);

impl<T: Value> DerivedType for SetOf<T> {
    const TYPE: Type = <T as Value>::TYPE;
    const MANY: bool = true;
}

/// One value of an attribute, as far as it is known.
#[derive(Debug, Clone, Default)]
pub enum State<T> {
    /// Not written, although it could be.
    #[default]
    Unset,
    /// Not written, because what the entity is written in has no word for it: never taken for absent.
    Unsaid(Span),
    /// Written, and what is written cannot be computed.
    Unresolved(Span, Cause),
    /// Written as the word that says that there is none.
    Absent(Span),
    /// Written, and not readable.
    Broken(Span),
    /// Written as one of several values. Apart, because it is rare and takes room.
    Choice(Box<Choice<T>>),
    /// Written, and where.
    Known(T, Span),
}

/// Several values of which an attribute has one.
#[derive(Debug, Clone)]
pub struct Choice<T> {
    /// The values, each where it stands.
    pub values: Vec<Spanned<T>>,
    /// Where all of them stand.
    pub span: Span,
}

/// Why what is written of an attribute cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The document says that the value is unknown.
    Stated,
    /// It takes a value that nothing gives, such as a variable without a default.
    NoValue,
    /// It is known only once the infrastructure has been made.
    AfterApply,
    /// It is read from somewhere else while the infrastructure is made.
    DataSource,
    /// It calls a function that is not evaluated.
    NotEvaluated,
    /// It is made by a block that is repeated an unknown number of times.
    Dynamic,
    /// It is made by a template that is not rendered.
    Template,
    /// Computing it was given up at a limit.
    Limit,
}

/// Why an attribute has no known value, with what is known of it all the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Missing<'a> {
    /// The document could state it, and does not.
    Unset,
    /// What the entity is written in has no word for it.
    Unsaid,
    /// It is written, and cannot be computed.
    Unresolved(Cause),
    /// It is one of these values, each where it is written.
    Choice(Elements<'a>),
    /// It is a list that has what it lists, and perhaps more.
    Open,
}

/// A list of values.
#[derive(Debug, Clone)]
pub struct List<T> {
    /// What is in it, in the order in which it is written.
    pub elements: Vec<Spanned<T>>,
    /// Whether there may be more in it.
    pub open: bool,
}

impl<T> State<T> {
    /// The value, if it is stated.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value, _) => Some(value),
            _ => None,
        }
    }

    /// What is stated where there is no value, if nothing means `omission`: what cannot be said is
    /// neither absent nor empty.
    pub(super) fn unstated(&self, omission: Omission) -> Option<Fact<'_>> {
        match self {
            Self::Unset => Some(Fact::Unstated(None)),
            Self::Unsaid(span) => Some(Fact::Unstated(match omission {
                Omission::Unknown | Omission::Inherited | Omission::Unless(_) => None,
                Omission::Absent | Omission::Empty | Omission::Problem => Some(*span),
            })),
            Self::Unresolved(span, _) => Some(Fact::Unstated(Some(*span))),
            Self::Choice(choice) => Some(Fact::Unstated(Some(choice.span))),
            Self::Absent(span) => Some(Fact::Absent(*span)),
            Self::Broken(span) => Some(Fact::Broken(*span)),
            Self::Known(..) => None,
        }
    }

    /// Why nothing at all is stated.
    pub(super) fn why_unstated(&self) -> Option<Missing<'_>> {
        match self {
            Self::Unset => Some(Missing::Unset),
            Self::Unsaid(_) => Some(Missing::Unsaid),
            Self::Unresolved(_, cause) => Some(Missing::Unresolved(*cause)),
            Self::Choice(_) | Self::Absent(_) | Self::Broken(_) | Self::Known(..) => None,
        }
    }
}

impl<T: Value> State<T> {
    pub(super) fn fact(&self, omission: Omission) -> Fact<'_> {
        match self {
            Self::Known(value, span) => match value.atom() {
                Some(atom) => Fact::One(atom, *span),
                None => Fact::Broken(*span),
            },
            _ => self.unstated(omission).unwrap_or(Fact::Unstated(None)),
        }
    }

    pub(super) fn missing(&self) -> Option<Missing<'_>> {
        match self {
            Self::Choice(choice) => Some(Missing::Choice(atoms(&choice.values))),
            _ => self.why_unstated(),
        }
    }
}

/// Values as a reader of any entity sees them, each where it is written.
pub(super) fn atoms<T: Value>(values: &[Spanned<T>]) -> Elements<'_> {
    let values = values.iter();
    let atoms = values.filter_map(|value| Some((value.value.atom()?, value.span)));
    atoms.collect()
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use serde::de::IntoDeserializer as _;
    use serde::de::value::{Error, StrDeserializer};

    use super::*;
    use crate::model::{Declarations, Declare, Field, FieldVisitor, SectionTask};
    use crate::source::FileId;

    /// Asserts of every field that what its value is by a text is what serde reads from it.
    struct Agrees<'t>(&'t str);

    impl FieldVisitor for Agrees<'_> {
        fn visit<F: Field>(&mut self, _: &mut F) {
            let text: StrDeserializer<'_, Error> = self.0.into_deserializer();
            let by_serde = F::Value::deserialize(text).ok().map(|it| it.written());
            let by_text = F::Value::of_text(self.0).map(|it| it.written());
            let decides = matches!(
                <F::Value as Value>::TYPE,
                Type::Text | Type::Enum(_) | Type::Entity(_)
            );
            if decides || by_text.is_some() {
                assert_eq!(by_text, by_serde, "{:?}", self.0);
            }
        }
    }

    impl SectionTask for Agrees<'_> {
        fn run<E: Declare>(mut self, _: &mut Vec<E>) {
            let at = Span::file_start(FileId(0));
            let mut entity = E::declared(Spanned::new("a".into(), at));
            for field in entity.kind().def().fields {
                entity.visit_field(field.name, &mut self);
            }
        }
    }

    fn agrees(text: &str) {
        for section in Kind::ALL.iter().filter_map(|kind| kind.def().section) {
            Declarations::default().with_section(section, Agrees(text));
        }
    }

    #[test]
    fn every_word_is_the_value_that_serde_reads() {
        let fields = Kind::ALL.iter().flat_map(|kind| kind.def().fields);
        for field in fields {
            if let Type::Enum(def) = field.ty {
                def.variants.iter().for_each(|variant| agrees(variant.name));
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_the_value_that_serde_reads(text in "[a-z0-9-]{0,12}|\\PC{0,12}") {
            agrees(&text);
        }

        #[test]
        fn a_day_is_what_the_library_takes_for_one(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]|[-+0-9T]{10}|[0-9-]{8,12}",
        ) {
            let dashes = text.match_indices('-').map(|(at, _)| at);
            let is_written_so = text.len() == 10 && dashes.eq([4, 7]);
            prop_assert_eq!(day(&text), text.parse().ok().filter(|_| is_written_so));
        }
    }
}
