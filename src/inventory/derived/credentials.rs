//! What a key or data item lets somebody in as, and whether that is enough.

use super::{Derivation, Inventory};
use crate::inventory::{Assumptions, Evidence, Reading};
use crate::model::{
    Atom, AttributeId, Credential, Data, EntityId, Identity, IdentityKind, Key, Kind, Mfa, Truth,
};

pub(super) const IS_SOLE_FACTOR: Derivation = Derivation::new(
    |inventory, credential, assumed| inventory.is_sole_factor(credential, assumed).into(),
    |inventory, credential, found| {
        let by = [
            Identity::CREDENTIAL.id(),
            Identity::MFA.id(),
            Identity::KIND.id(),
        ];
        inventory.sign_in_evidence(credential, &by, found);
    },
);

pub(super) const IS_PERSONAL: Derivation = Derivation::new(
    |inventory, credential, assumed| inventory.is_personal(credential, assumed).into(),
    |inventory, credential, found| {
        inventory.sign_in_evidence(credential, &[Identity::KIND.id()], found);
    },
);

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
    fn is_sole_factor<'a>(&'a self, credential: EntityId, assumed: &Assumptions<'a>) -> Truth {
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
    fn is_personal<'a>(&'a self, credential: EntityId, assumed: &Assumptions<'a>) -> Truth {
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

    /// What each identity that it signs in as says of `by`, and which those are.
    fn sign_in_evidence<'a>(
        &'a self,
        credential: EntityId,
        by: &[AttributeId],
        found: &mut Vec<Evidence<'a>>,
    ) {
        for identity in self.authenticated(credential) {
            for attribute in by {
                self.named_evidence(identity, *attribute, found);
            }
        }
        self.named_evidence(credential, authenticates(credential), found);
    }
}

fn authenticates(credential: EntityId) -> AttributeId {
    match credential.kind {
        Kind::Key => Key::AUTHENTICATES.id(),
        _ => Data::AUTHENTICATES.id(),
    }
}
