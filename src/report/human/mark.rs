//! What to mark in the source: labels at their real places, in order, none drawn over another.

use crate::source::{FileId, Files, Label, SourceFile, Span};

/// More lines than this are not drawn for one label.
const MAX_LINES: usize = 8;

/// What a mark is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Role {
    /// The place to change.
    Primary,
    /// A place that matters.
    Related,
    /// A part of a rule.
    Clause,
}

/// A place and what to write under it.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub role: Role,
    pub file: FileId,
    /// First byte and one past the last, at character boundaries of the text.
    pub start: usize,
    pub end: usize,
    /// First and last line, from 0.
    pub first_line: usize,
    pub last_line: usize,
    /// What to say, each part on a line of its own.
    pub texts: Vec<String>,
}

/// The marks for some labels, by file, then by place: the file of the first label comes first,
/// those that only hold parts of rules last. At most one mark begins at each place of a line.
pub(super) fn marks<'a>(
    files: &Files,
    labels: impl IntoIterator<Item = (Role, &'a Label)>,
) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (role, label) in labels {
        let place = files.locate(label.span);
        marks.push(Mark::new(files, role, place.span, &label.text));
        if let Some(used_at) = place.used_at {
            let role = role.max(Role::Related);
            marks.push(Mark::new(files, role, used_at, "brought in here"));
        }
    }
    let Some(first) = marks.first().map(|mark| mark.file) else {
        return marks;
    };
    let described: Vec<_> = marks
        .iter()
        .filter(|mark| mark.role != Role::Clause)
        .map(|mark| mark.file)
        .collect();
    let order = |mark: &Mark| {
        let is_first = mark.file == first;
        (!is_first, !described.contains(&mark.file), mark.file)
    };
    marks.sort_by_key(|mark| (order(mark), mark.start, mark.end, mark.role));
    separate(marks)
}

/// Joins marks of the same place, and parts those that overlap in one line: an underline can have
/// only one meaning.
fn separate(marks: Vec<Mark>) -> Vec<Mark> {
    let mut separate: Vec<Mark> = Vec::with_capacity(marks.len());
    for mut mark in marks {
        let last = separate.last_mut().filter(|last| last.file == mark.file);
        if let Some(last) = last {
            let one_line = |mark: &Mark| mark.first_line == mark.last_line;
            let overlap = mark.start < last.end && one_line(last) && one_line(&mark);
            if (mark.start, mark.end) == (last.start, last.end) {
                last.absorb(mark);
                continue;
            }
            if overlap && mark.start > last.start {
                last.end = mark.start;
            } else if overlap {
                mark.start = last.end;
            }
        }
        separate.push(mark);
    }
    separate
}

impl Mark {
    fn new(files: &Files, role: Role, span: Span, text: &str) -> Self {
        let file = files.get(span.file);
        let source = file.text();
        let start = boundary(source, (0..=source.len().min(span.start as usize)).rev());
        let mut end = boundary(source, span.end as usize..=source.len()).max(start);
        let covered = source.get(start..end).unwrap_or("");
        end -= covered.len() - covered.trim_end_matches(['\n', '\r']).len();
        let mut text = text.to_owned();
        let first_line = line_of(file, start);
        let mut last_line = line_of(file, end);
        let further = last_line - first_line;
        if further >= MAX_LINES {
            last_line = first_line;
            end = start
                + source
                    .get(start..end)
                    .and_then(|text| text.lines().next())
                    .map_or(0, str::len);
            let more = format!("and the {further} lines below");
            text = if text.is_empty() {
                more
            } else {
                format!("{text} ({more})")
            };
        }
        Self {
            role,
            file: span.file,
            start,
            end,
            first_line,
            last_line,
            texts: Vec::from_iter(Some(text).filter(|text| !text.is_empty())),
        }
    }

    /// Also marks what `other`, which comes after it, does.
    pub fn join(&mut self, other: Self) {
        self.end = self.end.max(other.end);
        self.last_line = self.last_line.max(other.last_line);
        self.absorb(other);
    }

    fn absorb(&mut self, other: Self) {
        self.role = self.role.min(other.role);
        for text in other.texts {
            if !self.texts.iter().any(|known| says(known, &text)) {
                self.texts.retain(|known| !says(&text, known));
                self.texts.push(text);
            }
        }
    }
}

/// Whether `text` is said by `known`: it is the same, or the same without of what it is said, as
/// "`kind` is `private`" and "`kind` of key `a` is `private`".
fn says(known: &str, text: &str) -> bool {
    let short = text.split_once(' ').is_some_and(|(name, rest)| {
        let of = known
            .strip_prefix(name)
            .and_then(|after| after.strip_prefix(" of "));
        of.is_some_and(|after| after.ends_with(&format!(" {rest}")))
    });
    known == text || short
}

fn line_of(file: &SourceFile, offset: usize) -> usize {
    file.line_of(u32::try_from(offset).unwrap_or(u32::MAX))
}

/// The first of `offsets` that does not split a character, or the end of `text`.
fn boundary(text: &str, mut offsets: impl Iterator<Item = usize>) -> usize {
    let found = offsets.find(|at| text.is_char_boundary(*at));
    found.unwrap_or(text.len())
}
