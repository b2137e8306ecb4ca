//! Each leak is reported once: for the outermost thing that a rule forbids, which names what is in it.

use hashbrown::HashMap;

use crate::finding::{Finding, Verdict};
use crate::flow::{Flow, Way};
use crate::model::{EntityId, Kind};

/// A finding, and the ways of the requests that it stands for: about one thing and one place.
pub(super) struct Found {
    pub(super) finding: Finding,
    pub(super) ways: Vec<Way>,
}

/// An artifact that a rule does not let be somewhere: the rule, the place and the artifact.
pub(super) type Reported = (String, String, EntityId);

/// The thing that a way is about, if it is one that moves.
fn thing(flow: &Flow, way: Way) -> Option<EntityId> {
    match way {
        Way::Node(thing, _) | Way::Departure(thing, _) => Some(thing),
        Way::Inside(inside) => Some(flow.content(inside.artifact, inside.content).thing),
        _ => None,
    }
}

/// Leaves out what gets somewhere only in artifacts of which the same rule says the same there. `known`
/// are those of which nothing is said because it is known.
///
/// Linear in the findings, and for those about what is in an artifact in the artifacts in that.
pub(super) fn outermost(
    flow: &Flow,
    found: Vec<Found>,
    known: &[(Reported, Verdict)],
) -> Vec<Finding> {
    let mut reported: HashMap<Reported, Verdict> = HashMap::new();
    let mut add = |key: Reported, verdict: Verdict| {
        let worst = reported.entry(key).or_insert(verdict);
        *worst = verdict.min(*worst);
    };
    let about = |found: &Found| {
        let thing = thing(flow, *found.ways.first()?)?;
        let place = found.finding.identity.resource.clone()?;
        Some((found.finding.rule.id.clone(), place, thing))
    };
    for found in &found {
        if let Some(key) = about(found).filter(|(.., thing)| thing.kind == Kind::Artifact) {
            add(key, found.finding.verdict);
        }
    }
    for (key, verdict) in known {
        add(key.clone(), *verdict);
    }
    let is_covered = |found: &Found| {
        let Some((rule, place, thing)) = about(found) else {
            return false;
        };
        let says = |artifact: EntityId| {
            let key = (rule.clone(), place.clone(), artifact);
            let verdict = reported.get(&key);
            verdict.is_some_and(|verdict| *verdict <= found.finding.verdict)
        };
        let within = |way: &Way| {
            let Way::Inside(inside) = way else {
                return false;
            };
            let others = flow.contents().of(inside.artifact).iter();
            let mut others = others
                .filter(|content| content.thing.kind == Kind::Artifact && content.thing != thing);
            says(inside.carrier())
                || others.any(|other| {
                    let mut inner = flow.contents().of(other.thing.index).iter();
                    says(other.thing) && inner.any(|content| content.thing == thing)
                })
        };
        found.ways.iter().all(within)
    };
    let covered: Vec<bool> = found.iter().map(is_covered).collect();
    let all = found.into_iter().zip(covered);
    all.filter(|(_, covered)| !covered)
        .map(|(found, _)| found.finding)
        .collect()
}
