//! Policy tests: documents that say which findings they expect, and what these tests are worth.
//!
//! Flows in: documents, each of which is a test by itself, and rules. Flows out: for each test what
//! differs from what it expects; for each rule what the tests show of it; and which small changes of
//! a rule no test would notice.

mod expectation;

use std::sync::Arc;

use rayon::prelude::*;

use crate::check::{CheckInput, Project, configured, load, read_all};
use crate::config::Config;
use crate::finding::{Finding, Outcome, RuleInfo, Verdict};
use crate::flow::{Flow, problems};
use crate::inventory::Inventory;
use crate::policy::{Coverage, Mutant, Rule, built_in, evaluate, mutants, mutate};
use crate::source::{Code, FileId, Files, Problem, ProblemKind, Span, Spanned};

use expectation::{Expectation, Remarks};

/// Which tests to run, and what to say of them.
#[derive(Debug, Default)]
pub struct Options {
    /// Run those whose name has one of these in it; if empty, all.
    pub filter: Vec<String>,
    /// Whether to break the rules in small ways and see which changes no test notices.
    pub mutate: bool,
    /// Whether each document that is found is a test; if not, those that the configuration names.
    pub all: bool,
}

/// What tests came to.
#[derive(Debug, Default)]
pub struct Tested {
    /// The texts of tests and policies.
    pub files: Files,
    /// What kept tests from being run.
    pub problems: Vec<Problem>,
    /// The tests, by name.
    pub cases: Vec<Case>,
    /// What the tests show of each rule that they are about, by id.
    pub coverage: Vec<(Arc<RuleInfo>, Coverage)>,
    /// What became of broken rules, if that was asked for.
    pub mutation: Option<Mutation>,
}

/// A test.
#[derive(Debug)]
pub struct Case {
    /// The name of its file.
    pub name: String,
    /// How many findings were expected and found.
    pub met: usize,
    /// What was found and not expected.
    pub unexpected: Vec<Finding>,
    /// What was expected and not found.
    pub missing: Vec<Problem>,
    /// What is wrong with the document.
    pub problems: Vec<Problem>,
}

/// What became of rules that were broken in small ways.
#[derive(Debug, Default)]
pub struct Mutation {
    /// How many there were.
    pub total: usize,
    /// How many rules were left alone, because a test that asks them fails.
    pub skipped: usize,
    /// Those that no test noticed, by rule and place.
    pub survivors: Vec<(Arc<RuleInfo>, Mutant)>,
}

impl Case {
    /// Whether it found what it expects and nothing else.
    pub fn passed(&self) -> bool {
        self.unexpected.is_empty() && self.missing.is_empty() && self.problems.is_empty()
    }
}

impl Tested {
    /// How much of all that there is to see of the rules the tests show, in percent. 100 if there is
    /// nothing to see.
    pub fn covered(&self) -> f64 {
        let scores = self.coverage.iter().map(|(_, coverage)| coverage.score());
        let (total, seen) = scores.fold((0, 0), |(a, b), (total, seen)| (a + total, b + seen));
        percent(seen, total)
    }

    /// The exit code: 2 if configuration or policies cannot be used, else 1 if a test fails or less
    /// than `least` percent is covered, else 3 if a test could not be run or there is none, else 0.
    pub fn exit_code(&self, least: Option<f64>) -> u8 {
        let failed = self.cases.iter().any(|case| !case.passed());
        if self.problems.iter().any(Problem::makes_unusable) {
            2
        } else if failed || least.is_some_and(|least| self.covered() < least) {
            1
        } else if self.cases.is_empty() || !self.problems.is_empty() {
            3
        } else {
            0
        }
    }
}

impl Mutation {
    /// How many broken rules were noticed, in percent.
    pub fn score(&self) -> f64 {
        percent(self.total - self.survivors.len(), self.total)
    }
}

/// Part of a whole, in percent, rounded down to a tenth: 100 is said only of all.
fn percent(part: usize, whole: usize) -> f64 {
    match whole {
        0 => 100.0,
        _ => (part * 1000 / whole) as f64 / 10.0,
    }
}

/// A test that is ready to be asked.
struct Ready<'r> {
    inventory: Inventory,
    rules: Vec<&'r Rule>,
    expectations: Vec<Expectation>,
    file: FileId,
    now: i64,
}

/// Runs the tests among the documents of `job`. Each is linked and checked by itself.
///
/// With `mutate`, each change of a rule is checked against each test that asks the rule: linear in
/// changes times the requests of these tests.
pub fn test(mut job: CheckInput, options: &Options) -> Tested {
    let mut outcome = Outcome::default();
    outcome.problems.append(&mut job.problems);
    let mut tested = Tested::default();
    let roots = configured(&mut job, &mut outcome);
    let built_in = built_in(&mut outcome.files);
    for (root, config) in roots {
        let of = (&config, built_in.as_slice());
        test_root(root, of, &job, options, &mut outcome, &mut tested);
    }
    tested.problems = std::mem::take(&mut outcome.problems);
    tested.files = outcome.files;
    tested.cases.sort_by(|a, b| a.name.cmp(&b.name));
    tested.coverage.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    if let Some(mutation) = &mut tested.mutation {
        mutation
            .survivors
            .sort_by(|(a, x), (b, y)| (&a.id, x.span.start).cmp(&(&b.id, y.span.start)));
    }
    tested
}

fn test_root(
    mut root: Project,
    (config, built_in): (&Config, &[Rule]),
    job: &CheckInput,
    options: &Options,
    outcome: &mut Outcome,
    tested: &mut Tested,
) {
    choose_tests(&mut root, config, options, outcome);
    let rules = load(built_in, &root, (job, config), std::iter::empty(), outcome);
    // With a rule missing, tests would say much that is not so.
    if outcome.problems.iter().any(Problem::makes_unusable) {
        return;
    }
    let read = read_all(&mut root.found, &config.limits, &job.progress, outcome);
    let mut cases = Vec::new();
    let mut ready = Vec::new();
    for (file, reading) in read {
        let mut case = Case {
            name: outcome.files.get(file).name.clone(),
            met: 0,
            unexpected: Vec::new(),
            missing: Vec::new(),
            problems: reading.problems,
        };
        let remarks = Remarks::read(
            &reading.declarations.remarks,
            &outcome.files,
            &rules,
            &mut case.problems,
        );
        let (inventory, troubles) = Inventory::link(reading.declarations);
        case.problems.extend(troubles);
        ready.push(Ready {
            inventory,
            rules: remarks.rules.unwrap_or_else(|| by_default(&rules)),
            expectations: remarks.expectations,
            file,
            now: remarks.now.unwrap_or(job.now),
        });
        cases.push(case);
    }
    let files = &outcome.files;
    let flows: Vec<_> = ready
        .par_iter()
        .map(|ready| Flow::new(&ready.inventory))
        .collect();
    let pairs = cases.par_iter_mut().zip(ready.par_iter().zip(&flows));
    pairs.for_each(|(case, (ready, flow))| ready.run(flow, files, case));
    let whole = !options.all && options.filter.is_empty();
    let about = about(&rules, &ready, whole);
    let coverage = about.par_iter().map(|rule| {
        let mut coverage = Coverage::of(rule);
        for (ready, flow) in ready.iter().zip(&flows) {
            if ready.asks(rule) {
                coverage.add(&ready.inventory, flow, rule, ready.now);
            }
        }
        (Arc::clone(&rule.info), coverage)
    });
    tested.coverage.extend(coverage.collect::<Vec<_>>());
    if options.mutate {
        let mutation = tested.mutation.get_or_insert_default();
        // What a failing test would notice, nobody knows.
        let (sound, unsound): (Vec<&Rule>, Vec<_>) = about.iter().copied().partition(|rule| {
            let mut asking = cases
                .iter()
                .zip(&ready)
                .filter(|(_, ready)| ready.asks(rule));
            asking.all(|(case, _)| case.passed())
        });
        mutation.skipped += unsound.len();
        let mutants = sound
            .iter()
            .flat_map(|rule| mutants(files, rule).into_iter().map(move |m| (*rule, m)));
        let outcomes: Vec<_> = mutants
            .collect::<Vec<_>>()
            .into_par_iter()
            .filter_map(|(rule, mutant)| {
                let broken = mutate(files, rule, &mutant)?;
                let mut tests = ready.iter().zip(&flows);
                let noticed = tests.any(|(ready, flow)| ready.notices(rule, &broken, flow, files));
                Some((rule, mutant, noticed))
            })
            .collect();
        mutation.total += outcomes.len();
        let survivors = outcomes.into_iter().filter(|(.., noticed)| !noticed);
        let survivors = survivors.map(|(rule, mutant, _)| (Arc::clone(&rule.info), mutant));
        mutation.survivors.extend(survivors);
    }
    tested.cases.extend(cases);
}

/// Leaves in `root` the files that are tests.
fn choose_tests(root: &mut Project, config: &Config, options: &Options, outcome: &mut Outcome) {
    let folder = root.config.as_ref().map_or("", |config| config.folder());
    let matching = |globs: &[Spanned<String>]| -> Vec<_> {
        let globs = globs.iter();
        globs
            .filter_map(|glob| Some((glob.span, crate::config::within(folder, &glob.value)?)))
            .collect()
    };
    let (tests, excluded) = (matching(&config.tests), matching(&config.exclude));
    let any = |globs: &[(Span, globset::GlobMatcher)], name: &str| {
        globs.iter().any(|(_, glob)| glob.is_match(name))
    };
    let candidates = &mut root.found.candidates;
    candidates.retain(|candidate| {
        let name = &candidate.name;
        candidate.named || !any(&excluded, name) && (options.all || any(&tests, name))
    });
    for (span, glob) in tests.iter().filter(|_| !options.all) {
        if !candidates
            .iter()
            .any(|candidate| glob.is_match(&candidate.name))
        {
            let written = outcome.files.slice(*span);
            let message = format!("`{written}` matches no file");
            outcome.problems.push(
                Problem::new(ProblemKind::Configuration, Code::NoTests, message)
                    .at(*span, "no test is found by this")
                    .help("globs are relative to the folder of this file"),
            );
        }
    }
    // A test is a system of its own: it needs nothing of the rest of the project.
    if let Some(scope) = root.scope.take() {
        candidates.retain(|candidate| scope.holds(&candidate.name));
    }
    let filter = &options.filter;
    candidates.retain(|candidate| {
        let mut parts = filter.iter();
        filter.is_empty() || parts.any(|part| candidate.name.contains(part.as_str()))
    });
}

/// The rules that a test asks if it does not say which: one's own, or all if there are none.
fn by_default(rules: &[Rule]) -> Vec<&Rule> {
    let own: Vec<_> = rules.iter().filter(|rule| !rule.info.built_in).collect();
    match own.as_slice() {
        [] => rules.iter().collect(),
        _ => own,
    }
}

/// The rules that tests are about: those that they ask; of all tests that there are, also those that
/// they would ask without saying so.
fn about<'r>(rules: &'r [Rule], ready: &[Ready<'r>], whole: bool) -> Vec<&'r Rule> {
    let own = by_default(rules);
    let meant = |rule: &&Rule| {
        let listed = whole && own.iter().any(|own| own.info.id == rule.info.id);
        listed || ready.iter().any(|ready| ready.asks(rule))
    };
    rules.iter().filter(meant).collect()
}

impl Ready<'_> {
    fn asks(&self, rule: &Rule) -> bool {
        self.rules.iter().any(|asked| asked.info.id == rule.info.id)
    }

    fn run(&self, flow: &Flow, files: &Files, case: &mut Case) {
        case.problems.extend(problems(flow, &self.inventory));
        let evaluation = evaluate(&self.inventory, flow, &self.rules, self.now);
        // A test holds a part of a system: what a rule names need not be in it.
        let troubles = evaluation.problems.into_iter();
        case.problems
            .extend(troubles.filter(|problem| problem.code != Code::UndeclaredEntity));
        let mut open: Vec<_> = self.expectations.iter().collect();
        for finding in evaluation.findings {
            let met = open
                .iter()
                .position(|expected| expected.is_met_by(&finding, self.file, files));
            match met {
                Some(at) => {
                    open.remove(at);
                    case.met += 1;
                }
                None => case.unexpected.push(finding),
            }
        }
        let missing = open.into_iter();
        let missing = missing.map(|expected| expected.missing(&case.unexpected, files));
        case.missing.extend(missing);
    }

    /// Whether the test fails with `broken` in the place of `rule`.
    fn notices(&self, rule: &Rule, broken: &Rule, flow: &Flow, files: &Files) -> bool {
        if !self.asks(rule) {
            return false;
        }
        let evaluation = evaluate(&self.inventory, flow, &[broken], self.now);
        let expected = self.expectations.iter();
        let mut open: Vec<_> = expected.filter(|it| it.rule == rule.info.id).collect();
        for finding in &evaluation.findings {
            let met = |expected: &&Expectation| expected.is_met_by(finding, self.file, files);
            match open.iter().position(met) {
                Some(at) => drop(open.remove(at)),
                None => return true,
            }
        }
        !open.is_empty()
    }
}

const EXPECT: &str = "expect";
const EXPECT_UNDETERMINED: &str = "expect-undetermined";

/// What a finding comes to, as tests call it.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Violation => EXPECT,
        Verdict::Undetermined => EXPECT_UNDETERMINED,
    }
}
