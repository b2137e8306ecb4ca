//! Places as platforms want them: a path from the root of the repository, and a tight range.

use std::fmt;

use crate::source::{Files, LineColumn, Span};

use super::Style;
use super::clean::clean;

/// A range of text in a file.
pub(super) struct Place {
    /// The path from the root of the repository, with `/`; for programs, as it is.
    pub(super) path: String,
    /// The first character; columns are code points.
    pub(super) start: LineColumn,
    /// The character after the last one that is no white space: platforms show what was found only
    /// if all its lines were changed.
    pub(super) end: LineColumn,
    /// Where an alias or merge key of YAML brought it in, if one did.
    pub(super) used_at: Option<Span>,
    span: Span,
}

impl Place {
    pub(super) fn of(files: &Files, style: &Style, span: Span) -> Self {
        let place = files.locate(span);
        let text = files.slice(span).trim_end();
        let length = u32::try_from(text.len()).unwrap_or_default();
        let (file, start) = (place.span.file, place.span.start);
        let span = Span::new(file, start, start + length);
        let name = &files.get(file).name;
        Self {
            path: style.paths.get(name).unwrap_or(name).clone(),
            start: files.start(span),
            end: files.end(span),
            used_at: place.used_at,
            span,
        }
    }

    /// The columns of the start and the end in bytes of UTF-8, from 1.
    pub(super) fn byte_columns(&self, files: &Files) -> (usize, usize) {
        let text = files.get(self.span.file).text();
        let column = |byte: u32, line: usize| {
            let start = files.get(self.span.file).line_starts()[line - 1];
            let before = text.get(start as usize..byte as usize).unwrap_or_default();
            before.trim_start_matches('\u{feff}').len() + 1
        };
        (
            column(self.span.start, self.start.line),
            column(self.span.end, self.end.line),
        )
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LineColumn { line, column } = self.start;
        write!(f, "{}:{line}:{column}", clean(&self.path))
    }
}
