//! JSON (RFC 8259) to a tree, through `jiter`.

use std::ops::Range;

use jiter::{Jiter, JiterError, JiterErrorType, JsonErrorType, Peek};

use crate::source::{Code, FileId, Problem};

use super::builder::{Builder, Collection, Properties, Stop, Style};
use super::place::word_at;
use super::tree::{Limits, Tree};

/// Reads one JSON value. After a syntax error there is none; what follows a value is a problem,
/// and the value is kept.
///
/// Problems have the codes `file-too-large`, `json-syntax`, `duplicate-key`, `nesting-limit` and
/// `problem-limit`. Numbers are those of YAML: a whole one that does not fit is the nearest float.
pub fn parse_json<'s>(file: FileId, text: &'s str, limits: &Limits) -> (Tree<'s>, Vec<Problem>) {
    let mut builder = Builder::new(file, text, 0, limits);
    if builder.admit(text.len()) {
        // RFC 8259 section 8.1: a reader may ignore a byte order mark.
        let bom = text.len() - text.trim_start_matches('\u{feff}').len();
        let mut reader = Reader {
            text,
            offset: bom,
            json: Jiter::new(&text.as_bytes()[bom..]),
            tape: Vec::new(),
            builder: &mut builder,
        };
        reader.document();
    }
    builder.finish()
}

/// `text` with spaces in the place of comments, and of commas that nothing follows, so that every
/// other byte stays where it is: JSON with comments, as editors write it.
pub fn without_comments(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    // The last comma, as long as only space and comments follow it.
    let mut comma = None;
    let blank = |bytes: &mut [u8], from: usize, to: usize| {
        let bytes = bytes[from..to].iter_mut();
        bytes
            .filter(|byte| !matches!(byte, b'\n' | b'\r'))
            .for_each(|byte| *byte = b' ');
    };
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at + 1);
        let end = match (byte, next) {
            (b'/', Some(b'/')) => {
                let end = memchr::memchr2(b'\n', b'\r', &bytes[at..]);
                let end = end.map_or(bytes.len(), |end| at + end);
                blank(&mut bytes, at, end);
                end
            }
            (b'/', Some(b'*')) => {
                let end = memchr::memmem::find(&bytes[at + 2..], b"*/");
                // One that is not closed stays, and is a problem.
                let Some(end) = end.map(|end| at + end + 4) else {
                    break;
                };
                blank(&mut bytes, at, end);
                end
            }
            (b'"', _) => {
                comma = None;
                string_end(&bytes, at)
            }
            (b',', _) => {
                comma = Some(at);
                at + 1
            }
            (b']' | b'}', _) => {
                if let Some(comma) = comma.take() {
                    bytes[comma] = b' ';
                }
                at + 1
            }
            (byte, _) => {
                if !byte.is_ascii_whitespace() {
                    comma = None;
                }
                at + 1
            }
        };
        at = end;
    }
    // Only ASCII was put in the place of whole characters.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// One past the end of the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

struct Reader<'b, 's> {
    text: &'s str,
    /// Where in the text the first byte that `json` reads is.
    offset: usize,
    json: Jiter<'s>,
    /// Room to decode strings in.
    tape: Vec<u8>,
    builder: &'b mut Builder<'s>,
}

enum Failure {
    Syntax(JiterError),
    /// Told already.
    Told,
}

impl From<JiterError> for Failure {
    fn from(error: JiterError) -> Self {
        Self::Syntax(error)
    }
}

impl From<Stop> for Failure {
    fn from(_: Stop) -> Self {
        Self::Told
    }
}

impl Reader<'_, '_> {
    fn document(&mut self) {
        self.builder.begin_document(0);
        match self.value() {
            Ok(()) => self.builder.end_document(),
            Err(failure) => {
                self.builder.abandon_document();
                if let Failure::Syntax(error) = failure {
                    self.tell(&error);
                }
                return;
            }
        }
        if let Err(error) = self.json.finish() {
            self.tell(&error);
        }
    }

    /// Reads a value with all that it holds. Not recursive: the stack does not bound the depth.
    fn value(&mut self) -> Result<(), Failure> {
        let mut open = Vec::new();
        // None is the end of the innermost open collection.
        let mut next = Some(self.json.peek()?);
        loop {
            match next {
                Some(Peek::Array) => {
                    self.open(&mut open, Collection::Seq)?;
                    next = self.json.known_array()?;
                    continue;
                }
                Some(Peek::Object) => {
                    self.open(&mut open, Collection::Map)?;
                    let key = self.json.next_object_bytes()?.map(<[u8]>::as_ptr_range);
                    next = self.entry(key)?;
                    continue;
                }
                Some(scalar) => self.scalar(scalar)?,
                None => {
                    let end = self.position();
                    self.builder.close(Some(end));
                    open.pop();
                }
            }
            next = match open.last() {
                None => return Ok(()),
                Some(Collection::Seq) => self.json.array_step()?,
                Some(Collection::Map) => {
                    let key = self.json.next_key_bytes()?.map(<[u8]>::as_ptr_range);
                    self.entry(key)?
                }
            };
        }
    }

    fn open(&mut self, open: &mut Vec<Collection>, collection: Collection) -> Result<(), Stop> {
        let start = self.position();
        open.push(collection);
        self.builder.open(collection, start, &Properties::NONE)
    }

    /// Adds a key, and looks at its value. The key is the range of addresses between its quotes:
    /// by now the parser is past the colon.
    fn entry(&mut self, key: Option<Range<*const u8>>) -> Result<Option<Peek>, Failure> {
        let Some(key) = key else {
            return Ok(None);
        };
        let base = self.text.as_ptr().addr();
        self.string(key.start.addr() - base - 1..key.end.addr() - base + 1)?;
        Ok(Some(self.json.peek()?))
    }

    fn scalar(&mut self, peek: Peek) -> Result<(), Failure> {
        let start = self.position();
        match peek {
            Peek::String => {
                self.json.known_bytes()?;
                return self.string(start as usize..self.position() as usize);
            }
            Peek::Null => self.json.known_null()?,
            Peek::True | Peek::False => {
                self.json.known_bool(peek)?;
            }
            other => {
                self.json.known_number_bytes(other)?;
            }
        }
        let at = start..self.position();
        let text = &self.text[at.start as usize..at.end as usize];
        self.builder
            .scalar(at, text, Style::Plain, &Properties::NONE);
        Ok(())
    }

    /// Adds the string at this place, which includes the quotes.
    fn string(&mut self, at: Range<usize>) -> Result<(), Failure> {
        let range = at.start as u32..at.end as u32;
        let raw = &self.text[at.start + 1..at.end - 1];
        let style = Style::Quoted;
        if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
            self.builder.scalar(range, raw, style, &Properties::NONE);
            return Ok(());
        }
        let tape = std::mem::take(&mut self.tape);
        let mut decoder = Jiter::with_tape(&self.text.as_bytes()[at.clone()], tape);
        let text = decoder.known_str().map_err(|mut error| {
            error.index += at.start - self.offset;
            error
        })?;
        self.builder.scalar(range, text, style, &Properties::NONE);
        self.tape = decoder.into_tape();
        Ok(())
    }

    /// Byte of the text that is read next.
    fn position(&self) -> u32 {
        (self.offset + self.json.current_index()) as u32
    }

    fn tell(&mut self, error: &JiterError) {
        let at = word_at(self.text, self.offset + error.index);
        let (message, help) = explain(error);
        let problem = Problem::input(Code::JsonSyntax, message).at(self.builder.span(at), "");
        self.builder.problem(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }
}

/// What is wrong, and what to do about it.
fn explain(error: &JiterError) -> (String, Option<&'static str>) {
    use JsonErrorType as Type;
    let JiterErrorType::JsonError(kind) = &error.error_type else {
        return ("invalid JSON value".to_owned(), None);
    };
    let (message, help) = match kind {
        Type::EofWhileParsingList => ("a list is never closed", "add the closing `]`"),
        Type::EofWhileParsingObject => ("an object is never closed", "add the closing `}`"),
        Type::EofWhileParsingString => ("a string is never closed", "add the closing `\"`"),
        Type::EofWhileParsingValue => (
            "the text ends where a value should be",
            "write a value, such as `{}`",
        ),
        Type::ExpectedColon => ("no `:` after this key", "write `\"key\": value`"),
        Type::ExpectedListCommaOrEnd => (
            "neither `,` nor `]` after an item",
            "add the comma or bracket before this",
        ),
        Type::ExpectedObjectCommaOrEnd => (
            "neither `,` nor `}` after a value",
            "add the comma or bracket before this",
        ),
        Type::ExpectedSomeIdent | Type::ExpectedSomeValue => (
            "invalid JSON value",
            "quote text with `\"`; JSON has no comments",
        ),
        Type::KeyMustBeAString => (
            "this is not a key",
            "quote keys with `\"`; JSON has no comments",
        ),
        Type::InvalidNumber => (
            "invalid JSON number",
            "write digits without a leading zero or `+`",
        ),
        Type::TrailingComma => ("a comma is followed by nothing", "remove the comma"),
        Type::TrailingCharacters => ("text follows the value", "keep one value in a file of JSON"),
        Type::ControlCharacterWhileParsingString => (
            "a control character, such as a line break, in a string",
            "write it as an escape, such as `\\n`",
        ),
        Type::InvalidEscape
        | Type::InvalidUnicodeCodePoint
        | Type::LoneLeadingSurrogateInHexEscape
        | Type::UnexpectedEndOfHexEscape => (
            "an escape that does not exist",
            "write `\\\\` for a backslash",
        ),
        // Those left are not of a syntax, or rare enough to be said in the words of the parser.
        _ => return (kind.to_string(), None),
    };
    (message.to_owned(), Some(help))
}
