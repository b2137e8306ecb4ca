//! Transfers without which nobody comes to hold something: proven for all that a finding stands for.

use super::requests::Request;
use crate::finding::INSTANCES;
use crate::flow::{Cutter, Flow, Way};
use crate::inventory::Inventory;
use crate::model::Kind;

/// Most transfers of one path that are tried.
const TRIED: usize = 8;

/// The transfers on the way of `worst` without which none of `all` comes about; none if these are more than a
/// finding names. Costs a search for each thing and transfer, which the cutter remembers.
pub(super) fn closing(
    (inventory, flow): (&Inventory, &Flow),
    cutter: &mut Cutter<'_>,
    worst: &Request,
    all: &[Request],
) -> Vec<u32> {
    let Some(way @ Way::Held(..)) = worst.way else {
        return Vec::new();
    };
    if all.len() > INSTANCES {
        return Vec::new();
    }
    let hops = flow.hops(inventory, way);
    let vias = hops.iter().filter_map(|hop| hop.via);
    let transfers = vias.filter(|via| via.kind == Kind::Transfer);
    let mut transfers: Vec<u32> = transfers.map(|via| via.index).collect();
    transfers.dedup();
    transfers.truncate(TRIED);
    transfers.retain(|transfer| {
        let mut all = all.iter();
        all.all(|request| is_closed((inventory, flow), cutter, request, *transfer))
    });
    transfers
}

/// Whether all that lets an identity hold a thing is that the thing gets somewhere by this transfer.
fn is_closed(
    (inventory, flow): (&Inventory, &Flow),
    cutter: &mut Cutter<'_>,
    request: &Request,
    transfer: u32,
) -> bool {
    let Some(Way::Held(identity, _)) = request.way else {
        return false;
    };
    let held = flow.access(inventory, identity).held.iter();
    let mut of_thing = held
        .filter(|held| held.thing == request.resource)
        .peekable();
    of_thing.peek().is_some()
        && of_thing.all(|held| {
            let carrier = held.inside.unwrap_or(held.thing);
            cutter.closes(transfer, carrier, held.place)
        })
}
