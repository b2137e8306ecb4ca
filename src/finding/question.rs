//! Questions: the facts that undetermined findings wait for, by the entity that somebody knows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Ask, Finding, Pass, Severity, Verdict, fingerprint};

/// A fact to be stated.
#[derive(Debug, Clone)]
pub struct Question {
    /// What to type to have it explained: `q` and eight hexadecimal digits.
    pub id: String,
    /// The fact, with what passes all rules that wait for it.
    pub ask: Ask,
    /// Whether no value passes all rules that wait for it.
    pub contradicts: bool,
    /// How bad the worst is that it may come to.
    pub severity: Severity,
    /// The findings that wait for it, by their place among those of the outcome.
    pub findings: Vec<usize>,
    /// How many of them wait for it alone.
    pub alone: usize,
    /// The facts that some of them wait for as well, by their place among [`Questions::all`].
    pub with: Vec<usize>,
    /// Facts of which any would settle some of them instead: the entity, as `Kind::id`, and the
    /// attribute.
    pub or_instead: Vec<(String, String)>,
}

impl Question {
    /// The findings that wait for any of these, each once, in order.
    pub fn waiting<'q>(questions: impl IntoIterator<Item = &'q Self>) -> Vec<usize> {
        let findings = questions.into_iter().flat_map(|it| &it.findings).copied();
        let waiting: BTreeSet<_> = findings.collect();
        waiting.into_iter().collect()
    }
}

/// What is asked of one entity, or of several of which the same is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The questions about each of the entities, by their place among [`Questions::all`].
    pub entities: Vec<Vec<usize>>,
    /// How bad the worst is that they may come to.
    pub severity: Severity,
    /// How many findings wait for them.
    pub findings: usize,
}

/// What is not known, the worst and most decisive first.
#[derive(Debug, Clone, Default)]
pub struct Questions {
    /// Every question, in the order of the report.
    pub all: Vec<Question>,
    /// The same by entity.
    pub asked: Vec<Asked>,
    /// Undetermined findings that no fact of a document would settle.
    pub open: Vec<usize>,
}

impl Questions {
    /// The questions that the undetermined ones among `findings` come to. Near-linear.
    pub fn of(findings: &[Finding]) -> Self {
        let mut asking = Asking::default();
        let mut later = Vec::new();
        for (at, finding) in findings.iter().enumerate() {
            if finding.verdict != Verdict::Undetermined {
                continue;
            }
            match &finding.edits.asks[..] {
                [] => asking.open.push(at),
                [_] => asking.add(at, finding, &[0]),
                all if finding.edits.any => later.push((at, finding, all.len())),
                all => asking.add(at, finding, &(0..all.len()).collect::<Vec<_>>()),
            }
        }
        // Of several that would do, what is asked anyway; else what most of these wait for.
        let mut wanted: HashMap<(&str, &str), usize> = HashMap::new();
        for (_, finding, _) in &later {
            for ask in &finding.edits.asks {
                *wanted.entry((&ask.entity, &ask.attribute)).or_default() += 1;
            }
        }
        for (at, finding, count) in later {
            let asks = &finding.edits.asks;
            let known = |ask: &Ask| {
                let key = (ask.entity.clone(), ask.attribute.clone());
                asking.numbers.contains_key(&key)
            };
            let best = (0..count).min_by_key(|place| {
                let ask = &asks[*place];
                let wanted = wanted.get(&(&*ask.entity, &*ask.attribute)).copied();
                (!known(ask), Reverse(wanted), *place)
            });
            asking.add(at, finding, &[best.unwrap_or(0)]);
        }
        asking.finish(findings)
    }
}

#[derive(Default)]
struct Asking {
    all: Vec<Question>,
    numbers: HashMap<(String, String), usize>,
    open: Vec<usize>,
}

impl Asking {
    /// Counts a finding at the facts that it waits for, by their place among its own.
    fn add(&mut self, at: usize, finding: &Finding, places: &[usize]) {
        let asks = &finding.edits.asks;
        let mut numbers = Vec::new();
        for ask in places.iter().map(|place| &asks[*place]) {
            let key = (ask.entity.clone(), ask.attribute.clone());
            let next = self.all.len();
            let number = *self.numbers.entry(key).or_insert(next);
            if number == next {
                let id = fingerprint(&[&ask.entity, &ask.attribute]);
                self.all.push(Question {
                    id: format!("q{}", id.get(..8).unwrap_or(&id)),
                    ask: ask.clone(),
                    contradicts: false,
                    severity: finding.rule.severity,
                    findings: Vec::new(),
                    alone: 0,
                    with: Vec::new(),
                    or_instead: Vec::new(),
                });
            }
            let question = &mut self.all[number];
            question.severity = question.severity.max(finding.rule.severity);
            question.findings.push(at);
            question.alone += usize::from(places.len() == 1);
            for pass in &ask.passes {
                question.contradicts |= !narrow(&mut question.ask.passes, pass);
            }
            numbers.push(number);
        }
        for number in &numbers {
            let question = &mut self.all[*number];
            let others = numbers.iter().filter(|other| *other != number);
            for other in others {
                if !question.with.contains(other) {
                    question.with.push(*other);
                }
            }
            let instead = (0..asks.len()).filter(|place| !places.contains(place));
            for ask in instead.map(|place| &asks[place]) {
                let other = (ask.entity.clone(), ask.attribute.clone());
                if !question.or_instead.contains(&other) {
                    question.or_instead.push(other);
                }
            }
        }
    }

    fn finish(self, findings: &[Finding]) -> Questions {
        let Self { all, open, .. } = self;
        // By entity: what is asked of it, the worst and most decisive first.
        let mut by_entity: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, question) in all.iter().enumerate() {
            by_entity.entry(&question.ask.entity).or_default().push(at);
        }
        let rank = |numbers: &[usize]| {
            let questions = numbers.iter().map(|at| &all[*at]);
            let worst = questions.clone().map(|it| it.severity).max();
            let weight = questions.clone().map(|it| it.findings.len() + 3 * it.alone);
            let first = questions.flat_map(|it| it.findings.first()).min();
            (
                Reverse(worst),
                Reverse(weight.sum::<usize>()),
                first.copied(),
            )
        };
        let mut entities: Vec<Vec<usize>> = by_entity.into_values().collect();
        for questions in &mut entities {
            questions.sort_by_key(|at| (rank(&[*at]), all[*at].ask.attribute.clone()));
        }
        entities.sort_by_key(|questions| rank(questions));
        // Entities of which the same is asked are asked about together.
        let mut folded: Vec<Vec<Vec<usize>>> = Vec::new();
        let mut known: HashMap<_, usize> = HashMap::new();
        for questions in entities {
            let same: Vec<_> = questions
                .iter()
                .map(|at| {
                    (
                        &all[*at].ask.attribute,
                        format!("{:?}", all[*at].ask.passes),
                        all[*at].severity,
                    )
                })
                .collect();
            let kind = all[questions[0]].ask.entity.split("::").next();
            let next = folded.len();
            let at = *known.entry((kind, same)).or_insert(next);
            match folded.get_mut(at) {
                Some(alike) => alike.push(questions),
                None => folded.push(vec![questions]),
            }
        }
        folded.sort_by_key(|alike| rank(&alike.concat()));
        let asked = folded.iter().map(|entities| {
            let questions = entities.iter().flatten().map(|at| &all[*at]);
            let worst = questions.clone().map(|it| it.severity).max();
            Asked {
                entities: entities.clone(),
                severity: worst.unwrap_or(Severity::Low),
                findings: Question::waiting(questions).len(),
            }
        });
        let mut asked: Vec<Asked> = asked.collect();
        // Numbers in the order of the report.
        let mut new = vec![0; all.len()];
        let mut order = Vec::with_capacity(all.len());
        for question in asked
            .iter_mut()
            .flat_map(|it| it.entities.iter_mut().flatten())
        {
            new[*question] = order.len();
            order.push(*question);
            *question = order.len() - 1;
        }
        let mut slots: Vec<Option<Question>> = all.into_iter().map(Some).collect();
        let all = order.into_iter().filter_map(|at| slots[at].take());
        let mut all: Vec<Question> = all.collect();
        for question in &mut all {
            for other in &mut question.with {
                *other = new[*other];
            }
        }
        debug_assert!(open.iter().all(|at| *at < findings.len()), "places");
        Questions { all, asked, open }
    }
}

/// Narrows what passes by what another rule lets pass; false if nothing is left.
fn narrow(passes: &mut Vec<Pass>, by: &Pass) -> bool {
    for known in passes.iter_mut() {
        match (known, by) {
            (Pass::OneOf(known), Pass::OneOf(by)) => {
                let both: Vec<_> = known.iter().filter(|it| by.contains(it)).cloned().collect();
                if both.is_empty() {
                    return false;
                }
                *known = both;
                return true;
            }
            (Pass::NoneOf(known), Pass::NoneOf(by)) | (Pass::Has(known), Pass::Has(by)) => {
                known.extend(
                    by.iter()
                        .filter(|it| !known.contains(it))
                        .cloned()
                        .collect::<Vec<_>>(),
                );
                known.sort();
                return true;
            }
            (Pass::AtMost(known, text), Pass::AtMost(by, other)) => {
                if by < known {
                    (*known, *text) = (*by, other.clone());
                }
                return true;
            }
            (Pass::AtLeast(known, text), Pass::AtLeast(by, other)) => {
                if by > known {
                    (*known, *text) = (*by, other.clone());
                }
                return true;
            }
            (Pass::Example(_), Pass::Example(_)) | (Pass::Complete, Pass::Complete) => return true,
            _ => {}
        }
    }
    let is_bound = |pass: &Pass| !matches!(pass, Pass::Example(_));
    // An example says less than a bound.
    if !is_bound(by) && passes.iter().any(is_bound) {
        return true;
    }
    if is_bound(by) {
        passes.retain(is_bound);
    }
    passes.push(by.clone());
    let bounds = passes
        .iter()
        .fold((i64::MIN, i64::MAX), |(low, high), pass| match pass {
            Pass::AtMost(most, _) => (low, high.min(*most)),
            Pass::AtLeast(least, _) => (low.max(*least), high),
            _ => (low, high),
        });
    let both = passes.iter().any(|pass| match pass {
        Pass::Has(has) => passes.iter().any(
            |other| matches!(other, Pass::NoneOf(none) if has.iter().any(|it| none.contains(it))),
        ),
        _ => false,
    });
    bounds.0 <= bounds.1 && !both
}
