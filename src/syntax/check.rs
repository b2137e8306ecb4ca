//! What is checked of a mapping once it is read: its merge keys and its keys.

use std::hash::{BuildHasher, RandomState};

use crate::source::{Code, Problem, Span, is_quotable, quote};

use super::key::Key;
use super::map::sources;
use super::tree::{Kind, Tree};

/// Most keys that are compared each with each.
const FEW: usize = 16;

/// A problem for each merge key of the mapping whose value cannot be merged; none if it has no
/// merge key.
pub(super) fn merges(tree: &Tree, map: u32) -> Option<Vec<Problem>> {
    let mut problems = None;
    let mut ids = tree.node(map).child_ids();
    while let (Some(key), Some(value)) = (ids.next(), ids.next()) {
        if !tree.is_merge_key(key) {
            continue;
        }
        let problems = problems.get_or_insert_with(Vec::new);
        // An alias that is not followed is a problem already.
        let followed = tree.nodes[value as usize].kind != Kind::Unread;
        let invalid = sources(tree.node(value)).find_map(Result::err);
        if let Some(invalid) = invalid.filter(|_| followed) {
            let value = place(tree, value);
            let at = if value.range().is_empty() {
                place(tree, key)
            } else {
                value
            };
            let message = format!("a merge key cannot merge {}", invalid.kind());
            problems.push(
                Problem::input(Code::InvalidMerge, message)
                    .at(at, "")
                    .help("give `<<` a mapping, an alias to one, or a list of these"),
            );
        }
    }
    problems
}

/// Finds the keys that a mapping declares twice.
#[derive(Default)]
pub(super) struct Keys {
    hasher: RandomState,
    /// Of each key, half its hash, then its id. Kept to be used again.
    hashes: Vec<u64>,
}

impl Keys {
    /// A problem for each key that is declared again, up to `most`.
    ///
    /// Linear in the number of keys, but for sorting hashes.
    pub fn duplicates(&mut self, tree: &Tree, map: u32, most: usize) -> Vec<Problem> {
        let many = tree.node(map).child_ids().step_by(2).nth(FEW).is_some();
        let mut pairs = if many {
            self.among_many(tree, map)
        } else {
            among_few(tree, map)
        };
        pairs.sort_unstable_by_key(|(_, again)| *again);
        let told = pairs.into_iter().take(most);
        told.map(|(first, again)| duplicate(tree, first, again))
            .collect()
    }

    fn among_many(&mut self, tree: &Tree, map: u32) -> Vec<(u32, u32)> {
        // Half a hash leaves few keys to compare, and takes half the room.
        let hashes = tree.node(map).child_ids().step_by(2).map(|id| {
            let hash = self.hasher.hash_one(Key::of(tree.node(id)));
            hash << 32 | u64::from(id)
        });
        self.hashes.clear();
        self.hashes.extend(hashes);
        self.hashes.sort_unstable();
        let mut pairs = Vec::new();
        for same in self.hashes.chunk_by(|a, b| a >> 32 == b >> 32) {
            if same.len() > 1 {
                pairs_among(tree, same.iter().map(|hash| *hash as u32), &mut pairs);
            }
        }
        pairs
    }
}

/// Adds the first place and the second of each key that occurs again.
fn pairs_among(tree: &Tree, ids: impl Iterator<Item = u32>, pairs: &mut Vec<(u32, u32)>) {
    let mut distinct: Vec<(u32, Key)> = Vec::new();
    for id in ids {
        let key = Key::of(tree.node(id));
        match distinct.iter().find(|(_, other)| *other == key) {
            Some((first, _)) => pairs.push((*first, id)),
            None => distinct.push((id, key)),
        }
    }
}

/// The same for a few keys, without a list of them unless two have the same text.
fn among_few(tree: &Tree, map: u32) -> Vec<(u32, u32)> {
    let ids = || tree.node(map).child_ids().step_by(2);
    let mut texts = [""; FEW];
    let mut pairs = Vec::new();
    for (slot, id) in ids().enumerate() {
        match tree.node(id).text() {
            Some(text) if !texts[..slot].contains(&text) => texts[slot] = text,
            _ => {
                pairs_among(tree, ids(), &mut pairs);
                break;
            }
        }
    }
    pairs
}

fn duplicate(tree: &Tree, first: u32, again: u32) -> Problem {
    let name = match tree.node(again).text() {
        Some(text) if !text.is_empty() && is_quotable(text) => quote(text),
        _ => "this key".to_owned(),
    };
    let help = if tree.is_merge_key(again) {
        "list what to merge under one key: `<<: [*a, *b]`"
    } else {
        "keep one of the two, or put what both hold under one"
    };
    Problem::input(Code::DuplicateKey, format!("{name} is declared twice"))
        .at(place(tree, again), "declared again here")
        .at(place(tree, first), "first declared here")
        .help(help)
}

/// Where the node is written; of an alias, the alias.
fn place(tree: &Tree, id: u32) -> Span {
    let node = tree.nodes[id as usize];
    tree.span(node.start..node.end)
}
