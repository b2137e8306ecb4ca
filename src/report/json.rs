//! Everything a run came to, for programs.
//!
//! What is written is made of the types in [`v1`], which change only by addition; the types that
//! the engine works with may change freely.

mod lines;
mod v1;

use std::io;

use serde_json::Value;

use crate::finding::{Causes, Outcome, Questions};

pub(super) use v1::Unknown;

use super::Style;
use super::escaped::write_json_as;

/// Writes one JSON object. Findings are written as they are converted, not gathered first.
pub(super) fn write(outcome: &Outcome, _style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let causes = Causes::of(&outcome.findings, &outcome.files);
    let questions = Questions::of(&outcome.findings);
    let report = v1::Report::of(outcome, &causes, &questions);
    write_json_as(&report, lines::Lines::default(), out)
}

/// The JSON Schema (draft 2020-12) of the `json` report.
pub fn report_schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings
        .into_generator()
        .into_root_schema_for::<v1::Report>()
        .to_value()
}
