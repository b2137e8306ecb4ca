//! What aliases stand for, and how much that may be.

use std::ops::Range;

use crate::source::{Code, Expansion, Problem, Span, quote};

use super::super::place::word_at;
use super::super::tree::{Alias, Kind};
use super::{Builder, Properties};

/// What an alias stands for.
#[derive(Clone, Copy)]
pub(super) struct Anchor {
    pub node: u32,
    /// None while the node is open.
    pub size: Option<Size>,
    /// First stand-in position of the aliases inside.
    pub nested: u32,
}

#[derive(Clone, Copy)]
pub(super) struct Size {
    /// Nodes, aliases followed.
    pub nodes: u64,
    /// Stand-in positions that an alias to it takes.
    pub positions: u64,
    /// Levels of collections.
    pub height: u16,
}

impl Builder<'_> {
    /// Adds an alias to the node that was given `anchor`; none if no node was.
    pub fn alias(&mut self, at: Range<u32>, anchor: Option<usize>) {
        let target = anchor.and_then(|anchor| self.anchors.get(&anchor)).copied();
        let alias = target.and_then(|target| self.expand(&at, target));
        // The problem of an anchor without a size, or too large a one, has been told.
        if target.is_none() {
            let name = quote(self.source(&at));
            self.problem(
                Problem::input(
                    Code::UndefinedAlias,
                    format!("no anchor for the alias {name}"),
                )
                .at(self.span(at.clone()), "")
                .help("declare the anchor with `&` before the alias, in the same document"),
            );
        }
        let index = self.tree.aliases.len() as u32;
        let (kind, index) = match alias {
            Some(_) => (Kind::Alias, index),
            None => (Kind::Unread, 0),
        };
        self.tree.aliases.extend(alias);
        self.push(at, kind, index, &Properties::NONE);
    }

    /// What the alias stands for; none with a problem if that would be endless or too much.
    fn expand(&mut self, at: &Range<u32>, anchor: Anchor) -> Option<Alias> {
        let span = self.span(at.clone());
        let Some(size) = anchor.size else {
            let anchored = self.tree.nodes[anchor.node as usize].start as usize;
            let anchored = word_at(self.tree.text, anchored);
            let name = quote(self.source(at));
            self.problem(
                Problem::input(
                    Code::AliasCycle,
                    format!("the alias {name} stands for a value that contains it"),
                )
                .at(span, "")
                .at(self.span(anchored), "the value starts here")
                .help("write out what the alias should stand for"),
            );
            return None;
        };
        if self.open.len() + usize::from(size.height) > usize::from(self.limits.depth) {
            self.too_deep(at.clone());
            return None;
        }
        let nodes = self.alias_nodes.saturating_add(size.nodes);
        let positions = self.next_position.saturating_add(size.positions);
        if nodes > u64::from(self.limits.alias_nodes) || positions > u64::from(u32::MAX) {
            self.too_many_alias_nodes(span);
            return None;
        }
        let target = self.tree.nodes[anchor.node as usize];
        let expansion = Expansion {
            base: self.next_position as u32,
            definition: self.span(target.start..target.end),
            used_at: span,
        };
        self.alias_nodes = nodes;
        self.next_position = positions;
        self.raise(size.height);
        Some(Alias {
            expansion,
            target: anchor.node,
            nested: anchor.nested,
        })
    }

    /// Notes what aliases to `anchor` stand for from here on.
    pub(super) fn anchor(&mut self, anchor: usize, node: u32, size: Option<Size>, nested: u64) {
        // Fits: no alias is given positions beyond the last that does.
        let nested = nested as u32;
        let anchored = Anchor { node, size, nested };
        self.anchors.insert(anchor, anchored);
    }

    fn too_many_alias_nodes(&mut self, span: Span) {
        // One is enough: it says that those after are not followed either.
        if std::mem::replace(&mut self.alias_limit_reached, true) {
            return;
        }
        let most = self.limits.alias_nodes;
        self.problem(
            Problem::input(
                Code::AliasLimit,
                format!("the aliases up to this one stand for more than {most} values"),
            )
            .at(
                span,
                "not followed, like any after it that would be too much",
            )
            .help("write the values once, or split the file"),
        );
    }
}
