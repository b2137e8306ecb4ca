//! The excerpts of one block, from any number of files, as one text that miette can draw.
//!
//! Labels of a miette diagnostic belong to one source, and its own sources look for lines from the
//! start of the text. A [`Sheet`] holds only the lines that are shown, found through the index of
//! their file, one piece after another: to miette it is one source, in which each piece has the
//! name and line numbers of its file, and no two pieces can be joined.

use std::fmt;
use std::ops::Range;

use miette::{
    Diagnostic, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};
use unicode_width::UnicodeWidthStr;

use crate::report::clean::clean;
use crate::source::{Files, LineColumn, SourceFile, Span};

use super::mark::{Mark, Role};
use super::row::{Row, lay_out};
use super::wrap::wrap;

/// The columns that miette puts around a line number.
const BORDER: usize = 4;
/// The columns that the text of a label gets at least, with the corner that leads to it.
const LABEL: usize = 26;
/// Of these, the corner.
const CORNER: usize = 4;
/// The columns that the text gets even where many marks on one line leave less than that.
const LEAST: usize = 12;
/// Lines that are shown before and after what is marked.
const CONTEXT: usize = 1;

/// Excerpts, and the labels in them.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pieces: Vec<Piece>,
    labels: Vec<LabeledSpan>,
    /// What each label is there for.
    pub roles: Vec<Role>,
}

/// Some consecutive lines of a file.
#[derive(Debug)]
struct Piece {
    name: String,
    /// The number of the first line, from 0.
    first_line: usize,
    lines: usize,
    /// Where it starts in the sheet.
    base: usize,
    text: String,
    /// For each label: where it starts in the sheet, and where that really is.
    starts: Vec<(usize, LineColumn)>,
}

impl Sheet {
    /// The excerpts that show `marks`, in this order, for a terminal of `width` columns.
    pub fn new(files: &Files, marks: Vec<Mark>, width: usize) -> Self {
        let mut sheet = Self::default();
        let mut marks = marks.into_iter().peekable();
        while let Some(first) = marks.next() {
            let (file, mut last_line) = (first.file, first.last_line);
            let mut group = vec![first];
            // One piece as long as it leaves no line out.
            while let Some(mark) = marks
                .next_if(|mark| mark.file == file && mark.first_line <= last_line + 2 * CONTEXT + 1)
            {
                last_line = last_line.max(mark.last_line);
                group.push(mark);
            }
            sheet.add(files, group, width);
        }
        sheet
    }

    /// Adds the lines that hold `marks`, and those around them.
    fn add(&mut self, files: &Files, marks: Vec<Mark>, width: usize) {
        let Some(first) = marks.first() else { return };
        let file = files.get(first.file);
        let shown = shown_lines(file, &marks);
        let multiline = marks
            .iter()
            .filter(|mark| mark.first_line != mark.last_line);
        let gutter = match multiline.count() {
            0 => 0,
            deep => deep + 3,
        };
        let room = width.saturating_sub(BORDER + shown.end.to_string().len() + gutter);
        let room = room.max(LABEL);
        let marks = joined(file, marks, room);
        let base = self.pieces.last().map_or(0, Piece::end) + 1;

        let mut text = String::new();
        let mut placed: Vec<Option<Range<usize>>> = vec![None; marks.len()];
        let mut label_room = vec![room; marks.len()];
        for index in shown.clone() {
            let (start, line) = file.line(index);
            let (numbers, row) = row_of(&marks, index, start, line, room);
            for ((n, range), stem) in numbers.into_iter().zip(row.marks).zip(row.stems) {
                label_room[n] = room.saturating_sub(stem + CORNER).max(LEAST);
                let range = range.start + base + text.len()..range.end + base + text.len();
                placed[n] = match placed[n].take() {
                    Some(first) => Some(first.start..range.end),
                    None => Some(range),
                };
            }
            text += &row.text;
            text.push('\n');
        }

        let mut starts = Vec::with_capacity(marks.len());
        for ((mark, range), room) in marks.iter().zip(placed).zip(label_room) {
            let Some(range) = range else { continue };
            let start = mark.start as u32;
            starts.push((range.start, files.start(Span::new(mark.file, start, start))));
            let lines = mark.texts.iter().flat_map(|text| wrap(&clean(text), room));
            let text = Some(lines.collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty());
            let span = SourceSpan::from(range);
            self.labels.push(match mark.role {
                Role::Primary => LabeledSpan::new_primary_with_span(text, span),
                Role::Related | Role::Clause => LabeledSpan::new_with_span(text, span),
            });
            self.roles.push(mark.role);
        }
        self.pieces.push(Piece {
            name: clean(&file.name).into_owned(),
            first_line: shown.start,
            lines: shown.len(),
            base,
            text,
            starts,
        });
    }

    fn piece(&self, span: &SourceSpan) -> Option<&Piece> {
        let after = self
            .pieces
            .partition_point(|piece| piece.base <= span.offset());
        let piece = self.pieces.get(after.checked_sub(1)?)?;
        (span.offset() + span.len() <= piece.end()).then_some(piece)
    }
}

impl Piece {
    fn end(&self) -> usize {
        self.base + self.text.len()
    }
}

impl SourceCode for Sheet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let piece = self.piece(span).ok_or(MietteError::OutOfBounds)?;
        // Without context, miette asks where a label is, to write it above the excerpt.
        let asks_where = context_lines_before + context_lines_after == 0;
        let mut starts = piece.starts.iter().filter(|_| asks_where);
        let (line, column) = match starts.find(|(offset, _)| *offset == span.offset()) {
            Some((_, start)) => (start.line - 1, start.column - 1),
            None => (piece.first_line, 0),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            piece.name.clone(),
            piece.text.as_bytes(),
            (piece.base, piece.text.len()).into(),
            line,
            column,
            piece.lines,
        )))
    }
}

/// A sheet says nothing but its labels: what is wrong is written above it.
impl fmt::Display for Sheet {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Sheet {}

impl Diagnostic for Sheet {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// The row of one line, with the positions of the marks that are on it.
fn row_of(
    marks: &[Mark],
    index: usize,
    start: usize,
    line: &str,
    room: usize,
) -> (Vec<usize>, Row) {
    let numbered = marks.iter().enumerate();
    let mut ranges: Vec<_> = numbered
        .filter_map(|(n, mark)| Some((n, range_on(mark, index, start, line)?)))
        .collect();
    ranges.sort_by_key(|(_, range)| range.start);
    let (numbers, ranges): (Vec<_>, Vec<_>) = ranges.into_iter().unzip();
    let needs: Vec<_> = numbers
        .iter()
        .map(|n| label_need(&marks[*n], room))
        .collect();
    let row = lay_out(line, &ranges, &needs, room);
    (numbers, row)
}

/// The marks, where one line has more of them than there is room for, with the nearest of these
/// made one until they fit.
fn joined(file: &SourceFile, mut marks: Vec<Mark>, room: usize) -> Vec<Mark> {
    let mut at = 0;
    while at < marks.len() {
        let index = marks[at].first_line;
        let is_here = |mark: &Mark| mark.first_line == index && mark.last_line == index;
        let mut end = at + marks[at..].iter().take_while(|mark| is_here(mark)).count();
        let (start, line) = file.line(index);
        while end - at > 1 && !row_of(&marks[at..end], index, start, line, room).1.fits {
            let gap = |at: &usize| marks[*at].start.saturating_sub(marks[*at - 1].end);
            let Some(nearest) = (at + 1..end).min_by_key(gap) else {
                break;
            };
            let next = marks.remove(nearest);
            marks[nearest - 1].join(next);
            end -= 1;
        }
        at = end.max(at + 1);
    }
    marks
}

/// How many columns to keep free from the middle of `mark` on for what is said of it.
fn label_need(mark: &Mark, room: usize) -> usize {
    let widths = mark.texts.iter().map(|text| clean(text).width() + CORNER);
    widths.max().unwrap_or(0).min(LABEL).min(room / 2)
}

/// The lines that hold `marks` and those around them, without empty ones at either end.
fn shown_lines(file: &SourceFile, marks: &[Mark]) -> Range<usize> {
    let first = marks.iter().map(|mark| mark.first_line).min().unwrap_or(0);
    let last = marks.iter().map(|mark| mark.last_line).max().unwrap_or(0);
    let end = (last + 1 + CONTEXT).min(file.line_starts().len());
    let says_something = |index: &usize| !file.line(*index).1.trim().is_empty();
    let before = (first.saturating_sub(CONTEXT)..first).find(says_something);
    let after = (last + 1..end).rfind(says_something);
    before.unwrap_or(first)..after.unwrap_or(last) + 1
}

/// What to keep of a line for `mark`: the whole of it, or the end of it that is there.
fn range_on(mark: &Mark, index: usize, start: usize, line: &str) -> Option<Range<usize>> {
    let within = |at: usize| at.saturating_sub(start).min(line.len());
    let (from, to) = (within(mark.start), within(mark.end));
    match (mark.first_line == index, mark.last_line == index) {
        (true, true) => Some(from..to),
        (true, false) => Some(from..from),
        (false, true) => Some(to..to),
        (false, false) => None,
    }
}
