//! What documents say that cannot be.

use super::Flow;

use crate::inventory::Inventory;
use crate::model::{ArtifactKind, Atom, DumpMode, Fact, Field as _, Kind, Status, Value as _};
use crate::source::{Code, Problem};

/// A transfer that carries what never gets to where it begins: what would follow from it is not
/// asked, so that must not pass in silence. Linear in what the transfers carry and in what leaves on
/// them.
pub fn problems(flow: &Flow, inventory: &Inventory) -> Vec<Problem> {
    let mut problems = contradictions(inventory);
    let mut left = hashbrown::HashSet::new();
    for (thing, propagation) in flow.propagations() {
        let departures = propagation.departures.iter();
        left.extend(departures.map(|departure| (thing, departure.transfer)));
    }
    for (index, transfer) in (0..).zip(&inventory.declarations().transfers) {
        let from = transfer.from.known().and_then(|from| from.target());
        let Some(from) = from.filter(|_| transfer.status.known() != Some(&Status::Forbidden))
        else {
            continue;
        };
        // What leads nowhere carries nothing, which is told where that is named.
        if transfer.to.known().and_then(|to| to.target()).is_none() {
            continue;
        }
        for carried in transfer.carries.iter() {
            let Some(thing) = carried.value.target() else {
                continue;
            };
            // What steps leave nothing of need not be anywhere.
            let vanishes = flow
                .propagation(thing)
                .is_none_or(|propagation| propagation.vanishes);
            let broken = flow
                .propagation(thing)
                .is_none_or(|propagation| propagation.nodes.is_empty());
            if left.contains(&(thing, index)) || vanishes || broken {
                continue;
            }
            let (what, place) = (inventory.describe(thing), inventory.describe(from));
            let transfer = inventory.describe(Kind::Transfer.id(index));
            let how = match thing.kind {
                Kind::Artifact => "say with `at` that it is kept there",
                Kind::Data => "list it under `holds` or `processes` there",
                _ => "list the key store under `replicas` of the key",
            };
            let mut problem = Problem::input(
                Code::NothingToCarry,
                format!("{transfer} carries {what}, but nothing brings that to {place}"),
            )
            .at(carried.span, format!("this never gets to {place}"));
            if let Some(reference) = carried.value.reference() {
                let declared = inventory.entity(thing).id().span;
                problem = problem.at(declared, format!("`{}` is declared here", reference.id));
            }
            problems.push(problem.help(format!(
                "{how}, or declare the transfer that brings it there"
            )));
        }
    }
    problems
}

/// Dumps of workloads that are said to write none: one of the two statements is wrong, and what is in
/// the dump depends on which.
fn contradictions(inventory: &Inventory) -> Vec<Problem> {
    let all = inventory.declarations();
    let dumps = [ArtifactKind::CrashDump, ArtifactKind::CoreDump];
    let mut problems = Vec::new();
    for artifact in &all.artifacts {
        let from = artifact.from.known().and_then(|from| from.target());
        let workload = from.filter(|from| from.kind == Kind::Workload);
        let is_dump = artifact
            .kind
            .known()
            .is_some_and(|kind| dumps.contains(kind));
        let Some(from) = workload.filter(|_| is_dump) else {
            continue;
        };
        let dump = all.workloads[from.index as usize].dump.fact();
        let (Fact::One(_, kind), Fact::One(Atom::Variant(mode), off)) =
            (artifact.kind.fact(), dump)
        else {
            continue;
        };
        if mode == DumpMode::Off as u8 {
            let (artifact, workload) = (&artifact.id.value, inventory.describe(from));
            let message =
                format!("artifact `{artifact}` is a dump of {workload}, which writes none");
            problems.push(
                Problem::input(Code::Contradiction, message)
                    .at(kind, "this is written when it fails")
                    .at(off, "this says that nothing is")
                    .help("state the `dump` that the workload writes, or another `kind` of the artifact"),
            );
        }
    }
    problems
}
