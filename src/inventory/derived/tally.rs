//! Whether something holds of any of several, when nothing is assumed and when something is.
//!
//! What is known stays known whatever is assumed, so under an assumption only what is unknown is
//! looked at again. Where that is much it stays unknown: no single value would settle it.

use crate::model::Truth;

/// Most unknowns behind one fact that are looked at again for each value that is assumed.
pub(super) const FEW: usize = 64;

/// Whether something holds of any of several, and of which nobody knows.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    holds: bool,
    unknown: Vec<u32>,
}

impl Tally {
    pub(super) fn of<'u>(
        all: impl IntoIterator<Item = &'u u32>,
        truth: impl Fn(u32) -> Truth,
    ) -> Self {
        let mut tally = Self::default();
        for at in all {
            match truth(*at) {
                Truth::True => tally.holds = true,
                Truth::Unknown => tally.unknown.push(*at),
                Truth::False => {}
            }
        }
        tally
    }

    /// What is known when nothing is assumed.
    pub(super) fn settled(&self) -> Truth {
        Truth::from(self.holds).or(Truth::unknown_if(!self.unknown.is_empty()))
    }

    /// What is known when `truth` says what is unknown.
    pub(super) fn under(&self, truth: impl Fn(u32) -> Truth) -> Truth {
        if self.holds || self.unknown.len() > FEW {
            return self.settled();
        }
        Truth::any(self.unknown.iter().map(|at| truth(*at)))
    }
}

pub(super) fn is_there(zones: &[Tally], zone: u32) -> bool {
    zones[zone as usize].settled() != Truth::False
}

pub(super) fn count(zones: &[Tally]) -> usize {
    let there = zones.iter().filter(|tally| tally.settled() != Truth::False);
    there.count()
}

/// Of `all`, whether `truth` holds of any but `but`; where they are many nobody knows.
pub(super) fn any_other(all: &[u32], but: u32, truth: impl Fn(u32) -> Truth) -> Truth {
    if all.len() > FEW {
        return Truth::Unknown;
    }
    let others = all.iter().filter(|at| **at != but);
    Truth::any(others.map(|at| truth(*at)))
}

/// Whether one of `all` is another than `at`.
pub(super) fn is_another(all: &[u32], at: u32) -> bool {
    match *all {
        [] => false,
        [only] => only != at,
        _ => true,
    }
}
