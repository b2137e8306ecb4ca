//! Whether a key exists, is in use, was compromised: as its state says.

use super::{Derivation, Inventory};
use crate::inventory::{Assumptions, Evidence, Reading};
use crate::model::{Atom, EntityId, Key, KeyKind, KeyState, Kind, Truth};

pub(super) const EXISTS: Derivation = Derivation::new(
    |inventory, key, _| Reading::One(Atom::Bool(inventory.exists(key.index))),
    Inventory::state_evidence,
);

pub(super) const IN_USE: Derivation = Derivation::new(
    |inventory, key, _| {
        let out = [
            KeyState::Retired,
            KeyState::Compromised,
            KeyState::Destroyed,
        ];
        Reading::One(Atom::Bool(!inventory.is_stated(key.index, &out)))
    },
    Inventory::state_evidence,
);

pub(super) const IS_COMPROMISED: Derivation = Derivation::new(
    |inventory, key, _| {
        let compromised = inventory.is_stated(key.index, &[KeyState::Compromised]);
        Reading::One(Atom::Bool(compromised))
    },
    Inventory::state_evidence,
);

impl Inventory {
    /// Whether the state of a key is stated, and is one of these.
    fn is_stated(&self, key: u32, states: &[KeyState]) -> bool {
        let state = self.declarations.keys[key as usize].state.known();
        state.is_some_and(|state| states.contains(state))
    }

    /// Whether a key is not stated as destroyed.
    fn exists(&self, key: u32) -> bool {
        !self.is_stated(key, &[KeyState::Destroyed])
    }

    /// Whether a key exists and is not public: what was destroyed, and what everybody may have, cannot
    /// leak.
    pub(super) fn is_secret<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Truth {
        let kind = self.get_assuming(Kind::Key.id(key), Key::KIND, assumed);
        Truth::from(self.exists(key)).and(kind.is(|kind| kind != KeyKind::Public))
    }

    /// The same for those who follow where keys end up.
    pub fn secret(&self, key: EntityId) -> Truth {
        self.is_secret(key.index, &Assumptions::none())
    }

    /// Where no state is stated there is nothing to point at: the key is as declared.
    pub(super) fn state_evidence<'a>(&'a self, key: EntityId, found: &mut Vec<Evidence<'a>>) {
        let stated = self.evidence(key, Key::STATE.position()).into_iter();
        found.extend(stated.filter(|state| state.value.is_some()));
    }
}
