//! The texts of one run, and how a span is turned into a line and a column.

use std::path::Path;
use std::sync::OnceLock;

use super::{FileId, Span};

/// A range of bytes that an alias or merge key stands for.
///
/// Spans of values read through it start at `base`, past the end of the text, in the order of the
/// definition: the value at `base + n` was written at `definition.start + n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expansion {
    /// First position of the stand-in range; at or past the end of the text.
    pub base: u32,
    /// Where the anchored node stands; may itself be a stand-in range.
    pub definition: Span,
    /// Where the alias stands; may itself be in a stand-in range.
    pub used_at: Span,
}

/// Where a span really is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where the text was written; inside the file.
    pub span: Span,
    /// Where an alias or merge key brought it in, if one did; inside the file.
    pub used_at: Option<Span>,
}

/// A line and a column, both counted from 1; columns count characters (Unicode code points).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One text with its name.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as shown to people: relative to where the run started, with `/`.
    pub name: String,
    text: String,
    expansions: Vec<Expansion>,
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    /// A file called `name` that holds `text`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            expansions: Vec::new(),
            line_starts: OnceLock::new(),
        }
    }

    /// Records the aliases that reading the text expanded, in ascending order of `base`.
    #[must_use]
    pub fn with_expansions(mut self, expansions: Vec<Expansion>) -> Self {
        debug_assert!(expansions.is_sorted_by_key(|expansion| expansion.base));
        self.expansions = expansions;
        self
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Byte offset of the start of each line. Built on first use, in one pass.
    pub fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let breaks = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0)
                .chain(breaks.map(|at| at as u32 + 1))
                .collect()
        })
    }

    /// Index of the line (from 0) that holds the byte `offset`. Logarithmic in the number of lines.
    pub fn line_of(&self, offset: u32) -> usize {
        self.line_starts()
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    fn locate(&self, span: Span) -> Place {
        let mut place = Place {
            span,
            used_at: None,
        };
        // An expansion's own places may lie in an earlier stand-in range, never in a later one.
        while let Some(expansion) = self.expansion_of(place.span.start) {
            let offset = place.span.start - expansion.base;
            let start = expansion.definition.start + offset;
            place = Place {
                span: Span::new(
                    span.file,
                    start,
                    start + (place.span.end - place.span.start),
                ),
                used_at: Some(expansion.used_at),
            };
        }
        if let Some(used_at) = place.used_at {
            place.used_at = Some(self.locate(used_at).span);
        }
        place
    }

    fn expansion_of(&self, offset: u32) -> Option<&Expansion> {
        let after = self
            .expansions
            .partition_point(|expansion| expansion.base <= offset);
        self.expansions.get(after.checked_sub(1)?)
    }
}

/// Every text that a run read, in path order.
#[derive(Debug, Default)]
pub struct Files {
    files: Vec<SourceFile>,
}

impl Files {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and says what to call it in spans.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(file);
        id
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file that `id` names.
    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The file of this name, if it was read.
    pub fn by_name(&self, name: &Path) -> Option<FileId> {
        let at = self
            .files
            .iter()
            .position(|file| Path::new(&file.name) == name)?;
        u32::try_from(at).ok().map(FileId)
    }

    /// Where `span` really is: follows aliases to the definition. Logarithmic in their number.
    pub fn locate(&self, span: Span) -> Place {
        self.get(span.file).locate(span)
    }

    /// The text under `span`, at its definition.
    pub fn slice(&self, span: Span) -> &str {
        let span = self.locate(span).span;
        self.get(span.file).text.get(span.range()).unwrap_or("")
    }

    /// Line and column of the first character of `span`, at its definition.
    pub fn start(&self, span: Span) -> LineColumn {
        let span = self.locate(span).span;
        self.line_column(span.file, span.start)
    }

    /// Line and column of the character after the last one of `span`, at its definition.
    pub fn end(&self, span: Span) -> LineColumn {
        let span = self.locate(span).span;
        self.line_column(span.file, span.end)
    }

    fn line_column(&self, file: FileId, offset: u32) -> LineColumn {
        let file = self.get(file);
        let line = file.line_of(offset);
        let start = file.line_starts()[line] as usize;
        let before = file.text.get(start..offset as usize).unwrap_or("");
        // A byte order mark is no character that an editor shows.
        let hidden = usize::from(before.starts_with('\u{feff}'));
        LineColumn {
            line: line + 1,
            column: before.chars().count() + 1 - hidden,
        }
    }
}
