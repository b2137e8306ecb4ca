//! What a check found: findings, problems, and what was looked at.
//!
//! Flows in: verdicts of the policies with the values that decided them. Flows out: everything
//! that a report shows and the exit code is made from. Reports add nothing to it and drop nothing.

mod cause;
mod comparison;
mod edit;
mod identity;
mod lint;
mod open;
mod profile;
mod question;
mod severity;
mod waiver;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Bound, Import};
use crate::picture::Graph;
use crate::source::{Files, Label, Ledger, Problem, Span, Trace};

pub use cause::{Block, Cause, Causes, classifies};
pub use comparison::{Change, Comparison, Known};
pub use edit::{Ask, Edits, Handle, Pass};
pub use identity::{Identity, fingerprint};
pub use lint::{Lint, LintReport};
pub use open::{Blank, OpenFact, Proposal, count as count_open, open_facts, proposals};
pub use profile::{PROFILES, Profile};
pub use question::{Asked, Question, Questions};
pub use severity::Severity;
pub use waiver::{MAX_WAIVER_DAYS, Recorded, Waived, Waiver, WaiverContext, WaiversByName, waive};

/// How a request ended, where it did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A rule is broken, whatever the unknown values are.
    Violation,
    /// Whether a rule is broken depends on what is unknown.
    Undetermined,
}

impl Verdict {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Violation => "violation",
            Self::Undetermined => "undetermined",
        }
    }
}

/// What there is to know of a rule without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its id.
    pub id: String,
    /// What it requires: a sentence that follows "key `k`: ".
    pub title: String,
    /// How bad it is to break it.
    pub severity: Severity,
    /// What to do where it is broken.
    pub help: Option<String>,
    /// The standards and reports that ask for it.
    pub references: Vec<String>,
    /// Whether it comes with Palisade.
    pub built_in: bool,
    /// Of a rule that comes with Palisade, what it is about: `key`, `dump`, `zone`.
    pub group: Option<String>,
    /// Where its id is written.
    pub span: Span,
}

/// A value that decided a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// The entity that has it, as in "key store `vault`".
    pub entity: String,
    /// The attribute, such as `custody`.
    pub attribute: String,
    /// The value as written in documents; `None` if it is unknown or absent.
    pub value: Option<String>,
    /// Whether it is known. What is absent may be.
    pub known: bool,
    /// Whether it is unknown because infrastructure code leaves it out: the language has no word for
    /// it, or lists only some of what there is.
    pub unsaid: bool,
    /// Where it is written; where it is not written, the entity that does not state it.
    pub span: Span,
}

/// A hop on the way to what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Where it begins, as in "store `dumps`"; `None` for where a thing comes from.
    pub from: Option<String>,
    /// Where it ends.
    pub to: String,
    /// What makes it, as in "by transfer `upload`".
    pub by: String,
    /// What makes it, as `Kind::id`: a transfer, a grant, a conduit.
    pub via: Option<String>,
    /// Where that is stated.
    pub span: Span,
    /// The categories that are removed on it.
    pub removed: Vec<String>,
    /// What is in the thing from here on.
    pub added: Vec<String>,
    /// How many hops before this one are left out.
    pub skipped: usize,
}

/// One of the facts that a finding stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The principal, as `Kind::id`.
    pub principal: String,
    /// The resource, as `Kind::id`.
    pub resource: String,
    /// What makes the fact, where several things can: the grant, as `Kind::id`.
    pub via: Option<String>,
    /// Whether the rule is broken by it, or may be.
    pub verdict: Verdict,
    /// The fact in a sentence: "zone `a` → zone `b`".
    pub text: String,
}

/// The facts that a finding stands for: all that break one rule for one cause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instances {
    /// How many there are; 0 for a finding that stands for itself alone.
    pub count: usize,
    /// The first of them, the one that the finding tells of first.
    pub shown: Vec<Instance>,
    /// What all of them are about, as `Kind::id`.
    pub shared: Vec<String>,
    /// How much the first of them tells: how sensitive what it is about is, and of equals whether a
    /// credential leads to it.
    pub telling: usize,
}

/// So many instances of a finding are kept, unless all are asked for.
pub const INSTANCES: usize = 5;

/// A rule that is broken, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// Whether it is broken, or may be.
    pub verdict: Verdict,
    /// What is wrong, in one sentence; lower case, no final period, code in backticks.
    pub message: String,
    /// The value most worth changing, and what to say of it.
    pub primary: Label,
    /// The other values that decided, and the places that make them matter; in any file.
    pub related: Vec<Label>,
    /// The operands of the rule that made it fire, in its `.cedar` file.
    pub clauses: Vec<Label>,
    /// Every value that decided.
    pub because: Vec<Because>,
    /// How what is wrong comes about, hop by hop; empty for what a document states outright.
    pub path: Vec<Hop>,
    /// What closes every path to it.
    pub way_out: Option<String>,
    /// The same as entities, `Kind::id`, that have to be left out together, or of zones what they state of
    /// the internet: empty if nothing short of very many would do, `None` if it was not looked for.
    pub cut: Option<Vec<String>>,
    /// Under [`Verdict::Undetermined`], which values of what is unknown would pass.
    pub passes_if: Option<String>,
    /// What could be edited to end it, or stated to settle it.
    pub edits: Edits,
    /// Whether it makes the run fail.
    pub fails: bool,
    /// What the finding is about, whatever the lines and files are called.
    pub identity: Identity,
    /// The facts that it stands for, where one cause makes many.
    pub instances: Instances,
    /// Whether it was there before; `None` if nothing was compared.
    pub change: Option<Change>,
    /// What the change does to bring it about, in one sentence, where that can be told.
    pub effect: Option<String>,
}

impl Finding {
    /// Whether it is an open question: what it depends on is what infrastructure code has no word for.
    pub fn is_open(&self) -> bool {
        let is_undetermined = self.verdict == Verdict::Undetermined;
        is_undetermined && self.because.iter().any(|because| because.unsaid)
    }

    /// The principal and the resource that the finding tells of, as `Kind::id`.
    pub fn subject(&self) -> (&str, Option<&str>) {
        match self.instances.shown.first() {
            Some(first) => (&first.principal, Some(&first.resource)),
            None => (&self.identity.principal, self.identity.resource.as_deref()),
        }
    }

    /// What it is about, as `Kind::id`: what its identity names, and what all its instances share.
    pub fn entities(&self) -> impl Iterator<Item = &str> {
        let shared = self.instances.shared.iter().map(String::as_str);
        self.identity.entities().chain(shared)
    }
}

/// How much was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Documents that were read.
    pub documents: usize,
    /// Entities declared.
    pub entities: usize,
    /// Rules that were selected.
    pub rules: usize,
    /// Requests that were decided; one for each rule and each fact that it applies to.
    pub decisions: usize,
    /// Of each rule that applied to something, by id, how many requests it decided.
    pub by_rule: BTreeMap<String, usize>,
    /// Selected rules that applied to nothing.
    pub idle_rules: Vec<String>,
    /// What became of every file in reach.
    pub ledger: Ledger,
    /// Documents that were read only because what was named may refer to them.
    pub aside: usize,
    /// References to what no document declares that are not reported, because a document that
    /// may declare it could not be read.
    pub held_back: usize,
}

/// A setting that is not the default and decides whether a run fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What it is, as in "unknowns: warn" or "--exit-zero".
    pub text: String,
    /// Where it is written; `None` if on the command line.
    pub span: Option<Span>,
}

/// Everything that a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Every text that was read.
    pub files: Files,
    /// Where a value comes from that was asked about.
    pub trace: Option<Trace>,
    /// The day that the check was made for, in milliseconds since 1970.
    pub now: i64,
    /// The selected rules, by id.
    pub rules: Vec<Arc<RuleInfo>>,
    /// What was found, by place, then by rule; in a comparison, what is new.
    pub findings: Vec<Finding>,
    /// What was found and is excused, by place, then by rule.
    pub waived: Vec<Waived>,
    /// Open questions: what would be found or not, depending on what infrastructure code has no word
    /// for. They are no findings, and fail nothing.
    pub open: Vec<Finding>,
    /// What bindings stated of what was read from code.
    pub bound: Vec<Bound>,
    /// Of what open questions depend on, by what it is called: what it was read from, and what that of
    /// the outermost zone around it was.
    pub imports: BTreeMap<String, (Import, Option<Import>)>,
    /// In a comparison, what was found in both states, as it is now. It fails nothing.
    pub unchanged: Vec<Finding>,
    /// How many more were found in both states: known from earlier runs, and listed in no report that
    /// is wanted.
    pub unlisted: usize,
    /// In a comparison, what was found only in the state before. It fails nothing, and its places
    /// are in files of that state.
    pub gone: Vec<Finding>,
    /// What this was compared with, if anything.
    pub comparison: Option<Comparison>,
    /// The projects as they are drawn, where pictures are asked for.
    pub graphs: Vec<Graph>,
    /// For each of these, where its entities are declared, by `Kind::id`.
    pub declared: Vec<BTreeMap<String, Span>>,
    /// What kept something from being checked, by place.
    pub problems: Vec<Problem>,
    /// How much was looked at.
    pub summary: Summary,
    /// What decides, besides what was found, whether the run fails.
    pub settings: Vec<Setting>,
    /// Whether findings are no reason to fail.
    pub exit_zero: bool,
}

impl Outcome {
    /// The exit code, the same for every report: 2 if configuration or policies cannot be used,
    /// else 1 if a finding fails the run, else 3 if something could not be checked or nothing was, else 0.
    pub fn exit_code(&self) -> u8 {
        if self.problems.iter().any(Problem::makes_unusable) {
            2
        } else if !self.exit_zero && self.findings.iter().any(|finding| finding.fails) {
            1
        } else if !self.problems.is_empty() || self.checked_nothing() {
            3
        } else {
            0
        }
    }

    /// Whether nothing was checked although something should have been. A change that takes the last
    /// document away, or whose files are no documents, makes nothing worse.
    pub fn checked_nothing(&self) -> bool {
        let is_settled = self.comparison.as_ref().is_some_and(|comparison| {
            let is_empty = self.summary.documents == 0;
            is_empty && (comparison.differing > 0 || comparison.only_files)
        });
        self.summary.decisions == 0 && !is_settled
    }

    /// In a comparison, how many findings are in both states.
    pub fn count_unchanged(&self) -> usize {
        self.unchanged.len() + self.unlisted
    }

    /// How many findings have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        let matching = self.findings.iter().filter(|f| f.verdict == verdict);
        matching.count()
    }

    /// How many findings have this verdict, of rules of this severity.
    pub fn count_at(&self, verdict: Verdict, severity: Severity) -> usize {
        let matching = |f: &&Finding| f.verdict == verdict && f.rule.severity == severity;
        self.findings.iter().filter(matching).count()
    }
}
