//! Findings about paths: one for each thing that goes wrong, however many ways lead to it.

use hashbrown::HashMap;

use super::edits::of_entity;
use super::findings::named;
use super::outermost::Found;
use crate::finding::{Finding, Hop, Identity, Verdict};
use crate::flow::{Cutter, Flow, Passed, Way};
use crate::inventory::Inventory;
use crate::model::{EntityId, Kind};
use crate::source::Label;

/// Of all findings of one identity keeps the worst, of these the first: the one that is certain and
/// has the fewest hops. Gives each its path and its way out.
pub(super) fn merge(
    inventory: &Inventory,
    flow: &Flow,
    findings: Vec<(Finding, Option<Way>)>,
    rule_names_primary: &dyn Fn(&Finding) -> bool,
) -> Vec<Found> {
    let mut places: HashMap<Identity, usize> = HashMap::new();
    let mut kept: Vec<Found> = Vec::new();
    for (finding, way) in findings {
        let Some(way) = way else {
            kept.push(Found {
                finding,
                ways: Vec::new(),
            });
            continue;
        };
        match places.get(&finding.identity) {
            None => {
                places.insert(finding.identity.clone(), kept.len());
                kept.push(Found {
                    finding,
                    ways: vec![way],
                });
            }
            Some(at) => {
                let known = &mut kept[*at];
                if finding.verdict < known.finding.verdict {
                    known.finding = finding;
                    known.ways.insert(0, way);
                } else {
                    if finding.verdict == Verdict::Violation {
                        known.finding.edits.keep(&finding.edits);
                    }
                    known.ways.push(way);
                }
            }
        }
    }
    let mut cutter = None;
    for Found { finding, ways, .. } in &mut kept {
        if let Some(way) = ways.first() {
            let hops = flow.hops(inventory, *way);
            let is_named =
                rule_names_primary(finding) || matches!(way, Way::Content(..) | Way::Used(_));
            point_at_path(inventory, finding, &hops, is_named);
            finding.path = hops.iter().map(|passed| hop(inventory, passed)).collect();
            if finding.verdict == Verdict::Violation {
                let cutter = cutter.get_or_insert_with(|| Cutter::new(flow, inventory));
                let resource = finding.identity.resource.as_deref().unwrap_or_default();
                let enters = resource.starts_with("Zone::");
                // Of many that are reached for one cause, it is looked for by itself below.
                let is_alone = finding.instances.count <= 1 || !matches!(way, Way::Reached(..));
                match is_alone.then(|| cutter.cut(ways, enters)).flatten() {
                    Some(cut) => {
                        if let [only] = *cut
                            && only.kind != Kind::Zone
                        {
                            finding.edits.handles.push(of_entity(inventory, only));
                        }
                        finding.way_out = way_out(inventory, &cut);
                        finding.cut = Some(cut.iter().map(|by| named(inventory, *by)).collect());
                    }
                    None => by_proven(finding),
                }
            }
        }
    }
    kept
}

/// Points a violation at the hop that brings the thing where it must not be: the last one, and of
/// what an identity can hold the grant; unless the author of the rule says what to point at. The
/// other hops, and what decided, are told beside it.
fn point_at_path(
    inventory: &Inventory,
    finding: &mut Finding,
    hops: &[Passed],
    named_primary: bool,
) {
    let mut number = 0;
    let labels = hops.iter().map(|hop| {
        number += hop.skipped + 1;
        let to = inventory.describe(hop.to);
        let to = if hop.from.is_some() {
            format!("to {to}")
        } else {
            to
        };
        Label {
            span: hop.span,
            text: format!("hop {number}: {to}, {}", hop.by),
        }
    });
    let mut labels: Vec<_> = labels.collect();
    if finding.verdict == Verdict::Violation && !named_primary {
        let cause = hops.iter().rposition(|hop| {
            let via = hop.via.map(|via| named(inventory, via));
            via.is_some_and(|via| via == finding.identity.principal)
        });
        let grant = hops.iter().position(Passed::is_grant);
        if let Some(at) = cause.or(grant).or(hops.len().checked_sub(1)) {
            let label = labels.remove(at);
            labels.push(std::mem::replace(&mut finding.primary, label));
        }
    }
    let primary = finding.primary.span;
    let related = std::mem::take(&mut finding.related);
    for label in labels.into_iter().chain(related) {
        let known = |known: &Label| known.span == label.span;
        if label.span != primary && !finding.related.iter().any(known) {
            finding.related.push(label);
        }
    }
}

/// A hop in words.
pub fn hop(inventory: &Inventory, hop: &Passed) -> Hop {
    let describe = |entity: &EntityId| inventory.describe(*entity);
    Hop {
        from: hop.from.as_ref().map(describe),
        to: describe(&hop.to),
        by: hop.by.clone(),
        via: hop.via.map(|via| named(inventory, via)),
        span: hop.span,
        removed: hop.removed.iter().map(|name| (*name).to_owned()).collect(),
        added: hop.added.iter().map(describe).collect(),
        skipped: hop.skipped,
    }
}

/// Takes as the way out what was proven to end a finding and is on its path: of several the last.
fn by_proven(finding: &mut Finding) {
    let proven = |hop: &Hop| {
        let via = hop.via.as_ref()?;
        let mut handles = finding.edits.handles.iter();
        handles.find(|it| it.ends && it.attribute.is_none() && it.entity == *via)
    };
    let Some(last) = finding.path.iter().rev().find_map(proven) else {
        return;
    };
    finding.way_out = Some(format!("removing {} breaks every path", last.name));
    finding.cut = Some(vec![last.entity.clone()]);
}

fn way_out(inventory: &Inventory, cut: &[EntityId]) -> Option<String> {
    let name = |by: &EntityId| match by.kind {
        Kind::Zone => format!("the internet connection of {}", inventory.describe(*by)),
        _ => inventory.describe(*by),
    };
    let names: Vec<_> = cut.iter().map(name).collect();
    match names.as_slice() {
        [] => None,
        [only] => Some(format!("removing {only} breaks every path")),
        [before @ .., last] => {
            let before = before.join(", ");
            Some(format!("removing {before} and {last} breaks every path"))
        }
    }
}
