//! The lines of source that decided, with what decided marked.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::finding::Finding;
use crate::report::clean::clean;
use crate::source::{FileId, Files, Span};

/// So many lines are shown.
const LINES: usize = 8;
/// Of a line so many bytes are shown around what decided.
const WIDE: usize = 160;

/// A part of a line that is marked.
struct Part {
    start: usize,
    end: usize,
    primary: bool,
}

/// The lines that a finding rests on: where to change something, then the values that decided.
pub(super) fn frame(files: &Files, finding: &Finding) -> Markup {
    let because = finding.because.iter();
    let known = because.filter(|because| because.known && because.value.is_some());
    let spans = std::iter::once((finding.primary.span, true))
        .chain(known.map(|because| (because.span, false)));
    frame_of(files, spans)
}

/// The lines of some places, marked.
pub(super) fn frame_of(files: &Files, spans: impl Iterator<Item = (Span, bool)>) -> Markup {
    let mut order: Vec<FileId> = Vec::new();
    let mut lines: BTreeMap<(usize, usize), Vec<Part>> = BTreeMap::new();
    for (span, primary) in spans {
        let span = files.locate(span).span;
        let file = files.get(span.file);
        if file.text().is_empty() {
            continue;
        }
        let rank = order.iter().position(|known| *known == span.file);
        let rank = rank.unwrap_or_else(|| {
            order.push(span.file);
            order.len() - 1
        });
        let number = file.line_of(span.start);
        if lines.len() >= LINES && !lines.contains_key(&(rank, number)) {
            continue;
        }
        let (start, text) = file.line(number);
        let from = (span.start as usize).saturating_sub(start).min(text.len());
        let to = (span.end as usize)
            .saturating_sub(start)
            .clamp(from, text.len());
        let parts = lines.entry((rank, number)).or_default();
        if parts
            .iter()
            .all(|part| part.end <= from || to <= part.start)
        {
            parts.push(Part {
                start: from,
                end: to,
                primary,
            });
        }
    }
    let mut rows: Vec<(usize, usize, Markup)> = Vec::new();
    for ((rank, number), mut parts) in lines {
        parts.sort_by_key(|part| part.start);
        let file = files.get(order[rank]);
        let text = file.line(number).1;
        rows.push((rank, number, row(text, &parts)));
    }
    html! {
        @for (rank, file) in order.iter().enumerate() {
            pre {
                span.quiet { (clean(&files.get(*file).name)) } "\n"
                @for (_, number, line) in rows.iter().filter(|(of, ..)| *of == rank) {
                    span.line-number { (format!("{:>5} │ ", number + 1)) } (line) "\n"
                }
            }
        }
    }
}

fn row(text: &str, parts: &[Part]) -> Markup {
    // A line may be all of a file.
    let first = parts.first().map_or(0, |part| part.start);
    let (from, to) = match text.len() > WIDE {
        false => (0, text.len()),
        true => {
            let from = floor(text, first.saturating_sub(WIDE / 3));
            (from, floor(text, (from + WIDE).min(text.len())))
        }
    };
    let slice = |from: usize, to: usize| clean(text.get(from..to).unwrap_or_default()).into_owned();
    let mut at = from;
    let mut pieces = Vec::new();
    for part in parts {
        let (start, end) = (part.start.clamp(at, to), part.end.clamp(at, to));
        pieces.push((slice(at, start), slice(start, end), part.primary));
        at = end;
    }
    html! {
        @if from > 0 { "…" }
        @for (before, marked, primary) in &pieces {
            (before)
            @if !marked.is_empty() {
                @if *primary { mark { (marked) } } @else { mark.related { (marked) } }
            }
        }
        (slice(at, to))
        @if to < text.len() { "…" }
    }
}

/// The nearest place before which a letter ends.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
