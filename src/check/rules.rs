//! Which rules are asked: those that come with Palisade and the user's own, as far as they are chosen.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::read::admit;
use super::{CheckInput, GlobResolver, Project};
use crate::config::Config;
use crate::finding::{Outcome, PROFILES, RuleInfo};
use crate::policy::{Loaded, Loader, Rule, prepare_validation};
use crate::source::{Candidate, Code, Problem, ProblemKind, Span, Spanned, closest, quote};

/// The selected rules: those that come with Palisade and the user's own. `named` are rules that
/// something names that is no choice of rules.
pub(crate) fn load<'n>(
    built_in: &[Rule],
    root: &Project,
    (job, config): (&CheckInput, &Config),
    named: impl Iterator<Item = &'n Spanned<String>>,
    outcome: &mut Outcome,
) -> Vec<Rule> {
    let files = policy_files(root, config, outcome);
    let selected = Selected::new(job, config);
    let wanted = |rule: &RuleInfo| selected.has(rule);
    load_those(built_in, &files, (job, config), named, &wanted, outcome)
}

/// The rules that come with Palisade and those of `files`, selected or not.
pub(super) fn load_all<'n>(
    built_in: &[Rule],
    files: &[Candidate],
    of: (&CheckInput, &Config),
    named: impl Iterator<Item = &'n Spanned<String>>,
    outcome: &mut Outcome,
) -> Vec<Rule> {
    load_those(built_in, files, of, named, &|_| true, outcome)
}

/// Those that are wanted of the rules that come with Palisade and of those of `files`.
fn load_those<'n>(
    built_in: &[Rule],
    files: &[Candidate],
    (job, config): (&CheckInput, &Config),
    named: impl Iterator<Item = &'n Spanned<String>>,
    wanted: &dyn Fn(&RuleInfo) -> bool,
    outcome: &mut Outcome,
) -> Vec<Rule> {
    let (all, broken) = match files.is_empty() && config.default_deny.is_empty() {
        // A project has no rules of its own: of very many projects each would copy all of these.
        true => (Cow::Borrowed(built_in), BTreeSet::new()),
        false => {
            let loaded = with_own(built_in, files, config, outcome);
            (Cow::Owned(loaded.rules), loaded.broken)
        }
    };
    let selected = Selected::new(job, config);
    for choice in [&selected.select, &selected.ignore] {
        outcome.problems.extend(choice.unknown(&all, &broken));
    }
    let is_known = |id: &String| broken.contains(id) || all.iter().any(|rule| rule.info.id == *id);
    let unknown = |id: &Spanned<String>| {
        let problem = || unknown_rule(&id.value, Some(id.span), &all);
        (!is_known(&id.value)).then(problem)
    };
    let problems = &mut outcome.problems;
    problems.extend(config.severity.iter().filter_map(|(id, _)| unknown(id)));
    problems.extend(named.filter_map(unknown));
    let rules = all.iter().filter(|rule| wanted(&rule.info));
    let mut rules: Vec<Rule> = rules.cloned().collect();
    for (id, severity) in &config.severity {
        if let Some(rule) = rules.iter_mut().find(|rule| rule.info.id == id.value) {
            Arc::make_mut(&mut rule.info).severity = severity.value;
        }
    }
    rules
}

/// The rules that come with Palisade, with those that `files` and `default-deny` add.
fn with_own(
    built_in: &[Rule],
    files: &[Candidate],
    config: &Config,
    outcome: &mut Outcome,
) -> Loaded {
    if !files.is_empty() {
        prepare_validation();
    }
    let mut loader = Loader::new();
    loader.ready(built_in);
    for candidate in files {
        let file = admit(candidate, ProblemKind::Policy, outcome);
        loader.user(&outcome.files, file);
    }
    let default_deny = config.default_deny.iter();
    let default_deny: Vec<_> = default_deny
        .map(|name| Spanned::new(name.value.0, name.span))
        .collect();
    let mut loaded = loader.finish(&default_deny);
    outcome.problems.append(&mut loaded.problems);
    loaded
}

/// Which rules are asked.
pub(super) struct Selected<'c> {
    select: Choice<'c>,
    ignore: Choice<'c>,
}

impl<'c> Selected<'c> {
    pub(super) fn new(job: &'c CheckInput, config: &'c Config) -> Self {
        Self {
            select: Choice::new(&job.select, &config.select),
            ignore: Choice::new(&job.ignore, &config.ignore),
        }
    }

    pub(super) fn has(&self, rule: &RuleInfo) -> bool {
        let chosen = self.select.patterns.is_empty() || self.select.covers(rule);
        chosen && !self.ignore.covers(rule)
    }
}

/// The files of a user's own policies, by name.
pub(super) fn policy_files(
    root: &Project,
    config: &Config,
    outcome: &mut Outcome,
) -> Vec<Candidate> {
    let mut files = root.policies.clone();
    if let Some(GlobResolver(find)) = &root.expand {
        for glob in &config.policies {
            let matching = match find(&glob.value) {
                Ok(matching) => matching,
                Err(why) => {
                    let message = format!("`{}` is not read: {why}", glob.value);
                    outcome.problems.push(
                        Problem::new(ProblemKind::Configuration, Code::PolicyOutside, message)
                            .at(glob.span, "no policy is loaded from here")
                            .help(
                                "keep policies in the repository, or name them with `--policies`",
                            ),
                    );
                    continue;
                }
            };
            if matching.is_empty() {
                let message = format!("`{}` matches no file", glob.value);
                outcome.problems.push(
                    Problem::new(ProblemKind::Configuration, Code::NoPolicies, message)
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
    let message = format!("unknown rule {}", quote(pattern));
    let mut problem = Problem::new(ProblemKind::Configuration, Code::UnknownRule, message);
    if let Some(span) = span {
        problem = problem.at(span, "not known");
    }
    let profile = profiles(rules).find(|name| name.eq_ignore_ascii_case(pattern));
    let similar = match (profile, pattern.strip_suffix('*')) {
        (Some(profile), _) => Some(format!("profile:{profile}")),
        (None, Some(start)) => {
            let starts = rules
                .iter()
                .filter_map(|rule| rule.info.id.split('-').next());
            let starts: BTreeSet<_> = starts.collect();
            let start = start.trim_end_matches('-');
            closest(start, starts.into_iter()).map(|start| format!("{start}-*"))
        }
        (None, None) => {
            let ids = rules.iter().map(|rule| rule.info.id.as_str());
            closest(pattern, ids).map(str::to_owned)
        }
    };
    match similar {
        Some(similar) => problem.help(format!("did you mean `{similar}`?")),
        None => problem,
    }
}

/// The profiles that rules are chosen by: what they are about, and who asks for them.
fn profiles(rules: &[Rule]) -> impl Iterator<Item = &str> {
    let groups = rules.iter().filter_map(|rule| rule.info.group.as_deref());
    PROFILES.iter().map(|profile| profile.name).chain(groups)
}

fn unknown_profile(name: &str, span: Option<Span>, rules: &[Rule]) -> Problem {
    let message = format!("no rule is in a profile called `{name}`");
    let mut problem = Problem::new(ProblemKind::Configuration, Code::UnknownRule, message);
    if let Some(span) = span {
        problem = problem.at(span, "not known");
    }
    let known: BTreeSet<_> = profiles(rules).collect();
    let lower = name.to_ascii_lowercase();
    let mut begins = known
        .iter()
        .copied()
        .filter(|known| known.starts_with(&lower));
    let only = begins
        .next()
        .filter(|_| begins.next().is_none() && !name.is_empty());
    match only.or_else(|| closest(name, known.iter().copied())) {
        Some(similar) => problem.help(format!("did you mean `profile:{similar}`?")),
        None => {
            let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            problem.help(format!("the profiles are {}", known.join(", ")))
        }
    }
}
