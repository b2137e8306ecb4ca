//! Whether a zone lets nothing through that no conduit names.

use super::tally::{Tally, count, is_there};
use super::{Derivation, EVIDENCE_LIMIT, Inventory};
use crate::inventory::{Assumptions, Evidence, Reading};
use crate::model::{
    Atom, Conduit, Elements, EntityId, Enumeration as _, Fact, Field as _, Isolation, Kind, Status,
    Truth, Zone,
};

pub(super) const DENY_DEFAULT: Derivation = Derivation {
    value: |inventory, zone, assumed| inventory.denies_by_default(zone, assumed).into(),
    reasons: Inventory::denying_evidence,
    elsewhere: Some(Inventory::open_around),
    of_those_around: true,
};

/// Which zones have conduits that are open on every port.
#[derive(Debug, Default)]
pub(super) struct Conduits {
    /// Of each zone, without those around it.
    pub(super) zones: Vec<Tally>,
    somewhere: usize,
}

impl Conduits {
    /// Whether a zone beside these has such a conduit, or may.
    pub(super) fn is_beside(&self, zones: &[u32]) -> bool {
        let among = zones.iter().filter(|zone| is_there(&self.zones, **zone));
        self.somewhere > among.count()
    }
}

impl Inventory {
    /// Whether a zone is shut off, and no conduit to or from it or a zone around it is open on
    /// every port.
    fn denies_by_default<'a>(&'a self, zone: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let shut = self.is_shut(zone, assumed);
        let conduits = self.conduits();
        let (around, open) = self.around(zone.index, assumed);
        let joined = Truth::any(around.iter().map(|zone| {
            let at = &conduits.zones[*zone as usize];
            at.under(|conduit| self.is_open(conduit, assumed))
        }));
        let further = open && conduits.is_beside(&around);
        shut.and(!joined.or(Truth::unknown_if(further)))
    }

    fn is_shut<'a>(&'a self, zone: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let isolation = self.get_assuming(zone, Zone::ISOLATION, assumed);
        isolation.is(|isolation| isolation >= Isolation::Restricted)
    }

    fn is_open<'a>(&'a self, conduit: u32, assumed: &Assumptions<'a>) -> Truth {
        if self.is_forbidden_conduit(conduit) {
            return Truth::False;
        }
        let conduit = Kind::Conduit.id(conduit);
        let there = match self.reading(conduit, Conduit::STATUS, assumed) {
            Reading::Unknown => Truth::Unknown,
            Reading::One(status) => (status != Status::Forbidden.atom()).into(),
            _ => Truth::True,
        };
        there.and(match self.reading(conduit, Conduit::PORTS, assumed) {
            Reading::Many(ports) => is_every_port(&ports).into(),
            _ => {
                let listed = self.listed(conduit, Conduit::PORTS.position());
                Truth::from(is_every_port(&listed)).or(Truth::Unknown)
            }
        })
    }

    /// Whether a conduit is said not to be there.
    pub(crate) fn is_forbidden_conduit(&self, conduit: u32) -> bool {
        let status = self.declarations.conduits[conduit as usize].status.known();
        status == Some(&Status::Forbidden)
    }

    fn conduits(&self) -> &Conduits {
        self.settled.conduits.get_or_init(|| {
            let nothing = Assumptions::none();
            let truth = |conduit: u32| self.is_open(conduit, &nothing);
            let zones = self.conduits_at.iter();
            let zones: Vec<_> = zones.map(|at| Tally::of(at, truth)).collect();
            Conduits {
                somewhere: count(&zones),
                zones,
            }
        })
    }

    /// What shuts a zone off, or leaves it open: of one that is shut off, the conduits that are open
    /// on every port, or may be.
    fn denying_evidence<'a>(&'a self, zone: EntityId, found: &mut Vec<Evidence<'a>>) {
        let nothing = Assumptions::none();
        let around = std::iter::once(zone.index).chain(self.zones_around(zone.index));
        let conduits = around.flat_map(|zone| &self.conduits_at[zone as usize]);
        let there: Vec<u32> = conduits
            .copied()
            .filter(|conduit| !self.is_forbidden_conduit(*conduit))
            .take(EVIDENCE_LIMIT)
            .collect();
        let around = std::iter::once(zone.index).chain(self.zones_around(zone.index));
        let open: Vec<u32> = around
            .flat_map(|zone| &self.conduits_at[zone as usize])
            .copied()
            .filter(|conduit| self.is_open(*conduit, &nothing) != Truth::False)
            .take(EVIDENCE_LIMIT)
            .collect();
        if self.is_shut(zone, &nothing) == Truth::True && !open.is_empty() {
            open.iter()
                .for_each(|conduit| self.port_evidence(*conduit, found));
            self.named_evidence(zone, Zone::ISOLATION, found);
        } else {
            self.named_evidence(zone, Zone::ISOLATION, found);
            there
                .iter()
                .for_each(|conduit| self.port_evidence(*conduit, found));
        }
    }

    /// What opens a conduit on every port, or nobody says.
    fn port_evidence<'a>(&'a self, conduit: u32, found: &mut Vec<Evidence<'a>>) {
        let status = self.declarations.conduits[conduit as usize].status.fact();
        let conduit = Kind::Conduit.id(conduit);
        let every = |atom: &Atom<'_>| *atom == Atom::Text(Conduit::EVERY_PORT);
        self.gather(conduit, Conduit::PORTS.position(), &every, found);
        if matches!(status, Fact::Unstated(Some(_))) {
            self.named_evidence(conduit, Conduit::STATUS, found);
        }
    }
}

fn is_every_port(ports: &Elements<'_>) -> bool {
    let mut ports = ports.iter();
    ports.any(|(port, _)| *port == Atom::Text(Conduit::EVERY_PORT))
}
