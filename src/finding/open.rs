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

/// A binding that would settle open questions, once somebody gives its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What it matches, by key.
    pub matches: Vec<(&'static str, String)>,
    /// The attributes that it states, those first that most wait for.
    pub attributes: Vec<Blank>,
    /// How many open questions are settled by it and those before it.
    pub settles: usize,
    /// How many systems it is for, if it is for the zones of more than are asked about one by one.
    pub systems: Option<usize>,
}

/// An attribute that somebody is to give a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blank {
    /// Its name.
    pub name: String,
    /// The values that it can have, if they are few.
    pub values: Vec<&'static str>,
    /// Whether it is a list of them.
    pub many: bool,
}

/// So many bindings are proposed: as many as a person answers in one go.
const PROPOSALS: usize = 5;

/// Bindings are chosen from so many, those that most questions need: all choices are tried.
const CANDIDATES: usize = 20;

/// Of a hundred questions that the bindings would settle, so many are given up to ask for less, as long as
/// `ENOUGH` of a hundred are settled.
const GIVEN_UP: usize = 10;
const ENOUGH: usize = 80;

/// So many systems are asked about one by one.
const SYSTEMS: usize = 3;

/// What a binding matches.
type Matches = Vec<(&'static str, String)>;

/// What must be known: an attribute of what a binding matches.
type Need = (Matches, String);

/// The kind of an entity, as in "zone `prod`".
fn kind_of(entity: &str) -> Option<Kind> {
    let label = entity.split(" `").next()?;
    let mut kinds = Kind::ALL.iter();
    kinds.find(|kind| kind.def().label == label).copied()
}

/// The few bindings that settle most open questions together, the one that settles most by itself first,
/// and how many questions there are.
///
/// What zones inherit is proposed for the outermost zone of each system, or for all of these where they are
/// more than `SYSTEMS`; everything else for all that is of one kind.
pub fn proposals(outcome: &Outcome) -> (Vec<Proposal>, usize) {
    let Waiting {
        questions,
        kinds,
        systems,
    } = waiting(outcome);
    let all = questions.values().sum();
    let chosen = best(&questions);
    let mut asked: BTreeSet<&Need> = BTreeSet::new();
    for needs in questions.keys() {
        if needs.iter().all(|(matches, _)| chosen.contains(&matches)) {
            asked.extend(needs);
        }
    }
    spare(&questions, &mut asked);
    let mut proposals: Vec<Proposal> = Vec::new();
    let mut left: Vec<&Matches> = chosen
        .into_iter()
        .filter(|matches| asked.iter().any(|(of, _)| of == *matches))
        .collect();
    let mut known: BTreeSet<&Need> = BTreeSet::new();
    while !left.is_empty() {
        // What settles most with those before it; of those that settle nothing yet, what most wait for.
        let gain = |matches: &Matches| -> (usize, usize) {
            let is_known = |need: &Need| known.contains(need) || need.0 == *matches;
            let is_asked = |need: &Need| asked.contains(need);
            let settled = questions.iter().filter(|(needs, _)| {
                needs.iter().all(|need| is_known(need) && is_asked(need))
                    && needs.iter().any(|need| !known.contains(need))
            });
            let waiting = questions
                .iter()
                .filter(|(needs, _)| needs.iter().any(|need| need.0 == *matches));
            let settled: usize = settled.map(|(_, facts)| facts).sum();
            (settled, waiting.map(|(_, facts)| facts).sum::<usize>())
        };
        let gains = left.iter().map(|matches| gain(matches));
        let best = gains
            .enumerate()
            .max_by_key(|(at, gain)| (*gain, std::cmp::Reverse(*at)));
        let Some((at, (settles, _))) = best else {
            break;
        };
        let matches = left.remove(at);
        let of_it: Vec<&Need> = asked
            .iter()
            .copied()
            .filter(|need| need.0 == *matches)
            .collect();
        known.extend(of_it.iter().copied());
        let waiting = |need: &Need| -> usize {
            let waiting = questions.iter().filter(|(needs, _)| needs.contains(need));
            waiting.map(|(_, facts)| facts).sum()
        };
        let mut attributes: Vec<(usize, Blank)> = of_it
            .iter()
            .map(|need| (waiting(need), blank(&need.1, kinds.get(*need).copied())))
            .collect();
        attributes.sort_by_key(|(waiting, _)| std::cmp::Reverse(*waiting));
        let systems = of_it.iter().filter_map(|need| systems.get(*need)).max();
        proposals.push(Proposal {
            matches: matches.clone(),
            attributes: attributes.into_iter().map(|(_, asked)| asked).collect(),
            settles,
            systems: systems.copied(),
        });
    }
    (proposals, all)
}

/// What open questions wait for.
struct Waiting {
    /// How many questions wait for all of these together.
    questions: BTreeMap<BTreeSet<Need>, usize>,
    kinds: BTreeMap<Need, Kind>,
    /// How many systems something is needed of, where they are too many to ask of each.
    systems: BTreeMap<Need, usize>,
}

fn waiting(outcome: &Outcome) -> Waiting {
    // The outermost zone of each system that an inherited attribute is missing in.
    let outer = |entity: &str, attribute: &str| -> Option<&Import> {
        let (_, outermost) = outcome.imports.get(entity)?;
        let mut fields = kind_of(entity)?.def().fields.iter();
        let field = fields.find(|field| field.name == attribute)?;
        let is_inherited = field.omission == Omission::Inherited;
        outermost.as_ref().filter(|_| is_inherited)
    };
    let unsaid = |finding: &'_ Finding| -> Vec<(String, String)> {
        let unsaid = finding.because.iter().filter(|because| because.unsaid);
        unsaid
            .map(|because| (because.entity.clone(), because.attribute.clone()))
            .collect()
    };
    let mut systems: BTreeMap<(&str, &str, String), BTreeSet<&str>> = BTreeMap::new();
    for (entity, attribute) in outcome.open.iter().flat_map(&unsaid) {
        if let Some(zone) = outer(&entity, &attribute) {
            let group = (zone.format, &*zone.ty, attribute);
            systems.entry(group).or_default().insert(&zone.system);
        }
    }
    let mut waiting = Waiting {
        questions: BTreeMap::new(),
        kinds: BTreeMap::new(),
        systems: BTreeMap::new(),
    };
    for finding in &outcome.open {
        let mut needs = BTreeSet::new();
        for (entity, attribute) in unsaid(finding) {
            let (Some(kind), Some((import, _))) = (kind_of(&entity), outcome.imports.get(&entity))
            else {
                continue;
            };
            let zone = outer(&entity, &attribute);
            let many = zone.and_then(|zone| {
                let group = (zone.format, &*zone.ty, attribute.clone());
                systems.get(&group).map(BTreeSet::len)
            });
            let many = many.filter(|many| *many > SYSTEMS);
            let matches = match zone {
                Some(zone) if many.is_none() => vec![
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
            let need = (matches, attribute);
            if let Some(many) = many {
                waiting.systems.insert(need.clone(), many);
            }
            waiting.kinds.insert(need.clone(), kind);
            needs.insert(need);
        }
        if !needs.is_empty() {
            *waiting.questions.entry(needs).or_default() += finding.instances.count.max(1);
        }
    }
    waiting
}

/// The choice of at most `PROPOSALS` things to match that settles most, if all of their attributes are
/// stated; of those that settle as many the smallest.
///
/// Tries all choices among `CANDIDATES`: some twenty thousand.
fn best(questions: &BTreeMap<BTreeSet<Need>, usize>) -> Vec<&Matches> {
    // What many questions need, and few others beside it, comes first.
    let mut credit: BTreeMap<&Matches, f64> = BTreeMap::new();
    let of = |needs: &'_ BTreeSet<Need>| -> BTreeSet<Matches> {
        needs.iter().map(|(matches, _)| matches.clone()).collect()
    };
    for (needs, facts) in questions {
        let needed = of(needs).len() as f64;
        for matches in needs
            .iter()
            .map(|(matches, _)| matches)
            .collect::<BTreeSet<_>>()
        {
            *credit.entry(matches).or_default() += *facts as f64 / needed;
        }
    }
    let mut candidates: Vec<(&Matches, f64)> = credit.into_iter().collect();
    candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
    candidates.truncate(CANDIDATES);
    let position = |matches: &Matches| candidates.iter().position(|(it, _)| *it == matches);
    let mut masks: BTreeMap<u32, usize> = BTreeMap::new();
    for (needs, facts) in questions {
        let bits = of(needs);
        let bits = bits.iter().map(|matches| Some(1 << position(matches)?));
        let mask: Option<u32> = bits.sum();
        if let Some(mask) = mask {
            *masks.entry(mask).or_default() += facts;
        }
    }
    let settled = |choice: u32| -> usize {
        let masks = masks.iter().filter(|(mask, _)| *mask & !choice == 0);
        masks.map(|(_, facts)| facts).sum()
    };
    let mut best = (0, 0_u32);
    let mut choices = vec![(0_u32, 0)];
    while let Some((choice, next)) = choices.pop() {
        let gain = settled(choice);
        let is_smaller = gain == best.0 && choice.count_ones() < best.1.count_ones();
        if gain > best.0 || is_smaller {
            best = (gain, choice);
        }
        if choice.count_ones() < PROPOSALS as u32 {
            choices.extend((next..candidates.len()).map(|at| (choice | 1 << at, at + 1)));
        }
    }
    let candidates = candidates.iter().enumerate();
    let chosen = candidates.filter(|(at, _)| best.1 & 1 << at != 0);
    chosen.map(|(_, (matches, _))| *matches).collect()
}

/// Takes out of `asked` what hardly any question needs.
fn spare<'q>(questions: &'q BTreeMap<BTreeSet<Need>, usize>, asked: &mut BTreeSet<&'q Need>) {
    let settled = |asked: &BTreeSet<&Need>| -> usize {
        let settled = questions
            .iter()
            .filter(|(needs, _)| needs.iter().all(|need| asked.contains(need)));
        settled.map(|(_, facts)| facts).sum()
    };
    let most = settled(asked);
    let enough = questions.values().sum::<usize>() * ENOUGH / 100;
    let least = most.min(enough.max(most - most * GIVEN_UP / 100));
    loop {
        let without = asked.iter().map(|need| {
            let mut rest = asked.clone();
            rest.remove(*need);
            (settled(&rest), *need)
        });
        match without.max() {
            Some((left, need)) if left >= least && asked.len() > 1 => asked.remove(need),
            _ => return,
        };
    }
}

/// The attribute called `name` of a kind, as a question.
fn blank(name: &str, kind: Option<Kind>) -> Blank {
    let mut fields = kind.into_iter().flat_map(|kind| kind.def().fields);
    let field = fields.find(|field| field.name == name);
    let values = field.map_or_else(Vec::new, |field| match field.ty {
        crate::model::Type::Bool => vec!["true", "false"],
        crate::model::Type::Enum(def) => def.variants.iter().map(|variant| variant.name).collect(),
        _ => Vec::new(),
    });
    Blank {
        name: name.to_owned(),
        values,
        many: field.is_some_and(|field| field.many),
    }
}
