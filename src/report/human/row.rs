//! One line of source, made safe to show and cut to fit, with the marked ranges found again in it.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::report::clean::is_hostile;

const TAB: usize = 4;
const ELLIPSIS: char = '…';
/// So many bytes are not left out between two parts.
const FEW: usize = 4;

/// A line as shown.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// Without tabs, control characters and line end; `…` where something is left out.
    pub text: String,
    /// The ranges of `text` that stand for the marks, in the same order.
    pub marks: Vec<Range<usize>>,
    /// The column of the middle of each mark, from which a line leads to what is said of it.
    pub stems: Vec<usize>,
    /// Whether the row, and what is said of its marks, has the room that it was given.
    pub fits: bool,
    /// How many columns `text` takes.
    width: usize,
}

/// Lays out `line` in `room` columns, so that the middle of each mark is as far before the end of
/// that as `needs` says.
///
/// `marks` are in order, within the line and at character boundaries. Where the line is too long,
/// what is far from every mark goes first; the marks themselves stay, and only where nothing else
/// helps are long ones shortened in the middle. Takes time for what is shown, not for what the line
/// holds.
pub(super) fn lay_out(line: &str, marks: &[Range<usize>], needs: &[usize], room: usize) -> Row {
    let mut row = Row::default();
    for longest in [room, room * 2 / 3, room / 3] {
        // The most context that leaves room for the marks and what is said of them.
        let reach = (1..=8).rev().map(|eighths| room * eighths / 8);
        let whole = std::iter::once(line.len()).filter(|length| *length <= 4 * room);
        for before in whole.chain(reach).chain([4, 1]) {
            row = draw(line, marks, &parts(line, marks, before, longest), room);
            let mut wanted = row.stems.iter().zip(needs).map(|(stem, need)| stem + need);
            row.fits = row.width <= room && wanted.all(|columns| columns <= room);
            if row.fits {
                return row;
            }
        }
    }
    row
}

/// The parts of `line` to show: up to `before` characters before each mark, then each mark, the two
/// ends of it if it is longer than `longest`.
fn parts(line: &str, marks: &[Range<usize>], before: usize, longest: usize) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut add = |part: Range<usize>| match parts.last_mut() {
        // An ellipsis is worth it only where it stands for more than a few characters.
        Some(last) if part.start <= last.end + FEW => last.end = last.end.max(part.end),
        _ => parts.push(part),
    };
    for mark in marks {
        let start = back(line, mark.start, before);
        // Likewise at the start of the line.
        add(if start <= 1 {
            0..mark.start
        } else {
            start..mark.start
        });
        let end = forward(line, mark.start, longest / 2).min(mark.end);
        let resume = back(line, mark.end, longest / 4).max(end);
        if line
            .get(mark.start..mark.end)
            .is_some_and(|text| text.len() <= longest)
        {
            add(mark.clone());
        } else {
            add(mark.start..end);
            add(resume..mark.end);
        }
    }
    if parts.is_empty() {
        parts.push(0..0);
    }
    parts
}

fn back(line: &str, from: usize, characters: usize) -> usize {
    let before = line.get(..from).unwrap_or("").char_indices().rev();
    before.take(characters).last().map_or(from, |(at, _)| at)
}

fn forward(line: &str, from: usize, characters: usize) -> usize {
    let mut after = line.get(from..).unwrap_or("").char_indices();
    after
        .nth(characters)
        .map_or(line.len(), |(at, _)| from + at)
}

/// Draws `parts`, and what follows the last one as far as there is room.
fn draw(line: &str, marks: &[Range<usize>], parts: &[Range<usize>], room: usize) -> Row {
    let mut row = Row::default();
    // Where each position of the line that matters is in the row.
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut reached = 0;
    for part in parts {
        if part.start > reached {
            row.push(ELLIPSIS);
        }
        for (at, c) in line.get(part.clone()).unwrap_or("").char_indices() {
            found.push((part.start + at, row.text.len()));
            row.push(c);
        }
        found.push((part.end, row.text.len()));
        reached = part.end;
    }
    let marked = row.width;
    let mut kept = row.text.len();
    // Bounded in characters too: some have no width.
    for (_, c) in line
        .get(reached..)
        .unwrap_or("")
        .char_indices()
        .take(4 * room)
    {
        if row.width < room {
            kept = row.text.len();
        }
        row.push(c);
        if row.width > room {
            break;
        }
        reached += c.len_utf8();
    }
    if reached < line.len() {
        row.text.truncate(kept);
        row.text.push(ELLIPSIS);
        row.width = row.width.min(room).max(marked + 1);
    }
    let find = |position| {
        let at = found.partition_point(|(of_line, _)| *of_line < position);
        found.get(at).map_or(row.text.len(), |(_, of_row)| *of_row)
    };
    for mark in marks {
        let start = find(mark.start);
        let end = find(mark.end).max(start);
        let column = |at: usize| row.text.get(..at).map_or(0, UnicodeWidthStr::width);
        row.stems.push(usize::midpoint(column(start), column(end)));
        row.marks.push(start..end);
    }
    row
}

impl Row {
    fn push(&mut self, c: char) {
        match c {
            '\t' => {
                let width = TAB - self.width % TAB;
                self.text.extend(std::iter::repeat_n(' ', width));
                self.width += width;
            }
            // A byte order mark says how the file is encoded; it is not part of what it says.
            '\u{feff}' => {}
            c if is_hostile(c) => {
                let escape = c.escape_default();
                self.width += escape.len();
                self.text.extend(escape);
            }
            c => {
                self.text.push(c);
                self.width += c.width().unwrap_or(0);
            }
        }
    }
}
