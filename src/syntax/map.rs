//! Mappings, and the merge keys in them.
//!
//! Merge keys are those of the YAML 1.1 type repository, <https://yaml.org/type/merge.html>: YAML
//! 1.2 dropped them, and its users did not.

use std::collections::HashSet;

use super::key::Key;
use super::tree::{ChildIds, NodeRef, Value};

/// A mapping. What its merge keys bring in counts as its own, unless it has an entry of that key.
#[derive(Debug, Clone, Copy)]
pub struct Map<'t> {
    pub(super) node: NodeRef<'t>,
}

/// A key and its value.
type Entry<'t> = (NodeRef<'t>, NodeRef<'t>);

impl<'t> Map<'t> {
    /// How many entries it has. Linear.
    pub fn len(self) -> usize {
        if self.node.has_merge_key() {
            self.merged().len()
        } else {
            self.node.child_ids().count() / 2
        }
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    /// Its entries: those written in it in order, then those brought in by merge keys, earlier
    /// ones first, each key once.
    ///
    /// A key declared twice, which is a problem, appears twice. Collects the entries first if
    /// there is a merge key.
    pub fn iter(self) -> Entries<'t> {
        match self.node.has_merge_key() {
            true => Entries::Merged(self.merged().into_iter()),
            false => Entries::Written(self.node, self.node.child_ids()),
        }
    }

    /// The first entry whose key is a scalar of this text. Linear.
    pub fn get(self, key: &str) -> Option<Entry<'t>> {
        let own = self
            .written()
            .find(|(merge, name, _)| !merge && name.text() == Some(key))
            .map(|(_, name, value)| (name, value));
        if own.is_some() || !self.node.has_merge_key() {
            return own;
        }
        self.sources().find_map(|source| source.get(key))
    }

    /// The entries as written, and whether each is a merge key.
    fn written(self) -> impl Iterator<Item = (bool, NodeRef<'t>, NodeRef<'t>)> + use<'t> {
        let node = self.node;
        let merges = node.has_merge_key();
        let mut ids = node.child_ids();
        std::iter::from_fn(move || {
            let (key, value) = (ids.next()?, ids.next()?);
            let merge = merges && node.tree().is_merge_key(key);
            Some((merge, node.child(key), node.child(value)))
        })
    }

    /// The mappings that its merge keys name, in order. What is no mapping is a problem already.
    fn sources(self) -> impl Iterator<Item = Map<'t>> + use<'t> {
        self.written()
            .filter(|(merge, _, _)| *merge)
            .flat_map(|(_, _, value)| sources(value))
            .filter_map(Result::ok)
    }

    // Recurses once for each merge inside a merge; the limit on depth bounds that too, as a
    // source is nested in the mapping that names it.
    fn merged(self) -> Vec<Entry<'t>> {
        let mut entries: Vec<Entry> = self
            .written()
            .filter(|(merge, _, _)| !merge)
            .map(|(_, key, value)| (key, value))
            .collect();
        let mut seen: HashSet<Key> = entries.iter().map(|(key, _)| Key::of(*key)).collect();
        for source in self.sources() {
            entries.extend(source.iter().filter(|(key, _)| seen.insert(Key::of(*key))));
        }
        entries
    }
}

/// The entries of a mapping.
pub enum Entries<'t> {
    /// As they are written in it.
    Written(NodeRef<'t>, ChildIds<'t>),
    /// With what its merge keys bring in.
    Merged(std::vec::IntoIter<Entry<'t>>),
}

impl<'t> Iterator for Entries<'t> {
    type Item = Entry<'t>;

    #[inline]
    fn next(&mut self) -> Option<Entry<'t>> {
        match self {
            Self::Written(map, ids) => {
                let (key, value) = (ids.next()?, ids.next()?);
                Some((map.child(key), map.child(value)))
            }
            Self::Merged(entries) => entries.next(),
        }
    }
}

/// What a merge key with this value merges: a mapping, or a list of them. An error is a node that
/// cannot be merged.
pub(super) fn sources<'t>(
    value: NodeRef<'t>,
) -> impl Iterator<Item = Result<Map<'t>, NodeRef<'t>>> + use<'t> {
    let (one, list) = match value.value() {
        Value::Seq(list) => (None, Some(list)),
        _ => (Some(value), None),
    };
    let items = list.into_iter().flat_map(|list| list.iter());
    one.into_iter().chain(items).map(|node| match node.value() {
        Value::Map(map) => Ok(map),
        _ => Err(node),
    })
}
