//! What findings say of a project, to be marked in its picture.

use std::collections::{BTreeMap, BTreeSet};

/// What is marked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// The path that is told hop by hop, numbered.
    pub path: Vec<Step>,
    /// Hops of other paths to what is wrong.
    pub also: Vec<Step>,
    /// What the path is about, in one sentence.
    pub caption: Option<String>,
    /// What would break every path if it were left out, as `Kind::id`, with how many others would have to
    /// be.
    pub cuts: BTreeMap<String, usize>,
    /// How many violations are about each entity, by `Kind::id`.
    pub broken: BTreeMap<String, usize>,
    /// What undetermined findings wait for: how many facts of each entity, by `Kind::id`.
    pub unknown: BTreeMap<String, usize>,
    /// Entities to be seen besides those on the path, as `Kind::id`.
    pub about: BTreeSet<String>,
}

/// One hop of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// Where it begins, as in "store `dumps`"; `None` for where a thing comes from.
    pub from: Option<String>,
    /// Where it ends.
    pub to: String,
    /// What makes it, in words.
    pub by: String,
    /// What makes it, as `Kind::id`.
    pub via: Option<String>,
}
