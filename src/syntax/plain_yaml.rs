//! The common subset of YAML to a tree, by lines: some ten times cheaper than events.
//!
//! It takes block mappings and sequences, plain and quoted scalars and flow collections on one line,
//! literal block scalars, comments and `---`. Anything else, whether it is YAML or not, is left for
//! `granit-parser`, from the start of the text: so there is one judge of what YAML is, and a test
//! holds each tree that is built here against what it reads.

use memchr::memchr;

use crate::source::FileId;

use super::builder::{Builder, Collection, Properties, Style};
use super::tree::Limits;

/// Deepest nesting that is read here.
const DEPTH: usize = 64;

/// Longest key, in bytes. YAML allows 1024 characters.
const KEY: usize = 1000;

/// The builder that read all of `text`; `None` if there is anything in it that is left to others.
///
/// Linear in the text.
pub(super) fn read<'s>(file: FileId, text: &'s str, limits: &Limits) -> Option<Builder<'s>> {
    if text.len() > limits.file_bytes as usize || !is_printable(text) {
        return None;
    }
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        cooked: String::new(),
        builder: Builder::new(file, text, 0, limits),
    };
    reader.stream()?;
    Some(reader.builder)
}

/// Whether there is nothing in it that YAML forbids, that breaks lines in another way, or that
/// indents in another way.
fn is_printable(text: &str) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    // A piece is looked at whole, because that takes fewer steps than to stop within it.
    let mut pieces = text.as_bytes().chunks(64);
    pieces.all(|piece| piece.iter().fold(true, |all, byte| all & is_plain(byte)))
        || text.chars().all(|c| match c {
            '\n' | ' '..='~' => true,
            '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' => true,
            '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' => true,
            c => c > '\u{ffff}',
        })
}

/// Left to others.
type Taken<T = ()> = Option<T>;

struct Reader<'s> {
    text: &'s str,
    bytes: &'s [u8],
    at: usize,
    depth: usize,
    /// Room for a value that is no slice of the text.
    cooked: String,
    builder: Builder<'s>,
}

/// What comes next on a line of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Something so many columns from the start of its line.
    Content(usize),
    /// The end of a document or of the text.
    End,
}

/// A scalar that was read and is not in the tree yet.
struct Scalar {
    start: usize,
    end: usize,
    style: Style,
    /// Whether what it reads as is in `cooked`.
    is_cooked: bool,
}

impl<'s> Reader<'s> {
    fn stream(&mut self) -> Taken {
        let mut first = true;
        loop {
            let next = self.next_line()?;
            let explicit = self.marker();
            if explicit {
                self.at += 3;
                self.rest_of_line()?;
            } else if self.at == self.bytes.len() && !first {
                return Some(());
            } else if !first {
                return None;
            }
            let next = match explicit {
                true => self.next_line()?,
                false => next,
            };
            let Next::Content(column) = next else {
                return None;
            };
            self.builder.begin_document(self.at as u32);
            match self.bytes.get(self.at)? {
                b'%' => return None,
                _ => self.block(column)?,
            }
            if self.next_line()? != Next::End {
                return None;
            }
            self.builder.end_document();
            first = false;
        }
    }

    /// Whether a document begins here.
    fn marker(&self) -> bool {
        self.is_line_start() && self.rest().starts_with(b"---")
    }

    fn is_line_start(&self) -> bool {
        self.at == 0 || self.bytes.get(self.at - 1) == Some(&b'\n')
    }

    fn rest(&self) -> &'s [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Where the line ends that `at` is in.
    fn line_end(&self) -> usize {
        memchr(b'\n', self.rest()).map_or(self.bytes.len(), |end| self.at + end)
    }

    /// At the start of a line: goes to what comes next that is no comment.
    fn next_line(&mut self) -> Taken<Next> {
        loop {
            let blanks = self.rest().iter().take_while(|byte| **byte == b' ').count();
            self.at += blanks;
            match self.bytes.get(self.at) {
                None => return Some(Next::End),
                Some(b'\n') => self.at += 1,
                Some(b'#') => self.comment(),
                Some(b'-') if blanks == 0 && self.marker() => return Some(Next::End),
                Some(b'.') if blanks == 0 && self.rest().starts_with(b"...") => return None,
                Some(_) => return Some(Next::Content(blanks)),
            }
        }
    }

    /// A comment, to the end of its line.
    fn comment(&mut self) {
        let end = self.line_end();
        self.builder.comment(self.at as u32..end as u32);
        self.at = (end + 1).min(self.bytes.len());
    }

    /// What is left of a line must be blank, or a comment. Goes to the next one.
    fn rest_of_line(&mut self) -> Taken {
        let start = self.at;
        self.blanks();
        match self.bytes.get(self.at) {
            None => Some(()),
            Some(b'\n') => {
                self.at += 1;
                Some(())
            }
            Some(b'#') if self.at > start => {
                self.comment();
                Some(())
            }
            Some(_) => None,
        }
    }

    fn blanks(&mut self) {
        while self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    fn open(&mut self, collection: Collection, start: usize) -> Taken {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let opened = self
            .builder
            .open(collection, start as u32, &Properties::NONE);
        opened.ok()
    }

    fn close(&mut self, end: Option<usize>) {
        self.depth -= 1;
        self.builder.close(end.map(|end| end as u32));
    }

    /// A mapping or a sequence whose lines begin at `column`, which is where it is read.
    fn block(&mut self, column: usize) -> Taken {
        if self.is_entry() {
            return self.sequence(column, false);
        }
        let start = self.at;
        let key = self.scalar(false)?;
        if !self.is_key(start) {
            return None;
        }
        self.mapping(column, key)
    }

    /// Whether an entry of a sequence begins here.
    fn is_entry(&self) -> bool {
        matches!(self.rest(), [b'-', b' ' | b'\n', ..] | [b'-'])
    }

    /// Whether what began at `start` and ends here is a key. Goes past the colon.
    fn is_key(&mut self, start: usize) -> bool {
        let end = self.at;
        self.blanks();
        let is_key = matches!(self.rest(), [b':', b' ' | b'\n', ..] | [b':']);
        if is_key && end - start <= KEY {
            self.at += 1;
            return true;
        }
        self.at = end;
        false
    }

    /// A mapping, past the colon of its first key.
    fn mapping(&mut self, column: usize, key: Scalar) -> Taken {
        self.open(Collection::Map, key.start)?;
        self.add(&key);
        loop {
            self.value(column)?;
            match self.next_line()? {
                Next::Content(next) if next == column && !self.is_entry() => {}
                Next::Content(next) if next >= column => return None,
                _ => break,
            }
            let start = self.at;
            let key = self.scalar(false)?;
            if !self.is_key(start) {
                return None;
            }
            self.add(&key);
        }
        self.close(None);
        self.back_to_line_start();
        Some(())
    }

    /// What follows the colon of a key at `column`. Ends at the start of a line.
    fn value(&mut self, column: usize) -> Taken {
        let colon = self.at;
        self.blanks();
        match self.bytes.get(self.at) {
            None | Some(b'\n' | b'#') => {
                self.at = colon;
                self.rest_of_line()?;
                match self.next_line()? {
                    Next::Content(next) if next > column => self.block(next),
                    Next::Content(next) if next == column && self.is_entry() => {
                        self.sequence(next, true)
                    }
                    // Where a missing value stands is for others to say.
                    _ => None,
                }
            }
            Some(_) => self.inline(column),
        }
    }

    /// Goes back over the indentation that was read.
    fn back_to_line_start(&mut self) {
        while self.at > 0 && self.bytes.get(self.at - 1) == Some(&b' ') {
            self.at -= 1;
        }
    }

    /// A value on the line of its key or dash, which is at `column`. Ends at the start of a line.
    fn inline(&mut self, column: usize) -> Taken {
        match self.bytes.get(self.at)? {
            b'|' => return self.literal(column),
            b'[' | b'{' => self.flow()?,
            _ => {
                let scalar = self.scalar(false)?;
                self.add(&scalar);
            }
        }
        self.rest_of_line()
    }

    /// A sequence, at its first dash. One that is the value of a key at the same column is `bare`, and
    /// begins, as events tell, behind its first dash.
    fn sequence(&mut self, column: usize, bare: bool) -> Taken {
        let behind = self.rest().iter().skip(1);
        let blanks = behind.take_while(|byte| **byte == b' ').count();
        let start = match bare {
            true => self.at + 1 + blanks,
            false => self.at,
        };
        self.open(Collection::Seq, start)?;
        loop {
            self.at += 1;
            self.blanks();
            match self.bytes.get(self.at)? {
                b'\n' | b'#' => return None,
                _ => self.entry(column)?,
            }
            match self.next_line()? {
                Next::Content(next) if next == column && self.is_entry() => {}
                Next::Content(next) if next >= column && !(bare && next == column) => return None,
                _ => break,
            }
        }
        self.close(None);
        self.back_to_line_start();
        Some(())
    }

    /// What follows the dash of an entry.
    fn entry(&mut self, column: usize) -> Taken {
        let line = self.line_start();
        if self.is_entry() {
            let inner = self.at - line;
            return self.sequence(inner, false);
        }
        match self.bytes.get(self.at)? {
            b'|' | b'[' | b'{' => return self.inline(column),
            _ => {}
        }
        let start = self.at;
        let scalar = self.scalar(false)?;
        if self.is_key(start) {
            return self.mapping(start - line, scalar);
        }
        self.add(&scalar);
        self.rest_of_line()
    }

    /// Where the line began that `at` is in: its columns are bytes, for only ASCII comes before.
    fn line_start(&self) -> usize {
        let before = self.bytes.get(..self.at).unwrap_or_default();
        memchr::memrchr(b'\n', before).map_or(0, |end| end + 1)
    }

    fn add(&mut self, scalar: &Scalar) {
        let at = scalar.start as u32..scalar.end as u32;
        match scalar.is_cooked {
            true => self
                .builder
                .scalar(at, &self.cooked, scalar.style, &Properties::NONE),
            false => self.builder.slice(at, scalar.style),
        }
    }

    /// A scalar that ends on this line; `within` a flow collection or not.
    fn scalar(&mut self, within: bool) -> Taken<Scalar> {
        match self.bytes.get(self.at)? {
            quote @ (b'"' | b'\'') => self.quoted(*quote),
            _ => self.plain(within),
        }
    }

    fn plain(&mut self, within: bool) -> Taken<Scalar> {
        let start = self.at;
        let begins = match self.rest() {
            [b'-', next, ..] => next.is_ascii_alphanumeric(),
            [b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9', ..] => true,
            [
                b'_' | b'.' | b'/' | b'$' | b'<' | b'+' | b'=' | b'~' | b'(' | b'^' | b';',
                ..,
            ] => true,
            [first, ..] => !first.is_ascii(),
            [] => false,
        };
        if !begins {
            return None;
        }
        let mut end = self.at;
        loop {
            let rest = self.bytes.get(end..)?;
            let ends = rest.iter().position(|byte| may_end(*byte, within));
            end += ends.unwrap_or(rest.len());
            match self.bytes.get(end) {
                Some(b':') => match self.bytes.get(end + 1) {
                    None | Some(b' ' | b'\n') => break,
                    Some(b',' | b'[' | b']' | b'{' | b'}') if within => return None,
                    Some(_) => {}
                },
                Some(b'#') if self.bytes.get(end - 1) != Some(&b' ') => {}
                _ => break,
            }
            end += 1;
        }
        while end > start && self.bytes.get(end - 1) == Some(&b' ') {
            end -= 1;
        }
        self.at = end;
        Some(Scalar {
            start,
            end,
            style: Style::Plain,
            is_cooked: false,
        })
    }

    /// A scalar in single or double quotes. In single ones only `''` stands for something else.
    fn quoted(&mut self, quote: u8) -> Taken<Scalar> {
        let (start, line_end) = (self.at, self.line_end());
        let line = self.text.get(..line_end)?;
        let bytes = line.as_bytes();
        let escape = if quote == b'"' { b'\\' } else { quote };
        let (mut from, mut is_cooked) = (start + 1, false);
        loop {
            let end = from + memchr::memchr2(quote, escape, bytes.get(from..)?)?;
            let meant = match (bytes.get(end)?, bytes.get(end + 1)) {
                (b'\\', next) => Some(escaped(*next?)?),
                (b'\'', Some(b'\'')) => Some('\''),
                _ => None,
            };
            let Some(meant) = meant else {
                if is_cooked {
                    self.cooked.push_str(line.get(from..end)?);
                }
                self.at = end + 1;
                return Some(Scalar {
                    start,
                    end: end + 1,
                    style: Style::Quoted,
                    is_cooked,
                });
            };
            if !is_cooked {
                self.cooked.clear();
                is_cooked = true;
            }
            self.cooked.push_str(line.get(from..end)?);
            self.cooked.push(meant);
            from = end + 2;
        }
    }

    /// A flow collection that ends on this line.
    fn flow(&mut self) -> Taken {
        let is_map = self.bytes.get(self.at) == Some(&b'{');
        let (collection, last) = match is_map {
            true => (Collection::Map, b'}'),
            false => (Collection::Seq, b']'),
        };
        self.open(collection, self.at)?;
        self.at += 1;
        self.blanks();
        while self.bytes.get(self.at) != Some(&last) {
            if is_map {
                let start = self.at;
                let key = self.scalar(true)?;
                if !self.is_key(start) {
                    return None;
                }
                self.add(&key);
                self.blanks();
            }
            match self.bytes.get(self.at)? {
                b'[' | b'{' => self.flow()?,
                _ => {
                    let scalar = self.scalar(true)?;
                    self.add(&scalar);
                }
            }
            self.blanks();
            match self.bytes.get(self.at)? {
                b',' => {
                    self.at += 1;
                    self.blanks();
                }
                byte if *byte == last => {}
                _ => return None,
            }
        }
        self.at += 1;
        self.close(Some(self.at));
        Some(())
    }

    /// A literal block scalar of a key or dash at `column`.
    fn literal(&mut self, column: usize) -> Taken {
        self.at += 1;
        let strips = self.bytes.get(self.at) == Some(&b'-');
        self.at += usize::from(strips);
        self.rest_of_line()?;
        let indent = self.rest().iter().take_while(|byte| **byte == b' ').count();
        if indent <= column || matches!(self.bytes.get(self.at + indent), None | Some(b'\n')) {
            return None;
        }
        let start = self.at + indent;
        let mut end = start;
        self.cooked.clear();
        let mut breaks = 0;
        while self.at < self.bytes.len() {
            let line_end = self.line_end();
            let line = self.text.get(self.at..line_end)?;
            let visible = line.trim_end_matches(' ').len();
            let blanks = line.len() - line.trim_start_matches(' ').len();
            if visible == 0 {
                // Blanks beyond the indentation are content.
                if line.len() > indent {
                    return None;
                }
            } else if blanks < indent {
                if blanks > column {
                    return None;
                }
                break;
            } else {
                (0..breaks).for_each(|_| self.cooked.push('\n'));
                breaks = 0;
                self.cooked.push_str(line.get(indent..)?);
                end = self.at + visible;
            }
            // The last line of a text may have no end.
            if line_end == self.bytes.len() {
                return None;
            }
            breaks += 1;
            self.at = line_end + 1;
        }
        if !strips {
            self.cooked.push('\n');
        }
        self.add(&Scalar {
            start,
            end,
            style: Style::Block,
            is_cooked: true,
        });
        Some(())
    }
}

/// Whether a plain scalar may end at a byte; `within` a flow collection or not. A table, because each
/// byte is asked.
fn may_end(byte: u8, within: bool) -> bool {
    const BLOCK: u8 = 1;
    const FLOW: u8 = 2;
    static ENDS: [u8; 256] = {
        let mut ends = [0; 256];
        let all = b"\n:#,[]{}";
        let mut at = 0;
        while at < all.len() {
            ends[all[at] as usize] = if at < 3 { BLOCK | FLOW } else { FLOW };
            at += 1;
        }
        ends
    };
    ENDS[usize::from(byte)] & if within { FLOW } else { BLOCK } != 0
}

/// What a letter behind `\` stands for, of those that are read here.
fn escaped(letter: u8) -> Taken<char> {
    match letter {
        b'n' => Some('\n'),
        b't' => Some('\t'),
        b'"' | b'\\' | b'/' => Some(char::from(letter)),
        _ => None,
    }
}
