//! The same root before a change: read only where it differs, judged by the rules of now.
//!
//! What was read of the new state is read once. Its declarations are taken back from the inventory
//! when that has been asked, those of files that differ are exchanged for what these held before,
//! and the rest is linked anew: references and what follows from them may have changed anywhere.

mod wrong;

use std::collections::{HashMap, HashSet};

use super::{
    Before, Candidate, Config, FileId, Flow, Format, Held, Inventory, Job, Outcome, ProblemKind,
    Rule, choose_files, known, problems, read, take,
};
use crate::finding::{Change, Finding, Identity, Known, Waived, tell_apart};
use crate::model::{EntityId, Kind};
use crate::policy::{evaluate_but, requests};
use crate::source::Origin;

use wrong::{State, Wrong};

/// What the new state came to.
pub(super) struct Now {
    pub(super) inventory: Inventory,
    pub(super) held: Vec<Held>,
    pub(super) findings: Vec<Finding>,
    /// What is found and excused.
    pub(super) waived: Vec<Waived>,
    /// Whether all is looked at that the configuration is for.
    pub(super) whole: bool,
}

/// Compares the findings of `now` with those that the same rules have for `before`.
///
/// Costs the reading of the files that differ, and linking and asking once more; where no document
/// differs, only listing the files.
pub(super) fn compare(
    mut before: Before,
    mut now: Now,
    config: &Config,
    rules: &[Rule],
    job: &Job,
    outcome: &mut Outcome,
) {
    // What is not looked at is said of the new state.
    let mut then = Outcome::default();
    let wrong = Wrong::take_from(&mut now.findings);
    let waivers = wrong.config_of(&before, config, outcome, &mut then);
    choose_files(&mut before.found, &before.folder, config);
    let candidates = known(&mut before.found, &mut then);
    let Differing { fresh, kept, gone } = differing(candidates, &now.held, outcome);
    let (limits, first) = (&config.limits, outcome.files.len());
    let read = read(fresh, limits, true, &job.progress, first);
    let mut differing: HashSet<String> = gone
        .iter()
        .map(|file| outcome.files.get(*file).name.clone())
        .collect();
    let claimed = read.iter().filter(|file| file.claimed);
    differing.extend(claimed.map(|file| file.source.name.clone()));
    std::mem::swap(&mut then.files, &mut outcome.files);
    let (declarations, _) = take(read, &mut then);
    std::mem::swap(&mut then.files, &mut outcome.files);
    // What git cannot give is no fault of what was there: it may be all that seems new.
    let (unread, of_content): (Vec<_>, Vec<_>) = std::mem::take(&mut then.problems)
        .into_iter()
        .partition(|problem| matches!(problem.code, "missing-object" | "unreadable"));
    outcome.problems.extend(unread);
    then.problems = of_content;

    if differing.is_empty() {
        let excused = now.waived.iter().map(|waived| &waived.finding);
        let state = State {
            found: wrong.among(now.findings.iter().chain(excused)),
            inventory: &now.inventory,
            rules,
            whole: now.whole,
            now: job.now,
        };
        wrong.tell_apart(&waivers, state, outcome);
        let mark = |finding: Finding| finding.marked(Change::Unchanged);
        outcome.unchanged.extend(now.findings.into_iter().map(mark));
        outcome
            .waived
            .extend(now.waived.into_iter().map(marked(mark)));
        if let Some(comparison) = &mut outcome.comparison {
            comparison.problems += then.problems.len();
        }
        rayon::spawn(move || drop(now.inventory));
        return;
    }
    let ways: Vec<_> = now
        .findings
        .iter()
        .map(|finding| Way::of(&now.inventory, finding))
        .collect();
    let identities = now.findings.iter().map(|finding| &finding.identity);
    let ways: HashMap<Identity, Way> = identities.cloned().zip(ways).collect();

    let kept: HashSet<FileId> = kept.into_iter().collect();
    let mut all = now.inventory.into_declarations();
    all.retain_files(&|file| kept.contains(&file));
    // What is read last has the highest ids of files, so the order stays that of the ids.
    all.append(declarations);

    let (inventory, unlinked) = Inventory::link(all);
    let flow = Flow::new(&inventory);
    then.problems.extend(unlinked);
    then.problems.extend(problems(&flow, &inventory));
    // What was excused by a value that is another now was no finding, for all that it was there.
    let lapsing = config.waivers.iter();
    let lapsing: Vec<_> = lapsing.filter(|it| !it.values.is_empty()).collect();
    let may_lapse = |finding: &&Finding| lapsing.iter().any(|waiver| waiver.is_lapsed(finding));
    let lapsed = now.findings.iter().filter(may_lapse);
    let lapsed: HashSet<_> = lapsed.map(|finding| finding.identity.clone()).collect();
    let excused = now.waived.iter().map(|waived| &waived.finding);
    let found = now.findings.iter().chain(excused);
    let found: HashSet<_> = found.map(|finding| &finding.identity).collect();
    let told = found.iter().copied();
    let told = told.filter(|identity| !wrong.is_about(identity) && !lapsed.contains(identity));
    let told = told.collect();
    let asked: Vec<_> = rules.iter().collect();
    let evaluation = evaluate_but(&inventory, &flow, &asked, job.now, &told);
    // Policies are those of now, and judged there.
    let of_requests = evaluation.problems.into_iter();
    let of_requests = of_requests.filter(|problem| problem.kind == ProblemKind::Evaluation);
    then.problems.extend(of_requests);

    let again = |finding: &Finding| found.contains(&finding.identity);
    let (again, gone): (Vec<_>, Vec<_>) = evaluation.findings.into_iter().partition(again);
    let told_again = again
        .iter()
        .map(|finding| (finding.identity.clone(), finding.verdict));
    let known = Known::new(evaluation.known.into_iter().chain(told_again));
    let state = State {
        found: wrong.among(again.iter().chain(&gone)),
        inventory: &inventory,
        rules,
        whole: now.whole,
        now: job.now,
    };
    wrong.tell_apart(&waivers, state, outcome);

    let was_excused = |before: &&Finding| {
        let mut waivers = lapsing.iter();
        lapsed.contains(&before.identity) && waivers.any(|it| it.excuses(before, job.now))
    };
    let was_excused = again.iter().filter(was_excused);
    let was_excused: HashSet<_> = was_excused.map(|before| &before.identity).collect();
    let mark = |finding: Finding| {
        if !was_excused.contains(&finding.identity) {
            return known.mark(finding);
        }
        let mut finding = finding.marked(Change::New);
        finding.effect =
            Some("this change ends a waiver: it changes a value of `while`".to_owned());
        finding
    };
    let (mut new, unchanged) = tell_apart(now.findings.into_iter().map(mark));
    outcome
        .waived
        .extend(now.waived.into_iter().map(marked(mark)));
    let mut facts = Facts::new(&inventory, &flow);
    for finding in new.iter_mut().filter(|new| new.effect.is_none()) {
        let way = ways.get(&finding.identity);
        finding.effect = way.and_then(|way| facts.effect(finding, way));
    }
    outcome.findings.extend(new);
    outcome.unchanged.extend(unchanged);
    outcome.gone.extend(gone);
    if let Some(comparison) = &mut outcome.comparison {
        comparison.differing += differing.len();
        // Skipped there, where it is read now: a pointer of Git LFS.
        comparison.problems += then.problems.len() + then.summary.skipped.len();
    }
    rayon::spawn(move || drop((inventory, flow)));
}

/// Marks what is excused as `mark` marks findings.
fn marked(mark: impl Fn(Finding) -> Finding) -> impl Fn(Waived) -> Waived {
    move |waived| Waived {
        finding: mark(waived.finding),
        ..waived
    }
}

/// How the files of two states relate.
struct Differing {
    /// Those of the old state whose content is not what it is now.
    fresh: Vec<(Candidate, &'static Format)>,
    /// Those that are the same now.
    kept: Vec<FileId>,
    /// The documents of now that were not the same.
    gone: Vec<FileId>,
}

fn differing(
    candidates: Vec<(Candidate, &'static Format)>,
    held: &[Held],
    outcome: &Outcome,
) -> Differing {
    let named = held
        .iter()
        .map(|held| (outcome.files.get(held.file).name.as_str(), held));
    let named: HashMap<&str, &Held> = named.collect();
    let mut kept = Vec::new();
    let mut fresh = Vec::new();
    for (candidate, format) in candidates {
        let now = named.get(candidate.name.as_str());
        let same = now.filter(|now| match &candidate.origin {
            Origin::Blob(blob) => now.object == Some(blob.id()),
            Origin::File(_) | Origin::Memory(_) => false,
        });
        match same {
            Some(now) => kept.push(now.file),
            None => fresh.push((candidate, format)),
        }
    }
    let same: HashSet<FileId> = kept.iter().copied().collect();
    let gone = held
        .iter()
        .filter(|held| held.claimed && !same.contains(&held.file));
    Differing {
        gone: gone.map(|held| held.file).collect(),
        fresh,
        kept,
    }
}

/// From where to where a finding is about, in words.
struct Way {
    /// What it is about.
    principal: String,
    /// The zones that it leads from and to, or what lies in them if that is one zone.
    ends: Option<(String, String)>,
}

impl Way {
    fn of(inventory: &Inventory, finding: &Finding) -> Self {
        let identity = &finding.identity;
        let principal = inventory.identified(&identity.principal);
        let resource = identity.resource.as_deref();
        let resource = resource.and_then(|name| inventory.identified(name));
        let ends = principal.zip(resource).filter(|(principal, resource)| {
            let joins_zones = principal.kind == Kind::Zone && resource.kind == Kind::Zone;
            joins_zones || !finding.path.is_empty()
        });
        let zone = |of: EntityId| match of.kind {
            Kind::Zone => Some(of),
            _ => inventory.zone_of(of),
        };
        let ends = ends.map(|(from, to)| match (zone(from), zone(to)) {
            (Some(one), Some(two)) if one != two => (one, two),
            _ => (from, to),
        });
        Self {
            principal: principal.map_or_else(String::new, |id| inventory.describe(id)),
            ends: ends.map(|(from, to)| (inventory.describe(from), inventory.describe(to))),
        }
    }
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

    /// What the change does to bring a new finding about.
    fn effect(&mut self, finding: &Finding, way: &Way) -> Option<String> {
        let principal = self.inventory.identified(&finding.identity.principal);
        let Some((from, to)) = &way.ends else {
            let is_new = principal.is_none() && !way.principal.is_empty();
            return is_new.then(|| format!("this change adds {}", way.principal));
        };
        let resource = finding.identity.resource.as_deref();
        let resource = resource.and_then(|name| self.inventory.identified(name));
        let ends = principal.zip(resource);
        Some(if ends.is_some_and(|ends| self.joined(ends)) {
            format!(
                "there was a path from {from} to {to} before this change, and it kept to this rule"
            )
        } else if principal.is_none() {
            let added = &way.principal;
            format!("this change adds {added}, and with it a path from {from} to {to}")
        } else {
            format!("this change opens a new path from {from} to {to}")
        })
    }

    fn joined(&mut self, ends: (EntityId, EntityId)) -> bool {
        let joined = self.joined.get_or_insert_with(|| {
            let all = requests(self.inventory, self.flow, &|_| true);
            let all = all.into_values().flatten();
            all.map(|request| (request.principal, request.resource))
                .collect()
        });
        joined.contains(&ends)
    }
}
