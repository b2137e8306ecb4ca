//! The fences of a Markdown page, and YAML in them, through `pulldown-cmark`.
//!
//! A fence nests in list items and block quotes, and its lines begin with what nests them: `> `,
//! spaces, part of a tab. CommonMark says how much of that is not content, and it differs from line
//! to line. So the content of a fence is a text of its own, without any of it, and YAML sees exactly
//! what a reader of the rendered page sees.
//!
//! How spans find back: the contents of all fences stand one after the other in one text. In spans,
//! its bytes are called by the positions past the end of the page, just as values behind aliases
//! are; and each line is a [`Piece`] that says where it was written. So a position in the text is
//! turned into one in the page by adding one number when the tree is read, and by one search when a
//! place is shown. Nothing is copied more than once, whatever the number of fences.
//!
//! Also finds what was meant to be a fence and is none to CommonMark: nobody is told otherwise that
//! it is not read.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::source::{FileId, Piece, Problem};

use super::builder::{Builder, LARGEST_TEXT};
use super::tree::{Limits, Tree};
use super::yaml::read_stream;

/// The fences of one page.
#[derive(Debug, Default)]
pub struct Fences<'s> {
    /// Every fence, in order.
    pub fences: Vec<Fence<'s>>,
    /// What looks like a fence and is none, in order.
    pub strays: Vec<Stray<'s>>,
    page: &'s str,
    /// The contents, one after the other.
    text: String,
    pieces: Vec<Piece>,
}

/// A fence.
#[derive(Debug, Clone)]
pub struct Fence<'s> {
    /// Where in the page it is opened, from its first character to the end of the line.
    pub opening: Range<u32>,
    /// What stands behind the characters that open it.
    pub info: &'s str,
    /// Whether it is closed. If it is not, it takes in what was not meant to be in it.
    pub closed: bool,
    /// Its content, in the text of all contents.
    content: Range<usize>,
    /// Where in the page it ends.
    end: usize,
}

/// A line that looks like the opening of a fence and is none: it is indented too deep, or in HTML,
/// or in a fence that is not closed.
#[derive(Debug, Clone)]
pub struct Stray<'s> {
    /// Where in the page it is.
    pub opening: Range<u32>,
    /// What stands behind the characters that look like a fence.
    pub info: &'s str,
    /// What follows, up to the next such line.
    pub content: &'s str,
}

/// Finds the fences of `page`. Linear.
pub fn fences(page: &str) -> Fences<'_> {
    // Too large to be read; `parse_fences` says so.
    let read = page.len() <= LARGEST_TEXT as usize;
    let start = page.len() - page.trim_start_matches('\u{feff}').len();
    let mut finder = Finder {
        found: Fences {
            page,
            ..Fences::default()
        },
        open: None,
    };
    let start = match front_matter(page, start).filter(|_| read) {
        Some((content, end)) => {
            finder
                .found
                .push(slice(page, content.clone()), content.clone());
            let opening = start as u32..start as u32 + 3;
            finder.add(
                Opening {
                    at: opening,
                    marks: "---",
                    info: FRONT_MATTER,
                },
                0..content.len(),
                true,
                end,
            );
            end
        }
        None => start,
    };
    let mut comments = Vec::new();
    // Nothing else that CommonMark does not have can hold a fence.
    let options = Options::ENABLE_FOOTNOTES;
    let events = Parser::new_ext(page.get(start..).filter(|_| read).unwrap_or(""), options);
    for (event, at) in events.into_offset_iter() {
        let at = start + at.start..start + at.end;
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => finder.open(at),
            Event::Text(text) => finder.text(&text, at),
            Event::End(TagEnd::CodeBlock) => finder.close(at.end),
            Event::Start(Tag::HtmlBlock) if slice(page, at.clone()).starts_with("<!--") => {
                comments.push(at);
            }
            _ => {}
        }
    }
    let mut found = finder.found;
    found.strays = strays(&found, &comments);
    found
}

/// What is taken to stand behind the line that opens front matter.
const FRONT_MATTER: &str = "yaml";

/// The content of the YAML between two lines at the start of a page that programs take for facts
/// about it, and where the page goes on behind these.
fn front_matter(page: &str, start: usize) -> Option<(Range<usize>, usize)> {
    let mut at = start;
    let mut content = None;
    for line in page.get(start..)?.split_inclusive('\n') {
        let text = line.trim_end();
        match content {
            None if text == "---" => content = Some(at + line.len()),
            None => return None,
            Some(content) if matches!(text, "---" | "...") => {
                return Some((content..at, at + line.len()));
            }
            // Two thematic breaks with something between them.
            Some(content) if text.is_empty() && content == at => return None,
            Some(_) if text.trim_start().starts_with(['`', '~']) => return None,
            Some(_) => {}
        }
        at += line.len();
    }
    None
}

/// Reads the `chosen` fences, which are in order, as YAML: each a stream of its own.
///
/// Problems are those of [`parse_yaml`](super::parse_yaml).
pub fn parse_fences<'s>(
    file: FileId,
    fences: &'s Fences<'_>,
    chosen: impl Iterator<Item = &'s Fence<'s>>,
    limits: &Limits,
) -> (Tree<'s>, Vec<Problem>) {
    let mut builder = Builder::new(file, &fences.text, fences.base(), limits);
    if builder.admit(fences.page.len()) {
        for fence in chosen {
            read_stream(&mut builder, &fences.text, fence.content.clone(), limits);
        }
    }
    builder.finish()
}

impl Fences<'_> {
    /// The content of a fence.
    pub fn content(&self, fence: &Fence<'_>) -> &str {
        slice(&self.text, fence.content.clone())
    }

    /// The positions that the content of a fence has in spans.
    pub fn positions(&self, fence: &Fence<'_>) -> Range<u32> {
        let base = self.base();
        base + fence.content.start as u32..base + fence.content.end as u32
    }

    /// Where each part of the contents was written; for
    /// [`SourceFile::with_pieces`](crate::source::SourceFile::with_pieces).
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The same, where nothing else is needed any more.
    pub fn into_pieces(self) -> Vec<Piece> {
        self.pieces
    }

    /// What the first byte of the contents is called in spans.
    fn base(&self) -> u32 {
        u32::try_from(self.page.len()).map_or(0, |length| length.saturating_add(1))
    }

    /// Adds what is read as `text`, and was written at the bytes `at` of the page.
    fn push(&mut self, text: &str, at: Range<usize>) {
        let mut start = at.start as u32;
        let mut length = 0;
        if slice(self.page, at.clone()) == text {
            length = text.len() as u32;
            // Both bytes of a line break are read as one: it is where the line ends.
            let line_feed = text == "\n" && self.page[..at.start].ends_with('\r');
            start -= u32::from(line_feed);
        }
        let base = self.base() + self.text.len() as u32;
        self.text.push_str(text);
        if let Some(last) = self.pieces.last_mut() {
            let follows = last.base + last.length == base && last.start + last.length == start;
            if follows && length > 0 {
                last.length += length;
                return;
            }
        }
        self.pieces.push(Piece {
            base,
            start,
            length,
        });
    }

    /// Where in the page the byte `at` of the text was written; only of the last piece.
    fn written(&self, at: usize) -> usize {
        let position = self.base() + at as u32;
        let after = self.pieces.partition_point(|piece| piece.base <= position);
        let piece = after.checked_sub(1).and_then(|at| self.pieces.get(at));
        piece.map_or(0, |piece| {
            (piece.start + (position - piece.base).min(piece.length)) as usize
        })
    }
}

struct Finder<'s> {
    found: Fences<'s>,
    open: Option<Open<'s>>,
}

/// A fence whose end is not found yet.
struct Open<'s> {
    opening: Opening<'s>,
    /// Where its content begins, in the text.
    content: usize,
    /// Where the line begins that is being read, in the text.
    line: usize,
    /// Where in the page its content ends, as far as it is read.
    end: usize,
}

/// The opening of a fence.
struct Opening<'s> {
    at: Range<u32>,
    /// The characters of the fence.
    marks: &'s str,
    info: &'s str,
}

impl<'s> Opening<'s> {
    /// The fence that is opened at the byte `start` of `page`.
    fn at(page: &'s str, start: usize) -> Option<Self> {
        let rest = page.get(start..)?;
        let line = rest.lines().next().unwrap_or("").trim_end();
        let mark = line
            .chars()
            .next()
            .filter(|mark| matches!(mark, '`' | '~'))?;
        let info = line.trim_start_matches(mark);
        let marks = &line[..line.len() - info.len()];
        if marks.len() < 3 || (mark == '`' && info.contains('`')) {
            return None;
        }
        Some(Self {
            at: start as u32..(start + line.len()) as u32,
            marks,
            info: info.trim_start(),
        })
    }
}

impl<'s> Finder<'s> {
    fn open(&mut self, at: Range<usize>) {
        let page = self.found.page;
        let indentation =
            slice(page, at.clone()).len() - slice(page, at.clone()).trim_start().len();
        let Some(opening) = Opening::at(page, at.start + indentation) else {
            return;
        };
        let content = self.found.text.len();
        // The line break belongs to the opening.
        let line = memchr::memchr(b'\n', &page.as_bytes()[at.start..]);
        self.open = Some(Open {
            opening,
            content,
            line: content,
            end: line.map_or(page.len(), |line| at.start + line + 1),
        });
    }

    fn text(&mut self, text: &str, at: Range<usize>) {
        // Several lines, where nothing is left out between them.
        let written = slice(self.found.page, at.clone()) == text;
        let mut start = at.start;
        for line in text.split_inclusive('\n') {
            let end = if written { start + line.len() } else { at.end };
            let Some(open) = &mut self.open else {
                return;
            };
            open.end = end;
            self.found.push(line, start..end);
            start = end;
            if line.ends_with('\n') {
                self.line();
            }
        }
    }

    /// Ends a line of content. One that opens a fence, and could not close the one that is open,
    /// was written by somebody who forgot to close that.
    fn line(&mut self) {
        let Some(open) = &mut self.open else {
            return;
        };
        let line = slice(&self.found.text, open.line..self.found.text.len());
        let indentation = line.len() - line.trim_start_matches(' ').len();
        let start = open.line + indentation;
        open.line = self.found.text.len();
        if indentation > 3 || !line[indentation..].starts_with(open.opening.marks) {
            return;
        }
        let Some(opening) = Opening::at(self.found.page, self.found.written(start)) else {
            return;
        };
        if opening.info.is_empty() {
            return;
        }
        let content = self.found.text.len();
        let (line, end) = (content, open.end);
        let before = self.open.replace(Open {
            opening,
            content,
            line,
            end,
        });
        if let Some(before) = before {
            let content = before.content..start - indentation;
            self.add(before.opening, content, false, end);
        }
    }

    fn close(&mut self, end: usize) {
        if slice(&self.found.text, 0..self.found.text.len()).ends_with(|c| c != '\n') {
            self.line();
        }
        let Some(open) = self.open.take() else {
            return;
        };
        let closing = self.found.page.get(open.end..end).unwrap_or("");
        let closed = closing.trim_end().ends_with(open.opening.marks);
        let content = open.content..self.found.text.len();
        self.add(open.opening, content, closed, end);
    }

    fn add(&mut self, opening: Opening<'s>, content: Range<usize>, closed: bool, end: usize) {
        self.found.fences.push(Fence {
            opening: opening.at,
            info: opening.info,
            closed,
            content,
            end,
        });
    }
}

/// The lines outside `found` and `comments` that look like the opening of a fence.
fn strays<'s>(found: &Fences<'s>, comments: &[Range<usize>]) -> Vec<Stray<'s>> {
    let page = found.page;
    let mut strays: Vec<Stray<'s>> = Vec::new();
    let mut fences = found.fences.iter().peekable();
    let mut comments = comments.iter().peekable();
    let mut covered = 0;
    let mut start = 0;
    // Where the content of the last stray begins, until its end is found.
    let mut content = None;
    let nests = |c: char| c.is_ascii_digit() || " \t>-+*.)\u{feff}".contains(c);
    for line in page.split_inclusive('\n') {
        let at = start;
        start += line.len();
        while let Some(comment) = comments.next_if(|comment| comment.start < start) {
            covered = covered.max(comment.end);
        }
        let mut opened = false;
        while let Some(fence) = fences.next_if(|fence| (fence.opening.start as usize) < start) {
            opened = true;
            covered = covered.max(if fence.closed { fence.end } else { start });
        }
        let looked_at = !opened && at >= covered;
        let visible = line.trim_start_matches(nests);
        let marks = visible.starts_with("```") || visible.starts_with("~~~");
        if (marks || !looked_at)
            && let (Some(content), Some(stray)) = (content.take(), strays.last_mut())
        {
            stray.content = slice(page, content..at);
        }
        let opening = looked_at && marks;
        let opening = opening.then(|| Opening::at(page, at + line.len() - visible.len()));
        if let Some(opening) = opening.flatten().filter(|opening| !opening.info.is_empty()) {
            content = Some(start);
            strays.push(Stray {
                opening: opening.at,
                info: opening.info,
                content: "",
            });
        }
    }
    if let (Some(content), Some(stray)) = (content, strays.last_mut()) {
        stray.content = slice(page, content..page.len());
    }
    strays
}

fn slice(text: &str, at: Range<usize>) -> &str {
    text.get(at).unwrap_or("")
}
