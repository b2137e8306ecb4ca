//! Policies themselves as what is checked.

use super::rules::{Selected, load_all, policy_files};
use super::{CheckInput, Project, configured, link};
use crate::config::Config;
use crate::finding::{Lint, LintReport, Outcome};
use crate::inventory::Inventory;
use crate::model::Declarations;
use crate::policy::{self, Rule, lint, undeclared};
use crate::source::{Candidate, Code, Files, Problem, ProblemKind, Span};

/// Looks at the policies of `job`, those that come with Palisade only if they are `built_in` ones
/// to look at, and asks nothing.
///
/// Documents are read only if a rule names an entity. The cost for one rule is bounded.
pub fn review(mut job: CheckInput, built_in: bool) -> LintReport {
    let mut outcome = Outcome::default();
    let mut review = LintReport::default();
    outcome.problems.append(&mut job.problems);
    let mut remarks = Vec::new();
    let roots = configured(&mut job, &mut outcome);
    let all = policy::built_in(&mut outcome.files);
    for (at, (root, config)) in roots.into_iter().enumerate() {
        let own = policy_files(&root, &config, &mut outcome);
        let built_in = built_in && at == 0;
        if own.is_empty() && !built_in {
            continue;
        }
        review.policies += own.len();
        let problems = outcome.problems.len();
        let rules = load_all(
            &all,
            &own,
            (&job, &config),
            std::iter::empty(),
            &mut outcome,
        );
        let of_interest = |rule: &Rule| !rule.info.built_in || built_in;
        let named = || rules.iter().filter(|rule| of_interest(rule));
        review.rules += named().count();
        if built_in {
            review.policies += rules.iter().filter(|rule| rule.info.built_in).count();
        }
        let selected = Selected::new(&job, &config);
        let found = lint(&rules, &|rule| !rule.built_in || built_in, &|rule| {
            selected.has(rule)
        });
        // What Cedar says of a rule that can never fire is said better.
        let mut of_policies = outcome.problems.split_off(problems);
        of_policies
            .retain(|problem| problem.code != Code::PolicyImpossible || !is_said(problem, &found));
        outcome.problems.append(&mut of_policies);
        remarks.extend(found);
        // Most rules name no entity, and then no document need be read.
        let nothing = Inventory::link(Declarations::default()).0;
        if !undeclared(named(), &nothing).is_empty() {
            let (documents, missing) = look_up(root, &config, &job, &rules, &mut outcome);
            *review.documents.get_or_insert(0) += documents;
            remarks.extend(missing.into_iter().map(Lint::fault));
        }
    }
    remarks.extend(outcome.problems.drain(..).map(Lint::fault));
    sort(&mut remarks, &outcome.files);
    review.files = outcome.files;
    review.remarks = remarks;
    review
}

/// The policy files that `job` and the configurations of its roots name, by name, each once.
pub fn own_policies(mut job: CheckInput) -> (Vec<Candidate>, Outcome) {
    let mut outcome = Outcome::default();
    outcome.problems.append(&mut job.problems);
    let mut all = Vec::new();
    for (root, config) in configured(&mut job, &mut outcome) {
        all.extend(policy_files(&root, &config, &mut outcome));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all.dedup_by(|a, b| a.name == b.name);
    (all, outcome)
}

/// Reads the documents of a root. How many there are, and which entities they do not declare that
/// one's own rules name.
fn look_up(
    root: Project,
    config: &Config,
    job: &CheckInput,
    rules: &[Rule],
    outcome: &mut Outcome,
) -> (usize, Vec<Problem>) {
    let problems = outcome.problems.len();
    let inventory = link(root, config, &job.progress, outcome).inventory;
    let mut of_documents = outcome.problems.split_off(problems);
    let is_whole = of_documents.is_empty();
    of_documents.retain(|problem| problem.kind == ProblemKind::Configuration);
    outcome.problems.append(&mut of_documents);
    let documents = inventory.declarations().documents.len();
    if documents == 0 {
        return (0, Vec::new());
    }
    let mut missing = undeclared(rules.iter().filter(|rule| !rule.info.built_in), &inventory);
    for problem in &mut missing {
        if let (Some(help), false) = (&mut problem.help, is_whole) {
            help.push_str(" (some documents cannot be read in full; `palisade check` says why)");
        }
    }
    (documents, missing)
}

/// Whether Cedar's word that a rule can never fire is also among what was found.
fn is_said(problem: &Problem, found: &[Lint]) -> bool {
    let Some(whole) = problem.labels.first().map(|label| label.span) else {
        return false;
    };
    let within =
        |span: Span| span.file == whole.file && (whole.start..whole.end).contains(&span.start);
    found.iter().any(|remark| {
        let labels = &remark.problem.labels;
        remark.is_fault && labels.first().is_some_and(|label| within(label.span))
    })
}

/// By place, then by what is said there; what several roots have in common is said once.
fn sort(remarks: &mut Vec<Lint>, files: &Files) {
    let place = |remark: &Lint| {
        let first = remark.problem.labels.first();
        first.map(|label| {
            let span = label.span;
            (files.get(span.file).name.as_str(), span.start, span.end)
        })
    };
    let said = |remark: &Lint| (remark.problem.code, remark.problem.message.clone());
    remarks.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| said(a).cmp(&said(b))));
    remarks.dedup_by(|a, b| place(a) == place(b) && said(a) == said(b));
}
