//! What a change brings and what it takes away: the findings of two states, told apart by identity.

use std::collections::{HashMap, HashSet};

use super::{Finding, Identity, Verdict};

/// Whether a finding was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It was not, or was only undetermined and is a violation now.
    New,
    /// It was, at least as bad.
    Unchanged,
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

/// The findings of two states.
#[derive(Debug, Default)]
pub struct Compared {
    /// Those only of the new state, marked so.
    pub new: Vec<Finding>,
    /// Those of both, as they are in the new state, marked so.
    pub unchanged: Vec<Finding>,
    /// Those only of the old state.
    pub gone: Vec<Finding>,
}

/// Tells what is new in `now`, what was there `before`, and what is gone. Linear in their number.
pub fn compare(now: Vec<Finding>, before: Vec<Finding>) -> Compared {
    let mut known: HashMap<&Identity, Verdict> = HashMap::new();
    for finding in &before {
        let verdict = known.entry(&finding.identity).or_insert(finding.verdict);
        *verdict = (*verdict).min(finding.verdict);
    }
    let mut compared = Compared::default();
    for finding in now {
        match known.get(&finding.identity) {
            None => compared.new.push(finding.marked(Change::New)),
            Some(was) if *was <= finding.verdict => {
                compared.unchanged.push(finding.marked(Change::Unchanged));
            }
            Some(_) => {
                let mut finding = finding.marked(Change::New);
                finding.effect = Some("before this change, this was undetermined".to_owned());
                compared.new.push(finding);
            }
        }
    }
    let still = compared.new.iter().chain(&compared.unchanged);
    let still: HashSet<_> = still.map(|finding| &finding.identity).collect();
    let is_gone: Vec<_> = before
        .iter()
        .map(|finding| !still.contains(&finding.identity))
        .collect();
    let gone = before.into_iter().zip(is_gone).filter(|(_, gone)| *gone);
    compared.gone = gone.map(|(finding, _)| finding).collect();
    compared
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
