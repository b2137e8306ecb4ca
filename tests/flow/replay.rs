//! What a finding shows of how it comes about, followed hop by hop through the world.

use palisade::finding::{Finding, Hop, Outcome};

use crate::world::{Place, Said, Thing, World};

/// The id in "store `s0`".
fn id(described: &str) -> &str {
    described.split('`').nth(1).expect("an id")
}

fn number(id: &str) -> usize {
    id[1..].parse().expect("a number")
}

/// The thing that a finding or a path calls so.
pub fn thing(id: &str) -> Thing {
    match id.as_bytes()[0] {
        b'a' => Thing::Artifact(number(id)),
        b'd' => Thing::Data(number(id)),
        _ => Thing::Key(number(id)),
    }
}

fn place(world: &World, id: &str) -> Place {
    match id.as_bytes()[0] {
        b's' => Place::Store(number(id)),
        b'w' => Place::Workload(number(id)),
        b'v' => Place::KeyStore(number(id)),
        b'e' => Place::Environment(number(id)),
        b'z' => Place::Zone(number(id)),
        b'k' => Place::Key(number(id)),
        _ => Place::Zone(world.zones.len() - 1),
    }
}

/// Follows the path of a finding; says what is wrong with it.
pub fn follow(world: &World, outcome: &Outcome, finding: &Finding) -> Result<(), String> {
    let mut before: Option<&Hop> = None;
    let mut moved = None;
    for (at, hop) in finding.path.iter().enumerate() {
        let wrong = |why: &str| Err(format!("hop {}: {why}: {hop:?}", at + 1));
        if let (Some(before), Some(from)) = (before, &hop.from)
            && before.to != *from
        {
            return wrong("does not begin where the one before ends");
        }
        if before.is_some() && hop.from.is_none() {
            return wrong("begins nowhere");
        }
        let place = outcome.files.locate(hop.span);
        let text = &outcome.files.get(place.span.file).text()[place.span.range()];
        // Where an artifact is taken of which the thing before is in, it goes on in that; and what
        // authenticates somebody is followed to where it is had.
        let starts = [" is taken", " is kept"];
        let starts = starts.iter().any(|end| hop.by.ends_with(end));
        if hop.from.is_none() || starts || hop.by.starts_with("which has ") {
            moved = hop.by.split('`').nth(1).map(thing);
        }
        // What must not be begins wherever the thing is.
        if hop.by.starts_with("where ") && hop.by.ends_with(" is") {
            before = Some(hop);
            continue;
        }
        match expected(world, moved, hop) {
            Some(named) if named.iter().any(|named| named == text) => {}
            Some(named) => return wrong(&format!("points at `{text}`, not at {named:?}")),
            None => return wrong("is not in the document"),
        }
        before = Some(hop);
    }
    let Some(last) = before else {
        return Ok(());
    };
    let end = id(&last.to);
    let (principal, resource) = finding.subject();
    let resource = resource.unwrap_or_default();
    let resource = resource.split("::").nth(1).unwrap_or_default();
    let principal = principal.split("::").nth(1).unwrap_or_default();
    let arrives = match finding.rule.id.split('-').next() {
        Some("enter") => {
            let zone = world.zone_of(place(world, end));
            world.zone_id(zone) == resource
        }
        Some("move") if end != resource => {
            let to = &world.transfers[number(resource)].to;
            world.is_within(place(world, end), *to)
        }
        // A promise about a zone holds for what is nested in it.
        Some("connect") if end != resource => {
            world.is_within(place(world, end), place(world, resource))
        }
        Some("contain" | "obtain" | "access") => end == principal,
        _ => end == resource,
    };
    if arrives {
        Ok(())
    } else {
        Err(format!("ends at `{end}`"))
    }
}

/// What the place that states a hop may say; `None` if nothing in the world makes such a hop.
fn expected(world: &World, moved: Option<Thing>, hop: &Hop) -> Option<Vec<String>> {
    let to = id(&hop.to);
    let Some(from) = &hop.from else {
        return started(world, moved?, to);
    };
    let from = id(from);
    let is_credential = matches!(from.as_bytes()[0], b'k' | b'd');
    let starts = [" is taken", " is kept"];
    if starts.iter().any(|end| hop.by.ends_with(end)) || hop.by.starts_with("which has ") {
        return started(world, moved?, to).filter(|_| from == to || is_credential);
    }
    if hop.by == "which authenticates as it" {
        let identity = number(from);
        let authenticates = match thing(to) {
            Thing::Key(at) => &world.keys[at].authenticates,
            Thing::Data(at) => &world.data[at].authenticates,
            Thing::Artifact(_) => return None,
        };
        return authenticates
            .contains(&identity)
            .then(|| vec![from.to_owned()]);
    }
    if hop.by == "where it can be had" {
        return is_credential.then(|| vec![to.to_owned()]);
    }
    if let Some(via) = &hop.via {
        let (kind, via) = via.split_once("::")?;
        return match kind {
            "Transfer" => transferred(world, moved?, (from, to), via, hop),
            "Grant" => granted(world, (from, to), number(via)),
            "Conduit" => joined(world, (from, to), number(via), hop.by.starts_with("back")),
            _ => None,
        };
    }
    let one = |text: &str| Some(vec![text.to_owned()]);
    let is = |wanted: bool, text: &str| if wanted { one(text) } else { None };
    match (from.as_bytes()[0], to.as_bytes()[0]) {
        (b'w', b'e') => is(
            world.environments[number(to)]
                .attaches
                .contains(&number(from)),
            from,
        ),
        (b's', b'e') => is(
            world.environments[number(to)].reads.contains(&number(from)),
            from,
        ),
        // Where it was taken, to where it is kept.
        (_, b's') => match moved? {
            Thing::Artifact(at) => is(world.artifacts[at].at == Some(number(to)), to),
            _ => None,
        },
        (b'v', b'v') => match moved? {
            Thing::Key(at) => is(world.keys[at].replicas.contains(&number(to)), to),
            _ => None,
        },
        (b'v', b'w') => match moved? {
            Thing::Key(at) => is(world.users(at).contains(&number(to)), &format!("k{at}")),
            _ => None,
        },
        // A copy of a place, and somebody behind a grant.
        (_, b'a') => {
            let taken = world.artifacts[number(to)].from;
            is(world.place_id(taken) == from, from)
        }
        (b'i', b'w') => {
            let mut guests = world.guests(number(to)).into_iter();
            let runs = guests.any(|at| world.workloads[at].runs_as == Some(number(from)));
            is(runs, from)
        }
        (b'i', b'i') => {
            let (held, holder) = (number(from), &world.identities[number(to)]);
            if holder.groups.contains(&held) || holder.assumes.contains(&held) {
                one(from)
            } else {
                is(world.identities[held].kind == 3, "everyone")
            }
        }
        _ if hop.by.contains("of the internet") => {
            let says = world.zones[number(id(&hop.by))].internet;
            Some(vec![
                says.names[says.value].to_owned(),
                "unknown".to_owned(),
                id(&hop.by).to_owned(),
            ])
        }
        _ => None,
    }
}

fn started(world: &World, moved: Thing, to: &str) -> Option<Vec<String>> {
    let there = match moved {
        Thing::Artifact(at) => world.place_id(world.artifacts[at].from),
        Thing::Key(at) if to.starts_with('w') => {
            return world
                .users(at)
                .contains(&number(to))
                .then(|| vec![format!("k{at}")]);
        }
        Thing::Key(at) => format!("v{}", world.keys[at].store),
        Thing::Data(at) => {
            let has = match to.as_bytes()[0] {
                b's' => world.stores[number(to)].holds.contains(&at),
                b'w' => world.workloads[number(to)].processes.contains(&at),
                b'a' => world.artifacts[number(to)].contains.contains(&at),
                _ => false,
            };
            return has.then(|| vec![moved.id()]);
        }
    };
    Some(vec![there])
}

fn transferred(
    world: &World,
    moved: Thing,
    (from, to): (&str, &str),
    via: &str,
    hop: &Hop,
) -> Option<Vec<String>> {
    let transfer = &world.transfers[number(via)];
    let omitted = transfer.carries.said == Said::Nothing;
    if !omitted && !world.carries(number(via), moved) {
        return None;
    }
    if to == via {
        return Some(vec![moved.id(), via.to_owned()]);
    }
    let goes = !(transfer.status.known && transfer.status.is("forbidden"));
    let steps = hop.by.ends_with("for a step that is done there");
    if !goes || !world.is_within(place(world, from), transfer.from) {
        return None;
    }
    if steps {
        let zone = place(world, to);
        let mut steps = transfer.steps.iter();
        let there = steps.any(|step| step.runs_in.map(Place::Zone) == Some(zone));
        // The whole step is pointed at.
        return there.then(|| world.step_texts(transfer));
    }
    (place(world, to) == transfer.to).then(|| vec![to.to_owned()])
}

fn granted(world: &World, (on, to): (&str, &str), grant: usize) -> Option<Vec<String>> {
    let grant = &world.grants[grant];
    let covers = match grant.acting {
        Some(identity) => on == format!("i{identity}"),
        None => world.is_within(place(world, on), grant.on),
    };
    let holder = to == format!("i{}", grant.identity);
    (covers && holder).then(|| vec![world.target_id(grant)])
}

fn joined(world: &World, (from, to): (&str, &str), at: usize, back: bool) -> Option<Vec<String>> {
    let conduit = &world.conduits[at];
    let (from, to) = (place(world, from), place(world, to));
    let ends = [conduit.from, conduit.to];
    let [begin, end] = if back { [ends[1], ends[0]] } else { ends };
    let joins = world.is_within(from, Place::Zone(begin)) && world.is_within(to, Place::Zone(end));
    let open = !(back && conduit.one_way.known && conduit.one_way.is("true"));
    let there = !(conduit.status.known && conduit.status.is("forbidden"));
    (joins && open && there).then(|| vec![world.zone_id(end)])
}
