//! What a rule that comes with Palisade says of itself above its condition: read without Cedar, so that
//! only rules that are asked are parsed.
//!
//! The files are ours: one `forbid` each, laid out by `palisade policy format`. A test holds what is
//! read here against what Cedar reads.

use std::ops::Range;

use memchr::{memchr, memmem};

use super::rule::{Kinds, Scope};
use crate::model::Action;

/// The annotations of a policy and which requests its scope lets through.
#[derive(Debug)]
pub(super) struct Heading<'t> {
    annotations: Vec<(&'t str, Range<usize>)>,
    text: &'t str,
    /// Which requests it is asked about.
    pub(super) scope: Scope,
}

impl<'t> Heading<'t> {
    /// The heading of the only policy of a file; `None` if it is laid out in another way.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let mut annotations = Vec::new();
        let mut at = 0;
        let head = loop {
            let rest = text.get(at..)?;
            let line = rest.get(..=memchr(b'\n', rest.as_bytes())?)?;
            if let Some(rest) = line.strip_prefix("forbid (") {
                break at + line.len() - rest.len();
            }
            if let Some(annotation) = line.strip_prefix('@') {
                let (name, value) = annotation.split_at(memchr(b'(', annotation.as_bytes())?);
                let value = value.strip_prefix("(\"")?.trim_end().strip_suffix("\")")?;
                let start = at + 1 + name.len() + 2;
                annotations.push((name, start..start + value.len()));
            }
            at += line.len();
        };
        let scope = text.get(head..)?;
        let scope = scope.get(..memmem::find(scope.as_bytes(), b"\n)")?)?;
        let (principal, rest) = scope.split_once(',')?;
        let (action, resource) = rest.rsplit_once(',')?;
        Some(Self {
            annotations,
            text,
            scope: Scope {
                actions: actions(action),
                principal: kinds(principal),
                resource: kinds(resource),
            },
        })
    }

    /// What an annotation says.
    pub(super) fn annotation(&self, name: &str) -> Option<&'t str> {
        self.text.get(self.place(name)?)
    }

    /// Where in the text that stands.
    pub(super) fn place(&self, name: &str) -> Option<Range<usize>> {
        let mut annotations = self.annotations.iter();
        let (_, place) = annotations.find(|(known, _)| *known == name)?;
        Some(place.clone())
    }
}

fn actions(constraint: &str) -> Vec<Action> {
    let mut named = constraint.split("Action::\"").skip(1).peekable();
    if named.peek().is_none() {
        return Action::ALL.iter().map(|def| def.action).collect();
    }
    let named = named.filter_map(|rest| Action::named(rest.split('"').next()?));
    named.collect()
}

fn kinds(constraint: &str) -> Kinds {
    match constraint.split_once(" is ") {
        None => Kinds::Any,
        Some((_, name)) => Kinds::of(name.trim()),
    }
}

/// The parts of an annotation that is a list.
pub(super) fn listed(text: &str) -> Vec<String> {
    let parts = text.split(';').map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}
