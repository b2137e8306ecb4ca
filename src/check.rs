//! The pipeline: texts and policies in, everything that was found out.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::config::Config;
use crate::finding::{Outcome, Summary};
use crate::format::{Format, Reading};
use crate::inventory::Inventory;
use crate::model::Declarations;
use crate::policy::{Loader, Rule, evaluate};
use crate::source::{Candidate, FileId, Found, Problem, ProblemKind, SourceFile, Span, Unreadable};
use crate::syntax::Limits;

/// What to check, and with which rules.
#[derive(Debug, Default)]
pub struct Job {
    /// The files to look at.
    pub found: Found,
    /// The configuration, if there is one.
    pub config: Option<Candidate>,
    /// Policy files besides those that the configuration lists, already found.
    pub policies: Vec<Candidate>,
    /// How to find the policy files that a glob of the configuration names.
    pub expand: Option<fn(&Candidate, &str) -> Vec<Candidate>>,
    /// Rules to take, by id or by the start of one and `*`; all, if none is named.
    pub select: Vec<String>,
    /// Rules to leave out, in the same way.
    pub ignore: Vec<String>,
    /// The day that the check is made for, in milliseconds since 1970.
    pub now: i64,
    /// What was wrong with the job before it began.
    pub problems: Vec<Problem>,
}

/// Checks `job`. Never stops at the first problem, and never drops one.
///
/// Reads and parses files in parallel; the outcome is the same whatever the number of threads.
/// Linear in the size of the texts and in the facts that they state times the rules that apply.
pub fn check(mut job: Job) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.problems.append(&mut job.problems);
    let config = configure(&job, &mut outcome);
    let declarations = read(&mut job.found, &config.limits, &mut outcome);
    let (inventory, problems) = Inventory::link(declarations);
    outcome.problems.extend(problems);
    let rules = load(&job, &config, &mut outcome);
    outcome.rules = rules.iter().map(|rule| rule.info.clone()).collect();
    let evaluation = evaluate(&inventory, &rules, job.now);
    outcome.findings = evaluation.findings;
    outcome.problems.extend(evaluation.problems);
    let documents = inventory.declarations().documents.len();
    outcome.summary = Summary {
        documents,
        entities: inventory.ids().count() - documents,
        rules: rules.len(),
        decisions: evaluation.decisions,
        idle_rules: evaluation.idle,
        ..outcome.summary
    };
    sort(&mut outcome);
    outcome
}

fn configure(job: &Job, outcome: &mut Outcome) -> Config {
    let Some(candidate) = &job.config else {
        return Config::default();
    };
    let file = admit(candidate, ProblemKind::Configuration, outcome);
    let (config, problems) = Config::read(file, outcome.files.get(file).text());
    outcome.problems.extend(problems);
    config
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
    let problem = Problem::input("unreadable", format!("`{name}` cannot be read: {error}"));
    match file {
        Some(file) => problem.at(Span::file_start(file), "nothing of it is checked"),
        None => problem,
    }
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
}

fn read(found: &mut Found, limits: &Limits, outcome: &mut Outcome) -> Declarations {
    for unreadable in &found.unreadable {
        outcome.problems.push(unreadable_problem(unreadable, None));
    }
    let all = std::mem::take(&mut found.candidates);
    let total = all.len() + found.links;
    let known = all
        .into_iter()
        .filter_map(|candidate| format_of(&candidate).map(|format| (candidate, format)));
    let known: Vec<_> = known.collect();
    let first = outcome.files.len();
    let read: Vec<Read> = known
        .into_par_iter()
        .enumerate()
        .map(|(at, (candidate, format))| {
            let id = FileId(u32::try_from(first + at).unwrap_or(u32::MAX));
            read_file(candidate, format, id, limits)
        })
        .collect();
    let mut declarations = Declarations::default();
    let mut claimed = 0;
    for file in read {
        outcome.files.add(file.source);
        outcome.problems.extend(file.reading.problems);
        declarations.append(file.reading.declarations);
        claimed += usize::from(file.claimed);
    }
    outcome.summary.unclaimed = total - claimed;
    declarations
}

/// The format that a file may hold; whatever it is called, one that is named must hold one.
fn format_of(candidate: &Candidate) -> Option<&'static Format> {
    let by_extension = Format::of(candidate.name.as_ref());
    by_extension.or(candidate.named.then(|| &crate::format::FORMATS[0]))
}

fn read_file(candidate: Candidate, format: &Format, file: FileId, limits: &Limits) -> Read {
    let mut reading = Reading::default();
    let bytes = match candidate.read(limits.file_bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            let name = candidate.name.clone();
            let unreadable = Unreadable { name, error };
            reading
                .problems
                .push(unreadable_problem(&unreadable, Some(file)));
            return Read {
                source: SourceFile::new(candidate.name, ""),
                reading,
                claimed: true,
            };
        }
    };
    if !candidate.named && !(format.claims)(&bytes) {
        return Read {
            source: SourceFile::new(candidate.name, ""),
            reading,
            claimed: false,
        };
    }
    let mut problems = Vec::new();
    let text = text(bytes, &candidate, file, &mut problems);
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
    }
}

/// The selected rules: those that come with Palisade and the user's own.
fn load(job: &Job, config: &Config, outcome: &mut Outcome) -> Vec<Rule> {
    let mut files: Vec<Candidate> = job.policies.clone();
    if let (Some(at), Some(expand)) = (&job.config, job.expand) {
        for glob in &config.policies {
            let matching = expand(at, &glob.value);
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
    let mut loader = Loader::new();
    loader.built_in(&mut outcome.files);
    for candidate in &files {
        let file = admit(candidate, ProblemKind::Policy, outcome);
        loader.user(&outcome.files, file);
    }
    let (mut rules, problems) = loader.finish();
    outcome.problems.extend(problems);
    for pattern in job.select.iter().chain(&job.ignore) {
        if !rules.iter().any(|rule| selects(pattern, &rule.info.id)) {
            let message = format!("no rule is called `{pattern}`");
            let problem = Problem::new(ProblemKind::Configuration, "unknown-rule", message);
            let ids = rules.iter().map(|rule| rule.info.id.as_str());
            outcome
                .problems
                .push(match crate::model::closest(pattern, ids) {
                    Some(similar) => problem.help(format!("did you mean `{similar}`?")),
                    None => problem,
                });
        }
    }
    let chosen = |id: &str| {
        let named = |patterns: &[String]| patterns.iter().any(|pattern| selects(pattern, id));
        (job.select.is_empty() || named(&job.select)) && !named(&job.ignore)
    };
    rules.retain(|rule| chosen(&rule.info.id));
    rules
}

fn selects(pattern: &str, id: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => id.starts_with(start),
        None => pattern == id,
    }
}

/// By place, then by what is said there: the same order on every run.
fn sort(outcome: &mut Outcome) {
    let Outcome {
        files,
        findings,
        problems,
        ..
    } = outcome;
    let place = |span: Span| {
        let span = files.locate(span).span;
        (files.get(span.file).name.as_str(), span.start, span.end)
    };
    findings.sort_by(|a, b| {
        place(a.primary.span)
            .cmp(&place(b.primary.span))
            .then_with(|| a.identity.cmp(&b.identity))
    });
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
