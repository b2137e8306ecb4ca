//! What was compared, and what was skipped, as `palisade.report/v1` writes it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding as engine;
use crate::source::Skip;

/// Whether a finding was there before.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Change {
    /// It was not, or was only undetermined and is a violation now.
    New,
    /// It was, at least as bad. It does not count for the exit code.
    Unchanged,
}

impl From<engine::Change> for Change {
    fn from(change: engine::Change) -> Self {
        match change {
            engine::Change::New => Self::New,
            engine::Change::Unchanged => Self::Unchanged,
        }
    }
}

/// What a check was compared with.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Comparison<'a> {
    /// The state before the change, in words.
    base: &'a str,
    /// Documents that are not the same in both states, those of only one of them included.
    differing: usize,
    /// Problems of the state before. If there are any, what is new may be older.
    problems: usize,
}

impl<'a> Comparison<'a> {
    pub(super) fn of(comparison: &'a engine::Comparison) -> Self {
        Self {
            base: &comparison.base,
            differing: comparison.differing,
            problems: comparison.problems,
        }
    }
}

/// What a repository lists and was not looked at.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Skipped<'a> {
    /// Its path.
    path: &'a str,
    /// Why not.
    reason: Reason,
}

/// Why something was not looked at.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Reason {
    /// It is a repository of its own.
    Submodule,
    /// Git LFS keeps the content elsewhere.
    LfsPointer,
    /// It is announced for the next commit, and nothing of it is staged.
    IntentToAdd,
}

impl<'a> Skipped<'a> {
    /// None of what is left out for a reason that is not that of the repository.
    pub(super) fn of((path, why): (&'a str, Skip)) -> Option<Self> {
        let reason = match why {
            Skip::Submodule => Reason::Submodule,
            Skip::LfsPointer => Reason::LfsPointer,
            Skip::IntentToAdd => Reason::IntentToAdd,
            _ => return None,
        };
        Some(Self { path, reason })
    }
}
