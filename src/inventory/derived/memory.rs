//! Whether whoever uses a key has it in memory.

use super::Inventory;
use crate::inventory::{Assumptions, Evidence, MissingFact, Reading};
use crate::model::{Atom, Custody, EntityId, Enumeration as _, Key, KeyState, KeyStore, Truth};

impl Inventory {
    /// Whether whoever uses the key has it in memory: it exists and is not public, and it can be
    /// exported or a store that holds it or a copy does not compute with it.
    pub fn in_memory<'a>(&'a self, key: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let exportable = self.get_assuming(key, Key::EXPORTABLE, assumed);
        // Of several copies it is enough that one has to be handed out to be used.
        let own = self.container(key);
        let own = own.map_or(Truth::Unknown, |store| self.hands_out(store, assumed));
        let copies = match self.reading(key, Key::REPLICAS, assumed) {
            Reading::Many(stores) => Truth::any(stores.iter().map(|(store, _)| match store {
                Atom::Entity(store) if self.is_declared(*store) => self.hands_out(*store, assumed),
                _ => Truth::Unknown,
            })),
            _ => {
                let listed = self.declarations.keys[key.index as usize].replicas.iter();
                let listed = listed.filter_map(|store| store.value.target());
                let listed = Truth::any(listed.map(|store| self.hands_out(store, assumed)));
                listed.or(Truth::Unknown)
            }
        };
        let leaves = exportable.truth().or(own).or(copies);
        self.is_secret(key.index, assumed).and(leaves)
    }

    /// Whether a store does not compute with its keys, so that who uses one has to have it.
    fn hands_out<'a>(&'a self, store: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let custody = self.get_assuming(store, KeyStore::CUSTODY, assumed);
        !custody.is(Custody::computes)
    }

    /// What puts a key into the memory of whoever uses it, or keeps it out.
    pub fn memory_evidence<'a>(&'a self, key: EntityId, found: &mut Vec<Evidence<'a>>) {
        if self.is_secret(key.index, &Assumptions::none()) == Truth::False {
            let before = found.len();
            self.state_evidence(key, found);
            let gone = |on: &Evidence<'_>| on.value == Some(KeyState::Destroyed.atom());
            if !found[before..].iter().any(gone) {
                found.truncate(before);
                self.named_evidence(key, Key::KIND, found);
            }
            return;
        }
        let nothing = Assumptions::none();
        let exported = self.get(key, Key::EXPORTABLE).truth() == Truth::True;
        if let Some(store) = self.container(key).filter(|_| !exported) {
            let copies = self.declarations.keys[key.index as usize].replicas.iter();
            let copies = copies.filter_map(|copy| Some((copy.value.target()?, copy.span)));
            // A copy matters where it is handed out, or nobody knows.
            let handed_out = self.hands_out(store, &nothing) == Truth::True;
            for (copy, span) in copies {
                if !handed_out && self.hands_out(copy, &nothing) != Truth::False {
                    self.named_evidence(copy, KeyStore::CUSTODY, found);
                    found.push(Evidence {
                        entity: key,
                        attribute: Key::REPLICAS.position(),
                        value: Some(Atom::Entity(copy)),
                        span,
                        stated: true,
                    });
                }
            }
            self.named_evidence(store, KeyStore::CUSTODY, found);
            let open = self.is_unknown(key, Key::REPLICAS);
            if open && self.in_memory(key, &nothing) == Truth::Unknown {
                found.push(self.opening(MissingFact {
                    entity: key,
                    attribute: Key::REPLICAS.position(),
                }));
            }
        }
        let loaded = self.in_memory(key, &nothing);
        if exported || loaded != Truth::True {
            self.named_evidence(key, Key::EXPORTABLE, found);
        }
        self.named_evidence(key, Key::KIND, found);
    }
}
