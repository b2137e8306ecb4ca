//! The same root before a change: read only where it differs, judged by the rules of now.
//!
//! What was read of the new state is read once. Its declarations are taken back from the inventory
//! when that has been asked, those of files that differ are exchanged for what these held before,
//! and the rest is linked anew: references and what follows from them may have changed anywhere.

mod wrong;

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};

use super::code;
use super::kept::{Around, State};
use super::read::{Depth, Held, How, Readers, admit, dialects, follows, known, read, take};
use super::rules::Selected;
use super::scope::choose_files;
use super::waivers::{Waivers, line};
use super::{BaseState, CheckInput, Gate, Project};
use crate::config::Config;
use crate::finding::{Change, Finding, Identity, Known, Outcome, Waived, WaiversByName};
use crate::flow::{Flow, problems};
use crate::infrastructure::Moved;
use crate::inventory::Inventory;
use crate::model::{Action, EntityId, Kind};
use crate::policy::{Asked, Rule, evaluate_as, requests};
use crate::source::{
    Candidate, Code, End, FileId, Files, Linked, ObjectId, Origin, Problem, ProblemKind, Skip, Span,
};

use crate::syntax::Limits;

use wrong::Wrong;

/// What the new state came to.
pub(super) struct Now {
    pub(super) inventory: Inventory,
    pub(super) held: Vec<Held>,
    pub(super) findings: Vec<Finding>,
    /// What is found and excused.
    pub(super) waived: Vec<Waived>,
    /// Whether all is looked at that the configuration is for.
    pub(super) whole: bool,
    /// The name of the configuration, if there is one.
    pub(super) place: Option<String>,
    /// The symbolic links.
    pub(super) links: Vec<Linked>,
    /// What the code says was called otherwise before.
    pub(super) moved: Vec<Moved>,
    /// The digest of the findings, if what it came to may be held against what is kept.
    pub(super) found: Option<String>,
}

/// The state before a change, as far as it is known without reading its files.
pub(super) struct Earlier {
    before: BaseState,
    candidates: Vec<(Candidate, Readers)>,
    /// What is not looked at is said of the new state.
    then: Outcome,
    /// What it came to when it was checked, if that is kept.
    state: Option<State>,
}

impl Earlier {
    /// Of `root`, the state of now, what was there `before`.
    pub(super) fn of(
        mut before: BaseState,
        root: &Project,
        config: &Config,
        job: &CheckInput,
    ) -> Self {
        let mut then = Outcome::default();
        before.found.add_linked(&follows);
        let _ = choose_files(&mut before.found, &before.folder, config);
        let scope = root.scope.as_ref();
        let candidates = known(&mut before.found, &dialects(config), scope, &mut then);
        let at = (before.folder.as_str(), before.found.links.as_slice());
        let around = Around::of((root, config, job), at, &candidates);
        let cache = job.cache.as_deref();
        let state = cache.and_then(|cache| around?.state(cache, &candidates));
        let state = state.filter(|_| excuses_nothing(&before.configs));
        Self {
            before,
            candidates,
            then,
            state,
        }
    }

    /// Whether the same was found then as now.
    pub(super) fn is_like(&self, now: &State) -> bool {
        let state = self.state.as_ref();
        state.is_some_and(|state| state.found == now.found)
    }

    /// Tells what comparing comes to with what is kept of now, of these files.
    pub(super) fn tell(
        mut self,
        (now, files): (&State, &[(Candidate, Readers)]),
        links: &[Linked],
        outcome: &mut Outcome,
    ) {
        let _ = configs_of(&self.before, outcome, &mut self.then);
        let of_now = files.iter().zip(now.ends());
        let mut only_now: HashMap<&str, (&Candidate, bool)> = of_now
            .map(|((file, _), (is_ours, _))| (file.name.as_str(), (file, is_ours)))
            .collect();
        let mut differing = HashSet::new();
        let mut unread = 0;
        let ends = self.state.iter().flat_map(State::ends);
        for ((file, _), (is_ours, end)) in self.candidates.iter().zip(ends) {
            let name = file.name.as_str();
            let is_same = |(now, _): &(&Candidate, bool)| now.origin == file.origin;
            if only_now.get(name).is_some_and(is_same) {
                only_now.remove(name);
                continue;
            }
            unread += usize::from(is_kept_elsewhere(end));
            if is_ours {
                differing.insert(name.to_owned());
            }
        }
        let only_now = only_now.into_values().filter(|(_, is_ours)| *is_ours);
        differing.extend(only_now.map(|(file, _)| file.name.clone()));
        let _ = replaced(&differing, outcome);
        if differing.is_empty() && links == self.before.found.links {
            unread = 0;
        }
        outcome.unlisted += now.findings;
        let then = self.then.problems;
        let (of_git, of_content): (Vec<_>, Vec<_>) = then.into_iter().partition(is_of_git);
        outcome.problems.extend(of_git);
        if let Some(comparison) = &mut outcome.comparison {
            comparison.differing += differing.len();
            comparison.problems += of_content.len() + unread;
        }
    }
}

/// Whether these configurations waive nothing.
fn excuses_nothing(configs: &[Candidate]) -> bool {
    let mut waivers = configs.iter().map(|candidate| {
        let text = candidate.read(Limits::default().file_bytes).ok()?;
        let text = String::from_utf8(text).ok()?;
        Some(Config::read(FileId(0), &text).0.waivers)
    });
    waivers.all(|waivers| waivers.is_some_and(|waivers| waivers.is_empty()))
}

/// Whether a problem is that git cannot give a content.
fn is_of_git(problem: &Problem) -> bool {
    matches!(problem.code, Code::MissingObject | Code::Unreadable)
}

/// Whether a file is left out because its content is somewhere else.
fn is_kept_elsewhere(end: End) -> bool {
    use Skip::{Encrypted, Filtered, LfsPointer};
    matches!(end, End::LeftOut(LfsPointer | Encrypted | Filtered))
}

/// Compares the findings of `now` with those that the same rules have for `before`.
///
/// Costs the reading of the files that differ, and linking and asking once more; where no document
/// differs, only listing the files.
pub(super) fn compare(
    earlier: Earlier,
    mut now: Now,
    config: &Config,
    rules: &[Rule],
    job: &CheckInput,
    outcome: &mut Outcome,
) {
    let Earlier {
        before,
        candidates,
        mut then,
        state,
    } = earlier;
    let wrong = Wrong::take_from(&mut now.findings);
    let now_place = now.place.take();
    let old = configs_of(&before, outcome, &mut then);
    let of_configs = old.iter().flat_map(|(_, config)| config.waivers.clone());
    let of_configs = of_configs.collect();
    let Differing { fresh, kept, gone } = differing(candidates, &now.held, outcome);
    let how = How {
        limits: &config.limits,
        depth: Depth::Read { hash: true },
        progress: &job.progress,
    };
    let (read, declarations) = read(fresh, how, outcome.files.len());
    let mut differing: HashSet<String> = gone
        .iter()
        .map(|file| outcome.files.get(*file).name.clone())
        .collect();
    let claimed = read.iter().filter(|file| file.claimed() || file.is_code());
    differing.extend(claimed.map(|file| file.source.name.clone()));
    let replaced = replaced(&differing, outcome);
    std::mem::swap(&mut then.files, &mut outcome.files);
    let taken = take(read, &mut then);
    std::mem::swap(&mut then.files, &mut outcome.files);
    // What git cannot give is no fault of what was there: it may be all that seems new.
    let (unread, of_content): (Vec<_>, Vec<_>) = std::mem::take(&mut then.problems)
        .into_iter()
        .partition(is_of_git);
    outcome.problems.extend(unread);
    then.problems = of_content;

    // What is wrong in how they were written is no matter now.
    let waivers_then = |inventory: &Inventory, files: &Files| {
        let max_days = config.max_waiver_days;
        Waivers::new(of_configs, max_days, inventory, files, now.whole).0
    };
    let waivers_now = LazyCell::new(|| WaiversByName::new(&config.waivers));
    if differing.is_empty() && now.links == before.found.links {
        let waivers = waivers_then(&now.inventory, &outcome.files);
        let excused = now.waived.iter().map(|waived| &waived.finding);
        let state = wrong::State {
            found: wrong.among(now.findings.iter().chain(excused)),
            inventory: &now.inventory,
            rules,
            now: job.now,
        };
        wrong.tell_apart(&waivers, state, outcome);
        let by_name = waivers.by_name();
        for finding in now.findings {
            let line = |span| line(&outcome.files, span);
            if by_name.excuses(&finding, job.now, &line) {
                let how = loss(&finding, &waivers_now, job.now, &line);
                outcome.findings.push(no_longer_excused(finding, how));
            } else {
                outcome.unchanged.push(finding.marked(Change::Unchanged));
            }
        }
        let waived = now.waived.into_iter();
        outcome
            .waived
            .extend(waived.map(|it| marked(it, |finding| finding.marked(Change::Unchanged))));
        if let Some(comparison) = &mut outcome.comparison {
            comparison.problems += then.problems.len();
        }
        rayon::spawn(move || drop(now.inventory));
        return;
    }
    if let (Some(then_found), Some(now_found)) = (state.map(|state| state.found), &now.found)
        && then_found == *now_found
    {
        let unchanged = now.findings.into_iter();
        let unchanged = unchanged.map(|finding| finding.marked(Change::Unchanged));
        outcome.unchanged.extend(unchanged);
        if let Some(comparison) = &mut outcome.comparison {
            comparison.differing += differing.len();
            comparison.problems += then.problems.len() + elsewhere(&then);
        }
        rayon::spawn(move || drop(now.inventory));
        return;
    }
    let ways: Vec<_> = now
        .findings
        .iter()
        .map(|finding| ends(&now.inventory, finding))
        .collect();

    let kept: HashSet<FileId> = kept.into_iter().collect();
    let mut all = now.inventory.into_declarations();
    // What one file of code declares may follow from another one: all of it is lowered anew.
    let of_code: HashSet<FileId> = now
        .held
        .iter()
        .filter(|held| held.code.is_some())
        .map(|held| held.file)
        .collect();
    all.retain_files(&|file| kept.contains(&file) && !of_code.contains(&file));
    all.append(declarations);
    let still = now.held.iter().filter(|held| kept.contains(&held.file));
    let code = still.chain(&taken).filter(|held| held.code.is_some());
    std::mem::swap(&mut then.files, &mut outcome.files);
    code::add(
        &code.collect::<Vec<_>>(),
        code::Around {
            folder: &before.folder,
            whole: false,
            links: &before.found.links,
            moved: &now.moved,
        },
        config,
        &mut all,
        &mut then,
    );
    std::mem::swap(&mut then.files, &mut outcome.files);
    // What is read last may stand before what was read first; of two equal ways the first is shown.
    let name = |file| &outcome.files.get(file).name;
    all.sort_by_file(&|a, b| name(a).cmp(name(b)));

    let (inventory, unlinked) = Inventory::link(all);
    let flow = Flow::new(&inventory);
    then.problems.extend(unlinked);
    then.problems.extend(problems(&flow, &inventory));
    let excused = now.waived.iter().map(|waived| &waived.finding);
    let found = now.findings.iter().chain(excused);
    let mut numbers = hashbrown::HashMap::new();
    // What is found twice has the number of the first.
    let first: Vec<usize> = (0..)
        .zip(found)
        .map(|(at, finding)| *numbers.entry(&finding.identity).or_insert(at))
        .collect();
    // What was excused before counts as new once it is not: whether it was, its values say.
    let waivers = waivers_then(&inventory, &outcome.files);
    let by_name = waivers.by_name();
    let counts_now = |number: usize| number < now.findings.len();
    let may_be_new = |number: usize| {
        let finding = now.findings.get(number);
        finding.is_some_and(|finding| by_name.may_excuse(finding, job.now))
    };
    let told = |identity: &Identity| {
        let number = numbers.get(identity).copied();
        number.filter(|number| !wrong.is_about(identity) && !may_be_new(*number))
    };
    let asked: Vec<_> = rules.iter().collect();
    let how = Asked {
        now: job.now,
        known: Some(&told),
        most: job.instances(),
        completions: config.limits.completions as usize,
        decided: &job.progress.decided,
    };
    let mut evaluation = evaluate_as(&inventory, &flow, &asked, how);
    evaluation.findings = Gate::new(job, config).split(evaluation.findings).1;
    // Policies are those of now, and judged there.
    let of_requests = evaluation.problems.into_iter();
    let of_requests = of_requests.filter(|problem| problem.kind == ProblemKind::Evaluation);
    then.problems.extend(of_requests);

    let (again, gone): (Vec<_>, Vec<_>) = evaluation
        .findings
        .into_iter()
        .partition(|finding| numbers.contains_key(&finding.identity));
    let again_by_number = || again.iter().map(|it| (numbers[&it.identity], it));
    let told_again = again_by_number().map(|(number, finding)| (number, finding.verdict));
    let known = Known::new(first.len(), evaluation.known.into_iter().chain(told_again));
    // Of each finding that a waiver excused, how it is lost, if it is; and how often it counted.
    let (mut lost, mut counted) = (HashMap::new(), HashMap::new());
    for (number, before) in again_by_number().filter(|(number, _)| counts_now(*number)) {
        let line = |span| line(&outcome.files, span);
        match by_name.excuses(before, job.now, &line) {
            true => _ = lost.insert(number, loss(before, &waivers_now, job.now, &line)),
            false => *counted.entry(number).or_insert(0) += 1,
        }
    }
    let mut found = again;
    found.retain(|finding| wrong.is_about(&finding.identity));
    found.extend(wrong.among(gone.iter()));
    let state = wrong::State {
        found,
        inventory: &inventory,
        rules,
        now: job.now,
    };
    wrong.tell_apart(&waivers, state, outcome);

    drop(numbers);
    let mut facts = Facts::new(&inventory, &flow);
    let (of_findings, of_waived) = first.split_at(now.findings.len());
    let findings = of_findings.iter().zip(now.findings).zip(ways);
    for ((number, finding), ends) in findings {
        let mut finding = match lost.get(number) {
            Some(how) if !wrong::take(&mut counted, number) => no_longer_excused(finding, how),
            _ => known.mark(*number, finding),
        };
        if finding.change != Some(Change::New) {
            outcome.unchanged.push(finding);
            continue;
        }
        if finding.effect.is_none() {
            finding.effect = facts.effect(&finding, ends.as_ref());
        }
        outcome.findings.push(finding);
    }
    let waived = of_waived.iter().zip(now.waived);
    let waived = waived.map(|(number, waived)| marked(waived, |it| known.mark(*number, it)));
    outcome.waived.extend(waived);
    let is_gone = |finding: &&Finding| {
        let name = &outcome.files.get(finding.primary.span.file).name;
        !replaced.contains(name) && was_asked(&old, now_place.as_deref(), job, name, finding)
    };
    let gone: Vec<_> = gone.iter().filter(is_gone).cloned().collect();
    outcome.gone.extend(gone);
    if let Some(comparison) = &mut outcome.comparison {
        comparison.differing += differing.len();
        comparison.problems += then.problems.len() + elsewhere(&then);
    }
    rayon::spawn(move || drop((inventory, flow)));
}

/// How many files were skipped then, where they are read now: pointers of Git LFS.
fn elsewhere(then: &Outcome) -> usize {
    let entries = then.summary.ledger.entries().iter();
    entries.filter(|entry| is_kept_elsewhere(entry.end)).count()
}

/// Which of the documents of before are there and cannot be read, each with a problem: what is in
/// them is not gone.
fn replaced(documents: &HashSet<String>, outcome: &mut Outcome) -> HashSet<String> {
    let left_out = outcome.summary.ledger.left_out();
    let followed: HashSet<&str> = outcome.summary.ledger.read().collect();
    let replaced = left_out.filter_map(|(name, why)| {
        if followed.contains(name) {
            return None;
        }
        let what = match why {
            Skip::Link => "a symbolic link, which is not followed",
            Skip::LinkOutside => "a symbolic link that leads out of the checkout",
            Skip::LinkBroken => "a symbolic link that leads nowhere",
            Skip::LfsPointer => "a pointer of Git LFS",
            Skip::Encrypted => "encrypted by git-crypt",
            Skip::Filtered => "filtered by git",
            _ => return None,
        };
        documents.contains(name).then(|| (name.to_owned(), what))
    });
    let replaced: Vec<_> = replaced.collect();
    for (name, what) in &replaced {
        let message = format!("`{name}` was a document, and now is {what}");
        let problem = Problem::input(Code::ReplacedDocument, message);
        outcome
            .problems
            .push(problem.help("keep the document itself where it was"));
    }
    replaced.into_iter().map(|(name, _)| name).collect()
}

/// The configurations of before, each with its candidate; problems of those go to `then`.
fn configs_of(
    before: &BaseState,
    outcome: &mut Outcome,
    then: &mut Outcome,
) -> Vec<(Candidate, Config)> {
    let mut configs = Vec::new();
    std::mem::swap(&mut then.files, &mut outcome.files);
    for candidate in &before.configs {
        let file = admit(candidate, ProblemKind::Input, then);
        let (read, problems) = Config::read(file, then.files.get(file).text());
        if let Some(comparison) = outcome.comparison.as_mut().filter(|_| !problems.is_empty()) {
            comparison.waivers_unread = true;
        }
        configs.push((candidate.clone(), read));
        then.problems.extend(problems);
    }
    std::mem::swap(&mut then.files, &mut outcome.files);
    configs
}

/// Whether the rule of a finding of before, in the file `name`, was asked there: where a configuration
/// is gone, what it did not select was never reported, and is no loss.
fn was_asked(
    old: &[(Candidate, Config)],
    place: Option<&str>,
    job: &CheckInput,
    name: &str,
    finding: &Finding,
) -> bool {
    let is_for = |config: &&(Candidate, Config)| {
        let folder = config.0.folder();
        let rest = name.strip_prefix(folder);
        folder.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let nearest = old.iter().filter(is_for);
    let nearest = nearest.max_by_key(|(candidate, _)| candidate.folder().len());
    nearest.is_none_or(|(candidate, config)| {
        let is_here = Some(candidate.name.as_str()) == place;
        is_here || Selected::new(job, config).has(&finding.rule)
    })
}

/// How a finding of before lost what excused it, by the waivers of now.
fn loss(
    before: &Finding,
    waivers: &WaiversByName<'_>,
    now: i64,
    line: &dyn Fn(Span) -> (FileId, usize),
) -> &'static str {
    if waivers.excuses(before, now, line) {
        "this change ends a waiver: it changes a value of `while`"
    } else if waivers.is_past(before, now, line) {
        "this change lets the waiver that covered it expire"
    } else {
        "this change removes the waiver that covered it"
    }
}

/// What is found as before, and was excused then.
fn no_longer_excused(finding: Finding, how: &str) -> Finding {
    let mut finding = finding.marked(Change::New);
    finding.effect = Some(how.to_owned());
    finding
}

/// Marks what is excused as `mark` marks findings.
fn marked(waived: Waived, mark: impl Fn(Finding) -> Finding) -> Waived {
    Waived {
        finding: mark(waived.finding),
        ..waived
    }
}

/// How the files of two states relate.
struct Differing {
    /// Those of the old state whose content is not what it is now.
    fresh: Vec<(Candidate, Readers)>,
    /// Those that are the same now.
    kept: Vec<FileId>,
    /// The documents of now that were not the same.
    gone: Vec<FileId>,
}

fn differing(candidates: Vec<(Candidate, Readers)>, held: &[Held], outcome: &Outcome) -> Differing {
    let named = held
        .iter()
        .map(|held| (outcome.files.get(held.file).name.as_str(), held));
    let named: HashMap<&str, &Held> = named.collect();
    let mut kept = Vec::new();
    let mut fresh = Vec::new();
    for (candidate, readers) in candidates {
        let now = named.get(candidate.name.as_str());
        let same = now.filter(|now| match &candidate.origin {
            Origin::Blob(blob) => now.object == Some(blob.id()),
            // It is known to be as it was, behind a filter.
            Origin::File(_) => {
                let held = candidate.read(u32::MAX).ok();
                now.object.is_some() && held.and_then(|held| ObjectId::of(&held)) == now.object
            }
            Origin::Memory(_) | Origin::Stdin => false,
        });
        match same {
            Some(now) => kept.push(now.file),
            None => fresh.push((candidate, readers)),
        }
    }
    let same: HashSet<FileId> = kept.iter().copied().collect();
    let gone = held
        .iter()
        .filter(|held| (held.claimed || held.code.is_some()) && !same.contains(&held.file));
    Differing {
        gone: gone.map(|held| held.file).collect(),
        fresh,
        kept,
    }
}

/// From where to where the way of a finding leads, in words: the zones, or what lies in them if that
/// is one zone. None of a finding that is about no way.
fn ends(inventory: &Inventory, finding: &Finding) -> Option<(String, String)> {
    let (principal, resource) = finding.subject();
    let resource = resource?;
    let kinds = [principal, resource].map(|name| name.split_once("::"));
    let joins_zones = kinds.map(|name| name.and_then(|(kind, _)| Kind::named(kind)))
        == [Some(Kind::Zone), Some(Kind::Zone)];
    if !joins_zones && finding.path.is_empty() {
        return None;
    }
    let from = inventory.identified(principal)?;
    let to = inventory.identified(resource)?;
    let zone = |of: EntityId| match of.kind {
        Kind::Zone => Some(of),
        _ => inventory.zone_of(of),
    };
    let (from, to) = match (zone(from), zone(to)) {
        (Some(one), Some(two)) if one != two => (one, two),
        _ => (from, to),
    };
    Some((inventory.describe(from), inventory.describe(to)))
}

/// An entity in a sentence, by its name in identities.
fn describe(name: &str) -> Option<String> {
    let (kind, id) = name.split_once("::")?;
    Some(format!("{} `{id}`", Kind::named(kind)?.def().label))
}

/// What was the case before the change.
struct Facts<'i> {
    inventory: &'i Inventory,
    flow: &'i Flow,
    /// What led where, once somebody asks.
    joined: Option<HashSet<(EntityId, EntityId)>>,
}

impl<'i> Facts<'i> {
    fn new(inventory: &'i Inventory, flow: &'i Flow) -> Self {
        Self {
            inventory,
            flow,
            joined: None,
        }
    }

    /// What the change does to bring a new finding about, whose way leads from and to `ends`.
    fn effect(&mut self, finding: &Finding, ends: Option<&(String, String)>) -> Option<String> {
        let (name, resource) = finding.subject();
        let principal = self.inventory.identified(name);
        let added = match principal {
            None => describe(name),
            Some(_) => None,
        };
        let Some((from, to)) = ends else {
            return added.map(|added| format!("this change adds {added}"));
        };
        let resource = resource.and_then(|name| self.inventory.identified(name));
        let known = principal.zip(resource);
        Some(if known.is_some_and(|known| self.joined(known)) {
            format!(
                "there was a path from {from} to {to} before this change, and it kept to this rule"
            )
        } else if let Some(added) = added {
            format!("this change adds {added}, and with it a path from {from} to {to}")
        } else {
            format!("this change opens a new path from {from} to {to}")
        })
    }

    fn joined(&mut self, ends: (EntityId, EntityId)) -> bool {
        if ends.1.kind == Kind::Zone
            && let Some(zone) = match ends.0.kind {
                Kind::Zone => Some(ends.0),
                Kind::DebugEnvironment => self.inventory.container(ends.0),
                _ => None,
            }
        {
            let reached = self.flow.reached(self.inventory, zone.index);
            return reached.iter().any(|on| on.zone == ends.1.index);
        }
        let joined = self.joined.get_or_insert_with(|| {
            let lists = |action: Action| action != Action::Reach;
            let all = requests(self.inventory, self.flow, &lists);
            let all = all.into_values().flatten();
            all.map(|request| (request.principal, request.resource))
                .collect()
        });
        joined.contains(&ends)
    }
}
