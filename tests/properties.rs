//! What holds of any inventory and any policy.
//!
//! Random inventories over the whole vocabulary are put to random policies. The first property
//! holds the engine against a naive one: all entities, all completions, one call of Cedar for each.
//! `PROPTEST_CASES` says how many are tried, for a longer look.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "properties/garbage.rs"]
mod garbage;
#[path = "properties/hints.rs"]
mod hints;
#[path = "properties/oracle.rs"]
mod oracle;
#[path = "properties/policies.rs"]
mod policies;
#[path = "support/random.rs"]
mod random;
#[path = "properties/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{PolicyId, PolicySet, ValidationMode, Validator};
use palisade::check::{CheckInput, Project, check, review};
use palisade::finding::{Finding, Outcome, Verdict};
use palisade::model::Kind;
use palisade::report::{REPORTERS, Style, find, write};
use palisade::source::{Candidate, Code, Found, Origin};
use proptest::prelude::*;

use oracle::{DOCUMENT, NOW, Subject};
use policies::Policy;
use world::{COMPLETIONS, Choices, Val, World};

fn cases(usual: u32) -> ProptestConfig {
    random::tries(usual, Some("tests/properties.proptest-regressions"))
}

fn numbers(most: usize) -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 0..most)
}

fn worlds() -> impl Strategy<Value = World> {
    let worlds = (numbers(300), numbers(20)).prop_map(|(of, forgotten)| {
        World::make(&mut Choices::new(&of), &mut Choices::new(&forgotten))
    });
    // What is unknown from the start is not counted where values are forgotten.
    worlds.prop_filter("few completions", |world| {
        (1..=4 * COMPLETIONS).contains(&world.completions())
    })
}

fn text(name: &str, text: impl Into<Vec<u8>>) -> Candidate {
    Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.into()),
    }
}

fn run(documents: Vec<Candidate>, policies: Vec<Candidate>) -> Outcome {
    check(job(documents, policies))
}

fn job(documents: Vec<Candidate>, policies: Vec<Candidate>) -> CheckInput {
    CheckInput {
        roots: vec![Project {
            found: Found {
                candidates: documents,
                ..Found::default()
            },
            policies,
            ..Project::default()
        }],
        now: NOW,
        all: true,
        ..CheckInput::default()
    }
}

/// Checks a world in one document.
fn run_world(world: &World, policies: &[Policy]) -> Outcome {
    let policies: Vec<_> = policies.iter().map(Policy::text).collect();
    let mut rules = Vec::new();
    if !policies.is_empty() {
        rules.push(text("own.cedar", policies.concat()));
    }
    run(vec![text(DOCUMENT, world.whole_document())], rules)
}

/// What a finding stands for, each with its verdict.
fn subjects(finding: &Finding) -> Vec<(Subject, Verdict)> {
    let identity = finding.identity.clone();
    if finding.instances.count == 0 {
        let subject = (identity.principal, identity.resource, identity.via);
        return vec![(subject, finding.verdict)];
    }
    let all = finding.instances.shown.iter().cloned();
    let all = all.map(|it| ((it.principal, Some(it.resource), it.via), it.verdict));
    all.collect()
}

type Verdicts = BTreeMap<(String, Subject), BTreeSet<Verdict>>;

fn verdicts(outcome: &Outcome) -> Verdicts {
    let mut all = Verdicts::new();
    for finding in &outcome.findings {
        for (subject, verdict) in subjects(finding) {
            let key = (finding.identity.rule.clone(), subject);
            all.entry(key).or_default().insert(verdict);
        }
    }
    all
}

/// Random policies about `world`, those that the validator has nothing to say of.
fn make_policies(world: &World, count: usize, choices: &mut Choices<'_>) -> Vec<Policy> {
    let made = (0..count).map(|at| Policy::make(format!("own-{at}"), world, choices));
    let validator = Validator::new(oracle::schema().clone());
    made.filter(|policy| {
        let set: PolicySet = policy.text().parse().expect("a policy");
        let result = validator.validate(&set, ValidationMode::Strict);
        result.validation_passed_without_warnings()
    })
    .collect()
}

/// Of the rules that come with Palisade, each system is held against one in so many.
const SHARE: usize = 7;

/// The policies as Cedar takes them, and some of the rules that come with Palisade, under their ids:
/// others for each `choice`.
fn policy_set(own: &[Policy], choice: usize) -> PolicySet {
    let mut built_in = walk("policies".as_ref());
    built_in.sort();
    let chosen = built_in.into_iter().skip(choice % SHARE);
    let built_in: Vec<_> = chosen.step_by(SHARE).collect();
    let texts = built_in.into_iter().chain(own.iter().map(Policy::text));
    let mut set = PolicySet::new();
    for text in texts.chain(["@id(\"permit\") permit(principal, action, resource);".to_owned()]) {
        for policy in text.parse::<PolicySet>().expect("a policy").policies() {
            let id = policy.annotation("id").expect("an id");
            set.add(policy.new_id(PolicyId::new(id)))
                .expect("ids are unique");
        }
    }
    set
}

/// Whether a rule reads what follows from where things end up: that is for the tests of flow.
fn reads_flow(text: &str) -> bool {
    let attributes = Kind::ALL.iter().flat_map(|kind| kind.attributes());
    let (flow, others): (Vec<_>, Vec<_>) = attributes.partition(|def| policies::is_elsewhere(def));
    let mut names = flow.iter().map(|def| def.name.as_str());
    names.any(|name| {
        let own = !others.iter().any(|def| def.name == name);
        own && text.contains(&format!(".{name}"))
    })
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts.extend(walk(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "cedar")
        {
            texts.push(std::fs::read_to_string(path).expect("a text"));
        }
    }
    texts.retain(|text| !reads_flow(text));
    texts
}

fn holds_against_oracle(world: &World, own: &[Policy]) {
    let mut outcome = run_world(world, own);
    let shown = || show(world, own);
    // What is carried need not get to where it is carried from: that is for the tests of flow.
    let mut problems = outcome.problems.iter();
    let known = [Code::NothingToCarry, Code::Contradiction];
    let problem = problems.find(|problem| !known.contains(&problem.code));
    assert!(problem.is_none(), "{problem:?}\n{}", shown());
    let policies = policy_set(own, world.things.len() + own.len());
    let known: BTreeSet<_> = policies
        .policies()
        .map(|policy| policy.id().to_string())
        .collect();
    let left_out = |rule: &str| !known.contains(rule);
    outcome
        .findings
        .retain(|finding| finding.path.is_empty() && !left_out(&finding.rule.id));
    let found = verdicts(&outcome);
    let oracle::Tallies {
        all: expected,
        unlisted,
    } = oracle::tallies(world, &policies);
    for (key, forbidden) in &unlisted {
        let found = found.get(key);
        let open = found.is_some_and(|found| *found == BTreeSet::from([Verdict::Undetermined]));
        // What no document declares may be there too, so a rule may wait for more than was tried.
        assert!(
            open || found.is_none() && !forbidden,
            "{key:?}: forbidden: {forbidden}, but found {found:?}\n{}",
            shown()
        );
    }
    for key in found.keys().filter(|key| !unlisted.contains_key(key)) {
        assert!(
            expected.contains_key(key),
            "{key:?} is no request\n{}",
            shown()
        );
    }
    for (key, tally) in expected {
        let found = found.get(&key);
        let only = |verdict| found.is_some_and(|found| *found == BTreeSet::from([verdict]));
        let open = only(Verdict::Undetermined);
        let agrees = match (tally.denied > 0, tally.passed > 0) {
            (true, true) => open,
            (true, false) => only(Verdict::Violation) || (open && !tally.exact),
            (false, _) => found.is_none() || (open && !tally.exact),
        };
        let own: Vec<_> = own.iter().filter(|own| own.id == key.0).cloned().collect();
        assert!(
            agrees,
            "{key:?}: {tally:?}, but found {found:?}\n{}",
            show(world, &own)
        );
    }
}

proptest! {
    #![proptest_config(cases(12))]

    /// All completions denied: a violation. None: nothing. Some: undetermined. No request more or
    /// less. This holds slices against whole stores, remembered verdicts against computed ones,
    /// derived attributes against their definitions, and the search through completions against
    /// trying all.
    #[test]
    fn verdicts_are_those_of_all_completions(
        world in worlds(),
        of_policies in numbers(200),
    ) {
        let own = make_policies(&world, 6, &mut Choices::new(&of_policies));
        holds_against_oracle(&world, &own);
    }

    /// What is known of a connective does not depend on which operand comes first.
    #[test]
    fn the_order_of_operands_changes_no_verdict(
        world in worlds(),
        of_policies in numbers(200),
        order in numbers(30),
    ) {
        let own = make_policies(&world, 6, &mut Choices::new(&of_policies));
        let mut order = Choices::new(&order);
        let permuted: Vec<_> = own.iter().map(|policy| policy.permuted(&mut order)).collect();
        let (one, other) = (run_world(&world, &own), run_world(&world, &permuted));
        prop_assert_eq!(verdicts(&one), verdicts(&other), "{}", show(&world, &[own, permuted].concat()));
    }

    /// Which files there are, and in which order things stand in them, is for people.
    #[test]
    fn how_documents_are_split_changes_no_verdict(
        world in worlds(),
        of_policies in numbers(200),
        split in numbers(60),
    ) {
        let mut own = make_policies(&world, 6, &mut Choices::new(&of_policies));
        // But for policies that ask for the file.
        own.retain(|policy| !policy.text().contains(".path") && !policy.text().contains(".format"));
        let whole = run_world(&world, &own);
        let mut split = Choices::new(&split);
        let mut files = vec![Vec::new(); 3];
        let mut things: Vec<usize> = (0..world.things.len()).collect();
        split.shuffle(&mut things);
        for thing in things {
            files[split.below(3)].push(thing);
        }
        files.retain(|file| !file.is_empty());
        let documents = files.iter().enumerate();
        let documents = documents.map(|(at, things)| text(&format!("{at}.yaml"), world.document(things)));
        let policies = own.iter().map(|policy| text(&format!("{}.cedar", policy.id), policy.text()));
        let parts = run(documents.collect(), policies.collect());
        prop_assert_eq!(verdicts(&whole), verdicts(&parts), "{}", show(&world, &own));
    }

    /// A value in the place of what was unknown settles verdicts, and turns none around.
    #[test]
    fn learning_a_value_turns_no_verdict_around(
        world in worlds(),
        of_policies in numbers(200),
        learnt in numbers(3),
    ) {
        let mut own = make_policies(&world, 6, &mut Choices::new(&of_policies));
        let slots = world.slots();
        prop_assume!(!slots.is_empty());
        let mut learnt = Choices::new(&learnt);
        let slot = learnt.pick(&slots);
        // What is taken for granted until somebody says otherwise, can be turned around.
        let of_state = ["exists", "inUse", "isKeyZone", "loadsKeys", "onKeyHost", "inMemory"];
        let granted = of_state.map(|name| ("state", name)).into_iter();
        let granted = granted.chain([
            ("clearance", "statesClearance"),
            ("custody", "isKeyZone"),
            ("exportable", "isKeyZone"),
        ]);
        let granted: Vec<_> = granted.collect();
        let granted: Vec<_> = granted.iter().filter(|(of, _)| *of == slot.field).collect();
        own.retain(|policy| !granted.iter().any(|(_, name)| policy.text().contains(name)));
        let mut other = world.clone();
        let thing = &mut other.things[slot.thing];
        let limits = ["notAfter", "expires", "maxHours", "maxTokenMinutes"];
        match learnt.pick(&slot.domain) {
            Val::Absent if limits.contains(&slot.field) => {
                thing.fields.insert(slot.field, Val::Absent)
            }
            Val::Absent => thing.fields.remove(slot.field),
            Val::Many(values) => {
                let mut values = values.clone();
                values.retain(|value| !value.starts_with('+') || thing.kind == Kind::Verifier);
                thing.complete = true;
                thing.fields.insert(slot.field, Val::Many(values))
            }
            value => thing.fields.insert(slot.field, value.clone()),
        };
        let (before, after) = (run_world(&world, &own), run_world(&other, &own));
        prop_assume!(after.problems.is_empty());
        let asked = oracle::subjects(&world);
        let built_in = |rule: &str| !rule.starts_with("own-") && !granted.is_empty();
        let (before, after) = (verdicts(&before), verdicts(&after));
        let shown = || format!("{}\n{:?}", show(&world, &own), other.things[slot.thing]);
        for (key, verdicts) in &before {
            if verdicts.contains(&Verdict::Violation) && !built_in(&key.0) {
                prop_assert_eq!(Some(verdicts), after.get(key), "{:?}\n{}", key, shown());
            }
        }
        for key in after.keys().filter(|key| asked.contains(&key.1) && !built_in(&key.0)) {
            prop_assert!(before.contains_key(key), "{:?} passed\n{}", key, shown());
        }
    }

    /// Who does what an undetermined finding asks for is rid of it.
    #[test]
    fn what_passes_if_says_passes(world in worlds(), of_policies in numbers(200)) {
        let own = make_policies(&world, 6, &mut Choices::new(&of_policies));
        for finding in run_world(&world, &own).findings {
            let Some(hint) = &finding.passes_if else { continue };
            for other in hints::worlds(&world, hint) {
                let outcome = run_world(&other, &own);
                // Others that it stands for may wait for more.
                let told = subjects(&finding).swap_remove(0).0;
                let same = outcome.findings.iter().find(|other| {
                    let mut all = subjects(other).into_iter();
                    other.rule.id == finding.rule.id && all.any(|(subject, _)| subject == told)
                });
                prop_assert!(
                    same.is_none(),
                    "{}: {hint}, but {:?}\n{}",
                    finding.identity,
                    same.map(|finding| (finding.verdict, &finding.passes_if)),
                    show(&other, &own)
                );
            }
        }
    }

    /// What is said of a policy without asking it is so, whatever it is asked.
    #[test]
    fn what_never_fires_never_does_and_what_always_fires_always_does(
        world in worlds(),
        of_policies in numbers(200),
        order in numbers(30),
    ) {
        let made = make_policies(&world, 3, &mut Choices::new(&of_policies));
        let mut order = Choices::new(&order);
        let mut own = made.clone();
        for policy in made {
            own.push(policy.contradicted(format!("{}-never", policy.id), &mut order));
            own.push(policy.completed(format!("{}-always", policy.id), &mut order));
        }
        let all: Vec<_> = own.iter().map(|policy| policy.everything(format!("{}-all", policy.id))).collect();
        let texts: String = own.iter().map(Policy::text).collect();
        let review = review(job(Vec::new(), vec![text("own.cedar", texts)]), false);
        let fired = verdicts(&run_world(&world, &[own.clone(), all].concat()));
        // Of what is unknown not every value can be tried, and then a verdict may stay open.
        let stays_open = |verdicts: &BTreeSet<Verdict>| {
            !world.slots().is_empty() && !verdicts.contains(&Verdict::Violation)
        };
        let subjects = |rule: &str, open: bool| -> BTreeSet<Subject> {
            let of_rule = fired.iter().filter(|(key, _)| key.0 == rule);
            let of_rule = of_rule.filter(|(_, verdicts)| open || !stays_open(verdicts));
            of_rule.map(|(key, _)| key.1.clone()).collect()
        };
        for remark in &review.remarks {
            let rule = remark.problem.message.split('`').nth(1).expect("a rule");
            match remark.problem.code.name() {
                "never-fires" => {
                    let found = subjects(rule, false);
                    prop_assert!(found.is_empty(), "{rule}: {found:?}\n{}", show(&world, &own));
                }
                "always-fires" => {
                    let found = subjects(rule, true);
                    let asked = subjects(&format!("{rule}-all"), true);
                    prop_assert_eq!(found, asked, "{}\n{}", rule, show(&world, &own));
                }
                _ => {}
            }
        }
    }

    /// Whatever the text, it is read, checked and reported, and every place is in the text.
    #[test]
    fn nothing_panics_and_every_place_is_in_its_text(of_text in numbers(200), of_policies in numbers(100)) {
        let mut choices = Choices::new(&of_text);
        let first = garbage::document(&mut choices);
        let second = garbage::document(&mut choices);
        let world = World::make(&mut Choices::new(&[]), &mut Choices::new(&[]));
        let own = make_policies(&world, 3, &mut Choices::new(&of_policies));
        let own: String = own.iter().map(Policy::text).collect();
        let own = garbage::damaged(&own, &mut choices);
        let documents = vec![text("a.yaml", first), text("b.json", second)];
        let outcome = run(documents, vec![text("own.cedar", own)]);
        for reporter in REPORTERS {
            write(reporter, &outcome, &Style::default(), &mut Vec::new()).expect("memory is enough");
        }
        places_are_in_their_texts(&outcome);
    }
}

fn places_are_in_their_texts(outcome: &Outcome) {
    let of_findings = outcome.findings.iter().flat_map(|finding| {
        let because = finding.because.iter().map(|because| because.span);
        let labels = finding
            .related
            .iter()
            .chain(&finding.clauses)
            .chain([&finding.primary]);
        labels.map(|label| label.span).chain(because)
    });
    let of_problems = outcome.problems.iter().flat_map(|problem| &problem.labels);
    for span in of_findings.chain(of_problems.map(|label| label.span)) {
        let place = outcome.files.locate(span);
        for span in [Some(place.span), place.used_at].into_iter().flatten() {
            let file = outcome.files.get(span.file);
            assert!(
                file.text().get(span.range()).is_some(),
                "{span:?} in `{}`",
                file.name
            );
        }
    }
}

fn show(world: &World, own: &[Policy]) -> String {
    let policies: String = own.iter().map(Policy::text).collect();
    format!("{}\n{policies}", world.whole_document())
}

/// The engine holds what it says of a condition against Cedar wherever all is known, but only in
/// builds with debug assertions: without them the properties above look at less.
#[test]
#[cfg_attr(not(debug_assertions), ignore = "a build without debug assertions")]
#[expect(
    clippy::assertions_on_constants,
    reason = "it is about how the tests are built"
)]
fn what_is_said_of_conditions_is_held_against_cedar() {
    assert!(cfg!(debug_assertions));
}

/// Requests are answered in chunks, in parallel: enough of them for several chunks.
#[test]
fn the_number_of_threads_changes_no_byte() {
    use std::fmt::Write as _;
    let custody = ["hsm", "file", "unknown", "kms"];
    let kinds = ["private", "public", "symmetric"];
    let documents = (0..8).map(|file| {
        let mut yaml = "palisade: v1\n".to_owned();
        let _ = writeln!(yaml, "zones:\n  z{file}: {{}}\nkeyStores:\n  s{file}: {{ zone: z{file}, custody: {} }}\nkeys:", custody[file % 4]);
        for key in 0..1100 {
            let _ = writeln!(yaml, "  k{file}-{key}: {{ store: s{file}, kind: {}, exportable: {} }}", kinds[key % 3], key % 7 != 0);
        }
        text(&format!("{file}.yaml"), yaml)
    });
    let documents: Vec<_> = documents.collect();
    let report = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        // One rule is enough, and one that forgets nothing.
        pool.install(|| json(documents.clone(), &["key-no*"]))
    };
    let one = report(1);
    assert!(one == report(2) && one == report(4), "reports differ");
}

/// Of two files that declare the same thing, the one whose name is first does.
#[test]
fn the_order_of_files_changes_no_byte() {
    let zone =
        |clearance: &str| format!("palisade: v1\nzones: {{ z: {{ clearance: {clearance} }} }}\n");
    let mut documents = vec![
        text("a.yaml", zone("public")),
        text("b.yaml", zone("secret")),
        text(
            "c.yaml",
            "palisade: v1\nkeyStores: { s: { zone: z } }\nkeys: { k: { store: s } }\n",
        ),
        text("d.yaml", "no document"),
    ];
    let sorted = json(documents.clone(), &[]);
    documents.reverse();
    assert!(sorted == json(documents, &[]), "reports differ");
}

/// The report for programs on documents, by these rules or by all.
fn json(documents: Vec<Candidate>, select: &[&str]) -> Vec<u8> {
    let select = select.iter().copied().map(str::to_owned).collect();
    let outcome = check(CheckInput {
        select,
        ..job(documents, Vec::new())
    });
    let mut bytes = Vec::new();
    let json = find("json").expect("a reporter");
    write(json, &outcome, &Style::default(), &mut bytes).expect("memory is enough");
    bytes
}
