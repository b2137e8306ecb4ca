//! The pipeline: texts and policies in, everything that was found out.

mod code;
mod compare;
mod diagram;
mod graph;
mod kept;
mod places;
mod policies;
mod read;
mod rules;
mod scope;
mod waivers;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::config::{Config, Unknowns, Unsaid};
use crate::finding::{
    Comparison, Finding, INSTANCES, Identity, Outcome, Setting, Severity, Verdict,
};
use crate::flow::{Flow, problems};
use crate::infrastructure::Moved;
use crate::inventory::Inventory;
use crate::model::Declarations;
use crate::policy::{Asked, Decided, Rule, built_in, evaluate_as};
use crate::source::{
    Cache, Candidate, Code, End, Exclusion, FileId, Found, Label, Problem, ProblemKind, RootEntry,
    Skip, Span, Trace,
};

use compare::{Earlier, compare};
use kept::{Around, Came, Mark, State};
use read::{Depth, Held, How, Readers, admit, dialects, follows, is_unread, known, read, take};
use scope::{choose_files, exclusions_of, narrow};
use waivers::{Waivers, follow};

pub use diagram::{Compared, Marked, Page};
pub use policies::{own_policies, review};
pub(crate) use read::read_all;
pub use read::{is_document, may_be_read};
pub(crate) use rules::load;
pub use scope::Scope;

/// What to check, and with which rules. What is `None` or empty is left to each configuration.
#[derive(Debug, Default)]
pub struct CheckInput {
    /// What is checked together, one by one.
    pub roots: Vec<Project>,
    /// Rules to take, by id or by the start of one and `*`.
    pub select: Vec<String>,
    /// Rules to leave out, in the same way.
    pub ignore: Vec<String>,
    /// The least severity that makes the run fail.
    pub fail_on: Option<Severity>,
    /// Whether an undetermined finding makes the run fail.
    pub unknowns: Option<Unknowns>,
    /// Whether findings are no reason to fail.
    pub exit_zero: bool,
    /// Whether open questions are undetermined findings, whatever the configuration says.
    pub strict: bool,
    /// Whether only files are named, and no folder: if none of them is a document, there is nothing to
    /// compare, and that is no fault.
    pub only_files: bool,
    /// What the state is called that every root has [`Project::before`] of, if findings are compared.
    pub base: Option<String>,
    /// Whether findings keep all instances, and not the first few.
    pub all: bool,
    /// A value in the code of which to say where it comes from.
    pub trace: Option<Trace>,
    /// Whether the outcome has the projects as they are drawn.
    pub draw: bool,
    /// Whether a comparison has to list what was found in both states, and not only to count it.
    pub lists_unchanged: bool,
    /// Where to keep what states came to, and to look for what they came to before, if anywhere.
    pub cache: Option<Arc<Cache>>,
    /// The day that the check is made for, in milliseconds since 1970.
    pub now: i64,
    /// What was wrong with the job before it began.
    pub problems: Vec<Problem>,
    /// Where to count how far it is.
    pub progress: Arc<Progress>,
}

impl CheckInput {
    /// How many instances of a finding are kept.
    fn instances(&self) -> usize {
        match self.all {
            true => usize::MAX,
            false => INSTANCES,
        }
    }
}

/// How far a job is, for whoever waits for it: counted while it runs, never read by it.
#[derive(Debug, Default)]
pub struct Progress {
    /// The files to read, as far as they are known.
    pub files: AtomicUsize,
    /// Of these, how many were read.
    pub read: AtomicUsize,
    /// The verdicts on what they declare.
    pub decided: Decided,
}

/// A folder whose documents describe one system.
#[derive(Debug, Default)]
pub struct Project {
    /// The files to look at.
    pub found: Found,
    /// The configuration, if there is one.
    pub config: Option<Candidate>,
    /// Policy files besides those that the configuration lists.
    pub policies: Vec<Candidate>,
    /// Whether the files are all that the configuration is for.
    pub whole: bool,
    /// What was named, if the files are more than that because it may refer to them.
    pub scope: Option<Scope>,
    /// How to find the policy files that a glob of the configuration names.
    pub expand: Option<GlobResolver>,
    /// What there was before the change, to compare with.
    pub before: Option<BaseState>,
}

/// The files of a root before a change. They are judged by the configuration and the policies of
/// the root as it is now, so that no change to those is mistaken for a change of what they judge.
#[derive(Debug, Default)]
pub struct BaseState {
    /// The files to look at.
    pub found: Found,
    /// The folder of its configuration then, as shown to people; globs are relative to it.
    pub folder: String,
    /// The configurations of these files then, of which only the waivers count.
    pub configs: Vec<Candidate>,
}

/// Finds the policy files that a glob of a configuration names, or says why it may not name them.
#[derive(Clone)]
pub struct GlobResolver(Arc<Find>);

type Find = dyn Fn(&str) -> Result<Vec<Candidate>, String> + Send + Sync;

impl GlobResolver {
    /// What `find` finds.
    pub fn new(
        find: impl Fn(&str) -> Result<Vec<Candidate>, String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(find))
    }
}

impl std::fmt::Debug for GlobResolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GlobResolver")
    }
}

/// Reads and links the documents of `job`, each root by itself, and asks nothing.
pub fn understand(mut job: CheckInput) -> (Vec<Inventory>, Outcome) {
    let mut outcome = Outcome::default();
    outcome.problems.append(&mut job.problems);
    outcome.trace = job.trace.take();
    outcome.exit_zero = job.exit_zero;
    if job.exit_zero {
        outcome.settings.push(Setting {
            text: "--exit-zero".to_owned(),
            span: None,
        });
    }
    let roots = configured(&mut job, &mut outcome);
    let inventories = roots
        .into_iter()
        .map(|(root, config)| link(root, &config, &job.progress, &mut outcome).inventory);
    let inventories = inventories.collect();
    sort(&mut outcome);
    (inventories, outcome)
}

/// Looks which files of `job` are documents, and reads none of them further than it takes to see
/// that.
pub fn look(mut job: CheckInput) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.problems.append(&mut job.problems);
    for (mut root, config) in configured(&mut job, &mut outcome) {
        let (chosen, candidates) = gather(&mut root, &config, &mut outcome);
        let how = How {
            limits: &config.limits,
            depth: Depth::Look,
            progress: &job.progress,
        };
        let (read, _) = read(candidates, how, outcome.files.len());
        let held = take(read, &mut outcome);
        let documents = held.iter().filter(|held| held.claimed).count();
        chosen.enter(documents, &mut outcome);
    }
    sort(&mut outcome);
    outcome
}

/// The rules that `job` selects, with what is wrong with policies; checks nothing.
pub fn rules(mut job: CheckInput) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.problems.append(&mut job.problems);
    let roots = configured(&mut job, &mut outcome);
    let built_in = built_in(&mut outcome.files);
    for (root, config) in roots {
        let named = std::iter::empty();
        for rule in load(&built_in, &root, (&job, &config), named, &mut outcome) {
            if !outcome.rules.iter().any(|known| known.id == rule.info.id) {
                outcome.rules.push(rule.info);
            }
        }
    }
    outcome.rules.sort_by(|a, b| a.id.cmp(&b.id));
    sort(&mut outcome);
    outcome
}

/// Checks `job`. Never stops at the first problem, and never drops one; but where the configuration
/// cannot be used, what it would have checked is not what was meant, and only that is reported.
///
/// Reads and parses files in parallel; the outcome is the same whatever the number of threads.
/// Linear in the size of the texts and in the facts that they state times the rules that apply.
pub fn check(mut job: CheckInput) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.problems.append(&mut job.problems);
    outcome.now = job.now;
    outcome.comparison = job.base.as_ref().map(|base| Comparison {
        base: base.clone(),
        only_files: job.only_files,
        ..Comparison::default()
    });
    let roots = configured(&mut job, &mut outcome);
    // Later files are policies and documents.
    let configurations = outcome.files.len();
    let built_in = built_in(&mut outcome.files);
    let mut idle: Option<BTreeSet<String>> = None;
    let mut aside = HashSet::new();
    let mut deployed = HashSet::new();
    for (root, config) in roots {
        if is_misconfigured(&outcome, configurations) {
            break;
        }
        let (scope, first) = (root.scope.clone(), outcome.files.len());
        let Checked {
            applied_nowhere,
            deployed: of_root,
        } = check_root(
            root,
            &config,
            &job,
            (configurations, &built_in),
            &mut outcome,
        );
        if let Some(scope) = scope {
            let read = outcome.files.iter().enumerate().skip(first);
            let others = read.filter(|(_, file)| !scope.holds(&file.name));
            aside.extend(others.map(|(at, _)| FileId(u32::try_from(at).unwrap_or(u32::MAX))));
        }
        deployed.extend(of_root);
        idle = Some(match idle {
            None => applied_nowhere,
            Some(before) => before.intersection(&applied_nowhere).cloned().collect(),
        });
    }
    if is_misconfigured(&outcome, configurations) {
        let is_of_configuration =
            |problem: &Problem| problem.makes_unusable() && problem.kind != ProblemKind::Policy;
        outcome.problems.retain(is_of_configuration);
        outcome = Outcome {
            files: outcome.files,
            now: outcome.now,
            problems: outcome.problems,
            comparison: outcome.comparison,
            exit_zero: outcome.exit_zero,
            ..Outcome::default()
        };
        sort(&mut outcome);
        return outcome;
    }
    outcome.summary.idle_rules = idle.unwrap_or_default().into_iter().collect();
    narrow(&mut outcome, &aside, &deployed);
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
pub(crate) fn configured(job: &mut CheckInput, outcome: &mut Outcome) -> Vec<(Project, Config)> {
    let roots = std::mem::take(&mut job.roots).into_iter();
    let mut problems = Vec::new();
    let roots: Vec<_> = roots
        .map(|mut root| {
            root.found.add_linked(&follows);
            if let Some(scope) = &mut root.scope {
                scope.extend(&root.found.links);
            }
            let before = outcome.problems.len();
            let config = configure(&root, outcome);
            problems.push(outcome.problems.split_off(before));
            (root, config)
        })
        .collect();
    let hidden = exclusions_of(&roots);
    let mut visible = Vec::with_capacity(roots.len());
    for (((mut root, config), problems), hidden) in roots.into_iter().zip(problems).zip(hidden) {
        let Some(why) = hidden else {
            outcome.problems.extend(problems);
            visible.push((root, config));
            continue;
        };
        let config = root.config.take().into_iter();
        for candidate in config.chain(root.found.candidates) {
            let ledger = &mut outcome.summary.ledger;
            ledger.add(candidate.name, End::LeftOut(why));
        }
    }
    visible
}

/// The files of a root, once it is decided which of them are left out.
struct Chosen {
    configuration: Option<String>,
    exclusions: Vec<Exclusion>,
    left_out: usize,
    /// The symbolic links among these, which may yet be followed.
    links: HashSet<String>,
    whole: bool,
}

impl Chosen {
    /// Enters the root into the ledger.
    fn enter(self, documents: usize, outcome: &mut Outcome) {
        outcome.summary.ledger.roots.push(RootEntry {
            configuration: self.configuration,
            documents,
            left_out: self.left_out,
            exclusions: self.exclusions,
            whole: self.whole,
        });
    }
}

/// Decides which files of a root are left out.
fn choose(root: &mut Project, config: &Config, outcome: &mut Outcome) -> Chosen {
    let folder = root_folder(root).to_owned();
    let (exclusions, unmatched) = choose_files(&mut root.found, &folder, config);
    outcome.problems.extend(unmatched);
    let configuration = root.config.as_ref().map(|config| config.name.clone());
    if let Some(name) = &configuration {
        outcome.summary.ledger.add(name, End::Setting);
    }
    let skipped = root.found.skipped.iter();
    let links = skipped.filter(|skipped| skipped.why == Skip::Link);
    Chosen {
        configuration,
        exclusions,
        links: links.map(|link| link.name.clone()).collect(),
        left_out: root.found.skipped.len(),
        whole: root.whole,
    }
}

/// A root whose documents are read and linked.
struct Linked {
    root: Project,
    inventory: Inventory,
    held: Vec<Held>,
    /// Whether every document could be read.
    is_whole: bool,
    /// What the code says was called otherwise before.
    moved: Vec<Moved>,
}

/// The files of a root, once it is decided which of them may be read.
fn gather(
    root: &mut Project,
    config: &Config,
    outcome: &mut Outcome,
) -> (Chosen, Vec<(Candidate, Readers)>) {
    let chosen = choose(root, config, outcome);
    let scope = root.scope.as_ref();
    let candidates = known(&mut root.found, &dialects(config), scope, outcome);
    (chosen, candidates)
}

/// Reads and links the documents of one root.
fn link(mut root: Project, config: &Config, progress: &Progress, outcome: &mut Outcome) -> Linked {
    let files = gather(&mut root, config, outcome);
    link_files(root, files, false, config, progress, outcome)
}

/// Reads and links the documents among these files of a root; `compares` where they are to be held
/// against an earlier state.
fn link_files(
    root: Project,
    (mut chosen, candidates): (Chosen, Vec<(Candidate, Readers)>),
    compares: bool,
    config: &Config,
    progress: &Progress,
    outcome: &mut Outcome,
) -> Linked {
    let how = How {
        limits: &config.limits,
        depth: Depth::Read { hash: compares },
        progress,
    };
    let (mut read, mut declarations) = read(candidates, how, outcome.files.len());
    if let Some(scope) = &root.scope {
        let is_named = |name: &str| scope.holds(name);
        let named = read
            .iter()
            .filter(|file| file.claimed() && is_named(&file.source.name));
        let (named, all) = (
            named.count(),
            read.iter().filter(|file| file.claimed()).count(),
        );
        if named == 0 && !compares {
            // Nothing refers to the rest, and what is named declares nothing.
            read.retain(|file| is_named(&file.source.name));
            declarations = Declarations::default();
        } else {
            outcome.summary.aside += all - named;
        }
    }
    let unread = outcome.problems.len();
    let held = take(read, outcome);
    let code = held.iter().filter(|held| held.code.is_some());
    let folder = root_folder(&root).to_owned();
    let around = code::Around {
        folder: &folder,
        whole: root.whole,
        links: &root.found.links,
        moved: &[],
    };
    let added = code::add(
        &code.collect::<Vec<_>>(),
        around,
        config,
        &mut declarations,
        outcome,
    );
    chosen.left_out -= added.followed.intersection(&chosen.links).count();
    let is_whole = !outcome.problems[unread..].iter().any(is_unread);
    let (inventory, mut problems) = Inventory::link(declarations);
    if !is_whole {
        hold_back(&mut problems, outcome);
    }
    outcome.problems.extend(problems);
    let documents = inventory.declarations().documents.len();
    outcome.summary.documents += documents;
    outcome.summary.entities += inventory.ids().count() - documents;
    chosen.enter(documents, outcome);
    Linked {
        root,
        inventory,
        held,
        is_whole,
        moved: added.moved,
    }
}

/// Takes out what says that something is not declared: it may be, in what could not be read.
fn hold_back(problems: &mut Vec<Problem>, outcome: &mut Outcome) {
    let before = problems.len();
    problems.retain(|problem| !matches!(problem.code, Code::UnknownId | Code::UndeclaredEntity));
    outcome.summary.held_back += before - problems.len();
}

/// Whether a configuration, one of the first files, or the command line cannot be used.
fn is_misconfigured(outcome: &Outcome, configurations: usize) -> bool {
    outcome.problems.iter().any(|problem| {
        let first = problem.labels.first();
        use ProblemKind::{Command, Configuration};
        let is_there = first.is_none_or(|label| (label.span.file.0 as usize) < configurations);
        matches!(problem.kind, Configuration | Command) && is_there
    })
}

/// What the check of one root says besides what it adds to the outcome.
#[derive(Default)]
struct Checked {
    /// The rules that applied to nothing.
    applied_nowhere: BTreeSet<String>,
    /// What is about something that is deployed from the scope of the root, if it has one.
    deployed: Vec<Identity>,
}

/// Checks one root. Stops where the configuration,
/// one of the first files, cannot be used.
fn check_root(
    mut root: Project,
    config: &Config,
    job: &CheckInput,
    (configurations, built_in): (usize, &[Rule]),
    outcome: &mut Outcome,
) -> Checked {
    let files = gather(&mut root, config, outcome);
    let mark = Mark::of(outcome);
    let earlier = root.before.take();
    let earlier = earlier.map(|before| Earlier::of(before, &root, config, job));
    let at = (root_folder(&root), root.found.links.as_slice());
    let around = Around::of((&root, config, job), at, &files.1);
    let state = job.cache.as_deref().zip(around.clone());
    let state = state.and_then(|(cache, around)| around.state(cache, &files.1));
    let is_told = |state: &State| match &earlier {
        Some(earlier) => earlier.is_like(state),
        None => state.findings == 0,
    };
    let lists = job.lists_unchanged;
    let told = state.filter(|state| state.is_quiet(root.whole, lists) && is_told(state));
    if let Some(state) = told {
        let links = std::mem::take(&mut root.found.links);
        let rules = load(built_in, &root, (job, config), std::iter::empty(), outcome);
        if is_misconfigured(outcome, configurations) {
            return Checked::default();
        }
        enter_settings(&rules, (job, config), outcome);
        let (chosen, candidates) = files;
        let (documents, applied_nowhere) = state.tell(&candidates, &rules, outcome);
        if let Some(earlier) = earlier {
            earlier.tell((&state, &candidates), &links, outcome);
        }
        chosen.enter(documents, outcome);
        return Checked {
            applied_nowhere,
            deployed: Vec::new(),
        };
    }
    let compares = earlier.is_some();
    let Linked {
        mut root,
        inventory,
        held,
        is_whole,
        moved,
    } = link_files(root, files, compares, config, &job.progress, outcome);
    if job.draw {
        outcome.graphs.push(graph::graph(&inventory));
        outcome.declared.push(graph::places(&inventory));
    }
    // What is declared in what was not read is not known.
    let whole = root.whole && held.iter().all(|held| !held.skipped);
    let (mut of_config, max_days) = (config.waivers.clone(), config.max_waiver_days);
    follow(&mut of_config, &moved, &inventory);
    let (waivers, troubles) = Waivers::new(of_config, max_days, &inventory, &outcome.files, whole);
    outcome.problems.extend(troubles);
    let rules = load(built_in, &root, (job, config), waivers.rules(), outcome);
    if is_misconfigured(outcome, configurations) {
        return Checked::default();
    }
    let describes = held.iter().any(|held| held.claimed && held.code.is_none());
    let flow = Flow::new(&inventory);
    outcome.problems.extend(problems(&flow, &inventory));
    let asked: Vec<_> = rules.iter().collect();
    let how = Asked {
        now: job.now,
        known: None,
        most: job.instances(),
        completions: config.limits.completions as usize,
        decided: &job.progress.decided,
    };
    let evaluation = evaluate_as(&inventory, &flow, &asked, how);
    let mut of_rules = evaluation.problems;
    if !is_whole {
        hold_back(&mut of_rules, outcome);
    }
    outcome.problems.extend(of_rules);
    let gate = Gate::new(job, config);
    enter_settings(&rules, (job, config), outcome);
    let (open, mut findings) = gate.split(evaluation.findings);
    for because in open.iter().flat_map(|finding| &finding.because) {
        if because.unsaid && !outcome.imports.contains_key(&because.entity) {
            let import = places::import_of(&inventory, &because.entity);
            outcome
                .imports
                .extend(import.map(|import| (because.entity.clone(), import)));
        }
    }
    let deployed = match &root.scope {
        Some(scope) => scope.deployed(open.iter().chain(&findings), &inventory),
        None => Vec::new(),
    };
    outcome.open.extend(open);
    places::relate(&mut findings, &outcome.files);
    let waived = waivers.apply(&mut findings, &inventory, &rules, &outcome.files, job.now);
    for finding in &mut findings {
        finding.fails = gate.stops(finding);
    }
    let summary = &mut outcome.summary;
    summary.decisions += evaluation.decisions;
    for (rule, count) in &evaluation.by_rule {
        *summary.by_rule.entry(rule.clone()).or_default() += count;
    }
    // Rules about what no document describes are no news where there are no documents.
    let applied_nowhere: BTreeSet<String> = match describes {
        true => evaluation.idle.into_iter().collect(),
        false => BTreeSet::new(),
    };
    let may_be_kept = waivers.is_empty() && moved.is_empty();
    let around = around.filter(|_| may_be_kept);
    let found = around.is_some().then(|| kept::found(&findings));
    if let (Some(around), Some(cache), Some(found)) = (around, &job.cache, &found) {
        let came = Came {
            around,
            before: mark,
            held: &held,
            whole: root.whole,
            found: (found, findings.len()),
            decisions: evaluation.decisions,
            by_rule: &evaluation.by_rule,
            applied_nowhere: &applied_nowhere,
        };
        came.keep(cache, outcome);
    }
    match earlier {
        Some(earlier) => {
            let now = compare::Now {
                inventory,
                held,
                findings,
                waived,
                whole,
                place: root.config.as_ref().map(|config| config.name.clone()),
                links: std::mem::take(&mut root.found.links),
                moved,
                found,
            };
            compare(earlier, now, config, &rules, job, outcome);
        }
        None => {
            let findings = places::merge(findings, &inventory, &outcome.files);
            outcome.findings.extend(findings);
            outcome.waived.extend(waived);
            // To free what was declared takes a while, and nobody waits for it.
            rayon::spawn(move || drop((inventory, flow, rules)));
        }
    }
    Checked {
        applied_nowhere,
        deployed,
    }
}

/// Enters the rules that are asked, and the settings that decide which findings make a run fail.
fn enter_settings(rules: &[Rule], (job, config): (&CheckInput, &Config), outcome: &mut Outcome) {
    for setting in gate_settings(job, config) {
        if !outcome.settings.contains(&setting) {
            outcome.settings.push(setting);
        }
    }
    for rule in rules {
        if !outcome.rules.iter().any(|known| known.id == rule.info.id) {
            outcome.rules.push(rule.info.clone());
        }
    }
    outcome.summary.rules = outcome.rules.len();
}

/// The settings that decide which findings make a run fail, but for the defaults.
fn gate_settings(job: &CheckInput, config: &Config) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut add = |given: Option<String>, configured: Option<(String, Span)>| {
        let (text, span) = match (given, configured) {
            (Some(text), _) => (text, None),
            (None, Some((text, span))) => (text, Some(span)),
            (None, None) => return,
        };
        settings.push(Setting { text, span });
    };
    let fail_on = config.fail_on.as_ref();
    add(
        job.fail_on.map(|severity| format!("--fail-on {severity}")),
        fail_on.map(|it| (format!("fail-on: {}", it.value), it.span)),
    );
    let unknowns = config.unknowns.as_ref();
    add(
        job.unknowns
            .map(|unknowns| format!("--unknowns {unknowns}")),
        unknowns.map(|it| (format!("unknowns: {}", it.value), it.span)),
    );
    settings
}

/// Which findings make a run fail.
struct Gate {
    fail_on: Severity,
    unknowns: Unknowns,
    unsaid: Unsaid,
}

impl Gate {
    fn new(job: &CheckInput, config: &Config) -> Self {
        let fail_on = config.fail_on.as_ref().map(|severity| severity.value);
        let unknowns = config.unknowns.as_ref().map(|unknowns| unknowns.value);
        Self {
            fail_on: job.fail_on.or(fail_on).unwrap_or(Severity::Low),
            unknowns: job.unknowns.or(unknowns).unwrap_or_default(),
            unsaid: match job.strict {
                true => Unsaid::Fail,
                false => config.unsaid.as_ref().map_or(Unsaid::List, |it| it.value),
            },
        }
    }

    /// The open questions among findings, and the rest.
    fn split(&self, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
        let lists = self.unsaid == Unsaid::List;
        findings.into_iter().partition(|it| lists && it.is_open())
    }

    fn stops(&self, finding: &Finding) -> bool {
        let counts = finding.verdict == Verdict::Violation || self.unknowns == Unknowns::Fail;
        counts && finding.rule.severity >= self.fail_on
    }
}

fn configure(root: &Project, outcome: &mut Outcome) -> Config {
    let Some(candidate) = &root.config else {
        return Config::default();
    };
    let file = admit(candidate, ProblemKind::Configuration, outcome);
    let (config, problems) = Config::read(file, outcome.files.get(file).text());
    outcome.problems.extend(problems);
    config
}

/// The folder that the globs of its configuration are relative to, as shown to people.
fn root_folder(root: &Project) -> &str {
    root.config.as_ref().map_or("", |config| config.folder())
}

/// So many places at which one thing is wrong are named.
const USES: usize = 8;

/// By place, then by what is said there: the same order on every run.
fn sort(outcome: &mut Outcome) {
    let Outcome {
        files,
        findings,
        open,
        unchanged,
        gone,
        waived,
        problems,
        summary,
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
    for findings in [findings, open, unchanged, gone] {
        findings.sort_by(order);
    }
    waived.sort_by(|a, b| order(&a.finding, &b.finding));
    problems.sort_by(|a, b| {
        let first = |problem: &Problem| problem.labels.first().map(|label| label.span);
        let (a_at, b_at) = (first(a).map(place), first(b).map(place));
        // What could not be read may explain the rest.
        let order = is_unread(b).cmp(&is_unread(a)).then(a_at.cmp(&b_at));
        order.then_with(|| a.message.cmp(&b.message))
    });
    // A key declared twice also declares its entity twice: said once.
    let keys = problems
        .iter()
        .filter(|problem| problem.code == Code::DuplicateKey);
    let keys: HashSet<_> = keys
        .filter_map(|problem| Some(problem.labels.first()?.span))
        .collect();
    problems.retain(|problem| {
        let at = problem.labels.first().map(|label| label.span);
        problem.code != Code::DuplicateId || !at.is_some_and(|at| keys.contains(&at))
    });
    // What an alias brings in several times is wrong once.
    problems.dedup_by(|again, before| {
        let at = |problem: &Problem| problem.labels.first().map(|label| place(label.span));
        let same = again.code == before.code && again.message == before.message;
        let same = same && at(again) == at(before);
        let used_at = again
            .labels
            .first()
            .map(|label| files.locate(label.span).used_at);
        if let (true, Some(Some(used_at))) = (same, used_at)
            && before.labels.len() < USES
            && before.labels.iter().all(|label| label.span != used_at)
        {
            let text = "used here".to_owned();
            before.labels.push(Label {
                span: used_at,
                text,
            });
        }
        same
    });
    summary.ledger.settle();
    // Where a part of the project was not read, what is missing may be there.
    let submodules = summary.ledger.left_out();
    let submodules = submodules.filter(|(_, why)| *why == Skip::Submodule);
    let submodules: Vec<_> = submodules.map(|(name, _)| format!("`{name}`")).collect();
    let unknown = problems.iter_mut().filter(|it| it.code == Code::UnknownId);
    for problem in unknown.filter(|_| !submodules.is_empty()) {
        let known = problem
            .help
            .take()
            .map(|help| format!("{help}; "))
            .unwrap_or_default();
        let submodules = submodules.join(" or ");
        problem.help = Some(format!(
            "{known}it may be declared in submodule {submodules}, which is not read"
        ));
    }
}
