//! Open questions: what infrastructure code has no word for, and what waits for it.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::source::Span;

/// Something that code has no word for, and what depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFact {
    /// The entity, as in "zone `prod`".
    pub entity: String,
    /// The attribute.
    pub attribute: String,
    /// Where the entity stands.
    pub span: Span,
    /// How many open questions depend on it, alone or with others.
    pub waiting: usize,
    /// Their rules, by id.
    pub rules: BTreeSet<String>,
}

/// What `open` depends on: what most of them wait for comes first.
///
/// Linear in the number of open questions times what each depends on.
pub fn open_facts(open: &[Finding]) -> Vec<OpenFact> {
    let mut all: BTreeMap<(&str, &str), OpenFact> = BTreeMap::new();
    for finding in open {
        let unsaid = finding.because.iter().filter(|because| because.unsaid);
        let unsaid: BTreeMap<_, _> = unsaid
            .map(|because| ((&*because.entity, &*because.attribute), because.span))
            .collect();
        for ((entity, attribute), span) in unsaid {
            let question = all.entry((entity, attribute)).or_insert_with(|| OpenFact {
                entity: entity.to_owned(),
                attribute: attribute.to_owned(),
                span,
                waiting: 0,
                rules: BTreeSet::new(),
            });
            question.waiting += finding.instances.count.max(1);
            question.rules.insert(finding.rule.id.clone());
        }
    }
    let mut all: Vec<_> = all.into_values().collect();
    all.sort_by_key(|question| std::cmp::Reverse(question.waiting));
    all
}

/// How many questions are open, each of the facts that a finding stands for counted.
pub fn count(open: &[Finding]) -> usize {
    let counts = open.iter().map(|finding| finding.instances.count.max(1));
    counts.sum()
}
