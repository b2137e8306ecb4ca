//! What is wrong with waivers, told apart as findings are: a day that passed is no change; a waiver
//! that a change adds, or leaves with nothing to excuse, is one.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::super::waivers::Waivers;
use crate::finding::{Change, Finding, Identity, Outcome};
use crate::inventory::Inventory;
use crate::policy::Rule;

/// What is wrong with waivers now.
pub(super) struct Wrong {
    findings: Vec<Finding>,
    /// The rules that they are waivers of.
    rules: HashSet<String>,
}

/// What waivers were held against.
pub(super) struct State<'s> {
    pub(super) inventory: &'s Inventory,
    pub(super) rules: &'s [Rule],
    /// What was found, excused or not, of each rule that [`Wrong::is_about`] asks for.
    pub(super) found: Vec<Finding>,
    pub(super) now: i64,
}

impl Wrong {
    /// Takes it out of what is found.
    pub(super) fn take_from(all: &mut Vec<Finding>) -> Self {
        let (wrong, found): (Vec<_>, Vec<_>) = std::mem::take(all)
            .into_iter()
            .partition(|finding| finding.waived_rule().is_some());
        *all = found;
        let rules = wrong.iter().filter_map(Finding::waived_rule);
        Self {
            rules: rules.map(str::to_owned).collect(),
            findings: wrong,
        }
    }

    /// Whether it is about a waiver that may excuse this: then it matters why it was found before.
    pub(super) fn is_about(&self, found: &Identity) -> bool {
        self.rules.contains(&found.rule)
    }

    /// Of `found`, what it is about.
    pub(super) fn among<'f>(&self, found: impl Iterator<Item = &'f Finding>) -> Vec<Finding> {
        let among = found.filter(|finding| self.is_about(&finding.identity));
        among.cloned().collect()
    }

    /// Adds it to `outcome`, by what the waivers of before came to.
    pub(super) fn tell_apart(self, waivers: &Waivers, before: State<'_>, outcome: &mut Outcome) {
        if self.findings.is_empty() {
            return;
        }
        let State {
            inventory,
            rules,
            mut found,
            now,
        } = before;
        let files = &outcome.files;
        waivers.apply(&mut found, inventory, rules, files, now);
        // Waivers of one rule that stand beside what they excuse are all called alike: those that say
        // the same are taken for the same, then as many of the others as there were.
        let key = |finding: &Finding| {
            let text = files.slice(finding.rule.span).trim().to_owned();
            (finding.identity.clone(), text)
        };
        let (mut same, mut alike) = (HashMap::new(), HashMap::new());
        for finding in found.iter().filter(|it| it.waived_rule().is_some()) {
            *same.entry(key(finding)).or_insert(0) += 1;
            *alike.entry(finding.identity.clone()).or_insert(0) += 1;
        }
        let is_same = |finding: &Finding| {
            take(&mut same, &key(finding)) && take(&mut alike, &finding.identity)
        };
        let (mut unchanged, others): (Vec<_>, Vec<_>) =
            self.findings.into_iter().partition(is_same);
        let is_alike = |finding: &Finding| take(&mut alike, &finding.identity);
        let (edited, new): (Vec<_>, Vec<_>) = others.into_iter().partition(is_alike);
        unchanged.extend(edited);
        let marked = |all: Vec<Finding>, change| {
            let all = all.into_iter();
            all.map(move |finding: Finding| finding.marked(change))
        };
        outcome.findings.extend(marked(new, Change::New));
        outcome
            .unchanged
            .extend(marked(unchanged, Change::Unchanged));
    }
}

/// Takes one of what `counts` has of `key`; whether there was one.
pub(super) fn take<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) -> bool {
    match counts.get_mut(key) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}
