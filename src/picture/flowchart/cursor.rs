//! A place in a text, and what can be taken from there.

use std::ops::Range;

/// A place in a text.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte that is next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to a byte where it was before.
    pub(super) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or("")
    }

    /// What was taken since `start`.
    pub(super) fn text_from(&self, start: usize) -> &'t str {
        self.slice(start..self.at)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The letter after the next one.
    pub(super) fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(super) fn is_at_line_end(&self) -> bool {
        matches!(self.peek(), None | Some('\n' | '\r'))
    }

    pub(super) fn starts_with(&self, what: &str) -> bool {
        self.rest().starts_with(what)
    }

    pub(super) fn take(&mut self, what: &str) -> bool {
        let is_there = self.starts_with(what);
        if is_there {
            self.at += what.len();
        }
        is_there
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes a word that nothing belonging to a word follows.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let after = self.rest().strip_prefix(word);
        let ends = |rest: &str| {
            let next = rest.chars().next();
            next.is_none_or(|c| c.is_whitespace() || c == ';')
        };
        let is_there = after.is_some_and(ends);
        if is_there {
            self.at += word.len();
        }
        is_there
    }

    pub(super) fn take_while(&mut self, is: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !is(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    pub(super) fn skip_spaces(&mut self) {
        self.take_while(|c| c == ' ' || c == '\t');
    }

    /// Skips spaces, ends of lines and of statements.
    pub(super) fn skip_blank(&mut self) {
        self.take_while(|c| c.is_whitespace() || c == ';');
    }

    /// Takes what is left of the line.
    pub(super) fn line(&mut self) -> &'t str {
        self.take_while(|c| c != '\n' && c != '\r')
    }

    pub(super) fn skip_line(&mut self) {
        self.line();
    }

    /// Takes what is left of the statement.
    pub(super) fn until_statement_end(&mut self) -> &'t str {
        self.take_while(|c| !matches!(c, '\n' | '\r' | ';'))
    }

    /// Takes what stands before `end`, and `end`; nothing if it does not come.
    pub(super) fn take_until(&mut self, end: &str) -> Option<&'t str> {
        let rest = self.rest();
        let found = rest.find(end)?;
        self.at += found + end.len();
        Some(&rest[..found])
    }

    /// Takes what stands in double quotes, over several lines if need be.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let start = self.at;
        if !self.take("\"") {
            return None;
        }
        match self.take_until("\"") {
            Some(text) => Some(text.to_owned()),
            None => {
                self.back_to(start);
                None
            }
        }
    }

    /// Takes the name of a box: letters that neither open a shape nor begin an arrow.
    pub(super) fn name(&mut self) -> String {
        let start = self.at;
        while let Some(c) = self.peek() {
            let next = self.second();
            let belongs = match c {
                '-' => next
                    .is_some_and(|next| !matches!(next, '>' | '-' | '.') && !next.is_whitespace()),
                '=' => next != Some('=') && self.at > start,
                ':' => next != Some(':'),
                '%' => next != Some('%'),
                '&' => self.at > start && next.is_some_and(|next| !next.is_whitespace()),
                c => c.is_alphanumeric() || "_.!#$'*+?\\/`".contains(c),
            };
            if !belongs {
                break;
            }
            self.next();
        }
        self.text_from(start).to_owned()
    }

    /// Skips the settings of a diagram between two lines of dashes.
    pub(super) fn skip_front_matter(&mut self) {
        let start = self.at;
        self.skip_blank();
        if !(self.take("---") && self.line().trim().is_empty()) {
            return self.back_to(start);
        }
        while !self.is_at_end() {
            self.next();
            if self.line().trim() == "---" {
                return;
            }
        }
        self.back_to(start);
    }
}
