//! Gives every reference its entity, and says which have none.

use super::derived::Open;
use super::{Ids, Inventory};
use crate::model::{
    Declarations, Declare as _, Entity, EntityId, Enumeration as _, Environment, Fact, Field as _,
    Identity, Internet, Isolation, Kind, Level, Omission, Plane, Reference, Type, Value as _, Zone,
    ZoneKind,
};
use crate::source::{Code, Problem, Span, Spanned, quote};

/// The zone that is there without being declared.
const INTERNET: &str = "internet";

/// How deep zones may nest, and hosts run on hosts. It bounds what reading an attribute costs.
const NESTING_LIMIT: usize = 64;

/// How many ids may be compared, all in all, to say "did you mean".
const SUGGESTION_BUDGET: usize = 2_000_000;

pub(super) fn link(mut declarations: Declarations) -> (Inventory, Vec<Problem>) {
    let mut problems = Vec::new();
    let internet = add_internet(&mut declarations);
    let ids = index(&declarations, &mut problems);
    resolve(&mut declarations, &ids, &mut problems);
    let mut inventory = Inventory {
        ids,
        internet,
        ..Inventory::default()
    };
    inventory.enclosing = enclosing(&declarations, &mut problems);
    inventory.declarations = declarations;
    inventory.fill_neighbours();
    report_host_cycles(&mut inventory, &mut problems);
    cut_group_cycles(&mut inventory, &mut problems);
    inventory.open = Open::of(&inventory);
    (inventory, problems)
}

/// Adds the zone that everybody knows, unless a document declares it: the last of the zones. It
/// stands where the first zone says that it is joined to it, or else says something of it.
fn add_internet(declarations: &mut Declarations) -> Option<u32> {
    let zones = &declarations.zones;
    if zones.is_empty() || zones.iter().any(|zone| &*zone.id.value == INTERNET) {
        return None;
    }
    let joined = zones.iter().find_map(|zone| match zone.internet.fact() {
        Fact::One(said, span) if said != Internet::None.atom() => Some(span),
        _ => None,
    });
    let said = zones.iter().find_map(|zone| match zone.internet.fact() {
        Fact::One(_, span) | Fact::Unstated(Some(span)) => Some(span),
        _ => None,
    });
    let said = joined.or(said);
    let span = said.or(zones.first().map(|zone| zone.id.span))?;
    let mut zone = Zone::declared(Spanned::new(INTERNET.into(), span));
    zone.kind.state(Spanned::new(ZoneKind::External, span));
    zone.isolation.state(Spanned::new(Isolation::Open, span));
    zone.internet.state(Spanned::new(Internet::Both, span));
    zone.environment
        .state(Spanned::new(Environment::External, span));
    zone.plane.state(Spanned::new(Plane::Data, span));
    zone.clearance.state(Spanned::new(Level::Public, span));
    declarations.zones.push(zone);
    u32::try_from(declarations.zones.len() - 1).ok()
}

fn index(declarations: &Declarations, problems: &mut Vec<Problem>) -> Ids {
    let mut ids = Ids::with_capacity(declarations.ids().count());
    for id in declarations.ids() {
        if let Err(first) = ids.add(declarations, id) {
            let name = declarations.entity(id).id();
            problems.push(
                Problem::input(
                    Code::DuplicateId,
                    format!("{} `{}` is declared twice", id.kind.def().label, name.value),
                )
                .at(name.span, "declared again here")
                .at(declarations.entity(first).id().span, "first declared here")
                .help("give one of them another id, or merge the two declarations"),
            );
        }
    }
    ids
}

/// Two passes, because a reference is looked up in the declarations that it is part of.
fn resolve(declarations: &mut Declarations, ids: &Ids, problems: &mut Vec<Problem>) {
    let mut budget = SUGGESTION_BUDGET;
    let mut targets = Vec::new();
    let all: Vec<EntityId> = declarations.ids().collect();
    for id in &all {
        let entity = declarations.entity(*id);
        report_missing(*id, entity, problems);
        entity.references(&mut |field, reference, span| {
            let kinds = match id.kind.def().field(field).ty {
                Type::Entity(kinds) => kinds,
                // What a step refers to is where it is done.
                _ => &[Kind::Zone],
            };
            let target = look_up(declarations, ids, kinds, reference);
            targets.push(target.as_ref().ok().copied());
            if let Err(miss) = target {
                let problem = miss.problem(declarations, kinds, reference, span, &mut budget);
                problems.push(problem);
            }
        });
    }
    let mut targets = targets.into_iter();
    for id in all {
        declarations
            .entity_mut(id)
            .references_mut(&mut |reference| reference.target = targets.next().flatten());
    }
}

fn report_missing(id: EntityId, entity: &dyn Entity, problems: &mut Vec<Problem>) {
    let fields = id.kind.def().fields();
    for (position, field) in fields.filter(|(_, field)| field.omission == Omission::Problem) {
        if entity.fact(position) == Fact::Unstated(None) {
            let (label, name) = (id.kind.def().label, &entity.id().value);
            problems.push(
                Problem::input(
                    Code::MissingReference,
                    format!("{label} `{name}` has no `{}`", field.name),
                )
                .at(
                    entity.id().span,
                    format!("`{}` is missing here", field.name),
                )
                .help("without it, rules about this entity cannot be evaluated"),
            );
        }
    }
}

/// Why a reference names nothing.
enum Miss {
    Unknown,
    WrongKind(EntityId),
    Ambiguous(Vec<EntityId>),
}

fn look_up(
    declarations: &Declarations,
    ids: &Ids,
    kinds: &[Kind],
    reference: &Reference,
) -> Result<EntityId, Miss> {
    if let [kind] = kinds
        && let Some(found) = ids.find(declarations, *kind, &reference.id)
    {
        return Ok(found);
    }
    let named: Vec<_> = kinds
        .iter()
        .filter_map(|kind| ids.find(declarations, *kind, &reference.id))
        .collect();
    match named.as_slice() {
        [one] => return Ok(*one),
        [] => {}
        _ => return Err(Miss::Ambiguous(named)),
    }
    if let Some((section, id)) = reference.id.split_once('/')
        && let Some(kind) = kinds
            .iter()
            .find(|kind| kind.def().section == Some(section))
        && let Some(found) = ids.find(declarations, *kind, id)
    {
        return Ok(found);
    }
    let others = Kind::ALL.iter().filter(|kind| kind.def().section.is_some());
    let mut others = others.filter_map(|kind| ids.find(declarations, *kind, &reference.id));
    Err(others.next().map_or(Miss::Unknown, Miss::WrongKind))
}

impl Miss {
    fn problem(
        self,
        declarations: &Declarations,
        kinds: &[Kind],
        reference: &Reference,
        span: Span,
        budget: &mut usize,
    ) -> Problem {
        let id = &reference.id;
        let labels: Vec<_> = kinds.iter().map(|kind| kind.def().label).collect();
        let wanted = labels.join(" or ");
        let one = kinds.iter().map(|kind| kind.def().with_article());
        let one = one.collect::<Vec<_>>().join(" or ");
        match self {
            Self::WrongKind(found) => {
                let is = found.kind.def().with_article();
                Problem::input(Code::WrongKind, format!("`{id}` is {is}, not {one}"))
                    .at(span, format!("{one} is expected here"))
                    .at(
                        declarations.entity(found).id().span,
                        format!("`{id}` is declared as {is} here"),
                    )
            }
            Self::Ambiguous(found) => {
                let mut problem = Problem::input(
                    Code::AmbiguousReference,
                    format!("`{id}` could be any of {} entities", found.len()),
                )
                .at(span, "which one is meant?");
                for entity in &found {
                    let label = format!("{} of that id", entity.kind.def().with_article());
                    problem = problem.at(declarations.entity(*entity).id().span, label);
                }
                let sections: Vec<_> = found
                    .iter()
                    .filter_map(|entity| entity.kind.def().section)
                    .map(|section| format!("`{section}/{id}`"))
                    .collect();
                problem.help(format!("write {}", sections.join(" or ")))
            }
            Self::Unknown => {
                let problem =
                    Problem::input(Code::UnknownId, format!("unknown {wanted} {}", quote(id)))
                        .at(span, "not declared in any document");
                match suggestion(declarations, kinds, id, budget) {
                    Some(similar) => problem.help(format!("did you mean `{similar}`?")),
                    None => problem.help(format!("declare it, or name a declared {wanted}")),
                }
            }
        }
    }
}

fn suggestion(
    declarations: &Declarations,
    kinds: &[Kind],
    id: &str,
    budget: &mut usize,
) -> Option<String> {
    let count: usize = kinds.iter().map(|kind| declarations.count(*kind)).sum();
    *budget = budget.checked_sub(count)?;
    let known = declarations
        .ids()
        .filter(|known| kinds.contains(&known.kind));
    let names = known.map(|known| &*declarations.entity(known).id().value);
    crate::source::closest(id, names).map(str::to_owned)
}

/// The zone around each zone. A zone that would enclose itself is cut off from its parent.
fn enclosing(declarations: &Declarations, problems: &mut Vec<Problem>) -> Vec<Option<u32>> {
    let zones = &declarations.zones;
    let parent = |zone: &crate::model::Zone| Some(zone.parent.known()?.target()?.index);
    let mut around: Vec<_> = zones.iter().map(parent).collect();
    for cycle in cut_cycles(&mut around) {
        let names: Vec<_> = cycle
            .iter()
            .map(|zone| format!("`{}`", zones[*zone as usize].id.value))
            .collect();
        let message = match names.as_slice() {
            [only] => format!("zone {only} encloses itself"),
            names => format!("zones enclose each other: {}", names.join(", ")),
        };
        let mut problem = Problem::input(Code::ZoneCycle, message);
        for zone in &cycle {
            let zone = &zones[*zone as usize];
            zone.references(&mut |_, reference, span| {
                problem = problem.clone().at(
                    span,
                    format!("`{}` is in `{}`", zone.id.value, reference.id),
                );
            });
        }
        problems.push(problem.help("remove one of these `parent` values"));
    }
    for zone in cut_deep(&mut around) {
        let id = &zones[zone as usize].id;
        problems.push(too_deep(Code::ZoneNesting, "zone", id));
    }
    around
}

fn too_deep(code: Code, kind: &str, id: &Spanned<Box<str>>) -> Problem {
    Problem::input(
        code,
        format!(
            "{kind} `{}` is nested more than {NESTING_LIMIT} deep",
            id.value
        ),
    )
    .at(id.span, "treated as if it were not nested")
    .help("flatten the nesting")
}

fn report_host_cycles(inventory: &mut Inventory, problems: &mut Vec<Problem>) {
    let workloads = &inventory.declarations.workloads;
    let host = |w: &crate::model::Workload| Some(w.runs_on.known()?.target()?.index);
    let mut hosts: Vec<_> = workloads.iter().map(host).collect();
    for cycle in cut_cycles(&mut hosts) {
        let names: Vec<_> = cycle
            .iter()
            .map(|at| format!("`{}`", workloads[*at as usize].id.value))
            .collect();
        let message = match names.as_slice() {
            [only] => format!("workload {only} runs on itself"),
            names => format!("workloads run on each other: {}", names.join(", ")),
        };
        let mut problem = Problem::input(Code::HostCycle, message);
        for at in &cycle {
            problem = problem.at(workloads[*at as usize].id.span, "part of the cycle");
        }
        problems.push(problem.help("remove one of their `runsOn` values"));
    }
    for workload in cut_deep(&mut hosts) {
        let id = &workloads[workload as usize].id;
        problems.push(too_deep(Code::HostNesting, "workload", id));
    }
    let mut guests = vec![Vec::new(); workloads.len()];
    for (guest, host) in (0u32..).zip(&hosts) {
        if let Some(host) = host {
            guests[*host as usize].push(guest);
        }
    }
    inventory.guests_of = guests;
}

/// Finds the cycles in a graph in which each node points to at most one other, and removes one
/// arrow of each. Linear.
fn cut_cycles(next: &mut [Option<u32>]) -> Vec<Vec<u32>> {
    const UNSEEN: u32 = u32::MAX;
    let mut seen_from = vec![UNSEEN; next.len()];
    let mut cycles = Vec::new();
    for start in 0u32.. {
        if start as usize >= next.len() {
            return cycles;
        }
        let mut at = start;
        let mut path = Vec::new();
        while seen_from[at as usize] == UNSEEN {
            seen_from[at as usize] = start;
            path.push(at);
            match next[at as usize] {
                Some(following) => at = following,
                None => break,
            }
        }
        if next[at as usize].is_some()
            && seen_from[at as usize] == start
            && let Some(first) = path.iter().position(|node| *node == at)
        {
            // The walk came back to a node of its own.
            if path
                .last()
                .is_some_and(|last| next[*last as usize] == Some(at))
            {
                let cycle = path.split_off(first);
                if let Some(last) = cycle.last() {
                    next[*last as usize] = None;
                }
                cycles.push(cycle);
            }
        }
    }
    cycles
}

/// Cuts off from its parent each node that lies [`NESTING_LIMIT`] deep. Linear, once free of cycles.
fn cut_deep(next: &mut [Option<u32>]) -> Vec<u32> {
    let mut depths = vec![None; next.len()];
    let mut cut = Vec::new();
    let mut path = Vec::new();
    for start in 0..next.len() {
        let mut at = start;
        while depths[at].is_none() {
            path.push(at);
            match next[at] {
                Some(parent) => at = parent as usize,
                None => break,
            }
        }
        while let Some(node) = path.pop() {
            let above = next[node].and_then(|parent| depths[parent as usize]);
            let depth = above.map_or(0, |above: usize| above + 1);
            depths[node] = Some(depth);
            if depth >= NESTING_LIMIT {
                next[node] = None;
                depths[node] = Some(0);
                cut.extend(u32::try_from(node));
            }
        }
    }
    cut
}

/// The groups of each identity. A group that would be in itself is cut off, and reported.
fn cut_group_cycles(inventory: &mut Inventory, problems: &mut Vec<Problem>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        OnTheWay,
        Done,
    }

    let identities = &inventory.declarations.identities;
    let mut groups: Vec<Vec<u32>> = identities
        .iter()
        .map(|identity| {
            let groups = identity.member_of.iter();
            let mut groups: Vec<_> = groups
                .filter_map(|g| Some(g.value.target()?.index))
                .collect();
            groups.dedup();
            groups
        })
        .collect();
    let mut seen = vec![Seen::No; groups.len()];
    for start in 0..groups.len() {
        let mut path = vec![(start, 0)];
        while let Some((at, next)) = path.last_mut() {
            let at = *at;
            let Some(group) = groups[at]
                .get(*next)
                .copied()
                .filter(|_| seen[at] != Seen::Done)
            else {
                seen[at] = Seen::Done;
                path.pop();
                continue;
            };
            seen[at] = Seen::OnTheWay;
            if seen[group as usize] == Seen::OnTheWay {
                groups[at].remove(*next);
                problems.push(group_cycle(&identities[at], &identities[group as usize]));
                continue;
            }
            *next += 1;
            if seen[group as usize] == Seen::No {
                path.push((group as usize, 0));
            }
        }
    }
    inventory.members_of = vec![Vec::new(); groups.len()];
    for (member, groups) in (0u32..).zip(&groups) {
        for group in groups {
            inventory.members_of[*group as usize].push(member);
        }
    }
    inventory.groups_of = groups;
}

fn group_cycle(member: &Identity, group: &Identity) -> Problem {
    let (member_id, group_id) = (&member.id.value, &group.id.value);
    let named = member.member_of.iter().find(|element| {
        let reference = element.value.reference();
        reference.is_some_and(|reference| reference.id == *group_id)
    });
    Problem::input(
        Code::GroupCycle,
        format!("identity `{group_id}` is a member of itself, through `{member_id}`"),
    )
    .at(
        named.map_or(member.id.span, |element| element.span),
        format!("`{member_id}` is in `{group_id}`, which is in `{member_id}`"),
    )
    .help("remove one of the memberships")
}

impl Inventory {
    fn fill_neighbours(&mut self) {
        let zones = self.declarations.zones.len();
        self.keys_in = vec![Vec::new(); zones];
        self.workloads_in = vec![Vec::new(); zones];
        self.nested_in = vec![Vec::new(); zones];
        for (index, key) in (0u32..).zip(&self.declarations.keys) {
            let stores = key.store.known().into_iter();
            let stores = stores.chain(key.replicas.iter().map(|replica| &replica.value));
            for store in stores.filter_map(|store| store.target()) {
                if let Some(zone) = self.container(store) {
                    self.keys_in[zone.index as usize].push(index);
                }
            }
        }
        for (index, workload) in (0u32..).zip(&self.declarations.workloads) {
            if let Some(zone) = workload.zone.known().and_then(|zone| zone.target()) {
                self.workloads_in[zone.index as usize].push(index);
            }
        }
        self.fill_places();
        for (index, around) in (0u32..).zip(&self.enclosing) {
            if let Some(around) = around {
                self.nested_in[*around as usize].push(index);
            }
        }
    }

    fn fill_places(&mut self) {
        let all = &self.declarations;
        let mut located_in = vec![Vec::new(); all.zones.len()];
        let mut conduits_at = vec![Vec::new(); all.zones.len()];
        let mut users_of = vec![Vec::new(); all.keys.len()];
        let unlocated = [Kind::Zone, Kind::Identity, Kind::Artifact];
        for id in all.ids().filter(|id| !unlocated.contains(&id.kind)) {
            if let Some(zone) = self.zone_of(id) {
                located_in[zone.index as usize].push(id);
            }
        }
        for (index, conduit) in (0u32..).zip(&all.conduits) {
            for zone in [&conduit.from, &conduit.to] {
                if let Some(zone) = zone.known().and_then(|zone| zone.target()) {
                    conduits_at[zone.index as usize].push(index);
                }
            }
        }
        for (index, workload) in (0u32..).zip(&all.workloads) {
            for key in workload.uses.iter().filter_map(|key| key.value.target()) {
                users_of[key.index as usize].push(index);
            }
        }
        self.located_in = located_in;
        self.conduits_at = conduits_at;
        self.users_of = users_of;
    }
}
