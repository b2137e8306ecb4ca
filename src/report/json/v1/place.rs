//! Places in files, as `palisade.report/v1` writes them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::source::{self, Files};

/// A place, and what to say of it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Label<'a> {
    /// What to say of the place. May be empty.
    text: &'a str,
    /// The place.
    location: Location<'a>,
}

impl<'a> Label<'a> {
    pub(super) fn of(files: &'a Files, label: &'a source::Label) -> Self {
        Self {
            text: &label.text,
            location: Location::of(files, label.span),
        }
    }
}

/// A range of text in a file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'a> {
    /// The path of the file, relative to where the run started, with `/`.
    path: &'a str,
    /// The first character.
    start: Position,
    /// The character after the last one.
    end: Position,
    /// Where a YAML alias or merge key brought it in; null if none did. In the same file.
    used_at: Option<Range>,
}

impl<'a> Location<'a> {
    pub(super) fn of(files: &'a Files, span: source::Span) -> Self {
        let place = files.locate(span);
        let Range { start, end } = Range::of(files, place.span);
        Self {
            path: &files.get(span.file).name,
            start,
            end,
            used_at: place.used_at.map(|span| Range::of(files, span)),
        }
    }
}

/// A range of text.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Range {
    /// The first character.
    start: Position,
    /// The character after the last one.
    end: Position,
}

impl Range {
    fn of(files: &Files, span: source::Span) -> Self {
        let position = |at: source::LineColumn, byte| Position {
            line: at.line,
            column: at.column,
            byte,
        };
        Self {
            start: position(files.start(span), span.start),
            end: position(files.end(span), span.end),
        }
    }
}

/// A place between two characters of a file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Position {
    /// Line, from 1.
    #[schemars(range(min = 1))]
    line: usize,
    /// Column in characters (Unicode code points), from 1.
    #[schemars(range(min = 1))]
    column: usize,
    /// Bytes before it in the file, a byte order mark included.
    byte: u32,
}
