//! Says in plain words what is wrong with a YAML text, and where.

use std::ops::Range;

use granit_parser::ErrorKind;

use crate::source::{Code, Problem, quote};

use super::builder::Builder;
use super::place::{line_at, word_at};

/// Tells the syntax errors of one text.
pub(super) struct Errors<'s> {
    text: &'s str,
    /// Whether the text was said to be a template, which explains every error in it.
    template: bool,
}

impl<'s> Errors<'s> {
    pub fn new(text: &'s str) -> Self {
        let template = false;
        Self { text, template }
    }

    /// Tells of an error at the end of `read`, which begins where the document does.
    pub fn tell(&mut self, builder: &mut Builder<'s>, read: Range<usize>, kind: &ErrorKind) {
        let at = word_at(self.text, read.end);
        if *kind == ErrorKind::RecursionLimitExceeded {
            return builder.too_deep(at);
        }
        if let Some(character) = self.unprintable_in(&read) {
            let c = self.text[character.start as usize..]
                .chars()
                .next()
                .unwrap_or_default();
            let message = format!("the character U+{:04X} cannot stand in YAML", u32::from(c));
            builder.problem(
                Problem::input(Code::YamlSyntax, message)
                    .at(builder.span(character), "")
                    .help(
                        "remove it, or write it as an escape in double quotes, such as `\\u0007`",
                    ),
            );
            return;
        }
        if let Some(template) = self.template_in(read) {
            if !std::mem::replace(&mut self.template, true) {
                let at = template.start as u32..template.end as u32;
                let text = quote(&self.text[template]);
                builder.problem(
                    Problem::input(
                        Code::YamlSyntax,
                        format!(
                            "{text} looks like a template, which is not YAML until it is rendered"
                        ),
                    )
                    .at(builder.span(at), "template text")
                    .help("check the output of the template instead, or leave the file out"),
                );
            }
            return;
        }
        let at = match kind {
            ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar => self.tab_from(at.start as usize).unwrap_or(at),
            _ => at,
        };
        let (message, help) = explain(kind);
        let problem = Problem::input(Code::YamlSyntax, message).at(builder.span(at), "");
        builder.problem(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    /// The first character of the document up to the line of the error that no YAML has (YAML 1.2.2,
    /// section 5.1), but for NUL, which the parser names. It names of others what it read last.
    fn unprintable_in(&self, read: &Range<usize>) -> Option<Range<u32>> {
        let end = line_at(self.text, read.end).end;
        let offset = read.start.min(end);
        let text = self.text.get(offset..end)?;
        let is_printable = |c: char| {
            matches!(c, '\0' | '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}')
                || matches!(c, '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        };
        let (at, c) = text.char_indices().find(|(_, c)| !is_printable(*c))?;
        let start = (offset + at) as u32;
        Some(start..start + c.len_utf8() as u32)
    }

    /// The first tab that indents a line, from that of the byte `offset` on.
    ///
    /// The parser names what it read last, which may be on the line before.
    fn tab_from(&self, offset: usize) -> Option<Range<u32>> {
        let mut start = line_at(self.text, offset).start;
        for line in self.text[start..].split_inclusive(['\n', '\r']) {
            let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
            if let Some(tab) = line[..indentation].find('\t') {
                let at = (start + tab) as u32;
                return Some(at..at + 1);
            }
            start += line.len();
        }
        None
    }

    /// The last template expression of the document up to the line of the error.
    ///
    /// `${{`, which is none, is what workflows of GitHub have in plain text.
    fn template_in(&self, read: Range<usize>) -> Option<Range<usize>> {
        let end = line_at(self.text, read.end).end;
        let start = read.start.min(end);
        let text = self.text.get(start..end)?;
        let (at, _) = text
            .rmatch_indices("{{")
            .find(|(at, _)| !text[..*at].ends_with('$'))?;
        // What it opens may go on after that line.
        let rest = &self.text[start + at..];
        let line = rest.lines().next().unwrap_or(rest);
        let length = line.find("}}").map_or(line.trim_end().len(), |end| end + 2);
        Some(start + at..start + at + length)
    }
}

/// What is wrong, and what to do about it.
fn explain(kind: &ErrorKind) -> (String, Option<&'static str>) {
    let (message, help) = match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => ("a tab cannot indent YAML", "replace the tab by spaces"),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            ("this quoted text is never closed", "add the closing quote")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            return (
                format!("`{open}` is never closed"),
                Some("add the closing bracket"),
            );
        }
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::InvalidFlowScalarIndent
        | ErrorKind::BlockEntryInFlowCollection => (
            "the list or mapping in brackets is not closed before this, or a comma is missing",
            "add the closing bracket, or the comma",
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return (
                format!("`{open}` is closed by `{close}`"),
                Some("close each bracket by its own kind"),
            );
        }
        ErrorKind::MisplacedFlowCollectionEnd => (
            "this bracket closes nothing",
            "remove it, or add the opening bracket",
        ),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => (
            "no value can start at this `:`",
            "quote the text if the colon is part of it, check the indentation of the line, or \
             close the bracket before it",
        ),
        ErrorKind::MappingKeyNotAllowed => (
            "no key can start here",
            "start the mapping on a line of its own",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed => (
            "no list can start here",
            "start the list on a line of its own, indented below its key",
        ),
        ErrorKind::ExpectedBlockMappingKey => (
            "this does not continue the mapping before it",
            "indent the keys of one mapping alike, and its values further",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => (
            "this does not continue the list before it",
            "indent the items of one list alike, each with `- `",
        ),
        ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent => (
            "the indentation is wrong",
            "indent the line further than the key that it belongs to",
        ),
        ErrorKind::SimpleKeyExpected => (
            "a key without a value",
            "write `key: value`, with a space after the colon, or `- item`",
        ),
        ErrorKind::InvalidSimpleKey => (
            "a key ends on its line, after at most 1024 characters",
            "check for a missing `:` or quote, or write the key after `? `",
        ),
        ErrorKind::UnexpectedCharacter { character: '\0' } => {
            ("a NUL character", "check that the file is text in UTF-8")
        }
        ErrorKind::UnexpectedCharacter { .. } => (
            "no plain text can start with this character",
            "quote the text",
        ),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => (
            "this text has an escape that does not exist",
            "write `\\\\` for a backslash, or use single quotes",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "nothing can follow a closing quote",
            "quote the whole value, and double a quote that is part of it",
        ),
        ErrorKind::CommentNotSeparated => (
            "a comment needs a space before its `#`",
            "add the space, or quote the text",
        ),
        ErrorKind::CommentInterceptedScalar => (
            "a comment cannot stand inside a text of several lines",
            "move the comment before the text",
        ),
        ErrorKind::UndeclaredTagHandle => (
            "the prefix of this tag is not declared",
            "declare it with `%TAG` before the document, or write `!name`",
        ),
        // Rare enough to be said in the words of the parser.
        _ => return (kind.to_string(), None),
    };
    (message.to_owned(), Some(help))
}
