//! Where the value of a finding came through, as places beside it.

use std::collections::HashMap;

use crate::finding::{Finding, INSTANCES, Instance};
use crate::inventory::Inventory;
use crate::model::{Import, Kind};
use crate::source::{Files, Label, Span};

/// Leaves one finding of those of a rule that the same value in code makes: in each overlay that uses it,
/// or each instance of a module. It tells of the first, and counts the others.
pub(super) fn merge(findings: Vec<Finding>, inventory: &Inventory, files: &Files) -> Vec<Finding> {
    let mut first: HashMap<(String, Span), usize> = HashMap::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let principal = inventory.identified(finding.subject().0);
        let is_code = principal.is_some_and(|it| inventory.import(it).is_some());
        let place = files.locate(finding.primary.span).span;
        let key = (finding.rule.id.clone(), place);
        match first.get(&key).copied().filter(|_| is_code) {
            Some(at) if kept[at].verdict == finding.verdict => add(&mut kept[at], finding),
            _ => {
                first.insert(key, kept.len());
                kept.push(finding);
            }
        }
    }
    kept
}

/// Counts what `other` stands for with what `finding` does.
fn add(finding: &mut Finding, mut other: Finding) {
    for it in [&mut *finding, &mut other] {
        if it.instances.shown.is_empty() {
            let (principal, resource) = (&it.identity.principal, &it.identity.resource);
            let text = it.message.strip_suffix(&format!(": {}", it.rule.title));
            it.instances.shown.push(Instance {
                principal: principal.clone(),
                resource: resource.clone().unwrap_or_else(|| principal.clone()),
                via: it.identity.via.clone(),
                verdict: it.verdict,
                text: text.unwrap_or(&it.message).to_owned(),
            });
            it.instances.count = 1;
        }
    }
    finding.instances.count += other.instances.count;
    let room = INSTANCES.saturating_sub(finding.instances.shown.len());
    let more = other.instances.shown.into_iter().take(room);
    finding.instances.shown.extend(more);
}

/// So many places are shown that a value came through: the outermost ones say what to do.
const PLACES: usize = 4;

/// Adds to each finding the places that its primary value came through.
pub(super) fn relate(findings: &mut [Finding], files: &Files) {
    for finding in findings {
        let through = files.came_through(finding.primary.span);
        let mut labels: Vec<_> = through
            .iter()
            .rev()
            .take(PLACES)
            .map(|(span, via)| Label {
                span: *span,
                text: via.says().to_owned(),
            })
            .collect();
        labels.retain(|label| !finding.related.iter().any(|known| known.span == label.span));
        finding.related.splice(0..0, labels);
    }
}

/// What something was read from, by what findings call it, and what the outermost zone around it that was
/// read from code, too, was.
pub(super) fn import_of(
    inventory: &Inventory,
    described: &str,
) -> Option<(Import, Option<Import>)> {
    let (label, id) = described.split_once(" `")?;
    let mut kinds = Kind::ALL.iter();
    let kind = kinds.find(|kind| kind.def().label == label)?;
    let entity = inventory.find(*kind, id.strip_suffix('`')?)?;
    let import = inventory.import(entity)?.clone();
    let mut outermost = None;
    let mut zone = match kind {
        Kind::Zone => Some(entity),
        _ => inventory.container(entity),
    };
    while let Some(at) = zone {
        match inventory.import(at) {
            Some(import) => outermost = Some(import.clone()),
            None => break,
        }
        zone = inventory.container(at).filter(|around| *around != at);
    }
    Some((import, outermost))
}
