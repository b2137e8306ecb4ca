//! Quoted texts and heredocs, with what is computed in them.

use std::sync::Arc;

use super::cursor::{Cursor, Parsed};
use super::tree::{Expr, Part, TemplateFor, Text};

/// The quoted text that is next, in its parts.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Parsed<Vec<Part>> {
    cursor.at += 1;
    let parts = parts(cursor, true)?;
    match cursor.take("\"") {
        true => Ok(parts),
        false => cursor.fault("expected a closing quotation mark"),
    }
}

/// The heredoc that is next, in its parts.
pub(super) fn heredoc(cursor: &mut Cursor<'_>) -> Parsed<Vec<Part>> {
    let Some(heredoc) = cursor.heredoc() else {
        return cursor.fault("a heredoc has no end");
    };
    let end = std::mem::replace(&mut cursor.end, heredoc.content_end);
    cursor.at = heredoc.start;
    let read = parts(cursor, false);
    cursor.end = end;
    let mut parts = read?;
    cursor.at = heredoc.end;
    if heredoc.flush {
        unindent(&mut parts);
    }
    Ok(parts)
}

/// The parts up to the end, or in a quoted text up to the quotation mark.
pub(super) fn parts(cursor: &mut Cursor<'_>, quoted: bool) -> Parsed<Vec<Part>> {
    let mut reader = Reader {
        quoted,
        trim_next: false,
    };
    let (parts, stop) = reader.until(cursor, &[])?;
    match stop {
        None => Ok(parts),
        Some(_) => cursor.fault("nothing is open that this could end"),
    }
}

struct Reader {
    /// Whether a backslash escapes, and a quotation mark ends.
    quoted: bool,
    /// Whether white space is taken away after a marker that ends with `~`.
    trim_next: bool,
}

impl Reader {
    /// The parts up to one of the directives `stops`, which is taken, or to the end.
    fn until(
        &mut self,
        cursor: &mut Cursor<'_>,
        stops: &[&'static str],
    ) -> Parsed<(Vec<Part>, Option<&'static str>)> {
        let mut parts = Vec::new();
        loop {
            let text = self.text(cursor)?;
            if !text.text.is_empty() {
                parts.push(Part::Text(text));
            }
            if cursor.take("${") {
                parts.push(Part::Value(self.interpolation(cursor)?));
            } else if cursor.take("%{") {
                if cursor.take("~") {
                    trim_end(&mut parts);
                }
                if let Some(stop) = self.directive(cursor, &mut parts)? {
                    return match stops.contains(&stop) {
                        true => Ok((parts, Some(stop))),
                        false => cursor.fault(format!("`{stop}` ends nothing here")),
                    };
                }
            } else if stops.is_empty() {
                return Ok((parts, None));
            } else {
                return cursor.fault(format!("expected `%{{ {} }}`", stops.join(" }` or `%{ ")));
            }
        }
    }

    fn interpolation(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Expr> {
        cursor.take("~");
        let value = cursor.within(false, cursor.expression)?;
        self.close(cursor)?;
        Ok(value)
    }

    /// The `}` of a marker, perhaps with a `~`.
    fn close(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        cursor.skip_all();
        self.trim_next = cursor.take("~");
        match cursor.take("}") {
            true => Ok(()),
            false => cursor.fault("expected `}`"),
        }
    }

    /// A directive after `%{`; its name if it ends one that began before.
    fn directive(
        &mut self,
        cursor: &mut Cursor<'_>,
        parts: &mut Vec<Part>,
    ) -> Parsed<Option<&'static str>> {
        cursor.skip_all();
        let word = cursor.word().unwrap_or_default();
        match word {
            "if" => {
                let condition = cursor.within(false, cursor.expression)?;
                self.close(cursor)?;
                cursor.enter()?;
                let (then, stop) = self.until(cursor, &["else", "endif"])?;
                let otherwise = match stop {
                    Some("else") => self.until(cursor, &["endif"])?.0,
                    _ => Vec::new(),
                };
                cursor.leave();
                parts.push(Part::If(Box::new((condition, then, otherwise))));
                Ok(None)
            }
            "for" => {
                let (key, value, over) = cursor.within(false, for_head)?;
                self.close(cursor)?;
                cursor.enter()?;
                let (inner, _) = self.until(cursor, &["endfor"])?;
                cursor.leave();
                parts.push(Part::For(Box::new(TemplateFor {
                    key,
                    value,
                    over,
                    parts: inner,
                })));
                Ok(None)
            }
            _ => {
                let ends = ["else", "endif", "endfor"];
                match ends.into_iter().find(|end| *end == word) {
                    Some(end) => self.close(cursor).map(|()| Some(end)),
                    None => cursor.fault("expected `if`, `for`, `else`, `endif` or `endfor`"),
                }
            }
        }
    }

    /// What is written up to a marker or the end.
    fn text(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Text> {
        if std::mem::take(&mut self.trim_next) {
            let rest = cursor.rest();
            let blank = rest.len() - rest.trim_start().len();
            cursor.at += blank;
        }
        let mut text = Writer::new(cursor);
        loop {
            let rest = cursor.rest();
            let is_special = |byte: &u8| matches!(byte, b'$' | b'%' | b'"' | b'\\' | b'\n');
            let plain = rest.bytes().take_while(|byte| !is_special(byte)).count();
            text.push(cursor, plain);
            let rest = cursor.rest();
            if rest.starts_with("$${") || rest.starts_with("%%{") {
                cursor.at += 1;
                text.push(cursor, 2);
            } else if rest.is_empty()
                || rest.starts_with("${")
                || rest.starts_with("%{")
                || self.quoted && rest.starts_with('"')
            {
                break;
            } else if self.quoted && rest.starts_with('\\') {
                escape(cursor, &mut text)?;
            } else if self.quoted && rest.starts_with('\n') {
                return cursor.fault("a quoted text ends with its line");
            } else {
                text.push(cursor, 1);
            }
        }
        let mut text = text.done();
        if cursor.starts_with("${~") || cursor.starts_with("%{~") {
            text.text = text.text.trim_end().into();
        }
        Ok(text)
    }
}

fn trim_end(parts: &mut [Part]) {
    if let Some(Part::Text(text)) = parts.last_mut() {
        text.text = text.text.trim_end().into();
    }
}

/// The escape that is next.
fn escape(cursor: &mut Cursor<'_>, text: &mut Writer) -> Parsed<()> {
    let mut characters = cursor.rest().chars();
    characters.next();
    let kind = characters.next();
    let digits = match kind {
        Some('u') => 4,
        Some('U') => 8,
        _ => 0,
    };
    let read = match kind {
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some('t') => Some('\t'),
        Some('"') => Some('"'),
        Some('\\') => Some('\\'),
        Some('u' | 'U') => {
            let code = cursor.rest().get(2..2 + digits);
            let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
            code.and_then(char::from_u32)
        }
        _ => None,
    };
    match read {
        Some(read) => {
            text.push_as(cursor, read, 2 + digits);
            Ok(())
        }
        None => cursor.fault("unknown escape: write `\\\\` for a backslash"),
    }
}

/// Writes a text, and notes where its bytes come from.
struct Writer {
    text: String,
    pieces: Vec<(u32, u32)>,
    start: u32,
    /// Whether its bytes stand nowhere.
    is_fixed: bool,
}

impl Writer {
    fn new(cursor: &Cursor<'_>) -> Self {
        Self {
            text: String::new(),
            pieces: Vec::new(),
            start: cursor.base + cursor.at as u32,
            is_fixed: cursor.fixed.is_some(),
        }
    }

    /// Takes the next `count` bytes as they are.
    fn push(&mut self, cursor: &mut Cursor<'_>, count: usize) {
        if let Some(taken) = cursor.rest().get(..count).filter(|taken| !taken.is_empty()) {
            self.note(cursor);
            self.text.push_str(taken);
            cursor.at += count;
        }
    }

    /// Takes the next `count` bytes as `character`.
    fn push_as(&mut self, cursor: &mut Cursor<'_>, character: char, count: usize) {
        self.note(cursor);
        self.text.push(character);
        cursor.at += count;
    }

    fn note(&mut self, cursor: &Cursor<'_>) {
        let (at, written) = (self.text.len() as u32, cursor.base + cursor.at as u32);
        let expected = match self.pieces.last() {
            None => self.start + at,
            Some((piece, from)) => from + (at - piece),
        };
        if expected != written {
            if self.pieces.is_empty() {
                self.pieces.push((0, self.start));
            }
            self.pieces.push((at, written));
        }
    }

    fn done(self) -> Text {
        let pieces = match self.is_fixed {
            true => Some(Arc::default()),
            false => (!self.pieces.is_empty()).then(|| Arc::new(self.pieces)),
        };
        Text {
            text: self.text.into(),
            pieces,
            start: self.start,
        }
    }
}

/// Takes away the indentation that all lines of a heredoc share.
fn unindent(parts: &mut [Part]) {
    let mut least = usize::MAX;
    each_line(parts, &mut |line, ends_blank| {
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        // An empty line has no indentation; one that goes on with a marker has.
        if !ends_blank {
            least = least.min(blank);
        }
        0
    });
    if least == 0 || least == usize::MAX {
        return;
    }
    each_line(parts, &mut |line, _| {
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        blank.min(least)
    });
}

/// Shows each line that begins in a text of `parts` itself, and whether nothing but blanks and the
/// line break is in it; takes away as many bytes of it as `visit` returns.
fn each_line(parts: &mut [Part], visit: &mut dyn FnMut(&str, bool) -> usize) {
    let mut at_start = true;
    for part in parts.iter_mut() {
        match part {
            Part::Text(text) => {
                let mut cut = Vec::new();
                let mut at = 0;
                for line in text.text.split_inclusive('\n') {
                    if at_start {
                        let ends = line.ends_with('\n');
                        let taken = visit(line, ends && line.trim().is_empty());
                        if taken > 0 {
                            cut.push((at, taken));
                        }
                    }
                    at_start = line.ends_with('\n');
                    at += line.len();
                }
                if !cut.is_empty() {
                    *text = without(text, &cut);
                }
            }
            Part::Value(_) => at_start = false,
            Part::If(choice) => {
                each_line(&mut choice.1, visit);
                each_line(&mut choice.2, visit);
                at_start = false;
            }
            Part::For(inner) => {
                each_line(&mut inner.parts, visit);
                at_start = false;
            }
        }
    }
}

/// A text without the bytes at the offsets `cut`, each with their number.
fn without(text: &Text, cut: &[(usize, usize)]) -> Text {
    let mut out = String::with_capacity(text.text.len());
    let mut pieces = Vec::with_capacity(cut.len() + 1);
    let mut from = 0;
    let keep = |from: usize, to: usize, out: &mut String, pieces: &mut Vec<(u32, u32)>| {
        let Some(kept) = text.text.get(from..to).filter(|kept| !kept.is_empty()) else {
            return;
        };
        pieces.push((out.len() as u32, text.position(from as u32)));
        let inner = text.pieces.iter().flat_map(|pieces| pieces.iter());
        let inner = inner.filter(|(at, _)| (from + 1..to).contains(&(*at as usize)));
        pieces.extend(inner.map(|(at, written)| (out.len() as u32 + (at - from as u32), *written)));
        out.push_str(kept);
    };
    for (at, count) in cut {
        keep(from, *at, &mut out, &mut pieces);
        from = at + count;
    }
    keep(from, text.text.len(), &mut out, &mut pieces);
    Text {
        start: pieces.first().map_or(text.start, |(_, written)| *written),
        text: out.into(),
        pieces: Some(Arc::new(pieces)),
    }
}

type Head = (Option<Arc<str>>, Arc<str>, Expr);

/// `key, value in over`.
pub(super) fn for_head(cursor: &mut Cursor<'_>) -> Parsed<Head> {
    cursor.skip();
    let Some(first) = cursor.word() else {
        return cursor.fault("expected a name");
    };
    cursor.skip();
    let mut names = (None, first);
    if cursor.take(",") {
        cursor.skip();
        match cursor.word() {
            Some(second) => names = (Some(first.into()), second),
            None => return cursor.fault("expected a name"),
        }
        cursor.skip();
    }
    if !cursor.take_word("in") {
        return cursor.fault("expected `in` and what is gone through");
    }
    let over = (cursor.expression)(cursor)?;
    Ok((names.0, names.1.into(), over))
}
