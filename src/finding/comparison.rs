//! What a change brings and what it takes away: the findings of two states, told apart by identity.

use std::collections::HashSet;

use super::{Finding, Outcome, Verdict, Waived};
use crate::source::Problem;

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
    /// Whether a configuration of before could not be read, so that what it waived is not known.
    pub waivers_unread: bool,
    /// Whether only files were named, and no folder.
    pub only_files: bool,
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

impl Outcome {
    /// Leaves as new only what is new in `other` as well, which compares the same with another state of
    /// before; what is gone must be gone in both.
    pub fn keep_new_against(&mut self, other: &Self) {
        let key = |finding: &Finding| (finding.identity.clone(), finding.verdict);
        let was_there: HashSet<_> = other.unchanged.iter().map(key).collect();
        let (old, new): (Vec<_>, Vec<_>) = std::mem::take(&mut self.findings)
            .into_iter()
            .partition(|finding| was_there.contains(&key(finding)));
        self.findings = new;
        self.unchanged
            .extend(old.into_iter().map(Finding::unchanged));
        let is_old = |waived: &&Waived| waived.finding.change == Some(Change::Unchanged);
        let old = other.waived.iter().filter(is_old);
        let old: HashSet<_> = old.map(|waived| &waived.finding.identity).collect();
        for waived in &mut self.waived {
            if old.contains(&waived.finding.identity) {
                waived.finding.change = Some(Change::Unchanged);
            }
        }
        let gone: HashSet<_> = other.gone.iter().map(|finding| &finding.identity).collect();
        self.gone.retain(|finding| gone.contains(&finding.identity));
        if let (Some(own), Some(other)) = (&mut self.comparison, &other.comparison) {
            own.problems = own.problems.max(other.problems);
        }
        // Its places are in texts of the other state.
        let known: HashSet<_> = self.problems.iter().map(|it| it.message.clone()).collect();
        let further = other
            .problems
            .iter()
            .filter(|it| !known.contains(&it.message));
        self.problems.extend(further.map(|problem| Problem {
            labels: Vec::new(),
            ..problem.clone()
        }));
    }
}

impl Finding {
    /// The finding as one that was there before, too.
    fn unchanged(mut self) -> Self {
        self.effect = None;
        self.marked(Change::Unchanged)
    }

    /// The finding, marked so. What was there before fails nothing: the change is not to blame.
    #[must_use]
    pub fn marked(mut self, change: Change) -> Self {
        self.change = Some(change);
        self.fails &= change == Change::New;
        self
    }
}
