//! The texts of one run, and how a span is turned into a line and a column.

use std::borrow::Cow;
use std::path::Path;
use std::sync::OnceLock;

use super::{FileId, Span};

/// What the alias at one place of a text stands for, and the positions past the end of the text
/// that its values have as their spans.
///
/// The positions from `base` on are the bytes of the definition, in order, then its end, then
/// those of each alias inside the definition, in the same way. So there is one expansion for each
/// alias in the text, however many values it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expansion {
    /// First stand-in position; past the end of the text.
    pub base: u32,
    /// Where the anchored node was written.
    pub definition: Span,
    /// Where the alias was written.
    pub used_at: Span,
}

/// Bytes of a text that are read as part of another text, such as a line in a fence of a Markdown
/// page without what nests the fence, and the stand-in positions that they have in spans.
///
/// The pieces of a file have the positions from one past the end of its text on, without gaps and
/// in order; those of its aliases follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// First stand-in position; past the end of the text.
    pub base: u32,
    /// Where its first byte was written.
    pub start: u32,
    /// How many bytes were written. Positions past these are read there without being written:
    /// what is left of a tab, part of which is indentation of the fence.
    pub length: u32,
}

/// How a value came from where it is written to where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Via {
    /// It is used here.
    Use,
    /// A call hands it over here.
    Argument,
    /// It is what a variable is where nobody says otherwise.
    Default,
    /// It is overruled by what is used.
    Overruled,
    /// It is computed here.
    Local,
    /// A module gives it out here.
    Output,
    /// A patch replaces what stands here.
    Replaced,
    /// What is read was made from this.
    Rendered,
    /// A binding of the configuration matches this.
    Bound,
    /// It is computed from this.
    From,
    /// It is to be given a value, and is given none.
    Unset,
}

impl Via {
    /// What to say of such a place; lower case, no final period.
    pub fn says(self) -> &'static str {
        match self {
            Self::Use => "used here",
            Self::Argument => "passed here",
            Self::Default => "the default here",
            Self::Overruled => "the default here, overruled",
            Self::Local => "computed here",
            Self::Output => "given out here",
            Self::Replaced => "replaces what stands here",
            Self::Rendered => "made from this",
            Self::Bound => "said of this",
            Self::From => "computed from this",
            Self::Unset => "nothing gives this a value",
        }
    }
}

/// A place that a value came through, and how.
pub type Through = (Span, Via);

/// A value that came through other places: the stand-in positions that its spans have, where it is
/// written, and the places, those next to the value first.
#[derive(Debug)]
struct Link {
    base: u32,
    written: Span,
    through: Box<[Through]>,
}

/// Where a span really is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where the text was written; inside the file.
    pub span: Span,
    /// Where an alias or merge key brought it in, if one did; inside the file. Of an alias in
    /// what an alias stands for, the latter: that is the one at the place of the use.
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
    text: Cow<'static, str>,
    expansions: Vec<Expansion>,
    pieces: Vec<Piece>,
    /// In the order of their positions, from [`LINKS`] on.
    links: Vec<Link>,
    line_starts: OnceLock<Vec<u32>>,
    /// How many characters begin before each [`STRIDE`] bytes.
    characters: OnceLock<Vec<u32>>,
    /// By line: the first from it on that is neither empty nor a comment.
    contents: OnceLock<Vec<Option<u32>>>,
}

/// The first stand-in position of what came through other places. Those of aliases, which are given
/// first, may reach it in a file that is almost nothing but aliases; then no more are given.
const LINKS: u32 = 3 << 30;

/// So many bytes are looked at to count the characters before a place.
const STRIDE: usize = 512;

impl SourceFile {
    /// A file called `name` that holds `text`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::holding(name.into(), Cow::Owned(text.into()))
    }

    /// A file whose text is part of the program.
    pub fn built_in(name: String, text: &'static str) -> Self {
        Self::holding(name, Cow::Borrowed(text))
    }

    fn holding(name: String, text: Cow<'static, str>) -> Self {
        Self {
            name,
            text,
            expansions: Vec::new(),
            pieces: Vec::new(),
            links: Vec::new(),
            line_starts: OnceLock::new(),
            characters: OnceLock::new(),
            contents: OnceLock::new(),
        }
    }

    /// Records what the aliases of the text stand for, in the order in which they were written.
    #[must_use]
    pub fn with_expansions(mut self, expansions: Vec<Expansion>) -> Self {
        debug_assert!(expansions.is_sorted_by_key(|expansion| expansion.base));
        debug_assert!(expansions.is_sorted_by_key(|expansion| expansion.used_at));
        self.expansions = expansions;
        self
    }

    /// Records what of the text was read as part of another, in order.
    #[must_use]
    pub fn with_pieces(mut self, pieces: Vec<Piece>) -> Self {
        debug_assert!(pieces.is_sorted_by_key(|piece| (piece.base, piece.start)));
        self.pieces = pieces;
        self
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Byte offset of the start of each line. Built on first use, in one pass. A line ends with a line
    /// feed, a carriage return, or both, as in YAML (1.2.2, 5.4) and for editors (LSP 3.17, `EOL`).
    pub fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
            let ends = ends.filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
            std::iter::once(0)
                .chain(ends.map(|at| at as u32 + 1))
                .collect()
        })
    }

    /// Where the line `index` (from 0) starts, and what it holds, without its end; past the last one,
    /// the end of the text and nothing.
    pub fn line(&self, index: usize) -> (usize, &str) {
        let start_of = |index: usize| self.line_starts().get(index).map(|start| *start as usize);
        let start = start_of(index).unwrap_or(self.text.len());
        let end = start_of(index + 1).unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or_default();
        (start, line.trim_end_matches(['\n', '\r']))
    }

    /// Index of the line (from 0) that holds the byte `offset`. Logarithmic in the number of lines.
    pub fn line_of(&self, offset: u32) -> usize {
        self.line_starts()
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    /// How many characters begin before the byte `offset`. The index is built on first use, in one
    /// pass; then it takes the same time for each place, however long the line is.
    fn characters_before(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let begin = |bytes: &[u8]| bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let counts = self.characters.get_or_init(|| {
            let mut before = 0;
            let counts = bytes.chunks(STRIDE).map(|chunk| {
                let count = before;
                before += begin(chunk) as u32;
                count
            });
            counts.collect()
        });
        let offset = offset.min(bytes.len());
        let last = (offset / STRIDE).min(counts.len().saturating_sub(1));
        let known = counts.get(last).map_or(0, |count| *count as usize);
        known + bytes.get(last * STRIDE..offset).map_or(0, begin)
    }

    /// Index of the first line from `line` on that is neither empty nor a comment. The index is
    /// built on first use, in one pass.
    fn content_from(&self, line: usize) -> Option<usize> {
        let contents = self.contents.get_or_init(|| {
            let starts = self.line_starts();
            let mut next = None;
            let mut contents: Vec<_> = (0..starts.len() as u32)
                .rev()
                .map(|line| {
                    let start = starts[line as usize] as usize;
                    let end = starts.get(line as usize + 1);
                    let end = end.map_or(self.text.len(), |end| *end as usize);
                    let text = content(self.text.get(start..end).unwrap_or_default().trim_end());
                    if !text.is_empty() && !text.starts_with('#') {
                        next = Some(line);
                    }
                    next
                })
                .collect();
            contents.reverse();
            contents
        });
        contents.get(line)?.map(|line| line as usize)
    }

    /// The link that a span is of, if it is of one.
    fn link(&self, span: Span) -> Option<&Link> {
        if span.start < LINKS {
            return None;
        }
        let after = self.links.partition_point(|link| link.base <= span.start);
        self.links.get(after.checked_sub(1)?)
    }

    /// Puts `*` in the place of every letter of a span that lies inside the text.
    fn hide(&mut self, span: Span) {
        let Some(text) = self.text.get(span.range()) else {
            return;
        };
        let hidden = text.chars().flat_map(|c| {
            let shown = if c.is_whitespace() { c } else { '*' };
            let times = if c.is_whitespace() { 1 } else { c.len_utf8() };
            std::iter::repeat_n(shown, times)
        });
        let hidden: String = hidden.collect();
        self.text.to_mut().replace_range(span.range(), &hidden);
    }

    fn add_link(&mut self, written: Span, through: &[Through]) -> Option<Span> {
        let of_aliases = self.expansions.last().map_or(0, |last| last.base);
        if of_aliases >= LINKS >> 1 {
            return None;
        }
        let length = written.end - written.start;
        let next = |link: &Link| link.base + (link.written.end - link.written.start) + 1;
        let base = self.links.last().map_or(LINKS, next);
        let end = base.checked_add(length)?;
        end.checked_add(1)?;
        self.links.push(Link {
            base,
            written,
            through: through.into(),
        });
        Some(Span::new(written.file, base, end))
    }

    fn locate(&self, span: Span) -> Place {
        let span = match self.link(span) {
            Some(link) => link.written,
            None => span,
        };
        let mut start = span.start;
        let mut used_at = None;
        while let Some(expansion) = self.expansion_of(start) {
            used_at.get_or_insert(expansion.used_at);
            let definition = expansion.definition;
            let length = definition.end - definition.start;
            let offset = start - expansion.base;
            if offset <= length {
                start = definition.start + offset;
                break;
            }
            // It is behind an alias inside the definition: these have positions of their own, in
            // the same order, from the first of them on.
            let first = self
                .expansions
                .partition_point(|other| other.used_at.start < definition.start);
            let Some(first) = self.expansions.get(first) else {
                break;
            };
            let inside = first.base + (offset - length - 1);
            if inside >= start {
                break;
            }
            start = inside;
        }
        let defined = Span::new(span.file, start, start + (span.end - span.start));
        Place {
            span: self.written(defined),
            used_at: used_at.map(|span| self.written(span)),
        }
    }

    /// Where a span, if it is of pieces, was written.
    fn written(&self, span: Span) -> Span {
        let after = |position: u32| {
            self.pieces
                .partition_point(|piece| piece.base <= position)
                .checked_sub(1)
                .and_then(|last| self.pieces.get(last))
        };
        let Some(first) = after(span.start) else {
            return span;
        };
        // It ends with the piece that holds its last byte, although the next one may start there.
        let last = after(span.end.max(span.start + 1) - 1).unwrap_or(first);
        let within = |piece: &Piece, at: u32| piece.start + (at - piece.base).min(piece.length);
        let start = within(first, span.start);
        Span::new(span.file, start, within(last, span.end).max(start))
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

    /// The files, in path order.
    pub fn iter(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter()
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

    /// Where `span` really is: follows aliases to the definition. Logarithmic in their number,
    /// for each level of aliases within aliases.
    pub fn locate(&self, span: Span) -> Place {
        self.get(span.file).locate(span)
    }

    /// A span that stands for what is written at `written`, with the places that it came through, those
    /// next to the value first. Equal calls give different spans. Where a file has no more positions to
    /// give, it is `written` itself.
    pub fn through(&mut self, written: Span, through: &[Through]) -> Span {
        let mut all = through.to_vec();
        let mut at = written;
        // What came through places already goes on from there.
        if let Some(link) = self.get(written.file).link(written) {
            at = link.written;
            all.splice(0..0, link.through.iter().copied());
        }
        if all.is_empty() {
            return written;
        }
        let file = self.files.get_mut(at.file.0 as usize);
        file.and_then(|file| file.add_link(at, &all))
            .unwrap_or(written)
    }

    /// Hides what is written at a span from every report: `*` stands for each letter from now on. Nothing
    /// else of the file moves.
    pub fn hide(&mut self, span: Span) {
        let place = self.locate(span).span;
        if let Some(file) = self.files.get_mut(place.file.0 as usize) {
            file.hide(place);
        }
    }

    /// The places that the value at `span` came through, those next to the value first.
    pub fn came_through(&self, span: Span) -> &[Through] {
        let link = self.get(span.file).link(span);
        link.map_or(&[], |link| &link.through)
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

    /// The line, from 1, that a comment is about: its own, or, if nothing else is on that, the next
    /// one that is no comment.
    pub fn line_of_comment(&self, comment: Span) -> usize {
        let place = self.locate(comment).span;
        let file = self.get(place.file);
        let own = file.line_of(place.start);
        let start = file.line_starts().get(own).copied().unwrap_or_default();
        let before = file.text().get(start as usize..place.start as usize);
        if before.is_some_and(|text| !content(text).is_empty()) {
            return own + 1;
        }
        file.content_from(own).unwrap_or(own) + 1
    }

    /// The line, from 1, that a comment must be about to be about the value at `span`: the one that it
    /// starts on, or, of a block of text in YAML, in which no comment can stand, the one with its `|`.
    /// Looks no further back than to the last line that is not blank.
    pub fn line_of_value(&self, span: Span) -> usize {
        let place = self.locate(span).span;
        let file = self.get(place.file);
        let own = file.line_of(place.start);
        let start = file.line_starts().get(own).copied().unwrap_or_default();
        let before = |from: u32, to: u32| {
            let text = file.text().get(from as usize..to as usize);
            text.unwrap_or_default()
        };
        if !before(start, place.start).trim().is_empty() {
            return own + 1;
        }
        let above = file.line_starts().get(..own).unwrap_or_default();
        let mut end = start;
        for (at, start) in above.iter().enumerate().rev() {
            let line = before(*start, end);
            if !line.trim().is_empty() {
                return if opens_block(line) { at + 1 } else { own + 1 };
            }
            end = *start;
        }
        own + 1
    }

    fn line_column(&self, file: FileId, offset: u32) -> LineColumn {
        let file = self.get(file);
        let line = file.line_of(offset);
        let start = file.line_starts()[line] as usize;
        let before = file.text.get(start..offset as usize).unwrap_or("");
        // A byte order mark is no character that an editor shows.
        let hidden = usize::from(before.starts_with('\u{feff}'));
        let end = start + before.len();
        LineColumn {
            line: line + 1,
            column: file.characters_before(end) - file.characters_before(start) + 1 - hidden,
        }
    }
}

/// Whether a line of YAML ends with what begins a block of text: `|`, `>-`, `|2+`, before a comment.
fn opens_block(line: &str) -> bool {
    let code = line.split_once(" #").map_or(line, |(code, _)| code);
    let header = code
        .trim_end()
        .trim_end_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let before = header.strip_suffix(['|', '>']);
    before.is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']))
}

/// What a line says, without indentation and, in Markdown, without what marks a quotation.
fn content(line: &str) -> &str {
    line.trim_start_matches([' ', '\t', '>'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns counted the slow way.
    #[test]
    fn columns_are_those_of_counting_each_character() {
        let long = "aé€𝄞".repeat(400);
        let text = format!("{long}\n\u{feff}é{}\r\nb\rc\r\r\n", "€".repeat(STRIDE));
        let mut files = Files::new();
        let file = files.add(SourceFile::new("a", format!("\u{feff}{text}")));
        let text = files.get(file).text().to_owned();
        let ends = (0..=text.len()).filter(|at| text.is_char_boundary(*at));
        for at in ends {
            let before = &text[..at];
            // Of the two bytes of one end, neither is on a line of its own.
            let is_end = text[at..].starts_with('\n') && before.ends_with('\r');
            let before = before[..at - usize::from(is_end)].replace("\r\n", "\n");
            let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
            let mut column = line.chars().count() + 1;
            column -= usize::from(line.starts_with('\u{feff}'));
            column += usize::from(is_end);
            let expected = LineColumn {
                line: before.matches(['\n', '\r']).count() + 1,
                column,
            };
            let at = at as u32;
            assert_eq!(files.start(Span::new(file, at, at)), expected);
        }
    }

    #[test]
    fn a_comment_is_about_the_next_line_that_says_something() {
        let text = "a: 1 # own\n# next\n\n  # further\nb: 2\n# none";
        let mut files = Files::new();
        let file = files.add(SourceFile::new("a", text));
        let lines = text.match_indices('#').map(|(at, _)| {
            let at = at as u32;
            files.line_of_comment(Span::new(file, at, at + 1))
        });
        assert_eq!(lines.collect::<Vec<_>>(), [1, 5, 5, 6]);
    }

    #[test]
    fn what_is_hidden_moves_nothing_else() {
        let mut files = Files::new();
        let file = files.add(SourceFile::new("a", "k: |\n  é b\nz: 1\n"));
        files.hide(Span::new(file, 7, 11));
        assert_eq!(files.get(file).text(), "k: |\n  ** *\nz: 1\n");
        assert_eq!(files.start(Span::new(file, 12, 13)).line, 3);
    }

    #[test]
    fn a_value_has_its_own_place_and_those_that_it_came_through() {
        let mut files = Files::new();
        let one = files.add(SourceFile::new("a", "a: literal\n"));
        let two = files.add(SourceFile::new("b", "b: used\n"));
        let (literal, used) = (Span::new(one, 3, 10), Span::new(two, 3, 7));
        let first = files.through(literal, &[(used, Via::Argument)]);
        let span = files.through(first, &[(used, Via::Use)]);
        assert_ne!(first, span);
        assert_eq!(files.locate(span).span, literal);
        assert_eq!(files.slice(span), "literal");
        let through = [(used, Via::Argument), (used, Via::Use)];
        assert_eq!(files.came_through(span), through);
        assert_eq!(files.came_through(literal), []);
        assert_eq!(files.through(literal, &[]), literal);
    }
}
