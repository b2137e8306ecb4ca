//! What Cedar parsed, and the places of ours that its offsets stand for.

use std::borrow::Cow;

use cedar_policy_core::parser::Loc;

use crate::source::{FileId, Span};

/// A file as part of a text that Cedar parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text {
    /// The file.
    pub(super) file: FileId,
    /// Where in the text it begins.
    start: usize,
}

impl Text {
    /// A text that is one file.
    pub(super) fn of(file: FileId) -> Self {
        Self { file, start: 0 }
    }

    /// Whether it begins at this byte of the text or before.
    pub(super) fn begins(self, offset: usize) -> bool {
        self.start <= offset
    }

    /// A place that Cedar names.
    pub(super) fn place(self, loc: &Loc) -> Span {
        self.range(loc.span.offset(), loc.span.len())
    }

    /// So many bytes of the text from this one.
    pub(super) fn range(self, offset: usize, len: usize) -> Span {
        let start = u32::try_from(offset.saturating_sub(self.start)).unwrap_or(u32::MAX);
        let len = u32::try_from(len).unwrap_or_default();
        Span::new(self.file, start, start.saturating_add(len))
    }

    /// The place that Cedar names, or the start of the file where it names none.
    pub(super) fn place_or_start(self, loc: Option<&Loc>) -> Span {
        loc.map_or(Span::file_start(self.file), |loc| self.place(loc))
    }
}

/// Files that Cedar parsed as one text: its lexer builds tables for each text anew, which takes
/// longer than to parse a short policy.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// The files in order.
    pub(super) files: Vec<Text>,
    /// Their texts, one after the other.
    pub(super) text: String,
}

impl Joined {
    /// Adds a file.
    pub(super) fn push(&mut self, file: FileId, text: &str) {
        let start = self.text.len();
        self.files.push(Text { file, start });
        self.text.push_str(text);
        self.text.push('\n');
    }
}

impl Joined {
    /// The file that a place which Cedar names is in.
    pub(super) fn text_of(&self, loc: Option<&Loc>) -> Text {
        text_at(&self.files, offset(loc))
    }
}

/// Where in the text that Cedar parsed something begins.
pub(super) fn offset(loc: Option<&Loc>) -> usize {
    loc.map_or(0, |loc| loc.span.offset())
}

/// The text as Cedar can parse it: blanks in the place of a byte-order mark, so that offsets stay.
pub(super) fn without_mark(text: &str) -> Cow<'_, str> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => format!("   {rest}").into(),
        None => text.into(),
    }
}

/// Which of the files of a text this byte is in.
///
/// # Panics
///
/// If there are no files.
pub(super) fn text_at(files: &[Text], offset: usize) -> Text {
    let after = files.partition_point(|file| file.begins(offset));
    files[after.saturating_sub(1)]
}
