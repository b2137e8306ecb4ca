//! Whether a text says of itself that it is a document.
//!
//! A text whose root mapping has the key `palisade` is one, however the key is written. Most files
//! of a repository are of other tools, so a text is searched for the words of a document first, and
//! only one that has them is parsed.
//!
//! What may have been meant to be a document is doubtful: a key that differs little from the marker,
//! or sections without it.

use std::ops::Range;

use crate::model::{Kind, MARKER};
use crate::source::{FileId, closest};
use crate::syntax::{Limits, Map, NodeRef, Syntax, Value, parse};

/// What a text says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nothing.
    None,
    /// It has the key that marks a document, with a mapping or a list under it: it is of another
    /// tool.
    OtherUse,
    /// It is a document.
    Document,
    /// It may have been meant to be one.
    Doubtful(Doubt),
}

/// Why a text may have been meant to be a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// What is wrong, as in "the key `Palisade` is not `palisade`".
    pub message: String,
    /// Where, in bytes of the text.
    pub at: Range<u32>,
}

/// From so many names of sections on, a text without the marker is doubtful.
const SECTIONS: usize = 2;

/// What `text` says of itself.
///
/// Linear in the text; of one that has neither the marker nor sections, it costs only to search it.
pub(super) fn claim(syntax: Syntax, text: &[u8]) -> Claim {
    if is_plain(syntax, text) {
        return Claim::Document;
    }
    let keys = keys(text);
    if keys.is_empty() && !has_sections(text) {
        return Claim::None;
    }
    let text = String::from_utf8_lossy(text);
    let limits = Limits {
        file_bytes: u32::MAX,
        ..Limits::default()
    };
    let (tree, problems) = parse(syntax, FileId(0), &text, &limits);
    let mut claim = Claim::None;
    for root in tree.documents() {
        match of_root(root) {
            Claim::Document => return Claim::Document,
            Claim::Doubtful(doubt) if !matches!(claim, Claim::Doubtful(_)) => {
                claim = Claim::Doubtful(doubt);
            }
            Claim::OtherUse if claim == Claim::None => claim = Claim::OtherUse,
            _ => {}
        }
    }
    if claim == Claim::None && !problems.is_empty() {
        return of_broken(syntax, &text, &keys);
    }
    claim
}

/// Whether it is marked in the usual way, which is all that most documents take.
fn is_plain(syntax: Syntax, text: &[u8]) -> bool {
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let (key, version) = MARKER;
    match syntax {
        Syntax::Json => {
            let quoted = |text: &'_ [u8], word: &str| -> Option<usize> {
                let rest = text.strip_prefix(b"\"")?.strip_prefix(word.as_bytes())?;
                Some(text.len() - rest.strip_prefix(b"\"")?.len())
            };
            let after = |text: &[u8], mark: u8| -> Option<usize> {
                let rest = text.trim_ascii_start();
                (rest.first() == Some(&mark)).then(|| text.len() - rest.len() + 1)
            };
            let step = |at: usize, by: Option<usize>| by.map(|by| at + by);
            let spaces = |at: usize| at + text[at..].len() - text[at..].trim_ascii_start().len();
            let end = after(text, b'{').map(spaces);
            let end = end.and_then(|at| step(at, quoted(&text[at..], key)));
            let end = end
                .and_then(|at| step(at, after(&text[at..], b':')))
                .map(spaces);
            end.and_then(|at| quoted(&text[at..], version)).is_some()
        }
        Syntax::Yaml => {
            let mut found = memchr::memmem::find_iter(text, key.as_bytes());
            found.any(|at| {
                let starts = at == 0 || text[at - 1] == b'\n';
                let rest = &text[at + key.len()..];
                starts
                    && rest.strip_prefix(b": ").is_some_and(|rest| {
                        let end = memchr::memchr2(b'\n', b'#', rest).unwrap_or(rest.len());
                        rest[..end].trim_ascii() == version.as_bytes()
                    })
            })
        }
    }
}

const BOM: &[u8] = "\u{feff}".as_bytes();

/// A key that is the marker, or differs little from it.
struct Key {
    /// Where it is, without quotes.
    at: Range<usize>,
    /// Where its value begins, behind the colon.
    value: usize,
}

/// Where something like the marker stands where a key may stand.
fn keys(text: &[u8]) -> Vec<Key> {
    let (key, version) = MARKER;
    let mut keys = Vec::new();
    // The key, in upper or lower case. Its second letter is rarer than its first one.
    for at in memchr::memchr2_iter(b'p', b'P', text) {
        let end = at + key.len();
        let is_key = text
            .get(at..end)
            .is_some_and(|word| word.eq_ignore_ascii_case(key.as_bytes()));
        if is_key && (at == 0 || !is_word(text[at - 1])) {
            keys.extend(colon(text, end).map(|value| Key { at: at..end, value }));
        }
    }
    // What is written with escapes, of which none takes more than ten bytes.
    let most = 10 * key.len();
    for at in memchr::memchr_iter(b'\\', text) {
        let near = at.saturating_sub(most);
        let open = memchr::memrchr(b'"', &text[near..at]).map(|open| near + open + 1);
        let rest = &text[at..text.len().min(at + most)];
        let close = memchr::memchr(b'"', rest).map(|close| at + close);
        let (Some(open), Some(close)) = (open, close) else {
            continue;
        };
        let content = &text[open..close];
        let may_be = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'\\';
        if content.iter().all(may_be) {
            keys.extend(colon(text, close).map(|value| Key {
                at: open..close,
                value,
            }));
        }
    }
    // What the version is given to, whatever it is called.
    for at in memchr::memmem::find_iter(text, version.as_bytes()) {
        let before = text[..at].trim_ascii_end();
        let before = before
            .strip_suffix(b"\"")
            .or(before.strip_suffix(b"'"))
            .unwrap_or(before);
        let Some(before) = before.trim_ascii_end().strip_suffix(b":") else {
            continue;
        };
        let value = before.len() + 1;
        let before = before.trim_ascii_end();
        let before = before
            .strip_suffix(b"\"")
            .or(before.strip_suffix(b"'"))
            .unwrap_or(before);
        let start = before
            .iter()
            .rposition(|byte| !is_word(*byte))
            .map_or(0, |at| at + 1);
        if is_near(&before[start..]) {
            let at = start..before.len();
            keys.push(Key { at, value });
        }
    }
    keys
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/')
}

/// Where the value of a key begins that ends at `end`, if a colon follows.
fn colon(text: &[u8], end: usize) -> Option<usize> {
    let rest = text.get(end..)?;
    let rest = rest
        .strip_prefix(b"\"")
        .or(rest.strip_prefix(b"'"))
        .unwrap_or(rest);
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    Some(text.len() - rest.len())
}

/// Whether `word` is not the marker and was probably meant to be it.
fn is_near(word: &[u8]) -> bool {
    let (key, _) = MARKER;
    let Ok(word) = str::from_utf8(word) else {
        return false;
    };
    word != key && word.len().abs_diff(key.len()) <= 2 && {
        let word = word.to_ascii_lowercase();
        closest(&word, std::iter::once(key)).is_some()
    }
}

/// Whether `text` has as many names of sections where keys may stand.
fn has_sections(text: &[u8]) -> bool {
    // Keys of the root are indented alike, unless they are in brackets.
    let content = text.strip_prefix(BOM).unwrap_or(text);
    let first = content
        .split(|byte| *byte == b'\n' || *byte == b'\r')
        .find(|line| {
            let line = line.trim_ascii();
            !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b"%") && line != b"---"
        });
    let Some(first) = first else {
        return false;
    };
    let indentation = first.len() - first.trim_ascii_start().len();
    let in_brackets = memchr::memchr(b'{', first).is_some();
    let mut found = 0;
    for name in section_names() {
        let mut hits = memchr::memmem::find_iter(content, name.as_bytes());
        let is_key = |at: usize| {
            if colon(content, at + name.len()).is_none() {
                return false;
            }
            let before = &content[..at];
            let quoted = before.strip_suffix(b"\"").or(before.strip_suffix(b"'"));
            let before = quoted.unwrap_or(before);
            let line = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1);
            let margin = &before[line..];
            let is_key = margin.len() == indentation && margin.trim_ascii().is_empty();
            is_key
                || in_brackets
                    && (quoted.is_some() || before.last().is_none_or(|byte| !is_word(*byte)))
        };
        found += usize::from(hits.any(is_key));
        if found >= SECTIONS {
            return true;
        }
    }
    false
}

fn section_names() -> impl Iterator<Item = &'static str> {
    Kind::ALL.iter().filter_map(|kind| kind.def().section)
}

/// What the root of a document says.
fn of_root(root: NodeRef<'_>) -> Claim {
    let map = match root.value() {
        Value::Map(map) => map,
        Value::Seq(items) => {
            let marked = items.iter().find_map(|item| match item.value() {
                Value::Map(map) => map.get(MARKER.0).filter(|(_, value)| is_version(*value)),
                _ => None,
            });
            return match marked {
                Some((key, _)) => doubt(key, "a document is in a list".to_owned()),
                None => Claim::None,
            };
        }
        _ => return Claim::None,
    };
    let declared = declared(map);
    if let Some((_, value)) = map.get(MARKER.0) {
        return match value.value() {
            Value::Map(_) | Value::Seq(_) if declared.is_empty() => Claim::OtherUse,
            _ => Claim::Document,
        };
    }
    let near = map.iter().find(|(key, value)| {
        let text = key.text().unwrap_or_default();
        is_near(text.as_bytes()) && (is_version(*value) || !declared.is_empty())
    });
    if let Some((key, _)) = near {
        let (found, meant) = (key.text().unwrap_or_default(), MARKER.0);
        return doubt(key, format!("the key `{found}` is not `{meant}`"));
    }
    match declared.first() {
        Some(first) if declared.len() >= SECTIONS => {
            let (key, version) = MARKER;
            let names: Vec<_> = declared.iter().filter_map(|key| key.text()).collect();
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            let names = names.join(", ");
            let message = format!("this has {names} and does not say `{key}: {version}`");
            doubt(*first, message)
        }
        _ => Claim::None,
    }
}

fn is_version(value: NodeRef<'_>) -> bool {
    value.text() == Some(MARKER.1)
}

fn doubt(key: NodeRef<'_>, message: String) -> Claim {
    let span = key.span();
    Claim::Doubtful(Doubt {
        message,
        at: span.start..span.end,
    })
}

/// The keys of the sections that a root has: of each, what is in it are mappings by id.
fn declared<'t>(map: Map<'t>) -> Vec<NodeRef<'t>> {
    let is_section = |key: NodeRef<'_>| {
        let key = key.text().unwrap_or_default();
        section_names().any(|name| name == key)
    };
    let holds_entities = |value: NodeRef<'_>| match value.value() {
        Value::Map(entities) => {
            let mut entities = entities.iter();
            entities.all(|(_, entity)| matches!(entity.value(), Value::Map(_) | Value::Null))
        }
        _ => false,
    };
    let sections = map
        .iter()
        .filter(|(key, value)| is_section(*key) && holds_entities(*value));
    sections.map(|(key, _)| key).collect()
}

/// What a text says that cannot be parsed: whether one of `keys` stands where keys of the root do.
fn of_broken(syntax: Syntax, text: &str, keys: &[Key]) -> Claim {
    let bytes = text.as_bytes();
    let mut claim = Claim::None;
    for Key { at, value } in keys {
        let before = bytes.get(..at.start).unwrap_or_default();
        let line = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1);
        let margin = before[line..].trim_ascii_start();
        let indented = before.len() - line - margin.len();
        let starts_line = margin.is_empty() || margin == b"\"" || margin == b"'";
        let is_root = match syntax {
            Syntax::Yaml => {
                let opens = margin.contains(&b'{') || margin.starts_with(b"---");
                starts_line && indented <= 1 || line == 0 && opens
            }
            Syntax::Json => depth(before) == 1,
        };
        if !is_root {
            continue;
        }
        let rest = bytes.get(*value..).unwrap_or_default();
        let rest = rest.strip_prefix(b" ").unwrap_or(rest).trim_ascii_start();
        // A value in the next line, further in, is a mapping or a list.
        let same_line = &bytes[*value..];
        let end = memchr::memchr2(b'\n', b'\r', same_line).unwrap_or(same_line.len());
        let has_value = !same_line[..end].trim_ascii().is_empty();
        if rest.starts_with(b"{") || rest.starts_with(b"[") || !has_value {
            if claim == Claim::None {
                claim = Claim::OtherUse;
            }
            continue;
        }
        let word = &text[at.clone()];
        if !is_near(word.as_bytes()) {
            return Claim::Document;
        }
        claim = Claim::Doubtful(Doubt {
            message: format!("the key `{word}` is not `{}`", MARKER.0),
            at: at.start as u32..at.end as u32,
        });
    }
    if claim == Claim::None && syntax == Syntax::Yaml && has_sections(bytes) {
        let (key, version) = MARKER;
        return Claim::Doubtful(Doubt {
            message: format!("this has names of sections and does not say `{key}: {version}`"),
            at: 0..0,
        });
    }
    claim
}

/// How many brackets of JSON are open at the end of `text`.
fn depth(text: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if in_string => _ = bytes.next(),
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth
}
