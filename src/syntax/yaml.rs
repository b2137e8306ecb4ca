//! YAML 1.2.2 to a tree, through the events of `granit-parser`.

use std::ops::Range;

use granit_parser::{
    Event, Marker, Options, Parser, ScalarStyle, Span as Marked, StrInput, options,
};

use crate::source::{FileId, Problem};

use super::builder::{Builder, Collection, Properties, Stop, Style};
use super::plain_yaml;
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
    if let Some(builder) = plain_yaml::read(file, text, limits) {
        return builder.finish();
    }
    parse_events(file, text, limits)
}

/// Reads a YAML stream through the events of `granit-parser`, however plain it is.
fn parse_events<'s>(file: FileId, text: &'s str, limits: &Limits) -> (Tree<'s>, Vec<Problem>) {
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

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use include_dir::{Dir, DirEntry, include_dir};
    use proptest::prelude::*;

    use super::*;

    /// What is in a tree, and the problems.
    fn shown((tree, problems): (Tree<'_>, Vec<Problem>)) -> String {
        let mut shown = format!(
            "{:?}\n{:?} {:?} {:?} {problems:?}",
            tree.roots, tree.comments, tree.cooked, tree.cooked_ends
        );
        for node in &tree.nodes {
            shown += &format!("\n{node:?}");
        }
        shown
    }

    /// Whether it is read by lines; then it is read as events tell.
    fn agrees(text: &str) -> bool {
        let limits = Limits::default();
        let Some(builder) = plain_yaml::read(FileId(0), text, &limits) else {
            return false;
        };
        let (plain, events) = (
            shown(builder.finish()),
            shown(parse_events(FileId(0), text, &limits)),
        );
        let mut lines = plain.lines().zip(events.lines());
        if let Some((plain, events)) = lines.find(|(plain, events)| plain != events) {
            panic!("{text}\nby lines:  {plain}\nby events: {events}");
        }
        assert_eq!(plain, events);
        true
    }

    fn texts(folder: &Dir<'static>, found: &mut Vec<&'static str>) {
        for entry in folder.entries() {
            match entry {
                DirEntry::Dir(folder) => texts(folder, found),
                DirEntry::File(file) => {
                    let extension = file.path().extension();
                    if extension.is_some_and(|it| it == "yaml" || it == "yml") {
                        found.extend(file.contents_utf8());
                    }
                }
            }
        }
    }

    /// The documents of the examples and tests of this project.
    fn examples() -> Vec<&'static str> {
        static EXAMPLES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/examples");
        static TESTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/tests");
        let mut found = Vec::new();
        texts(&EXAMPLES, &mut found);
        texts(&TESTS, &mut found);
        found
    }

    #[test]
    fn most_files_are_read_by_lines_and_as_events_tell() {
        let texts = examples();
        let plain = texts.iter().filter(|text| agrees(text)).count();
        assert!(plain * 10 > texts.len() * 6, "{plain} of {}", texts.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8_000))]

        /// Pieces at which YAML turns, in any order, on lines of any indentation.
        #[test]
        fn any_lines_are_read_as_events_tell(
            lines in prop::collection::vec(
                (0usize..5, prop::collection::vec(prop::sample::select(PIECES), 1..5)),
                1..9,
            ),
        ) {
            let lines = lines.iter().map(|(indent, pieces)| {
                format!("{}{}", " ".repeat(*indent), pieces.concat())
            });
            agrees(&lines.collect::<Vec<_>>().join("\n"));
        }

        /// Files of ours with a piece put in, or some bytes left out.
        #[test]
        fn any_change_is_read_as_events_tell(
            at in any::<prop::sample::Index>(),
            place in any::<prop::sample::Index>(),
            piece in prop::sample::select(PIECES),
            less in 0usize..4,
        ) {
            static EXAMPLES: std::sync::LazyLock<Vec<&str>> = std::sync::LazyLock::new(|| {
                examples().into_iter().filter(|text| (1..3_000).contains(&text.len())).collect()
            });
            let text = at.get(&EXAMPLES);
            let chars: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
            let place = *place.get(&chars);
            let rest: String = text[place..].chars().skip(less).collect();
            agrees(&format!("{}{piece}{rest}", &text[..place]));
        }
    }

    const PIECES: &[&str] = &[
        "a",
        "key",
        "b: ",
        "c:",
        ": ",
        ":",
        "- ",
        "-",
        "'",
        "\"",
        "'it''s'",
        "\"a\\nb\"",
        "#",
        " # c",
        " ",
        "  ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ",",
        "[a, b]",
        "{ a: b }",
        "{a: [b]}",
        "|",
        "|-",
        "---",
        "...",
        "? ",
        "<<",
        "*a",
        "&a ",
        "!t ",
        "~",
        "null",
        "0x1",
        "-1",
        "\n",
        "\n  ",
        "\n\n",
        "é",
        "\t",
        "%",
        "@",
        "`",
        ">",
        "|\n  x\n",
        "x:\n",
        "- - ",
        "- a: ",
        "=",
        "\u{2028}",
        "\r\n",
    ];
}
