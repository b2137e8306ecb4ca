//! Waivers: findings that somebody answers for until a day.
//!
//! A waiver names a rule and what the finding is about, says why, and ends on a day. One that has
//! ended, that excuses nothing, or that ends too late is a finding itself: nobody looks at a waiver
//! again unless something says so.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Because, Edits, Finding, Identity, Instances, RuleInfo, Severity, Verdict};
use crate::model::{Date, Kind};
use crate::source::{FileId, Label, Span, Spanned};

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// What the identity of what is wrong with a waiver begins with; no kind is called so.
const PREFIX: &str = "Waiver::";

/// How long a waiver may hold from the day of the check, if nothing else is said.
pub const MAX_WAIVER_DAYS: i64 = 365;

/// Somebody's answer for findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The id of the rule.
    pub rule: Spanned<String>,
    /// What the finding is about: its principal, its resource, or what makes the fact, as `Kind::id`.
    /// All of them; empty for one that stands beside what it excuses.
    pub entities: Vec<Spanned<String>>,
    /// How bad the finding may be at most: a waiver of what was undetermined does not hold for a
    /// violation. `None` if that does not matter.
    pub verdict: Option<Spanned<Verdict>>,
    /// The attributes and values that must be among those that decided. An attribute stands for that
    /// of any entity, or as `Kind::id.attribute` for that of one.
    pub values: Vec<(String, Spanned<Recorded>)>,
    /// The last day on which it holds.
    pub until: Spanned<Date>,
    /// Why.
    pub reason: String,
    /// Of one that stands beside what it excuses: the line that the finding must start on.
    pub line: Option<(FileId, usize)>,
    /// Where it is written.
    pub span: Span,
}

/// What was known of an attribute when a waiver was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recorded {
    /// It had this value, or this was among its values.
    Value(String),
    /// It was unknown.
    Unknown,
    /// None of its values decided: it was absent, or a list that lacks something.
    Nothing,
}

impl Recorded {
    /// What is recorded of a value that decided.
    pub fn of(because: &Because) -> Self {
        match &because.value {
            Some(value) => Self::Value(value.clone()),
            None if because.known => Self::Nothing,
            None => Self::Unknown,
        }
    }
}

impl Because {
    /// What a waiver calls the attribute of just this entity: `Kind::id.attribute`. `None` if it is
    /// no attribute, but the entity itself.
    pub fn qualified(&self) -> Option<String> {
        let is_name = |c: char| c.is_ascii_alphanumeric();
        let entity = self.entity.strip_suffix('`')?;
        let (label, id) = entity.split_once(" `")?;
        let mut kinds = Kind::ALL.iter().map(|kind| kind.def());
        let kind = kinds.find(|kind| kind.label == label)?;
        let attribute = &self.attribute;
        let qualified = || format!("{}::{id}.{attribute}", kind.name);
        attribute.chars().all(is_name).then(qualified)
    }

    /// Whether this is what a waiver calls `name`, and is as it was recorded.
    fn is(&self, name: &str, recorded: &Recorded) -> bool {
        let named = match name.contains("::") {
            true => self.qualified().is_some_and(|qualified| qualified == name),
            false => self.attribute == name,
        };
        named && Recorded::of(self) == *recorded
    }
}

/// Why a waiver that names a finding does not hold for it.
#[derive(Debug, Clone, Copy)]
enum Lapse<'w> {
    /// This value is not there any more.
    Value(&'w str, Span),
    /// The finding is worse than this.
    Verdict(Span),
}

/// A finding that a waiver excuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waived {
    /// The finding.
    pub finding: Finding,
    /// The last day on which it is, as it is written.
    pub until: String,
    /// Why.
    pub reason: String,
    /// Whether the waiver stands beside what it excuses, and not in the configuration.
    pub in_source: bool,
    /// Who answers for what the finding is about.
    pub owner: Option<String>,
    /// Where the waiver is written.
    pub span: Span,
}

/// What waivers are held against.
pub struct WaiverContext<'a> {
    /// The day of the check, in milliseconds since 1970.
    pub now: i64,
    /// For how many days a waiver may hold.
    pub max_days: i64,
    /// Which rules were asked, by id.
    pub asked: &'a BTreeSet<String>,
    /// Whether an entity is declared, by its name as `Kind::id`.
    pub is_declared: &'a dyn Fn(&str) -> bool,
    /// Who answers for what a finding is about.
    pub owner: &'a dyn Fn(&Finding) -> Option<String>,
    /// Whether everything was looked at that the configuration is for.
    pub whole: bool,
    /// The line of a place, from 1.
    pub line: &'a dyn Fn(Span) -> (FileId, usize),
}

impl Waiver {
    /// Whether it names the rule of such a finding, and nothing that the finding is not about.
    fn names_all_of(&self, finding: &Finding) -> bool {
        let named = |entity: &Spanned<String>| finding.entities().any(|part| part == entity.value);
        finding.identity.rule == self.rule.value && self.entities.iter().all(named)
    }

    /// Why it does not hold for a finding that it names, if it does not.
    fn lapsed<'w>(&'w self, finding: &Finding) -> Option<Lapse<'w>> {
        if let Some(verdict) = &self.verdict
            && finding.verdict < verdict.value
        {
            return Some(Lapse::Verdict(verdict.span));
        }
        let holds = |(attribute, recorded): &(String, Spanned<Recorded>)| {
            let mut because = finding.because.iter();
            because.any(|because| because.is(attribute, &recorded.value))
        };
        let lapsed = self.values.iter().find(|value| !holds(value));
        lapsed.map(|(attribute, recorded)| Lapse::Value(attribute, recorded.span))
    }

    /// Whether it holds on the day `now`, in milliseconds since 1970.
    fn holds_on(&self, now: i64) -> bool {
        now <= self.until.value.milliseconds
    }

    fn names(&self) -> String {
        let names: Vec<_> = self
            .entities
            .iter()
            .map(|entity| entity.value.as_str())
            .collect();
        match names.as_slice() {
            [] => format!("`{}`", self.rule.value),
            names => format!("`{}` on `{}`", self.rule.value, names.join("`, `")),
        }
    }
}

impl Finding {
    /// Of what is wrong with a waiver, the rule that it is a waiver of.
    pub fn waived_rule(&self) -> Option<&str> {
        let names = self.identity.principal.strip_prefix(PREFIX)?;
        names.split(' ').next()
    }
}

/// Waivers by what they name, and by the line that they stand on.
pub struct WaiversByName<'w> {
    all: &'w [Waiver],
    by_entity: HashMap<(&'w str, &'w str), Vec<usize>>,
    by_line: HashMap<(&'w str, (FileId, usize)), Vec<usize>>,
    /// The last day of those of each rule that stand on lines.
    beside: HashMap<&'w str, i64>,
}

impl<'w> WaiversByName<'w> {
    /// Linear in waivers.
    pub fn new(all: &'w [Waiver]) -> Self {
        let mut by_name = Self {
            all,
            by_entity: HashMap::new(),
            by_line: HashMap::new(),
            beside: HashMap::new(),
        };
        for (at, waiver) in all.iter().enumerate() {
            let rule = waiver.rule.value.as_str();
            if let Some(entity) = waiver.entities.first() {
                let of_entity = by_name.by_entity.entry((rule, &entity.value));
                of_entity.or_default().push(at);
            }
            if let Some(line) = waiver.line {
                by_name.by_line.entry((rule, line)).or_default().push(at);
                let last = by_name.beside.entry(rule).or_insert(i64::MIN);
                *last = (*last).max(waiver.until.value.milliseconds);
            }
        }
        by_name
    }

    /// Those that name something of this, in the order in which they are written.
    fn naming(&self, finding: &Finding) -> BTreeSet<usize> {
        let found = finding
            .entities()
            .filter_map(|entity| self.by_entity.get(&(&finding.identity.rule, entity)));
        found.flatten().copied().collect()
    }

    /// Those that are about this finding, in the order in which they are written.
    fn about(
        &self,
        finding: &Finding,
        line: &dyn Fn(Span) -> (FileId, usize),
    ) -> impl Iterator<Item = usize> {
        let rule = finding.identity.rule.as_str();
        let mut found = self.naming(finding);
        if self.beside.contains_key(rule) {
            let here = self.by_line.get(&(rule, line(finding.primary.span)));
            found.extend(here.into_iter().flatten());
        }
        found.retain(|at| self.all[*at].names_all_of(finding));
        found.into_iter()
    }

    /// Whether, on the day `now`, one may excuse what this is, depending on its values and its line;
    /// of what stands for several facts also on which these are.
    pub fn may_excuse(&self, finding: &Finding, now: i64) -> bool {
        let rule = &finding.identity.rule;
        if finding.instances.count > 0 {
            let of_rule = |waiver: &Waiver| waiver.rule.value == *rule && waiver.holds_on(now);
            return self.all.iter().any(of_rule);
        }
        let is_beside = |last: &i64| now <= *last;
        let mut naming = self.naming(finding).into_iter();
        self.beside.get(&**rule).is_some_and(is_beside)
            || naming.any(|at| self.all[at].holds_on(now) && self.all[at].names_all_of(finding))
    }

    /// Whether, on the day `now`, one excuses this finding.
    pub fn excuses(
        &self,
        finding: &Finding,
        now: i64,
        line: &dyn Fn(Span) -> (FileId, usize),
    ) -> bool {
        let mut about = self.about(finding, line).map(|at| &self.all[at]);
        about.any(|waiver| waiver.holds_on(now) && waiver.lapsed(finding).is_none())
    }

    /// Whether, on the day `now`, one that is about this finding is past.
    pub fn is_past(
        &self,
        finding: &Finding,
        now: i64,
        line: &dyn Fn(Span) -> (FileId, usize),
    ) -> bool {
        let mut about = self.about(finding, line);
        about.any(|at| !self.all[at].holds_on(now))
    }
}

/// Takes out of `findings` what `waivers` excuse, and adds to them what is wrong with the waivers.
///
/// Linear in findings, and in waivers of their rule whose first entity or line is theirs.
pub fn waive(
    waivers: &[Waiver],
    findings: &mut Vec<Finding>,
    context: &WaiverContext<'_>,
) -> Vec<Waived> {
    let by_name = WaiversByName::new(waivers);
    let mut used = vec![false; waivers.len()];
    let mut lapsed = vec![None; waivers.len()];
    let mut waived = Vec::new();
    let mut kept = Vec::with_capacity(findings.len());
    for finding in std::mem::take(findings) {
        let mut excuse = None;
        for at in by_name.about(&finding, context.line) {
            let waiver = &waivers[at];
            match waiver.lapsed(&finding) {
                Some(lapse) => lapsed[at] = Some(lapse),
                None => {
                    used[at] = true;
                    if waiver.holds_on(context.now) {
                        excuse = Some(waiver);
                    }
                }
            }
        }
        match excuse {
            Some(waiver) => waived.push(Waived {
                owner: (context.owner)(&finding),
                finding,
                until: waiver.until.value.to_string(),
                reason: waiver.reason.clone(),
                in_source: waiver.line.is_some(),
                span: waiver.span,
            }),
            None => kept.push(finding),
        }
    }
    *findings = kept;
    for ((waiver, used), lapsed) in waivers.iter().zip(used).zip(lapsed) {
        findings.extend(wrong(waiver, used, lapsed, context));
    }
    waived
}

/// What is wrong with a waiver.
fn wrong(
    waiver: &Waiver,
    used: bool,
    lapsed: Option<Lapse<'_>>,
    context: &WaiverContext<'_>,
) -> Option<Finding> {
    let names = waiver.names();
    let WaiverContext { now, max_days, .. } = context;
    let about = |rule: &About, message: String, span: Span, text: String| {
        Some(finding(waiver, rule, message, Label { span, text }))
    };
    if used {
        if !waiver.holds_on(*now) {
            let message = format!("the waiver of {names} has ended");
            return about(
                &EXPIRED,
                message,
                waiver.until.span,
                "it held until here".to_owned(),
            );
        }
        if waiver.until.value.milliseconds > now + max_days * DAY {
            let message = format!("the waiver of {names} holds for more than {max_days} days");
            return about(&TOO_LONG, message, waiver.until.span, "too late".to_owned());
        }
        return None;
    }
    // What was not asked or looked at may well be excused.
    if !context.asked.contains(&waiver.rule.value) {
        return None;
    }
    match lapsed {
        Some(Lapse::Value(attribute, span)) => {
            let message = format!("the waiver of {names} does not hold, because a value changed");
            let text = format!("`{attribute}` is something else now");
            return about(&UNUSED, message, span, text);
        }
        Some(Lapse::Verdict(span)) => {
            let message = format!(
                "the waiver of {names} does not hold, because what was undetermined is a violation now"
            );
            return about(&UNUSED, message, span, "not for a violation".to_owned());
        }
        None => {}
    }
    let mut unknown = waiver.entities.iter();
    if let Some(entity) = unknown.find(|entity| !(context.is_declared)(&entity.value)) {
        if !context.whole {
            return None;
        }
        let message = format!("the waiver of {names} names an undeclared entity");
        return about(&UNUSED, message, entity.span, "not declared".to_owned());
    }
    let message = format!("unused waiver of {names}");
    about(
        &UNUSED,
        message,
        waiver.span,
        "there is no such finding".to_owned(),
    )
}

fn finding(waiver: &Waiver, about: &About, message: String, primary: Label) -> Finding {
    let rule = RuleInfo {
        id: about.id.to_owned(),
        title: about.title.to_owned(),
        severity: about.severity,
        help: Some(about.help.to_owned()),
        references: Vec::new(),
        built_in: true,
        group: None,
        span: waiver.span,
    };
    let mut named = vec![waiver.rule.value.clone()];
    named.extend(waiver.entities.iter().map(|entity| entity.value.clone()));
    Finding {
        verdict: Verdict::Violation,
        message,
        primary,
        related: Vec::new(),
        clauses: Vec::new(),
        because: Vec::new(),
        path: Vec::new(),
        way_out: None,
        cut: None,
        passes_if: None,
        change: None,
        effect: None,
        instances: Instances::default(),
        edits: Edits::default(),
        fails: false,
        identity: Identity {
            rule: about.id.to_owned(),
            principal: format!("{PREFIX}{}", named.join(" ")),
            resource: None,
            via: None,
        },
        rule: Arc::new(rule),
    }
}

/// A rule about waivers, which no policy states.
struct About {
    id: &'static str,
    title: &'static str,
    severity: Severity,
    help: &'static str,
}

const EXPIRED: About = About {
    id: "waiver-expired",
    title: "waivers must not have ended",
    severity: Severity::Medium,
    help: "fix the finding, or set a new date",
};
const TOO_LONG: About = About {
    id: "waiver-too-long",
    title: "waivers must end in a reasonable time",
    severity: Severity::Medium,
    help: "choose an earlier day, or raise `max-waiver-days` in `palisade.yaml`",
};
const UNUSED: About = About {
    id: "waiver-unused",
    title: "waivers must match a finding",
    severity: Severity::Low,
    help: "remove it, or correct what it names",
};
