//! Findings that somebody answers for.

use schemars::JsonSchema;
use serde::Serialize;

use super::Finding;
use super::place::Location;
use crate::finding as engine;
use crate::source::Files;

/// A finding that a waiver excuses.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Waived<'a> {
    /// What is excused.
    finding: Finding<'a>,
    /// The last day on which it is.
    #[schemars(extend("format" = "date"))]
    until: &'a str,
    /// Why.
    reason: &'a str,
    /// Where the waiver is written.
    location: Location<'a>,
}

impl<'a> Waived<'a> {
    pub(super) fn of(files: &'a Files, waived: &'a engine::Waived) -> Self {
        Self {
            finding: Finding::of(files, &waived.finding),
            until: &waived.until,
            reason: &waived.reason,
            location: Location::of(files, waived.span),
        }
    }
}
