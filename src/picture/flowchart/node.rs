//! A box where it is named: its name, its shape with a label, its class.

use super::cursor::Cursor;
use super::label::plain;

/// A box as it is named.
pub(super) struct NodeText {
    pub(super) name: String,
    pub(super) label: Option<String>,
    /// Whether properties are given in braces.
    pub(super) has_properties: bool,
}

/// How shapes open, those first that begin as others do, and what closes them.
const SHAPES: [(&str, &[&str]); 13] = [
    ("(((", &[")))"]),
    ("((", &["))"]),
    ("([", &["])"]),
    ("(-", &["-)"]),
    ("(", &[")"]),
    ("[[", &["]]"]),
    ("[(", &[")]"]),
    ("[/", &["/]", "\\]"]),
    ("[\\", &["\\]", "/]"]),
    ("[", &["]"]),
    ("{{", &["}}"]),
    ("{", &["}"]),
    (">", &["]"]),
];

/// Takes a box; `None` if there is none.
///
/// # Errors
///
/// Why its shape cannot be read.
pub(super) fn node(cursor: &mut Cursor<'_>) -> Result<Option<NodeText>, String> {
    let name = cursor.name();
    if name.is_empty() {
        return Ok(None);
    }
    let (label, has_properties) = match cursor.take("@{") {
        true => (properties(cursor)?, true),
        false => (shape(cursor)?, false),
    };
    if cursor.take(":::") {
        cursor.name();
    }
    Ok(Some(NodeText {
        name,
        label,
        has_properties,
    }))
}

/// Takes a shape with its label; `None` if there is none.
///
/// # Errors
///
/// Why it cannot be read.
pub(super) fn shape(cursor: &mut Cursor<'_>) -> Result<Option<String>, String> {
    let mut known = SHAPES.iter();
    let Some((open, closes)) = known.find(|(open, _)| cursor.take(open)) else {
        return Ok(None);
    };
    let start = cursor.at();
    cursor.skip_spaces();
    if let Some(text) = cursor.quoted() {
        cursor.skip_spaces();
        if closes.iter().any(|close| cursor.take(close)) {
            return Ok(Some(plain(&text)));
        }
        return Err(format!(
            "`{open}` is not closed with `{}` behind its label",
            closes[0]
        ));
    }
    cursor.back_to(start);
    let line = cursor.line();
    let ends = closes
        .iter()
        .filter_map(|close| Some((line.find(close)?, close.len())));
    match ends.min() {
        Some((end, length)) => {
            cursor.back_to(start + end + length);
            Ok(Some(plain(&line[..end])))
        }
        None => Err(format!("`{open}` is not closed with `{}`", closes[0])),
    }
}

/// Takes properties, of which the label is of interest.
fn properties(cursor: &mut Cursor<'_>) -> Result<Option<String>, String> {
    let mut label = None;
    loop {
        cursor.take_while(|c| c.is_whitespace() || c == ',');
        if cursor.take("}") {
            return Ok(label);
        }
        let key = cursor.take_while(|c| c.is_alphanumeric() || c == '-' || c == '_');
        cursor.skip_spaces();
        if key.is_empty() || !cursor.take(":") {
            return Err("`@{` is not followed by `name: value` and `}`".to_owned());
        }
        cursor.skip_spaces();
        let value = match cursor.quoted() {
            Some(text) => text,
            None => cursor
                .take_while(|c| !matches!(c, ',' | '}' | '\n' | '\r'))
                .to_owned(),
        };
        if key == "label" {
            label = Some(plain(&value));
        }
    }
}
