//! A project as boxes in boxes and arrows between them: all there is to draw, and nothing of how.

use std::collections::BTreeMap;

/// Everything of one project that can be drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// The boxes, by [`Node::id`].
    pub nodes: Vec<Node>,
    /// The arrows, by their ends, then by [`Arrow::id`].
    pub arrows: Vec<Arrow>,
    /// Where an entity is shown, by what it is called in sentences ("artifact `crash`"): its own box, or
    /// the one that it is in or was taken from.
    pub places: BTreeMap<String, usize>,
    /// The zones that state ways from and to the internet, which have no arrows.
    pub internet: Vec<Exposure>,
}

/// What a zone states of the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposure {
    /// The box of the zone.
    pub zone: usize,
    /// Whether the internet reaches it.
    pub ingress: bool,
    /// Whether it reaches the internet.
    pub egress: bool,
}

/// A box: a zone, a key store, or a thing in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// As `Kind::id`.
    pub id: String,
    /// What it is called: its id, without what all ids of its folder begin with.
    pub name: String,
    /// What sort of thing it is, as in "key store".
    pub kind: &'static str,
    /// What is stated of it that matters most, as in "isolated, secret".
    pub facts: String,
    /// What is in it that has no box of its own: artifacts that are taken from it, data.
    pub holds: Vec<String>,
    /// The box around it.
    pub parent: Option<usize>,
    /// Whether things are in it by its kind: a zone, or a key store.
    pub encloses: bool,
}

/// An arrow between two boxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// What makes it, as `Kind::id`: a transfer, a grant, a conduit. What an entity states of another
    /// one has no id of its own: that of the entity.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub sort: Sort,
    /// What it carries or allows, as in "crash" or "read, execute".
    pub detail: String,
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Whether it must not be.
    pub forbidden: bool,
    /// What goes along it.
    pub flows: Flows,
}

/// What an arrow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A connection between zones.
    Conduit,
    /// A way for things.
    Transfer,
    /// What an identity may do with a thing.
    Grant,
    /// What an identity can act as, or what runs as it.
    Acts,
    /// What a debug environment attaches to.
    Attaches,
    /// The store that a debug environment reads.
    Reads,
    /// The key that something uses, signs with or trusts.
    Uses,
    /// Where copies of a key are kept.
    Copies,
    /// What something runs on.
    Hosts,
    /// A hop of a path that is none of these.
    Hop,
}

impl Sort {
    /// The noun for one of them, and for several.
    pub fn nouns(self) -> [&'static str; 2] {
        match self {
            Self::Conduit => ["conduit", "conduits"],
            Self::Transfer => ["transfer", "transfers"],
            Self::Grant => ["grant", "grants"],
            Self::Acts => ["acts as", "act as"],
            Self::Attaches => ["attaches", "attachments"],
            Self::Reads => ["reads", "reads"],
            Self::Uses => ["uses", "uses"],
            Self::Copies => ["is copied to", "copies"],
            Self::Hosts => ["runs on", "run on"],
            Self::Hop => ["hop", "hops"],
        }
    }

    /// Whether its name is worth showing, and not only its noun.
    pub(super) fn is_named(self) -> bool {
        matches!(self, Self::Conduit | Self::Transfer | Self::Grant)
    }
}

/// What goes along arrows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flows {
    /// Dumps, logs, backups: what is taken from something else.
    pub dumps: bool,
    /// Keys.
    pub keys: bool,
    /// Data.
    pub data: bool,
    /// Rights.
    pub access: bool,
}

impl Flows {
    /// Whether the two have something in common.
    pub fn meets(self, other: Self) -> bool {
        (self.dumps && other.dumps)
            || (self.keys && other.keys)
            || (self.data && other.data)
            || (self.access && other.access)
    }
}

impl Graph {
    /// The box with this id, as `Kind::id`.
    pub fn find(&self, id: &str) -> Option<usize> {
        let by_id = |node: &Node| node.id.as_str().cmp(id);
        self.nodes.binary_search_by(by_id).ok()
    }

    /// The boxes around `node`, the nearest first.
    pub(super) fn around(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.nodes[node].parent, |at| self.nodes[*at].parent)
    }
}
