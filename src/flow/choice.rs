//! What something may be, as far as it is known: of an enumeration, one value or several.

/// The values of an enumeration of at most eight that something may have. One: it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Choices(u8);

impl Choices {
    /// The value at this position of the enumeration.
    pub fn one(position: u8) -> Self {
        Self(1 << position)
    }

    /// Any of the first so many values.
    pub fn any(count: u8) -> Self {
        Self(((1u16 << count) - 1) as u8)
    }

    /// The value, if it is known.
    pub fn known(self) -> Option<u8> {
        self.0
            .is_power_of_two()
            .then_some(self.0.trailing_zeros() as u8)
    }

    /// The values, the least first.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..8).filter(move |position| self.0 & (1 << position) != 0)
    }

    /// The values as a mask: a bit for each position.
    pub fn mask(self) -> u8 {
        self.0
    }

    /// Any of these, or any of those.
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The greater of one of these and one of those.
    pub fn max(self, other: Self) -> Self {
        self.both(other, u8::max)
    }

    /// The lesser of one of these and one of those.
    pub fn min(self, other: Self) -> Self {
        self.both(other, u8::min)
    }

    /// The least of them.
    pub fn least(self) -> u8 {
        self.0.trailing_zeros() as u8
    }

    /// The greatest of them.
    pub fn greatest(self) -> u8 {
        7u8.saturating_sub(self.0.leading_zeros() as u8)
    }

    fn both(self, other: Self, choose: fn(u8, u8) -> u8) -> Self {
        let pairs = self
            .iter()
            .flat_map(|one| other.iter().map(move |two| choose(one, two)));
        Self(pairs.fold(0, |all, position| all | 1 << position))
    }
}

/// The elements that a set of values of an enumeration has, and those that it may have besides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// What it has.
    pub certain: u8,
    /// What it may have; never less than what it has.
    pub possible: u8,
}

impl Part {
    /// Just the elements of this mask.
    pub fn known(mask: u8) -> Self {
        Self {
            certain: mask,
            possible: mask,
        }
    }

    /// Nothing for certain, and perhaps the elements of this mask.
    pub fn perhaps(mask: u8) -> Self {
        Self {
            certain: 0,
            possible: mask,
        }
    }

    /// The elements of either.
    pub fn with(self, other: Self) -> Self {
        Self {
            certain: self.certain | other.certain,
            possible: self.possible | other.possible,
        }
    }

    /// Whether nothing of it is in doubt.
    pub fn is_known(self) -> bool {
        self.certain == self.possible
    }
}
