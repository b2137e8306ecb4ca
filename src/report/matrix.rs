//! A standard against the rules: which clause is asked for by which rule, and what came of it.

use std::collections::BTreeMap;

use crate::finding::{Outcome, PROFILES, Profile, Severity, Verdict};

/// The clauses of one profile, with the rules of each.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// The profile, as it is chosen: `pci-dss`.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// A row for each clause and rule, by clause.
    pub rows: Vec<Row>,
}

/// What came of one rule, at one clause that asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The clause, as in "PCI DSS 3.6.1".
    pub clause: String,
    /// The rule, by id.
    pub rule: String,
    /// How bad it is to break it.
    pub severity: Severity,
    /// How many requests it was put to; 0 if there was nothing to look at. All of them passed if nothing is
    /// broken, undetermined or waived; else a finding may stand for several, so that those that passed are
    /// not the rest.
    pub asked: usize,
    /// How many findings break it.
    pub broken: usize,
    /// How many may break it, depending on what is unknown.
    pub undetermined: usize,
    /// How many break it, or may, and are waived.
    pub waived: usize,
}

/// The matrix of each profile that any rule of `outcome` is in.
pub fn matrices(outcome: &Outcome) -> Vec<Matrix> {
    let counts = counts(outcome);
    let all = PROFILES
        .iter()
        .map(|profile| rows(outcome, profile, &counts));
    all.filter(|matrix| !matrix.rows.is_empty()).collect()
}

/// The matrix of one profile. Linear in the findings, and in the rules and their references.
pub fn matrix(outcome: &Outcome, profile: &Profile) -> Matrix {
    rows(outcome, profile, &counts(outcome))
}

/// Of each rule, how many requests break it, may break it, and are waived.
type Counts<'o> = BTreeMap<&'o str, [usize; 3]>;

fn counts(outcome: &Outcome) -> Counts<'_> {
    let now = outcome.findings.iter().chain(&outcome.unchanged);
    let now = now.chain(&outcome.open);
    let now = now.map(|it| (it, usize::from(it.verdict == Verdict::Undetermined)));
    let waived = outcome.waived.iter().map(|waived| (&waived.finding, 2));
    let mut counts = Counts::new();
    for (finding, of) in now.chain(waived) {
        counts.entry(&finding.rule.id).or_default()[of] += finding.instances.count.max(1);
    }
    counts
}

fn rows(outcome: &Outcome, profile: &Profile, counts: &Counts<'_>) -> Matrix {
    let rules = outcome.rules.iter().filter(|rule| profile.has(rule));
    let rows = rules.flat_map(|rule| {
        let asked = outcome.summary.by_rule.get(&rule.id).copied();
        let [broken, undetermined, waived] =
            counts.get(rule.id.as_str()).copied().unwrap_or_default();
        let asked = asked.unwrap_or_default();
        profile.clauses(rule).map(move |clause| Row {
            clause: clause.to_owned(),
            rule: rule.id.clone(),
            severity: rule.severity,
            asked,
            broken,
            undetermined,
            waived,
        })
    });
    let mut rows: Vec<Row> = rows.collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row| (natural(&row.clause), row.rule.clone());
        key(a).cmp(&key(b))
    });
    rows.dedup();
    Matrix {
        name: profile.name,
        title: profile.title,
        rows,
    }
}

/// A clause so that 3.6 comes before 3.10.
fn natural(clause: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = clause;
    while !rest.is_empty() {
        let text = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(text);
        let digits = after
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        parts.push((0, word.to_owned()));
        parts.push((number.parse().unwrap_or(u64::MAX), String::new()));
        rest = after;
    }
    parts
}

impl Row {
    /// What it comes to, in a word or two.
    pub fn result(&self) -> &'static str {
        match self {
            Self { broken: 1.., .. } => "broken",
            Self {
                undetermined: 1.., ..
            } => "undetermined",
            Self { asked: 0, .. } => "nothing to look at",
            Self { waived: 1.., .. } => "waived",
            _ => "passed",
        }
    }
}
