//! The spanned tree that every text format is read into.
//!
//! INVARIANT: nodes stand in the arena in the order of the text, a collection before its content,
//! so the nodes of a subtree are contiguous and a collection needs to know only where it ends.

use std::ops::Range;

use crate::source::{Expansion, FileId, Span};

use super::map::Map;
use super::scalar;

/// Bounds on one file; what exceeds them is a problem with a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    /// Largest file, in bytes. A gibibyte bounds it whatever is set here: past that, positions
    /// would leave no room for what aliases stand for.
    pub file_bytes: u32,
    /// Deepest nesting of collections, aliases followed. Whoever walks a tree may recurse this
    /// deep.
    pub depth: u16,
    /// Most nodes that the aliases of one file may stand for, all together.
    pub alias_nodes: u32,
    /// Most unknowns that are looked at for one verdict: each time that a value of one is tried, all
    /// that are left are looked at again.
    pub completions: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            depth: 64,
            alias_nodes: 1_000_000,
            completions: 1024,
        }
    }
}

/// The documents of one text, each value with the bytes it was written as.
///
/// Borrows the text. A node takes sixteen bytes; only scalars whose value is not a slice of the
/// text, such as those with escapes, are stored apart. Reading a tree changes nothing in it, so
/// threads may share it, and the same value has the same span however often it is visited.
#[derive(Debug)]
pub struct Tree<'s> {
    pub(super) file: FileId,
    pub(super) text: &'s str,
    /// What the first byte of the text is called in spans: not zero if the text is part of a file.
    pub(super) base: u32,
    pub(super) nodes: Vec<Node>,
    pub(super) roots: Vec<u32>,
    pub(super) comments: Vec<Comment<'s>>,
    /// Values that are no slice of the text, one after the other.
    pub(super) cooked: String,
    /// Where each value in `cooked` ends.
    pub(super) cooked_ends: Vec<u32>,
    /// Custom tags, in node order.
    pub(super) tags: Vec<CustomTag>,
    /// Aliases that are followed, in text order; node `a` of an alias is an index into it.
    pub(super) aliases: Vec<Alias>,
}

/// A comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment<'s> {
    /// The whole comment with its `#`, without the line break.
    pub span: Span,
    text: &'s str,
}

impl<'s> Comment<'s> {
    /// The comment `text`, which includes the `#`, at `span`.
    pub(super) fn new(span: Span, text: &'s str) -> Self {
        Self { span, text }
    }

    /// What follows the `#`, as written.
    pub fn text(&self) -> &'s str {
        self.text.strip_prefix('#').unwrap_or(self.text)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub start: u32,
    pub end: u32,
    /// Of a collection, one past its last node; of a cooked scalar, its index among the cooked
    /// ones; of an alias, its index among the aliases; zero otherwise.
    pub a: u32,
    pub kind: Kind,
    pub tag: Tag,
    /// Whether this is a mapping with a merge key.
    pub merges: bool,
}

const _: () = assert!(size_of::<Node>() == 16);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A plain scalar that reads as its span does.
    Plain,
    /// A plain scalar over several lines.
    PlainCooked,
    /// A quoted scalar that reads as its span does, less one byte on either side.
    Quoted,
    /// A block scalar that reads as its span does.
    Block,
    /// Any other scalar that is not plain.
    Cooked,
    Seq,
    Map,
    Alias,
    /// An alias that is not followed: a problem says why.
    Unread,
}

/// The tag of a node: those of the core schema (YAML 1.2.2 section 10.3) or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    None,
    Null,
    Bool,
    Int,
    Float,
    Str,
    Seq,
    Map,
    /// `!!merge`, of the YAML 1.1 type repository.
    Merge,
    Custom,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct CustomTag {
    pub node: u32,
    pub start: u32,
    pub end: u32,
}

/// An alias that is followed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alias {
    pub expansion: Expansion,
    /// The anchored node.
    pub target: u32,
    /// First stand-in position given to the aliases inside the definition.
    pub nested: u32,
}

impl<'s> Tree<'s> {
    /// Every document of the text in order, empty ones too: those are null.
    pub fn documents<'t>(&'t self) -> impl ExactSizeIterator<Item = NodeRef<'t>>
    where
        's: 't,
    {
        self.roots.iter().map(|root| self.node(*root))
    }

    /// Every comment in order.
    pub fn comments(&self) -> &[Comment<'s>] {
        &self.comments
    }

    /// What the stand-in spans of values read through aliases mean; for
    /// [`SourceFile::with_expansions`](crate::source::SourceFile::with_expansions).
    ///
    /// One for each alias in the text, whatever was visited.
    pub fn into_expansions(self) -> Vec<Expansion> {
        self.aliases
            .into_iter()
            .map(|alias| alias.expansion)
            .collect()
    }

    /// The bytes `at` of the text.
    pub(super) fn span(&self, at: Range<u32>) -> Span {
        Span::new(self.file, self.base + at.start, self.base + at.end)
    }

    /// The node `id` as written, aliases followed.
    pub(super) fn node(&self, id: u32) -> NodeRef<'_> {
        NodeRef::follow(self, id, Position::WRITTEN)
    }

    /// The id of the node after `id` and its content.
    #[inline]
    pub(super) fn after(&self, id: u32) -> u32 {
        match self.nodes[id as usize] {
            Node {
                kind: Kind::Seq | Kind::Map,
                a,
                ..
            } => a,
            _ => id + 1,
        }
    }

    /// Whether `id` is a merge key: a plain `<<` without a tag, or anything tagged `!!merge`.
    pub(super) fn is_merge_key(&self, id: u32) -> bool {
        let node = self.nodes[id as usize];
        match node.tag {
            Tag::Merge => !matches!(node.kind, Kind::Seq | Kind::Map),
            Tag::None => {
                node.kind == Kind::Plain
                    && node.end - node.start == 2
                    && self.slice(node.start, node.end) == "<<"
            }
            _ => false,
        }
    }

    #[inline]
    fn slice(&self, start: u32, end: u32) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    fn cooked(&self, index: u32) -> &str {
        let index = index as usize;
        let start = index
            .checked_sub(1)
            .map_or(0, |before| self.cooked_ends[before]);
        let range = start as usize..self.cooked_ends[index] as usize;
        self.cooked.get(range).unwrap_or("")
    }
}

/// How far the spans of a value stand from where it was written.
#[derive(Debug, Clone, Copy)]
struct Position {
    /// Added to the places in the text.
    shift: u32,
    /// Added to the stand-in positions of aliases.
    nested: u32,
}

impl Position {
    const WRITTEN: Self = Self {
        shift: 0,
        nested: 0,
    };
}

/// A node of a [`Tree`], aliases already followed. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct NodeRef<'t> {
    tree: &'t Tree<'t>,
    id: u32,
    position: Position,
}

/// What a node holds, by the core schema of YAML 1.2.2 (section 10.3).
#[derive(Debug, Clone, Copy)]
pub enum Value<'t> {
    /// `null`, `~`, or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Any other number; the nearest one for a whole number that does not fit.
    Float(f64),
    /// Text; also every scalar with a custom tag, as only the tag says how to read it.
    Str(&'t str),
    /// A list.
    Seq(Seq<'t>),
    /// A mapping.
    Map(Map<'t>),
}

impl<'t> NodeRef<'t> {
    #[inline]
    fn follow(tree: &'t Tree<'t>, id: u32, position: Position) -> Self {
        let node = tree.nodes[id as usize];
        if node.kind != Kind::Alias {
            return Self { tree, id, position };
        }
        let Alias {
            expansion,
            target,
            nested,
        } = tree.aliases[node.a as usize];
        // The builder grants an alias as many positions as its definition has bytes, and one,
        // and those of the aliases inside: so these sums fit, and no two values share a position.
        let base = expansion.base + position.nested;
        let after = base + (expansion.definition.end - expansion.definition.start) + 1;
        let position = Position {
            shift: base - expansion.definition.start,
            nested: after - nested,
        };
        Self {
            tree,
            id: target,
            position,
        }
    }

    #[inline]
    fn node(self) -> &'t Node {
        &self.tree.nodes[self.id as usize]
    }

    /// Where the value was written: quotes included, tags, anchors, comments and line breaks not.
    ///
    /// A block scalar stands from the first to the last visible character of its content, an
    /// empty one at its indicator; a missing value is an empty range where it would be. A value
    /// behind an alias has a stand-in span:
    /// [`Files::locate`](crate::source::Files::locate) says where it is.
    pub fn span(self) -> Span {
        let node = self.node();
        let shift = self.tree.base + self.position.shift;
        Span::new(self.tree.file, node.start + shift, node.end + shift)
    }

    /// What it holds.
    #[inline]
    pub fn value(self) -> Value<'t> {
        let node = self.node();
        match node.kind {
            Kind::Seq => Value::Seq(Seq { node: self }),
            Kind::Map => Value::Map(Map { node: self }),
            _ => self.text().map_or(Value::Null, |text| {
                scalar::resolve(text, self.is_plain(), node.tag)
            }),
        }
    }

    /// The text of a scalar whatever its type, escapes and folding resolved; none for a
    /// collection.
    #[inline]
    pub fn text(self) -> Option<&'t str> {
        let Node {
            start,
            end,
            a,
            kind,
            ..
        } = *self.node();
        match kind {
            Kind::Plain | Kind::Block => Some(self.tree.slice(start, end)),
            Kind::Quoted => Some(self.tree.slice(start + 1, end - 1)),
            Kind::PlainCooked | Kind::Cooked => Some(self.tree.cooked(a)),
            Kind::Seq | Kind::Map | Kind::Alias | Kind::Unread => None,
        }
    }

    /// Whether it is a scalar written without quotes or block indicator, or a missing value.
    pub fn is_plain(self) -> bool {
        matches!(
            self.node().kind,
            Kind::Plain | Kind::PlainCooked | Kind::Unread
        )
    }

    /// The tag as written, such as `!Ref`, unless it is one of the core schema (YAML 1.2.2
    /// section 10.3), which [`value`](Self::value) heeds. Logarithmic in the number of tags.
    pub fn tag(self) -> Option<&'t str> {
        if self.node().tag != Tag::Custom {
            return None;
        }
        let tags = &self.tree.tags;
        let at = tags.binary_search_by_key(&self.id, |tag| tag.node).ok()?;
        let CustomTag { start, end, .. } = *tags.get(at)?;
        Some(self.tree.slice(start, end))
    }

    /// What it is, for messages.
    pub fn kind(self) -> &'static str {
        match self.value() {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::Str(_) => "a string",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// The nodes directly inside a collection, as ids: none for a scalar.
    #[inline]
    pub(super) fn child_ids(self) -> ChildIds<'t> {
        ChildIds {
            tree: self.tree,
            next: self.id + 1,
            end: self.tree.after(self.id),
        }
    }

    /// The node `id` inside this one, aliases followed.
    #[inline]
    pub(super) fn child(self, id: u32) -> Self {
        Self::follow(self.tree, id, self.position)
    }

    pub(super) fn tree(self) -> &'t Tree<'t> {
        self.tree
    }

    pub(super) fn has_merge_key(self) -> bool {
        self.node().merges
    }
}

/// The nodes directly inside a collection.
pub struct ChildIds<'t> {
    tree: &'t Tree<'t>,
    next: u32,
    /// One past the last node of the collection.
    end: u32,
}

impl Iterator for ChildIds<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let id = Some(self.next).filter(|id| *id < self.end)?;
        self.next = self.tree.after(id);
        Some(id)
    }
}

/// A list.
#[derive(Debug, Clone, Copy)]
pub struct Seq<'t> {
    node: NodeRef<'t>,
}

impl<'t> Seq<'t> {
    /// How many items it has. Linear.
    pub fn len(self) -> usize {
        self.node.child_ids().count()
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.node.child_ids().next().is_none()
    }

    /// Its items in order.
    pub fn iter(self) -> impl Iterator<Item = NodeRef<'t>> + use<'t> {
        let node = self.node;
        node.child_ids().map(move |id| node.child(id))
    }
}
