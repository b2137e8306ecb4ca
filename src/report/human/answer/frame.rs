//! The lines of source that say why: the value to change, and the two that make it matter most.

use std::collections::BTreeMap;
use std::ops::Range;

use owo_colors::Style as Paint;
use unicode_width::UnicodeWidthStr;

use crate::finding::{Finding, Verdict};
use crate::report::clean::clean;
use crate::source::{FileId, Span};

use super::Sheet;
use crate::report::human::row::lay_out;
use crate::report::human::wrap::wrap;

/// So many values are marked beside the one to change.
const VALUES: usize = 2;

/// What tells a reader first why something is bad.
const TELLING: [&str; 5] = ["level", "clearance", "environment", "internet", "isolation"];

/// A place in a line, and what is said of it.
struct Mark {
    range: Range<usize>,
    primary: bool,
    text: String,
}

/// A problem has the same frame as a finding: its first place, and what is wrong there.
pub(super) struct Told<'t> {
    pub(super) primary: Span,
    pub(super) text: &'t str,
}

impl Sheet<'_, '_> {
    /// The frame of a finding.
    pub(super) fn frame(&self, finding: &Finding, paint: Paint) -> Vec<String> {
        let files = self.page.files;
        let primary = files.locate(finding.primary.span).span;
        let line_of = |span: Span| files.get(span.file).line_of(span.start);
        let mut values: Vec<_> = finding
            .because
            .iter()
            .filter(|it| it.known && it.value.is_some() && it.span != finding.primary.span)
            .map(|it| (it, files.locate(it.span).span))
            .filter(|(it, span)| {
                let here = (span.file, line_of(*span)) == (primary.file, line_of(primary));
                let is_implied =
                    it.entity == "zone `internet`" && files.slice(it.span) != "internet";
                (it.attribute != "kind" || here) && !is_implied && span != &primary
            })
            .collect();
        values.sort_by_key(|(it, _)| {
            let telling = TELLING.iter().position(|name| *name == it.attribute);
            telling.unwrap_or(TELLING.len())
        });
        let mut kept: Vec<(&crate::finding::Because, Span)> = Vec::new();
        for (it, span) in values {
            let again = kept.iter().any(|(known, at)| {
                *at == span || (&known.attribute, &known.value) == (&it.attribute, &it.value)
            });
            if !again && kept.len() < VALUES {
                kept.push((it, span));
            }
        }
        let of_value = kept.into_iter().map(|(it, span)| {
            let text = match (&it.value, it.entity.split('`').nth(1)) {
                (Some(value), Some(id)) if !self.is_under(span, id) => {
                    format!("`{}` of {} is `{}`", it.attribute, it.entity, value)
                }
                _ => String::new(),
            };
            (span, false, text)
        });
        let hops = finding.path.len() > 2;
        let text = match &finding.primary.text {
            text if text.starts_with("hop ") => match hops {
                true => text.split(':').next().unwrap_or_default().to_owned(),
                false => String::new(),
            },
            text if self.repeats(primary, text) => String::new(),
            text => text.clone(),
        };
        let all = std::iter::once((primary, true, text)).chain(of_value);
        let paint = match finding.verdict {
            Verdict::Violation => paint,
            Verdict::Undetermined => self.page.palette.undetermined(),
        };
        self.draw(all.collect(), paint)
    }

    /// The frame of one place.
    pub(super) fn frame_of(&self, told: &Told<'_>, paint: Paint) -> Vec<String> {
        let span = self.page.files.locate(told.primary).span;
        self.draw(vec![(span, true, told.text.to_owned())], paint)
    }

    /// Whether `text` says no more than the line that it is about: "`level` is `secret`".
    fn repeats(&self, span: Span, text: &str) -> bool {
        let parts: Vec<&str> = text.split('`').collect();
        let is_value = matches!(
            parts.as_slice(),
            ["", _, " is " | " has ", _, ""] | ["", _, _, _, " is " | " has ", _, ""]
        );
        let named = parts.iter().skip(1).step_by(2).copied();
        is_value && self.line_has(span, &named.collect::<Vec<_>>())
    }

    /// Whether a line names an entity before it comes to this place.
    fn is_under(&self, span: Span, id: &str) -> bool {
        let (_, start, text) = line(self.page.files.get(span.file), span);
        let before = (span.start as usize).saturating_sub(start);
        text.get(..before).is_some_and(|text| text.contains(id))
    }

    fn line_has(&self, span: Span, words: &[&str]) -> bool {
        let line = line(self.page.files.get(span.file), span);
        words.iter().all(|word| line.2.contains(word))
    }

    fn draw(&self, places: Vec<(Span, bool, String)>, paint: Paint) -> Vec<String> {
        let files = self.page.files;
        let Some(first) = places.first().map(|(span, ..)| span.file) else {
            return Vec::new();
        };
        let mut lines: BTreeMap<(bool, FileId, usize), Vec<Mark>> = BTreeMap::new();
        for (span, primary, text) in places {
            let (number, start, source) = line(files.get(span.file), span);
            let from = (span.start as usize)
                .saturating_sub(start)
                .min(source.len());
            let to = (span.end as usize)
                .saturating_sub(start)
                .clamp(from, source.len());
            let trimmed = source
                .get(from..to)
                .map_or(to, |part| from + part.trim_end().len());
            let mark = Mark {
                range: from..trimmed.max(from),
                primary,
                text,
            };
            let marks = lines
                .entry((span.file != first, span.file, number))
                .or_default();
            let overlaps = marks.iter().any(|known| {
                known.range.start < mark.range.end && mark.range.start < known.range.end
            });
            if !overlaps {
                marks.push(mark);
            }
        }
        let gutter = lines
            .keys()
            .map(|(.., number)| (number + 1).to_string().len())
            .max();
        let gutter = gutter.unwrap_or(1);
        let bar = self.quiet("│");
        let mut drawn = Vec::new();
        let mut file = first;
        for ((_, of, number), mut marks) in lines {
            if of != file {
                file = of;
                let name = clean(&files.get(of).name).into_owned();
                let name = self.page.palette.path().style(name);
                drawn.push(format!("{:gutter$} {} {name}", "", self.quiet("─")));
            }
            marks.sort_by_key(|mark| mark.range.start);
            let source = files.get(of).line(number).1;
            let room = self.width().saturating_sub(gutter + 3).max(20);
            let ranges: Vec<_> = marks.iter().map(|mark| mark.range.clone()).collect();
            let row = lay_out(source, &ranges, &vec![0; ranges.len()], room);
            let linum = self.quiet(&format!("{:>gutter$}", number + 1));
            drawn.push(format!("{linum} {bar} {}", row.text).trim_end().to_owned());
            let blank = format!("{:gutter$} {bar} ", "");
            drawn.extend(self.under(&row, &marks, room, &blank, paint));
        }
        drawn
    }

    /// The line of marks under a row, with what is said of them: beside the last one if there is
    /// room, else below.
    fn under(
        &self,
        row: &crate::report::human::row::Row,
        marks: &[Mark],
        room: usize,
        blank: &str,
        paint: Paint,
    ) -> Vec<String> {
        let column = |at: usize| row.text.get(..at).map_or(0, UnicodeWidthStr::width);
        let (mut line, mut reached) = (String::new(), 0);
        let mut below: Vec<(usize, &str)> = Vec::new();
        for (at, (mark, range)) in marks.iter().zip(&row.marks).enumerate() {
            let (from, to) = (column(range.start), column(range.end));
            let to = to.max(from + 1).min(room.max(from + 1));
            if from < reached {
                continue;
            }
            line += &" ".repeat(from - reached);
            let (stroke, paint) = match mark.primary {
                true => ("^", paint),
                false => ("─", self.page.palette.related()),
            };
            line += &paint.style(stroke.repeat(to - from)).to_string();
            reached = to;
            if mark.text.is_empty() {
                continue;
            }
            let is_last = at + 1 == marks.len();
            if is_last && below.is_empty() && reached + 1 + clean(&mark.text).width() <= room {
                let text = clean(&mark.text).into_owned();
                line += &format!(" {}", paint.style(text));
            } else {
                below.push((from, &mark.text));
            }
        }
        let mut lines = vec![format!("{blank}{line}").trim_end().to_owned()];
        for (from, text) in below {
            let text = clean(text);
            let start = from.min(room.saturating_sub(text.width()));
            let wide = room.saturating_sub(start).max(20);
            for part in wrap(&text, wide) {
                lines.push(format!("{blank}{}{part}", " ".repeat(start)));
            }
        }
        lines
    }
}

/// The line in which a span begins: its number from 0, where it starts, and what it holds.
fn line(file: &crate::source::SourceFile, span: Span) -> (usize, usize, &str) {
    let number = file.line_of(span.start);
    let (start, text) = file.line(number);
    (number, start, text)
}
