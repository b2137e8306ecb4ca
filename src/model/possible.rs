//! What an attribute may be, as far as it is known: of an enumeration one value or several, of a set
//! what is in it and what may be in it besides.

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

use super::truth::Truth;
use super::value::Atom;

/// A type of few values: an enumeration of the vocabulary, or `bool`.
pub trait Enumeration: Copy + Ord + Hash + fmt::Debug + 'static {
    /// Every value, the least first if the enumeration is ordered.
    const ALL: &'static [Self];

    /// The value as a reader of any entity sees it.
    fn atom(self) -> Atom<'static>;

    /// The value that an atom of this type holds.
    fn from_atom(atom: &Atom<'_>) -> Option<Self>;

    /// The place of this value in [`Enumeration::ALL`].
    fn position(self) -> u8;

    /// The value at this place of [`Enumeration::ALL`].
    fn at(position: u8) -> Option<Self> {
        Self::ALL.get(usize::from(position)).copied()
    }
}

impl Enumeration for bool {
    const ALL: &'static [Self] = &[false, true];

    fn atom(self) -> Atom<'static> {
        Atom::Bool(self)
    }

    fn from_atom(atom: &Atom<'_>) -> Option<Self> {
        match atom {
            Atom::Bool(value) => Some(*value),
            _ => None,
        }
    }

    fn position(self) -> u8 {
        u8::from(self)
    }
}

/// A bit for each value of an enumeration, by its position.
type Mask = u16;

/// The mask of all values. An enumeration for which there is no room does not compile.
const fn all<E: Enumeration>() -> Mask {
    const {
        let count = E::ALL.len() as u32;
        assert!(
            0 < count && count <= Mask::BITS,
            "a mask has no bit for each value"
        );
        Mask::MAX >> (Mask::BITS - count)
    }
}

fn mask<E: Enumeration>(values: impl IntoIterator<Item = E>) -> Mask {
    let bits = values.into_iter().map(|value| 1 << value.position());
    bits.fold(0, |all, bit: Mask| all | bit)
}

fn values<E: Enumeration>(mask: Mask) -> impl Iterator<Item = E> {
    let values = (0u8..).zip(E::ALL);
    let values = values.filter(move |(at, _)| mask & (1 << at) != 0);
    values.map(|(_, value)| *value)
}

/// The values that something may have, never none. A single one: it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PossibleValues<E> {
    mask: Mask,
    values: PhantomData<fn() -> E>,
}

impl<E: Enumeration> PossibleValues<E> {
    /// Any value of the enumeration.
    pub const ANY: Self = Self::masked(all::<E>());

    const fn masked(mask: Mask) -> Self {
        Self {
            mask,
            values: PhantomData,
        }
    }

    /// Just this value.
    pub fn one(value: E) -> Self {
        Self::masked(mask([value]))
    }

    /// One of these values; any if there are none.
    pub fn of(values: impl IntoIterator<Item = E>) -> Self {
        match mask(values) {
            0 => Self::ANY,
            mask => Self::masked(mask),
        }
    }

    /// The value, if it is known.
    pub fn known(self) -> Option<E> {
        let known = self.mask.is_power_of_two();
        known.then(|| self.least())
    }

    /// The values, the least first.
    pub fn iter(self) -> impl Iterator<Item = E> {
        values(self.mask)
    }

    /// The values, a bit for each by its position.
    pub fn mask(self) -> u16 {
        self.mask
    }

    /// Whether the value is one that `accepts` does.
    pub fn is(self, accepts: impl Fn(E) -> bool) -> Truth {
        let accepted = mask(self.iter().filter(|value| accepts(*value)));
        match accepted {
            0 => Truth::False,
            _ if accepted == self.mask => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// What becomes of the value.
    pub fn map<F: Enumeration>(self, to: impl Fn(E) -> F) -> PossibleValues<F> {
        PossibleValues::of(self.iter().map(to))
    }

    /// Any of these, or any of those.
    pub fn or(self, other: Self) -> Self {
        Self::masked(self.mask | other.mask)
    }

    /// The greater of one of these and one of those.
    pub fn max(self, other: Self) -> Self {
        self.both(other, Ord::max)
    }

    /// The lesser of one of these and one of those.
    pub fn min(self, other: Self) -> Self {
        self.both(other, Ord::min)
    }

    /// The least of them.
    pub fn least(self) -> E {
        self.iter().next().unwrap_or(E::ALL[0])
    }

    /// The greatest of them.
    pub fn greatest(self) -> E {
        self.iter().last().unwrap_or(E::ALL[0])
    }

    fn both(self, other: Self, choose: fn(E, E) -> E) -> Self {
        let pairs = self
            .iter()
            .flat_map(|one| other.iter().map(move |two| choose(one, two)));
        Self::of(pairs)
    }
}

impl PossibleValues<bool> {
    /// Whether it is true.
    pub fn truth(self) -> Truth {
        self.is(|value| value)
    }
}

impl From<Truth> for PossibleValues<bool> {
    fn from(truth: Truth) -> Self {
        truth.known().map_or(Self::ANY, Self::one)
    }
}

/// The elements that a set has, and those that it may have besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetBounds<E> {
    certain: Mask,
    /// Never less than what is certain.
    possible: Mask,
    values: PhantomData<fn() -> E>,
}

impl<E: Enumeration> Default for SetBounds<E> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<E: Enumeration> SetBounds<E> {
    /// The empty set.
    pub const EMPTY: Self = Self::between(0, 0);
    /// Any set at all.
    pub const ANY: Self = Self::between(0, all::<E>());

    const fn between(certain: Mask, possible: Mask) -> Self {
        Self {
            certain,
            possible,
            values: PhantomData,
        }
    }

    /// Just these elements.
    pub fn known(elements: impl IntoIterator<Item = E>) -> Self {
        let mask = mask(elements);
        Self::between(mask, mask)
    }

    /// The same elements, each of them perhaps.
    pub fn perhaps(self) -> Self {
        Self::between(0, self.possible)
    }

    /// The elements of either.
    pub fn with(self, other: Self) -> Self {
        Self::between(self.certain | other.certain, self.possible | other.possible)
    }

    /// The elements that are not in `other`.
    pub fn without(self, other: Self) -> Self {
        Self::between(
            self.certain & !other.possible,
            self.possible & !other.certain,
        )
    }

    /// Whether any of these elements is in it.
    pub fn has_any(self, elements: &[E]) -> Truth {
        let mask = mask(elements.iter().copied());
        match (self.certain & mask != 0, self.possible & mask != 0) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        }
    }

    /// All that the elements become.
    pub fn flat_map<F: Enumeration>(self, to: impl Fn(E) -> &'static [F]) -> SetBounds<F> {
        let all = |elements: Mask| {
            let elements = values(elements).flat_map(|element| to(element).iter().copied());
            mask(elements)
        };
        SetBounds::between(all(self.certain), all(self.possible))
    }

    /// Whether anything is in it.
    pub fn is_inhabited(self) -> Truth {
        self.has_any(E::ALL)
    }

    /// Whether an element may be in both.
    pub fn may_meet(self, other: Self) -> bool {
        self.possible & other.possible != 0
    }

    /// Whether nothing of it is in doubt.
    pub fn is_known(self) -> bool {
        self.certain == self.possible
    }

    /// What it has.
    pub fn certain(self) -> impl Iterator<Item = E> {
        values(self.certain)
    }

    /// The bounds as masks, a bit for each value by its position: what it has, and what it may have.
    pub fn masks(self) -> (u16, u16) {
        (self.certain, self.possible)
    }
}

/// Whether what is unknown may be `value`, alone or as an element, and is not taken for less.
#[cfg(test)]
pub(super) fn covers<E: Enumeration>(value: E) -> bool {
    let any = PossibleValues::<E>::ANY;
    let set = SetBounds::<E>::ANY;
    any.is(|one| one == value) == Truth::Unknown
        && any.greatest() == value
        && set.has_any(&[value]) == Truth::Unknown
}

#[cfg(test)]
mod tests {
    use super::{Enumeration, PossibleValues, SetBounds, Truth};
    use crate::model::{Custody, Level, StepKind, enumerations};

    #[test]
    fn an_unknown_covers_a_new_variant_of_each_enumeration() {
        let all = enumerations().into_values();
        for def in all.chain([&StepKind::DEF]) {
            let covers = (def.covers_one_more)();
            assert!(covers, "an unknown {} leaves out a new variant", def.name);
        }
    }

    #[test]
    fn an_unknown_value_may_be_any_and_the_greatest_too() {
        let any = PossibleValues::<Level>::ANY;
        assert!(any.iter().eq(Level::ALL.iter().copied()));
        assert_eq!(any.greatest(), Level::Secret);
        assert_eq!(any.is(|level| level >= Level::Restricted), Truth::Unknown);
        let custody = PossibleValues::<Custody>::ANY;
        assert_eq!(custody.iter().count(), Custody::ALL.len());
    }

    #[test]
    fn the_greater_of_two_is_one_of_either() {
        let low = PossibleValues::of([Level::Public, Level::Restricted]);
        let internal = PossibleValues::one(Level::Internal);
        let greater = PossibleValues::of([Level::Internal, Level::Restricted]);
        let lesser = PossibleValues::of([Level::Public, Level::Internal]);
        assert_eq!(low.max(internal), greater);
        assert_eq!(low.min(internal), lesser);
        assert_eq!(low.known(), None);
        assert_eq!(internal.known(), Some(Level::Internal));
    }

    #[test]
    fn what_may_be_taken_out_may_be_left() {
        let set = SetBounds::known([Level::Public, Level::Secret]);
        let removed = SetBounds::known([Level::Secret]).perhaps();
        let rest = set.without(removed);
        assert_eq!(rest.has_any(&[Level::Public]), Truth::True);
        assert_eq!(rest.has_any(&[Level::Secret]), Truth::Unknown);
        assert!(!rest.is_known());
        assert_eq!(SetBounds::<Level>::ANY.is_inhabited(), Truth::Unknown);
        assert_eq!(SetBounds::<Level>::EMPTY.is_inhabited(), Truth::False);
    }
}
