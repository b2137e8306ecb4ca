//! True, false, or not known.

/// Whether something holds, as far as it is known (Kleene's strong three-valued logic).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It does not hold.
    False,
    /// What is unknown decides.
    Unknown,
    /// It holds, whatever the unknown is.
    True,
}

impl Truth {
    /// Whether both hold.
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Whether either holds.
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether any of them holds; looks no further once one does.
    pub fn any(all: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for value in all {
            result = result.or(value);
            if result == Self::True {
                break;
            }
        }
        result
    }

    /// Unknown if `open`, else false: whether something else holds that may be anything.
    pub fn unknown_if(open: bool) -> Self {
        if open { Self::Unknown } else { Self::False }
    }

    /// Unknown rather than true: holds only if something does that is unknown.
    pub fn perhaps(self) -> Self {
        self.and(Self::Unknown)
    }

    /// Whether it holds whatever the unknown is.
    pub fn is_certain(self) -> bool {
        self == Self::True
    }

    /// Whether it holds, or may.
    pub fn is_possible(self) -> bool {
        self != Self::False
    }

    /// The truth, if it is known.
    pub fn known(self) -> Option<bool> {
        match self {
            Self::False => Some(false),
            Self::Unknown => None,
            Self::True => Some(true),
        }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, False, True, Unknown};

    #[test]
    fn what_is_unknown_decides_only_where_it_can() {
        assert_eq!(True.and(Unknown), Unknown);
        assert_eq!(False.and(Unknown), False);
        assert_eq!(True.or(Unknown), True);
        assert_eq!(False.or(Unknown), Unknown);
        assert_eq!(!Unknown, Unknown);
        assert_eq!(Truth::any([False, Unknown, True]), True);
        assert_eq!(Truth::any([False, Unknown]), Unknown);
        assert_eq!(Truth::any([]), False);
    }
}
