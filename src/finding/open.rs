//! Open questions: what infrastructure code has no word for, and what waits for it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Outcome};
use crate::model::{Import, Kind, Omission};
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

/// A binding that would settle open questions, once somebody gives its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What it matches, by key.
    pub matches: Vec<(&'static str, String)>,
    /// The attribute that it states.
    pub attribute: String,
    /// The values that the attribute can have, if they are few; whether it is a list of them.
    pub values: (Vec<&'static str>, bool),
    /// How many open questions are settled by it and those before it.
    pub settles: usize,
    /// Their rules, by id.
    pub rules: BTreeSet<String>,
    /// How many systems it is for, if it is for the zones of more than are asked about one by one.
    pub systems: Option<usize>,
}

/// So many bindings are proposed.
const PROPOSALS: usize = 10;

/// So many systems are asked about one by one.
const SYSTEMS: usize = 3;

/// The kind of an entity, as in "zone `prod`".
fn kind_of(entity: &str) -> Option<Kind> {
    let label = entity.split(" `").next()?;
    let mut kinds = Kind::ALL.iter();
    kinds.find(|kind| kind.def().label == label).copied()
}

/// The bindings that settle most open questions, the one that settles most first, and how many questions
/// there are: none that settles nothing more than those before it.
///
/// What zones inherit is proposed for the outermost zone of each system, or for all of these where they are
/// more than `SYSTEMS`; everything else for all that is of one kind.
pub fn proposals(outcome: &Outcome) -> (Vec<Proposal>, usize) {
    type Key = (Vec<(&'static str, String)>, String);
    // The outermost zone of each system that an inherited attribute is missing in.
    let outer = |entity: &str, attribute: &str| -> Option<&Import> {
        let (_, outermost) = outcome.imports.get(entity)?;
        let mut fields = kind_of(entity)?.def().fields.iter();
        let field = fields.find(|field| field.name == attribute)?;
        let is_inherited = field.omission == Omission::Inherited;
        outermost.as_ref().filter(|_| is_inherited)
    };
    let unsaid = || {
        let because = outcome.open.iter().flat_map(|finding| &finding.because);
        because.filter(|because| because.unsaid)
    };
    let mut systems: BTreeMap<(&str, &str, &str), BTreeSet<&str>> = BTreeMap::new();
    for because in unsaid() {
        if let Some(zone) = outer(&because.entity, &because.attribute) {
            let group = (zone.format, &*zone.ty, because.attribute.as_str());
            systems.entry(group).or_default().insert(&zone.system);
        }
    }
    let systems = |zone: &Import, attribute: &str| {
        let all = systems.get(&(zone.format, &*zone.ty, attribute));
        all.map_or(1, BTreeSet::len)
    };
    let mut many: BTreeMap<Key, usize> = BTreeMap::new();
    let mut key = |entity: &str, attribute: &str| -> Option<(Key, Kind)> {
        let kind = kind_of(entity)?;
        let (import, _) = outcome.imports.get(entity)?;
        let matches = match outer(entity, attribute) {
            Some(zone) if systems(zone, attribute) <= SYSTEMS => vec![
                ("system", zone.system.to_string()),
                ("type", zone.ty.to_string()),
            ],
            Some(zone) => vec![
                ("format", zone.format.to_owned()),
                ("type", zone.ty.to_string()),
            ],
            None => vec![
                ("format", import.format.to_owned()),
                ("kind", kind.def().label.to_owned()),
            ],
        };
        let key = (matches, attribute.to_owned());
        if let Some(zone) = outer(entity, attribute)
            && systems(zone, attribute) > SYSTEMS
        {
            many.insert(key.clone(), systems(zone, attribute));
        }
        Some((key, kind))
    };
    let mut kinds: BTreeMap<Key, Kind> = BTreeMap::new();
    // Of each question, what must be known.
    let mut questions: Vec<(BTreeSet<Key>, usize, &str)> = Vec::new();
    for finding in &outcome.open {
        let mut needs = BTreeSet::new();
        for because in finding.because.iter().filter(|because| because.unsaid) {
            if let Some((key, kind)) = key(&because.entity, &because.attribute) {
                kinds.insert(key.clone(), kind);
                needs.insert(key);
            }
        }
        if !needs.is_empty() {
            let facts = finding.instances.count.max(1);
            questions.push((needs, facts, &finding.rule.id));
        }
    }
    let all = questions.iter().map(|(_, facts, _)| facts).sum();
    let mut chosen: BTreeSet<Key> = BTreeSet::new();
    let mut proposals = Vec::new();
    while proposals.len() < PROPOSALS {
        // What settles most by itself; of questions that need more, the one that most wait for.
        let mut gains: BTreeMap<&Key, (usize, usize)> = BTreeMap::new();
        for (needs, facts, _) in &questions {
            let open: Vec<_> = needs.difference(&chosen).collect();
            for key in &open {
                let gain = gains.entry(key).or_default();
                gain.0 += if open.len() == 1 { *facts } else { 0 };
                gain.1 += facts;
            }
        }
        let best = gains.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
        let Some((key, _)) = best.map(|(key, gain)| ((*key).clone(), *gain)) else {
            break;
        };
        chosen.insert(key.clone());
        let settled = |needs: &BTreeSet<Key>| needs.contains(&key) && needs.is_subset(&chosen);
        let settled: Vec<_> = questions
            .iter()
            .filter(|(needs, ..)| settled(needs))
            .collect();
        let waiting = questions.iter().filter(|(needs, ..)| needs.contains(&key));
        let rules = waiting.map(|(.., rule)| (*rule).to_owned()).collect();
        let mut fields = kinds
            .get(&key)
            .into_iter()
            .flat_map(|kind| kind.def().fields);
        let field = fields.find(|field| field.name == key.1);
        let values = field.map_or((Vec::new(), false), |field| {
            let values = match field.ty {
                crate::model::Type::Bool => vec!["true", "false"],
                crate::model::Type::Enum(def) => {
                    def.variants.iter().map(|variant| variant.name).collect()
                }
                _ => Vec::new(),
            };
            (values, field.many)
        });
        proposals.push(Proposal {
            matches: key.0.clone(),
            attribute: key.1.clone(),
            values,
            settles: settled.iter().map(|(_, facts, _)| facts).sum(),
            rules,
            systems: many.get(&key).copied(),
        });
    }
    (proposals, all)
}
