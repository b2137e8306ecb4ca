//! How deeply a policy nests, measured on its text before Cedar's parser sees it: Cedar parses,
//! validates and evaluates recursively and would overflow the stack.
//!
//! Counted is the depth of the syntax tree that Cedar builds: brackets, `if`, `!`, `-` and attribute
//! accesses nest what is in them, and an operator joins its operands one after the other, so
//! `a || b || c` is two deep. Linear in the length of the text; strings and comments do not count.

use std::ops::Range;

use crate::source::{Code, FileId, Problem, Span};

use super::complaint::policy_problem;

/// The deepest policy that is parsed. With 2 MiB of stack, the least that a thread has here, Cedar
/// gives up evaluating between 400 and 800 operands, in a debug build too.
pub(super) const MAX_DEPTH: usize = 400;

/// How many levels a pair of brackets counts: Cedar's parser needs that much more of the stack for
/// them, and a debug build overflows between 100 and 150 pairs.
const BRACKETS: usize = 8;

/// How many levels an `if` counts.
const IF: usize = 2;

/// That the policies of a file nest too deeply, at the first token that does.
pub(super) fn too_deep(file: FileId, text: &str) -> Option<Problem> {
    let found = exceeds(text, MAX_DEPTH)?;
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span::new(file, offset(found.start), offset(found.end));
    Some(
        policy_problem(Code::PolicyNesting, "a policy nests too deeply")
            .at(span, "one level too many")
            .help(format!(
                "brackets may nest {} levels deep, and at most {MAX_DEPTH} operands may be joined; \
                 split the rule, or write `[…].contains(…)` for many `==` joined by `||`",
                MAX_DEPTH / BRACKETS
            )),
    )
}

/// The first token of `text` that is more than `limit` levels deep.
fn exceeds(text: &str, limit: usize) -> Option<Range<usize>> {
    let mut depth = Depth::default();
    let mut tokens = Tokens { text, at: 0 };
    let deep = tokens.find(|(token, _)| {
        depth.take(*token);
        depth.now() > limit
    });
    deep.map(|(_, range)| range)
}

/// What tells how deep a policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    /// The end of a policy.
    End,
    /// `when` or `unless`: all conditions of a policy must hold.
    Clause,
    If,
    Then,
    Else,
    Dot,
    Not,
    Minus,
    Join(Precedence),
    /// A name, a number, a string.
    Operand,
}

/// How tightly an operator binds, the tightest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Precedence {
    Times,
    Plus,
    Compare,
    And,
    Or,
}

/// Operators of one precedence, one after the other.
#[derive(Debug, Default, Clone, Copy)]
struct Run {
    operators: usize,
    /// The deepest of the operands before the last operator.
    deepest: usize,
}

/// Brackets, `if`, or a whole policy.
#[derive(Debug, Default)]
struct Frame {
    is_if: bool,
    /// Of an `if`, whether its `else` was read.
    is_whole: bool,
    runs: [Run; 5],
    /// The depth of the operand that is being read.
    operand: usize,
    /// The deepest of the elements before the last comma.
    deepest: usize,
}

impl Frame {
    /// How many levels it is itself.
    fn levels(&self) -> usize {
        if self.is_if { IF } else { BRACKETS }
    }

    fn depth(&self) -> usize {
        let runs = self.runs.iter();
        let last = runs.fold(self.operand, |inner, run| {
            run.operators + run.deepest.max(inner)
        });
        self.deepest.max(last)
    }

    fn next_element(&mut self) {
        *self = Self {
            is_if: self.is_if,
            is_whole: self.is_whole,
            deepest: self.depth(),
            ..Self::default()
        };
    }

    fn join(&mut self, at: Precedence) {
        let (tighter, rest) = self.runs.split_at_mut(at as usize);
        let mut inner = std::mem::take(&mut self.operand);
        for run in tighter {
            let run = std::mem::take(run);
            inner = run.operators + run.deepest.max(inner);
        }
        if let [run, ..] = rest {
            run.operators += 1;
            run.deepest = run.deepest.max(inner);
        }
    }
}

/// The brackets that are open, and how deep what was read in each is.
#[derive(Debug, Default)]
struct Depth {
    whole: Frame,
    open: Vec<Frame>,
    /// How many levels the open ones are.
    around: usize,
    /// Whether an operand has just ended, so that `-` is no sign.
    after_operand: bool,
}

impl Depth {
    fn last(&mut self) -> &mut Frame {
        self.open.last_mut().unwrap_or(&mut self.whole)
    }

    /// How deep the tree is, as far as it is read.
    fn now(&self) -> usize {
        let last = self.open.last().unwrap_or(&self.whole);
        self.around + last.depth()
    }

    fn close(&mut self) {
        let Some(frame) = self.open.pop() else {
            return;
        };
        self.around -= frame.levels();
        let depth = frame.levels() + frame.depth();
        match self.open.last_mut() {
            Some(around) => around.operand += depth,
            // The values of annotations, the scope and the conditions stand beside each other.
            None => self.whole.operand = self.whole.operand.max(depth),
        }
    }

    /// Ends each `if` that ends with what it stands in.
    fn close_ifs(&mut self) {
        while self.open.last().is_some_and(|frame| frame.is_if) {
            self.close();
        }
    }

    fn take(&mut self, token: Token) {
        let after_operand = std::mem::replace(
            &mut self.after_operand,
            matches!(token, Token::Operand | Token::Close),
        );
        match token {
            Token::Open | Token::If => {
                let frame = Frame {
                    is_if: token == Token::If,
                    ..Frame::default()
                };
                self.around += frame.levels();
                self.open.push(frame);
            }
            Token::Close => {
                self.close_ifs();
                self.close();
            }
            Token::Comma => {
                self.close_ifs();
                self.last().next_element();
            }
            Token::Then => self.last().next_element(),
            Token::Else => {
                // Each inner `if` that has its own is over.
                while self.open.last().is_some_and(|frame| frame.is_whole) {
                    self.close();
                }
                let frame = self.last();
                frame.is_whole = frame.is_if;
                frame.next_element();
            }
            Token::End => *self = Self::default(),
            Token::Clause if self.open.is_empty() => self.whole.join(Precedence::And),
            Token::Clause => {}
            Token::Minus if after_operand => self.last().join(Precedence::Plus),
            Token::Dot | Token::Not | Token::Minus => self.last().operand += 1,
            Token::Join(at) => self.last().join(at),
            Token::Operand => {}
        }
    }
}

/// Cuts a text into tokens, without white space, comments, and what tells nothing.
struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = (Token, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
            let (token, len) = token(rest);
            self.at = start + len;
            let is_name = bytes[..start].ends_with(b".") || bytes[..start].ends_with(b"@");
            if let Some(token) = token {
                let token = if is_name { Token::Operand } else { token };
                return Some((token, start..self.at));
            }
        }
    }
}

/// The token that a text begins with, if it tells something, and how long it is.
fn token(text: &[u8]) -> (Option<Token>, usize) {
    let token = match text {
        [b'/', b'/', ..] => {
            let line = memchr::memchr(b'\n', text);
            return (None, line.unwrap_or(text.len()));
        }
        [b'"', ..] => return (Some(Token::Operand), string_len(text)),
        [b'|', b'|', ..] => return (Some(Token::Join(Precedence::Or)), 2),
        [b'&', b'&', ..] => return (Some(Token::Join(Precedence::And)), 2),
        [b'=' | b'!' | b'<' | b'>', b'=', ..] => {
            return (Some(Token::Join(Precedence::Compare)), 2);
        }
        [b'<' | b'>', ..] => Token::Join(Precedence::Compare),
        [b'+', ..] => Token::Join(Precedence::Plus),
        [b'*' | b'/' | b'%', ..] => Token::Join(Precedence::Times),
        [b'-', ..] => Token::Minus,
        [b'!', ..] => Token::Not,
        [b'.', ..] => Token::Dot,
        [b'(' | b'[' | b'{', ..] => Token::Open,
        [b')' | b']' | b'}', ..] => Token::Close,
        [b',', ..] => Token::Comma,
        [b';', ..] => Token::End,
        _ => {
            let word = text.iter().position(|byte| !is_word(*byte));
            return match word.unwrap_or(text.len()) {
                0 => (None, 1),
                len => (Some(word_token(&text[..len])), len),
            };
        }
    };
    (Some(token), 1)
}

fn word_token(word: &[u8]) -> Token {
    match word {
        b"if" => Token::If,
        b"then" => Token::Then,
        b"else" => Token::Else,
        b"when" | b"unless" => Token::Clause,
        b"in" | b"is" | b"has" | b"like" => Token::Join(Precedence::Compare),
        _ => Token::Operand,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How long the string is that a text begins with, with its quotes.
fn string_len(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const B: usize = BRACKETS;

    /// How deep the text is.
    fn depth(text: &str) -> usize {
        let deep = |limit: &usize| exceeds(text, *limit).is_none();
        (0..MAX_DEPTH).find(deep).unwrap_or(usize::MAX)
    }

    #[test]
    fn operators_join_and_the_rest_nests() {
        for (text, expected) in [
            ("a", 0),
            ("a == b", 1),
            ("a || b || c", 2),
            ("a && b || c && d || e && f", 3),
            ("a == -1 && b.c < 2 && d > 3", 4),
            ("a + b * c - d", 3),
            ("a.b.c", 2),
            ("!!a", 2),
            ("((a))", 2 * B),
            ("[[], [a, [b]], {c: [d]}]", 3 * B),
            ("((a)) || ((b)) || c", 2 * B + 2),
            ("if a then b else c", IF),
            ("if a then b else if c then d else e", 2 * IF),
            ("if a then if b then c else d else e || f", 2 * IF),
            ("[if a then b else c, d || e || f]", B + 2),
            ("\"((( \\\" (((\" // ((((\n || a", 1),
            ("x.if || x.then", 2),
            ("@if(\"x\") @else(\"y\") forbid(a in b) when { a };", B + 2),
            ("when {a} unless {b} when {c}", B + 3),
            ("(((a))); ((b)); (c);", 3 * B),
            ("]]]]((a))", 2 * B),
        ] {
            assert_eq!(depth(text), expected, "{text}");
        }
    }

    #[test]
    fn the_first_token_that_is_too_deep_is_named() {
        assert_eq!(exceeds("a || (b || (c))", 2 * B - 1), Some(11..12));
        assert_eq!(exceeds("a || b || c || d", 2), Some(12..14));
        assert_eq!(exceeds("(a) (b", B), None);
    }
}
