//! The pipeline: texts and policies in, everything that was found out.

mod compare;
mod policies;
mod waivers;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use globset::GlobMatcher;
use rayon::prelude::*;

use crate::config::{Config, Unknowns, within};
use crate::finding::{Comparison, Finding, Outcome, PROFILES, RuleInfo, Severity, Verdict};
use crate::flow::{Flow, problems};
use crate::format::{Format, Reading};
use crate::inventory::Inventory;
use crate::model::Declarations;
use crate::policy::{Loaded, Loader, Rule, evaluate, prepare_validation};
use crate::source::{
    Candidate, FileId, Found, MissingObject, ObjectId, Origin, Problem, ProblemKind, Skip, Skipped,
    SourceFile, Span, Spanned, Unreadable, is_lfs_pointer,
};
use crate::syntax::Limits;

use compare::compare;
use waivers::Waivers;

pub use policies::{own_policies, review};

/// What to check, and with which rules. What is `None` or empty is left to each configuration.
#[derive(Debug, Default)]
pub struct Job {
    /// What is checked together, one by one.
    pub roots: Vec<Root>,
    /// Rules to take, by id or by the start of one and `*`.
    pub select: Vec<String>,
    /// Rules to leave out, in the same way.
    pub ignore: Vec<String>,
    /// The least severity that makes the run fail.
    pub fail_on: Option<Severity>,
    /// Whether an undetermined finding makes the run fail.
    pub unknowns: Option<Unknowns>,
    /// What the state is called that every root has [`Root::before`] of, if findings are compared.
    pub base: Option<String>,
    /// The day that the check is made for, in milliseconds since 1970.
    pub now: i64,
    /// What was wrong with the job before it began.
    pub problems: Vec<Problem>,
    /// Where to count how far it is.
    pub progress: Arc<Progress>,
}

/// How far a job is, for whoever waits for it: counted while it runs, never read by it.
#[derive(Debug, Default)]
pub struct Progress {
    /// The files to read, as far as they are known.
    pub files: AtomicUsize,
    /// Of these, how many were read.
    pub read: AtomicUsize,
}

/// A folder whose documents describe one system.
#[derive(Debug, Default)]
pub struct Root {
    /// The files to look at.
    pub found: Found,
    /// The configuration, if there is one.
    pub config: Option<Candidate>,
    /// Policy files besides those that the configuration lists.
    pub policies: Vec<Candidate>,
    /// Whether the files are all that the configuration is for.
    pub whole: bool,
    /// How to find the policy files that a glob of the configuration names.
    pub expand: Option<Expand>,
    /// What there was before the change, to compare with.
    pub before: Option<Before>,
}

/// The files of a root before a change. They are judged by the configuration and the policies of
/// the root as it is now, so that no change to those is mistaken for a change of what they judge.
#[derive(Debug, Default)]
pub struct Before {
    /// The files to look at.
    pub found: Found,
    /// The folder of its configuration then, as shown to people; globs are relative to it.
    pub folder: String,
    /// Its configuration then, which says nothing but which waivers there were.
    pub config: Option<Candidate>,
}

/// Finds the policy files that a glob names.
#[derive(Clone)]
pub struct Expand(Arc<Find>);

type Find = dyn Fn(&str) -> Vec<Candidate> + Send + Sync;

impl Expand {
    /// What `find` finds.
    pub fn new(find: impl Fn(&str) -> Vec<Candidate> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }
}

impl std::fmt::Debug for Expand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Expand")
    }
}

/// Reads and links the documents of `job`, each root by itself, and asks nothing.
pub fn understand(mut job: Job) -> (Vec<Inventory>, Outcome) {
    let mut outcome = Outcome::default();
    outcome.problems.append(&mut job.problems);
    let roots = configured(&mut job, &mut outcome);
    let inventories = roots
        .into_iter()
        .map(|(root, config)| link(root, &config, &job.progress, &mut outcome).inventory);
    let inventories = inventories.collect();
    sort(&mut outcome);
    (inventories, outcome)
}

/// The rules that `job` selects, with what is wrong with policies; checks nothing.
pub fn rules(mut job: Job) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.problems.append(&mut job.problems);
    for (root, config) in configured(&mut job, &mut outcome) {
        for rule in load(&root, &job, &config, std::iter::empty(), &mut outcome) {
            if !outcome.rules.iter().any(|known| known.id == rule.info.id) {
                outcome.rules.push(rule.info);
            }
        }
    }
    outcome.rules.sort_by(|a, b| a.id.cmp(&b.id));
    sort(&mut outcome);
    outcome
}

/// Checks `job`. Never stops at the first problem, and never drops one.
///
/// Reads and parses files in parallel; the outcome is the same whatever the number of threads.
/// Linear in the size of the texts and in the facts that they state times the rules that apply.
pub fn check(mut job: Job) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.problems.append(&mut job.problems);
    outcome.comparison = job.base.as_ref().map(|base| Comparison {
        base: base.clone(),
        ..Comparison::default()
    });
    let roots = configured(&mut job, &mut outcome);
    let mut idle: Option<BTreeSet<String>> = None;
    for (root, config) in roots {
        let applied_nowhere = check_root(root, &config, &job, &mut outcome);
        idle = Some(match idle {
            None => applied_nowhere,
            Some(before) => before.intersection(&applied_nowhere).cloned().collect(),
        });
    }
    outcome.summary.idle_rules = idle.unwrap_or_default().into_iter().collect();
    // What is wrong with waivers is found by no policy.
    let found = outcome.findings.iter().chain(&outcome.unchanged);
    for finding in found.filter(|finding| finding.waived_rule().is_some()) {
        let mut rules = outcome.rules.iter();
        if !rules.any(|known| known.id == finding.rule.id) {
            outcome.rules.push(Arc::clone(&finding.rule));
        }
    }
    sort(&mut outcome);
    outcome
}

/// The roots with their configurations, without those that another one leaves out.
pub(crate) fn configured(job: &mut Job, outcome: &mut Outcome) -> Vec<(Root, Config)> {
    let roots = std::mem::take(&mut job.roots).into_iter();
    let roots: Vec<_> = roots
        .map(|root| {
            let config = configure(&root, outcome);
            (root, config)
        })
        .collect();
    let hidden: Vec<_> = roots
        .iter()
        .map(|(root, _)| is_excluded(root, &roots))
        .collect();
    let visible = roots.into_iter().zip(hidden).filter(|(_, hidden)| !hidden);
    visible.map(|(root, _)| root).collect()
}

/// A root whose documents are read and linked.
struct Linked {
    root: Root,
    inventory: Inventory,
    held: Vec<Held>,
}

/// A file that was read.
struct Held {
    file: FileId,
    /// What git calls what it holds, if that is known.
    object: Option<ObjectId>,
    claimed: bool,
    skipped: bool,
}

/// Reads and links the documents of one root.
fn link(mut root: Root, config: &Config, progress: &Progress, outcome: &mut Outcome) -> Linked {
    let folder = root_folder(&root).to_owned();
    let unmatched = choose_files(&mut root.found, &folder, config);
    outcome.problems.extend(unmatched);
    let candidates = known(&mut root.found, outcome);
    let hash = root.before.is_some();
    let read = read(
        candidates,
        &config.limits,
        hash,
        progress,
        outcome.files.len(),
    );
    let (declarations, held) = take(read, outcome);
    let (inventory, problems) = Inventory::link(declarations);
    outcome.problems.extend(problems);
    let documents = inventory.declarations().documents.len();
    let summary = &mut outcome.summary;
    let names = inventory.declarations().documents.iter();
    summary
        .document_names
        .extend(names.map(|document| document.id.value.to_string()));
    summary.documents += documents;
    summary.entities += inventory.ids().count() - documents;
    Linked {
        root,
        inventory,
        held,
    }
}

/// Checks one root, and says which rules applied to nothing in it.
fn check_root(root: Root, config: &Config, job: &Job, outcome: &mut Outcome) -> BTreeSet<String> {
    let Linked {
        mut root,
        inventory,
        held,
    } = link(root, config, &job.progress, outcome);
    // What is declared in what was not read is not known.
    let whole = root.whole && held.iter().all(|held| !held.skipped);
    let (files, troubles) = (&outcome.files, &mut outcome.problems);
    let waivers = Waivers::new(config, &inventory, files, whole, troubles);
    let rules = load(&root, job, config, waivers.rules(), outcome);
    let flow = Flow::new(&inventory);
    outcome.problems.extend(problems(&flow, &inventory));
    let asked: Vec<_> = rules.iter().collect();
    let evaluation = evaluate(&inventory, &flow, &asked, job.now);
    outcome.problems.extend(evaluation.problems);
    let gate = Gate::new(job, config);
    let mut findings = evaluation.findings;
    let waived = waivers.apply(&mut findings, &inventory, &rules, &outcome.files, job.now);
    for finding in &mut findings {
        finding.fails = gate.stops(finding);
    }
    for rule in &rules {
        if !outcome.rules.iter().any(|known| known.id == rule.info.id) {
            outcome.rules.push(rule.info.clone());
        }
    }
    let summary = &mut outcome.summary;
    summary.rules = outcome.rules.len();
    summary.decisions += evaluation.decisions;
    match root.before.take() {
        Some(before) => {
            let now = compare::Now {
                inventory,
                held,
                findings,
                waived,
                whole,
            };
            compare(before, now, config, &rules, job, outcome);
        }
        None => {
            outcome.findings.extend(findings);
            outcome.waived.extend(waived);
            // To free what was declared takes a while, and nobody waits for it.
            rayon::spawn(move || drop((inventory, flow, rules)));
        }
    }
    evaluation.idle.into_iter().collect()
}

/// Which findings make a run fail.
struct Gate {
    fail_on: Severity,
    unknowns: Unknowns,
}

impl Gate {
    fn new(job: &Job, config: &Config) -> Self {
        let fail_on = config.fail_on.as_ref().map(|severity| severity.value);
        let unknowns = config.unknowns.as_ref().map(|unknowns| unknowns.value);
        Self {
            fail_on: job.fail_on.or(fail_on).unwrap_or(Severity::Low),
            unknowns: job.unknowns.or(unknowns).unwrap_or_default(),
        }
    }

    fn stops(&self, finding: &Finding) -> bool {
        let counts = finding.verdict == Verdict::Violation || self.unknowns == Unknowns::Fail;
        counts && finding.rule.severity >= self.fail_on
    }
}

fn configure(root: &Root, outcome: &mut Outcome) -> Config {
    let Some(candidate) = &root.config else {
        return Config::default();
    };
    let file = admit(candidate, ProblemKind::Configuration, outcome);
    let (config, problems) = Config::read(file, outcome.files.get(file).text());
    outcome.problems.extend(problems);
    config
}

/// The folder that the globs of its configuration are relative to, as shown to people.
fn root_folder(root: &Root) -> &str {
    root.config.as_ref().map_or("", |config| config.folder())
}

/// What a configuration leaves out.
struct Excluded(Vec<GlobMatcher>);

impl Excluded {
    fn by(folder: &str, config: &Config) -> Self {
        let globs = config.exclude.iter().chain(&config.tests);
        Self(
            globs
                .filter_map(|glob| within(folder, &glob.value))
                .collect(),
        )
    }

    /// A glob that covers a folder covers what is in it.
    fn covers(&self, name: &str) -> bool {
        let ends = name.char_indices().filter(|(_, c)| *c == '/');
        let mut parts = ends.map(|(at, _)| &name[..at]).chain([name]);
        !self.0.is_empty() && parts.any(|part| self.0.iter().any(|glob| glob.is_match(part)))
    }
}

/// Whether the configuration of another root leaves this one out.
fn is_excluded(root: &Root, all: &[(Root, Config)]) -> bool {
    let Some(at) = &root.config else {
        return false;
    };
    let others = all
        .iter()
        .filter(|(other, _)| other.config.as_ref() != Some(at));
    let mut others = others.filter(|(other, _)| other.config.is_some());
    !at.named
        && others
            .any(|(other, config)| Excluded::by(root_folder(other), config).covers(at.folder()))
}

/// Applies `include` and `exclude`: the first make a document of a file, the second hide it. Gives
/// the problems of those that do nothing.
fn choose_files(found: &mut Found, folder: &str, config: &Config) -> Vec<Problem> {
    let excluded = Excluded::by(folder, config);
    let candidates = &mut found.candidates;
    candidates.retain(|candidate| candidate.named || !excluded.covers(&candidate.name));
    let mut unmatched = Vec::new();
    for glob in &config.include {
        let Some(matcher) = within(folder, &glob.value) else {
            continue;
        };
        let mut matched = false;
        for candidate in &mut found.candidates {
            if matcher.is_match(&candidate.name) {
                candidate.named = true;
                matched = true;
            }
        }
        if !matched {
            let message = format!("`{}` matches no file", glob.value);
            unmatched.push(
                Problem::new(ProblemKind::Configuration, "no-documents", message)
                    .at(glob.span, "nothing is included by this")
                    .help("globs are relative to the folder of this file"),
            );
        }
    }
    unmatched
}

/// Adds a file that must be readable; if it is not, that is a problem and its text is empty.
fn admit(candidate: &Candidate, kind: ProblemKind, outcome: &mut Outcome) -> FileId {
    let id = FileId(u32::try_from(outcome.files.len()).unwrap_or(u32::MAX));
    let limits = Limits::default();
    let text = match candidate.read(limits.file_bytes) {
        Ok(bytes) => text(bytes, candidate, id, &mut outcome.problems),
        Err(error) => {
            let unreadable = Unreadable {
                name: candidate.name.clone(),
                error,
            };
            outcome
                .problems
                .push(unreadable_problem(&unreadable, Some(id)));
            String::new()
        }
    };
    for problem in &mut outcome.problems {
        if problem
            .labels
            .first()
            .is_some_and(|label| label.span.file == id)
        {
            problem.kind = kind;
        }
    }
    outcome.files.add(SourceFile::new(&candidate.name, text))
}

fn unreadable_problem(unreadable: &Unreadable, file: Option<FileId>) -> Problem {
    let Unreadable { name, error } = unreadable;
    let missing = MissingObject::behind(error);
    let code = missing.map_or("unreadable", |_| "missing-object");
    let mut problem = Problem::input(code, format!("`{name}` cannot be read: {error}"));
    if let Some(missing) = missing {
        problem = problem.help(missing.help());
    }
    match file {
        Some(file) => problem.at(Span::file_start(file), "nothing of it is checked"),
        None => problem,
    }
}

fn too_large(candidate: &Candidate, file: FileId, limits: &Limits) -> Problem {
    let (name, most) = (&candidate.name, limits.file_bytes);
    let message = format!("`{name}` has more than the {most} bytes that are read");
    Problem::input("file-too-large", message)
        .at(Span::file_start(file), "nothing of it is checked")
        .help("split the file, or raise `file-bytes` under `limits` in `palisade.yaml`")
}

fn lfs_pointer(candidate: &Candidate, file: FileId) -> Problem {
    let message = format!("`{}` is a pointer of Git LFS", candidate.name);
    Problem::input("lfs-pointer", message)
        .at(
            Span::file_start(file),
            "its content is kept elsewhere, and is not checked",
        )
        .help(
            "keep documents out of Git LFS: `git lfs untrack` the pattern, and add the file again",
        )
}

/// The bytes as text; where they are not UTF-8, the text before that, and a problem.
fn text(bytes: Vec<u8>, from: &Candidate, file: FileId, problems: &mut Vec<Problem>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let at = u32::try_from(valid).unwrap_or(u32::MAX);
            problems.push(
                Problem::input("not-utf-8", format!("`{}` is not UTF-8", from.name))
                    .at(Span::new(file, at, at), "no character starts here")
                    .help("save the file as UTF-8"),
            );
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            String::from_utf8(bytes).unwrap_or_default()
        }
    }
}

/// A file after reading; the text is empty if it is no document.
struct Read {
    source: SourceFile,
    reading: Reading,
    claimed: bool,
    object: Option<ObjectId>,
    skip: Option<Skip>,
}

/// So many files that claim to be no documents are named.
const UNCLAIMED_NAMES: usize = 3;

/// The files that may hold documents, each with its format; the others are counted.
fn known(found: &mut Found, outcome: &mut Outcome) -> Vec<(Candidate, &'static Format)> {
    for unreadable in &found.unreadable {
        outcome.problems.push(unreadable_problem(unreadable, None));
    }
    outcome.summary.skipped.append(&mut found.skipped);
    let all = std::mem::take(&mut found.candidates);
    let total = all.len() + found.links;
    let known = all
        .into_iter()
        .filter_map(|candidate| format_of(&candidate).map(|format| (candidate, format)));
    let known: Vec<_> = known.collect();
    outcome.summary.unclaimed += total - known.len();
    known
}

/// Reads files; the first is to be called `first`. `hash` says whether to tell what git calls the
/// contents of those that are not in a repository.
fn read(
    candidates: Vec<(Candidate, &'static Format)>,
    limits: &Limits,
    hash: bool,
    progress: &Progress,
    first: usize,
) -> Vec<Read> {
    progress
        .files
        .fetch_add(candidates.len(), Ordering::Relaxed);
    let files = candidates.into_par_iter().enumerate();
    files
        .map(|(at, (candidate, format))| {
            let id = FileId(u32::try_from(first + at).unwrap_or(u32::MAX));
            let read = read_file(candidate, format, id, limits, hash);
            progress.read.fetch_add(1, Ordering::Relaxed);
            read
        })
        .collect()
}

/// Reads the files that may be documents; those that are, in order.
pub(crate) fn read_all(
    found: &mut Found,
    limits: &Limits,
    progress: &Progress,
    outcome: &mut Outcome,
) -> Vec<(FileId, Reading)> {
    let candidates = known(found, outcome);
    let read = read(candidates, limits, false, progress, outcome.files.len());
    let added = add(read, outcome).into_iter();
    let documents = added.filter(|(held, _)| held.claimed);
    documents
        .map(|(held, reading)| (held.file, reading))
        .collect()
}

/// Adds files that were read, with what is wrong in them.
fn take(read: Vec<Read>, outcome: &mut Outcome) -> (Declarations, Vec<Held>) {
    let mut declarations = Declarations::default();
    let mut all = Vec::with_capacity(read.len());
    for (held, reading) in add(read, outcome) {
        outcome.problems.extend(reading.problems);
        declarations.append(reading.declarations);
        all.push(held);
    }
    (declarations, all)
}

/// Adds files that were read.
fn add(read: Vec<Read>, outcome: &mut Outcome) -> Vec<(Held, Reading)> {
    let mut added = Vec::with_capacity(read.len());
    for file in read {
        let summary = &mut outcome.summary;
        match file.skip {
            Some(why) => summary.skipped.push(Skipped {
                name: file.source.name.clone(),
                why,
            }),
            None if !file.claimed => {
                summary.unclaimed += 1;
                if summary.unclaimed_names.len() < UNCLAIMED_NAMES {
                    summary.unclaimed_names.push(file.source.name.clone());
                }
            }
            None => {}
        }
        let held = Held {
            file: outcome.files.add(file.source),
            object: file.object,
            claimed: file.claimed,
            skipped: file.skip.is_some(),
        };
        added.push((held, file.reading));
    }
    added
}

/// The format that a file may hold; whatever it is called, one that is named must hold one.
fn format_of(candidate: &Candidate) -> Option<&'static Format> {
    let by_extension = Format::of(candidate.name.as_ref());
    by_extension.or(candidate.named.then(|| &crate::format::FORMATS[0]))
}

fn read_file(
    candidate: Candidate,
    format: &Format,
    file: FileId,
    limits: &Limits,
    hash: bool,
) -> Read {
    let mut reading = Reading::default();
    let nothing = |name: String, reading, claimed| Read {
        source: SourceFile::new(name, ""),
        reading,
        claimed,
        object: None,
        skip: None,
    };
    let bytes = match candidate.read(limits.file_bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            let name = candidate.name.clone();
            let unreadable = Unreadable { name, error };
            reading
                .problems
                .push(unreadable_problem(&unreadable, Some(file)));
            return nothing(candidate.name, reading, true);
        }
    };
    let object = match &candidate.origin {
        Origin::Blob(blob) => Some(blob.id()),
        _ if hash && bytes.len() <= limits.file_bytes as usize => ObjectId::of(&bytes),
        _ => None,
    };
    if is_lfs_pointer(&bytes) {
        if candidate.named {
            reading.problems.push(lfs_pointer(&candidate, file));
        }
        return Read {
            object,
            skip: (!candidate.named).then_some(Skip::LfsPointer),
            ..nothing(candidate.name, reading, candidate.named)
        };
    }
    if !candidate.named && !(format.claims)(&bytes) {
        return Read {
            object,
            ..nothing(candidate.name, reading, false)
        };
    }
    let mut problems = Vec::new();
    let text = if bytes.len() > limits.file_bytes as usize {
        problems.push(too_large(&candidate, file, limits));
        String::new()
    } else {
        text(bytes, &candidate, file, &mut problems)
    };
    if problems.is_empty() {
        reading = (format.read)(file, &candidate.name, &text, limits);
    } else {
        reading.problems = problems;
    }
    let expansions = std::mem::take(&mut reading.expansions);
    let pieces = std::mem::take(&mut reading.pieces);
    Read {
        source: SourceFile::new(candidate.name, text)
            .with_expansions(expansions)
            .with_pieces(pieces),
        reading,
        claimed: true,
        object,
        skip: None,
    }
}

/// The selected rules: those that come with Palisade and the user's own. `named` are rules that
/// something names that is no choice of rules.
pub(crate) fn load<'n>(
    root: &Root,
    job: &Job,
    config: &Config,
    named: impl Iterator<Item = &'n Spanned<String>>,
    outcome: &mut Outcome,
) -> Vec<Rule> {
    let files = policy_files(root, config, outcome);
    let mut rules = load_all(&files, job, config, named, outcome);
    let selected = Selected::new(job, config);
    rules.retain(|rule| selected.has(&rule.info));
    rules
}

/// The rules that come with Palisade and those of `files`, selected or not.
fn load_all<'n>(
    files: &[Candidate],
    job: &Job,
    config: &Config,
    named: impl Iterator<Item = &'n Spanned<String>>,
    outcome: &mut Outcome,
) -> Vec<Rule> {
    if !files.is_empty() {
        prepare_validation();
    }
    let mut loader = Loader::new();
    loader.built_in(&mut outcome.files);
    for candidate in files {
        let file = admit(candidate, ProblemKind::Policy, outcome);
        loader.user(&outcome.files, file);
    }
    let default_deny = config.default_deny.iter();
    let default_deny: Vec<_> = default_deny
        .map(|name| Spanned::new(name.value.0, name.span))
        .collect();
    let Loaded {
        mut rules,
        broken,
        problems,
    } = loader.finish(&default_deny);
    outcome.problems.extend(problems);
    let selected = Selected::new(job, config);
    for choice in [&selected.select, &selected.ignore] {
        outcome.problems.extend(choice.unknown(&rules, &broken));
    }
    for (id, severity) in &config.severity {
        match rules.iter_mut().find(|rule| rule.info.id == id.value) {
            Some(rule) => Arc::make_mut(&mut rule.info).severity = severity.value,
            None if broken.contains(&id.value) => {}
            None => outcome
                .problems
                .push(unknown_rule(&id.value, Some(id.span), &rules)),
        }
    }
    let is_known =
        |id: &String| broken.contains(id) || rules.iter().any(|rule| rule.info.id == *id);
    let unknown = named.filter(|id| !is_known(&id.value));
    let unknown = unknown.map(|id| unknown_rule(&id.value, Some(id.span), &rules));
    outcome.problems.extend(unknown);
    rules
}

/// Which rules are asked.
struct Selected<'c> {
    select: Choice<'c>,
    ignore: Choice<'c>,
}

impl<'c> Selected<'c> {
    fn new(job: &'c Job, config: &'c Config) -> Self {
        Self {
            select: Choice::new(&job.select, &config.select),
            ignore: Choice::new(&job.ignore, &config.ignore),
        }
    }

    fn has(&self, rule: &RuleInfo) -> bool {
        let chosen = self.select.patterns.is_empty() || self.select.covers(rule);
        chosen && !self.ignore.covers(rule)
    }
}

/// The files of a user's own policies, by name.
fn policy_files(root: &Root, config: &Config, outcome: &mut Outcome) -> Vec<Candidate> {
    let mut files = root.policies.clone();
    if let Some(Expand(find)) = &root.expand {
        for glob in &config.policies {
            let matching = find(&glob.value);
            if matching.is_empty() {
                let message = format!("`{}` matches no file", glob.value);
                outcome.problems.push(
                    Problem::new(ProblemKind::Configuration, "no-policies", message)
                        .at(glob.span, "no policy is loaded from here")
                        .help("globs are relative to the folder of this file"),
                );
            }
            files.extend(matching);
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files.dedup_by(|a, b| a.name == b.name);
    files
}

/// A choice of rules, from the command line or else from the configuration.
struct Choice<'c> {
    patterns: Vec<(&'c str, Option<Span>)>,
}

impl<'c> Choice<'c> {
    fn new(flags: &'c [String], config: &'c [Spanned<String>]) -> Self {
        let flags = flags.iter().map(|pattern| (pattern.as_str(), None));
        let config = config
            .iter()
            .map(|pattern| (pattern.value.as_str(), Some(pattern.span)));
        let mut patterns: Vec<_> = flags.collect();
        if patterns.is_empty() {
            patterns = config.collect();
        }
        Self { patterns }
    }

    fn covers(&self, rule: &RuleInfo) -> bool {
        let mut patterns = self.patterns.iter();
        patterns.any(|(pattern, _)| rule.is_meant_by(pattern))
    }

    /// The patterns that mean nothing; what is wrong with a broken rule is said of the rule.
    fn unknown(&self, rules: &[Rule], broken: &BTreeSet<String>) -> Vec<Problem> {
        let means_broken = |pattern: &str| {
            let start = pattern.strip_suffix('*');
            broken
                .iter()
                .any(|id| start.map_or(id == pattern, |start| id.starts_with(start)))
        };
        let unknown = self.patterns.iter().filter(|(pattern, _)| {
            !rules.iter().any(|rule| rule.info.is_meant_by(pattern)) && !means_broken(pattern)
        });
        unknown
            .map(|(pattern, span)| unknown_rule(pattern, *span, rules))
            .collect()
    }
}

fn unknown_rule(pattern: &str, span: Option<Span>, rules: &[Rule]) -> Problem {
    if let Some(profile) = pattern.strip_prefix("profile:") {
        return unknown_profile(profile, span, rules);
    }
    let message = format!("no rule is called `{pattern}`");
    let mut problem = Problem::new(ProblemKind::Configuration, "unknown-rule", message);
    if let Some(span) = span {
        problem = problem.at(span, "not known");
    }
    let ids = rules.iter().map(|rule| rule.info.id.as_str());
    match crate::model::closest(pattern, ids) {
        Some(similar) => problem.help(format!("did you mean `{similar}`?")),
        None => problem,
    }
}

fn unknown_profile(name: &str, span: Option<Span>, rules: &[Rule]) -> Problem {
    let message = format!("no rule is in a profile called `{name}`");
    let mut problem = Problem::new(ProblemKind::Configuration, "unknown-rule", message);
    if let Some(span) = span {
        problem = problem.at(span, "not known");
    }
    let groups = rules.iter().filter_map(|rule| rule.info.group.as_deref());
    let profiles = PROFILES.iter().map(|profile| profile.name);
    match crate::model::closest(name, profiles.chain(groups)) {
        Some(similar) => problem.help(format!("did you mean `profile:{similar}`?")),
        None => problem.help("`palisade rules` lists the profiles"),
    }
}

/// By place, then by what is said there: the same order on every run.
fn sort(outcome: &mut Outcome) {
    let Outcome {
        files,
        findings,
        unchanged,
        gone,
        waived,
        problems,
        ..
    } = outcome;
    let place = |span: Span| {
        let span = files.locate(span).span;
        (files.get(span.file).name.as_str(), span.start, span.end)
    };
    let order = |a: &Finding, b: &Finding| {
        place(a.primary.span)
            .cmp(&place(b.primary.span))
            .then_with(|| a.identity.cmp(&b.identity))
    };
    for findings in [findings, unchanged, gone] {
        findings.sort_by(order);
    }
    waived.sort_by(|a, b| order(&a.finding, &b.finding));
    problems.sort_by(|a, b| {
        let first = |problem: &Problem| problem.labels.first().map(|label| label.span);
        let (a_at, b_at) = (first(a).map(place), first(b).map(place));
        a_at.cmp(&b_at).then_with(|| a.message.cmp(&b.message))
    });
    // A key declared twice also declares its entity twice: said once.
    let keys = problems
        .iter()
        .filter(|problem| problem.code == "duplicate-key");
    let keys: HashSet<_> = keys
        .filter_map(|problem| Some(problem.labels.first()?.span))
        .collect();
    problems.retain(|problem| {
        let at = problem.labels.first().map(|label| label.span);
        problem.code != "duplicate-id" || !at.is_some_and(|at| keys.contains(&at))
    });
    problems.dedup();
}
