//! What holds of where things end up, in any system.
//!
//! Random small systems are put to rules about flows, of which many fire on one way and not on
//! another. The first properties hold the engine against trying every walk; the others hold what it
//! shows: paths, ways out, one report whatever the order. `PROPTEST_CASES` says how many systems are
//! tried.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "flow/cases.rs"]
mod cases;
#[path = "flow/causes.rs"]
mod causes;
#[path = "support/random.rs"]
mod random;
#[path = "flow/replay.rs"]
mod replay;
#[path = "flow/rules.rs"]
mod rules;
#[path = "flow/walks.rs"]
mod walks;
#[path = "flow/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use palisade::check::{CheckInput, Project, check};
use palisade::finding::{Finding, Outcome, Verdict};
use palisade::report::{Style, find, write};
use palisade::source::{Candidate, Code, Found, Origin};
use proptest::prelude::*;

use rules::{RULES, Rule, Subject, denied};
use walks::Meaning;
use world::{Choices, Size, World};

fn tries(usual: u32) -> ProptestConfig {
    random::tries(usual, Some("tests/flow.proptest-regressions"))
}

fn numbers(most: usize) -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 0..most)
}

fn memory(name: &str, text: impl Into<Vec<u8>>) -> Candidate {
    Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.into()),
    }
}

fn run(document: &str, policies: &str) -> Outcome {
    let rules = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    run_with(memory("a.yaml", document), policies, rules)
}

fn run_with(document: Candidate, policies: &str, select: Vec<String>) -> Outcome {
    check(CheckInput {
        roots: vec![Project {
            found: Found {
                candidates: vec![document],
                ..Found::default()
            },
            policies: vec![memory("own.cedar", policies)],
            ..Project::default()
        }],
        select,
        all: true,
        now: 1_767_225_600_000,
        ..CheckInput::default()
    })
}

fn policies() -> String {
    RULES.iter().map(Rule::text).collect()
}

/// The outcome for a world; transfers of what never gets there are left to say so.
fn run_world(world: &World) -> (String, Outcome) {
    let document = world.document(&mut Choices::new(&[]));
    let outcome = run(&document, &policies());
    let mut problems = outcome.problems.iter();
    let known = [Code::NothingToCarry, Code::Contradiction];
    let problem = problems.find(|problem| !known.contains(&problem.code));
    assert!(problem.is_none(), "{problem:?}\n{document}");
    (document, outcome)
}

/// The id of the rule of a finding, as long as the program runs.
fn rule_of(finding: &Finding) -> &'static str {
    let rule = RULES.iter().find(|rule| rule.id == finding.identity.rule);
    rule.expect("one of the rules").id
}

/// What a finding tells of first.
fn subject(finding: &Finding) -> Subject {
    let (principal, resource) = finding.subject();
    let via = finding.identity.via.clone();
    let resource = resource.map(str::to_owned);
    (rule_of(finding), principal.to_owned(), resource, via)
}

/// All that a finding stands for, each with its verdict.
fn subjects(finding: &Finding) -> Vec<(Subject, Verdict)> {
    let instances = &finding.instances;
    if instances.count == 0 {
        return vec![(subject(finding), finding.verdict)];
    }
    assert_eq!(instances.count, instances.shown.len(), "all are asked for");
    let worst = instances
        .shown
        .iter()
        .map(|instance| instance.verdict)
        .min();
    assert_eq!(worst, Some(finding.verdict), "the worst is told");
    let all = instances.shown.iter().map(|instance| {
        let resource = Some(instance.resource.clone());
        // Several grants may let an identity do something with a thing.
        let grant = instance
            .via
            .clone()
            .filter(|via| via.starts_with("Grant::"));
        let subject = (
            rule_of(finding),
            instance.principal.clone(),
            resource,
            grant,
        );
        (subject, instance.verdict)
    });
    all.collect()
}

/// Every fact that a finding stands for; of one that several stand for, the worst.
fn verdicts(outcome: &Outcome) -> BTreeMap<Subject, Verdict> {
    let mut all = BTreeMap::new();
    for (subject, verdict) in outcome.findings.iter().flat_map(subjects) {
        let worst = all.entry(subject).or_insert(verdict);
        *worst = verdict.min(*worst);
    }
    all
}

/// How often the engine says as much as can be known, and how often less, by rule.
type Tally = BTreeMap<&'static str, (usize, usize)>;

/// Whether nobody knows if a transfer must not be there. What other ways would come to is not asked
/// then.
fn may_be_forbidden(world: &World, subject: &Subject) -> bool {
    let transfers = world.transfers.iter().enumerate();
    let mut open = transfers.filter(|(_, transfer)| !transfer.status.known);
    open.any(|(at, _)| subject.2 == Some(format!("Transfer::t{at}")))
}

/// Whether what is found at least as badly of the artifact that the thing is in stands for it: each
/// leak is reported once, for the outermost thing.
fn is_covered(
    worlds: &[World],
    found: &BTreeMap<Subject, Verdict>,
    of: &Subject,
    right: Verdict,
) -> bool {
    let (rule, principal, resource, _) = of;
    let Some(("Data" | "Key" | "Artifact", id)) = principal.split_once("::") else {
        return false;
    };
    let thing = replay::thing(id);
    let outer = found.iter().filter(|((of, outer, at, _), verdict)| {
        of == rule && at == resource && outer != principal && **verdict <= right
    });
    let artifacts = outer.filter_map(|((_, outer, ..), _)| outer.strip_prefix("Artifact::a"));
    let artifacts: Vec<usize> = artifacts.map(|at| at.parse().expect("a number")).collect();
    let holds = |world: &World| {
        let meaning = Meaning::of(world);
        artifacts
            .iter()
            .any(|artifact| meaning.holds(*artifact, thing))
    };
    !artifacts.is_empty() && worlds.iter().any(holds)
}

/// Whether a rule asks where the copies are of what may have none: nobody knows then.
fn rests_nowhere(worlds: &[World], subject: &Subject) -> bool {
    let (rule, principal, ..) = subject;
    let Some(artifact) = principal.strip_prefix("Artifact::a") else {
        return false;
    };
    let artifact = artifact.parse().expect("a number");
    let rests = |world: &World| Meaning::of(world).is_apart(artifact).is_some();
    ["artifact-apart", "artifact-together"].contains(rule) && !worlds.iter().all(rests)
}

/// Holds the verdicts on a world against those on all that it may be.
fn holds_against_walks(world: &World, tally: &mut Tally) {
    let (document, outcome) = run_world(world);
    let found = verdicts(&outcome);
    let completed = world.completed();
    let all_known = completed.len() == 1;
    let mut every: Option<BTreeSet<Subject>> = None;
    let mut any = BTreeSet::new();
    let mut complete = true;
    for world in &completed {
        let (denied, closed) = denied(world);
        complete &= closed;
        every = Some(match every {
            None => denied.clone(),
            Some(every) => every.intersection(&denied).cloned().collect(),
        });
        any.extend(denied);
    }
    let every = every.unwrap_or_default();
    for subject in found.keys().chain(&any) {
        if may_be_forbidden(world, subject) {
            continue;
        }
        let verdict = found.get(subject).copied();
        if rests_nowhere(&completed, subject) {
            assert_eq!(
                verdict,
                Some(Verdict::Undetermined),
                "{subject:?}\n{document}"
            );
            continue;
        }
        let (always, ever) = (every.contains(subject), any.contains(subject));
        let right = match (always, ever) {
            (true, _) => Verdict::Violation,
            (false, true) => Verdict::Undetermined,
            // Longer walks than were tried may come to it.
            (false, false) if complete => {
                tally.entry(subject.0).or_default().1 += 1;
                let vague = verdict == Some(Verdict::Undetermined) && !all_known;
                assert!(
                    vague,
                    "{subject:?}: nothing forbids it, but {verdict:?}\n{document}"
                );
                continue;
            }
            (false, false) => continue,
        };
        let stands = verdict.is_none() && is_covered(&completed, &found, subject, right);
        if verdict == Some(right) || stands || (!complete && verdict.is_some()) {
            tally.entry(subject.0).or_default().0 += 1;
            continue;
        }
        tally.entry(subject.0).or_default().1 += 1;
        let vague = verdict == Some(Verdict::Undetermined) && !all_known;
        assert!(
            vague,
            "{subject:?}: should be {right:?}, but {verdict:?}\n{document}"
        );
    }
}

proptest! {
    #![proptest_config(tries(120))]

    /// Where all is known, the verdicts are those of all walks: no more, no less.
    #[test]
    fn verdicts_are_those_of_every_walk(of in numbers(400)) {
        let size = Size { transfers: 8, steps: 2 };
        let world = World::make(size, &mut Choices::new(&of));
        prop_assume!(world.completed().len() == 1);
        holds_against_walks(&world, &mut Tally::default());
    }

    /// What is forbidden in every completion is a violation, or undetermined; what is in some is
    /// undetermined; what is in none passes, or is undetermined.
    #[test]
    fn nothing_passes_that_may_be_forbidden(of in numbers(400), forgotten in numbers(20)) {
        let size = Size { transfers: 4, steps: 2 };
        let mut world = World::make(size, &mut Choices::new(&of));
        world.forget(32, &mut Choices::new(&forgotten));
        holds_against_walks(&world, &mut Tally::default());
    }
}

proptest! {
    #![proptest_config(tries(80))]

    /// Every hop that is shown is one that a document states, and they lead to what is wrong.
    #[test]
    fn every_path_can_be_followed(of in numbers(400), forgotten in numbers(20)) {
        let size = Size { transfers: 6, steps: 2 };
        let mut world = World::make(size, &mut Choices::new(&of));
        world.forget(1000, &mut Choices::new(&forgotten));
        let (document, outcome) = run_world(&world);
        for finding in &outcome.findings {
            let followed = replay::follow(&world, &outcome, finding);
            let identity = &finding.identity;
            prop_assert!(followed.is_ok(), "{}: {:?}\n{:#?}\n{}", identity, followed, finding.path, document);
        }
    }
}

/// Rules that more walks never silence: each asks for a state, or for more of something.
const GROWING: [&str; 23] = [
    "enter-level",
    "enter-single",
    "enter-hidden",
    "enter-claimed",
    "enter-foreign",
    "rest-level",
    "rest-debug",
    "move-encrypted",
    "move-alone",
    "move-scrubbed",
    "move-forbidden",
    "connect-forbidden",
    "contain-key",
    "contain-data",
    "reach-weak",
    "reach-proxy",
    "reach-transit",
    "reach-out",
    "reach-back",
    "obtain-take",
    "obtain-both",
    "identity-keys",
    "store-dumps",
];

fn violations(outcome: &Outcome) -> BTreeSet<Subject> {
    let all = verdicts(outcome).into_iter();
    let all = all.filter(|(_, verdict)| *verdict == Verdict::Violation);
    all.map(|(subject, _)| subject)
        .filter(|subject| GROWING.contains(&subject.0))
        .collect()
}

proptest! {
    #![proptest_config(tries(40))]

    /// A further way for things to move makes nothing right that was wrong.
    #[test]
    fn one_more_transfer_removes_no_violation(
        of in numbers(400),
        forgotten in numbers(20),
        more in numbers(20),
    ) {
        let size = Size { transfers: 4, steps: 2 };
        let mut world = World::make(size, &mut Choices::new(&of));
        world.forget(1000, &mut Choices::new(&forgotten));
        let mut longer = world.clone();
        longer.add_transfer(&mut Choices::new(&more));
        let (_, before) = run_world(&world);
        let (document, all_after) = run_world(&longer);
        let (before, after) = (violations(&before), violations(&all_after));
        let found = verdicts(&all_after);
        let worlds = [longer.clone()];
        let lost: Vec<_> = before
            .difference(&after)
            .filter(|subject| !is_covered(&worlds, &found, subject, Verdict::Violation))
            .collect();
        prop_assert!(lost.is_empty(), "{:?}\n{}", lost, document);
    }

    /// The order of sections and of what is in them changes no verdict and no length of a path.
    #[test]
    fn the_order_of_a_document_changes_nothing(
        of in numbers(400),
        forgotten in numbers(20),
        order in numbers(80),
    ) {
        let size = Size { transfers: 6, steps: 2 };
        let mut world = World::make(size, &mut Choices::new(&of));
        world.forget(1000, &mut Choices::new(&forgotten));
        let one = world.document(&mut Choices::new(&[]));
        let other = world.document(&mut Choices::new(&order));
        let (ours, theirs) = (summary(&one), summary(&other));
        let unlike: Vec<_> = ours.symmetric_difference(&theirs).collect();
        prop_assert!(unlike.is_empty(), "{:#?}\n{}\n{}", unlike, one, other);
    }

    /// How many threads there are changes no byte.
    #[test]
    fn the_number_of_threads_changes_no_byte(of in numbers(400), forgotten in numbers(20)) {
        let size = Size { transfers: 8, steps: 2 };
        let mut world = World::make(size, &mut Choices::new(&of));
        world.forget(1000, &mut Choices::new(&forgotten));
        let [one, four] = [1, 4].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("threads").install(|| {
                let (_, outcome) = run_world(&world);
                let mut bytes = Vec::new();
                let reporter = find("json").expect("a reporter");
                write(reporter, &outcome, &Style::default(), &mut bytes).expect("memory is enough");
                bytes
            })
        });
        prop_assert!(one == four);
    }

    /// Without what is named nothing of it is left; and where nothing is removed on
    /// the way, and the rule does not ask for what else happens there, no fewer will do. But where
    /// fewer keep something else out of the thing, and so lower its level: it still gets there.
    #[test]
    fn a_way_out_is_one_and_the_least(of in numbers(400), steps in 0..2usize) {
        let world = World::make(Size { transfers: 6, steps }, &mut Choices::new(&of));
        let (document, outcome) = run_world(&world);
        let growing = outcome.findings.iter().filter(|finding| {
            finding.verdict == Verdict::Violation && GROWING.contains(&subject(finding).0)
        });
        let mut least = BTreeMap::new();
        for finding in growing {
            let named = way_out(finding, world.transfers.len());
            if named.is_empty() {
                continue;
            }
            let subject = subject(finding);
            let shown = || format!("{subject:?}: {named:?}\n{document}");
            let left = denied(&world.without(&named)).0;
            prop_assert!(!left.contains(&subject), "{} remains", shown());
            let asks_for_no_state = ["enter-level", "rest-level"];
            let thing = replay::thing(finding.identity.principal.split(':').next_back().expect("an id"));
            let level = |world: &World| Meaning::of(world).level(thing, 0);
            // What is in something may be kept out of that, too.
            let inside = finding.message.contains(" in artifact `");
            if steps > 0 || inside || !asks_for_no_state.contains(&subject.0) {
                continue;
            }
            let lanes = world.transfers.len() + world.environments.len();
            for fewer in subsets(lanes, named.len() - 1) {
                let takes_place = |at: &usize| {
                    let transfer = world.transfers.get(*at);
                    transfer.is_none_or(|transfer| transfer.status.is("asserted"))
                };
                if !fewer.iter().all(takes_place) {
                    continue;
                }
                let left = least.entry(fewer.clone()).or_insert_with(|| denied(&world.without(&fewer)).0);
                prop_assert!(
                    left.contains(&subject) || level(&world.without(&fewer)) < level(&world),
                    "{}: {:?} will do",
                    shown(),
                    fewer
                );
            }
        }
    }
}

/// What an outcome says, but for which of several equal ways it shows.
fn summary(document: &str) -> BTreeSet<String> {
    let outcome = run(document, &policies());
    let findings = outcome.findings.iter().map(|finding| {
        let (verdict, hops) = (finding.verdict.name(), finding.path.len());
        let (way_out, message) = (way_out(finding, 0).len(), &finding.message);
        // Of several artifacts that it is in, any may be shown.
        let shown = message.split_once(" in artifact `");
        let message = shown.map_or(message.clone(), |(thing, rest)| {
            let rest = rest.split_once('`').map_or("", |(_, rest)| rest);
            format!("{thing}{rest}")
        });
        format!("{message}: {verdict}, {hops} hops, {way_out} to cut")
    });
    let problems = outcome
        .problems
        .iter()
        .map(|problem| problem.message.clone());
    findings.chain(problems).collect()
}

/// The transfers that a way out names, by number, and the debug environments, counted on from those.
fn way_out(finding: &Finding, transfers: usize) -> Vec<usize> {
    let text = finding.way_out.as_deref().unwrap_or_default();
    let names = text.split('`').skip(1).step_by(2);
    // Grants and conduits are not taken away here.
    let names = names.filter(|name| name.starts_with(['t', 'e']));
    let numbers = names.map(|name| {
        let number: usize = name[1..].parse().expect("a number");
        match name.starts_with('e') {
            true => transfers + number,
            false => number,
        }
    });
    numbers.collect()
}

/// All sets of at most so many of so many.
fn subsets(of: usize, most: usize) -> Vec<Vec<usize>> {
    let masks = 0..1usize << of;
    let masks = masks.filter(|mask| mask.count_ones() as usize <= most);
    masks
        .map(|mask| (0..of).filter(|at| mask & 1 << at != 0).collect())
        .collect()
}

/// Every rule fires, and what could be known is mostly known: the same systems each time.
#[test]
fn every_rule_fires_and_few_verdicts_are_vague() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut tally = Tally::new();
    for _ in 0..100 {
        let tree = (numbers(400), numbers(20)).new_tree(&mut runner);
        let (of, forgotten) = tree.expect("numbers").current();
        let size = Size {
            transfers: 4,
            steps: 2,
        };
        let mut world = World::make(size, &mut Choices::new(&of));
        world.forget(32, &mut Choices::new(&forgotten));
        holds_against_walks(&world, &mut tally);
    }
    for rule in RULES {
        let (exact, _) = tally.get(rule.id).copied().unwrap_or_default();
        assert!(exact > 0, "`{}` never fires", rule.id);
    }
    let sum = |of: fn(&(usize, usize)) -> usize| tally.values().map(of).sum::<usize>();
    let (exact, vague) = (sum(|counts| counts.0), sum(|counts| counts.1));
    assert!(vague * 20 < exact, "{vague} of {exact}: {tally:?}");
}
