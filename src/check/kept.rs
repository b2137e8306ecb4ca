//! What a state of a root came to, kept for later runs: so that the state before a change is not
//! evaluated again, and a state in which there is nothing to tell is not even read.
//!
//! An entry is of one state: all files in reach by their contents, the configuration, the policies, the
//! day, and what the command line says. It holds no text of any file and no finding, but a digest of
//! what was found, numbers, and the names of what code leaves open. A state in which anything is a problem, or is excused, is not kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::read::{Held, Readers};
use super::rules::policy_files;
use super::{CheckInput, Project};
use crate::config::Config;
use crate::finding::{Because, Edits, Finding, Identity, Instances, Outcome, Verdict};
use crate::policy::Rule;
use crate::source::{
    Cache, Candidate, Digest, End, FileId, Foreign, Key, Label, Linked, ObjectId, Origin, Skip,
    Span, Unread,
};
use crate::syntax::Limits;

/// Changes where an entry means something else.
const FORM: &str = "state 1";

/// What a state of a root came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    /// The digest of what was found: each by what it is about, and how bad it is.
    pub(super) found: String,
    /// How many findings that is.
    pub(super) findings: usize,
    /// What became of each file that may be read, in the order of their names: a letter each.
    ends: String,
    /// What there is to tell, if it is no more than this.
    quiet: Option<Quiet>,
}

/// What a state comes to that has nothing to tell but how much was looked at, and what is not known.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Quiet {
    /// Whether everything was looked at that the configuration is for.
    whole: bool,
    documents: usize,
    entities: usize,
    decisions: usize,
    by_rule: BTreeMap<String, usize>,
    applied_nowhere: BTreeSet<String>,
    open: Vec<Open>,
    unread: Vec<NotRead>,
}

/// An open question, as far as it is counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Open {
    rule: String,
    /// How many facts it stands for.
    count: usize,
    /// The entities that it depends on, each with the attribute that code has no word for.
    unsaid: Vec<(String, String)>,
}

/// Infrastructure code that is there and not read, without the place.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct NotRead {
    what: (String, String),
    name: String,
    help: String,
}

/// What became of a file, as a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    /// It is a document.
    Document,
    /// It is infrastructure code.
    Code,
    /// It looked like code, and is part of none.
    MaybeCode,
    /// It ended so, and is neither.
    Other(End),
}

/// The ends of what is neither a document nor code.
const OTHERS: [(char, End); 8] = [
    ('x', End::NotOurs(Foreign::Extension)),
    ('u', End::NotOurs(Foreign::Unmarked)),
    ('o', End::NotOurs(Foreign::OtherUse)),
    ('n', End::NotOurs(Foreign::Named)),
    ('t', End::NotOurs(Foreign::TestData)),
    ('l', End::LeftOut(Skip::LfsPointer)),
    ('e', End::LeftOut(Skip::Encrypted)),
    ('f', End::LeftOut(Skip::Filtered)),
];

impl Letter {
    fn of(held: &Held, end: End) -> Option<Self> {
        match (end, &held.code) {
            (End::Read, Some(_)) => Some(Self::Code),
            (End::NotOurs(Foreign::Code), Some(_)) => Some(Self::MaybeCode),
            (End::Read, None) => Some(Self::Document),
            (_, Some(_)) => None,
            (end, None) => {
                let known = OTHERS.iter().any(|(_, other)| *other == end);
                known.then_some(Self::Other(end))
            }
        }
    }

    fn read(letter: char) -> Option<Self> {
        match letter {
            'd' => Some(Self::Document),
            'c' => Some(Self::Code),
            'm' => Some(Self::MaybeCode),
            _ => {
                let other = OTHERS.iter().find(|(known, _)| *known == letter);
                other.map(|(_, end)| Self::Other(*end))
            }
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Document => 'd',
            Self::Code => 'c',
            Self::MaybeCode => 'm',
            Self::Other(end) => {
                let known = OTHERS.iter().find(|(_, other)| *other == end);
                known.map_or('?', |(letter, _)| *letter)
            }
        }
    }

    fn end(self) -> End {
        match self {
            Self::Document | Self::Code => End::Read,
            Self::MaybeCode => End::NotOurs(Foreign::Code),
            Self::Other(end) => end,
        }
    }
}

/// Everything that a state depends on besides what its files hold.
#[derive(Clone)]
pub(super) struct Around {
    digest: Digest,
    /// Which files there are, and what may read each.
    files: Digest,
}

impl Around {
    /// Of a root with these files; `None` where what it comes to is not to be kept.
    pub(super) fn of(
        (root, config, job): (&Project, &Config, &CheckInput),
        (folder, links): (&str, &[Linked]),
        files: &[(Candidate, Readers)],
    ) -> Option<Self> {
        let cache = job.cache.as_ref()?;
        if root.scope.is_some() || job.trace.is_some() || job.draw || !config.waivers.is_empty() {
            return None;
        }
        let mut digest = cache.digest();
        digest.text(FORM);
        digest.number(job.now.unsigned_abs());
        for patterns in [&job.select, &job.ignore] {
            digest.number(patterns.len() as u64);
            patterns.iter().for_each(|pattern| digest.text(pattern));
        }
        digest.number(u64::from(job.strict));
        digest.text(folder);
        let most = Limits::default().file_bytes;
        match &root.config {
            None => digest.number(0),
            Some(candidate) => {
                digest.number(1);
                digest.bytes(&candidate.read(most).ok()?);
            }
        }
        // What is wrong with these is told when the rules are loaded.
        let policies = policy_files(root, config, &mut Outcome::default());
        digest.number(policies.len() as u64);
        for policy in policies {
            digest.text(&policy.name);
            digest.bytes(&policy.read(most).ok()?);
        }
        digest.number(links.len() as u64);
        for link in links {
            digest.text(&link.name);
            digest.text(&link.to);
            match &link.origin {
                None => digest.number(0),
                Some(Origin::Blob(blob)) => digest.bytes(blob.id().as_bytes()),
                Some(_) => return None,
            }
        }
        let mut known = Digest::default();
        known.number(files.len() as u64);
        for (candidate, readers) in files {
            known.text(&candidate.name);
            known.number(u64::from(candidate.named));
            readers.digest(&mut known);
        }
        Some(Self {
            digest,
            files: known,
        })
    }

    /// The key of the state in which the files hold these contents.
    fn key(mut self, contents: impl Iterator<Item = Option<ObjectId>>) -> Option<Key> {
        self.digest.bytes(self.files.finish().as_bytes());
        for content in contents {
            self.digest.bytes(content?.as_bytes());
        }
        Some(self.digest.finish())
    }

    /// What is kept of the state in which the files are in a repository as they are here.
    pub(super) fn state(self, cache: &Cache, files: &[(Candidate, Readers)]) -> Option<State> {
        let contents = files.iter().map(|(file, _)| match &file.origin {
            Origin::Blob(blob) => Some(blob.id()),
            _ => None,
        });
        let key = self.key(contents)?;
        let state: State = serde_json::from_slice(&cache.get(&key)?).ok()?;
        state.holds(files).then_some(state)
    }
}

impl State {
    fn letters(&self) -> impl Iterator<Item = Option<Letter>> + '_ {
        self.ends.chars().map(Letter::read)
    }

    /// Whether git still filters what it did: that depends on more than the files.
    fn holds(&self, files: &[(Candidate, Readers)]) -> bool {
        let letters: Option<Vec<_>> = self.letters().collect();
        let Some(letters) = letters.filter(|letters| letters.len() == files.len()) else {
            return false;
        };
        let both = files.par_iter().zip(&letters);
        both.all(|((file, _), letter)| {
            let was = *letter == Letter::Other(End::LeftOut(Skip::Filtered));
            // What is marked as a document is read, filtered or not.
            let is_document = *letter == Letter::Document && !file.named;
            let is = || matches!(&file.origin, Origin::Blob(blob) if blob.is_filtered());
            is_document
                || matches!(letter, Letter::Other(End::LeftOut(why)) if *why != Skip::Filtered)
                || was == is()
        })
    }

    /// Of each of `files`, whether it is a document or code, and what became of it.
    pub(super) fn ends(&self) -> impl Iterator<Item = (bool, End)> + '_ {
        self.letters().flatten().map(|letter| {
            let is_other = matches!(letter, Letter::Other(_));
            (!is_other, letter.end())
        })
    }

    /// Whether there is nothing to tell of it but how much was looked at, in a root that is looked at
    /// as a whole or not. A report that `lists` what others count needs places, which are not kept.
    pub(super) fn is_quiet(&self, whole: bool, lists: bool) -> bool {
        self.quiet.as_ref().is_some_and(|quiet| {
            let counts = [self.findings, quiet.open.len(), quiet.unread.len()];
            quiet.whole == whole && !(lists && counts.iter().any(|count| *count > 0))
        })
    }

    /// Adds what it comes to; how many documents there are, and the rules that applied to nothing.
    pub(super) fn tell(
        &self,
        files: &[(Candidate, Readers)],
        rules: &[Rule],
        outcome: &mut Outcome,
    ) -> (usize, BTreeSet<String>) {
        for ((file, _), (_, end)) in files.iter().zip(self.ends()) {
            outcome.summary.ledger.add(&file.name, end);
        }
        let Some(quiet) = &self.quiet else {
            return (0, BTreeSet::new());
        };
        let summary = &mut outcome.summary;
        summary.documents += quiet.documents;
        summary.entities += quiet.entities;
        summary.decisions += quiet.decisions;
        for (rule, count) in &quiet.by_rule {
            *summary.by_rule.entry(rule.clone()).or_default() += count;
        }
        let ledger = &mut summary.ledger;
        // What is not read twice is said twice: it is told apart by its place.
        let unread = (0..).zip(&quiet.unread);
        let unread = unread.map(|(start, unread)| unread.told(Span { start, ..NOWHERE }));
        ledger.unread.extend(unread);
        let open = quiet.open.iter();
        outcome
            .open
            .extend(open.filter_map(|open| open.told(rules)));
        (quiet.documents, quiet.applied_nowhere.clone())
    }
}

/// A place for what is counted and shown nowhere: the start of the first file, which is always there.
const NOWHERE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

impl Open {
    fn of(finding: &Finding) -> Self {
        let unsaid = finding.because.iter().filter(|because| because.unsaid);
        Self {
            rule: finding.rule.id.clone(),
            count: finding.instances.count,
            unsaid: unsaid
                .map(|because| (because.entity.clone(), because.attribute.clone()))
                .collect(),
        }
    }

    /// The finding, without what only a report has that lists it.
    fn told(&self, rules: &[Rule]) -> Option<Finding> {
        let rule = rules.iter().find(|rule| rule.info.id == self.rule)?;
        let because = self.unsaid.iter().map(|(entity, attribute)| Because {
            entity: entity.clone(),
            attribute: attribute.clone(),
            value: None,
            known: false,
            unsaid: true,
            span: NOWHERE,
        });
        Some(Finding {
            rule: Arc::clone(&rule.info),
            verdict: Verdict::Undetermined,
            message: String::new(),
            primary: Label {
                span: NOWHERE,
                text: String::new(),
            },
            related: Vec::new(),
            clauses: Vec::new(),
            because: because.collect(),
            path: Vec::new(),
            way_out: None,
            cut: None,
            passes_if: None,
            edits: Edits::default(),
            fails: false,
            identity: Identity {
                rule: self.rule.clone(),
                principal: String::new(),
                resource: None,
                via: None,
            },
            instances: Instances {
                count: self.count,
                ..Instances::default()
            },
            change: None,
            effect: None,
        })
    }
}

impl NotRead {
    fn of(unread: &Unread) -> Self {
        Self {
            what: (unread.what.0.to_owned(), unread.what.1.to_owned()),
            name: unread.name.clone(),
            help: unread.help.to_owned(),
        }
    }

    fn told(&self, span: Span) -> Unread {
        // They are needed until the program ends.
        let leaked = |text: &String| -> &'static str { text.clone().leak() };
        Unread {
            what: (leaked(&self.what.0), leaked(&self.what.1)),
            name: self.name.clone(),
            help: leaked(&self.help),
            span,
        }
    }
}

/// What was found, as a digest: each by what it is about, and how bad it is.
pub(super) fn found(findings: &[Finding]) -> String {
    let mut all: Vec<_> = findings
        .iter()
        .map(|it| (&it.identity, it.verdict))
        .collect();
    all.sort_unstable();
    let mut digest = Digest::default();
    for (identity, verdict) in all {
        digest.text(&identity.rule);
        digest.text(&identity.principal);
        for part in [&identity.resource, &identity.via] {
            digest.number(u64::from(part.is_some()));
            digest.text(part.as_deref().unwrap_or_default());
        }
        digest.text(verdict.name());
    }
    digest.finish().to_string()
}

/// How much an outcome had to tell before a root was checked.
pub(super) struct Mark {
    problems: usize,
    entries: usize,
    open: usize,
    unread: usize,
    documents: usize,
    entities: usize,
    /// What was left out or not told, which an entry has no place for.
    aside: (usize, usize),
}

/// What a root came to, to be kept.
pub(super) struct Came<'c> {
    pub(super) around: Around,
    pub(super) before: Mark,
    pub(super) held: &'c [Held],
    pub(super) whole: bool,
    /// The digest of what was found, and how many findings that is.
    pub(super) found: (&'c str, usize),
    pub(super) decisions: usize,
    pub(super) by_rule: &'c BTreeMap<String, usize>,
    pub(super) applied_nowhere: &'c BTreeSet<String>,
}

impl Mark {
    pub(super) fn of(outcome: &Outcome) -> Self {
        let summary = &outcome.summary;
        Self {
            problems: outcome.problems.len(),
            entries: summary.ledger.entries().len(),
            open: outcome.open.len(),
            unread: summary.ledger.unread.len(),
            documents: summary.documents,
            entities: summary.entities,
            aside: (summary.aside, summary.held_back),
        }
    }
}

impl Came<'_> {
    /// Keeps it, unless something was a problem. That it cannot be written costs the next run time, and
    /// is no reason to say anything.
    pub(super) fn keep(self, cache: &Cache, outcome: &Outcome) {
        let Self { before, .. } = &self;
        let summary = &outcome.summary;
        let is_aside = before.aside != (summary.aside, summary.held_back);
        if outcome.problems.len() != before.problems || is_aside {
            return;
        }
        // A link that is followed is there besides.
        let added = summary.ledger.entries().get(before.entries..);
        let added = added.unwrap_or_default();
        let ends: HashMap<&str, End> = added.iter().map(|it| (&*it.name, it.end)).collect();
        let letters = self.held.iter().map(|held| {
            let name = &outcome.files.get(held.file).name;
            let end = ends.get(name.as_str())?;
            Letter::of(held, *end).map(Letter::letter)
        });
        let Some(letters) = letters.collect::<Option<String>>() else {
            return;
        };
        let is_quiet = added.len() == self.held.len();
        let open = outcome.open.iter().skip(before.open);
        let unread = summary.ledger.unread.iter().skip(before.unread);
        let (found, findings) = self.found;
        let state = State {
            found: found.to_owned(),
            findings,
            ends: letters,
            quiet: is_quiet.then(|| Quiet {
                whole: self.whole,
                documents: summary.documents - before.documents,
                entities: summary.entities - before.entities,
                decisions: self.decisions,
                by_rule: self.by_rule.clone(),
                applied_nowhere: self.applied_nowhere.clone(),
                open: open.map(Open::of).collect(),
                unread: unread.map(NotRead::of).collect(),
            }),
        };
        let key = self.around.key(self.held.iter().map(|held| held.object));
        if let (Some(key), Ok(body)) = (key, serde_json::to_vec(&state)) {
            let _ = cache.put(&key, &body);
        }
    }
}
