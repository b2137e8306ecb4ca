//! Builds a tree from nodes in text order, for every syntax: what does not depend on how a text
//! is written is checked here and nowhere else.

mod alias;

use std::collections::HashMap;
use std::ops::Range;

use crate::source::{Code, FileId, Problem, Span, quote};

use self::alias::{Anchor, Size};
use super::check::{Keys, merges};
use super::place::word_at;
use super::scalar;
use super::tree::{Comment, CustomTag, Kind, Limits, Node, Tag, Tree};

/// Most problems told of one file. Those after are more of the same, or noise from the first.
const MOST_PROBLEMS: usize = 100;

/// Largest text whatever the limits say; see [`Limits::file_bytes`].
pub(super) const LARGEST_TEXT: u32 = 1 << 30;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// The span includes one byte of quote on either side.
    Quoted,
    Block,
}

/// A collection to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collection {
    Seq,
    Map,
}

/// Tag and anchor of a node.
#[derive(Debug, Clone)]
pub(super) struct Properties {
    pub tag: Tag,
    /// Where the tag stands, if there is one.
    pub tag_at: Range<u32>,
    /// What aliases call the node by; zero if it has no anchor.
    pub anchor: usize,
}

impl Properties {
    pub const NONE: Self = Self {
        tag: Tag::None,
        tag_at: 0..0,
        anchor: 0,
    };
}

/// The document cannot be read further; a problem says why.
#[derive(Debug)]
pub(super) struct Stop;

pub(super) struct Builder<'s> {
    tree: Tree<'s>,
    limits: Limits,
    problems: Vec<Problem>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchor>,
    /// End of the last node that has ended.
    last_end: u32,
    /// Nodes that the aliases so far stand for.
    alias_nodes: u64,
    /// First stand-in position that no alias has been given.
    next_position: u64,
    alias_limit_reached: bool,
    /// What to return to if the document cannot be read to its end.
    start: Start,
    keys: Keys,
}

/// A collection whose end is not read yet.
struct Open {
    node: u32,
    anchor: usize,
    /// Levels of collections below it, aliases followed.
    height: u16,
    alias_nodes: u64,
    next_position: u64,
    /// Whether a scalar in it can be a merge key.
    may_merge: bool,
}

#[derive(Default)]
struct Start {
    nodes: usize,
    cooked: usize,
    cooked_ends: usize,
    tags: usize,
    aliases: usize,
}

impl<'s> Builder<'s> {
    /// A builder of the tree of `text`, empty as yet. The first byte of the text is called `base`
    /// in spans.
    pub fn new(file: FileId, text: &'s str, base: u32, limits: &Limits) -> Self {
        Self {
            tree: Tree {
                file,
                text,
                base,
                // Seldom less than what it takes, and never more than the text.
                nodes: Vec::with_capacity(text.len() / size_of::<Node>()),
                roots: Vec::new(),
                comments: Vec::new(),
                cooked: String::new(),
                cooked_ends: Vec::new(),
                tags: Vec::new(),
                aliases: Vec::new(),
            },
            limits: *limits,
            problems: Vec::new(),
            open: Vec::new(),
            anchors: HashMap::new(),
            last_end: 0,
            alias_nodes: 0,
            next_position: u64::from(base) + text.len() as u64 + 1,
            alias_limit_reached: false,
            start: Start::default(),
            keys: Keys::default(),
        }
    }

    /// Whether a file of so many bytes is small enough to be read; else a problem says so.
    pub fn admit(&mut self, bytes: usize) -> bool {
        let most = self.limits.file_bytes.min(LARGEST_TEXT);
        if bytes <= most as usize {
            return true;
        }
        let at = Span::file_start(self.tree.file);
        self.problem(
            Problem::input(
                Code::FileTooLarge,
                format!("the file has {bytes} bytes, more than the {most} that are read"),
            )
            .at(at, "")
            .help("split the file, or raise the limit"),
        );
        false
    }

    /// The tree and the problems.
    pub fn finish(self) -> (Tree<'s>, Vec<Problem>) {
        (self.tree, self.problems)
    }

    pub fn problem(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        } else if self.problems.len() == MOST_PROBLEMS {
            let at = Span::file_start(self.tree.file);
            self.problems.push(
                Problem::input(
                    Code::ProblemLimit,
                    format!("more than {MOST_PROBLEMS} problems; further problems are omitted"),
                )
                .at(at, ""),
            );
        }
    }

    pub fn span(&self, at: Range<u32>) -> Span {
        self.tree.span(at)
    }

    /// End of the last node that has ended.
    pub fn last_end(&self) -> u32 {
        self.last_end
    }

    pub fn comment(&mut self, at: Range<u32>) {
        let text = self.tree.text;
        let text = text
            .get(at.start as usize..at.end as usize)
            .unwrap_or_default();
        let comment = Comment::new(self.span(at), text);
        self.tree.comments.push(comment);
    }

    /// Begins a document whose content is after the byte `start`.
    pub fn begin_document(&mut self, start: u32) {
        self.last_end = start;
        self.anchors.clear();
        self.start = Start {
            nodes: self.tree.nodes.len(),
            cooked: self.tree.cooked.len(),
            cooked_ends: self.tree.cooked_ends.len(),
            tags: self.tree.tags.len(),
            aliases: self.tree.aliases.len(),
        };
    }

    pub fn end_document(&mut self) {
        if self.start.nodes < self.tree.nodes.len() {
            self.tree.roots.push(self.start.nodes as u32);
        }
        self.begin_document(self.last_end);
    }

    /// Forgets what was read since the document began: part of one would be judged as if it were
    /// the whole.
    pub fn abandon_document(&mut self) {
        self.open.clear();
        self.tree.nodes.truncate(self.start.nodes);
        self.tree.cooked.truncate(self.start.cooked);
        self.tree.cooked_ends.truncate(self.start.cooked_ends);
        self.tree.tags.truncate(self.start.tags);
        self.tree.aliases.truncate(self.start.aliases);
        self.begin_document(self.last_end);
    }

    /// Adds a scalar that reads as it is written, less its quotes: what [`scalar`](Self::scalar) would
    /// add for that text.
    pub fn slice(&mut self, at: Range<u32>, style: Style) {
        let kind = match style {
            Style::Plain => Kind::Plain,
            Style::Quoted => Kind::Quoted,
            Style::Block => Kind::Block,
        };
        let is_short = at.end - at.start == 2;
        let node = self.push(at, kind, 0, &Properties::NONE);
        if is_short
            && self.tree.is_merge_key(node)
            && let Some(open) = self.open.last_mut()
        {
            open.may_merge = true;
        }
    }

    /// Adds a scalar that reads as `text`.
    pub fn scalar(&mut self, at: Range<u32>, text: &str, style: Style, properties: &Properties) {
        let source = |from: u32, to: u32| self.tree.text.get(from as usize..to as usize);
        let is_slice = match style {
            Style::Plain | Style::Block => source(at.start, at.end) == Some(text),
            Style::Quoted => source(at.start + 1, at.end.saturating_sub(1)) == Some(text),
        };
        let kind = match style {
            Style::Plain if is_slice => Kind::Plain,
            Style::Quoted if is_slice => Kind::Quoted,
            Style::Block if is_slice => Kind::Block,
            Style::Plain => Kind::PlainCooked,
            Style::Quoted | Style::Block => Kind::Cooked,
        };
        let mut cooked = 0;
        if !is_slice {
            cooked = self.tree.cooked_ends.len() as u32;
            self.tree.cooked.push_str(text);
            self.tree.cooked_ends.push(self.tree.cooked.len() as u32);
        }
        let node = self.push(at, kind, cooked, properties);
        if properties.tag != Tag::None && !scalar::fits(text, properties.tag) {
            self.misfit(node, &format!("{} is not", quote(text)), properties);
        }
        if self.tree.is_merge_key(node)
            && let Some(open) = self.open.last_mut()
        {
            open.may_merge = true;
        }
        if properties.anchor != 0 {
            let size = Size {
                nodes: 1,
                positions: u64::from(self.last_end - self.tree.nodes[node as usize].start) + 1,
                height: 0,
            };
            self.anchor(properties.anchor, node, Some(size), self.next_position);
        }
    }

    /// Begins a collection at the byte `start`. What follows, up to [`close`](Self::close), is
    /// its content: in a mapping, keys and values by turns.
    ///
    /// # Errors
    ///
    /// It is nested too deep.
    pub fn open(
        &mut self,
        collection: Collection,
        start: u32,
        properties: &Properties,
    ) -> Result<(), Stop> {
        if self.open.len() >= usize::from(self.limits.depth) {
            self.too_deep(word_at(self.tree.text, start as usize));
            return Err(Stop);
        }
        let (kind, other) = match collection {
            Collection::Seq => (Kind::Seq, Tag::Map),
            Collection::Map => (Kind::Map, Tag::Seq),
        };
        let node = self.push(start..start, kind, 0, properties);
        match properties.tag {
            Tag::None | Tag::Custom | Tag::Merge => {}
            Tag::Seq | Tag::Map if properties.tag != other => {}
            _ => {
                let what = match collection {
                    Collection::Seq => "a list is not",
                    Collection::Map => "a mapping is not",
                };
                self.misfit(node, what, properties);
            }
        }
        if properties.anchor != 0 {
            self.anchor(properties.anchor, node, None, self.next_position);
        }
        self.open.push(Open {
            node,
            anchor: properties.anchor,
            height: 0,
            alias_nodes: self.alias_nodes,
            next_position: self.next_position,
            may_merge: false,
        });
        Ok(())
    }

    /// Ends the innermost open collection: at the byte `end`, or else with its last node.
    pub fn close(&mut self, end: Option<u32>) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let id = open.node as usize;
        let first = self.tree.nodes.get(id + 1).map(|first| first.start);
        let after = self.tree.nodes.len() as u32;
        let node = &mut self.tree.nodes[id];
        node.start = node.start.min(first.unwrap_or(node.start));
        node.end = end.unwrap_or(self.last_end).max(node.start);
        node.a = after;
        let (start, end, kind) = (node.start, node.end, node.kind);
        self.last_end = end;
        let height = open.height.saturating_add(1);
        self.raise(height);
        if open.anchor != 0 {
            let nodes = u64::from(after - open.node) + (self.alias_nodes - open.alias_nodes);
            let nested = self.next_position - open.next_position;
            let size = Size {
                nodes,
                positions: u64::from(end - start) + 1 + nested,
                height,
            };
            self.anchor(open.anchor, open.node, Some(size), open.next_position);
        }
        if kind == Kind::Map {
            // Keys come second: to compare mappings takes their merges.
            let merge = match open.may_merge {
                true => merges(&self.tree, open.node),
                false => None,
            };
            self.tree.nodes[id].merges = merge.is_some();
            let twice = self
                .keys
                .duplicates(&self.tree, open.node, MOST_PROBLEMS + 1);
            for problem in merge.into_iter().flatten().chain(twice) {
                self.problem(problem);
            }
        }
    }

    fn push(&mut self, at: Range<u32>, kind: Kind, a: u32, properties: &Properties) -> u32 {
        let id = self.tree.nodes.len() as u32;
        self.tree.nodes.push(Node {
            start: at.start,
            end: at.end,
            a,
            kind,
            tag: properties.tag,
            merges: false,
        });
        if properties.tag == Tag::Custom {
            self.tree.tags.push(CustomTag {
                node: id,
                start: properties.tag_at.start,
                end: properties.tag_at.end,
            });
        }
        self.last_end = at.end;
        id
    }

    /// Notes that the innermost open collection has `height` levels below it.
    fn raise(&mut self, height: u16) {
        if let Some(open) = self.open.last_mut() {
            open.height = open.height.max(height);
        }
    }

    fn source(&self, at: &Range<u32>) -> &'s str {
        let text = self.tree.text;
        text.get(at.start as usize..at.end as usize)
            .unwrap_or_default()
    }

    /// Tells that what starts at `at` is nested too deep.
    pub fn too_deep(&mut self, at: Range<u32>) {
        let most = self.limits.depth;
        self.problem(
            Problem::input(
                Code::NestingLimit,
                format!("nested more than {most} levels deep"),
            )
            .at(self.span(at), "")
            .help("nest lists and mappings less deep"),
        );
    }

    fn misfit(&mut self, node: u32, what: &str, properties: &Properties) {
        let Node { start, end, .. } = self.tree.nodes[node as usize];
        let tag = self.source(&properties.tag_at);
        let at = if start == end {
            properties.tag_at.clone()
        } else {
            start..end
        };
        self.problem(
            Problem::input(
                Code::InvalidTag,
                format!("{what} what the tag `{tag}` says"),
            )
            .at(self.span(at), "")
            .help("remove the tag, or write a value of that type"),
        );
    }
}
