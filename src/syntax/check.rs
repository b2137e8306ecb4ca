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
        let few = among_few(tree, map);
        let mut pairs = few.unwrap_or_else(|| self.among_many(tree, map));
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

/// The same for a few keys, without a list of them unless two have the same text; `None` if there are
/// more.
fn among_few(tree: &Tree, map: u32) -> Option<Vec<(u32, u32)>> {
    let mut texts = [""; FEW];
    let mut is_plain = true;
    let mut count = 0;
    let mut ids = tree.node(map).child_ids();
    while let (Some(key), Some(_)) = (ids.next(), ids.next()) {
        let slot = texts.get_mut(count)?;
        match tree.node(key).text() {
            Some(text) => *slot = text,
            None => is_plain = false,
        }
        count += 1;
    }
    let texts = texts.get(..count)?;
    if is_plain && !has_twins(texts) {
        return Some(Vec::new());
    }
    let mut pairs = Vec::new();
    let keys = tree.node(map).child_ids().step_by(2);
    pairs_among(tree, keys, &mut pairs);
    Some(pairs)
}

/// Whether two of a few texts are the same.
fn has_twins(texts: &[&str]) -> bool {
    // One bit for texts that are alike at a glance: only those are compared.
    let mut seen = 0_u64;
    texts.iter().enumerate().any(|(at, text)| {
        let glance = match text.as_bytes() {
            [first, .., last] => usize::from(*first) + 5 * usize::from(*last) + 11 * text.len(),
            bytes => bytes.first().map_or(0, |only| usize::from(*only)),
        };
        let bit = 1 << (glance % 64);
        let is_new = seen & bit == 0;
        seen |= bit;
        !is_new && texts.iter().take(at).any(|before| before == text)
    })
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
