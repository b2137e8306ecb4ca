//! The spanned tree that every text format is read into.
//!
//! CONTRACT (public API that the reader in `format/` is written against):
use std::cell::RefCell;

use crate::source::{Expansion, FileId, Span};

/// Bounds on one file; what exceeds them is a problem with a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub file_bytes: u32,
    /// Deepest nesting of collections.
    pub depth: u16,
    /// Most nodes that the aliases of one file may stand for, all together.
    pub alias_nodes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            depth: 64,
            alias_nodes: 1_000_000,
        }
    }
}

/// A node of a [`Tree`], aliases already followed. Copy; sixteen to twenty-four bytes.
#[derive(Clone, Copy)]
pub struct NodeRef<'t> {
    tree: &'t Tree<'t>,
    id: u32,
    shift: u32,
}

/// What a node holds, by the core schema of YAML 1.2.2 (section 10.3).
#[derive(Clone, Copy)]
pub enum Value<'t> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'t str),
    Seq(Seq<'t>),
    Map(Map<'t>),
}
// NodeRef: span() -> Span; value() -> Value<'t>; text() -> Option<&'t str> (the scalar's text, whatever its type);
//          tag() -> Option<&'t str>; kind() -> &'static str ("a mapping", "a list", "a string", "a number", "nothing", ...)
// Seq: len(), iter() -> impl Iterator<Item = NodeRef<'t>>
// Map: len(), iter() -> impl Iterator<Item = (NodeRef<'t>, NodeRef<'t>)>   merge keys expanded, own keys first, in order
//      get(&str) -> Option<(NodeRef<'t>, NodeRef<'t>)>
// Tree: documents() -> impl Iterator<Item = NodeRef>; comments() -> &[Comment]; into_expansions() -> Vec<Expansion>
