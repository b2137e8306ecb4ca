//! `palisade.report/v1`: what the `json` report is made of.

mod answer;
mod change;
mod ledger;
mod place;
mod waived;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::finding as engine;
use crate::source::{self, Files, ProblemKind};

pub(in crate::report) use answer::Unknown;

use answer::Cause;
use change::{Change, Comparison, Skipped};
use ledger::Ledger;
use place::{Label, Location};
use waived::Waived;

/// What the format is called; the number goes up when a program that reads it would break.
pub(super) const FORMAT: &str = "palisade.report/v1";

/// What a run of Palisade came to.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Palisade report")]
pub(super) struct Report<'a> {
    /// Which format this is, and which version of it.
    #[schemars(extend("const" = FORMAT))]
    format: &'static str,
    /// What was found, by place, then by rule; in a comparison what is new first, then what was
    /// there before.
    #[schemars(with = "Vec<Finding<'a>>")]
    findings: Each<'a, engine::Finding, Finding<'a>>,
    /// What was found and is excused by a waiver, by place, then by rule.
    #[schemars(with = "Vec<Waived<'a>>")]
    waived: Each<'a, engine::Waived, Waived<'a>>,
    /// In a comparison, what is no longer found. Its places are in the files of before.
    #[schemars(with = "Vec<Finding<'a>>")]
    gone: Each<'a, engine::Finding, Finding<'a>>,
    /// Open questions: what would be found or not, depending on what infrastructure code has no word
    /// for. They are no findings.
    open: Open<'a>,
    /// What this was compared with; null if nothing was.
    comparison: Option<Comparison<'a>>,
    /// What kept something from being checked, by place. If there are any, the answer is incomplete.
    #[schemars(with = "Vec<Problem<'a>>")]
    problems: Each<'a, source::Problem, Problem<'a>>,
    /// What can be edited to end the violations, the worst first: each violation is in one.
    causes: Vec<Cause<'a>>,
    /// What would settle the undetermined findings, the worst and most decisive first.
    questions: Vec<Unknown<'a>>,
    /// The rules that were selected, by id.
    rules: Vec<Rule<'a>>,
    /// What became of every file in reach.
    ledger: Ledger<'a>,
    /// How much was looked at, and how much was found.
    summary: Summary<'a>,
    /// What the run exits with: 2 if configuration or policies cannot be used, else 1 if a finding
    /// fails the run, else 3 if something could not be checked or nothing was, else 0.
    exit_code: u8,
}

impl<'a> Report<'a> {
    pub(super) fn of(
        outcome: &'a engine::Outcome,
        causes: &'a engine::Causes,
        questions: &'a engine::Questions,
    ) -> Self {
        let files = &outcome.files;
        let rules = outcome.rules.iter().map(|rule| Rule::of(rule, outcome));
        Self {
            format: FORMAT,
            findings: Each::new(&outcome.findings, files, Finding::of).then(&outcome.unchanged),
            waived: Each::new(&outcome.waived, files, Waived::of),
            gone: Each::new(&outcome.gone, files, Finding::of),
            open: Open::of(outcome),
            comparison: outcome.comparison.as_ref().map(Comparison::of),
            problems: Each::new(&outcome.problems, files, Problem::of),
            causes: causes
                .all
                .iter()
                .map(|cause| Cause::of(files, &outcome.findings, cause))
                .collect(),
            questions: questions
                .all
                .iter()
                .map(|it| Unknown::of(files, &outcome.findings, questions, it))
                .collect(),
            rules: rules.collect(),
            ledger: Ledger::of(&outcome.summary.ledger, files),
            summary: Summary::of(outcome),
            exit_code: outcome.exit_code(),
        }
    }
}

/// A list that is converted while it is written.
struct Each<'a, T, U> {
    items: &'a [T],
    further: &'a [T],
    files: &'a Files,
    convert: fn(&'a Files, &'a T) -> U,
}

impl<'a, T, U> Each<'a, T, U> {
    fn new(items: &'a [T], files: &'a Files, convert: fn(&'a Files, &'a T) -> U) -> Self {
        Self {
            items,
            further: &[],
            files,
            convert,
        }
    }

    fn then(self, further: &'a [T]) -> Self {
        Self { further, ..self }
    }
}

impl<T, U: Serialize> Serialize for Each<'_, T, U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.items
                .iter()
                .chain(self.further)
                .map(|item| (self.convert)(self.files, item)),
        )
    }
}

/// A rule that is broken, or may be.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    /// The id of the rule.
    rule: &'a str,
    /// How bad it is to break the rule.
    severity: Severity,
    /// Whether it is broken, or may be.
    verdict: Verdict,
    /// What is wrong, in one sentence.
    message: &'a str,
    /// What it is about, whatever the lines and files are called.
    identity: Identity<'a>,
    /// How many facts it stands for: all that break the rule for one cause, which `identity` names.
    instance_count: usize,
    /// The first of them, the one that is told here first; all with `--all`. Empty for a finding that
    /// stands for itself alone.
    instances: Vec<Instance<'a>>,
    /// Whether it was there before; null if nothing was compared, and for what is gone.
    change: Option<Change>,
    /// What the change does to bring it about, in one sentence; null if that cannot be told.
    effect: Option<&'a str>,
    /// The value most worth changing.
    primary: Label<'a>,
    /// The other values that decided, and the places that make them matter.
    related: Vec<Label<'a>>,
    /// The parts of the rule that made it fire, in its policy file.
    clauses: Vec<Label<'a>>,
    /// Every value that decided.
    because: Vec<Because<'a>>,
    /// How what is wrong comes about, hop by hop; empty for what a document states outright.
    path: Vec<Hop<'a>>,
    /// What closes every path to it, in words; null if there is no such thing, or it was not looked for,
    /// which `cut` tells apart.
    way_out: Option<&'a str>,
    /// What closes every path to it: the entities, as `Kind::id`, that have to be left out together; of a
    /// zone, what it states of the internet. Empty if nothing does, or only very many together; null if
    /// it was not looked for.
    cut: Option<&'a [String]>,
    /// If undetermined: which values of what is unknown would pass.
    passes_if: Option<&'a str>,
    /// What to do.
    help: Option<&'a str>,
    /// The standards and reports that ask for it.
    references: &'a [String],
}

impl<'a> Finding<'a> {
    fn of(files: &'a Files, finding: &'a engine::Finding) -> Self {
        let labels = |labels: &'a [source::Label]| {
            let labels = labels.iter();
            labels.map(|label| Label::of(files, label)).collect()
        };
        let because = finding.because.iter();
        Self {
            rule: &finding.rule.id,
            severity: finding.rule.severity.into(),
            verdict: finding.verdict.into(),
            message: &finding.message,
            identity: Identity::of(&finding.identity),
            instance_count: finding.instances.count.max(1),
            instances: finding.instances.shown.iter().map(Instance::of).collect(),
            change: finding.change.map(Change::from),
            effect: finding.effect.as_deref(),
            primary: Label::of(files, &finding.primary),
            related: labels(&finding.related),
            clauses: labels(&finding.clauses),
            because: because.map(|because| Because::of(files, because)).collect(),
            path: finding.path.iter().map(|hop| Hop::of(files, hop)).collect(),
            way_out: finding.way_out.as_deref(),
            cut: finding.cut.as_deref(),
            passes_if: finding.passes_if.as_deref(),
            help: finding.rule.help.as_deref(),
            references: &finding.rule.references,
        }
    }
}

/// A fact that a finding stands for.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Instance<'a> {
    /// The principal, as `Kind::id`.
    principal: &'a str,
    /// The resource, as `Kind::id`.
    resource: &'a str,
    /// The grant that makes the fact, as `Kind::id`; null if no single one does.
    via: Option<&'a str>,
    /// Whether the rule is broken by it, or may be.
    verdict: Verdict,
}

impl<'a> Instance<'a> {
    fn of(instance: &'a engine::Instance) -> Self {
        Self {
            principal: &instance.principal,
            resource: &instance.resource,
            via: instance.via.as_deref(),
            verdict: instance.verdict.into(),
        }
    }
}

/// A hop on the way to what is wrong.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Hop<'a> {
    /// Where it begins; null for where a thing comes from.
    from: Option<&'a str>,
    /// Where it ends.
    to: &'a str,
    /// What makes it, in words.
    by: &'a str,
    /// What makes it, as `Kind::id`: a transfer, a grant, a conduit; null if no entity of its own does.
    via: Option<&'a str>,
    /// Where that is stated.
    location: Location<'a>,
    /// The categories that are removed on it.
    removed: &'a [String],
    /// What is in the thing from here on.
    added: &'a [String],
    /// How many hops before this one are left out; 0 but in the middle of a very long path.
    skipped: usize,
}

impl<'a> Hop<'a> {
    fn of(files: &'a Files, hop: &'a engine::Hop) -> Self {
        Self {
            from: hop.from.as_deref(),
            to: &hop.to,
            by: &hop.by,
            via: hop.via.as_deref(),
            location: Location::of(files, hop.span),
            removed: &hop.removed,
            added: &hop.added,
            skipped: hop.skipped,
        }
    }
}

/// How bad it is to break a rule.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Severity {
    /// Good practice.
    Low,
    /// A weakness that needs others to matter.
    Medium,
    /// A weakness that matters by itself.
    High,
    /// The kind of weakness that ends in an incident.
    Critical,
}

impl From<engine::Severity> for Severity {
    fn from(severity: engine::Severity) -> Self {
        match severity {
            engine::Severity::Low => Self::Low,
            engine::Severity::Medium => Self::Medium,
            engine::Severity::High => Self::High,
            engine::Severity::Critical => Self::Critical,
        }
    }
}

/// Whether a rule is broken, or may be.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Verdict {
    /// It is broken, whatever the unknown values are.
    Violation,
    /// Whether it is broken depends on what is unknown.
    Undetermined,
}

impl From<engine::Verdict> for Verdict {
    fn from(verdict: engine::Verdict) -> Self {
        match verdict {
            engine::Verdict::Violation => Self::Violation,
            engine::Verdict::Undetermined => Self::Undetermined,
        }
    }
}

/// What a finding is about. It holds no place, so it survives moved lines and renamed files.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    /// The id of the rule.
    rule: &'a str,
    /// The principal, as `Kind::id`; of a finding that stands for several facts their cause: a conduit,
    /// a grant, or the entity that states what decided.
    principal: &'a str,
    /// The resource, as `Kind::id`; null if the finding is about how the principal is declared.
    resource: Option<&'a str>,
    /// What makes the fact where several things can: the conduit, the grant or the log, as
    /// `Kind::id`.
    via: Option<&'a str>,
    /// Eight hexadecimal digits that stand for all of the above.
    short: String,
}

impl<'a> Identity<'a> {
    fn of(identity: &'a engine::Identity) -> Self {
        Self {
            rule: &identity.rule,
            principal: &identity.principal,
            resource: identity.resource.as_deref(),
            via: identity.via.as_deref(),
            short: identity.short(),
        }
    }
}

/// A value that decided.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Because<'a> {
    /// The entity that has it.
    entity: &'a str,
    /// The attribute.
    attribute: &'a str,
    /// The value as written; null if it is unknown or absent.
    value: Option<&'a str>,
    /// Whether it is known. What is absent may be.
    known: bool,
    /// Whether it is unknown because infrastructure code has no word for it, or lists only some of it.
    unsaid: bool,
    /// Where it is written; if it is not, the entity that does not state it.
    location: Location<'a>,
}

impl<'a> Because<'a> {
    fn of(files: &'a Files, because: &'a engine::Because) -> Self {
        Self {
            entity: &because.entity,
            attribute: &because.attribute,
            value: because.value.as_deref(),
            known: because.known,
            unsaid: because.unsaid,
            location: Location::of(files, because.span),
        }
    }
}

/// What kept something from being checked.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    /// Which part of the input is at fault.
    kind: Fault,
    /// A stable name for this sort of problem.
    code: &'a str,
    /// What is wrong, in one sentence.
    message: &'a str,
    /// The places concerned, the one to change first; empty if there is no text to point at.
    labels: Vec<Label<'a>>,
    /// What to do.
    help: Option<&'a str>,
}

impl<'a> Problem<'a> {
    fn of(files: &'a Files, problem: &'a source::Problem) -> Self {
        let labels = problem.labels.iter();
        Self {
            kind: match problem.kind {
                ProblemKind::Configuration => Fault::Configuration,
                ProblemKind::Policy => Fault::Policy,
                ProblemKind::Command => Fault::Command,
                ProblemKind::Input => Fault::Input,
                ProblemKind::Evaluation => Fault::Evaluation,
            },
            code: problem.code.name(),
            message: &problem.message,
            labels: labels.map(|label| Label::of(files, label)).collect(),
            help: problem.help.as_deref(),
        }
    }
}

/// Which part of the input is at fault.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Fault {
    /// A `palisade.yaml` cannot be used.
    Configuration,
    /// A policy cannot be used.
    Policy,
    /// What the command names is not there, such as a repository or a revision.
    Command,
    /// A described infrastructure could not be read or understood in full.
    Input,
    /// A request was asked and could not be answered.
    Evaluation,
}

/// A rule that was selected.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    /// Its id.
    id: &'a str,
    /// What it requires.
    title: &'a str,
    /// How bad it is to break it.
    severity: Severity,
    /// What to do where it is broken.
    help: Option<&'a str>,
    /// The standards and reports that ask for it.
    references: &'a [String],
    /// Whether it comes with Palisade.
    built_in: bool,
    /// Where its id is written.
    location: Location<'a>,
}

impl<'a> Rule<'a> {
    fn of(rule: &'a engine::RuleInfo, outcome: &'a engine::Outcome) -> Self {
        Self {
            id: &rule.id,
            title: &rule.title,
            severity: rule.severity.into(),
            help: rule.help.as_deref(),
            references: &rule.references,
            built_in: rule.built_in,
            location: Location::of(&outcome.files, rule.span),
        }
    }
}

/// Open questions.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Open<'a> {
    /// How many there are.
    count: usize,
    /// What they depend on: what most of them wait for comes first.
    questions: Vec<Question<'a>>,
}

/// Something that infrastructure code has no word for.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Question<'a> {
    /// What it is about, as in "zone `prod`".
    entity: String,
    /// The attribute.
    attribute: String,
    /// How many open questions depend on it, alone or with others.
    waiting: usize,
    /// Their rules, by id.
    rules: Vec<String>,
    /// Where the entity stands.
    location: Location<'a>,
}

impl<'a> Open<'a> {
    fn of(outcome: &'a engine::Outcome) -> Self {
        let questions = engine::open_facts(&outcome.open).into_iter();
        let questions = questions.map(|question| Question {
            entity: question.entity,
            attribute: question.attribute,
            waiting: question.waiting,
            rules: question.rules.into_iter().collect(),
            location: Location::of(&outcome.files, question.span),
        });
        Self {
            count: engine::count_open(&outcome.open),
            questions: questions.collect(),
        }
    }
}

/// How much was looked at, and how much was found.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    /// Documents that were read.
    documents: usize,
    /// Files seen that do not claim to be documents.
    unclaimed: usize,
    /// Entities declared.
    entities: usize,
    /// Rules that were selected.
    rules: usize,
    /// Requests that were decided; one for each rule and each fact that it applies to.
    decisions: usize,
    /// Selected rules that applied to nothing.
    idle_rules: &'a [String],
    /// What a repository lists and was not looked at, with the reason. `ledger` has this and more.
    skipped: Vec<Skipped<'a>>,
    /// Documents that were read only because what was named may refer to them.
    aside: usize,
    /// References that are not reported, because a document that may declare what they refer to
    /// could not be read.
    held_back: usize,
    /// Findings whose verdict is `violation`, by severity; in a comparison new ones only.
    violations: BySeverity,
    /// Findings whose verdict is `undetermined`, by severity; in a comparison new ones only.
    undetermined: BySeverity,
    /// Problems.
    problems: usize,
}

impl<'a> Summary<'a> {
    fn of(outcome: &'a engine::Outcome) -> Self {
        let summary = &outcome.summary;
        Self {
            documents: summary.documents,
            unclaimed: summary.ledger.not_ours().count(),
            entities: summary.entities,
            rules: summary.rules,
            decisions: summary.decisions,
            idle_rules: &summary.idle_rules,
            skipped: summary.ledger.left_out().filter_map(Skipped::of).collect(),
            aside: summary.aside,
            held_back: summary.held_back,
            violations: BySeverity::of(outcome, engine::Verdict::Violation),
            undetermined: BySeverity::of(outcome, engine::Verdict::Undetermined),
            problems: outcome.problems.len(),
        }
    }
}

/// How many there are of each severity.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BySeverity {
    /// Critical ones.
    critical: usize,
    /// High ones.
    high: usize,
    /// Medium ones.
    medium: usize,
    /// Low ones.
    low: usize,
}

impl BySeverity {
    fn of(outcome: &engine::Outcome, verdict: engine::Verdict) -> Self {
        let count = |severity| outcome.count_at(verdict, severity);
        Self {
            critical: count(engine::Severity::Critical),
            high: count(engine::Severity::High),
            medium: count(engine::Severity::Medium),
            low: count(engine::Severity::Low),
        }
    }
}
