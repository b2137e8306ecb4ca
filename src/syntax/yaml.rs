//! YAML 1.2.2 to a tree, through the events of `granit-parser`.

use std::ops::Range;

use granit_parser::{
    Event, Marker, Options, Parser, ScalarStyle, Span as Marked, StrInput, options,
};

use crate::source::{FileId, Problem};

use super::builder::{Builder, Collection, Properties, Stop, Style};
use super::tree::{Limits, Tag, Tree};
use super::yaml_error::Errors;

/// Reads a YAML stream. What can be read is read: a document with a syntax error is left out, and
/// reading goes on at the next `---`.
///
/// Problems have the codes `file-too-large`, `yaml-syntax`, `duplicate-key`, `undefined-alias`,
/// `alias-cycle`, `alias-limit`, `nesting-limit`, `invalid-merge`, `invalid-tag` and
/// `problem-limit`. The last says that there are too many to tell; the one on nesting leaves out
/// the document, unless an alias is at fault. An alias that is not followed reads as null.
pub fn parse_yaml<'s>(file: FileId, text: &'s str, limits: &Limits) -> (Tree<'s>, Vec<Problem>) {
    let mut builder = Builder::new(file, text, 0, limits);
    if builder.admit(text.len()) {
        read_stream(&mut builder, text, 0..text.len(), limits);
    }
    builder.finish()
}

/// Reads the bytes `at` of the text of `builder` as a stream of its own.
pub(super) fn read_stream<'s>(
    builder: &mut Builder<'s>,
    text: &'s str,
    at: Range<usize>,
    limits: &Limits,
) {
    // What is looked at behind an error ends where the stream does.
    let text = text.get(..at.end).unwrap_or(text);
    let stream = text.get(at.start..).unwrap_or_default();
    let reader = Reader {
        text,
        start: at.start as u32,
        errors: Errors::new(text),
        builder,
    };
    reader.stream(Parser::new_from_str_with_options(stream, options(limits)));
}

fn options(limits: &Limits) -> Options {
    let depth = usize::from(limits.depth);
    options! {
        emit_unresolved_aliases: true,
        // The builder counts both kinds together, so these only spare the parser work.
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
        // What the parser holds back is bounded by the size of the file.
        max_buffered_comment_events: usize::MAX,
    }
}

struct Reader<'b, 's> {
    text: &'s str,
    /// Where in the text the stream starts.
    start: u32,
    errors: Errors<'s>,
    builder: &'b mut Builder<'s>,
}

impl<'s> Reader<'_, 's> {
    fn stream(mut self, mut parser: Parser<'s, StrInput<'s>>) {
        let mut document = self.start as usize;
        let mut last_error = None;
        while let Some(next) = parser.next_event() {
            match next {
                Ok((event, at)) => {
                    if let Event::DocumentStart(..) = event {
                        document = self.offset(at.start) as usize;
                    }
                    if self.event(event, at).is_ok() {
                        continue;
                    }
                }
                Err(error) => {
                    let offset = error.marker().byte_offset();
                    let offset = offset.map_or(document, |at| self.start as usize + at);
                    self.errors
                        .tell(self.builder, document..offset, error.kind());
                    // Each error is further on than the last one, or reading would never end.
                    if last_error.replace(offset) >= Some(offset) {
                        break;
                    }
                }
            }
            self.builder.abandon_document();
            if parser.proceed_next_document().is_err() {
                break;
            }
        }
    }

    fn event(&mut self, event: Event<'s>, at: Marked) -> Result<(), Stop> {
        let range = self.range(at);
        match event {
            Event::DocumentStart(explicit, _) => {
                let start = if explicit { range.end } else { range.start };
                self.builder.begin_document(start);
            }
            Event::DocumentEnd => self.builder.end_document(),
            Event::Comment(..) => self.builder.comment(range),
            Event::Scalar(text, style, anchor, tag) => {
                let properties = self.properties(anchor, tag.as_deref(), at);
                // The parser reads a missing value as `~`.
                let (at, text, style) = match style {
                    ScalarStyle::Plain if range.is_empty() => {
                        (self.missing(range.start), "", Style::Plain)
                    }
                    ScalarStyle::Plain => (range, &*text, Style::Plain),
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                        (range, &*text, Style::Quoted)
                    }
                    ScalarStyle::Literal | ScalarStyle::Folded => {
                        (self.block(range), &*text, Style::Block)
                    }
                };
                self.builder.scalar(at, text, style, &properties);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let properties = self.properties(anchor, tag.as_deref(), at);
                self.builder.open(
                    Collection::Seq,
                    range.start,
                    &collection(properties, tag.as_deref()),
                )?;
            }
            Event::MappingStart(_, anchor, tag) => {
                let properties = self.properties(anchor, tag.as_deref(), at);
                self.builder.open(
                    Collection::Map,
                    range.start,
                    &collection(properties, tag.as_deref()),
                )?;
            }
            // Only the end of a flow collection is written; that of a block collection is found
            // where the next thing starts.
            Event::SequenceEnd | Event::MappingEnd => {
                self.builder
                    .close(Some(range.end).filter(|_| !range.is_empty()));
            }
            Event::Alias(anchor) => self.builder.alias(range, Some(anchor)),
            Event::UnresolvedAlias(_) => self.builder.alias(range, None),
            _ => {}
        }
        Ok(())
    }

    /// Where a missing value stands: after what asks for one, or else after the last node.
    fn missing(&self, at: u32) -> Range<u32> {
        let last_end = self.builder.last_end();
        let between = self.text.get(last_end as usize..at as usize).unwrap_or("");
        let asked = if between.ends_with(|c: char| c.is_whitespace()) {
            // The parser is past blanks and comments, perhaps on a later line.
            let line = between.split(['\n', '\r', '#']).next();
            line.map_or(0, |line| line.trim_end().len())
        } else {
            between.len()
        };
        let at = last_end + asked as u32;
        at..at
    }

    /// The visible part of the content of a block scalar, or its indicator if it has none.
    fn block(&self, content: Range<u32>) -> Range<u32> {
        let blank = [' ', '\t', '\r', '\n'];
        let text = &self.text[content.start as usize..content.end as usize];
        let visible = text.trim_start_matches(blank);
        let start = content.end - visible.len() as u32;
        let visible = visible.trim_end_matches(blank);
        if !visible.is_empty() {
            return start..start + visible.len() as u32;
        }
        let header = self.builder.last_end();
        let before = &self.text.as_bytes()[header as usize..content.start as usize];
        match before.iter().position(|byte| matches!(byte, b'|' | b'>')) {
            Some(at) => header + at as u32..header + at as u32 + 1,
            None => self.missing(content.start),
        }
    }

    fn properties(
        &self,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
        at: Marked,
    ) -> Properties {
        let Some(tag) = tag else {
            return Properties {
                anchor,
                ..Properties::NONE
            };
        };
        let tag_at = at.tag_span().map_or(0..0, |tag| self.range(tag));
        Properties {
            tag: tag_of(tag),
            tag_at,
            anchor,
        }
    }

    fn range(&self, at: Marked) -> Range<u32> {
        self.offset(at.start)..self.offset(at.end)
    }

    // The parser knows byte offsets whenever it reads from a string.
    fn offset(&self, marker: Marker) -> u32 {
        self.start + marker.byte_offset().map_or(0, |offset| offset as u32)
    }
}

fn tag_of(tag: &granit_parser::Tag) -> Tag {
    match tag.core_suffix() {
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("str") => Tag::Str,
        Some("seq") => Tag::Seq,
        Some("map") => Tag::Map,
        _ if tag.parts() == ("", "!") => Tag::Str,
        _ if tag.parts() == ("tag:yaml.org,2002:", "merge") => Tag::Merge,
        _ => Tag::Custom,
    }
}

/// The tag `!` makes a scalar text and leaves a collection what it is (section 6.9.1).
fn collection(mut properties: Properties, tag: Option<&granit_parser::Tag>) -> Properties {
    if tag.is_some_and(|tag| tag.parts() == ("", "!")) {
        properties.tag = Tag::None;
    }
    properties
}
