//! What takes anybody's input, what lets somebody in and for how long, where keys are kept, and what
//! searches transfers.

use super::{Assumptions, Inventory, Reading};
use crate::model::{
    Assurance, Atom, Credential, Data, Days, Elements, EntityId, Exposure, Identity, IdentityKind,
    Internet, Issuer, Key, Kind, Mfa, StepKind, Transfer, Truth, Verifier, Workload, Zone,
};

impl Inventory {
    /// The identities that a key or data item signs in as.
    pub(crate) fn authenticated(&self, credential: EntityId) -> Vec<EntityId> {
        let at = credential.index as usize;
        let listed = match credential.kind {
            Kind::Key => &self.declarations.keys[at].authenticates,
            Kind::Data => &self.declarations.data[at].authenticates,
            _ => return Vec::new(),
        };
        listed.iter().filter_map(|to| to.value.target()).collect()
    }

    /// Whether whoever has the credential needs nothing else to sign in.
    pub(super) fn is_sole_factor<'a>(
        &'a self,
        credential: EntityId,
        assumed: &Assumptions<'a>,
    ) -> Truth {
        self.signs_in_as(credential, assumed, |identity| {
            let kind = self.get_assuming(identity, Identity::KIND, assumed);
            let program =
                kind.is(|kind| matches!(kind, IdentityKind::Service | IdentityKind::Vendor));
            let person = kind.is(|kind| {
                matches!(
                    kind,
                    IdentityKind::Human | IdentityKind::Admin | IdentityKind::Vendor
                )
            });
            let signs_in = self.get_assuming(identity, Identity::CREDENTIAL, assumed);
            let factor = self.get_assuming(identity, Identity::MFA, assumed);
            let fixed = signs_in.is(|credential| credential == Credential::Static);
            program
                .and(fixed)
                .or(person.and(factor.is(|mfa| mfa == Mfa::None)))
        })
    }

    /// Whether a credential signs in as a person. Accounts of vendors may be programs.
    pub(super) fn is_personal<'a>(
        &'a self,
        credential: EntityId,
        assumed: &Assumptions<'a>,
    ) -> Truth {
        self.signs_in_as(credential, assumed, |identity| {
            let kind = self.get_assuming(identity, Identity::KIND, assumed);
            kind.is(|kind| matches!(kind, IdentityKind::Human | IdentityKind::Admin))
        })
    }

    /// Whether a credential signs in as an identity of which `holds` is true, if that is known.
    fn signs_in_as<'a>(
        &'a self,
        credential: EntityId,
        assumed: &Assumptions<'a>,
        holds: impl Fn(EntityId) -> Truth,
    ) -> Truth {
        let declared = self.declarations.identities.len();
        let holds = |identity: EntityId| match (identity.index as usize) < declared {
            true => holds(identity),
            // What stands for an identity that no list names.
            false => Truth::Unknown,
        };
        let by = match credential.kind {
            Kind::Key => Key::AUTHENTICATES.id(),
            _ => Data::AUTHENTICATES.id(),
        };
        let listed = || Truth::any(self.authenticated(credential).into_iter().map(holds));
        match self.reading(credential, by, assumed) {
            Reading::Many(all) => {
                let all = all.iter().filter_map(|(identity, _)| match identity {
                    Atom::Entity(identity) => Some(holds(*identity)),
                    _ => None,
                });
                Truth::any(all)
            }
            Reading::Unknown => listed().or(Truth::Unknown),
            _ => listed(),
        }
    }

    /// Whether a workload takes anybody's input: as it says itself, else as its zone does.
    pub(super) fn is_exposed<'a>(&'a self, workload: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let stated = self.reading(workload, Workload::EXPOSURE, assumed);
        match self.container(workload) {
            Some(zone) if stated == Reading::Absent => self
                .get_assuming(zone, Zone::INTERNET, assumed)
                .is(|internet| matches!(internet, Internet::Ingress | Internet::Both)),
            _ => self
                .get_assuming(workload, Workload::EXPOSURE, assumed)
                .is(|exposure| exposure >= Exposure::Internet),
        }
    }

    /// The issuers whose tokens a verifier may accept: those that sign with a key that it trusts; if
    /// it trusts none that is declared, those of its realm that sign with none. `None` where nobody
    /// knows which those are. Linear in the issuers and their keys.
    pub(super) fn trusted_issuers<'a>(
        &'a self,
        verifier: EntityId,
        assumed: &Assumptions<'a>,
    ) -> Option<Vec<EntityId>> {
        let Reading::Many(trusted) = self.reading(verifier, Verifier::TRUSTS, assumed) else {
            return None;
        };
        let trusted: Vec<_> = trusted.iter().map(|(key, _)| *key).collect();
        let realm = self.reading(verifier, Verifier::REALM, assumed);
        let mut found = Vec::new();
        for index in 0..self.declarations.issuers.len() as u32 {
            let issuer = Kind::Issuer.id(index);
            let Reading::Many(keys) = self.reading(issuer, Issuer::SIGNS_WITH, assumed) else {
                return None;
            };
            let accepted = if trusted.is_empty() {
                keys.is_empty() && self.reading(issuer, Issuer::REALM, assumed) == realm
            } else {
                keys.iter().any(|(key, _)| trusted.contains(key))
            };
            if accepted {
                found.push(issuer);
            }
        }
        Some(found)
    }

    /// The longest life of a token that a verifier may accept.
    pub(super) fn max_trusted_minutes<'a>(
        &'a self,
        verifier: EntityId,
        assumed: &Assumptions<'a>,
    ) -> Reading<'a> {
        let Some(issuers) = self.trusted_issuers(verifier, assumed) else {
            return Reading::Unknown;
        };
        let mut longest = None;
        for issuer in issuers {
            match self.reading(issuer, Issuer::MAX_TOKEN_MINUTES, assumed) {
                Reading::One(Atom::Long(minutes)) => longest = longest.max(Some(minutes)),
                Reading::Absent => longest = Some(Days::FOREVER),
                other => return other,
            }
        }
        Reading::One(Atom::Long(longest.unwrap_or(Days::FOREVER)))
    }

    /// The zones of the store and the replicas of a key.
    pub(super) fn key_zones<'a>(&'a self, key: EntityId, assumed: &Assumptions<'a>) -> Reading<'a> {
        let Reading::Many(mut stores) = self.reading(key, Key::REPLICAS, assumed) else {
            return Reading::Unknown;
        };
        let span = self.entity(key).id().span;
        stores.extend(self.container(key).map(|store| (Atom::Entity(store), span)));
        let mut zones = Elements::new();
        for (store, span) in stores {
            let Atom::Entity(store) = store else { continue };
            // A store that is only assumed is in no zone that is declared.
            let declared = (store.index as usize) < self.declarations.count(store.kind);
            if let Some(zone) = declared.then(|| self.container(store)).flatten() {
                zones.push((Atom::Entity(zone), span));
            }
        }
        Reading::Many(zones)
    }

    /// Whether a step of a transfer looks for what must not pass.
    pub(super) fn scans<'a>(&'a self, transfer: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let listed = self.declarations.transfers[transfer.index as usize]
            .steps
            .iter();
        let scans = listed.map(|step| &step.value).any(|step| {
            let looks = matches!(
                step.kind.value,
                StepKind::Scan | StepKind::Scrub | StepKind::Quarantine
            );
            let assurance = step.assurance.as_ref().map(|assurance| assurance.value);
            looks && assurance.is_none_or(|assurance| assurance >= Assurance::Tested)
        });
        let open = self.reading(transfer, Transfer::STEPS, assumed) == Reading::Unknown;
        Truth::from(scans).or(Truth::unknown_if(open))
    }
}
