//! What a change brings and what it takes away: the findings of two states, told apart by identity.

use std::collections::HashMap;

use super::{Finding, Identity, Verdict};

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

/// What was there before a change, and how bad it was.
#[derive(Debug, Default)]
pub struct Known(HashMap<Identity, Verdict>);

impl Known {
    /// Of what is found twice, the worse counts.
    pub fn new(before: impl IntoIterator<Item = (Identity, Verdict)>) -> Self {
        let mut known = HashMap::new();
        for (identity, verdict) in before {
            let worst = known.entry(identity).or_insert(verdict);
            *worst = (*worst).min(verdict);
        }
        Self(known)
    }

    /// The finding, marked as what it is now.
    pub fn mark(&self, finding: Finding) -> Finding {
        match self.0.get(&finding.identity) {
            None => finding.marked(Change::New),
            Some(was) if *was <= finding.verdict => finding.marked(Change::Unchanged),
            Some(_) => {
                let mut finding = finding.marked(Change::New);
                finding.effect = Some("before this change, this was undetermined".to_owned());
                finding
            }
        }
    }
}

/// Tells apart what is new and what is unchanged of findings that are marked.
pub fn tell_apart(marked: impl IntoIterator<Item = Finding>) -> (Vec<Finding>, Vec<Finding>) {
    let marked = marked.into_iter();
    marked.partition(|finding| finding.change == Some(Change::New))
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
