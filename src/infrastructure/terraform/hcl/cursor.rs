//! Going through a text byte by byte: white space, comments, words, and what is left out when
//! something cannot be read.

use super::tree::Expr;
use crate::source::{FileId, Span};

/// How deep expressions, blocks and templates may nest. A parser of this kind recurses as deep.
const DEPTH: u16 = 96;

/// Why something cannot be read.
#[derive(Debug)]
pub(super) struct Fault {
    /// The byte at which it went wrong.
    pub at: u32,
    /// What is wrong.
    pub message: String,
}

/// What reading something came to.
pub(super) type Parsed<T> = Result<T, Fault>;

/// A place in a text.
pub(super) struct Cursor<'s> {
    pub file: FileId,
    pub text: &'s str,
    pub at: usize,
    /// One past the last byte that belongs to what is read.
    pub end: usize,
    /// What is added to positions: not zero if the text is part of a file.
    pub base: u32,
    /// Whether a line break ends an expression.
    pub lines: bool,
    /// Reads an expression: a template holds some, and an expression may be a template.
    pub expression: fn(&mut Self) -> Parsed<Expr>,
    /// Where all that is read is said to stand, if that is not where it does.
    pub fixed: Option<Span>,
    depth: u16,
}

impl<'s> Cursor<'s> {
    pub fn new(
        file: FileId,
        text: &'s str,
        base: u32,
        expression: fn(&mut Self) -> Parsed<Expr>,
    ) -> Self {
        Self {
            file,
            text,
            at: 0,
            end: text.len(),
            base,
            lines: true,
            expression,
            fixed: None,
            depth: 0,
        }
    }

    pub fn span(&self, start: usize, end: usize) -> Span {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let start = self.base.saturating_add(start as u32);
        Span::new(
            self.file,
            start,
            self.base.saturating_add(end as u32).max(start),
        )
    }

    pub fn fault<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(Fault {
            at: self.base.saturating_add(self.at as u32),
            message: message.into(),
        })
    }

    /// Does `read` one level deeper.
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.enter()?;
        let result = read(self);
        self.leave();
        result
    }

    /// Goes one level deeper.
    pub fn enter(&mut self) -> Parsed<()> {
        if self.depth >= DEPTH {
            return self.fault(format!("nested more than {DEPTH} levels deep"));
        }
        self.depth += 1;
        Ok(())
    }

    /// Comes back from a deeper level.
    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Does `read` in brackets, where line breaks mean nothing (or, in an object, end an element).
    pub fn within<T>(
        &mut self,
        lines: bool,
        read: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let before = std::mem::replace(&mut self.lines, lines);
        let result = self.nested(read);
        self.lines = before;
        result
    }

    pub fn byte(&self) -> Option<u8> {
        self.byte_at(self.at)
    }

    pub fn byte_at(&self, at: usize) -> Option<u8> {
        (at < self.end)
            .then(|| self.text.as_bytes().get(at).copied())
            .flatten()
    }

    pub fn rest(&self) -> &'s str {
        self.text.get(self.at..self.end).unwrap_or("")
    }

    pub fn starts_with(&self, word: &str) -> bool {
        self.rest().starts_with(word)
    }

    /// Takes `word` if it is next.
    pub fn take(&mut self, word: &str) -> bool {
        let is_next = self.starts_with(word);
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// Skips white space and comments; line breaks, too, where they mean nothing.
    pub fn skip(&mut self) {
        while let Some(byte) = self.byte() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if !self.lines => self.at += 1,
                b'#' => self.skip_line(),
                b'/' if self.byte_at(self.at + 1) == Some(b'/') => self.skip_line(),
                b'/' if self.byte_at(self.at + 1) == Some(b'*') => {
                    let end = self.rest().get(2..).and_then(|rest| rest.find("*/"));
                    self.at = end.map_or(self.end, |end| self.at + end + 4);
                }
                _ => return,
            }
        }
    }

    /// Skips white space, comments and line breaks.
    pub fn skip_all(&mut self) {
        let before = std::mem::replace(&mut self.lines, false);
        self.skip();
        self.lines = before;
    }

    /// To the line break.
    fn skip_line(&mut self) {
        let rest = self.rest().as_bytes();
        self.at = memchr::memchr(b'\n', rest).map_or(self.end, |at| self.at + at);
    }

    /// The word that is next: letters, digits, `_` and `-`, not beginning with a digit.
    pub fn word(&mut self) -> Option<&'s str> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        if !(first.is_alphabetic() || first == '_') {
            return None;
        }
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end)
    }

    /// The word that is next, without taking it.
    pub fn peek_word(&mut self) -> Option<&'s str> {
        let before = self.at;
        let word = self.word();
        self.at = before;
        word
    }

    /// Takes the word `word`, if it is next and no longer word is.
    pub fn take_word(&mut self, word: &str) -> bool {
        let is_next = self.peek_word() == Some(word);
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// Skips what begins here, up to the end of the line on which its brackets are closed, or a
    /// closing bracket that is not its own. Never recurses.
    pub fn skip_item(&mut self) {
        let mut open: Vec<u8> = Vec::new();
        while let Some(byte) = self.byte() {
            match (byte, open.last()) {
                // In a quoted text: `"` stands for it among the open brackets.
                (b'\\', Some(b'"')) => self.at += 2,
                (b'"', Some(b'"')) => {
                    open.pop();
                    self.at += 1;
                }
                (b'$' | b'%', Some(b'"')) if self.byte_at(self.at + 1) == Some(b'{') => {
                    open.push(b'{');
                    self.at += 2;
                }
                // A quoted text ends with its line: here the quotation mark is what is wrong.
                (b'\n', Some(b'"')) => _ = open.pop(),
                (_, Some(b'"')) => self.at += 1,
                (b'"' | b'{' | b'[' | b'(', _) => {
                    open.push(byte);
                    self.at += 1;
                }
                (b'}' | b']' | b')', None) => return,
                (b'}' | b']' | b')', _) => {
                    open.pop();
                    self.at += 1;
                }
                (b'\n', None) => return,
                (b'#', _) => self.skip_line(),
                (b'/', _) if matches!(self.byte_at(self.at + 1), Some(b'/' | b'*')) => self.skip(),
                (b'<', _) if self.starts_with("<<") => {
                    self.at = self.heredoc().map_or(self.at + 2, |heredoc| heredoc.end);
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.end);
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    /// The heredoc that begins here; `None` if there is none or it has no end.
    pub fn heredoc(&self) -> Option<Heredoc> {
        let rest = self.rest().strip_prefix("<<")?;
        let (flush, rest) = match rest.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let line = rest.find('\n')?;
        let marker = rest.get(..line)?.trim();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        if marker.is_empty() || !marker.chars().all(is_word) {
            return None;
        }
        let start = self.end - rest.len() + line + 1;
        let mut at = start;
        for line in rest.get(line + 1..)?.split_inclusive('\n') {
            if line.trim() == marker {
                let end = at + line.trim_end().len();
                return Some(Heredoc {
                    start,
                    content_end: at,
                    end,
                    flush,
                });
            }
            at += line.len();
        }
        None
    }
}

/// Where a heredoc stands.
pub(super) struct Heredoc {
    /// The first byte of its first line.
    pub start: usize,
    /// One past the last byte of its last line.
    pub content_end: usize,
    /// One past its closing marker.
    pub end: usize,
    /// Whether indentation is taken away (`<<-`).
    pub flush: bool,
}
