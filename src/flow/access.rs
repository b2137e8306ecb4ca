//! What an identity can come to hold, and by which chain.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::Flow;
use super::contents::{Content, is_kept, stated_level};
use super::propagation::START;
use super::state::FlowState;
use crate::inventory::{Assumptions, Inventory};
use crate::model::{
    Artifact, Data, EntityId, Grant, GrantAction, Identity, IdentityKind, Key, Kind, Level,
    PossibleValues, Purpose, SetBounds, Truth, Workload,
};

/// What lets somebody have a thing itself.
const HAVING: [GrantAction; 2] = [GrantAction::Read, GrantAction::Export];

/// How an identity comes to act as somebody, or to command something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// It is itself.
    Self_,
    /// It is in this group.
    Member,
    /// It can act as this identity.
    Assumes,
    /// This is granted to everyone.
    Everyone,
    /// This grant lets it run commands in this workload, or act as this identity.
    Grant(u32),
    /// The workload runs as this identity.
    RunsAs,
    /// It holds what authenticates it as this identity: one of [`Access::held`].
    Credential(u32),
}

/// Somebody that an identity can act as, or a workload that it can command.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// The identity or workload.
    pub actor: EntityId,
    /// The one before, by position; [`START`] if there is none.
    pub from: u32,
    /// How.
    pub by: By,
    /// Whether it is so whatever the unknown is.
    pub certain: bool,
    /// Whether no right on the way has to be asked for.
    pub standing: Truth,
    /// Whether every step is named, and none is open to everyone: rights on other ways are not asked
    /// about one by one.
    pub own: bool,
}

impl Link {
    /// Whether all that follows from another link to the same follows from this one.
    fn is_as_good_as(&self, other: &Self) -> bool {
        self.certain >= other.certain && self.own >= other.own && self.stands() >= other.stands()
    }

    /// How little has to be asked for on the way.
    fn stands(&self) -> u8 {
        match self.standing {
            Truth::False => 0,
            Truth::Unknown => 1,
            Truth::True => 2,
        }
    }
}

/// Something that an identity can come to hold, in one way.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// The key, artifact, data item, store or workload.
    pub thing: EntityId,
    /// The artifact that it is in, if that is how.
    pub inside: Option<EntityId>,
    /// Where it is had.
    pub place: EntityId,
    /// The node of the propagation of the thing, or of the artifact that it is in, at that place;
    /// [`START`] if it did not get there by itself.
    pub node: u32,
    /// The grant; `None` for what follows from commanding a workload.
    pub grant: Option<u32>,
    /// Who holds it: a link of the chain.
    pub link: u32,
    /// What can be done with it.
    pub actions: SetBounds<GrantAction>,
    /// How sensitive it is.
    pub level: PossibleValues<Level>,
    /// Whether it is so whatever the unknown is.
    pub certain: bool,
    /// How many hops lead to it.
    pub length: u32,
}

impl Held {
    /// Whether a key or data is had in a dump. An artifact in another is had as itself.
    pub fn in_dump(&self, inventory: &Inventory) -> PossibleValues<bool> {
        let within = |artifact| inventory.get(artifact, Artifact::IS_DUMP);
        let outer = self.inside.filter(|_| self.thing.kind != Kind::Artifact);
        outer.map_or(PossibleValues::one(false), within)
    }

    /// Whether it lets act as whom it authenticates: whoever has it, or can sign with it.
    pub fn lets_act(&self) -> Truth {
        match self.thing.kind {
            Kind::Key => self
                .actions
                .has_any(&[GrantAction::Sign, GrantAction::Export]),
            Kind::Data => self.actions.has_any(&[GrantAction::Read]),
            _ => Truth::False,
        }
    }
}

/// A grant that an identity can come to use, and one thing that it is on.
#[derive(Debug, Clone, Copy)]
pub struct Usable {
    /// The grant.
    pub grant: u32,
    /// What it is on; of a zone, something in it.
    pub thing: EntityId,
    /// Whose grant it is: a link of the chain.
    pub link: u32,
}

/// All that one identity can come to hold.
#[derive(Debug, Default)]
pub struct Access {
    /// The chain of identities and workloads.
    pub chain: Vec<Link>,
    /// The grants that it can use, or may be able to, over steps that are named; but for those that
    /// anyone can.
    pub usable: Vec<Usable>,
    /// What is held, by the length of the chain.
    pub held: Vec<Held>,
}

/// A thing that an identity can come to hold, over all ways together.
#[derive(Debug, Clone, Copy)]
pub struct Obtainable {
    /// The one of [`Access::held`] that shows how: the shortest, a certain one if there is one.
    pub held: u32,
    /// What can be done with the thing.
    pub actions: SetBounds<GrantAction>,
    /// Whether it is so whatever the unknown is.
    pub certain: bool,
}

impl Access {
    /// The same thing, had in the same way at the end of another chain: of several the nearest.
    pub(super) fn like(&self, other: &Held) -> Option<&Held> {
        let what = |held: &Held| (held.thing, held.inside, held.place, held.node, held.grant);
        let alike = self.held.iter().filter(|held| what(held) == what(other));
        alike.min_by_key(|held| (!held.certain, held.length))
    }

    /// The links that lead to one, that one first.
    pub fn links_to(&self, link: u32) -> impl Iterator<Item = &Link> {
        let before = |link: &&Link| self.chain.get(link.from as usize);
        std::iter::successors(self.chain.get(link as usize), before)
    }

    /// What lets the identity act as another on the way to a link: the first credential that it comes to
    /// hold, if there is one.
    pub fn credential_to(&self, link: u32) -> Option<&Held> {
        let credentials = self.links_to(link).filter_map(|link| match link.by {
            By::Credential(credential) => self.held.get(credential as usize),
            _ => None,
        });
        credentials.last()
    }

    /// `last`, and the grants by which the identity gets to a link, from there back.
    pub fn grants_to(&self, link: u32, last: Option<u32>) -> impl Iterator<Item = u32> {
        let granted = self.links_to(link).filter_map(|link| match link.by {
            By::Grant(grant) => Some(grant),
            By::Credential(credential) => self.held.get(credential as usize)?.grant,
            _ => None,
        });
        last.into_iter().chain(granted)
    }

    /// Whether no right on the way to a link has to be asked for, that by which something is had there
    /// included.
    pub fn standing(&self, inventory: &Inventory, link: u32, grant: Option<u32>) -> Truth {
        let on_the_way = self.chain[link as usize].standing;
        grant.map_or(on_the_way, |grant| {
            let last = inventory.get(Kind::Grant.id(grant), Grant::STANDING);
            on_the_way.and(last.truth())
        })
    }

    /// Whether the right at a link is one of the identity itself, or of a group that it is in.
    pub fn is_direct(&self, link: u32) -> bool {
        self.links_to(link)
            .all(|link| matches!(link.by, By::Self_ | By::Member))
    }

    /// Each thing with each level that it has, once; and once more if it is had in a dump as well.
    pub fn all(&self, inventory: &Inventory) -> Vec<Obtainable> {
        let mut by_thing: BTreeMap<EntityId, SetBounds<GrantAction>> = BTreeMap::new();
        for held in &self.held {
            let actions = by_thing.entry(held.thing).or_default();
            let own = if held.certain {
                held.actions
            } else {
                held.actions.perhaps()
            };
            *actions = actions.with(own);
        }
        let mut first = BTreeMap::new();
        for (at, held) in (0u32..).zip(&self.held) {
            let sort = (held.thing, held.level, held.in_dump(inventory));
            let known = first.entry(sort).or_insert(at);
            // Something itself tells more than what it is in.
            // To have it tells more than what else can be done with it.
            let has = |held: &Held| held.actions.has_any(&HAVING).is_certain();
            let worth = |held: &Held| {
                (
                    held.certain,
                    has(held),
                    held.inside.is_none(),
                    Reverse(held.length),
                )
            };
            // Of equals the one whose grant comes first by name, whatever the order of documents.
            let name = |held: &Held| {
                let grant = held.grant.map(|grant| Kind::Grant.id(grant));
                Reverse(grant.map(|grant| &*inventory.entity(grant).id().value))
            };
            let best = &self.held[*known as usize];
            if (worth(held), name(held)) > (worth(best), name(best)) {
                *known = at;
            }
        }
        let all = first.into_iter().map(|((thing, ..), held)| Obtainable {
            held,
            actions: by_thing[&thing],
            certain: self.held[held as usize].certain,
        });
        all.collect()
    }
}

/// The grants of each identity, and whom everyone's are granted to.
pub struct Rights<'a> {
    inventory: &'a Inventory,
    by_identity: Vec<Vec<u32>>,
    everyone: Vec<u32>,
}

impl<'a> Rights<'a> {
    /// Linear in identities and grants.
    pub fn new(inventory: &'a Inventory) -> Self {
        let all = inventory.declarations();
        let mut by_identity = vec![Vec::new(); all.identities.len()];
        for (index, grant) in (0..).zip(&all.grants) {
            if let Some(identity) = grant.identity.known().and_then(|it| it.target()) {
                by_identity[identity.index as usize].push(index);
            }
        }
        let everyone = (0..).zip(&all.identities);
        let everyone = everyone
            .filter(|(_, identity)| identity.kind.known() == Some(&IdentityKind::Everyone))
            .map(|(index, _)| index);
        Self {
            inventory,
            by_identity,
            everyone: everyone.collect(),
        }
    }

    /// All that an identity can come to hold. Linear in the grants of those that it can act as and
    /// in what rests where these lead.
    pub fn held_by(&self, flow: &Flow, identity: u32) -> Access {
        let mut search = Search {
            rights: self,
            flow,
            seen: HashMap::new(),
            queue: VecDeque::new(),
            access: Access::default(),
            anyone: None,
        };
        search.act(Link {
            actor: Kind::Identity.id(identity),
            from: START,
            by: By::Self_,
            certain: true,
            standing: Truth::True,
            own: true,
        });
        // What its groups may is its own, even where it is also what another may that it acts as.
        let mut at = 0;
        while let Some(link) = search.access.chain.get(at as usize).copied() {
            for group in self.inventory.parents(link.actor) {
                search.act(Link {
                    actor: group,
                    from: at,
                    by: By::Member,
                    ..link
                });
            }
            at += 1;
        }
        while let Some(at) = search.queue.pop_front() {
            search.follow(at);
        }
        search.access
    }
}

struct Search<'r, 'a> {
    rights: &'r Rights<'a>,
    flow: &'r Flow,
    /// The links to each actor: more than one only where a later one leads to more.
    seen: HashMap<EntityId, SmallVec<[u32; 1]>>,
    queue: VecDeque<u32>,
    access: Access,
    /// Whether a right on the way has to be asked for, where anyone may be acted as: the least of all.
    anyone: Option<u8>,
}

impl Search<'_, '_> {
    fn act(&mut self, link: Link) {
        let chain = &mut self.access.chain;
        let known = self.seen.entry(link.actor).or_default();
        let mut links = known.iter().map(|at| &chain[*at as usize]);
        if !links.any(|known| known.is_as_good_as(&link)) {
            let at = chain.len() as u32;
            known.push(at);
            self.queue.push_back(at);
            chain.push(link);
        }
    }

    fn follow(&mut self, at: u32) {
        let link = self.access.chain[at as usize];
        let inventory = self.rights.inventory;
        let all = inventory.declarations();
        let next = |actor: EntityId, by: By| Link {
            actor,
            from: at,
            by,
            ..link
        };
        if link.actor.kind == Kind::Workload {
            // What runs on a host is in the hands of whoever commands that.
            for workload in inventory.guests(link.actor) {
                let runs_as = &all.workloads[workload.index as usize].runs_as;
                if let Some(identity) = runs_as.known().and_then(|it| it.target()) {
                    self.act(next(identity, By::RunsAs));
                } else if inventory.is_unknown(workload, Workload::RUNS_AS) {
                    self.act_as_any(next(workload, By::RunsAs));
                }
            }
            return;
        }
        for group in inventory.parents(link.actor) {
            self.act(next(group, By::Member));
        }
        for other in all.identities[link.actor.index as usize].assumes.iter() {
            if let Some(other) = other.value.target() {
                self.act(next(other, By::Assumes));
            }
        }
        // Of whom nobody says, or says in full, whom it can act as, it may be anyone.
        for (attribute, by) in [
            (Identity::MEMBER_OF, By::Member),
            (Identity::ASSUMES, By::Assumes),
        ] {
            if inventory.is_unknown(link.actor, attribute) {
                self.act_as_any(next(link.actor, by));
            }
        }
        for everyone in &self.rights.everyone {
            self.act(Link {
                own: false,
                ..next(Kind::Identity.id(*everyone), By::Everyone)
            });
        }
        for grant in &self.rights.by_identity[link.actor.index as usize] {
            let on = all.grants[*grant as usize]
                .on
                .known()
                .and_then(|on| on.target());
            let things = match on {
                Some(zone) if zone.kind == Kind::Zone => inventory.contents(zone.index),
                on => on.into_iter().collect(),
            };
            let actions = inventory.get_set(Kind::Grant.id(*grant), Grant::ACTIONS);
            if link.own {
                let usable = things.iter().map(|thing| Usable {
                    grant: *grant,
                    thing: *thing,
                    link: at,
                });
                self.access.usable.extend(usable);
            }
            for thing in things {
                self.use_grant(at, *grant, thing, actions);
            }
        }
    }

    /// Follows a link that nobody knows the end of: it may be any identity.
    fn act_as_any(&mut self, link: Link) {
        // Whoever may be acted as already, over links that are as good, would not be added.
        if self.anyone.is_some_and(|stands| stands >= link.stands()) {
            return;
        }
        self.anyone = Some(link.stands());
        for index in 0..self.rights.inventory.declarations().identities.len() as u32 {
            self.act(Link {
                actor: Kind::Identity.id(index),
                certain: false,
                own: false,
                ..link
            });
        }
    }

    /// A link, with what is left of it by the use of a grant.
    fn under(&self, link: u32, grant: Option<u32>) -> Link {
        Link {
            standing: self.access.standing(self.rights.inventory, link, grant),
            ..self.access.chain[link as usize]
        }
    }

    /// Whoever has what authenticates an identity, or can sign with it, can act as that identity.
    fn authenticate(&mut self, held: Held, at: u32) {
        let inventory = self.rights.inventory;
        let all = inventory.declarations();
        let index = held.thing.index as usize;
        let can = held.lets_act();
        if !can.is_possible() {
            return;
        }
        let authenticates = match held.thing.kind {
            Kind::Key => &all.keys[index].authenticates,
            _ => &all.data[index].authenticates,
        };
        let link = Link {
            actor: held.thing,
            from: held.link,
            by: By::Credential(at),
            certain: held.certain && can.is_certain(),
            ..self.under(held.link, held.grant)
        };
        for identity in authenticates.iter() {
            if let Some(actor) = identity.value.target() {
                self.act(Link { actor, ..link });
            }
        }
        let open = [Key::AUTHENTICATES.id(), Data::AUTHENTICATES.id()];
        if open
            .iter()
            .any(|list| inventory.is_unknown(held.thing, *list))
        {
            self.act_as_any(link);
        }
    }

    /// Keeps what is held, with the number of hops.
    fn hold(&mut self, held: Held) {
        self.authenticate(held, self.access.held.len() as u32);
        let chain = self.access.links_to(held.link);
        let propagation = self.flow.propagation(held.inside.unwrap_or(held.thing));
        let nodes = propagation.map_or(0, |propagation| {
            self.flow.nodes_to(propagation, held.node).len()
        });
        let length = (chain.count() + nodes) as u32;
        self.access.held.push(Held { length, ..held });
    }

    fn use_grant(&mut self, at: u32, grant: u32, on: EntityId, actions: SetBounds<GrantAction>) {
        let link = self.access.chain[at as usize];
        let held = Held {
            thing: on,
            inside: None,
            place: on,
            node: START,
            grant: Some(grant),
            link: at,
            actions,
            level: PossibleValues::one(Level::Public),
            certain: link.certain && actions.is_inhabited().is_certain(),
            length: 0,
        };
        match on.kind {
            Kind::Store => {
                if actions.is_inhabited().is_possible() {
                    let level = self.flow.level_at(self.rights.inventory, on);
                    self.hold(Held { level, ..held });
                }
                self.read(held, actions.has_any(&[GrantAction::Read]));
            }
            Kind::DebugEnvironment => {
                let looks = actions.has_any(&[GrantAction::Read, GrantAction::Execute]);
                self.read(held, looks);
            }
            Kind::Key => self.key(held, on, actions),
            Kind::KeyStore => {
                for key in self.rights.inventory.keys_in_store(on) {
                    self.key(held, key, actions);
                }
                let flow = self.flow;
                for (thing, node) in flow.resting(on) {
                    self.brought(held, *thing, *node);
                }
            }
            Kind::Workload => {
                let commands = [GrantAction::Execute, GrantAction::Administer];
                self.command(held, actions.has_any(&commands));
            }
            Kind::Identity => {
                let commands = [GrantAction::Execute, GrantAction::Administer];
                let acts = actions.has_any(&commands);
                if acts.is_possible() {
                    self.act(Link {
                        actor: on,
                        from: at,
                        by: By::Grant(grant),
                        certain: link.certain && acts.is_certain(),
                        ..self.under(at, Some(grant))
                    });
                }
            }
            _ => {}
        }
    }

    /// Keys by a grant on them or on their store: what it lets do with them. To take a key out takes
    /// one that is handed out.
    fn key(&mut self, held: Held, key: EntityId, actions: SetBounds<GrantAction>) {
        let inventory = self.rights.inventory;
        let export = SetBounds::known([GrantAction::Export]);
        let mut actions = actions;
        // Who can read where a key is kept in the clear has the key.
        if held.place.kind == Kind::KeyStore {
            match actions.has_any(&[GrantAction::Read]) {
                Truth::True => actions = actions.with(export),
                Truth::Unknown => actions = actions.with(export.perhaps()),
                Truth::False => {}
            }
        }
        match inventory.in_memory(key, &Assumptions::none()) {
            Truth::True => {}
            Truth::False => actions = actions.without(export),
            Truth::Unknown => actions = actions.without(export.perhaps()),
        }
        if actions.is_inhabited().is_possible() {
            self.hold(Held {
                thing: key,
                actions,
                level: stated_level(inventory, key),
                certain: held.certain && actions.is_inhabited().is_certain(),
                ..held
            });
        }
    }

    /// What gets to a key store, besides the keys that are kept there.
    fn brought(&mut self, held: Held, thing: EntityId, node: u32) {
        if thing.kind != Kind::Key {
            let can_read = held.actions.has_any(&[GrantAction::Read]);
            self.read_thing(held, can_read, thing, node);
        } else if !is_kept(self.rights.inventory, thing, held.place)
            && let Some(there) = self.flow.node(thing, node)
        {
            let held = Held {
                node,
                certain: held.certain && there.state.certain,
                ..held
            };
            self.key(held, thing, held.actions);
        }
    }

    /// All that rests at a place, and what is in it, if it can be read.
    fn read(&mut self, held: Held, can: Truth) {
        let flow = self.flow;
        for (thing, node) in flow.resting(held.place) {
            self.read_thing(held, can, *thing, *node);
        }
    }

    fn read_thing(&mut self, held: Held, can_read: Truth, thing: EntityId, node: u32) {
        let flow = self.flow;
        let Some(there) = flow.node(thing, node).filter(|_| can_read.is_possible()) else {
            return;
        };
        let state = there.state;
        let can = match thing.kind {
            Kind::Key => GrantAction::Export,
            _ => GrantAction::Read,
        };
        let had = Held {
            thing,
            node,
            actions: SetBounds::known([can]),
            level: flow.level(self.rights.inventory, thing, &state),
            certain: held.certain && can_read.is_certain() && state.certain,
            ..held
        };
        self.hold(had);
        if thing.kind == Kind::Artifact {
            for content in flow.contents().of(thing.index) {
                self.content(had, *content, state);
            }
        }
    }

    /// What is in an artifact.
    fn content(&mut self, artifact: Held, content: Content, outer: FlowState) {
        let inventory = self.rights.inventory;
        let Some(state) = content.carried(inventory, &outer) else {
            return;
        };
        let can = match content.thing.kind {
            Kind::Key => GrantAction::Export,
            _ => GrantAction::Read,
        };
        self.hold(Held {
            thing: content.thing,
            inside: Some(artifact.thing),
            actions: SetBounds::known([can]),
            level: self.flow.level(inventory, content.thing, &state),
            certain: artifact.certain && state.certain,
            ..artifact
        });
    }

    /// Who commands a workload has what is in it, can use the keys that it uses, and acts as it.
    fn command(&mut self, held: Held, can: Truth) {
        if can == Truth::False {
            return;
        }
        self.read(held, can);
        let inventory = self.rights.inventory;
        let certain = held.certain && can.is_certain();
        for thing in inventory.guests(held.place) {
            self.hold(Held {
                thing,
                certain,
                ..held
            });
        }
        for (key, used) in inventory.keys_used(held.place) {
            let actions = uses(inventory, key);
            if actions.is_inhabited().is_possible() {
                self.hold(Held {
                    thing: key,
                    actions,
                    level: stated_level(inventory, key),
                    certain: certain && used && actions.is_inhabited().is_certain(),
                    ..held
                });
            }
        }
        if let Some(grant) = held.grant {
            self.act(Link {
                actor: held.place,
                from: held.link,
                by: By::Grant(grant),
                certain,
                ..self.under(held.link, Some(grant))
            });
        }
    }
}

/// What a key can be used for, in the words of grants.
fn uses(inventory: &Inventory, key: EntityId) -> SetBounds<GrantAction> {
    use GrantAction::{Decrypt, Sign};
    let purposes = inventory.get_set(key, Key::PURPOSES);
    purposes.flat_map(|purpose| match purpose {
        purpose if purpose.is_signing() => &[Sign],
        Purpose::Encryption | Purpose::Wrapping => &[Decrypt],
        _ => &[Sign, Decrypt],
    })
}
