//! What a change brings and what it takes away: the findings of two states, told apart by identity.

use super::{Finding, Verdict};

/// Whether a finding was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It was not, or was only undetermined and is a violation now.
    New,
    /// It was, at least as bad.
    Unchanged,
}

impl Change {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What a check was compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The state before the change, as in "`main` (1a2b3c4)".
    pub base: String,
    /// Documents that are not the same in both states, those of only one of them included.
    pub differing: usize,
    /// What could not be read or understood of the state before, so that what is shown as new may
    /// be older.
    pub problems: usize,
}

/// Marks findings by what there was before a change.
#[derive(Debug, Default)]
pub struct Known(Vec<Option<Verdict>>);

impl Known {
    /// Of `count` findings, by number, how bad those were that were there before. Of what was found
    /// twice, the worse counts.
    pub fn new(count: usize, before: impl IntoIterator<Item = (usize, Verdict)>) -> Self {
        let mut known: Vec<Option<Verdict>> = vec![None; count];
        for (number, verdict) in before {
            let worst = &mut known[number];
            *worst = Some(worst.map_or(verdict, |worst| worst.min(verdict)));
        }
        Self(known)
    }

    /// The finding of this number, marked as what it is now.
    pub fn mark(&self, number: usize, finding: Finding) -> Finding {
        match self.0[number] {
            None => finding.marked(Change::New),
            Some(was) if was <= finding.verdict => finding.marked(Change::Unchanged),
            Some(_) => {
                let mut finding = finding.marked(Change::New);
                finding.effect = Some("before this change, this was undetermined".to_owned());
                finding
            }
        }
    }
}

impl Finding {
    /// The finding, marked so. What was there before fails nothing: the change is not to blame.
    #[must_use]
    pub fn marked(mut self, change: Change) -> Self {
        self.change = Some(change);
        self.fails &= change == Change::New;
        self
    }
}
