//! What may be known of an attribute: a value, one of several, or nothing, and why.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use palisade::flow::Flow;
use palisade::format::FORMATS;
use palisade::inventory::{Assumptions, Inventory, Reading};
use palisade::model::{
    AttributeId, Cause, Conduit, Debug, Declarations, Declare, EntityId, Enumeration as _,
    Environment, Field as _, Kind, Level, Missing, To, Truth, Workload, Zone,
};
use palisade::policy::{Loader, Rule, evaluate};
use palisade::source::{FileId, Files, Span, Spanned};
use palisade::syntax::Limits;

fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::file_start(FileId(0)))
}

fn named<E: Declare>(id: &str) -> E {
    E::declared(at(id.into()))
}

fn to<T>(id: &str) -> Spanned<To<T>> {
    at(serde_json::from_value(id.into()).expect("a reference"))
}

/// Zones `outer` and `inner` in it, a conduit, and a workload; `state` says more of them.
fn inventory(state: impl FnOnce(&mut Declarations)) -> Inventory {
    let mut all = Declarations::default();
    let mut inner: Zone = named("inner");
    inner.parent.state(to("outer"));
    all.zones.extend([named("outer"), inner]);
    let mut conduit: Conduit = named("c");
    conduit.from.state(to("outer"));
    conduit.to.state(to("inner"));
    all.conduits.push(conduit);
    let mut workload: Workload = named("w");
    workload.zone.state(to("inner"));
    all.workloads.push(workload);
    state(&mut all);
    let (inventory, problems) = Inventory::link(all);
    let problems: Vec<_> = problems
        .into_iter()
        .map(|problem| problem.message)
        .collect();
    assert_eq!(problems, [""; 0]);
    inventory
}

const OUTER: EntityId = Kind::Zone.id(0);
const INNER: EntityId = Kind::Zone.id(1);
const CONDUIT: EntityId = Kind::Conduit.id(0);
const WORKLOAD: EntityId = Kind::Workload.id(0);

fn reading(
    inventory: &Inventory,
    entity: EntityId,
    attribute: impl Into<AttributeId>,
) -> Reading<'_> {
    inventory.reading(entity, attribute, &Assumptions::none())
}

fn missing(
    inventory: &Inventory,
    entity: EntityId,
    attribute: impl Into<AttributeId>,
) -> Option<Missing<'_>> {
    inventory.missing(entity, attribute.into().position())
}

#[test]
fn what_is_not_written_is_absent_empty_or_unknown() {
    let inventory = inventory(|_| {});
    assert_eq!(
        reading(&inventory, CONDUIT, Conduit::JUSTIFICATION),
        Reading::Absent
    );
    assert_eq!(missing(&inventory, CONDUIT, Conduit::JUSTIFICATION), None);
    let uses = reading(&inventory, WORKLOAD, Workload::USES);
    assert!(matches!(uses, Reading::Many(keys) if keys.is_empty()));
    assert_eq!(
        reading(&inventory, WORKLOAD, Workload::DUMP),
        Reading::Unknown
    );
    assert_eq!(
        missing(&inventory, WORKLOAD, Workload::DUMP),
        Some(Missing::Unset)
    );
}

#[test]
fn what_a_source_has_no_word_for_is_neither_absent_nor_empty() {
    let here = at(()).span;
    let inventory = inventory(|all| {
        all.conduits[0].expires.state_unsaid(here);
        all.workloads[0].uses.state_unsaid(here);
        all.workloads[0].dump.state_unsaid(here);
    });
    for (entity, attribute) in [
        (CONDUIT, Conduit::EXPIRES.id()),
        (WORKLOAD, Workload::USES.id()),
        (WORKLOAD, Workload::DUMP.id()),
    ] {
        let name = &attribute.def().name;
        assert_eq!(
            reading(&inventory, entity, attribute),
            Reading::Unknown,
            "{name}"
        );
        let why = missing(&inventory, entity, attribute);
        assert_eq!(why, Some(Missing::Unsaid), "{name}");
    }
    // Of one whose keys nobody could state, it is not known that it loads none.
    assert_eq!(
        inventory.get(WORKLOAD, Workload::LOADS_KEYS).truth(),
        Truth::Unknown
    );
}

#[test]
fn what_a_zone_cannot_say_the_zone_around_it_may() {
    let here = at(()).span;
    let stated = inventory(|all| {
        all.zones[0].environment.state(at(Environment::Production));
        all.zones[1].environment.state_unsaid(here);
    });
    let environment = reading(&stated, INNER, Zone::ENVIRONMENT);
    assert_eq!(environment, Reading::One(Environment::Production.atom()));
    let unsaid = inventory(|all| {
        for zone in &mut all.zones {
            zone.environment.state_unsaid(here);
        }
    });
    assert_eq!(reading(&unsaid, INNER, Zone::ENVIRONMENT), Reading::Unknown);
    assert_eq!(
        missing(&unsaid, INNER, Zone::ENVIRONMENT),
        Some(Missing::Unsaid)
    );
}

#[test]
fn what_cannot_be_computed_says_why() {
    let here = at(()).span;
    for cause in [
        Cause::Stated,
        Cause::NoValue,
        Cause::DataSource,
        Cause::Limit,
    ] {
        let inventory = inventory(|all| all.zones[0].clearance.state_unresolved(here, cause));
        // It is written, so the zone in it takes it over with its reason.
        for zone in [OUTER, INNER] {
            let why = missing(&inventory, zone, Zone::CLEARANCE);
            assert_eq!(why, Some(Missing::Unresolved(cause)));
        }
    }
}

#[test]
fn a_choice_limits_what_a_value_may_be() {
    let inventory = inventory(|all| {
        let choice = vec![at(Level::Internal), at(Level::Secret)];
        all.zones[0].clearance.state_choice(choice, at(()).span);
    });
    for zone in [OUTER, INNER] {
        let levels = inventory.get(zone, Zone::CLEARANCE);
        assert!(levels.iter().eq([Level::Internal, Level::Secret]));
        assert_eq!(levels.is(|level| level > Level::Public), Truth::True);
        let why = missing(&inventory, zone, Zone::CLEARANCE);
        assert!(matches!(why, Some(Missing::Choice(values)) if values.len() == 2));
    }
}

#[test]
fn an_open_list_has_what_it_lists() {
    let inventory = inventory(|all| {
        let debug = &mut all.workloads[0].debug;
        debug.state_list(at(()).span, 0);
        debug.state(at(Debug::Remote));
        debug.state_open();
    });
    assert_eq!(
        missing(&inventory, WORKLOAD, Workload::DEBUG),
        Some(Missing::Open)
    );
    let debug = inventory.get_set(WORKLOAD, Workload::DEBUG);
    assert_eq!(debug.has_any(&[Debug::Remote]), Truth::True);
    assert_eq!(debug.has_any(&[Debug::Local]), Truth::Unknown);
}

/// What follows from where things end up is computed for the rules that read it, whichever rules the
/// inventory was evaluated with before.
#[test]
fn an_inventory_can_be_evaluated_again_with_other_rules() {
    let text = "palisade: v1
zones: { z: { clearance: secret } }
keyStores: { v: { zone: z, custody: file } }
keys: { k: { store: v, kind: private, level: secret } }
workloads: { w: { zone: z, uses: [k], dump: full } }
stores: { s: { zone: z } }
artifacts: { a: { kind: core-dump, from: w, at: s, level: internal } }
";
    let link = || {
        let reading = (FORMATS[0].read)(FileId(0), "a.yaml", text, &Limits::default());
        Inventory::link(reading.declarations).0
    };
    let mut loader = Loader::new();
    loader.ready(&palisade::policy::built_in(&mut Files::new()));
    let rules = loader.finish(&[]).rules;
    let named = |id: &str| -> Vec<&Rule> { rules.iter().filter(|it| it.info.id == id).collect() };
    let found = |inventory: &Inventory, id: &str| {
        let flow = Flow::new(inventory);
        let found = evaluate(inventory, &flow, &named(id), 0).findings;
        let verdicts = found.iter().map(|it| (it.message.clone(), it.verdict));
        verdicts.collect::<Vec<_>>()
    };
    let fresh = found(&link(), "dump-inherits-level");
    assert!(!fresh.is_empty());
    let inventory = link();
    found(&inventory, "key-no-plaintext");
    assert_eq!(found(&inventory, "dump-inherits-level"), fresh);
}
