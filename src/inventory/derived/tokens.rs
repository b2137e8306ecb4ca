//! Which tokens a verifier accepts: whether any, whether unsigned ones, and how old ones.

use super::{Derivation, Inventory};
use crate::inventory::{Assumptions, Reading};
use crate::model::{Atom, Days, Elements, EntityId, Issuer, Key, Kind, Purpose, Truth, Verifier};

pub(super) const ACCEPTS_UNSIGNED: Derivation =
    Derivation::new(Inventory::accepts_unsigned, |inventory, verifier, found| {
        let algorithms = Verifier::ALGORITHMS.position();
        inventory.gather(verifier, algorithms, &is_unsigned, found);
    });

/// It may be tokens unless something else is stated: there is nothing to point at.
pub(super) const ACCEPTS_TOKENS: Derivation = Derivation::new(
    |inventory, verifier, assumed| inventory.accepts_tokens(verifier, assumed).into(),
    // What is known of it is no fault of what it trusts.
    |inventory, verifier, found| {
        if inventory.is_unknown(verifier, Verifier::TRUSTS) {
            inventory.named_evidence(verifier, Verifier::TRUSTS, found);
        }
    },
);

pub(super) const MAX_TRUSTED_MINUTES: Derivation = Derivation::new(
    Inventory::max_trusted_minutes,
    |inventory, verifier, found| {
        let issuers = inventory.trusted_issuers(verifier, &Assumptions::none());
        for issuer in issuers.into_iter().flatten() {
            inventory.named_evidence(issuer, Issuer::MAX_TOKEN_MINUTES, found);
        }
        inventory.named_evidence(verifier, Verifier::TRUSTS, found);
    },
);

impl Inventory {
    fn accepts_unsigned<'a>(
        &'a self,
        verifier: EntityId,
        assumed: &Assumptions<'a>,
    ) -> Reading<'a> {
        match self.reading(verifier, Verifier::ALGORITHMS, assumed) {
            Reading::Many(all) => Truth::from(has_unsigned(&all)).into(),
            Reading::Unknown => {
                let listed = self.listed(verifier, Verifier::ALGORITHMS.position());
                Truth::from(has_unsigned(&listed)).or(Truth::Unknown).into()
            }
            other => other,
        }
    }

    /// Whether what it accepts may be tokens: it trusts no declared key, or one that is not stated to
    /// serve other purposes alone.
    fn accepts_tokens<'a>(&'a self, verifier: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let may_sign = |key: &Atom<'_>| match key {
            Atom::Entity(key) if self.is_declared(*key) => {
                let purposes = self.get_set(*key, Key::PURPOSES);
                purposes.has_any(&[Purpose::TokenSigning]).is_possible()
            }
            _ => true,
        };
        match self.reading(verifier, Verifier::TRUSTS, assumed) {
            Reading::Many(keys) => {
                let any = keys.iter().any(|(key, _)| may_sign(key));
                (keys.is_empty() || any).into()
            }
            Reading::Unknown => {
                let listed = self.listed(verifier, Verifier::TRUSTS.position());
                let any = listed.iter().any(|(key, _)| may_sign(key));
                Truth::from(any).or(Truth::Unknown)
            }
            _ => Truth::True,
        }
    }

    /// The issuers whose tokens a verifier may accept: those that sign with a key that it trusts; if
    /// it trusts none that is declared, those of its realm that sign with none. `None` where nobody
    /// knows which those are. Linear in the issuers and their keys.
    fn trusted_issuers<'a>(
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
    fn max_trusted_minutes<'a>(
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
}

fn has_unsigned(algorithms: &Elements<'_>) -> bool {
    algorithms
        .iter()
        .any(|(algorithm, _)| is_unsigned(algorithm))
}

/// Whether an algorithm is none, or whichever the token names.
fn is_unsigned(algorithm: &Atom<'_>) -> bool {
    let Atom::Text(text) = algorithm else {
        return false;
    };
    let mut unsigned = Verifier::UNSIGNED.iter();
    unsigned.any(|name| text.eq_ignore_ascii_case(name))
}
